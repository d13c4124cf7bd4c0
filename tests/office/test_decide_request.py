"""A second person decides: only one who may, only what was asked, only once; or the request stays open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.approval import LASTS_US, ApprovalState, IllegalApprovalStep, Verdict
from gateway.core.authority import Grant, Level
from gateway.core.diary import Action, DiaryOutcome
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.outcome import Deposited, Undone
from gateway.core.session import Stage
from gateway.core.staff import HELPED_S, StaffState
from gateway.office.orders import GiveBackOrder
from gateway.office.rights_orders import GiveRolesOrder, KeepRoleOrder
from tests.builders import BANK, meter
from tests.office.people import (
    NOON_US,
    PEOPLE,
    ROLES,
    Desk,
    deposit,
    local,
    ordered,
    person,
    role,
    session,
    till,
)

APPROVE, REFUSE, WITHDRAW = Verdict.APPROVE, Verdict.REFUSE, Verdict.WITHDRAW
NORTH = meter(1).pan


@pytest.fixture
def desk():
    made = Desk()
    made.post(deposit("cleo"))
    return made


def is_open(desk, reference="deposit/east/d1"):
    return desk.request(reference).state is ApprovalState.ASKED


def awake(desk, login, us):
    """A session that stands after so long."""
    return desk.changed("sessions", f"session of {login}", began_us=NOON_US + us, seen_us=NOON_US + us)


# -- approved --------------------------------------------------------------------------------------------


def test_what_is_approved_is_carried_out_in_the_same_moment(desk):
    done = desk.post(desk.decide("chen", APPROVE))
    assert isinstance(done, Deposited)
    assert [posting.amount for posting in desk.decision.entries[0].postings] == [10_000, -10_000]
    request = desk.request()
    assert (request.state, request.decided_by, request.decided_us) == (
        ApprovalState.APPROVED,
        "chen",
        NOON_US,
    )
    line = desk.lines[-1]
    assert (line.action, line.outcome, line.actor.login) == (Action.APPROVE, DiaryOutcome.DONE, "chen")
    assert "asked by cleo" in line.detail


def test_approved_twice_it_is_carried_out_once(desk):
    done = desk.post(desk.decide("chen", APPROVE))
    lines = len(desk.lines)
    assert desk.post(desk.decide("chen", APPROVE)) == done
    assert desk.decision.entries == ()
    assert len(desk.lines) == lines
    assert desk.why(desk.decide("carl", APPROVE)) is OfficeRefusal.APPROVAL_DECIDED
    assert desk.decision.entries == ()


@pytest.mark.parametrize("first", Verdict)
@pytest.mark.parametrize("second", Verdict)
def test_what_was_decided_stays_decided(desk, first, second):
    by = {APPROVE: "chen", REFUSE: "chen", WITHDRAW: "cleo"}
    said = desk.post(desk.decide(by[first], first, reason="so"))
    before = desk.request()
    answer = desk.post(desk.decide(by[second], second, reason="so"))
    assert desk.request() == before
    assert answer == (said if first is second else NotDone(OfficeRefusal.APPROVAL_DECIDED))


def test_the_values_themselves_take_no_second_step(desk):
    decided = desk.request().decided(REFUSE, "chen", NOON_US, "so")
    for verdict in Verdict:
        with pytest.raises(IllegalApprovalStep):
            decided.decided(verdict, "chen", NOON_US, "so")


# -- who may not -----------------------------------------------------------------------------------------

#: Names under which she who asked might come to approve it herself; each is refused.
FULL_WIDTH = "\uff43\uff4c\uff45\uff4f"
LOOK_ALIKES = ["cleo", "Cleo", " cleo", FULL_WIDTH, "cl\u200beo", "cle\ufe00o", "local:cleo", "LOCAL: Cleo"]


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_nobody_approves_her_own_request_from_the_machine_either(desk, name):
    assert desk.why(desk.decide(local(name), APPROVE)) is OfficeRefusal.OWN_REQUEST
    assert is_open(desk)


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_nobody_approves_in_a_browser_what_was_asked_for_in_her_name_at_the_machine(name):
    desk = Desk([person("cleo", "chief", "clerk")])
    desk.post(deposit("cleo"))
    desk.changed("approvals", "deposit/east/d1", asked_by=local(name).said)
    assert desk.why(desk.decide("cleo", APPROVE)) is OfficeRefusal.OWN_REQUEST


def test_two_people_at_the_machine_are_two(desk):
    desk.changed("approvals", "deposit/east/d1", asked_by="local:root")
    assert desk.why(desk.decide(local("root"), APPROVE)) is OfficeRefusal.OWN_REQUEST
    assert isinstance(desk.post(desk.decide(local("toor"), APPROVE)), Deposited)
    assert desk.request().decided_by == "local:toor"


def test_who_may_do_and_approve_still_asks_somebody_else():
    desk = Desk()
    desk.post(deposit("carl"))
    assert desk.why(desk.decide("carl", APPROVE)) is OfficeRefusal.OWN_REQUEST
    assert isinstance(desk.post(desk.decide("chen", APPROVE)), Deposited)


@pytest.mark.parametrize("verdict", [APPROVE, REFUSE])
@pytest.mark.parametrize("login", ["gina", "ada"])
def test_who_may_not_approve_this_function_decides_nothing(desk, login, verdict):
    assert desk.why(desk.decide(login, verdict, reason="so")) is OfficeRefusal.NOT_ALLOWED
    assert is_open(desk)
    assert desk.lines[-1].outcome is DiaryOutcome.REFUSED


@pytest.mark.parametrize(("limit", "may"), [(None, True), (10_000, True), (9_999, False), (0, False)])
def test_she_approves_up_to_her_own_limit(limit, may):
    roles = [*ROLES, role("small", floats=Grant(Level.APPROVE, limit))]
    desk = Desk([*PEOPLE, person("sam", "small")], roles)
    desk.post(deposit(minor=10_000))
    answer = desk.post(desk.decide("sam", APPROVE))
    assert answer == NotDone(OfficeRefusal.ABOVE_LIMIT) or may
    assert is_open(desk) is not may


@pytest.mark.parametrize(("branch", "may"), [(None, True), ("north", True), ("south", False)])
def test_she_approves_what_is_about_her_own_branch(branch, may):
    desk = Desk([*PEOPLE, person("sam", "chief", branch=branch)])
    bank = till(desk)
    bank.post(bank.pay("r1", 5_000))
    desk.post(ordered("cleo", GiveBackOrder("pay/east/r1", BANK, NORTH, 5_000)))
    answer = desk.post(desk.decide("sam", APPROVE, "undo/pay/east/r1"))
    assert isinstance(answer, Undone) is may
    assert may or answer == NotDone(OfficeRefusal.OTHER_BRANCH)


@pytest.mark.parametrize("verdict", [APPROVE, REFUSE])
@pytest.mark.parametrize(("branch", "may"), [(None, True), ("north", False)])
def test_what_is_about_no_customer_is_for_who_belongs_to_no_branch(branch, may, verdict):
    roles = [*ROLES, role("head", floats=Grant(Level.APPROVE), roles=Grant(Level.APPROVE))]
    desk = Desk([*PEOPLE, person("sam", "head", branch=branch)], roles)
    desk.post(deposit("cleo"))
    desk.post(ordered("ada", KeepRoleOrder("guest", 1, "Guest", "{}", "n1")))
    for reference in ("deposit/east/d1", "office/ada/n1"):
        answer = desk.post(desk.decide("sam", verdict, reference, "so"))
        assert is_open(desk, reference) is not may
        assert may or answer == NotDone(OfficeRefusal.OTHER_BRANCH)


@pytest.mark.parametrize(
    ("branch", "hers", "may"),
    [(None, "north", True), ("north", "north", True), ("north", "south", False), ("north", None, False)],
)
def test_roles_of_a_branch_s_people_are_decided_there(branch, hers, may):
    roles = [*ROLES, role("head", roles=Grant(Level.APPROVE))]
    desk = Desk([*PEOPLE, person("sam", "head", branch=branch), person("nick", branch=hers)], roles)
    desk.post(ordered("ada", GiveRolesOrder("nick", 1, "guest", "n1")))
    answer = desk.post(desk.decide("sam", APPROVE, "office/ada/n1"))
    assert isinstance(answer, Changed) is may
    assert may or answer == NotDone(OfficeRefusal.OTHER_BRANCH)


@pytest.mark.parametrize("changes", [{"state": StaffState.LEFT}, {"valid_until_us": NOON_US}, {"roles": ()}])
def test_what_she_could_not_ask_for_any_more_is_not_approved(desk, changes):
    desk.changed("operators", "cleo", **changes)
    assert desk.why(desk.decide("chen", APPROVE)) is OfficeRefusal.ASKER_GONE
    assert is_open(desk)
    assert isinstance(desk.post(desk.decide("chen", REFUSE, reason="she has left")), Changed)


def test_what_is_of_another_branch_than_hers_who_asked_is_not_approved():
    desk = Desk()
    bank = till(desk)
    bank.post(bank.pay("r1", 5_000))
    desk.post(ordered("cleo", GiveBackOrder("pay/east/r1", BANK, NORTH, 5_000)))
    desk.changed("operators", "cleo", branch="south")
    assert desk.why(desk.decide("chen", APPROVE, "undo/pay/east/r1")) is OfficeRefusal.ASKER_GONE


@pytest.mark.parametrize(
    ("kind", "key", "changes"),
    [
        ("sessions", "session of chen", {"ended_us": NOON_US}),
        ("sessions", "session of chen", {"stage": Stage.ENROL}),
        ("sessions", "session of chen", {"login": "ada"}),
        ("operators", "chen", {"state": StaffState.LEFT}),
        ("operators", "chen", {"valid_until_us": NOON_US}),
    ],
)
@pytest.mark.parametrize("verdict", Verdict)
def test_who_is_not_signed_in_wholly_decides_nothing(desk, kind, key, changes, verdict):
    desk.changed(kind, key, **changes)
    assert desk.why(desk.decide("chen", verdict)) is OfficeRefusal.SIGNED_OUT
    assert is_open(desk)


# -- too late, another content, refused meanwhile --------------------------------------------------------


@pytest.mark.parametrize(("us", "may"), [(LASTS_US - 1, True), (LASTS_US, False), (10 * LASTS_US, False)])
def test_what_has_waited_for_too_long_is_not_approved(desk, us, may):
    awake(desk.later(us), "chen", us)
    answer = desk.post(desk.decide("chen", APPROVE))
    assert isinstance(answer, Deposited) is may
    assert may or answer == NotDone(OfficeRefusal.APPROVAL_OVER)


@pytest.mark.parametrize(("login", "verdict"), [("chen", REFUSE), ("cleo", WITHDRAW)])
def test_what_has_waited_for_too_long_can_still_be_put_away(desk, login, verdict):
    awake(desk.later(LASTS_US), login, LASTS_US)
    assert isinstance(desk.post(desk.decide(login, verdict, reason="old")), Changed)


def test_a_request_that_is_not_there_is_not_decided(desk):
    wrong = replace(desk.request(), reference="deposit/east/d9")
    assert desk.why(replace(desk.decide("chen", APPROVE), request=wrong)) is OfficeRefusal.NO_APPROVAL


@pytest.mark.parametrize(
    "changes",
    [
        {"order": '{"amount_minor":99}'},
        {"digest": "0" * 64},
    ],
)
@pytest.mark.parametrize("where", ["kept", "read"])
def test_what_is_carried_out_is_what_was_asked_for(desk, changes, where):
    command = desk.decide("chen", APPROVE)
    if where == "kept":
        desk.changed("approvals", "deposit/east/d1", **changes)
    else:
        command = replace(command, request=replace(command.request, **changes))
    assert desk.why(command) is OfficeRefusal.OTHER_CONTENT
    assert is_open(desk)
    assert desk.decision.entries == ()


def test_another_kind_or_function_under_the_same_order_is_another_content(desk):
    for changes in ({"kind": "give_back"}, {"function": "exceptions"}):
        command = desk.decide("chen", APPROVE)
        before = desk.request()
        desk.changed("approvals", "deposit/east/d1", **changes)
        assert desk.why(command) is OfficeRefusal.OTHER_CONTENT
        desk.office.approvals["deposit/east/d1"] = before


def test_an_order_that_would_be_refused_by_now_leaves_the_request_open():
    desk = Desk()
    bank = till(desk)
    bank.post(bank.pay("r1", 5_000))
    desk.post(ordered("cleo", GiveBackOrder("pay/east/r1", BANK, NORTH, 5_000)))
    bank.post(bank.hand_over("r1"))
    assert desk.why(desk.decide("chen", APPROVE, "undo/pay/east/r1")) is OfficeRefusal.CREDIT_GONE
    assert is_open(desk, "undo/pay/east/r1")
    assert desk.lines[-1].outcome is DiaryOutcome.REFUSED


def test_what_was_done_meanwhile_in_another_way_is_not_approved_as_if_it_were_this():
    desk = Desk()
    bank = till(desk)
    bank.post(bank.pay("r1", 5_000))
    desk.post(ordered("cleo", GiveBackOrder("pay/east/r1", BANK, NORTH, 5_000)))
    assert isinstance(bank.post(bank.reverse("r1")), Undone)
    assert desk.why(desk.decide("chen", APPROVE, "undo/pay/east/r1")) is OfficeRefusal.DONE_ALREADY
    assert is_open(desk, "undo/pay/east/r1")
    assert isinstance(desk.post(desk.decide("chen", REFUSE, "undo/pay/east/r1", "done")), Changed)


# -- refused, withdrawn ----------------------------------------------------------------------------------


def test_who_refuses_says_why(desk):
    assert desk.why(desk.decide("chen", REFUSE)) is OfficeRefusal.NO_REASON
    assert isinstance(desk.post(desk.decide("chen", REFUSE, reason=" not on the statement ")), Changed)
    request = desk.request()
    assert (request.state, request.outcome) == (ApprovalState.REFUSED, "not on the statement")
    assert desk.lines[-1].action is Action.REFUSE
    assert desk.books.known == {}


def test_she_who_asked_withdraws_and_nobody_else(desk):
    assert desk.why(desk.decide("chen", WITHDRAW)) is OfficeRefusal.NOT_OWN_REQUEST
    assert isinstance(desk.post(desk.decide("cleo", WITHDRAW)), Changed)
    assert desk.request().state is ApprovalState.WITHDRAWN
    assert desk.lines[-1].action is Action.WITHDRAW


def test_she_withdraws_though_she_may_no_longer_do_it_and_from_the_machine_too(desk):
    desk.changed("operators", "cleo", roles=())
    assert isinstance(desk.post(desk.decide(local("cleo"), WITHDRAW)), Changed)


@pytest.mark.parametrize("reason", ["a\x00b", "x" * 201])
def test_a_reason_that_cannot_be_kept_withdraws_nothing(desk, reason):
    assert desk.why(desk.decide("cleo", WITHDRAW, reason=reason)) is OfficeRefusal.NO_REASON
    assert is_open(desk)


def test_she_who_asked_may_refuse_it_where_she_may_approve_others():
    desk = Desk()
    desk.post(deposit("carl"))
    assert isinstance(desk.post(desk.decide("carl", REFUSE, reason="a slip")), Changed)


def test_a_session_of_somebody_else_decides_nothing(desk):
    command = desk.decide("chen", APPROVE)
    stolen = replace(command.actor, session="session of cleo")
    assert desk.why(replace(command, actor=stolen)) is OfficeRefusal.SIGNED_OUT
    assert session("cleo").login == "cleo"


# -- why it is approved ----------------------------------------------------------------------------------


def test_a_reason_to_approve_is_kept_with_the_request_and_in_the_diary(desk):
    desk.post(desk.decide("chen", APPROVE, reason=" seen on the statement "))
    assert desk.request().outcome == "seen on the statement"
    assert desk.lines[-1].detail.endswith("; seen on the statement")


def test_a_reason_to_approve_that_nobody_can_read_is_refused(desk):
    assert desk.why(desk.decide("chen", APPROVE, reason="x" * 201)) is OfficeRefusal.NO_REASON
    assert is_open(desk)


# -- helped in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ago_s", "why"), [(0, OfficeRefusal.NEWLY_HELPED), (HELPED_S, None)])
def test_whoever_was_just_helped_in_approves_nothing_for_three_days(desk, ago_s, why):
    desk.changed("operators", "chen", helped_by="ada", helped_us=NOON_US - ago_s * 1_000_000)
    answer = desk.post(desk.decide("chen", APPROVE))
    assert getattr(answer, "reason", None) is why
    assert is_open(desk) is (why is not None)


def test_whoever_was_just_helped_in_may_refuse(desk):
    desk.changed("operators", "chen", helped_by="ada", helped_us=NOON_US)
    assert desk.post(desk.decide("chen", REFUSE, reason="not so")) == Changed("deposit/east/d1")


def test_what_is_asked_for_is_not_approved_by_whoever_has_just_helped_the_asker_in(desk):
    desk.changed("operators", "cleo", helped_by="carl", helped_us=NOON_US)
    assert desk.post(desk.decide("carl", APPROVE)).reason is OfficeRefusal.HELPED_ASKER
    assert isinstance(desk.post(desk.decide("chen", APPROVE)), Deposited)


def test_at_the_machine_nobody_waits(desk):
    desk.changed("operators", "chen", helped_by="ada", helped_us=NOON_US)
    assert isinstance(desk.post(desk.decide(local("chen"), APPROVE)), Deposited)
