"""Record readings: of one meter by a form, of many by a file; each line stands or falls by itself.

    load    each meter with its fitting, its last reading, those of the same moments, and what went out for it
    decide  hers? → known already? → a moment that can be? → each register plausible, or rolled over?
            → what it proves of the meter's energy
    write   the readings, and for each an entry of what it moves: Dr E.USED, Cr E.LOADED for what was counted;
            Dr E.LOADED, Cr E.ISSUED for what is proven to be in the meter, Cr E.UNSOLD beyond what went out

A register that runs backwards, or counted more than it can, is refused; where the reader insists, with a
reason, it is kept as doubtful and moves nothing. A file is known by its SHA-256: sent again it is the same.

Refusals: no_readings, reading_refused (no line stands; the detail says why the first does not).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.form_order import FormOrder, not_done
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeNeeds
from gateway.core.reading import Reading, ReadingState, Shown, Told
from gateway.core.reading_answer import LineFate, LineOutcome, ReadingsTaken
from gateway.core.reading_books import ReadingChange, ReadingNeeds
from gateway.core.reading_energy import has_over_credits, reading_entry, sums_of
from gateway.core.reading_rules import (
    DAY_WH_MAX,
    INSISTED_ON,
    READINGS_MAX,
    Judged,
    ReadingFault,
    judge,
)
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.ledger import Entry
    from gateway.core.reading import Sums
    from gateway.core.reading_rules import KnownMeter


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """What a meter showed, and how that came; ``line`` is its line in a file, 0 of a form."""

    shown: Shown
    told: Told
    line: int = 0


@dataclass(frozen=True, slots=True)
class RecordReadings(FormOrder):
    """Take these readings; ``file`` is the SHA-256 of the file that they stand in, "" for a form.

    ``day_wh_max`` is what a meter without a contracted power may count in a day.
    """

    lines: tuple[ReadingLine, ...]
    file: str = ""
    day_wh_max: int = DAY_WH_MAX

    @property
    def key(self) -> str:
        """The file, whoever sends it; else the form that was sent."""
        return f"readings/{self.file}" if self.file else f"office/{self.by}/{self.nonce}"

    @property
    def digest(self) -> str:
        """What is to be taken, whoever sends it."""
        return sha256("\n".join((self.file, *(repr(one) for one in self.lines))).encode()).hexdigest()

    def needs(self) -> Needs:
        """The meters, and what is stored of these moments."""
        lines = self.lines[:READINGS_MAX]
        readings = ReadingNeeds(
            tuple(one.shown.pan for one in lines), tuple(one.shown.taken_us for one in lines)
        )
        return Needs(keys=(self.key,), readings=readings, office=OfficeNeeds(logins=(self.by,)))

    def change(self, books: Books, now: datetime) -> Decision:
        """Take what stands."""
        if not 1 <= len(self.lines) <= READINGS_MAX:
            return not_done(OfficeRefusal.NO_READINGS)
        taking = self.taking(books, now)
        content = ReadingsTaken(tuple(taking.outcomes))
        if content.count(LineFate.REFUSED) == len(self.lines):
            return not_done(OfficeRefusal.READING_REFUSED, ReadingFault[content.lines[0].fault].value)
        return Decision(
            content,
            remembered=True,
            entries=tuple(taking.entries),
            readings=ReadingChange(readings=tuple(taking.readings)) if taking.readings else None,
            told=self._told(content),
        )

    def taking(self, books: Books, now: datetime) -> Taking:
        """Judge the lines, one after the other: what becomes of each, and what would be written."""
        taking = Taking(self, books, microseconds(now))
        for line in self.lines:
            taking.take(line)
        return taking

    def _told(self, content: ReadingsTaken) -> str:
        counts = ", ".join(f"{content.count(fate)} {fate.value}" for fate in LineFate)
        return f"readings: {counts}" + (f", sha256 {self.file}" if self.file else "")


class Taking:
    """The lines of one order as they are judged: a meter may stand in several.

    ``outcomes`` say what becomes of each, ``readings`` and ``entries`` what would be written.
    """

    def __init__(self, order: RecordReadings, books: Books, now_us: int) -> None:
        self._order = order
        self._own = order.giver_branch(books)
        self._known = {one.shown.pan: books.readings.known.get(one.shown.pan) for one in order.lines}
        self._next = (books.readings.next_reading, books.next_id)
        self._now_us = now_us
        self.outcomes: list[LineOutcome] = []
        self.readings: list[Reading] = []
        self.entries: list[Entry] = []

    def take(self, line: ReadingLine) -> None:
        """Judge a line; keep its reading where it stands."""
        known = self._known[line.shown.pan]
        if known is None or not sees_meter(self._own, known):
            self._say(line, LineFate.REFUSED, fault=ReadingFault.UNKNOWN_METER)
            return
        judged = judge(line.shown, known, self._now_us, self._order.day_wh_max)
        if judged.fault in INSISTED_ON and line.told.reason.strip():
            self._keep(line, known, self._doubtful(line, known), LineFate.DOUBTFUL)
        elif judged.fault is not None:
            self._say(line, LineFate.REFUSED, fault=judged.fault)
        elif judged.same is not None:
            self._say(line, LineFate.KNOWN, judged.same.id)
        else:
            self._keep(line, known, self._accepted(line, known, judged), LineFate.TAKEN)

    def _accepted(self, line: ReadingLine, known: KnownMeter, judged: Judged) -> Reading:
        before = known.sums
        sums, counted = sums_of(line.shown, known, judged.counted_wh)
        entry = reading_entry(before, sums)
        entry_id = None if entry is None else self._next[1] + len(self.entries)
        if entry is not None:
            self.entries.append(entry)
        has_moved = known.last is None or sums.used_wh > before.used_wh
        return replace(
            self._row(line, ReadingState.ACCEPTED, sums),
            counted_wh=counted,
            turned=judged.turned,
            moved_us=line.shown.taken_us if has_moved or known.last is None else known.last.moved_us,
            is_first=known.before is None,
            over_credits=has_over_credits(line.shown, known),
            entry_id=entry_id,
        )

    def _doubtful(self, line: ReadingLine, known: KnownMeter) -> Reading:
        """Keep what was read, with the sums as they stood: it moves none."""
        last = known.last
        row = self._row(line, ReadingState.DOUBTFUL, known.sums)
        return replace(
            row,
            counted_wh=0 if last is None else last.counted_wh,
            moved_us=0 if last is None else last.moved_us,
        )

    def _row(self, line: ReadingLine, state: ReadingState, sums: Sums) -> Reading:
        id_ = self._next[0] + len(self.readings)
        told = line.told if state is ReadingState.DOUBTFUL else replace(line.told, reason="")
        order = self._order
        return Reading(
            id_, self._now_us, line.shown, told, order.by, state, sums, file=order.file, line=line.line
        )

    def _keep(self, line: ReadingLine, known: KnownMeter, reading: Reading, fate: LineFate) -> None:
        self.readings.append(reading)
        self._known[line.shown.pan] = known.having(reading)
        self._say(line, fate, reading.id)

    def _say(
        self, line: ReadingLine, fate: LineFate, id_: int = 0, fault: ReadingFault | None = None
    ) -> None:
        self.outcomes.append(LineOutcome(line.line, fate, id_, "" if fault is None else fault.name))


def sees_meter(own_branch: str | None, known: KnownMeter) -> bool:
    """Is it a meter of hers? ``own_branch`` is None for who belongs to none."""
    return own_branch is None or known.branch == own_branch
