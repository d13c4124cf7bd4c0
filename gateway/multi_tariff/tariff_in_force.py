"""A tariff version in force for a power type: where its lines are booked, what it must know of a buyer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.core import chart
from gateway.core.buyer import Buyer
from gateway.core.counters import (
    Counters,
    Moved,
    day_key,
    day_of,
    in_period,
    month_key,
    months_between,
    past_months,
    year_key,
)
from gateway.core.customer import SCHEMES_MAX
from gateway.core.ledger import POSTINGS_MAX
from gateway.core.pricing import PricedLine
from gateway.core.quickly_built import quickly_built
from gateway.core.quote import LineKind
from gateway.core.tariff import TariffFault
from gateway.core.tariff.table import ENERGY, ENERGY_NET, Period

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from gateway.core.meter import MeterAccount
    from gateway.core.quote import Quote, QuoteLine
    from gateway.core.tariff import Tariff

#: A customer who bought nothing for longer than this owes no more months or days: ten years are written off.
_MONTHS_DUE_MAX = 120
_DAYS_DUE_MAX = 3_653

#: Postings of a sale that are no lines: who pays, and energy issued, sold and given free.
_MONEY_AND_ENERGY = 4

#: Change used and change kept.
_CHANGE_LINES = 2

#: Which debts a tender may have to pay, and the kind of the account on which each is owed.
ARREARS, EMERGENCY = "ARREARS", "EMERGENCY"

_OWED = {LineKind.ARREARS: ARREARS, LineKind.EMERGENCY: EMERGENCY}
_EARNED = frozenset({LineKind.ENERGY, LineKind.SUB_ITEM, LineKind.KWH_ITEM, LineKind.REBATE})
_FEES = frozenset({LineKind.CHARGE, LineKind.CHANNEL_FEE})


@quickly_built
@dataclass(frozen=True, slots=True)
class LocalMoment:
    """A moment in a tariff's zone, with the numbers of its month, ladder year and day."""

    at: datetime
    month: int
    year: int
    day: int


