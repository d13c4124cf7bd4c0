"""Supply points, and how the files were amended: as lists and one by one.

    question         rows                            count                totals
    SupplyPoints     supply points by number         up to ``COUNT_MAX``  None
    SupplyPointFile  its newest amendments           of these             all that is known of it, or None
    NetworkPlaces    places of the network by code   of these             None
    Amendments       amendments, the newest first    up to ``COUNT_MAX``  None
    DuePoints        changes due, the oldest first   of these             when the next one begins, or None

A branch sees the supply points of its own customers, and what was amended of these customers, their supply
points and their meters. The network is everybody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.network import NetworkPlace
from gateway.core.paging import Paged, require_range
from gateway.core.views import PAGE_MAX, Query, require_page
from gateway.core.views_files import require_text

if TYPE_CHECKING:
    from gateway.core.amendment import Amendment, AmendmentKind, Subject
    from gateway.core.fitting import Fitting
    from gateway.core.network import NetworkKind
    from gateway.core.supply_point import PointState, SupplyPoint
    from gateway.core.views_files import MeterRow

#: Amendments that a file shows; older ones stand in the list of all.
AMENDMENTS_SHOWN: Final = 20

#: Supply points that a customer's file shows; the others stand in the list of all.
POINTS_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class PointRow:
    """A supply point as a list shows it; ``area`` is its area's name, its code where the network has none."""

    point: SupplyPoint
    customer: str
    branch: str
    area: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyPoints(Query[PointRow, None]):
    """The supply points of a branch, or of all, that are all of what is asked for; None asks for nothing.

    ``text`` is in the number, the address, the meter's number or the customer's name; ``area`` is a code.
    ``after`` is the number of the last one of the page before.
    """

    branch: str | None
    text: str | None = None
    area: str | None = None
    state: PointState | None = None
    power_type: str | None = None
    is_descending: bool = False
    after: str | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        """Refuse a page or a text that is none."""
        require_page(self.limit)
        require_text(self.text)


@dataclass(frozen=True, slots=True)
class AmendmentRow:
    """An amendment, when it was made, its number among all; ``link`` is that of the chain that seals it."""

    id: int
    at_us: int
    amendment: Amendment
    link: int


@dataclass(frozen=True, slots=True)
class PointFacts:
    """All that the books hold of a supply point, with its meter as it is fitted, where it has one.

    ``places`` are those of the network that it names, as far as the dictionary has them. ``amendments`` are
    its own and those of its meters' fittings here, the newest ``AMENDMENTS_SHOWN``; ``has_older`` if there
    are more.
    """

    row: PointRow
    places: tuple[NetworkPlace, ...]
    meter: MeterRow | None
    fitting: Fitting | None
    amendments: tuple[AmendmentRow, ...]
    has_older: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyPointFile(Query[AmendmentRow, PointFacts | None]):
    """One supply point by its number."""

    branch: str | None
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlaces(Query[NetworkPlace, None]):
    """The network's dictionary, or all of one kind, whoever asks; it goes on behind the code ``after``."""

    kind: NetworkKind | None = None
    after: str | None = None
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendments(Paged[AmendmentRow, None]):
    """What was amended that is all of what is asked for; None asks for nothing.

    ``numbers`` are what a subject may be known by: an account number, a supply point's, a meter's 18 digits,
    a code of the network. ``by`` is who made it. ``first_us`` and ``last_us`` are moments, both included.
    """

    branch: str | None
    subject: Subject | None = None
    numbers: tuple[str, ...] = ()
    kind: AmendmentKind | None = None
    by: str | None = None
    first_us: int | None = None
    last_us: int | None = None

    def __post_init__(self) -> None:
        """Refuse a text that is none, and days that run backwards."""
        Paged.__post_init__(self)
        for text in (*self.numbers, self.by):
            require_text(text)
        require_range(self.first_us, self.last_us, "moments")


@dataclass(frozen=True, slots=True)
class DuePoint:
    """A supply point whose terms change at a moment: as it stands, and the power types that it will have."""

    number: str
    version: int
    pan: str
    begins_us: int
    power_types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePoints(Query[DuePoint, int | None]):
    """The changes of terms that begin at ``until_us`` at the latest; ``totals`` is of those behind it.

    ``after`` is the moment and the number of the last one of the page before.
    """

    until_us: int
    after: tuple[int, str] | None = None
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)
