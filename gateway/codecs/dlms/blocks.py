"""Block transfer: what is longer than a PDU goes in numbered blocks, one by one (IEC 62056-5-3, 6.4 to 6.8).

Outgoing, a request becomes its first block and further ones, each sent when the one before was acknowledged.
Incoming, ``Assembly`` takes blocks in their order from 1 on, and says what to ask for next. What it holds is
limited; a block too many, out of order or empty is a ``PeerFault``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from gateway.codecs.dlms import parts, services
from gateway.codecs.dlms.apdu import write_service
from gateway.codecs.dlms.axdr import read, read_from, write
from gateway.codecs.dlms.datum import VALUE_OCTETS_MAX
from gateway.codecs.dlms.events import Acted, Failed, Got, Wrote
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.octets import Octets
from gateway.codecs.dlms.results import AccessFault

if TYPE_CHECKING:
    from gateway.codecs.dlms.events import ClientEvent
    from gateway.codecs.dlms.services import Block, Service

BLOCKS_MAX: Final = 4_096
"""Blocks of one value: the longest value in blocks of 64 octets, the smallest that meters use."""

_HEAD: Final = 64
"""Octets kept free in a block: the request's head with a selection, the block's own, a seal of 20."""

_BLOCK_LEAST: Final = 16
"""Octets of a block that still carry something, where a meter's PDU is hardly longer than a head."""

_Found = TypeVar("_Found")


class Assembly:
    """The blocks of one long answer, so far."""

    __slots__ = ("_expected", "_raw", "is_whole")

    def __init__(self) -> None:
        self._raw = bytearray()
        self._expected = 1
        #: True once the last block has come; False also where the answer came in one piece.
        self.is_whole = False

    @property
    def raw(self) -> bytes:
        """What the blocks make together."""
        return bytes(self._raw)

    def add(self, block: Block) -> None:
        """Take the next block."""
        if block.number != self._expected:
            raise PeerFault("block number", 0, f"{block.number}, {self._expected} is the next")
        if self._expected == BLOCKS_MAX or len(self._raw) + len(block.raw) > VALUE_OCTETS_MAX:
            raise PeerFault("block", len(self._raw), f"more than {VALUE_OCTETS_MAX} octets in all")
        if not block.raw and not block.is_last:
            raise PeerFault("block", len(self._raw), "empty, and not the last one")
        self._expected += 1
        self._raw += block.raw
        self.is_whole = block.is_last

    def take(self, said: Service, invoke: int) -> Service | None:
        """Take an answer; give what asks for the next block, None where all is here."""
        match said:
            case services.GetBlock(block=block, fault=None):
                self.add(block)
                return None if self.is_whole else services.GetNext(invoke, block.number)
            case services.ActionBlock(block=block, is_answer=True):
                self.add(block)
                return None if self.is_whole else services.ActionNext(invoke, block.number)
        if self._raw and not isinstance(said, services.GetBlock):
            raise PeerFault("kind", 1, "another answer between blocks")
        return None

    @staticmethod
    def acknowledged(number: int, following: Service) -> None:
        """See that the block was acknowledged that was sent before this one."""
        block = getattr(following, "block", None)
        if block is None or number != block.number - 1:
            raise PeerFault("block number", 0, "another block is acknowledged than was sent")


def outgoing_request(asked: Service, limit: int) -> list[Service]:
    """Cut a request into blocks where it is longer than the meter's PDU (0: any length)."""
    match asked:
        case services.SetRequest(invoke, _, values, is_list):
            raw = parts.write_several(map(write, values)) if is_list else write(values[0])
        case services.ActionRequest(invoke, _, parameters, is_list):
            given = [b"\0" if p is None else write(p) for p in parameters]
            raw = parts.write_several(given) if is_list else given[0]
        case _:
            return [asked]
    if not limit or len(write_service(asked)) + _HEAD // 2 <= limit:
        return [asked]
    blocks = cut(raw, limit - _HEAD)
    if isinstance(asked, services.SetRequest):
        first: Service = services.SetFirstBlock(invoke, asked.asked, blocks[0], is_list)
        return [first, *(services.SetBlock(invoke, block) for block in blocks[1:])]
    first = services.ActionFirstBlock(invoke, asked.methods, blocks[0], is_list)
    return [first, *(services.ActionBlock(invoke, block) for block in blocks[1:])]


