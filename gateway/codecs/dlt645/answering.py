"""The meter's end of the wire, sans-I/O: questions come out, answers go in. Simulators are built on it.

What is not for this meter is passed over in silence, as DL/T 645-2007, 5.3 wants it; so is a frame that is
not whole. A question whose body makes no sense is refused with *other*. Long answers go out in frames of 200
bytes: the function *read subsequent* is answered here, until another identifier is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlt645.fault import PeerFault, ValueFault
from gateway.codecs.dlt645.frame import (
    BODY_MAX,
    BROADCAST,
    ERROR,
    FROM_METER,
    MORE,
    Frame,
    FrameReader,
    encoded,
    is_for,
    wire_address,
)
from gateway.codecs.dlt645.orders import ChangePassword, Clear, Relay, Write
from gateway.codecs.dlt645.requests import (
    SEQUENCE_MAX,
    ChangeBaud,
    ChoosePulse,
    Freeze,
    Function,
    Read,
    ReadAddress,
    ReadNext,
    SetTime,
    WriteAddress,
    identifier_bytes,
)
from gateway.codecs.dlt645.secure import Secure

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from gateway.codecs.dlt645.dialogue import Request

#: The bit of the plain error word that says *other* (DL/T 645-2007, annex B).
OTHER: Final = 0b1
NO_SUCH_ITEM: Final = 0b10

#: Of a frame of an answer: the identifier, and the number that those which follow end with.
_DI_WIDTH: Final = 4
_NUMBER_WIDTH: Final = 1

_PLAIN: Final[dict[int, Callable[[bytes], Request]]] = {
    Function.READ: Read.from_body,
    Function.READ_NEXT: ReadNext.from_body,
    Function.READ_ADDRESS: ReadAddress.from_body,
    Function.WRITE_ADDRESS: WriteAddress.from_body,
    Function.FREEZE: Freeze.from_body,
    Function.CHANGE_BAUD: ChangeBaud.from_body,
    Function.CHOOSE_PULSE: ChoosePulse.from_body,
    Function.WRITE: Write.from_body,
    Function.CHANGE_PASSWORD: ChangePassword.from_body,
    Function.SECURE: Secure.from_body,
}
_CLEARING: Final = frozenset({Function.CLEAR_DEMAND, Function.CLEAR_METER, Function.CLEAR_EVENTS})


@dataclass(frozen=True, slots=True)
class Asked:
    """A question for this meter. One to all meters is obeyed and not answered."""

    request: Request
    is_to_all: bool


def read_request(frame: Frame, zone: tzinfo) -> Request:
    """Read what a frame asks or orders, in the meter's zone. ``PeerFault`` where that makes no sense."""
    if frame.is_from_meter:
        raise PeerFault("control", 0, "it is an answer")
    function = frame.function
    if function in _PLAIN:
        return _PLAIN[function](frame.body)
    if function in _CLEARING:
        return Clear.from_body(Function(function), frame.body)
    if function == Function.SET_TIME:
        return SetTime.from_body(frame.body, zone)
    if function == Function.RELAY:
        return Relay.from_body(frame.body, zone)
    raise PeerFault("control", 0, "there is no such function")


class MeterEnd:
    """One meter on a line: cuts the stream, finds what is for it, and writes its answers.

    ``body_max``: bytes of a body of its own; small meters cut their answers shorter than the standard's 200.
    ``ValueFault`` for a size that holds nothing, or is none of the standard.
    """

    def __init__(self, address: str, zone: tzinfo, *, body_max: int = BODY_MAX) -> None:
        if not _DI_WIDTH + _NUMBER_WIDTH < body_max <= BODY_MAX:
            raise ValueFault(f"a meter's answers have bodies of 6 to {BODY_MAX} bytes")
        self._first_max = body_max - _DI_WIDTH
        self._next_max = self._first_max - _NUMBER_WIDTH
        self._address = address
        self._own = wire_address(address)
        self._zone = zone
        self._reader = FrameReader()
        self._kept_di = ""
        self._kept: list[bytes] = []

    def receive(self, chunk: bytes) -> list[Asked | bytes]:
        """Give the questions that ``chunk`` completes; bytes are an answer that goes out as it is."""
        found: list[Asked | bytes] = []
        for frame in self._reader.receive(chunk):
            if isinstance(frame, Frame) and not frame.is_from_meter:
                found += self._heard(frame)
        return found

    @property
    def is_midframe(self) -> bool:
        """True while half a question may be here; the pause between bytes counts then."""
        return self._reader.is_midframe

    def silence(self) -> None:
        """Note that the line fell silent: what is half here is no question."""
        self._reader = FrameReader()

    def answer(self, request: Request, body: bytes = b"") -> bytes:
        """Write the answer to a question; what is read goes behind its identifier.

        ``ValueFault`` for an answer that is longer than 256 frames: no identifier of a meter is.
        """
        if not isinstance(request, Read):
            return encoded(self._address, FROM_METER | request.function, body)
        self._kept_di, rest = request.di, body[self._first_max :]
        self._kept = [rest[at : at + self._next_max] for at in range(0, len(rest), self._next_max)]
        if len(self._kept) > SEQUENCE_MAX:
            raise ValueFault(f"an answer of {len(body)} bytes is longer than 256 frames")
        more = MORE if self._kept else 0
        first = identifier_bytes(request.di) + body[: self._first_max]
        return encoded(self._address, FROM_METER | more | request.function, first)

    def refuse(self, request: Request, word: int, width: int = 1) -> bytes:
        """Write an error word of so many bytes."""
        return self._refusal(request.function, word, width)

    def _refusal(self, function: int, word: int, width: int = 1) -> bytes:
        return encoded(self._address, FROM_METER | ERROR | function, word.to_bytes(width, "little"))

    def _heard(self, frame: Frame) -> list[Asked | bytes]:
        is_to_all = frame.address == BROADCAST
        if not is_to_all and not is_for(frame.wire_address, self._own):
            return []
        try:
            request = read_request(frame, self._zone)
        except PeerFault:
            return [] if is_to_all else [self._refusal(frame.function, OTHER)]
        if isinstance(request, ReadNext):
            return [] if is_to_all else [self._next(request)]
        return [Asked(request, is_to_all)]

    def _next(self, request: ReadNext) -> bytes:
        if request.di != self._kept_di or request.number > len(self._kept):
            return self._refusal(request.function, NO_SUCH_ITEM)
        more = MORE if request.number < len(self._kept) else 0
        part = self._kept[request.number - 1]
        body = identifier_bytes(request.di) + part + bytes((request.number,))
        return encoded(self._address, FROM_METER | more | request.function, body)
