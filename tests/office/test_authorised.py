"""Who may give an order, up to which amount and about whom; what takes a second person waits for one."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.approval import LASTS_US as REQUEST_LASTS_US
from gateway.core.approval import ApprovalState, Verdict
from gateway.core.authority import FOUR_EYES, Function, Grant, Level
from gateway.core.diary import Action, DiaryOutcome
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import ApprovalAsked, Changed
from gateway.core.outcome import Declined, Deposited
from gateway.core.refusal import Refusal
from gateway.core.session import CLOCK_BACK_US, IDLE_US, LASTS_US, Stage
from gateway.core.staff import StaffState
from gateway.core.supply_point import PointEvent
from gateway.office.authorised import ASKED_EACH_MAX, ASKED_MAX, Authorised
from gateway.office.manage_staff import EnterOperator
from gateway.office.orders import DepositOrder
from gateway.prepayment.amend_file import StepPoint
from tests.builders import BANK, meter
from tests.office.people import (
    HOUR_US,
    MINUTE_US,
    NOON_US,
    PEOPLE,
    Desk,
    actor,
    deposit,
    local,
    note,
    ordered,
    person,
    role,
    session,
)

NORTH, SOUTH = meter(1).pan, meter(2).pan


def granted(level: Level, limit: int | None = None, function="stock", **changes) -> Desk:
    grants = {function: Grant(level, limit)}
    return Desk([person("kim", "own", **changes)], [role("own", **grants)])


# -- levels, limits and the second person ----------------------------------------------------------------

FOUR = [one for one in Function if one in FOUR_EYES]
PLAIN = [one for one in Function if one not in FOUR_EYES]
LEVELS = [Level.VIEW, Level.DO, Level.APPROVE]


@pytest.mark.parametrize("function", PLAIN)
@pytest.mark.parametrize(("has", "wants"), list(itertools.product(Level, LEVELS)))
def test_an_order_needs_its_level_of_its_function(function, has, wants):
    desk = granted(has, function=function.value)
    answer = desk.post(note("kim", function, level=wants))
    assert isinstance(answer, Changed) is (has >= wants)
    if has < wants:
        assert answer.reason is OfficeRefusal.NOT_ALLOWED
        assert answer.detail == f"{function.value}: {wants.name.lower()}"


@pytest.mark.parametrize("function", PLAIN)
def test_a_function_granted_is_no_other_function(function):
    desk = granted(Level.APPROVE, function=function.value)
    for other in set(Function) - {function}:
        assert desk.why(note("kim", other, level=Level.VIEW)) is OfficeRefusal.NOT_ALLOWED


@pytest.mark.parametrize("function", FOUR)
@pytest.mark.parametrize("has", [Level.DO, Level.APPROVE])
@pytest.mark.parametrize("minor", [0, 1, 10**12])
def test_what_takes_four_eyes_waits_whatever_its_amount_and_her_level(function, has, minor):
    desk = granted(has, function=function.value)
    assert isinstance(desk.post(note("kim", function, amount_minor=minor)), ApprovalAsked)


@given(limit=st.integers(0, 10**9), over=st.integers(-3, 3), level=st.sampled_from([Level.DO, Level.APPROVE]))
def test_up_to_her_limit_she_does_it_and_above_it_is_asked_for(limit, over, level):
    desk = granted(level, limit)
    answer = desk.post(note("kim", amount_minor=max(0, limit + over)))
    assert isinstance(answer, ApprovalAsked if over > 0 else Changed)


@pytest.mark.parametrize("level", [Level.VIEW, Level.APPROVE])
def test_a_limit_holds_for_what_is_shown_or_approved_as_well(level):
    desk = granted(Level.APPROVE, 100)
    assert isinstance(desk.post(note("kim", level=level, amount_minor=100)), Changed)
    assert desk.why(note("kim", level=level, amount_minor=101)) is OfficeRefusal.ABOVE_LIMIT


def test_of_several_roles_each_level_keeps_its_own_limit():
    roles = [role("low", stock=Grant(Level.APPROVE, 10)), role("high", stock=Grant(Level.DO, 1_000))]
    desk = Desk([person("kim", "low", "high")], roles)
    assert isinstance(desk.post(note("kim", amount_minor=1_000)), Changed)
    assert isinstance(desk.post(note("kim", amount_minor=1_001)), ApprovalAsked)
    assert desk.why(note("kim", level=Level.APPROVE, amount_minor=11)) is OfficeRefusal.ABOVE_LIMIT


def test_who_was_just_helped_in_approves_no_step_and_does_what_she_may():
    desk = granted(Level.APPROVE, None).changed("operators", "kim", helped_by="ada", helped_us=NOON_US)
    assert desk.why(note("kim", level=Level.APPROVE)) is OfficeRefusal.NEWLY_HELPED
    assert isinstance(desk.post(note("kim")), Changed)


def test_a_role_that_is_gone_grants_nothing():
    desk = Desk([person("kim", "gone")], [])
    assert desk.why(note("kim")) is OfficeRefusal.NOT_ALLOWED


def test_rights_are_those_of_this_moment_and_not_of_the_sign_in():
    desk = granted(Level.DO)
    desk.office.roles["own"] = role("own", 2)
    assert desk.why(note("kim")) is OfficeRefusal.NOT_ALLOWED


def test_who_sits_at_the_machine_is_refused_nothing_and_stands_in_the_diary():
    """He could do it without us: the books' own keys lie there."""
    desk = Desk([], [])
    assert isinstance(desk.post(replace(note("root", amount_minor=10**9), actor=local("root"))), Changed)
    assert isinstance(desk.post(deposit(local("root"))), Deposited)
    assert [(line.actor.said, line.outcome) for line in desk.lines] == [("local:root", DiaryOutcome.DONE)] * 2


