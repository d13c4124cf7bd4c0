"""Who acts, and why: names and reasons as they are kept for ever, and when two names are one person."""

from __future__ import annotations

import unicodedata
from typing import Final

#: Characters of a person's name.
PERSON_MAX: Final = 64

#: Characters of a reason: a sentence, not a page.
REASON_MAX: Final = 200


def is_same_person(one: str, other: str) -> bool:
    """Compare two names as a person reads them: no case, no width of letters, no spaces around.

    >>> is_same_person("Li Na", " LI NA ")
    True
    """
    return _read_name(one) == _read_name(other)


def office_channel(person: str) -> str:
    """Name a person of the office as the giver of an order, for the journal."""
    return f"office:{person}"


def is_said(text: str, most: int) -> bool:
    """Can it be printed, and is there something in it, and not too much?"""
    return bool(text.strip()) and len(text) <= most and text.isprintable()


def _read_name(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
