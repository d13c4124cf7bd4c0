"""The sales as a list: what was paid for which meter, where it stands, and what it all comes to.

    question   rows                     count                  totals
    Sales      sales, the newest first  up to ``COUNT_MAX``    sums per currency, of all that fit the question

Only what was sold is listed: a management token is a sale of nothing, and stands in its meter's file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gateway.core.paging import Paged, require_range
from gateway.core.payment import bank_channel

if TYPE_CHECKING:
    from datetime import date

    from gateway.core.sale import SaleState


class SaleOrder(Enum):
    """How a list of sales is sorted; of one amount the newest is the largest."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LARGEST = "largest"
    SMALLEST = "smallest"


@dataclass(frozen=True, slots=True)
class SoldSale:
    """A sale as a list shows it. Of a token that is out the last four digits, of none an empty text.

    ``business_date`` is the day that its payment was booked in. ``trace`` is the bank's second name for it.
    """

    id: int
    at_us: int
    business_date: str
    receipt_no: int
    bank: str
    account_no: str
    customer: str
    branch: str
    meter_id: int
    pan: str
    power_type: str
    tender_minor: int
    currency: str
    energy_wh: int
    state: SaleState
    key: str
    terminal: str
    trace: str
    tariff_version: str
    token_end: str = ""

    @property
    def channel(self) -> str:
        """Who took the money, as the journal names it."""
        return bank_channel(self.bank)

    @property
    def is_token_out(self) -> bool:
        """Has a token gone out for it?"""
        return bool(self.token_end)


@dataclass(frozen=True, slots=True)
class SaleTotals:
    """What sales of one currency come to: all of them, and those among them that were reversed, are claimed,
    or were conceded.

    Money is minor units, energy what was paid for. ``kept_*`` is what is left of it.
    """

    currency: str
    count: int
    minor: int
    energy_wh: int
    reversed_count: int
    reversed_minor: int
    reversed_wh: int
    claimed_count: int
    claimed_minor: int
    claimed_wh: int
    conceded_count: int
    conceded_minor: int
    conceded_wh: int

    @property
    def kept_count(self) -> int:
        """Sales that stand."""
        return self.count - self.reversed_count - self.claimed_count - self.conceded_count

    @property
    def kept_minor(self) -> int:
        """Their money."""
        return self.minor - self.reversed_minor - self.claimed_minor - self.conceded_minor

    @property
    def kept_wh(self) -> int:
        """Their energy."""
        return self.energy_wh - self.reversed_wh - self.claimed_wh - self.conceded_wh


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales(Paged[SoldSale, tuple[SaleTotals, ...]]):
    """The sales of a branch, or of all of them, that are all of what is asked for; None asks for nothing.

    ``begin_us`` is the first moment, ``end_us`` the first one behind, to the millisecond and by the journal's
    own time, which stands still where a clock was set back. Business days are both included.
    ``reference`` is a payment's key, the bank's reference or its trace, with or without the date that closes
    it; ``phone`` is the customer's, as it was entered. ``open_only``: somebody still has to do something for
    the customer to have what he paid for.
    """

    branch: str | None
    begin_us: int | None = None
    end_us: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    bank: str | None = None
    power_type: str | None = None
    state: SaleState | None = None
    open_only: bool = False
    account_no: str | None = None
    pan: str | None = None
    phone: str | None = None
    reference: str | None = None
    receipt_no: int | None = None
    least_minor: int | None = None
    most_minor: int | None = None
    least_wh: int | None = None
    most_wh: int | None = None
    order: SaleOrder = SaleOrder.NEWEST

    def __post_init__(self) -> None:
        """Refuse what runs backwards."""
        Paged.__post_init__(self)
        require_range(self.begin_us, self.end_us, "the time")
        require_range(self.least_minor, self.most_minor, "the amount")
        require_range(self.least_wh, self.most_wh, "the energy")
        if self.first_day is not None and self.last_day is not None and self.first_day > self.last_day:
            raise ValueError(f"the days would begin on {self.first_day}, after they end")
