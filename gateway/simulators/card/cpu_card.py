"""A virtual CPU card of a profile: files, access rules, challenges, tries, MACs; over T=0 or T=1.

    what                      may be done                                       else
    plain file                read at any time                                  6A82 before it is selected
    sealed file               read with a challenge, once authenticated         6982
    update                    with a fresh challenge and the right MAC          6982, 6985, 6988
    external authentication   while tries are left; a right one restores them   63CX, 6983

Authentication and challenge are lost with the power, files and tries are not.
"""

from __future__ import annotations

import hmac
from functools import reduce
from operator import xor
from typing import TYPE_CHECKING, Final

from gateway.codecs.apdu.command import Command, PeerFault, read_command
from gateway.codecs.apdu.exchange import T0, T1
from gateway.codecs.apdu.response import DONE, Response
from gateway.codecs.card.cpu import BY_SHORT_NAME, CHALLENGE, EXTERNAL, INTERNAL, READ, SEALED, SELECT, UPDATE
from gateway.simulators.card.cells import Cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.codecs.card.layout import CardFile
    from gateway.codecs.card.profile import Profile
    from gateway.simulators.card.key_holder import KeyHolder

TRIES: Final = 3

_GET_RESPONSE: Final = 0xC0
_KEPT: Final = "tries"
_WRONG_LENGTH, _WRONG_LE, _MORE = 0x6700, 0x6C00, 0x6100
_NOT_AUTHENTICATED, _BLOCKED, _NO_CHALLENGE, _WRONG_MAC = 0x6982, 0x6983, 0x6985, 0x6988
_NO_FILE, _WRONG_PLACE, _BEYOND, _NO_INSTRUCTION = 0x6A82, 0x6A86, 0x6B00, 0x6D00
_TRIES_LEFT: Final = 0x63C0


