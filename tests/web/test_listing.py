"""Lists: filters, order, columns, pages, totals and files, over a real database."""

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_web.cells import Amount, Code, Link, Said, Share, State, kind_of, plain_of, text_of, unit_of
from admin_web.export import csv_text
from admin_web.filters import TextFilter
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import WHOLE_MAX, Keyset, Whole, _sorting
from admin_web.place_seal import open_place, seal_place
from admin_web.route import SIGNED_IN, Route
from admin_web.shown import Shown
from admin_web.words import words_of
from gateway.core.views import PAGE_MAX
from gateway.core.views_staff import Branches
from gateway.ports import TakesTooLong
from tests.builders import ZONE
from tests.web.books import Paid
from tests.web.desk import SEAL_KEY, Desk, _head, office


@pytest.fixture(scope="module")
def paid(tmp_path_factory):
    return Paid(tmp_path_factory.mktemp("books")).sell(days=3, a_day=30)


@pytest.fixture
def desk(paid):
    return Desk(office(paid.engine))


STATEMENT = "/ledger/BANK:east/CNY"


def column(told, number: int) -> list[str]:
    return [row[number] for row in told.cells()]


# --- Pages ---


def test_pages_follow_each_other_without_a_gap_and_lead_back(desk):
    numbers, addresses, path = [], [], STATEMENT
    while path:
        told = desk.get(path)
        addresses.append(path)
        numbers += [int(one) for one in column(told, 0)]
        path = told.link_to("Next")
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(addresses) == 2
    assert desk.get(addresses[1]).link_to("Previous") == addresses[0]


def test_the_way_back_goes_page_by_page(desk):
    paths = ["/long"]
    desk = Desk(desk.office, [Route("GET", "/long", SIGNED_IN, long_list)], ())
    for _ in range(4):
        paths.append(desk.get(paths[-1]).link_to("Next"))
    for back in range(4, 0, -1):
        assert column(desk.get(desk.get(paths[back]).link_to("Previous")), 0) == column(
            desk.get(paths[back - 1]), 0
        )


def test_a_place_that_was_made_up_shows_the_first_page_and_says_so(desk):
    told = desk.get(STATEMENT + "?after=AAAAAAAAAAAAAAAAAAAAAAAA")
    assert told.code == 200
    assert "was damaged" in told.text
    assert column(told, 0)[0] == "1"


@pytest.mark.parametrize(
    "other", ["/ledger/FLOAT:east/CNY", "/ledger/BANK:east/Wh", f"{STATEMENT}?day_from=2026-11-22"]
)
def test_a_place_is_good_for_the_account_and_the_filters_it_was_given_for(desk, other):
    place = desk.get(STATEMENT).link_to("Next").partition("?")[2]
    assert "was damaged" not in desk.get(f"{STATEMENT}?{place}").text
    joint = "&" if "?" in other else "?"
    assert "was damaged" in desk.get(f"{other}{joint}{place}").text


@given(st.lists(st.one_of(st.none(), st.integers(), st.text()), max_size=4).map(tuple))
def test_a_place_comes_back_as_it_went_out(place):
    assert open_place(SEAL_KEY, "one", seal_place(SEAL_KEY, "one", place)) == place


@given(st.integers(0, 300), st.text(max_size=60))
def test_a_place_that_was_changed_or_is_of_another_list_is_none(cut, made_up):
    sealed = seal_place(SEAL_KEY, "one", (1, "a"))
    assert open_place(SEAL_KEY, "other", sealed) is None
    assert open_place(bytes(32), "one", sealed) is None
    assert open_place(SEAL_KEY, "one", made_up) is None
    at = cut % len(sealed)
    other = "A" if sealed[at] != "A" else "B"
    changed = sealed[:at] + other + sealed[at + 1 :]
    # The last letter of the coding has bits that mean nothing.
    assert open_place(SEAL_KEY, "one", changed) is None or at == len(sealed) - 1


# --- Filters ---


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("day_from=2026-11-23&day_to=2026-11-21", "The last day lies before the first."),
        ("day_from=yesterday", "Write the day as year, month and day"),
        ("day_to=2026-02-30", "Write the day as year, month and day"),
    ],
)
def test_a_wrong_filter_is_said_beside_its_field_and_nothing_is_shown(desk, query, said):
    told = desk.get(f"{STATEMENT}?{query}")
    assert told.code == 422
    assert said in told.text
    assert 'aria-invalid="true"' in told.text
    assert "<table>" not in told.text
    assert desk.get(f"{STATEMENT}?{query}&format=csv").code == 422


