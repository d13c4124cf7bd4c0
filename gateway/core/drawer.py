"""What waits in a drawer: money of sales that may still be undone, given back, or corrected to less.

It lies there and is the customers' until their credit has left the house. So a drawer is not counted while
any waits, and nothing is paid out of it that would be wanted then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.sale import OPEN_STATES

if TYPE_CHECKING:
    from gateway.core.books import Books


def waiting_in(books: Books, drawer: str) -> dict[int, int]:
    """Return a drawer's sales that wait for their credit, as the batch stands now: receipts with tenders."""
    begun = (one for one in books.office.waiting.get(drawer, ()) if one.key not in books.sales)
    in_batch = (one for one in books.sales.values() if one.funding == drawer and one.state in OPEN_STATES)
    waiting = {one.receipt_no: one.tender_minor for one in begun}
    return waiting | {one.receipt_no: one.tender.minor for one in in_batch}
