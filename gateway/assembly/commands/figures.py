"""Figures as an accountant reads them: separators of thousands, balances with their side, columns in line."""

from __future__ import annotations

import argparse
import re
from datetime import date
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.terminal import harmless
from gateway.core.energy import Energy
from gateway.core.ledger import WATT_HOURS
from gateway.core.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KWH_DECIMALS: Final = 3

#: A place for a line in a table: it is drawn as wide as its column.
RULE: Final = ("-",)


def unit_name(unit: str) -> str:
    """Name the unit that amounts are shown in: a currency, or kWh."""
    return "kWh" if unit == WATT_HOURS else unit


def plain(amount: int, unit: str) -> str:
    """Write an amount in major units for a program: ``1234567.89``, or kWh to the watt-hour."""
    return Energy(amount).kwh_text(_KWH_DECIMALS) if unit == WATT_HOURS else Money(amount, unit).text()


def figure(amount: int, unit: str) -> str:
    """Write an amount in major units for a person: ``1,234,567.89``."""
    exact = plain(amount, unit)
    whole, point, decimals = exact.removeprefix("-").partition(".")
    sign = "-" if exact.startswith("-") else ""
    return f"{sign}{int(whole):,}{point}{decimals}"


def balance(amount: int, unit: str) -> str:
    """Write a balance with its side: ``15,000.00 Dr``, ``0.15 Cr``, or nothing behind a zero."""
    side = "Dr" if amount > 0 else "Cr" if amount else "  "
    return f"{figure(abs(amount), unit)} {side}"


def table(rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """Set the cells in columns, the first ``left`` of them to the left, the others to the right.

    A row of RULE is a line below the columns; a row may end early.
    """
    count = max(len(row) for row in rows)
    filled = [[harmless(cell) for cell in row] + [""] * (count - len(row)) for row in rows]
    widths = [
        max(len(row[n]) for row, given in zip(filled, rows, strict=True) if given is not RULE)
        for n in range(count)
    ]
    lines = []
    for row, given in zip(filled, rows, strict=True):
        cells = ["-" * width for width in widths] if given is RULE else row
        set_cells = [
            cell.ljust(width) if n < left else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        lines.append("  ".join(set_cells).rstrip())
    return lines


def day_argument(text: str) -> date:
    """Read a business day such as 2026-11-23: the type of an argument."""
    try:
        # Python reads more ways to write a date than we want to promise.
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    # There is a day before and a day behind every day that is meant.
    if day is None or not date.min < day < date.max:
        raise argparse.ArgumentTypeError(f"must be a day such as 2026-11-23, not {text[:20]!r}")
    return day
