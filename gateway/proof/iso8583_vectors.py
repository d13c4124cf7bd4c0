"""ISO 8583 vectors: messages read and written again, malformed ones refused.

``messages`` bring their own field table. ``malformed`` name their encoding in words ("ascii MTI,
hex-ascii bitmap"); their fields follow ISO 8583:1987 in that encoding, and the refusal must say an
offset. ``mac``, ``pin_blocks`` and ``tr31`` are listed as skipped. An entry that is no vector at
all is a failed case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import schemas
from gateway.codecs.iso8583.framing import FrameFault, FrameReader, Framing
from gateway.codecs.iso8583.message import Message, MessageSpec, PeerFault
from gateway.proof.case import Case, compared, failed, passed, skipped

# Four digits can say no more, and no published message is longer.
_FRAME_MAX = 9999
_MTI_KINDS = {
    "ascii": "ascii",
    "ebcdic": "ebcdic",
    "bcd": "bcd",
    "binary": "bcd",
    "bin": "bcd",
    "packed": "bcd",
}
_BITMAP_KINDS = {
    "hex": "hex",
    "ascii": "hex",
    "hexbin": "hex",
    "bin": "bin",
    "binary": "bin",
    "bcd": "bin",
    "ebcdic": "ebcdic",
}
_SECURITY = ("mac", "pin_blocks", "tr31")


class VectorFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """An entry of the document is no vector of the documented form."""


def run(document: Mapping[str, object]) -> Iterator[Case]:
    """Try every vector of the document, in its order."""
    yield from _each(document, "messages", _message_case)
    yield from _each(document, "malformed", _malformed_case)
    for kind in _SECURITY:
        for name, _ in _entries(document, kind):
            yield skipped(name, "comes with message security")


def _each(
    document: Mapping[str, object], kind: str, attempt: Callable[[str, Mapping[str, object]], Case]
) -> Iterator[Case]:
    for name, entry in _entries(document, kind):
        try:
            if not isinstance(entry, Mapping):
                raise VectorFault("the entry is no object")
            yield attempt(name, entry)
        except ValueError as fault:
            yield failed(name, "a vector that can be tried", f"{type(fault).__name__}: {fault}")


def _entries(document: Mapping[str, object], kind: str) -> Iterator[tuple[str, object]]:
    entries = document.get(kind, [])
    for index, entry in enumerate(entries if isinstance(entries, list) else [entries]):
        identity = entry.get("id", index) if isinstance(entry, Mapping) else index
        yield f"{kind}/{identity}", entry


def _message_case(name: str, entry: Mapping[str, object]) -> Case:
    spec = _own_spec(entry)
    framing = _framing_of(entry)
    wire = _bytes_of(entry)
    expected = {
        int(number): text
        for number, text in _object_of(entry, "fields").items()
        # Some lists count the bitmaps as fields; they follow from the others.
        if int(number) in spec.fields or number not in {"1", "65"}
    }
    try:
        message = spec.decode(_unframed(wire, framing))
    except (PeerFault, FrameFault) as fault:
        return failed(name, "a message", f"{type(fault).__name__}: {fault}")
    if message.unread:
        return failed(name, "a message", f"field {message.unread.field} without a layout")
    if (message.mti, message.fields) != (entry.get("mti"), expected):
        return failed(name, *_difference(entry.get("mti"), expected, message))
    again = framing.wrap(spec.encode(message.mti, message.fields))
    return compared(name, wire.hex(), again.hex())


def _difference(mti: object, expected: Mapping[int, object], message: Message) -> tuple[str, str]:
    """Give both sides, of the differing fields only."""
    numbers = sorted(expected.keys() | message.fields.keys())
    differing = [n for n in numbers if expected.get(n) != message.fields.get(n)]
    return (
        f"MTI {mti}, { ({n: expected.get(n) for n in differing}) }",
        f"MTI {message.mti}, { ({n: message.fields.get(n) for n in differing}) }",
    )


def _malformed_case(name: str, entry: Mapping[str, object]) -> Case:
    spec = _own_spec(entry) if "field_spec" in entry else _spec_in_words(entry)
    expected = f"refused with an offset: {entry.get('why', '')}"
    try:
        message = spec.decode(_unframed(_bytes_of(entry), _framing_of(entry)))
    except (PeerFault, FrameFault):
        return passed(name)
    # The rest of the message cannot be cut, and the message says from which byte on.
    return passed(name) if message.unread else failed(name, expected, "accepted")


def _own_spec(entry: Mapping[str, object]) -> MessageSpec:
    rows = _object_of(entry, "field_spec")
    table = {
        "mti": _kind_of(entry.get("mti_enc", "ascii"), _MTI_KINDS),
        "bitmap": _kind_of(entry.get("bitmap_enc", "hex"), _BITMAP_KINDS),
        "fields": {number: row for number, row in rows.items() if number != "1"},
    }
    return MessageSpec.from_table(table)


def _spec_in_words(entry: Mapping[str, object]) -> MessageSpec:
    words = str(entry.get("spec", "")).lower()
    mti = _kind_of(_word_before("mti", words, "ascii"), _MTI_KINDS)
    bitmap = _kind_of(
        _word_before("bitmap", words, {"ascii": "hex", "bcd": "bin", "ebcdic": "ebcdic"}[mti]), _BITMAP_KINDS
    )
    fields = _kind_of(_word_before("(?:fields?|data|lengths?)", words, mti), _MTI_KINDS)
    table = schemas.load(f"iso8583/{'binary87' if fields == 'bcd' else 'default'}.json")["message"]
    if fields == "ebcdic":
        table |= {"contents": {"ans": "ebcdic", "b": "bin"}, "prefix": "ebcdic"}
    return MessageSpec.from_table(table | {"mti": mti, "bitmap": bitmap})


def _word_before(what: str, words: str, default: str) -> str:
    """Give the encoding named just before ``what``: "hex-ascii bitmap" says hex."""
    encodings = "|".join(sorted(_MTI_KINDS | _BITMAP_KINDS, key=len, reverse=True))
    found = re.search(rf"\b({encodings})\b[a-z -]*?\b{what}\b", words)
    return found[1] if found else default


def _kind_of(found: object, kinds: Mapping[str, str]) -> str:
    kind = kinds.get(re.split(r"[-_ ]", str(found).lower())[0])
    if kind is None:
        raise VectorFault(f"an encoding that is not known: {found}")
    return kind


def _framing_of(entry: Mapping[str, object]) -> Framing:
    return Framing.from_table({"kind": entry.get("frame", "none"), "max": _FRAME_MAX})


def _unframed(wire: bytes, framing: Framing) -> bytes:
    reader = FrameReader(framing)
    frames = reader.receive(wire) + reader.end()
    if len(frames) != 1 or frames[0].is_too_long:
        raise FrameFault(len(wire), f"{len(frames)} frames where one was expected")
    return frames[0].payload


def _bytes_of(entry: Mapping[str, object]) -> bytes:
    found = entry.get("hex")
    if not isinstance(found, str):
        raise VectorFault("no hex")
    return bytes.fromhex(found)


def _object_of(entry: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = entry.get(key)
    if not isinstance(found, Mapping) or not all(str(number).isdecimal() for number in found):
        raise VectorFault(f"{key} is no object of numbered fields")
    return found
