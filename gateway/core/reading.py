"""A meter reading: what a meter showed at a moment, who read it, and what was known of its energy then.

    accepted   it counts: the meter's sums go on from it
    doubtful   kept because the reader insists; it moves nothing, and somebody looks at the meter

Registers are watt-hours of the meter itself, before any multiplier. Readings are written once and for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.core.fitting import TOTAL, check_registers
from gateway.core.person import PERSON_MAX, is_said
from gateway.core.stock import NOTE_MAX

#: Credit that a meter can show, over or under nothing, in Wh: a register's own size.
CREDIT_WH_MAX: Final = 99_999_999_999

#: Credits that a meter can have counted: a counter of five digits.
CREDITS_MAX: Final = 99_999


class Source(Enum):
    """By which way a reading came."""

    MANUAL = "manual"
    HAND_HELD = "hand_held"
    CARD = "card"
    REMOTE = "remote"


class StatusWord(Enum):
    """What was seen at the meter, or the meter says of itself."""

    SEAL_BROKEN = "seal_broken"
    COVER_OPENED = "cover_opened"
    CT_MISSING = "ct_missing"
    COUNTS_BACK = "counts_back"
    RELAY_OPEN = "relay_open"
    DISPLAY_DARK = "display_dark"
    BATTERY_LOW = "battery_low"


class ReadingState(Enum):
    """Does it count?"""

    ACCEPTED = "accepted"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a meter showed at a moment (``taken_us``): its registers, as (register, Wh), and more if it tells.

    ``credit_wh`` is the credit that is left in it (under nothing: it lends), ``credits`` how many credits it
    has taken; None where it does not say. Raises ValueError for what no meter shows.
    """

    pan: str
    taken_us: int
    registers: tuple[tuple[str, int], ...]
    status: tuple[StatusWord, ...] = ()
    credit_wh: int | None = None
    credits: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no meter shows."""
        check_registers(self.registers)
        if TOTAL not in dict(self.registers):
            raise ValueError(f"the register {TOTAL} is read whenever a meter is read")
        if len(set(self.status)) < len(self.status):
            raise ValueError("each word of a meter's status is said once")
        if self.credit_wh is not None and abs(self.credit_wh) > CREDIT_WH_MAX:
            raise ValueError(f"the credit left is {CREDIT_WH_MAX} Wh at most")
        if self.credits is not None and not 0 <= self.credits <= CREDITS_MAX:
            raise ValueError(f"credits taken are 0 to {CREDITS_MAX}")

    @property
    def total_wh(self) -> int:
        """What its total register showed."""
        return dict(self.registers)[TOTAL]


@dataclass(frozen=True, slots=True)
class Told:
    """How a reading came: its source, who took it, what he noted; why he insists where it is doubtful."""

    source: Source
    reader: str = ""
    note: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be printed."""
        if self.reader and not is_said(self.reader, PERSON_MAX):
            raise ValueError(f"a reader's name has {PERSON_MAX} characters at most, and all can be printed")
        for text in (self.note, self.reason):
            if text and not is_said(text, NOTE_MAX):
                raise ValueError(f"a note has {NOTE_MAX} characters at most, and all can be printed")


@dataclass(frozen=True, slots=True)
class Sums:
    """What was known of a meter's energy with a reading, in Wh.

    ``issued_wh`` went out for it, ``loaded_wh`` stands in it (by what it shows, or by what it used),
    ``used_wh`` it has counted since it was first read or fitted here. ``first_gap_wh`` is the gap that stood
    when this counting began, for nobody knows what had been used of that before; None until it is known what
    stood in the meter: it was fitted here, or has shown its credit.
    """

    issued_wh: int = 0
    loaded_wh: int = 0
    used_wh: int = 0
    first_gap_wh: int | None = None

    @property
    def gap_wh(self) -> int:
        """What went out and is seen nowhere; under nothing: more is seen than ever went out."""
        return self.issued_wh - self.loaded_wh - self.used_wh

    @property
    def sold_wh(self) -> int:
        """Of what is seen, what went out."""
        return min(self.issued_wh, self.loaded_wh + self.used_wh)

    @property
    def unsold_wh(self) -> int:
        """Of what is seen, what never went out."""
        return self.loaded_wh + self.used_wh - self.sold_wh

    @property
    def new_gap_wh(self) -> int:
        """The gap that came since the counting began, as far as its beginning is known."""
        return self.gap_wh - (self.first_gap_wh or 0)


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading as it is kept.

    ``counted_wh`` is what the total register has counted since the counting began, roll-overs included;
    ``turned`` are the registers that rolled over with this one. ``moved_us`` is when use was last seen.
    ``is_first``: the counting begins with it. ``over_credits``: the meter has taken more credits than ever
    went out. ``file`` is the SHA-256 of the file that brought it, "" for none, ``line`` its line there.
    ``entry_id`` is what was booked with it.
    """

    id: int
    at_us: int
    shown: Shown
    told: Told
    by: str
    state: ReadingState
    sums: Sums
    counted_wh: int = 0
    turned: tuple[str, ...] = ()
    moved_us: int = 0
    is_first: bool = False
    over_credits: bool = False
    file: str = ""
    line: int = 0
    entry_id: int | None = None

    @property
    def is_accepted(self) -> bool:
        """Does it count?"""
        return self.state is ReadingState.ACCEPTED
