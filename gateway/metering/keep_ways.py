"""Keep many ways at once, as a file brings them; each line stands or falls by itself.

    decide  of each line: the meter known, and hers? → a way that leads somewhere? → new, changed, or as was
    write   the ways that are new or changed, each with its amendment

What a line says nothing of stays as it is. A file takes no protection away: that wants a reason of its own. A
trip that waits for a customer who is protected by now is withdrawn, as by the meter's own page.

Refusals: no_ways, and of a single line those of ``keep_way.py``, and protection_stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from gateway.core.books import Decision
from gateway.core.file_books import FileChange
from gateway.core.form_order import FormOrder, not_done
from gateway.core.line_books import LineChange
from gateway.core.meter_way import MeterWay
from gateway.core.office import OfficeRefusal
from gateway.core.timeline import microseconds
from gateway.core.way_answer import WayFate, WayOutcome, WaysKept
from gateway.metering.keep_way import Kept, refused, ways_needs
from gateway.metering.way_rules import straightened

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Needs
    from gateway.core.meter_way import LineKind

#: Ways of one order: a batch with it takes half a second, and payments wait behind it.
WAYS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class WayLine:
    """What a line says of a way; None where it says nothing. ``line`` is its line in the file."""

    line: int
    pan: str
    kind: LineKind
    place: str = field(repr=False)
    address: str
    model: str
    bus: str | None = None
    protection: str | None = None
    measures: str | None = None
    multiplier: int | None = None
    note: str | None = None

    def on(self, before: MeterWay | None) -> MeterWay:
        """Give the way as it shall stand; one that was out of use is used again."""
        stands = before or MeterWay(self.pan, self.kind, "", "", "", version=0)
        named = {
            name: getattr(self, name)
            for name in ("bus", "protection", "measures", "multiplier", "note")
            if getattr(self, name) is not None
        }
        said = replace(stands, kind=self.kind, place=self.place, address=self.address, model=self.model)
        return straightened(replace(said, is_on=True, **named))


@dataclass(frozen=True, slots=True)
class KeepMeterWays(FormOrder):
    """These lines; a file of more is given in parts, each with a nonce of its own."""

    lines: tuple[WayLine, ...]

    def hidden(self) -> tuple[str, ...]:
        """Places may be customers' telephone numbers."""
        return tuple(one.place for one in self.lines)

    def needs(self) -> Needs:
        """The ways, the meters and whose they are."""
        return ways_needs(self, tuple(one.pan for one in self.lines[:WAYS_MAX]))

    def change(self, books: Books, now: datetime) -> Decision:
        """Keep what stands."""
        if not 1 <= len(self.lines) <= WAYS_MAX:
            return not_done(OfficeRefusal.NO_WAYS)
        keeping = self.keeping(books, now)
        content = WaysKept(tuple(keeping.outcomes))
        counts = ", ".join(f"{content.count(fate)} {fate.value}" for fate in WayFate)
        kept = list(keeping.kept.values())
        change = FileChange(
            amendments=tuple(told for one in kept for told in one.amendments),
            lines=LineChange(
                ways=tuple(one.way for one in kept), orders=tuple(each for one in kept for each in one.orders)
            ),
        )
        return Decision(content, remembered=True, files=change if kept else None, told=f"ways: {counts}")

    def keeping(self, books: Books, now: datetime) -> Keeping:
        """Judge the lines, one after the other: what becomes of each, and what would be written."""
        keeping = Keeping(self, books, microseconds(now))
        for line in self.lines:
            keeping.take(line)
        return keeping


class Keeping:
    """The lines of one order as they are judged; a meter that stands in two is refused in the second."""

    def __init__(self, order: KeepMeterWays, books: Books, at_us: int) -> None:
        self._books, self._by, self._at_us = books, order.by, at_us
        self._own = order.giver_branch(books)
        self._seen: set[str] = set()
        self.outcomes: list[WayOutcome] = []
        self.kept: dict[str, Kept] = {}

    def take(self, line: WayLine) -> None:
        """Judge a line; keep its way where it stands."""
        before = self._books.files.lines.ways.get(line.pan)
        said = line.on(before)
        why = self._refusal(said, before)
        self._seen.add(line.pan)
        if why is OfficeRefusal.NO_CHANGES:
            self.outcomes.append(WayOutcome(line.line, WayFate.SAME))
        elif why is not None:
            self.outcomes.append(WayOutcome(line.line, WayFate.REFUSED, why.name))
        else:
            kept = Kept.of(said, before, self._by, "")
            self.kept[line.pan] = kept.with_withdrawn(self._books, self._by, self._at_us)
            fate = WayFate.NEW if before is None else WayFate.CHANGED
            self.outcomes.append(WayOutcome(line.line, fate))

    def _refusal(self, said: MeterWay, before: MeterWay | None) -> OfficeRefusal | None:
        if said.pan in self._seen:
            return OfficeRefusal.TWICE_AT_ONCE
        if before is not None and before.protection and not said.protection:
            return OfficeRefusal.PROTECTION_STANDS
        return refused(self._books, said, before, self._own)


@dataclass(frozen=True, slots=True)
class InquireWays:
    """What would become of these lines? Nothing is kept or remembered; the refusals are the order's."""

    order: KeepMeterWays

    #: An inquiry has no memory, so it has no key, and the journal names nobody.
    key = ""
    digest = ""
    channel = ""

    def needs(self) -> Needs:
        """As the order."""
        return self.order.needs()

    def decide(self, books: Books, now: datetime) -> Decision:
        """Look."""
        return Decision(self.order.change(books, now).content)
