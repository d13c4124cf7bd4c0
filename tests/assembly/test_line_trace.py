"""Traces of a meter's line: what is covered in them, and that no conversation depends on them."""

import pytest

from adapters.lines.wire import Side
from gateway.assembly.line_trace import tracer
from gateway.codecs.iec62056_21.characters import with_even_parity
from gateway.codecs.meter_model.model import model_named

UNLOCK = b"\x01P1\x02(20481357)\x03\x60"
SECRET = "20481357"


def traced(pieces, side=Side.THEIRS):
    rows: list[str] = []
    trace = tracer(model_named("iec62056-21"), SECRET, rows.append)
    for piece in pieces:
        trace(side, piece)
    return rows


def shown(rows):
    """Give the octets that can be read in a trace."""
    words = [word for row in rows for word in row.removeprefix(row[:18]).split()]
    return bytes.fromhex("".join(word for word in words if len(word) == 2 and word != "**"))


@pytest.mark.parametrize("size", range(1, len(UNLOCK) + 1))
@pytest.mark.parametrize("of_the_line", [bytes, with_even_parity], ids=["eight bits", "with parity"])
def test_a_password_is_covered_wherever_the_line_cuts_its_echo(size, of_the_line):
    octets = of_the_line(UNLOCK)
    rows = traced([octets[at : at + size] for at in range(0, len(octets), size)])
    assert SECRET not in "".join(row.strip() for row in rows if "<-" not in row), "not in the words either"
    told = bytes(octet & 0x7F for octet in shown(row for row in rows if "<-" in row))
    assert told == b"\x01P1\x02()\x03\x60"


def test_what_only_began_like_the_password_is_shown_from_there_on():
    rows = traced([b"(2048", b"9999)"])
    assert "39 39 39 39 29" in rows[-2]
    assert SECRET not in "".join(rows)


def test_a_trace_that_nobody_reads_ends_no_conversation():
    def closed(_):
        raise BrokenPipeError

    trace = tracer(model_named("iec62056-21"), SECRET, closed)
    trace(Side.OURS, UNLOCK)
