"""A serial port as a wire: a cable or an optical head to meters, or the port of a modem.

Ports differ in what they can. Where a port keeps no seven bits with parity, eight without are used and the
parity is put in here; where it has no modem lines (a pseudo terminal, some adapters), DTR and DCD do nothing.
Both are told as notes, and neither ends the conversation. A port is kept for one program.
"""

# mypy: allow-untyped-calls
# twisted.internet.serialport carries no types.

from __future__ import annotations

import errno
import termios
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import serial
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.serialport import SerialPort

from gateway.codecs.iec62056_21.characters import SEVEN_BITS, with_even_parity
from gateway.codecs.meter_model.model import LineFormat
from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from twisted.python.failure import Failure

    from adapters.lines.wire import Owner

SERIAL_SLACK_MS: Final = 200
"""Milliseconds that ports and heads add to an answer: USB adapters keep octets back for up to 16."""

_PARITY: Final = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}
_HDLC: Final = (8, "none")
_NO_MODEM_LINES: Final = {errno.ENOTTY, errno.EINVAL}
_SAID: Final = {
    errno.ENOENT: "there is no such port",
    errno.EACCES: "this user may not use the port; cure: put him into the group that owns it",
    errno.EBUSY: "another program has the port",
    errno.EAGAIN: "another program has the port",
}


class _Port(SerialPort):
    """Twisted's port, kept for one program."""

    _serialFactory = staticmethod(partial(serial.Serial, exclusive=True))  # noqa: N815 - Twisted's name

    @property
    def serial(self) -> serial.Serial:
        """What sets the port."""
        return self._serial


class SerialWire(Protocol):
    """An open port. ``notes``: what it cannot do, a sentence each, in the order found out."""

    is_speed_fixed = False

    def __init__(self, name: str, line: LineFormat, slack_ms: int = SERIAL_SLACK_MS) -> None:
        self.owner: Owner | None = None
        self.slack_ms = slack_ms
        self.notes: list[str] = []
        self._name = name
        self._line = line
        self._port: _Port | None = None
        self._is_parity_ours = False
        self._is_closing = False
        self._closed: list[Deferred[None]] = []

    def open(self, reactor: Any) -> None:  # noqa: ANN401 - Twisted's, without types
        """Open the port; ``ContactFault`` says why it cannot be."""
        try:
            self._open_as(reactor, self._line)
        except termios.error:
            self._is_parity_ours = self._line.bits == 7  # noqa: PLR2004 - IEC 62056-21
            self.notes.append(f"{self._name} keeps no {_format(self._line)}: 8N1 is used instead")
            self._open_as(reactor, LineFormat(self._line.baud, 8, "none", 1))

    def ms_of(self, octets: int) -> int:
        """Milliseconds until so many octets are out, at the speed of now."""
        return self._line.ms_of(octets)

    def send(self, octets: bytes) -> None:
        """Send."""
        if self._port is not None and not self._is_closing:
            self._port.write(with_even_parity(octets) if self._is_parity_ours else octets)

    def change_speed(self, baud: int, *, is_hdlc: bool) -> None:
        """Go on at another speed; a port that does not do it stays as it is, and a note says so."""
        bits, parity = _HDLC if is_hdlc else (self._line.bits, self._line.parity)
        self._line = LineFormat(baud, bits, parity, self._line.stop)
        if self._port is None:
            return
        self._is_parity_ours = self._is_parity_ours and not is_hdlc
        wanted = {"baudrate": baud}
        if not self._is_parity_ours and not any("8N1 is used" in note for note in self.notes):
            wanted |= {"bytesize": bits, "parity": _PARITY[parity]}
        try:
            self._port.serial.apply_settings(wanted)
        except (termios.error, OSError, ValueError):
            self.notes.append(f"{self._name} does not change to {_format(self._line)}")

    def raise_dtr(self, *, is_high: bool) -> bool:
        """Raise or drop DTR; False where the port has it not."""
        return self._modem_line(lambda port: setattr(port, "dtr", is_high))

    def carrier(self) -> bool | None:
        """Say what DCD says; None where the port has it not."""
        seen: list[bool] = []
        return seen[0] if self._modem_line(lambda port: seen.append(bool(port.cd))) else None

    def close(self) -> Awaitable[None]:
        """Close the port, once what was sent is out."""
        self._is_closing = True
        if self._port is None:
            return succeed(None)
        closed: Deferred[None] = Deferred()
        self._closed.append(closed)
        if len(self._closed) == 1:
            self._port.loseConnection()
        return closed

    # Twisted's side.

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Hand on what came."""
        if self.owner is not None and not self._is_closing:
            self.owner.came(octets.translate(SEVEN_BITS) if self._is_parity_ours else octets)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802
        """Say that the port is gone: unplugged, or the other end of a pseudo terminal closed."""
        self._port = None
        if self._is_closing:
            for closed in self._closed:
                closed.callback(None)
        elif self.owner is not None:
            self.owner.broke(ContactFault(ContactWhy.LINE, f"the port {self._name} is gone"))

    def _open_as(self, reactor: Any, line: LineFormat) -> None:  # noqa: ANN401 - Twisted's
        try:
            self._port = _Port(
                self,
                self._name,
                reactor,
                baudrate=line.baud,
                bytesize=line.bits,
                parity=_PARITY[line.parity],
                stopbits=line.stop,
            )
        except OSError as fault:  # SerialException is one.
            said = _SAID.get(fault.errno or 0, "it cannot be opened")
            raise ContactFault(ContactWhy.LINE, f"the port {self._name}: {said}") from None

    def _modem_line(self, act: Callable[[serial.Serial], object]) -> bool:
        if self._port is None:
            return False
        try:
            act(self._port.serial)
        except OSError as fault:
            if fault.errno not in _NO_MODEM_LINES:
                raise
            note = f"{self._name} has no modem lines: a call is ended by +++ and ATH"
            if note not in self.notes:
                self.notes.append(note)
            return False
        return True


def _format(line: LineFormat) -> str:
    return f"{line.baud} {line.bits}{line.parity[0].upper()}{line.stop}"
