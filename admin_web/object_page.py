"""The page of one thing: what it is, what happened to it, what it is related to, and its raw record.

summary    facts, each with its label; identifiers can be copied
timeline   money, energy, messages, amendments and the diary merged, newest first
related    links to the things around it
raw        the record as the engineer wants it; nothing secret is ever put in
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from admin_web.answers import Page
from admin_web.words import msg

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from admin_web.asked import Asked
    from admin_web.cells import Amount, Cell, State

#: What kinds of events a timeline merges, by their names.
STRANDS: Final[Mapping[str, str]] = {
    "money": msg("Money"),
    "energy": msg("Energy"),
    "message": msg("Message"),
    "file": msg("Amendment"),
    "audit": msg("Diary"),
    "trouble": msg("Exception"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A label (an English sentence) and what stands there."""

    label: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened: when, of which strand, in a sentence, an amount, by whom, leading where."""

    at: datetime
    strand: str
    sentence: str
    detail: Cell = None
    amount: Amount | None = None
    by: str = ""
    path: str | None = None

    @property
    def strand_name(self) -> str:
        """What the strand is called; KeyError where it is none."""
        return STRANDS[self.strand]


@dataclass(frozen=True, slots=True)
class Related:
    """A link to another thing; the label is an English sentence, the cell says which one."""

    label: str
    cell: Cell
    path: str


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that may be done with the thing: the page of its form. Give only what the visitor may do."""

    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing as its page shows it. ``kind`` is an English sentence, ``title`` its own name or number.

    ``older`` are the lists with what its timeline leaves out, where it leaves something out.
    """

    kind: str
    title: str
    facts: tuple[Fact, ...]
    state: State | None = None
    deeds: tuple[Deed, ...] = ()
    timeline: tuple[Happening, ...] = ()
    older: tuple[Related, ...] = ()
    related: tuple[Related, ...] = ()
    raw: Any = field(default=None, repr=False)

    @property
    def newest_first(self) -> list[Happening]:
        """The timeline in its order."""
        return sorted(self.timeline, key=lambda one: one.at, reverse=True)

    @property
    def raw_text(self) -> str:
        """The record as JSON, indented; what JSON has no form for is written as text."""
        return json.dumps(self.raw, indent=2, ensure_ascii=False, default=str, sort_keys=False)


def object_page(
    asked: Asked,
    thing: Thing,
    crumbs: tuple[tuple[str, str], ...] = (),
    template: str = "object_page.html",
    **values: object,
) -> Page:
    """Make the page; ``crumbs`` are labels, said already, with their paths; ``values`` are further ones."""
    around = {"title": f"{asked.words.say(thing.kind)} {thing.title}", "crumbs": crumbs, "thing": thing}
    return Page(template, {**around, **values})
