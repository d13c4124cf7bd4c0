"""The ``[counter]`` table of the configuration: what the utility's own counters may sell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.config.bank import amounts_of

if TYPE_CHECKING:
    from gateway.config.reader import Section
    from gateway.core.money import Money

COUNTER_KEYS: Final = ("least", "most", "undo_s")

UNDO_S_MAX: Final = 3_600
"""Seconds: whoever takes a sale back after an hour no longer mends a slip, and needs a second person."""


@dataclass(frozen=True, slots=True)
class CounterSettings:
    """``least`` and ``most`` bound one sale; for ``undo_s`` seconds its cashier alone may undo it."""

    least: Money
    most: Money
    undo_s: int


def read_counter(section: Section, currency: str) -> CounterSettings:
    """Read the ``[counter]`` table; without it the usual values hold."""
    least, most = amounts_of(section, currency)
    return CounterSettings(least, most, section.whole("undo_s", 120, least=0, most=UNDO_S_MAX))
