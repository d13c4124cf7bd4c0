"""What a person looks for in texts: his wild cards are letters like any other, and case is nothing.

A database folds the case of ASCII's letters at least; whether it folds others' depends on its locale. So a
text with other letters is looked for as names are written: as it was typed, small, large, and with capitals.
"""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, literal_column, or_

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Column, ColumnElement

_ESCAPE: Final = "/"
_SMALL: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


#: Between two columns: nobody looks for it.
_BETWEEN: Final[ColumnElement[str]] = literal_column("'\n'")


def holds(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Say that a text is somewhere in a column."""
    return _like(column, (f"%{_literally(form)}%" for form in _forms(text)))


def any_holds(columns: Sequence[Column[str]], text: str) -> ColumnElement[bool]:
    """Say that a text is somewhere in one of these columns, which are looked through as one."""
    joined: Any = columns[0]
    for column in columns[1:]:
        joined = joined + _BETWEEN + column
    return holds(joined, text)


def begins(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Say that a column begins with a text."""
    return _like(column, (f"{_literally(form)}%" for form in _forms(text)))


def _like(column: ColumnElement[Any], patterns: Iterable[str]) -> ColumnElement[bool]:
    return or_(*(func.lower(column).like(pattern, escape=_ESCAPE) for pattern in patterns))


def _forms(text: str) -> list[str]:
    """Give the forms that a text may have in a column, whose letters of ASCII are small."""
    forms = (text, text.lower(), text.upper(), text.title())
    return sorted({form.translate(_SMALL) for form in forms})


def _literally(text: str) -> str:
    """Write a text as a pattern that fits itself alone."""
    for sign in (_ESCAPE, "%", "_"):
        text = text.replace(sign, _ESCAPE + sign)
    return text
