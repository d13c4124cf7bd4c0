"""A meter's end of DL/T 645-1997: reading, over the same house. What 2007 asks it does not understand."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import schemas
from gateway.codecs.dlt645.edition1997 import answer, read_question, refuse, same_in_2007
from gateway.codecs.dlt645.fault import PeerFault, ValueFault
from gateway.codecs.dlt645.frame import BROADCAST, Frame, FrameReader, encoded, is_for, wire_address
from gateway.codecs.dlt645.items import Items
from gateway.simulators.meters.face import Face, Mishaps
from gateway.simulators.meters.face645 import items_2007
from gateway.simulators.meters.read645 import values_of

if TYPE_CHECKING:
    from gateway.codecs.dlt645.formats import Value
    from gateway.simulators.meters.house import House

TURN_MS: Final = 20
_NO_SUCH_ITEM: Final = 0b10


@cache
def _table() -> dict[str, Any]:
    return schemas.load("meters/dlt645-1997.json")


@cache
def _items() -> Items:
    return Items.from_table(_table())


class Face1997(Face):
    """One end of one line."""

    __slots__ = ("_reader",)

    def __init__(self, house: House, mishaps: Mishaps | None = None) -> None:
        super().__init__(house, mishaps or Mishaps(), TURN_MS)
        self._reader = FrameReader()

    def receive(self, octets: bytes) -> bytes:
        """Take what came; give the answers to what is for this meter."""
        answers, own = b"", wire_address(self.house.number)
        for frame in self._reader.receive(octets):
            if not isinstance(frame, Frame) or frame.address == BROADCAST:
                continue
            if frame.is_from_meter or not is_for(frame.wire_address, own):
                continue
            try:
                question = read_question(frame)
            except PeerFault:
                continue
            self.mishaps.begin()
            self.house.update()
            body = self._body(question[1])
            number = self.house.number
            said = refuse(number, question, _NO_SUCH_ITEM) if body is None else answer(number, question, body)
            answers += self._said(said)
        return answers

    def line_lost(self) -> None:
        """Forget half a frame."""
        self._reader = FrameReader()

    def _body(self, di: str) -> bytes | None:
        if di == "C032":
            return _items().find(di).encode([self.house.number])
        same = same_in_2007(_table(), di)
        values = None if same is None else values_of(self.house, same)
        if same is None or values is None:
            return None
        try:
            item = _items().find(di)
        except ValueFault:
            return None
        now, then = items_2007().find(same).parts, item.parts
        # The same quantity has fewer decimals in this edition: a meter cuts them off.
        cut = [10 ** max(0, a.decimals - b.decimals) for a, b in zip(now, then, strict=True)]
        places = range(len(values))
        fewer: list[Value] = [_shorter(values[place], cut[place % len(cut)]) for place in places]
        try:
            return item.encode(fewer)
        except ValueFault:
            return item.encode([None] * len(fewer))

    def _as_another(self, answer: bytes) -> bytes:
        found = [event for event in FrameReader().receive(answer) if isinstance(event, Frame)]
        other = f"{(int(self.house.number) + 1) % 10**12:012d}"
        return b"".join(encoded(other, frame.control, frame.body) for frame in found)

    def _damaged(self, answer: bytes) -> bytes:
        return answer[:-2] + bytes((answer[-2] ^ 0x5A,)) + answer[-1:]


def _shorter(value: Value, divisor: int) -> Value:
    return abs(value) // divisor if isinstance(value, int) else value
