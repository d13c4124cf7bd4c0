"""Resets for selling and their rows, and the last purchase that went out for a meter."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from adapters.db import tables as t
from gateway.core.reading import ReadingState, Sums
from gateway.core.reset import Evidence, LastOut, Outcome, Reset, Shows
from gateway.core.sale import SaleState
from gateway.core.token import ReservedId

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from gateway.core.reading_rules import KnownMeter

_s, _m, _k, _r = t.sale.c, t.meter.c, t.token.c, t.reading.c

#: States of a sale whose energy went out, whatever became of its money.
_OUT: Final = [one.value for one in (SaleState.ISSUED, SaleState.CLAIMED, SaleState.CONCEDED)]

#: Sales of a meter whose tokens went out, the last first.
_SALES_OUT: Final = (
    select(
        _s.key,
        _s.id,
        func.min(_k.at_us).label("at_us"),
        func.count(_k.tid).label("count"),
        func.min(_k.base_date).label("base_date"),
        func.min(_k.tid).label("tid"),
        _m.last_tid,
    )
    .join(t.meter, _m.id == _s.meter_id)
    .join(t.token, _k.sale_id == _s.id)
    .where(_s.state.in_(_OUT), _s.encoded_wh > 0)
    .group_by(_s.key, _s.id, _m.last_tid)
    .order_by(func.min(_k.at_us).desc(), func.min(_k.tid).desc())
    .limit(1)
)


def load_last_out(connection: Connection, meters: Iterable[KnownMeter]) -> dict[str, LastOut]:
    """Read the last purchase of each of these that had one; few meters are reset in one batch."""
    found = {}
    for known in meters:
        row = connection.execute(_SALES_OUT.where(_m.pan == known.pan)).one_or_none()
        if row is not None:
            number = sum(one.count for one in known.out)
            last = LastOut(row[0], row[1], row[2], number, *row[3:])
            gap_wh = _gap_before(connection, known, last.at_us)
            found[known.pan] = replace(last, gap_before_wh=gap_wh)
    return found


def _gap_before(connection: Connection, known: KnownMeter, at_us: int) -> int | None:
    """Find the least gap of the readings before a moment that showed a credit, since the counting began.

    What was bought since then and was not entered yet is in the gap as well, and may still be seen: so it is
    never more than the gap that the counting began with.
    """
    gap_wh = _r.issued_wh - _r.loaded_wh - _r.used_wh
    statement = select(func.min(_r.first_gap_wh), func.min(gap_wh)).where(
        _r.pan == known.pan,
        _r.state == ReadingState.ACCEPTED.value,
        _r.credit_wh.is_not(None),
        _r.taken_us <= at_us,
        _r.at_us >= known.fitted_us,
        _r.id > known.anew_after,
    )
    least = [one for one in connection.execute(statement).one() if one is not None]
    return min(least) if least else None


def resets(connection: Connection, which: ColumnElement[bool]) -> list[Reset]:
    """Read resets, the oldest first."""
    found = connection.execute(select(t.sale_reset).where(which).order_by(t.sale_reset.c.id))
    return [reset_of(row) for row in found]


def resets_of(connection: Connection, pans: Sequence[str]) -> dict[str, list[Reset]]:
    """Read those of these meters."""
    found: dict[str, list[Reset]] = defaultdict(list)
    for one in resets(connection, t.sale_reset.c.pan.in_(pans)):
        found[one.pan].append(one)
    return found


def reset_of(row: Row[Any]) -> Reset:
    """Read a reset."""
    return Reset(
        id=row.id,
        at_us=row.at_us,
        pan=row.pan,
        payment=row.payment,
        outcome=Outcome(row.outcome),
        shows=Shows(Evidence(row.evidence), row.seen_us, bool(row.is_taken), row.credits, row.reference),
        number=row.number,
        before=Sums(row.issued_before_wh, row.loaded_before_wh, row.used_wh, row.first_gap_wh),
        after=Sums(row.issued_wh, row.loaded_wh, row.used_wh, row.first_gap_wh),
        reason=row.reason,
        by=row.actor,
        reading_id=row.reading_id,
        key_name=row.key_name,
        again=None if row.tid is None else ReservedId(row.base_date, row.tid, row.rnd),
        is_lifted=bool(row.is_lifted),
        entry_id=row.entry_id,
    )


def reset_rows(found: Iterable[Reset], link: int) -> list[tuple[object, ...]]:
    """Write resets, in the order of the table's columns."""
    return [
        (one.id, one.at_us, one.pan, one.payment, one.outcome.value, one.shows.evidence.value,
         one.shows.seen_us, int(one.shows.is_taken), one.shows.credits, one.shows.reference, one.number,
         one.before.issued_wh, one.before.loaded_wh, one.after.issued_wh, one.after.loaded_wh,
         one.after.used_wh, one.after.first_gap_wh, one.reason, one.by, one.reading_id, one.key_name,
         *((None, None, None) if one.again is None else (one.again.base_date, one.again.tid, one.again.rnd)),
         int(one.is_lifted), one.entry_id, link)
        for one in found
    ]  # fmt: skip
