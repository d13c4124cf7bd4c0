"""Whatever a whole office orders: somebody can let people in, nobody gets rights by her own orders only."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.authority import Function, Grant, Level
from gateway.core.hidden import Hidden
from gateway.core.session import EnrolPolicy
from gateway.core.staff import NEVER_US, StaffState, administrators
from gateway.core.timeline import microseconds
from gateway.office.manage_roles import KeepRole
from gateway.office.manage_staff import (
    ChangeOperator,
    EnterOperator,
    GiveRoles,
    SetAuthenticator,
    SetPassword,
)
from gateway.office.own_account import OwnAccount
from tests.office.people import HOUR_US, NOON_US, ROLES, Desk, actor, administered, person, session

LOGINS = ["ada", "bob", "cleo", "dan"]
NEWCOMERS = ["eve", "fay"]
CODES = ["administrator", "clerk", "extra"]

logins = st.sampled_from(LOGINS + NEWCOMERS)
grants = st.dictionaries(
    st.sampled_from([Function.OPERATORS, Function.ROLES, Function.FLOATS]),
    st.builds(Grant, st.sampled_from(list(Level))),
)
branches = st.sampled_from([None, "north", "south"])
ends = st.sampled_from([None, NOON_US - 1, NOON_US + HOUR_US, NOON_US + 100 * HOUR_US])
hashes = st.sampled_from([Hidden(""), Hidden("a"), Hidden("b")])


@st.composite
def orders(draw, by, nonce, version_of, role_version_of):
    """Some order; its version is the right one more often than not, or nothing would ever change."""
    login = draw(logins)
    code = draw(st.sampled_from(CODES))
    version = version_of(login) if draw(st.integers(0, 9)) else draw(st.integers(0, 5))
    kind = draw(
        st.sampled_from(["enter", "change", "change", "give", "give", "password", "totp", "role", "role"])
    )
    if kind == "enter":
        return EnterOperator(by, nonce, login, "Somebody", draw(branches), "en", draw(ends))
    if kind == "change":
        state = draw(st.sampled_from(list(StaffState)))
        return ChangeOperator(by, nonce, login, version, "Somebody", draw(branches), "en", draw(ends), state)
    if kind == "give":
        return GiveRoles(by, nonce, login, version, tuple(draw(st.lists(st.sampled_from(CODES), max_size=2))))
    if kind == "password":
        return SetPassword(by, nonce, login, version, draw(hashes))
    if kind == "totp":
        return SetAuthenticator(by, nonce, login, version, draw(hashes))
    return KeepRole(by, nonce, code, role_version_of(code), "Role", draw(grants))


def office() -> Desk:
    people = [
        person("ada", "administrator"),
        person("bob", "administrator"),
        person("cleo", "clerk"),
        person("dan"),
    ]
    return Desk(people, ROLES)


def drawn(draw, desk, by, number):
    people, roles = desk.office.operators, desk.office.roles
    versions = lambda login: people[login].version if login in people else 1  # noqa: E731 - two of a kind
    role_versions = lambda code: roles[code].version if code in roles else 0  # noqa: E731
    return draw(orders(by, f"n{number}", versions, role_versions))


def who_can(desk) -> list[str]:
    return administrators(desk.office.operators.values(), desk.office.roles, microseconds(desk.now))


@settings(max_examples=30)
@given(st.data())
def test_no_orders_whatever_leave_nobody_who_can_let_people_in(data):
    desk = office()
    for number in range(50):
        by = data.draw(st.sampled_from([*LOGINS, *NEWCOMERS, "local:root"]))
        # Not even authority stands between: the orders themselves must refuse it.
        desk.post(drawn(data.draw, desk, by, number))
        assert who_can(desk)
        assert administrators(desk.office.operators.values(), desk.office.roles, NEVER_US)


def standing(desk, login):
    """What she may, where, and until when."""
    one = desk.office.operators[login]
    until = NEVER_US if one.valid_until_us is None else one.valid_until_us
    rights = desk.office.rights(login)
    return {function: rights.held(function) for function in Function}, one.branch, until, one.state


@settings(max_examples=30)
@given(st.data())
def test_nobody_gets_rights_by_her_own_orders_alone(data):
    desk = office()
    login = data.draw(st.sampled_from(LOGINS))
    before = standing(desk, login)
    for number in range(50):
        order = drawn(data.draw, desk, login, number)
        if data.draw(st.booleans()):
            desk.post(administered(actor(login), order))
        else:
            desk.post(OwnAccount(actor(login), order, EnrolPolicy.NOBODY))
        assert standing(desk, login) == before


@settings(max_examples=15)
@given(st.data())
def test_who_may_not_deal_with_people_changes_none_but_her_own_account(data):
    desk = office()
    before = {one.login: one for one in desk.office.operators.values()}
    roles = dict(desk.office.roles)
    for number in range(30):
        order = drawn(data.draw, desk, "cleo", number)
        desk.post(administered(actor("cleo"), order))
        desk.post(OwnAccount(actor("cleo"), order, EnrolPolicy.NOBODY))
        if not desk.office.sessions["session of cleo"].stands(NOON_US):
            desk.office.sessions["session of cleo"] = session("cleo")
    after = desk.office.operators
    assert {login: one for login, one in after.items() if login != "cleo"} == {
        login: one for login, one in before.items() if login != "cleo"
    }
    assert desk.office.roles == roles
