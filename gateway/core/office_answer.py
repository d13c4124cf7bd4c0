"""What is answered to the office's orders, beside the refusals of ``core.office``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.card_order import CardOrder, card_order_values
from gateway.core.invoice import Invoiced
from gateway.core.key_words import GroupNamed, KeyRefused, KeyStep
from gateway.core.tariff_rules import TariffRefused, TariffStep

if TYPE_CHECKING:
    from gateway.core.card import CardReason
    from gateway.core.card_check import Checked
    from gateway.core.card_stock import StockCard
    from gateway.core.departure import Departure
    from gateway.core.invoice import Invoice
    from gateway.core.ledger import Posting
    from gateway.core.refund_price import Worth
    from gateway.core.reset import Outcome
    from gateway.core.session import Session
    from gateway.core.station_certificate import StationCertificate

#: Made once.
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Changed:
    """Done: what it was done to, and the version it has now."""

    subject: str
    version: int = 1

    def stored(self) -> str:
        """Write the content as compact JSON."""
        return _dumps(("changed", self.subject, self.version))


@dataclass(frozen=True, slots=True)
class CardOrdered:
    """Where a purchase stands on its way to its card, behind the order that was given."""

    order: CardOrder

    def stored(self) -> str:
        """Write the content as compact JSON."""
        return _dumps(("card_order", *card_order_values(self.order)))


@dataclass(frozen=True, slots=True)
class CardSeen:
    """What a card that was read says against the books; ``card`` None: it is none of ours. Nothing is stored.

    ``order`` is the purchase on its way to it, or of its meter to another card; ``last`` the one that is on
    it and that its meter has not taken yet. ``checked`` compares it field by field.
    """

    reason: CardReason
    card: StockCard | None
    order: CardOrder | None
    last: CardOrder | None = None
    checked: tuple[Checked, ...] = ()


@dataclass(frozen=True, slots=True)
class CardHeld:
    """Which card a meter's next one takes the place of: ``serial`` "" for none. Nothing is stored.

    ``order`` is the purchase that goes on with the new card, None where nothing was bought; ``fee_minor`` is
    owed for a card and paid first.
    """

    serial: str
    order: CardOrder | None
    fee_minor: int


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """Nothing is done yet: the order waits for a second person, under this reference, until this moment."""

    reference: str
    ends_us: int

    def stored(self) -> str:
        """Write the content as compact JSON."""
        return _dumps(("asked", self.reference, self.ends_us))


@dataclass(frozen=True, slots=True)
class LeavingFound:
    """What a departure would be now, and what would be posted with it; nothing is stored.

    ``worth`` is what the energy would cost today, where it is given back at that; ``reds`` are the red
    invoices that would be written.
    """

    departure: Departure
    postings: tuple[Posting, ...]
    worth: Worth | None = None
    reds: tuple[Invoice, ...] = ()


@dataclass(frozen=True, slots=True)
class ResetFound:
    """What would follow from a reset now, and what would be posted with it; nothing is stored."""

    outcome: Outcome
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has signed in, and how far her session goes. It depends on the moment, so it is never stored."""

    session: Session


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """Not signed in. Why is in the diary: whoever tries is told one sentence, whatever the reason was."""


@dataclass(frozen=True, slots=True)
class StationCertified:
    """The certificate that a station has got. It stands in its own row, so nothing is remembered."""

    certificate: StationCertificate


#: A step of a tariff's or a key's life is not remembered: asked for again it is refused, for it was taken.
LifeStep = TariffStep | KeyStep | GroupNamed
LifeRefused = TariffRefused | KeyRefused
#: An invoice is remembered by itself: asked for again, it is the one that stands.
OfficePassing = (
    SignedIn
    | SignInRefused
    | LifeStep
    | LifeRefused
    | Invoiced
    | LeavingFound
    | ResetFound
    | CardSeen
    | CardHeld
    | StationCertified
)
