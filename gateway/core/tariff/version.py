"""A version of a tariff, and what a purchase costs under it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Self

from gateway.core.quote import QuoteRefusal, QuoteRefused
from gateway.core.tariff.choice import MONEY, held_by, option_for, part_of, zone_at
from gateway.core.tariff.debit import Debit, debited
from gateway.core.tariff.field import NotBuilt, TariffFault
from gateway.core.tariff.plan import Plan, compile_plan
from gateway.core.tariff.preference import held_together
from gateway.core.tariff.purchase import buy_energy, buy_money
from gateway.core.tariff.reader import read_tariff
from gateway.core.tariff.table import Option, Period, TariffTable
from gateway.core.tariff.till import till_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.core.buyer import Buyer
    from gateway.core.money import Money
    from gateway.core.quote import Quote

_PLANS_MAX: Final = 512
"""Most compiled prices kept for one version: seasons, bands, and the schemes that customers really have."""

_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class MeterPart:
    """One power type's part of a meter: its name ("" where it has the whole meter), percent and prices."""

    name: str
    percent: int
    table: TariffTable


@dataclass(frozen=True, slots=True)
class Tariff:
    """One version of a tariff, ready to quote; ``timezone`` says where its days and months begin.

    Where several power types share a meter it has several ``parts``, the main one first.
    """

    version: str
    parts: tuple[MeterPart, ...]
    _plans: dict[tuple[int, ...], Plan] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object], version: str) -> Self:
        """Read a tariff object (JSON); TariffFault names the field that is wrong, NotBuilt a lacking one."""
        table = read_tariff(mapping)
        for option in (*table.energy.options, *((MONEY,) if table.holds_money else ())):
            compile_plan([part_of(table, option)])  # what cannot be solved is refused now, not at a sale
            for entries in held_together(table.preferences):
                try:
                    compile_plan([part_of(table, option, entries)])
                except TariffFault as fault:
                    schemes = ", ".join(dict.fromkeys(entry.scheme for entry in entries))
                    why = f"{fault.why}, for a customer of {schemes}"
                    raise TariffFault(entries[0].path, why) from fault
        return cls(version, (MeterPart("", _PERCENT, table),))

    @property
    def table(self) -> TariffTable:
        """The tariff as it was read; of a shared meter the main power type's."""
        return self.parts[0].table

    @property
    def currency(self) -> str:
        """The three letters of the money this tariff is in."""
        return self.table.currency

    @property
    def timezone(self) -> str:
        """The IANA zone in which its days and months begin."""
        return self.table.timezone

    @property
    def counts_days(self) -> bool:
        """A charge falls due by the day, so a quote needs ``days_due``."""
        return any(charge.period is Period.DAY for charge in self.table.charges)

    def quote(self, tender: Money, buyer: Buyer) -> Quote | QuoteRefused:
        """Price a tender; refused when it buys nothing or more than is sold, see QuoteRefusal."""
        plan = self.plan(buyer)
        if isinstance(plan, QuoteRefused):
            return plan
        return buy_money(till_of(self.parts[0].table, plan, buyer, self.version), tender)

    def quote_energy(self, energy_wh: int, buyer: Buyer) -> Quote | QuoteRefused:
        """Price so many Wh: the quote's tender is what they cost, with all that is due."""
        plan = self.plan(buyer)
        if isinstance(plan, QuoteRefused):
            return plan
        return buy_energy(till_of(self.parts[0].table, plan, buyer, self.version), energy_wh)

    def debit(self, readings: Sequence[tuple[str, int]], *, balance_minor: int, buyer: Buyer) -> Debit:
        """Price readings of (zone, Wh) in the order of use; see ``debit.debited`` for what is refused."""
        return debited(self, readings, balance_minor=balance_minor, buyer=buyer)

    def zone_at(self, moment: datetime) -> str | None:
        """Name the zone of use of a local moment; None where the tariff gives no hours for its zones."""
        return zone_at(self.table, moment)

    def plan(self, buyer: Buyer, zone: str | None = None) -> Plan | QuoteRefused:
        """The price for this buyer at his moment, compiled once and kept.

        ``zone`` is the zone of use ("" where the price has none), and None for a purchase: a price that has
        zones is then BY_READINGS, but for a meter that holds money.
        """
        chosen: list[Option] = []
        key: list[int] = []
        for part in self.parts:
            option = option_for(part.table, buyer, zone)
            if option is None:
                return QuoteRefused(QuoteRefusal.BY_READINGS)
            chosen.append(option)
            key.append(id(option))
            if buyer.schemes:
                key += [id(entry) for entry in held_by(part.table, buyer)]
        plan = self._plans.get(tuple(key))
        if plan is None:
            if len(self._plans) >= _PLANS_MAX:
                self._plans.clear()
            plan = self._plans[tuple(key)] = compile_plan(
                [
                    part_of(
                        part.table,
                        option,
                        held_by(part.table, buyer),
                        name=part.name,
                        share=Fraction(part.percent, _PERCENT),
                    )
                    for part, option in zip(self.parts, chosen, strict=True)
                ]
            )
        return plan


def shared_by(parts: Sequence[tuple[str, int, Tariff]]) -> Tariff:
    """Put the tariffs of several power types on one meter: (power type, percent, tariff), the main one first.

    Charges, debts, limits and rounding are the main one's. Raises ValueError where the percentages do not sum
    to 100, NotBuilt where the tariffs count or are paid in different ways.
    """
    if sum(percent for _, percent, _ in parts) != _PERCENT:
        raise ValueError("the parts of a shared meter are 100 percent together")
    main = parts[0][2]
    for _, _, other in parts[1:]:
        for what, mine, theirs in (
            ("currency", main.currency, other.currency),
            ("timezone", main.timezone, other.timezone),
            ("credit_unit", main.table.holds_money, other.table.holds_money),
            ("energy.reset", main.table.energy.ladder, other.table.energy.ladder),
        ):
            if mine != theirs and not (what == "energy.reset" and (_is_flat(main) or _is_flat(other))):
                raise NotBuilt(what, "power types that differ in it on one meter")
    counting = next((one for _, _, one in parts if not _is_flat(one)), main)
    if counting.table.energy.ladder != main.table.energy.ladder:
        raise NotBuilt("energy.reset", "a flat main power type beside one that counts in another way")
    return Tariff(
        "+".join(one.version for _, _, one in parts),
        tuple(MeterPart(name, percent, one.table) for name, percent, one in parts),
    )


def _is_flat(tariff: Tariff) -> bool:
    """Has it no steps, so that it does not matter how it counts?"""
    return all(len(option.steps) == 1 for option in tariff.table.energy.options)
