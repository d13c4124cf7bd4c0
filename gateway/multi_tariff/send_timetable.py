"""Send a meter the timetable that an order is for, in a conversation; or see that it counts.

look    all of it is there already: delivered, nothing is written
write   what is not there, once, and read it back                 (``Timetables.publish``)

seen to wait for its moment, or to count        delivered, with what was seen
the meter or its model does not take it         refused
the line ended                                  not known, as long as something may be in the meter
nothing was written                             not sent: the next contact tries again
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.remote_ended import RemoteEnded
from gateway.core.remote_order import RemoteEvent
from gateway.core.timetable import TimetableFault, timetable_read
from gateway.core.timetable_done import TimetableSeen
from gateway.core.timetable_version import TimetableState

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.core.remote_order import RemoteOrder
    from gateway.core.timetable import Timetable
    from gateway.core.timetable_done import TimetableDone
    from gateway.core.timetable_version import TimetableVersion
    from gateway.ports import MeterTalk

#: A person has to put it right: the same would be answered the next time.
_REFUSALS: Final = frozenset({ContactWhy.REFUSED, ContactWhy.AUTH, ContactWhy.WRONG_METER})
#: Of these, what a meter that would not talk to us has not been asked for.
_NEVER_ASKED: Final = frozenset({ContactWhy.AUTH, ContactWhy.WRONG_METER})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WITHDRAWN: Final = "the timetable was withdrawn before the meter was reached"


class Timetables(Protocol):
    """Brings timetables into one meter, in the way of its protocol."""

    async def publish(self, timetable: Timetable, switch_at: datetime) -> TimetableDone:
        """Bring it in; ``ContactFault`` where nothing was written, or (in doubt) nobody knows."""


async def send_timetable(
    order: RemoteOrder,
    version: TimetableVersion,
    *,
    talk: MeterTalk,
    timetables_of: Callable[[MeterTalk], Timetables],
) -> RemoteEnded:
    """Carry out an order; what came of it, in words without secrets."""
    if version.state is not TimetableState.APPROVED:
        return RemoteEnded(RemoteEvent.REFUSE, _WITHDRAWN)
    begins = _EPOCH + timedelta(microseconds=version.from_us)
    try:
        timetable = timetable_read(version.body)
        done = await timetables_of(talk).publish(timetable, begins)
    except TimetableFault as fault:
        # An earlier program kept what this one does not read.
        return RemoteEnded(RemoteEvent.REFUSE, str(fault))
    except ContactFault as fault:
        return RemoteEnded(_event_of(fault, order), str(fault), fault.why)
    return _ended(done)


def _ended(done: TimetableDone) -> RemoteEnded:
    """What was looked at afterwards decides, whatever was answered before."""
    if done.seen is not TimetableSeen.NOT_THERE:
        return RemoteEnded(RemoteEvent.DELIVER, done.told)
    if done.fault is None:
        return RemoteEnded(RemoteEvent.REFUSE, done.told)
    event = RemoteEvent.REFUSE if done.fault.why in _REFUSALS else RemoteEvent.LOSE
    return RemoteEnded(event, str(done.fault), done.fault.why)


def _event_of(fault: ContactFault, order: RemoteOrder) -> RemoteEvent:
    """Nothing was looked at: an order that was in doubt stays so, unless the meter was asked and says no."""
    if fault.is_in_doubt or (order.doubts and fault.why in _NEVER_ASKED):
        return RemoteEvent.LOSE
    if fault.why in _REFUSALS:
        return RemoteEvent.REFUSE
    return RemoteEvent.LOSE if order.doubts else RemoteEvent.NOT_SENT
