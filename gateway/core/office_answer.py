"""What is answered to the office's orders, beside the refusals of ``core.office``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.invoice import Invoiced
from gateway.core.key_words import GroupNamed, KeyRefused, KeyStep
from gateway.core.tariff_rules import TariffRefused, TariffStep

if TYPE_CHECKING:
    from gateway.core.departure import Departure
    from gateway.core.ledger import Posting
    from gateway.core.session import Session

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
class ApprovalAsked:
    """Nothing is done yet: the order waits for a second person, under this reference, until this moment."""

    reference: str
    ends_us: int

    def stored(self) -> str:
        """Write the content as compact JSON."""
        return _dumps(("asked", self.reference, self.ends_us))


@dataclass(frozen=True, slots=True)
class LeavingFound:
    """What a departure would be now, and what would be posted with it; nothing is stored."""

    departure: Departure
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has signed in, and how far her session goes. It depends on the moment, so it is never stored."""

    session: Session


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """Not signed in. Why is in the diary: whoever tries is told one sentence, whatever the reason was."""


#: A step of a tariff's or a key's life is not remembered: asked for again it is refused, for it was taken.
LifeStep = TariffStep | KeyStep | GroupNamed
LifeRefused = TariffRefused | KeyRefused
#: An invoice is remembered by itself: asked for again, it is the one that stands.
OfficePassing = SignedIn | SignInRefused | LifeStep | LifeRefused | Invoiced | LeavingFound
