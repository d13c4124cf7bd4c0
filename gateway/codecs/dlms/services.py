"""What client and meter say to each other once they are associated (IEC 62056-5-3, 9.5): values, no octets.

``invoke`` is the octet Invoke-Id-And-Priority: the number of the request in its low half, 40 for a confirmed
one, 80 for one of high priority. An answer bears its request's. A ``block`` is part of something long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gateway.codecs.dlms.datum import Datum
from gateway.codecs.dlms.results import AccessFault


@dataclass(frozen=True, slots=True)
class Target:
    """An attribute or a method of an object: its class, its logical name (six octets), which one."""

    class_id: int
    name: bytes
    index: int

    @classmethod
    def of(cls, class_id: int, obis: str, index: int) -> Target:
        """Make one of a logical name in words: A-B:C.D.E.F, or six numbers with points.

        Refuses (ValueError) what is neither.

        >>> Target.of(3, "1-0:1.8.0.255", 2).name.hex()
        '0100010800ff'
        """
        words = obis.replace("-", ".").replace(":", ".").replace("*", ".").split(".")
        if len(words) != 6 or not all(w.isascii() and w.isdigit() and int(w) <= 255 for w in words):  # noqa: PLR2004
            raise ValueError(f"{obis[:40]!r} is no logical name: six numbers from 0 to 255")
        return cls(class_id, bytes(int(word) for word in words), index)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which part of an attribute: the number of the selector, and what it wants to know."""

    selector: int
    parameter: Datum


@dataclass(frozen=True, slots=True)
class Asked:
    """An attribute to read, and which part of it."""

    target: Target
    selection: Selection | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Part of something long: its number from 1 on, and whether it is the last one."""

    is_last: bool
    number: int
    raw: bytes

    def __repr__(self) -> str:
        """Show the size of the part only."""
        return f"Block({self.number}{', last' if self.is_last else ''}, <{len(self.raw)} octets>)"


Result: TypeAlias = Datum | AccessFault


@dataclass(frozen=True, slots=True)
class GetRequest:
    """Read one attribute (C0 01)."""

    invoke: int
    asked: Asked


@dataclass(frozen=True, slots=True)
class GetNext:
    """Let the next block of a long answer come (C0 02); the number is that of the one before."""

    invoke: int
    number: int


@dataclass(frozen=True, slots=True)
class GetList:
    """Read several attributes (C0 03)."""

    invoke: int
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class GetResponse:
    """The attribute, or why not (C4 01)."""

    invoke: int
    result: Result


@dataclass(frozen=True, slots=True)
class GetBlock:
    """A block of a long answer, or why there is none (C4 02)."""

    invoke: int
    block: Block
    fault: AccessFault | None = None


@dataclass(frozen=True, slots=True)
class GetListResponse:
    """The attributes in the order in which they were asked for, each or why not (C4 03)."""

    invoke: int
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class SetRequest:
    """Write attributes: one (C1 01), or a list (C1 04), each with its value."""

    invoke: int
    asked: tuple[Asked, ...]
    values: tuple[Datum, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class SetFirstBlock:
    """Begin to write something long: one attribute (C1 02), or a list (C1 05)."""

    invoke: int
    asked: tuple[Asked, ...]
    block: Block
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class SetBlock:
    """A further block of what is written (C1 03)."""

    invoke: int
    block: Block


@dataclass(frozen=True, slots=True)
class SetResponse:
    """What became of each value: 0 is success. One (C5 01), a list (C5 05); after blocks C5 03 and C5 04.

    ``number`` is that of the last block, where it came in blocks.
    """

    invoke: int
    results: tuple[int, ...]
    is_list: bool = False
    number: int | None = None


@dataclass(frozen=True, slots=True)
class SetBlockAck:
    """A block of what is written has come (C5 02)."""

    invoke: int
    number: int


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """Do a method: one (C3 01), or a list (C3 03), each with its parameter; None for a single one without."""

    invoke: int
    methods: tuple[Target, ...]
    parameters: tuple[Datum | None, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class ActionNext:
    """Let the next block of a long answer come (C3 02), or of a long parameter (C7 04, by the meter)."""

    invoke: int
    number: int
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class ActionFirstBlock:
    """Begin to hand over a long parameter: one method (C3 04), or a list (C3 05)."""

    invoke: int
    methods: tuple[Target, ...]
    block: Block
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class ActionBlock:
    """A further block: of a parameter (C3 06), or of an answer (C7 02)."""

    invoke: int
    block: Block
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a method: 0 is success; and what it gave back, if anything."""

    result: int
    given: Result | None = None


@dataclass(frozen=True, slots=True)
class ActionResponse:
    """What became of each method: one (C7 01), or a list (C7 03)."""

    invoke: int
    done: tuple[Done, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Excepted:
    """The meter cannot treat this at all (D8): why, and the counter that it wants where that was wrong."""

    state: int
    service: int
    counter: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceError:
    """A service failed (0E): which one, the class of the error and the error."""

    service: int
    error_class: int
    error: int


@dataclass(frozen=True, slots=True)
class Notified:
    """The meter tells something unasked (0F): its long number, the moment as its octets, the value."""

    invoke: int
    moment: bytes
    value: Datum


@dataclass(frozen=True, slots=True)
class EventNotified:
    """The meter tells a change of an attribute (C2), at a moment where it has one."""

    moment: bytes | None
    target: Target
    value: Datum


GetApdu: TypeAlias = GetRequest | GetNext | GetList | GetResponse | GetBlock | GetListResponse
SetApdu: TypeAlias = SetRequest | SetFirstBlock | SetBlock | SetResponse | SetBlockAck
ActionApdu: TypeAlias = ActionRequest | ActionNext | ActionFirstBlock | ActionBlock | ActionResponse
Told: TypeAlias = Excepted | ServiceError | Notified | EventNotified
Service: TypeAlias = GetApdu | SetApdu | ActionApdu | Told
