"""Price a tender under the tariff version in force: the journey's pure middle.

``TariffPricing`` obeys ``ports.Pricing`` over versions that were loaded before; it reads nothing itself.
The counters are those of the meter as the poster's batch has it, so that two sales never use one block twice.
Refusals: no_tariff, wrong_currency, bad_amount, below_minimum, over_limit.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from gateway.core import chart
from gateway.core.outcome import Declined
from gateway.core.pricing import Priced, PricedLine, explained
from gateway.core.quote import QuoteRefusal, QuoteRefused
from gateway.core.refusal import Refusal
from gateway.core.tariff import TariffFault, shared_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gateway.core.meter import MeterAccount
    from gateway.core.money import Money
    from gateway.core.quote import Quote
    from gateway.multi_tariff.tariff_in_force import LocalMoment, TariffInForce

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

#: How long an offer holds: a customer at a counter has paid by then, and the block may be another's soon.
_OFFER_HOLDS = timedelta(minutes=15)

#: Moments and mixes remembered: those of the batch in work, for the versions in force.
_REMEMBERED_MAX = 256

#: Why a quote is refused → what the sale says.
_REFUSALS = {
    QuoteRefusal.NOT_POSITIVE: Refusal.BAD_AMOUNT,
    QuoteRefusal.WRONG_CURRENCY: Refusal.WRONG_CURRENCY,
    QuoteRefusal.BELOW_CHARGES: Refusal.BELOW_MINIMUM,
    QuoteRefusal.BUYS_NOTHING: Refusal.BELOW_MINIMUM,
    QuoteRefusal.TOO_MUCH: Refusal.OVER_LIMIT,
    QuoteRefusal.NOT_A_MULTIPLE: Refusal.NOT_A_MULTIPLE,
    QuoteRefusal.BELOW_LEAST: Refusal.BELOW_MINIMUM,
    QuoteRefusal.ABOVE_MOST: Refusal.OVER_LIMIT,
    QuoteRefusal.TOO_OFTEN: Refusal.TOO_OFTEN,
    QuoteRefusal.BY_READINGS: Refusal.BY_READINGS,
}

#: Reasons that say nothing beyond the refusal's own sentence.
_PLAIN = frozenset({QuoteRefusal.NOT_POSITIVE, QuoteRefusal.WRONG_CURRENCY, QuoteRefusal.TOO_OFTEN})


class TariffPricing:
    """Prices by the version in force at the moment of the sale, per power type."""

    def __init__(self, versions: Sequence[TariffInForce]) -> None:
        self._shelf = _Shelf(versions)

    def replace_versions(self, versions: Sequence[TariffInForce]) -> None:
        """Price by these from now on, while a batch may be priced on another thread.

        It gets the old or the new ones, never a part of each: all of them are put in place by one assignment.
        """
        self._shelf = _Shelf(versions)

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """The customers' own accounts whose balances a price may depend on, ``{}`` for an account number.

        Those of versions that are still to come are among them: a batch that began before is ready for them.
        """
        return self._shelf.own_accounts

    def currency(self, meter: MeterAccount, now: datetime) -> str | None:
        """Return the currency this meter is sold in, or None where no tariff is in force."""
        version = self._shelf.in_force(meter.power_type, now)
        return None if version is None else version.tariff.currency

    def holds_until(self, meter: MeterAccount, now: datetime) -> datetime:
        """Until when an offer of now may be paid: a while, or until a new version is in force."""
        names = (meter.power_type, *(name for name, _ in meter.proportions))
        return min([now + _OFFER_HOLDS, *self._shelf.changes(names, now)])

    def price(
        self, meter: MeterAccount, tender: Money, now: datetime, balances: Mapping[str, int], channel: str
    ) -> Priced | Declined:
        """Price a tender with the meter's own counters; see the module for the refusals.

        ``balances`` are the books' (debit positive), ``channel`` is who takes the money.
        """
        shelf = self._shelf
        version = shelf.of(meter, now)
        if version is None:
            return Declined(Refusal.NO_TARIFF)
        local = shelf.local(version, now)
        buyer = version.buyer(meter, local, balances, channel)
        try:
            quote = version.tariff.quote(tender, buyer)
        except TariffFault:
            return Declined(Refusal.NO_TARIFF)  # schemes or power types that come to no price together
        if isinstance(quote, QuoteRefused):
            return _declined(quote)
        moved = version.moved(meter.counters, local, quote)
        lines = tuple([version.line(line, meter.account_no) for line in quote.lines])
        if quote.account_minor or quote.residual_minor:
            lines += _change(quote, chart.customer(meter.account_no))
        beside = _beside(quote, version, meter) if quote.preference else ()
        explanation = explained(
            lines,
            beside,
            exact_wh=(quote.wh_num, quote.wh_den),
            moved=moved,
            buyer=buyer,
            free_wh=quote.free_wh,
        )
        return Priced(quote.energy_wh, quote.free_wh, lines, beside, quote.version, moved, explanation)

    def cost(
        self, meter: MeterAccount, energy_wh: int, now: datetime, balances: Mapping[str, int], channel: str
    ) -> Money | Declined:
        """Say what so many Wh cost, with all that is due; refused as a tender is."""
        shelf = self._shelf
        version = shelf.of(meter, now)
        if version is None:
            return Declined(Refusal.NO_TARIFF)
        buyer = version.buyer(meter, shelf.local(version, now), balances, channel)
        try:
            quote = version.tariff.quote_energy(energy_wh, buyer)
        except TariffFault:
            return Declined(Refusal.NO_TARIFF)  # as above
        return _declined(quote) if isinstance(quote, QuoteRefused) else quote.tender


class _Shelf:
    """The versions that prices are taken from, and what was worked out of them; replaced as a whole."""

    def __init__(self, versions: Sequence[TariffInForce]) -> None:
        by_type: dict[str, list[TariffInForce]] = {}
        for version in sorted(versions, key=lambda v: v.from_moment):
            before = by_type.setdefault(version.power_type, [])
            before.insert(0, _charged_on(before[0], version) if before else version)
        self._newest_first: Mapping[str, list[TariffInForce]] = by_type
        self._mixes: dict[tuple[tuple[int, int], ...], TariffInForce] = {}
        self._moment: datetime | None = None
        self._locals: dict[int, LocalMoment] = {}
        patterns = [pattern for version in versions for pattern in version.own_accounts]
        self.own_accounts = tuple(dict.fromkeys(patterns))

    def of(self, meter: MeterAccount, now: datetime) -> TariffInForce | None:
        """The version that a meter is priced by at a moment."""
        return self.mixed(meter, now) if meter.proportions else self.in_force(meter.power_type, now)

    def in_force(self, power_type: str, now: datetime) -> TariffInForce | None:
        """The version of a power type that counts at a moment."""
        for version in self._newest_first.get(power_type, ()):
            if version.from_moment <= now:
                return version
        return None

    def mixed(self, meter: MeterAccount, now: datetime) -> TariffInForce | None:
        """The versions of several power types put together for a meter; None where one is lacking."""
        ordered = sorted(meter.proportions, key=lambda part: part[0] != meter.power_type)
        found = [(percent, self.in_force(name, now)) for name, percent in ordered]
        parts = [(percent, version) for percent, version in found if version is not None]
        if len(parts) < len(found):
            return None
        key = tuple([(id(version), percent) for percent, version in parts])
        mix = self._mixes.get(key)
        if mix is None:
            main = parts[0][1]
            try:
                tariff = shared_by([(v.power_type, percent, v.tariff) for percent, v in parts])
                mix = replace(main, power_type=meter.power_type, tariff=tariff)
            except TariffFault:
                return None  # these cannot be sold by one meter: whoever registers it is told
            _keep(self._mixes, key, mix)
        return mix

    def changes(self, power_types: Iterable[str], now: datetime) -> list[datetime]:
        """When versions of these power types come into force after a moment."""
        found = [version for name in power_types for version in self._newest_first.get(name, ())]
        return [version.from_moment for version in found if version.from_moment > now]

    def local(self, version: TariffInForce, now: datetime) -> LocalMoment:
        """The moment in a version's zone; all the payments of a batch have the same moment."""
        if now is not self._moment:
            self._moment, self._locals = now, {}
        local = self._locals.get(id(version))
        if local is None:
            local = version.local(now)
            _keep(self._locals, id(version), local)
        return local


