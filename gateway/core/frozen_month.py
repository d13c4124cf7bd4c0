"""Registers that a meter has frozen at the end of a month: where they stand, and of which moment they are.

A meter says the moment of each copy (IEC 62056-21: ``0.1.2*01``), or the day and hour on which it settles
(DL/T 645: DDhh), which with its clock makes the moments of its last copies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from gateway.core.meter_items import REGISTER_ITEMS

if TYPE_CHECKING:
    from datetime import tzinfo

SETTLES: Final = "settles"
"""The item with the day and hour on which a meter of DL/T 645 settles."""

MONTHS: Final = "months"
"""The item that is a profile of copies, each with its moment (DLMS)."""

SETTLING_S: Final = 120
"""Seconds before a settlement in which nothing frozen is read: the copies may change places meanwhile."""

_CENTURY: Final = 2000
_SHORTEST_MONTH: Final = 28
_HOURS: Final = 24
_DDHH: Final = re.compile(r"([0-9]{2})([0-9]{2})")
_STAMP: Final = re.compile(
    r"([0-9]{2})[-.]?([0-9]{2})[-.]?([0-9]{2})[ ,T]?([0-9]{2}):?([0-9]{2})(?::?[0-9]{2})?"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the registers: the last one (``back`` 1), or that before it; by the names of the items."""

    back: int
    name: str

    @property
    def at_item(self) -> str:
        """The item with its moment, where the meter says one."""
        return f"{self.name}-at"

    @property
    def registers(self) -> dict[str, str]:
        """Item → register."""
        return {f"{item}-{self.name}": register for item, register in REGISTER_ITEMS.items()}


COPIES: Final = (Copy(1, "last-month"), Copy(2, "month-before"))


def settled_at(ddhh: str, shown: datetime, back: int) -> datetime | None:
    """Give the moment of a settlement before a moment that a meter shows, the last one for ``back`` 1.

    None for what is no day and hour. Days after the 28th are none either: not each month has them.

    >>> settled_at("0100", datetime(2026, 11, 26, 12, 0), 1).isoformat()
    '2026-11-01T00:00:00'
    >>> settled_at("2706", datetime(2026, 1, 26, 12, 0), 2).isoformat()
    '2025-11-27T06:00:00'
    """
    found = _DDHH.fullmatch(ddhh)
    if found is None or not 1 <= int(found[1]) <= _SHORTEST_MONTH or int(found[2]) >= _HOURS:
        return None
    at = shown.replace(day=int(found[1]), hour=int(found[2]), minute=0, second=0, microsecond=0)
    for _ in range(back if at > shown else back - 1):
        at = (at.replace(day=1) - timedelta(days=1)).replace(day=at.day)
    return at


def stamp_of(text: str, zone: tzinfo) -> datetime | None:
    """Read the moment of a copy, as YY-MM-DD,hh:mm; None for what is none.

    >>> from datetime import UTC
    >>> stamp_of("26-11-01,00:00", UTC).isoformat()
    '2026-11-01T00:00:00+00:00'
    """
    found = _STAMP.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) for part in found.groups())
    try:
        return datetime(_CENTURY + year, month, day, hour, minute, tzinfo=zone)
    except ValueError:
        return None
