"""What an order will post, worked out before anybody gives it: the lines that its preview shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount
from admin_web.forms import PostingLine
from admin_web.role_words import differences, differences_of_rights
from gateway.core import chart
from gateway.core.ledger import EntryKind
from gateway.core.office_answer import LeavingFound, ResetFound
from gateway.core.sale import SaleState
from gateway.core.staff import grants_of, rights_of
from gateway.core.trouble import Resolution
from gateway.core.views_booked import SaleFile
from gateway.office.card_orders import TakeOffOrder
from gateway.office.leaving_orders import CancelOrder, ReplaceOrder
from gateway.office.orders import DepositOrder, GiveBackOrder, ResolveOrder
from gateway.office.relay_orders import SwitchOrder
from gateway.office.reset_orders import ResetOrder
from gateway.office.rights_orders import GiveRolesOrder, KeepRoleOrder
from gateway.office.terms_orders import AmendTermsOrder, WithdrawTermsOrder
from gateway.prepayment.end_claim import ClaimEnd, end_entry
from gateway.prepayment.inquire_leaving import InquireLeaving
from gateway.prepayment.reset_sale import InquireReset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.asked import Asked
    from admin_web.deciding import Judge
    from admin_web.role_words import Difference
    from gateway.core.books import Command
    from gateway.office.orders import Order


#: An order that is only looked at has its reason elsewhere.
_ANY_REASON: Final = "preview"


async def postings_of(asked: Asked, order: Order) -> Sequence[PostingLine]:
    """Give the postings of an order; none where it moves nothing, or where it can move nothing any more."""
    match order:
        case DepositOrder():
            return deposit_lines(order)
        case GiveBackOrder(payment=payment):
            return await give_back_lines(asked, payment)
        case ResolveOrder(payment=payment, resolution=resolution):
            if resolution == Resolution.REVERSED.value:
                return await give_back_lines(asked, payment)
            return await claim_end_lines(asked, payment, resolution) if order.moves_money else ()
        case ReplaceOrder():
            return await _looked_at_lines(asked, InquireLeaving(order.command(asked.me.login, "")))
        case CancelOrder():
            return await _looked_at_lines(asked, InquireLeaving(order.command(asked.me.login, "")))
        case ResetOrder():
            return await _looked_at_lines(asked, InquireReset(order.command(asked.me.login, _ANY_REASON)))
        case AmendTermsOrder() | WithdrawTermsOrder() | GiveRolesOrder() | KeepRoleOrder() | SwitchOrder():
            return ()
        case TakeOffOrder():
            # The credit waits again once the card is cleared, and not yet when it may be.
            return ()


async def _looked_at_lines(asked: Asked, inquiry: Command) -> Sequence[PostingLine]:
    """Ask the books what an order would post now; none where it is refused by now."""
    looked = await asked.office.poster.post(inquiry)
    found = looked.postings if isinstance(looked, LeavingFound | ResetFound) else ()
    return [PostingLine(line.account, Amount(line.amount, line.unit)) for line in found]


def changes_of(order: Order, judge: Judge) -> Sequence[Difference]:
    """Say what a role will grant, or somebody may do then, that is not so now, or the other way round."""
    currency, roles = judge.me.currency, judge.roles
    match order:
        case KeepRoleOrder():
            before = roles[order.code].grants if order.code in roles else {}
            return differences(before, grants_of(order.grants), currency)
        case GiveRolesOrder() if order.login in judge.people:
            she = judge.people[order.login]
            then = rights_of(replace(she, roles=order.codes), roles)
            return differences_of_rights(rights_of(she, roles), then, currency)
        case _:
            return ()


def deposit_lines(order: DepositOrder) -> Sequence[PostingLine]:
    """A deposit: Dr BANK, Cr FLOAT."""
    return (
        PostingLine(chart.bank(order.bank), Amount(order.amount_minor, order.currency)),
        PostingLine(chart.bank_float(order.bank), Amount(-order.amount_minor, order.currency)),
    )


async def give_back_lines(asked: Asked, payment: str) -> Sequence[PostingLine]:
    """A payment given back: the mirror of its hold."""
    facts = await asked.office.views.totals(SaleFile(branch=asked.me.rights.branch, key=payment))
    held = [] if facts is None else [one for one in facts.entries if one.kind == EntryKind.HOLD.value]
    return [
        PostingLine(line.account, Amount(-line.amount, line.unit))
        for entry in held
        for line in entry.postings
    ]


async def claim_end_lines(asked: Asked, payment: str, resolution: str) -> Sequence[PostingLine]:
    """A claim that ends; nothing where it has ended."""
    facts = await asked.office.views.totals(SaleFile(branch=asked.me.rights.branch, key=payment))
    if facts is None or facts.sale.state is not SaleState.CLAIMED:
        return ()
    sale = facts.sale
    entry = end_entry(ClaimEnd(resolution), sale.bank, facts.funding, sale.tender_minor, sale.currency)
    return [PostingLine(line.account, Amount(line.amount, line.unit)) for line in entry.postings]
