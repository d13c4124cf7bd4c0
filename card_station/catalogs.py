"""Brings the desk's catalogs up to date with its sentences: ``make language``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from card_station.words import CATALOGS, ENGLISH, LANGUAGES
from gateway.core.card import CardReason
from gateway.core.office import OfficeRefusal
from gateway.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOM: Final = Path(__file__).parent
_METHODS: Final = [("**.py", "python"), ("**.html", "jinja2")]
_KEYWORDS: Final = {"msg": None, "say": None, "_": None}
_WIDTH: Final = 110
_HEAD: Final = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"

"""


def sentences_of_others() -> Iterator[str]:
    """Give what the centre says: of a card, and why it refuses."""
    yield from (one.sentence for one in CardReason)
    yield from (one.value for one in OfficeRefusal)
    yield from (one.sentence for one in Refusal)


def extracted() -> Catalog:
    """Gather every sentence of the desk, as a catalog without translations."""
    gathered = Catalog(charset="utf-8")
    for _, _, said, _, _ in extract_from_dir(_ROOM, _METHODS, {}, _KEYWORDS):
        gathered.add(said, flags=())
    for sentence in sentences_of_others():
        gathered.add(sentence)
    return gathered


def written(language: str) -> Catalog:
    """Read a language's catalog as it stands."""
    with file_of(language).open("rb") as source:
        return read_po(source, locale=language)


def file_of(language: str) -> Path:
    """Name the file of a language."""
    return CATALOGS / language / "messages.po"


def update() -> None:
    """Write every catalog anew."""
    template = extracted()
    for language in LANGUAGES:
        if language == ENGLISH:
            continue
        catalog = written(language)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        with file_of(language).open("wb") as target:
            target.write(_HEAD.format(language=language, plurals=catalog.plural_forms).encode())
            write_po(target, catalog, width=_WIDTH, no_location=True, omit_header=True, sort_output=True)


if __name__ == "__main__":
    update()