def test_at_the_machine_too_an_order_needs_its_reason():
    assert Desk().why(deposit(local("root"), reason="")) is OfficeRefusal.NO_REASON


# -- sessions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "stands"),
    [
        ({}, True),
        ({"stage": Stage.SET_PASSWORD}, False),
        ({"stage": Stage.ENROL}, False),
        ({"ended_us": NOON_US - 1}, False),
        ({"seen_us": NOON_US - IDLE_US + 1}, True),
        ({"seen_us": NOON_US - IDLE_US}, False),
        ({"began_us": NOON_US - LASTS_US + 1}, True),
        ({"began_us": NOON_US - LASTS_US}, False),
        # The clock was set back: by a minute it is let be, by more nobody knows how long she was away.
        ({"began_us": NOON_US + CLOCK_BACK_US, "seen_us": NOON_US + CLOCK_BACK_US}, True),
        ({"began_us": NOON_US + CLOCK_BACK_US + 1, "seen_us": NOON_US + CLOCK_BACK_US + 1}, False),
        ({"began_us": NOON_US - HOUR_US, "seen_us": NOON_US + CLOCK_BACK_US + 1}, False),
        ({"login": "somebody-else"}, False),
    ],
)
def test_a_session_stands_or_nothing_is_done(changes, stands):
    desk = granted(Level.DO)
    one = session("kim", **changes)
    desk.office.sessions = {one.id: one}
    answer = desk.post(note("kim"))
    assert isinstance(answer, Changed) is stands
    assert stands or answer == NotDone(OfficeRefusal.SIGNED_OUT)


@pytest.mark.parametrize(
    ("changes", "stands"),
    [
        ({"state": StaffState.LEFT}, False),
        ({"valid_until_us": NOON_US + 1}, True),
        ({"valid_until_us": NOON_US}, False),
    ],
)
def test_who_has_left_or_is_no_longer_valid_does_nothing_in_a_session_that_stands(changes, stands):
    answer = granted(Level.DO, **changes).post(note("kim"))
    assert isinstance(answer, Changed) is stands


def test_an_unknown_session_and_an_unknown_person_are_signed_out():
    desk = granted(Level.DO)
    desk.office.sessions.clear()
    assert desk.why(note("kim")) is OfficeRefusal.SIGNED_OUT
    assert desk.why(note("nobody")) is OfficeRefusal.SIGNED_OUT


def test_that_she_is_signed_out_is_said_before_anything_else():
    desk = granted(Level.NONE)
    desk.office.sessions.clear()
    assert desk.why(note("kim", about="nowhere", reason="")) is OfficeRefusal.SIGNED_OUT


