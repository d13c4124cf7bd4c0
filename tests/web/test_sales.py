"""The list of sales: its filters and sums, whose sales are seen; and the page of an entry."""

import re

import pytest

from gateway.core.authority import Function, Level
from gateway.core.meter_number import MeterNumber
from tests.contracts.office_town import PANS
from tests.web.desk import granted, visitor
from tests.web.town_desk import TownDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    clerk = visitor("clerk", granted(Level.VIEW, Function.SALES))
    return TownDesk(tmp_path_factory.mktemp("town"), staff={"clerk": clerk})


def paid(told) -> list[str]:
    return [row[3] for row in told.cells()]


def sums(told) -> list[list[str]]:
    foot = told.text.partition("<tfoot>")[2].partition("</tfoot>")[0]
    return [
        [
            " ".join(re.sub("<[^>]*>", "", cell).split())
            for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr.*?</tr>", foot, re.DOTALL)
    ]


def test_the_list_shows_the_last_seven_days_the_newest_first(desk):
    told = desk.get("/sales")
    assert told.code == 200
    assert len(told.cells()) == 8
    assert 'name="day_from" value="2026-11-19"' in told.text
    moments = [row[1] for row in told.cells()]
    assert moments == sorted(moments, reverse=True)


def test_the_books_own_key_of_a_payment_is_a_column_of_its_own_in_a_file(desk):
    told = desk.get("/sales?reference=w1&bank=west&format=csv&cols=reference,key").text.splitlines()
    assert told[0].removeprefix("\ufeff").split(",") == ["Reference", "Our key"]
    assert told[1].split(",") == ["w1", "pay/west/w1"]


def test_what_was_reversed_and_what_is_in_dispute_is_told_apart_from_what_stands(desk):
    assert [(line[0], line[1], line[3]) for line in sums(desk.get("/sales"))] == [
        ("Total", "8 sales", "CN¥514.45"),
        ("Given back", "1 sale", "-CN¥50.00"),
        ("In dispute", "1 sale", "-CN¥123.45"),
        ("What stands", "6 sales", "CN¥341.00"),
    ]


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ("state=waiting", ["CN¥40.00", "CN¥30.00"]),
        ("bank=west&state=reversed", ["CN¥50.00"]),
        ("reference=r3", ["CN¥123.45"]),
        ("reference=000007", ["CN¥70.00"]),
        (f"pan={MeterNumber.parse(PANS[2]).drn}", ["CN¥70.00"]),
        (f"pan={PANS[3]}", ["CN¥30.00"]),
        ("account_no=A3", ["CN¥70.00"]),
        ("phone=13800000002&sort=paid", ["CN¥30.00", "CN¥40.00", "CN¥50.00", "CN¥123.45"]),
        ("power_type=shop", ["CN¥70.00"]),
        ("paid_from=100&paid_to=123.44&sort=-paid", ["CN¥100.00", "CN¥100.00"]),
        ("energy_to=5", ["CN¥1.00"]),
        ("at_from=2026-11-23T22:01&at_to=2026-11-23T23:59", ["CN¥1.00", "CN¥123.45", "CN¥100.00"]),
        ("at_from=2026-11-23T21:59&at_to=2026-11-23T21:59", ["CN¥50.00"]),
        ("day_from=2026-11-24&day_to=2026-11-24&bank=east", []),
    ],
)
def test_each_filter_keeps_what_was_asked_for(desk, query, amounts):
    told = desk.get(f"/sales?{query}")
    assert told.code == 200
    assert paid(told) == amounts


def test_a_sale_is_found_by_its_receipt_number_however_old_it_is(desk):
    number = desk.sale("r1").receipt_no
    told = desk.get(f"/sales?receipt_no={number}")
    assert paid(told) == ["CN¥100.00"]
    assert 'name="day_from" value=""' in told.text


def test_days_that_were_taken_out_stay_out(desk):
    assert 'name="day_from" value=""' in desk.get("/sales?day_from=&day_to=").text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("pan=07000000017", "check digit of the meter number is wrong"),
        ("receipt_no=x", "Write a whole number."),
        ("paid_from=1,5", "This is no amount"),
        ("paid_from=5&paid_to=4", "The greatest number is less than the least."),
        ("energy_from=much", "This is no energy in kWh"),
        ("at_from=noon", "Write the day and the time"),
        ("at_from=2026-11-23T12:00%2B08:00", "Write the day and the time"),
        ("at_from=2026-11-24T00:00&at_to=2026-11-23T00:00", "The last moment lies before the first."),
    ],
)
def test_a_filter_that_is_not_right_is_said_beside_its_field(desk, query, said):
    told = desk.get(f"/sales?{query}")
    assert told.code == 422
    assert said in told.text


def test_a_branch_sees_its_own_sales_only(desk):
    north, south = paid(desk.get("/sales", "north")), paid(desk.get("/sales", "south"))
    assert (len(north), len(south)) == (3, 5)
    assert "CN¥123.45" not in north


def test_each_amount_leads_to_its_postings_for_whoever_sees_the_ledger(desk):
    sale = desk.sale("r1")
    assert f'href="/entries/{sale.id}"' in desk.get("/sales").text
    seen = desk.get("/sales", "clerk").text
    assert "/entries/" not in seen
    assert "/customers/" not in seen


def test_the_postings_of_an_entry_sum_to_zero_in_each_unit(desk):
    told = desk.get(f"/entries/{desk.sale('r1').id}")
    assert told.code == 200
    assert [row[0] for row in told.cells()] == [
        "BANK:east",
        "REV:domestic:ENERGY",
        "VAT",
        "E.ISSUED",
        "E.SOLD",
    ]
    foot = told.text.partition("<tfoot>")[2].partition("</tfoot>")[0]
    figures = re.findall(r'class="figure">([^<]*)<', foot)
    assert figures[0] == figures[1] == "CN¥100.00"
    assert figures[2] == figures[3]


def test_an_entry_that_was_undone_and_the_one_that_undoes_it_lead_to_each_other(desk):
    hold = desk.sale("w1", "west")
    told = desk.get(f"/entries/{hold.id}")
    (later,) = re.findall(r'Undone by the entry: <a href="/entries/(\d+)"', told.text)
    assert f'Undoes the entry: <a href="/entries/{hold.id}"' in desk.get(f"/entries/{later}").text


def test_an_entry_is_found_by_its_place_in_the_journal(desk):
    sale = desk.sale("r1")
    assert f"<code>{sale.key}</code>" in desk.get(f"/entries/at/{sale.receipt_no}").text


@pytest.mark.parametrize(
    "path", ["/entries/0", "/entries/x", "/entries/at/0", f"/entries/{2**63}", "/entries/-1"]
)
def test_what_is_no_entry_is_not_there(desk, path):
    assert desk.get(path).code == 404


def test_an_entry_of_another_branch_is_not_there(desk):
    sale = desk.sale("r3")
    assert desk.get(f"/entries/{sale.id}", "south").code == 200
    assert desk.get(f"/entries/{sale.id}", "north").code == 404
