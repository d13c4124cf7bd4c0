"""Looks for what is to be sent to meters over lines, and has calls made for it: every few seconds.

    a paid credit of a meter on a line, without an order ──► ordered
    an open order ──► a job for its meter's line, urgent      in no job, or its job was given up a while ago
    an order whose time is over ──► expired                   as long as nothing of it was sent

What was on its way when we started is nobody's any more: it is in doubt, and its next contact looks first.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from gateway.assembly.regular_look import RegularLook
from gateway.codecs.meter_model.fault import ModelFault
from gateway.codecs.meter_model.model import MeterCredit
from gateway.core.line_work.job import Job
from gateway.core.line_work.work_kind import WorkKind
from gateway.core.office import NotDone
from gateway.core.remote_order import CREDITS, RemoteKind, RemoteState
from gateway.core.timeline import microseconds
from gateway.core.views_remote_due import DUE_MAX, RemoteDue, Unordered
from gateway.events import event
from gateway.metering.pool import PoolFullError
from gateway.metering.step_remote import ExpireRemote, LoseRemote, NoteUnarrived
from gateway.ports import LedgerBusy
from gateway.prepayment.order_remote import OrderRemoteCredit

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from datetime import datetime

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from gateway.core.line_work.call import Dropped, Settled
    from gateway.core.meter_way import MeterWay
    from gateway.core.views_remote_due import DueOrder, UnorderedCredit
    from gateway.ports import Poster, Views

log = logging.getLogger("powertill.gateway")

LOOK_EVERY_S: Final = 2
"""Seconds between two looks: beside the half minute that dialling takes a customer does not notice them."""

AGAIN_S: Final = 900
"""Seconds until what was given up is tried anew: the meter is without power, or its number is wrong."""

UNARRIVED_S: Final = 86_400
"""Seconds that a credit may be out for its meter unseen before a person is told: a day and a night."""

JOB_S: Final = 86_400
"""Seconds that a job of an order without an end is tried, before it is offered anew."""

#: What comes in thousands at once, for a moment that is days ahead: no token waits behind it.
_MANY: Final = frozenset({RemoteKind.TIMETABLE})
_WORK: Final = {RemoteKind.TIMETABLE: WorkKind.GAP}


class RemoteWatch:
    """Watches orders of some kinds; ``ask`` takes jobs, and ``withdraw`` takes one back by its id.

    ``model_credit`` says how a model takes credit.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a watch is joined to
        self,
        kinds: frozenset[RemoteKind],
        views: Views,
        poster: Poster,
        ask: Callable[[Job, DueOrder], None],
        model_credit: Callable[[str], MeterCredit],
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        now: Callable[[], datetime],
        new_id: Callable[[], int],
        withdraw: Callable[[int], None] = lambda _job: None,
    ) -> None:
        self._kinds = kinds
        self._withdraw = withdraw
        self._views = views
        self._poster = poster
        self._ask = ask
        self._model_credit = model_credit
        self._now = now
        self._new_id = new_id
        self._jobs: dict[int, int] = {}
        self._orders: dict[int, int] = {}
        self._ways: dict[int, MeterWay] = {}
        self._not_before: dict[int, int] = {}
        self._refused: dict[str, int] = {}
        self._noted: set[int] = set()
        self._is_first = True
        self._behind = 0
        self._turns = RegularLook(self.look, LOOK_EVERY_S, clock, _failed)

    def start(self) -> None:
        """Look now, and from now on every few seconds."""
        self._turns.start()

    def stop(self) -> Deferred[None]:
        """Begin no further look; fires when the one in work is done with."""
        return self._turns.stop()

    def settled(self, end: Settled) -> None:
        """Take what a call has left of a job; one that is not ours is passed over."""
        if end.again is None:
            self._over(end.job, is_given_up=bool(end.given_up))

    def dropped(self, dropped: Dropped) -> None:
        """Take it that nobody is called for a job any more."""
        self._over(dropped.job, is_given_up=True)

    async def look(self) -> None:
        """Order what is paid for, and offer what is open; one that fails is told behind all the others."""
        faults: list[Exception] = []
        if CREDITS & self._kinds:
            for credit in await self._views.rows(Unordered()):
                await _tried(self._order(credit), faults)
        now_us = microseconds(self._now())
        due = [*await self._views.rows(RemoteDue(self._kinds - _MANY, now_us)), *await self._many(now_us)]
        if self._is_first:
            self._is_first = False
            lost = [one for one in due if one.order.state is RemoteState.ON_WAY]
            for one in lost:
                await self._poster.post(LoseRemote(one.order.id))
            if lost:
                event(log, "lines.orders_in_doubt", level=logging.WARNING, orders=len(lost))
        for one in due:
            await _tried(self._one(one, now_us), faults)
        if faults:
            raise faults[0]

    async def _one(self, due: DueOrder, now_us: int) -> None:
        await self._note(due, now_us)
        self._call_off(due)
        await self._offer(due, now_us)

    async def _many(self, now_us: int) -> Sequence[DueOrder]:
        """Give the next portion of what comes in thousands, so that meters that are dead hide no others."""
        kinds = self._kinds & _MANY
        if not kinds:
            return ()
        found = await self._views.rows(RemoteDue(kinds, now_us, self._behind))
        self._behind = found[-1].order.id if len(found) >= DUE_MAX else 0
        return found

    def _now_s(self) -> int:
        return microseconds(self._now()) // 1_000_000

    async def _order(self, credit: UnorderedCredit) -> None:
        if self._now_s() < self._refused.get(credit.payment, 0):
            return
        self._refused.pop(credit.payment, None)
        try:
            how = self._model_credit(credit.model)
        except ModelFault:
            how = MeterCredit.NONE
        answer = await self._poster.post(OrderRemoteCredit(credit.payment, credit.pan, how))
        if isinstance(answer, NotDone):
            self._refused[credit.payment] = self._now_s() + AGAIN_S
            why = answer.reason.name
            event(log, "lines.not_ordered", level=logging.WARNING, payment=credit.payment, why=why)

    async def _note(self, due: DueOrder, now_us: int) -> None:
        """Tell a person of a credit that is out, and was not seen in its meter for a day and a night."""
        order = due.order
        if order.begun_us is None or not order.is_credit or order.id in self._noted:
            return
        if now_us - order.begun_us >= UNARRIVED_S * 1_000_000:
            await self._poster.post(NoteUnarrived(order.id, order.payment))
            self._noted.add(order.id)

    def _call_off(self, due: DueOrder) -> None:
        """Take a job back whose way was corrected: nobody is rung up at the old number any more."""
        job_id = self._jobs.get(due.order.id)
        if job_id is not None and self._ways.get(job_id) != due.way:
            self._withdraw(job_id)
            del self._jobs[due.order.id], self._orders[job_id], self._ways[job_id]

    async def _offer(self, due: DueOrder, now_us: int) -> None:
        order, now_s = due.order, now_us // 1_000_000
        if order.id in self._jobs or now_s < self._not_before.get(order.id, 0):
            return
        if order.state is RemoteState.WAITING and order.until_us and order.until_us <= now_us:
            await self._poster.post(ExpireRemote(order.id))
            return
        until_s = now_s + JOB_S
        if order.until_us and order.state is RemoteState.WAITING:
            until_s = max(order.until_us // 1_000_000, now_s + 1)
        job = Job(
            self._new_id(), _WORK.get(order.kind, WorkKind.URGENT), due.way.place, (int(order.pan),),
            now_s, until_s, bus=due.way.bus, purpose=f"order {order.id}",
        )  # fmt: skip
        self._jobs[order.id], self._orders[job.id], self._ways[job.id] = job.id, order.id, due.way
        try:
            self._ask(job, due)
        except PoolFullError:
            self._over(job, is_given_up=True)

    def _over(self, job: Job, *, is_given_up: bool) -> None:
        order = self._orders.pop(job.id, None)
        if order is None:
            return
        self._jobs.pop(order, None)
        self._ways.pop(job.id, None)
        self._not_before.pop(order, None)
        if is_given_up:
            self._not_before[order] = self._now_s() + AGAIN_S


async def _tried(doing: Coroutine[Any, Any, None], faults: list[Exception]) -> None:
    """Do one of many: what is wrong with it keeps no customer behind it waiting."""
    try:
        await doing
    except LedgerBusy:
        raise
    except Exception as fault:  # noqa: BLE001 - it is raised again, behind those that are not at fault
        faults.append(fault)


def _failed(failure: Failure) -> None:
    """Nothing is lost: what was not offered is found again in some seconds."""
    level = logging.WARNING if failure.check(LedgerBusy) else logging.ERROR
    event(log, "lines.look_failed", level=level, raised=failure.value)
