"""A virtual memory card with its reader's pseudo commands: 256 bytes, the first 32 protected, behind a code.

The code must be presented after each power-on before a byte can be written; each try uses up one of three
before the code is looked at, and a right one restores them. With none left the card can be read for ever and
never written.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from gateway.codecs.apdu.command import Command, PeerFault, read_command
from gateway.codecs.apdu.exchange import T1
from gateway.codecs.apdu.response import DONE, Response
from gateway.codecs.card.memory import COUNTER, PRESENT, READ, READER, SELECT_TYPE, WRITE
from gateway.codecs.card.profile_check import MEMORY_MAX
from gateway.simulators.card.cells import Cells
from gateway.simulators.card.cpu_card import version_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.card.profile import Profile
    from gateway.simulators.card.key_holder import KeyHolder

PROTECTED: Final = 32

_MEMORY, _KEPT = "memory", "tries"
# Each try clears the highest bit that is set: 07, 03, 01, 00.
_COUNTERS: Final = (0x00, 0x01, 0x03, 0x07)
_WRONG_LENGTH, _NOT_OPEN, _NOT_KNOWN, _BEYOND = 0x6700, 0x6982, 0x6A81, 0x6B00


class VirtualMemoryCard:
    """A card in a reader: ``reset`` gives what the reader makes up for it, ``transmit`` answers a command."""

    protocol = T1

    def __init__(self, profile: Profile, serial: str, keys: KeyHolder, cells: Cells) -> None:
        self.profile = profile
        self.serial = serial
        self.cells = cells
        held = {
            file.name: cells.get(_MEMORY, file.places[0], file.size)
            for file in profile.files
            if file.update == "never"
        }
        self._code = keys.code(profile.name, version_of(profile, held), serial)
        self._is_open = False

    @property
    def tries(self) -> int:
        """How many tries of the code are left."""
        return _COUNTERS.index(self.cells.get(_KEPT)[0])

    def reset(self) -> bytes:
        """Put power on it."""
        self._is_open = False
        return self.profile.atr[0][0]

    def transmit(self, raw: bytes) -> bytes:
        """Answer a command; raises ``CardGone`` where the power goes while it writes."""
        try:
            command = read_command(raw)
        except PeerFault:
            return Response(b"", _WRONG_LENGTH).encoded
        return self._answer(command).encoded

    def _answer(self, command: Command) -> Response:
        if command.cla != READER:
            return Response(b"", _NOT_KNOWN)
        match command.ins:
            case _ if command.ins == SELECT_TYPE:
                is_mine = command.body == bytes((self.profile.security.card_type,))
                return Response(b"", DONE if is_mine else _NOT_KNOWN)
            case _ if command.ins == READ:
                held = self.cells.get(_MEMORY, command.p2, command.expected)
                return Response(held, DONE) if len(held) == command.expected else Response(b"", _BEYOND)
            case _ if command.ins == COUNTER:
                return Response(self.cells.get(_KEPT) + bytes(3), DONE)
            case _ if command.ins == PRESENT:
                return self._present(command)
            case _ if command.ins == WRITE:
                return self._write(command)
            case _:
                return Response(b"", _NOT_KNOWN)

    def _present(self, command: Command) -> Response:
        left = self.tries
        if left:
            self.cells.put(_KEPT, 0, bytes((_COUNTERS[left - 1],)))
        if left and hmac.compare_digest(command.body, self._code):
            self.cells.put(_KEPT, 0, bytes((_COUNTERS[-1],)))
            self._is_open = True
        return Response(b"", DONE | self.cells.get(_KEPT)[0])

    def _write(self, command: Command) -> Response:
        if not self._is_open or command.p2 < PROTECTED:
            return Response(b"", _NOT_OPEN)
        if command.p2 + len(command.body) > MEMORY_MAX:
            return Response(b"", _BEYOND)
        self.cells.put(_MEMORY, command.p2, command.body)
        return Response(b"", DONE)


def issued_memory(profile: Profile, serial: str, values: Mapping[str, Mapping[str, object]]) -> Cells:
    """Personalise a memory card: its protected files as they are said, all else empty."""
    memory = bytearray(MEMORY_MAX)
    for name, said in values.items():
        file = profile.file(name)
        memory[file.places[0] : file.places[0] + file.size] = file.write({"serial": serial, **said})
    return Cells({_MEMORY: bytes(memory), _KEPT: bytes((_COUNTERS[-1],))})
