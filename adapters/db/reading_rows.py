"""Readings and inspections, and their rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gateway.core.inspection import Finding, Inspection, Suspicion
from gateway.core.reading import Reading, ReadingState, Shown, Source, StatusWord, Sums, Told

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import Enum

    from sqlalchemy import Row

#: Made once.
_dumps: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def reading_of(row: Row[Any]) -> Reading:
    """Read a reading."""
    return Reading(
        id=row.id,
        at_us=row.at_us,
        shown=Shown(
            row.pan,
            row.taken_us,
            tuple((name, wh) for name, wh in json.loads(row.registers)),
            tuple(StatusWord(word) for word in _words_of(row.status)),
            row.credit_wh,
            row.credits,
        ),
        told=Told(Source(row.source), row.reader, row.note, row.reason),
        by=row.actor,
        state=ReadingState(row.state),
        sums=Sums(row.issued_wh, row.loaded_wh, row.used_wh, row.first_gap_wh),
        counted_wh=row.counted_wh,
        turned=_words_of(row.turned),
        moved_us=row.moved_us,
        is_first=bool(row.is_first),
        over_credits=bool(row.over_credits),
        file=row.file,
        line=row.line,
        entry_id=row.entry_id,
    )


def reading_rows(readings: Iterable[Reading], link: int) -> list[tuple[object, ...]]:
    """Write readings, in the order of the table's columns."""
    return [
        (one.id, one.at_us, one.shown.pan, one.shown.taken_us, _dumps(one.shown.registers),
         _words(one.shown.status), one.shown.credit_wh, one.shown.credits, one.told.source.value,
         one.told.reader, one.told.note, one.told.reason, one.by, one.state.value, one.shown.total_wh,
         one.sums.issued_wh, one.sums.loaded_wh, one.sums.used_wh, one.sums.first_gap_wh, one.counted_wh,
         ",".join(one.turned), one.moved_us, int(one.is_first), int(one.over_credits),
         one.file, one.line, one.entry_id, link)
        for one in readings
    ]  # fmt: skip


def inspection_of(row: Row[Any]) -> Inspection:
    """Read an inspection."""
    return Inspection(
        row.id,
        row.at_us,
        row.pan,
        tuple(Suspicion(word) for word in _words_of(row.suspicions)),
        Finding(row.finding),
        row.note,
        row.actor,
        row.reading_id,
    )


def inspection_rows(inspections: Iterable[Inspection], link: int) -> list[tuple[object, ...]]:
    """Write inspections, in the order of the table's columns."""
    return [
        (one.id, one.at_us, one.pan, _words(one.suspicions), one.finding.value, one.note, one.by,
         one.reading_id, link)
        for one in inspections
    ]  # fmt: skip


def _words(words: Iterable[Enum]) -> str:
    return ",".join(str(word.value) for word in words)


def _words_of(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
