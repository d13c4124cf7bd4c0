"""What a tender buys: the priced lines of a sale, as the ledger will book them."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line of the receipt: its code, its amount in minor units, the account it is booked on."""

    code: str
    minor: int
    account: str


@dataclass(frozen=True, slots=True)
class Priced:
    """A tender turned into energy. The lines sum to the tender, to the minor unit.

    ``month`` and ``mtd_wh`` are the block counter after the sale; ``explanation`` is JSON that says which
    block gave how much at which price, stored with the sale.
    """

    energy_wh: int
    lines: tuple[PricedLine, ...]
    version: str
    month: int
    mtd_wh: int
    explanation: str


def lines_of(explanation: str) -> tuple[PricedLine, ...]:
    """Read the priced lines back from a stored explanation (its ``lines`` are code, minor, account)."""
    return tuple(
        PricedLine(code, minor, account) for code, minor, account in json.loads(explanation)["lines"]
    )
