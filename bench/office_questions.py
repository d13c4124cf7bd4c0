"""What an office asks of a million sales: every list with each of its filters, every file, every search."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from bench.office_books import RARE_MINOR, SMALL_BANK, SMALL_BRANCH
from gateway.core.meter import Carrier, MeterState
from gateway.core.sale import SaleState
from gateway.core.supply_point import point_number
from gateway.core.timeline import microseconds
from gateway.core.views_booked import EntryFile, SaleFile
from gateway.core.views_files import CustomerFile, CustomerOrder, Customers, MeterFile, Meters
from gateway.core.views_found import Found, TokenQuestion
from gateway.core.views_invoices import Invoices
from gateway.core.views_points import Amendments, SupplyPointFile, SupplyPoints
from gateway.core.views_sales import SaleOrder, Sales
from gateway.core.views_watch import Banks, Dashboard, Exceptions
from tests.builders import drn

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.token import TokenDigits
    from gateway.core.views_sales import SoldSale

#: One of the large branches: a twentieth of all customers.
BRANCH = "branch-03"
#: A meter and its customer, who buys as all do.
SERIAL = 500


@dataclass(frozen=True, slots=True)
class Sample:
    """A sale from the middle of the books, of a bank that sells much, with its token."""

    sale: SoldSale
    token: TokenDigits
    now: datetime

    @property
    def reference(self) -> str:
        """The bank's reference, as it stands on a slip: without the date."""
        return self.sale.key.split("/")[2].split("-")[0]


def questions(sample: Sample) -> dict[str, Any]:
    """Give every question by its name."""
    return (
        {f"sales: {name}": query for name, query in _sales(sample).items()}
        | {f"search: {name}": Found(text, None) for name, text in texts(sample).items()}
        | {f"find token: {name}": query for name, query in _tokens(sample).items()}
        | _files(sample)
        | _watch(sample)
    )


def _sales(sample: Sample) -> dict[str, Sales]:
    every, sale, now_us = Sales(branch=None), sample.sale, microseconds(sample.now)
    today, hour_us = sample.now.astimezone(UTC).date(), 3_600_000_000
    of_day = {days: today - timedelta(days=days) for days in (0, 7, 31, 50, 57)}
    return {
        "all": every,
        "of a branch": replace(every, branch=BRANCH),
        "of a small branch": replace(every, branch=SMALL_BRANCH),
        "of today": replace(every, first_day=of_day[0], last_day=of_day[0]),
        "of a week": replace(every, first_day=of_day[7], last_day=of_day[0]),
        "of a month": replace(every, first_day=of_day[31], last_day=of_day[0]),
        "of a week long ago": replace(every, first_day=of_day[57], last_day=of_day[50]),
        "of an hour": replace(every, begin_us=now_us - hour_us),
        "of an hour long ago": replace(every, begin_us=sale.at_us, end_us=sale.at_us + hour_us),
        "of a bank": replace(every, bank="west"),
        "of a small bank": replace(every, bank=SMALL_BANK),
        "of a bank that sold nothing": replace(every, bank="nobody"),
        **{state.value: replace(every, state=state) for state in SaleState if state is not SaleState.BEGIN},
        "open": replace(every, open_only=True),
        "of shops": replace(every, power_type="shop"),
        "of no power type": replace(every, power_type="farm"),
        "of a customer": replace(every, account_no=sale.account_no),
        "of a meter": replace(every, pan=sale.pan),
        "of a telephone": replace(every, phone=_phone(SERIAL)),
        "by reference": replace(every, reference=sample.reference),
        "by key": replace(every, reference=sale.key),
        "by trace": replace(every, reference=sale.trace.split("-")[0]),
        "by receipt number": replace(every, receipt_no=sale.receipt_no),
        "of a rare amount": replace(every, least_minor=RARE_MINOR, most_minor=RARE_MINOR),
        "of an amount": replace(every, least_minor=5_000, most_minor=6_000),
        "beyond every amount": replace(every, least_minor=10**9),
        "of an energy": replace(every, least_wh=100_000, most_wh=200_000),
        "beyond every energy": replace(every, least_wh=10**9),
        "far back": replace(every, after=sale.id),
        "far back, upwards": replace(every, before=sale.id),
        "oldest first": replace(every, order=SaleOrder.OLDEST),
        "largest first": replace(every, order=SaleOrder.LARGEST),
        "smallest first, far down": replace(every, order=SaleOrder.SMALLEST, after=sale.id),
        "of a branch's shops, of which there are none": replace(every, branch=BRANCH, power_type="shop"),
        "of a small branch and a bank": replace(every, branch=SMALL_BRANCH, bank="west"),
    }


