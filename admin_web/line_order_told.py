"""Where the credit of a sale stands on its way over a line, as facts of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admin_web.cells import Link, Said
from admin_web.line_words import REMOTE_STATES, told_cell
from admin_web.object_page import Fact
from admin_web.words import msg
from gateway.core.views_remote import RemoteOrders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.asked import Asked
    from gateway.core.remote_order import RemoteOrder


def line_order_path(order: RemoteOrder) -> str:
    """Give the page of an order over a line."""
    return f"/lines/orders/{order.id}"


def line_facts(order: RemoteOrder | None) -> Iterator[Fact]:
    """Say how an order over a line stands; that there is none yet, where the credit still waits for one."""
    if order is None:
        yield Fact(msg("Over its line"), Said(msg("no line has been found for it yet")))
        return
    yield Fact(msg("Over its line"), Link(REMOTE_STATES[order.state], line_order_path(order)))
    if order.told:
        yield Fact(msg("Why"), told_cell(order.told))


async def line_told(asked: Asked, payment: str) -> tuple[Fact, ...]:
    """Say where a sale's credit stands on its line; nothing of one that goes over none."""
    orders = await asked.office.views.rows(RemoteOrders(branch=None, payment=payment))
    return tuple(line_facts(orders[0].order)) if orders else ()
