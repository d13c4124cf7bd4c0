"""Vectors of DL/T 645: captured frames, what is in them, and what is none.

A frame is read in one piece and byte by byte, its parts are compared, its value is decoded by the identifiers
of ``schemas/meters``, and it is written again. ``must_reject`` is a frame that must not come out,
``must_resync`` one with another frame inside that must.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache

import schemas
from gateway.codecs.dlt645.errors import read_refusal
from gateway.codecs.dlt645.formats import Quantity, Value
from gateway.codecs.dlt645.frame import WAKE_MAX, Frame, FrameReader, encoded, frames_of
from gateway.codecs.dlt645.items import Field, Items
from gateway.proof.case import Case, compared, failed

#: The same unit in other hands' words.
_UNITS = {"yuan": "currency", "cny": "currency", "rmb": "currency", "°c": "degc", "℃": "degc", "c": "degc"}
#: Digits of an identifier in the edition of 1997.
_DI_1997 = 4


def attempt(name: str, entry: Mapping[str, object]) -> Case:
    """Try one frame. ValueError for an entry that is no vector."""
    raw = bytes.fromhex(str(entry.get("hex", "")))
    expect = entry.get("expect", {})
    if not raw or not isinstance(expect, Mapping):
        raise ValueError("a frame has hex, and an object of what is expected")
    frames = frames_of(raw)
    if frames != _byte_by_byte(raw):
        return failed(name, "the same frames in any chunking", "others")
    if "must_resync" in expect:
        inner = bytes.fromhex(str(expect.get("inner", "")))
        return compared(name, [inner.hex()], [_written(frame) for frame in frames])
    if "must_reject" in expect or entry.get("valid_checksum") is False:
        return compared(name, "no frame", f"{len(frames)} frames" if frames else "no frame")
    if len(frames) != 1:
        return failed(name, "one frame", f"{len(frames)} frames")
    found, wanted = _compared_parts(frames[0], raw, entry, expect)
    return compared(name, wanted, found)


def _byte_by_byte(raw: bytes) -> list[Frame]:
    reader = FrameReader()
    events = [event for byte in raw for event in reader.receive(bytes((byte,)))] + reader.silence()
    return [event for event in events if isinstance(event, Frame)]


def _written(frame: Frame, wake: int = 0) -> str:
    return encoded(frame.address, frame.control, frame.body, wake=wake).hex()


def _compared_parts(
    frame: Frame, raw: bytes, entry: Mapping[str, object], expect: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Give what was found and what is expected, of those parts that the entry names."""
    wake = len(raw) - len(raw.lstrip(b"\xfe"))
    # More bytes wake the line up than the standard has: they are passed over, and not written.
    written = _written(frame, min(wake, WAKE_MAX))
    found: dict[str, object] = {
        "addr": frame.address.lower(),
        "control": f"{frame.control:02X}",
        "length": len(frame.body),
        "data_minus33_wire_order": frame.body.hex(),
    }
    wanted: dict[str, object] = {key: entry[key] for key in found if key in entry}
    wanted = {key: _spelled(key, value) for key, value in wanted.items()}
    found = {key: found[key] for key in wanted}
    found["written"], wanted["written"] = written, raw[max(0, wake - WAKE_MAX) :].hex()
    told = _told(frame, expect)
    wanted |= {key: _expected(key, expect[key]) for key in told}
    return found | told, wanted


def _spelled(key: str, value: object) -> object:
    text = str(value)
    return {"control": text.upper(), "length": value}.get(key, text.lower())


def _expected(key: str, value: object) -> str:
    text = str(value)
    if key == "unit":
        return _unit(text)
    return text.upper() if key in {"di", "err_byte", "error_reply_to"} else text


def _told(frame: Frame, expect: Mapping[str, object]) -> dict[str, object]:
    """Read what the frame says, as far as it is expected."""
    told: dict[str, object] = {}
    if "error_reply_to" in expect or "err_byte" in expect:
        refusal = read_refusal(frame)
        told = {"error_reply_to": f"{refusal.function:02X}", "err_byte": frame.body.hex().upper()}
    if "di" in expect:
        items = _items("dlt645-1997.json" if len(str(expect["di"])) == _DI_1997 else "dlt645-2007.json")
        di = frame.body[items.width - 1 :: -1].hex().upper()
        told["di"] = di
        if "value" in expect:
            told |= _told_value(items.find(di).decode(frame.body[items.width :]), expect["value"])
    return {key: value for key, value in told.items() if key in expect}


def _told_value(fields: tuple[Field, ...], wanted: object) -> dict[str, object]:
    """Give the value that the entry speaks of, in its spelling: all of them for a list, else the one that it
    expects where there are several, else the first.
    """
    if isinstance(wanted, list | Mapping):
        each = list(wanted.values()) if isinstance(wanted, Mapping) else wanted
        found = [_text(field.value) for field in fields]
        is_same = len(each) == len(found) and all(map(_is_same, found, each))
        return {"value": str(wanted) if is_same else str(found), "unit": _unit_of(fields[0].value)}
    same = next((field.value for field in fields if _is_same(_text(field.value), wanted)), None)
    value = fields[0].value if same is None else same
    raw = {"raw": str(value.units)} if isinstance(value, Quantity) else {}
    return {"value": _text(value) if same is None else str(wanted), "unit": _unit_of(value), **raw}


def _text(value: Value) -> str:
    return value.text if isinstance(value, Quantity) else str(value)


def _is_same(text: str, wanted: object) -> bool:
    """Say whether a value is the expected one: as a text, as a number, or as a date with its signs."""
    if isinstance(wanted, str):
        return text in {wanted, re.sub(r"[^0-9]", "", wanted) or None}
    return text.replace(".", "", 1).lstrip("-").isdigit() and Decimal(text) == Decimal(str(wanted))


def _unit_of(value: Value) -> str:
    return _unit(value.unit) if isinstance(value, Quantity) else ""


def _unit(unit: str) -> str:
    lowered = unit.lower()
    return _UNITS.get(lowered, lowered)


@cache
def _items(table: str) -> Items:
    return Items.from_table(schemas.load(f"meters/{table}"))