class VirtualCpuCard:
    """A card in a reader: ``reset`` gives its answer to reset, ``transmit`` answers a command."""

    def __init__(
        self, profile: Profile, serial: str, keys: KeyHolder, dice: Callable[[int], bytes], cells: Cells
    ) -> None:
        self.profile = profile
        self.serial = serial
        self.cells = cells
        self.protocol = T0 if profile.serial.file == "" else T1
        self._dice = dice
        self._waiting = b""
        version = version_of(profile, {file.name: cells.get(file.name) for file in profile.files})
        self._keys = {
            key: keys.card_key(profile.name, key, version, serial)
            for key in ("internal", "external", *(file.name for file in profile.files))
        }
        self._cipher = keys.cipher(profile.name)
        self._power_on()

    @property
    def tries(self) -> int:
        """How many tries of the external authentication are left."""
        return self.cells.get(_KEPT)[0]

    def reset(self) -> bytes:
        """Put power on it; gives the answer to reset."""
        self._power_on()
        value = bytearray(self.profile.atr[0][0])
        if self.profile.serial.file == "":
            at = self.profile.serial.at
            value[at : at + self.profile.serial.size] = bytes.fromhex(self.serial)
        else:
            value[-1] = reduce(xor, value[1:-1])
        return bytes(value)

    def transmit(self, raw: bytes) -> bytes:
        """Answer a command; raises ``CardGone`` where the power goes while it writes."""
        try:
            command = read_command(raw)
        except PeerFault:
            return Response(b"", _WRONG_LENGTH).encoded
        if command.ins == _GET_RESPONSE and self.protocol == T0:
            answer, self._waiting = Response(self._waiting, DONE), b""
            return answer.encoded
        return self._shaped(command, self._answer(command)).encoded

    def _power_on(self) -> None:
        self._selected = 0
        self._is_authenticated = False
        self._challenge = b""
        self._waiting = b""

    def _shaped(self, command: Command, answer: Response) -> Response:
        """Over T=0 data are fetched, and a wrong Le is named (ISO/IEC 7816-3, 12.2)."""
        if self.protocol == T1 or not answer.body:
            return answer
        if command.body:
            self._waiting = answer.body
            return Response(b"", _MORE | len(answer.body) & 0xFF)
        if command.expected != len(answer.body):
            return Response(b"", _WRONG_LE | len(answer.body) & 0xFF)
        return answer

    def _answer(self, command: Command) -> Response:
        acts = {
            SELECT: self._select, READ: self._read, UPDATE: self._update, CHALLENGE: self._give_challenge,
            INTERNAL: self._authenticate_itself, EXTERNAL: self._let_in,
        }  # fmt: skip
        act = acts.get(command.ins)
        return Response(b"", _NO_INSTRUCTION) if act is None else act(command)

    def _select(self, command: Command) -> Response:
        names = [name for _, _, name in self.profile.select]
        if command.body not in names:
            return Response(b"", _NO_FILE)
        self._selected = names.index(command.body) + 1
        return Response(b"", DONE)

    def _found(self, command: Command) -> CardFile | None:
        if self._selected < len(self.profile.select) or not command.p1 & BY_SHORT_NAME:
            return None
        place = command.p1 & ~BY_SHORT_NAME
        return next((file for file in self.profile.files if file.places == (place,)), None)

    def _read(self, command: Command) -> Response:
        file = self._found(command)
        if file is None:
            return Response(b"", _NO_FILE)
        if command.cla != SEALED:
            if file.is_sealed:
                return Response(b"", _NOT_AUTHENTICATED)
            held = self.cells.get(file.name, command.p2, command.expected)
            is_there = len(held) == command.expected
            return Response(held, DONE) if is_there else Response(b"", _BEYOND)
        if not self._is_authenticated:
            return Response(b"", _NOT_AUTHENTICATED)
        security = self.profile.security
        size = (command.expected or file.size + security.mac_size) - security.mac_size
        challenge, held = command.body[: security.challenge_size], self.cells.get(file.name, command.p2, size)
        if len(challenge) != security.challenge_size or len(held) != size:
            return Response(b"", _WRONG_LENGTH)
        header = command.header + bytes((len(command.body),))
        return Response(held + self._mac(file.name, challenge + header + held), DONE)

    def _update(self, command: Command) -> Response:
        file, security = self._found(command), self.profile.security
        if file is None:
            return Response(b"", _NO_FILE)
        if file.update == "never" or not self._is_authenticated or command.cla != SEALED:
            return Response(b"", _NOT_AUTHENTICATED)
        challenge, self._challenge = self._challenge, b""
        if len(challenge) != security.challenge_size:
            return Response(b"", _NO_CHALLENGE)
        written, mac = command.body[: -security.mac_size], command.body[-security.mac_size :]
        header = command.header + bytes((len(command.body),))
        if not hmac.compare_digest(self._mac(file.name, challenge + header + written), mac):
            return Response(b"", _WRONG_MAC)
        if command.p2 + len(written) > self.cells.size(file.name):
            return Response(b"", _BEYOND)
        self.cells.put(file.name, command.p2, written)
        return Response(b"", DONE)

    def _give_challenge(self, command: Command) -> Response:
        if command.expected is None:
            return Response(b"", _WRONG_LENGTH)
        self._challenge = self._dice(command.expected)
        return Response(self._challenge, DONE)

    def _authenticate_itself(self, command: Command) -> Response:
        use = self.profile.security.internal
        if use is None or (command.p1, command.p2) != (use.p1, use.p2):
            return Response(b"", _WRONG_PLACE)
        if len(command.body) != use.size:
            return Response(b"", _WRONG_LENGTH)
        return Response(self._cipher.cryptogram(self._keys["internal"], command.body), DONE)

    def _let_in(self, command: Command) -> Response:
        use = self.profile.security.external
        if use is None or (command.p1, command.p2) != (use.p1, use.p2):
            return Response(b"", _WRONG_PLACE)
        if self.tries == 0:
            return Response(b"", _BLOCKED)
        if not command.body:
            return Response(b"", _TRIES_LEFT | self.tries)
        challenge, self._challenge = self._challenge, b""
        if len(challenge) != use.size:
            return Response(b"", _NO_CHALLENGE)
        # One try is used up before it is looked at, so that pulling the card out does not give it back.
        before = self.tries
        self.cells.put(_KEPT, 0, bytes((before - 1,)))
        right = self._cipher.cryptogram(self._keys["external"], challenge)
        if not hmac.compare_digest(right, command.body):
            return Response(b"", _TRIES_LEFT | (before - 1))
        self.cells.put(_KEPT, 0, bytes((TRIES,)))
        self._is_authenticated = True
        return Response(b"", DONE)

    def _mac(self, key: str, message: bytes) -> bytes:
        return self._cipher.mac(self._keys[key], message, self.profile.security.mac_size)


def version_of(profile: Profile, held: Mapping[str, bytes]) -> int:
    """Say from which version of the masters a card's keys were made."""
    known = profile.key_version
    if known.fixed is not None:
        return known.fixed
    version = profile.file(known.file).read(held[known.file])[known.field]
    assert isinstance(version, int), "a key version is a number"  # noqa: S101 - the profile says so
    return version


def issued_cells(profile: Profile, serial: str, values: Mapping[str, Mapping[str, object]]) -> Cells:
    """Personalise a card: its own files as they are said, all others empty. No customer is on it."""
    held = {file.name: bytes(file.size) for file in profile.files}
    for name, said in values.items():
        file = profile.file(name)
        named = {"serial": serial} if file.has("serial") else {}
        held[name] = file.write({**named, **said})
    return Cells({**held, _KEPT: bytes((TRIES,))})
