"""The buyer at the moment of a purchase: all that a price depends on beside the tariff and the tender."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.quickly_built import quickly_built

if TYPE_CHECKING:
    from datetime import datetime


@quickly_built
@dataclass(frozen=True, slots=True)
class Buyer:
    """What a quote must know of the customer, for the local moment of the payment.

    ``at`` is the payment's time in the tariff's zone (None only where no price depends on the time).
    ``mtd_wh`` and ``ytd_wh`` are the energy bought in this month and this ladder year before the payment,
    ``average_wh`` the mean of the months before (None: none yet). ``months_due`` and ``days_due`` count the
    periods for which fixed charges are owed, ``times_today`` the purchases already made on this day.
    ``schemes`` are the preferential schemes the customer belongs to; ``free_claimed`` says that the free
    energy of this month is given. Debts (``arrears_minor``, ``emergency_minor``) and ``account_minor``, the
    change left over from earlier purchases, are minor units; ``account_minor`` is below zero where change was
    used whose payment was taken back since. ``channel`` is who takes the money.
    Raises ValueError for any other negative number.
    """

    at: datetime | None = None
    mtd_wh: int = 0
    ytd_wh: int = 0
    average_wh: int | None = None
    months_due: int = 1
    days_due: int = 0
    times_today: int = 0
    contract_w: int = 0
    schemes: tuple[str, ...] = ()
    free_claimed: bool = False
    arrears_minor: int = 0
    emergency_minor: int = 0
    account_minor: int = 0
    channel: str = ""

    def __post_init__(self) -> None:
        """Refuse a count below zero."""
        least = min(self.mtd_wh, self.ytd_wh, self.months_due, self.days_due, self.times_today)
        if min(least, self.contract_w, self.arrears_minor, self.emergency_minor) < 0:
            raise ValueError("what is counted or owed starts at zero")
