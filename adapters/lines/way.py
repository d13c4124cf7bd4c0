"""Ways: how a meter is reached, as people write it, and how the way is opened.

tcp:meter.example:4059             a meter, a bus or a concentrator behind a network
serial:/dev/ttyUSB0                a cable, or an optical head
serial:/dev/ttyS1 and a number     a modem there dials it; so does one behind tcp:server:2001
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import CancelledError

from adapters.lines.forwarded_wire import ForwardedWire
from adapters.lines.modem_line import CALL_S_MAX, ModemLine
from adapters.lines.serial_wire import SerialWire
from adapters.lines.tcp_wire import connect
from gateway.codecs.gdw376.forward import Access, Forward
from gateway.codecs.gdw376.forwarding import Route
from gateway.codecs.meter_model.model import LineFormat
from gateway.codecs.modem.profile import GSM_CSD, PSTN

if TYPE_CHECKING:
    from adapters.lines.tcp_wire import TcpWire
    from adapters.lines.wire import Wire
    from gateway.codecs.gdw376.frame import Address
    from gateway.codecs.modem.profile import ModemProfile

MODEM_BAUD: Final = 9_600
"""Speed of a modem's port where nothing else is said: more than meters' modems do among themselves."""

SLACK_MS_MAX: Final = 60_000
"""Milliseconds that a way may add to each answer: a concentrator asks over the mains."""

PORT_MAX: Final = 65_535

PROFILES: Final = {profile.name: profile for profile in (PSTN, GSM_CSD)}
"""Kinds of modems by their names."""

#: Start, seven bits and parity, or eight bits without, and stop: what modems carry.
_CARRIED_BITS: Final = 10


class WayFault(ValueError):  # noqa: N818 - the fault of what was written
    """It is no way; the text says what is wrong, and the cure."""


@dataclass(frozen=True, slots=True)
class Via:
    """A concentrator on the way: who it is, by which port it reaches the meter, how it is asked."""

    address: Address
    route: Route = field(default_factory=Route)
    access: Access = field(default_factory=Access)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a meter: a serial port (``name``) or a place in a network, and what a modem there dials.

    ``slack_ms``: what the way adds to an answer; None: what its kind does. A number is a customer's: no repr
    shows it.
    """

    name: str = ""
    host: str = ""
    port: int = 0
    number: str = field(default="", repr=False)
    modem: ModemProfile = PSTN
    slack_ms: int | None = None
    call_s: int = CALL_S_MAX
    via: Via | None = None

    @classmethod
    def parse(cls, text: str) -> Way:
        """Read ``tcp:HOST:PORT`` or ``serial:PORT``; ``WayFault`` for anything else."""
        kind, _, place = text.partition(":")
        if kind == "serial" and place:
            return cls(name=place)
        host, _, port = place.rpartition(":")
        is_port = port.isascii() and port.isdigit() and len(port) <= len(str(PORT_MAX))
        if kind == "tcp" and host and is_port and 0 < int(port) <= PORT_MAX:
            return cls(host=host.strip("[]"), port=int(port))
        raise WayFault(f"{text[:60]!r} is no way to a meter; cure: tcp:HOST:PORT or serial:PORT")


class Opened:
    """An open way: its wire, what the port cannot do, and what closes it."""

    def __init__(self, wire: Wire, port: SerialWire | TcpWire) -> None:
        self.wire = wire
        self._port = port

    @property
    def notes(self) -> list[str]:
        """What the port cannot do, and what a concentrator said, a sentence each."""
        ends = (self._port, self.wire)
        return [note for end in ends if isinstance(end, SerialWire | ForwardedWire) for note in end.notes]

    async def close(self) -> None:
        """Hang up, and let the port go, also where the hanging up is not waited for any more."""
        try:
            await self.wire.close()
        finally:
            await self._port.close()


async def open_way(reactor: Any, way: Way, line: LineFormat) -> Opened:  # noqa: ANN401 - Twisted's
    """Open a way to a meter whose own line is ``line``; ``ContactFault`` says why it cannot be."""
    opened = await _opened(reactor, way, line)
    if way.via is not None:
        forward = Forward(way.via.route, way.via.access, address=way.via.address)
        opened.wire = ForwardedWire(opened.wire, reactor, forward, way.via.route.wait_ms)
    return opened


async def _opened(reactor: Any, way: Way, line: LineFormat) -> Opened:  # noqa: ANN401
    port = await _port_of(reactor, way, _to_modem(line) if way.number else line)
    if not way.number:
        return Opened(port, port)
    slack = {} if way.slack_ms is None else {"slack_ms": way.slack_ms}
    modem = ModemLine(port, way.modem, reactor, **slack)
    try:
        await modem.prepare()
        return Opened(await _dialled(modem, way), port)
    except BaseException:
        await port.close()
        raise


async def _dialled(modem: ModemLine, way: Way) -> Wire:
    try:
        return await modem.dial(way.number, call_s=way.call_s)
    except CancelledError:
        # Closing a port that has no DTR ends no call: it is waited for until the modem has done it.
        await modem.release()
        raise


async def _port_of(reactor: Any, way: Way, line: LineFormat) -> SerialWire | TcpWire:  # noqa: ANN401
    slack = {} if way.slack_ms is None else {"slack_ms": way.slack_ms}
    if not way.name:
        return await connect(reactor, way.host, way.port, **slack)
    wire = SerialWire(way.name, line, **slack)
    wire.open(reactor)
    return wire


def _to_modem(line: LineFormat) -> LineFormat:
    """Say how characters go to a modem for a meter: as the meter has them, where modems carry that."""
    if line.bits_each == _CARRIED_BITS:
        return LineFormat(MODEM_BAUD, line.bits, line.parity, line.stop)
    return LineFormat(MODEM_BAUD, 8, "none", 1)
