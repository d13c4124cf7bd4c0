"""Registration: a new customer with his first supply point, or one more supply point of a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.customer_fields import ACCOUNT, branch_field, customer_fields, customer_in
from admin_web.diary_files import customer_subject
from admin_web.dues_fields import DUES_FIELDS, dues_in, postings_of, total_of
from admin_web.file_forms import file_act, filed
from admin_web.file_words import customer_path
from admin_web.forms import First, Form
from admin_web.network_fields import network_of
from admin_web.point_fields import USUAL, new_point_fields, new_point_in
from admin_web.point_words import point_path
from admin_web.priced_fields import priced_now
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.customer import Customer
from gateway.core.office import OfficeRefusal
from gateway.core.views_files import TEXT_MAX, CustomerFile, Customers
from gateway.prepayment.register_customer import AddPoint, RegisterCustomer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from admin_web.priced_fields import Priced
    from gateway.core.dues import Dues
    from gateway.core.network import NetworkPlace
    from gateway.core.office import NotDone
    from gateway.core.views_files import CustomerFacts

REGISTERS: Final = Right(Function.REGISTRATION, Level.DO)

#: Where somebody is known, what is said above the form, and the field that shows it.
_KNOWN: Final = {
    OfficeRefusal.KNOWN_PERSON: (msg("This identity number is in the file of:"), "id_no"),
    OfficeRefusal.KNOWN_PLACE: (msg("The same name and address are in the file of:"), "name"),
}

NO_TARIFF: Final = First(
    msg("No approved tariff is in force, so nothing could be sold to anybody. A tariff comes first."),
    msg("Tariffs"),
    "/tariffs",
)


async def customer_facts(asked: Asked) -> CustomerFacts:
    """Find the customer of the path; NotThere for another branch's, too."""
    account_no = asked.places["account"]
    if not account_no.isprintable():
        raise NotThere
    facts = await asked.office.views.totals(
        CustomerFile(branch=asked.me.rights.branch, account_no=account_no)
    )
    if facts is None:
        raise NotThere
    return facts


def customer_around(asked: Asked, facts: CustomerFacts) -> dict[str, object]:
    """Say where a form of a customer stands."""
    row = facts.customer
    path = customer_path(row.account_no)
    crumbs = ((asked.words.say(msg("Customers")), "/customers"), (row.name, path))
    return {"crumbs": crumbs, "back": path}


# -- a new customer --------------------------------------------------------------------------------------


async def _customer_form(
    asked: Asked, network: Mapping[str, NetworkPlace], priced: Priced, *, is_known: bool
) -> Form:
    branch = await branch_field(asked)
    fields = (
        *customer_fields(branch, is_new=True, is_known=is_known),
        ACCOUNT,
        *new_point_fields(asked.words, network, priced, has_own_address=False),
        *DUES_FIELDS,
    )
    first = None if priced.power_types else NO_TARIFF
    return Form(msg("New customer"), msg("Register the customer"), fields, first=first)


async def ask_customer(asked: Asked) -> Outcome:
    """Show the form."""
    network, priced = await network_of(asked), await priced_now(asked)
    form = await _customer_form(asked, network, priced, is_known=False)
    return _customer_page(form.blank(asked, **_usual(priced)))


def _usual(priced: Priced) -> dict[str, str]:
    only = priced.power_types[0] if len(priced.power_types) == 1 else ""
    return {**USUAL, "power_type": only}


async def register_customer(asked: Asked) -> Outcome:
    """Read it, read back what is owed, and register him."""
    network, priced = await network_of(asked), await priced_now(asked)
    is_another = bool(asked.field("is_another"))
    form = await _customer_form(asked, network, priced, is_known=is_another)
    filled = form.read(asked)
    nobody = Customer("", "", "", branch=asked.me.rights.branch or "")
    filled, customer = customer_in(filled, nobody)
    account_no = filled.optional("account_no", str) or ""
    filled, point = new_point_in(filled, network, priced, customer.address)
    filled, dues = dues_in(filled)
    if point is None or not filled.is_sound or filled.wants_change:
        return _customer_page(filled)
    alike = () if is_another else await _alike(asked, customer)
    if total_of(dues).amount and not filled.is_confirmed and not alike:
        return _previewed(filled, dues, account_no, customer.name, _around(asked))
    named = Customer(
        account_no, customer.name, customer.address, customer.phone, customer.id_no, customer.branch,
        customer.credit_limit_minor,
    )  # fmt: skip
    order = RegisterCustomer(
        asked.me.login, filled.nonce, named, point, dues, asked.me.currency, is_another, alike
    )
    act = file_act(Function.REGISTRATION, customer_subject(account_no), amount_minor=dues.total_minor)
    done = await filed(filled, act, order, path=customer_path, said=msg("The customer is registered."))
    if done.onward is not None:
        return done.onward
    if done.refusal is not None and done.refusal.reason in _KNOWN and not is_another:
        asking = await _customer_form(asked, network, priced, is_known=True)
        return known_page(asking.read(asked), done.filled, done.refusal, _around(asked))
    return _customer_page(done.filled)


