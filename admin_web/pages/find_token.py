"""Where is my token? For a clerk with a customer on the telephone: each payment that may be meant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from admin_web.answers import Page
from admin_web.card_timeline import order_facts
from admin_web.cells import Amount, Code
from admin_web.figure_filters import MeterFilter, MomentRange
from admin_web.filters import TextFilter, read_all
from admin_web.giving_back import may_give_back
from admin_web.line_order_told import line_facts
from admin_web.order_words import reference_cell, reference_of
from admin_web.pages.sales import customer_link, meter_link, sale_path
from admin_web.route import MenuItem, Right, Route
from admin_web.sale_timeline import energy_entry
from admin_web.token_like import may_hold_token
from admin_web.token_steps import TONES, steps_of
from admin_web.told import told_or_raw
from admin_web.trade_words import taken_by, trouble_kind
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.ledger import WATT_HOURS
from gateway.core.meter import Carrier
from gateway.core.sentence import with_detail
from gateway.core.timeline import moment_of
from gateway.core.token_story import story_of
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_found import CASES_MAX, TokenQuestion
from gateway.core.views_resets import standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell, Tone
    from admin_web.filters import Read
    from admin_web.token_steps import Step
    from gateway.core.token_story import TokenCase
    from gateway.core.views_sales import SoldSale

FIND_TOKEN: Final = "/find-token"  # noqa: S105 - a path, not a secret

_FILTERS: Final = (
    TextFilter("reference", msg("Reference, receipt or invoice"), TEXT_MAX),
    MeterFilter("pan", msg("Meter number")),
    TextFilter("phone", msg("Telephone"), TEXT_MAX),
    MomentRange("at", msg("Paid from"), msg("Paid until")),
)

#: Fields into which somebody may type the token itself.
_WRITTEN: Final = ("reference", "pan", "phone")

_UNPROCESSABLE: Final = 422


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said about one payment. ``why`` is the answer that the bank got, where it was refused."""

    reason: str
    next_step: str
    tone: Tone
    steps: Sequence[Step]
    facts: Sequence[tuple[str, Cell]]
    why: str
    show_token: str | None
    links: Sequence[tuple[str, str]]
    at_label: str
    at: datetime


async def find_token(asked: Asked) -> Outcome:
    """Show the form, and what was found by it."""
    reads = read_all(_FILTERS, asked)
    is_sound = all(read.is_sound for read in reads.values())
    question = _question(asked, reads) if is_sound else None
    cases = [] if question is None else await asked.office.views.rows(question)
    if not cases and any(may_hold_token(asked.first(name)) for name in _WRITTEN):
        return _page(asked, read_all(_FILTERS, replace(asked, query={})), _UNPROCESSABLE, may_be_token=True)
    answers = [await _answer(asked, case) for case in cases[:CASES_MAX]]
    code = 200 if is_sound else _UNPROCESSABLE
    more = CASES_MAX if len(cases) > CASES_MAX else None
    return _page(asked, reads, code, is_asked=question is not None, answers=answers, more=more)


def _page(asked: Asked, reads: Mapping[str, Read], code: int, **values: object) -> Page:
    """Show the form as it was filled in, and what was found."""
    boxes = [box for read in reads.values() for box in read.boxes]
    around = {"title": asked.words.say(msg("Where is the token?")), "crumbs": (), "boxes": boxes}
    found = {"is_asked": False, "answers": (), "more": None, "may_be_token": False}
    return Page("find_token.html", {**around, **found, **values}, code)


