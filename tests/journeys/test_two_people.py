"""Point 35 of the security checklist on a real gateway: what takes two people is carried out by no one alone.

The rules are tested one by one in ``tests/office``; a tariff's and a key's in ``tests/multi_tariff`` and
``tests/prepayment``.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from adapters.db import tables as t
from adapters.db.office_rows import approval_of
from gateway.core.approval import ApprovalState, Verdict
from gateway.core.authority import Function, Grant, Level
from gateway.core.diary import Actor
from gateway.core.key_words import KeyRefusal, KeyStep
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import ApprovalAsked
from gateway.core.tariff_rules import TariffRefusal, TariffStep
from gateway.multi_tariff.publish_tariff import ApproveTariff
from gateway.office.authorised import Authorised
from gateway.office.decide_request import DecideRequest
from gateway.office.orders import DepositOrder, GiveBackOrder, ResolveOrder, act_of, command_of
from gateway.office.step_orders import ordered
from gateway.prepayment.keep_keys import ApproveKey
from tests.builders import ZONE, identity
from tests.multi_tariff.builders import STANDARD
from tests.office_place import PASSWORD, newest_session, office_place, waiting_credit
from tests.web.filed import with_files
from tests.web.staffed import Staffed

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("admin_checklist")]

#: No two orders of these tests have the same key.
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with office_place(tmp_path_factory.mktemp("two_people")) as place:
        yield place


@pytest.fixture(params=["deposit", "refund", "correction"])
def ordered_by_one(office, request):
    """An order of its own that takes two: it has a payment of its own, whose credit waits."""
    if request.param == "deposit":
        return DepositOrder("east", 5_000, "CNY", f"slip {next(_NUMBERS)}", covered=True)
    pan, minor = identity(3).pan, 4_200
    trouble = waiting_credit(office, pan, minor, first_trace=900 + next(_NUMBERS))
    if request.param == "refund":
        return GiveBackOrder(trouble.key, "west", pan, minor)
    return ResolveOrder(trouble.id, trouble.kind, "reversed", trouble.key, "west", pan, minor)


def test_35_no_order_that_takes_two_is_carried_out_by_one(office, ordered_by_one):
    """Of what the point names, a refund and a correction by hand wait as requests, and a deposit as well;
    tariffs and keys have two people in their own lives (below). A bank's configuration is a file, which no
    page changes: there is no order of it.
    """
    order = ordered_by_one
    ann, ben = _actor(office, "ann"), _actor(office, "ben")
    asked = office.post(_ordered(ann, order))
    assert isinstance(asked, ApprovalAsked)
    request = _request(office, asked.reference)
    for herself in (ann, Actor("ann")):  # from a page, and at the machine
        own = office.post(DecideRequest(herself, request, Verdict.APPROVE, command_of(request)))
        assert own == NotDone(OfficeRefusal.OWN_REQUEST)
    with pytest.raises(IntegrityError, match="not a step"):
        office.change(t.approval, order_text=request.order.replace(str(order.amount_minor), "9000"))
    with pytest.raises(IntegrityError, match="not a step"):
        office.change(t.approval, state="approved", decided_by="ann", decided_us=1)
    assert _request(office, asked.reference).state is ApprovalState.ASKED
    office.done(DecideRequest(ben, request, Verdict.APPROVE, command_of(request)))
    decided = _request(office, asked.reference)
    assert (decided.state, decided.decided_by) == (ApprovalState.APPROVED, "ben")


def test_35_what_was_asked_for_36_hours_ago_is_carried_out_no_more(office, ordered_by_one):
    ago, ann = timedelta(hours=36), _actor(office, "ann")
    back_us = int(ago.total_seconds()) * 1_000_000
    since = {one.name: one - back_us for one in (t.session.c.began_us, t.session.c.seen_us)}
    office.change(t.session, **since)
    asked = office.post(_ordered(ann, ordered_by_one), ago)
    request, ben = _request(office, asked.reference), _actor(office, "ben")
    over = office.post(DecideRequest(ben, request, Verdict.APPROVE, command_of(request)))
    assert over == NotDone(OfficeRefusal.APPROVAL_OVER)
    assert _request(office, asked.reference).state is ApprovalState.ASKED


@pytest.mark.parametrize(
    ("command", "alone"),
    [
        (lambda by: ApproveTariff("domestic", "2027-01", by, STANDARD), TariffRefusal.SAME_PERSON),
        (lambda by: ApproveKey(by, ("201457", 2), "A1B2C3", ZONE), KeyRefusal.SAME_PERSON),
    ],
    ids=["tariff", "key"],
)
def test_35_who_drafted_a_tariff_or_loaded_a_key_does_not_approve_it(tmp_path, command, alone):
    """A draft and a pending key are the deputy's; neither prices nor makes anything, so neither expires."""
    files = with_files(Staffed(tmp_path))

    def approve(by, actor):
        (content,) = files.batch.run([ordered(actor, command(by))])
        return content

    for deputy in (Actor("deputy", "session-deputy", "10.0.0.1"), Actor("deputy")):
        assert approve("deputy", deputy).reason is alone
    step = approve("chief", Actor("chief", "session-chief", "10.0.0.2"))
    assert isinstance(step, TariffStep | KeyStep)


def test_35_what_was_granted_below_the_amount_waits_for_somebody_with_a_higher_limit(office):
    office.people.enter("small", PASSWORD, {Function.FLOATS: Grant(Level.APPROVE, 1_000)})
    order = DepositOrder("east", 5_000, "CNY", "above-the-limit", covered=True)
    asked = office.post(_ordered(_actor(office, "ann"), order))
    request = _request(office, asked.reference)
    small = _actor(office, "small")
    refused = office.post(DecideRequest(small, request, Verdict.APPROVE, command_of(request)))
    assert refused == NotDone(OfficeRefusal.ABOVE_LIMIT)


def _ordered(actor, order):
    why = "as agreed on the telephone"
    return Authorised(actor, act_of(order, why), order.command(actor.login, why))


def _actor(office, login):
    """Somebody, signed in anew."""
    office.browser(login)
    return Actor(login, newest_session(office, login), "10.0.0.1")


def _request(office, reference):
    with office.engine.connect() as connection:
        return approval_of(
            connection.execute(select(t.approval).where(t.approval.c.reference == reference)).one()
        )
