"""Purchases as lots: what is left in a meter is of the last ones, at the price that was paid for them.

A lot's energy is all that its tokens carried, free energy as well; its lines are what was paid for energy,
with the taxes on it: fees, debts and change are not the energy's.

    bought 100 kWh for 55.00, then 50 kWh for 30.00; left are 60 kWh    →  50 kWh for 30.00, 10 kWh for 5.50

Money is cut down to whole minor units, line by line: never is more given back than was paid. It may be less,
where energy costs less by now (``refund_price.py``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core import chart

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.core.pricing import PricedLine

#: What is the energy's own, by the accounts on which it is booked.
_REVENUE: Final = "REV:"
_ENERGYS: Final = (_REVENUE, "LEVY:")


@dataclass(frozen=True, slots=True)
class Lot:
    """Energy of one purchase (``sale`` is its number), and what was paid for it, by accounts.

    ``given`` is what is given back for it; None: all that was paid.
    """

    sale: int
    energy_wh: int
    lines: tuple[PricedLine, ...] = ()
    given: tuple[PricedLine, ...] | None = None

    @property
    def minor(self) -> int:
        """What was paid for it."""
        return sum(line.minor for line in self.lines)

    @property
    def given_lines(self) -> tuple[PricedLine, ...]:
        """What is given back, by accounts."""
        return self.lines if self.given is None else self.given

    @property
    def given_minor(self) -> int:
        """What is given back."""
        return sum(line.minor for line in self.given_lines)

    def part(self, energy_wh: int) -> Lot:
        """Return a part of it, at its price."""
        if energy_wh >= self.energy_wh:
            return self
        return replace(self, energy_wh=energy_wh, lines=scaled(self.lines, energy_wh, self.energy_wh))


def lot_of(sale: int, energy_wh: int, lines: Iterable[PricedLine]) -> Lot:
    """Make a lot of a purchase: of its lines those that are for energy, and the tax on those."""
    listed = tuple(lines)
    own = tuple(line for line in listed if line.account.startswith(_ENERGYS))
    taxed = sum(line.minor for line in own)
    fees = sum(line.minor for line in listed if line.account.startswith("FEE:"))
    tax = tuple(line for line in listed if line.account == chart.VALUE_ADDED_TAX)
    # What is taxed besides is charged, not used: its part of the tax stays with it.
    paid = (*own, *(scaled(tax, taxed, taxed + fees) if fees > 0 and taxed > 0 else tax))
    return Lot(sale, energy_wh, paid if sum(line.minor for line in paid) > 0 else ())


def newest(lots: Sequence[Lot], energy_wh: int) -> tuple[Lot, ...]:
    """Say of which purchases what is left is: the last ones, the oldest of them first and perhaps in part.

    ``lots`` are all, the oldest first. Energy beyond them all is of none.
    """
    found: list[Lot] = []
    left = energy_wh
    for one in reversed(lots):
        if left <= 0:
            break
        found.append(one.part(left))
        left -= one.energy_wh
    return tuple(reversed(found))


def priced_as_last(lots: Sequence[Lot], energy_wh: int) -> tuple[PricedLine, ...]:
    """Price energy as the last purchase that cost something; () where nothing ever did."""
    last = next((one for one in reversed(lots) if one.lines and one.energy_wh > 0), None)
    return () if last is None else scaled(last.lines, energy_wh, last.energy_wh)


def by_account(lots: Iterable[Lot]) -> dict[str, int]:
    """Sum up what is given back for lots, account by account.

    Revenue is taken back as it was booked, for its energy is not sold any more; what of it is kept is booked
    on an account of its own. Of levies and taxes as much is taken back as goes with the money.
    """
    sums: dict[str, int] = {}
    for one in lots:
        given = sum(line.minor for line in one.given_lines if line.account.startswith(_REVENUE))
        booked = [line for line in one.lines if line.account.startswith(_REVENUE)]
        passed_on = [line for line in one.given_lines if not line.account.startswith(_REVENUE)]
        for line in (*booked, *passed_on):
            sums[line.account] = sums.get(line.account, 0) + line.minor
        kept = sum(line.minor for line in booked) - given
        sums[chart.REPRICED] = sums.get(chart.REPRICED, 0) - kept
    return {account: minor for account, minor in sums.items() if minor}


def scaled(lines: Iterable[PricedLine], part: int, whole: int) -> tuple[PricedLine, ...]:
    """Take a part of each line, cut down: a rebate is cut down as well, which makes it larger."""
    parts = (replace(line, minor=line.minor * part // whole) for line in lines)
    return tuple(line for line in parts if line.minor)
