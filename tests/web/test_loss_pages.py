"""Line losses on their pages: which places, between which moments, what is missing, and who may see it."""

import csv
import io

import pytest
from sqlalchemy import delete

from adapters.db import tables as t
from gateway.core.authority import Level
from tests.web.lossy import MEASURES, MOMENTS, users, with_losses
from tests.web.staffed import Manned, only

#: What stands where there is nothing.
NONE = "\N{EN DASH}"


@pytest.fixture
def manned(tmp_path):
    return with_losses(Manned(tmp_path).sell(days=2))


@pytest.fixture
def desk(manned):
    return manned.desk()


def losses(desk, query=""):
    return {row[0]: row for row in desk.get(f"/lines/losses{query}").cells()}


def test_losses_of_the_last_month_have_the_largest_first_and_those_not_known_last(desk):
    rows = losses(desk)
    assert list(rows) == ["h-1", "h-11", "h-12", "h-13"]
    assert rows["h-1"][1:] == [
        "Feeder", "Hill road", "950.0 kWh", "570.0 kWh", "380.0 kWh", "40.0%",
        "partial", "1",
    ]  # fmt: skip
    assert rows["h-12"][3:8] == ["260.0 kWh", "280.0 kWh", "-20.0 kWh", "-7.7%", "negative"]
    assert rows["h-13"][3:8] == [NONE, "90.0 kWh", NONE, NONE, "not known"]


def test_another_span_may_be_asked_for_of_moments_that_were_frozen(desk):
    begin_s, end_s = MOMENTS[3], MOMENTS[1]
    rows = losses(desk, f"?at_from={begin_s}&at_to={end_s}")
    assert rows["h-1"][3:6] == ["1,900.0 kWh", "1,280.0 kWh", "620.0 kWh"]
    assert rows["h-1"][7] == "whole"
    reversed_ = desk.get(f"/lines/losses?at_from={end_s}&at_to={begin_s}")
    assert (reversed_.code, "The last moment lies before the first." in reversed_.text) == (422, True)
    assert desk.get(f"/lines/losses?at_from={end_s + 1}").code == 422


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ("within=h-1", ["h-1", "h-11", "h-12", "h-13"]), ("within=hills&kind=feeder", ["h-1"]),
        ("kind=transformer&state=negative", ["h-12"]), ("state=unknown", ["h-13"]), ("state=whole", []),
        ("sort=part", ["h-13", "h-12", "h-11", "h-1"]), ("kind=area", []),
    ],
)  # fmt: skip
def test_losses_are_narrowed_down_and_put_in_order(desk, asked, codes):
    found = list(losses(desk, f"?{asked}"))
    assert found == codes


def test_a_place_leads_to_its_months_and_the_meters_that_are_missing(desk, manned):
    path = f"/lines/losses/h-1?at_from={MOMENTS[1]}&at_to={MOMENTS[0]}"
    assert f'href="{path.replace("&", "&amp;")}"' in desk.get("/lines/losses").text
    answer = desk.get(path)
    missing = users(manned)[1]
    assert f'href="/meters/{missing}/line"' in answer.text
    assert "a customer&#39;s" in answer.text
    assert "nothing was read of the last moment" in answer.text
    assert "More was used than fed" in desk.get("/lines/losses/h-12").text
    for said in ("950.0 kWh", "570.0 kWh", "380.0 kWh", "40.0%", "Hill road", "2026-10-01 to 2026-11-01"):
        assert said in answer.text, said
    assert "2026-08-01 to 2026-09-01" not in answer.text, "that month is whole"
    assert "data-chart" in answer.text


def test_a_place_whose_own_meter_was_never_read_says_that_it_is_missing(desk):
    path = f"/lines/losses/h-13?at_from={MOMENTS[1]}&at_to={MOMENTS[0]}"
    answer = desk.get(path)
    assert [row[1:] for row in answer.cells()] == [
        ["the place&#39;s own", "nothing was read of either moment"]
    ]
    assert "nobody knows what was fed" in answer.text
    assert "data-chart" not in answer.text
    assert desk.get("/lines/losses/h-14").code == 404
    assert desk.get("/lines/losses/hills").code == 404, "nothing measures it"


def test_losses_are_taken_away_as_files(desk):
    rows = list(csv.reader(io.StringIO(desk.get("/lines/losses?format=csv").body.decode("utf-8-sig"))))
    assert rows[0][7:10] == ["Line loss", "Line loss, unit", "Loss rate"]
    assert rows[1][7:11] == ["380.000", "kWh", "40.0", "%"]
    assert desk.get("/lines/losses/h-1?format=xlsx").body[:2] == b"PK"


def test_without_two_moments_there_is_nothing_to_compare(desk, manned):
    with manned.engine.begin() as connection:
        connection.execute(delete(t.frozen_reading))
    answer = desk.get("/lines/losses")
    assert (answer.code, answer.cells()) == (200, [])
    assert "has frozen two months" in answer.text
    assert desk.get("/lines/losses/h-1").code == 200


def test_losses_are_figures_of_the_whole_house(desk, manned):
    manned.people.branch("north")
    manned.let_in("north-1", branch="north")
    manned.let_in("clerk", only(meters=Level.VIEW))
    for path in ("/lines/losses", "/lines/losses/h-1"):
        assert desk.get(path, "north-1").code == 404
        assert desk.get(path, "clerk").code == 403
        assert desk.get(path, "auditor").code == 200


def test_measuring_meters_have_pages_of_their_line(desk):
    meter, _, _ = MEASURES["h-1"]
    assert desk.get(f"/meters/{meter}/line").code == 200
