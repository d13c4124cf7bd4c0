"""Brings the catalogs of the languages up to date with the sentences of the pages: ``make language``.

New sentences come in with nothing said for them, old ones go; a test fails while anything is unsaid. They
stand in the order of the alphabet and without their places, so that two changes seldom meet in one line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from admin_web.spoken import sentences_of_others
from admin_web.words import CATALOGS, ENGLISH, LANGUAGES

_ROOM: Final = Path(__file__).parent
_METHODS: Final = [("**.py", "python"), ("**.html", "jinja2")]
_OPTIONS: Final = {"**.html": {"newstyle_gettext": "true"}}
_KEYWORDS: Final = {
    "msg": None,
    "say": None,
    "say_many": (1, 2),
    "msg_many": (1, 2),
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
}
_WIDTH: Final = 110

#: The head that a reader needs; dates in it would only make two changes meet.
_HEAD: Final = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"

"""


def extracted() -> Catalog:
    """Gather every sentence of the pages, as a catalog without translations."""
    gathered = Catalog(charset="utf-8")
    for _, _, said, _, _ in extract_from_dir(_ROOM, _METHODS, _OPTIONS, _KEYWORDS):
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
