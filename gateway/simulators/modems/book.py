"""What the telephone exchange knows of numbers and of its own lines: where they lead, what goes wrong.

    Entry("5551234", place)                                       a meter that answers
    Entry("5551235", fails=Outcome.BUSY)                          one that speaks with somebody else
    Entry("5551236", place, trouble=Trouble(lost=At(17)))         the carrier is lost behind the 17th octet
    Entry("5551237", place, fails=Outcome.NO_ANSWER, times=2)     it answers the third call

Octets of a call are counted from its CONNECT on, those of noise excepted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.simulators.modems.call import Call

RATE: Final = 9600
"""Bit/s that CONNECT names where a number says nothing else: V.32, the usual one of meters' modems."""

PER_MILLE: Final = 1000

_DIGITS: Final = re.compile(r"[0-9*#+]{1,40}")
_SHOWN_MAX, _HIDDEN_LEAST = 4, 3


class Outcome(Enum):
    """How a call ended, or why there was none."""

    BUSY = "busy"
    NO_ANSWER = "no answer"
    NO_CARRIER = "no carrier"
    NO_DIALTONE = "no dialtone"
    ERROR = "error"
    SILENT = "silent"
    """The modem says nothing to the command that dials, until it is stopped."""
    GIVEN_UP = "given up"
    """Whoever called has stopped calling."""
    HUNG_UP = "hung up"
    HUNG_UP_THERE = "hung up there"
    """The meter, or whoever called, has ended the call."""
    LOST = "carrier lost"


#: What may be said of a number in the book.
FAILURES: Final = (
    Outcome.BUSY,
    Outcome.NO_ANSWER,
    Outcome.NO_CARRIER,
    Outcome.NO_DIALTONE,
    Outcome.ERROR,
    Outcome.SILENT,
)


class Way(Enum):
    """Which octets are meant."""

    TO_METER = "to meter"
    FROM_METER = "from meter"
    BOTH = "both"


class Kind(Enum):
    """Which extended commands a modem knows."""

    PSTN = "pstn"
    GSM = "gsm"


@dataclass(frozen=True, slots=True)
class At:
    """Where something happens: when so many octets of that way have passed. 0: from the beginning."""

    octets: int
    way: Way = Way.BOTH

    def __post_init__(self) -> None:
        """Refuse (ValueError) fewer octets than none."""
        if self.octets < 0:
            raise ValueError("a call begins with octet 0")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the calls of a number.

    ``noise_per_mille``: octets that come in addition, drawn for each that is carried; the same ``seed`` gives
    the same ones, and others at the next call. ``lost``: the carrier goes. ``silent``: nothing more passes on
    that way, and the call stands. ``garbled``: one octet arrives as another.
    """

    noise_per_mille: int = 0
    seed: int = 0
    delay_ms: int = 0
    lost: At | None = None
    silent: At | None = None
    garbled: At | None = None

    def __post_init__(self) -> None:
        """Refuse (ValueError) what cannot be."""
        if not 0 <= self.noise_per_mille <= PER_MILLE or self.delay_ms < 0:
            raise ValueError(f"noise is from 0 to {PER_MILLE} per mille, and a delay not below 0")


CALM: Final = Trouble()
"""Nothing is wrong."""

Place: TypeAlias = "Callable[[Call], object]"
"""Where a number leads: it is given the call that rings, and says ``answered`` or ``unanswered`` to it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A number of the book: ``place`` where somebody answers, else why nobody does (``fails``).

    ``after_ms``: how long it takes until it answers or fails; None: as long as everywhere. ``times``: only so
    many calls go wrong (``fails``, ``trouble``), and those after them go right; None: each does.
    """

    number: str
    place: Place | None = None
    fails: Outcome | None = None
    trouble: Trouble = CALM
    times: int | None = None
    after_ms: int | None = None
    rate: int | None = RATE

    def __post_init__(self) -> None:
        """Refuse (ValueError) what is no entry."""
        if not is_number(self.number):
            raise ValueError("a number has up to forty digits, * # and +")
        if self.fails is not None and self.fails not in FAILURES:
            raise ValueError(f"no call fails with {self.fails.value!r}")
        if self.place is None and (self.fails is None or self.times is not None):
            raise ValueError("whoever answers needs a place")

    def __repr__(self) -> str:
        """Show no number."""
        return f"Entry({masked(self.number)!r})"


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A line of ours, on which a modem is. ``trouble`` is that of calls that come in, ``times`` as above.

    ``is_dead``: its modem says nothing at all.
    """

    number: str
    kind: Kind = Kind.PSTN
    has_dial_tone: bool = True
    is_dead: bool = False
    trouble: Trouble = CALM
    times: int | None = None

    def __post_init__(self) -> None:
        """Refuse (ValueError) what is no number."""
        if not is_number(self.number):
            raise ValueError("a number has up to forty digits, * # and +")


def is_number(text: str) -> bool:
    """Could this be dialled as it is?"""
    return _DIGITS.fullmatch(text) is not None


def digits_of(dialled: str) -> str:
    """Give the digits of what was dialled, without pauses and what else only a modem understands.

    >>> digits_of("0,W555-12 34")
    '05551234'
    """
    return "".join(sign for sign in dialled if sign in "0123456789*#+")


def masked(number: str) -> str:
    """Give a number's end: enough to know it again, and not enough to call it.

    >>> masked("5551234"), masked("123")
    ('…1234', '…')
    """
    shown = min(_SHOWN_MAX, max(0, len(number) - _HIDDEN_LEAST))
    return "…" + (number[-shown:] if shown else "")
