"""People: who is entered, changed, given roles, let go; what is nobody's to do, and what stays for ever."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.core.authority import Function, Grant, Level
from gateway.core.hidden import Hidden
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.people_told import without_rows
from gateway.core.staff import ROLES_MAX, StaffState
from gateway.office.manage_staff import (
    ChangeOperator,
    EnterOperator,
    GiveRoles,
    SetAuthenticator,
    SetLanguage,
    SetPassword,
)
from tests.office.people import (
    APPROVE,
    DO,
    HOUR_US,
    NOON_US,
    PEOPLE,
    ROLES,
    Desk,
    actor,
    administered,
    local,
    person,
    role,
    session,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NEW, SEALED, NOTHING = Hidden("a new hash"), Hidden("a sealed secret"), Hidden("")
OWNER = role("owner", **{one.value: APPROVE for one in Function})
NORTH_ADA = person("nora", "administrator", branch="north")


def enter(login="new", name="New", by="ada", nonce="n1", **more):
    return EnterOperator(by, nonce, login, name, **more)


def change(login="cleo", by="ada", version=1, nonce="n1", **changes):
    usual = {
        "name": "Cleo",
        "branch": None,
        "language": "en",
        "valid_until_us": None,
        "state": StaffState.ACTIVE,
    }
    return ChangeOperator(by, nonce, login, version, **(usual | changes))


def give(*roles, login="cleo", by="ada", version=1, nonce="n1"):
    return GiveRoles(by, nonce, login, version, roles)


def password(login="cleo", by="ada", version=1, new=NEW):
    return SetPassword(by, "n1", login, version, new)


def authenticator(login="cleo", by="ada", version=1, totp=NOTHING):
    return SetAuthenticator(by, "n1", login, version, totp)


@pytest.fixture
def desk():
    made = Desk([*PEOPLE, NORTH_ADA, person("nick", branch="north"), person("sue", branch="south")])
    made.office.roles["owner"] = OWNER
    return made.changed("operators", "ada", roles=("administrator", "owner"))


# -- entered ---------------------------------------------------------------------------------------------


def test_who_is_entered_may_do_nothing_and_cannot_sign_in_yet(desk):
    assert desk.post(enter(name=" New ", branch="north", language="zh")) == Changed("new", 1)
    new = desk.office.operators["new"]
    assert (new.name, new.branch, new.language, new.roles) == ("New", "north", "zh", ())
    assert (new.password, new.must_change, new.version) == (NOTHING, True, 1)
    assert not any(desk.office.rights("new").may(function) for function in Function)


@pytest.mark.parametrize(
    "login", ["", "a", "Ada", "1st", "a b", "local:root", "a\n", "ann\u0430", "-x", "a" * 33, "a,b", "a/b"]
)
def test_a_login_can_be_typed_on_any_keyboard(desk, login):
    assert desk.why(enter(login)) is OfficeRefusal.BAD_LOGIN


@pytest.mark.parametrize("login", ["ab", "a.b-c_9", "a" * 32])
def test_a_login_of_small_letters_is_taken(desk, login):
    assert isinstance(desk.post(enter(login)), Changed)


def test_a_login_is_never_given_again(desk):
    desk.post(change("cleo", state=StaffState.LEFT))
    assert desk.why(enter("cleo", nonce="n2")) is OfficeRefusal.LOGIN_USED


@pytest.mark.parametrize(
    "changes", [{"name": ""}, {"name": " "}, {"name": "x" * 65}, {"name": "a\x07"}, {"language": "xx"}]
)
def test_a_name_can_be_printed(desk, changes):
    assert desk.why(enter(**changes)) is OfficeRefusal.BAD_NAME
    assert desk.why(change(**changes)) is OfficeRefusal.BAD_NAME


def test_a_branch_exists(desk):
    assert desk.why(enter(branch="nowhere")) is OfficeRefusal.UNKNOWN_BRANCH
    assert desk.why(change(branch="")) is OfficeRefusal.UNKNOWN_BRANCH


# -- changed ---------------------------------------------------------------------------------------------


def test_a_change_counts_the_version_and_tells_what_was(desk):
    desk.post(administered(actor("ada"), change(name="Cleo Lin", branch="north")))
    cleo = desk.office.operators["cleo"]
    assert (cleo.name, cleo.branch, cleo.version) == ("Cleo Lin", "north", 2)
    assert without_rows(desk.lines[-1].detail) == "name: 'Cleo' → 'Cleo Lin', branch: None → 'north'"
    assert cleo.password == PEOPLE[1].password


EVERY_CHANGE: list[Callable] = [
    change,
    lambda **more: give("guest", **more),
    password,
    authenticator,
]


@pytest.mark.parametrize("order", EVERY_CHANGE)
def test_of_two_changes_at_once_the_second_is_refused(desk, order):
    assert isinstance(desk.post(order()), Changed)
    other = replace(order(), nonce="other")
    assert desk.why(other) is OfficeRefusal.TWICE_AT_ONCE
    assert isinstance(desk.post(replace(other, version=2)), Changed)


@pytest.mark.parametrize("order", EVERY_CHANGE)
def test_who_is_not_there_is_not_changed(desk, order):
    assert desk.why(order(login="nobody")) is OfficeRefusal.UNKNOWN_PERSON


@pytest.mark.parametrize("order", EVERY_CHANGE)
@pytest.mark.parametrize("login", ["cleo", "sue"])
def test_somebody_of_a_branch_deals_with_the_people_of_that_branch(desk, order, login):
    assert desk.why(order(by="nora", login=login)) is OfficeRefusal.UNKNOWN_PERSON
    branch = {"branch": "north"} if order is EVERY_CHANGE[0] else {}
    assert isinstance(desk.post(order(by="nora", login="nick", **branch)), Changed)


def test_somebody_of_a_branch_moves_nobody_out_of_it_and_enters_nobody_elsewhere(desk):
    for branch in (None, "south"):
        assert desk.why(change("nick", by="nora", branch=branch)) is OfficeRefusal.OTHER_BRANCH
        assert desk.why(enter(by="nora", branch=branch)) is OfficeRefusal.OTHER_BRANCH
    assert isinstance(desk.post(enter(by="nora", branch="north")), Changed)


@pytest.mark.parametrize("order", EVERY_CHANGE)
def test_an_order_of_nobody_changes_nobody(desk, order):
    assert desk.why(order(by="ghost")) is OfficeRefusal.UNKNOWN_PERSON


def test_an_order_of_nobody_enters_nobody(desk):
    assert desk.why(enter(by="ghost")) is OfficeRefusal.OTHER_BRANCH


def test_at_the_machine_no_branch_stands_in_the_way(desk):
    assert isinstance(desk.post(administered(local("root"), enter(by="local:root", branch="south"))), Changed)


# -- not for herself -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"state": StaffState.LEFT},
        {"valid_until_us": NOON_US + HOUR_US},
        {"branch": "north"},
    ],
)
def test_nobody_decides_herself_where_or_until_when_she_may_act(desk, changes):
    assert desk.why(change("ada", name="Ada", **changes)) is OfficeRefusal.OWN_ACCOUNT
    assert isinstance(desk.post(change("ada", name="Ada Lin")), Changed)


def test_nobody_prolongs_her_own_stay():
    short = person("tess", "administrator", valid_until_us=NOON_US + HOUR_US)
    desk = Desk([*PEOPLE, short])
    for until in (None, NOON_US + 2 * HOUR_US):
        assert (
            desk.why(change("tess", by="tess", name="T", valid_until_us=until)) is OfficeRefusal.OWN_ACCOUNT
        )
    assert isinstance(desk.post(change("tess", name="T")), Changed)


def test_nobody_gives_roles_to_herself(desk):
    assert desk.why(give("chief", login="ada")) is OfficeRefusal.OWN_ROLES
    assert desk.why(give(login="ada")) is OfficeRefusal.OWN_ROLES


def test_an_authenticator_is_enrolled_by_its_owner_and_taken_away_by_others(desk):
    assert desk.why(authenticator(totp=SEALED)) is OfficeRefusal.OWN_ACCOUNT
    desk.changed("operators", "cleo", totp=SEALED, totp_step=99)
    assert isinstance(desk.post(authenticator()), Changed)
    assert (desk.office.operators["cleo"].totp, desk.office.operators["cleo"].totp_step) == (NOTHING, 0)


def test_roles_exist_and_are_a_handful(desk):
    assert desk.why(give("clerk", "nothing")) is OfficeRefusal.UNKNOWN_ROLE
    for number in range(ROLES_MAX + 1):
        desk.office.roles[f"r{number}"] = role(f"r{number}")
    many = [f"r{number}" for number in range(ROLES_MAX + 1)]
    assert desk.why(give(*many)) is OfficeRefusal.UNKNOWN_ROLE
    assert isinstance(desk.post(give(*many[:-1], nonce="n2")), Changed)


def test_a_role_given_twice_is_one_role(desk):
    desk.post(give("clerk", "guest", "clerk"))
    assert desk.office.operators["cleo"].roles == ("clerk", "guest")


# -- nobody becomes somebody else by it ------------------------------------------------------------------

OPENS = {
    "a password": password("chen"),
    "no authenticator": authenticator("chen"),
    "another branch": change("chen", branch="north"),
    "a stay that was over": change("chen"),
}


@pytest.mark.parametrize("case", OPENS)
@pytest.mark.parametrize(
    ("giver", "branch", "may"),
    [
        ({}, None, False),
        ({"floats": APPROVE, "reversals": APPROVE, "exceptions": DO}, None, False),
        ({"floats": Grant(Level.APPROVE, 10**9), "reversals": APPROVE, "exceptions": APPROVE}, None, False),
        ({"floats": APPROVE, "reversals": APPROVE, "exceptions": APPROVE}, None, True),
    ],
)
def test_an_account_is_opened_by_whoever_may_do_all_that_it_may(case, giver, branch, may):
    roles = [*ROLES, role("giver", operators=DO, **giver)]
    desk = Desk([*PEOPLE, person("bob", "giver", branch=branch)], roles)
    ends = {"valid_until_us": NOON_US} if case == "a stay that was over" else {}
    desk.changed("operators", "chen", totp=SEALED, **ends)
    before = desk.office.operators["chen"]
    answer = desk.post(replace(OPENS[case], by="bob"))
    assert isinstance(answer, Changed) is may
    if not may:
        assert answer.reason is OfficeRefusal.ABOVE_OWN
        assert desk.office.operators["chen"] == before
        assert isinstance(desk.post(replace(OPENS[case], by="local:root")), Changed)


def test_a_limit_is_held_by_as_high_a_one():
    small = role("small", floats=Grant(Level.DO, 100))
    for mine, may in ((Grant(Level.DO, 99), False), (Grant(Level.DO, 100), True), (Grant(Level.DO), True)):
        bob = role("giver", operators=DO, floats=mine)
        desk = Desk([*PEOPLE, person("bob", "giver"), person("sam", "small")], [*ROLES, small, bob])
        assert isinstance(desk.post(password("sam", by="bob")), Changed) is may


def test_who_is_taken_back_gets_neither_roles_nor_password_back():
    desk = Desk().changed("operators", "chen", state=StaffState.LEFT, totp=SEALED)
    desk.post(administered(actor("ada"), change("chen", name="Chen")))
    chen = desk.office.operators["chen"]
    assert (chen.state, chen.roles, chen.password, chen.totp) == (StaffState.ACTIVE, (), NOTHING, SEALED)
    told, rights = without_rows(desk.lines[-1].detail).split("; ")
    assert told == "state: 'left' → 'active', roles: ('chief',) → ()"
    assert "floats: approve → none" in rights


def test_at_the_machine_she_is_taken_back_as_she_was():
    desk = Desk().changed("operators", "chen", state=StaffState.LEFT)
    desk.post(change("chen", name="Chen", by="local:root"))
    assert desk.office.operators["chen"] == person("chen", "chief", version=2)


# -- passwords and sessions ------------------------------------------------------------------------------


def test_a_password_from_somebody_else_is_good_for_choosing_another(desk):
    desk.changed("operators", "cleo", failures=9, held_until_us=NOON_US + HOUR_US)
    desk.post(administered(actor("ada"), password()))
    cleo = desk.office.operators["cleo"]
    assert (cleo.password, cleo.must_change, cleo.failures, cleo.held_until_us) == (NEW, True, 0, 0)
    assert NEW.reveal() not in repr((desk.lines, desk.decision, password()))
    assert without_rows(desk.lines[-1].detail) == "a new password; must_change: False → True"


@pytest.mark.parametrize("order", [password(), authenticator(), change(state=StaffState.LEFT)])
def test_where_somebody_else_changes_how_she_comes_in_her_sessions_end(desk, order):
    desk.changed("operators", "cleo", totp=SEALED)
    desk.office.sessions["elsewhere"] = session("cleo", id="elsewhere")
    old = desk.office.sessions["old"] = session("cleo", id="old", ended_us=5)
    desk.post(administered(actor("ada"), order))
    assert {one.ended_us for one in desk.office.sessions.values() if one.login == "cleo"} == {NOON_US, 5}
    assert desk.office.sessions["old"] == old
    assert {one.ended_us for one in desk.office.sessions.values() if one.login != "cleo"} == {None}


@pytest.mark.parametrize("order", [give("guest"), change(name="Cleo Lin"), change(branch="north")])
def test_her_sessions_go_on_where_something_else_changes(desk, order):
    desk.post(order)
    assert desk.office.sessions["session of cleo"].ended_us is None


# -- once ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "order", [*(make() for make in EVERY_CHANGE), enter(), SetLanguage("cleo", "n1", "zh")]
)
def test_the_same_form_twice_is_one_change(desk, order):
    first = desk.post(order)
    operators = dict(desk.office.operators)
    assert desk.post(order) == first
    assert desk.office.operators == operators
    assert not desk.decision.writes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (password(), password(new=Hidden("another hash"))),
        (authenticator(), authenticator(totp=SEALED)),
        (enter("one"), enter("other")),
        (change(), change(name="Other")),
        (give("clerk"), give("guest")),
        (enter("one"), give("guest")),
    ],
)
def test_the_same_form_with_another_content_is_refused(desk, one, other):
    desk.post(one)
    assert desk.why(other) is OfficeRefusal.REFERENCE_USED


def test_forms_of_two_people_are_two(desk):
    desk.post(enter("one"))
    assert isinstance(desk.post(enter("two", by="local:root")), Changed)


def test_an_unknown_language_or_person_is_refused(desk):
    assert desk.why(SetLanguage("cleo", "n1", "xx")) is OfficeRefusal.UNKNOWN_PERSON
    assert desk.why(SetLanguage("nobody", "n1", "en")) is OfficeRefusal.UNKNOWN_PERSON


# -- the last administrator ------------------------------------------------------------------------------

TAKES_AWAY = {
    "she leaves": change("ada", by="local:root", name="Ada", state=StaffState.LEFT),
    "her stay ends": change("ada", by="local:root", name="Ada", valid_until_us=NOON_US),
    "her stay will end": change("ada", by="local:root", name="Ada", valid_until_us=NOON_US + HOUR_US),
    "she goes to a branch": change("ada", by="local:root", name="Ada", branch="north"),
    "her roles are taken": give(login="ada", by="local:root"),
    "her password is taken": password("ada", by="local:root", new=NOTHING),
}


@pytest.mark.parametrize("case", TAKES_AWAY)
def test_the_last_one_who_can_let_people_in_stays(case):
    desk = Desk()
    assert desk.why(TAKES_AWAY[case]) is OfficeRefusal.LAST_ADMINISTRATOR
    desk.office.operators["abe"] = person("abe", "administrator")
    assert isinstance(desk.post(TAKES_AWAY[case]), Changed)


@pytest.mark.parametrize("case", TAKES_AWAY)
@pytest.mark.parametrize(
    "changes",
    [
        {"state": StaffState.LEFT},
        {"valid_until_us": NOON_US},
        {"valid_until_us": NOON_US + HOUR_US},
        {"branch": "north"},
        {"password": NOTHING},
        {"roles": ("clerk",)},
    ],
)
def test_somebody_who_could_not_let_people_in_for_good_does_not_count(case, changes):
    desk = Desk([*PEOPLE, replace(person("abe", "administrator"), **changes)])
    assert desk.why(TAKES_AWAY[case]) is OfficeRefusal.LAST_ADMINISTRATOR


def test_two_roles_together_make_an_administrator():
    halves = [role("one", operators=Grant(Level.DO)), role("two", roles=Grant(Level.APPROVE))]
    desk = Desk([person("ada", "one", "two"), person("bob", "one")], [*ROLES, *halves])
    assert desk.why(give("one", login="ada", by="local:root")) is OfficeRefusal.LAST_ADMINISTRATOR


def test_where_nobody_can_let_people_in_the_machine_can():
    desk = Desk([], ROLES)
    root = local("root")
    assert isinstance(desk.post(administered(root, enter("ada", by="local:root"))), Changed)
    assert isinstance(
        desk.post(administered(root, give("administrator", login="ada", by="local:root", nonce="n2"))),
        Changed,
    )
    password_set = SetPassword("local:root", "n3", "ada", 2, NEW)
    assert isinstance(desk.post(administered(root, password_set)), Changed)


def test_the_diary_tells_a_state_as_it_is_kept():
    desk = Desk()
    desk.post(administered(actor("ada"), change(state=StaffState.LEFT)))
    assert without_rows(desk.lines[-1].detail) == "state: 'active' → 'left'"


# -- who was helped in -----------------------------------------------------------------------------------


def helped(desk, login="cleo"):
    one = desk.office.operators[login]
    return one.helped_by, one.helped_us


@pytest.mark.parametrize("order", [password, authenticator])
def test_who_lets_somebody_in_is_kept_with_the_moment(desk, order):
    desk.post(order())
    assert helped(desk) == ("ada", NOON_US)


def test_what_she_does_herself_lets_nobody_else_in(desk):
    desk.post(password("ada"))
    assert helped(desk, "ada") == ("", 0)


@pytest.mark.parametrize("order", [password, authenticator])
def test_at_the_machine_nobody_is_kept(desk, order):
    desk.post(order(by="local:root"))
    assert helped(desk) == ("", 0)


def test_other_changes_let_nobody_in(desk):
    desk.post(give("guest"))
    assert helped(desk) == ("", 0)
