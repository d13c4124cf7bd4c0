"""Invoices on the pages: written from a sale, listed, taken back, and printed once the diary has its line."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from admin_web.fields import NOTHING_WRITTEN
from admin_web.invoice_paper import Letterhead, PaperAsked, invoice_paper
from gateway.config.invoices import FONT
from gateway.core.authority import Function, Grant, Level, Rights
from gateway.core.invoice import Invoiced
from gateway.core.outcome import Approved, FreeToken
from gateway.core.paper import Facts, WholeToken
from gateway.core.token import TokenDigits
from gateway.core.views_booked import SaleFile
from gateway.core.views_invoices import InvoiceFile, Invoices
from gateway.core.views_staff import Diary
from gateway.prepayment.end_claim import ClaimEnd, EndClaim
from gateway.prepayment.issue_invoice import IssueInvoice
from gateway.prepayment.write_invoice import InvoiceAuthor
from tests.builders import ZONE
from tests.contracts.office_town import PANS
from tests.web.desk import visitor
from tests.web.town_desk import TownDesk

FORM = {"nonce": "n" * 24, "reason": "the customer has left"}
NO_TOKENS = {Function.INVOICES: (Grant(Level.DO),), Function.SALES: (Grant(Level.VIEW),)}
SEES_ONLY = {Function.INVOICES: (Grant(Level.VIEW),), Function.SALES: (Grant(Level.VIEW),)}
EAST_1 = InvoiceAuthor("east-1", "east-1", "li-na")


@pytest.fixture
def desk(tmp_path):
    staff = {
        "clerk": visitor("clerk", Rights(NO_TOKENS)),
        "reader": visitor("reader", Rights(SEES_ONLY)),
        "seller": visitor("seller", Rights(NO_TOKENS, "north"), station="north-1"),
    }
    known = ("chief", "auditor", "north", "south", "clerk", "reader", "seller")
    return TownDesk(tmp_path, staff=staff).enter_people(*known)


def issue(desk, reference, bank="east", who="chief"):
    return desk.post(f"/sales/{desk.sale(reference, bank).id}/invoice", who)


def written(desk, payment, pan, author=EAST_1):
    (content,) = desk.town.post(IssueInvoice(payment, pan, author))
    assert isinstance(content, Invoiced)
    return content.invoice


def pages_of(told):
    assert told.code == 200, told.text
    assert told.header("content-type") == "application/pdf"
    document = pypdfium2.PdfDocument(told.body)
    return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]


def printed(desk, path, who="chief", **fields):
    if not Path(FONT).exists():
        pytest.skip("fonts-noto-cjk is not installed")
    return "\n".join(pages_of(desk.post(f"{path}/paper", who, {"size": "a4", "language": "en"} | fields)))


def numbers(desk):
    return [one.invoice.name for one in desk.town.reader.rows(Invoices(branch=None))][::-1]


# -- written ---------------------------------------------------------------------------------------------


def test_a_sale_s_page_writes_its_invoice_once_and_leads_to_it(desk):
    sale = desk.sale("r1")
    assert "Write the invoice" in desk.get(f"/sales/{sale.id}").text
    told = issue(desk, "r1")
    assert (told.code, told.header("location").partition("?")[0]) == (303, "/invoices/OFFICE/1")
    page = desk.get(f"/sales/{sale.id}")
    assert "Write the invoice" not in page.text
    assert '<a href="/invoices/OFFICE/1"><code>OFFICE/1</code></a>' in page.text
    assert issue(desk, "r1", who="clerk").header("location").partition("?")[0] == "/invoices/OFFICE/1"
    assert numbers(desk) == ["OFFICE/1"]


def test_the_series_is_that_of_the_station_where_she_sits_else_of_her_branch(desk):
    issue(desk, "r1", who="seller")
    issue(desk, "r4", who="north")
    issue(desk, "w3", "west")
    assert numbers(desk) == ["OFFICE/1", "north-1/1"]
    assert issue(desk, "r4", who="north").code == 403  # she may only look
    row = next(one for one in desk.town.reader.rows(Invoices(branch=None)) if one.invoice.series == "north-1")
    assert (row.invoice.station, row.invoice.by) == ("north-1", "seller")


def test_whoever_may_not_write_one_has_no_button_and_is_refused(desk):
    sale = desk.sale("r1")
    assert "Write the invoice" not in desk.get(f"/sales/{sale.id}", "reader").text
    assert issue(desk, "r1", who="reader").code == 403
    assert numbers(desk) == []


def test_the_books_say_no_where_the_page_s_own_rights_say_yes(desk):
    told = issue(desk, "r1", who="moscow")  # of whom the books know nothing
    assert told.header("location").partition("?")[0] == f"/sales/{desk.sale('r1').id}"
    assert numbers(desk) == []


def test_a_sale_that_was_given_back_gets_none(desk):
    sale = desk.sale("w1", "west")
    assert "Write the invoice" not in desk.get(f"/sales/{sale.id}").text
    assert issue(desk, "w1", "west").header("location").partition("?")[0] == f"/sales/{sale.id}"
    assert numbers(desk) == []


def test_another_branch_s_sale_is_not_there(desk):
    assert issue(desk, "r2-2026-11-23", who="seller").code == 404


# -- listed ----------------------------------------------------------------------------------------------


@pytest.fixture
def listed(desk):
    """Three invoices of one series, one of another; the second was taken back by the third."""
    one, two, shop, *_ = PANS
    written(desk, "pay/east/r1", one)
    written(desk, "pay/west/w3", two)
    desk.town.post(desk.town.west.reverse("w3"))
    desk.post("/invoices/east-1/2/take-back", fields=FORM | {"step": "confirm"})
    written(desk, "pay/east/r2-2026-11-23", shop)
    issue(desk, "r4")
    return desk


def shown(desk, query="", who="chief"):
    return [row[0] for row in desk.get(f"/invoices?day_from=&{query}", who).cells()]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"OFFICE/1", "east-1/1", "east-1/2", "east-1/3", "east-1/4"}),
        ("series=east-1", {"east-1/1", "east-1/2", "east-1/3", "east-1/4"}),
        ("series=east-1&number=2", {"east-1/2"}),
        ("kind=red", {"east-1/3"}),
        ("kind=due", set()),
        ("account_no=A2", {"east-1/2", "east-1/3"}),
        ("by=chief", {"OFFICE/1", "east-1/3"}),
        ("by=nobody", set()),
        ("day_to=2026-11-24", set()),
        ("day_from=2026-11-25&kind=normal", {"OFFICE/1", "east-1/1", "east-1/2", "east-1/4"}),
    ],
)  # fmt: skip
def test_the_list_is_asked_by_series_number_kind_sale_day_and_person(listed, query, found):
    query = query if "day_from" in query else f"day_from=&{query}"
    assert {row[0] for row in listed.get(f"/invoices?{query}").cells()} == found


def test_a_branch_sees_the_invoices_of_its_own_customers(listed):
    assert set(shown(listed, who="north")) == {"OFFICE/1", "east-1/1"}
    assert set(shown(listed, who="south")) == {"east-1/2", "east-1/3", "east-1/4"}
    assert listed.get("/invoices/east-1/1", "south").code == 404
    assert listed.post("/invoices/east-1/1/paper", "south").code == 403
    assert listed.get("/invoices/east-1/2", "south").code == 200


def test_the_list_says_what_stands_what_was_taken_back_and_what_is_left(listed):
    text = listed.get("/invoices?day_from=").text
    foot = re.sub(r"<[^>]*>", " ", text.partition("<tfoot>")[2].partition("</tfoot>")[0]).split()
    assert " ".join(foot) == (
        "Total 4 invoices CN¥211.00 Taken back 1 invoice -CN¥40.00 What is left CN¥171.00"
    )
    rows = {row[0]: row for row in listed.get("/invoices?day_from=").cells()}
    assert [rows[f"east-1/{n}"][1] for n in (1, 2, 3)] == ["normal", "taken back", "red: takes one back"]


def test_the_list_is_taken_away_as_a_file(listed):
    lines = listed.get("/invoices?day_from=&format=csv").text.splitlines()
    assert lines[0].lstrip("\ufeff").startswith("Invoice,Kind,Written at,Business day,Receipt,Amount")
    assert any(line.startswith("east-1/3,red: takes one back") and ",-40.00," in line for line in lines)


def test_pages_of_the_list_go_on_behind_each_other(listed):
    reader = listed.town.reader
    every = reader.rows(Invoices(branch=None))
    found, after = [], None
    while page := reader.rows(Invoices(branch=None, after=after, limit=2)):
        found += page
        after = page[-1].place
    assert found == list(every)
    assert reader.count(Invoices(branch=None)) == 5


@pytest.mark.parametrize(
    ("text", "who", "found"),
    [
        ("east-1/2", "chief", "/invoices/east-1/2"),
        (" OFFICE/1 ", "reader", "/invoices/OFFICE/1"),
        ("east-1/9", "chief", None),
        ("east-1/999999999", "chief", None),
        ("east-1/1", "south", None),
        ("east-1/1", "guest", None),
    ],
)
def test_the_search_leads_to_an_invoice_that_is_named(listed, text, who, found):
    told = listed.post("/search", who, {"q": text})
    assert (told.header("location") or None) == found


# -- taken back ------------------------------------------------------------------------------------------


def test_only_an_undone_sale_s_invoice_can_be_taken_back_and_a_reason_is_asked(desk):
    path = "/invoices/east-1/1"
    written(desk, "pay/west/w3", PANS[1])
    assert "Take it back" not in desk.get(path).text
    assert desk.get(f"{path}/take-back").code == 303
    told = desk.post(f"{path}/take-back", fields=FORM | {"step": "confirm"})
    assert "the sale stands, so its invoice does" in told.text
    desk.town.post(desk.town.west.reverse("w3"))
    assert desk.get(path).link_to("Take it back") == f"{path}/take-back"
    assert shown(desk, "kind=due") == ["east-1/1"]
    assert NOTHING_WRITTEN in desk.post(f"{path}/take-back", fields=FORM | {"reason": ""}).text
    preview = desk.post(f"{path}/take-back", fields=FORM)
    assert "-CN¥40.00" in preview.text
    told = desk.post(f"{path}/take-back", fields=FORM | {"step": "confirm"})
    assert told.header("location").partition("?")[0] == "/invoices/east-1/2"
    assert numbers(desk) == ["east-1/1", "east-1/2"]
    red = desk.get("/invoices/east-1/2").text
    for part in ("red: takes one back", "-CN¥40.00", "the customer has left", 'href="/invoices/east-1/1"'):
        assert part in red
    # The same form again, or another: it was done.
    again = desk.post(f"{path}/take-back", fields=FORM | {"step": "confirm"})
    assert again.header("location").partition("?")[0] == "/invoices/east-1/2"
    assert numbers(desk) == ["east-1/1", "east-1/2"]


def test_the_diary_tells_of_each_order_in_words(listed):
    lines = [line for line in listed.town.reader.rows(Diary()) if line.function == "invoices"]
    assert [line.detail for line in reversed(lines)] == [
        "the customer has left; invoice east-1/3 takes east-1/2 back",
        "invoice OFFICE/1",
    ]
    page = listed.get("/diary?day_from=&function=invoices").text
    assert "invoice east-1/3 takes east-1/2 back" in page
    russian = listed.get("/diary?day_from=&function=invoices", "moscow").text
    assert "сторно east-1/3 отменяет счёт-фактуру east-1/2" in russian
    assert listed.get("/invoices/OFFICE/1").text.count("Invoices: ordered") == 1


# -- printed ---------------------------------------------------------------------------------------------


def test_the_first_paper_is_the_invoice_and_any_other_says_that_it_is_a_copy(desk):
    issue(desk, "r1")
    path = "/invoices/OFFICE/1"
    first, *others = [printed(desk, path) for _ in range(3)]
    assert "Copy of the invoice" not in first
    assert others[0] == others[1]
    assert others[0].replace("Copy of the invoice\n", "", 1) == first
    assert numbers(desk) == ["OFFICE/1"]
    details = [line.detail.partition(";")[0] for line in desk.town.reader.rows(Diary(action="print"))]
    assert details == [
        "invoice OFFICE/1, A4, en, copy",
        "invoice OFFICE/1, A4, en, copy",
        "invoice OFFICE/1, A4, en, original",
    ]


def test_a_reprint_says_the_same_when_the_customer_has_another_name_and_address(desk):
    issue(desk, "r1")
    first = printed(desk, "/invoices/OFFICE/1")
    with desk.town.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE customer SET name = 'Somebody', address = 'Elsewhere'")
    again = printed(desk, "/invoices/OFFICE/1")
    assert again.replace("Copy of the invoice\n", "", 1) == first


@pytest.mark.parametrize("size", ["a4", "80mm"])
@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("en", ("Invoice", "Invoice number", "Energy", "Total", "Cashier", "CN¥100.00")),
        ("zh", ("发票", "发票号码", "合计", "收费员", "¥100.00")),
        ("ru", ("Счёт-фактура", "Номер счёта-фактуры", "Итого", "Кассир", "100,00")),
    ],
)
def test_a_paper_has_all_that_a_customer_is_told_in_each_language_and_size(desk, size, language, parts):
    issue(desk, "r1")
    sale = desk.sale("r1")
    text = printed(desk, "/invoices/OFFICE/1", size=size, language=language)
    with desk.town.engine.connect() as connection:
        whole = connection.exec_driver_sql("SELECT digits FROM token ORDER BY sale_id").scalar()
    grouped, text = " ".join(whole[at : at + 4] for at in range(0, 20, 4)), " ".join(text.split())
    for part in (
        *parts, "Riverside Power", "OFFICE/1", "Zhang Wei", "A1", "1 East Road", "chief", "domestic",
        str(sale.receipt_no), "2026-11-25", "+08:00", "Questions? Call 12345, day and night.",
    ):  # fmt: skip
        assert part in text, part
    assert sale.token_end == whole[-4:]
    assert grouped in text


def test_without_the_right_to_show_tokens_only_their_last_digits_are_printed(desk):
    issue(desk, "r1")
    sale = desk.sale("r1")
    text = printed(desk, "/invoices/OFFICE/1", "clerk")
    assert f"**** **** **** **** {sale.token_end}" in text
    (line,) = desk.town.reader.rows(Diary(action="print"))
    assert (line.function, line.actor, line.subject) == ("invoices", "clerk", sale.key)
    printed(desk, "/invoices/OFFICE/1")
    newest = desk.town.reader.rows(Diary(action="print"))[0]
    assert (newest.function, newest.actor) == ("show_token", "chief")
    assert sale.token_end not in newest.detail


def test_no_paper_comes_without_its_line(desk):
    """The page's own rights say yes here, the books no: what they say counts."""
    issue(desk, "r1")
    told = desk.post("/invoices/OFFICE/1/paper", "moscow", {"size": "a4", "language": "en"})
    assert (told.code, told.body[:4] == b"%PDF") == (403, False)
    assert desk.post("/invoices/OFFICE/1/paper", "reader").code == 403
    # It was none: the first that comes is no copy.
    assert "Copy of the invoice" not in printed(desk, "/invoices/OFFICE/1")


