"""Try a version on real customers: what a month of each one's use costs now, and what it will cost.

Nothing is booked. Both versions are asked for the same energy, at the moment from which the new one counts,
for a customer who has bought nothing yet in that month: so monthly and daily charges, free energy,
preferences, seasons and ladders of the year are in it, and debts are not.

A month's use is the mean of the months before; of a new customer what he has bought in this one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.quote import QuoteRefused
from gateway.core.tariff import TariffFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.core.meter import MeterAccount
    from gateway.core.quote import QuoteRefusal
    from gateway.multi_tariff.tariff_in_force import LocalMoment, TariffInForce

#: What a meter counts in when it is asked for a price: no tariff rounds more coarsely.
_WH_PER_KWH: Final = 1_000

#: A month has so many days, where charges fall due by the day.
_DAYS_OF_MONTH: Final = 30


@dataclass(frozen=True, slots=True)
class Tried:
    """A meter's month under both versions, in minor units; both None where a price is refused, and why."""

    pan: str
    account_no: str
    customer: str
    month_wh: int
    now_minor: int | None
    then_minor: int | None
    refused: QuoteRefusal | None = None

    @property
    def change_minor(self) -> int:
        """How much dearer it becomes; 0 where it is not known."""
        if self.now_minor is None or self.then_minor is None:
            return 0
        return self.then_minor - self.now_minor

    @property
    def change_permille(self) -> int:
        """The same in thousandths of what it costs now, rounded to zero; 0 where that is nothing."""
        if not self.now_minor:
            return 0
        sign = -1 if self.change_minor < 0 else 1
        return sign * (abs(self.change_minor) * 1_000 // self.now_minor)


@dataclass(frozen=True, slots=True)
class TriedOn:
    """What came of a trial, the strongest relief first; the figures are of those whose price is known."""

    found: tuple[Tried, ...]

    @property
    def known(self) -> list[Tried]:
        """Those whose price is known under both."""
        return [one for one in self.found if one.then_minor is not None]

    @property
    def cheaper(self) -> int:
        """How many pay less."""
        return sum(one.change_minor < 0 for one in self.known)

    @property
    def dearer(self) -> int:
        """How many pay more."""
        return sum(one.change_minor > 0 for one in self.known)

    @property
    def median(self) -> Tried | None:
        """The one in the middle of all, by the change."""
        known = self.known
        return known[len(known) // 2] if known else None


def try_on(before: TariffInForce, after: TariffInForce, meters: Iterable[MeterAccount]) -> list[Tried]:
    """Try the version ``after`` on these meters, which have one power type each."""
    return [_tried(before, after, meter) for meter in meters]


def in_order(found: Sequence[Tried]) -> TriedOn:
    """Put what was found in order."""
    return TriedOn(tuple(sorted(found, key=lambda one: (one.change_minor, one.pan))))


def month_use_wh(meter: MeterAccount) -> int:
    """Say what a meter uses in a month, in whole kWh; 0 where nothing is known."""
    counters = meter.counters
    past = [wh for wh in counters.past_wh if wh] or [counters.mtd_wh]
    return sum(past) // len(past) // _WH_PER_KWH * _WH_PER_KWH


def _tried(before: TariffInForce, after: TariffInForce, meter: MeterAccount) -> Tried:
    month_wh = month_use_wh(meter)
    named = (meter.pan, meter.account_no, meter.customer, month_wh)
    if not month_wh:
        return Tried(*named, None, None)
    now, then = (_cost(version, after, meter, month_wh) for version in (before, after))
    if isinstance(now, int) and isinstance(then, int):
        return Tried(*named, now, then)
    why = now if not isinstance(now, int) else then
    return Tried(*named, None, None, None if isinstance(why, int) else why)


def _cost(
    version: TariffInForce, after: TariffInForce, meter: MeterAccount, month_wh: int
) -> int | QuoteRefusal | None:
    """Say what it costs under a version; why it is refused, or None where there is no price at all."""
    local = version.local(after.from_moment)
    buyer = version.buyer(_fresh(meter, local), local, {}, "")
    buyer = replace(buyer, days_due=_DAYS_OF_MONTH if version.tariff.counts_days else 0)
    try:
        quote = version.tariff.quote_energy(month_wh, buyer)
    except TariffFault:
        return None  # his schemes come to no price together
    return quote.reason if isinstance(quote, QuoteRefused) else quote.tender.minor


def _fresh(meter: MeterAccount, local: LocalMoment) -> MeterAccount:
    """Return the meter as it is when nothing was bought in this month."""
    counters = replace(
        meter.counters,
        month=max(local.month, meter.counters.month),
        mtd_wh=0,
        times=0,
        fees_month=0,
        free_month=0,
    )
    return replace(meter, counters=counters)