def known_page(asking: Filled, refused: Filled, refusal: NotDone, around: Mapping[str, object]) -> Page:
    """Show the form again with the tick that a second file is meant, and links to those who are known."""
    why, name = _KNOWN[refusal.reason]
    asking = asking.refused(next(one.fault or "" for one in refused.faults), name)
    known = [one for one in refusal.detail.split(", ") if one]
    links = [(one, customer_path(one)) for one in known]
    return asking.page("known_person.html", known=links, why=asking.asked.words.say(why), **around)


async def _alike(asked: Asked, customer: Customer) -> tuple[str, ...]:
    """Name those of this name at this address whom she may see; case and spaces make no other person."""
    asks = Customers(branch=asked.me.rights.branch, text=customer.address[:TEXT_MAX] or None)
    found = await asked.office.views.rows(asks)
    said = _plain(customer.name), _plain(customer.address)
    return tuple(one.account_no for one in found if (_plain(one.name), _plain(one.address)) == said)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _previewed(filled: Filled, dues: Dues, account_no: str, name: str, around: Mapping[str, object]) -> Page:
    postings, total = postings_of(dues, account_no), total_of(dues)
    return filled.preview(postings, total, name, crumbs=around["crumbs"], back=around["back"])


def _around(asked: Asked) -> dict[str, object]:
    return {"crumbs": ((asked.words.say(msg("Customers")), "/customers"),), "back": "/customers"}


def _customer_page(filled: Filled) -> Page:
    return filled.page(**_around(filled.asked))


# -- one more supply point -------------------------------------------------------------------------------


def _point_form(
    asked: Asked, facts: CustomerFacts, network: Mapping[str, NetworkPlace], priced: Priced
) -> Form:
    fields = (*new_point_fields(asked.words, network, priced, has_own_address=True), *DUES_FIELDS)
    first = None if priced.power_types else NO_TARIFF
    lead = asked.words.say(
        msg("Of %(name)s, account %(account)s."),
        name=facts.customer.name,
        account=facts.customer.account_no,
    )
    return Form(msg("New supply point"), msg("Open the supply point"), fields, lead=lead, first=first)


async def ask_point(asked: Asked) -> Outcome:
    """Show the form."""
    facts = await customer_facts(asked)
    network, priced = await network_of(asked), await priced_now(asked)
    form = _point_form(asked, facts, network, priced)
    usual = _usual(priced) | {"point_address": facts.customer.address}
    return form.blank(asked, **usual).page(**customer_around(asked, facts))


async def add_point(asked: Asked) -> Outcome:
    """Read it, read back what is owed, and open it."""
    facts = await customer_facts(asked)
    network, priced = await network_of(asked), await priced_now(asked)
    filled = _point_form(asked, facts, network, priced).read(asked)
    account_no, around = facts.customer.account_no, customer_around(asked, facts)
    filled, point = new_point_in(filled, network, priced, "")
    filled, dues = dues_in(filled)
    if point is None or not filled.is_sound or filled.wants_change:
        return filled.page(**around)
    if total_of(dues).amount and not filled.is_confirmed:
        return _previewed(filled, dues, account_no, facts.customer.name, around)
    order = AddPoint(asked.me.login, filled.nonce, account_no, point, dues, asked.me.currency)
    subject, total = customer_subject(account_no), dues.total_minor
    act = file_act(Function.REGISTRATION, subject, about=account_no, amount_minor=total)
    done = await filed(filled, act, order, path=point_path, said=msg("The supply point is open."))
    return done.onward or done.filled.page(**around)


ROUTES: Final = (
    Route("GET", "/customers/new", REGISTERS, ask_customer),
    Route("POST", "/customers/new", REGISTERS, register_customer),
    Route("GET", "/customers/<account>/supply-points/new", REGISTERS, ask_point),
    Route("POST", "/customers/<account>/supply-points/new", REGISTERS, add_point),
)
MENU: Final = (MenuItem(Function.REGISTRATION, msg("New customer"), "/customers/new"),)