# -- branches and reasons --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("branch", "about", "sees"),
    [
        (None, NORTH, True),
        (None, SOUTH, True),
        ("north", NORTH, True),
        ("north", "A1", True),
        ("north", SOUTH, False),
        ("north", "A2", False),  # a customer without a branch is the head office's
        ("", "A2", True),
        ("north", "nowhere", False),
        (None, "nowhere", False),
        ("north", "", True),
    ],
)
def test_she_orders_about_the_customers_of_her_branch(branch, about, sees):
    answer = granted(Level.DO, branch=branch).post(note("kim", about=about))
    assert isinstance(answer, Changed) is sees
    assert sees or answer == NotDone(OfficeRefusal.OTHER_BRANCH)


@pytest.mark.parametrize("reason", ["", "   ", "a\nb", "x" * 201, "a\x00b", "\u202ereversed"])
def test_an_order_without_a_reason_that_can_be_read_is_not_given(reason):
    desk = granted(Level.DO)
    assert desk.why(note("kim", reason=reason)) is OfficeRefusal.NO_REASON
    assert isinstance(desk.post(note("kim", reason=reason, needs_reason=False)), Changed)


# -- the diary -------------------------------------------------------------------------------------------


def test_what_was_done_stands_in_the_diary_with_its_reason():
    desk = granted(Level.DO)
    desk.post(note("kim", reason=" because "))
    (line,) = desk.lines
    assert (line.actor, line.function, line.action) == (actor("kim"), "stock", Action.ORDER)
    assert (line.subject, line.outcome, line.detail) == ("something", DiaryOutcome.DONE, "because")


def test_what_was_refused_stands_in_the_diary_and_nothing_else_is_written():
    desk = granted(Level.VIEW)
    desk.post(note("kim"))
    (line,) = desk.lines
    assert line.outcome is DiaryOutcome.REFUSED
    assert OfficeRefusal.NOT_ALLOWED.value in line.detail
    assert desk.decision.office is None
    assert not desk.decision.remembered


def test_what_the_order_itself_refuses_stands_in_the_diary_and_is_not_remembered():
    desk = Desk()
    answer = desk.post(deposit(minor=0))
    assert answer == Declined(Refusal.BAD_AMOUNT)
    assert [line.outcome for line in desk.lines] == [DiaryOutcome.REFUSED]
    assert desk.office.approvals == {}
    assert desk.books.known == {}


def test_what_waits_stands_in_the_diary_with_its_reference():
    desk = Desk()
    desk.post(deposit())
    (line,) = desk.lines
    assert (line.action, line.outcome) == (Action.ASK, DiaryOutcome.WAITS)
    assert "deposit/east/d1" in line.detail


# -- once, and asked anew --------------------------------------------------------------------------------


def test_a_request_holds_what_was_ordered_and_nothing_is_booked_yet():
    desk = Desk()
    asked = desk.post(deposit(minor=500, reason=" so it is "))
    assert asked == ApprovalAsked("deposit/east/d1", NOON_US + REQUEST_LASTS_US)
    request = desk.request()
    assert (request.function, request.kind, request.amount_minor) == ("floats", "deposit", 500)
    assert (request.reason, request.asked_by, request.state) == ("so it is", "cleo", ApprovalState.ASKED)
    assert json.loads(request.order)["amount_minor"] == 500
    assert desk.decision.entries == ()


def test_the_same_asked_twice_is_one_request_and_one_line():
    desk = Desk()
    first = desk.post(deposit())
    assert desk.later(MINUTE_US).post(deposit()) == first
    assert len(desk.lines) == len(desk.office.approvals) == 1


def test_the_same_asked_by_somebody_else_is_the_request_that_waits():
    desk = Desk()
    first = desk.post(deposit("cleo"))
    assert desk.post(deposit("carl", reason="me too")) == first
    assert desk.request().asked_by == "cleo"


def test_the_same_reference_with_another_amount_is_refused():
    desk = Desk()
    desk.post(deposit(minor=1))
    assert desk.why(deposit(minor=2)) is OfficeRefusal.ASKED_OTHERWISE
    assert desk.lines[-1].outcome is DiaryOutcome.REFUSED
    assert desk.request().amount_minor == 1


