"""The crew of the lines: makes the calls that a pool decides on, meter by meter, and says how each ended.

    call ──► line.open(number) ──► errand of each meter ──► wire.close() ──► CallEnded
               busy, no tone        a meter that does not answer costs its own time only

What is done with a meter is its errand's affair. A line that is lost ends the call; what was done is done.
An errand that stumbles, over a model's table or a fault of ours, has had no answer: the line is not to blame
for it, and the other meters have their turn.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Protocol

from twisted.internet.defer import CancelledError

from adapters.lines.modem_line import ModemLine
from adapters.lines.open_talk import talk_with
from adapters.lines.tcp_wire import connect
from adapters.lines.way import PORT_MAX
from adapters.lines.wire import Traced
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.line_work.call import CallEnded
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from adapters.lines.dial_in import MetersHere
    from adapters.lines.modem_line import ModemPort
    from adapters.lines.talk import Wanted
    from adapters.lines.wire import Wire
    from gateway.codecs.modem.profile import ModemProfile
    from gateway.core.line_work.call import Call
    from gateway.core.line_work.job import Job
    from gateway.ports import Clock, MeterTalk

log = logging.getLogger("powertill.lines")

#: After these nobody else can be reached in the same call.
_ENDS_CALL: Final = frozenset({ContactWhy.LOST, ContactWhy.LINE})


class Errand(Protocol):
    """What is done with one meter."""

    async def ready(self) -> Wanted:
        """Say which meter it is, and what lets us in; ``ContactFault`` where that cannot be had."""

    async def carry_out(self, talk: MeterTalk) -> ContactWhy | None:
        """Do it, and give why it was not done; a ``ContactFault`` says so too. None: it is done."""


class Errands(Protocol):
    """Knows what is to be done."""

    def of(self, job: Job, meter: int) -> Errand | None:
        """Give the errand of a meter; None where there is nothing to do any more."""


class LineHere(Protocol):
    """One of our lines."""

    async def open(self, number: str, call_s: int) -> Wire:
        """Call a number, for so many seconds at the most; ``ContactFault`` where nobody is reached."""

    async def look_at(self) -> bool:
        """See whether the line is good."""


class ModemHere:
    """A modem at a port; the port is opened when it is needed, and anew when it has gone."""

    def __init__(
        self, open_port: Callable[[], Awaitable[ModemPort]], profile: ModemProfile, clock: Clock
    ) -> None:
        self._open_port = open_port
        self._profile = profile
        self._clock = clock
        self._line: ModemLine | None = None

    async def open(self, number: str, call_s: int) -> Wire:
        """Dial."""
        line = await self._ready()
        return await line.dial(number, call_s=call_s)

    async def look_at(self) -> bool:
        """Prepare the modem anew; a dial tone is seen at the next call only."""
        try:
            await self._ready()
        except ContactFault:
            return False
        return True

    async def _ready(self) -> ModemLine:
        if self._line is None or self._line.is_gone:
            self._line = ModemLine(await self._open_port(), self._profile, self._clock)
        await self._line.prepare()
        return self._line


class NetworkHere:
    """A line that is none: a place in the network for one conversation; numbers are ``HOST:PORT``."""

    def __init__(self, reactor: object) -> None:
        self._reactor = reactor

    async def open(self, number: str, call_s: int) -> Wire:  # noqa: ARG002 - as every line has it
        """Connect."""
        host, _, port = number.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) <= PORT_MAX:
            raise ContactFault(ContactWhy.LINE, "the meter's place is no HOST:PORT; cure: correct its way")
        return await connect(self._reactor, host.strip("[]"), int(port))

    async def look_at(self) -> bool:
        """Say that it is good: a network is seen by connecting only."""
        return True


class CallersHere:
    """A line that is none: the connection of a meter that came by itself; numbers are the meters' own."""

    def __init__(self, here: MetersHere) -> None:
        self._here = here

    async def open(self, number: str, call_s: int) -> Wire:  # noqa: ARG002 - as every line has it
        """Take the meter's line for one conversation."""
        return self._here.lend(number)

    async def look_at(self) -> bool:
        """Say that it is good: whoever comes, comes."""
        return True


class Crew:
    """Makes calls over the lines of one process; ``LineCrew`` of the ports."""

    def __init__(self, lines: Mapping[int, LineHere], errands: Errands, clock: Clock) -> None:
        self._lines = lines
        self._errands = errands
        self._clock = clock

    async def call(self, call: Call) -> CallEnded:
        """Make a call, do its jobs, hang up."""
        begun = self._clock.seconds()
        try:
            wire = await self._lines[call.line].open(call.number, call.limit_s)
        except ContactFault as fault:
            return CallEnded(fault.why, self._since(begun))
        done: set[int] = set()
        reasons: dict[int, ContactWhy] = {}
        try:
            ended = await self._meters(call, wire, done, reasons)
        finally:
            await wire.close()
        return CallEnded(ended, self._since(begun), frozenset(done), reasons)

    async def look_at(self, line: int) -> bool:
        """See whether a line is good again."""
        return await self._lines[line].look_at()

    async def _meters(
        self, call: Call, wire: Wire, done: set[int], reasons: dict[int, ContactWhy]
    ) -> ContactWhy | None:
        """Do what is to be done meter by meter; give why the call ended before its end, if it did."""
        until = self._clock.seconds() + call.limit_s
        for job in call.jobs:
            for meter in job.meters:
                if self._clock.seconds() > until:
                    return ContactWhy.LOST
                why = await self._meter(wire, job, meter)
                if why is None:
                    done.add(meter)
                elif why in _ENDS_CALL:
                    return why
                else:
                    reasons[meter] = why
        return None

    async def _meter(self, wire: Wire, job: Job, meter: int) -> ContactWhy | None:
        """Do what is to be done with one meter; why it was not done."""
        try:
            errand = self._errands.of(job, meter)
            return None if errand is None else await self._one(wire, errand)
        except ContactFault as fault:
            return fault.why
        except CancelledError:
            raise
        except Exception as fault:  # noqa: BLE001 - around one unit of a loop, logged
            event(log, "lines.errand_failed", level=logging.ERROR, kind=job.kind.name, raised=fault)
            return ContactWhy.TIMEOUT

    async def _one(self, wire: Wire, errand: Errand) -> ContactWhy | None:
        wanted = await errand.ready()
        told = wire if wanted.trace is None else Traced(wire, wanted.trace)
        try:
            talk = talk_with(told, self._clock, wanted)
            try:
                return await errand.carry_out(talk)
            finally:
                await talk.leave()
        finally:
            if wanted.keys is not None:
                wanted.keys.release()

    def _since(self, begun: float) -> int:
        return int(self._clock.seconds() - begun)
