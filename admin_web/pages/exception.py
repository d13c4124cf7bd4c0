"""One exception: what happened, why it matters, what can be done, and what a person says became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NoRight, NotThere
from admin_web.asked_under import requests_under
from admin_web.cells import Amount, Code, Link, Said
from admin_web.check_words import said_of
from admin_web.diary_words import person
from admin_web.fields import REASON, Field
from admin_web.file_words import meter_cell
from admin_web.forms import Form
from admin_web.giving_back import may_give_back
from admin_web.object_page import Deed, Fact, Happening, Related, Thing, object_page
from admin_web.order_form import carried_out
from admin_web.order_words import reference_of
from admin_web.pages.exceptions import CLOSED, OPEN, bank_cell
from admin_web.previews import postings_of
from admin_web.route import Right, Route
from admin_web.said_after import CLOSED_EXCEPTION
from admin_web.sale_timeline import of_trouble, timeline_of
from admin_web.trade_words import taken_link
from admin_web.trouble_words import RESOLUTIONS, resolution_said, words_of_kind
from admin_web.words import msg
from gateway.core.approval import ApprovalState
from gateway.core.authority import Function, Level
from gateway.core.counter import station_of
from gateway.core.sale import SaleState
from gateway.core.timeline import moment_of
from gateway.core.trouble import CLAIM, ENDS_CLAIM, Resolution
from gateway.core.views_booked import SaleFile
from gateway.core.views_watch import Exceptions
from gateway.office.orders import ResolveOrder, act_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.approval import Approval
    from gateway.core.trouble import Trouble
    from gateway.core.views_booked import SaleFacts

_DOES: Final = Right(Function.EXCEPTIONS, Level.DO)

#: What gives money back or ends a claim takes this as well.
_MOVES_MONEY: Final = Right(Function.REVERSALS, Level.DO)


async def _found(asked: Asked) -> Trouble:
    """Find it; NotThere where it is another branch's, or none."""
    number = asked.places["number"]
    if not (number.isascii() and number.isdigit() and len(number) < len(str(2**63))):
        raise NotThere
    question = Exceptions(branch=asked.me.rights.branch, open_only=False, id=int(number))
    rows = await asked.office.views.rows(question)
    if not rows:
        raise NotThere
    return rows[0]


async def _sale(asked: Asked, trouble: Trouble) -> SaleFacts | None:
    if trouble.sale_id is None:
        return None
    question = SaleFile(branch=asked.me.rights.branch, id=trouble.sale_id)
    return await asked.office.views.totals(question)


async def exception(asked: Asked) -> Outcome:
    """Show it with its sale."""
    trouble = await _found(asked)
    sale = await _sale(asked, trouble)
    thing = Thing(
        kind=msg("Exception"),
        title=str(trouble.id),
        facts=(*_facts(trouble, sale), *await _closing(asked, trouble, sale)),
        state=OPEN if trouble.is_open else CLOSED,
        deeds=await _deeds(asked, trouble, sale),
        timeline=_timeline(trouble, sale),
        related=_related(asked, trouble, sale),
        raw={name: getattr(trouble, name) for name in trouble.__dataclass_fields__},
    )
    crumbs = ((asked.words.say(msg("Exceptions")), "/exceptions"),)
    kind, said = words_of_kind(trouble.kind, trouble.bank), said_of(asked.words, trouble.text)
    around = {"kind": kind, "trouble": trouble, "said": said, "others_end": _others_end(asked, trouble, sale)}
    return object_page(asked, thing, crumbs, "exception.html", **around)


def _facts(trouble: Trouble, sale: SaleFacts | None) -> tuple[Fact, ...]:
    facts = [
        Fact(msg("What happened"), Said(words_of_kind(trouble.kind).name)),
        Fact(msg("When"), moment_of(trouble.at_us)),
        Fact(msg("Bank or counter"), bank_cell(trouble.bank)),
        Fact(msg("Reference"), Code(reference_of(trouble.key))),
    ]
    if sale is not None:
        sold = sale.sale
        facts += [
            Fact(msg("Paid"), Amount(sold.tender_minor, sold.currency, sale.entries[0].id)),
            Fact(msg("Customer"), Link(sold.customer, f"/customers/{sold.account_no}")),
            Fact(msg("Meter number"), meter_cell(sold.pan)),
        ]
    return tuple(facts)


