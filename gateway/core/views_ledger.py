"""Questions about the ledger's accounts as an office looks through them: page by page, however many they are.

question        rows                                               count                totals
AccountsOfDay   accounts that did not open at zero, or were moved  up to COUNT_MAX      sums per unit, of all
AccountDays     the days on which an account was moved             of these             None

``views.TrialBalance`` answers with the same figures all at once: for whoever prints or checks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.core.closed_day import AccountSums
from gateway.core.paging import ROWS
from gateway.core.views import Query, UnitTotals, require_page
from gateway.core.views_files import require_text

if TYPE_CHECKING:
    from datetime import date


#: Days that a chart shows at most: a year.
DAYS_MAX: Final = 366


class AccountOrder(Enum):
    """By what accounts stand in order; figures of one unit stand together."""

    CODE = "code"
    UNIT = "unit"
    OPENING = "opening"
    DEBIT = "debit"
    CREDIT = "credit"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsOfDay(Query[AccountSums, tuple[UnitTotals, ...]]):
    """Where accounts stand after a business day; ``text`` is a part of their code, whatever its case.

    A page goes on behind ``after``, an account as the page before gave it. The totals are those of all
    accounts, whatever the text is.
    """

    day: date
    text: str | None = None
    order: AccountOrder = AccountOrder.CODE
    is_descending: bool = False
    after: AccountSums | None = None
    limit: int = ROWS

    def __post_init__(self) -> None:
        """Refuse a text that is none, and a page that is none."""
        require_text(self.text)
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class AccountDay:
    """What moved an account in a business day: both sides, positive, in its unit."""

    day: date
    debit: int
    credit: int


@dataclass(frozen=True, slots=True)
class AccountDays(Query[AccountDay, None]):
    """The business days from ``first`` to ``last`` on which an account was moved, in order."""

    account: str
    unit: str
    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse days that are in no order, or more than a chart shows."""
        if not 0 <= (self.last - self.first).days < DAYS_MAX:
            raise ValueError(f"a chart has 1 to {DAYS_MAX} days, the first of them first")
