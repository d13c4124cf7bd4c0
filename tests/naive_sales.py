"""``views_sales.Sales`` on a plain list of all sales: chosen, sorted and summed the slow and obvious way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.payment import payment_key
from gateway.core.sale import OPEN_STATES, UNDONE_STATES
from gateway.core.views_sales import SaleOrder, SaleTotals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.core.views_sales import Sales, SoldSale


def chosen(every: Sequence[SoldSale], query: Sales) -> list[SoldSale]:
    """All that a question means, in its order."""
    found = [sale for sale in every if _is_meant(sale, query)]
    by_amount = query.order in {SaleOrder.LARGEST, SaleOrder.SMALLEST}
    falls = query.order in {SaleOrder.LARGEST, SaleOrder.NEWEST}
    return sorted(found, key=lambda sale: (sale.tender_minor if by_amount else 0, sale.id), reverse=falls)


def page_of(every: Sequence[SoldSale], query: Sales) -> list[SoldSale]:
    """The page that a question asks for."""
    found = chosen(every, query)
    ids = [sale.id for sale in found]
    if query.before is not None:
        return found[: ids.index(query.before)][-query.limit :]
    first = 0 if query.after is None else ids.index(query.after) + 1
    return found[first : first + query.limit]


def totals_of(every: Sequence[SoldSale], query: Sales) -> tuple[SaleTotals, ...]:
    """The sums of all that a question means."""
    found = chosen(every, query)
    sums = []
    for currency in sorted({sale.currency for sale in found}):
        mine = [sale for sale in found if sale.currency == currency]
        figures: list[int] = []
        for state in (None, *UNDONE_STATES):
            these = [sale for sale in mine if state in {None, sale.state}]
            figures += [len(these), sum(s.tender_minor for s in these), sum(s.energy_wh for s in these)]
        sums.append(SaleTotals(currency, *figures))
    return tuple(sums)


def _is_meant(sale: SoldSale, query: Sales) -> bool:
    named = {"branch", "bank", "power_type", "state", "account_no", "pan", "receipt_no"}
    equal = all(getattr(query, name) in {None, getattr(sale, name)} for name in named)
    is_open = not query.open_only or sale.state in OPEN_STATES
    return equal and is_open and _is_named(sale, query.reference) and _is_within(sale, query)


def _is_named(sale: SoldSale, reference: str | None) -> bool:
    if reference is None:
        return True
    for text in (sale.key, sale.trace):
        for name in (reference, payment_key(sale.bank, reference)):
            if text == name or text.startswith(f"{name}-"):
                return True
    return False


def _is_within(sale: SoldSale, query: Sales) -> bool:
    first = None if query.first_day is None else query.first_day.isoformat()
    last = None if query.last_day is None else query.last_day.isoformat()
    behind = None if query.end_us is None else query.end_us - 1
    ranges = [
        (sale.at_us, query.begin_us, behind),
        (sale.tender_minor, query.least_minor, query.most_minor),
        (sale.energy_wh, query.least_wh, query.most_wh),
    ]
    within = all(
        (least is None or least <= value) and (most is None or value <= most) for value, least, most in ranges
    )
    return within and (first or "") <= sale.business_date <= (last or "9")
