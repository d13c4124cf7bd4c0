"""Questions to the books, and what is answered: plain values, read side by side with the payments.

Each question may be asked in three ways (``ports.Views``): for its ``rows``, a page at most; for how many
there are in all (``count``); for their ``totals``. A page goes on behind ``after``, the last row of the page
before.
Debit is positive and credit negative; amounts are minor units of the currency that ``unit`` names, or Wh.

    question        rows                             count          totals
    TrialBalance    accounts with figures            of these       sums per unit
    Statement       an account's postings            in those days  opening, debit, credit, closing
    DayTotals       what moved a bank's accounts     of postings    what was paid, reversed, deposited, is
    owed Days            business days, newest first      of these       the newest closed day
    OpenDays        days to be closed, oldest first  of these       the newest closed day
    DayClose        accounts at the close, by code   of these       all that the close says, or None
    OpenSales       sales to be finished, oldest     open in all    what was paid for all, per currency
    TariffVersions  versions by type and moment      of these       how many, approved ever, withdrawn
    VendingKeys     keys by group and revision       of these       how many, approved ever, withdrawn; groups
    MetersNotMigrated  meters that hold another key  of these       per supply group, all its meters, too

What the office asks stands in ``views_*.py`` beside this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from gateway.core.bank_day import BankDay, BankMove
from gateway.core.closed_day import AccountSums, Closed
from gateway.core.journal import OpenSaleRow
from gateway.core.key_life import KeyHead, VendingKey
from gateway.core.tariff_life import TariffHead, TariffVersion

if TYPE_CHECKING:
    from datetime import date

#: Rows of one page: more are no page for a person, and a thread that reads them longer holds others up.
PAGE_MAX: Final = 1_000

RowT = TypeVar("RowT")
TotalsT = TypeVar("TotalsT")


class Query(Generic[RowT, TotalsT]):
    """A question; it knows the kinds of its answers."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class UnitTotals:
    """What all accounts of one unit sum to; in sound books opening and closing are zero, debit is credit."""

    unit: str
    opening: int
    debit: int
    credit: int
    closing: int


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A posting on an account, its number in the statement, and the balance after it."""

    number: int
    entry_id: int
    line: int
    position: int
    at_us: int
    business_date: str
    kind: str
    key: str
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class StatementTotals:
    """An account over some days: where it began, what was posted, where it ended, in how many postings."""

    opening: int
    debit: int
    credit: int
    closing: int
    postings: int


@dataclass(frozen=True, slots=True)
class BusinessDay:
    """A day that has postings or a close; the last three are None while it is open."""

    day: str
    postings: int
    closed_at_us: int | None
    last_position: int | None
    checksum: str | None


@dataclass(frozen=True, slots=True)
class CurrencySum:
    """How many, and their sum in minor units of a currency."""

    currency: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class TrialBalance(Query[AccountSums, tuple[UnitTotals, ...]]):
    """Where every account stands after a business day."""

    day: date


@dataclass(frozen=True, slots=True)
class Statement(Query[StatementRow, StatementTotals]):
    """What was posted on an account from one business day to another, both included, as it was booked."""

    account: str
    unit: str
    first: date
    last: date
    after: StatementRow | None = None
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse days that run backwards, and a page that is none."""
        if self.first > self.last:
            raise ValueError(f"the statement would begin on {self.first}, after it ends")
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class DayTotals(Query[BankMove, tuple[BankDay, ...]]):
    """What a bank did in a business day, for the comparison with its own figures; totals per currency."""

    bank: str
    day: date


@dataclass(frozen=True, slots=True)
class Days(Query[BusinessDay, BusinessDay | None]):
    """The business days up to one, or up to the newest there is; ``is_closed``: those only, or the others."""

    until: date | None = None
    limit: int = PAGE_MAX
    is_closed: bool | None = None

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class OpenDays(Query[BusinessDay, BusinessDay | None]):
    """The days behind the last closed one that have postings."""

    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class DayClose(Query[AccountSums, Closed | None]):
    """What was decided when a day was closed; its accounts go on behind ``after``, a code and a unit."""

    day: date
    after: tuple[str, str] | None = None
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class OpenSales(Query[OpenSaleRow, tuple[CurrencySum, ...]]):
    """The sales begun up to a moment that somebody still has to finish."""

    until_us: int
    after: OpenSaleRow | None = None


@dataclass(frozen=True, slots=True)
class TariffVersions(Query[TariffVersion, TariffHead]):
    """The tariff versions of a power type, or of all of them, whatever has become of each."""

    power_type: str | None = None
    after: TariffVersion | None = None
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class VendingKeys(Query[VendingKey, KeyHead]):
    """The vending keys of a supply group, or of all of them, whatever has become of each; never the keys."""

    sgc: str | None = None
    after: VendingKey | None = None
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class MeterNotMigrated:
    """A meter that holds another key than serves its group, and since when its change is on its way.

    ``change_since_us`` is None where it has not been sold a key change yet: it is merely behind.
    """

    pan: str
    account_no: str
    sgc: str
    krn: int
    base_date: int
    change_since_us: int | None


@dataclass(frozen=True, slots=True)
class GroupMigration:
    """How far a supply group is: meters in use, those with a key change on its way, those merely behind."""

    sgc: str
    meters: int
    on_the_way: int
    behind: int


@dataclass(frozen=True, slots=True)
class MetersNotMigrated(Query[MeterNotMigrated, tuple[GroupMigration, ...]]):
    """The meters in use that do not hold the key which serves their group at a moment, by meter number.

    The totals name every group that has meters. Keys of the configuration's plain files move no meter.
    """

    at_us: int
    sgc: str | None = None
    after: MeterNotMigrated | None = None
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


def require_page(limit: int) -> None:
    """Refuse (ValueError) a page of no row, or of more than one person reads."""
    if not 1 <= limit <= PAGE_MAX:
        raise ValueError(f"a page has 1 to {PAGE_MAX} rows, not {limit}")
