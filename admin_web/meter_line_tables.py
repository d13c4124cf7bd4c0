"""The tables of a meter's line: what was not read, what was noticed, months, calls, a day's profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from admin_web.cells import Heard
from admin_web.line_seen_words import EVENTS, at_second
from admin_web.pages import line_calls, line_gaps
from admin_web.profile_bars import figure_cell
from admin_web.reading_words import energy, register_label
from admin_web.words import msg
from gateway.core.fitting import REGISTERS
from gateway.core.timeline import microseconds, moment_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Column
    from admin_web.words import Words
    from gateway.core.views_lines import MeterLineFacts

RowT = TypeVar("RowT")

#: Of the lists of gaps and calls, the columns that are shown here.
_OF_GAPS: Final = {"at", "schedule", "state", "why", "age"}
_OF_CALLS: Final = {"at", "line", "kind", "end", "seconds", "cost"}


@dataclass(frozen=True, slots=True)
class Table:
    """A small table: its name in the page, its caption, heads (said already) with their kinds, and rows."""

    name: str
    caption: str
    heads: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Cell]]


def tables_of(asked: Asked, facts: MeterLineFacts) -> tuple[Table, ...]:
    """Give all but the profile; one without rows has nothing to show."""
    gaps = line_gaps.columns_of(microseconds(asked.office.now()))
    calls = line_calls.columns_of(asked.me.currency)
    return (
        Table("gaps", msg("Values that were not read"), *_part(asked, gaps, _OF_GAPS, facts.slots)),
        _noticed(asked.words, facts),
        _frozen(asked.words, facts),
        Table("calls", msg("Calls to its number"), *_part(asked, calls, _OF_CALLS, facts.calls)),
    )


def profile_of(asked: Asked, facts: MeterLineFacts, begins_s: int) -> Table:
    """Give the rows behind a moment; one at the moment itself is of the day before."""
    words, rows = asked.words, [row for row in facts.profile if row.at_s > begins_s]
    items = list(dict.fromkeys(one.item for row in rows for one in row.values))
    has_status = any(row.status for row in rows)
    heads = [(words.say(msg("Period ended")), "moment"), *((item, "amount") for item in items)]
    lines: list[list[Cell]] = []
    for row in rows:
        known = {one.item: figure_cell(one) for one in row.values}
        status = [row.status or None] if has_status else []
        lines.append([at_second(row.at_s), *(known.get(item) for item in items), *status])
    if has_status:
        heads.append((words.say(msg("Status of the meter")), "text"))
    return Table("profile", msg("Load profile"), heads, lines)


def _part(
    asked: Asked, columns: Sequence[Column[RowT]], wanted: set[str], rows: Sequence[RowT]
) -> tuple[list[tuple[str, str]], list[list[Cell]]]:
    shown = [one for one in columns if one.name in wanted]
    heads = [(asked.words.say(one.label), str(one.kind)) for one in shown]
    return heads, [[one.cell(row) for one in shown] for row in rows]


def _noticed(words: Words, facts: MeterLineFacts) -> Table:
    heads = [(msg("When"), "moment"), (msg("What"), "text"), (msg("In words"), "text")]
    rows = [
        (moment_of(one.at_us), EVENTS[one.kind], Heard(one.told) if one.told else None)
        for one in facts.events
    ]
    return Table("events", msg("What was noticed"), [(words.say(said), kind) for said, kind in heads], rows)


def _frozen(words: Words, facts: MeterLineFacts) -> Table:
    names = list(dict.fromkeys(name for one in facts.frozen for name, _ in one.registers))
    heads = [(words.say(msg("Frozen at")), "moment"), *((_register(name, words), "amount") for name in names)]
    rows = [
        (at_second(one.at_s), *(energy(dict(one.registers).get(name)) for name in names))
        for one in facts.frozen
    ]
    return Table("frozen", msg("Values at the end of the month"), heads, rows)


def _register(name: str, words: Words) -> str:
    return register_label(name, words) if name in REGISTERS else name