def cut(raw: bytes, size: int) -> list[Block]:
    """Cut octets into blocks of so many; ValueError for more blocks than a peer would take."""
    size = max(size, _BLOCK_LEAST)
    places = range(0, len(raw), size)
    if len(places) > BLOCKS_MAX:
        raise ValueError(f"a value of {len(raw)} octets needs more than {BLOCKS_MAX} blocks")
    last = len(places)
    return [
        services.Block(number == last, number, raw[at : at + size]) for number, at in enumerate(places, 1)
    ]


def read_whole(asked: Service, said: Service, assembly: Assembly) -> ClientEvent:
    """Read what a question was answered with, in one piece or out of its blocks."""
    match asked, said:
        case ((services.GetRequest() | services.GetList()), services.GetBlock(fault=fault)) if (
            fault is not None
        ):
            return Failed(f"block transfer: {fault.name}")
        case services.GetRequest(), services.GetResponse(result=result):
            return Got((result,))
        case services.GetRequest(), services.GetBlock():
            return Got((read(assembly.raw),))
        case services.GetList(asked=several), services.GetListResponse(results=results):
            return Got(_as_many(results, len(several)))
        case services.GetList(asked=several), services.GetBlock():
            source = Octets(assembly.raw)
            found = parts.read_several(source, parts.read_result)
            source.end("list")
            return Got(_as_many(found, len(several)))
        case services.SetRequest(asked=several), services.SetResponse(results=numbers):
            return Wrote(_as_many(numbers, len(several)))
        case services.ActionRequest(methods=methods), services.ActionResponse(done=done):
            return Acted(_as_many(done, len(methods)))
        case services.ActionRequest() as request, services.ActionBlock():
            return Acted(read_done_blocks(assembly.raw, request))
    raise PeerFault("kind", 1, "the answer to another question")


def read_done_blocks(raw: bytes, asked: services.ActionRequest) -> tuple[services.Done, ...]:
    """Read what methods gave back in blocks: a list of what became of each, or the one value.

    Meters differ in what stands before the one value (IEC 62056-5-3 leaves room for it): nothing, or what
    an answer in one piece has.
    """
    source = Octets(raw)
    if asked.is_list:
        done = parts.read_several(source, parts.read_done)
        source.end("list")
        return _as_many(done, len(asked.methods))
    try:
        done = (parts.read_done(source),)
        source.end("returned")
    except PeerFault:
        return (services.Done(0, read(raw)),)
    return done


def _as_many(found: tuple[_Found, ...], count: int) -> tuple[_Found, ...]:
    if len(found) != count:
        raise PeerFault("list", 0, f"{len(found)} answers to {count} questions")
    return found


def outgoing_answer(answer: Service, limit: int) -> list[Service]:
    """Cut an answer into blocks where it is longer than the client's PDU (0: any length)."""
    if not limit or len(write_service(answer)) + _HEAD // 2 <= limit:
        return [answer]
    match answer:
        case services.GetResponse(invoke, result) if not isinstance(result, AccessFault):
            return [services.GetBlock(invoke, block) for block in cut(write(result), limit - _HEAD)]
        case services.GetListResponse(invoke, results):
            raw = parts.write_several(map(parts.write_result, results))
            return [services.GetBlock(invoke, block) for block in cut(raw, limit - _HEAD)]
        case services.ActionResponse(invoke, done, is_list):
            told = [parts.write_done(each) for each in done]
            raw = parts.write_several(told) if is_list else told[0]
            return [services.ActionBlock(invoke, block, is_answer=True) for block in cut(raw, limit - _HEAD)]
    return [answer]


def read_request(begun: services.SetFirstBlock | services.ActionFirstBlock, raw: bytes) -> Service:
    """Read what a client wrote or handed over in blocks, as the request in one piece."""
    if begun.is_list:
        source = Octets(raw)
        values = parts.read_several(source, read_from)
        source.end("list")
    else:
        values = (read(raw),)
    targets = begun.asked if isinstance(begun, services.SetFirstBlock) else begun.methods
    _as_many(values, len(targets))
    if isinstance(begun, services.SetFirstBlock):
        return services.SetRequest(begun.invoke, begun.asked, values, begun.is_list)
    return services.ActionRequest(begun.invoke, begun.methods, values, begun.is_list)
