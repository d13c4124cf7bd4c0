"""A sale and its life: one transition table.

                            ┌────uphold────┐                the bank pays after all
                            ▼              │
    (begin) ──pay_now──► ISSUED ──reverse──► CLAIMED        the token is out: money stays, the bank disputes
       │                    ▲                  │
       │                    │                  └──concede──► CONCEDED    the utility bears it
       └──pay_wait──► WAITING ──hand_over
                         │
                         └──reverse──► REVERSED             the credit never left: money goes back

    ISSUED ──take_off──► WAITING     taken off its card again, before the meter took it

An illegal step is an error of ours, never a silent no-op.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from gateway.core.quickly_built import quickly_built

if TYPE_CHECKING:
    from gateway.core.money import Money


class SaleState(Enum):
    """Where a sale stands."""

    BEGIN = "begin"
    WAITING = "waiting"
    ISSUED = "issued"
    REVERSED = "reversed"
    CLAIMED = "claimed"
    CONCEDED = "conceded"


class SaleEvent(Enum):
    """What can happen to a sale."""

    PAY_NOW = "pay_now"
    PAY_WAIT = "pay_wait"
    HAND_OVER = "hand_over"
    REVERSE = "reverse"
    UPHOLD = "uphold"
    CONCEDE = "concede"
    TAKE_OFF = "take_off"


TRANSITIONS: dict[tuple[SaleState, SaleEvent], SaleState] = {
    (SaleState.BEGIN, SaleEvent.PAY_NOW): SaleState.ISSUED,
    (SaleState.BEGIN, SaleEvent.PAY_WAIT): SaleState.WAITING,
    (SaleState.WAITING, SaleEvent.HAND_OVER): SaleState.ISSUED,
    (SaleState.WAITING, SaleEvent.REVERSE): SaleState.REVERSED,
    (SaleState.ISSUED, SaleEvent.REVERSE): SaleState.CLAIMED,
    (SaleState.ISSUED, SaleEvent.TAKE_OFF): SaleState.WAITING,
    (SaleState.CLAIMED, SaleEvent.UPHOLD): SaleState.ISSUED,
    (SaleState.CLAIMED, SaleEvent.CONCEDE): SaleState.CONCEDED,
}

#: States in which the money did not stay, or is not sure to: what stands of sales is counted without these.
#: Sums tell them apart in this order (``views_sales.SaleTotals``).
UNDONE_STATES = (SaleState.REVERSED, SaleState.CLAIMED, SaleState.CONCEDED)

#: States in which somebody still has to do something before the customer has what he paid for.
OPEN_STATES = frozenset({SaleState.WAITING})


class IllegalStep(RuntimeError):  # noqa: N818 - the style's name for a step the table does not have
    """The sale cannot take this step from where it stands."""


def step(state: SaleState, event: SaleEvent) -> SaleState:
    """Return the state that follows; IllegalStep where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalStep(f"a sale that is {state.value} cannot {event.value}") from None


@quickly_built
@dataclass(frozen=True, slots=True)
class Sale:
    """One purchase: what was paid, what it bought, and where it stands.

    ``id`` is the id of the entry that booked the payment. ``energy_wh`` is what the customer paid for,
    ``encoded_wh`` what the token carries (never less: rounding is up, IEC 62055-41 amount field).
    ``quote`` is the price's explanation, with what the sale moved (``pricing.moved_of``); ``month`` is the
    one it was counted in.
    """

    id: int
    key: str
    bank: str
    meter_id: int
    pan: str
    power_type: str
    tender: Money
    funding: str
    energy_wh: int
    encoded_wh: int
    state: SaleState
    receipt_no: int
    tariff_version: str
    quote: str
    month: int
    terminal: str
    trace: str
    at_us: int

    def after(self, event: SaleEvent) -> Sale:
        """Return the sale one step on; IllegalStep where the table has none."""
        return replace(self, state=step(self.state, event))
