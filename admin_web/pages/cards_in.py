"""Take cards into the stock: one by its serial number, or a delivery by its list, read back first."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.card_words import card_path, kind_title, kind_titles
from admin_web.diary_cards import card_subject
from admin_web.fields import Field
from admin_web.form_body import Upload
from admin_web.forms import STEP_FIELD, Form
from admin_web.notice import redirect_with
from admin_web.pages.cards import crumbs_of
from admin_web.pages.stock import CENTRAL, DOES, places_of
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.diary import Action
from gateway.core.person import is_said
from gateway.core.stock import WORD_MAX
from gateway.core.views_cards import KnownSerials
from gateway.office.authorised import Act
from gateway.office.card_lines import (
    COLUMNS,
    FAULTS_MAX,
    SERIAL,
    CardDelivery,
    CardFault,
    CardFaultWhy,
    Usual,
    kinds_of_card,
    read_card_delivery,
)
from gateway.office.keep_cards import TakeInCards

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.card_stock import StockCard

#: Lines of a list that its preview shows.
_SHOWN: Final = 20

#: Letters of the longest serial number as somebody types it, in groups.
_TYPED_MAX: Final = 60

_FAULTY: Final = msg("The list has faults, and nothing of it was kept.")
ONE_OF_BOTH: Final = msg("Choose the list, or write one serial number: one of the two, not both.")

#: What the preview sends: the list that was read is in it.
CONFIRMED: Final = Form(msg("Take in cards"), msg("Check"), ())


async def _form(asked: Asked) -> Form:
    kinds = tuple(kind_titles().items())
    return Form(
        CONFIRMED.title,
        CONFIRMED.submit,
        (
            Field("file", msg("The list (CSV)"), "file", is_required=False),
            Field(
                SERIAL,
                msg("or one serial number"),
                hint=msg("As the reader shows it, in hexadecimal digits."),
                is_required=False,
                length_max=_TYPED_MAX,
            ),
            Field("kind", msg("Kind of card"), "choice", choices=kinds),
            Field("place", msg("Lies in"), "choice", choices=await places_of(asked)),
            Field("lot", msg("Delivery"), is_required=False, length_max=WORD_MAX),
        ),
        lead=msg("Nothing is kept before the whole list is right and you have confirmed it."),
    )


async def ask(asked: Asked) -> Outcome:
    """Show the form."""
    return _page((await _form(asked)).blank(asked, place=asked.me.rights.branch or CENTRAL), None)


async def send(asked: Asked) -> Outcome:
    """Check what was sent and show what it holds; take it in once that is confirmed."""
    if asked.field(STEP_FIELD) == "confirm":
        return await _confirmed(asked, CONFIRMED.read(asked))
    filled = (await _form(asked)).read(asked)
    upload, serial = filled.optional("file", Upload), filled.optional(SERIAL, str)
    if filled.is_sound and (upload is None) is (serial is None):
        filled = filled.refused(ONE_OF_BOTH, "file")
    if not filled.is_sound:
        return _page(filled, None)
    octets = upload.body if upload is not None else _as_list([(serial or "", "", "")])
    delivery = await _checked(asked, octets, _usual(filled))
    if delivery.is_sound:
        return _preview(asked, filled, delivery)
    if upload is None:
        return _page(filled.refused(delivery.faults[0].why.value, SERIAL), None)
    return _page(filled.refused(_FAULTY), delivery)


def _usual(filled: Filled) -> Usual:
    place = filled.value("place", str)
    lot = filled.optional("lot", str) or ""
    return Usual(filled.value("kind", str), "" if place == CENTRAL else place, lot)


async def _confirmed(asked: Asked, filled: Filled) -> Outcome:
    """Read the list again, for the stock may be another meanwhile, and take it in."""
    lot = asked.field("lot")
    if lot and not is_said(lot, WORD_MAX):
        lot = ""
    octets = asked.form.fields.get("lines", ("",))[0].encode()
    delivery = await _checked(asked, octets, Usual("", "", lot))
    blank = (await _form(asked)).blank(asked, lot=lot)
    if not delivery.is_sound:
        return _page(blank.refused(_FAULTY), delivery)
    cards = tuple(card for _, card in delivery.cards)
    subject = card_subject(cards[0].serial) if len(cards) == 1 else f"{len(cards)} cards"
    act = Act(
        DOES.function, kind="card", order=subject, subject=subject, needs_reason=False, action=Action.CHANGE
    )
    refusal = refusal_in(asked, await ordered(asked, act, TakeInCards(asked.me.login, filled.nonce, cards)))
    if refusal is not None:
        return _page(blank.refused(refusal), None)
    said = asked.words.say_many("%(count)s card is taken in.", "%(count)s cards are taken in.", len(cards))
    return redirect_with(asked, card_path(cards[0].serial) if len(cards) == 1 else "/cards", said)


async def _checked(asked: Asked, octets: bytes, usual: Usual) -> CardDelivery:
    """Read a list, and ask which of its cards are known; on a thread of the pages, for it may be long."""
    codes = {"" if code == CENTRAL else code for code, _ in await places_of(asked)}
    delivery: CardDelivery = await asked.office.elsewhere(read_card_delivery, octets, codes, usual)
    if not delivery.cards:
        return delivery
    known = set(await asked.office.views.rows(KnownSerials(tuple(card.serial for _, card in delivery.cards))))
    faults = [
        CardFault(line, SERIAL, card.serial, CardFaultWhy.KNOWN)
        for line, card in delivery.cards
        if card.serial in known
    ]
    every = sorted((*delivery.faults, *faults), key=lambda fault: fault.line)
    return CardDelivery(delivery.cards, tuple(every[:FAULTS_MAX]))


def _as_list(rows: list[tuple[str, str, str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows([COLUMNS, *rows])
    return written.getvalue().encode()


def _preview(asked: Asked, filled: Filled, delivery: CardDelivery) -> Page:
    cards: tuple[StockCard, ...] = tuple(card for _, card in delivery.cards)
    values = {
        "crumbs": crumbs_of(asked),
        "cards": cards[:_SHOWN],
        "count": len(cards),
        "lot": cards[0].lot,
        "lines": _as_list([(one.serial, one.profile, one.branch) for one in cards]).decode(),
    }
    return filled.page("cards_preview.html", **values)


def _page(filled: Filled, delivery: CardDelivery | None) -> Page:
    values = {
        "faults": delivery.faults if delivery else (),
        "is_cut": delivery is not None and len(delivery.faults) >= FAULTS_MAX,
        "columns": COLUMNS,
        "kinds": [(one.name, kind_title(one.name), one.digits) for one in kinds_of_card()],
        "crumbs": crumbs_of(filled.asked),
    }
    return filled.page("cards_list.html", back="/cards", **values)


ROUTES: Final = (
    Route("GET", "/cards/take-in", DOES, ask),
    Route("POST", "/cards/take-in", DOES, send, takes_upload=True),
)
