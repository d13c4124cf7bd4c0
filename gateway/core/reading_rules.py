"""May a reading stand? What it is compared with, what it may have counted, and a register that rolls over.

    known?  the same moment and the same figures: it is the same reading
    moment  not ahead of now, not before the meter was fitted, not before the last reading
    each register   as before or more; or less by nearly the whole register, and what it would have counted
                    is plausible: it rolled over; else it runs backwards
    total   what it counted is plausible: contracted power day and night, else so much a day

The energy is worked out in ``reading_energy``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.fitting import TOTAL
from gateway.core.reading import ReadingState, Sums
from gateway.core.timeline import microseconds, moment_of

if TYPE_CHECKING:
    from gateway.core.fitting import Fitting
    from gateway.core.reading import Reading, Shown
    from gateway.core.reset import Reset

#: Whole kWh digits that registers have. Fewer than five have not been built for decades, and to suppose them
#: would make a slip of the pen (9,990 and then 10) a register that rolled over.
REGISTER_DIGITS: Final = range(5, 9)

#: Wh that a meter may count in a day where no contracted power is known: a house with 15 kW day and night.
DAY_WH_MAX: Final = 360_000

#: Readings of one order: they are decided in one batch of the ledger, behind which payments wait.
READINGS_MAX: Final = 1_000

_DAY_US: Final = 86_400_000_000
_HOURS: Final = 24


class ReadingFault(Enum):
    """Why a reading is not taken, with the cure; for whoever has read the meter."""

    UNKNOWN_METER = "no such meter, or it is another branch's: compare the number with the meter"
    NOT_IN_USE = "the meter was taken out: read the one that hangs there now"
    FUTURE = "the moment lies ahead: look at the date, and at the clock of the hand-held"
    BEFORE_FITTED = "the meter was not there yet at that moment: look at the date"
    BEFORE_RESET = (
        "the meter was reset for selling after that moment, on what it showed then: read it anew, or leave "
        "this one out"
    )
    BEFORE_LAST = "a later reading stands already: look at the date, or leave this one out"
    OTHER_VALUE = "another reading of this moment stands already: compare both with the meter"
    BACKWARDS = (
        "the register shows less than before: read it again; if it is so, enter it by hand and say why"
    )
    TOO_MUCH = (
        "it would have counted more than it can in this time: read it again; if it is so, enter it by hand "
        "and say why"
    )


#: On which of these somebody may insist, with a reason: the reading is kept as doubtful.
INSISTED_ON: Final = frozenset({ReadingFault.BACKWARDS, ReadingFault.TOO_MUCH})


@dataclass(frozen=True, slots=True)
class CreditOut:
    """Energy that went out for a meter: when, how much, in how many credits (a free one counts as well)."""

    at_us: int
    energy_wh: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class KnownMeter:
    """What a reading is compared with: the meter, how it is fitted, its last reading that counts.

    ``stored`` are those of the moments that were asked for. ``out`` are the credits of its sales, the oldest
    first. ``fitted_us`` is when its fitting was entered (0: none was), ``anew_after`` the newest reading when
    an inspector said last that its register begins anew (0: never). ``newest_id`` is the number of its newest
    reading, doubtful or not (0: there is none). ``resets`` are all of its resets, the oldest first,
    ``proven`` is what one of them has proven since the last reading.
    """

    pan: str
    branch: str
    is_removed: bool = False
    contract_w: int = 0
    fitting: Fitting | None = None
    fitted_us: int = 0
    last: Reading | None = None
    stored: tuple[Reading, ...] = ()
    out: tuple[CreditOut, ...] = ()
    anew_after: int = 0
    newest_id: int = 0
    resets: tuple[Reset, ...] = ()
    proven: Sums | None = None

    @property
    def sums(self) -> Sums:
        """What is known of its energy: by its last reading, or by what a person found since then."""
        if self.proven is not None:
            return self.proven
        return Sums() if self.last is None else self.last.sums

    @property
    def proving(self) -> tuple[Reset, ...]:
        """Those of its resets that proved something since its last reading."""
        last_id = 0 if self.last is None else self.last.id
        return tuple(one for one in self.resets if one.entry_id is not None and one.reading_id >= last_id)

    def sums_at(self, at_us: int) -> Sums:
        """What is known of its energy, without what was proven since a moment."""
        later = sum(one.moved_wh for one in self.proving if one.at_us >= at_us)
        return replace(self.sums, loaded_wh=self.sums.loaded_wh - later)

    @property
    def multiplier(self) -> Fraction:
        """By what its registers are multiplied."""
        return Fraction(1) if self.fitting is None else self.fitting.multiplier

    @property
    def was_refitted(self) -> bool:
        """Was it fitted elsewhere since it was read last?"""
        return self.last is not None and self.last.at_us < self.fitted_us

    @property
    def begins_anew(self) -> bool:
        """Has its register been set anew since it was read last?"""
        return self.last is not None and self.last.id <= self.anew_after

    @property
    def before(self) -> Before | None:
        """What its next reading is compared with; None where its counting begins with that reading."""
        if self.begins_anew:
            return None
        if self.last is not None and not self.was_refitted:
            return Before(self.last.shown.registers, self.last.shown.taken_us)
        if self.fitting is None:
            return None
        day = date.fromisoformat(self.fitting.fitted_on)
        return Before(self.fitting.registers, _begin_us(day))

    def credit_out(self, at_us: int, energy_wh: int) -> tuple[CreditOut, ...]:
        """Give what went out, with a further change of it that is no credit, in its place."""
        changed = CreditOut(at_us, energy_wh, 0)
        return tuple(sorted((*self.out, changed), key=lambda one: one.at_us))

    def having(self, reading: Reading) -> KnownMeter:
        """Return it with a further reading."""
        is_last = reading.state is ReadingState.ACCEPTED
        last = reading if is_last else self.last
        proven = None if is_last else self.proven
        return replace(self, last=last, stored=(*self.stored, reading), newest_id=reading.id, proven=proven)

    def having_reset(self, reset: Reset) -> KnownMeter:
        """Return it with a further reset; what one proves counts until the next reading."""
        known = replace(self, resets=(*self.resets, reset))
        return replace(known, proven=reset.after) if reset in known.proving else known


@dataclass(frozen=True, slots=True)
class Before:
    """What the registers showed, and when: of a fitting its day's first moment anywhere on earth."""

    registers: tuple[tuple[str, int], ...]
    at_us: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What a reading is worth: what the total register counted since, which registers rolled over.

    ``fault`` is why it is not taken, ``register`` where it is wrong. ``same`` is the stored reading that it
    is, or that stands in its place.
    """

    counted_wh: int = 0
    turned: tuple[str, ...] = ()
    fault: ReadingFault | None = None
    register: str = ""
    same: Reading | None = None


def judge(shown: Shown, known: KnownMeter, now_us: int, day_wh_max: int = DAY_WH_MAX) -> Judged:
    """Compare a reading with what is known of its meter."""
    same = _stored(shown, known)
    if same is not None:
        return same
    fault = _moment_fault(shown, known, now_us)
    if fault is not None:
        return Judged(fault=fault, same=known.last if fault is ReadingFault.BEFORE_LAST else None)
    before = known.before
    return Judged() if before is None else _counted(shown, known, before, day_wh_max)


def allowed_wh(known: KnownMeter, from_us: int, to_us: int, day_wh_max: int) -> int:
    """Say how much the customer can have used in a time, a day's at the least: dates are said by the day."""
    a_day = known.contract_w * _HOURS or day_wh_max
    return max(a_day, a_day * (to_us - from_us) // _DAY_US)


def rolled_over(before_wh: int, after_wh: int, most_wh: int) -> int | None:
    """Say what a register counted that rolled over between two readings; None where it cannot have.

    The digits of a register are not known: it has at least those that it showed, and the fewest digits make
    the least that it can have counted.
    """
    for digits in REGISTER_DIGITS:
        size_wh = 10**digits * 1_000
        if before_wh < size_wh:
            counted = size_wh - before_wh + after_wh
            return counted if after_wh < before_wh and counted <= most_wh else None
    return None


def _stored(shown: Shown, known: KnownMeter) -> Judged | None:
    """Find the reading of this moment: the same one, or one with other figures."""
    there = [one for one in known.stored if one.shown.taken_us == shown.taken_us]
    for one in there:
        if one.shown == shown:
            return Judged(same=one)
    counts = next((one for one in there if one.is_accepted), None)
    return None if counts is None else Judged(fault=ReadingFault.OTHER_VALUE, same=counts)


def _moment_fault(shown: Shown, known: KnownMeter, now_us: int) -> ReadingFault | None:
    if known.is_removed:
        return ReadingFault.NOT_IN_USE
    if shown.taken_us > now_us:
        return ReadingFault.FUTURE
    if known.fitting is not None and shown.taken_us < _begin_us(date.fromisoformat(known.fitting.fitted_on)):
        return ReadingFault.BEFORE_FITTED
    if any(one.shows.seen_us >= shown.taken_us and one.entry_id is not None for one in known.resets):
        return ReadingFault.BEFORE_RESET
    # What was read before the meter was fitted anew may lie behind that day's first moment.
    is_late = known.last is not None and shown.taken_us <= known.last.shown.taken_us
    return ReadingFault.BEFORE_LAST if is_late else None


def _counted(shown: Shown, known: KnownMeter, before: Before, day_wh_max: int) -> Judged:
    most = allowed_wh(known, before.at_us, shown.taken_us, day_wh_max)
    # What is allowed is the customer's use; registers are before the multiplier.
    most_counted = most / known.multiplier
    was, turned, counted = dict(before.registers), [], 0
    for register, wh in shown.registers:
        if register not in was:
            continue
        step: int | None = wh - was[register]
        if step is not None and step < 0:
            step = rolled_over(was[register], wh, int(most_counted))
            turned.append(register)
        if step is None:
            return Judged(fault=ReadingFault.BACKWARDS, register=register)
        if step > most_counted:
            return Judged(fault=ReadingFault.TOO_MUCH, register=register)
        counted = step if register == TOTAL else counted
    return Judged(counted, tuple(turned))


def _begin_us(day: date) -> int:
    """Give the first moment that has this date anywhere on earth: 14 hours before it begins in UTC."""
    begin = moment_of(0) + (day - date(1970, 1, 1)) - timedelta(hours=14)
    return microseconds(begin)
