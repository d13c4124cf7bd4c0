"""Cards and the purchases on their way to them: rows and values, and what a batch wants to know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, or_, select, text

from adapters.db import tables as t
from adapters.db.card_tables import OPEN
from gateway.core.card import CardKind, CardState
from gateway.core.card_books import CardBooks
from gateway.core.card_order import CardOrder, CardOrderState
from gateway.core.card_stock import StockCard

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

    from gateway.core.card_books import CardNeeds

    Columns = dict[str, object]

_c, _o = t.card.c, t.card_order.c

_CARD: Final = ("serial", "profile", "branch", "lot", "pan", "account_no", "note", "version")
_ORDER: Final = (
    "id", "payment", "pan", "account_no", "serial", "profile", "number", "amount", "station", "at_us", "told",
    "version", "begun_us",
)  # fmt: skip


def load_cards(connection: Connection, needs: Sequence[CardNeeds]) -> CardBooks:
    """Read what is wanted: of each meter its cards, its open purchase and the last that was confirmed."""
    newest = connection.execute(select(func.coalesce(func.max(_o.id), 0))).scalar_one()
    books = CardBooks(next_order=newest + 1)
    ids = sorted({one for need in needs for one in need.orders})
    orders = _orders(connection, select(t.card_order).where(_o.id.in_(ids))) if ids else []
    serials = {one for need in needs for one in need.serials} | {one.serial for one in orders}
    if serials:
        # A card of the stock may have a purchase on its way and no meter yet.
        orders += _orders(connection, select(t.card_order).where(_o.serial.in_(sorted(serials)), text(OPEN)))
    cards = _cards(connection, select(t.card).where(_c.serial.in_(sorted(serials)))) if serials else []
    pans = {one for need in needs for one in need.pans}
    pans |= ({one.pan for one in cards} | {one.pan for one in orders}) - {""}
    if pans:
        cards += _cards(connection, select(t.card).where(_c.pan.in_(sorted(pans))))
        orders += _orders(connection, _standing_of(pans))
    books.cards = {one.serial: one for one in cards}
    books.orders = {one.id: one for one in orders}
    return books


def _standing_of(pans: Iterable[str]) -> Any:  # noqa: ANN401 - SQLAlchemy's own generics
    """Select of each meter the purchase that is open, and the last that was confirmed."""
    is_confirmed = _o.state == CardOrderState.CONFIRMED.value
    last = select(func.max(_o.id)).where(is_confirmed, _o.pan.in_(sorted(pans))).group_by(_o.pan)
    return select(t.card_order).where(or_(and_(_o.pan.in_(sorted(pans)), text(OPEN)), _o.id.in_(last)))


def _cards(connection: Connection, which: Any) -> list[StockCard]:  # noqa: ANN401 - see above
    return [card_of(row) for row in connection.execute(which)]


def _orders(connection: Connection, which: Any) -> list[CardOrder]:  # noqa: ANN401 - see above
    return [card_order_of(row) for row in connection.execute(which)]


def card_of(row: Row[Any]) -> StockCard:
    """Read a card of the stock."""
    return StockCard(**{name: getattr(row, name) for name in _CARD}, state=CardState(row.state))


def card_row(one: StockCard) -> Columns:
    """Write a card of the stock."""
    return {**{name: getattr(one, name) for name in _CARD}, "state": one.state.value}


def card_order_of(row: Row[Any]) -> CardOrder:
    """Read a purchase on its way to a card."""
    return CardOrder(
        **{name: getattr(row, name) for name in _ORDER},
        kind=CardKind(row.kind),
        state=CardOrderState(row.state),
        by=row.actor,
    )


def card_order_row(one: CardOrder) -> Columns:
    """Write a purchase on its way to a card."""
    same: Columns = {name: getattr(one, name) for name in _ORDER}
    return {**same, "kind": one.kind.value, "state": one.state.value, "actor": one.by}
