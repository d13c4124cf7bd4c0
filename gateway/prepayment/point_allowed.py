"""May a supply point stand so? Asked whenever one is opened or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.core.customer import ADDRESS_MAX
from gateway.core.network import ABOVE, NetworkKind
from gateway.core.office import OfficeRefusal
from gateway.core.person import is_said

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.supply_point import SupplyPoint

#: The fields of a supply point that the network's dictionary has, from the top.
_PLACES: Final = (
    ("area", NetworkKind.AREA),
    ("feeder", NetworkKind.FEEDER),
    ("transformer", NetworkKind.TRANSFORMER),
)

#: Which of them stands above, "" above an area.
_FIELD_ABOVE: Final = {
    kind: next((name for name, one in _PLACES if one is ABOVE[kind]), "") for _, kind in _PLACES
}


def point_refusal(books: Books, point: SupplyPoint, now: datetime) -> tuple[OfficeRefusal, str] | None:
    """Say why a supply point may not stand so, with what is wrong; None where it may.

    Refusals: bad_file, unknown_place, no_price.
    """
    return (
        mix_refusal(point)
        or address_refusal(point)
        or place_refusal(books, point)
        or price_refusal(books, point, now)
    )


def mix_refusal(point: SupplyPoint) -> tuple[OfficeRefusal, str] | None:
    """The main power type must be one of those that share the meter."""
    if point.proportions and point.power_type not in dict(point.proportions):
        return OfficeRefusal.BAD_FILE, f"{point.power_type} has no part of the meter"
    return None


def address_refusal(
    point: SupplyPoint, before: SupplyPoint | None = None
) -> tuple[OfficeRefusal, str] | None:
    """An address must be one that can be printed; what another system has left is judged when it changes."""
    is_kept = before is not None and before.address == point.address
    if is_kept or not point.address or is_said(point.address, ADDRESS_MAX):
        return None
    return OfficeRefusal.BAD_FILE, f"an address has {ADDRESS_MAX} characters, and all can be printed"


def place_refusal(
    books: Books, point: SupplyPoint, before: SupplyPoint | None = None
) -> tuple[OfficeRefusal, str] | None:
    """Each place must be in the dictionary, of its kind, and below the one that is named with it.

    Of a point that was there before only what changes is judged: a place that is used no more locks no file.
    """
    for name, kind in _PLACES:
        code = getattr(point, name)
        if not code:
            continue
        place, above = books.files.network.get(code), _FIELD_ABOVE[kind]
        is_kept = before is not None and getattr(before, name) == code
        if not is_kept and (place is None or place.kind is not kind or not place.is_used):
            return OfficeRefusal.UNKNOWN_PLACE, f"{kind.value} {code}"
        named = getattr(point, above) if above else ""
        is_kept = is_kept and (not above or getattr(before, above) == named)
        if not is_kept and named and (place is None or place.parent != named):
            return OfficeRefusal.UNKNOWN_PLACE, f"{kind.value} {code} is not below {named}"
    return None


def price_refusal(books: Books, point: SupplyPoint, now: datetime) -> tuple[OfficeRefusal, str] | None:
    """Each power type must have a price now, or nothing could be sold."""
    for power_type in point.power_types:
        priced = books.office.priced.get(power_type)
        if priced is None or not any(one.from_moment <= now for one in priced.approved):
            return OfficeRefusal.NO_PRICE, power_type
    return None