@dataclass(frozen=True)
class TariffInForce:
    """A tariff version and the moment from which it counts.

    ``charged_since`` is the moment from which this and the versions before it have had monthly charges
    without a break (None: since this one): no month before it is owed. ``charged_daily_since`` is the same
    for daily charges. Raises TariffFault for a version that can be quoted and not sold: there is no token for
    it yet, or more lines than an entry has.
    """

    power_type: str
    from_moment: datetime
    tariff: Tariff
    charged_since: datetime | None = None
    charged_daily_since: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what a sale cannot honour."""
        if self.tariff.table.holds_money:
            raise TariffFault("credit_unit", "no token that carries money can be made yet: sell in kWh")
        for part in self.tariff.parts:
            named = part.name or self.power_type
            if json.dumps(named, ensure_ascii=False) != f'"{named}"':
                raise TariffFault("power_type", f"the name {named!r} has characters that no account has")
        most = _postings_most(self.tariff)
        if most > POSTINGS_MAX:
            raise TariffFault(
                "", f"a sale could have {most} postings, and an entry has at most {POSTINGS_MAX}"
            )

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which its days and months begin."""
        return ZoneInfo(self.tariff.timezone)

    @cached_property
    def charges_months(self) -> bool:
        """A charge falls due by the month."""
        return any(charge.period is Period.MONTH for charge in self.tariff.table.charges)

    @cached_property
    def own_accounts(self) -> tuple[str, ...]:
        """The customer's own accounts whose balances a price depends on, ``{}`` for his account number."""
        table = self.tariff.table
        return (
            *((chart.owed("{}", ARREARS),) if table.arrears else ()),
            *((chart.owed("{}", EMERGENCY),) if table.emergency else ()),
            *((chart.customer("{}"),) if table.rounding.carries else ()),
        )

    def local(self, now: datetime) -> LocalMoment:
        """Tell the moment in the tariff's zone; a batch has one moment, so callers keep it."""
        at = now.astimezone(self.zone)
        ladder = self.tariff.table.energy.ladder
        year = year_key(at) if ladder.begins is None else year_key(at, ladder.begins, ladder.hour)
        return LocalMoment(at, month_key(at), year, day_key(at))

    def buyer(
        self, meter: MeterAccount, local: LocalMoment, balances: Mapping[str, int], channel: str
    ) -> Buyer:
        """Put together what the price depends on, as the books have it now."""
        counters, table = meter.counters, self.tariff.table
        months = 0
        if self.charges_months:
            months = self._months_due(counters, max(local.month, counters.month))
        days = self._days_due(counters, local) if self.tariff.counts_days else 0
        account_no = meter.account_no
        return Buyer(
            at=local.at,
            mtd_wh=in_period(counters.mtd_wh, counters.month, local.month),
            ytd_wh=in_period(counters.ytd_wh, counters.year, local.year),
            average_wh=self._average(counters, local) if table.energy.bands else None,
            months_due=months,
            days_due=days,
            times_today=counters.times if counters.bought_on >= local.day else 0,
            contract_w=meter.contract_w,
            schemes=meter.schemes,
            free_claimed=table.free is not None and counters.free_month >= local.month,
            arrears_minor=max(0, balances.get(chart.owed(account_no, ARREARS), 0)) if table.arrears else 0,
            emergency_minor=(
                max(0, balances.get(chart.owed(account_no, EMERGENCY), 0)) if table.emergency else 0
            ),
            account_minor=-balances.get(chart.customer(account_no), 0) if table.rounding.carries else 0,
            channel=channel,
        )

    @cached_property
    def _first_charged(self) -> int:
        """The month of ``charged_since``."""
        return month_key((self.charged_since or self.from_moment).astimezone(self.zone))

    def _months_due(self, counters: Counters, month: int) -> int:
        """The months whose charges are not paid, this one included; a new customer owes this one."""
        if not counters.fees_month:
            return 1
        since_charged = months_between(self._first_charged, month) + 1
        unpaid = min(months_between(counters.fees_month, month), since_charged)
        return min(max(0, unpaid), _MONTHS_DUE_MAX)

    @cached_property
    def _first_charged_day(self) -> date:
        """The day of ``charged_daily_since``."""
        return (self.charged_daily_since or self.from_moment).astimezone(self.zone).date()

    def _days_due(self, counters: Counters, local: LocalMoment) -> int:
        """The days since the last purchase on which there was a charge; a new customer owes none."""
        if not counters.days_paid:
            return 0
        unpaid = (local.at.date() - max(day_of(counters.days_paid), self._first_charged_day)).days
        return min(max(0, unpaid), _DAYS_DUE_MAX)

    def _average(self, counters: Counters, local: LocalMoment) -> int | None:
        months = past_months(counters, local.month)[: self.tariff.table.energy.months_averaged]
        return sum(months) // len(months) if months else None

    def moved(self, counters: Counters, local: LocalMoment, quote: Quote) -> Moved:
        """What the sale moves on the meter's counters."""
        month = max(local.month, counters.month)
        return Moved(
            quote.counted_wh, month, max(local.year, counters.year), max(local.day, counters.bought_on),
            counters.fees_month, month if quote.months_paid else counters.fees_month,
            counters.free_month, month if quote.free_wh else counters.free_month,
            counters.days_paid, max(local.day, counters.days_paid),
        )  # fmt: skip

    def line(self, line: QuoteLine, account_no: str) -> PricedLine:
        """Book a line of the receipt."""
        account = self._accounts.get((line.code, line.part))
        if account is None:
            if line.kind in _OWED:
                return PricedLine(line.code, line.amount.minor, chart.owed(account_no, _OWED[line.kind]))
            account = self._accounts[line.code, line.part] = self._account(line)
        is_lesser = line.part and line.part != self.power_type
        return PricedLine(f"{line.code}.{line.part}" if is_lesser else line.code, line.amount.minor, account)

    @cached_property
    def _accounts(self) -> dict[tuple[str, str], str]:
        """The accounts of the lines met so far; a tariff has a handful of them."""
        return {}

    def _account(self, line: QuoteLine) -> str:
        if line.kind in _EARNED:
            sub_item = ENERGY if line.code == ENERGY_NET else line.code
            return chart.revenue(line.part or self.power_type, sub_item)
        if line.kind in _FEES:
            return chart.fee(line.code)
        return chart.VALUE_ADDED_TAX if line.code == chart.VALUE_ADDED_TAX else chart.levy(line.code)


def _postings_most(tariff: Tariff) -> int:
    """Count what a sale may have: its lines, preferences beside them, change, money and energy."""
    main = tariff.table
    lines = len(main.charges) + len(main.deduction_codes)
    beside = 0
    for part in tariff.parts:
        table = part.table
        components = len(table.energy.components)
        lines += components + len(table.kwh_items) + len(table.shares)
        if table.preferences:
            beside += components + min(SCHEMES_MAX, len({entry.scheme for entry in table.preferences}))
    return lines + beside + (_CHANGE_LINES if main.rounding.carries else 0) + _MONEY_AND_ENERGY
