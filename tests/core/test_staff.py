"""People and what they may: grants go in and come out alike, rights add up, and a level holds those below."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.approval import LASTS_US, TRANSITIONS, ApprovalState, Verdict
from gateway.core.authority import AREA_OF, NO_GRANT, Function, Grant, Level, Rights
from gateway.core.diary import Actor, plain
from gateway.core.hidden import Hidden
from gateway.core.session import CLOCK_BACK_US, IDLE_US, Session, Stage
from gateway.core.session import LASTS_US as SESSION_LASTS_US
from gateway.core.staff import Operator, Role, StaffState, administrators, grants_of, grants_text, rights_of

limits = st.one_of(st.none(), st.integers(0, 2**70))
some_grants = st.builds(Grant, st.sampled_from(list(Level)), limits)
grants = st.dictionaries(st.sampled_from(list(Function)), some_grants)


@given(grants)
def test_grants_are_read_as_they_were_written(granted):
    wanted = {function: grant for function, grant in granted.items() if grant.level is not Level.NONE}
    assert grants_of(grants_text(granted)) == wanted


@given(grants)
def test_the_same_grants_have_one_text(granted):
    backwards = dict(reversed(granted.items()))
    assert grants_text(backwards) == grants_text(granted)
    assert grants_text(grants_of(grants_text(granted))) == grants_text(granted)


def test_a_function_of_a_newer_program_is_not_granted():
    assert grants_of(json.dumps({"flying": [3, None], "floats": [2, 5]})) == {
        Function.FLOATS: Grant(Level.DO, 5)
    }


def test_every_function_has_its_place_in_the_menu():
    assert set(AREA_OF) == set(Function)


def test_a_limit_below_nothing_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        Grant(Level.DO, -1)


@given(
    st.lists(grants, max_size=4), st.sampled_from(list(Function)), st.sampled_from(list(Level)[1:]), limits
)
def test_she_may_what_one_of_her_roles_grants(roles, function, level, amount):
    minor = amount or 0
    wanted = any(
        role.get(function, NO_GRANT).level >= level
        and (role[function].limit_minor is None or minor <= role[function].limit_minor)
        for role in roles
    )
    assert Rights.of(roles, None).may(function, level, minor) is wanted


@given(st.lists(grants, max_size=4))
def test_more_roles_never_take_rights_away(roles):
    fewer, more = Rights.of(roles[:-1], None), Rights.of(roles, None)
    assert more.holds(fewer)


def test_who_has_no_role_may_nothing():
    assert not any(Rights().may(function, level) for function in Function for level in list(Level)[1:])
    assert not Rights().approves


def person(**changes):
    usual = {"login": "ada", "name": "Ada", "roles": ("admin",), "password": Hidden("x")}
    return Operator(**(usual | changes))


ADMIN = {"admin": Role("admin", "", {Function.OPERATORS: Grant(Level.DO), Function.ROLES: Grant(Level.DO)})}


@pytest.mark.parametrize(
    ("changes", "can"),
    [
        ({}, True),
        ({"branch": "north"}, False),
        ({"password": Hidden("")}, False),
        ({"roles": ()}, False),
        ({"roles": ("gone",)}, False),
        ({"state": StaffState.LEFT}, False),
        ({"valid_until_us": 6}, True),
        ({"valid_until_us": 5}, False),
    ],
)
def test_who_can_let_people_in(changes, can):
    assert bool(administrators([person(**changes)], ADMIN, 5)) is can


def test_a_branch_limits_her_and_no_branch_does_not():
    assert rights_of(person(branch="north"), ADMIN).sees("north")
    assert not rights_of(person(branch="north"), ADMIN).sees("south")
    assert not rights_of(person(branch="north"), ADMIN).sees("")
    assert rights_of(person(), ADMIN).sees("south")


# -- sessions, requests, lines ---------------------------------------------------------------------------


@given(st.integers(0, SESSION_LASTS_US), st.integers(-2 * IDLE_US, 2 * IDLE_US), st.booleans())
def test_a_session_never_outlives_its_limits(seen, away, is_ended):
    session = Session("s", "ada", 0, seen, Stage.FULL, ended_us=3 if is_ended else None)
    at = seen + away
    wanted = not is_ended and -CLOCK_BACK_US <= away < IDLE_US and at < SESSION_LASTS_US
    assert session.stands(at) is wanted


def test_what_was_decided_takes_no_step():
    assert {before for before, _ in TRANSITIONS} == {ApprovalState.ASKED}
    assert {verdict for _, verdict in TRANSITIONS} == set(Verdict)
    assert set(TRANSITIONS.values()) == set(ApprovalState) - {ApprovalState.ASKED}
    assert LASTS_US == 36 * 3_600 * 1_000_000


@given(st.text(max_size=50), st.integers(1, 20))
def test_a_line_of_the_diary_can_be_printed_and_is_short(text, most):
    line = plain(text, most)
    assert line.isprintable()
    assert len(line) <= most
    assert plain(line, most) == line


def test_the_diary_tells_the_machine_from_the_browser():
    assert Actor("ada").said == "local:ada"
    assert Actor("ada", "a session").said == "ada"


@pytest.mark.parametrize(
    ("granted", "held"),
    [
        ((Grant(Level.DO, 5), Grant(Level.DO, 9)), (Grant(Level.DO, 9),)),
        ((Grant(Level.DO), Grant(Level.APPROVE, 9)), (Grant(Level.APPROVE, 9), Grant(Level.DO))),
        ((Grant(Level.DO, 5), Grant(Level.APPROVE, 9)), (Grant(Level.APPROVE, 9),)),
        ((Grant(Level.VIEW), Grant(Level.DO, 5)), (Grant(Level.DO, 5),)),
        ((Grant(Level.VIEW), Grant(Level.NONE)), (Grant(Level.VIEW),)),
        ((), ()),
    ],
)
def test_of_several_grants_those_are_held_that_no_other_covers(granted, held):
    assert Rights({Function.FLOATS: granted}).held(Function.FLOATS) == held


def test_what_is_held_is_what_a_level_is_worth():
    assert Rights({Function.SALES: (Grant(Level.APPROVE),)}).held(Function.SALES) == (Grant(Level.VIEW),)
