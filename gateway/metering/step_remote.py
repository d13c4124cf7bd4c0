"""An order over a line, step by step, as whoever works the lines tells of it. Each step may be told again.

    begin     a contact is made; what is in doubt is looked at first. Of a credit, see ``begin_remote.py``
    end       how the contact left it: delivered, refused, not sent, or not known
    expire    its time is over, and nothing of it was sent
    cancel    it is taken back, as long as nothing was sent
    unarrived a credit is out for a long time, and was not seen in its meter: a person is told
    again     what kept the meter from taking it was put right: it waits once more
    by hand   somebody entered the token, or did it, at the meter

What a meter refuses is put on a person's list, and a delivered credit is told to whoever is told of sales.

Refusals: no_remote_order, remote_order_ended, no_way, may_be_in_meter, remote_order_open, no_reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.books import Decision, ExceptionNote, Needs, Notice
from gateway.core.file_books import FileNeeds
from gateway.core.form_order import FormOrder, not_done
from gateway.core.line_books import LineNeeds
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.outcome import Noted
from gateway.core.person import REASON_MAX, is_said, office_channel
from gateway.core.remote_order import CREDITS, RemoteEvent, RemoteKind, RemoteState
from gateway.core.remote_step import LINES, REFUSED, remote_stepped
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.remote_ended import RemoteEnded
    from gateway.core.remote_order import RemoteOrder

COUNT_MAX: Final = 0xFFFF_FFFE
"""Purchases that a meter can have counted: four octets, and the next one must have a number too."""

_LATE: Final = "its time was over before the meter was reached"
#: The kind of trouble that a credit is which went out and is not seen in its meter.
UNARRIVED: Final = "remote_unarrived"

_NOT_SEEN: Final = "the meter was not reached since the credit went out for it"
_STOPPED: Final = "the gateway stopped while it was on its way"


@dataclass(frozen=True, slots=True)
class StepRemote:
    """A step of the order ``order``; what stands of it decides, so nothing is remembered."""

    order: int

    digest = "step-remote"

    @property
    def key(self) -> str:
        """The step, of which an order may have several."""
        return f"remote-step/{self.order}/{type(self).__name__}"

    @property
    def channel(self) -> str:
        """Whoever works the lines."""
        return office_channel(LINES)

    def needs(self) -> Needs:
        """The order."""
        return Needs(files=FileNeeds(lines=LineNeeds(orders=(self.order,))))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Refuse what is no order; else take the step."""
        order = books.files.lines.orders.get(self.order)
        if order is None:
            return not_done(OfficeRefusal.NO_REMOTE_ORDER)
        return self.step(books, order, microseconds(now))

    def step(self, books: Books, order: RemoteOrder, at_us: int) -> Decision:
        """Say what changes."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class BeginRemote(StepRemote):
    """A contact is made by this version of the meter's way (None: by any), and the order goes out in it."""

    way: int | None = None

    def step(self, books: Books, order: RemoteOrder, at_us: int) -> Decision:
        """Let it go out; one whose time is over does not."""
        if order.state is RemoteState.WAITING and order.until_us and at_us >= order.until_us:
            return _stepped(order, RemoteEvent.EXPIRE, at_us, _LATE)
        if not order.is_open:
            return not_done(OfficeRefusal.REMOTE_ORDER_ENDED)
        if self.way is not None and not books.files.lines.leads(order.pan, self.way):
            # Who was reached may be another meter than the one that the way leads to now.
            return not_done(OfficeRefusal.NO_WAY)
        if order.state is RemoteState.WAITING:
            return _stepped(order, RemoteEvent.BEGIN, at_us, order.told)
        return remote_stepped(order, order.looked_at(at_us), RemoteEvent.LOOK, LINES)


@dataclass(frozen=True, slots=True)
class EndRemote(StepRemote):
    """The contact has ended, and left the order so; it was its try number ``tries`` (None: the last).

    Two processes may reach one meter: what a contact says that another one has followed is heard only where
    it has seen the order delivered.
    """

    ended: RemoteEnded
    payment: str = ""
    tries: int | None = None

    def needs(self) -> Needs:
        """The order, and the sale that it is of."""
        # Named, since a dataclass with slots is made anew, and ``super()`` would look for the one before.
        needs = StepRemote.needs(self)
        return replace(needs, sales=(self.payment,)) if self.payment else needs

    def step(self, books: Books, order: RemoteOrder, at_us: int) -> Decision:
        """Take the step; told again it stands already."""
        is_followed = self.tries not in {None, order.tries} and self.ended.event is not RemoteEvent.DELIVER
        if order.state is not RemoteState.ON_WAY or is_followed:
            return Decision(Changed(str(order.id), order.version))
        done = _stepped(order, self.ended.event, at_us, self.ended.told)
        sale = books.sales.get(self.payment)
        if self.ended.event is RemoteEvent.REFUSE:
            bank, sale_id = ("", None) if sale is None else (sale.bank, sale.id)
            note = ExceptionNote(REFUSED, bank, f"remote/{order.id}", sale_id, self.ended.told)
            return replace(done, exception=note)
        if self.ended.event is RemoteEvent.DELIVER and sale is not None:
            return replace(done, notices=(Notice("credit_delivered", sale.id, ""),))
        return done