def _question(asked: Asked, reads: Mapping[str, Read]) -> TokenQuestion | None:
    """Make the question; None where nothing was named."""
    reference, pan, phone = (reads[name].value for name in ("reference", "pan", "phone"))
    begin, end = _pair(reads["at"].value)
    if all(one is None for one in (reference, pan, phone, begin, end)):
        return None
    return TokenQuestion(
        branch=asked.me.rights.branch,
        reference=_text(reference),
        pan=_text(pan),
        phone=_text(phone),
        begin_us=begin,
        end_us=end,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _pair(value: object) -> tuple[Any, Any]:
    return value if isinstance(value, tuple) else (None, None)


async def _answer(asked: Asked, found: TokenCase) -> Answer:
    # Where nobody is told, the rows for nobody are not what a token waits for.
    case = found if asked.office.tells_others else replace(found, notices=())
    story = story_of(case)
    say = asked.words.say
    return Answer(
        reason=_sentence(say(story.reason.value)),
        next_step=_sentence(say(story.next_step.value)),
        tone=TONES[story.reason],
        steps=steps_of(case, tells_others=asked.office.tells_others),
        facts=tuple(_facts(case)),
        why=_why(asked, case),
        show_token=_show_token(asked, case),
        links=tuple(await _links(asked, case)),
        at_label=_at_label(case),
        at=moment_of(case.at_us),
    )


def _at_label(case: TokenCase) -> str:
    """Say what the moment is that of: where nothing was booked, nothing was paid to us."""
    if case.sale is not None:
        return msg("Paid at")
    return msg("Reversed at") if case.refused is None else msg("Refused at")


def _sentence(said: str) -> str:
    """Begin it with a capital, where the language has them."""
    return said[:1].upper() + said[1:]


def _why(asked: Asked, case: TokenCase) -> str:
    if case.refused is None:
        return ""
    said = asked.words.say(case.refused.reason.sentence)
    return with_detail(_sentence(said), told_or_raw(asked.words, case.refused.detail))


def _facts(case: TokenCase) -> list[tuple[str, Cell]]:
    sale = case.sale
    if sale is None:
        return [(msg("Reference"), Code(reference_of(case.key)))]
    shown = reference_cell(sale)
    return [
        (msg("Paid"), Amount(sale.tender_minor, sale.currency, sale.id)),
        (msg("Energy"), Amount(sale.energy_wh, WATT_HOURS, energy_entry(case.entries))),
        (msg("Customer"), customer_link(sale)),
        (msg("Meter number"), meter_link(sale)),
        (msg("Bank or counter"), taken_by(sale.bank)),
        *(_on_card(case) if case.carrier is Carrier.CARD else _tokens(case, sale)),
        *(_on_line(case) if case.carrier is Carrier.REMOTE else ()),
        (msg("Receipt"), Code(str(sale.receipt_no))),
        *(() if shown is None else ((msg("Reference"), shown),)),
    ]


def _on_card(case: TokenCase) -> list[tuple[str, Cell]]:
    """Say where the purchase on its way to a card stands; nothing was begun for it, where there is none."""
    return [(fact.label, fact.cell) for fact in order_facts(case.card)]


def _on_line(case: TokenCase) -> list[tuple[str, Cell]]:
    """Say where the order over the meter's line stands."""
    return [(fact.label, fact.cell) for fact in line_facts(case.line)]


def _tokens(case: TokenCase, sale: SoldSale) -> list[tuple[str, Cell]]:
    """Say which token stands, and which was replaced."""
    first, again = Code(f"**** {sale.token_end}") if sale.is_token_out else None, standing(case.resets)
    if again is None:
        return [(msg("Token"), first)]
    return [(msg("Token"), Code(str(again.token)[-9:])), (msg("Token that was replaced"), first)]


def _show_token(asked: Asked, case: TokenCase) -> str | None:
    sale = case.sale
    if sale is None or not sale.is_token_out or not asked.me.rights.may(Function.SHOW_TOKEN):
        return None
    return f"{sale_path(sale)}/token"


async def _links(asked: Asked, case: TokenCase) -> list[tuple[str, str]]:
    """Give where the clerk may go on from here; the page leaves out what she may not open."""
    links = []
    if case.sale is not None:
        links.append((asked.words.say(msg("The sale")), sale_path(case.sale)))
        if await may_give_back(asked, case.sale):
            links.append((asked.words.say(msg("Give the payment back")), f"{sale_path(case.sale)}/give-back"))
    opened = [one for one in case.troubles if one.is_open]
    return links + [(asked.words.say(trouble_kind(one.kind)), f"/exceptions/{one.id}") for one in opened]


ROUTES: Final = (Route("GET", FIND_TOKEN, Right(Function.FIND_TOKEN), find_token),)
MENU: Final = (MenuItem(Function.FIND_TOKEN, msg("Find a token"), FIND_TOKEN),)
