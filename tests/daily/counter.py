"""At the counter: a sale by money and one by energy, one undone, one put right; an invoice taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.daemon import token_of
from tests.daily.pages import confirm, fill, press, saw, send

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.daily.office import Office, Wall

DRAWER = "CASH:n1:cai"
SAFE = "SAFE:n1"


def shift(office: Office) -> None:
    """The cashier opens her shift."""
    page = office.at("cai", "/shifts/open")
    fill(page, station="n1")
    send(page)
    assert office.posted() == []


def shift_with_cash(office: Office) -> None:
    """The cashier opens her shift, with 100.00 of the safe in her drawer: a refund is to be paid today."""
    page = office.at("cai", "/shifts/open")
    fill(page, station="n1", cash="100")
    send(page)
    saw(page, "shift-open")
    confirm(page)
    assert office.posted() == [("cash_out", {DRAWER: 10_000, SAFE: -10_000})]


def _offered(office: Office, wall: Wall, **wanted: str) -> Page:
    """Let the cashier find the meter and read back what she would sell."""
    page = office.at("cai", "/sell")
    fill(page, who=wall.number)
    send(page)
    fill(page, **wanted)
    send(page)
    return page


def _given(page: Page) -> str:
    """Give the token out: its digits, as they are read out."""
    press(page, 'form[action$="/give"] button')
    return page.locator(".token-digits").inner_text()


def by_money(office: Office) -> None:
    """He pays 121.00: three tenths go to what he owed, the rest buys 100 kWh, of which he has 20 already."""
    page = _offered(office, office.wang, amount="121", given="150")
    expect(page.locator(".echo").first).to_contain_text("100")
    expect(page.locator("main")).to_contain_text("Energy (shop)")
    saw(page, "sell")
    confirm(page)
    saw(page, "sold")
    arrears, preset = f"AR:{office.account}:ARREARS", f"AR:{office.account}:PRESET"
    assert office.posted() == [("hold", {DRAWER: 12_100, arrears: -3_630, "HOLD:CREDIT": -8_470})]
    digits = _given(page)
    expect(page.locator(".token h2")).to_contain_text("80.0 kWh")
    saw(page, "token")
    assert office.posted() == [
        (
            "post",
            {
                "HOLD:CREDIT": 8_470,
                "REV:household:ENERGY": -3_000,
                "REV:shop:ENERGY": -4_000,
                "LEVY:STREET_LIGHT": -700,
                "VAT": -770,
                "PRESET_ISSUED": 1_694,
                preset: -1_694,
                "E.ISSUED": 80_000,
                "E.UNSOLD": 20_000,
                "E.SOLD": -100_000,
            },
        )
    ]
    assert office.wang.enter(digits) == 80_000
    assert office.wang.refuses(digits), "a token is taken once"
    office.wait(2)


#: What 50 kWh of the two power types are: 42.35 behind what goes to the arrears of 60.50.
FIFTY = {
    "HOLD:CREDIT": 4_235,
    "REV:household:ENERGY": -1_500,
    "REV:shop:ENERGY": -2_000,
    "LEVY:STREET_LIGHT": -350,
    "VAT": -385,
    "E.ISSUED": 50_000,
    "E.SOLD": -50_000,
}


def _paid_for_fifty(office: Office) -> dict[str, int]:
    return {DRAWER: 6_050, f"AR:{office.account}:ARREARS": -1_815, "HOLD:CREDIT": -4_235}


def _mirrored(booked: dict[str, int]) -> dict[str, int]:
    return {account: -amount for account, amount in booked.items()}


def receipt_in(page: Page) -> str:
    """The receipt number of the sale whose page is open."""
    return page.url.partition("?")[0].rpartition("/")[2]


def by_energy(office: Office) -> None:
    """He wants 50 kWh: what they cost is worked out."""
    page = _offered(office, office.wang, energy="50")
    expect(page.locator(".echo").first).to_contain_text("60.50")
    confirm(page)
    assert office.posted() == [("hold", _paid_for_fifty(office))]
    assert office.wang.enter(_given(page)) == 50_000
    assert office.posted() == [("post", FIFTY)]
    office.wait(2)


def undone(office: Office) -> None:
    """He has no money with him after all: the mirror, and nothing else."""
    page = _offered(office, office.wang, amount="60.50")
    confirm(page)
    assert office.posted() == [("hold", _paid_for_fifty(office))]
    press(page, 'a[href$="/undo"]')
    fill(page, reason="his money is at home")
    send(page)
    saw(page, "undo")
    confirm(page)
    assert office.posted() == [("void", _mirrored(_paid_for_fifty(office)))]
    office.wait(2)


def corrected(office: Office) -> None:
    """The cashier types a nought too many; the supervisor puts it right, for nobody corrects her own sale."""
    page = _offered(office, office.wang, amount="605")
    confirm(page)
    wrong = {DRAWER: 60_500, f"AR:{office.account}:ARREARS": -6_555, "HOLD:CREDIT": -53_945}
    assert office.posted() == [("hold", wrong)]
    page = office.at("susan", f"/search?q={receipt_in(page)}")
    press(page, 'a[href$="/correct"]')
    fill(page, amount="60.50", reason="a nought too many")
    send(page)
    saw(page, "correction")
    confirm(page)
    saw(page, "corrected")
    assert office.posted() == [("void", _mirrored(wrong)), ("hold", _paid_for_fifty(office))]
    page = office.at("cai", f"/sell/{office.wang.pan}")
    press(page, 'main a[href^="/sold/"]')
    assert office.wang.enter(_given(page)) == 50_000
    assert office.posted() == [("post", FIFTY)]
    office.wait(2)


def neighbour(office: Office) -> None:
    """Li Si owes nothing: his 60.50 buy 100 kWh; at a bank he buys 50 more for 30.25."""
    page = _offered(office, office.li, amount="60.50")
    confirm(page)
    assert office.posted() == [("hold", {DRAWER: 6_050, "HOLD:CREDIT": -6_050})]
    assert office.li.enter(_given(page)) == 100_000
    sold = {"REV:household:ENERGY": -5_000, "LEVY:STREET_LIGHT": -500, "VAT": -550}
    energy = {"E.ISSUED": 100_000, "E.SOLD": -100_000}
    assert office.posted() == [("post", {"HOLD:CREDIT": 6_050, **sold, **energy})]
    office.wait(2)


def at_a_bank(office: Office) -> None:
    """The bank takes the money, and tells the token at once."""
    with office.caller("east") as bank:
        answer = bank.ask(bank.messages.payment(office.li.number, 3_025))
    assert answer.fields[39] == "00"
    assert office.li.enter(token_of(answer)) == 50_000
    assert office.posted() == [
        (
            "sale",
            {
                "BANK:east": 3_025,
                "REV:household:ENERGY": -2_500,
                "LEVY:STREET_LIGHT": -250,
                "VAT": -275,
                "E.ISSUED": 50_000,
                "E.SOLD": -50_000,
            },
        )
    ]
    office.wait(2)


def by_new_terms(office: Office) -> None:
    """From this day on all of it is the household's: the same 60.50 buy 70 kWh. He loses the slip."""
    page = _offered(office, office.wang, amount="60.50")
    expect(page.locator(".echo").first).to_contain_text("70")
    confirm(page)
    assert office.posted() == [("hold", _paid_for_fifty(office))]
    office.slip = _given(page)
    assert office.posted() == [
        (
            "post",
            {
                "HOLD:CREDIT": 4_235,
                "REV:household:ENERGY": -3_500,
                "LEVY:STREET_LIGHT": -350,
                "VAT": -385,
                "E.ISSUED": 70_000,
                "E.SOLD": -70_000,
            },
        )
    ]
    office.wait(2)


