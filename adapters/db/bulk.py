"""Set-based statements: a whole batch in one call, spelled for the database at hand.

A lookup takes its list as one JSON parameter, so that the statement's text is always the same and is prepared
once; an insert or update takes its rows as tuples. The call sites do not know which database it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Dialect, Row, Select, Table

_LISTED = "listed"


def among(column: Column[object]) -> ColumnElement[bool]:
    """Say that a column is one of the values of the JSON list which the statement is run with."""
    each = func.json_each(bindparam(_LISTED)).table_valued("value")
    return column.in_(select(each.c.value))


def lookup(
    connection: Connection, statement: Select[Any], values: Iterable[object]
) -> Sequence[Row[Any]]:
    """Run a select that holds an ``among``; no statement at all when there is nothing to look up."""
    listed = list(values)
    if not listed:
        return ()
    return connection.execute(statement, {_LISTED: json.dumps(listed)}).all()


class RowWriter:
    """Writes rows given as tuples: compiled once, run with the driver's own executemany."""

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def __call__(self, connection: Connection, rows: list[tuple[object, ...]]) -> None:
        """Write the rows; no statement at all when there are none."""
        if rows:
            connection.exec_driver_sql(self._sql, rows)


def inserter(table: Table, dialect: Dialect, *columns: str, once: bool = False) -> RowWriter:
    """Make the writer that inserts rows; a tuple has these columns, or else all the table's, in order.

    ``once``: a row that is there already (by a unique rule) stays as it is, and that is no fault.
    """
    names = list(columns) or [column.key for column in table.c]
    compiled = insert(table).compile(dialect=dialect, column_keys=names)
    assert compiled.positiontup == names, compiled.positiontup  # noqa: S101 - tuples are filled in this order
    return RowWriter(f"{compiled} ON CONFLICT DO NOTHING" if once else str(compiled))


def updater(table: Table, dialect: Dialect, *columns: str) -> RowWriter:
    """Make the writer that sets columns, named in the table's order; a tuple has values, then the id."""
    statement = update(table).where(table.c.id == bindparam("row_id"))
    statement = statement.values({name: bindparam(f"new_{name}") for name in columns})
    return RowWriter(_in_given_order(statement, dialect, [f"new_{name}" for name in columns]))


def adder(table: Table, dialect: Dialect, column: str) -> RowWriter:
    """Make the writer that adds to a column; a tuple has what is added, then the row's id."""
    statement = update(table).where(table.c.id == bindparam("row_id"))
    statement = statement.values({column: table.c[column] + bindparam("added")})
    return RowWriter(_in_given_order(statement, dialect, ["added"]))


def _in_given_order(statement: object, dialect: Dialect, names: list[str]) -> str:
    """Compile, and make sure that the positional parameters stand as the tuples are filled."""
    compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # any executable statement
    assert compiled.positiontup == [*names, "row_id"], compiled.positiontup  # noqa: S101 - our own statements
    return str(compiled)
