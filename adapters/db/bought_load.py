"""Load what was bought for meters that leave: lots, the oldest first, and what of it is in dispute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.departure_rows import departure_of
from gateway.core.departure import MOVE
from gateway.core.lots import Lot, lot_of
from gateway.core.pricing import read_explained
from gateway.core.reading_books import Bought
from gateway.core.sale import SaleState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from gateway.core.departure import Departure
    from gateway.core.reading_rules import KnownMeter

_s, _m = t.sale.c, t.meter.c

#: States of a sale whose energy went out.
_OUT: Final = [one.value for one in (SaleState.ISSUED, SaleState.CLAIMED, SaleState.CONCEDED)]

#: The notice that a token is out.
_TOKEN_ISSUED: Final = "token_issued"  # noqa: S105 - a kind, not a secret

_SALES: Final = (
    select(_s.id, _s.at_us, _s.key, _s.state, _s.encoded_wh, _s.quote)
    .join(t.meter, _m.id == _s.meter_id)
    .where(_s.state.in_(_OUT), _s.encoded_wh > 0)
    .order_by(_s.id)
)


def load_bought(connection: Connection, leaving: Sequence[KnownMeter]) -> dict[str, Bought]:
    """Read it, for each meter since it was fitted where it is; few meters leave in one batch."""
    return {one.pan: _bought(connection, one) for one in leaving}


def _bought(connection: Connection, known: KnownMeter) -> Bought:
    came = _came_along(connection, known)
    lots: list[Lot] = []
    disputed: list[str] = []
    sold = _SALES.where(_m.pan == known.pan, _s.at_us >= known.fitted_us)
    for id_, _, key, state, encoded_wh, quote in connection.execute(sold):
        if state == SaleState.CLAIMED.value:
            disputed.append(key)
        if key.startswith(MOVE):
            # What its tokens carry beyond what came along was rounded up, and cost nothing.
            along = came[key].lots if key in came else ()
            lots += along
            beyond = encoded_wh - sum(one.energy_wh for one in along)
            lots += [Lot(id_, beyond)] if beyond > 0 else []
            continue
        # The utility bears what was conceded: it was not paid for.
        lines = () if state == SaleState.CONCEDED.value else read_explained(quote).lines
        lots.append(lot_of(id_, encoded_wh, lines))
    is_moved = {row.key for row in connection.execute(sold) if row.key.startswith(MOVE)}
    awaits = any(one.travels_wh for one in came.values() if one.transfer_key not in is_moved)
    return Bought(tuple(lots), tuple(disputed), awaits, _is_undelivered(connection, known.pan))


def _came_along(connection: Connection, known: KnownMeter) -> dict[str, Departure]:
    """Find what came along from meters before, by the key of its transfer, since it is where it is."""
    d = t.departure.c
    which = (d.new_pan == known.pan, d.at_us >= known.fitted_us)
    found = connection.execute(select(t.departure).where(*which))
    return {one.transfer_key: one for one in map(departure_of, found)}


def _is_undelivered(connection: Connection, pan: str) -> bool:
    """Was it tried to tell the customer of a token, in vain so far?"""
    o = t.outbox.c
    tried = (
        select(o.id)
        .join(t.sale, _s.id == o.subject)
        .join(t.meter, _m.id == _s.meter_id)
        .where(_m.pan == pan, o.kind == _TOKEN_ISSUED, o.attempts > 0)
    )
    return connection.execute(tried.limit(1)).first() is not None
