"""Tests of lines as pages find them: one that has ended, one that runs, and nobody called in truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from adapters.lines.wire import Side
from gateway.assembly.line_trace import tracer
from gateway.codecs.meter_model.model import model_named
from gateway.core.contact import ContactFault, ContactWhy, ItemRead, RelayState
from gateway.core.line_test import LineTest, LineTestStands
from tests.builders import NOON, ZONE

AT = NOON.astimezone(ZONE)
#: A read of the number, of the clock's time and of the total (DL/T 645-2007), and a frame cut short.
FRAMES = (
    (Side.OURS, "FEFEFEFE68610100000000681104343733371C16"),
    (Side.THEIRS, "FEFEFEFE6861010000000068910A343733379434333333333616"),
    (Side.OURS, "FEFEFEFE68610100000000681104353433371A16"),
    (Side.THEIRS, "FEFEFEFE6861010000000068910735343337333B3B4616"),
    (Side.OURS, "FEFEFEFE68610100000000681104333334331416"),
    (Side.THEIRS, "FEFEFEFE686101000000006891083333343385334534C916"),
    (Side.OURS, "FEFEFEFE68610100000000681104363833371F16"),
    (Side.THEIRS, "FEFEFEFE686101"),
)


def trace():
    """The lines of a trace."""
    lines: list[str] = []
    write = tracer(
        model_named("dlt645-2007"), "", lambda line: lines.append(line.rstrip("\n")), now=lambda: AT
    )
    for side, octets in FRAMES:
        write(side, bytes.fromhex(octets))
    return tuple(lines)


def ended(pan):
    """A test that came as far as the relay."""
    fault = ContactFault(ContactWhy.TIMEOUT, "the meter was silent for 3 s, three times")
    return LineTest(
        pan, "deputy", AT, LineTestStands.ENDED, "line 2", AT + timedelta(seconds=41), ContactWhy.TIMEOUT,
        number="000000000161",
        read=(ItemRead("time", "04000102", "080800"), ItemRead("energy", "00010000", "112.52", unit="kWh")),
        missing=(("status", fault),), trace=trace(), left_out=12,
    )  # fmt: skip


def running(pan):
    """A test in which the meter is being asked."""
    return LineTest(pan, "chief", AT, LineTestStands.TALKING, "line 1", trace=trace()[:2])


def well(pan):
    """A test in which all was read."""
    return replace(ended(pan), why=None, missing=(), relay=RelayState.CLOSED, left_out=0)


class KeptTests:
    """Tests as they stand; obeys ``needs.LineTests``. ``refusal`` is what a new one gets."""

    def __init__(self, *tests, refusal=None):
        self._tests = {one.pan: one for one in tests}
        self._refusal = refusal
        self.begun = []

    def begin(self, way, by):
        self.begun.append((way.pan, by))
        return self._refusal

    def look(self, pan):
        return self._tests.get(pan)
