"""An order for a meter that goes over a line: one transition table for credit, relay and timetable.

    (asked) ──► WAITING ──begin──► ON_WAY ──deliver──► DELIVERED
                 │  ▲                │ │ └───refuse──► REFUSED ──again──► WAITING
                 │  └────not_sent────┘ lose              └──by_hand──► BY_HAND
                 ├─expire──► EXPIRED   ▼
                 └─cancel──► CANCELLED UNKNOWN ──look──► ON_WAY

What was sent and not answered is UNKNOWN, and nothing else: a time-out is no refusal. The next contact looks
before anything is sent (the meter's count of purchases, where its relay is, which table it has), and ends the
doubt. So an order that may be in the meter never expires and is never cancelled by a clock.

A meter is in one open order of each kind at a time.
An illegal step is an error of ours, never a silent no-op.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final


class RemoteKind(Enum):
    """What is to be done at the meter."""

    TOKEN = "token"  # noqa: S105 - a kind of order, not a secret
    """A token is entered over the line (IEC 62055-41 tokens over DLMS class 115, or as a text)."""
    RECHARGE = "recharge"
    """A wallet in the meter is recharged, under the number of the purchase (DL/T 645, 070102FF)."""
    RELAY = "relay"
    TIMETABLE = "timetable"


#: What carries a customer's money.
CREDITS: Final = frozenset({RemoteKind.TOKEN, RemoteKind.RECHARGE})


class RemoteState(Enum):
    """Where an order stands."""

    WAITING = "waiting"
    ON_WAY = "on_way"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    BY_HAND = "by_hand"


class RemoteEvent(Enum):
    """What can happen to it."""

    BEGIN = "begin"
    LOOK = "look"
    NOT_SENT = "not_sent"
    DELIVER = "deliver"
    REFUSE = "refuse"
    LOSE = "lose"
    EXPIRE = "expire"
    CANCEL = "cancel"
    AGAIN = "again"
    BY_HAND = "by_hand"


TRANSITIONS: Final[dict[tuple[RemoteState, RemoteEvent], RemoteState]] = {
    (RemoteState.WAITING, RemoteEvent.BEGIN): RemoteState.ON_WAY,
    (RemoteState.WAITING, RemoteEvent.EXPIRE): RemoteState.EXPIRED,
    (RemoteState.WAITING, RemoteEvent.CANCEL): RemoteState.CANCELLED,
    (RemoteState.ON_WAY, RemoteEvent.NOT_SENT): RemoteState.WAITING,
    (RemoteState.ON_WAY, RemoteEvent.DELIVER): RemoteState.DELIVERED,
    (RemoteState.ON_WAY, RemoteEvent.REFUSE): RemoteState.REFUSED,
    (RemoteState.ON_WAY, RemoteEvent.LOSE): RemoteState.UNKNOWN,
    (RemoteState.UNKNOWN, RemoteEvent.LOOK): RemoteState.ON_WAY,
    (RemoteState.REFUSED, RemoteEvent.AGAIN): RemoteState.WAITING,
    # The customer entered the token himself, or an engineer did it at the meter.
    (RemoteState.REFUSED, RemoteEvent.BY_HAND): RemoteState.BY_HAND,
    (RemoteState.UNKNOWN, RemoteEvent.BY_HAND): RemoteState.BY_HAND,
}

#: States from which the gateway itself goes on.
OPEN_STATES: Final = frozenset({RemoteState.WAITING, RemoteState.ON_WAY, RemoteState.UNKNOWN})
#: States in which something may be in the meter, and nobody has seen it there.
IN_DOUBT: Final = frozenset({RemoteState.ON_WAY, RemoteState.UNKNOWN})


class IllegalRemoteStep(RuntimeError):  # noqa: N818 - the style's name for a step the table does not have
    """The order cannot take this step from where it stands."""


def step(state: RemoteState, event: RemoteEvent) -> RemoteState:
    """Return the state that follows; IllegalRemoteStep where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalRemoteStep(f"a remote order that is {state.value} cannot {event.value}") from None


@dataclass(frozen=True, slots=True)
class RemoteOrder:
    """An order for the meter ``pan``, as ``by`` has given it and ``second`` allowed it, where two are needed.

    ``payment`` is the key of the sale that a credit is of. ``number`` is the purchase's own at its meter and
    ``amount`` what its wallet counts in (Wh, or minor units); 0 for what has none. ``ask`` says what is
    wanted of a relay (a ``RelayOrder``'s value) or a timetable (its reference). It may begin from ``from_us``
    on and until ``until_us`` (0: without end). ``begun_us``: when it first went out, so that a credit had
    left the house. ``told`` is why it stands where it does, ``tries`` how many contacts it has had,
    ``doubts`` how many of them left it unknown whether the meter has it.
    """

    id: int
    kind: RemoteKind
    pan: str
    account_no: str
    payment: str = ""
    number: int = 0
    amount: int = 0
    ask: str = ""
    state: RemoteState = RemoteState.WAITING
    reason: str = ""
    by: str = ""
    second: str = ""
    at_us: int = 0
    from_us: int = 0
    until_us: int = 0
    begun_us: int | None = None
    ended_us: int | None = None
    told: str = ""
    tries: int = 0
    doubts: int = 0
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Will the gateway go on with it by itself?"""
        return self.state in OPEN_STATES

    @property
    def is_credit(self) -> bool:
        """Does it carry money?"""
        return self.kind in CREDITS

    @property
    def may_have_left(self) -> bool:
        """Is something of it perhaps in the meter, or did its credit leave the house?

        A relay or a timetable of which a contact has sent nothing has left no trace anywhere.
        """
        return self.state in IN_DOUBT or (self.is_credit and self.begun_us is not None)

    def after(self, event: RemoteEvent, at_us: int, told: str = "") -> RemoteOrder:
        """Return it a step on; IllegalRemoteStep where the table has none."""
        state = step(self.state, event)
        goes_out = event in {RemoteEvent.BEGIN, RemoteEvent.LOOK}
        return replace(
            self,
            state=state,
            told=told,
            tries=self.tries + goes_out,
            doubts=self.doubts + (event is RemoteEvent.LOSE),
            begun_us=at_us if event is RemoteEvent.BEGIN and self.begun_us is None else self.begun_us,
            ended_us=None if state in OPEN_STATES else at_us,
            version=self.version + 1,
        )

    def looked_at(self, at_us: int) -> RemoteOrder:
        """Return an order in doubt as a new contact goes out with it, in one change.

        One that is still ON_WAY was somebody's who has ended without a word.
        """
        before = self
        if self.state is RemoteState.ON_WAY:
            before = self.after(RemoteEvent.LOSE, at_us, self.told)
        return replace(before.after(RemoteEvent.LOOK, at_us, self.told), version=self.version + 1)
