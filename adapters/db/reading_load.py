"""Load what readings are compared with: each meter with its fitting, readings, credits and departures.

The ledger asks with the head held; the pages ask beside it, to show what would be decided.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, select

from adapters.db import tables as t
from adapters.db.bought_load import load_bought
from adapters.db.departure_rows import departure_of
from adapters.db.file_rows import fitting_of
from adapters.db.meter_text import preset_of
from adapters.db.reading_rows import reading_of
from adapters.db.reset_rows import load_last_out, resets_of
from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.card_order import CardOrderState
from gateway.core.departure import Departure, having_left
from gateway.core.inspection import Finding
from gateway.core.meter import MeterState
from gateway.core.reading import ReadingState
from gateway.core.reading_books import ReadingBooks
from gateway.core.reading_rules import CreditOut, KnownMeter
from gateway.core.sale import SaleState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from gateway.core.reading import Reading
    from gateway.core.reading_books import ReadingNeeds

_r, _i, _m, _s, _k, _a = t.reading.c, t.inspection.c, t.meter.c, t.sale.c, t.token.c, t.amendment.c
_o = t.card_order.c

#: States of a sale whose energy went out, whatever became of its money.
_OUT: Final = [one.value for one in (SaleState.ISSUED, SaleState.CLAIMED, SaleState.CONCEDED)]

#: What went out for each meter, sale by sale: with its tokens, on a card since it was begun, or over a line.
_CREDITS: Final = (
    select(
        _m.pan,
        func.coalesce(func.min(_k.at_us), func.min(_o.begun_us), _s.at_us),
        _s.encoded_wh,
        func.count(_k.tid),
    )
    .join(t.sale, _s.meter_id == _m.id)
    .outerjoin(t.token, _k.sale_id == _s.id)
    .outerjoin(t.card_order, and_(_o.payment == _s.key, _o.state != CardOrderState.VOID.value))
    .where(_s.state.in_(_OUT), _s.encoded_wh > 0)
    .group_by(_m.pan, _s.id, _s.at_us, _s.encoded_wh)
)
_METERS: Final = select(_m.pan, t.customer.c.branch, _m.state, _m.contract_w).join(
    t.customer, t.customer.c.id == _m.customer_id
)
#: When each meter was fitted last, as it was entered.
_FITTED: Final = (
    select(_a.number, func.max(_a.at_us))
    .where(_a.subject == Subject.METER.value, _a.kind == AmendmentKind.INSTALLED.value)
    .group_by(_a.number)
)
#: The newest reading of a meter when an inspector said last that its register begins anew.
_ANEW: Final = (
    select(_i.pan, func.max(_i.reading_id)).where(_i.finding == Finding.BEGINS_ANEW.value).group_by(_i.pan)
)
_NEWEST: Final = select(_r.pan, func.max(_r.id)).group_by(_r.pan)


def load_readings(connection: Connection, needs: Sequence[ReadingNeeds]) -> ReadingBooks:
    """Read what is wanted; a meter that does not exist is not in it."""
    pans = {pan for need in needs for pan in need.pans}
    moments = {at_us for need in needs for at_us in need.moments}
    readings = connection.execute(select(func.coalesce(func.max(_r.id), 0))).scalar_one()
    inspections = connection.execute(select(func.coalesce(func.max(_i.id), 0))).scalar_one()
    departures = connection.execute(select(func.coalesce(func.max(t.departure.c.id), 0))).scalar_one()
    resets = connection.execute(select(func.coalesce(func.max(t.sale_reset.c.id), 0))).scalar_one()
    leaving = {pan for need in needs for pan in need.leaving}
    reset = {pan for need in needs for pan in need.last_out}
    known = known_meters(connection, pans | leaving | reset, moments)
    named = sorted({id_ for need in needs for id_ in need.departures})
    return ReadingBooks(
        known=known,
        next_reading=readings + 1,
        next_inspection=inspections + 1,
        bought=load_bought(connection, [known[pan] for pan in sorted(leaving & known.keys())]),
        departures={one.id: one for one in _departures(connection, t.departure.c.id.in_(named))},
        next_departure=departures + 1,
        last_out=load_last_out(connection, [known[pan] for pan in sorted(reset & known.keys())]),
        next_reset=resets + 1,
    )


def known_meters(
    connection: Connection, pans: Collection[str], moments: Collection[int] = ()
) -> dict[str, KnownMeter]:
    """Read meters as a reading is compared with them; ``moments`` are those of which all readings count."""
    named = sorted(pans)
    if not named:
        return {}
    fittings = connection.execute(select(t.fitting).where(t.fitting.c.pan.in_(named)))
    fitting = {row.pan: fitting_of(row) for row in fittings}
    fitted = _by_pan(connection, _FITTED.where(_a.number.in_(named)))
    anew = _by_pan(connection, _ANEW.where(_i.pan.in_(named)))
    newest = _by_pan(connection, _NEWEST.where(_r.pan.in_(named)))
    last, stored = _last(connection, named), _stored(connection, named, moments)
    gone = _gone(connection, named)
    out = _out(connection, named, gone)
    known = {
        row.pan: KnownMeter(
            pan=row.pan,
            branch=row.branch,
            is_removed=row.state == MeterState.REMOVED.value,
            contract_w=row.contract_w,
            fitting=fitting.get(row.pan),
            fitted_us=fitted.get(row.pan, 0),
            last=last.get(row.pan),
            stored=tuple(stored[row.pan]),
            out=tuple(sorted(out[row.pan], key=lambda one: one.at_us)),
            anew_after=anew.get(row.pan, 0),
            newest_id=newest.get(row.pan, 0),
        )
        for row in connection.execute(_METERS.where(_m.pan.in_(named)))
    }
    for pan, done in resets_of(connection, named).items():
        for one in done:
            known[pan] = known[pan].having_reset(one)
    return {pan: having_left(one, gone[pan]) for pan, one in known.items()}


def _departures(connection: Connection, which: ColumnElement[bool]) -> list[Departure]:
    found = connection.execute(select(t.departure).where(which).order_by(t.departure.c.id))
    return [departure_of(row) for row in found]


def _gone(connection: Connection, named: Sequence[str]) -> dict[str, list[Departure]]:
    gone: dict[str, list[Departure]] = defaultdict(list)
    for one in _departures(connection, t.departure.c.pan.in_(named)):
        gone[one.pan].append(one)
    return gone


def _by_pan(connection: Connection, statement: Select[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(statement)}


def _last(connection: Connection, named: Sequence[str]) -> dict[str, Reading]:
    """Read the last reading of each meter that counts."""
    ids = _NEWEST.where(_r.pan.in_(named), _r.state == ReadingState.ACCEPTED.value).subquery()
    rows = connection.execute(select(t.reading).where(_r.id.in_(select(ids.c[1]))))
    return {row.pan: reading_of(row) for row in rows}


def _stored(
    connection: Connection, named: Sequence[str], moments: Collection[int]
) -> dict[str, list[Reading]]:
    found: dict[str, list[Reading]] = defaultdict(list)
    if moments:
        wanted = select(t.reading).where(_r.pan.in_(named), _r.taken_us.in_(sorted(moments))).order_by(_r.id)
        for row in connection.execute(wanted):
            found[row.pan].append(reading_of(row))
    return found


def _out(
    connection: Connection, named: Sequence[str], gone: Mapping[str, Sequence[Departure]]
) -> dict[str, list[CreditOut]]:
    found: dict[str, list[CreditOut]] = defaultdict(list)
    for pan, at_us, energy_wh, tokens in connection.execute(_CREDITS.where(_m.pan.in_(named))):
        found[pan].append(CreditOut(at_us, energy_wh, max(1, tokens)))
    # What a meter came with is among its sales once a purchase has paid for it, and until then stands here.
    came = connection.execute(select(_m.pan, _m.preset).where(_m.pan.in_(named), _m.preset != ""))
    for pan, text in came:
        preset = preset_of(text)
        found[pan].append(CreditOut(0, 0 if preset is None else preset.wh, 0))
    # Or it was sold when the meter left.
    for pan, left in gone.items():
        found[pan] += [CreditOut(0, one.preset.wh, 0) for one in left if one.preset is not None]
    return found
