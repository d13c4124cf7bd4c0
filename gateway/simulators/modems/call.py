"""One call: from the first ring until both ends have hung up, with the octets that it carries.

    RINGING ─answered─► UP ─────► OVER
       └────────────────────────────▲   unanswered, given up, S7

At our end is a modem, at the other whoever the number leads to, or whoever has called. The other end is told
octets and the end of the call by what it handed to ``answered``, and speaks by ``from_far``.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Protocol

from gateway.simulators.modems.book import CALM, RATE, Outcome, Way, masked
from gateway.simulators.modems.disturbance import Disturbance

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.ports import Clock, Timer
    from gateway.simulators.modems.book import Trouble


class OurEnd(Protocol):
    """The modem at our end of a call."""

    def connected(self, rate: int | None) -> None:
        """Somebody has answered, there or here."""

    def came(self, octets: bytes) -> None:
        """Octets of the other end."""

    def ended(self, call: Call, outcome: Outcome) -> None:
        """The call is over, or did not come to be; it is not said where the modem itself has ended it."""


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What a call is going to be like. ``fails``: why nobody answers; ``ordinal``: which of its number."""

    number: str
    fails: Outcome | None = None
    trouble: Trouble = CALM
    ordinal: int = 1
    rate: int | None = RATE
    is_inbound: bool = False

    def __repr__(self) -> str:
        """Show no number."""
        return f"CallPlan({masked(self.number)!r})"


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What a call was like, when it is over; ``up_s`` and octets are those behind CONNECT.

    ``number`` is who was called: at the other end or, where the call came in, ours. Octets are counted as
    they were sent, whether they arrived or not.
    """

    number: str
    is_inbound: bool
    outcome: Outcome
    up_s: float | None
    to_meter: int
    from_meter: int

    def __repr__(self) -> str:
        """Show no number."""
        return f"CallRecord({masked(self.number)!r}, {self.outcome})"


class _State(Enum):
    RINGING = "ringing"
    UP = "up"
    OVER = "over"


def nothing() -> None:
    """Do nothing: an end of a call that does not mind how it ends."""


class Call:
    """A call that rings. ``over`` is told once, when it has ended, with its record."""

    __slots__ = (
        "_clock", "_counts", "_delayed", "_disturbance", "_hung_up", "_modem", "_over", "_state", "_timer",
        "_to_far", "_up_since", "plan",
    )  # fmt: skip

    def __init__(
        self, plan: CallPlan, modem: OurEnd, clock: Clock, over: Callable[[Call, CallRecord], object]
    ) -> None:
        self.plan = plan
        self._modem = modem
        self._clock = clock
        self._over = over
        self._disturbance = None if plan.trouble is CALM else Disturbance(plan.trouble, plan.ordinal)
        self._counts = {Way.TO_METER: 0, Way.FROM_METER: 0}
        self._delayed: deque[Callable[[], object]] = deque()
        self._state = _State.RINGING
        self._timer: Timer | None = None
        self._up_since: float | None = None
        self._to_far: Callable[[bytes], object] | None = None
        self._hung_up: Callable[[], object] = nothing

    @property
    def is_ringing(self) -> bool:
        """True while nobody has answered."""
        return self._state is _State.RINGING

    @property
    def is_over(self) -> bool:
        """True behind its end."""
        return self._state is _State.OVER

    def after(self, seconds: float, do: Callable[[], object]) -> None:
        """Do the next thing of a call; one that was planned before is not done any more."""
        self._stop_timer()
        self._timer = self._clock.callLater(seconds, do)

    # The other end's side.

    def answered(self, to_far: Callable[[bytes], object], hung_up: Callable[[], object] = nothing) -> None:
        """Somebody takes the call: ``to_far`` is given octets, and ``hung_up`` called when the call is over.

        Where nobody calls any more ``hung_up`` is called at once.
        """
        if self._state is not _State.RINGING:
            hung_up()
            return
        self._stop_timer()
        self._state, self._to_far, self._hung_up = _State.UP, to_far, hung_up
        self._up_since = self._clock.seconds()
        self._modem.connected(self.plan.rate)
        if self._disturbance is not None and self._disturbance.is_lost:
            # The carrier is there for a moment: CONNECT has been said.
            self.after(0, partial(self.end, Outcome.LOST))

    def unanswered(self) -> None:
        """Nobody will take the call."""
        if self._state is _State.RINGING:
            self.end(Outcome.NO_ANSWER)

    def from_far(self, octets: bytes) -> None:
        """Carry octets to the modem; before CONNECT and behind the end they are lost, as on a real line."""
        self._carry(Way.FROM_METER, octets, self._modem.came)

    def far_hung_up(self) -> None:
        """The other end has ended the call; octets that are on their way arrive before that is known."""
        if self._state is _State.RINGING:
            self.end(Outcome.GIVEN_UP if self.plan.is_inbound else Outcome.NO_ANSWER)
        else:
            self._later(lambda: self.end(Outcome.HUNG_UP_THERE))

    # Our side.

    def to_far(self, octets: bytes) -> None:
        """Carry octets of the modem to the other end."""
        if self._to_far is not None:
            self._carry(Way.TO_METER, octets, self._to_far)

    def hang_up(self) -> None:
        """Our modem has ended the call, or does not call any more."""
        if self._state is _State.UP:
            self._end(Outcome.HUNG_UP)
        else:
            self._end(Outcome.SILENT if self.plan.fails is Outcome.SILENT else Outcome.GIVEN_UP)

    def end(self, outcome: Outcome) -> None:
        """End it for both ends, whatever the reason. A second end is none."""
        self._end(outcome, self._modem)

    # Steps.

    def _carry(self, way: Way, octets: bytes, deliver: Callable[[bytes], object]) -> None:
        disturbance = self._disturbance
        if self._state is not _State.UP or (disturbance is not None and disturbance.is_lost):
            return
        self._counts[way] += len(octets)
        if disturbance is not None:
            # From the moment on at which the carrier goes nothing is carried back, whoever answers at once.
            octets = disturbance.carried(way, octets)
        if octets:
            self._later(lambda: deliver(octets))
        if disturbance is not None and disturbance.is_lost:
            self._later(lambda: self.end(Outcome.LOST))

    def _end(self, outcome: Outcome, told: OurEnd | None = None) -> None:
        if self._state is _State.OVER:
            return
        self._state = _State.OVER
        self._stop_timer()
        self._delayed.clear()
        if told is not None:
            told.ended(self, outcome)
        if outcome is not Outcome.HUNG_UP_THERE:
            self._hung_up()
        self._over(self, self._record(outcome))

    def _later(self, do: Callable[[], object]) -> None:
        """Do it after the delay of this call, behind what was to be done before."""
        if not self.plan.trouble.delay_ms:
            do()
            return
        self._delayed.append(do)
        self._clock.callLater(self.plan.trouble.delay_ms / 1000, self._do_delayed)

    def _do_delayed(self) -> None:
        # Clocks do not promise an order of what is due at one moment, so the oldest is done, whoever calls.
        if self._delayed:
            self._delayed.popleft()()

    def _record(self, outcome: Outcome) -> CallRecord:
        up_s = None if self._up_since is None else self._clock.seconds() - self._up_since
        sent, came = self._counts[Way.TO_METER], self._counts[Way.FROM_METER]
        return CallRecord(self.plan.number, self.plan.is_inbound, outcome, up_s, sent, came)

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
