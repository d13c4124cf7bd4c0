"""Signing in: one sentence for every failure, longer waits for whoever guesses, a code that is taken once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.authority import Grant, Level
from gateway.core.diary import Action, DiaryOutcome
from gateway.core.hidden import Hidden
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed, SignedIn, SignInRefused
from gateway.core.session import EnrolPolicy, Session, Stage, session_id
from gateway.core.staff import StaffState
from gateway.office.sign_in import (
    STRANGE_FAILURE_S,
    STRANGE_FAILURES_MAX,
    EndSessions,
    Proof,
    SignIn,
    is_held_back,
)
from tests.office.people import (
    HOUR_US,
    MINUTE_US,
    NOON_US,
    SECOND_US,
    Desk,
    actor,
    hash_of,
    local,
    person,
    role,
    session,
)

SEALED = Hidden("a sealed secret")
DAY_US = 24 * HOUR_US
WAIT_US = STRANGE_FAILURE_S * SECOND_US


def desk_of(**changes) -> Desk:
    desk = Desk([person("kim", **changes)], [role("boss", floats=Grant(Level.APPROVE))])
    desk.office.sessions.clear()
    return desk


def sign_in(proof="right", login="kim", step=None, session="s1", policy=EnrolPolicy.NOBODY, *, known=False):
    found = {"right": Proof(hash_of(login), step), "wrong": None}.get(proof, proof)
    return SignIn(login, session, "10.0.0.1", found, policy, known)


def kim(desk):
    return desk.office.operators["kim"]


def fail(desk, times):
    for _ in range(times):
        assert desk.post(sign_in("wrong")) == SignInRefused()


# -- in --------------------------------------------------------------------------------------------------


def test_the_right_password_begins_a_session():
    desk = desk_of()
    answer = desk.post(sign_in())
    assert answer == SignedIn(Session("s1", "kim", NOON_US, NOON_US, Stage.FULL, "10.0.0.1"))
    assert desk.office.sessions["s1"] == answer.session
    (line,) = desk.lines
    assert (line.actor.login, line.action, line.outcome) == ("kim", Action.SIGN_IN, DiaryOutcome.DONE)


def test_the_same_sign_in_asked_once_more_is_the_same_session():
    desk = desk_of(totp=SEALED, totp_step=6)
    first = desk.post(sign_in(step=7))
    assert desk.post(sign_in(step=7)) == first
    assert len(desk.lines) == 1
    assert kim(desk).failures == 0


def test_a_session_of_somebody_else_is_not_given_out():
    desk = desk_of()
    desk.office.sessions["s1"] = session("ada", id="s1")
    assert desk.post(sign_in("wrong")) == SignInRefused()


def test_to_sign_in_forgets_the_failures():
    desk = desk_of(failures=STRANGE_FAILURES_MAX)
    desk.post(sign_in())
    assert kim(desk).failures == 0


@pytest.mark.parametrize("must_change", [True, False])
@pytest.mark.parametrize("has_totp", [True, False])
@pytest.mark.parametrize("approves", [True, False])
@pytest.mark.parametrize("policy", EnrolPolicy)
def test_how_far_a_session_goes(must_change, has_totp, approves, policy):
    totp = {"totp": SEALED, "totp_step": 1} if has_totp else {}
    desk = desk_of(must_change=must_change, roles=("boss",) if approves else (), **totp)
    stage = desk.post(sign_in(step=2 if has_totp else None, policy=policy)).session.stage
    must_enrol = policy is EnrolPolicy.EVERYBODY or (policy is EnrolPolicy.APPROVERS and approves)
    if must_change:
        assert stage is Stage.SET_PASSWORD
    else:
        assert stage is (Stage.ENROL if must_enrol and not has_totp else Stage.FULL)


# -- refused ---------------------------------------------------------------------------------------------

REFUSED = {
    "a wrong password": ({}, "wrong", None),
    "a hash that was changed meanwhile": ({"password": Hidden("newer")}, "right", None),
    "no password yet": ({"password": Hidden("")}, Proof(Hidden(""), None), None),
    "left": ({"state": StaffState.LEFT}, "right", None),
    "no longer valid": ({"valid_until_us": NOON_US}, "right", None),
    "no code": ({"totp": SEALED}, "right", None),
    "a code that was used": ({"totp": SEALED, "totp_step": 7}, "right", 7),
    "a code from before one that was used": ({"totp": SEALED, "totp_step": 7}, "right", 6),
    "held back": ({"held_until_us": NOON_US + 1, "failures": 9}, "right", None),
}


@pytest.mark.parametrize("case", REFUSED)
def test_every_failure_is_told_alike_and_begins_nothing(case):
    changes, proof, step = REFUSED[case]
    desk = desk_of(**changes)
    assert desk.post(sign_in(proof, step=step)) == SignInRefused()
    assert desk.office.sessions == {}
    (line,) = desk.lines
    assert (line.actor.login, line.subject, line.outcome) == ("?", "kim", DiaryOutcome.REFUSED)
    assert kim(desk).failures == (9 if case == "held back" else 1)


@pytest.mark.parametrize(
    "login", ["nobody", "", "KIM", "kim ", "kim\x00", "\ud800", "hunter2 is my password", "a" * 10**6]
)
@pytest.mark.parametrize("proof", ["right", "wrong"])
def test_an_unknown_login_is_told_no_different_and_is_not_written_down(login, proof):
    desk = desk_of()
    assert desk.post(sign_in(proof, login=login)) == SignInRefused()
    (line,) = desk.lines
    assert (line.subject, line.detail) == ("", "no such login")
    assert desk.decision.office is None
    # What cannot be a login is not even asked for in the database.
    assert sign_in(proof, login=login).needs().office.logins == ((login,) if login == "nobody" else ())


def test_a_newer_code_is_taken_and_its_step_kept():
    desk = desk_of(totp=SEALED, totp_step=7)
    assert isinstance(desk.post(sign_in(step=8)), SignedIn)
    assert kim(desk).totp_step == 8
    assert desk.post(sign_in(step=8, session="s2")) == SignInRefused()


def test_a_failure_with_the_right_code_does_not_use_it_up():
    desk = desk_of(totp=SEALED, totp_step=7)
    desk.post(sign_in(Proof(Hidden("wrong"), 8)))
    assert kim(desk).totp_step == 7


# -- held back -------------------------------------------------------------------------------------------


def test_twenty_failures_cost_nothing_and_then_one_each_ten_minutes():
    desk = desk_of()
    waits: list[int] = []
    for _ in range(30):
        desk.post(sign_in("wrong"))
        wait = max(0, kim(desk).held_until_us - (NOON_US + sum(waits)))
        waits.append(wait)
        desk.later(wait)
    assert waits == [0] * STRANGE_FAILURES_MAX + [WAIT_US] * (30 - STRANGE_FAILURES_MAX)


def test_a_failure_is_forgotten_ten_minutes_later():
    desk = desk_of()
    fail(desk, STRANGE_FAILURES_MAX)
    fail(desk.later(3 * WAIT_US), 3)
    assert not is_held_back(kim(desk), NOON_US + 3 * WAIT_US)
    fail(desk, 1)
    assert is_held_back(kim(desk), NOON_US + 3 * WAIT_US)


def test_one_who_tries_each_quarter_of_an_hour_never_holds_her_back():
    desk = desk_of()
    fail(desk, STRANGE_FAILURES_MAX)
    for number in range(200):
        desk.later(15 * MINUTE_US)
        assert isinstance(desk.post(sign_in(session=f"s{number}")), SignedIn)
        desk.post(sign_in("wrong"))


def test_guessers_from_everywhere_have_a_hundred_and_sixty_tries_a_day():
    desk = desk_of()
    for _ in range(24 * 60):
        fail(desk.later(MINUTE_US), 1)
    compared = sum(line.detail == "wrong password" for line in desk.lines)
    assert compared <= STRANGE_FAILURES_MAX + DAY_US // WAIT_US


def test_who_is_held_back_is_not_let_in_by_the_right_password_nor_held_longer():
    desk = desk_of()
    fail(desk, STRANGE_FAILURES_MAX + 1)
    held = kim(desk)
    for _ in range(50):
        assert desk.post(sign_in()) == SignInRefused()
        assert desk.post(sign_in("wrong")) == SignInRefused()
    assert kim(desk) == held
    assert isinstance(desk.later(WAIT_US).post(sign_in()), SignedIn)


def test_a_known_device_is_let_in_whoever_is_held_back_and_holds_nobody_back():
    desk = desk_of()
    for _ in range(STRANGE_FAILURES_MAX + 5):
        assert desk.post(sign_in("wrong", known=True)) == SignInRefused()
    assert isinstance(desk.post(sign_in(session="s2")), SignedIn)
    fail(desk, STRANGE_FAILURES_MAX + 1)
    held = kim(desk).held_until_us
    assert isinstance(desk.post(sign_in(session="s3", known=True)), SignedIn)
    assert kim(desk).held_until_us == held, "strangers get nothing back by it"
    assert desk.post(sign_in(session="s4")) == SignInRefused()


def test_a_microsecond_decides_whether_she_is_held_back():
    desk = desk_of()
    fail(desk, STRANGE_FAILURES_MAX + 1)
    assert desk.later(WAIT_US - 1).post(sign_in()) == SignInRefused()
    assert isinstance(desk.later(1).post(sign_in()), SignedIn)


def test_a_clock_that_was_set_back_holds_nobody_for_years():
    desk = desk_of(held_until_us=NOON_US + 3_000 * DAY_US)
    assert isinstance(desk.post(sign_in()), SignedIn)
    desk.changed("operators", "kim", held_until_us=NOON_US + 3_000 * DAY_US)
    desk.post(sign_in("wrong", session="s2"))
    assert isinstance(desk.post(sign_in(session="s3")), SignedIn)


def test_her_failures_hold_nobody_else_back():
    desk = Desk([person("kim"), person("ada")], [])
    fail(desk, 2 * STRANGE_FAILURES_MAX)
    assert isinstance(desk.post(SignIn("ada", "s9", "", Proof(hash_of("ada"), None))), SignedIn)


@given(st.lists(st.tuples(st.sampled_from(["right", "wrong"]), st.integers(0, 20 * MINUTE_US)), max_size=60))
def test_nobody_waits_longer_than_the_longest_wait(tries):
    desk = desk_of()
    for number, (proof, pause) in enumerate(tries):
        answer = desk.post(sign_in(proof, session=f"s{number}"))
        assert not (isinstance(answer, SignedIn) and proof == "wrong")
        desk.later(pause)
    desk.later(WAIT_US)
    assert isinstance(desk.post(sign_in(session="last")), SignedIn)


# -- out -------------------------------------------------------------------------------------------------


def test_signing_out_ends_this_session_and_is_written_down():
    desk = Desk([person("kim")], [])
    other = session("kim", id="elsewhere")
    desk.office.sessions["elsewhere"] = other
    desk.post(EndSessions(actor("kim"), "kim", only="session of kim"))
    assert desk.office.sessions["session of kim"].ended_us == NOON_US
    assert desk.office.sessions["elsewhere"] == other
    assert desk.lines[-1].action is Action.SIGN_OUT


def test_all_but_one_are_ended_and_nobody_else_s():
    desk = Desk([person("kim"), person("ada")], [])
    desk.office.sessions |= {f"k{n}": session("kim", id=f"k{n}") for n in range(3)}
    desk.post(EndSessions(actor("kim"), "kim", but="k1"))
    standing = {one.id for one in desk.office.sessions.values() if one.ended_us is None}
    assert standing == {"k1", "session of ada"}


def test_one_that_has_ended_is_not_ended_again():
    desk = Desk([person("kim")], [])
    desk.post(EndSessions(actor("kim"), "kim", only="session of kim"))
    assert desk.later(SECOND_US).post(EndSessions(actor("kim"), "kim", only="session of kim")) == Changed(
        "kim"
    )
    assert desk.office.sessions["session of kim"].ended_us == NOON_US
    assert len(desk.lines) == 1


def test_a_session_of_somebody_else_is_not_ended_under_her_name():
    desk = Desk([person("kim"), person("ada")], [])
    desk.post(EndSessions(actor("kim"), "kim", only="session of ada"))
    assert desk.office.sessions["session of ada"].ended_us is None


@pytest.mark.parametrize(("branch", "may"), [(None, True), ("north", True), ("south", False)])
def test_somebody_of_a_branch_ends_sessions_of_its_people_alone(branch, may):
    desk = Desk([person("kim", branch="north"), person("ada", branch=branch)], [])
    answer = desk.post(EndSessions(actor("ada"), "kim"))
    assert answer == (Changed("kim") if may else NotDone(OfficeRefusal.UNKNOWN_PERSON))
    assert (desk.office.sessions["session of kim"].ended_us is not None) is may
    assert desk.office.sessions["session of ada"].ended_us is None


def test_at_the_machine_anybody_s_sessions_are_ended():
    desk = Desk([person("kim", branch="north")], [])
    assert desk.post(EndSessions(local("root"), "kim")) == Changed("kim")
    assert desk.office.sessions["session of kim"].ended_us == NOON_US


# -- secrets ---------------------------------------------------------------------------------------------


def test_neither_password_nor_secret_stands_in_what_may_be_logged():
    command = sign_in()
    decision = command.decide(desk_of(totp=SEALED).books, Desk().now)
    shown = repr((command, decision, replace(person("kim"), totp=SEALED)))
    assert hash_of("kim").reveal() not in shown
    assert SEALED.reveal() not in shown
    assert str(SEALED) == repr(SEALED) == f"{SEALED}" == "Hidden(***)"


def test_a_session_is_found_by_what_cannot_be_turned_back():
    assert session_id(b"secret") == "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
