"""Cards of the stock, and the purchases on their way to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Boolean, String, and_, case, cast, func, literal_column, not_, or_, select

from adapters.db import tables as t
from adapters.db.amendment_rows import amendment_of, of_card_in
from adapters.db.card_rows import card_of, card_order_of
from adapters.db.card_tables import OPEN
from adapters.db.like import holds
from adapters.db.list_page import counted, page
from adapters.db.view import View
from adapters.db.view_readings import nothing
from gateway.core.amendment import Subject
from gateway.core.card import IN_STOCK
from gateway.core.card_order import CardOrderState
from gateway.core.card_stock import HELD
from gateway.core.paging import COUNT_MAX
from gateway.core.views_cards import SHOWN, CardCount, CardFacts, CardOrderRow, CardRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from gateway.core.card_order import CardOrder
    from gateway.core.views_cards import CardFile, CardOrderFile, CardOrders, Cards, KnownSerials
    from gateway.core.views_points import AmendmentRow

_k, _o, _c, _a, _s = t.card.c, t.card_order.c, t.customer.c, t.amendment.c, t.sale.c

_HELD: Final = and_(_k.state.in_(sorted(one.value for one in HELD)), _k.pan != "")
_CARDS: Final = select(t.card, func.coalesce(_c.name, "").label("customer")).outerjoin(
    t.customer, _c.account_no == _k.account_no
)
_ORDERS: Final = (
    select(t.card_order, _c.name.label("customer"), _c.branch, _s.id.label("sale_id"), _s.receipt_no)
    .join(t.customer, _c.account_no == _o.account_no)
    .join(t.sale, _s.key == _o.payment)
)
#: As the index of those that are on their way has it.
_OPEN: Final = literal_column(f"card_order.{OPEN}", Boolean)
#: Of those on their way, what somebody must bring to an end comes first.
_RANK: Final = case((_o.state == CardOrderState.IN_DOUBT.value, 0), else_=1)


# -- cards -----------------------------------------------------------------------------------------------


def _in_branch(branch: str) -> ColumnElement[bool]:
    """What holds for a card that lies there, or that a customer of the branch has."""
    return or_(and_(_HELD, _c.branch == branch), and_(~_HELD, _k.branch == branch))


def _cards_asked(statement: Select[Any], query: Cards) -> Select[Any]:
    named = {
        _k.serial: query.serial,
        _k.pan: query.pan,
        _k.profile: query.profile,
        _k.state: None if query.state is None else query.state.value,
    }
    statement = statement.where(*(column == value for column, value in named.items() if value is not None))
    if query.branch is not None:
        statement = statement.where(_in_branch(query.branch))
    if query.place is not None:
        statement = statement.where(~_HELD, _k.branch == query.place)
    if query.text is not None:
        statement = statement.where(or_(*(holds(one, query.text) for one in (_k.serial, _k.lot, _k.note))))
    return statement


def _card_row(row: Row[Any]) -> CardRow:
    return CardRow(card_of(row), row.customer)


def _cards(connection: Connection, query: Cards) -> list[CardRow]:
    statement = _cards_asked(_CARDS, query)
    if query.after is not None:
        statement = statement.where(
            _k.serial < query.after if query.is_descending else _k.serial > query.after
        )
    order = _k.serial.desc() if query.is_descending else _k.serial.asc()
    return [_card_row(row) for row in connection.execute(statement.order_by(order).limit(query.limit))]


def _card_count(connection: Connection, query: Cards) -> int:
    statement = select(_k.serial).outerjoin(t.customer, _c.account_no == _k.account_no)
    return counted(connection, _cards_asked(statement, query))


def _card_totals(connection: Connection, query: Cards) -> tuple[CardCount, ...]:
    ready = _k.state.in_(sorted(one.value for one in IN_STOCK))
    statement = select(_k.branch, func.count()).where(ready).group_by(_k.branch).order_by(_k.branch)
    if query.branch is not None:
        statement = statement.where(_k.branch == query.branch)
    return tuple(CardCount(*row) for row in connection.execute(statement))


def _card(connection: Connection, query: CardFile) -> CardFacts | None:
    statement = _CARDS.where(_k.serial == query.serial)
    if query.branch is not None:
        statement = statement.where(_in_branch(query.branch))
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    mine = _ORDERS.where(_o.serial == query.serial)
    if query.branch is not None:
        mine = mine.where(_c.branch == query.branch)
    orders = connection.execute(mine.order_by(_o.id.desc()).limit(SHOWN))
    told = select(t.amendment).where(_a.subject == Subject.CARD.value, _a.number == query.serial)
    if query.branch is not None:
        told = told.where(of_card_in(query.branch))
    changes = connection.execute(told.order_by(_a.id.desc()).limit(SHOWN))
    return CardFacts(
        _card_row(row),
        tuple(_order_row(one) for one in orders),
        tuple(amendment_of(one, is_cut=query.branch is not None) for one in changes),
    )


def _its_orders(connection: Connection, query: CardFile) -> tuple[CardOrderRow, ...]:
    facts = _card(connection, query)
    return () if facts is None else facts.orders


def _its_order_count(connection: Connection, query: CardFile) -> int:
    return len(_its_orders(connection, query))


# -- purchases -------------------------------------------------------------------------------------------


def _order_row(row: Row[Any]) -> CardOrderRow:
    return CardOrderRow(card_order_of(row), row.customer, row.branch, row.sale_id, row.receipt_no)


def _orders_asked(query: CardOrders) -> Select[Any]:
    named = {
        _c.branch: query.branch,
        _o.pan: query.pan,
        _o.serial: query.serial,
        _o.station: query.station,
        _o.state: None if query.state is None else query.state.value,
    }
    statement = _ORDERS.where(*(column == value for column, value in named.items() if value is not None))
    if query.is_open is not None:
        statement = statement.where(_OPEN if query.is_open else not_(_OPEN))
    return statement


def _orders(connection: Connection, query: CardOrders) -> list[CardOrderRow]:
    statement = _orders_asked(query)
    if not query.is_open:
        return [_order_row(row) for row in page(connection, statement, (_o.id,), query, descending=True)]
    # Few are on their way at a time, so they may be put in an order that no index has.
    in_order = statement.order_by(_RANK, _o.id.desc()).limit(COUNT_MAX)
    rows = [_order_row(row) for row in connection.execute(in_order)]
    ids = [row.id for row in rows]
    begin, end = 0, len(rows)
    if query.after is not None:
        begin = ids.index(query.after) + 1 if query.after in ids else end
    if query.before is not None:
        end = ids.index(query.before) if query.before in ids else 0
        begin = max(end - query.limit, 0)
    return rows[begin : min(begin + query.limit, end)]


def _order_count(connection: Connection, query: CardOrders) -> int:
    return counted(connection, _orders_asked(query).with_only_columns(_o.id))


def _on_their_way(connection: Connection, query: CardOrders) -> int:
    return counted(connection, _orders_asked(query).where(_OPEN).with_only_columns(_o.id))


def orders_of_sales(connection: Connection, payments: Iterable[str]) -> dict[str, CardOrder]:
    """Find where the purchases of these sales stand: of each the newest."""
    statement = select(t.card_order).where(_o.payment.in_(sorted(payments))).order_by(_o.id)
    return {row.payment: card_order_of(row) for row in connection.execute(statement)}


def _of_a_sale(connection: Connection, query: CardOrderFile) -> tuple[CardOrder, ...]:
    statement = select(t.card_order).where(_o.payment == query.payment).order_by(_o.id)
    return tuple(card_order_of(row) for row in connection.execute(statement))


def _steps(connection: Connection, query: CardOrderFile) -> list[AmendmentRow]:
    ids = select(cast(_o.id, String)).where(_o.payment == query.payment)
    statement = select(t.amendment).where(_a.subject == Subject.CARD_ORDER.value, _a.number.in_(ids))
    return [amendment_of(row) for row in connection.execute(statement.order_by(_a.id))]


def _step_count(connection: Connection, query: CardOrderFile) -> int:
    return len(_steps(connection, query))


# -- numbers that are taken ------------------------------------------------------------------------------


def _known(connection: Connection, query: KnownSerials) -> list[str]:
    statement = select(_k.serial).where(_k.serial.in_(query.serials)).order_by(_k.serial)
    return list(connection.execute(statement).scalars())


def _known_count(connection: Connection, query: KnownSerials) -> int:
    return len(_known(connection, query))


CARDS: Final = View(_cards, _card_count, _card_totals)
CARD_FILE: Final = View(_its_orders, _its_order_count, _card)
CARD_ORDERS: Final = View(_orders, _order_count, _on_their_way)
CARD_ORDER_FILE: Final = View(_steps, _step_count, _of_a_sale)
KNOWN_SERIALS: Final = View(_known, _known_count, nothing)
