"""The overview: what it tells, whom it leads where, and that it keeps nobody signed in by asking again."""

import json
import re
from html import unescape

import pytest

from gateway.core.authority import Function, Level
from gateway.endpoints.health import Check, Standing
from tests.contracts.office_town import TUESDAY
from tests.web.desk import granted, visitor
from tests.web.town_desk import TownDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    glance = visitor("glance", granted(Level.VIEW, Function.DASHBOARD))
    checks = [Check("bank east", Standing.DEGRADED, "no link is up"), Check("disk", Standing.OK)]
    desk = TownDesk(tmp_path_factory.mktemp("town"), staff={"glance": glance}, checks=lambda: checks)
    object.__setattr__(desk.office, "today", lambda: TUESDAY)
    object.__setattr__(desk.office, "now", lambda: desk.town.now)
    return desk


def lines_of(told, tile: str) -> list[str]:
    part = told.text.partition(f'id="t-{tile}"')[2].partition("</section>")[0]
    return [
        " ".join(re.sub("<[^>]*>", " ", one).split()) for one in re.findall(r"<li>.*?</li>", part, re.DOTALL)
    ]


def test_the_day_is_told_by_channel_without_what_was_taken_back(desk):
    rows = desk.get("/").cells()
    assert [row[:3] for row in rows] == [["west", "3", "CN¥170.00"]]


def test_the_hours_are_drawn_and_stand_in_a_table(desk):
    html = desk.get("/").text
    heights = [int(height) for height in re.findall(r'height="(\d+)"><title>', html)]
    assert max(heights) == 100
    body = html.partition("Hour from")[2].partition("</table>")[0]
    assert re.findall(r'<th scope="row">([^<]*)</th>', body) == ["22:00", "08:00"]


def test_what_waits_is_told_by_its_age_and_leads_to_the_list(desk):
    told = desk.get("/")
    assert [one.split()[-1] for one in lines_of(told, "waiting")[:2]] == ["0", "0"]
    assert lines_of(told, "waiting")[2].startswith("for longer 2 oldest since 2026-11-24 08:00:00")
    assert told.link_to("for longer") == "/sales?state=waiting&day_from="


def test_what_nobody_knows_the_end_of_is_told_and_leads_to_the_lists(desk):
    told = desk.get("/")
    said = lines_of(told, "unclear")
    assert said[0].startswith("Sales in dispute with a bank 1 oldest since 2026-11-23 23:59:00")
    assert [line.rpartition(" oldest")[0] or line for line in said[1:]] == [
        "The customer has paid, and the payment was refused 0", "Reversed before the payment came 1",
        "A reference was used for another payment 0",
    ]  # fmt: skip
    assert told.link_to("Sales in dispute with a bank") == "/sales?state=claimed&day_from="
    assert told.link_to("Reversed before the payment came") == "/exceptions?kind=reversed_before_payment"
    assert len(desk.get("/sales?state=claimed&day_from=").cells()) == 1


def test_what_is_in_dispute_is_not_called_given_back(desk):
    """The town has one sale in dispute, one given back; neither stands."""
    told = desk.get("/").text
    assert 'class="right">Do not stand</th>' in told
    assert "Taken back" not in told


def test_open_exceptions_are_told_by_their_kind(desk):
    said = " ".join(lines_of(desk.get("/"), "troubles"))
    for kind in ("A credit has waited for too long 1", "Reversed after the token was out 1"):
        assert kind in said


def test_how_the_gateway_stands_is_told(desk):
    assert lines_of(desk.get("/"), "checks") == ["bank east not quite well no link is up", "disk well"]


def test_the_journal_s_head_leads_to_its_entry(desk):
    told = desk.get("/")
    assert re.fullmatch(r"/entries/at/\d+", told.link_to("newest entry"))
    assert lines_of(told, "chain")[2] == "last closed day none yet"


def test_a_branch_sees_its_own_figures(desk):
    assert desk.get("/", "north").cells()[0][1] == "1"
    assert desk.get("/", "south").cells()[0][1] == "2"


def test_the_notices_of_all_branches_are_for_who_belongs_to_none(tmp_path):
    desk = TownDesk(tmp_path, tells_others=True)
    assert 'id="t-outbox"' in desk.get("/").text
    assert 'id="t-outbox"' not in desk.get("/", "north").text


def test_whoever_may_only_glance_is_led_nowhere(desk):
    told = desk.get("/", "glance")
    main = told.text.partition("<main")[2].partition("</main>")[0]
    assert told.code == 200
    assert "<a " not in main


def test_asking_again_gives_the_figures_alone_and_keeps_no_session_alive(desk):
    told = desk.get("/overview/now", HX_Request="true")
    assert desk.office.gate.seen[-1] is False
    assert "<html" not in told.text
    assert 'id="t-day"' in told.text
    desk.get("/")
    assert desk.office.gate.seen[-1] is True


def test_a_page_that_asks_again_after_its_session_ended_leads_to_signing_in_and_then_to_the_whole(desk):
    told = desk.get("/overview/now", None, HX_Request="true")
    assert told.header("hx-redirect") == "/sign-in"


def test_only_the_overview_s_own_line_of_the_menu_is_marked_there(desk):
    assert '<a href="/" aria-current="page">' in desk.get("/").text
    assert '<a href="/" aria-current' not in desk.get("/search").text


def test_the_last_month_is_drawn_day_by_day_with_its_table(desk):
    html = desk.get("/").text
    (told,) = re.findall(r'data-chart="([^"]*)"', html)
    drawn = json.loads(unescape(told))
    assert (len(drawn["days"]), drawn["days"][-1], drawn["unit"]) == (30, TUESDAY.isoformat(), "kWh")
    table = html.partition("<caption>Energy sold day by day</caption>")[2].partition("</table>")[0]
    assert len(re.findall(r'<th scope="row">', table)) == 30
    (energy,) = drawn["lines"]
    assert sum(energy) > 0
    assert 'src="/static/' in html
