"""Customers: the list, and one customer with his meters, his accounts and what happened to him."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.answers import NotThere
from admin_web.cells import Amount, Code
from admin_web.debt_words import debts_of
from admin_web.file_timeline import amended, noted_about, sold_to
from admin_web.file_words import METER_STATES, customer_path, meter_cell
from admin_web.filters import TextFilter
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.object_page import Deed, Fact, Related, Thing, object_page
from admin_web.pages.ledger import meaning
from admin_web.point_words import POINT_STATES, point_cell
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.amendment import Subject
from gateway.core.authority import Function, Level
from gateway.core.views_files import TEXT_MAX, CustomerFile, CustomerOrder, CustomerRow, Customers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen
    from gateway.core.customer import Customer
    from gateway.core.supply_point import SupplyPoint
    from gateway.core.views_files import CustomerFacts

_SEES: Final = Right(Function.CUSTOMERS)

_ORDERS: Final = {"account": CustomerOrder.ACCOUNT_NO, "name": CustomerOrder.NAME}


def _asked_for(chosen: Chosen) -> Customers:
    order = chosen.order or Order("account")
    return Customers(
        branch=chosen.asked.me.rights.branch,
        text=chosen.text("text"),
        order=_ORDERS[order.column],
        is_descending=order.is_descending,
        after=None if chosen.after is None else int(chosen.after[0]),
        limit=chosen.limit,
    )


CUSTOMERS: Final = Listing[CustomerRow](
    name="customers",
    caption=msg("Customers"),
    empty=msg("No customer is like this. Look for a part of the name, account number, telephone or address."),
    columns=(
        Column("account", msg("Account number"), lambda row: Code(row.account_no), is_sortable=True),
        Column("name", msg("Name"), lambda row: row.name, is_sortable=True),
        Column("address", msg("Address"), lambda row: row.address),
        Column("phone", msg("Telephone"), lambda row: row.phone or None),
        Column("branch", msg("Branch"), lambda row: row.branch or None, is_usual=False),
        Column("meters", msg("Meters"), lambda row: row.meters, "count"),
        Column("bought", msg("Last purchase"), lambda row: row.bought_on, "day"),
    ),
    filters=(TextFilter("text", msg("Name, account, telephone, address"), TEXT_MAX),),
    source=Keyset(_asked_for, lambda row: (row.id,)),
    order=Order("account"),
    href=lambda row: customer_path(row.account_no),
)


async def customers(asked: Asked) -> Outcome:
    """Show who buys."""
    may = asked.me.rights.may(Function.REGISTRATION, Level.DO)
    deeds = (("/customers/new", msg("New customer")),) if may else ()
    return await list_page(asked, CUSTOMERS, "list_with_deeds.html", deeds=deeds)


async def customer(asked: Asked) -> Outcome:
    """Show one customer; NotThere for another branch's, too."""
    account_no = asked.places["account"]
    if not account_no.isprintable():
        raise NotThere
    branch = asked.me.rights.branch
    facts = await asked.office.views.totals(CustomerFile(branch=branch, account_no=account_no))
    if facts is None:
        raise NotThere
    sold, noted = await sold_to(asked, account_no=account_no), await noted_about(asked, account_no)
    changed = await amended(asked, Subject.CUSTOMER, account_no)
    row = facts.customer
    thing = Thing(
        kind=msg("Customer"),
        title=row.name,
        facts=_facts_of(facts.file, row, asked.me.currency),
        deeds=_deeds_of(asked, row),
        timeline=sold.lines + changed.lines + noted.lines,
        older=sold.older + changed.older + noted.older,
        related=_related(row),
        raw=_raw(facts),
    )
    accounts = [
        (Code(one.code), meaning(one.code), Amount(one.balance, one.unit), f"/ledger/{one.code}/{one.unit}")
        for one in facts.accounts
    ]
    crumbs = ((asked.words.say(msg("Customers")), "/customers"),)
    meters = [(one, meter_cell(one.pan), METER_STATES[one.state]) for one in facts.meters]
    points = [
        (one, point_cell(one.number), POINT_STATES[one.state], _meter_of(one)) for one in _points(facts)
    ]
    values = {"points": points, "meters": meters, "accounts": accounts, "debts": debts_of(asked, facts)}
    return object_page(asked, thing, crumbs, "customer.html", **values)


def _points(facts: CustomerFacts) -> Iterable[SupplyPoint]:
    return (one.point for one in facts.points)


def _meter_of(point: SupplyPoint) -> Cell:
    return meter_cell(point.pan) if point.pan else None


def _deeds_of(asked: Asked, row: CustomerRow) -> tuple[Deed, ...]:
    path, may = customer_path(row.account_no), asked.me.rights.may
    amend = Deed(msg("Amend the file"), f"{path}/amend")
    add = Deed(msg("New supply point"), f"{path}/supply-points/new")
    owe = Deed(msg("Put a debt on the account"), f"{path}/dues")
    return tuple(
        deed
        for deed, function in (
            (amend, Function.AMENDMENT),
            (add, Function.REGISTRATION),
            (owe, Function.REGISTRATION),
        )
        if may(function, Level.DO)
    )


def _facts_of(file: Customer, row: CustomerRow, currency: str) -> tuple[Fact, ...]:
    limit = file.credit_limit_minor
    return (
        Fact(msg("Account number"), Code(row.account_no)),
        Fact(msg("Name"), row.name),
        Fact(msg("Address"), row.address or None),
        Fact(msg("Telephone"), Code(row.phone) if row.phone else None),
        Fact(msg("Identity number"), Code(file.id_no) if file.id_no else None),
        Fact(msg("Branch"), row.branch or None),
        Fact(msg("Credit limit"), Amount(limit, currency) if limit else None),
        Fact(msg("Last purchase"), row.bought_on),
    )


def _related(row: CustomerRow) -> tuple[Related, ...]:
    named = quote(row.account_no, safe="")
    return (
        Related(msg("Supply points"), Code(row.account_no), f"/supply-points?text={named}"),
        Related(msg("Amendments"), Code(row.account_no), f"/amendments?subject=customer&number={named}"),
        Related(msg("Sales"), Code(row.account_no), f"/sales?account_no={named}"),
    )


def _raw(facts: CustomerFacts) -> dict[str, object]:
    row = facts.customer
    return {
        "id": row.id,
        "account_no": row.account_no,
        "name": row.name,
        "address": row.address,
        "phone": row.phone,
        "branch": row.branch,
        "bought_on": row.bought_on,
        "supply_points": [one.number for one in _points(facts)],
        "meters": [one.pan for one in facts.meters],
        "accounts": [
            {"id": one.id, "code": one.code, "unit": one.unit, "balance": one.balance}
            for one in facts.accounts
        ],
    }


ROUTES: Final = (
    Route("GET", "/customers", _SEES, customers),
    Route("GET", "/customers/<account>", _SEES, customer),
)
MENU: Final = (MenuItem(Function.CUSTOMERS, msg("Customers"), "/customers"),)
