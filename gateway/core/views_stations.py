"""Questions of the door for card stations, and about it.

question              rows                                            totals
StationKnown          the certificate of this fingerprint, its place  how many (0 or 1)
StationCertificates   certificates, the newest first                  how many
CardOrdersReserved    purchases that were only reserved, the oldest   how many
CardOrdersKnown       the purchase of a number, or all of a payment   how many
StationCodeKnown      the code with this hash                         how many (0 or 1)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.card_order import CardOrder
from gateway.core.station_certificate import StationCertificate, StationCode
from gateway.core.views import PAGE_MAX, Query, require_page

if TYPE_CHECKING:
    from gateway.core.staff import Station

#: Purchases that a watch looks at in one turn; what is left comes with the next.
RESERVED_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class KnownStation:
    """Who knocks: the certificate, its station, and the name of its branch."""

    certificate: StationCertificate
    station: Station
    branch_name: str


@dataclass(frozen=True, slots=True)
class StationKnown(Query[KnownStation, int]):
    """Whose certificate this is (SHA-256 in hex); what it is worth at a moment, the row itself says."""

    fingerprint: str


@dataclass(frozen=True, slots=True)
class StationCertificates(Query[StationCertificate, int]):
    """The certificates of a station, or of all; ``branch`` is that of whoever asks."""

    station: str = ""
    branch: str | None = None
    limit: int = PAGE_MAX

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class CardOrdersReserved(Query[CardOrder, int]):
    """Purchases that were reserved before a moment and never begun."""

    before_us: int
    limit: int = RESERVED_PAGE

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class CardOrdersKnown(Query[CardOrder, int]):
    """One purchase by its number, or those that a payment ever had, the newest first."""

    order: int = 0
    payment: str = ""


@dataclass(frozen=True, slots=True)
class StationCodeKnown(Query[StationCode, int]):
    """The code whose hash this is: which station it lets in."""

    digest: str
