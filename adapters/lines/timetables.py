"""Timetables over a conversation, in the way of the meter's protocol.

await timetables_of(talk).publish(timetable, switch_at)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from adapters.lines.talk645 import Talk645
from adapters.lines.talk_dlms import TalkDlms
from adapters.lines.timetable645 import Timetable645
from adapters.lines.timetable_dlms import TimetableDlms
from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.timetable import Timetable
    from gateway.core.timetable_done import TimetableDone
    from gateway.ports import MeterTalk


class Timetables(Protocol):
    """Looks at a meter's rates, and brings them in."""

    async def look(self, timetable: Timetable, switch_at: datetime) -> TimetableDone:
        """Say where the meter stands; ``ContactFault`` where that cannot be read."""

    async def publish(self, timetable: Timetable, switch_at: datetime) -> TimetableDone:
        """Bring it in, to begin at a moment, or as soon as may be where that is past.

        ``ContactFault`` where nothing was written; in doubt, where nobody knows what is there now.
        """


def timetables_of(talk: MeterTalk) -> Timetables:
    """Give what brings timetables into this meter; ``ContactFault`` for a protocol that takes none."""
    if isinstance(talk, TalkDlms):
        return TimetableDlms(talk)
    if isinstance(talk, Talk645):
        return Timetable645(talk)
    raise ContactFault(ContactWhy.REFUSED, "such meters take no timetables over their line")
