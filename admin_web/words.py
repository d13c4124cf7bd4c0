"""Languages: every sentence stands in the code in English, and in a catalog for each other language.

``msg("Account")`` marks a sentence where it stands in a declaration; ``words.say`` says it to somebody. The
catalogs (gettext's .po) are read once at the start; a sentence that is missing in one is said in English, and
a test keeps that from happening. ``make language`` brings the catalogs up to date.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from collections.abc import Mapping

CATALOGS: Final = Path(__file__).parent / "language"

#: The languages by their codes, each by its own name.
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "zh": "中文", "ru": "Русский"}

ENGLISH: Final = "en"


def msg(sentence: str) -> str:
    """Mark a sentence that will be said in the reader's language."""
    return sentence


@dataclass(frozen=True, slots=True)
class Words:
    """One language: its code, and what it calls things. Placeholders are written ``%(name)s``."""

    language: str
    translations: gettext.NullTranslations

    @property
    def locale(self) -> Locale:
        """How figures and dates are written in it."""
        return Locale.parse(self.language)

    def say(self, sentence: str, **values: object) -> str:
        """Say a sentence; nothing for nothing, since under it a catalog keeps its own head."""
        said = self.translations.gettext(sentence) if sentence else ""
        return said % values if values else said

    def say_many(self, one: str, many: str, count: int, **values: object) -> str:
        """Say how many; ``%(count)s`` is the figure. Russian has three forms, Chinese one."""
        return self.translations.ngettext(one, many, count) % {"count": count, **values}


def msg_many(one: str, many: str) -> tuple[str, str]:
    """Mark a sentence that says how many, for one and for many."""
    return one, many


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


def language_of(cookie: str, own: str | None, accepted: str) -> str:
    """Choose a language: the one chosen in this browser, the person's own, or what the browser asks for."""
    wished = [
        cookie,
        own or "",
        *(part.partition(";")[0].strip()[:2].lower() for part in accepted.split(",")),
    ]
    return next((code for code in wished if code in LANGUAGES), ENGLISH)
