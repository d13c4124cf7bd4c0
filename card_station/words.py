"""The languages of the desk: each sentence stands in the code in English, and in a catalog for each other.

As in the office (``admin_web/words.py``), of which a station knows nothing. ``make language`` brings the
catalogs up to date; a sentence that is missing in one is said in English, and a test keeps that from
happening.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel import Locale
from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency
from babel.units import format_unit

from gateway.core.money import CURRENCY_EXPONENT
from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

CATALOGS: Final = Path(__file__).parent / "language"

#: The languages by their codes, each by its own name.
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "zh": "中文", "ru": "Русский"}

ENGLISH: Final = "en"
_KWH_DIGITS: Final = "#,##0.0##"
_THOUSANDS: Final = -3


def msg(sentence: str) -> str:
    """Mark a sentence that will be said in the reader's language."""
    return sentence


@dataclass(frozen=True, slots=True)
class Words:
    """One language: its code, what it calls things, and how it writes figures."""

    language: str
    translations: gettext.NullTranslations

    @property
    def locale(self) -> Locale:
        """How figures and dates are written in it."""
        return Locale.parse(self.language)

    def say(self, sentence: str, **values: object) -> str:
        """Say a sentence; placeholders are written ``%(name)s``."""
        said = self.translations.gettext(sentence) if sentence else ""
        return said % values if values else said

    def money(self, minor: int, currency: str) -> str:
        """Write an amount with its currency."""
        figure = Decimal(minor).scaleb(-CURRENCY_EXPONENT[currency])
        text: str = format_currency(figure, currency, locale=self.locale)
        return text

    def kwh(self, energy_wh: int) -> str:
        """Write energy in kWh with its unit."""
        figure = Decimal(energy_wh).scaleb(_THOUSANDS)
        return format_unit(figure, "energy-kilowatt-hour", "short", format=_KWH_DIGITS, locale=self.locale)

    def moment(self, at_us: int, zone: tzinfo) -> str:
        """Write a moment in the station's zone, to the minute."""
        return format_datetime(moment_of(at_us).astimezone(zone), "yyyy-MM-dd HH:mm", locale=self.locale)


@cache
def words_of(language: str) -> Words:
    """Give a language's words; English for one that is none of ours."""
    if language == ENGLISH or language not in LANGUAGES:
        return Words(ENGLISH, gettext.NullTranslations())
    with (CATALOGS / language / "messages.po").open("rb") as source:
        catalog = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Words(language, gettext.GNUTranslations(compiled))
