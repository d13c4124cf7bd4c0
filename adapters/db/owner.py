"""What the owner of a PostgreSQL database does for the gateway: tables, partitions, and a role of its own.

The gateway's role owns nothing and may do no more than it has to: it inserts into the ledger's tables and
reads them, and can neither change nor remove what is written there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg import sql
from sqlalchemy import make_url, text

from adapters.db.opening import DatabaseFault, faults_in_words, make_partitions, migrate, open_database

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Engine

#: The role that gateways log in with, unless another is named.
GATEWAY_ROLE: Final = "powertill_gateway"

#: The group that has the rights; the first migration of PostgreSQL makes it.
_RIGHTS: Final = "powertill"


def upgrade(url: str, today: date) -> None:
    """Bring a database up to date, as its owner; DatabaseFault where that cannot be."""
    owner = open_database(url)
    try:
        migrate(owner)
        make_partitions(owner, today)
    finally:
        owner.dispose()


def require_new(url: str) -> None:
    """Refuse a database that has books: their key is another gateway's. DatabaseFault with the cure."""
    owner = open_database(url)
    try:
        with faults_in_words():
            if not is_empty(owner):
                raise DatabaseFault("there are books in this database already; cure: name an empty one")
    finally:
        owner.dispose()


def make_role(url: str, role: str, password: bytes) -> None:
    """Make the role that the gateway logs in with; DatabaseFault where there is one of this name."""
    owner = open_database(url)
    try:
        with faults_in_words(), owner.begin() as connection:
            known = text("SELECT count(*) FROM pg_roles WHERE rolname = :role")
            if connection.execute(known, {"role": role}).scalar_one():
                raise DatabaseFault(f"the server has a role {role} already; cure: name another, --role NAME")
            wire = connection.connection.driver_connection
            assert wire is not None  # noqa: S101 - it has just answered
            # Made here, so that the password itself is in no statement and in no log of the server's.
            proof = wire.pgconn.encrypt_password(password, role.encode(), b"scram-sha-256")
            statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE {}").format(
                sql.Identifier(role), sql.Literal(proof.decode()), sql.Identifier(_RIGHTS)
            )
            wire.execute(statement)
    finally:
        owner.dispose()


def url_for(url: str, role: str) -> str:
    """Give the same database's URL for another role."""
    return make_url(url).set(username=role, password=None).render_as_string(hide_password=False)


def is_empty(engine: Engine) -> bool:
    """Say whether nothing has been booked and nobody entered yet."""
    tables = ("chain_link", "entry", "customer", "tariff_version", "operator")
    with engine.connect() as connection:
        return not any(
            connection.execute(text(f"SELECT EXISTS (SELECT 1 FROM {table})")).scalar_one()  # noqa: S608 - our own
            for table in tables
        )
