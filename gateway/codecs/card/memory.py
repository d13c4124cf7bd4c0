"""The way to a memory card, through the pseudo commands of its reader (PC/SC part 3: class FF).

    FF A4 00 00 01 06      this kind of card is in the reader
    FF B0 00 address       ──► bytes
    FF B1 00 00            ──► the error counter: each set bit of its lowest three is a try
    FF 20 00 00 code       ──► 90 07: right; 90 00: locked for ever; all else: wrong, with the counter
    FF D0 00 address …     bytes are written, one after the other

A card that only stores bytes proves nothing, so each record is sealed: MAC over address and size ‖ body, by
keys of this serial. What counts is kept twice. The older copy is marked invalid, written, sealed, and marked
valid by one byte at the very end; so whenever the card is pulled out one of the two is whole.

    slot    fields … | MAC | flag A5        the valid one with the higher sequence counts

The code is presented before the first byte is written, and never when fewer tries are left than the profile
allows: a card that has none left can never be written again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.card.fault import PeerFault, SealFault
from gateway.codecs.card.line import Line
from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Break, Over, Purpose, Transmit

if TYPE_CHECKING:
    from gateway.codecs.card.layout import CardFile
    from gateway.codecs.card.picture import Opened
    from gateway.codecs.card.steps import Talk

READER: Final = 0xFF
SELECT_TYPE, READ, COUNTER, PRESENT, WRITE = 0xA4, 0xB0, 0xB1, 0x20, 0xD0
#: The flag of a slot that is whole. Erased bytes are FF and cleared ones 00, so neither is taken for it.
VALID: Final = b"\xa5"

_VOID: Final = b"\0"
_ALL_TRIES: Final = 0x07
_PRESENTED: Final = 0x9000 | _ALL_TRIES
_LOCKED: Final = 0x9000
_COUNTER_SIZE: Final = 4


class MemoryLine(Line):
    """A memory card on the line."""

    _is_open_for_writing = False

    def open(self) -> Talk[Opened]:
        """Tell the reader which card it is, and find out its serial and how many tries are left."""
        profile = self.profile
        kind = bytes((profile.security.card_type,))
        yield from self.done(Transmit(READER, SELECT_TYPE, 0, 0, kind, label="card type"))
        file = profile.file(profile.serial.file)
        raw = yield from self._bytes(file.places[0], file.size, "read card")
        try:
            values = {file.name: file.read(raw)}
        except PeerFault as fault:
            raise Break(Told.NOT_ISSUED, str(fault)) from None
        left = yield from self._tries()
        serial = raw[profile.serial.at : profile.serial.at + profile.serial.size]
        return self.found(values, serial, left)

    def read(self, file: CardFile) -> Talk[bytes]:
        """Read a file: of two slots the one that counts, all zeros where none does.

        Raises ``SealFault`` where the MAC is wrong: then it holds what we have not written.
        """
        if len(file.places) > 1:
            _, raw = yield from self._newest(file)
            return raw
        raw = yield from self._bytes(file.places[0], file.size + file.trailer, f"read {file.name}")
        if file.is_sealed and not file.is_empty(raw):
            yield from self._prove(file, file.places[0], raw)
        return raw[: file.size]

    def write(self, file: CardFile, body: bytes) -> Talk[bytes]:
        """Write a file; gives what is there then: a slot has its sequence."""
        if len(file.places) == 1:
            trailer = bytes(file.trailer)
            if any(body) and file.is_sealed:
                trailer = yield from self._sealed(file, file.places[0], body)
            yield from self._stored(file.places[0], body + trailer, f"write {file.name}")
            return body
        try:
            newest, raw = yield from self._newest(file)
        except SealFault:
            # What somebody else has put there counts for nothing, whatever its sequence says.
            newest, raw = None, bytes(file.size)
        field = file.field("sequence")
        sequence = int.from_bytes(raw[field.at : field.end], "big") + 1
        if sequence >= 256**field.size:
            raise Break(Told.WORN_OUT, f"{file.name} was written {sequence - 1} times")
        body = body[: field.at] + sequence.to_bytes(field.size, "big") + body[field.end :]
        address = file.places[0] if newest is None else next(one for one in file.places if one != newest)
        mac = yield from self._sealed(file, address, body)
        flag = address + file.size + len(mac)
        yield from self._stored(flag, _VOID, f"unmark {file.name}")
        yield from self._stored(address, body + mac, f"write {file.name}")
        yield from self._stored(flag, VALID, f"mark {file.name}")
        return body

    def _newest(self, file: CardFile) -> Talk[tuple[int | None, bytes]]:
        """Give the slot that counts with what it holds; none of them is valid: None, and zeros."""
        field, found = file.field("sequence"), []
        for address in file.places:
            raw = yield from self._bytes(address, file.size + file.trailer, f"read {file.name}")
            if raw[-len(VALID) :] == VALID:
                found.append((int.from_bytes(raw[field.at : field.end], "big"), address, raw[: -len(VALID)]))
        fault: SealFault | None = None
        for _, address, raw in sorted(found, reverse=True):
            try:
                yield from self._prove(file, address, raw)
            except SealFault as broken:
                fault = broken
            else:
                return address, raw[: file.size]
        if fault is not None:
            raise fault
        return None, bytes(file.size)

    def _prove(self, file: CardFile, address: int, raw: bytes) -> Talk[None]:
        header, size = bytes((address, file.size)), self.profile.security.mac_size
        if not (yield from self.asked(Purpose.PROVE, file.name, size, Over(header=header, body=raw))):
            raise SealFault(file.name, "", file.size, "the MAC does not fit")

    def _sealed(self, file: CardFile, address: int, body: bytes) -> Talk[bytes]:
        header, size = bytes((address, file.size)), self.profile.security.mac_size
        return (yield from self.asked(Purpose.SEAL, file.name, size, Over(header=header, body=body)))

    def _stored(self, address: int, body: bytes, label: str) -> Talk[None]:
        yield from self._present()
        page = self.profile.security.page_size
        for at in range(0, len(body), page):
            part = body[at : at + page]
            yield from self.done(Transmit(READER, WRITE, 0, address + at, part, label=label, is_update=True))

    def _present(self) -> Talk[None]:
        """Present the code once. How many tries are left is looked at anew: one more may be gone by now."""
        if self._is_open_for_writing:
            return
        yield from self._tries()
        code = yield from self.asked(Purpose.CODE, "code", self.profile.security.code_size)
        answer = yield from self.sent(Transmit(READER, PRESENT, 0, 0, code, label="present the code"))
        if answer.status != _PRESENTED:
            is_counter = answer.status & ~_ALL_TRIES == _LOCKED
            told = Told.WRONG_CODE if is_counter else self.profile.told(answer.status)
            raise Break(Told.LOCKED if answer.status == _LOCKED else told, "present the code")
        self._is_open_for_writing = True

    def _tries(self) -> Talk[int]:
        counter = yield from self.done(Transmit(READER, COUNTER, 0, 0, expected=_COUNTER_SIZE, label="tries"))
        left = (counter[0] & _ALL_TRIES).bit_count()
        if left < self.profile.security.tries_least:
            raise Break(Told.FEW_TRIES if left else Told.LOCKED, f"{left} tries left")
        return left

    def _bytes(self, address: int, size: int, label: str) -> Talk[bytes]:
        return (yield from self.done(Transmit(READER, READ, 0, address, expected=size, label=label)))