def texts(sample: Sample) -> dict[str, str]:
    """Give a text to look for of each kind, by its name."""
    digits = sample.token.reveal()
    return {
        "account number": f"A{SERIAL}",
        "a part of a name": "zhang",
        "nothing": "qqqqq",
        "meter number": drn(SERIAL),
        "a part of a meter number": drn(SERIAL)[:9],
        "telephone": _phone(SERIAL),
        "reference": sample.reference,
        "key": sample.sale.key,
        "trace": sample.sale.trace.split("-")[0],
        "receipt number": str(sample.sale.receipt_no),
        "last four digits": digits[-4:],
        "a whole token": digits,
        "a token that is none": ("1" if digits[0] == "0" else "0") + digits[1:],
    }


def _tokens(sample: Sample) -> dict[str, TokenQuestion]:
    at_us = sample.sale.at_us
    return {
        "reference": TokenQuestion(branch=None, reference=sample.reference),
        "meter": TokenQuestion(branch=None, pan=sample.sale.pan),
        "telephone": TokenQuestion(branch=None, phone=_phone(SERIAL)),
        "time": TokenQuestion(branch=None, begin_us=at_us, end_us=at_us + 3_600_000_000),
    }


def _files(sample: Sample) -> dict[str, Any]:
    customers, meters = Customers(branch=None), Meters(branch=None)
    points = SupplyPoints(branch=None)
    return {
        "sale by id": SaleFile(branch=None, id=sample.sale.id),
        "sale by receipt number": SaleFile(branch=None, receipt_no=sample.sale.receipt_no),
        "entry by position": EntryFile(branch=None, position=sample.sale.receipt_no),
        "invoices": Invoices(branch=None),
        "invoices of a branch": Invoices(branch=BRANCH),
        "customers": customers,
        "customers by name": replace(customers, order=CustomerOrder.NAME),
        "customers of a branch": replace(customers, branch=BRANCH, order=CustomerOrder.NAME),
        "customers with a text": replace(customers, text="zhang"),
        "customers with no such text": replace(customers, text="qqqqq"),
        "customer": CustomerFile(branch=None, account_no=sample.sale.account_no),
        "supply points": points,
        "supply points of a branch": replace(points, branch=BRANCH),
        "supply points of shops": replace(points, power_type="shop"),
        "supply points with no such text": replace(points, text="qqqqq"),
        "supply point": SupplyPointFile(branch=None, number=point_number(sample.sale.account_no, 1)),
        "amendments": Amendments(branch=None),
        "amendments of a branch": Amendments(branch=BRANCH),
        "amendments of a number": Amendments(branch=None, numbers=(sample.sale.account_no,)),
        "meters": meters,
        "meters of shops": replace(meters, power_type="shop"),
        "meters with a card": replace(meters, carrier=Carrier.CARD),
        "meters blocked": replace(meters, state=MeterState.BLOCKED),
        "meters with no such text": replace(meters, text="qqqqq"),
        "meter": MeterFile(branch=None, pan=sample.sale.pan),
    }


def _watch(sample: Sample) -> dict[str, Any]:
    today, now_us = sample.now.astimezone(UTC).date(), microseconds(sample.now)
    return {
        "banks": Banks(today),
        "banks on a day long ago": Banks(today - timedelta(days=50)),
        "exceptions": Exceptions(branch=None),
        "exceptions of a branch": Exceptions(branch=BRANCH),
        "exceptions of a kind": Exceptions(branch=None, kind="credit_overdue", open_only=False),
        "dashboard": Dashboard(None, today, now_us),
        "dashboard of a branch": Dashboard(BRANCH, today, now_us),
    }


def _phone(serial: int) -> str:
    return f"138{serial:08d}"