@pytest.mark.parametrize("fields", [{"size": "a5"}, {"language": "xx"}])
def test_a_paper_of_no_size_or_language_of_ours_is_no_form(desk, fields):
    issue(desk, "r1")
    assert desk.post("/invoices/OFFICE/1/paper", "chief", fields).code == 400


def test_a_red_paper_says_so_in_words_has_no_token_and_its_amounts_are_below_zero(listed):
    text = printed(listed, "/invoices/east-1/3")
    for part in ("Red invoice: takes invoice east-1/2 back", "-CN¥40.00", "the customer has left", "Reason"):
        assert part in text
    assert "Token" not in text


def test_what_was_paid_and_waits_is_said_to_wait(desk):
    issue(desk, "w3", "west")
    assert "The credit waits: it is not handed out yet." in printed(desk, "/invoices/OFFICE/1")


def test_the_invoice_of_a_claim_that_the_utility_bears_can_be_taken_back(desk):
    written(desk, "pay/east/r1", PANS[0])
    desk.town.post(desk.town.east.reverse("r1"))
    assert "Take it back" not in desk.get("/invoices/east-1/1").text
    desk.town.post(EndClaim("pay/east/r1", ClaimEnd.CONCEDED, "east", "cleo", PANS[0], 10_000))
    assert "Take it back" in desk.get("/invoices/east-1/1").text