def _charged_on(before: TariffInForce, version: TariffInForce) -> TariffInForce:
    """Let a version take over since when there are charges by the month or day from the one before it."""
    since, daily_since = version.charged_since, version.charged_daily_since
    if before.charges_months and version.charges_months:
        since = before.charged_since or before.from_moment
    if before.tariff.counts_days and version.tariff.counts_days:
        daily_since = before.charged_daily_since or before.from_moment
    return replace(version, charged_since=since, charged_daily_since=daily_since)


def _keep(memory: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    if len(memory) >= _REMEMBERED_MAX:
        memory.clear()
    memory[key] = value


def _declined(quote: QuoteRefused) -> Declined:
    detail = "" if quote.reason in _PLAIN and not quote.detail else quote.detail or quote.reason.value
    return Declined(_REFUSALS[quote.reason], detail)


def _change(quote: Quote, account: str) -> tuple[PricedLine, ...]:
    """The customer's change: what was left over before is used, what is left over now is kept.

    Where change was used and the payment that it came from was taken back, the account owes it: it is paid.
    """
    before = "CHANGE_USED" if quote.account_minor > 0 else "CHANGE_OWED"
    return tuple(
        PricedLine(code, minor, account)
        for code, minor in ((before, -quote.account_minor), ("CHANGE_KEPT", quote.residual_minor))
        if minor
    )


def _beside(quote: Quote, version: TariffInForce, meter: MeterAccount) -> tuple[PricedLine, ...]:
    """Book a preferential price at the list price, with what it cost on the account that bears it."""
    at_list: dict[tuple[str, str], int] = {}
    borne: list[PricedLine] = []
    for cost in quote.preference:
        for code, minor in cost.of:
            line = next(line for line in quote.lines if (line.code, line.part) == (code, cost.part))
            place = code, version.line(line, meter.account_no).account
            at_list[place] = at_list.get(place, 0) + minor
        borne.append(PricedLine(cost.scheme, -cost.minor, cost.funder or chart.PREFERENCE))
    return (*(PricedLine(code, minor, account) for (code, account), minor in at_list.items()), *borne)
