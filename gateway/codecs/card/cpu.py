"""The way to a CPU card: select, prove each other genuine, then read and update files under MACs.

    station                                card                          who has the keys
    SELECT …
    00 B0 sfi                       ──►    serial, key version
    00 82 00 02 (nothing)           ──►    63CX: X tries are left        (powertill-cpu)
    00 88 00 01 challenge           ──►    cryptogram             ──►    INTERNAL: is it right?
    00 84 00 00                     ──►    challenge              ──►    EXTERNAL ──► cryptogram
    00 82 00 02 cryptogram          ──►    9000
    04 B0 sfi challenge             ──►    body ‖ MAC             ──►    PROVE: is it right?
    00 84 00 00                     ──►    challenge              ──►    SEAL ──► MAC
    04 D6 sfi body ‖ MAC            ──►    9000

One challenge is good for one command. A MAC is over challenge ‖ CLA INS P1 P2 Lc ‖ body. Commands: ISO/IEC
7816-4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.card.fault import PeerFault
from gateway.codecs.card.line import Line
from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Break, Over, Purpose, Transmit

if TYPE_CHECKING:
    from gateway.codecs.card.layout import CardFile
    from gateway.codecs.card.picture import Opened
    from gateway.codecs.card.profile import Authentication
    from gateway.codecs.card.steps import Talk

SELECT, READ, UPDATE = 0xA4, 0xB0, 0xD6
CHALLENGE, INTERNAL, EXTERNAL = 0x84, 0x88, 0x82
PLAIN, SEALED = 0x00, 0x04
#: P1 of READ and UPDATE BINARY: a short name in place of an offset (ISO/IEC 7816-4, 7.2.1).
BY_SHORT_NAME: Final = 0x80

_TRIES: Final = 0x63C0
_BLOCKED: Final = 0x6983
_DONE: Final = 0x9000


class CpuLine(Line):
    """A CPU card on the line."""

    def open(self) -> Talk[Opened]:
        """Find out which card it is, and let each prove to the other that it is genuine."""
        for p1, p2, name in self.profile.select:
            answer = yield from self.sent(Transmit(PLAIN, SELECT, p1, p2, name, label="select"))
            # 61XX: selected, and it has more to say of the file than is asked here.
            if answer.status != _DONE and answer.status >> 8 != 0x61:  # noqa: PLR2004 - see above
                meaning = self.profile.meaning(answer.status)
                raise Break(self.profile.told(answer.status), f"select: {meaning}")
        opened = yield from self._who()
        yield from self._is_genuine()
        yield from self._let_in()
        return opened

    def read(self, file: CardFile) -> Talk[bytes]:
        """Read a whole file; what came sealed was proved."""
        p1, label = BY_SHORT_NAME | file.places[0], f"read {file.name}"
        if not file.is_sealed:
            return (yield from self.done(Transmit(PLAIN, READ, p1, 0, expected=file.size, label=label)))
        size, expected = self.profile.security.mac_size, file.size + self.profile.security.mac_size
        challenge = yield from self.asked(Purpose.CHALLENGE, file.name, self.profile.security.challenge_size)
        request = challenge + (file.bound + bytes((expected,)) if file.bound else b"")
        sealed = yield from self.done(Transmit(SEALED, READ, p1, 0, request, expected=expected, label=label))
        over = Over(challenge, bytes((SEALED, READ, p1, 0, len(request))), sealed)
        if not (yield from self.asked(Purpose.PROVE, file.name, size, over)):
            raise Break(Told.WRONG_MAC, label)
        return sealed[: file.size]

    def write(self, file: CardFile, body: bytes) -> Talk[bytes]:
        """Write a whole file; gives what is there then."""
        yield from self.write_part(file, 0, body, "write")
        return body

    def write_part(self, file: CardFile, at: int, body: bytes, what: str) -> Talk[None]:
        """Write so many bytes from there on."""
        p1, size, label = (
            BY_SHORT_NAME | file.places[0],
            self.profile.security.mac_size,
            f"{what} {file.name}",
        )
        cla, mac = PLAIN, b""
        if file.update == "sealed":
            challenge = yield from self._challenge(self.profile.security.challenge_size)
            cla, header = SEALED, bytes((SEALED, UPDATE, p1, at, len(body) + size))
            mac = yield from self.asked(Purpose.SEAL, file.name, size, Over(challenge, header, body))
        yield from self.done(Transmit(cla, UPDATE, p1, at, body + mac, label=label, is_update=True))

    def _who(self) -> Talk[Opened]:
        """Read the serial and the key version; with few tries left nothing further is done to this card."""
        profile = self.profile
        raws: dict[str, bytes] = {}
        wanted = {profile.serial.file} | {one.file for one in (profile.key_version, profile.system) if one}
        for name in sorted(wanted - {""}):
            raws[name] = yield from self.read(profile.file(name))
        try:
            values = {name: profile.file(name).read(raw) for name, raw in raws.items()}
        except PeerFault as fault:
            raise Break(Told.NOT_ISSUED, str(fault)) from None
        where = raws[profile.serial.file] if profile.serial.file else self.atr
        serial = where[profile.serial.at : profile.serial.at + profile.serial.size]
        tries = yield from self._tries()
        return self.found(values, serial, tries)

    def _tries(self) -> Talk[int | None]:
        """Ask how many tries are left; asking uses none (ISO/IEC 7816-4, 7.5.4).

        A card that should say so and does not is left alone: nobody knows whether the next try is its last.
        """
        security = self.profile.security
        if not security.tries_shown:
            return None
        use = _used(security.external)
        answer = yield from self.sent(Transmit(PLAIN, EXTERNAL, use.p1, use.p2, label="tries"))
        if answer.status == _BLOCKED:
            raise Break(Told.LOCKED, "tries")
        if answer.status & 0xFFF0 != _TRIES:
            raise Break(self.profile.told(answer.status), f"tries: {self.profile.meaning(answer.status)}")
        left = answer.status & 0x0F
        if left < security.tries_least:
            raise Break(Told.FEW_TRIES if left else Told.LOCKED, f"{left} tries left")
        return left

    def _is_genuine(self) -> Talk[None]:
        use, label = _used(self.profile.security.internal), "internal authentication"
        challenge = yield from self.asked(Purpose.CHALLENGE, "internal", use.size)
        answered = yield from self.done(
            Transmit(PLAIN, INTERNAL, use.p1, use.p2, challenge, expected=use.size, label=label)
        )
        over = Over(challenge, body=answered)
        if not (yield from self.asked(Purpose.INTERNAL, "internal", use.size, over)):
            raise Break(Told.NOT_GENUINE, label)

    def _let_in(self) -> Talk[None]:
        use, label = _used(self.profile.security.external), "external authentication"
        challenge = yield from self._challenge(use.size)
        cryptogram = yield from self.asked(Purpose.EXTERNAL, "external", use.size, Over(challenge))
        yield from self.done(Transmit(PLAIN, EXTERNAL, use.p1, use.p2, cryptogram, label=label))

    def _challenge(self, size: int) -> Talk[bytes]:
        return (yield from self.done(Transmit(PLAIN, CHALLENGE, 0, 0, expected=size, label="challenge")))


def _used(authentication: Authentication | None) -> Authentication:
    assert authentication is not None, "a CPU card's profile has both"  # noqa: S101 - checked when it was read
    return authentication
