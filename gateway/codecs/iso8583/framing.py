"""Framing: where a message ends in a stream of bytes, and the header some networks put before it.

| kind           | length before the message                               |
| -------------- | ------------------------------------------------------- |
| be16, le16     | two bytes, big- or little-endian, not counting themselves |
| be16_inclusive | two bytes, big-endian, counting themselves              |
| ascii4, bcd2   | four digits, in four characters or packed in two bytes  |
| none           | no length: the stream's end ends its only message       |

The length counts the header. A header is ``tpdu`` (five bytes: 60, destination, source; the
answer swaps the addresses) or ``text`` (such as ISO015000010). A length of nothing is a sign of
life without a message. A frame longer than the profile allows is passed over, since its length says
where the next one begins. After a ``FrameFault`` nobody knows where that is: close.

    00 0c 60 00 01 00 02 30 38 30 30 …   be16, header tpdu
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.codecs.iso8583.tables import TableFault, choice, section, whole, word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# The largest known messages of bank interfaces (three LLLVAR fields full) stay below four
# kilobytes; what is longer is a broken length or an attack on our memory.
FRAME_MAX_DEFAULT = 4096
# Two bytes can say no more.
FRAME_MAX = 65_535

HEADERS = frozenset({"none", "tpdu", "text"})
_TPDU = re.compile(r"[0-9A-Fa-f]{10}")
_TPDU_DEFAULT = "6000000000"


class FrameFault(ValueError):  # noqa: N818 - a fault of the peer, beside PeerFault
    """The stream cannot be cut into messages any more.

    It says the offset since the connection began, why, and the frames that were complete before.
    """

    def __init__(self, at: int, why: str, frames: tuple[Frame, ...] = ()) -> None:
        super().__init__(f"stream at {at}: {why}")
        self.at = at
        self.why = why
        self.frames = frames


@dataclass(frozen=True, slots=True)
class Frame:
    """One message, and the header it came with. Payloads hold card numbers: no repr of them.

    ``is_too_long``: the frame was longer than the profile allows; its bytes were passed over unread.
    """

    payload: bytes
    header: bytes = b""
    is_too_long: bool = False

    def __repr__(self) -> str:
        """Show the header and the size only."""
        return f"Frame(<{len(self.payload)} bytes>, header={self.header.hex()})"


@dataclass(frozen=True, slots=True)
class Length:
    """A kind of length: its bytes, how it is read (``None``: not numeric) and written."""

    size: int
    read: Callable[[bytes], int | None]
    write: Callable[[int], bytes]


def _bcd(raw: bytes) -> int | None:
    digits = raw.hex()
    return int(digits) if digits.isdecimal() else None


LENGTHS = {
    "none": Length(0, lambda _raw: None, lambda _count: b""),
    "be16": Length(2, lambda raw: int.from_bytes(raw, "big"), lambda n: n.to_bytes(2, "big")),
    "le16": Length(2, lambda raw: int.from_bytes(raw, "little"), lambda n: n.to_bytes(2, "little")),
    "be16_inclusive": Length(
        2, lambda raw: int.from_bytes(raw, "big") - 2, lambda n: (n + 2).to_bytes(2, "big")
    ),
    "ascii4": Length(4, lambda raw: int(raw) if raw.isdigit() else None, lambda n: b"%04d" % n),
    "bcd2": Length(2, _bcd, lambda n: bytes.fromhex(f"{n:04d}")),
}
# What each kind of length can say.
_MOST = {"be16_inclusive": FRAME_MAX - 2, "ascii4": 9999, "bcd2": 9999}


@dataclass(frozen=True, slots=True)
class Framing:
    """How a profile's messages are framed. ``max`` counts header and payload."""

    kind: str
    header_kind: str
    header: bytes
    max: int

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> Framing:
        """Read ``{"kind", "header": {"kind", "text" | "address"}, "max"}``; raises ``TableFault``."""
        kind = choice(table.get("kind"), LENGTHS, "framing.kind")
        header_table = section(table, "header", "framing") if "header" in table else {"kind": "none"}
        header_kind = choice(header_table.get("kind"), HEADERS, "framing.header.kind")
        header = b""
        if header_kind == "text":
            header = _ascii(word(header_table, "text", "framing.header"))
        if header_kind == "tpdu":
            header = _tpdu(word(header_table, "address", "framing.header", _TPDU_DEFAULT))
        most = _MOST.get(kind, FRAME_MAX)
        limit = table.get("max", FRAME_MAX_DEFAULT)
        return cls(kind, header_kind, header, whole(limit, "framing.max", least=1, most=most))

    def wrap(self, payload: bytes, header: bytes | None = None) -> bytes:
        """Give the bytes to send; without a header the profile's own. Too long a message is our bug."""
        body = (self.header if header is None else header) + payload
        if len(body) > self.max:
            raise ValueError(f"a frame of {len(body)} bytes, at most {self.max} are allowed")
        return LENGTHS[self.kind].write(len(body)) + body

    def answer_header(self, header: bytes) -> bytes:
        """Give the header of the answer to a frame: a TPDU goes back to its source."""
        if self.header_kind == "tpdu":
            return header[:1] + header[3:5] + header[1:3]
        return header


