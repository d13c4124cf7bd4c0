"""What ``powertill modem-sim`` says: a line for each modem that stands ready, and one for each call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.simulators.modems.book import Outcome, masked

if TYPE_CHECKING:
    from gateway.simulators.modems.call import CallRecord

_SAID = {Outcome.HUNG_UP: "hung up", Outcome.HUNG_UP_THERE: "hung up by the other end"}


def ready_line(number: str, where: str) -> str:
    """Say that a modem of this number can be opened there."""
    return f"ready       {number:<12}{where}"


def call_line(record: CallRecord) -> str:
    """Say how a call went, with the end of its number.

    >>> from gateway.simulators.modems.call import CallRecord
    >>> call_line(CallRecord("5551234", False, Outcome.BUSY, None, 0, 0))
    'call out    …1234       busy'
    """
    way = "call in " if record.is_inbound else "call out"
    said = _SAID.get(record.outcome, record.outcome.value)
    if record.up_s is not None:
        said += f" after {record.up_s:.1f} s; octets to it {record.to_meter}, from it {record.from_meter}"
    return f"{way}    {masked(record.number):<12}{said}"
