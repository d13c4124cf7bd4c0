"""The parts of which several services are made: targets, selections, blocks, results (IEC 62056-5-3, 9.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from gateway.codecs.dlms.axdr import read_from, write
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.octets import Octets, length, sized
from gateway.codecs.dlms.results import AccessFault
from gateway.codecs.dlms.services import Asked, Block, Done, Result, Selection, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.codecs.dlms.datum import Datum

LIST_MAX: Final = 255
"""Attributes, or methods, in one request: a meter's PDU of some hundred octets holds a dozen."""

_NAME_SIZE: Final = 6
_Part = TypeVar("_Part")


def read_target(source: Octets) -> Target:
    """Read a class, a logical name and an index."""
    class_id = source.whole(2, "class")
    return Target(class_id, source.take(_NAME_SIZE, "logical name"), source.byte("index"))


def write_target(target: Target) -> bytes:
    """Write a class, a logical name and an index."""
    return target.class_id.to_bytes(2, "big") + target.name + bytes([target.index & 0xFF])


def read_asked(source: Octets) -> Asked:
    """Read an attribute and its selection."""
    target = read_target(source)
    if not source.is_there("selection"):
        return Asked(target)
    return Asked(target, Selection(source.byte("selector"), read_from(source)))


def write_asked(asked: Asked) -> bytes:
    """Write an attribute and its selection."""
    chosen = asked.selection
    selection = b"\0" if chosen is None else bytes([1, chosen.selector]) + write(chosen.parameter)
    return write_target(asked.target) + selection


def read_several(source: Octets, read: Callable[[Octets], _Part]) -> tuple[_Part, ...]:
    """Read a number and so many parts."""
    at = source.at
    count = source.length("list")
    if count > LIST_MAX:
        raise PeerFault("list", at, f"{count} parts, {LIST_MAX} are the most")
    return tuple(read(source) for _ in range(count))


def write_several(parts: Iterable[bytes]) -> bytes:
    """Write the number of parts, and the parts."""
    made = list(parts)
    return length(len(made)) + b"".join(made)


def read_block(source: Octets) -> Block:
    """Read a block: last or not, its number, its octets."""
    is_last = source.byte("last block") != 0
    return Block(is_last, source.whole(4, "block number"), source.text("block"))


def write_block(block: Block) -> bytes:
    """Write a block."""
    return bytes([block.is_last]) + block.number.to_bytes(4, "big") + sized(block.raw)


def read_result(source: Octets) -> Result:
    """Read a value, or the reason why there is none."""
    at = source.at
    choice = source.byte("result")
    if choice == 0:
        return read_from(source)
    if choice != 1:
        raise PeerFault("result", at, "neither 00 (a value) nor 01 (a reason)")
    return AccessFault(source.byte("reason"))


def write_result(result: Result) -> bytes:
    """Write a value, or the reason why there is none."""
    if isinstance(result, AccessFault):
        return bytes([1, result.number])
    return b"\0" + write(result)


def read_done(source: Octets) -> Done:
    """Read what became of a method."""
    result = source.byte("action result")
    return Done(result, read_result(source) if source.is_there("returned") else None)


def write_done(done: Done) -> bytes:
    """Write what became of a method."""
    return bytes([done.result]) + (b"\0" if done.given is None else b"\1" + write_result(done.given))


def read_parameter(source: Octets) -> Datum | None:
    """Read a method's parameter, where it has one."""
    return read_from(source) if source.is_there("parameter") else None


def write_parameter(parameter: Datum | None) -> bytes:
    """Write a method's parameter, or that it has none."""
    return b"\0" if parameter is None else b"\1" + write(parameter)