def _ascii(text: str) -> bytes:
    if text and text.isascii():
        return text.encode("ascii")
    raise TableFault("framing.header.text", "must be ASCII characters")


def _tpdu(text: str) -> bytes:
    if _TPDU.fullmatch(text):
        return bytes.fromhex(text)
    raise TableFault("framing.header.address", "must be ten hex digits")


class FrameReader:
    """Cuts one connection's stream. Any chunking gives the same frames."""

    __slots__ = ("_buffer", "_consumed", "_fault", "_framing", "_length", "_passing_over")

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._length = LENGTHS[framing.kind]
        self._buffer = bytearray()
        self._consumed = 0
        # Bytes of a too long frame that are still to come and are not kept.
        self._passing_over = 0
        self._fault: FrameFault | None = None

    @property
    def is_midframe(self) -> bool:
        """True while part of a frame is here; the door's deadline runs then."""
        return bool(self._buffer) or self._passing_over > 0

    def receive(self, chunk: bytes) -> list[Frame]:
        """Give the frames that ``chunk`` completes; raises ``FrameFault``, and then for ever."""
        if self._fault is not None:
            raise FrameFault(self._fault.at, self._fault.why)
        self._buffer += chunk
        frames: list[Frame] = []
        try:
            while (frame := self._next()) is not None:
                if frame.payload or frame.header or frame.is_too_long:
                    frames.append(frame)
        except FrameFault as fault:
            self._fault = FrameFault(fault.at, fault.why, tuple(frames))
            raise self._fault from None
        return frames

    def end(self) -> list[Frame]:
        """Note the end of the stream: it ends an unframed message, and is a fault inside a frame."""
        body = bytes(self._buffer)
        self._buffer.clear()
        if not body and not self._passing_over:
            return []
        if self._framing.kind == "none":
            return [self._frame(body, self._consumed)]
        raise FrameFault(self._consumed + len(body), "the stream ended inside a frame")

    def _next(self) -> Frame | None:
        size, buffer = self._length.size, self._buffer
        if self._passing_over and self._pass_over():
            return Frame(b"", is_too_long=True)
        if size == 0:
            if len(buffer) > self._framing.max:
                raise FrameFault(self._consumed, f"more than {self._framing.max} bytes")
            return None
        if len(buffer) < size or self._passing_over:
            return None
        count = self._length.read(bytes(buffer[:size]))
        if count is None or count < 0:
            raise FrameFault(self._consumed, "length is not numeric or shorter than itself")
        if count > self._framing.max:
            self._passing_over = size + count
            return self._next()
        if len(buffer) < size + count:
            return None
        frame = self._frame(bytes(buffer[size : size + count]), self._consumed + size)
        del buffer[: size + count]
        self._consumed += size + count
        return frame

    def _pass_over(self) -> bool:
        """Drop what is here of a too long frame; True when it is over."""
        dropped = min(self._passing_over, len(self._buffer))
        del self._buffer[:dropped]
        self._consumed += dropped
        self._passing_over -= dropped
        return self._passing_over == 0

    def _frame(self, body: bytes, at: int) -> Frame:
        header = self._framing.header
        if not header or not body:
            return Frame(body)
        # Text headers are fixed per bank; another one means that this is another interface.
        is_expected = self._framing.header_kind == "tpdu" or body.startswith(header)
        if len(body) < len(header) or not is_expected:
            raise FrameFault(at, "the header is cut short or another one")
        return Frame(body[len(header) :], body[: len(header)])
