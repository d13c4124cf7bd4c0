"""The office's files: customers and their meters, as lists and one by one.

    question       rows                              count                  totals
    Customers      customers by name or number       up to ``COUNT_MAX``    None
    CustomerFile   his meters                        of these               all that is known of him, or None
    Meters         meters by number                  up to ``COUNT_MAX``    None
    MeterFile      its newest tokens                 of these               all that is known of it, or None

A branch sees its own customers and their meters, and nobody else's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.core.paging import Paged
from gateway.core.views import Query
from gateway.core.views_booked import TokenOut

if TYPE_CHECKING:
    from datetime import date

    from gateway.core.customer import Customer
    from gateway.core.fitting import Fitting
    from gateway.core.journal import AccountRow
    from gateway.core.meter import Carrier, MeterAccount, MeterState
    from gateway.core.views_points import PointRow

#: Characters of what is looked for: names and numbers are shorter, and a pattern's cost grows with them.
TEXT_MAX: Final = 64

#: Tokens that a meter's file shows; older ones stand with their sales.
TOKENS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as a list shows him; ``bought_on`` is the day of the newest purchase for his meters."""

    id: int
    account_no: str
    name: str
    address: str
    phone: str
    branch: str
    meters: int
    bought_on: date | None


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter as a list shows it; ``is_changing_key``: a key change is on its way to it."""

    id: int
    pan: str
    account_no: str
    customer: str
    branch: str
    state: MeterState
    carrier: Carrier
    power_type: str
    sgc: str
    krn: int
    is_test: bool
    is_changing_key: bool
    bought_on: date | None


class CustomerOrder(Enum):
    """How a list of customers is sorted."""

    ACCOUNT_NO = "account_no"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers(Paged[CustomerRow, None]):
    """The customers of a branch, or of all, in whose name, account number, phone or address a text is.

    Letters are compared without their case; what is a wild card elsewhere is itself here.
    """

    branch: str | None
    text: str | None = None
    order: CustomerOrder = CustomerOrder.ACCOUNT_NO
    is_descending: bool = False

    def __post_init__(self) -> None:
        """Refuse a text that is none."""
        Paged.__post_init__(self)
        require_text(self.text)


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """All that the books hold of a customer: his supply points, his meters, his own accounts with balances.

    ``file`` is his basic file as it is kept, with its version. ``points`` are the first
    ``views_points.POINTS_SHOWN``. ``accounts`` are ``CUST:`` and ``AR:`` accounts, debit positive.
    """

    customer: CustomerRow
    file: Customer
    points: tuple[PointRow, ...]
    meters: tuple[MeterRow, ...]
    accounts: tuple[AccountRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFile(Query[MeterRow, CustomerFacts | None]):
    """One customer by his account number."""

    branch: str | None
    account_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meters(Paged[MeterRow, None]):
    """The meters of a branch, or of all, that are all of what is asked for, by number; None asks for nothing.

    ``text`` is in the meter's number, its owner's account number or his name.
    """

    branch: str | None
    text: str | None = None
    state: MeterState | None = None
    carrier: Carrier | None = None
    power_type: str | None = None
    sgc: str | None = None
    krn: int | None = None
    is_test: bool | None = None
    is_changing_key: bool | None = None
    is_descending: bool = False

    def __post_init__(self) -> None:
        """Refuse a text that is none."""
        Paged.__post_init__(self)
        require_text(self.text)


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """All that the books hold of a meter; ``account`` has its identity, counters and key change, no key.

    ``point`` is the number of the supply point where it is, "" for none; ``fitting`` how it was fitted last,
    None where nobody entered that. ``tokens`` are the newest ``TOKENS_SHOWN``, management tokens among them.
    """

    meter: MeterRow
    account: MeterAccount
    point: str
    fitting: Fitting | None
    tokens: tuple[TokenOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFile(Query[TokenOut, MeterFacts | None]):
    """One meter by its 18-digit number."""

    branch: str | None
    pan: str


def require_text(text: str | None) -> None:
    """Refuse (ValueError) a text to be looked for that is empty, or longer than any name."""
    if text is not None and not 1 <= len(text) <= TEXT_MAX:
        raise ValueError(f"what is looked for has 1 to {TEXT_MAX} characters, not {len(text)}")
