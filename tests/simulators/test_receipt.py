from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from gateway.core.meter import Carrier
from gateway.core.outcome import Approved, FreeToken
from gateway.core.token import TokenDigits
from gateway.simulators.receipt import columns, receipt_text

SHANGHAI = ZoneInfo("Asia/Shanghai")
SOLD = Approved(
    receipt_no=1234,
    pan="600727371803406325",
    account_no="2000000048",
    customer="孙秀英 Sun Xiuying",
    power_type="domestic",
    tender_minor=10_000,
    currency="CNY",
    energy_wh=204_700,
    lines=(("ENERGY", 8_850), ("VAT", 1_150)),
    tariff_version="domestic-2026-01",
    carrier=Carrier.TOKEN,
    token=TokenDigits("58625789986991357486"),
    at_us=1_795_437_912_000_000,
)

WITH_TOKEN = """\
           Powertill Demo Power
     Receipt for prepaid electricity
══════════════════════════════════════════
Receipt no                            1234
Date                   2026-11-23 20:45:12
Customer                孙秀英 Sun Xiuying
Account                         2000000048
Meter                          37180340632
Tariff          domestic, domestic-2026-01
──────────────────────────────────────────
Energy                               88.50
Value added tax                      11.50
                              ────────────
Paid CNY                            100.00

Energy bought                    204.7 kWh
Average price               0.4885 CNY/kWh

╔════════════════════════════════════════╗
║                                        ║
║               YOUR TOKEN               ║
║                                        ║
║    5862   5789   9869   9135   7486    ║
║                                        ║
╚════════════════════════════════════════╝
Type these 20 digits into your meter.

Paid at                          Demo Bank
Reference                     632720004711
══════════════════════════════════════════
"""

FOR_A_CARD = """\
   南山区供电局 Nanshan Power
   Supply Bureau of the City
Receipt for prepaid electricity
════════════════════════════════
Receipt no                  1234
Date         2026-11-23 12:45:12
Customer
   孙秀英 Sun Xiuying and others
Account               2000000048
Meter                37180340632
Tariff
      domestic, domestic-2026-01
────────────────────────────────
Energy                  92470.00
PPJ                      7530.00
                    ────────────
Paid IDR               100000.00

Energy bought         64.005 kWh
Average price  1562.3779 IDR/kWh

╔══════════════════════════════╗
║                              ║
║  YOUR CREDIT WAITS FOR YOUR  ║
║             CARD             ║
║                              ║
╚══════════════════════════════╝
Take your meter's card to a
counter of the utility: the
credit is loaded onto it there.

Paid at                Demo Bank
Reference           632720004711
════════════════════════════════
"""


def receipt(sold=SOLD, utility="Powertill Demo Power", tz=SHANGHAI, width=42):
    return receipt_text(sold, utility, "Demo Bank", "632720004711", tz, width)


def test_a_receipt_with_a_token():
    assert receipt() == WITH_TOKEN


def test_a_narrow_receipt_for_a_card():
    waiting = replace(
        SOLD,
        customer="孙秀英 Sun Xiuying and others",
        currency="IDR",
        tender_minor=10_000_000,
        energy_wh=64_005,
        lines=(("ENERGY", 9_247_000), ("PPJ", 753_000)),
        carrier=Carrier.CARD,
        token=None,
    )
    found = receipt(waiting, "南山区供电局 Nanshan Power Supply Bureau of the City", ZoneInfo("UTC"), 32)
    assert found == FOR_A_CARD


@pytest.mark.parametrize(
    ("carrier", "words"),
    [
        (Carrier.CARD, "a counter of the utility"),
        (Carrier.REMOTE, "over the line"),
        (Carrier.TOKEN, "Ask for it where you paid"),
    ],
)
def test_a_waiting_credit_says_where_it_is_loaded(carrier, words):
    text = receipt(replace(SOLD, carrier=carrier, token=None))
    assert words in " ".join(text.split())
    assert "Type these" not in text


@pytest.mark.parametrize("width", [32, 33, 42, 57, 80])
@pytest.mark.parametrize("customer", ["", "王伟", "Анна Иванова", "word " * 30, "无空格" * 40, "x" * 200])
def test_no_row_is_wider_than_the_paper(width, customer):
    sold = replace(SOLD, customer=customer)
    assert max(columns(row) for row in receipt(sold, customer, width=width).splitlines()) <= width


def test_nothing_of_a_long_name_is_lost():
    name = "无空格" * 40
    assert name in receipt(replace(SOLD, customer=name)).replace("\n", "").replace(" ", "")


def test_a_rebate_is_a_line_below_zero():
    rows = receipt(replace(SOLD, lines=(("ENERGY", 10_500), ("REBATE", -500)))).splitlines()
    assert "Rebate                               -5.00" in rows


