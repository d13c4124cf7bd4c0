"""The first person: made at the machine, in one step, with the role that lets her let the others in."""

from __future__ import annotations

import pytest

from gateway.core.authority import LEVELS, Function, Level
from gateway.core.hidden import Hidden
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.people_told import without_rows
from gateway.core.staff import Role, administrators
from gateway.office.make_administrator import MakeAdministrator
from gateway.office.standard_roles import ADMINISTRATOR, STANDARD_ROLES
from tests.office.people import NOON_US, PEOPLE, ROLES, Desk, actor, administered, local, role

AT_MACHINE = local("root")


def make(login="anna", name="Anna", by="local:root", nonce="n1", **more):
    return MakeAdministrator(by, nonce, login, name, password=Hidden("a hash"), **more)


def made(desk, order=None, by=AT_MACHINE):
    return desk.post(administered(by, order or make()))


@pytest.fixture
def nobody():
    return Desk(people=[], roles=[])


def test_she_can_let_the_others_in_and_need_not_choose_another_password(nobody):
    assert made(nobody) == Changed("anna", 1)
    anna = nobody.office.operators["anna"]
    assert (anna.roles, anna.must_change, anna.branch) == (("administrator",), False, None)
    assert anna.password == Hidden("a hash")
    assert administrators([anna], nobody.office.roles, NOON_US) == ["anna"]


def test_the_role_holds_every_function_to_any_amount(nobody):
    made(nobody)
    mine = nobody.office.rights("anna")
    assert all(mine.may(function, max(LEVELS[function]), 10**15) for function in Function)


def test_the_diary_names_her_her_role_and_who_made_her_and_no_password(nobody):
    made(nobody)
    (line,) = nobody.lines
    assert (line.actor.said, line.function) == ("local:root", "operators")
    assert (
        without_rows(line.detail)
        == "name: 'Anna', branch: None, roles: ('administrator',); the role was made"
    )
    assert "a hash" not in repr(nobody.lines)
    assert "a hash" not in repr(make())


def test_a_role_that_is_there_stays_as_it_is():
    desk = Desk()
    before = desk.office.roles["administrator"]
    assert made(desk) == Changed("anna", 1)
    assert desk.office.roles["administrator"] == before
    assert "the role was made" not in desk.lines[0].detail


def test_a_role_that_lets_nobody_in_any_more_makes_no_administrator():
    roles = [role("administrator"), *(one for one in ROLES if one.code != "administrator")]
    desk = Desk(people=PEOPLE[1:], roles=roles)
    assert desk.why(administered(AT_MACHINE, make())) is OfficeRefusal.NO_ADMINISTRATOR
    assert "anna" not in desk.office.operators


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"login": "ada"}, OfficeRefusal.LOGIN_USED),
        ({"login": "Anna"}, OfficeRefusal.BAD_LOGIN),
        ({"name": " "}, OfficeRefusal.BAD_NAME),
        ({"language": "tlh"}, OfficeRefusal.BAD_NAME),
    ],
)
def test_what_cannot_be_entered_makes_no_administrator(changes, why):
    desk = Desk()
    assert desk.why(administered(AT_MACHINE, make(**changes))) is why
    assert desk.decision.office is None


def test_nobody_in_a_browser_makes_one_not_even_an_administrator():
    desk = Desk()
    assert desk.why(administered(actor("ada"), make(by="ada"))) is OfficeRefusal.NOT_ALLOWED


def test_without_a_password_she_would_be_no_administrator(nobody):
    order = MakeAdministrator("local:root", "n1", "anna", "Anna")
    assert nobody.why(administered(AT_MACHINE, order)) is OfficeRefusal.NO_ADMINISTRATOR


def test_the_same_order_twice_makes_her_once(nobody):
    assert made(nobody) == made(nobody)
    assert nobody.why(administered(AT_MACHINE, make(name="Anja"))) is OfficeRefusal.REFERENCE_USED


# -- the roles that offices have -------------------------------------------------------------------------


@pytest.mark.parametrize("kept", STANDARD_ROLES, ids=lambda one: one.code)
def test_no_standard_role_but_the_administrator_s_gives_rights(kept: Role):
    for function in (Function.OPERATORS, Function.ROLES):
        assert (kept.grants[function].level if function in kept.grants else Level.NONE) <= Level.VIEW


def test_whoever_orders_does_not_approve():
    for one in STANDARD_ROLES:
        levels = {grant.level for grant in one.grants.values()}
        assert (Level.APPROVE in levels) is (one.code == "supervisor")


def test_what_takes_two_people_has_both_among_the_standard_roles():
    asked = {function for one in STANDARD_ROLES for function, g in one.grants.items() if g.level is Level.DO}
    approved = {
        function for one in STANDARD_ROLES for function, g in one.grants.items() if g.level is Level.APPROVE
    }
    assert approved <= asked


def test_the_auditor_sees_all_but_whole_tokens_and_changes_nothing():
    (auditor,) = (one for one in STANDARD_ROLES if one.code == "auditor")
    only_done = {one for one, levels in LEVELS.items() if Level.VIEW not in levels}
    assert set(Function) - set(auditor.grants) == {Function.SHOW_TOKEN, *only_done} - {Function.EXPORT}
    assert [function for function, g in auditor.grants.items() if g.level is not Level.VIEW] == [
        Function.EXPORT
    ]


def test_no_standard_role_has_a_limit_since_currencies_differ():
    grants = [grant for one in (ADMINISTRATOR, *STANDARD_ROLES) for grant in one.grants.values()]
    assert {grant.limit_minor for grant in grants} == {None}


def test_readings_are_seen_by_whoever_settles_with_them_and_not_at_a_counter():
    seen = {one.code for one in STANDARD_ROLES if Function.READINGS in one.grants}
    assert seen == {"clerk", "accountant", "engineer", "supervisor", "auditor"}
