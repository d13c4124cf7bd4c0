"""Slots and rounds, as rows: each step of a slot as it comes, with the figures of its round.

A slot that is read or gone is taken out, one that is lost stays as lost; its round counts it in the same
transaction, by what the statement has found. So a note that is written twice counts once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, case, delete, func, select, update

from adapters.db import tables as t
from adapters.db.seen_rows import meter_no, pan_of
from adapters.db.upsert import upsert
from gateway.core.line_work.round_kept import RoundBegun, RoundTold, SlotKept, SlotNote
from gateway.core.line_work.slot import GAP_WHYS, Slot, SlotState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Row

    from gateway.core.line_work.slot import GapWhy

    RoundNote = SlotNote | RoundBegun

_s, _r = t.reading_slot.c, t.reading_round.c

_OPEN: Final = frozenset({SlotState.WAITING, SlotState.GAP})
IS_OPEN: Final = _s.state.in_([state.value for state in sorted(_OPEN, key=lambda one: one.value)])

_THESE: Final = and_(
    _s.schedule == bindparam("of"),
    _s.at_s == bindparam("moment"),
    _s.pan.in_(bindparam("pans", expanding=True)),
    IS_OPEN,
)
_OVER: Final = delete(t.reading_slot).where(_THESE)
_LOST: Final = (
    update(t.reading_slot)
    .where(_THESE)
    .values(state=SlotState.LOST.value, why=bindparam("new_why"), since_s=bindparam("new_since"))
)
#: Which figure of its round counts a slot that is over.
_FIGURE: Final = {SlotState.READ: "read", SlotState.LOST: "lost", SlotState.GONE: "gone"}


def write_rounds(connection: Connection, notes: Sequence[RoundNote]) -> None:
    """Write notes in the order in which they came."""
    for portion in _portions(notes):
        slots = [one for one in portion if isinstance(one, SlotNote)]
        _write_open(connection, [one for one in slots if one.change.state in _OPEN])
        _write_begun(connection, [one for one in portion if isinstance(one, RoundBegun)])
        _write_over(connection, [one for one in slots if one.change.state not in _OPEN])


def _portions(notes: Sequence[RoundNote]) -> Iterator[list[RoundNote]]:
    """Part notes so that in each portion nothing opens behind an end: there, what opens goes first."""
    portion: list[RoundNote] = []
    over: set[Slot] = set()
    rounds_over: set[tuple[str, int]] = set()
    for one in notes:
        if isinstance(one, RoundBegun):
            is_behind = (one.schedule, one.at_s) in rounds_over
        else:
            slot = one.change.slot
            is_open = one.change.state in _OPEN
            is_behind = is_open and slot in over
        if is_behind:
            yield portion
            portion, over, rounds_over = [], set(), set()
        if isinstance(one, SlotNote) and not is_open:
            over.add(slot)
            rounds_over.add((slot.schedule, slot.at_s))
        portion.append(one)
    yield portion


def _write_open(connection: Connection, notes: Sequence[SlotNote]) -> None:
    if not notes:
        return
    statement = upsert(connection, t.reading_slot)
    new = statement.excluded
    was_gap = and_(_s.state == SlotState.GAP.value, new.state == SlotState.GAP.value)
    statement = statement.on_conflict_do_update(
        index_elements=["schedule", "pan", "at_s"],
        # A gap that was tried in vain is a gap since it was one.
        set_={
            "state": new.state,
            "why": new.why,
            "since_s": case((was_gap, _s.since_s), else_=new.since_s),
        },
    )
    connection.execute(statement, [_slot_row(one) for one in notes])


def _write_begun(connection: Connection, rounds: Iterable[RoundBegun]) -> None:
    """Write rounds in the place of words about their schedule; one that is there has its figures already."""
    statement = upsert(connection, t.reading_round)
    new, key = statement.excluded, ["schedule", "at_s"]
    changed = ("opens_s", "closes_s", "meters", "lost", "told")
    opened = statement.on_conflict_do_update(
        index_elements=key, set_={name: new[name] for name in changed}, where=_r.meters == 0
    )
    told = statement.on_conflict_do_update(index_elements=key, set_={"told": new.told})
    for one in rounds:
        connection.execute(opened if one.told is RoundTold.ROUND else told, _round_row(one))


def _write_over(connection: Connection, notes: Iterable[SlotNote]) -> None:
    alike: dict[tuple[str, int, SlotState, GapWhy | None], dict[str, int]] = {}
    for (slot, state, why), at_s in notes:
        because = why if state is SlotState.LOST else None
        alike.setdefault((slot.schedule, slot.at_s, state, because), {})[pan_of(slot.meter)] = at_s
    for (schedule, at_s, state, why), pans in alike.items():
        these = {"of": schedule, "moment": at_s, "pans": sorted(pans)}
        if state is SlotState.LOST:
            told = {"new_why": "" if why is None else why.value, "new_since": max(pans.values())}
            found = connection.execute(_LOST, these | told).rowcount
        else:
            found = connection.execute(_OVER, these).rowcount
        figure = _r[_FIGURE[state]]
        of_round = and_(_r.schedule == schedule, _r.at_s == at_s)
        connection.execute(update(t.reading_round).where(of_round).values({figure: figure + found}))


def _slot_row(one: SlotNote) -> dict[str, object]:
    slot, state, why = one.change
    return {
        "schedule": slot.schedule, "pan": pan_of(slot.meter), "at_s": slot.at_s, "state": state.value,
        "why": "" if why is None else why.value, "since_s": one.at_s,
    }  # fmt: skip


def _round_row(one: RoundBegun) -> dict[str, object]:
    return {**one._asdict(), "told": one.told.value, "read": 0, "gone": 0}


def open_slots(connection: Connection) -> list[SlotKept]:
    """Read the slots that are not over, moment by moment."""
    wanted = select(t.reading_slot).where(IS_OPEN).order_by(_s.schedule, _s.at_s, _s.pan)
    return [_slot_kept(row) for row in connection.execute(wanted)]


def _slot_kept(row: Row[Any]) -> SlotKept:
    slot = Slot(row.schedule, meter_no(row.pan), row.at_s)
    return SlotKept(slot, row.state == SlotState.GAP.value, row.since_s, gap_why_of(row.why))


def gap_why_of(text: str) -> GapWhy | None:
    """Read why a slot was not read."""
    return GAP_WHYS[text] if text else None


def last_rounds(connection: Connection) -> dict[str, RoundBegun]:
    """Read the last row about each schedule that ever was."""
    last = select(_r.schedule, func.max(_r.at_s).label("at_s")).group_by(_r.schedule).subquery()
    is_last = and_(last.c.schedule == _r.schedule, last.c.at_s == _r.at_s)
    rows = connection.execute(select(t.reading_round).join(last, is_last))
    return {row.schedule: round_begun_of(row) for row in rows}


def round_begun_of(row: Row[Any]) -> RoundBegun:
    """Read a round as it began."""
    return RoundBegun(
        row.schedule, row.at_s, row.opens_s, row.closes_s, row.meters, row.lost, RoundTold(row.told)
    )
