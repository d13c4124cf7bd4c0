"""A reset for selling: books and meter are brought together again, on evidence, without any money.

    n   credits that have gone out for the meter; the last purchase's are among them
    m   credits that the meter has taken, as the evidence has it

    m = n    taken    what of the purchase still stands on E.ISSUED goes to E.LOADED
    m < n    lost     by the last purchase alone: its tokens are made once more, with the same ids
    m > n    frozen   the meter has taken what nobody has sold: it is blocked, and a person looks at it

A token that is made once more has the id of the one before, so a meter takes one of the two and never both.
Whatever else the evidence says fits no state that books and meter can be in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Self

from gateway.core.person import is_said
from gateway.core.reading import CREDITS_MAX, Sums
from gateway.core.stock import NOTE_MAX

if TYPE_CHECKING:
    from gateway.core.token import ReservedId

#: Made once.
_dumps: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

#: What the key begins with under which tokens are made once more; behind it stands the reset's number.
AGAIN: Final = "again/"


class Evidence(Enum):
    """By which way it is known what the meter has taken."""

    #: The meter was looked at.
    DISPLAY = "display"
    PHOTO = "photo"
    LINE = "line"
    #: Somebody says so, and nothing was seen: a second person stands behind it.
    SAID = "said"


class Outcome(Enum):
    """What follows from it."""

    TAKEN = "taken"
    LOST = "lost"
    FROZEN = "frozen"


class Contradiction(Enum):
    """Why evidence proves nothing: what it says fits no state that books and meter can be in."""

    #: All credits are counted, and the last is said not to be there; or the other way round.
    COUNTED_OTHERWISE = "counted_otherwise"
    #: One of the last purchase's two tokens was taken.
    IN_PART = "in_part"
    #: Credits of earlier purchases are missing, too.
    EARLIER_MISSING = "earlier_missing"


@dataclass(frozen=True, slots=True)
class Shows:
    """What the evidence shows of the meter at a moment: is the last purchase in it?

    ``credits`` is how many credits it has taken, None where nobody counted. ``reference`` says whose word, or
    which photo it is. Raises ValueError for what no meter shows.
    """

    evidence: Evidence
    seen_us: int
    is_taken: bool
    credits: int | None
    reference: str

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.credits is not None and not 0 <= self.credits <= CREDITS_MAX:
            raise ValueError(f"credits taken are 0 to {CREDITS_MAX}")
        if not is_said(self.reference, NOTE_MAX):
            raise ValueError(f"say whose word or which photo it is, in {NOTE_MAX} characters at most")


@dataclass(frozen=True, slots=True)
class LastOut:
    """The last purchase that has gone out for a meter: its payment's key, when, and the ids of its tokens.

    ``number`` is how many credits have gone out for the meter with it, ``count`` how many of them are its
    own. ``last_tid`` is the newest id that the meter had been given when this was read. ``gap_before_wh`` is
    the least gap that a reading of before has shown, beside a credit: so much had gone out by then and can no
    more be in the meter. None where no such reading is of the same counting.
    """

    payment: str
    sale_id: int
    at_us: int
    number: int
    count: int
    base_date: int
    tid: int
    last_tid: int | None
    gap_before_wh: int | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """A reset as it is kept for ever.

    ``number`` are the credits that had gone out; ``before`` and ``after`` what was known of its energy.
    ``reading_id`` is the last reading that counted then (0: there was none). ``again`` are the ids of what is
    made once more, under ``key_name``. ``is_lifted``: the meter was blocked until then.
    """

    id: int
    at_us: int
    pan: str
    payment: str
    outcome: Outcome
    shows: Shows
    number: int
    before: Sums
    after: Sums
    reason: str
    by: str
    reading_id: int
    key_name: str
    again: ReservedId | None = None
    is_lifted: bool = False
    entry_id: int | None = None

    @property
    def moved_wh(self) -> int:
        """What was found to be in the meter, beyond what was known before."""
        return self.after.loaded_wh - self.before.loaded_wh

    @property
    def again_key(self) -> str:
        """The one time that its tokens are made."""
        return f"{AGAIN}{self.id}"


def judged(shows: Shows, last: LastOut) -> Outcome | Contradiction:
    """Say what follows from the evidence.

    >>> last = LastOut("pay/east/1", 1, 0, number=7, count=1, base_date=2014, tid=5, last_tid=5)
    >>> judged(Shows(Evidence.PHOTO, 1, False, 6, "photo 12"), last)
    <Outcome.LOST: 'lost'>
    >>> judged(Shows(Evidence.PHOTO, 1, False, 5, "photo 12"), last)
    <Contradiction.EARLIER_MISSING: 'earlier_missing'>
    """
    said = Outcome.TAKEN if shows.is_taken else Outcome.LOST
    taken = shows.credits
    if taken is None:
        return said
    if taken > last.number:
        return Outcome.FROZEN
    if last.number - last.count < taken < last.number:
        return Contradiction.IN_PART
    if taken < last.number - last.count:
        return Contradiction.EARLIER_MISSING
    counted = Outcome.TAKEN if taken == last.number else Outcome.LOST
    return counted if counted is said else Contradiction.COUNTED_OTHERWISE


@dataclass(frozen=True, slots=True)
class ResetDone:
    """Reset: its number, what followed, and which payment it was about."""

    id: int
    outcome: Outcome
    payment: str

    def stored(self) -> str:
        """Write the content as compact JSON."""
        return _dumps(("reset", self.id, self.outcome.value, self.payment))

    @classmethod
    def from_stored(cls, values: list[Any]) -> Self:  # JSON values of our own stored format
        """Read it back."""
        id_, outcome, payment = values
        return cls(id_, Outcome(outcome), payment)
