"""What a tender buys: the priced lines of a sale, as the ledger will book them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from gateway.core.counters import Moved


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line of the receipt: its code, its amount in minor units, the account it is booked on."""

    code: str
    minor: int
    account: str


@dataclass(frozen=True, slots=True)
class Priced:
    """A tender turned into energy. The lines sum to the tender, to the minor unit.

    ``moved`` is what the sale does to the meter's counters; ``explanation`` is JSON, stored with the sale: it
    says which block gave how much at which price, and what was moved.
    """

    energy_wh: int
    lines: tuple[PricedLine, ...]
    version: str
    moved: Moved
    explanation: str


def lines_of(explanation: str) -> tuple[PricedLine, ...]:
    """Read the priced lines back from a stored explanation (its ``lines`` are code, minor, account)."""
    return tuple(
        PricedLine(code, minor, account) for code, minor, account in json.loads(explanation)["lines"]
    )


def moved_of(explanation: str) -> Moved | None:
    """Read back what a sale moved; None for one from before this was stored."""
    stored = json.loads(explanation).get("moved")
    return None if stored is None else Moved(*stored)
