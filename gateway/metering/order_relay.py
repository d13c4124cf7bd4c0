"""Order that a meter's relay is switched over its line: off with a reason, on again, or let the customer.

    decide  a reason? → a meter at a customer's, with a way and a model that can? → may he be cut off?
            → no other order of its relay on its way? → in a time in which that may be?
    write   the order, WAITING; the gateway carries it out (``switch_relay.py``)

Whoever is protected is not switched off. A trip is sent within the hours that the utility allows, and ends
with them: what could not be done by then expires. The office has a second person decide on each.

Refusals: no_reason, unknown_meter, no_way, no_relay, protected, remote_order_open, bad_period, outside_hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from gateway.codecs.meter_model.fault import ModelFault
from gateway.codecs.meter_model.model import model_named
from gateway.core.books import Needs
from gateway.core.contact import RelayOrder
from gateway.core.file_books import FileNeeds
from gateway.core.form_order import FormOrder, not_done
from gateway.core.line_books import LineNeeds
from gateway.core.meter import MeterRef, MeterState
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeNeeds
from gateway.core.person import REASON_MAX, is_said
from gateway.core.remote_order import RemoteKind, RemoteOrder
from gateway.core.remote_step import remote_ordered
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from gateway.core.books import Books, Decision
    from gateway.core.meter_way import MeterWay
    from gateway.core.relay_hours import RelayHours

#: Days that an order may wait, and may lie ahead: who is to be switched in two months is ordered then.
AHEAD_DAYS_MAX: Final = 31

_SECOND_US: Final = 1_000_000
_AHEAD_US: Final = AHEAD_DAYS_MAX * 86_400 * _SECOND_US
_RELAYS: Final = frozenset({RemoteKind.RELAY})


@dataclass(frozen=True, slots=True)
class OrderRelay(FormOrder):
    """Switch the relay of the meter ``pan``, from ``from_us`` (0: now) until ``until_us`` (0: in a month).

    ``hours``, in ``zone``, are those in which a trip is allowed; ``second`` is who has let the order out, ""
    where none was needed.
    """

    pan: str
    order: RelayOrder
    reason: str
    hours: RelayHours
    zone: tzinfo
    from_us: int = 0
    until_us: int = 0
    second: str = ""

    beside: ClassVar[frozenset[str]] = frozenset({"nonce", "hours", "zone", "second"})

    def needs(self) -> Needs:
        """The meter with its way and its open orders."""
        return Needs(
            keys=(self.key,),
            meters=(MeterRef(pan=self.pan),),
            files=FileNeeds(lines=LineNeeds(pans=(self.pan,))),
            office=OfficeNeeds(logins=(self.by,)),
        )

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or have it wait for its line."""
        refusal = self._refusal(books)
        if refusal is not None:
            return not_done(refusal)
        period = self._period(microseconds(now))
        if isinstance(period, OfficeRefusal):
            return not_done(period)
        order = RemoteOrder(
            id=books.files.lines.next_order,
            kind=RemoteKind.RELAY,
            pan=self.pan,
            account_no=books.meters[self.pan].account_no,
            ask=self.order.value,
            reason=self.reason.strip(),
            by=self.by,
            second=self.second,
            at_us=microseconds(now),
            from_us=period[0],
            until_us=period[1],
        )
        return remote_ordered(order, remembered=True)

    def _refusal(self, books: Books) -> OfficeRefusal | None:
        if not is_said(self.reason, REASON_MAX):
            return OfficeRefusal.NO_REASON
        meter, way = books.meters.get(self.pan), books.files.lines.ways.get(self.pan)
        if meter is None or meter.state is MeterState.REMOVED:
            return OfficeRefusal.UNKNOWN_METER
        if way is None or not way.is_on:
            return OfficeRefusal.NO_WAY
        if not can_switch(way, self.order):
            return OfficeRefusal.NO_RELAY
        if self.order is RelayOrder.TRIP and way.protection:
            return OfficeRefusal.PROTECTED
        if books.files.lines.open_order(self.pan, _RELAYS) is not None:
            return OfficeRefusal.REMOTE_ORDER_OPEN
        return None

    def _period(self, now_us: int) -> tuple[int, int] | OfficeRefusal:
        """Say from when until when it may be sent."""
        begins_us = max(self.from_us, now_us)
        ends_us = self.until_us or begins_us + _AHEAD_US
        if begins_us > now_us + _AHEAD_US or not begins_us < ends_us <= begins_us + _AHEAD_US:
            return OfficeRefusal.BAD_PERIOD
        if self.order is not RelayOrder.TRIP:
            return begins_us, ends_us
        span = self.hours.span_at(-(-begins_us // _SECOND_US), self.zone)
        # The hours that are not there yet must be said: nobody is switched off on a day that nobody named.
        if span.opens_s > -(-begins_us // _SECOND_US):
            return OfficeRefusal.OUTSIDE_HOURS
        return begins_us, min(ends_us, span.closes_s * _SECOND_US)


def can_switch(way: MeterWay, order: RelayOrder) -> bool:
    """Has the model of a meter a word for this?"""
    try:
        relay = model_named(way.model).relay
    except ModelFault:
        return False
    return relay is not None and bool(getattr(relay, order.value))