async def _closing(asked: Asked, trouble: Trouble, sale: SaleFacts | None) -> tuple[Fact, ...]:
    """Say what became of it, who said so, and who stood behind it; nothing as long as it is open."""
    if trouble.is_open:
        return ()
    approved = await _approved(asked, trouble, sale)
    behind = Said(msg("nobody: it was closed at the gateway's machine"))
    return (
        Fact(msg("What became of it"), Said(resolution_said(trouble.resolution))),
        Fact(msg("Reason"), trouble.reason or None),
        Fact(msg("Closed by"), person(trouble.resolved_by)),
        Fact(msg("Approved by"), behind if approved is None else person(approved.decided_by)),
        Fact(msg("Closed at"), moment_of(trouble.resolved_us) if trouble.resolved_us else None),
    )


async def _approved(asked: Asked, trouble: Trouble, sale: SaleFacts | None) -> Approval | None:
    """Find the request by which it was closed."""
    known = {one.value: one for one in Resolution}.get(trouble.resolution)
    if known is None:
        return None
    order = _order(trouble, sale, known)
    requests = await requests_under(asked, order.command(trouble.resolved_by, "").key)
    ours = (one for one in requests if one.kind == order.kind and one.subject == order.subject)
    return next((one for one in ours if one.state is ApprovalState.APPROVED), None)


#: What may become of an exception, as the deed that says so.
_DEEDS: Final[Mapping[Resolution, str]] = {
    Resolution.EXPLAINED: msg("Close as explained"),
    Resolution.SETTLED: msg("Close as settled"),
    Resolution.REVERSED: msg("Give the payment back"),
    Resolution.UPHELD: msg("End the claim: the bank pays"),
    Resolution.CONCEDED: msg("End the claim: write it off"),
}


async def _deeds(asked: Asked, trouble: Trouble, sale: SaleFacts | None) -> tuple[Deed, ...]:
    if not trouble.is_open or not asked.me.rights.may(Function.EXCEPTIONS, Level.DO):
        return ()
    here = f"/exceptions/{trouble.id}/resolve?as="
    offered = await _offered(asked, trouble, sale)
    return tuple(Deed(_DEEDS[one], f"{here}{one.value}") for one in offered)


async def _offered(asked: Asked, trouble: Trouble, sale: SaleFacts | None) -> Sequence[Resolution]:
    """Say what can become of it, and what she may order: a claim that stands can only end."""
    # Closing exceptions alone does not let her give money back, or write it off.
    if _is_claim(trouble, sale):
        return [one for one in Resolution if one in ENDS_CLAIM and _MOVES_MONEY.opens(asked.me.rights)]
    offered = [Resolution.EXPLAINED, Resolution.SETTLED]
    if sale is not None and await may_give_back(asked, sale.sale):
        offered.append(Resolution.REVERSED)
    return offered


def _others_end(asked: Asked, trouble: Trouble, sale: SaleFacts | None) -> bool:
    """Would she find what the page says can be done, had she the right to?"""
    rights, is_waiting = asked.me.rights, trouble.is_open and _is_claim(trouble, sale)
    return is_waiting and _DOES.opens(rights) and not _MOVES_MONEY.opens(rights)


def _is_claim(trouble: Trouble, sale: SaleFacts | None) -> bool:
    """Does a claim stand with it?"""
    return trouble.kind == CLAIM and sale is not None and sale.sale.state is SaleState.CLAIMED


def _timeline(trouble: Trouble, sale: SaleFacts | None) -> tuple[Happening, ...]:
    """Tell what happened to its sale, which tells the exception, too; without one the exception alone."""
    told = () if sale is None else tuple(timeline_of(sale))
    is_told = sale is not None and any(one.id == trouble.id for one in sale.troubles)
    return told if is_told else (*told, *of_trouble(trouble))


