"""Vectors of IEC 62056-21: read-outs, pushed telegrams, commands, and load profiles.

The bytes go through the codec in one piece and one by one. Data sets are compared as they stand on the line:
``id(value)``, several values joined by ``)(`` or as a list. ``bcc``, ``datasets`` (how many), ``cmd`` with
``data`` or ``value``, and of a load profile ``start``, ``period_min``, ``channels``, ``rows`` and
``row1_first`` are compared where they are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from gateway.codecs.iec62056_21.centre import Centre
from gateway.codecs.iec62056_21.commands import Command, block
from gateway.codecs.iec62056_21.datasets import Sets, read_sets
from gateway.codecs.iec62056_21.events import Identified, ReadOut
from gateway.codecs.iec62056_21.profile import Segment, read_profile
from gateway.codecs.iec62056_21.reader import Block, Reader, Wants, command_in
from gateway.proof.case import Case, compared

_PROFILE = ("start", "period_min", "channels", "rows", "row1_first")
#: What an entry expects beside data sets.
_WORDS = {"bcc", "cmd", "data", "value", "datasets", "note", *_PROFILE}


def attempt(name: str, entry: Mapping[str, object]) -> Case:
    """Try one entry. ValueError for one that is no vector, or whose bytes the codec cannot read."""
    raw = bytes.fromhex(str(entry.get("bytes_hex") or entry.get("hex") or ""))
    expect = entry.get("expect", {})
    if not raw or not isinstance(expect, Mapping):
        raise ValueError("bytes_hex, and an object of what is expected, are wanted")
    asked = {**expect, **{key: entry[key] for key in ("bcc", "datasets") if key in entry}}
    if raw[:1] == b"/":
        return compared(name, *_sides(asked, _pushed(raw), None, raw))
    if raw[:1] not in {b"\x01", b"\x02"}:  # the text of a block alone
        return compared(name, *_sides(asked, read_sets(raw.decode("ascii")), None, raw))
    if "must_reject" in expect:
        return compared(name, "refused", "refused" if _is_refused(raw) else "taken")
    piece = _block(raw)
    command = command_in(piece)
    if command is not None:
        return compared(name, *_command_sides(asked, command, raw))
    return compared(name, *_sides(asked, read_sets(piece.text), piece, raw))


def _pushed(raw: bytes) -> Sets:
    """Read what a meter pushes: the identification and its lines, or a block."""
    found = []
    for chunks in ([raw], [bytes((byte,)) for byte in raw]):
        centre = Centre()
        events = centre.listen() + [event for chunk in chunks for event in centre.receive(chunk)]
        outs = [event.sets for event in events if isinstance(event, ReadOut)]
        if len(outs) != 1 or not isinstance(events[0], Identified):
            raise ValueError("an identification and a read-out are wanted")
        found.append(outs[0])
    if found[0] != found[1]:
        raise ValueError("cut in another way it reads otherwise")
    return found[0]


def _block(raw: bytes) -> Block:
    """Read a block; ValueError where it is none or its check character is wrong."""
    found = []
    for chunks in ([raw], [bytes((byte,)) for byte in raw]):
        reader = Reader()
        for chunk in chunks:
            reader.feed(chunk)
        found.append(reader.next(Wants.BLOCK))
    piece = found[0]
    if not isinstance(piece, Block) or piece != found[1]:
        raise ValueError("there is no block, or another one when it is cut otherwise")
    if not piece.is_whole:
        raise ValueError("the check character is wrong")
    return piece


def _is_refused(raw: bytes) -> bool:
    try:
        _block(raw)
    except ValueError:
        return True
    return False


def _command_sides(asked: Mapping[str, object], command: Command, raw: bytes) -> tuple[object, object]:
    found: dict[str, object] = {"cmd": command.kind, "data": command.text, "bcc": f"{raw[-1]:02x}"}
    found["value"] = command.inner if str(asked.get("value")) == command.inner else command.text
    wanted = {key: str(asked[key]) for key in found if key in asked}
    told = {key: found[key] for key in wanted}
    return wanted | {"written": raw.hex()}, told | {"written": command.encoded.hex()}


def _sides(
    asked: Mapping[str, object], sets: Sets, piece: Block | None, raw: bytes
) -> tuple[dict[str, object], dict[str, object]]:
    """Give what is expected and what was found, of what is expected only."""
    lines = {one.text for one in sets.sets}
    wanted: dict[str, object] = {}
    found: dict[str, object] = {}
    if piece is not None:
        wanted["written"], found["written"] = raw.hex(), block(piece.text, has_more=not piece.is_last).hex()
    forms = _first(sets, piece)
    for key, value in asked.items():
        if key in forms:
            wanted[key], found[key] = str(value), str(value) if str(value) in forms[key] else forms[key][0]
        if key in _WORDS or key in forms:
            continue
        text = f"{key}({')('.join(map(str, value)) if isinstance(value, list) else value})"
        wanted[key], found[key] = text, text if text in lines else _nearest(key, lines)
    if "bcc" in asked:
        wanted["bcc"], found["bcc"] = str(asked["bcc"]).lower(), f"{raw[-1]:02x}"
    if "datasets" in asked:
        wanted["datasets"] = asked["datasets"]
        found["datasets"] = sum(not one.is_continued for one in sets.sets)
    if any(key in asked for key in _PROFILE):
        told = _profile(read_profile(sets.sets), asked)
        wanted |= {key: asked[key] for key in told}
        found |= told
    return wanted, found


def _first(sets: Sets, piece: Block | None) -> dict[str, list[str]]:
    """Give what may be said of a short answer: of its only data set, each in the forms that it has."""
    if len(sets.sets) != 1:
        return {}
    (one,) = sets.sets
    texts = [value.text for value in one.values]
    return {
        "value": [one.inner, texts[0]],
        "data": [one.text if piece is None else piece.text, one.inner],
        "unit": [one.values[0].unit],
        "address": [one.address],
    }


def _nearest(key: str, lines: set[str]) -> str:
    return next((line for line in sorted(lines) if line.startswith(f"{key}(")), "nothing")


def _profile(segments: tuple[Segment, ...], asked: Mapping[str, object]) -> dict[str, object]:
    """Give what is asked of a load profile, in the form in which it is asked."""
    if not segments:
        raise ValueError("there is no load profile")
    first = segments[0]
    rows = [row for segment in segments for row in segment.rows]
    given: dict[str, list[object]] = {
        "start": [first.season + first.start, first.start],
        "period_min": [first.period_min, str(first.period_min)],
        "channels": [
            len(first.channels),
            [one.address for one in first.channels],
            [[one.address, one.unit] for one in first.channels],
            [f"{one.address}*{one.unit}" for one in first.channels],
        ],
        "rows": [len(rows), [list(row) for row in rows]],
        "row1_first": [rows[0][0], _number(rows[0][0]), list(rows[0])] if rows else [None],
    }
    # One thing has several spellings: the one that is expected, else the first.
    return {
        key: next((one for one in forms if one == asked[key]), forms[0])
        for key, forms in given.items()
        if key in asked
    }


def _number(text: str) -> object:
    try:
        return float(Decimal(text))
    except InvalidOperation:
        return text
