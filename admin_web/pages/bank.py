"""One bank: what stands on its accounts, what it did today, its doors, and a deposit for its float."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from admin_web.acting import refusal_in
from admin_web.answers import NotThere
from admin_web.bank_doors import STATES, door_name, door_state, doors_of
from admin_web.cells import Amount, Code, Said
from admin_web.check_words import said_of
from admin_web.fields import REASON, Field
from admin_web.file_timeline import SHOWN, Told, noted_about, sold_to
from admin_web.forms import Form
from admin_web.notice import redirect_with
from admin_web.object_page import Deed, Fact, Happening, Related, Thing, object_page
from admin_web.order_form import carried_out
from admin_web.pages.banks import float_cell, on_account, owed_cell
from admin_web.previews import deposit_lines
from admin_web.route import Right, Route
from admin_web.said_after import DONE
from admin_web.sale_timeline import of_trouble
from admin_web.words import msg
from gateway.core import chart
from gateway.core.authority import Function, Level
from gateway.core.ledger import WATT_HOURS
from gateway.core.money import Money
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.timeline import moment_of
from gateway.core.views_watch import Banks, Exceptions
from gateway.office.orders import DepositOrder, act_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.needs import BankSetUp
    from gateway.core.views_watch import BankStanding

_DEPOSITS: Final = Right(Function.FLOATS, Level.DO, of_all=True)

NOT_MORE_THAN_NOTHING: Final = msg("A deposit is more than nothing.")

DEPOSIT: Final = Form(
    msg("Book a deposit"),
    msg("Go on"),
    (
        Field("amount", msg("Amount"), "money", hint=msg("What the bank has brought, as on its slip.")),
        Field(
            "reference",
            msg("Reference of the deposit"),
            hint=msg("The bank's own, or that of the receipt. Each is booked once."),
            length_max=64,
        ),
        REASON,
    ),
    lead=msg("The bank's float grows by so much. A second person has to approve it."),
)


async def _found(asked: Asked) -> tuple[str, Sequence[BankStanding], BankSetUp | None]:
    """Find a bank that the ledger or the configuration knows; NotThere."""
    code = asked.places["code"]
    rows = await asked.office.views.rows(Banks(asked.office.today()))
    standings = [one for one in rows if one.bank == code]
    set_up = next((one for one in asked.office.banks if one.code == code), None)
    if not standings and set_up is None:
        raise NotThere
    return code, standings, set_up


async def bank(asked: Asked) -> Outcome:
    """Show it."""
    code, standings, set_up = await _found(asked)
    checks, told = asked.office.checks(), await _told(asked, code)
    may = asked.me.rights.may(Function.FLOATS, Level.DO) and _pays_in_advance(set_up)
    thing = Thing(
        kind=msg("Bank"),
        title=code,
        facts=_facts(code, set_up),
        state=door_state(checks, code),
        deeds=(Deed(msg("Book a deposit"), f"/banks/{code}/deposit"),) if may else (),
        timeline=told.lines,
        older=told.older,
        related=_related(asked, code),
        raw={
            "set_up": None if set_up is None else asdict(set_up),
            "standings": [asdict(one) for one in standings],
        },
    )
    doors = [
        (door_name(one), STATES[one.standing], said_of(asked.words, one.says))
        for one in doors_of(checks, code)
    ]
    crumbs = ((asked.words.say(msg("Banks")), "/banks"),)
    accounts = [(one.currency, _accounts(one, set_up), _today(one)) for one in standings]
    return object_page(asked, thing, crumbs, "bank.html", accounts=accounts, doors=doors)


def _pays_in_advance(set_up: BankSetUp | None) -> bool:
    """Has it a float to fill? Of a bank that is not in the configuration any more nobody knows."""
    return set_up is not None and set_up.is_covered


def _facts(code: str, set_up: BankSetUp | None) -> tuple[Fact, ...]:
    if set_up is None:
        return (
            Fact(msg("Code"), Code(code)),
            Fact(msg("Set up"), Said(msg("not in the configuration any more"))),
        )
    settles = msg("It pays in advance: its float has to cover what it sells.")
    if not set_up.is_covered:
        settles = msg("It pays afterwards: what it has sold it owes.")
    return (
        Fact(msg("Code"), Code(code)),
        Fact(msg("Name"), set_up.name),
        Fact(msg("How it settles"), Said(settles)),
        Fact(msg("Profile of its messages"), Code(set_up.profile)),
        Fact(msg("Its day ends at"), f"{set_up.cut_over:%H:%M}"),
    )


def _accounts(one: BankStanding, set_up: BankSetUp | None) -> tuple[tuple[str, Cell], ...]:
    last = None if one.last_payment_us is None else moment_of(one.last_payment_us)
    lines: tuple[tuple[str, Cell], ...] = (
        (msg("Float: paid in advance and not yet sold"), float_cell(one, set_up)),
        (msg("Owes"), owed_cell(one, set_up)),
    )
    return (
        *(line for line in lines if line[1] is not None),
        (msg("In dispute"), on_account(chart.claim(one.bank), one.claimed_minor, one.currency)),
        (msg("Last payment"), last),
    )


def _today(one: BankStanding) -> tuple[tuple[str, Cell, Cell], ...]:
    currency = one.currency
    return (
        (msg("Payments"), one.payments.count, Amount(one.payments.amount, currency)),
        (msg("Energy paid for"), None, Amount(one.energy_wh, WATT_HOURS)),
        (msg("Given back"), one.reversals.count, Amount(one.reversals.amount, currency)),
        (msg("Put into dispute"), one.claims.count, Amount(one.claims.amount, currency)),
        (msg("Out of dispute: the bank pays"), one.upheld.count, Amount(one.upheld.amount, currency)),
        (msg("Out of dispute: written off"), one.conceded.count, Amount(one.conceded.amount, currency)),
    )


async def _told(asked: Asked, code: str) -> Told:
    """Merge its newest sales, its exceptions, and what the diary has of its float."""
    troubles: list[Happening] = []
    if asked.me.rights.may(Function.EXCEPTIONS):
        question = Exceptions(branch=None, open_only=False, bank=code, limit=SHOWN)
        for trouble in await asked.office.views.rows(question):
            troubles += of_trouble(trouble)
    sold, noted = await sold_to(asked, bank=code), await noted_about(asked, chart.bank_float(code))
    return Told((*sold.lines, *troubles, *noted.lines), (*sold.older, *noted.older))


def _related(asked: Asked, code: str) -> tuple[Related, ...]:
    rights, links = asked.me.rights, []
    if rights.may(Function.SALES):
        links.append(Related(msg("Sales of"), Code(code), f"/sales?bank={code}"))
    if rights.may(Function.EXCEPTIONS):
        links.append(Related(msg("Open exceptions of"), Code(code), f"/exceptions?bank={code}&state=open"))
    return tuple(links)


def _around(asked: Asked, code: str) -> dict[str, object]:
    path = f"/banks/{code}"
    crumbs = ((asked.words.say(msg("Banks")), "/banks"), (code, path))
    return {"back": path, "crumbs": crumbs, "about": ((msg("Bank"), code),)}


async def ask_deposit(asked: Asked) -> Outcome:
    """Ask how much, and under which reference; back to the bank where it has no float."""
    code, _, set_up = await _found(asked)
    if not _pays_in_advance(set_up):
        said = f"{asked.words.say(OfficeRefusal.SETTLES_AFTERWARDS.value)} ({code})"
        return redirect_with(asked, f"/banks/{code}", said)
    return DEPOSIT.blank(asked).page("form_about.html", **_around(asked, code))


async def deposit(asked: Asked) -> Outcome:
    """Show what will be posted, then order it."""
    code, _, set_up = await _found(asked)
    filled, around = DEPOSIT.read(asked), _around(asked, code)
    money = filled.optional("amount", Money)
    if money is not None and money.minor <= 0:
        filled = filled.refused(NOT_MORE_THAN_NOTHING, "amount")
    if not filled.is_sound or filled.wants_change or money is None:
        return filled.page("form_about.html", **around)
    covered = _pays_in_advance(set_up)
    order = DepositOrder(code, money.minor, money.currency, filled.value("reference", str), covered)
    if not covered:
        refusal = NotDone(OfficeRefusal.SETTLES_AFTERWARDS, code)
        return filled.refused(refusal_in(asked, refusal) or "").page("form_about.html", **around)
    if not filled.is_confirmed:
        amount = Amount(money.minor, money.currency)
        name = code if set_up is None else set_up.name
        return filled.preview(deposit_lines(order), amount, name, crumbs=around["crumbs"])
    act = act_of(order, filled.value("reason", str))
    command = order.command(asked.me.login, act.reason)
    path = f"/banks/{code}"
    return await carried_out(filled, act, command, around, path=path, said=DONE, template="form_about.html")


ROUTES: Final = (
    Route("GET", "/banks/<code>", Right(Function.BANKS, of_all=True), bank),
    Route("GET", "/banks/<code>/deposit", _DEPOSITS, ask_deposit),
    Route("POST", "/banks/<code>/deposit", _DEPOSITS, deposit),
)
