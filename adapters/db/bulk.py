"""Set-based statements: a whole batch in one call, spelled for the database at hand.

A lookup takes its list as one parameter, so that its text is always the same and is prepared once.
An insert or update takes its rows as tuples: SQLite gets them from the driver's own loop, PostgreSQL column
by column as arrays. The call sites do not know which database it is.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Text, bindparam
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from adapters.db.pipeline import Pipeline
from gateway.core.chain import Rows, array_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Column, Connection, Dialect, Select, Table, TextClause
    from sqlalchemy.sql.compiler import SQLCompiler

_LISTED = "listed"

#: Under which key of a connection the pipeline stands that rows are written to.
_LINE = "powertill_pipeline"


class _Listed(FunctionElement[str]):
    """The list that a statement is run with, as rows."""

    inherit_cache = True


@compiles(_Listed, "sqlite")
def _listed_as_json(element: _Listed, compiler: SQLCompiler, **how: object) -> str:
    return f"json_each({compiler.process(element.clauses, **how)})"


@compiles(_Listed, "postgresql")
def _listed_as_array(element: _Listed, compiler: SQLCompiler, **how: object) -> str:
    return f"(SELECT unnest(CAST({compiler.process(element.clauses, **how)} AS TEXT[])) AS value)"


class Prepared:
    """A select whose text is made once for each kind of database: SQLAlchemy's search for it costs as much as
    the rows of a small batch.
    """

    def __init__(self, statement: Select[Any] | TextClause) -> None:
        self._statement = statement
        self._texts: dict[str, str] = {}

    def text(self, dialect: Dialect) -> str:
        """Give its text: as SQLite's driver wants it, or with PostgreSQL's own ``$1`` for the list."""
        text = self._texts.get(dialect.name)
        if text is None:
            text = str(self._statement.compile(dialect=dialect))
            if dialect.name == "postgresql":
                text = text % {_LISTED: "$1"}
            self._texts[dialect.name] = text
        return text


def among(statement: Select[Any], column: Column[str]) -> Prepared:
    """Let a select have the rows whose column is one of the texts that it is asked with (see ``answers``)."""
    listed = _Listed(bindparam(_LISTED, type_=Text())).table_valued("value")
    return Prepared(statement.join(listed, listed.c.value == column))


#: A select, and the texts that one made by ``among`` is asked with.
Question = tuple[Prepared, "Iterable[str] | None"]


def answers(connection: Connection, asked: Sequence[Question]) -> list[Sequence[tuple[Any, ...]]]:
    """Run selects in their order and give the rows of each; an ``among`` without texts is not run at all.

    PostgreSQL is sent all of them together and runs one after the other, each on what is committed then: so
    what stands behind a lock sees what the lock's last holder wrote, and the way there and back is made once.
    """
    dialect = connection.dialect
    if dialect.name == "sqlite":
        return [_answer(connection, statement.text(dialect), listed) for statement, listed in asked]
    with _faults_as_sqlalchemys(connection), _pipeline(connection) as line:
        places = [_asked(line, statement.text(dialect), listed) for statement, listed in asked]
    return [() if place is None else line.rows(place) for place in places]


def _asked(line: Pipeline, text: str, listed: Iterable[str] | None) -> int | None:
    if listed is None:
        return line.ask(text)
    texts = _sorted(listed)
    return line.ask(text, (array_text(texts),)) if texts else None


def _answer(connection: Connection, text: str, listed: Iterable[str] | None) -> Sequence[tuple[Any, ...]]:
    if listed is None:
        return connection.exec_driver_sql(text).all()
    texts = _sorted(listed)
    return connection.exec_driver_sql(text, (json.dumps(texts),)).all() if texts else ()


def _sorted(texts: Iterable[str]) -> list[str]:
    """Sort, since neighbours in an index lie on one page."""
    return sorted(set(texts))


@contextmanager
def sending(connection: Connection) -> Iterator[None]:
    """Write what is to be written inside: on PostgreSQL it is sent without waiting for each answer.

    So the server inserts one table while the next one's rows are put together here. What it refuses is raised
    at the end, as SQLAlchemy would raise it.
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    with _faults_as_sqlalchemys(connection), _pipeline(connection) as line:
        connection.info[_LINE] = line
        try:
            yield
        finally:
            del connection.info[_LINE]