def test_a_filter_keeps_what_it_says(desk):
    assert column(desk.get("/ledger?account=bank"), 0) == ["BANK:east"]
    assert len(desk.get(f"{STATEMENT}?day_from=2026-11-22&day_to=2026-11-22").cells()) < 31


def test_the_link_to_a_list_says_what_was_filled_in_by_itself_and_shows_it_from_its_first_page(desk):
    html = desk.get("/ledger?sort=-debit&after=made-up&notice=x").text
    (link,) = re.findall(r'<button [^>]*data-link="([^"]*)"', html)
    place, _, query = unescape(link).partition("?")
    assert place == "/ledger"
    assert {"sort": ["-debit"], "day": ["2026-11-23"]}.items() <= parse_qs(query).items()
    assert not {"after", "trail", "notice"} & set(parse_qs(query))


def test_an_empty_list_says_what_to_do(desk):
    told = desk.get("/ledger?account=nowhere")
    assert "Choose a later day, or another account." in told.text
    assert "<table>" not in told.text


# --- Order and columns ---


def test_a_list_is_ordered_by_the_column_that_was_clicked_and_turned_by_another_click(desk):
    up, down = desk.get("/ledger?sort=account"), desk.get("/ledger?sort=-account")
    assert column(up, 0) == sorted(column(up, 0))
    assert column(down, 0) == column(up, 0)[::-1]
    assert 'aria-sort="ascending"' in up.text
    assert 'aria-sort="descending"' in down.text
    assert 'href="/ledger?sort=-account"' in up.text
    assert column(desk.get("/ledger?sort=nonsense"), 0) == column(up, 0)


def test_the_columns_that_were_chosen_are_shown_in_the_list_s_own_order(desk):
    for query in ("cols=closing,account", "cols=closing&cols=account"):
        assert [len(row) for row in desk.get(f"/ledger?{query}").cells()] == [2] * 5
    assert len(desk.get("/ledger?cols=nonsense").cells()[0]) == 6


def test_totals_stand_below(desk):
    foot = desk.get("/ledger").text.partition("<tfoot>")[2].partition("</tfoot>")[0]
    assert foot.count("CN¥0.00") == 2
    assert foot.count("0.0 kWh") == 2


# --- Files ---


def test_a_csv_has_every_row_of_the_list_whatever_page_was_seen(desk):
    second = desk.get(STATEMENT).link_to("Next")
    told = desk.get(f"{second}&format=csv")
    lines = told.body.decode("utf-8-sig").partition("\r\n\r\n")[0].splitlines()
    assert told.header("content-disposition").startswith('attachment; filename="statement-2026-11-23.csv"')
    assert lines[0].startswith("No.,Booked at,Business day,Reference,Debit,")
    assert len(lines) == 1 + int(desk.get(STATEMENT).text.partition("1 to 50 of ")[2].split("<")[0])


def test_a_file_is_a_line_of_the_diary_before_it_is_one_of_the_reader_s(desk):
    desk.get(f"/ledger?x={'y' * 5000}&account=BANK&cols=account,closing&format=csv")
    told = '; /ledger; day="2026-11-23" account="BANK"; account closing'
    ((login, taken),) = desk.office.gate.taken
    assert (login, taken.listing, taken.peer) == ("chief", "trial-balance", "127.0.0.1")
    assert re.fullmatch(r"csv; [0-9]{8}-[0-9]{6}-[0-9a-f]{8}" + re.escape(told), taken.detail)


def test_columns_that_are_named_again_and_again_do_not_push_the_number_out_of_the_line(desk):
    told = desk.get(f"/days?format=csv&cols={','.join(['state'] * 600)}")
    ((_, taken),) = desk.office.gate.taken
    number = told_behind(told)["Report number, as in the diary"][0]
    assert taken.detail == f"csv; {number}; /days; state"
    assert told.body.decode("utf-8-sig").splitlines()[0].count(",") == 0


def told_behind(told) -> dict[str, list[str]]:
    """What a CSV says behind its rows and an empty line, by the first field of each line."""
    lines = csv.reader(told.body.decode("utf-8-sig").partition("\r\n\r\n")[2].splitlines())
    return {line[0]: line[1:] for line in lines}


