"""Meters' lines: frames of DL/T 645 cut from a stream, and their values; read-outs of IEC 62056-21.

The stream is 16 published frames over and over, wake-up bytes and all, in pieces as a line's buffer gives
them. The foreign codec (the package dlt645) cuts the same stream; rounds alternate, so that a slow moment
falls on both.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from dlt645.protocol.protocol import DLT645Protocol

import schemas
from bench.figures import Findings, Table
from gateway.codecs.dlt645.frame import Frame, FrameReader
from gateway.codecs.dlt645.items import Items
from gateway.codecs.dlt645.requests import read_identifier
from gateway.codecs.iec62056_21.datasets import read_sets
from gateway.codecs.iec62056_21.reader import Reader, Wants

if TYPE_CHECKING:
    from bench.figures import Effort

VECTORS = Path(__file__).parents[1] / "tests/vectors/meters.json"
PIECE = 4096
TIMES = 5_000
FOREIGN_TIMES = 500
ROUNDS = 5


def cut(stream: bytes) -> list[Frame]:
    reader, frames = FrameReader(), []
    for at in range(0, len(stream), PIECE):
        frames += [event for event in reader.receive(stream[at : at + PIECE]) if isinstance(event, Frame)]
    return frames


def cut_and_read(stream: bytes, items: Items) -> int:
    read = 0
    for frame in cut(stream):
        if frame.control == 0x91:
            read += len(items.find(read_identifier(frame.body)).decode(frame.body[4:]))
    return read


def cut_by_foreigner(stream: bytes) -> int:
    rest, found = b"", 0
    for at in range(0, len(stream), PIECE):
        rest += stream[at : at + PIECE]
        while True:
            rest, frame = DLT645Protocol.deserialize_with_remaining(rest)
            if frame is None:
                break
            found += 1
    return found


def read_out(raw: bytes) -> int:
    reader = Reader()
    reader.feed(raw)
    return len(read_sets(reader.next(Wants.BLOCK).text).sets)


def seconds(step) -> float:
    """Seconds of one core's time: what else the machine does meanwhile does not count."""
    begun = time.process_time()
    step()
    return time.process_time() - begun


def run(_effort: Effort) -> Findings:
    """Measure frames a second, with values and without, the foreign codec beside it, and read-outs."""
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    good = [bytes.fromhex(one["hex"]) for one in vectors["dlt645"] if one["valid_checksum"]]
    stream, short = b"".join(good) * TIMES, b"".join(good) * FOREIGN_TIMES
    items = Items.from_table(schemas.load("meters/dlt645-2007.json"))
    assert len(cut(short)) == len(good) * FOREIGN_TIMES == cut_by_foreigner(short)
    luna = next(
        bytes.fromhex(one["bytes_hex"]) for one in vectors["iec62056_21"] if one.get("datasets") == 80
    )
    assert read_out(luna) == 80
    frames, values = len(good) * TIMES, cut_and_read(b"".join(good), items) * TIMES
    rounds = [
        (
            seconds(lambda: cut(stream)),
            seconds(lambda: cut_and_read(stream, items)),
            seconds(lambda: cut_by_foreigner(short)),
            seconds(lambda: [read_out(luna) for _ in range(200)]),
        )
        for _ in range(ROUNDS)
    ]
    cut_s, read_s, foreign_s, out_s = (median(column) for column in zip(*rounds, strict=True))
    foreign = len(good) * FOREIGN_TIMES / foreign_s
    figures = {
        "dlt645_frames_per_s": frames / cut_s,
        "dlt645_values_per_s": values / read_s,
        "dlt645_foreign_frames_per_s": foreign,
        "iec62056_21_read_outs_per_s": 200 / out_s,
    }
    rows = [
        ["frames cut", f"{frames / cut_s:,.0f}"],
        ["values read, frames cut for them", f"{values / read_s:,.0f}"],
        ["frames cut by dlt645", f"{foreign:,.0f}"],
        ["read-outs of 80 data sets", f"{200 / out_s:,.0f}"],
    ]
    size = f"{len(stream):,} bytes in pieces of {PIECE}"
    note = f"A stream of {size}; by the processor's clock, medians of {ROUNDS} rounds."
    return Findings(figures, [Table("Meters' lines", ["what", "/s"], rows, note)])
