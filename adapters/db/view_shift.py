"""One shift: what moved its drawer from its beginning to its end, its invoices, and the count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import case, func, select

from adapters.db import tables as t
from adapters.db.day_figures import summed
from adapters.db.entry_id import NO_END, first_id_at
from adapters.db.open_sales import IS_OPEN
from adapters.db.view import View
from gateway.core.chart import cash, over_short, safe
from gateway.core.invoice import InvoiceKind
from gateway.core.ledger import EntryKind
from gateway.core.staff import Shift
from gateway.core.views_shift import DrawerMoves, HandedIn, InvoiceRun, ShiftFacts

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from gateway.core.views_shift import ShiftFile

_h, _e, _p, _a, _s, _i = t.shift.c, t.entry.c, t.posting.c, t.account.c, t.sale.c, t.invoice.c

_MILLISECOND_US: Final = 1_000


def _shift(connection: Connection, query: ShiftFile) -> Shift | None:
    statement = select(t.shift).where(_h.id == query.id)
    if query.branch is not None:
        own = select(t.station.c.code).where(t.station.c.branch == query.branch)
        statement = statement.where(_h.station.in_(own))
    row = connection.execute(statement).one_or_none()
    return None if row is None else Shift(*row)


def _within(shift: Shift) -> tuple[ColumnElement[bool], ...]:
    """Say that an entry is of the time of the shift: by its id, which finds it, and by its moment."""
    begin = first_id_at(shift.opened_us)
    end = NO_END if shift.closed_us is None else first_id_at(shift.closed_us + _MILLISECOND_US)
    times = [_e.at_us >= shift.opened_us]
    if shift.closed_us is not None:
        times.append(_e.at_us <= shift.closed_us)
    return (_e.id >= begin, _e.id < end, _p.entry_id >= begin, _p.entry_id < end, *times)


def _moves(connection: Connection, shift: Shift) -> tuple[DrawerMoves, ...]:
    drawer = select(_a.id).where(_a.code == cash(shift.station, shift.login))
    statement = (
        select(_e.kind, func.count(), summed(_p.amount), summed(_s.energy_wh))
        .join(t.posting, _p.entry_id == _e.id)
        .outerjoin(t.sale, _s.id == _e.sale_id)
        .where(_p.account_id.in_(drawer), _e.kind != EntryKind.HAND_IN.value, *_within(shift))
        .group_by(_e.kind)
        .order_by(_e.kind)
    )
    return tuple(DrawerMoves(*row) for row in connection.execute(statement))


def _handed_in(connection: Connection, shift: Shift) -> HandedIn | None:
    if shift.closed_us is None:
        return None
    drawer, over = cash(shift.station, shift.login), over_short(shift.station, shift.login)
    statement = (
        select(_e.id, _e.channel, _a.code, _p.amount)
        .join(t.posting, _p.entry_id == _e.id)
        .join(t.account, _a.id == _p.account_id)
        .where(_e.kind == EntryKind.HAND_IN.value, _e.at_us == shift.closed_us, *_within(shift))
    )
    found: dict[tuple[int, str], dict[str, int]] = {}
    for entry_id, channel, code, amount in connection.execute(statement):
        found.setdefault((entry_id, channel), {})[code] = amount
    for (entry_id, channel), lines in found.items():
        if not lines.keys().isdisjoint({drawer, over}):
            return HandedIn(entry_id, channel, -lines.get(drawer, 0), lines.get(safe(shift.station), 0))
    return None


def _invoices(connection: Connection, shift: Shift) -> InvoiceRun | None:
    is_red = case((_i.kind.in_([InvoiceKind.RED.value, InvoiceKind.PART.value]), 1), else_=0)
    statement = select(func.min(_i.number), func.max(_i.number), func.count(), summed(is_red)).where(
        _i.series == shift.station, _i.actor == shift.login, _i.at_us >= shift.opened_us
    )
    if shift.closed_us is not None:
        statement = statement.where(_i.at_us <= shift.closed_us)
    first, last, count, red = connection.execute(statement).one()
    return InvoiceRun(first, last, count, red) if count else None


def _facts(connection: Connection, query: ShiftFile) -> ShiftFacts | None:
    shift = _shift(connection, query)
    if shift is None:
        return None
    drawer = cash(shift.station, shift.login)
    moves, handed_in = _moves(connection, shift), _handed_in(connection, shift)
    moved = sum(one.minor for one in moves)
    waiting: list[int] = []
    due: int = moved if handed_in is None else handed_in.due_minor
    if shift.closed_us is None:
        due = connection.execute(select(summed(_a.balance)).where(_a.code == drawer)).scalar_one()
        receipts = select(_s.receipt_no).where(IS_OPEN, _s.funding == drawer).order_by(_s.receipt_no)
        waiting = list(connection.execute(receipts).scalars())
    return ShiftFacts(
        shift=shift,
        before_minor=due - moved,
        moves=moves,
        handed_in=handed_in,
        invoices=_invoices(connection, shift),
        waiting=tuple(waiting),
    )


def _rows(connection: Connection, query: ShiftFile) -> list[DrawerMoves]:
    facts = _facts(connection, query)
    return [] if facts is None else list(facts.moves)


def _count(connection: Connection, query: ShiftFile) -> int:
    return len(_rows(connection, query))


SHIFT_FILE: Final = View(_rows, _count, _facts)
