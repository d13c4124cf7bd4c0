"""Our side of a modem: get it ready, dial, carry octets, hang up, prove that it listens again (V.250).

    OFF ─start─► PREPARING ─► IDLE ─dial─► DIALLING ─CONNECT─► SETTLING ─► ONLINE
                  3 tries      │  ▲  ▲        │                               │ hang_up, idle, carrier lost
                    │        RING │  └─────── DRAINING ◄── (ATH or DTR) ──────┘
                    ▼          ▼  │             │ silence
                  FAULTY    answer VERIFYING ◄──┘ AT, OK

``receive`` takes what came, ``carrier`` the line DCD, ``timed_out`` that the deadline passed. Each gives
events; ``take_actions`` what is to be done at the port. ``deadline`` is a value: one that is not the one
before begins now. While a modem dials nothing is sent: a true one takes any octet for the wish to stop. The
limit of a whole call is the caller's; ONLINE only limits how long the line may be silent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.codecs.modem.events import (
    Deadline,
    Dtr,
    Ended,
    Ending,
    Faulty,
    Online,
    Ready,
    Received,
    Ringing,
    State,
    Write,
)
from gateway.codecs.modem.profile import COMMAND_MS, HangUp
from gateway.codecs.modem.words import Code, LineReader, Result, read_result

if TYPE_CHECKING:
    from gateway.codecs.modem.events import Action, LineEvent
    from gateway.codecs.modem.profile import ModemProfile

PREPARE_TRIES_MAX: Final = 3
"""Times that a modem is prepared, or hung up, before its line is called faulty."""

DRAIN_OCTETS_MAX: Final = 4_096
"""Octets that are waited out before a line is tried all the same: a modem that talks for ever is faulty."""

#: Behind it, what a modem says to octets that were meant for the meter and came too late.
_GONE: Final = re.compile(rb"\r\nNO CARRIER\r\n(\r\n(ERROR|OK)\r\n)*\Z")
_TAIL: Final = 64


_ENDINGS: Final = {
    Code.BUSY: Ending.BUSY,
    Code.NO_ANSWER: Ending.NO_ANSWER,
    Code.NO_CARRIER: Ending.NO_CARRIER,
    Code.NO_DIALTONE: Ending.NO_DIALTONE,
    Code.ERROR: Ending.REFUSED,
    Code.DELAYED: Ending.REFUSED,
    Code.BLACKLISTED: Ending.REFUSED,
}
_TALKS: Final = frozenset(
    {State.PREPARING, State.IDLE, State.DIALLING, State.ESCAPING, State.HANGING_UP, State.VERIFYING}
)


class Line:
    """A modem on a line."""

    __slots__ = (
        "_actions", "_drained", "_number", "_profile", "_rate", "_reader", "_seen", "_step", "_tail",
        "_tries", "deadline", "state",
    )  # fmt: skip

    def __init__(self, profile: ModemProfile) -> None:
        self._profile = profile
        self._actions: list[Action] = []
        self._reader = LineReader()
        self._number = 0
        self._step = 0
        self._tries = 0
        self._seen = False
        self._rate: int | None = None
        self._tail = b""
        self._drained = 0
        self.state = State.OFF
        self.deadline: Deadline | None = None

    def take_actions(self) -> list[Action]:
        """Give what is to be done at the port now, once."""
        taken, self._actions = self._actions, []
        return taken

    def start(self) -> None:
        """Get the modem ready: at the beginning, and after a fault."""
        self._need(State.OFF, State.FAULTY)
        self._tries = 0
        self._actions.append(Dtr(is_high=True))
        self._prepare()

    def dial(self, number: str) -> None:
        """Call a number. ValueError for what is none, or while the line is not free."""
        self._need(State.IDLE)
        command = self._profile.dial_command(number)
        self._enter(State.DIALLING, self._profile.connect_ms)
        self._actions.append(Write(command))

    def answer(self) -> None:
        """Take the call that rings."""
        self._need(State.IDLE)
        self._enter(State.DIALLING, self._profile.connect_ms)
        self._actions.append(Write(b"ATA\r"))

    def send(self, octets: bytes) -> None:
        """Carry octets to the other end. They must not be +++ alone between silences."""
        self._need(State.ONLINE)
        self._actions.append(Write(octets))
        self._wait(self._profile.drain_ms if self._is_gone() else self._profile.idle_ms)

    def hang_up(self) -> list[LineEvent]:
        """End the call, or stop dialling."""
        self._need(State.ONLINE, State.SETTLING, State.DIALLING)
        if self.state is State.DIALLING:
            # Any octet stops a modem that dials (V.250, 5.6.1).
            self._actions.append(Write(b"\r"))
            return self._drain(Ending.HUNG_UP)
        self._tries = 0
        return self._release(Ending.HUNG_UP)

    def carrier(self, *, is_there: bool) -> list[LineEvent]:
        """Take what the port's DCD says; it counts where the profile has it wired."""
        if is_there or not self._profile.has_carrier_line or self.state not in (State.ONLINE, State.SETTLING):
            return []
        return self._drain(Ending.LOST)

    def receive(self, chunk: bytes) -> list[LineEvent]:
        """Take what came from the modem."""
        events: list[LineEvent] = []
        if self.state in _TALKS:
            self._reader.feed(chunk)
            chunk = b""
            while self.state in _TALKS and (line := self._reader.next_line()) is not None:
                events += self._said(line)
            if self.state not in _TALKS:
                chunk = self._reader.take_rest()
        return events + self._carried(chunk) if chunk else events

    def timed_out(self) -> list[LineEvent]:
        """Say that the deadline passed."""
        if self.deadline is None:
            return []
        self.deadline = None
        match self.state:
            case State.PREPARING:
                return self._unprepared()
            case State.DIALLING:
                return self._unanswered()
            case State.SETTLING:
                return self._settled()
            case State.ONLINE:
                return self._idle()
            case State.DRAINING:
                return self._verify()
            case State.VERIFYING:
                return self._not_verified()
        return self._hang_on()

    # What each state does when its time is over.

    def _unprepared(self) -> list[LineEvent]:
        step = self._profile.steps[self._step]
        return self._next_step() if not step.is_required else self._fail_step("said nothing")

    def _unanswered(self) -> list[LineEvent]:
        self._actions.append(Write(b"\r"))
        return self._drain(Ending.SILENT)

    def _settled(self) -> list[LineEvent]:
        if self._is_gone():
            return self._drain(Ending.LOST)
        self._tail = b""
        self._enter(State.ONLINE, self._profile.idle_ms)
        return [Online(self._rate)]

    def _idle(self) -> list[LineEvent]:
        if self._is_gone():
            return self._drain(Ending.LOST)
        self._tries = 0
        return self._release(Ending.IDLE)

    def _hang_on(self) -> list[LineEvent]:
        """Go on with hanging up, step by step, also where the modem did not answer the one before."""
        match self.state:
            case State.GUARDING:
                return self._escape()
            case State.ESCAPING:
                return self._order_hang_up()
            case State.DTR_LOW:
                return self._raise()
        return self._drain(None)

    def _escape(self) -> list[LineEvent]:
        self._actions.append(Write(b"+++"))
        self._enter(State.ESCAPING, self._profile.escape_ms)
        return []

    def _order_hang_up(self) -> list[LineEvent]:
        self._actions.append(Write(b"ATH\r"))
        self._enter(State.HANGING_UP, COMMAND_MS)
        return []

    def _raise(self) -> list[LineEvent]:
        self._actions.append(Dtr(is_high=True))
        return self._drain(None)

    def _verify(self) -> list[LineEvent]:
        self._enter(State.VERIFYING, COMMAND_MS)
        self._actions.append(Write(b"AT\r"))
        return []

    def _not_verified(self) -> list[LineEvent]:
        self._tries += 1
        if self._tries >= PREPARE_TRIES_MAX:
            return self._fault("the modem does not listen after hanging up")
        return self._release(None)

    # What a line of the modem means in each state.

    def _said(self, line: bytes) -> list[LineEvent]:
        result = read_result(line)
        if self.state is State.PREPARING:
            return self._prepared(line, result)
        if result is None:
            # An echo, a line of information, or noise.
            return []
        if self.state is State.IDLE:
            return [Ringing()] if result.code is Code.RING else []
        if self.state is State.DIALLING:
            return self._dialled(result)
        if self.state is State.ESCAPING:
            return self._order_hang_up() if result.code in (Code.OK, Code.NO_CARRIER) else []
        if self.state is State.HANGING_UP:
            return self._drain(None) if result.code in (Code.OK, Code.NO_CARRIER, Code.ERROR) else []
        if result.code is Code.OK:
            self._tries = 0
            self._enter(State.IDLE, None)
            return [Ready()]
        return []

    def _prepared(self, line: bytes, result: Result | None) -> list[LineEvent]:
        step = self._profile.steps[self._step]
        if result is None:
            self._seen |= line.decode("latin-1").strip().startswith(step.wanted or ("",))
            return []
        if result.code is Code.OK and (self._seen or not step.wanted):
            return self._next_step()
        if result.code in (Code.OK, Code.ERROR):
            return self._fail_step(result.code.value) if step.is_required else self._next_step()
        return []

    def _dialled(self, result: Result) -> list[LineEvent]:
        if result.code is Code.CONNECT:
            self._rate, self._tail = result.rate, b""
            self._enter(State.SETTLING, self._profile.settle_ms)
            return []
        ending = _ENDINGS.get(result.code)
        if ending is Ending.NO_DIALTONE:
            return [Ended(ending), *self._fault("no dial tone")]
        return [] if ending is None else self._drain(ending)

    def _carried(self, chunk: bytes) -> list[LineEvent]:
        """Take octets where the modem does not talk to us: the other end's, or what is to be waited out."""
        if self.state in (State.SETTLING, State.ONLINE):
            self._tail = (self._tail + chunk)[-_TAIL:]
        if self.state is State.ONLINE:
            # A meter's own octets may spell it, but then more of its frame follows.
            self._wait(self._profile.drain_ms if self._is_gone() else self._profile.idle_ms)
            return [Received(chunk)]
        if self.state is State.DRAINING:
            self._drained += len(chunk)
            if self._drained <= DRAIN_OCTETS_MAX:
                self._wait(self._profile.drain_ms)
        return []

    def _is_gone(self) -> bool:
        """Were the last octets the modem's, which says that there is no carrier any more?"""
        return not self._profile.has_carrier_line and _GONE.search(self._tail) is not None

    # Steps.

    def _prepare(self) -> None:
        self._step = -1
        self._next_step()

    def _next_step(self) -> list[LineEvent]:
        self._step += 1
        self._seen = False
        if self._step == len(self._profile.steps):
            self._tries = 0
            self._enter(State.IDLE, None)
            return [Ready()]
        step = self._profile.steps[self._step]
        self._enter(State.PREPARING, step.answer_ms)
        self._actions.append(Write(step.command.encode("ascii") + b"\r"))
        return []

    def _fail_step(self, how: str) -> list[LineEvent]:
        self._tries += 1
        if self._tries >= PREPARE_TRIES_MAX:
            return self._fault(f"{self._profile.steps[self._step].command}: {how}")
        self._prepare()
        return []

    def _release(self, ending: Ending | None) -> list[LineEvent]:
        """Begin to hang up."""
        if self._profile.hang_up is HangUp.DTR:
            self._actions.append(Dtr(is_high=False))
            self._enter(State.DTR_LOW, self._profile.dtr_low_ms)
        else:
            self._enter(State.GUARDING, self._profile.guard_ms)
        return [] if ending is None else [Ended(ending)]

    def _drain(self, ending: Ending | None) -> list[LineEvent]:
        """Wait until the modem is silent: a hang-up has two results, and a lost carrier leaves noise."""
        self._drained = 0
        self._enter(State.DRAINING, self._profile.drain_ms)
        return [] if ending is None else [Ended(ending)]

    def _fault(self, why: str) -> list[LineEvent]:
        self._enter(State.FAULTY, None)
        return [Faulty(why)]

    def _need(self, *states: State) -> None:
        if self.state not in states:
            raise ValueError(f"the line is {self.state.value}")

    def _enter(self, state: State, ms: int | None) -> None:
        self.state = state
        self._wait(ms)

    def _wait(self, ms: int | None) -> None:
        self._number += 1
        self.deadline = None if ms is None else Deadline(ms, self._number)
