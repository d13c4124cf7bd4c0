"""A purchase walks the steps of the price, from where the counters stand.

By money it goes until the money is gone, by energy until the energy is. A boundary belongs to the lower step.
Whole numbers throughout: energy in units of 1/wh_scale Wh, money in units of 1/scale minor units, and where
the money is itself a ratio (debts took a third of it) in units of 1/(scale · den).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.quickly_built import quickly_built

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.core.tariff.plan import Plan, PlanStep


@quickly_built
@dataclass(frozen=True, slots=True)
class Walked:
    """What was taken: whole units of each step but the last, and ``num / den`` units of the last one.

    ``money`` is what all of it costs, a numerator over ``scale * money_den``.
    """

    full: Sequence[tuple[PlanStep, int]]
    last: PlanStep
    num: int
    den: int
    money: int
    money_den: int

    def total(self) -> int:
        """All units taken, a numerator over ``den``."""
        units = 0
        for _, width in self.full:
            units += width
        return units * self.den + self.num


def walk_money(plan: Plan, ladder_wh: int, month_wh: int, money: int, den: int = 1) -> Walked:
    """Take energy for ``money / (scale · den)`` minor units, which is more than nothing."""
    left = money
    full: list[tuple[PlanStep, int]] = []
    for step, width in _ahead(plan, ladder_wh, month_wh):
        price = step.price * den
        if width is None or width * price >= left:
            return Walked(full, step, left, price, money, den)
        full.append((step, width))
        left -= width * price
    raise AssertionError("the last step of a price is without end and costs something")


def walk_energy(plan: Plan, ladder_wh: int, month_wh: int, energy_wh: int) -> Walked:
    """Take so many Wh, more than none, and say what they cost."""
    left, money = energy_wh * plan.wh_scale, 0
    full: list[tuple[PlanStep, int]] = []
    for step, width in _ahead(plan, ladder_wh, month_wh):
        if width is None or width >= left:
            return Walked(full, step, left, 1, money + left * step.price, 1)
        full.append((step, width))
        left -= width
        money += width * step.price
    raise AssertionError("the last step of a price is without end")


def _ahead(plan: Plan, ladder_wh: int, month_wh: int) -> Iterator[tuple[PlanStep, int | None]]:
    """The steps ahead of these counters with how much each holds (None: without end).

    Whoever asks for the next step has taken the one before whole.
    """
    position, used = ladder_wh * plan.wh_scale, month_wh * plan.wh_scale
    for phase in plan.phases:
        room = None if phase.cap_wh is None else phase.cap_wh * plan.wh_scale - used
        if room is not None and room <= 0:
            continue
        for step in phase.steps:
            width = None if step.upto is None else step.upto - position
            if width is not None and width <= 0:
                continue
            if room is not None and (width is None or width > room):
                width = room
            yield step, width
            if width is None:
                return
            position += width
            used += width
            if room is not None:
                room -= width
                if not room:
                    break