def _related(asked: Asked, trouble: Trouble, sale: SaleFacts | None) -> tuple[Related, ...]:
    rights, links = asked.me.rights, []
    if sale is not None and rights.may(Function.SALES):
        links.append(Related(msg("Sale"), Code(str(sale.sale.receipt_no)), f"/sales/{sale.sale.id}"))
    if trouble.kind == "no_token" and rights.may(Function.KEYS):
        links.append(Related(msg("Vending keys"), Code(trouble.key), "/keys"))
    if trouble.kind == "unread_tariff" and rights.may(Function.TARIFFS):
        links.append(Related(msg("Tariffs"), Code(trouble.key), "/tariffs"))
    if trouble.bank and (rights.may(Function.BANKS) or station_of(trouble.bank)):
        by = taken_link(trouble.bank)
        links.append(Related(msg("Bank or counter"), by.cell, by.path))
    return tuple(links)


POSTS_NOTHING: Final = msg("It posts nothing: it only says what became of it.")
_LEAD: Final = msg("A second person has to approve it; only then is it closed.")


async def _form(asked: Asked, trouble: Trouble, sale: SaleFacts | None) -> Form:
    """Offer what can become of it; NoRight where that is the end of a claim, and not hers to order."""
    choices = tuple((one.value, RESOLUTIONS[one]) for one in await _offered(asked, trouble, sale))
    if not choices:
        raise NoRight(_MOVES_MONEY)
    became = Field("as", msg("What became of it"), "choice", choices=choices)
    return Form(msg("Close the exception"), msg("Go on"), (became, REASON), lead=_LEAD)


def _around(asked: Asked, trouble: Trouble) -> dict[str, object]:
    path = f"/exceptions/{trouble.id}"
    name = asked.words.say(words_of_kind(trouble.kind).name)
    kind = asked.words.say(msg("Exception"))
    crumbs = ((asked.words.say(msg("Exceptions")), "/exceptions"), (f"{kind} {trouble.id}", path))
    return {
        "back": path,
        "crumbs": crumbs,
        "about": ((msg("What happened"), name), (msg("Reference"), reference_of(trouble.key))),
    }


async def ask_resolve(asked: Asked) -> Outcome:
    """Ask what became of it, and why."""
    trouble = await _found(asked)
    form = await _form(asked, trouble, await _sale(asked, trouble))
    filled = form.blank(asked, **{"as": asked.first("as")})
    return filled.page("form_about.html", **_around(asked, trouble))


async def resolve(asked: Asked) -> Outcome:
    """Show what will be posted, then order it."""
    trouble = await _found(asked)
    sale = await _sale(asked, trouble)
    filled, around = (await _form(asked, trouble, sale)).read(asked), _around(asked, trouble)
    if not filled.is_sound or filled.wants_change:
        return filled.page("form_about.html", **around)
    order = _order(trouble, sale, Resolution(filled.value("as", str)))
    if not filled.is_confirmed:
        return await _preview(filled, order, sale, around)
    act = act_of(order, filled.value("reason", str))
    command = order.command(asked.me.login, act.reason)
    path = f"/exceptions/{trouble.id}"
    return await carried_out(
        filled, act, command, around, path=path, said=CLOSED_EXCEPTION, template="form_about.html"
    )


async def _preview(
    filled: Filled, order: ResolveOrder, sale: SaleFacts | None, around: dict[str, object]
) -> Outcome:
    lines = await postings_of(filled.asked, order)
    nothing = "" if order.moves_money else POSTS_NOTHING
    if sale is None:
        return filled.preview(lines, nothing=nothing, crumbs=around["crumbs"])
    amount = Amount(order.amount_minor, sale.sale.currency)
    name = sale.sale.customer
    return filled.preview(lines, amount, name, nothing=nothing, crumbs=around["crumbs"])


def _order(trouble: Trouble, sale: SaleFacts | None, resolution: Resolution) -> ResolveOrder:
    return ResolveOrder(
        id=trouble.id,
        exception=trouble.kind,
        resolution=resolution.value,
        payment=trouble.key,
        bank=trouble.bank,
        pan="" if sale is None else sale.sale.pan,
        amount_minor=0 if sale is None else sale.sale.tender_minor,
    )


ROUTES: Final = (
    Route("GET", "/exceptions/<number>", Right(Function.EXCEPTIONS), exception),
    Route("GET", "/exceptions/<number>/resolve", _DOES, ask_resolve),
    Route("POST", "/exceptions/<number>/resolve", _DOES, resolve),
)
