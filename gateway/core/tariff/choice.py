"""Which of a tariff's prices count for a buyer at his moment, and which preferences he holds."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.tariff.plan import Part
from gateway.core.tariff.preference import held
from gateway.core.tariff.table import ENERGY, Option, Step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.core.buyer import Buyer
    from gateway.core.tariff.table import Preference, TariffTable

#: A meter that holds money is sold money: a unit of credit costs a unit of money, whatever the time of use.
MONEY: Final = Option("", "", 0, "", (Step(None, (Fraction(1),)),))

_WHOLE: Final = Fraction(1)


def option_for(table: TariffTable, buyer: Buyer, zone: str | None = None) -> Option | None:
    """The prices that count for this buyer at his moment; None where that depends on a zone of use.

    ``zone`` is None for a purchase, and "" for use where no zones are. Raises ValueError where the price
    depends on the moment and ``buyer.at`` is None.
    """
    energy = table.energy
    options = energy.options
    if zone is None and table.holds_money:
        return MONEY
    zone = zone or ""
    if len(options) == 1 and options[0].zone == zone:
        return options[0]
    season, day_type = _season_and_type(table, buyer.at)
    ends = [upto for upto in energy.bands if upto is not None]
    place = (season, day_type, bisect_left(ends, buyer.average_wh or 0), zone)
    for option in options:
        if (option.season, option.day_type, option.band, option.zone) == place:
            return option
    return None


def _season_and_type(table: TariffTable, at: datetime | None) -> tuple[str, str]:
    calendar = table.energy.calendar
    if calendar is None:
        return "", ""
    if at is None:
        raise ValueError("the price depends on the season: the buyer's moment is needed")
    return calendar.season(at.date()), calendar.day_type(at.date())


def zone_at(table: TariffTable, at: datetime) -> str | None:
    """Name the zone of use that a local moment lies in; None where the tariff gives no hours for zones."""
    clock = (table.energy.clocks or {}).get(_season_and_type(table, at))
    return None if clock is None else clock.zone(at)


def held_by(table: TariffTable, buyer: Buyer) -> tuple[Preference, ...]:
    """The entries of the preferential sheet that this buyer has at his moment."""
    if not table.preferences or not buyer.schemes:
        return ()
    return held(table.preferences, buyer.schemes, None if buyer.at is None else buyer.at.date())


def part_of(
    table: TariffTable,
    option: Option,
    entries: Sequence[Preference] = (),
    *,
    name: str = "",
    share: Fraction = _WHOLE,
) -> Part:
    """Put a power type's part of a meter together, ready to be compiled."""
    if option is MONEY:
        return Part(name, share, _as_money(table), (ENERGY,), MONEY.steps)
    return Part(name, share, table, table.energy.components, option.steps, tuple(entries))


def _as_money(table: TariffTable) -> TariffTable:
    """The rules for money that is loaded: all energy is one line, and a kWh is priced when it is used.

    A share of sub-items is one of that line; a share of nothing but prices per kWh waits for the use too.
    """
    components = set(table.energy.components)
    gone = {item.code for item in table.kwh_items}
    shares = []
    for share in table.shares:
        named = (ENERGY if code in components else code for code in share.base if code not in gone)
        base = tuple(dict.fromkeys(named))
        if share.base and not base:
            gone.add(share.code)
        else:
            shares.append(replace(share, base=base))
    rule, line = table.rounding, table.rounding.balancing_line
    if line in components | gone:
        rule = replace(rule, balancing_line=ENERGY)
    return replace(table, kwh_items=(), shares=tuple(shares), rounding=rule)
