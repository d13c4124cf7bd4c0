"""What the office may ask about itself, on both databases, beside a naive office: rows, pages and counts."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, update

from adapters.db import tables as t
from adapters.db.office_write import write_office
from adapters.db.view_control import DIARY_COUNTED_MAX
from adapters.db.views import ViewReader
from gateway.core import views_staff as v
from gateway.core.approval import LASTS_US, Approval, ApprovalState
from gateway.core.authority import Function, Grant, Level
from gateway.core.diary import DiaryRow
from gateway.core.hidden import Hidden
from gateway.core.office_books import OfficeChange
from gateway.core.session import CLOCK_BACK_US, IDLE_US, Session, Stage
from gateway.core.session import LASTS_US as SESSION_US
from gateway.core.staff import Branch, Operator, Role, Shift, StaffState, Station
from tests.builders import identity
from tests.naive_staff import NaiveOffice

NOON = 1_795_000_000_000_000
NORTH, SOUTH = "north", "south"
PANS = [identity(serial).pan for serial in (1, 2, 3)]

PEOPLE = [
    Operator("ada", "Ada Lovelace", ("administrator",), password=Hidden("a hash"), must_change=False),
    Operator("ben", "Ben 50% Okoro", ("cashier", "clerk_1"), NORTH, valid_until_us=NOON),
    Operator("b_n", "Анна Ли", ("cashier",), SOUTH, StaffState.LEFT, "ru"),
    Operator(
        "bxn", "李娜", ("clerkx1", "cashier-2"), SOUTH, language="zh", totp=Hidden("sealed"), totp_step=7
    ),
    Operator("zoe", "ada's sister", (), NORTH, failures=3, held_until_us=NOON, version=4),
]
ROLES = [
    Role("administrator", "Administrator", {one: Grant(Level.APPROVE) for one in Function}),
    Role("cashier", "Cashier", {Function.SALES: Grant(Level.DO, 5_000)}, 3),
    Role("clerk_1", "Clerk"),
    Role("unused", "Nobody's"),
]
STATIONS = [
    Station("n1", "Counter 1", NORTH),
    Station("n2", "Counter 2", NORTH, is_open=False),
    Station("s1", "Counter 1", SOUTH),
]
SHIFTS = [
    Shift(1, "ben", "n1", NOON - 9, NOON - 8),
    Shift(2, "bxn", "s1", NOON - 7),
    Shift(3, "ben", "n2", NOON - 6, NOON - 5),
    Shift(4, "zoe", "n1", NOON - 4),
]


def session(number: int, login: str, began_us: int, seen_us: int, ended_us: int | None = None) -> Session:
    return Session(f"s{number}", login, began_us, seen_us, Stage.FULL, "10.0.0.1", ended_us)


SESSIONS = [
    session(1, "ben", NOON - 100, NOON - 1),
    session(2, "ben", NOON - 50, NOON - IDLE_US),
    session(3, "ben", NOON - SESSION_US, NOON - 1),
    session(4, "ben", NOON - 10, NOON - 1, NOON - 1),
    session(5, "ben", NOON - SESSION_US + 1, NOON - IDLE_US + 1),
    session(6, "zoe", NOON - 100, NOON + CLOCK_BACK_US),
    session(7, "zoe", NOON - 99, NOON + CLOCK_BACK_US + 1),
]


def request(reference: str, asked_us: int, about: str = "", **changes: Any) -> Approval:
    usual = Approval(
        reference, "floats", "deposit", "{}", "digest", "a float", 5_000, about, "why", "ben", asked_us
    )
    return replace(usual, **changes)


DECIDED = {"decided_by": "ada", "decided_us": NOON, "outcome": "so"}
REQUESTS = [
    request("r1", NOON - LASTS_US),
    request("r2", NOON - LASTS_US + 1, PANS[0], function="reversals"),
    request("r3", NOON - 5, PANS[1], asked_by="bxn"),
    request("r4", NOON - 5, "A1", state=ApprovalState.APPROVED, **DECIDED),
    request("r5", NOON - 5, "A3", state=ApprovalState.REFUSED, asked_by="local:ben", **DECIDED),
    request("r6", NOON - 4, "nobody's", state=ApprovalState.WITHDRAWN, **DECIDED),
    request("%", NOON - 3),
]


def line(number: int, actor: str, subject: str, detail: str = "", **changes: Any) -> DiaryRow:
    usual = DiaryRow(
        number, NOON + number * 10, actor, "n1", "10.0.0.1", "operators", "change", subject, "done", detail
    )
    return replace(usual, **changes)


LINES = [
    line(1, "local:root", "ada", "name: 'Ada Lovelace'", address=""),
    line(2, "ada", "ben", "roles: () → ('cashier',)"),
    line(3, "ben", "deposit 50%", "d_1", function="floats", action="ask", outcome="waits"),
    line(4, "bxn", "deposit 500", "dx1", function="floats", action="ask", outcome="refused"),
    line(5, "?", "", "no such login", function="sign_in", action="sign_in", outcome="refused"),
    line(6, "ben", "ИВАНОВ", "Счёт", function="customers", action="show"),
    line(7, "zoe", "ben", "shift 4", function="shifts"),
    line(8, "local:ben", "ben", "a\\b", at_us=NOON + 70),
]


@pytest.fixture
def office(fresh):
    """The books, and the naive office that stands for the same."""
    engine = fresh.database(3)
    naive = NaiveOffice(
        PEOPLE, ROLES, [Branch(NORTH, "Northern"), Branch(SOUTH, "Southern")], STATIONS, SHIFTS, SESSIONS,
        REQUESTS, LINES, {PANS[0]: NORTH, PANS[1]: SOUTH, PANS[2]: "", "A1": NORTH, "A2": SOUTH, "A3": ""},
    )  # fmt: skip
    change = OfficeChange(
        operators=tuple(PEOPLE), roles=tuple(ROLES), branches=tuple(naive.branches),
        stations=tuple(STATIONS), shifts=tuple(SHIFTS), sessions=tuple(SESSIONS), approvals=tuple(REQUESTS),
    )  # fmt: skip
    with engine.begin() as connection:
        for account_no in ("A1", "A2", "A3"):
            named = t.customer.c.account_no == account_no
            connection.execute(update(t.customer).where(named).values(branch=naive.branch_of[account_no]))
        write_office(connection, [change])
        connection.execute(insert(t.diary), [row_of(one) for one in LINES])
    return ViewReader(engine), naive


def row_of(one: DiaryRow) -> dict[str, object]:
    return {name: getattr(one, name) for name in DiaryRow.__dataclass_fields__} | {"link": 1}


QUESTIONS: dict[Any, dict[str, list[Any]]] = {
    v.Operators(): {
        "branch": [NORTH, SOUTH, "nowhere", ""],
        "state": list(StaffState),
        "role": ["cashier", "cash", "clerk_1", "cashier-2", "administrator", "%", "_", ",", "none"],
        "text": ["ADA", "b_n", "_", "%", "50%", "анна", "李", "'", "\\", "/", "okoro", "none"],
        "login": ["ben", "be", "%", "b_n"],
    },
    v.Shifts(): {
        "branch": [NORTH, SOUTH, "nowhere"],
        "login": ["ben", "zoe", "b%"],
        "station": ["n1", "s1", "%"],
        "is_open": [True],
    },
    v.Requests(NOON): {
        "at_us": [0, NOON - 5, NOON + 1, NOON + LASTS_US],
        "branch": [NORTH, SOUTH, "nowhere", ""],
        "state": list(ApprovalState),
        "function": ["floats", "reversals", "%"],
        "asked_by": ["ben", "bxn", "local:ben", "b%"],
        "reference": ["r1", "r4", "%", "r_", "none"],
        "functions": [(), ("floats",), ("floats", "reversals"), ("%",)],
    },
    v.Diary(): {
        "branch": [NORTH, SOUTH, "nowhere", ""],
        "first_us": [0, NOON + 30, NOON + 31, NOON + 999],
        "last_us": [0, NOON + 30, NOON + 31, NOON + 999],
        "actor": ["ben", "local:ben", "?", "%", "b_n"],
        "function": ["floats", "sign_in", "cooking"],
        "action": ["ask", "change"],
        "outcome": ["done", "waits", "refused"],
        "text": ["BEN", "50%", "d_1", "%", "_", "\\", "→", "иванов", "СЧЁТ", "'Ada", "none"],
        "id": [1, 8, 9],
        "newest": [0, 2, 10_000],
    },
}
SINGLE = [
    (question, name, value)
    for question, filters in QUESTIONS.items()
    for name, values in filters.items()
    for value in values
]


def assert_same(office, query):
    books, naive = office
    assert list(books.rows(query)) == naive.rows(query), query
    assert books.count(query) == naive.count(query), query
    assert books.totals(query) == naive.totals(query), query


def test_a_question_without_filters_is_answered_with_all_there_is(office):
    for query in (*QUESTIONS, v.Roles(), v.Branches(), v.Stations(), v.Stations(NORTH), v.Stations("none")):
        assert_same(office, query)


def test_a_filter_finds_what_a_person_would(office):
    for question, name, value in SINGLE:
        assert_same(office, replace(question, **{name: value}))


def test_filters_hold_together_whatever_is_put_together(office):
    dice = Random(11)
    for question, filters in QUESTIONS.items():
        for _ in range(60):
            names = dice.sample(sorted(filters), min(len(filters), dice.randint(2, 4)))
            assert_same(office, replace(question, **{name: dice.choice(filters[name]) for name in names}))


def place(row):
    match row:
        case Operator():
            return row.login
        case Approval():
            return row.asked_us, row.reference
        case _:
            return row.id


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda query: type(query).__name__)
def test_pages_lead_through_all_of_it_and_count_all_of_it(office, question):
    books, naive = office
    for limit in (1, 2, 3):
        query, there = replace(question, limit=limit), []
        while page := list(books.rows(query)):
            assert len(page) <= limit
            there += page
            query = replace(query, after=place(page[-1]))
            assert_same(office, query)
        assert there == naive.every(question)


@pytest.mark.parametrize("branch", [NORTH, SOUTH, "nowhere"])
def test_nothing_of_another_branch_is_ever_answered(office, branch):
    books, naive = office
    assert {one.branch for one in books.rows(v.Operators(branch))} <= {branch}
    assert {row.station.branch for row in books.rows(v.Stations(branch))} <= {branch}
    whose = {one.about for one in books.rows(v.Requests(NOON, branch))} - {""}
    assert {naive.branch_of[about] for about in whose} <= {branch}
    people = {one.login: one.branch for one in PEOPLE}
    assert {people[one.actor] for one in books.rows(v.Diary(branch))} <= {branch}
    stations = {one.code: one.branch for one in STATIONS}
    assert {stations[one.station] for one in books.rows(v.Shifts(branch))} <= {branch}


def test_the_sessions_that_stand_are_those_that_the_session_itself_says_stand(office):
    for login in ("ben", "zoe", "ada", "b%", ""):
        for at_us in (NOON, NOON - 20, NOON + 1, NOON + IDLE_US, 0):
            assert_same(office, v.Sessions(login, at_us))


def test_who_is_signed_in_comes_with_her_roles_and_her_station(office):
    books, naive = office
    for number in range(9):
        query = v.SignedInAs(f"s{number}")
        mine = [replace(one, roles=by_code(one.roles)) for one in books.rows(query)]
        assert mine == [replace(one, roles=by_code(one.roles)) for one in naive.rows(query)]
        assert books.count(query) == books.totals(query) == len(mine)


def by_code(roles):
    return tuple(sorted(roles, key=lambda one: one.code))


def test_what_somebody_signs_in_with_is_hidden_in_every_answer(office):
    books, _ = office
    shown = repr([books.rows(v.Operators()), books.rows(v.SignedInAs("s1"))])
    assert "a hash" not in shown
    assert "sealed" not in shown


def test_a_long_diary_is_counted_as_far_as_a_list_counts(office):
    books, _ = office
    more = [row_of(line(n, "ada", "x")) for n in range(9, DIARY_COUNTED_MAX + 20)]
    with books._engine.begin() as connection:  # noqa: SLF001 - the books of the fixture
        connection.execute(insert(t.diary), more)
    assert books.count(v.Diary()) == books.totals(v.Diary()) == DIARY_COUNTED_MAX + 1
    assert books.count(v.Diary(NORTH)) == 3


@pytest.mark.parametrize("limit", [0, -1, 1_001])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda query: type(query).__name__)
def test_a_page_that_is_none_is_refused(question, limit):
    with pytest.raises(ValueError, match="page"):
        replace(question, limit=limit)
