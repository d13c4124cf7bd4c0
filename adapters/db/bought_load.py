"""Load what was bought for meters that leave: lots, the oldest first, and what of it is in dispute."""

from __future__ import annotations

from collections import defaultdict
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

    from gateway.core.reading_rules import KnownMeter

_s, _m = t.sale.c, t.meter.c

#: States of a sale whose energy went out.
_OUT: Final = [one.value for one in (SaleState.ISSUED, SaleState.CLAIMED, SaleState.CONCEDED)]

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
            lots += came[key]
            beyond = encoded_wh - sum(one.energy_wh for one in came[key])
            lots += [Lot(id_, beyond)] if beyond > 0 else []
            continue
        # The utility bears what was conceded: it was not paid for.
        lines = () if state == SaleState.CONCEDED.value else read_explained(quote).lines
        lots.append(lot_of(id_, encoded_wh, lines))
    return Bought(tuple(lots), tuple(disputed))


def _came_along(connection: Connection, known: KnownMeter) -> dict[str, tuple[Lot, ...]]:
    """Find what came along from the meter before, by the key of its transfer."""
    found = connection.execute(select(t.departure).where(t.departure.c.new_pan == known.pan))
    came: dict[str, tuple[Lot, ...]] = defaultdict(tuple)
    for one in map(departure_of, found):
        came[one.transfer_key] = one.lots
    return came
