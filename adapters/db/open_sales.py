"""The sales that somebody still has to finish, the oldest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, exists, func, literal, select, tuple_

from adapters.db import tables as t
from adapters.db.day_figures import summed
from adapters.db.view import View
from gateway.core.journal import OpenSaleRow
from gateway.core.meter import Carrier
from gateway.core.payment import overdue_key
from gateway.core.sale import OPEN_STATES
from gateway.core.views import CurrencySum

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.core.views import OpenSales

#: Rows looked at for one page. The page bounds what is looked at, not what is found: among a million noted
#: sales a search for the one that is not noted would keep every other question waiting for seconds.
#: All notes of a page go into one batch of the ledger, which takes as many.
PAGE_MAX = 500

_s = t.sale.c

# The states stand in the statement itself: only so can the database see that its index of open sales serves.
IS_OPEN = _s.state.in_(
    bindparam("states", sorted(state.value for state in OPEN_STATES), expanding=True, literal_execute=True)
)
_COUNT = select(func.count()).select_from(t.sale).where(IS_OPEN)
_TOTALS = (
    select(_s.currency, func.count(), summed(_s.tender_minor))
    .where(IS_OPEN)
    .group_by(_s.currency)
    .order_by(_s.currency)
)
# A key of every note begins like the key of the empty payment's.
_IS_NOTED = exists().where(t.command_key.c.key == literal(overdue_key("")) + _s.key)
_IS_ON_CARD = exists().where(t.meter.c.id == _s.meter_id, t.meter.c.carrier == Carrier.CARD.value)
_IS_ON_LINE = exists().where(t.meter.c.id == _s.meter_id, t.meter.c.carrier == Carrier.REMOTE.value)
_PAGE = (
    select(_s.id, _s.key, _s.bank, _s.at_us, _IS_NOTED, _IS_ON_CARD, _IS_ON_LINE)
    .where(IS_OPEN, _s.at_us <= bindparam("until_us"))
    .where(tuple_(_s.at_us, _s.id) > tuple_(bindparam("after_us"), bindparam("after_id")))
    .order_by(_s.at_us, _s.id)
    .limit(PAGE_MAX)
)


def _rows(connection: Connection, query: OpenSales) -> list[OpenSaleRow]:
    after = query.after
    after_us, after_id = (0, 0) if after is None else (after.at_us, after.id)
    place = {"until_us": query.until_us, "after_us": after_us, "after_id": after_id}
    rows = connection.execute(_PAGE, place)
    return [
        OpenSaleRow(id_, key, bank, at_us, bool(is_noted), bool(is_on_card), bool(is_on_line))
        for id_, key, bank, at_us, is_noted, is_on_card, is_on_line in rows
    ]


def _count(connection: Connection, _query: OpenSales) -> int:
    return connection.execute(_COUNT).scalar_one()


def _totals(connection: Connection, _query: OpenSales) -> tuple[CurrencySum, ...]:
    return tuple(CurrencySum(*row) for row in connection.execute(_TOTALS))


OPEN_SALES: Final = View(_rows, _count, _totals)
