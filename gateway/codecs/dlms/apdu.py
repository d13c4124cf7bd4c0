"""The APDUs of the services, as octets: GET, SET, ACTION, notifications, exceptions (IEC 62056-5-3, 9.5).

    c0 01 c1 0003 0100010800ff 02 00        GET of attribute 2 of the register 1-0:1.8.0
    c4 01 c1 00 06 000004d2                 its answer, double-long-unsigned 1234

``read_service`` and ``write_service`` are both directions of both sides. Associations are in ``acse``, what
is enciphered in ``security``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.dlms import parts, services
from gateway.codecs.dlms.axdr import read_from, write
from gateway.codecs.dlms.datum import VALUE_OCTETS_MAX
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.octets import Octets, sized
from gateway.codecs.dlms.results import AccessFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.dlms.services import Service

GET: Final = 0xC0
SET: Final = 0xC1
EVENT: Final = 0xC2
ACTION: Final = 0xC3
GET_ANSWER: Final = 0xC4
SET_ANSWER: Final = 0xC5
ACTION_ANSWER: Final = 0xC7
EXCEPTION: Final = 0xD8
SERVICE_ERROR: Final = 0x0E
NOTIFICATION: Final = 0x0F

_COUNTER_ERROR: Final = 6
_SET_PART_ANSWER: Final = 2
_WITHOUT_RAW: Final = b""


def read_service(raw: bytes) -> Service:
    """Read an APDU; PeerFault for one that is cut short, has something left over, or is no service."""
    if len(raw) > VALUE_OCTETS_MAX:
        raise PeerFault("APDU", 0, f"longer than {VALUE_OCTETS_MAX} octets")
    source = Octets(raw)
    tag = source.byte("APDU")
    plain = _PLAIN.get(tag)
    if plain is not None:
        found = plain(source)
    else:
        kinds = _KINDS.get(tag)
        if kinds is None:
            raise PeerFault("APDU", 0, f"tag {tag:02x} is no service")
        choice = source.byte("kind")
        reader = kinds.get(choice)
        if reader is None:
            raise PeerFault("kind", 1, f"{tag:02x} {choice:02x} is not known")
        found = reader(source, source.byte("invoke"))
    source.end("APDU")
    return found


def _get_block(source: Octets, invoke: int) -> Service:
    is_last = source.byte("last block") != 0
    number = source.whole(4, "block number")
    if source.is_there("block"):
        fault = AccessFault(source.byte("reason"))
        return services.GetBlock(invoke, services.Block(is_last, number, _WITHOUT_RAW), fault)
    return services.GetBlock(invoke, services.Block(is_last, number, source.text("block")))


def _set(source: Octets, invoke: int) -> Service:
    asked = parts.read_asked(source)
    return services.SetRequest(invoke, (asked,), (read_from(source),))


def _set_list(source: Octets, invoke: int) -> Service:
    asked = parts.read_several(source, parts.read_asked)
    at = source.at
    values = parts.read_several(source, read_from)
    if len(asked) != len(values):
        raise PeerFault("list", at, f"{len(values)} values for {len(asked)} attributes")
    return services.SetRequest(invoke, asked, values, is_list=True)


def _set_results(source: Octets, invoke: int) -> Service:
    return services.SetResponse(invoke, parts.read_several(source, _reason), is_list=True)


def _set_last(source: Octets, invoke: int) -> Service:
    result = source.byte("result")
    return services.SetResponse(invoke, (result,), number=source.whole(4, "block number"))


def _set_last_list(source: Octets, invoke: int) -> Service:
    results = parts.read_several(source, _reason)
    return services.SetResponse(invoke, results, is_list=True, number=source.whole(4, "block number"))


def _reason(source: Octets) -> int:
    return source.byte("result")


def _action(source: Octets, invoke: int) -> Service:
    method = parts.read_target(source)
    return services.ActionRequest(invoke, (method,), (parts.read_parameter(source),))


def _action_list(source: Octets, invoke: int) -> Service:
    methods = parts.read_several(source, parts.read_target)
    at = source.at
    parameters = parts.read_several(source, read_from)
    if len(methods) != len(parameters):
        raise PeerFault("list", at, f"{len(parameters)} parameters for {len(methods)} methods")
    return services.ActionRequest(invoke, methods, parameters, is_list=True)


_KINDS: Final[dict[int, dict[int, Callable[[Octets, int], Service]]]] = {
    GET: {
        1: lambda source, invoke: services.GetRequest(invoke, parts.read_asked(source)),
        2: lambda source, invoke: services.GetNext(invoke, source.whole(4, "block number")),
        3: lambda source, invoke: services.GetList(invoke, parts.read_several(source, parts.read_asked)),
    },
    GET_ANSWER: {
        1: lambda source, invoke: services.GetResponse(invoke, parts.read_result(source)),
        2: _get_block,
        3: lambda source, invoke: services.GetListResponse(
            invoke, parts.read_several(source, parts.read_result)
        ),
    },
    SET: {
        1: _set,
        2: lambda source, invoke: services.SetFirstBlock(
            invoke, (parts.read_asked(source),), parts.read_block(source)
        ),
        3: lambda source, invoke: services.SetBlock(invoke, parts.read_block(source)),
        4: _set_list,
        5: lambda source, invoke: services.SetFirstBlock(
            invoke, parts.read_several(source, parts.read_asked), parts.read_block(source), is_list=True
        ),
    },
    SET_ANSWER: {
        1: lambda source, invoke: services.SetResponse(invoke, (_reason(source),)),
        2: lambda source, invoke: services.SetBlockAck(invoke, source.whole(4, "block number")),
        3: _set_last,
        4: _set_last_list,
        5: _set_results,
    },
    ACTION: {
        1: _action,
        2: lambda source, invoke: services.ActionNext(invoke, source.whole(4, "block number")),
        3: _action_list,
        4: lambda source, invoke: services.ActionFirstBlock(
            invoke, (parts.read_target(source),), parts.read_block(source)
        ),
        5: lambda source, invoke: services.ActionFirstBlock(
            invoke, parts.read_several(source, parts.read_target), parts.read_block(source), is_list=True
        ),
        6: lambda source, invoke: services.ActionBlock(invoke, parts.read_block(source)),
    },
    ACTION_ANSWER: {
        1: lambda source, invoke: services.ActionResponse(invoke, (parts.read_done(source),)),
        2: lambda source, invoke: services.ActionBlock(invoke, parts.read_block(source), is_answer=True),
        3: lambda source, invoke: services.ActionResponse(
            invoke, parts.read_several(source, parts.read_done), is_list=True
        ),
        4: lambda source, invoke: services.ActionNext(
            invoke, source.whole(4, "block number"), is_answer=True
        ),
    },
}  # fmt: skip


def _exception(source: Octets) -> Service:
    state, service = source.byte("state error"), source.byte("service error")
    counter = source.whole(4, "counter") if service == _COUNTER_ERROR and source.left else None
    return services.Excepted(state, service, counter)


def _notified(source: Octets) -> Service:
    invoke = source.whole(4, "invoke")
    return services.Notified(invoke, source.text("moment"), read_from(source))


def _event(source: Octets) -> Service:
    moment = source.text("moment") if source.is_there("moment") else None
    return services.EventNotified(moment, parts.read_target(source), read_from(source))


_PLAIN: Final[dict[int, Callable[[Octets], Service]]] = {
    EXCEPTION: _exception,
    SERVICE_ERROR: lambda source: services.ServiceError(
        source.byte("service"), source.byte("error class"), source.byte("error")
    ),
    NOTIFICATION: _notified,
    EVENT: _event,
}


def write_service(said: Service) -> bytes:
    """Write an APDU. ValueError where a value of ours does not fit."""
    match said:
        case (
            services.GetRequest()
            | services.GetNext()
            | services.GetList()
            | services.GetResponse()
            | services.GetBlock()
            | services.GetListResponse()
        ):
            return _write_get(said)
        case (
            services.SetRequest()
            | services.SetFirstBlock()
            | services.SetBlock()
            | services.SetResponse()
            | services.SetBlockAck()
        ):
            return _write_set(said)
        case services.Excepted(state, service, counter):
            return bytes([EXCEPTION, state, service]) + (
                b"" if counter is None else counter.to_bytes(4, "big")
            )
        case services.ServiceError(service, error_class, error):
            return bytes([SERVICE_ERROR, service, error_class, error])
        case services.Notified(invoke, moment, value):
            return bytes([NOTIFICATION]) + invoke.to_bytes(4, "big") + sized(moment) + write(value)
        case services.EventNotified(moment, target, value):
            when = b"\0" if moment is None else b"\1" + sized(moment)
            return bytes([EVENT]) + when + parts.write_target(target) + write(value)
    return _write_action(said)


def _write_get(said: services.GetApdu) -> bytes:
    match said:
        case services.GetRequest(invoke, asked):
            return bytes([GET, 1, invoke]) + parts.write_asked(asked)
        case services.GetNext(invoke, number):
            return bytes([GET, 2, invoke]) + number.to_bytes(4, "big")
        case services.GetList(invoke, several):
            return bytes([GET, 3, invoke]) + parts.write_several(map(parts.write_asked, several))
        case services.GetResponse(invoke, result):
            return bytes([GET_ANSWER, 1, invoke]) + parts.write_result(result)
        case services.GetListResponse(invoke, results):
            return bytes([GET_ANSWER, 3, invoke]) + parts.write_several(map(parts.write_result, results))
        case services.GetBlock(invoke, block, fault):
            head = bytes([GET_ANSWER, 2, invoke, block.is_last]) + block.number.to_bytes(4, "big")
            return head + (b"\0" + sized(block.raw) if fault is None else bytes([1, fault.number]))


def _write_set(said: services.SetApdu) -> bytes:
    match said:
        case services.SetRequest(invoke, asked, values, is_list=True):
            written = parts.write_several(map(parts.write_asked, asked))
            return bytes([SET, 4, invoke]) + written + parts.write_several(map(write, values))
        case services.SetRequest(invoke, (asked,), (value,)):
            return bytes([SET, 1, invoke]) + parts.write_asked(asked) + write(value)
        case services.SetFirstBlock(invoke, asked, block, is_list=True):
            written = parts.write_several(map(parts.write_asked, asked))
            return bytes([SET, 5, invoke]) + written + parts.write_block(block)
        case services.SetFirstBlock(invoke, (asked,), block):
            return bytes([SET, 2, invoke]) + parts.write_asked(asked) + parts.write_block(block)
        case services.SetBlock(invoke, block):
            return bytes([SET, 3, invoke]) + parts.write_block(block)
        case services.SetBlockAck(invoke, number):
            return bytes([SET_ANSWER, _SET_PART_ANSWER, invoke]) + number.to_bytes(4, "big")
        case services.SetResponse(invoke, results, is_list, number):
            last = b"" if number is None else number.to_bytes(4, "big")
            kind = (5 if number is None else 4) if is_list else (1 if number is None else 3)
            told = parts.write_several(bytes([r]) for r in results) if is_list else bytes(results)
            return bytes([SET_ANSWER, kind, invoke]) + told + last
    raise ValueError("one attribute and one value are written, or a list")


def _write_action(said: services.ActionApdu) -> bytes:
    match said:
        case services.ActionRequest(invoke, methods, parameters, is_list=True):
            # In a list each method has a parameter; one that needs none gets null-data.
            given = parts.write_several(b"\0" if p is None else write(p) for p in parameters)
            return bytes([ACTION, 3, invoke]) + parts.write_several(map(parts.write_target, methods)) + given
        case services.ActionRequest(invoke, (method,), (parameter,)):
            return bytes([ACTION, 1, invoke]) + parts.write_target(method) + parts.write_parameter(parameter)
        case services.ActionNext(invoke, number, is_answer):
            head = (ACTION_ANSWER, 4) if is_answer else (ACTION, 2)
            return bytes([*head, invoke]) + number.to_bytes(4, "big")
        case services.ActionFirstBlock(invoke, methods, block, is_list=True):
            written = parts.write_several(map(parts.write_target, methods))
            return bytes([ACTION, 5, invoke]) + written + parts.write_block(block)
        case services.ActionFirstBlock(invoke, (method,), block):
            return bytes([ACTION, 4, invoke]) + parts.write_target(method) + parts.write_block(block)
        case services.ActionBlock(invoke, block, is_answer):
            head = (ACTION_ANSWER, 2) if is_answer else (ACTION, 6)
            return bytes([*head, invoke]) + parts.write_block(block)
        case services.ActionResponse(invoke, done, is_list=True):
            return bytes([ACTION_ANSWER, 3, invoke]) + parts.write_several(map(parts.write_done, done))
        case services.ActionResponse(invoke, (done,)):
            return bytes([ACTION_ANSWER, 1, invoke]) + parts.write_done(done)
    raise ValueError("one method is done, or a list")
