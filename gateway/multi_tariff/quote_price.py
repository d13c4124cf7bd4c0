"""Price a tender under the tariff version in force: the journey's pure middle.

``TariffPricing`` obeys ``ports.Pricing`` over versions that were loaded before; it reads nothing itself.
Refusals: no_tariff, wrong_currency, bad_amount, below_minimum, over_limit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.core import chart
from gateway.core.counters import Moved, day_key, in_period, month_key, year_key
from gateway.core.outcome import Declined
from gateway.core.pricing import Priced, PricedLine
from gateway.core.quote import QuoteRefusal, QuoteRefused
from gateway.core.refusal import Refusal
from gateway.core.tariff import Counters as Bought

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.core.counters import Counters
    from gateway.core.meter import MeterAccount
    from gateway.core.money import Money
    from gateway.core.quote import Quote
    from gateway.core.tariff import Tariff

#: Moments remembered: the batch in work, for each zone that tariffs have.
_MOMENTS_MAX = 16

#: Why a quote is refused → what the sale says.
_REFUSALS = {
    QuoteRefusal.NOT_POSITIVE: Refusal.BAD_AMOUNT,
    QuoteRefusal.WRONG_CURRENCY: Refusal.WRONG_CURRENCY,
    QuoteRefusal.BELOW_CHARGES: Refusal.BELOW_MINIMUM,
    QuoteRefusal.BUYS_NOTHING: Refusal.BELOW_MINIMUM,
    QuoteRefusal.TOO_MUCH: Refusal.OVER_LIMIT,
}


@dataclass(frozen=True)
class TariffInForce:
    """A tariff version and the moment from which it counts."""

    power_type: str
    from_moment: datetime
    tariff: Tariff

    def __post_init__(self) -> None:
        """Refuse what a sale cannot honour yet: charges need a record of what was charged before."""
        if self.tariff.table.charges:
            raise ValueError(
                f"tariff {self.tariff.version} of {self.power_type} has fixed charges: "
                "a sale cannot keep account of them yet; take them out of this version"
            )
        for code, account in self.account_of.items():
            if json.dumps([code, account], ensure_ascii=False) != f'["{code}", "{account}"]':
                raise ValueError(f"tariff {self.tariff.version}: the line code {code!r} has odd characters")

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which its months begin."""
        return ZoneInfo(self.tariff.timezone)

    @cached_property
    def account_of(self) -> dict[str, str]:
        """The ledger account of each line code."""
        table, power_type = self.tariff.table, self.power_type
        accounts = {self.tariff.plan.balancing_code: chart.revenue(power_type, "ENERGY")}
        accounts |= {item.code: chart.revenue(power_type, item.code) for item in table.kwh_items}
        for share in table.shares:
            if share.code == chart.VALUE_ADDED_TAX:
                accounts[share.code] = chart.VALUE_ADDED_TAX
            elif share.factor < 0:
                accounts[share.code] = chart.revenue(power_type, share.code)
            else:
                accounts[share.code] = chart.levy(share.code)
        return accounts


class TariffPricing:
    """Prices by the version in force at the moment of the sale, per power type."""

    def __init__(self, versions: Sequence[TariffInForce]) -> None:
        by_type: dict[str, list[TariffInForce]] = {}
        for version in sorted(versions, key=lambda v: v.from_moment, reverse=True):
            by_type.setdefault(version.power_type, []).append(version)
        self._newest_first: Mapping[str, list[TariffInForce]] = by_type

    def currency(self, meter: MeterAccount, now: datetime) -> str | None:
        """Return the currency this meter is sold in, or None where no tariff is in force."""
        version = self._in_force(meter.power_type, now)
        return None if version is None else version.tariff.currency

    def price(self, meter: MeterAccount, tender: Money, now: datetime) -> Priced | Declined:
        """Price a tender with the meter's block counter; see the module for the refusals."""
        version = self._in_force(meter.power_type, now)
        if version is None:
            return Declined(Refusal.NO_TARIFF)
        counters, periods = meter.counters, _periods(now, version.zone)
        before_wh = in_period(counters.mtd_wh, counters.month, periods[0])
        quote = version.tariff.quote(tender, Bought(mtd_wh=before_wh))
        if isinstance(quote, QuoteRefused):
            return Declined(_REFUSALS[quote.reason])
        accounts = version.account_of
        lines = tuple(PricedLine(line.code, line.amount.minor, accounts[line.code]) for line in quote.lines)
        moved = _moved(counters, quote.energy_wh, *periods)
        return Priced(
            energy_wh=quote.energy_wh,
            lines=lines,
            version=quote.version,
            moved=moved,
            explanation=_explanation(quote, lines, before_wh, moved),
        )

    def _in_force(self, power_type: str, now: datetime) -> TariffInForce | None:
        for version in self._newest_first.get(power_type, ()):
            if version.from_moment <= now:
                return version
        return None


@lru_cache(maxsize=_MOMENTS_MAX)
def _periods(now: datetime, zone: ZoneInfo) -> tuple[int, int, int]:
    """A moment's month, year and day in a tariff's zone; all the payments of a batch have one moment."""
    local = now.astimezone(zone)
    return month_key(local), year_key(local), day_key(local)


def _moved(counters: Counters, energy_wh: int, month: int, year: int, day: int) -> Moved:
    """Say what the sale moves; no price here has monthly charges or free energy, so those stay."""
    return Moved(
        energy_wh,
        max(month, counters.month),
        max(year, counters.year),
        max(day, counters.bought_on),
        counters.fees_month,
        counters.fees_month,
        counters.free_month,
        counters.free_month,
    )


def _explanation(quote: Quote, lines: tuple[PricedLine, ...], before_wh: int, moved: Moved) -> str:
    """Write why this money buys this energy: exact ratios, so that a receipt can be worked out again.

    Spelled out as JSON by hand, since it is made for every sale: whole numbers, and codes that need no escape
    (``TariffInForce`` has seen to that).
    """
    priced = ",".join([f'["{line.code}",{line.minor},"{line.account}"]' for line in lines])
    blocks = ",".join(
        [f"[{b.number},{b.wh_num},{b.wh_den},{b.gross_num},{b.gross_den}]" for b in quote.blocks]
    )
    return (
        f'{{"lines":[{priced}],"blocks":[{blocks}],"mtd_before_wh":{before_wh},'
        f'"exact_wh":[{quote.wh_num},{quote.wh_den}],"moved":[{",".join(map(str, moved.stored()))}]}}'
    )
