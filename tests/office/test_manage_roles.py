"""Roles, branches, stations, shifts: what they are called, who keeps them, and what no change may leave."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from gateway.core.authority import Function, Grant, Level
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.staff import Shift
from gateway.office.keep_shift import CloseShift, OpenShift
from gateway.office.manage_roles import KeepBranch, KeepRole, KeepStation
from gateway.office.rights_told import grants_told
from tests.office.people import APPROVE, DO, NOON_US, PEOPLE, VIEW, Desk, actor, administered, person

BAD_CODES = ["", "A", "a b", "-a", "a,b", "a" * 33, "é"]
BAD_NAMES = ["", " ", "x" * 65, "a\nb"]


#: Each form has a nonce of its own, unless a test says which.
FORMS = map("form {}".format, itertools.count(1))


def keep(code="new", version=0, by="ada", nonce=None, name="New", **grants):
    return KeepRole(
        by, nonce or next(FORMS), code, version, name, {Function(key): value for key, value in grants.items()}
    )


def branch(code="west", name="West", by="ada", *, is_new=True):
    return KeepBranch(by, next(FORMS), code, name, is_new)


def station(code="north-2", name="Two", of="north", by="ada", *, is_open=True, is_new=True):
    return KeepStation(by, next(FORMS), code, name, of, is_open, is_new)


@pytest.fixture
def desk():
    people = [
        *PEOPLE,
        person("nora", "administrator", branch="north"),
        person("nick", "clerk", branch="north"),
    ]
    return Desk(people)


# -- roles -----------------------------------------------------------------------------------------------


def test_a_new_role_and_a_changed_one_are_kept_with_their_versions(desk):
    assert desk.post(keep(floats=Grant(Level.DO, 500))) == Changed("new", 1)
    assert desk.post(keep(version=1, floats=VIEW)) == Changed("new", 2)
    assert desk.office.roles["new"].grants == {Function.FLOATS: VIEW}


def test_the_diary_tells_what_a_role_grants_now_and_what_before(desk):
    desk.post(
        administered(actor("ada"), keep("clerk", 1, name="Clerk", floats=Grant(Level.DO, 500), shifts=DO))
    )
    assert "floats: do → do up to 500" in desk.lines[-1].detail
    assert "reversals: do → none" in desk.lines[-1].detail
    assert "shifts" not in desk.lines[-1].detail


def test_a_level_that_there_is_not_is_refused_by_its_function(desk):
    content = desk.post(keep(sales=APPROVE, floats=APPROVE, export=VIEW))
    assert content == NotDone(OfficeRefusal.NO_SUCH_LEVEL, "export: view, sales: approve")
    assert "new" not in desk.office.roles


def test_nothing_is_told_where_nothing_changes():
    grants = {Function.FLOATS: DO}
    assert grants_told(grants, grants) == ""
    assert grants_told({}, {Function.FLOATS: Grant(Level.NONE)}) == ""


@pytest.mark.parametrize("code", BAD_CODES)
def test_a_code_is_short_and_plain(desk, code):
    assert desk.why(keep(code)) is OfficeRefusal.BAD_CODE
    assert desk.why(branch(code)) is OfficeRefusal.BAD_CODE
    assert desk.why(station(code)) is OfficeRefusal.BAD_CODE


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_can_be_printed(desk, name):
    assert desk.why(keep(name=name)) is OfficeRefusal.BAD_NAME
    assert desk.why(branch(name=name)) is OfficeRefusal.BAD_NAME
    assert desk.why(station(name=name)) is OfficeRefusal.BAD_NAME


def test_a_role_is_new_or_the_one_that_was_looked_at(desk):
    assert desk.why(keep("nowhere", version=3)) is OfficeRefusal.UNKNOWN_ROLE
    assert desk.why(keep("clerk", version=0)) is OfficeRefusal.CODE_USED
    assert desk.why(keep("clerk", version=2)) is OfficeRefusal.TWICE_AT_ONCE


def test_nobody_changes_a_role_that_she_has(desk):
    assert desk.why(keep("administrator", 1)) is OfficeRefusal.OWN_ROLES
    desk.office.operators["ada"] = person("ada", "administrator", "clerk")
    assert desk.why(keep("clerk", 1)) is OfficeRefusal.OWN_ROLES


@pytest.mark.parametrize("order", [keep(), keep("clerk", 1), branch(), branch("south", is_new=False)])
def test_what_holds_everywhere_is_not_for_somebody_of_a_branch(desk, order):
    assert desk.why(replace(order, by="nora")) is OfficeRefusal.OTHER_BRANCH


@pytest.mark.parametrize(
    "grants", [{}, {"operators": DO}, {"roles": DO}, {"operators": VIEW, "roles": APPROVE}]
)
def test_a_role_by_which_alone_people_are_let_in_keeps_granting_it(desk, grants):
    order = keep("administrator", 1, by="local:root", **grants)
    assert desk.why(order) is OfficeRefusal.LAST_ADMINISTRATOR
    desk.office.roles["more"] = desk.office.roles["administrator"]
    desk.changed("roles", "more", code="more").changed("operators", "chen", roles=("more",))
    assert isinstance(desk.post(order), Changed)


def test_grants_are_the_same_content_in_any_order(desk):
    desk.post(keep(nonce="n1", floats=DO, shifts=VIEW))
    assert desk.post(keep(nonce="n1", shifts=VIEW, floats=DO)) == Changed("new", 1)
    assert desk.why(keep(nonce="n1", floats=DO, shifts=DO)) is OfficeRefusal.REFERENCE_USED


# -- places ----------------------------------------------------------------------------------------------


def test_a_branch_is_new_or_there(desk):
    assert isinstance(desk.post(branch()), Changed)
    assert desk.why(branch()) is OfficeRefusal.CODE_USED
    assert desk.why(branch("nowhere", is_new=False)) is OfficeRefusal.UNKNOWN_BRANCH
    assert isinstance(desk.post(branch(name="Far West", is_new=False)), Changed)
    assert desk.office.branches["west"].name == "Far West"


def test_a_station_is_new_or_there_and_of_a_branch(desk):
    assert isinstance(desk.post(station()), Changed)
    assert desk.why(station()) is OfficeRefusal.CODE_USED
    assert desk.why(station("nowhere", is_new=False)) is OfficeRefusal.UNKNOWN_STATION
    assert desk.why(station("x", of="nowhere")) is OfficeRefusal.UNKNOWN_BRANCH


def test_somebody_of_a_branch_keeps_the_stations_of_that_branch(desk):
    assert isinstance(desk.post(station(by="nora")), Changed)
    assert desk.why(station("south-2", of="south", by="nora")) is OfficeRefusal.OTHER_BRANCH
    # Neither is one of another branch drawn over, nor one of hers given away.
    for code, of in (("south-1", "north"), ("north-1", "south")):
        assert desk.why(station(code, of=of, by="nora", is_new=False)) is OfficeRefusal.OTHER_BRANCH


# -- shifts ----------------------------------------------------------------------------------------------


def sit(by="cleo", at="north-1"):
    return OpenShift(by, next(FORMS), at)


def rise(shift, by="cleo", login="cleo", station="north-1", **counted):
    return CloseShift(by, next(FORMS), shift, login, station, **counted)


def test_a_shift_is_opened_and_closed(desk):
    assert desk.post(sit()) == Changed("north-1", 1)
    assert desk.office.shifts[1] == Shift(1, "cleo", "north-1", NOON_US)
    assert desk.later(5).post(rise(1)) == Changed("north-1", 1)
    assert desk.office.shifts[1].closed_us == NOON_US + 5
    assert desk.post(sit()) == Changed("north-1", 2)


def test_nobody_sits_at_two_stations_and_no_two_at_one(desk):
    desk.post(sit())
    assert desk.why(sit(at="south-1")) is OfficeRefusal.SHIFT_OPEN
    assert desk.why(sit("carl")) is OfficeRefusal.SHIFT_OPEN
    assert "cleo at north-1" in desk.decision.content.detail
    assert isinstance(desk.post(sit("carl", "south-1")), Changed)


def test_a_shift_needs_an_open_station_of_her_branch(desk):
    assert desk.why(sit(at="nowhere")) is OfficeRefusal.UNKNOWN_STATION
    assert desk.why(sit("nick", "south-1")) is OfficeRefusal.OTHER_BRANCH
    assert desk.why(sit("nobody")) is OfficeRefusal.UNKNOWN_PERSON
    desk.post(station("north-1", is_open=False, is_new=False))
    assert desk.why(sit()) is OfficeRefusal.UNKNOWN_STATION


def test_a_shift_is_closed_once_and_by_whoever_belongs_there(desk):
    desk.post(sit(at="south-1"))
    at = {"station": "south-1"}
    assert desk.why(rise(1, "nick", **at)) is OfficeRefusal.NO_SHIFT
    assert desk.why(rise(1, "ghost", **at)) is OfficeRefusal.NO_SHIFT
    assert desk.why(rise(9, **at)) is OfficeRefusal.NO_SHIFT
    assert desk.why(rise(1)) is OfficeRefusal.NO_SHIFT, "of another station"
    assert desk.why(rise(1, login="carl", **at)) is OfficeRefusal.NO_SHIFT
    desk.post(rise(1, "ada", **at))
    assert desk.why(rise(1, **at)) is OfficeRefusal.NO_SHIFT
