"""Alembic's entry: migrations run on the connection that ``opening.migrate`` hands over."""

from alembic import context

from adapters.db.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
