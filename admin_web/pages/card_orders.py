"""Purchases on their way to cards: which somebody must bring to an end, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.card_words import ORDER_KINDS, ORDER_STATES, amount_cell, card_cell, why_cell
from admin_web.cells import Code, Counted, Link, Said
from admin_web.diary_words import person
from admin_web.figure_filters import MeterFilter
from admin_web.file_words import customer_path, meter_cell
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.pages.sales import SEES_SALES
from admin_web.route import MenuItem, Route
from admin_web.words import msg, msg_many
from gateway.core.authority import Function
from gateway.core.card_order import CardOrderState
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_cards import CardOrderRow, CardOrders
from gateway.core.views_files import TEXT_MAX

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen

#: What is chosen by itself: those that hold their meter's number.
_OPEN: Final = "open"

_STATES: Final = (
    (_OPEN, msg("on its way")),
    *((one.value, said.sentence) for one, said in ORDER_STATES.items() if one is not CardOrderState.QUOTED),
)

_MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 60 * _MINUTE_US
_DAY_US: Final = 24 * _HOUR_US

#: Whole units, the largest first that has one.
_AGES: Final = (
    (_DAY_US, msg_many("%(count)s day", "%(count)s days")),
    (_HOUR_US, msg_many("%(count)s hour", "%(count)s hours")),
    (_MINUTE_US, msg_many("%(count)s minute", "%(count)s minutes")),
)


def age_cell(since_us: int, now_us: int) -> Cell:
    """Say for how long something has been so, in whole days, hours or minutes."""
    for unit_us, (one, many) in _AGES:
        count = max(now_us - since_us, 0) // unit_us
        if count or unit_us == _MINUTE_US:
            return Counted(one, many, count)
    raise AssertionError("the smallest unit always has an answer")


def _asked_for(chosen: Chosen) -> CardOrders:
    state = chosen.text("state")
    named = None if state in {None, _OPEN} else CardOrderState(str(state))
    return CardOrders(
        branch=chosen.asked.me.rights.branch,
        pan=chosen.text("pan"),
        serial=chosen.text("serial"),
        station=chosen.text("station"),
        state=named,
        is_open=True if state == _OPEN else None,
        after=None if chosen.after is None else int(chosen.after[0]),
        limit=chosen.limit,
    )


def _number(row: CardOrderRow) -> Cell:
    return row.order.number


def _listing(now_us: int, currency: str) -> Listing[CardOrderRow]:
    def amount(row: CardOrderRow) -> Cell:
        return amount_cell(row.order.profile, row.order.amount, currency)

    def age(row: CardOrderRow) -> Cell:
        return age_cell(row.order.at_us, now_us) if row.order.is_open else None

    return Listing[CardOrderRow](
        name="card-orders",
        caption=msg("Card purchases"),
        empty=msg("No purchase is like this. One is made where a card meter is sold to, at a card station."),
        columns=(
            Column("at", msg("Begun at"), lambda row: moment_of(row.order.at_us), "moment"),
            Column("age", msg("Going on for"), age),
            Column("state", msg("State"), lambda row: ORDER_STATES[row.order.state]),
            Column("why", msg("Why"), lambda row: why_cell(row.order.told)),
            Column("station", msg("Station"), lambda row: Code(row.order.station)),
            Column(
                "customer",
                msg("Customer"),
                lambda row: Link(row.customer, customer_path(row.order.account_no)),
            ),
            Column("meter", msg("Meter number"), lambda row: meter_cell(row.order.pan)),
            Column("card", msg("Card"), lambda row: card_cell(row.order.serial)),
            Column("sale", msg("Sale"), lambda row: Link(Code(str(row.receipt_no)), f"/sales/{row.sale_id}")),
            Column("number", msg("Number of the purchase"), _number, "count", is_usual=False),
            Column("amount", msg("Put on the card"), amount, "amount", is_usual=False),
            Column("kind", msg("Kind"), lambda row: Said(ORDER_KINDS[row.order.kind]), is_usual=False),
            Column("by", msg("By whom"), lambda row: person(row.order.by), is_usual=False),
        ),
        filters=(
            ChoiceFilter("state", msg("State"), _STATES, usual=_OPEN),
            MeterFilter("pan", msg("Meter number")),
            TextFilter("serial", msg("Serial number of the card"), TEXT_MAX),
            TextFilter("station", msg("Code of the station"), TEXT_MAX),
        ),
        source=Keyset(_asked_for, lambda row: (row.id,)),
    )


async def card_orders(asked: Asked) -> Outcome:
    """Show them: by itself those on their way, in doubt first."""
    return await list_page(asked, _listing(microseconds(asked.office.now()), asked.me.currency))


ROUTES: Final = (Route("GET", "/card-orders", SEES_SALES, card_orders),)
MENU: Final = (MenuItem(Function.SALES, msg("Card purchases"), "/card-orders"),)
