"""A meter as the till sees it: who it belongs to, how it takes credit, and its running counters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gateway.core.counters import NOTHING_COUNTED, Counters
from gateway.core.quickly_built import quickly_built

if TYPE_CHECKING:
    from gateway.core.token import StsIdentity


class MeterState(Enum):
    """May credit be sold to this meter?"""

    ACTIVE = "active"
    BLOCKED = "blocked"
    REMOVED = "removed"


class Carrier(Enum):
    """What carries the credit to the meter."""

    TOKEN = "token"  # noqa: S105 - a carrier, not a secret
    CARD = "card"
    REMOTE = "remote"


@quickly_built
@dataclass(frozen=True, slots=True)
class MeterAccount:
    """A meter with its customer and the counters a sale moves.

    ``last_tid`` is the newest token id given out (minutes from the base date). It and ``counters`` change
    only inside the poster. ``contract_w`` is the contracted power (0: none), ``schemes`` are the codes of the
    customer's preferential schemes. ``proportions`` divide what the meter counts among several power types,
    as (power type, percent); empty: all of it is of ``power_type``.
    """

    id: int
    pan: str
    identity: StsIdentity
    state: MeterState
    carrier: Carrier
    power_type: str
    account_no: str
    customer: str
    last_tid: int | None
    counters: Counters = NOTHING_COUNTED
    contract_w: int = 0
    schemes: tuple[str, ...] = ()
    proportions: tuple[tuple[str, int], ...] = ()

    def counted(self, *, last_tid: int | None, counters: Counters) -> MeterAccount:
        """Return the meter with its counters moved (spelled out: every sale does this, twice as fast)."""
        return MeterAccount(
            self.id, self.pan, self.identity, self.state, self.carrier, self.power_type, self.account_no,
            self.customer, last_tid, counters, self.contract_w, self.schemes, self.proportions,
        )  # fmt: skip


@quickly_built
@dataclass(frozen=True, slots=True)
class MeterRef:
    """How a request names a meter: by its 18-digit PAN, by the customer's account number, or by a number that
    may be either.
    """

    pan: str | None = None
    account_no: str | None = None

    def __post_init__(self) -> None:
        """At least one way of naming it."""
        if self.pan is None and self.account_no is None:
            raise ValueError("a meter is named by its PAN or by an account number")
