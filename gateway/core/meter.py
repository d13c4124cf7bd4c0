"""A meter as the till sees it: who it belongs to, how it takes credit, and its running counters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.core.counters import NOTHING_COUNTED, Counters, prorated
from gateway.core.quickly_built import quickly_built
from gateway.core.token import rebased_tid

if TYPE_CHECKING:
    from datetime import date

    from gateway.core.key_change import KeyChange
    from gateway.core.preset import Preset
    from gateway.core.terms import Terms
    from gateway.core.token import StsIdentity

#: The id of a meter that has none yet: the database gives it.
NO_ID: Final = 0


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
    as (power type, percent); empty: all of it is of ``power_type``. ``is_test`` meters are no customer's.
    ``identity`` is the key that the meter is known to hold, ``key_change`` the one it is being moved to.
    ``preset`` is the energy that it came with, until a purchase has paid for it.
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
    is_test: bool = False
    key_change: KeyChange | None = None
    preset: Preset | None = None

    @property
    def token_identity(self) -> StsIdentity:
        """Under whose key its credit goes out: the new one as soon as a key change is on its way."""
        return self.identity if self.key_change is None else self.key_change.new

    def counted(self, *, last_tid: int | None, counters: Counters) -> MeterAccount:
        """Return the meter with its counters moved (spelled out: every sale does this, twice as fast)."""
        return MeterAccount(
            self.id, self.pan, self.identity, self.state, self.carrier, self.power_type, self.account_no,
            self.customer, last_tid, counters, self.contract_w, self.schemes, self.proportions,
            self.is_test, self.key_change, self.preset,
        )  # fmt: skip

    def with_terms(self, terms: Terms) -> MeterAccount:
        """Return the meter priced by the terms of its supply point; what it has bought goes on counting."""
        return replace(
            self,
            power_type=terms.power_type,
            proportions=terms.proportions,
            contract_w=terms.contract_w,
            schemes=terms.schemes,
        )

    def with_terms_from(self, terms: Terms, day: date) -> MeterAccount:
        """Return it priced by the terms, its counters in proportion where its power types are others."""
        priced = self.with_terms(terms)
        if (terms.power_type, terms.proportions) == (self.power_type, self.proportions):
            return priced
        return replace(priced, counters=prorated(self.counters, day))

    def changing_key(self, change: KeyChange) -> MeterAccount:
        """Return the meter on its way to another key.

        Where minutes are counted from another base date, so is its last token id: no minute is given out
        twice, however often a change is begun and given up.
        """
        last_tid = rebased_tid(self.last_tid, self.identity.base_date, change.new.base_date)
        return replace(self, key_change=change, last_tid=last_tid)

    def with_new_key(self) -> MeterAccount:
        """Return the meter that is known to hold the new key."""
        return replace(self, identity=self.token_identity, key_change=None)

    def with_old_key(self) -> MeterAccount:
        """Return the meter whose key change was given up."""
        last_tid = rebased_tid(self.last_tid, self.token_identity.base_date, self.identity.base_date)
        return replace(self, key_change=None, last_tid=last_tid)


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
