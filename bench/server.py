"""The bench's own PostgreSQL: one server for everybody who is measured on it, with the disk's truth."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg

from adapters.db.opening import make_partitions, migrate, open_database
from tests.builders import entered
from tests.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The role that posts: it owns nothing and has the rights that the migrations give the gateway.
GATEWAY = "powertill_gateway"

#: Said once, for us and for pgbench alike; whatever is not named has PostgreSQL's own default.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "max_connections": "100",
}

#: Settings whose values the report tells, default or not.
TOLD = [*SETTINGS, "wal_level", "wal_buffers", "wal_sync_method", "checkpoint_timeout", "autovacuum", "jit"]


class BenchServer:
    """A server with books for us and for pgbench."""

    def __init__(self) -> None:
        self.cluster = Cluster(**SETTINGS)
        self._has_role = False

    def books(self, name: str, meters: int = 0) -> None:
        """Migrated books; with meters and their customers where a number of them is given."""
        self.cluster.create(name)
        owner = open_database(self.cluster.url(name))
        migrate(owner)
        make_partitions(owner, datetime.now(UTC).date())
        if meters:
            entered(owner, meters)
        owner.dispose()
        if not self._has_role:
            self.cluster.execute(f"CREATE ROLE {GATEWAY} LOGIN IN ROLE powertill")
            self._has_role = True
        self.cluster.execute("VACUUM ANALYZE", name)

    def url(self, name: str) -> str:
        """The gateway's way to its books."""
        return self.cluster.url(name, GATEWAY)

    def rows(self, name: str, sql: str) -> list[tuple]:
        with psycopg.connect(self.cluster.dsn(name)) as connection:
            return connection.execute(sql.encode()).fetchall()

    def settle(self) -> None:
        """Give the next round an even start: nothing is left to be written for what was measured before."""
        self.cluster.execute("CHECKPOINT")

    def settings(self) -> dict[str, str]:
        names = ", ".join(f"'{name}'" for name in TOLD)
        sql = f"SELECT name, current_setting(name) FROM pg_settings WHERE name IN ({names}) ORDER BY 1"  # noqa: S608 - our own names
        return dict(self.rows("postgres", sql))

    def sizes(self, name: str) -> dict[str, int]:
        """Bytes of each table with its indexes and toast; partitions count as the table they are of."""
        sql = """
            SELECT coalesce(parent.relname, c.relname), sum(pg_total_relation_size(c.oid))::bigint
            FROM pg_class c
            LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
            LEFT JOIN pg_class parent ON parent.oid = i.inhparent
            WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
            GROUP BY 1
        """
        return dict(self.rows(name, sql))


@contextmanager
def bench_server() -> Iterator[BenchServer]:
    """Start it, and remove it with all its books."""
    server = BenchServer()
    try:
        yield server
    finally:
        server.cluster.stop()
