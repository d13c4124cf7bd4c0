"""Load profiles of IEC 62056-21: asked for by R5 or R6, and their rows with the moments that they are of."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from adapters.lines.profile import part_of
from adapters.lines.text62056 import item_read
from gateway.codecs.iec62056_21.commands import Command
from gateway.codecs.iec62056_21.datasets import Value
from gateway.codecs.iec62056_21.fault import PeerFault
from gateway.codecs.iec62056_21.profile import read_profile
from gateway.core.contact import ContactFault, ContactWhy, ProfileRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.lines.sessions62056 import Sessions
    from gateway.codecs.iec62056_21.datasets import DataSet
    from gateway.codecs.iec62056_21.profile import Segment

_UTC, _SUMMER, _STANDARD = "2", "1", "0"


class Profile62056:
    """One load profile, in a programming session that is open. ``zone_at`` has the meter's zone, if known."""

    def __init__(self, sessions: Sessions, at: str, zone_at: datetime) -> None:
        self._sessions = sessions
        self._at = at
        self._zone_at = zone_at
        self._period_s = 0
        self._kind = "R5"

    def part(self) -> timedelta:
        """Say how much to ask for at once."""
        return part_of(self._period_s)

    async def rows(self, begins: datetime, ends: datetime) -> list[ProfileRow]:
        """Read the rows between two moments as the meter's clock shows them, both included."""
        text = ";".join(f"{season_of(moment)}{moment:%y%m%d%H%M}" for moment in (begins, ends))
        sets = await self._ask(f"{self._at}({text})")
        if not any(value.text for one in sets for value in one.values):
            return []
        try:
            segments = read_profile(sets)
        except PeerFault as fault:
            raise ContactFault(ContactWhy.GARBLED, f"the load profile: {fault}") from None
        self._period_s = max((60 * segment.period_min for segment in segments), default=0)
        return rows_of(segments, self._zone_at)

    async def _ask(self, text: str) -> tuple[DataSet, ...]:
        """Ask for it as formatted (R5); where the meter does not know that, in blocks (R6) from then on."""
        try:
            return await self._sessions.say(Command(self._kind, text))
        except ContactFault as fault:
            if fault.why is not ContactWhy.REFUSED or self._kind != "R5":
                raise
        self._kind = "R6"
        return await self._sessions.say(Command(self._kind, text))


def rows_of(segments: Iterable[Segment], zone_at: datetime) -> list[ProfileRow]:
    """Give the rows of a load profile with their moments; ``zone_at`` has the meter's zone, if known."""
    rows: list[ProfileRow] = []
    for segment in segments:
        period = timedelta(minutes=segment.period_min)
        begun = _clock_time(segment.start)
        for place, texts in enumerate(segment.rows):
            values = tuple(
                item_read(channel.address, channel.address, [Value(text, channel.unit)])
                for channel, text in zip(segment.channels, texts, strict=True)
            )
            moment = _in_season(begun + place * period, segment.season, zone_at)
            rows.append(ProfileRow(moment.isoformat(), values, segment.status))
    return rows


def _clock_time(start: str) -> datetime:
    """Read YYMMDDhhmm or YYMMDDhhmmss; ``ContactFault`` for what is no date."""
    try:
        day = datetime.strptime(start[:6], "%y%m%d")  # noqa: DTZ007 - the season is put to it later
    except ValueError:
        said = "a part of the load profile begins at what is no date"
        raise ContactFault(ContactWhy.GARBLED, said) from None
    # The end of a day may be said as 24:00.
    hours, minutes, seconds = int(start[6:8]), int(start[8:10]), int(start[10:12] or "0")
    return day + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _in_season(at: datetime, season: str, zone_at: datetime) -> datetime:
    """Put the offset from UTC to a meter's time: by the season it says, in the zone where it stands."""
    if season == _UTC:
        return at.replace(tzinfo=timezone.utc)  # noqa: UP017 - beside timezone(...) below
    zone = zone_at.tzinfo
    if zone is None:
        return at
    local = at.replace(tzinfo=zone)
    if season not in (_SUMMER, _STANDARD):
        return local
    standard = (local.utcoffset() or timedelta()) - (local.dst() or timedelta())
    ahead = standard + timedelta(hours=1) if season == _SUMMER else standard
    return at.replace(tzinfo=timezone(ahead))


def season_of(at: datetime) -> str:
    """Say a moment's season as load profiles do: 1 in summer time, else 0."""
    return _SUMMER if at.dst() else _STANDARD
