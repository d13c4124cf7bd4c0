"""A vending key's life without the key: one transition table, who did what, and what is known of its group.

    (loaded) ──► PENDING ──approve──► APPROVED ··· tokens are made with it from its moment on
                    │                     │
                    └──withdraw───────────┴──withdraw──► WITHDRAWN     no token is made with it any more

Whoever approves is not who loaded, and names the same check value. What was said of a key never changes; a
revision that was withdrawn may be loaded again, as another row. Serving is no step: of the approved keys of a
supply group it is the one that began last (``KeyRing.serving``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final, Self

from gateway.core.key_ring import KeyState
from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from gateway.core.key_ring import KeyRevision


class KeyEvent(Enum):
    """What can happen to a vending key."""

    APPROVE = "approve"
    WITHDRAW = "withdraw"


TRANSITIONS: Final[dict[tuple[KeyState, KeyEvent], KeyState]] = {
    (KeyState.PENDING, KeyEvent.APPROVE): KeyState.APPROVED,
    (KeyState.PENDING, KeyEvent.WITHDRAW): KeyState.WITHDRAWN,
    (KeyState.APPROVED, KeyEvent.WITHDRAW): KeyState.WITHDRAWN,
}


class IllegalKeyStep(RuntimeError):  # noqa: N818 - the style's name for a step the table does not have
    """The key cannot take this step from where it stands."""


def step(state: KeyState, event: KeyEvent) -> KeyState:
    """Return the state that follows; IllegalKeyStep where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalKeyStep(f"a key that is {state.value} cannot {event.value}") from None


@dataclass(frozen=True, slots=True)
class VendingKey:
    """A vending key as the registry has it: what is said of it, with its state, and who did what to it.

    ``id`` tells the rows of one revision apart, the newer the higher; 0 before it is written.
    """

    revision: KeyRevision
    loaded_by: str
    loaded_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    reason: str | None = None
    id: int = 0

    @classmethod
    def loaded(cls, revision: KeyRevision, by: str, at: datetime) -> Self:
        """Begin the life of a key."""
        return cls(replace(revision, state=KeyState.PENDING), by, at)

    def approved(self, by: str, at: datetime) -> Self:
        """Return the key as it stands once somebody has approved it."""
        return replace(self, revision=self._stepped(KeyEvent.APPROVE), approved_by=by, approved_at=at)

    def withdrawn(self, by: str, at: datetime, reason: str) -> Self:
        """Return the key as it stands once somebody has withdrawn it."""
        revision = self._stepped(KeyEvent.WITHDRAW)
        return replace(self, revision=revision, withdrawn_by=by, withdrawn_at=at, reason=reason)

    def _stepped(self, event: KeyEvent) -> KeyRevision:
        return replace(self.revision, state=step(self.state, event))

    @property
    def state(self) -> KeyState:
        """Where its life stands."""
        return self.revision.state

    @property
    def stands(self) -> bool:
        """Does it take the place of its revision? One that was withdrawn leaves it."""
        return self.state is not KeyState.WITHDRAWN

    @property
    def active_from(self) -> datetime:
        """From when on tokens are made with it."""
        return moment_of(self.revision.active_from_us)

    @property
    def place(self) -> tuple[str, int, int]:
        """Where it stands in a list of keys."""
        return (*self.revision.place, self.id)


@dataclass(frozen=True, slots=True)
class SupplyGroup:
    """A supply group with its name; ``timezone`` is an IANA name, or "" where it has the utility's."""

    sgc: str
    name: str
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class KeyHead:
    """How far the lives of all keys have come, and the groups. Whatever happens to either changes it."""

    keys: int
    approvals: int
    withdrawals: int
    groups: tuple[SupplyGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class MetersAlike:
    """So many meters of a group that are in use, with this encryption algorithm and key."""

    ea: str
    krn: int
    kt: int
    base_date: int
    count: int

    def holds(self, revision: KeyRevision) -> bool:
        """Is that the key they hold?"""
        return (self.krn, self.kt, self.base_date) == (revision.krn, revision.kt, revision.base_date)


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """What is known of a supply group: name, keys, meters; ``zone`` is its own civil time, if it has one."""

    sgc: str
    group: SupplyGroup | None = None
    zone: tzinfo | None = None
    keys: tuple[VendingKey, ...] = ()
    meters: tuple[MetersAlike, ...] = ()

    def having(self, key: VendingKey) -> Self:
        """Return what is known once this key stands so, new or not."""
        return replace(self, keys=(*(one for one in self.keys if one.id != key.id), key))

    def standing(self, krn: int) -> VendingKey | None:
        """Find the key that has the place of this revision."""
        return next((key for key in self.keys if key.revision.krn == krn and key.stands), None)

    def newest(self, krn: int) -> VendingKey | None:
        """Find the key of this revision: that which stands, or else the last that was withdrawn."""
        mine = [key for key in self.keys if key.revision.krn == krn]
        return max(mine, key=lambda key: (key.stands, key.id), default=None)

    @property
    def approved(self) -> tuple[VendingKey, ...]:
        """The keys that tokens are made with, at once or later."""
        return tuple(key for key in self.keys if key.state is KeyState.APPROVED)

    def meter_count(self, *, ea: str | None = None, holding: KeyRevision | None = None) -> int:
        """Count the meters: those of an encryption algorithm, those that hold a key, or all of them."""
        return sum(
            alike.count
            for alike in self.meters
            if ea in (None, alike.ea) and (holding is None or alike.holds(holding))
        )


def in_places(keys: Iterable[VendingKey]) -> list[VendingKey]:
    """Give the rows that count: one a revision, that which stands or the last that was withdrawn."""
    kept: dict[tuple[str, int], VendingKey] = {}
    for key in keys:
        known = kept.get(key.revision.place)
        if known is None or (known.stands, known.id) < (key.stands, key.id):
            kept[key.revision.place] = key
    return list(kept.values())
