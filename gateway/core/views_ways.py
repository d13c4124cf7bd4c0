"""Ways to meters, and the groups and schedules by which they are read: as lists and one by one.

    question      rows                                count                totals
    Ways          ways by the meter's number          up to ``COUNT_MAX``  None
    WayFile       its newest amendments               of these             all that is known of it, or None
    Groups        groups by their code                of these             None
    Schedules     schedules by their code             of these             None
    GroupReaches  the meters of a group by number     of the whole group   None

A branch sees the ways to its own customers' meters; those of the network's meters, groups and schedules are
the whole utility's, and shown to nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.core.reading_plan import MeterGroup, ReadingSchedule
from gateway.core.views import Query, require_page
from gateway.core.views_files import require_text
from gateway.core.views_points import AmendmentRow

if TYPE_CHECKING:
    from gateway.core.meter_way import LineKind, MeterWay
    from gateway.core.remote_order import RemoteOrder

#: Meters of a group that one question gives: a town of 100,000 is had in ten.
REACHES_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class WayRow:
    """A way, and whose meter it leads to: customer, branch and address "" where it is the network's.

    ``is_fitted``: the meter hangs at a customer's, or measures a place of the network.
    """

    way: MeterWay
    customer: str
    account_no: str
    branch: str
    address: str
    is_fitted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways(Query[WayRow, None]):
    """The ways of a branch, or all, that are all of what is asked for; None asks for nothing.

    ``text`` is in the meter's number, the line's place, the bus, the address or the customer's name;
    ``place`` is a code of the network at which the meter hangs, or which it measures. ``after`` is the number
    of the last one of the page before.
    """

    branch: str | None
    text: str | None = None
    model: str | None = None
    kind: LineKind | None = None
    of_branch: str | None = None
    place: str | None = None
    is_protected: bool | None = None
    is_on: bool | None = None
    is_descending: bool = False
    after: str | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        """Refuse a page or a text that is none."""
        require_page(self.limit)
        require_text(self.text)


@dataclass(frozen=True, slots=True)
class WayFacts:
    """What the books hold of a meter and the way to it; ``row`` None: it has none yet.

    ``orders`` are its remote orders, the newest ``ORDERS_SHOWN``; whoever belongs to a branch sees those that
    were given for its own customers. ``relay`` is where its relay was seen last, "" where nobody has looked,
    in a contact at ``seen_us``.
    """

    row: WayRow | None
    customer: str
    account_no: str
    branch: str
    address: str
    amendments: tuple[AmendmentRow, ...]
    orders: tuple[RemoteOrder, ...]
    relay: str = ""
    seen_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WayFile(Query[AmendmentRow, WayFacts | None]):
    """One meter by its number; None for one that hangs nowhere and has no way."""

    branch: str | None
    pan: str


@dataclass(frozen=True, slots=True)
class Groups(Query[MeterGroup, None]):
    """All groups: the utility's own, so they are few."""


@dataclass(frozen=True, slots=True)
class Schedules(Query[ReadingSchedule, None]):
    """All schedules: the utility's own, so they are few."""


@dataclass(frozen=True, slots=True)
class MeterReach:
    """How a meter of a group is reached: by its number, over which kind of line, to which place and bus."""

    pan: str
    kind: LineKind
    place: str = field(repr=False)
    bus: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupReaches(Query[MeterReach, None]):
    """The meters of a group that hang somewhere and have a way that is on; a code that is none has none.

    ``after`` is the number of the last one of the portion before.
    """

    code: str
    after: str | None = None
    limit: int = REACHES_MAX

    def __post_init__(self) -> None:
        """Refuse a portion that is none."""
        if not 1 <= self.limit <= REACHES_MAX:
            raise ValueError(f"a portion has 1 to {REACHES_MAX} meters, not {self.limit}")
