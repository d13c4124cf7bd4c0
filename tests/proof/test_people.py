"""Somebody of the office, a role or a place that is another than the sealed diary tells is found."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from adapters.db import tables as t
from adapters.db.office_rows import operator_row
from gateway.core.authority import Function, Grant, Level
from gateway.core.diary import DETAIL_MAX, TOLD_MAX, Actor
from gateway.core.hidden import Hidden
from gateway.core.office_books import OfficeChange
from gateway.core.people_told import ROWS, operator_told, rows_read, rows_told, without_rows
from gateway.core.person import PERSON_MAX, REASON_MAX
from gateway.core.session import EnrolPolicy
from gateway.core.staff import NEVER_US, Branch, Operator, Role, StaffState
from gateway.office.authorised import Act, Authorised
from gateway.office.make_administrator import MakeAdministrator
from gateway.office.manage_roles import KeepRole, KeepStation
from gateway.office.manage_staff import ChangeOperator, SetAuthenticator, SetLanguage, SetPassword
from gateway.office.own_account import OwnAccount
from gateway.office.sign_in import EndSessions, Proof, SignIn
from tests.builders import posting_batch
from tests.office_people import HASHER, People
from tests.tampered import Tampered

PASSWORD = "four words are better"


class Office(Tampered):
    """An office that was let in and changed on the one road."""

    def __init__(self, fresh):
        super().__init__(fresh)
        self.batch = posting_batch(self.engine)
        self.people = People(self.batch)

    def run(self, *commands):
        return self.batch.run(commands)

    def live(self):
        people = self.people
        first = MakeAdministrator("local:root", "n0", "root", "Root", password=Hidden(HASHER.hash(PASSWORD)))
        people.give(first)
        people.branch("north")
        station = ("north-1", "Counter", "north")
        people.give(KeepStation("local:root", people.nonce(), *station, is_open=True, is_new=True))
        people.enter("anna", PASSWORD, {Function.SALES: Grant(Level.VIEW)}, branch="north")
        people.enter("ben", PASSWORD)
        people.of_herself(SetLanguage("ben", people.nonce(), "ru"))
        people.of_herself(SetAuthenticator("ben", people.nonce(), "ben", 3, Hidden("sealed"), 7))
        people.give(KeepRole("local:root", people.nonce(), "role-anna", 1, "Clerk", {}))
        changed = ("Anna P.", "north", "zh", None, StaffState.ACTIVE)
        people.give(ChangeOperator("local:root", people.nonce(), "anna", 3, *changed))
        self.sign_in("anna")
        return self

    def sign_in(self, login, proof="right"):
        with self.engine.connect() as connection:
            kept = connection.execute(
                select(t.operator.c.password).where(t.operator.c.login == login)
            ).scalar()
        found = Proof(Hidden(kept), None) if proof == "right" else None
        self.run(SignIn(login, f"session of {login} {proof}", "192.0.2.7", found, EnrolPolicy.NOBODY))

    def kept(self, login):
        """The hash of her password."""
        with self.engine.connect() as connection:
            password = select(t.operator.c.password).where(t.operator.c.login == login)
            return connection.execute(password).scalar_one()

    def details(self):
        with self.engine.connect() as connection:
            return list(connection.execute(select(t.diary.c.detail).order_by(t.diary.c.id)).scalars())


@pytest.fixture
def office(fresh):
    made = Office(fresh)
    yield made
    made.close()


def test_what_nobody_touched_is_as_the_diary_tells_it(office):
    assert office.findings() == []
    assert office.live().findings() == []


def test_failures_codes_and_signing_in_move_nothing_that_is_told(office):
    office.live()
    for _ in range(3):
        office.sign_in("anna", "wrong")
    office.sign_in("anna")
    assert office.findings() == []


OPERATOR = "UPDATE operator SET {} WHERE login = 'anna'"
MALLORY = (
    "INSERT INTO operator (login, name, roles, state, language, password, must_change, totp, totp_step, "
    "failures, held_until_us, version) SELECT 'mallory', name, roles, state, language, password, "
    "must_change, totp, totp_step, failures, held_until_us, version FROM operator WHERE login = 'ben'"
)
FLOATS = """UPDATE role SET grants = '{"floats":[3,null]}' WHERE code = 'role-anna'"""
TAMPERINGS = {
    "a role": (OPERATOR.format("roles = 'administrator'"), "operator anna"),
    "a branch": (OPERATOR.format("branch = NULL"), "operator anna"),
    "another password": (OPERATOR.format("password = 'a hash that I know'"), "operator anna"),
    "an authenticator": (OPERATOR.format("totp = 'mine'"), "operator anna"),
    "no need to change the password": (OPERATOR.format("must_change = NOT must_change"), "operator anna"),
    "a longer stay": (OPERATOR.format("valid_until_us = 5"), "operator anna"),
    "somebody taken back": (OPERATOR.format("state = 'left'"), "operator anna"),
    "a name": (OPERATOR.format("name = 'Somebody else'"), "operator anna"),
    "a version": (OPERATOR.format("version = 99"), "operator anna"),
    "a login": (OPERATOR.format("login = 'carl'"), "operator carl"),
    "a right": (FLOATS, "role role-anna"),
    "a role taken out": ("DELETE FROM role WHERE code = 'role-anna'", "role role-anna"),
    "a branch's name": ("UPDATE branch SET name = 'South'", "branch north"),
    "a station opened": ("UPDATE station SET is_open = NOT is_open", "station north-1"),
    "a person taken out": ("DELETE FROM operator WHERE login = 'anna'", "operator anna"),
    "a role put in": ("INSERT INTO role (code, name, grants, version) VALUES ('x', 'X', '{}', 1)", "role x"),
    "a person put in": (MALLORY, "operator mallory"),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "row"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_a_row_that_is_another_than_it_was_told_is_found(office, statement, row):
    found = office.live().findings(statement)
    assert any(one.startswith(f"{row}: ") for one in found), found
    assert all(one.startswith(("operator ", "role ", "branch ", "station ")) for one in found)


def test_whoever_writes_a_row_of_yesterday_back_is_found(office):
    office.live()
    with office.engine.connect() as connection:
        before = connection.execute(
            select(t.operator.c.password).where(t.operator.c.login == "anna")
        ).scalar()
    office.people.of_herself(SetPassword("anna", "n", "anna", 4, Hidden(HASHER.hash("another one of hers"))))
    assert office.findings() == []
    found = office.findings(OPERATOR.format(f"password = '{before}'"))
    assert found == ["operator anna: another than the diary told last; it was changed by hand"]


def test_a_reason_tells_no_rows(office):
    office.live()
    evil = Operator("anna", "Anna P.", ("administrator",), None, password=Hidden("x"), version=4)
    reason = f"{ROWS}{operator_told(evil)}"
    assert len(reason) <= REASON_MAX
    act = Act(Function.OPERATORS, "change", "", "anna", reason=reason)
    for session in (1, 2):
        office.run(Authorised(Actor("root"), act, EndSessions(Actor("root"), "anna")))
        assert any(reason in one for one in office.details()), session
    assert office.findings() == []


def test_rows_of_before_are_let_be_if_a_line_names_them(office):
    """Books whose diary has no digest yet, and then one."""
    old = Operator("olga", "Olga", ("clerk",), password=Hidden("a hash"))
    other = Operator("quiet", "Quiet", ("clerk",), password=Hidden("a hash"))
    with office.engine.begin() as connection:
        connection.execute(insert(t.operator), [operator_row(old), operator_row(other)])
    act = Act(Function.OPERATORS, "change", "", "olga", reason="as it was told then")
    office.run(Authorised(Actor("root"), act, EndSessions(Actor("root"), "olga")))
    assert office.findings() == ["operator quiet: no line of the diary tells of it; it was put in by hand"]
    office.people.give(SetPassword("local:root", "n", "olga", 1, Hidden("another hash")))
    assert office.findings(OPERATOR.replace("anna", "olga").format("roles = ''"))[0].startswith(
        "operator olga: "
    )


def test_a_password_s_hash_stands_in_no_line(office):
    office.live()
    with office.engine.connect() as connection:
        kept = list(connection.execute(select(t.operator.c.password)).scalars())
    assert all(one not in line for one in (*kept, "sealed") for line in office.details())


def test_what_people_read_has_no_digests(office):
    office.live()
    shown = [without_rows(one) for one in office.details()]
    assert [one for one in shown if "sha256" in one] == []
    assert "set-up; name: 'North'" in shown


def test_the_digests_of_the_longest_line_are_not_cut_off():
    most = Operator("a" * 32, "x", version=NEVER_US)
    change = OfficeChange(
        operators=(most,), roles=(Role("r" * 32, "x"),), branches=(Branch("b", "x"),), stations=()
    )
    reference = len("99/office//") + 2 * PERSON_MAX + len("local:")
    said = len("asked by local:") + PERSON_MAX + reference + REASON_MAX + TOLD_MAX + 4 * len("; ")
    assert said + len(rows_told(change)) <= DETAIL_MAX
    assert len(list(rows_read(f"x; {rows_told(change)}"))) == 3


def test_a_value_that_no_column_is_made_for_is_a_finding_and_no_fault(office):
    found = office.live().findings(OPERATOR.format("state = 'gone'"))
    assert found == [
        "somebody of the office, a role or a place holds values that no column of its table is made for"
    ]


def test_a_change_of_hers_is_told_in_her_own_name(office):
    office.live()
    office.run(SignIn("ben", "s", "", Proof(Hidden(office.kept("ben")), 8), EnrolPolicy.NOBODY))
    hers = OwnAccount(Actor("ben", "s"), SetLanguage("ben", "n9", "en"), EnrolPolicy.NOBODY)
    office.run(hers)
    assert office.findings() == []
    assert ROWS in office.details()[-1]


@pytest.mark.parametrize(
    "typed", ["rows: four in the hall", "rows: ", "rows: operator anna sha256 5f", "as agreed; rows: two"]
)
def test_only_digests_are_left_out_of_what_a_line_says_for_people(typed):
    assert without_rows(typed) == typed
    assert without_rows(f"{typed}; {ROWS}operator anna sha256 {'5f' * 32}") == typed