def test_what_was_approved_is_said_again_to_whoever_orders_it_again():
    desk = Desk()
    desk.post(deposit())
    done = desk.post(desk.decide("chen", Verdict.APPROVE))
    assert isinstance(done, Deposited)
    lines = len(desk.lines)
    assert desk.post(deposit()) == done
    assert len(desk.lines) == lines
    assert desk.why(deposit(minor=2)) is Refusal.KEY_REUSED
    assert desk.lines[-1].outcome is DiaryOutcome.REFUSED


@pytest.mark.parametrize("verdict", [Verdict.REFUSE, Verdict.WITHDRAW])
def test_what_was_refused_or_withdrawn_can_be_asked_for_anew(verdict):
    desk = Desk()
    desk.post(deposit(minor=1))
    desk.post(desk.decide("chen" if verdict is Verdict.REFUSE else "cleo", verdict, reason="a slip"))
    again = desk.post(deposit(minor=2))
    assert again.reference == "2/deposit/east/d1"
    assert desk.request().amount_minor == 1
    assert isinstance(desk.post(desk.decide("chen", Verdict.APPROVE, again.reference)), Deposited)
    assert desk.books.balances == {}
    assert isinstance(desk.post(deposit(minor=2)), Deposited)


def test_what_waited_for_too_long_can_be_asked_for_anew():
    desk = Desk()
    desk.post(deposit())
    desk.later(REQUEST_LASTS_US)
    desk.office.sessions["session of cleo"] = session(
        "cleo", began_us=NOON_US + REQUEST_LASTS_US, seen_us=NOON_US + REQUEST_LASTS_US
    )
    assert desk.post(deposit()).reference == "2/deposit/east/d1"
    assert desk.post(deposit()).reference == "2/deposit/east/d1"


def test_asking_has_an_end():
    clerks = [f"clerk-{n}" for n in range(ASKED_MAX // ASKED_EACH_MAX + 1)]
    desk = Desk([*PEOPLE, *(person(one, "clerk") for one in clerks)])
    for at in range(ASKED_MAX):
        login = clerks[at // ASKED_EACH_MAX]
        asked = desk.post(deposit(login))
        desk.post(desk.decide(login, Verdict.WITHDRAW, asked.reference))
    assert desk.why(deposit(clerks[-1])) is OfficeRefusal.ASKED_TOO_OFTEN
    assert len(desk.office.approvals) == ASKED_MAX


def test_nobody_asks_so_often_that_no_other_can():
    desk = Desk()
    for _ in range(ASKED_EACH_MAX):
        asked = desk.post(deposit("cleo"))
        desk.post(desk.decide("cleo", Verdict.WITHDRAW, asked.reference))
    assert desk.why(deposit("cleo")) is OfficeRefusal.ASKED_TOO_OFTEN
    assert isinstance(desk.post(deposit("carl")), ApprovalAsked)


def test_two_orders_have_two_requests():
    desk = Desk()
    desk.post(deposit(reference="d1"))
    desk.post(deposit(reference="d2"))
    assert set(desk.office.approvals) == {"deposit/east/d1", "deposit/east/d2"}


def test_an_order_in_another_s_name_is_a_mistake_of_ours():
    act = note("cleo").act
    with pytest.raises(ValueError, match="in her own name"):
        Authorised(actor("cleo"), act, EnterOperator("ada", "n1", "new", "New"))


def test_an_order_about_the_files_is_given_in_her_own_name_too():
    order = StepPoint("ada", "n1", "2000000048-1", 1, PointEvent.GIVE_UP, "moved away")
    with pytest.raises(ValueError, match="in her own name"):
        Authorised(actor("cleo"), note("cleo").act, order)


def test_what_is_kept_of_an_order_does_not_depend_on_who_gives_it():
    order = DepositOrder(BANK, 1, "CNY", "d1", covered=True)
    assert ordered("cleo", order).act.digest == ordered("carl", order, "else").act.digest
    assert ordered("cleo", replace(order, amount_minor=2)).act.digest != ordered("cleo", order).act.digest
