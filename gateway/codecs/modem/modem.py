"""The modem's own side, for a simulator: commands in, results out, and octets between the port and the line.

It knows as much of V.250 as the dialling side may ask: E V Q S X L M &C &D &F and the like, the extended
commands that it was told of, D A H O Z, +++ between two silences, and S0, at which ring it answers by
itself. What it wants of the world are events: ``Dial``, ``Answer``, ``Hang``, ``ToLine``. The world answers
by ``connect``, ``fail``, ``ring``, ``stop_ringing``, ``from_line``, ``lose``. ``outgoing`` is for the port;
``guard_ms`` is to be waited without an octet, and then ``timed_out`` said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.codecs.modem.profile import COMMAND_OCTETS_MAX
from gateway.codecs.modem.words import Code, Result, write_result

if TYPE_CHECKING:
    from collections.abc import Mapping

_ESCAPE: Final = 43
_GUARD_UNIT: Final = 20
_PLUSES: Final = 3
#: S0: at which ring the modem answers by itself; S1: how often it has rung.
_ANSWER_AT, _RINGS = 0, 1
_REGISTERS: Final = {
    0: 0, 1: 0, 2: _ESCAPE, 3: 13, 4: 10, 5: 8, 6: 2, 7: 50, 8: 2, 9: 6, 10: 14, 11: 95, 12: 50, 25: 5, 30: 0,
}  # fmt: skip
_ONE: Final = re.compile(
    r"D(?P<number>[^;]*)$|S(?P<register>\d{1,2})(?:=(?P<value>\d{1,3})|(?P<asked>\?))|"
    r"(?P<basic>[AEHIOQVXLMZ]|[&\\%][A-Z])(?P<digit>\d?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Dial:
    """The port wants this number called."""

    number: str

    def __repr__(self) -> str:
        """Show no number."""
        return "Dial()"


@dataclass(frozen=True, slots=True)
class Answer:
    """The port takes the call that rings."""


@dataclass(frozen=True, slots=True)
class Hang:
    """The port ended the call, or stopped dialling."""


@dataclass(frozen=True, slots=True)
class ToLine:
    """Octets for the other end."""

    octets: bytes

    def __repr__(self) -> str:
        """Show the size only."""
        return f"ToLine(<{len(self.octets)} octets>)"


ModemEvent: TypeAlias = Dial | Answer | Hang | ToLine


class Modem:
    """A modem. ``extended``: what each extended command answers before its OK; another one is an ERROR."""

    __slots__ = (
        "_command", "_echoes", "_extended", "_in_numbers", "_is_quiet", "_is_silent", "_pluses", "_state",
        "guard_ms", "outgoing", "registers",
    )  # fmt: skip

    def __init__(self, extended: Mapping[str, str] | None = None) -> None:
        self._extended = dict(extended or {})
        self._command = ""
        self._pluses = 0
        self._is_silent = False
        self._state = "command"
        self.guard_ms: int | None = None
        self.outgoing = b""
        self._reset()

    @property
    def is_carrying(self) -> bool:
        """True while there is a call, whether its octets are carried or commands are taken."""
        return self._state in ("online", "escaped")

    def take_outgoing(self) -> bytes:
        """Give the octets for the port, once."""
        taken, self.outgoing = self.outgoing, b""
        return taken

    def receive(self, chunk: bytes) -> list[ModemEvent]:
        """Take octets of the port."""
        events: list[ModemEvent] = []
        at = 0
        while at < len(chunk):
            if self._state == "online":
                events.append(self._carry(chunk[at:]))
                break
            events += self._typed(chunk[at])
            at += 1
        return events

    def timed_out(self) -> list[ModemEvent]:
        """Say that no octet came for ``guard_ms``: silence makes +++ an escape."""
        self.guard_ms = None
        if self._state == "online" and self._is_silent and self._pluses == _PLUSES:
            self._state = "escaped"
            self._tell(Result(Code.OK))
        self._is_silent, self._pluses = True, 0
        return []

    def dtr(self, *, is_high: bool) -> list[ModemEvent]:
        """Take the line DTR: dropped, it ends a call, and a command that was not typed to its end (&D2)."""
        if is_high:
            return []
        self._command = ""
        return [] if self._state == "command" else self._end(Result(Code.NO_CARRIER))

    def ring(self) -> list[ModemEvent]:
        """The telephone rings once; at the ring that S0 names the modem answers by itself (V.250, 6.3.8)."""
        if self._state != "command":
            return []
        self._tell(Result(Code.RING))
        self.registers[_RINGS] = min(self.registers[_RINGS] + 1, 0xFF)
        if not 0 < self.registers[_ANSWER_AT] <= self.registers[_RINGS]:
            return []
        self.stop_ringing()
        self._command, self._state = "", "dialling"
        return [Answer()]

    def stop_ringing(self) -> None:
        """Whoever called has been answered, or has given up: S1 counts from the beginning."""
        self.registers[_RINGS] = 0

    def connect(self, rate: int | None = None) -> None:
        """The other end has answered."""
        if self._state != "dialling":
            raise ValueError("nobody is called")
        self._state, self._is_silent, self._pluses = "online", False, 0
        self.guard_ms = self.registers[12] * _GUARD_UNIT
        self._tell(Result(Code.CONNECT, rate))

    def fail(self, code: Code) -> None:
        """The call did not come to be."""
        if self._state == "dialling":
            self._end(Result(code))

    def lose(self) -> None:
        """The other end has hung up."""
        if self.is_carrying:
            self._end(Result(Code.NO_CARRIER))

    def from_line(self, octets: bytes) -> None:
        """Take octets of the other end. While commands are taken they are lost."""
        if self._state == "online":
            self.outgoing += octets

    def _carry(self, chunk: bytes) -> ModemEvent:
        """Carry octets, and watch for three escapes between silences."""
        if self._is_silent:
            for octet in chunk:
                if octet == self.registers[2] and self._pluses < _PLUSES:
                    self._pluses += 1
                else:
                    self._is_silent, self._pluses = False, 0
                    break
        self.guard_ms = self.registers[12] * _GUARD_UNIT
        return ToLine(chunk)

    def _typed(self, octet: int) -> list[ModemEvent]:
        if self._state == "dialling":
            return self._end(Result(Code.NO_CARRIER))
        if self._echoes:
            self.outgoing += bytes([octet])
        if octet == self.registers[3]:
            command, self._command = self._command.strip(), ""
            return self._obey(command)
        if octet == self.registers[5]:
            self._command = self._command[:-1]
        elif octet != self.registers[4] and len(self._command) <= COMMAND_OCTETS_MAX:
            self._command += chr(octet)
        return []

    def _obey(self, command: str) -> list[ModemEvent]:
        # Noise before AT is passed over, as autobauding does.
        at = command.upper().find("AT")
        if at < 0 or len(command) > COMMAND_OCTETS_MAX:
            if command:
                self._tell(Result(Code.ERROR))
            return []
        body = command[at + 2 :]
        if body.startswith("+"):
            known = self._extended.get("AT" + body.upper())
            if known:
                self.outgoing += b"\r\n" + known.encode("latin-1") + b"\r\n"
            self._tell(Result(Code.ERROR if known is None else Code.OK))
            return []
        return self._obey_basic(body)

    def _obey_basic(self, body: str) -> list[ModemEvent]:
        while body:
            found = _ONE.match(body)
            if found is None:
                self._tell(Result(Code.ERROR))
                return []
            body = body[found.end() :]
            if found["number"] is not None or (found["basic"] or "").upper() in tuple("AHO"):
                return self._call(found)
            if found["register"] is not None:
                self._register(found)
            else:
                self._set(found["basic"].upper(), found["digit"] or "0")
        self._tell(Result(Code.OK))
        return []

    def _call(self, found: re.Match[str]) -> list[ModemEvent]:
        """Do what begins or ends a call; it is the last command of its line."""
        basic = (found["basic"] or "D").upper()
        if basic == "H":
            return self._end(Result(Code.OK))
        if basic == "O":
            if self._state != "escaped":
                self._tell(Result(Code.ERROR))
                return []
            self._state, self._is_silent, self._pluses = "online", False, 0
            self._tell(Result(Code.CONNECT))
            return []
        if self._state != "command":
            self._tell(Result(Code.ERROR))
            return []
        self._state = "dialling"
        self.stop_ringing()
        return [Answer()] if basic == "A" else [Dial(found["number"].upper().lstrip("TP"))]

    def _register(self, found: re.Match[str]) -> None:
        number = int(found["register"])
        if found["asked"]:
            self.outgoing += b"\r\n%03d\r\n" % self.registers.get(number, 0)
        elif found["value"] is not None:
            self.registers[number] = min(int(found["value"]), 0xFF)

    def _set(self, basic: str, digit: str) -> None:
        match basic:
            case "Z" | "&F":
                self._reset()
            case "E":
                self._echoes = digit != "0"
            case "V":
                self._in_numbers = digit == "0"
            case "Q":
                self._is_quiet = digit != "0"

    def _reset(self) -> None:
        self.registers = dict(_REGISTERS)
        self._echoes, self._in_numbers, self._is_quiet = True, False, False

    def _end(self, result: Result) -> list[ModemEvent]:
        was_busy, self._state = self._state != "command", "command"
        self.guard_ms = None
        self._tell(result)
        return [Hang()] if was_busy else []

    def _tell(self, result: Result) -> None:
        if not self._is_quiet:
            self.outgoing += write_result(result, in_numbers=self._in_numbers)
