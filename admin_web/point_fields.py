"""The fields of a supply point, and how they become one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web.fields import Field
from admin_web.file_forms import bounded, faulted, faulted_as_told
from admin_web.network_fields import network_fields, places_in
from admin_web.priced_fields import priced_fields, priced_in
from admin_web.words import msg
from gateway.core.customer import ADDRESS_MAX
from gateway.core.energy import Energy
from gateway.core.supply_point import KEPT_WH_MAX, PointState, SupplyPoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from admin_web.forms import Filled
    from admin_web.priced_fields import Priced
    from admin_web.words import Words
    from gateway.core.network import NetworkPlace

POINT_ADDRESS: Final = Field("point_address", msg("Address of the supply point"), length_max=ADDRESS_MAX)

_STATE: Final = Field(
    "state",
    msg("How far it is"),
    "choice",
    choices=(
        (PointState.REGISTERED.value, msg("registered: a meter can be installed")),
        (PointState.APPLIED.value, msg("applied for: it is decided later")),
    ),
)
_PHASES: Final = Field(
    "phases", msg("Phases"), "choice", choices=(("1", msg("one phase")), ("3", msg("three phases")))
)
ALARM: Final = Field(
    "alarm", msg("The meter warns at"), "energy", hint=msg("Empty: it does not warn."), is_required=False
)
HOARD: Final = Field(
    "hoard", msg("Most that may stand in it"), "energy", hint=msg("Empty: no limit."), is_required=False
)

#: How a new one usually stands.
USUAL: Final = {"state": PointState.REGISTERED.value, "phases": "1"}

WARNS_ABOVE: Final = msg(
    "The meter must warn below the most that may stand in it. Enter less here, or more there."
)


def new_point_fields(
    words: Words, network: Mapping[str, NetworkPlace], priced: Priced, *, has_own_address: bool
) -> Iterator[Field]:
    """Give the fields of a new one; ``has_own_address``: nothing else in the form says where it is."""
    hint = "" if has_own_address else msg("Empty: the customer's own.")
    address = replace(POINT_ADDRESS, is_required=has_own_address, hint=hint)
    yield replace(address, heading=msg("Supply point"))
    yield _STATE
    yield _PHASES
    yield from network_fields(network)
    yield from priced_fields(words, priced, heading=msg("What the price depends on"))
    yield replace(ALARM, heading=msg("Credit in the meter"))
    yield HOARD


def new_point_in(
    filled: Filled, network: Mapping[str, NetworkPlace], priced: Priced, address: str
) -> tuple[Filled, SupplyPoint | None]:
    """Read a new one; ``address`` is the customer's own. None where it cannot be, which its fields say."""
    filled, places = places_in(filled, network)
    filled, by = priced_in(filled, priced)
    filled, alarm_wh, hoard_wh = kept_in(filled)
    said = filled.optional(POINT_ADDRESS.name, str) or address
    if not filled.is_sound:
        return filled, None
    try:
        point = SupplyPoint(
            "",
            "",
            said,
            area=places.area,
            feeder=places.feeder,
            transformer=places.transformer,
            power_type=by.power_type,
            phases=int(filled.value("phases", str)),
            contract_w=by.contract_w,
            schemes=by.schemes,
            proportions=by.proportions,
            alarm_wh=alarm_wh,
            hoard_wh=hoard_wh,
            state=PointState(filled.value("state", str)),
        )
    except ValueError as fault:
        return faulted_as_told(filled, "power_type", str(fault)), None
    return filled, point


def basic_point_fields(network: Mapping[str, NetworkPlace], before: SupplyPoint) -> Sequence[Field]:
    """Give the fields of the basic file of one that is there."""
    address = replace(POINT_ADDRESS, is_required=False)
    return (address, *network_fields(network, before), ALARM, HOARD)


def basic_usual(point: SupplyPoint) -> dict[str, str]:
    """Say what stands in them."""
    return {
        "point_address": point.address,
        "area": point.area,
        "feeder": point.feeder,
        "transformer": point.transformer,
        "alarm": _kwh_text(point.alarm_wh),
        "hoard": _kwh_text(point.hoard_wh),
        "version": str(point.version),
    }


def _kwh_text(energy_wh: int) -> str:
    return Energy(energy_wh).kwh_text(3) if energy_wh else ""


def kept_in(filled: Filled) -> tuple[Filled, int, int]:
    """Read at what credit the meter warns, and the most that may stand in it, in Wh."""
    found = []
    for field in (ALARM, HOARD):
        energy = filled.optional(field.name, Energy)
        wh = 0 if energy is None else energy.wh
        filled = bounded(filled, field.name, wh, KEPT_WH_MAX, filled.asked.shown.kwh(KEPT_WH_MAX))
        found.append(wh)
    alarm_wh, hoard_wh = found
    if hoard_wh and alarm_wh >= hoard_wh:
        filled = faulted(filled, ALARM.name, WARNS_ABOVE)
    return filled, alarm_wh, hoard_wh
