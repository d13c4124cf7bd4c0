"""What was done to bring a sale to a card, as lines of its timeline, and where that stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.card_words import ORDER_STATES, card_cell, why_cell
from admin_web.cells import Called, Code, Said
from admin_web.object_page import Fact, Happening
from admin_web.words import msg
from gateway.core.amendment import AmendmentKind
from gateway.core.timeline import moment_of
from gateway.core.views_cards import CardOrderFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from admin_web.asked import Asked
    from gateway.core.card_order import CardOrder
    from gateway.core.views_points import AmendmentRow

#: What each step of a purchase is called on its sale's page.
STEPS: Final[Mapping[AmendmentKind, str]] = {
    AmendmentKind.RESERVED: msg("Reserved for the customer's card"),
    AmendmentKind.BEGUN: msg("A station began to write it on the card"),
    AmendmentKind.CONFIRMED: msg("It is on the card"),
    AmendmentKind.IN_DOUBT: msg("In doubt: it is not known whether it is on the card"),
    AmendmentKind.VOID: msg("Given up: nothing was written on the card"),
    AmendmentKind.REISSUED: msg("Brought to another card"),
}


@dataclass(frozen=True, slots=True)
class OnCard:
    """The lines, and the facts of how the newest purchase stands; empty for a sale that goes on no card."""

    lines: tuple[Happening, ...]
    facts: tuple[Fact, ...]


async def card_told(asked: Asked, payment: str) -> OnCard:
    """Tell what was done to bring a sale to a card."""
    question = CardOrderFile(payment=payment)
    orders = await asked.office.views.totals(question)
    if not orders:
        return OnCard((), ())
    rows = await asked.office.views.rows(question)
    return OnCard(tuple(_line(row) for row in rows), tuple(order_facts(orders[-1])))


def _line(row: AmendmentRow) -> Happening:
    """Tell a step: why it is in doubt or given up; else where, and on which card."""
    one, after = row.amendment, json.loads(row.amendment.after)
    reissued_for = one.reason if one.kind is AmendmentKind.REISSUED else ""
    where = Called(msg("at station %(name)s"), after["station"])
    detail = why_cell(after["told"]) or reissued_for or where
    return Happening(
        moment_of(row.at_us), "energy", STEPS[one.kind], detail, by=one.by, path=f"/cards/{after['serial']}"
    )


def order_facts(order: CardOrder | None) -> Iterator[Fact]:
    """Say how a purchase on its way to a card stands; that nothing was begun, where there is none."""
    if order is None:
        yield Fact(msg("The purchase"), Said(msg("no station has begun it yet")))
        return
    yield Fact(msg("The purchase"), ORDER_STATES[order.state])
    if order.told:
        yield Fact(msg("Why"), why_cell(order.told))
    yield Fact(msg("Card station"), Code(order.station))
    yield Fact(msg("Card"), card_cell(order.serial))
    yield Fact(msg("Number of the purchase"), order.number)
