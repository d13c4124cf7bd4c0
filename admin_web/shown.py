"""How figures are shown: money, energy, moments and days, in the reader's language and zone.

Money always has all its minor digits, energy always its unit. A moment is the reader's local time with its
offset; a business day is a day of the books and never a moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

from babel.numbers import format_decimal, format_percent, get_currency_symbol, parse_pattern
from babel.units import format_unit

from gateway.core.ledger import WATT_HOURS
from gateway.core.money import CURRENCY_EXPONENT

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

    from babel import Locale
    from babel.numbers import NumberPattern

_KWH_UNIT: Final = "energy-kilowatt-hour"
_UNITS: Final = {WATT_HOURS: _KWH_UNIT, "W": "power-kilowatt"}
_KWH_DIGITS: Final = "#,##0.0##"
_KW_DIGITS: Final = "#,##0.###"
_THOUSANDS: Final = -3


@dataclass(frozen=True, slots=True)
class Shown:
    """Writes figures as one reader is used to."""

    locale: Locale
    zone: tzinfo

    def money(self, minor: int, currency: str) -> str:
        """Write an amount with its currency: ``CN¥1,234.50``."""
        pattern = _money_pattern(self.locale, currency)
        figure = Decimal(minor).scaleb(-CURRENCY_EXPONENT[currency])
        text: str = pattern.apply(figure, self.locale, currency=currency, currency_digits=False)
        return text

    def kwh(self, energy_wh: int) -> str:
        """Write energy in kWh with its unit, to the watt-hour where it is no tenth."""
        figure = Decimal(energy_wh).scaleb(_THOUSANDS)
        return format_unit(figure, _KWH_UNIT, "short", format=_KWH_DIGITS, locale=self.locale)

    def kw(self, watts: int) -> str:
        """Write a power in kW with its unit, as it is typed: ``5.5 kW``."""
        figure = Decimal(watts).scaleb(_THOUSANDS)
        return format_unit(figure, _UNITS["W"], "short", format=_KW_DIGITS, locale=self.locale)

    def amount(self, amount: int, unit: str) -> str:
        """Write what the books hold: minor units of a currency, or watt-hours."""
        return self.kwh(amount) if unit == WATT_HOURS else self.money(amount, unit)

    def unit(self, unit: str) -> str:
        """Name the unit of figures that stand without theirs: a currency's letters, kWh of Wh, kW of W."""
        known = _UNITS.get(unit)
        if known is None:
            return unit
        return format_unit(0, known, "short", format="0", locale=self.locale).replace("0", "").strip()

    @staticmethod
    def knows_unit(unit: str) -> bool:
        """Is this a currency, or watt-hours?"""
        return unit == WATT_HOURS or unit in CURRENCY_EXPONENT

    def percent(self, per_mille: int) -> str:
        """Write thousandths as per cent, to a tenth: ``10.0%``."""
        pattern = self.locale.percent_formats[None].pattern.replace("##0", "##0.0")
        text: str = format_percent(Decimal(per_mille).scaleb(_THOUSANDS), pattern, self.locale)
        return text

    def number(self, figure: int) -> str:
        """Write a count."""
        return format_decimal(figure, locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """Write a moment in the reader's zone, to the second: ``2026-11-23 12:00:05 +08:00``."""
        local = moment.astimezone(self.zone)
        offset = local.strftime("%z")
        return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"

    def day(self, day: date) -> str:
        """Write a day of the books: ``2026-11-23``."""
        return day.isoformat()


def figure_of(amount: int, unit: str) -> Decimal:
    """Give an amount of the books as a decimal number of its currency or of kWh, for a sheet."""
    return Decimal(amount).scaleb(-decimals_of(unit))


def decimals_of(unit: str) -> int:
    """How many decimals an amount of this unit has."""
    return -_THOUSANDS if unit == WATT_HOURS else CURRENCY_EXPONENT[unit]


@cache
def _money_pattern(locale: Locale, currency: str) -> NumberPattern:
    """Take the language's pattern with all digits of the currency: CLDR leaves some of them out.

    Where there are only the currency's letters, they stand apart from the figure.
    """
    decimals = CURRENCY_EXPONENT[currency]
    digits = "0." + "0" * decimals if decimals else "0"
    pattern = locale.currency_formats["standard"].pattern.replace("0.00", digits)
    apart = get_currency_symbol(currency, locale)[-1].isalpha()
    return parse_pattern(pattern.replace("¤#", "¤\xa0#") if apart else pattern)
