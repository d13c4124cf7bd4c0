"""Who acts, and why: names and reasons as they are kept for ever, and when two names are one person."""

from __future__ import annotations

import unicodedata
from itertools import chain
from typing import Final

#: Characters of a person's name.
PERSON_MAX: Final = 64

#: Before the name of somebody at the machine, as the diary and a request write it.
LOCAL: Final = "local:"

#: Letters that nobody sees, though they can be printed as far as Python knows (Unicode, 5.21, "default
#: ignorable"): a joiner, fillers of Hangul, selectors of a letter's look. Those of category Cf come besides.
_UNSEEN: Final = frozenset(
    map(
        chr,
        chain(
            (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0),
            range(0x180B, 0x1810),
            range(0xFE00, 0xFE10),
            range(0xE0100, 0xE01F0),
        ),
    )
)

#: Characters of a reason: a sentence, not a page.
REASON_MAX: Final = 200


def is_same_person(one: str, other: str) -> bool:
    """Compare two names as a person reads them: no case, no width of letters, no spaces around, nothing that
    cannot be seen. At the machine or in a browser, the same login is the same person.

    >>> is_same_person("Li Na", " LI NA ")
    True
    >>> is_same_person("anna", "local:Anna")
    True
    """
    return _read_name(one) == _read_name(other)


def login_of(said: str) -> str:
    """Take the login out of a name as the diary and a request write it."""
    return said.removeprefix(LOCAL)


def office_channel(person: str) -> str:
    """Name a person of the office as the giver of an order, for the journal."""
    return f"office:{person}"


def is_said(text: str, most: int) -> bool:
    """Can it be printed, and is there something in it, and not too much?"""
    return bool(text.strip()) and len(text) <= most and text.isprintable()


def _read_name(name: str) -> str:
    seen = (one for one in unicodedata.normalize("NFKC", name) if one not in _UNSEEN and not _is_format(one))
    read = " ".join("".join(seen).casefold().split())
    # Written twice it says no more than once.
    while read.startswith(LOCAL):
        read = read.removeprefix(LOCAL).lstrip()
    return read


def _is_format(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf"
