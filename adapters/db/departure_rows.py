"""Departures and their rows; what was bought for meters, as lots.

lots      [[sale, Wh, [[code, minor, account], …]], …]
a fourth  the lines of what is given back, where that is less than was paid
{"lots": […], "preset": [Wh, minor]}   where preset energy was sold with the departure
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gateway.core.departure import Basis, Departure, Leaving
from gateway.core.lots import Lot
from gateway.core.preset import Preset
from gateway.core.pricing import PricedLine
from gateway.core.reading import Sums

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Row

#: Made once.
_dumps: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def departure_of(row: Row[Any]) -> Departure:
    """Read a departure."""
    lots, preset = _of(row.lots)
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
        lots=lots,
        entry_id=row.entry_id,
        preset=preset,
    )


def departure_rows(departures: Iterable[Departure], link: int) -> list[tuple[object, ...]]:
    """Write departures, in the order of the table's columns."""
    return [
        (one.id, one.at_us, one.pan, one.point, one.account_no, one.kind.value, one.basis.value,
         one.sums.issued_wh, one.sums.loaded_wh, one.sums.used_wh, one.remaining_wh, one.from_loaded_wh,
         one.left_on, one.said_by, one.reason, one.by, one.currency, one.new_pan, one.overdraft_minor,
         one.refund_minor, _text(one), one.entry_id, link)
        for one in departures
    ]  # fmt: skip


def preset_wh(lots: str) -> int:
    """Read how much preset energy was sold with a departure. Quick for the many where none was."""
    preset = _of(lots)[1] if '"preset":' in lots else None
    return 0 if preset is None else preset.wh


def _text(one: Departure) -> str:
    lots = [_lot(lot) for lot in one.lots]
    if one.preset is None:
        return _dumps(lots)
    return _dumps({"lots": lots, "preset": (one.preset.wh, one.preset.minor)})


def _of(text: str) -> tuple[tuple[Lot, ...], Preset | None]:
    stored = json.loads(text)
    lots, preset = (stored["lots"], Preset(*stored["preset"])) if isinstance(stored, dict) else (stored, None)
    return tuple(_lot_of(*one) for one in lots), preset


def _lot(one: Lot) -> tuple[object, ...]:
    said = one.sale, one.energy_wh, _lines(one.lines)
    return said if one.given is None else (*said, _lines(one.given))


def _lines(lines: Iterable[PricedLine]) -> list[tuple[str, int, str]]:
    return [(line.code, line.minor, line.account) for line in lines]


def _lot_of(sale: int, energy_wh: int, lines: list[list[Any]], given: list[list[Any]] | None = None) -> Lot:
    return Lot(sale, energy_wh, _read(lines), None if given is None else _read(given))


def _read(lines: list[list[Any]]) -> tuple[PricedLine, ...]:
    return tuple(PricedLine(*line) for line in lines)
