"""A meter's own clock: it starts beside the true time and runs a little too fast or too slow.

All is whole milliseconds. *Elapsed* is true time since the meter began; *shown* is what its display says, as
milliseconds since 1970 in the meter's own zone, which has no summer time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

DRIFT_PPM_MAX: Final = 10_000
"""Parts in a million: a quarter of an hour a day; a meter that is worse is broken, not drifting."""

SECOND_MS: Final = 1000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - the display knows no zone
_MILLION: Final = 1_000_000


class MeterClock:
    """What the display shows. ``seconds`` goes forward only; ``begins`` is the true moment, with its zone.

    ``ValueError`` for a moment without a zone, and for a drift that no clock has.
    """

    __slots__ = ("_from", "_seconds", "_shown", "_true", "_zero", "ppm", "zone")

    def __init__(
        self, seconds: Callable[[], float], begins: datetime, *, ppm: int = 0, ahead_s: int = 0
    ) -> None:
        offset = begins.utcoffset()
        if offset is None:
            raise ValueError("the moment at which a meter begins has a zone")
        if abs(ppm) > DRIFT_PPM_MAX:
            raise ValueError(f"a clock drifts by {DRIFT_PPM_MAX} ppm at most")
        self._seconds = seconds
        self._zero = round(seconds() * SECOND_MS)
        self.zone = timezone(offset)
        self._true = shown_of(begins)
        self._from = 0
        self._shown = self._true + ahead_s * SECOND_MS
        self.ppm = ppm

    @property
    def utc_offset_min(self) -> int:
        """Minutes that the meter's zone is ahead of UTC."""
        offset = self.zone.utcoffset(None)
        return offset // timedelta(minutes=1)

    @property
    def ahead_ms(self) -> int:
        """How far the display is ahead of the true time, now."""
        return self.shown(self.elapsed()) - self.true()

    def true(self) -> int:
        """What a clock that is right shows now."""
        return self._true + self.elapsed()

    def elapsed(self) -> int:
        """True milliseconds since the meter began."""
        return round(self._seconds() * SECOND_MS) - self._zero

    def shown(self, elapsed: int) -> int:
        """What the display says then."""
        ran = elapsed - self._from
        return self._shown + ran + ran * self.ppm // _MILLION

    def when(self, shown: int) -> int:
        """The first elapsed millisecond at which the display says at least this."""
        rate = _MILLION + self.ppm
        elapsed = self._from + -(-(shown - self._shown) * _MILLION // rate)
        while self.shown(elapsed - 1) >= shown:
            elapsed -= 1
        while self.shown(elapsed) < shown:
            elapsed += 1
        return elapsed

    def set(self, shown: int) -> None:
        """Set the display; it drifts on from there."""
        self._from, self._shown = self.elapsed(), shown


def shown_of(moment: datetime) -> int:
    """What a clock shows at a moment, which is in the meter's zone or has none."""
    return (moment.replace(tzinfo=None) - _EPOCH) // timedelta(milliseconds=1)


def moment_of(shown: int) -> datetime:
    """The date and time that is shown, without a zone, cut to the second."""
    return _EPOCH + timedelta(seconds=shown // SECOND_MS)


def utc_now() -> datetime:
    """The true moment, for a meter that runs in real time in a zone of UTC."""
    return datetime.now(UTC)
