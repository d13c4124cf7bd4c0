"""The fields that say where in the network a supply point is, with the places of the dictionary to choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.fields import Field
from admin_web.file_forms import faulted
from admin_web.point_words import NETWORK_KINDS
from admin_web.words import msg
from gateway.core.network import ABOVE, NetworkKind
from gateway.core.views_points import NetworkPlaces
from gateway.ports import TakesTooLong

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.network import NetworkPlace
    from gateway.core.supply_point import SupplyPoint

#: Places of a network that a form can offer, or a list show at once: a city's transformers.
PLACES_MAX: Final = 5_000

#: From the bottom: whoever names the lower place has named those above it.
_UPWARDS: Final = (NetworkKind.TRANSFORMER, NetworkKind.FEEDER, NetworkKind.AREA)

NOT_BELOW: Final = {
    NetworkKind.TRANSFORMER: msg(
        "This transformer is not on the feeder that is chosen. Choose one of its own, or leave the feeder "
        "empty."
    ),
    NetworkKind.FEEDER: msg(
        "This feeder is not in the area that is chosen. Choose one of its own, or leave the area empty."
    ),
}

_HINT: Final = msg("Choose the lowest place that is known; what stands above it follows.")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a supply point is: the codes, "" where not known."""

    area: str
    feeder: str
    transformer: str


async def network_of(asked: Asked) -> dict[str, NetworkPlace]:
    """Give the whole dictionary by code; TakesTooLong where it has more than a form can offer."""
    found: list[NetworkPlace] = []
    while True:
        question = NetworkPlaces(after=found[-1].code if found else None)
        page = await asked.office.views.rows(question)
        found += page
        if len(found) > PLACES_MAX:
            raise TakesTooLong
        if len(page) < question.limit:
            return {one.code: one for one in found}


def place_name(place: NetworkPlace) -> str:
    """Name a place with its code."""
    return f"{place.name} ({place.code})"


def network_fields(
    network: Mapping[str, NetworkPlace], before: SupplyPoint | None = None, heading: str = ""
) -> Sequence[Field]:
    """Ask for area, feeder and transformer: for those in use, and for those that the point has already."""
    fields: list[Field] = []
    for kind in reversed(_UPWARDS):
        kept = "" if before is None else getattr(before, kind.value)
        offered = [one for one in network.values() if one.kind is kind and (one.is_used or one.code == kept)]
        choices = tuple((one.code, _choice(one, network)) for one in sorted(offered, key=_order))
        if kept and kept not in network:  # another system has left it
            choices = (*choices, (kept, kept))
        if not choices:
            continue
        is_first = not fields
        fields.append(
            Field(
                kind.value,
                NETWORK_KINDS[kind],
                "choice",
                hint=_HINT if is_first else "",
                is_required=False,
                choices=choices,
                heading=heading if is_first else "",
            )
        )
    return fields


def _order(place: NetworkPlace) -> tuple[str, str]:
    return place.parent, place.name


def _choice(place: NetworkPlace, network: Mapping[str, NetworkPlace]) -> str:
    """Name a place, with the one above it."""
    above = network.get(place.parent)
    return place_name(place) if above is None else f"{place_name(place)}, {above.name}"


def places_in(filled: Filled, network: Mapping[str, NetworkPlace]) -> tuple[Filled, Places]:
    """Read the codes, those above filled in from below; what does not belong together is said."""
    codes = {
        kind: (filled.optional(kind.value, str) or "") if filled.has(kind.value) else "" for kind in _UPWARDS
    }
    for kind in _UPWARDS:
        above, place = ABOVE[kind], network.get(codes[kind])
        if above is None or place is None:
            continue
        if not codes[above]:
            codes[above] = place.parent
        elif codes[above] != place.parent:
            filled = faulted(filled, kind.value, NOT_BELOW[kind])
    return filled, Places(codes[NetworkKind.AREA], codes[NetworkKind.FEEDER], codes[NetworkKind.TRANSFORMER])
