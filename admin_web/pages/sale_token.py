"""A sale's tokens once more, with all their digits: after the diary has a line of it, and never before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.answers import NotThere, Page
from admin_web.pages.one_sale import sale_crumbs, sale_facts
from admin_web.pages.sales import meter_link, sale_path
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.diary import Action
from gateway.core.timeline import moment_of
from gateway.office.authorised import Act
from gateway.office.note_act import NoteAct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from gateway.core.outcome import Approved
    from gateway.core.token import TokenDigits
    from gateway.core.views_sales import SoldSale

_REFUSED: Final = 403


async def show_token(asked: Asked) -> Outcome:
    """Write the line, then show the digits; NotThere where no token is out, or it is another branch's."""
    facts = await sale_facts(asked)
    answer = facts.handed_out
    if answer is None:
        raise NotThere
    refusal = refusal_in(asked, await ordered(asked, _act(facts.sale), NoteAct(facts.sale.key)))
    crumbs = sale_crumbs(asked, (str(facts.sale.receipt_no), sale_path(facts.sale)))
    return token_page(asked, facts.sale, None if refusal else answer, crumbs, refusal=refusal)


def token_page(  # noqa: PLR0913 - all of it named
    asked: Asked,
    sale: SoldSale,
    answer: Approved | None,
    crumbs: tuple[tuple[str, str], ...],
    *,
    refusal: str | None = None,
    going_on: str = "",
    invoice: str = "",
) -> Page:
    """Show the digits of an answer that the diary has a line of.

    ``going_on`` is where the next sale begins, ``invoice`` the page of its invoice, where it is led to.
    """
    values = {
        "title": asked.words.say(msg("Token")),
        "crumbs": crumbs,
        "subject_printed": sale.key,
        "sale": sale,
        "meter": meter_link(sale).cell,
        "paid_at": moment_of(sale.at_us),
        "tokens": [] if answer is None else list(_tokens(answer)),
        "preset_wh": 0 if answer is None else answer.preset_wh,
        "refusal": refusal,
        "back": sale_path(sale),
        "going_on": going_on,
        "invoice": invoice,
    }
    return Page("token.html", values, _REFUSED if refusal else 200)


def _act(sale: SoldSale) -> Act:
    return Act(
        function=Function.SHOW_TOKEN,
        kind="show_token",
        order="",
        subject=sale.key,
        about=sale.pan,
        needs_reason=False,
        level=Level.VIEW,
        action=Action.SHOW,
    )


def _tokens(answer: Approved) -> Iterator[tuple[str, TokenDigits, int | None]]:
    """Give them in the order in which the meter takes them: what each is, its digits, its energy."""
    for digits in answer.key_change:
        yield msg("First the new key: enter this before the others"), digits, None
    if answer.token is not None:
        yield msg("Token"), answer.token, answer.energy_wh - answer.preset_wh
    if answer.free is not None and answer.free.token is not None:
        yield msg("Free energy: a token of its own"), answer.free.token, answer.free.energy_wh


ROUTES: Final = (Route("POST", "/sales/<id>/token", Right(Function.SHOW_TOKEN), show_token),)
