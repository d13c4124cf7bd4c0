"""One sale: what was paid, what its price was made of, where it stands, and all that happened to it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.asked_under import requests_under
from admin_web.card_timeline import card_told
from admin_web.cells import Amount, Code, Link, Said
from admin_web.file_timeline import noted_about
from admin_web.file_words import CARRIERS, sale_state
from admin_web.giving_back import may_give_back
from admin_web.invoice_words import GETS_ONE, WRITES_INVOICES, invoices_of, path_of
from admin_web.line_order_told import line_told
from admin_web.object_page import Deed, Fact, Related, Thing, object_page
from admin_web.order_words import reference_cell
from admin_web.pages.entries import number_in, sealed_as
from admin_web.pages.sales import SEES_SALES, customer_link, meter_link, sale_path
from admin_web.reset_words import again_path, replaced_said, reset_rows, resets_told, tokens_said
from admin_web.route import Route
from admin_web.sale_timeline import energy_entry, timeline_of
from admin_web.tariff_words import line_said
from admin_web.trade_words import taken_link
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.counter import station_of
from gateway.core.ledger import WATT_HOURS
from gateway.core.meter import Carrier, MeterState
from gateway.core.payment import claim_end_key, reversal_key
from gateway.core.sale import SaleState
from gateway.core.timeline import moment_of
from gateway.core.views_booked import SaleFile
from gateway.core.views_resets import ResetFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from gateway.core.approval import Approval
    from gateway.core.views_booked import SaleFacts
    from gateway.core.views_invoices import WrittenInvoice
    from gateway.core.views_resets import ResetCase
    from gateway.core.views_sales import SoldSale


async def sale_facts(asked: Asked) -> SaleFacts:
    """Give the sale of the path; NotThere for one that is none, or another branch's."""
    question = SaleFile(branch=asked.me.rights.branch, id=number_in(asked, "id"))
    facts = await asked.office.views.totals(question)
    if facts is None:
        raise NotThere
    return facts