def test_a_file_says_behind_its_rows_which_list_it_is_who_took_it_and_when(desk):
    told = told_behind(desk.get(f"{STATEMENT}?day_from=2026-11-22&day_to=2026-11-23&format=csv"))
    ((_, taken),) = desk.office.gate.taken
    assert told["List"] == ["BANK:east · CNY"]
    assert told["Utility"] == ["Riverside Power"]
    assert (told["From business day"], told["To business day"]) == (["2026-11-22"], ["2026-11-23"])
    assert told["Made by"] == ["Chen Yu (chief)"]
    assert told["Made at"] == ["2026-11-23 12:00:00 +08:00 (Asia/Shanghai)"]
    assert taken.detail.startswith(f"csv; {told['Report number, as in the diary'][0]}; ")


def test_a_filter_of_a_few_is_said_in_words(desk):
    assert told_behind(desk.get("/days?state=open&format=csv", "moscow"))["Состояние"] == ["ещё не закрыт"]


def test_the_totals_stand_behind_the_rows_each_with_its_column_and_unit(desk):
    told = told_behind(desk.get("/ledger?cols=account,debit&format=csv"))
    assert told["Total"][0] == "Debit"
    assert told["Total"][2] in {"CNY", "kWh"}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_checksum_is_that_of_the_lines_from_the_head_to_the_last_row(desk, form):
    file = desk.get(f"{STATEMENT}?format=csv").body.removeprefix(b"\xef\xbb\xbf")
    rows = file.partition(b"\r\n\r\n")[0] + b"\r\n"
    wanted = {"SHA-256 of the rows": sha256(rows).hexdigest(), "Rows": rows.count(b"\r\n") - 1}
    if form == "csv":
        told = {name: told_behind(desk.get(f"{STATEMENT}?format=csv"))[name][0] for name in wanted}
    else:
        book = openpyxl.load_workbook(io.BytesIO(desk.get(f"{STATEMENT}?format=xlsx").body))
        told = {row[0]: row[1] for row in book.worksheets[1].iter_rows(values_only=True)}
        book.close()
    assert {name: str(told[name]) for name in wanted} == {name: str(text) for name, text in wanted.items()}


def test_on_paper_a_list_says_what_it_is(desk):
    html = desk.get(f"{STATEMENT}?day_from=2026-11-22").text
    papers = re.findall(r'<div class="on-paper">(.*?)</div>', html, re.DOTALL)
    head, foot = (" ".join(re.sub("<[^>]*>", " ", one).split()) for one in papers)
    assert head == "Riverside Power · BANK:east · CNY From business day: 2026-11-22"
    assert foot.endswith("Made by: Chen Yu (chief) · Made at: 2026-11-23 12:00:00 +08:00 (Asia/Shanghai)")


def test_whoever_may_not_take_lists_away_is_told_what_is_missing(desk):
    told = desk.get("/ledger?format=csv", "auditor")
    assert told.code == 403
    assert "“Downloads”, at the level “do”" in told.text
    assert desk.office.gate.taken == []
    assert "format=csv" not in desk.get("/ledger", "auditor").text


def test_an_unknown_form_of_file_is_not_there(desk):
    assert desk.get("/ledger?format=exe").code == 404


def test_a_sheet_has_typed_cells_which_another_program_reads(desk):
    told = desk.get(f"{STATEMENT}?format=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(told.body))
    head, first, *rows = list(book.active.iter_rows(values_only=True))
    assert head[:3] == ("No.", "Booked at", "Business day")
    assert first[0] == 1
    assert first[1] == datetime(2026, 11, 21, 11, 30)  # noqa: DTZ001 - a sheet has no zones; this is local time
    amount = book.active.cell(2, head.index("Debit") + 1)
    assert (amount.value, amount.number_format) == (20, "#,##0.00")
    assert len(rows) == 72
    book.close()


def test_an_amount_in_a_file_has_its_unit_beside_it(desk):
    head = desk.get(f"{STATEMENT}?format=csv").body.decode("utf-8-sig").splitlines()[0]
    assert 'Debit,"Debit, unit"' in head


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20A", " =1"]
)
def test_a_text_that_a_spreadsheet_would_run_is_kept_from_it(text):
    assert csv_text(text) == f"'{text}"
    assert csv_text(f"a;{text}") == f"a;'{text}"
    assert csv_text(f"a\t{text}") == f"a\t'{text}"
    assert csv_text(f"\n{text}") == f"'\n'{text}"


@pytest.mark.parametrize("text", ["a-b", "1+1", "a; b", "a@b.example", "2026-11-23", ""])
def test_any_other_text_stays_as_it_is(text):
    assert csv_text(text) == text


