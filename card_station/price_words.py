"""What the lines of a price are called, from the codes that the tariff gives them.

The office names them by the same words (``gateway/multi_tariff/plain_words.py``), which a station cannot see;
a test compares both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from card_station.words import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from card_station.words import Words

LINES: Final[Mapping[str, str]] = {
    "ENERGY": msg("Energy"),
    "ENERGY_NET": msg("Energy"),
    "BASE": msg("Basic price"),
    "LADDER": msg("Step surcharge"),
    "FUEL": msg("Fuel"),
    "RENT": msg("Rent"),
    "FUND": msg("Fund"),
    "LEVY": msg("Levy"),
    "FINE": msg("Fine"),
    "POOR": msg("Poor"),
    "FOREX": msg("Foreign exchange"),
    "TENDER": msg("your payment after debts and fees"),
    "VAT": msg("VAT"),
}

#: Letters up to which a code is an abbreviation.
_SHORT: Final = 4


def line_named(words: Words, code: str) -> str:
    """Name a line; one of a meter's lesser power type (``ENERGY.shop``) with that.

    >>> from card_station.words import words_of
    >>> line_named(words_of("en"), "RURAL_GRID_LOAN"), line_named(words_of("en"), "ENERGY.shop")
    ('Rural grid loan', 'Energy (shop)')
    """
    own, _, power_type = code.partition(".")
    name = words.say(LINES[own]) if own in LINES else _read(own)
    return f"{name} ({power_type})" if power_type else name


def _read(code: str) -> str:
    is_short = "_" not in code and len(code) <= _SHORT
    return code if is_short else code.replace("_", " ").lower().capitalize()
