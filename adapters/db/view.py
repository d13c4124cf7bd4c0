"""One view: how one kind of question is answered from a connection, in its three ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class View:
    """The three ways; ``Any`` because the table of views holds every kind of question (``views.py``)."""

    rows: Callable[[Connection, Any], Sequence[Any]]
    count: Callable[[Connection, Any], int]
    totals: Callable[[Connection, Any], Any]
