"""Vectors of concentrators (Q/GDW 376.1): captured frames, what they say, and exchanges of two frames.

A frame is read in one piece and byte by byte, its parts are compared, and it is written again from what was
read. Where its request stands beside it (``request``), our own master station sends the same request to
the byte and takes the answer; where its confirmation does (``confirmed_by``), it confirms the same way.
``must_reject`` is a frame that must not come out, ``must_resync`` one with another behind it that must.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from gateway.codecs.gdw376.confirm import Confirms, LinkTest, read_clock, read_verdict
from gateway.codecs.gdw376.events import Carried, Send
from gateway.codecs.gdw376.forward import Access, Forward
from gateway.codecs.gdw376.forwarding import Answered, Asked, Route
from gateway.codecs.gdw376.frame import Frame, FrameReader, encoded, frames_of
from gateway.codecs.gdw376.message import Afn, Message, Stamp, read
from gateway.proof.case import Case, compared, failed

_WAKE: Final = b"\xfe"
_SECOND: Final = 1000


def attempt(name: str, entry: Mapping[str, object]) -> Case:
    """Try one frame. ValueError for an entry that is no vector."""
    raw, expect = _given(entry)
    frames = frames_of(raw)
    if frames != _byte_by_byte(raw):
        return failed(name, "the same frames in any chunking", "others")
    if "must_resync" in expect:
        return compared(name, [str(expect.get("inner"))], [encoded(frame).hex() for frame in frames])
    if "must_reject" in expect or entry.get("valid_checksum") is False:
        return compared(name, "no frame", f"{len(frames)} frames" if frames else "no frame")
    if len(frames) != 1:
        return failed(name, "one frame", f"{len(frames)} frames")
    found, wanted = _compared_parts(frames[0], raw, expect)
    if "request" in entry:
        found["exchange"], wanted["exchange"] = _exchanged(entry["request"], raw)
    if "confirmed_by" in entry:
        confirms = Confirms(entry.get("confirms", Confirms.EACH.value))
        found["confirmed_by"] = _sent(Forward(Route(), Access(confirms=confirms)).receive(raw))
        wanted["confirmed_by"] = entry["confirmed_by"]
    return compared(name, wanted, found)


def _given(entry: object) -> tuple[bytes, Mapping[str, object]]:
    if isinstance(entry, Mapping):
        raw, expect = bytes.fromhex(str(entry.get("hex", ""))), entry.get("expect", {})
        if raw and isinstance(expect, Mapping):
            return raw, expect
    raise ValueError("a frame has hex, and an object of what is expected")


def _byte_by_byte(raw: bytes) -> list[Frame]:
    reader = FrameReader()
    events = [event for byte in raw for event in reader.receive(bytes((byte,)))] + reader.silence()
    return [event for event in events if isinstance(event, Frame)]


def _compared_parts(
    frame: Frame, raw: bytes, expect: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Give what was found and what is expected, of those parts that the entry names."""
    message = read(frame)
    told = _told(frame, message) | _told_unit(message)
    found = {key: told.get(key) for key in expect} | {"written": message.octets.hex()}
    return found, dict(expect) | {"written": raw.lstrip(_WAKE).hex()}


def _told(frame: Frame, message: Message) -> dict[str, object]:
    return {
        "from": "concentrator" if frame.is_from_concentrator else "master",
        "starts": frame.is_start,
        "address": str(frame.address),
        "master": frame.master,
        "for_group": frame.is_for_group,
        "afn": f"{frame.afn:02X}",
        "fn": message.fn,
        "number": frame.number,
        "to_confirm": message.is_to_confirm,
        "content": message.content.hex(),
        "events": message.events.hex(),
        "stamp": _told_stamp(message.stamp),
    }


def _told_stamp(stamp: Stamp | None) -> dict[str, object] | None:
    if stamp is None:
        return None
    return {"pfc": stamp.pfc, "sent": stamp.sent.hex(), "delay_min": stamp.delay_min}


def _told_unit(message: Message) -> dict[str, object]:
    """Give what the one unit of a message says, and prove that it is written as it was read."""
    if message.afn == Afn.CONFIRM:
        verdict = read_verdict(message.fn, message.content)
        of_afn = None if verdict.afn is None else f"{verdict.afn:02X}"
        return {"denied": verdict.is_denied, "of_afn": of_afn, "error": verdict.error}
    if message.afn == Afn.LINK:
        clock = read_clock(message.content)
        return {"test": LinkTest(message.fn).name.lower(), "clock": clock and clock.isoformat()}
    if message.afn == Afn.FORWARD and message.is_upward:
        answered = Answered.from_octets(message.content)
        return {"port": answered.port, "inner": answered.content.hex()}
    return _told_asked(message.content) if message.afn == Afn.FORWARD else {}


def _told_asked(content: bytes) -> dict[str, object]:
    asked = Asked.from_octets(content)
    line = asked.line
    return {
        "port": asked.port,
        "line": {"baud": line.baud, "bits": line.bits, "parity": line.parity, "stop": line.stop},
        "message_ms": asked.message_ms,
        "byte_ms": asked.byte_ms,
        "inner": asked.content.hex(),
        "password": asked.password.hex(),
    }


def _exchanged(request: object, answer: bytes) -> tuple[object, object]:
    """Send a captured request ourselves, and take its captured answer: what came of it, and what should."""
    raw, expect = _given(request)
    (frame,) = frames_of(raw)
    found, wanted = _compared_parts(frame, raw, expect)
    message = read(frame)
    asked = Asked.from_octets(message.content)
    stamp = message.stamp
    route = Route(asked.port, asked.line, asked.message_ms // _SECOND, asked.byte_ms)
    access = replace(Access(password=asked.password), master=frame.master)
    if stamp:
        access = replace(access, delay_min=stamp.delay_min)
    pfc = stamp.pfc if stamp else frame.number
    ours = Forward(route, access, address=frame.address, pfc=pfc)
    found["sent"] = _sent(ours.send(asked.content, _moment(stamp) if stamp else None))
    wanted["sent"] = raw.hex()
    (answered,) = frames_of(answer)
    inner = Answered.from_octets(read(answered).content).content
    found["came"], wanted["came"] = ours.receive(answer), [Carried(inner)]
    return found, wanted


def _moment(stamp: Stamp) -> datetime:
    """Give a moment of the stamp's day and time; its month is not on the wire, so one with 31 days."""
    second, minute, hour, day = (int(f"{octet:02x}") for octet in stamp.sent)
    return datetime(2000, 1, day, hour, minute, second)  # noqa: DTZ001 - a stamp is the concentrator's own time


def _sent(events: Sequence[object]) -> str:
    return "".join(event.octets.hex() for event in events if isinstance(event, Send))
