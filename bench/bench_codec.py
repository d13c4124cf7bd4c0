"""Packs and unpacks one payment message: ours against pyiso8583, same bytes, alternating rounds.

The message is the one the bank specification names for this benchmark: 18 fields, ASCII, hex
bitmap. Both sides use the table of ``schemas/iso8583/default.json``. A round is thrown in turn to
each side, so that a slow moment of the machine falls on both; the ratio is one of medians.
"""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

import iso8583
from iso8583.specs import default_ascii

import schemas
from bench.figures import Findings, Table
from gateway.codecs.iso8583.message import MessageSpec

if TYPE_CHECKING:
    from bench.figures import Effort

ROUNDS = 15
MESSAGES_PER_ROUND = 2000

MTI = "0200"
FIELDS = {
    2: "6217001234567890123",
    3: "500000",
    4: "000000010000",
    7: "1123204512",
    11: "004711",
    12: "204512",
    13: "1123",
    15: "1124",
    18: "4900",
    25: "00",
    32: "01020304",
    37: "632720004711",
    41: "TERM0001",
    42: "UTILITY00000001",
    43: "BRANCH 17 PEOPLES ROAD SHENZHEN       CN",
    48: "MT1137012345678CN12440300123456RF2663272000471100000000000123NM29ZHANG SAN, NANSHAN, SHENZHEN ",
    49: "156",
    64: "0123456789ABCDEF",
}


def peer_spec(table: dict) -> dict:
    """Put the field table into the words of pyiso8583 (DE64 stands as 16 hex characters)."""
    spec = {key: dict(entry) for key, entry in default_ascii.items()}
    for key, entry in table["fields"].items():
        is_fixed = "length" in entry
        width = entry.get("length", entry.get("max"))
        is_hex = entry["type"] == "b"
        spec[key] = {
            "data_enc": "ascii",
            "len_enc": "ascii",
            "len_type": 0 if is_fixed else entry.get("digits", max(2, len(str(width)))),
            "max_len": 2 * width if is_hex else width,
            "desc": entry["name"],
        }
    return spec


def seconds_per_message(step) -> float:
    """Take the time of one round, per message."""
    begun = time.perf_counter()
    for _ in range(MESSAGES_PER_ROUND):
        step()
    return (time.perf_counter() - begun) / MESSAGES_PER_ROUND


def run(_effort: Effort) -> Findings:
    """Measure messages a second (one packed and one unpacked), ours and theirs, and the ratio."""
    table = schemas.load("iso8583/default.json")["message"]
    spec, theirs = MessageSpec.from_table(table), peer_spec(table)
    document = {"t": MTI, **{str(number): text for number, text in FIELDS.items()}}
    wire = spec.encode(MTI, FIELDS)
    assert wire == bytes(iso8583.encode(dict(document), theirs)[0]), "the two sides write different bytes"
    assert spec.decode(wire).fields == FIELDS

    def ours() -> None:
        spec.encode(MTI, FIELDS)
        spec.decode(wire)

    def peer() -> None:
        iso8583.encode(document, theirs)
        iso8583.decode(wire, theirs)

    rounds = [(seconds_per_message(ours), seconds_per_message(peer)) for _ in range(ROUNDS)]
    our_s, peer_s = median(pair[0] for pair in rounds), median(pair[1] for pair in rounds)
    rows = [["ours", f"{1 / our_s:,.0f}"], ["pyiso8583", f"{1 / peer_s:,.0f}"]]
    note = f"One message of {len(wire)} bytes and {len(FIELDS)} fields, packed once and unpacked once."
    return Findings(
        {"codec_ratio": peer_s / our_s, "codec_per_s": 1 / our_s, "pyiso8583_per_s": 1 / peer_s},
        [Table("ISO 8583: pack and unpack", ["codec", "messages/s"], rows, note)],
    )