@dataclass(frozen=True, slots=True)
class LoseRemote(StepRemote):
    """Whoever had it on its way is gone: nobody knows what became of it."""

    def step(self, books: Books, order: RemoteOrder, at_us: int) -> Decision:  # noqa: ARG002 - as every step
        """Say so, where it is still on its way."""
        if order.state is not RemoteState.ON_WAY:
            return Decision(Changed(str(order.id), order.version))
        return _stepped(order, RemoteEvent.LOSE, at_us, _STOPPED)


@dataclass(frozen=True, slots=True)
class ExpireRemote(StepRemote):
    """The order's time is over, or (``told``) what it was for is no more."""

    told: str = _LATE

    def step(self, books: Books, order: RemoteOrder, at_us: int) -> Decision:  # noqa: ARG002 - as every step
        """Let it expire, as long as nothing was sent."""
        if order.state is not RemoteState.WAITING or order.may_have_left:
            return Decision(Changed(str(order.id), order.version))
        return _stepped(order, RemoteEvent.EXPIRE, at_us, self.told)


@dataclass(frozen=True, slots=True)
class NoteUnarrived(StepRemote):
    """A credit is out for its meter, and has not been seen there for a long time: a person is told, once."""

    payment: str

    def needs(self) -> Needs:
        """The order, its sale, and whether it was noted."""
        needs = StepRemote.needs(self)
        return replace(needs, keys=(self.key,), sales=(self.payment,))

    def step(self, books: Books, order: RemoteOrder, at_us: int) -> Decision:  # noqa: ARG002 - as every step
        """Note it, as long as it is on its way."""
        known, sale = books.known.get(self.key), books.sales.get(self.payment)
        if known is not None:
            return Decision(known.recall())
        if sale is None or not order.is_open or order.begun_us is None:
            return Decision(Changed(str(order.id), order.version))
        note = ExceptionNote(UNARRIVED, sale.bank, f"remote/{order.id}", sale.id, order.told or _NOT_SEEN)
        return Decision(Noted(sale.receipt_no), remembered=True, exception=note)


@dataclass(frozen=True, slots=True)
class MendRemote(FormOrder):
    """A person says what becomes of an order that does not go on by itself; ``reason`` is why.

    ``count``: the meter's own count of purchases, where a recharge was refused since that is another than
    ours. The purchase has the number behind it from then on; only one that was never in doubt, for else the
    meter may have it under its old number.
    """

    order: int
    event: RemoteEvent
    reason: str
    count: int | None = None

    def __post_init__(self) -> None:
        """Only these are a person's."""
        if self.event not in {RemoteEvent.CANCEL, RemoteEvent.AGAIN, RemoteEvent.BY_HAND}:
            raise ValueError(f"{self.event.value} is no person's to say")

    def needs(self) -> Needs:
        """The order, and whose it is."""
        lines = FileNeeds(lines=LineNeeds(orders=(self.order,)))
        return Needs(keys=(self.key,), files=lines, office=OfficeNeeds(logins=(self.by,)))

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or take the step."""
        order = books.files.lines.orders.get(self.order)
        if order is None:
            return not_done(OfficeRefusal.NO_REMOTE_ORDER)
        if not is_said(self.reason, REASON_MAX):
            return not_done(OfficeRefusal.NO_REASON)
        if self.event is RemoteEvent.CANCEL and order.may_have_left:
            return not_done(OfficeRefusal.MAY_BE_IN_METER)
        if not _may(order, self.event):
            return not_done(OfficeRefusal.REMOTE_ORDER_ENDED)
        kinds = CREDITS if order.is_credit else frozenset({order.kind})
        is_again = self.event is RemoteEvent.AGAIN
        if is_again and books.files.lines.open_order(order.pan, kinds) is not None:
            return not_done(OfficeRefusal.REMOTE_ORDER_OPEN)
        refusal = self._count_refusal(books, order)
        if refusal is not None:
            return not_done(refusal)
        after = order.after(self.event, microseconds(now), self.reason.strip())
        if self.count is not None:
            after = replace(after, number=self.count + 1)
        return remote_stepped(order, after, self.event, self.by, remembered=True)

    def _count_refusal(self, books: Books, order: RemoteOrder) -> OfficeRefusal | None:
        """Refuse a count of what has none, of what may be in the meter, or below what went out before."""
        if self.count is None:
            return None
        if self.event is not RemoteEvent.AGAIN or order.kind is not RemoteKind.RECHARGE:
            return OfficeRefusal.NO_CREDIT_OVER_LINE
        if order.doubts:
            return OfficeRefusal.MAY_BE_IN_METER
        others = [one for one in books.files.lines.orders.values() if one.id != order.id]
        before = max((one.number for one in others if one.pan == order.pan), default=0)
        return OfficeRefusal.BAD_COUNT if not before <= self.count <= COUNT_MAX else None


def _may(order: RemoteOrder, event: RemoteEvent) -> bool:
    if event is RemoteEvent.CANCEL:
        # A credit's order follows its sale: give that back, and the order ends with it.
        return order.state is RemoteState.WAITING and not order.is_credit
    if event is RemoteEvent.AGAIN:
        return order.state is RemoteState.REFUSED
    return order.state in {RemoteState.REFUSED, RemoteState.UNKNOWN}


def _stepped(order: RemoteOrder, event: RemoteEvent, at_us: int, told: str) -> Decision:
    return remote_stepped(order, order.after(event, at_us, told), event, LINES)