def test_a_formula_in_a_sheet_is_a_text(desk):
    desk = Desk(desk.office, [Route("GET", "/long", SIGNED_IN, long_list)], ())
    book = openpyxl.load_workbook(io.BytesIO(desk.get("/long?format=xlsx").body))
    cell = book.active.cell(2, 2)
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    book.close()


def test_a_long_list_is_asked_for_in_long_pages(desk):
    desk = Desk(desk.office, [Route("GET", "/long", SIGNED_IN, long_list)], ())
    asked_for.clear()
    told = desk.get("/long?format=csv")
    assert len(told.body.partition(b"\r\n\r\n")[0].splitlines()) == 1 + LONG
    assert asked_for == [(None, PAGE_MAX), ((1000,), PAGE_MAX), ((2000,), PAGE_MAX)]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_whose_rows_take_too_long_is_cut_and_never_looks_whole(desk, form, monkeypatch, caplog):
    async def rows(self, query):
        if query[0] is not None:
            raise TakesTooLong
        return list(range(PAGE_MAX))

    monkeypatch.setattr(LongViews, "rows", rows)
    desk = Desk(desk.office, [Route("GET", "/long", SIGNED_IN, long_list)], ())
    channel, transport = desk.link()
    channel.dataReceived(_head("GET", f"/long?format={form}", "chief", {}))
    assert transport.disconnected
    assert not transport.value().endswith(b"0\r\n\r\n")
    assert (b"\r\n\r\n" in transport.value()) is (form == "csv")
    assert "office.cut" in caplog.text


# --- A list that is had all at once ---


FEW = Listing[Any](
    name="few",
    caption="Few",
    empty="",
    columns=(Column("name", "Name", str, is_sortable=True),),
    filters=(TextFilter("text", "Text"),),
    source=Whole(lambda _: Branches(), keep=lambda row, chosen: row.startswith(chosen.text("text") or "")),
    order=Order("name"),
    page_rows=2,
)


class FewViews:
    """Answers with names; keeps what was asked."""

    def __init__(self, count):
        self.names = [f"n{number:05}" for number in range(count, 0, -1)]
        self.asked = 0

    async def rows(self, _query):
        self.asked += 1
        return self.names


def few(count):
    """A desk with such a list, and what was done elsewhere."""
    views, elsewhere = FewViews(count), []

    async def away(function, *arguments):
        elsewhere.append(function.__name__)
        return function(*arguments)

    of = office(views=views)
    object.__setattr__(of, "elsewhere", away)

    async def page(asked):
        return await list_page(asked, FEW)

    return Desk(of, [Route("GET", "/few", SIGNED_IN, page)], ()), views, elsewhere


def test_a_page_of_it_is_asked_for_once_and_put_in_order_elsewhere():
    desk, views, elsewhere = few(5)
    told = desk.get("/few?text=n0")
    assert column(told, 0) == ["n00001", "n00002"]
    assert "1 to 2 of 5" in told.text
    assert column(desk.get(told.link_to("Next")), 0) == ["n00003", "n00004"]
    assert (views.asked, elsewhere) == (2, ["_in_order"] * 2)


def test_a_file_of_it_is_one_question_however_long_it_is():
    desk, views, elsewhere = few(PAGE_MAX * 2 + 1)
    told = desk.get("/few?format=csv&sort=-name")
    names = told.body.decode("utf-8-sig").partition("\r\n\r\n")[0].split()[1:]
    assert names == views.names
    assert (views.asked, elsewhere) == (1, ["_in_order"] + ["_csv_lines"] * 3)


def test_beyond_its_limit_a_list_says_so_and_a_file_is_cut():
    desk, *_ = few(WHOLE_MAX + 1)
    assert desk.get("/few").code == 503
    _, transport = link = desk.link()
    link[0].dataReceived(_head("GET", "/few?format=csv", "chief", {}))
    assert transport.disconnected
    assert few(WHOLE_MAX)[0].get("/few").code == 200


# --- A list on nothing ---

LONG = 2_345
asked_for: list = []


class LongViews:
    async def rows(self, query):
        after, limit = query
        begin = after[0] if after else 0
        return list(range(begin, min(LONG, begin + limit)))

    async def count(self, _query):
        return 12_345


def _question(chosen):
    asked_for.append((chosen.after, chosen.limit))
    return chosen.after, chosen.limit


