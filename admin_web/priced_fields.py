"""The fields that a price depends on: power types and their parts, contracted power, schemes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.fields import NOTHING_WRITTEN, Field
from admin_web.file_forms import bounded, faulted, faulted_as_told
from admin_web.pages.tariffs import all_versions
from admin_web.words import msg
from gateway.core.customer import CONTRACT_W_MAX, PROPORTIONS_MAX, check_priced_by
from gateway.core.tariff import TariffFault
from gateway.core.tariff_life import Standing, TariffState, standing
from gateway.multi_tariff.read_version import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from admin_web.words import Words
    from gateway.core.supply_point import SupplyPoint
    from gateway.core.tariff_life import TariffVersion

_SHARE: Final = "share"
_SCHEME: Final = "scheme."
_PERCENT_DIGITS: Final = 3
_WATTS_OF_KW: Final = 1_000

ONE_HAS_ALL: Final = msg("Who has no other power type beside it has 100 per cent. Leave it empty.")


@dataclass(frozen=True, slots=True)
class Priced:
    """What tariffs can price now: the codes of power types, and of the schemes that they know."""

    power_types: tuple[str, ...]
    schemes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PricedBy:
    """What a price will depend on, as ``core.supply_point.SupplyPoint`` has it."""

    power_type: str
    proportions: tuple[tuple[str, int], ...]
    contract_w: int
    schemes: tuple[str, ...]


async def priced_now(
    asked: Asked, before: SupplyPoint | None = None, until: datetime | None = None
) -> Priced:
    """Ask what the approved tariffs price, now or ``until`` a later moment; what the supply point has is
    offered as well.
    """
    now = asked.office.now()
    approved = [one for one in await all_versions(asked) if one.state is TariffState.APPROVED]
    types = {one.power_type for one in approved if one.from_moment <= (until or now)}
    schemes = {
        scheme
        for one in approved
        if standing(one, _of_type(approved, one), now) is not Standing.REPLACED
        for scheme in _schemes_of(one)
    }
    if before is not None:
        types |= set(before.power_types)
        schemes |= set(before.schemes)
    return Priced(tuple(sorted(types)), tuple(sorted(schemes)))


def _of_type(versions: Sequence[TariffVersion], one: TariffVersion) -> Sequence[TariffVersion]:
    return [other for other in versions if other.power_type == one.power_type]


def _schemes_of(version: TariffVersion) -> Iterator[str]:
    """Give the schemes that a version names; none where this program cannot read it."""
    try:
        table = table_of(version.body)
    except TariffFault:
        return
    sheet, free = table.get("preferences"), table.get("free_basic")
    entries = [*(sheet if isinstance(sheet, list) else ()), free]
    for entry in entries:
        scheme = entry.get("scheme") if isinstance(entry, dict) else None
        if isinstance(scheme, str) and scheme:
            yield scheme


def priced_fields(words: Words, priced: Priced, heading: str = "") -> Iterator[Field]:
    """Ask for it: the main power type first, the others folded away."""
    types = tuple((one, one) for one in priced.power_types)
    yield Field("power_type", msg("Power type"), "choice", choices=types, heading=heading)
    yield Field(
        "contract",
        msg("Contracted power"),
        "power",
        hint=msg("Empty where nothing was agreed on."),
        is_required=False,
    )
    for code in priced.schemes:
        label = words.say(msg("Preferential scheme %(code)s"), code=code)
        yield Field(f"{_SCHEME}{code}", label, "check", is_required=False)
    if len(types) > 1:
        yield from _share_fields(types)


def _share_fields(types: tuple[tuple[str, str], ...]) -> Iterator[Field]:
    yield _share_field(
        _SHARE,
        msg("Part of the power type above in per cent"),
        heading=msg("Several power types on one meter"),
        hint=msg("All parts together are 100."),
    )
    for nth, (label, part) in enumerate(_OTHERS, 2):
        yield Field(f"type_{nth}", label, "choice", is_required=False, choices=types)
        yield _share_field(f"{_SHARE}_{nth}", part)


def _share_field(name: str, label: str, *, heading: str = "", hint: str = "") -> Field:
    return Field(
        name,
        label,
        "count",
        hint=hint,
        is_required=False,
        length_max=_PERCENT_DIGITS,
        heading=heading,
        is_folded=bool(heading),
    )


_OTHERS: Final = (
    (msg("Second power type"), msg("Its part in per cent")),
    (msg("Third power type"), msg("Its part in per cent")),
    (msg("Fourth power type"), msg("Its part in per cent")),
)


def priced_usual(point: SupplyPoint) -> dict[str, str]:
    """Say what stands in these fields for a supply point that is there."""
    shares = dict(point.proportions)
    others = [one for one in point.proportions if one[0] != point.power_type]
    usual = {"power_type": point.power_type, "contract": kw_text(point.contract_w)}
    if shares:
        usual[_SHARE] = str(shares[point.power_type]) if point.power_type in shares else ""
    for nth, (power_type, percent) in enumerate(others, 2):
        usual |= {f"type_{nth}": power_type, f"{_SHARE}_{nth}": str(percent)}
    return usual | {f"{_SCHEME}{code}": "yes" for code in point.schemes}


def kw_text(watts: int) -> str:
    """Write watts as kW, plainly; nothing for none."""
    whole, rest = divmod(watts, _WATTS_OF_KW)
    decimals = f".{rest:03}".rstrip("0") if rest else ""
    return f"{whole}{decimals}" if watts else ""


def priced_in(filled: Filled, priced: Priced) -> tuple[Filled, PricedBy]:
    """Read it; what is wrong is said of its field."""
    contract_w = filled.optional("contract", int) or 0
    filled = bounded(filled, "contract", contract_w, CONTRACT_W_MAX, filled.asked.shown.kw(CONTRACT_W_MAX))
    schemes = tuple(one for one in priced.schemes if filled.optional(f"{_SCHEME}{one}", bool))
    try:
        check_priced_by(0, schemes, ())
    except ValueError as fault:
        filled = faulted_as_told(filled, f"{_SCHEME}{schemes[-1]}", str(fault))
    filled, proportions = _proportions_in(filled)
    return filled, PricedBy(filled.optional("power_type", str) or "", proportions, contract_w, schemes)


def _proportions_in(filled: Filled) -> tuple[Filled, tuple[tuple[str, int], ...]]:
    """Read the parts; where one power type takes all of the meter there are none."""
    if not filled.has(_SHARE):
        return filled, ()
    others: list[tuple[str, int]] = []
    for nth in range(2, PROPORTIONS_MAX + 1):
        name, part = f"type_{nth}", f"{_SHARE}_{nth}"
        power_type, percent = filled.optional(name, str), filled.optional(part, int)
        if power_type is None and percent is not None:
            filled = faulted(filled, name, NOTHING_WRITTEN)
        elif power_type is not None and percent is None:
            filled = faulted(filled, part, NOTHING_WRITTEN)
        elif power_type is not None and percent is not None:
            others.append((power_type, percent))
    main, share = filled.optional("power_type", str) or "", filled.optional(_SHARE, int)
    if not others:
        # Of a wrong part of another the main one's says nothing.
        is_whole = share in {None, 100} or not filled.is_sound
        return (filled if is_whole else faulted(filled, _SHARE, ONE_HAS_ALL)), ()
    if share is None:
        return faulted(filled, _SHARE, NOTHING_WRITTEN), ()
    proportions = ((main, share), *others)
    try:
        check_priced_by(0, (), proportions if main else (("main", share), *others))
    except ValueError as fault:
        return faulted_as_told(filled, _SHARE, str(fault)), ()
    return filled, proportions
