"""Decodes a load profile of a day over DLMS: 96 rows, as a GET response, and behind its HDLC frames.

A row is a moment of twelve octets, a status and three registers. Both figures are of one core, and of the
fastest of the rounds: a slow moment of the machine is no property of the code.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.figures import Findings, Table
from gateway.codecs.dlms.apdu import read_service, write_service
from gateway.codecs.dlms.datum import UINT8, UINT32, Datum, array, octets, structure
from gateway.codecs.dlms.hdlc import Address, Frame, FrameReader, Kind, write_frame
from gateway.codecs.dlms.services import GetResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.figures import Effort
    from gateway.codecs.dlms.services import Service

ROWS = 96
DECODES_PER_ROUND = 100
ROUNDS_EACH = 10
SEGMENT = 128


def profile() -> bytes:
    """Make the answer to a GET of a day's profile."""
    rows = (
        structure(octets(bytes([7, 0xE8, 2, 29, 4, n // 4, n % 4 * 15, 0, 0, 0, 0, 0])), Datum(UINT8, 8),
                  *(Datum(UINT32, 1_000_000 + n * k) for k in (250, 10, 3)))
        for n in range(ROWS)
    )  # fmt: skip
    return write_service(GetResponse(0xC1, array(*rows)))


def per_second(step: Callable[[], object], rounds: int) -> float:
    """Count the steps of a second, in the fastest round."""
    best = 0.0
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(DECODES_PER_ROUND):
            step()
        best = max(best, DECODES_PER_ROUND / (time.perf_counter() - begun))
    return best


def run(effort: Effort) -> Findings:
    """Measure profiles a second, decoded from the APDU and from the octets of a line."""
    apdu = profile()
    client, server = Address(16), Address(1, 17, 2)
    body = b"\xe6\xe7\x00" + apdu
    wire = b"".join(
        write_frame(Frame(client, server, Kind.INFORMATION, body[at : at + SEGMENT], at // SEGMENT % 8))
        for at in range(0, len(body), SEGMENT)
    )

    def from_apdu() -> Service:
        return read_service(apdu)

    def from_line() -> Service:
        frames = FrameReader().receive(wire)
        return read_service(b"".join(frame.information for frame in frames)[3:])

    assert from_apdu() == from_line(), "the two ways read differently"
    assert repr(from_apdu()).count("structure") == ROWS
    rounds = ROUNDS_EACH * effort.rounds
    of_apdu, of_line = per_second(from_apdu, rounds), per_second(from_line, rounds)
    rows = [["from the APDU", f"{of_apdu:,.0f}"], ["from HDLC frames of 128 octets", f"{of_line:,.0f}"]]
    note = f"{ROWS} rows of a moment, a status and three registers; an APDU of {len(apdu)} octets."
    return Findings(
        {"dlms_profiles_per_s": of_apdu, "dlms_profiles_line_per_s": of_line},
        [Table("DLMS: a day's load profile decoded", ["", "profiles/s"], rows, note)],
    )
