"""May a supply point be priced so from a moment on? Asked when terms are ordered, and when they begin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from gateway.core.buyer import Buyer
from gateway.core.office import OfficeRefusal
from gateway.core.supply_point import THREE_PHASES
from gateway.core.tariff import Tariff, TariffFault, shared_by
from gateway.prepayment.point_allowed import mix_refusal, price_refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.supply_point import SupplyPoint
    from gateway.core.tariff_life import TariffVersion

#: Energy (Wh) that a price is asked for, to see whether there is one.
_TRIED_WH: Final = 1_000

_ALL: Final = 100


def terms_refusal(books: Books, point: SupplyPoint, at: datetime) -> tuple[OfficeRefusal, str] | None:
    """Say why a supply point may not be priced so at a moment, with what is wrong; None where it may.

    Each power type must have an approved price then, and all of them, with the schemes, come to one price. A
    version that begins later may part them again: then nothing is sold until somebody mends it.
    Refusals: bad_file, no_price, needs_three_phases, not_together.
    """
    return (
        mix_refusal(point)
        or price_refusal(books, point, at)
        or phases_refusal(books, point, at)
        or _together_refusal(books, point, at)
    )


def phases_refusal(books: Books, point: SupplyPoint, at: datetime) -> tuple[OfficeRefusal, str] | None:
    """A supply point of one phase may not be priced by a power type that is for three; each has its price."""
    if point.phases >= THREE_PHASES:
        return None
    for power_type in point.power_types:
        tariff = _tariff(_in_force(books, power_type, at))
        if tariff is not None and tariff.table.three_phase:
            return OfficeRefusal.NEEDS_THREE_PHASES, power_type
    return None


def _tariff(version: TariffVersion) -> Tariff | None:
    """Read a version; None for one that cannot be."""
    try:
        return Tariff.from_mapping(json.loads(version.body), version.version)
    except ValueError:
        return None


def _together_refusal(books: Books, point: SupplyPoint, at: datetime) -> tuple[OfficeRefusal, str] | None:
    """Put the prices together as a sale does, and ask for one."""
    parts = dict(point.proportions) or {point.power_type: _ALL}
    tariffs = []
    for power_type in point.power_types:
        tariff = _tariff(_in_force(books, power_type, at))
        if tariff is None:
            return OfficeRefusal.NO_PRICE, power_type
        tariffs.append((power_type, parts[power_type], tariff))
    try:
        whole = shared_by(tariffs) if point.proportions else tariffs[0][2]
        local = at.astimezone(ZoneInfo(whole.timezone))
        whole.quote_energy(_TRIED_WH, Buyer(at=local, contract_w=point.contract_w, schemes=point.schemes))
    except TariffFault:
        return OfficeRefusal.NOT_TOGETHER, ", ".join((*point.power_types, *point.schemes))
    return None


def _in_force(books: Books, power_type: str, at: datetime) -> TariffVersion:
    """Find the approved version that counts at a moment; that there is one was asked before."""
    begun = [one for one in books.office.priced[power_type].approved if one.from_moment <= at]
    # Of two that begin together the first by name is in force, as in the price.
    return min(begun, key=lambda one: (at - one.from_moment, one.version))