@pytest.mark.parametrize("path", ["/invoices/OFFICE/9", "/invoices/none/1", "/invoices/OFFICE/x"])
def test_what_is_no_invoice_is_not_there(desk, path):
    assert desk.get(path).code == 404


def test_new_keys_stand_before_the_token_and_free_energy_behind_it(desk):
    issue(desk, "r1")
    reader = desk.town.reader
    sale = reader.totals(SaleFile(branch=None, key="pay/east/r1"))
    facts = reader.totals(InvoiceFile(branch=None, series="OFFICE", number=1))
    first, second, free = (TokenDigits(str(n) * 20) for n in (1, 2, 3))
    (key,) = [one for one in sale.keys if isinstance(one.content, Approved)]
    answer = replace(key.content, key_change=(first, second), free=FreeToken(60_000, free))
    changed = replace(sale, keys=(replace(key, content=answer),))
    head = Letterhead("Riverside Power", ZONE, "")
    for whole, found in ((True, [first, second, answer.token, free]), (False, [])):
        paper = invoice_paper(PaperAsked(facts, changed, "ru", whole, is_copy=False), head)
        assert [one.digits for one in paper.blocks if isinstance(one, WholeToken)] == found
        said = str([one for one in paper.blocks if isinstance(one, Facts)])
        assert ("**** 1111" in said) is not whole
