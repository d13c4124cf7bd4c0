"""What the office watches: the banks, what needs a person, and the day as it goes.

question     rows                                   count                 totals
Banks        a bank's standing per currency         of these              None
Exceptions   troubles, the newest first             up to ``COUNT_MAX``   how many are open, per kind
Dashboard    the day's sales, hour by hour          of these              everything a glance should show
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.paging import Paged, require_range
from gateway.core.trouble import Trouble
from gateway.core.views import Query

if TYPE_CHECKING:
    from datetime import date

    from gateway.core.bank_day import Counted
    from gateway.core.chain import Link
    from gateway.core.delivery import Backlog
    from gateway.core.views import BusinessDay
    from gateway.core.views_sales import SaleTotals


@dataclass(frozen=True, slots=True)
class BankStanding:
    """How a bank stands in one currency, and what it did in a business day.

    ``covers_minor`` is what is left of its float, ``owed_minor`` what it has to pay over (the credit that it
    uses), ``claimed_minor`` what is in dispute; all as of now. ``upheld`` and ``conceded`` are claims that
    have ended. ``energy_wh`` is what the day's payments bought. ``last_payment_us`` is the moment of its
    newest payment, None where there was none for a month.
    """

    bank: str
    currency: str
    covers_minor: int
    owed_minor: int
    claimed_minor: int
    payments: Counted
    reversals: Counted
    claims: Counted
    upheld: Counted
    conceded: Counted
    energy_wh: int
    last_payment_us: int | None


@dataclass(frozen=True, slots=True)
class Banks(Query[BankStanding, None]):
    """Every bank that the ledger has met, in the order of their codes."""

    day: date


@dataclass(frozen=True, slots=True)
class TroubleCount:
    """How many troubles of a kind are open, and since when the oldest."""

    kind: str
    count: int
    oldest_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptions(Paged[Trouble, tuple[TroubleCount, ...]]):
    """The troubles of a branch, or of all, that are all of what is asked for; None asks for nothing.

    A trouble without a sale belongs to no branch, and only who sees all branches sees it. ``begin_us`` is the
    first moment, ``end_us`` the first one behind. The totals count what is open, and heed the branch alone.
    """

    branch: str | None
    open_only: bool = True
    id: int | None = None
    kind: str | None = None
    bank: str | None = None
    begin_us: int | None = None
    end_us: int | None = None

    def __post_init__(self) -> None:
        """Refuse what runs backwards."""
        Paged.__post_init__(self)
        require_range(self.begin_us, self.end_us, "the time")


@dataclass(frozen=True, slots=True)
class HourFigures:
    """What was sold in an hour of the clock that begins at ``begins_us``, and stands: as channels have it."""

    begins_us: int
    currency: str
    count: int
    minor: int
    energy_wh: int


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """What was sold over one channel."""

    bank: str
    totals: SaleTotals


@dataclass(frozen=True, slots=True)
class OpenByAge:
    """Sales that somebody still has to finish: younger than an hour, than a day, older; and the oldest."""

    under_hour: int
    under_day: int
    older: int
    oldest_us: int | None


@dataclass(frozen=True, slots=True)
class Disputed:
    """Sales that a bank has reversed after their token was out: how many, and when the oldest was paid."""

    count: int
    oldest_us: int | None


@dataclass(frozen=True, slots=True)
class DayFacts:
    """Everything a glance should show. What concerns no customer is the same for every branch.

    ``head`` is the journal's newest link, None before the first.
    """

    channels: tuple[ChannelFigures, ...]
    open_sales: OpenByAge
    disputed: Disputed
    troubles: tuple[TroubleCount, ...]
    outbox: Backlog
    head: Link | None
    last_closed: BusinessDay | None


@dataclass(frozen=True, slots=True)
class Dashboard(Query[HourFigures, DayFacts]):
    """A business day as it stands at the moment ``now_us``; sales and troubles are those of the branch."""

    branch: str | None
    day: date
    now_us: int
