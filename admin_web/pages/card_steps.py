"""What becomes of a card by a person's word: read back before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.card_words import CARD_STATES, card_path
from admin_web.diary_cards import card_subject
from admin_web.fields import REASON, Field
from admin_web.file_forms import VERSION, version_in
from admin_web.forms import Form
from admin_web.notice import redirect_with
from admin_web.object_page import Fact
from admin_web.order_form import carried_out
from admin_web.pages.cards import DEEDS, MOVE, card_facts, crumbs_of, deeds_of, facts_of
from admin_web.pages.stock import CENTRAL, DOES, places_of
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.diary import Action
from gateway.core.views_staff import Branches
from gateway.office.authorised import Act
from gateway.office.keep_cards import CardDeed, MarkCard, MoveCard

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Redirect
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.views_cards import CardFacts
    from gateway.office.keep_cards import OfOneCard

#: What each of them comes to, as it is said before it is done and read back.
_COMES_TO: Final = {
    CardDeed.LOSE.value: msg(
        "No station serves the card any more. The customer's next card is reissued at a station, with what "
        "was bought last: the meter takes that once, whichever card brings it."
    ),
    CardDeed.DAMAGE.value: msg(
        "The card is of no use any more. The customer's next card is reissued at a station, with what was "
        "bought last: the meter takes that once, whichever card brings it."
    ),
    CardDeed.GIVE_BACK.value: msg(
        "The card is here. Whoever had it buys nothing with it any more, and gets another one at a station."
    ),
    CardDeed.CLEAR.value: msg("It is nobody's any more, and may be issued to another customer."),
    MOVE: msg("It lies in another place from then on."),
    CardDeed.SCRAP.value: msg("Nobody will get it any more; it stays in the list."),
}
_DONE: Final = msg("It is noted: the card is changed.")
_NOT_NOW: Final = msg("This cannot become of the card where it stands now; look at it again.")


async def _form(asked: Asked, name: str) -> Form:
    """Make the form of a deed: where the card lies then, where that is asked, and why."""
    place: tuple[Field, ...] = ()
    if name == CardDeed.GIVE_BACK.value:
        place = (Field("place", msg("Lies in"), "choice", choices=await places_of(asked)),)
    if name == MOVE:
        everywhere = await asked.office.views.rows(Branches())
        choices = ((CENTRAL, msg("the central store")), *((one.code, one.name) for one in everywhere))
        place = (Field("place", msg("To"), "choice", choices=choices),)
    kept = (VERSION, Field("as", msg("What becomes of it"), "kept"))
    return Form(DEEDS[name], msg("Go on"), (*place, REASON, *kept), lead=_COMES_TO[name])


def _not_now(asked: Asked, facts: CardFacts) -> Redirect:
    return redirect_with(asked, card_path(facts.row.card.serial), asked.words.say(_NOT_NOW))


async def ask(asked: Asked) -> Outcome:
    """Ask why, and where it lies."""
    facts, name = await card_facts(asked), asked.first("as")
    if name not in deeds_of(facts):
        return _not_now(asked, facts)
    version = str(facts.row.card.version)
    place = asked.me.rights.branch or CENTRAL
    usual = {"place": place} if name == CardDeed.GIVE_BACK.value else {}
    filled = (await _form(asked, name)).blank(asked, version=version, **usual, **{"as": name})
    return filled.page("step_form.html", **_around(asked, facts))


async def send(asked: Asked) -> Outcome:
    """Read it back, then order it."""
    facts, name = await card_facts(asked), asked.field("as")
    if name not in DEEDS:
        return _not_now(asked, facts)
    filled, around = (await _form(asked, name)).read(asked), _around(asked, facts)
    if not filled.is_sound or filled.wants_change:
        return filled.page("step_form.html", **around)
    if not filled.is_confirmed:
        card = facts.row.card
        who = f"{card.serial}, {facts.row.customer}" if facts.row.customer else card.serial
        return filled.preview(name=who, nothing=_COMES_TO[name], crumbs=around["crumbs"])
    card, reason = facts.row.card, filled.value("reason", str)
    act = Act(
        DOES.function,
        kind="card",
        order=card.serial,
        subject=card_subject(card.serial),
        about=card.pan if card.is_held else "",
        reason=reason,
        action=Action.CHANGE,
    )
    path = _path_after(asked, facts, name, filled)
    command = _command(asked, facts, name, filled)
    return await carried_out(filled, act, command, around, path=path, said=_DONE, template="step_form.html")


def _place(filled: Filled) -> str:
    place = filled.value("place", str)
    return "" if place == CENTRAL else place


def _command(asked: Asked, facts: CardFacts, name: str, filled: Filled) -> OfOneCard:
    card, reason = facts.row.card, filled.value("reason", str)
    seen = (asked.me.login, filled.nonce, card.serial, version_in(filled), card.pan, reason)
    if name == MOVE:
        return MoveCard(*seen, _place(filled))
    deed = CardDeed(name)
    return MarkCard(*seen, deed, _place(filled) if deed is CardDeed.GIVE_BACK else "")


def _path_after(asked: Asked, facts: CardFacts, name: str, filled: Filled) -> str:
    """Go on to its page, unless it has gone to another branch, where it is not seen any more."""
    is_gone = name == MOVE and asked.me.rights.branch not in {None, _place(filled)}
    return "/cards" if is_gone else card_path(facts.row.card.serial)


def _around(asked: Asked, facts: CardFacts) -> dict[str, object]:
    card = facts.row.card
    path = card_path(card.serial)
    state = Fact(msg("State"), CARD_STATES[card.state])
    shown = [fact for fact in facts_of(asked, facts.row) if fact.cell is not None]
    return {"crumbs": crumbs_of(asked, (card.serial, path)), "back": path, "facts": (*shown, state)}


ROUTES: Final = (
    Route("GET", "/cards/<serial>/step", DOES, ask),
    Route("POST", "/cards/<serial>/step", DOES, send),
)