def _pipeline(connection: Connection) -> Pipeline:
    wire: Any = connection.connection.driver_connection  # psycopg's: SQLAlchemy has no word for a pipeline
    return Pipeline(wire, connection.info)


@contextmanager
def _faults_as_sqlalchemys(connection: Connection) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as fault:
        raise DBAPIError.instance(
            "rows of a batch", None, fault, psycopg.Error, hide_parameters=True, dialect=connection.dialect
        ) from fault


class RowWriter:
    """Writes rows of one table with one statement, compiled once."""

    def __init__(self, sql: str, *, takes_columns: bool) -> None:
        self._sql = sql
        self._takes_columns = takes_columns

    def __call__(self, connection: Connection, rows: Rows | list[tuple[object, ...]]) -> None:
        """Write the rows; no statement at all when there are none."""
        given = rows if isinstance(rows, Rows) else Rows(rows)
        if not given.rows:
            return
        if self._takes_columns:
            # Past SQLAlchemy, since nothing is answered yet: see ``sending``.
            line: Pipeline = connection.info[_LINE]
            line.ask(self._sql, given.columns)
            line.push()
        else:
            connection.exec_driver_sql(self._sql, given.rows)  # a list of tuples


def inserter(table: Table, dialect: Dialect, *columns: str, once: bool = False) -> RowWriter:
    """Make the writer that inserts rows; a tuple has these columns, or else all the table's, in order.

    ``once``: a row that is there already (by a unique rule) stays as it is, and that is no fault.
    """
    names = list(columns) or [column.key for column in table.c]
    into = f"INSERT INTO {table.name} ({', '.join(names)})"
    conflict = " ON CONFLICT DO NOTHING" if once else ""
    if dialect.name == "sqlite":
        values = ", ".join("?" * len(names))
        return RowWriter(f"{into} VALUES ({values}){conflict}", takes_columns=False)
    listed = _unnested([_type(table, name, dialect) for name in names])
    return RowWriter(f"{into} SELECT * FROM {listed}{conflict}", takes_columns=True)


def updater(table: Table, dialect: Dialect, *columns: str) -> RowWriter:
    """Make the writer that sets columns; a tuple has their values, then the row's id."""
    return _changer(table, dialect, dict.fromkeys(columns, "{new}"))


def adder(table: Table, dialect: Dialect, *columns: str) -> RowWriter:
    """Make the writer that adds to columns; a tuple has what is added to each, then the row's id."""
    return _changer(table, dialect, {name: f"{table.name}.{name} + {{new}}" for name in columns})


def upserter(table: Table, dialect: Dialect, *columns: str) -> RowWriter:
    """Make the writer that adds to columns of a row, which comes into being with them.

    A tuple has the primary key's columns and then these, in the table's order.
    """
    key = [column.key for column in table.primary_key]
    added = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in columns)
    names = [*key, *columns]
    conflict = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {added}"
    into = f"INSERT INTO {table.name} ({', '.join(names)})"
    if dialect.name == "sqlite":
        return RowWriter(f"{into} VALUES ({', '.join('?' * len(names))}){conflict}", takes_columns=False)
    listed = _unnested([_type(table, name, dialect) for name in names])
    return RowWriter(f"{into} SELECT * FROM {listed}{conflict}", takes_columns=True)


def _changer(table: Table, dialect: Dialect, changes: dict[str, str]) -> RowWriter:
    """Make an UPDATE by id; ``{new}`` in a change stands for the value that comes with the row."""
    if dialect.name == "sqlite":
        changed = ", ".join(f"{name} = {text.format(new='?')}" for name, text in changes.items())
        return RowWriter(f"UPDATE {table.name} SET {changed} WHERE id = ?", takes_columns=False)
    changed = ", ".join(f"{name} = {text.format(new=f'given.{name}')}" for name, text in changes.items())
    listed = _unnested([_type(table, name, dialect) for name in (*changes, "id")])
    return RowWriter(
        f"UPDATE {table.name} SET {changed} FROM {listed} AS given ({', '.join((*changes, 'id'))}) "
        f"WHERE {table.name}.id = given.id",
        takes_columns=True,
    )


def _unnested(types: list[str]) -> str:
    """PostgreSQL's rows from one array a column."""
    return f"unnest({', '.join(f'${n}::{type_}[]' for n, type_ in enumerate(types, 1))})"


def _type(table: Table, name: str, dialect: Dialect) -> str:
    return table.c[name].type.compile(dialect)