LONG_LIST = Listing(
    name="long",
    caption="Long",
    empty="",
    columns=(Column("number", "Number", lambda row: row, "count"), Column("text", "Text", lambda _: "=1+1")),
    source=Keyset(_question, lambda row: (row + 1,)),
    page_rows=10,
)


async def long_list(asked):
    object.__setattr__(asked.office, "views", LongViews())
    return await list_page(asked, LONG_LIST)


def test_beyond_ten_thousand_it_is_said_that_there_are_more(desk):
    desk = Desk(desk.office, [Route("GET", "/long", SIGNED_IN, long_list)], ())
    assert "1 to 10 of more than 10,000" in desk.get("/long").text


# --- Cells ---

MOMENT = datetime(2026, 11, 23, 4, 0, 5, tzinfo=UTC)
CELLS = [
    ("text", "text", "text", "text"),
    (1234, "count", "1,234", 1234),
    (Amount(123_450, "CNY"), "amount", "CN¥1,234.50", Decimal("1234.50")),
    (Amount(-5, "JPY"), "amount", "-¥5", Decimal(-5)),
    (Amount(1_234, "KWD"), "amount", "KWD\xa01.234", Decimal("1.234")),
    (Amount(12_345, "Wh"), "amount", "12.345 kWh", Decimal("12.345")),
    (Amount(12_000, "Wh"), "amount", "12.0 kWh", Decimal("12.000")),
    (Share(-77), "count", "-7.7%", Decimal("-7.7")),
    (MOMENT, "moment", "2026-11-23 12:00:05 +08:00", MOMENT.astimezone(ZONE)),
    (date(2026, 11, 23), "day", "2026-11-23", date(2026, 11, 23)),
    (State("yes"), "state", "yes", "yes"),
    (Said("Account"), "text", "Account", "Account"),
    (Code("07"), "code", "07", "07"),
    (Link(Code("07"), "/"), "code", "07", "07"),
    (None, "none", "–", None),  # noqa: RUF001 - a dash is shown
]


@pytest.mark.parametrize(("cell", "kind", "text", "plain"), CELLS, ids=[repr(row[0]) for row in CELLS])
def test_a_cell_is_shown_and_written_as_what_it_is(cell, kind, text, plain):
    words = words_of("en")
    shown = Shown(words.locale, ZONE)
    assert kind_of(cell) == kind
    assert text_of(cell, words, shown) == text
    assert plain_of(cell, words, shown) == plain
    assert type(plain_of(cell, words, shown)) is type(plain)


@pytest.mark.parametrize(
    ("language", "money", "energy", "figure", "part"),
    [
        ("en", "CN¥1,234.50", "1,234.5 kWh", "12,345", "10.0%"),
        ("zh", "¥1,234.50", "1,234.5千瓦时", "12,345", "10.0%"),
        ("ru", "1\xa0234,50\xa0CN¥", "1\xa0234,5 кВт⋅ч", "12\xa0345", "10,0\xa0%"),
    ],
)
def test_figures_are_written_as_each_language_does(language, money, energy, figure, part):
    shown = Shown(words_of(language).locale, ZONE)
    assert shown.money(123_450, "CNY") == money
    assert shown.kwh(1_234_500).replace("\xa0", " ") == energy.replace("\xa0", " ")
    assert shown.number(12_345) == figure
    assert shown.percent(100) == part


@given(st.integers(-(2**62), 2**62), st.sampled_from(["CNY", "JPY", "KWD", "IDR", "MGA"]))
def test_no_minor_unit_of_an_amount_is_lost(minor, currency):
    shown = Shown(words_of("en").locale, ZONE)
    digits = "".join(letter for letter in shown.money(minor, currency) if letter.isdigit())
    assert int(digits) == abs(minor)


def test_the_unit_of_an_amount_is_said():
    cells = Amount(1, "CNY"), Amount(1, "Wh"), Share(1), "x"
    assert [unit_of(cell) for cell in cells] == ["CNY", "kWh", "%", None]


def test_rows_that_come_at_once_are_ordered_by_unit_and_nothing_comes_first():
    cells = [Amount(5, "CNY"), None, Amount(7, "Wh"), Link(Amount(1, "CNY"), "/")]
    assert sorted(cells, key=_sorting) == [
        None,
        Link(Amount(1, "CNY"), "/"),
        Amount(5, "CNY"),
        Amount(7, "Wh"),
    ]
    assert Order("day", is_descending=True).text == "-day"