def test_the_average_price_is_rounded_half_up():
    # 1.00 for 8 kWh is 0.125 a kWh; 0.01 for 80 kWh is 0.000125, shown as 0.0001.
    assert "0.1250 CNY/kWh" in receipt(
        replace(SOLD, tender_minor=100, lines=(("ENERGY", 100),), energy_wh=8_000)
    )
    assert "0.0001 CNY/kWh" in receipt(
        replace(SOLD, tender_minor=1, lines=(("ENERGY", 1),), energy_wh=80_000)
    )
    assert "0.0003 CNY/kWh" in receipt(
        replace(SOLD, tender_minor=1, lines=(("ENERGY", 1),), energy_wh=40_000)
    )


def test_lines_that_do_not_sum_are_refused():
    with pytest.raises(ValueError, match="do not sum"):
        receipt(replace(SOLD, tender_minor=10_001))


@pytest.mark.parametrize("width", [31, 81])
def test_paper_that_cannot_carry_a_token_is_refused(width):
    with pytest.raises(ValueError, match="32 to 80 columns"):
        receipt(width=width)


FREE = FreeToken(60_000, TokenDigits("01234567890123456789"))
OF_DEBT = replace(
    SOLD,
    currency="ZAR",
    tender_minor=50_000,
    energy_wh=134_300,
    lines=(("ARREARS", 15_000), ("ENERGY_NET", 30_435), ("VAT", 4_565)),
)


def test_a_free_token_has_a_frame_of_its_own():
    rows = receipt(replace(SOLD, free=FREE)).splitlines()
    assert "Energy bought                    204.7 kWh" in rows
    assert "Energy given free                 60.0 kWh" in rows
    assert rows[rows.index("║               YOUR TOKEN               ║") :][:17] == [
        "║               YOUR TOKEN               ║",
        "║                                        ║",
        "║    5862   5789   9869   9135   7486    ║",
        "║                                        ║",
        "╚════════════════════════════════════════╝",
        "First type these 20 digits into your",
        "meter.",
        "",
        "╔════════════════════════════════════════╗",
        "║                                        ║",
        "║            YOUR FREE TOKEN             ║",
        "║                                        ║",
        "║    0123   4567   8901   2345   6789    ║",
        "║                                        ║",
        "╚════════════════════════════════════════╝",
        "Then type these 20 digits too: 60.0 kWh",
        "free.",
    ]


@pytest.mark.parametrize(
    ("carrier", "words"),
    [
        (Carrier.CARD, "The 60.0 kWh that are free come with it."),
        (Carrier.REMOTE, "The 60.0 kWh that are free come with it."),
        (Carrier.TOKEN, "The 60.0 kWh that are free have a token of their own."),
    ],
)
def test_a_waiting_credit_says_what_comes_free(carrier, words):
    waiting = replace(SOLD, carrier=carrier, token=None, free=FreeToken(60_000, None))
    text = " ".join(receipt(waiting).split())
    assert words in text
    assert "YOUR FREE TOKEN" not in text


def test_a_debt_is_named_and_is_no_part_of_the_average_price():
    rows = receipt(OF_DEBT).splitlines()
    assert "Old debt paid off                   150.00" in rows
    # 350.00 for 134.3 kWh.
    assert "Average price without debt  2.6061 ZAR/kWh" in rows


def test_change_is_named_and_is_no_part_of_the_average_price():
    sold = replace(SOLD, lines=(("ENERGY", 10_017), ("CHANGE_USED", -37), ("CHANGE_KEPT", 20)))
    rows = receipt(sold).splitlines()
    assert "Less change from last time           -0.37" in rows
    assert "Change kept for next time             0.20" in rows
    at = rows.index("Average price without change")
    # 100.17 for 204.7 kWh: the change of last time has bought energy too.
    assert rows[at + 1].split() == ["0.4894", "CNY/kWh"]


def test_charges_and_shared_meters_have_names_that_can_be_read():
    lines = (("RURAL_GRID_LOAN", 100), ("EPRA", 25), ("ENERGY.shop", 9_875))
    rows = receipt(replace(SOLD, lines=lines)).splitlines()[10:13]
    assert [row.split("  ")[0] for row in rows] == ["Rural grid loan", "EPRA", "Energy, shop"]


@pytest.mark.parametrize("width", [32, 42, 80])
def test_no_row_is_wider_than_the_paper_with_all_that_can_stand_there(width):
    lines = (("EMERGENCY", 10), ("CHANGE_USED", -10), ("ENERGY." + "x" * 60, 10_000))
    for token in (SOLD.token, None):
        text = receipt(replace(SOLD, lines=lines, token=token, free=FREE), width=width)
        assert max(columns(row) for row in text.splitlines()) <= width
