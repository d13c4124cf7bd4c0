"""How a profile names a piece of a message: ``37``, ``7.date``, ``90.trace``, ``90.date_time.date``.

A number is a field, a name behind it a part of that field's layout, ``date`` the month and day with which
that begins. DE13 is a date by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

#: Field names that profiles use; a profile has a handful, and each message needs them read.
_NAMES_MAX = 1_024

_DATE_FIELD = "13"


@dataclass(frozen=True, slots=True)
class FieldName:
    """A field, perhaps a part of it, perhaps only the month and day that it begins with."""

    number: int
    part: str
    is_date: bool


@lru_cache(maxsize=_NAMES_MAX)
def field_name(name: str) -> FieldName:
    """Read a field's name; ValueError where it does not begin with a number."""
    number, _, part = name.partition(".")
    is_date = part == "date" or part.endswith(".date") or (number == _DATE_FIELD and not part)
    return FieldName(int(number), part.removesuffix(".date").removesuffix("date"), is_date)
