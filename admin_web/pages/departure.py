"""One meter that left: the statement of what went out for it, to be printed; its credit is given out here."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.answers import NotThere
from admin_web.cells import Code, Link, Said
from admin_web.departure_words import BASES, LEAVINGS, state_of, statement_of
from admin_web.diary_files import point_subject
from admin_web.diary_words import person
from admin_web.file_words import customer_path, meter_cell, meter_number
from admin_web.issuing import ordered_with_tokens
from admin_web.notice import redirect_with
from admin_web.object_page import Fact, Related, Thing, object_page
from admin_web.pages.departures import SEES, came
from admin_web.pages.replace_meter import REPLACES
from admin_web.pages.sale_token import token_page
from admin_web.point_words import point_cell, point_path
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.departure import Leaving
from gateway.core.diary import Action
from gateway.core.invoice import InvoiceKind
from gateway.core.outcome import Approved
from gateway.core.timeline import moment_of
from gateway.core.views_booked import SaleFile
from gateway.core.views_departures import Departures
from gateway.office.authorised import Act
from gateway.prepayment.give_transfer import GiveTransfer, ReserveTransfer

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from gateway.core.views_departures import DepartureCase

#: Digits of the largest number there can be.
_DIGITS_MAX: Final = 18
_NIBBLES: Final = 16
_REFUSED: Final = 422

_GIVEN: Final = msg("The credit is given out already: see below.")
_ON_A_CARD: Final = msg("The credit waits for the new meter's card: a card station loads it.")


async def _case(asked: Asked) -> DepartureCase:
    """Find the departure of the path; NotThere for another branch's, too."""
    written = asked.places["id"]
    if not (written.isascii() and written.isdigit() and len(written) <= _DIGITS_MAX):
        raise NotThere
    found = await asked.office.views.rows(Departures(branch=asked.me.rights.branch, id=int(written)))
    if not found:
        raise NotThere
    return found[0]


async def departure(asked: Asked) -> Outcome:
    """Show the statement."""
    return _page(asked, await _case(asked))


async def give(asked: Asked) -> Outcome:
    """Make the token of the new meter, and show it."""
    case = await _case(asked)
    one, me = case.departure, asked.me
    if not case.waits:
        return redirect_with(asked, f"/departures/{one.id}", asked.words.say(_GIVEN))
    said = (one.id, one.new_pan, me.login, secrets.randbelow(_NIBBLES), asked.office.workshop)
    refusal = refusal_in(asked, await ordered(asked, _act(case, Action.CHANGE), ReserveTransfer(*said)))
    if refusal is not None:
        return _page(asked, case, refusal)
    content = await ordered_with_tokens(asked, _act(case, Action.SHOW), GiveTransfer(*said))
    refusal = refusal_in(asked, content)
    facts = await asked.office.views.totals(SaleFile(branch=me.rights.branch, key=one.transfer_key))
    if refusal is not None or facts is None or not isinstance(content, Approved):
        return _page(asked, case, refusal)
    if content.token is None:
        return redirect_with(asked, f"/departures/{one.id}", asked.words.say(_ON_A_CARD))
    return token_page(asked, facts.sale, content, (*_crumbs(asked), (str(one.id), f"/departures/{one.id}")))


def _act(case: DepartureCase, action: Action) -> Act:
    one = case.departure
    return Act(
        Function.REPLACEMENT,
        kind="transfer",
        order="",
        subject=point_subject(one.point),
        about=one.new_pan,
        needs_reason=False,
        action=action,
        can_wait=False,
    )


def _crumbs(asked: Asked) -> tuple[tuple[str, str], ...]:
    return ((asked.words.say(msg("Meters that left")), "/departures"),)


def _page(asked: Asked, case: DepartureCase, refusal: str | None = None) -> Page:
    one = case.departure
    path = f"/departures/{one.id}"
    may_give = case.waits and asked.me.rights.may(REPLACES.function, REPLACES.level)
    thing = Thing(
        kind=msg("Meter that left"),
        title=meter_number(one.pan).text,
        state=state_of(case),
        facts=_facts(case),
        related=_related(case),
        raw={**asdict(one), "kind": one.kind.value, "basis": one.basis.value},
    )
    values = {
        "lines": list(statement_of(one)),
        "give_path": f"{path}/give" if may_give else None,
        "token_path": f"/sales/{case.sale_id}/token" if case.has_token else None,
        "refusal": refusal,
    }
    page = object_page(asked, thing, _crumbs(asked), "departure.html", **values)
    return page if refusal is None else replace(page, code=_REFUSED)


def _facts(case: DepartureCase) -> tuple[Fact, ...]:
    one = case.departure
    return (
        Fact(msg("Customer"), Link(case.customer, customer_path(one.account_no))),
        Fact(msg("Account number"), Code(one.account_no)),
        Fact(msg("Supply point"), point_cell(one.point)),
        Fact(msg("Why it left"), Said(LEAVINGS[one.kind])),
        Fact(msg("Meter that left"), meter_cell(one.pan)),
        Fact(msg("Meter that came"), came(one)),
        Fact(msg("Day of the work"), date.fromisoformat(one.left_on)),
        Fact(msg("How it is known what was left"), Said(BASES[one.basis])),
        Fact(msg("Read by, or who says so"), one.said_by),
        Fact(msg("Entered by"), person(one.by)),
        Fact(msg("Entered at"), moment_of(one.at_us)),
        Fact(msg("Reason"), one.reason),
        Fact(msg("Receipt of the token"), None if case.receipt_no is None else str(case.receipt_no)),
    )


def _related(case: DepartureCase) -> tuple[Related, ...]:
    one = case.departure
    found = [
        Related(msg("Supply point"), Code(one.point), point_path(one.point)),
        Related(msg("Meter that left"), meter_number(one.pan), f"/meters/{one.pan}"),
    ]
    if one.new_pan:
        found.append(Related(msg("Meter that came"), meter_number(one.new_pan), f"/meters/{one.new_pan}"))
    if one.kind is Leaving.CANCELLED:
        path = f"/invoices?account_no={one.account_no}&kind={InvoiceKind.PART.value}"
        found.append(Related(msg("Red invoices for a part"), Code(one.account_no), path))
    if one.entry_id is not None:
        found.append(Related(msg("Entry"), Code(str(one.entry_id)), f"/entries/{one.entry_id}"))
    if case.sale_id is not None:
        found.append(Related(msg("Sale"), Code(str(case.receipt_no)), f"/sales/{case.sale_id}"))
    return tuple(found)


ROUTES: Final = (
    Route("GET", "/departures/<id>", SEES, departure),
    Route("POST", "/departures/<id>/give", REPLACES, give),
)
