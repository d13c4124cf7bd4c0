"""Books in the hands of somebody who may do anything to their rows, and what the verifier then says."""

from __future__ import annotations

from sqlalchemy import text

from adapters.db.journal_reader import JournalReader
from adapters.db.opening import open_database
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET


class Tampered:
    """Books of the till on one of the databases."""

    def __init__(self, fresh):
        self.engine = fresh.database(1)
        self._owner = self.engine
        if fresh.kind == "postgresql":
            self._owner = open_database(str(self.engine.url.set(username="postgres")))

    def close(self):
        self._owner.dispose()

    def findings(self, *statements, unchecked="SELECT 1"):
        """What the verifier says after these statements, which are then undone."""
        with self._owner.connect() as connection, connection.begin() as transaction:
            connection.exec_driver_sql(unchecked)
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            else:
                names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
                for (name,) in connection.exec_driver_sql(names).all():
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
            for statement in statements:
                assert connection.execute(text(statement)).rowcount == 1, statement
            journal = JournalReader(self._owner, connection)
            found = verify(journal.sealed(), CHAIN_SECRET, journal.standing(), {}).findings
            transaction.rollback()
        return found
