"""Makes HTML of a page: a template, the reader's words and figures, and what stands around every page."""

from __future__ import annotations

import re
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from admin_web import cells
from admin_web.forgery import SEAL_FIELD, form_seal
from admin_web.notice import notice_of
from admin_web.print_note import note_of
from admin_web.reach import Reach
from admin_web.words import LANGUAGES, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2.bccache import Bucket

    from admin_web.answers import Page
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.route import Route
    from admin_web.static_files import StaticFiles

#: A place in a path, whatever it is called.
_PLACE: Final = re.compile(r"<[^>]*>")

TEMPLATES: Final = Path(__file__).parent / "templates"


class Renderer:
    """Renders pages; ``paths`` tells the templates which parts of the site there are."""

    def __init__(self, routes: Sequence[Route], files: StaticFiles) -> None:
        self._files = files
        self._paths = frozenset(_PLACE.sub("<>", route.path) for route in routes)
        self._reach = Reach(routes)

    def html(self, asked: Asked, page: Page) -> bytes:
        """Make the page; what it shows is escaped, whatever it is."""
        values = {**self._around(asked), "printing": note_of(asked, page), **page.values}
        return environment(asked.words.language).get_template(page.template).render(values).encode()

    def _around(self, asked: Asked) -> Mapping[str, Any]:
        """Give what every template may use."""
        return {
            "asked": asked,
            "words": asked.words,
            "shown": asked.shown,
            "visitor": asked.visitor,
            "version": asked.office.version,
            "menu": asked.menu,
            "notice": notice_of(asked),
            "languages": LANGUAGES,
            "static": self._files.address,
            "has_page": self._paths.__contains__,
            "opens": partial(self._reach.opens, visitor=asked.visitor),
            "seal": _Seals(asked).field,
            "text_of": _CellWriter(asked).text,
            "kind_of": cells.kind_of,
        }


class _CellWriter:
    """Writes cells for one reader."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def text(self, cell: Cell) -> str:
        """Write a cell."""
        return cells.text_of(cell, self._asked.words, self._asked.shown)


class _Seals:
    """Makes the hidden fields that prove a form to be ours."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def field(self, path: str) -> Markup:
        """Make the hidden field of a form that is sent to ``path``; none where nobody is signed in."""
        if self._asked.visitor is None:
            return Markup("")
        seal = form_seal(self._asked.visitor, path)
        return Markup('<input type="hidden" name="{}" value="{}">').format(SEAL_FIELD, seal)


class _Compiled(BytecodeCache):
    """What templates were made into, for all languages: it takes longer than the page that wants it may."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is kept."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED: Final = _Compiled()


def prepare_templates() -> None:
    """Make all templates ready in every language: on a thread; a page that did it would hold payments up."""
    for language in LANGUAGES:
        made = environment(language)
        for name in made.list_templates():
            made.get_template(name)


@cache
def environment(language: str) -> Environment:
    """Give the templates in one language: a name that is missing is a fault, never an empty place."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
        bytecode_cache=_COMPILED,
    )
    words = words_of(language)
    # Not "newstyle": that takes each sentence for markup and formats it, and what is said here may be a
    # branch's name or a refusal's detail as well.
    made.install_gettext_callables(words.say, words.say_many, newstyle=False)  # type: ignore[attr-defined]  # i18n's own
    return made
