"""A supply point: where a customer takes power, what he may take there, and the meter that counts it.

    (applied for) ──register──► REGISTERED ──install──► ACTIVE ──cancel──► CLOSED
          APPLIED ──give up───► CLOSED        ▲            │
                                              └──replace───┘   another meter, the same point

It stays when its meter is replaced: what the customer has agreed on is its own, not the meter's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final, Self

from gateway.core.customer import ADDRESS_MAX, check_priced_by
from gateway.core.terms import Terms

if TYPE_CHECKING:
    from gateway.core.terms import DueTerms

#: Supply points of one customer: a school or a chain of shops has dozens.
POINTS_MAX: Final = 999

#: Energy that nobody keeps in a meter: twenty years of a household.
KEPT_WH_MAX: Final = 10**9


#: Phases of a supply point that has more than one.
THREE_PHASES: Final = 3


class PointState(Enum):
    """How far a supply point has come."""

    APPLIED = "applied"
    REGISTERED = "registered"
    ACTIVE = "active"
    CLOSED = "closed"


class PointEvent(Enum):
    """What can happen to it."""

    REGISTER = "register"
    GIVE_UP = "give_up"
    INSTALL = "install"
    REPLACE = "replace"
    CANCEL = "cancel"


TRANSITIONS: Final[dict[tuple[PointState, PointEvent], PointState]] = {
    (PointState.APPLIED, PointEvent.REGISTER): PointState.REGISTERED,
    (PointState.APPLIED, PointEvent.GIVE_UP): PointState.CLOSED,
    (PointState.REGISTERED, PointEvent.GIVE_UP): PointState.CLOSED,
    (PointState.REGISTERED, PointEvent.INSTALL): PointState.ACTIVE,
    (PointState.ACTIVE, PointEvent.REPLACE): PointState.ACTIVE,
    (PointState.ACTIVE, PointEvent.CANCEL): PointState.CLOSED,
}


class IllegalStep(ValueError):  # noqa: N818 - the step that was tried
    """A supply point was asked for a step that its state does not allow."""


@dataclass(frozen=True, slots=True)
class SupplyPoint:
    """A supply point. ``number`` is the customer's account number with the point's own behind a dash.

    ``area``, ``feeder`` and ``transformer`` are codes of the network's dictionary, "" where not known.
    ``phases`` is 1 or 3. ``contract_w``, ``schemes`` and ``proportions`` are those of
    ``core.meter.MeterAccount``, which has them from here. ``alarm_wh`` is the credit at which the meter
    warns, ``hoard_wh`` the most that may stand in it (0: no limit). ``pan`` is the meter that is installed,
    "" for none. ``due`` is the change of its terms that is due, None for none. Raises ValueError for what
    cannot be.
    """

    number: str
    account_no: str
    address: str
    power_type: str
    area: str = ""
    feeder: str = ""
    transformer: str = ""
    phases: int = 1
    contract_w: int = 0
    schemes: tuple[str, ...] = ()
    proportions: tuple[tuple[str, int], ...] = ()
    alarm_wh: int = 0
    hoard_wh: int = 0
    state: PointState = PointState.APPLIED
    pan: str = ""
    version: int = 1
    due: DueTerms | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_priced_by(self.contract_w, self.schemes, self.proportions)
        if len(self.address) > ADDRESS_MAX:
            raise ValueError(f"an address has {ADDRESS_MAX} characters at most")
        if self.phases not in {1, THREE_PHASES}:
            raise ValueError("a supply point has 1 or 3 phases")
        if not 0 <= self.alarm_wh <= KEPT_WH_MAX or not 0 <= self.hoard_wh <= KEPT_WH_MAX:
            raise ValueError(f"what stands in a meter is 0 to {KEPT_WH_MAX} Wh")
        if self.hoard_wh and self.alarm_wh >= self.hoard_wh:
            raise ValueError("the meter warns below the most that may stand in it")
        if (self.state is PointState.ACTIVE) != bool(self.pan):
            raise ValueError("an active supply point has a meter, and no other has")

    @property
    def nth(self) -> int:
        """Which of its customer's supply points it is."""
        return int(self.number.rpartition("-")[2])

    @property
    def power_types(self) -> tuple[str, ...]:
        """All power types that its meter counts, the main one first."""
        return tuple(dict.fromkeys((self.power_type, *(name for name, _ in self.proportions))))

    @property
    def terms(self) -> Terms:
        """What its price depends on."""
        return Terms(self.power_type, self.proportions, self.contract_w, self.schemes)

    def with_terms(self, terms: Terms) -> Self:
        """Return it priced by these terms; its version is the caller's to count on."""
        return replace(
            self,
            power_type=terms.power_type,
            proportions=terms.proportions,
            contract_w=terms.contract_w,
            schemes=terms.schemes,
        )

    def may(self, event: PointEvent) -> bool:
        """Does its state allow this step?"""
        return (self.state, event) in TRANSITIONS

    def after(self, event: PointEvent, *, pan: str | None = None) -> Self:
        """Return it one step on, with the meter it has then; IllegalStep where its state allows it not.

        With the point ends what was due there.
        """
        state = TRANSITIONS.get((self.state, event))
        if state is None:
            raise IllegalStep(f"{self.number}: {self.state.value}, so not {event.value}")
        kept = self.pan if pan is None else pan
        return replace(
            self,
            state=state,
            pan=kept if state is PointState.ACTIVE else "",
            due=None if state is PointState.CLOSED else self.due,
            version=self.version + 1,
        )


def point_number(account_no: str, nth: int) -> str:
    """Name the nth supply point of a customer.

    >>> point_number("2000000048", 2)
    '2000000048-2'
    """
    return f"{account_no}-{nth}"
