"""What lines have seen, as lists and by the meter: gaps, rounds, calls, and all about one meter's line.

    question     rows                                     count               totals
    Gaps         slots that were not read, the oldest     up to COUNT_MAX     how many for which reason
    RoundsKept   rounds of schedules, the newest first    up to COUNT_MAX     None
    Calls        calls, the newest first                  up to COUNT_MAX     by how they ended
    LineFigures  what each line has done since a moment   of these            None
    MeterLine    slots of the meter that are not read     of these            all that is known, or None

A branch sees the meters of its own customers, since they are there, and the calls to the places of these.
Rounds and lines are everybody's: they are figures without a name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.core.line_work.round_kept import RoundTold
from gateway.core.line_work.slot import SlotState
from gateway.core.paging import Paged, require_range
from gateway.core.views import Query, require_page
from gateway.core.views_files import require_text

if TYPE_CHECKING:
    from gateway.core.contact import ContactWhy, RelayState
    from gateway.core.line_work.call_made import CallMade
    from gateway.core.line_work.slot import GapWhy
    from gateway.core.line_work.work_kind import WorkKind
    from gateway.core.meter_event import MeterEvent
    from gateway.core.meter_seen import FrozenReading, ProfileRowKept
    from gateway.core.meter_way import MeterWay

#: Events, calls and slots that a meter's page shows, and frozen months: those of a year and one more.
SHOWN: Final = 20
MONTHS_SHOWN: Final = 13

#: Rows of one meter's load profile in a day: one a minute, and some more where clocks are put back.
ROWS_A_DAY_MAX: Final = 1_600


@dataclass(frozen=True, slots=True)
class GapRow:
    """A slot that was not read: WAITING in its first window, a GAP, or LOST; ``account_no`` "": nobody's.

    ``at_s`` is the moment that is wanted, ``since_s`` when it came to stand so.
    """

    schedule: str
    pan: str
    at_s: int
    state: SlotState
    why: GapWhy | None
    since_s: int
    account_no: str = ""
    customer: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps(Query[GapRow, tuple[tuple["GapWhy | None", int], ...]]):
    """Slots that were not read and are all of what is asked for, the oldest moment first.

    ``first_s`` and ``last_s`` are wanted moments, both included; ``since_s``: it stands so since then at the
    latest. ``after`` is (moment, schedule, PAN) of the last row of the page before.
    """

    branch: str | None
    state: SlotState = SlotState.GAP
    schedule: str | None = None
    pan: str | None = None
    why: GapWhy | None = None
    since_s: int | None = None
    first_s: int | None = None
    last_s: int | None = None
    after: tuple[int, str, str] | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        """Refuse a page, a text or moments that are none, and a state of which no row is kept."""
        require_page(self.limit)
        require_text(self.schedule)
        require_range(self.first_s, self.last_s, "moments")
        if self.state not in {SlotState.WAITING, SlotState.GAP, SlotState.LOST}:
            raise ValueError(f"state: no slot is kept that is {self.state.value}")


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A round with its figures, or a word about its schedule (``told``; it has no meters then)."""

    schedule: str
    at_s: int
    opens_s: int
    closes_s: int
    meters: int
    read: int
    lost: int
    gone: int
    told: RoundTold = RoundTold.ROUND

    @property
    def open(self) -> int:
        """How many are to be read still."""
        return self.meters - self.read - self.lost - self.gone


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsKept(Query[RoundRow, None]):
    """Rounds, the newest moment first; ``after`` is (moment, schedule) of the last row of the page before.

    ``is_open``: with slots that are to be read still, or with none.
    """

    schedule: str | None = None
    first_s: int | None = None
    last_s: int | None = None
    is_open: bool | None = None
    after: tuple[int, str] | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        """Refuse a page, a text or moments that are none."""
        require_page(self.limit)
        require_text(self.schedule)
        require_range(self.first_s, self.last_s, "moments")


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call with its number."""

    id: int
    call: CallMade


@dataclass(frozen=True, slots=True)
class CallSums:
    """Calls that ended alike (``why``: None for good ones); ``minutes`` are begun ones, of each call."""

    why: ContactWhy | None
    calls: int
    minutes: int
    cost_minor: int
    meters: int
    read: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls(Paged[CallRow, tuple[CallSums, ...]]):
    """Calls that are all of what is asked for, the newest first; ``first_s`` and ``last_s`` are included.

    ``is_good``: those that ended well, or those that did not.
    """

    branch: str | None
    line: str | None = None
    kind: WorkKind | None = None
    why: ContactWhy | None = None
    is_good: bool | None = None
    first_s: int | None = None
    last_s: int | None = None

    def __post_init__(self) -> None:
        """Refuse a page, a text or moments that are none."""
        Paged.__post_init__(self)
        require_text(self.line)
        require_range(self.first_s, self.last_s, "moments")


@dataclass(frozen=True, slots=True)
class LineFigure:
    """What a line has done: calls, how many ended well, minutes begun, cost, and when it called last."""

    line: str
    calls: int
    good: int
    minutes: int
    cost_minor: int
    meters: int
    read: int
    last_s: int


@dataclass(frozen=True, slots=True)
class LineFigures(Query[LineFigure, None]):
    """What each line has done since a moment, by name; a line that has not called is not among them."""

    since_s: int


@dataclass(frozen=True, slots=True)
class ContactKept:
    """The last contact with a meter: how it ended (``why``: None for well), and when one last went well.

    ``off_s``: how far its clock was ahead at ``clock_us``; ``set_us``: when it was last set.
    """

    at_us: int
    why: ContactWhy | None
    told: str
    good_us: int | None = None
    off_s: int | None = None
    clock_us: int | None = None
    set_us: int | None = None
    relay: RelayState | None = None


@dataclass(frozen=True, slots=True)
class MeterLineFacts:
    """All that is known of a meter's line. ``calls`` are those to its place, which others may share.

    Events and calls have the newest first, slots the oldest, ``profile`` the rows of the day asked for;
    ``profile_last_s`` is the last row of any day.
    """

    pan: str
    account_no: str
    customer: str
    branch: str
    way: MeterWay | None
    contact: ContactKept | None
    events: tuple[MeterEvent, ...] = ()
    slots: tuple[GapRow, ...] = ()
    slot_count: int = 0
    calls: tuple[CallRow, ...] = ()
    frozen: tuple[FrozenReading, ...] = ()
    profile: tuple[ProfileRowKept, ...] = field(default=(), repr=False)
    profile_last_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterLine(Query[GapRow, MeterLineFacts | None]):
    """One meter's line, with the load profile from ``first_s`` to before ``until_s``."""

    branch: str | None
    pan: str
    first_s: int
    until_s: int

    def __post_init__(self) -> None:
        """Refuse moments that run backwards."""
        require_range(self.first_s, self.until_s, "moments")
