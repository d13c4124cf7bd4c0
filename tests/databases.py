"""Both databases for one test: ``fresh`` makes the till's books on SQLite, then on PostgreSQL.

The server of a test process starts with the first test that wants it. There each test gets a copy of a
database that is migrated once, and works in it as the gateway does: as a role that owns nothing.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from adapters.db.opening import make_partitions, migrate, open_database
from tests import builders
from tests.postgres import Cluster

GATEWAY = "powertill_gateway"
_TEMPLATE = "powertill_template"
_names = itertools.count(1)


class Server:
    """A cluster with the till's empty books as a template."""

    def __init__(self) -> None:
        # No test cuts the machine's power, and what a killed process has written the system still holds.
        self.cluster = Cluster(fsync="off", full_page_writes="off")
        self.cluster.create(_TEMPLATE)
        self.upgrade(_TEMPLATE)
        self.cluster.execute(f"CREATE ROLE {GATEWAY} LOGIN IN ROLE powertill")

    def upgrade(self, name: str) -> None:
        """Make the tables, as their owner."""
        owner = open_database(self.cluster.url(name))
        migrate(owner)
        make_partitions(owner, datetime.now(UTC).date())
        owner.dispose()

    def books(self) -> tuple[str, str]:
        """New empty books: the gateway's URL and the owner's."""
        name = f"till_{next(_names)}"
        self.cluster.create(name, _TEMPLATE)
        return self.cluster.url(name, GATEWAY), self.cluster.url(name)


class Fresh:
    """Makes books on one kind of database; given back at the test's end."""

    def __init__(self, kind: str, folder, server) -> None:
        self.kind = kind
        self._folder = folder
        self._server = server

    def url(self) -> str:
        """The URL of new empty books."""
        if self.kind == "sqlite":
            return f"sqlite:///{self._folder / f'till-{next(_names)}.db'}"
        return self._server().books()[0]

    def database(self, count: int = 3, **more):
        """New books with ``count`` meters; see ``builders.database``."""
        if self.kind == "sqlite":
            return builders.database(self._folder / f"till-{next(_names)}.db", count, **more)
        return builders.entered(open_database(self.url()), count, **more)


@pytest.fixture(scope="session")
def postgresql():
    """The test process's own server, started when it is first asked for."""
    made: list[Server] = []

    def server() -> Server:
        if not made:
            made.append(Server())
        return made[0]

    yield server
    for one in made:
        one.cluster.leave()


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request, tmp_path, postgresql):
    """Makes books, on either database."""
    return Fresh(request.param, tmp_path, postgresql)
