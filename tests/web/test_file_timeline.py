"""The timeline of a customer, a meter or a sale: only what names it, and where the rest stands."""

import re

import pytest

from admin_web.file_timeline import SHOWN, names
from gateway.core.authority import Function
from gateway.core.diary import Actor
from gateway.office.note_act import NoteRefusal
from tests.contracts.office_town import PANS
from tests.web.town_desk import TownDesk


@pytest.mark.parametrize(
    ("text", "name", "is_named"),
    [
        ("pay/east/r1", "pay/east/r1", True),
        ("pay/east/r12", "pay/east/r1", False),
        ("pay/east/r1-2026-11-23", "pay/east/r1", False),
        ("pay/east/r1.2", "pay/east/r1", False),
        ("undo/pay/east/r1", "pay/east/r1", False),
        ("2 credit_overdue pay/east/r1", "pay/east/r1", True),
        ("asked for pay/east/r1. So be it", "pay/east/r1", True),
        ("100", "100", True),
        ("2100 and 1000", "100", False),
        ("limit 100.50", "100", False),
        ("account: 100; address", "100", True),
    ],
)
def test_only_a_whole_name_names(text, name, is_named):
    assert names(text, name) is is_named


@pytest.fixture
def desk(tmp_path):
    return TownDesk(tmp_path)


def noted(desk, *subjects):
    """Let the diary have a line about each, as of somebody who was sent away."""
    who = Actor("li-na", session="s")
    desk.town.post(*(NoteRefusal(who, Function.SALES, one, f"told of {n}") for n, one in enumerate(subjects)))


def timeline(told) -> str:
    return told.text.partition('id="timeline"')[2].partition("</section>")[0]


def test_a_sale_s_timeline_has_no_line_of_another_sale(desk):
    noted(desk, "pay/east/r1", "pay/east/r12")
    told = timeline(desk.get(f"/sales/{desk.sale('r1').id}"))
    assert ("told of 0" in told, "told of 1" in told) == (True, False)


def test_a_line_is_told_as_the_diary_tells_it(desk):
    noted(desk, "pay/east/r1")
    path = f"/sales/{desk.sale('r1').id}"
    assert "Sales: looked at" in timeline(desk.get(path))
    assert "Sales: looked at" in desk.get("/diary").text


@pytest.mark.parametrize(("count", "link"), [(SHOWN, None), (SHOWN + 1, "/diary?text=pay%2Feast%2Fr1")])
def test_where_lines_are_left_out_it_says_where_they_stand(desk, count, link):
    noted(desk, *["pay/east/r1"] * count)
    told = desk.get(f"/sales/{desk.sale('r1').id}")
    assert timeline(told).count("told of") == SHOWN
    assert told.link_to("the diary") == link


def test_where_sales_are_left_out_it_says_where_they_stand(desk):
    meter = f"/meters/{PANS[3]}"
    assert desk.get(meter).link_to("all of them") is None
    desk.town.post(*(desk.town.east.pay(f"more-{n}", pan=PANS[3]) for n in range(SHOWN)))
    assert desk.get(meter).link_to("all of them") == f"/sales?pan={PANS[3]}&day_from="


def test_each_amount_of_a_meter_s_timeline_leads_to_its_postings(desk):
    told = timeline(desk.get(f"/meters/{PANS[0]}"))
    amounts = re.findall(r'<span class="sum">(.*?)</span>', told, re.DOTALL)
    assert amounts
    assert all('href="/entries/' in one for one in amounts)