def sale_crumbs(asked: Asked, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Say the way to a sale's pages."""
    return ((asked.words.say(msg("Sales")), "/sales"), *more)


def may_show_token(asked: Asked, facts: SaleFacts) -> bool:
    """Are there digits to show, and may the visitor see them?"""
    return facts.handed_out is not None and asked.me.rights.may(Function.SHOW_TOKEN)


async def one_sale(asked: Asked) -> Outcome:
    """Show the sale."""
    facts = await sale_facts(asked)
    sale = facts.sale
    requests = await _requests(asked, facts)
    noted = await noted_about(asked, sale.key)
    invoices = await invoices_of(asked, sale.key)
    on_card = await card_told(asked, sale.key)
    on_line = await line_told(asked, sale.key)
    thing = Thing(
        kind=msg("Sale"),
        title=str(sale.receipt_no),
        state=sale_state(sale),
        facts=(*_facts(asked, facts), *on_card.facts, *on_line),
        deeds=(*await _deeds(asked, sale), *await _to_reset(asked, facts), *_to_invoice(invoices)),
        timeline=(
            *timeline_of(facts),
            *on_card.lines,
            *resets_told(facts.resets, asked.words, asked.shown),
            *noted.lines,
        ),
        older=noted.older,
        related=(*_related(facts, requests), *_of_invoices(invoices)),
        raw=_raw(facts),
    )
    values = {
        "subject_printed": sale.key,
        "invoice": f"{sale_path(sale)}/invoice" if _may_invoice(asked, facts, invoices) else None,
        "show_token": f"{sale_path(sale)}/token" if may_show_token(asked, facts) else None,
        "again": again_path(facts) if asked.me.rights.may(Function.RESETS, Level.DO) else None,
        "resets": reset_rows(facts.resets, asked.words),
        "lines": _lines(asked, facts),
        "tender": Amount(sale.tender_minor, sale.currency),
    }
    return object_page(asked, thing, sale_crumbs(asked), "sale.html", **values)


async def _deeds(asked: Asked, sale: SoldSale) -> tuple[Deed, ...]:
    """Say what can be done: at the counter that sold it, and, while the credit waits, by a second person."""
    station = station_of(sale.bank)
    waits_there = sale.state is SaleState.WAITING and station is not None
    may = asked.me.rights.may
    deeds = []
    if station is not None and may(Function.SELLING, Level.DO) and asked.me.station:
        deeds.append(Deed(msg("To the counter"), f"/sold/{sale.receipt_no}"))
    if waits_there and may(Function.CORRECTIONS, Level.DO):
        deeds.append(Deed(msg("Correct the sale"), f"{sale_path(sale)}/correct"))
    if await may_give_back(asked, sale):
        deeds.append(Deed(msg("Give the payment back"), f"{sale_path(sale)}/give-back"))
    return tuple(deeds)


async def _requests(asked: Asked, facts: SaleFacts) -> Sequence[Approval]:
    """Find what waits, or waited, for a second person about this sale."""
    key = facts.sale.key
    return [*await requests_under(asked, reversal_key(key)), *await requests_under(asked, claim_end_key(key))]


def _may_invoice(asked: Asked, facts: SaleFacts, had: Sequence[WrittenInvoice]) -> bool:
    """May the visitor write one: does the sale stand, and has it none that does?"""
    is_free = all(one.invoice.is_red or one.is_taken_back for one in had)
    return is_free and facts.sale.state in GETS_ONE and WRITES_INVOICES.opens(asked.me.rights)


async def _to_reset(asked: Asked, facts: SaleFacts) -> tuple[Deed, ...]:
    """Lead to the reset of its meter, where it is the last whose energy went out and the meter is there."""
    sale = facts.sale
    is_out = sale.state is SaleState.ISSUED and sale.is_token_out and sale.energy_wh > 0
    if not is_out or not asked.me.rights.may(Function.RESETS, Level.DO):
        return ()
    meter = await asked.office.views.totals(ResetFile(branch=asked.me.rights.branch, pan=sale.pan))
    if meter is None or meter.state is MeterState.REMOVED:
        return ()
    if meter.last is None or meter.last.sale_id != sale.id:
        return ()
    return (Deed(msg("Reset for selling"), f"/meters/{sale.pan}/reset?sale={sale.id}"),)


def _to_invoice(invoices: Sequence[WrittenInvoice]) -> Iterator[Deed]:
    """Lead to its newest invoice, where it is printed again."""
    for one in [one for one in invoices if not one.invoice.is_part][:1]:
        yield Deed(msg("To the invoice"), path_of(one.invoice))


def _of_invoices(invoices: Sequence[WrittenInvoice]) -> Iterator[Related]:
    for one in invoices:
        label = msg("Red invoice") if one.invoice.is_red else msg("Invoice")
        yield Related(label, Code(one.invoice.name), path_of(one.invoice))


def _facts(asked: Asked, facts: SaleFacts) -> Iterator[Fact]:
    sale = facts.sale
    yield Fact(msg("Paid"), Amount(sale.tender_minor, sale.currency, sale.id))
    yield Fact(msg("Energy"), Amount(sale.energy_wh, WATT_HOURS, energy_entry(facts.entries)))
    if facts.explained.preset is not None:
        yield Fact(msg("Of it in the meter before"), Amount(facts.explained.preset.wh, WATT_HOURS))
    if facts.explained.free_wh:
        yield Fact(msg("Free energy beside it"), Amount(facts.explained.free_wh, WATT_HOURS))
    yield Fact(msg("Customer"), customer_link(sale))
    yield Fact(msg("Meter number"), meter_link(sale))
    yield Fact(msg("Paid at"), moment_of(sale.at_us))
    yield Fact(msg("Business day"), sale.business_date)
    yield Fact(msg("Bank or counter"), taken_link(sale.bank))
    if facts.carrier is Carrier.TOKEN or facts.tokens:
        yield Fact(msg("Token"), tokens_said(facts))
    if replaced_said(facts) is not None:
        yield Fact(msg("Token that was replaced"), replaced_said(facts))
    yield Fact(msg("Takes its credit by"), Said(CARRIERS[facts.carrier]))
    yield Fact(msg("Receipt"), Code(str(sale.receipt_no)))
    reference = reference_cell(sale)
    if reference is not None:
        yield Fact(msg("Reference"), reference)
    yield Fact(msg("Trace"), sale.trace or None)
    yield Fact(msg("Terminal"), sale.terminal or None)
    yield Fact(msg("Power type"), sale.power_type)
    yield Fact(msg("Tariff"), _tariff(facts))
    yield Fact(msg("Sealed"), sealed_as(asked, facts.link))


def _tariff(facts: SaleFacts) -> Cell:
    """Lead to the version; of a meter shared by several power types there are several."""
    sale = facts.sale
    if "+" in sale.tariff_version:
        return sale.tariff_version
    return Link(sale.tariff_version, f"/tariffs/{sale.power_type}/{sale.tariff_version}")


def _lines(asked: Asked, facts: SaleFacts) -> list[tuple[str, Amount, Code]]:
    """Give the price's lines: what each is for, its amount, and its account. They sum to what was paid."""
    currency = facts.sale.currency
    return [
        (line_said(asked.words, line.code), Amount(line.minor, currency), Code(line.account))
        for line in facts.explained.lines
    ]


def _related(facts: SaleFacts, requests: Sequence[Approval]) -> Iterator[Related]:
    sale = facts.sale
    yield Related(msg("Customer"), sale.customer, f"/customers/{sale.account_no}")
    yield Related(msg("Meter"), meter_link(sale).cell, f"/meters/{sale.pan}")
    yield Related(msg("Other sales of this meter"), meter_link(sale).cell, f"/sales?pan={sale.pan}&day_from=")
    by = taken_link(sale.bank)
    yield Related(msg("Bank or counter"), by.cell, by.path)
    for entry in facts.entries:
        yield Related(msg("Entry"), Code(str(entry.position)), f"/entries/{entry.id}")
    for trouble in facts.troubles:
        yield Related(msg("Exception"), Code(str(trouble.id)), f"/exceptions/{trouble.id}")
    for request in requests:
        yield Related(
            msg("Request for a second person"), Code(request.reference), f"/requests/{request.reference}"
        )


def _raw(facts: SaleFacts) -> dict[str, object]:
    """Give the record; what was answered stays out of it, for tokens stand in there."""
    sale = {**asdict(facts.sale), "state": facts.sale.state.value}
    keys = [
        {"key": one.key, "digest": one.digest, "at_us": one.at_us, "link": one.link} for one in facts.keys
    ]
    tokens = [
        {
            "base_date": one.base_date,
            "tid": one.tid,
            "digits": str(one.digits),
            "at_us": one.at_us,
            "link": one.link,
        }
        for one in facts.tokens
    ]
    return {
        "sale": sale,
        "funding": facts.funding,
        "encoded_wh": facts.encoded_wh,
        "carrier": facts.carrier.value,
        "explained": asdict(facts.explained),
        "entries": [asdict(one) for one in facts.entries],
        "tokens": tokens,
        "keys": keys,
        "resets": [_reset_raw(one) for one in facts.resets],
        "notices": [asdict(one) for one in facts.notices],
    }


def _reset_raw(case: ResetCase) -> dict[str, object]:
    one = case.reset
    shows = {**asdict(one.shows), "evidence": one.shows.evidence.value}
    token = None if case.token is None else str(case.token)
    return {**asdict(one), "outcome": one.outcome.value, "shows": shows, "token": token}


ROUTES: Final = (Route("GET", "/sales/<id>", SEES_SALES, one_sale),)
