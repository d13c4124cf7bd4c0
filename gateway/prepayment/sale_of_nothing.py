"""A sale of nothing: a token that nobody pays for has a receipt number, and stands among the meter's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.core import chart
from gateway.core.ledger import WATT_HOURS, Entry, EntryKind, Posting
from gateway.core.money import Money
from gateway.core.sale import Sale, SaleState
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.meter import MeterAccount

TID_LEAD_MAX: Final = 60
"""Minutes that the id of such a token may run ahead, as a credit's may."""

#: What it is explained by.
_NOTHING_SOLD: Final = '{"lines":[]}'


def sale_of_nothing(  # noqa: PLR0913 - all of it named
    books: Books,
    key: str,
    meter: MeterAccount,
    currency: str,
    now: datetime,
    *,
    energy_wh: int = 0,
    encoded_wh: int = 0,
) -> Sale:
    """Make the sale that a token goes out with; ``encoded_wh`` is what it carries of energy not paid here."""
    return Sale(
        id=books.next_id,
        key=key,
        bank="",
        meter_id=meter.id,
        pan=meter.pan,
        power_type=meter.power_type,
        tender=Money(0, currency),
        funding="",
        energy_wh=energy_wh,
        encoded_wh=encoded_wh,
        state=SaleState.ISSUED,
        receipt_no=books.next_position,
        tariff_version="",
        quote=_NOTHING_SOLD,
        month=meter.counters.month,
        terminal="",
        trace="",
        at_us=microseconds(now),
    )


def travel_entry(energy_wh: int, encoded_wh: int, issued_account: str) -> Entry:
    """Book what was left in a meter and goes to another; what is encoded beyond it was rounded up: free."""
    beyond = encoded_wh - energy_wh
    postings = [
        Posting(issued_account, encoded_wh, WATT_HOURS),
        Posting(chart.ENERGY_VOID, -energy_wh, WATT_HOURS),
    ]
    postings += [Posting(chart.ENERGY_FREE, -beyond, WATT_HOURS)] if beyond else []
    return Entry(EntryKind.TRANSFER, tuple(postings))