def reset(office: Office) -> None:
    """The meter shows that it has not taken it: the token goes out once more, and is taken once."""
    page = office.at("susan", f"/meters/{office.wang.pan}/reset")
    fill(page, found="lost", evidence="display", reference="Chen looked", reason="the slip was lost")
    send(page)
    saw(page, "reset")
    confirm(page)
    digits = page.locator(".token-digits").inner_text()
    saw(page, "reset-token")
    assert office.wang.enter(digits) == 70_000
    assert office.wang.refuses(office.slip), "the meter takes one of the two"
    # The old token's energy is void and the new one's issued, in one entry: it moves nothing in the end.
    assert office.posted() == [("reissue", {"E.VOID": 0, "E.ISSUED": 0})]
    saw(office.at("clara", f"/search?q={office.wang.number}"), "reset-meter")
    office.wait(2)


def debt(office: Office) -> None:
    """What he owes for the power comes off with no purchase: he pays it at the counter."""
    page = office.at("cai", f"/customers/{office.account}/debts/capacity")
    send(page)
    saw(page, "debt")
    confirm(page)
    assert office.posted() == [("debt", {DRAWER: 12_000, f"AR:{office.account}:CAPACITY": -12_000})]
    saw(page, "debt-receipt")


def invoices(office: Office) -> None:
    """An invoice, a copy of it under the same number, and the red one when the sale is undone."""
    page = _offered(office, office.wang, amount="60.50")
    confirm(page)
    sold = page.url.partition("?")[0]
    office.at("cai", f"/search?q={receipt_in(page)}")
    press(page, 'form[action$="/invoice"] button')
    first = _printed(page)
    page.reload()
    expect(page.locator('button[value="a4"]')).to_have_text("Copy on A4")
    saw(page, "invoice-copy")
    assert _printed(page) == first, "a copy takes no number"
    page.goto(sold)
    press(page, 'a[href$="/undo"]')
    fill(page, reason="his money is at home")
    send(page)
    confirm(page)
    assert office.posted() == [
        ("hold", _paid_for_fifty(office)),
        ("void", _mirrored(_paid_for_fifty(office))),
    ]
    press(page, 'main a[href^="/invoices/"]')
    saw(page, "invoice-red")
    office.wait(2)


def _printed(page: Page) -> str:
    with page.expect_download() as coming:
        page.locator('button[value="a4"]').click()
    return coming.value.suggested_filename


def shift_closed(office: Office, counted: str) -> None:
    """The cashier counts her drawer, which holds what the books say, hands it in, and goes home."""
    page = office.at("cai", "/shifts")
    press(page, 'main a[href$="/close"]')
    fill(page, counted=counted)
    saw(page, "shift-close")
    send(page)
    saw(page, "shift-count")
    confirm(page)
    saw(page, "shift-slip")
    minor = int(counted.replace(".", ""))
    assert office.posted() == [("hand_in", {SAFE: minor, DRAWER: -minor})]
