"""Cards: the list, and one card with its purchases and what became of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.card_words import CARD_STATES, card_cell, card_path, kind_title, kind_titles, purchase_lines
from admin_web.cells import Code, Link
from admin_web.figure_filters import MeterFilter
from admin_web.file_timeline import amendments_told, noted_about
from admin_web.file_words import customer_path, meter_cell, meter_number
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.object_page import Deed, Fact, Related, Thing, object_page
from admin_web.pages.stock import CENTRAL, DOES, SEES, places_of
from admin_web.route import MenuItem, Route
from admin_web.stock_words import place_said
from admin_web.words import msg
from gateway.core.amendment import written
from gateway.core.authority import Function
from gateway.core.card import CardState
from gateway.core.views_cards import SHOWN, CardFile, CardRow, Cards
from gateway.core.views_files import TEXT_MAX
from gateway.office.keep_cards import STEPS, CardDeed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen
    from gateway.core.views_cards import CardFacts

_STATES: Final = tuple((one.value, said.sentence) for one, said in CARD_STATES.items())
_SERIAL: Final = re.compile(r"[0-9A-F]{2,64}")

#: What can be done with a card, by the word in the address; a move is no step of its life.
MOVE: Final = "move"
DEEDS: Final = {
    CardDeed.LOSE.value: msg("Report it lost"),
    CardDeed.DAMAGE.value: msg("Report it damaged"),
    CardDeed.GIVE_BACK.value: msg("Take the card back"),
    CardDeed.CLEAR.value: msg("Clear it"),
    MOVE: msg("Move it"),
    CardDeed.SCRAP.value: msg("Scrap it"),
}


def _asked_for(chosen: Chosen) -> Cards:
    state, place = chosen.text("state"), chosen.text("place")
    return Cards(
        branch=chosen.asked.me.rights.branch,
        text=chosen.text("text"),
        pan=chosen.text("pan"),
        profile=chosen.text("kind"),
        place="" if place == CENTRAL else place,
        state=None if state is None else CardState(state),
        is_descending=chosen.order is not None and chosen.order.is_descending,
        after=None if chosen.after is None else str(chosen.after[0]),
        limit=chosen.limit,
    )


def _customer(row: CardRow) -> Cell:
    return Link(row.customer, customer_path(row.card.account_no)) if row.customer else None


def _meter(row: CardRow) -> Cell:
    return meter_cell(row.card.pan) if row.card.pan else None


def _listing(asked: Asked, places: tuple[tuple[str, str], ...]) -> Listing[CardRow]:
    kinds = tuple(kind_titles().items())

    def lies(row: CardRow) -> Cell:
        return None if row.card.is_held else place_said(asked, row.card.branch)

    return Listing[CardRow](
        name="cards",
        caption=msg("Cards"),
        empty=msg("No card is like this. Cards are taken in by the list that comes with them."),
        columns=(
            Column("serial", msg("Serial number"), lambda row: Code(row.card.serial), is_sortable=True),
            Column("kind", msg("Kind of card"), lambda row: Code(row.card.profile)),
            Column("state", msg("State"), lambda row: CARD_STATES[row.card.state]),
            Column("customer", msg("Customer"), _customer),
            Column("meter", msg("Meter number"), _meter),
            Column("place", msg("Lies in"), lies),
            Column("lot", msg("Delivery"), lambda row: row.card.lot or None),
            Column("note", msg("Note"), lambda row: row.card.note or None, is_usual=False),
        ),
        filters=(
            TextFilter("text", msg("Serial number, delivery, note"), TEXT_MAX),
            MeterFilter("pan", msg("Meter number")),
            ChoiceFilter("state", msg("State"), _STATES),
            ChoiceFilter("place", msg("Lies in"), places),
            ChoiceFilter("kind", msg("Kind of card"), kinds),
        ),
        source=Keyset(_asked_for, lambda row: (row.card.serial,)),
        order=Order("serial"),
        href=lambda row: card_path(row.card.serial),
    )


async def cards(asked: Asked) -> Outcome:
    """Show them, with how many lie where that may be issued."""
    counts = await asked.office.views.totals(Cards(branch=asked.me.rights.branch))
    places = [(place_said(asked, one.branch), one.count, one.branch or CENTRAL) for one in counts]
    may_take_in = asked.me.rights.may(DOES.function, DOES.level)
    listing = _listing(asked, await places_of(asked))
    return await list_page(asked, listing, "cards.html", places=places, may_take_in=may_take_in)


async def card_facts(asked: Asked) -> CardFacts:
    """Give the card of the path; NotThere for another branch's, too."""
    serial = asked.places["serial"]
    if not _SERIAL.fullmatch(serial):
        raise NotThere
    facts = await asked.office.views.totals(CardFile(branch=asked.me.rights.branch, serial=serial))
    if facts is None:
        raise NotThere
    return facts


