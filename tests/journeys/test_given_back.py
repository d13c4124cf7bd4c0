"""A credit that nobody fetches: the bank has the money, two people give it back, and the bank comes too late.

The exception is raised by the look for overdue credits, a clerk resolves it as reversed, a chief approves; on
either database, with the process killed at every point in between, and with two chiefs at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.db.journal_reader import JournalReader
from gateway.assembly.crash_points import POINTS, VARIABLE
from gateway.core.approval import ApprovalState, Verdict
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import ApprovalAsked, Changed
from gateway.core.outcome import Approved, Declined, Noted, Undone
from gateway.core.refusal import Refusal
from gateway.core.staff import StaffState
from gateway.office.manage_staff import ChangeOperator, EnterOperator
from gateway.office.orders import ResolveOrder
from gateway.office.sign_in import SignIn
from gateway.prepayment.resume_sales import NoteOverdueCredit
from tests.builders import BANK, meter
from tests.office.house import House
from tests.office.people import actor, administered, deposit, ordered

ROOT = Path(__file__).parents[2]
PAN, PAYMENT, REFERENCE = meter(1).pan, "pay/east/r1", "undo/pay/east/r1"
RESOLVE = ResolveOrder(1, "credit_overdue", "reversed", PAYMENT, BANK, PAN, 10_000)
POSTER_POINTS = [point for point in POINTS if point.startswith("poster.")]


@pytest.fixture
def house(fresh):
    made = House(fresh.database(3)).settled()
    assert isinstance(made.post(made.till.pay("r1")), Approved)
    assert isinstance(made.post(NoteOverdueCredit(PAYMENT, BANK)), Noted)
    return made


def asked(house):
    said = house.post(ordered("cleo", RESOLVE))
    assert isinstance(said, ApprovalAsked)
    return said.reference


def assert_given_back(house):
    """It was given back, once, and everybody is told so from now on."""
    assert isinstance(house.post(house.till.reverse("r1", 10_000)), Undone)
    assert house.post(house.till.ask("r1")) == Declined(Refusal.REVERSED)
    assert house.post(house.till.hand_over("r1")) == Declined(Refusal.REVERSED)
    (sale,) = JournalReader(house.engine).sales()
    assert sale.state == "reversed"
    kinds = [entry.kind for entry, _ in JournalReader(house.engine).entries()]
    assert kinds == ["hold", "void"]
    office = house.office(approvals=(REFERENCE,), troubles=(1,))
    assert office.approvals[REFERENCE].state is ApprovalState.APPROVED
    trouble = office.troubles[1]
    assert (trouble.is_open, trouble.resolution, trouble.resolved_by) == (False, "reversed", "cleo")
    assert list(JournalReader(house.engine).open_exceptions()) == []
    done = [line for line in house.lines() if (line.action, line.outcome) == ("approve", "done")]
    assert len(done) == 1
    house.is_sound()


def test_a_credit_is_given_back_and_the_bank_comes_too_late(house):
    assert asked(house) == REFERENCE
    assert [entry.kind for entry, _ in JournalReader(house.engine).entries()] == ["hold"]
    assert house.post(house.decide("chen", Verdict.APPROVE, REFERENCE)) == Undone(1)
    assert_given_back(house)
    told = house.lines()[-1]
    assert (told.actor, told.function, told.action) == ("chen", "reversals", "approve")
    assert "asked by cleo" in told.detail


def test_a_credit_that_is_fetched_while_the_request_waits_is_not_given_back(house):
    asked(house)
    assert isinstance(house.post(house.till.hand_over("r1")), Approved)
    said = house.post(house.decide("chen", Verdict.APPROVE, REFERENCE))
    assert said == NotDone(OfficeRefusal.CREDIT_GONE)
    office = house.office(approvals=(REFERENCE,), troubles=(1,))
    assert office.approvals[REFERENCE].state is ApprovalState.ASKED
    assert office.troubles[1].is_open
    house.is_sound()


def test_who_fetches_and_who_gives_back_in_one_batch_do_not_both_succeed(house):
    asked(house)
    approve = house.decide("chen", Verdict.APPROVE, REFERENCE)
    given, fetched = house.run(approve, house.till.hand_over("r1"))
    assert (given, fetched) == (Undone(1), Declined(Refusal.REVERSED))
    assert_given_back(house)


def test_asked_decided_and_asked_again_in_one_batch(house):
    order = ordered("cleo", RESOLVE)
    first, again = house.run(order, order)
    assert first == again
    approve = house.decide("chen", Verdict.APPROVE, REFERENCE)
    assert house.run(approve, approve, order) == [Undone(1)] * 3
    assert_given_back(house)


def test_orders_of_the_office_and_payments_mix_in_one_batch(house):
    """More than two portions: on PostgreSQL one is written while the next is decided."""
    pans = [meter(serial).pan for serial in (1, 2, 3)]
    commands: list = [house.till.pay(f"m{n}", 1_000, pan=pans[n % 3]) for n in range(180)]
    commands[0] = ordered("cleo", RESOLVE)
    commands[1] = deposit("cleo", reference="d1")
    commands[63] = administered(actor("ada"), EnterOperator("ada", "f1", "new", "New"))
    commands[64] = administered(
        actor("ada"), ChangeOperator("ada", "f2", "new", 1, "Newer", None, "en", None, StaffState.ACTIVE)
    )
    commands[65] = SignIn("nobody", "s", "10.0.0.9", None)
    commands[130] = administered(
        actor("ada"), ChangeOperator("ada", "f3", "new", 1, "Late", None, "en", None, StaffState.ACTIVE)
    )
    before = len(house.lines())
    said = house.run(*commands)
    assert [type(said[n]) for n in (0, 1)] == [ApprovalAsked] * 2
    assert (said[63], said[64]) == (Changed("new", 1), Changed("new", 2))
    assert said[130] == NotDone(OfficeRefusal.TWICE_AT_ONCE)
    assert [type(one) for one in said].count(Approved) == 174
    assert house.office().operators["new"].name == "Newer"
    assert len(house.lines()) == before + 6
    house.is_sound()
    assert house.post(house.decide("chen", Verdict.APPROVE, REFERENCE)) == Undone(1)


def test_of_two_processes_that_change_a_person_at_once_the_second_is_refused(house):
    other = House(house.engine)
    changes = [
        administered(
            actor("ada"), ChangeOperator("ada", nonce, "cleo", 4, nonce, None, "en", None, StaffState.ACTIVE)
        )
        for nonce in ("one", "two")
    ]
    assert house.post(changes[0]) == Changed("cleo", 5)
    assert other.post(changes[1]) == NotDone(OfficeRefusal.TWICE_AT_ONCE)
    assert house.post(changes[0]) == Changed("cleo", 5)
    assert house.office().operators["cleo"].name == "one"
    house.is_sound()


# -- other processes -------------------------------------------------------------------------------------


def process(house, login, crash=None, *, reference=REFERENCE):
    """Another process that decides the request once its standard input says so."""
    variables = {name: text for name, text in os.environ.items() if name != VARIABLE}
    if crash is not None:
        variables[VARIABLE] = crash
    url = house.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    return subprocess.Popen(
        [sys.executable, "-m", "tests.office.house", url, login, "approve", reference],
        cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def ready(one):
    assert one.stdout.readline() == "ready\n"
    return one


def go(one):
    one.stdin.write("\n")
    one.stdin.flush()


def ended(one):
    said, _ = one.communicate(timeout=60)
    return said.strip(), one.returncode


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("point", POSTER_POINTS)
def test_a_crash_at_a_point_neither_loses_nor_doubles_what_was_approved(house, point):
    asked(house)
    lines = len(house.lines())
    house.batch.close()
    dying = ready(process(house, "chen", point))
    go(dying)
    assert ended(dying) == ("", -signal.SIGKILL)
    is_booked = point == "poster.committed"
    assert len(house.lines()) == lines + is_booked
    house.is_sound()
    # Whoever heard nothing asks again, and is told the same as if it had been the first time.
    later = ready(process(house, "chen")) if not is_booked else None
    if later is not None:
        go(later)
        assert ended(later) == ("Undone", 0)
    assert house.post(house.decide("chen", Verdict.APPROVE, REFERENCE)) == Undone(1)
    assert_given_back(house)


@pytest.mark.slow
@pytest.mark.faults
def test_two_processes_that_approve_at_once_carry_it_out_once(house):
    asked(house)
    house.batch.close()
    both = [process(house, login) for login in ("chen", "carl")]
    for one in both:
        ready(one)
    for one in both:
        go(one)
    told = sorted(ended(one) for one in both)
    assert told == [("APPROVAL_DECIDED", 0), ("Undone", 0)]
    refused = [line for line in house.lines() if (line.action, line.outcome) == ("approve", "refused")]
    assert len(refused) == 1
    assert_given_back(house)
