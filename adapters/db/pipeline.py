"""Statements that travel to PostgreSQL together, over libpq's pipeline, with one wait for all their answers.

psycopg has a pipeline of its own. It hands each statement to the system by itself and waits, twice, until
there is room; each time the interpreter goes to the reactor's thread and comes back a moment later. A batch
has some twenty statements, and this cost more than to send them. Here nothing waits before the end.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence
    from types import TracebackType

    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGresult

#: Under which key the names of a connection's prepared statements are kept.
_NAMES = "powertill_statements"

_number = count(1)


class Pipeline:
    """Sends what is asked inside a ``with``; at its end everything has been answered.

    ``about`` is a place that lives as long as the connection. psycopg's errors are raised at the end, the
    server's first refusal before any other. A transaction is begun with the first statement, as psycopg does.
    """

    def __init__(self, wire: psycopg.Connection[Any], about: MutableMapping[Any, Any]) -> None:
        self._wire = wire
        self._server = wire.pgconn
        self._names: dict[str, bytes] = about.setdefault(_NAMES, {})
        self._sent = 0
        self._results: list[PGresult] = []

    def __enter__(self) -> Self:
        self._server.enter_pipeline_mode()
        if self._server.transaction_status == TransactionStatus.IDLE and not self._wire.autocommit:
            self._server.send_query_params(_begin(self._wire), None)
            self._sent += 1
        return self

    def ask(self, text: str, parameters: Sequence[str] = ()) -> int:
        """Put a statement behind the others, and give its place; its parameters are $1, $2 and so on."""
        name = self._names.get(text)
        if name is None:
            name = self._names[text] = b"till_%d" % next(_number)
            self._server.send_prepare(name, text.encode())
            self._sent += 1
        self._server.send_query_prepared(name, [one.encode() for one in parameters])
        self._sent += 1
        return self._sent - 1

    def push(self) -> None:
        """Let the server begin with what was asked so far; what its socket does not take now waits here."""
        self._server.flush()

    def rows(self, place: int) -> list[tuple[Any, ...]]:
        """Give the rows of the statement at this place, once the ``with`` has ended."""
        result = self._results[place]
        reader = Transformer(self._wire)
        reader.set_pgresult(result)
        return reader.load_rows(0, result.ntuples, tuple)

    def __exit__(
        self, _kind: type[BaseException] | None, fault: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            self._server.pipeline_sync()
            self._results = self._wire.wait(self._answered())
            self._server.exit_pipeline_mode()
        except psycopg.Error:
            self._names.clear()
            if fault is None:
                raise
            return  # what went wrong before is what is to be told
        refused = next((r for r in self._results if r.status == ExecStatus.FATAL_ERROR), None)
        if refused is not None:
            # What stood behind the refusal was not prepared either.
            self._names.clear()
            if fault is None:
                raise error_from_result(refused)

    def _answered(self) -> PQGen[list[PGresult]]:
        """Wait for an answer to everything, and for the end of the pipeline behind."""
        yield from send(self._server)
        results: list[PGresult] = []
        for _ in range(self._sent):
            (result,) = yield from fetch_many(self._server)
            results.append(result)
        yield from fetch_many(self._server)
        assert self._server.status == ConnStatus.OK  # noqa: S101
        return results


def _begin(wire: psycopg.Connection[Any]) -> bytes:
    level = wire.isolation_level
    return b"BEGIN" if level is None else f"BEGIN ISOLATION LEVEL {level.name.replace('_', ' ')}".encode()