def crumbs_of(asked: Asked, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Say the way to the pages of the cards."""
    return ((asked.words.say(msg("Cards")), "/cards"), *more)


def is_on_its_way(facts: CardFacts) -> bool:
    """Is a purchase on its way to it?"""
    return any(row.order.is_open for row in facts.orders)


def deeds_of(facts: CardFacts) -> tuple[str, ...]:
    """Name what can become of it, from where it stands."""
    card = facts.row.card
    if is_on_its_way(facts):
        return ()
    lies = not card.is_held and card.state is not CardState.SCRAPPED
    may = {deed.value: card.may(*events) for deed, events in STEPS.items()} | {MOVE: lies}
    return tuple(name for name in DEEDS if may[name])


async def one_card(asked: Asked) -> Outcome:
    """Show one card."""
    facts = await card_facts(asked)
    card, path = facts.row.card, card_path(facts.row.card.serial)
    may = asked.me.rights.may(DOES.function, DOES.level)
    deeds = tuple(Deed(DEEDS[name], f"{path}/step?as={name}") for name in deeds_of(facts) if may)
    changed = amendments_told(asked, facts.amendments, card.serial, is_cut=len(facts.amendments) == SHOWN)
    noted = await noted_about(asked, card.serial)
    thing = Thing(
        kind=msg("Card"),
        title=card.serial,
        state=CARD_STATES[card.state],
        facts=facts_of(asked, facts.row),
        deeds=deeds,
        timeline=(*changed.lines, *noted.lines),
        older=(*changed.older, *noted.older),
        related=tuple(_related(facts.row)),
        raw=json.loads(written(card)),
    )
    orders = purchase_lines(asked, facts.orders)
    on_its_way = is_on_its_way(facts)
    return object_page(asked, thing, crumbs_of(asked), "card.html", orders=orders, is_on_its_way=on_its_way)


def facts_of(asked: Asked, row: CardRow) -> tuple[Fact, ...]:
    """Say what is known of it."""
    card = row.card
    return (
        Fact(msg("Serial number"), Code(card.serial)),
        Fact(msg("Kind of card"), kind_title(card.profile)),
        Fact(msg("Customer"), _customer(row)),
        Fact(msg("Meter number"), _meter(row)),
        Fact(msg("Lies in"), None if card.is_held else place_said(asked, card.branch)),
        Fact(msg("Delivery"), card.lot or None),
        Fact(msg("Note"), card.note or None),
    )


def _related(row: CardRow) -> Iterator[Related]:
    card = row.card
    if card.pan:
        yield Related(msg("Customer"), row.customer, customer_path(card.account_no))
        yield Related(msg("Meter"), meter_number(card.pan), f"/meters/{card.pan}")
        yield Related(msg("Other cards of this meter"), meter_number(card.pan), f"/cards?pan={card.pan}")
    yield Related(
        msg("Its purchases"), card_cell(card.serial).cell, f"/card-orders?serial={card.serial}&state="
    )


ROUTES: Final = (
    Route("GET", "/cards", SEES, cards),
    Route("GET", "/cards/<serial>", SEES, one_card),
)
MENU: Final = (MenuItem(Function.STOCK, msg("Cards"), "/cards"),)
