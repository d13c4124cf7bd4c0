"""Check the invoices: they are numbered without a gap, and each says what its sale says.

What must hold::

    series   1, 2, 3 … up to the last one
    sale     receipt, amount, currency and energy are those of the sale
    red      takes back an invoice of this sale that stands before it in its series, and each but once: its
             amount and energy, below zero, and without what one for a part has taken back before
    part     takes back no more than there was, of each invoice once
    turns    of a sale normal and red take turns, so that no two of it stand at once
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from gateway.core.invoice import InvoiceKind, invoice_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.core.journal import InvoiceRow

_KINDS: Final = frozenset(kind.value for kind in InvoiceKind)


def invoice_findings(invoices: Iterable[InvoiceRow]) -> Iterator[str]:
    """Check all invoices, which come by series and number; each finding is a sentence."""
    last: dict[str, int] = {}
    by_payment: dict[str, list[InvoiceRow]] = defaultdict(list)
    for one in invoices:
        expected = last.get(one.series, 0) + 1
        if one.number != expected:
            yield f"series {one.series} has a gap: behind {expected - 1} stands {one.number}"
        last[one.series] = one.number
        by_payment[one.payment].append(one)
    for payment, had in by_payment.items():
        parts = {one.nth: one for one in had if one.kind == InvoiceKind.PART.value}
        for one in had:
            yield from _beside_sale(one, parts.get(one.nth))
        yield from _turns(payment, had)


def _beside_sale(one: InvoiceRow, part: InvoiceRow | None) -> Iterator[str]:
    name = invoice_name(one.series, one.number)
    if one.kind not in _KINDS:
        yield f"invoice {name} is neither normal nor red"
    if one.sold is None:
        yield f"invoice {name} names the payment {one.payment}, of which there is no sale"
        return
    receipt_no, minor, currency, energy_wh = one.sold
    told_no, told, unit, told_wh = one.said
    match one.kind:
        case InvoiceKind.PART.value:
            is_right = 0 < -told <= minor and 0 <= -told_wh <= energy_wh
        case InvoiceKind.RED.value:
            less, less_wh = (0, 0) if part is None else (part.said[1], part.said[3])
            is_right = (told, told_wh) == (-minor - less, -energy_wh - less_wh)
        case _:
            is_right = (told, told_wh) == (minor, energy_wh)
    if not is_right or (told_no, unit) != (receipt_no, currency):
        yield f"invoice {name} says something else than its sale, receipt {receipt_no}"


def _turns(payment: str, had: list[InvoiceRow]) -> Iterator[str]:
    normal = {one.nth: one for one in had if one.kind == InvoiceKind.NORMAL.value}
    red = {one.nth: one for one in had if one.kind == InvoiceKind.RED.value}
    part = {one.nth: one for one in had if one.kind == InvoiceKind.PART.value}
    for nth, one in sorted(normal.items()):
        if nth > 1 and (nth - 1 not in normal or nth - 1 not in red):
            name = invoice_name(one.series, one.number)
            yield f"invoice {name} is number {nth} of {payment}, and the one before was not taken back"
    for nth, one in sorted((*part.items(), *red.items()), key=lambda pair: pair[1].number):
        meant = normal.get(nth)
        place = None if meant is None else (meant.series, meant.number)
        if place != (one.series, one.takes_back) or one.takes_back >= one.number:
            name = invoice_name(one.series, one.number)
            yield f"red invoice {name} takes back {one.takes_back}, and {payment} has no such one before it"
