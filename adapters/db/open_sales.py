"""Reads the sales that somebody still has to finish, a page at a time; obeys ``ports.OpenSales``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, literal, select, tuple_

from adapters.db import tables as t
from adapters.db.opening import READING
from gateway.core.journal import OpenSaleRow
from gateway.core.payment import overdue_key
from gateway.core.sale import OPEN_STATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from twisted.internet.defer import Deferred

    RunElsewhere = Callable[..., Deferred[Any]]

#: Rows looked at for one page. The page bounds what is looked at, not what is found: among a million noted
#: sales a search for the one that is not noted would keep the ledger's thread from the payments for seconds.
#: All notes of a page go into one batch of the ledger, which takes as many.
PAGE_MAX = 500

_s = t.sale.c

# The states stand in the statement itself: only so can the database see that its index of open sales serves.
_IS_OPEN = _s.state.in_(
    bindparam("states", sorted(state.value for state in OPEN_STATES), expanding=True, literal_execute=True)
)
_COUNT = select(func.count()).select_from(t.sale).where(_IS_OPEN)
# A key of every note begins like the key of the empty payment's.
_IS_NOTED = exists().where(t.command_key.c.key == literal(overdue_key("")) + _s.key)
_PAGE = (
    select(_s.id, _s.key, _s.bank, _s.at_us, _IS_NOTED)
    .where(_IS_OPEN, _s.at_us <= bindparam("until_us"))
    .where(tuple_(_s.at_us, _s.id) > tuple_(bindparam("after_us"), bindparam("after_id")))
    .order_by(_s.at_us, _s.id)
    .limit(PAGE_MAX)
)


class OpenSalesReader:
    """Each page is a short reading transaction of its own on ``run_elsewhere`` (a thread)."""

    def __init__(self, engine: Engine, run_elsewhere: RunElsewhere) -> None:
        self._engine = engine
        self._run_elsewhere = run_elsewhere

    def count(self) -> Deferred[int]:
        """Say how many are open. See ``ports.OpenSales``."""
        return self._run_elsewhere(self._count)

    def page(self, until_us: int, after: OpenSaleRow | None) -> Deferred[list[OpenSaleRow]]:
        """Read the next page. See ``ports.OpenSales``."""
        return self._run_elsewhere(self._page, until_us, after)

    def _count(self) -> int:
        with self._engine.connect().execution_options(**{READING: True}) as connection, connection.begin():
            return connection.execute(_COUNT).scalar_one()

    def _page(self, until_us: int, after: OpenSaleRow | None) -> list[OpenSaleRow]:
        after_us, after_id = (after.at_us, after.id) if after is not None else (0, 0)
        place = {"until_us": until_us, "after_us": after_us, "after_id": after_id}
        with self._engine.connect().execution_options(**{READING: True}) as connection, connection.begin():
            rows = connection.execute(_PAGE, place)
            return [
                OpenSaleRow(id_, key, bank, at_us, bool(is_noted)) for id_, key, bank, at_us, is_noted in rows
            ]
