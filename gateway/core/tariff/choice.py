"""Which of a tariff's prices count for a buyer at his moment, and which preferences he holds."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.tariff.plan import Part
from gateway.core.tariff.preference import held
from gateway.core.tariff.table import ENERGY, Step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.core.buyer import Buyer
    from gateway.core.tariff.table import Option, Preference, TariffTable

#: A meter that holds money is sold money: a unit of credit costs a unit of money, whatever the time of use.
_MONEY_STEPS: Final = (Step(None, (Fraction(1),)),)

_WHOLE: Final = Fraction(1)


def option_for(table: TariffTable, buyer: Buyer, zone: str = "") -> Option | None:
    """The prices that count for this buyer at his moment; None where that depends on a zone of use.

    Raises ValueError where the price depends on the moment and ``buyer.at`` is None.
    """
    energy = table.energy
    options = energy.options
    if (len(options) == 1 and options[0].zone == zone) or (table.holds_money and not zone):
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
    if table.holds_money and not option.zone:
        return Part(name, share, table, (ENERGY,), _MONEY_STEPS)
    return Part(name, share, table, table.energy.components, option.steps, tuple(entries))
