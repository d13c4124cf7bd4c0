"""Departures and their rows; what was bought for meters, as lots."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gateway.core.departure import Basis, Departure, Leaving
from gateway.core.lots import Lot
from gateway.core.pricing import PricedLine
from gateway.core.reading import Sums

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Row

#: Made once.
_dumps: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def departure_of(row: Row[Any]) -> Departure:
    """Read a departure."""
    return Departure(
        id=row.id,
        at_us=row.at_us,
        pan=row.pan,
        point=row.point,
        account_no=row.account_no,
        kind=Leaving(row.kind),
        basis=Basis(row.basis),
        sums=Sums(row.issued_wh, row.loaded_wh, row.used_wh),
        remaining_wh=row.remaining_wh,
        from_loaded_wh=row.from_loaded_wh,
        left_on=row.left_on,
        said_by=row.said_by,
        reason=row.reason,
        by=row.actor,
        currency=row.currency,
        new_pan=row.new_pan,
        overdraft_minor=row.overdraft_minor,
        refund_minor=row.refund_minor,
        lots=tuple(_lot_of(*one) for one in json.loads(row.lots)),
        entry_id=row.entry_id,
    )


def departure_rows(departures: Iterable[Departure], link: int) -> list[tuple[object, ...]]:
    """Write departures, in the order of the table's columns."""
    return [
        (one.id, one.at_us, one.pan, one.point, one.account_no, one.kind.value, one.basis.value,
         one.sums.issued_wh, one.sums.loaded_wh, one.sums.used_wh, one.remaining_wh, one.from_loaded_wh,
         one.left_on, one.said_by, one.reason, one.by, one.currency, one.new_pan, one.overdraft_minor,
         one.refund_minor, _dumps([_lot(lot) for lot in one.lots]), one.entry_id, link)
        for one in departures
    ]  # fmt: skip


def _lot(one: Lot) -> tuple[object, ...]:
    return one.sale, one.energy_wh, [(line.code, line.minor, line.account) for line in one.lines]


def _lot_of(sale: int, energy_wh: int, lines: list[list[Any]]) -> Lot:
    return Lot(sale, energy_wh, tuple(PricedLine(*line) for line in lines))
