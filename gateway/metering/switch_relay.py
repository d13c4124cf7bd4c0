"""Switch a meter's relay, as an order wants it, in a contact that has begun; say what became of it.

    look       it is as ordered                              DELIVERED: nothing is sent
               it cannot be seen                             nothing is sent
    check      its time is over, or has not come             nothing is sent
               a trip, and the customer is protected by now  REFUSED: nothing is sent
    switch     once, and looked at afterwards
               it is as ordered                              DELIVERED, whatever was answered
               it is not, and the meter said yes or no       REFUSED
               it is not, and nothing was answered           not sent: the order did not arrive
               it cannot be seen                             UNKNOWN: the next contact looks first

What an earlier try left in doubt ends with the first look: where the relay is, is what counts. One exception:
a meter that does not say whether the customer may close his relay leaves it in doubt, and is not told twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.core.contact import ContactFault, ContactWhy, RelayDone, RelayOrder, RelayState
from gateway.core.remote_ended import RemoteEnded
from gateway.core.remote_order import RemoteEvent
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.core.meter_way import MeterWay
    from gateway.core.remote_order import RemoteOrder
    from gateway.ports import MeterTalk

#: After these the meter will say the same again; somebody must put something right.
_FOR_GOOD: Final = frozenset({ContactWhy.REFUSED, ContactWhy.AUTH})

_SEEN: Final = {
    RelayState.OPEN: "the relay is open",
    RelayState.CLOSED: "the relay is closed",
    RelayState.READY: "the relay is open, and the customer may close it",
}
_UNSEEN: Final = "the meter does not say where its relay is"


async def switch_relay(
    order: RemoteOrder, way: MeterWay, *, talk: MeterTalk, now: Callable[[], datetime]
) -> RemoteEnded:
    """Carry out an order; ``order`` is as it stood when the contact began, ``way`` as it stands now."""
    wanted = RelayOrder(order.ask)
    try:
        before = await talk.relay()
    except ContactFault as fault:
        return _not_seen(order, fault)
    if before is None:
        return _not_seen(order, ContactFault(ContactWhy.REFUSED, _UNSEEN))
    if RelayDone(wanted, before).is_obeyed:
        seen = _SEEN[before]
        said = f"{seen}, so the try before was obeyed" if order.doubts else f"{seen}, and nothing was sent"
        return RemoteEnded(RemoteEvent.DELIVER, said)
    held_back = _held_back(order, wanted, way, microseconds(now()))
    if held_back is not None:
        return held_back
    try:
        done = await talk.switch(wanted)
    except ContactFault as fault:
        return _not_sent(fault)
    return _switched(done)


def _not_seen(order: RemoteOrder, fault: ContactFault) -> RemoteEnded:
    """Say what a relay that was not seen leaves: a doubt of before stays one."""
    if order.doubts:
        return RemoteEnded(RemoteEvent.LOSE, str(fault), fault.why)
    return _not_sent(fault)


def _not_sent(fault: ContactFault) -> RemoteEnded:
    if fault.is_in_doubt:
        return RemoteEnded(RemoteEvent.LOSE, str(fault), fault.why)
    event = RemoteEvent.REFUSE if fault.why in _FOR_GOOD else RemoteEvent.NOT_SENT
    return RemoteEnded(event, str(fault), fault.why)


def _held_back(order: RemoteOrder, wanted: RelayOrder, way: MeterWay, now_us: int) -> RemoteEnded | None:
    """Say why nothing may be sent now; None where it may. The relay is not as ordered: none of it came."""
    if wanted is RelayOrder.TRIP and way.protection:
        return RemoteEnded(RemoteEvent.REFUSE, "the customer is protected from being cut off by now")
    if order.until_us and now_us >= order.until_us:
        return RemoteEnded(RemoteEvent.NOT_SENT, "its time was over before it could be sent")
    if now_us < order.from_us:
        return RemoteEnded(RemoteEvent.NOT_SENT, "its time has not come yet")
    if wanted is RelayOrder.PERMIT and order.doubts:
        said = "the relay is open, and the meter does not say if the customer may close it; cure: ask him"
        return RemoteEnded(RemoteEvent.REFUSE, said)
    return None


def _switched(done: RelayDone) -> RemoteEnded:
    said = _UNSEEN if done.state is None else _SEEN[done.state]
    if done.fault is not None:
        said = f"{said}: {done.fault}"
    why = None if done.fault is None else done.fault.why
    if done.state is None:
        return RemoteEnded(RemoteEvent.LOSE, said, why or ContactWhy.GARBLED)
    if done.is_obeyed:
        return RemoteEnded(RemoteEvent.DELIVER, _SEEN[done.state])
    is_answered = done.fault is None or done.fault.why in _FOR_GOOD
    return RemoteEnded(RemoteEvent.REFUSE if is_answered else RemoteEvent.NOT_SENT, said, why)
