"""An insert that may say what becomes of a row that is there already, on either database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

_INSERT: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def upsert(connection: Connection, table: Table) -> Any:  # noqa: ANN401 - two classes that are alike
    """Give the insert of a connection's own database: it has ``excluded`` and ``on_conflict_do_update``."""
    return _INSERT[connection.dialect.name](table)
