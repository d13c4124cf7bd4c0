"""Figures as people type them: as the page shows them in the reader's language, or plain.

plain      1234.50      digits and a point, in every language
as shown   1,234.50     English and Chinese
           1 234,50     Russian, with any kind of space between the thousands

Whatever can be read in two ways is refused: thousands that are not three digits (``12,5``), or another
language's signs (``1.234,50``). Digits and signs as wide as East Asian letters are read as the narrow ones.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from gateway.core.energy import Energy, EnergyFault
from gateway.core.money import Money, MoneyFault

if TYPE_CHECKING:
    from babel import Locale

    from admin_web.asked import Asked

#: Letters of a figure that is typed: the greatest amount has far fewer, with all its signs.
FIGURE_MAX: Final = 40

#: Spaces between thousands: the common one, those that do not break, the thin ones, the wide one.
_SPACES: Final = " \u00a0\u2009\u202f\u3000"
_WIDE: Final = {0xFF10 + digit: ord("0") + digit for digit in range(10)} | {
    ord("\uff0c"): ",",
    ord("\uff0e"): ".",
    ord("\uff0d"): "-",
    ord("\u2212"): "-",
}
_NARROWED: Final = _WIDE | dict.fromkeys(map(ord, _SPACES), " ")

_PLAIN: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")

_COUNT_DIGITS_MAX: Final = 15


def typed_money(text: str, asked: Asked) -> Money | None:
    """Read an amount of the utility's currency; None where it is none, or finer than the currency."""
    try:
        return Money.parse(plain_figure(text, asked.shown.locale) or "", asked.me.currency)
    except MoneyFault:
        return None


def typed_energy(text: str, asked: Asked) -> Energy | None:
    """Read kWh; None where they are none, or finer than a watt-hour."""
    try:
        return Energy.parse_kwh(plain_figure(text, asked.shown.locale) or "")
    except EnergyFault:
        return None


def typed_power(text: str, asked: Asked) -> int | None:
    """Read kW as whole watts; None where they are none, or finer than a watt."""
    # A kilowatt has as many watts as a kilowatt-hour has watt-hours.
    found = typed_energy(text, asked)
    return None if found is None else found.wh


def typed_count(text: str, asked: Asked) -> int | None:
    """Read a whole number of 0 or more; None where it is none."""
    plain = plain_figure(text, asked.shown.locale) or ""
    return int(plain) if plain.isdigit() and len(plain) <= _COUNT_DIGITS_MAX else None


def plain_figure(text: str, locale: Locale) -> str | None:
    r"""Write a typed figure plainly, such as ``-1234.50``; None where it is none, or can be read in two ways.

    >>> from babel import Locale
    >>> [plain_figure("1,234.50", Locale(language)) for language in ("en", "ru")]
    ['1234.50', None]
    >>> [plain_figure("1\u202f234,50", Locale(language)) for language in ("en", "ru")]
    [None, '1234.50']
    """
    if len(text) > FIGURE_MAX:
        return None
    narrow = text.translate(_NARROWED)
    if _PLAIN.fullmatch(narrow):
        return narrow
    found = _as_shown(locale).fullmatch(narrow)
    if found is None:
        return None
    sign, whole, decimals = found.groups()
    digits = "".join(digit for digit in whole if digit.isdigit())
    return f"{sign}{digits}.{decimals}" if decimals else sign + digits


@cache
def _as_shown(locale: Locale) -> re.Pattern[str]:
    """Say how a language writes a figure (CLDR): thousands in threes or not at all, its own decimal sign.

    A point before the decimals is understood behind spaces, too: no language means anything else by it.
    """
    signs = locale.number_symbols["latn"]
    group, decimal = signs["group"].translate(_NARROWED), signs["decimal"]
    decimals = re.escape(decimal + "." if group == " " else decimal)
    threes = rf"[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}})+"
    return re.compile(rf"(-?)({threes}|[0-9]+)(?:[{decimals}]([0-9]+))?")
