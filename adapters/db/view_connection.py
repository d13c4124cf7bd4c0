"""A connection for questions: what PostgreSQL is told so that the same question always goes the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SETTINGS: Final = {
    # Compiling a statement takes longer than an office's question may.
    "jit": "off",
    # A plan that is made without the values takes a small branch for a large one.
    "plan_cache_mode": "force_custom_plan",
    # The indexes that lists go along are in memory, and are read in order: said so, they are used.
    "random_page_cost": "1.1",
    # The meters of a branch, among which each sale is looked up, are in memory at once: 50 bytes each.
    "work_mem": "64MB",
    # Whoever sells goes first: a list takes one core from the ledger, never all of them.
    "max_parallel_workers_per_gather": "0",
}
_PREPARE: Final = text("SELECT " + ", ".join(f"set_config('{k}', '{v}', true)" for k, v in _SETTINGS.items()))


def prepare_view(connection: Connection) -> None:
    """Set what a question needs, until its transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(_PREPARE)
