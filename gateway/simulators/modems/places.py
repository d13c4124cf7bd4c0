"""Meters at the other end of a call, in the same process.

Entry("5551234", InProcess(make_meter))          called by our modems
MeterCaller(meter).dial_in(exchange)             calls one of them
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.simulators.modems.call import Call
    from gateway.simulators.modems.exchange import TelephoneExchange


class Meter(Protocol):
    """What speaks at the other end: it is given octets, and gives its own to ``out``."""

    out: Callable[[bytes], object]

    def receive(self, octets: bytes, /) -> object:
        """Take octets of the line."""


class InProcess:
    """A place where a meter answers; ``make`` makes it, so that each call begins from the beginning."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], Meter]) -> None:
        self._make = make

    def __call__(self, call: Call) -> None:
        """Answer."""
        meter = self._make()
        meter.out = call.from_far
        call.answered(meter.receive)


class MeterCaller:
    """A meter that calls one of our modems. ``first``: what it says as soon as it is answered."""

    def __init__(self, meter: Meter, first: bytes = b"") -> None:
        self.is_answered = False
        self.is_over = False
        self._meter = meter
        self._first = first
        self._call: Call | None = None

    def dial_in(self, exchange: TelephoneExchange, number: str | None = None) -> bool:
        """Call a modem, or the first that is free; False where that is engaged."""
        self._call = exchange.ring(self, number)
        if self._call is None:
            self.is_over = True
            return False
        self._meter.out = self._call.from_far
        return True

    def hang_up(self) -> None:
        """End the call, or call no more."""
        if self._call is not None:
            self._call.far_hung_up()

    def answered(self) -> None:
        """Begin to speak."""
        self.is_answered = True
        if self._first and self._call is not None:
            self._call.from_far(self._first)

    def receive(self, octets: bytes) -> None:
        """Hand octets to the meter."""
        self._meter.receive(octets)

    def hung_up(self) -> None:
        """Note the end."""
        self.is_over = True
