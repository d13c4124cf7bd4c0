"""A tariff version and its life: one transition table, and the rules of each step.

    (drafted) ──► DRAFT ──approve──► APPROVED ··· its moment comes: it is in force, and stays for ever
                    │                    │
                    │                    └──withdraw──► WITHDRAWN     only before it is in force
                    └──withdraw──────────────────────► WITHDRAWN

Whoever approves is not who drafted. Body and moment of a version never change, and nobody else gets its name:
a receipt that names a version can be worked out again years later. Being in force is no step: of the approved
versions of a power type it is the one that began last (``standing``).

What an operator asks for in vain is a refusal with the path of the wrong field, and no error. A step that the
table does not have is an error of ours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

#: Seconds between an approval, or a withdrawal, and the version's moment: a running gateway looks every few
#: seconds, and must have seen it by then.
LEAD_S: Final = 60

#: Who drafted and approved the versions that a new gateway begins with: nobody is there yet to ask.
SET_UP: Final = "set-up"


class TariffState(Enum):
    """Where a version stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class TariffEvent(Enum):
    """What can happen to a version."""

    APPROVE = "approve"
    WITHDRAW = "withdraw"


TRANSITIONS: Final[dict[tuple[TariffState, TariffEvent], TariffState]] = {
    (TariffState.DRAFT, TariffEvent.APPROVE): TariffState.APPROVED,
    (TariffState.DRAFT, TariffEvent.WITHDRAW): TariffState.WITHDRAWN,
    (TariffState.APPROVED, TariffEvent.WITHDRAW): TariffState.WITHDRAWN,
}


class IllegalTariffStep(RuntimeError):  # noqa: N818 - the style's name for a step the table does not have
    """The version cannot take this step from where it stands."""


def step(state: TariffState, event: TariffEvent) -> TariffState:
    """Return the state that follows; IllegalTariffStep where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTariffStep(f"a version that is {state.value} cannot {event.value}") from None


@dataclass(frozen=True, slots=True)
class TariffDraft:
    """A version as somebody wants it; ``body`` is the tariff object as JSON text, as it is kept for ever."""

    power_type: str
    version: str
    from_moment: datetime
    body: str
    drafted_by: str
    drafted_at: datetime


@dataclass(frozen=True, slots=True)
class TariffVersion(TariffDraft):
    """A version as it is kept, and who did what to it."""

    state: TariffState = TariffState.DRAFT
    approved_by: str | None = None
    approved_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    reason: str | None = None

    @classmethod
    def of(cls, draft: TariffDraft) -> Self:
        """Begin the life of a draft."""
        return cls(
            power_type=draft.power_type,
            version=draft.version,
            from_moment=draft.from_moment,
            body=draft.body,
            drafted_by=draft.drafted_by,
            drafted_at=draft.drafted_at,
        )

    def approved(self, by: str, at: datetime) -> Self:
        """Return the version as it stands once somebody has approved it."""
        return replace(self, state=step(self.state, TariffEvent.APPROVE), approved_by=by, approved_at=at)

    def withdrawn(self, by: str, at: datetime, reason: str) -> Self:
        """Return the version as it stands once somebody has withdrawn it."""
        state = step(self.state, TariffEvent.WITHDRAW)
        return replace(self, state=state, withdrawn_by=by, withdrawn_at=at, reason=reason)

    @property
    def place(self) -> tuple[str, datetime, str]:
        """Where it stands in a list of versions."""
        return self.power_type, self.from_moment, self.version


@dataclass(frozen=True, slots=True)
class TariffHead:
    """How far the lives of all versions have come. Every step raises one of the three, so none is missed."""

    versions: int
    approvals: int
    withdrawals: int


@dataclass(frozen=True, slots=True)
class PricedType:
    """What is known of a power type: all of its versions, and whether a meter is priced by them."""

    versions: tuple[TariffVersion, ...]
    has_meters: bool

    def having(self, version: TariffVersion) -> Self:
        """Return what is known once this version stands so, new or not."""
        others = (one for one in self.versions if one.version != version.version)
        return replace(self, versions=(*others, version))

    def named(self, version: str) -> TariffVersion | None:
        """Find a version by its name."""
        return next((one for one in self.versions if one.version == version), None)

    @property
    def approved(self) -> tuple[TariffVersion, ...]:
        """Those that are, were or will be in force, by their moment."""
        found = (one for one in self.versions if one.state is TariffState.APPROVED)
        return tuple(sorted(found, key=lambda one: one.place))

    def before(self, version: TariffDraft) -> TariffVersion | None:
        """Find the approved version that this one takes over from."""
        earlier = [one for one in self.approved if one.from_moment < version.from_moment]
        return earlier[-1] if earlier else None

    def at(self, version: TariffDraft) -> TariffVersion | None:
        """Find another approved version that begins at the same moment."""
        same = (one for one in self.approved if one.from_moment == version.from_moment)
        return next((one for one in same if one.version != version.version), None)


class Standing(Enum):
    """How a version stands at a moment, in the words of a list."""

    DRAFT = "draft"
    LAPSED = "draft, lapsed"
    """A draft whose moment is too near or has passed: it can no longer be approved."""
    APPROVED = "approved"
    IN_FORCE = "in force"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


def standing(version: TariffVersion, of_type: Sequence[TariffVersion], now: datetime) -> Standing:
    """Say how a version stands among all those of its power type."""
    match version.state:
        case TariffState.WITHDRAWN:
            return Standing.WITHDRAWN
        case TariffState.DRAFT:
            return Standing.LAPSED if is_too_late(version, now) else Standing.DRAFT
    if version.from_moment > now:
        return Standing.APPROVED
    begun = [one for one in of_type if one.state is TariffState.APPROVED and one.from_moment <= now]
    # Of two that begin together (from before approvals) the first by name is in force, as in the price.
    newest = min(begun, key=lambda one: (now - one.from_moment, one.version))
    return Standing.IN_FORCE if newest.version == version.version else Standing.REPLACED


def is_too_late(version: TariffDraft, now: datetime) -> bool:
    """Is its moment so near that a running gateway might not hear of a step in time?"""
    return version.from_moment < now + timedelta(seconds=LEAD_S)


@dataclass(frozen=True, slots=True)
class BodyTerms:
    """What a new version may not change unseen: its currency, and the zone in which its months begin."""

    currency: str
    timezone: str


def terms_of(body: str) -> BodyTerms | None:
    """Read the terms of a stored body; None where it has none that can be read."""
    try:
        table = json.loads(body)
        return BodyTerms(str(table["currency"]), str(table["timezone"]))
    except (ValueError, TypeError, KeyError):
        return None
