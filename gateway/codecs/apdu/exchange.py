"""One command until its answer: T=0 takes several steps, T=1 one, and a card may ask for more in both.

    case 2, 4 over T=0    61XX ──► GET RESPONSE XX ──► data            ISO/IEC 7816-3, 12.2.1
    either                6CXX ──► the same command with Le = XX       ISO/IEC 7816-3, 12.2.1 (once)
    case 4 over T=0       goes without its Le; what waits is fetched

The blocks of T=1, with their numbers and check bytes, are the reader's affair, or that of ``block_line``
where a reader leaves them to us. This is sans-I/O: ``outgoing`` is to be sent, ``receive`` takes what came,
until ``response`` is there. Whatever a card answers, it ends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.codecs.apdu.command import EXPECTED_MAX, Command, PeerFault
from gateway.codecs.apdu.response import Response, read_response

#: Steps of one command: data of 256 bytes in portions of sixteen, and once the right length.
STEPS_MAX: Final = 18

T0, T1 = 0, 1

_GET_RESPONSE: Final = 0xC0


class Exchange:
    """A command on its way to a card and back, over T=0 or T=1."""

    __slots__ = ("_asked_again", "_command", "_protocol", "_steps", "_taken", "outgoing", "response")

    def __init__(self, command: Command, protocol: int = T1) -> None:
        if protocol not in {T0, T1}:
            raise ValueError(f"T={protocol} is not spoken here")
        self._command = command
        self._protocol = protocol
        self._taken = b""
        self._steps = 0
        self._asked_again = False
        self.outgoing: Command | None = self._first()
        self.response: Response | None = None

    def receive(self, raw: bytes) -> Command | None:
        """Take what the card answered; gives what is to be sent now, None once ``response`` is there.

        Raises ``PeerFault`` where a card answers without end, or what is no answer.
        """
        if self.response is not None:
            raise ValueError("this command has its answer already")
        self._steps += 1
        answer = read_response(raw)
        if len(self._taken) + len(answer.body) > EXPECTED_MAX:
            raise PeerFault("response", EXPECTED_MAX, f"more than {EXPECTED_MAX} bytes in all")
        self.outgoing = self._next(answer)
        if self.outgoing is None:
            self.response = Response(self._taken + answer.body, answer.status)
        elif self._steps == STEPS_MAX:
            raise PeerFault("response", 0, f"no end after {STEPS_MAX} steps")
        else:
            self._taken += answer.body
        return self.outgoing

    def _first(self) -> Command:
        if self._protocol == T0 and self._command.body and self._command.expected is not None:
            return replace(self._command, expected=None)
        return self._command

    def _next(self, answer: Response) -> Command | None:
        """Say what the answer asks for. A command that wants no data is not made to fetch any."""
        asked = self.outgoing
        if self._command.expected is None or asked is None:
            return None
        if answer.waiting is not None:
            # In the plain class: what waits is sealed already, and these cards have one channel only.
            return Command(0x00, _GET_RESPONSE, 0, 0, expected=answer.waiting)
        if answer.right_length is not None and not self._asked_again and not answer.body:
            self._asked_again = True
            return replace(asked, expected=answer.right_length)
        return None
