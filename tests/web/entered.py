"""Books that are entered once in a test process, and copied wherever the same is entered on them again.

Entering a house takes longer than most of the tests in it. What is copied is what the commands have made: the
journal's last seal says whether books are the same, for it covers all that was done before.
"""

from __future__ import annotations

import sqlite3
from typing import Any

#: By what is entered and the seal of the books before: the books behind it, and what their keeper knows.
_kept: dict[tuple[object, str], tuple[sqlite3.Connection, dict[str, Any]]] = {}


def entered_once(books: Any, what: object, enter) -> None:
    """Have ``enter`` enter something into ``books``, or copy what came of it before.

    ``what`` names it. Copied are the database and the keeper's ``visitors``, ``now`` and count of nonces: it
    may change nothing else. A database on a server is entered each time.
    """
    if books.engine.dialect.name != "sqlite":
        enter()
        return
    here = sqlite3.connect(books.engine.url.database)
    try:
        key = (what, _seal(here))
        if key in _kept:
            database, known = _kept[key]
            database.backup(here)
            books.people._count, books.now = known["count"], known["now"]  # noqa: SLF001 - as it was left
            books.visitors.update(known["visitors"])
            return
        enter()
        database = sqlite3.connect(":memory:")
        here.backup(database)
        known = {"visitors": dict(books.visitors), "now": books.now, "count": books.people._count}  # noqa: SLF001
        _kept[key] = database, known
    finally:
        here.close()


def _seal(database: sqlite3.Connection) -> str:
    """Give the last seal of the journal; "" of books in which nothing was posted."""
    row = database.execute("SELECT mac FROM chain_link ORDER BY number DESC LIMIT 1").fetchone()
    return "" if row is None else str(row[0])
