"""Management tokens as the office orders them: what a meter is told to do, by whom, and for which reason.

    ordered by one person  ──approved by another, within a day──►  the token is made, with a receipt number

A token that clears a meter's credit or lifts its limit is worth money, so nobody gets one alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Self

from gateway.core.token import ReservedId, TokenDigits
from gateway.core.token_order import ManagementKind

#: How long an order waits for its second person: what is a day old may be about another state of things.
ORDER_LASTS: Final = timedelta(hours=24)

#: The greatest power that the amount field of a token can say, in watts (IEC 62055-41, 6.3.6).
POWER_W_MAX: Final = 18_201_624

#: A reason is a sentence, not a story.
REASON_MAX: Final = 200

#: kind → the greatest value it may have. Watts for the limits; else the 16 bits of the token.
_GREATEST: Final = {
    ManagementKind.POWER_LIMIT: POWER_W_MAX,
    ManagementKind.PHASE_UNBALANCE: POWER_W_MAX,
    ManagementKind.CLEAR_TAMPER: 0,
}
_BITS_MAX: Final = 0xFFFF


class ManagementFault(ValueError):  # noqa: N818 - the fault of what was ordered
    """An order that no token can carry out; the text names the part and the cure."""


@dataclass(frozen=True, slots=True)
class ManagementOrder:
    """What a meter is to be told: the kind of token with its value, why, and who wants it.

    ``value``: watts for a power limit and a phase unbalance limit; the register for clear credit (0
    electricity, 65535 all); 0 for clear tamper; else the 16 bits as they are.
    """

    kind: ManagementKind
    value: int
    reason: str
    by: str

    def __post_init__(self) -> None:
        """Refuse what a token cannot say, and what nobody stands for."""
        greatest = greatest_value(self.kind)
        if not 0 <= self.value <= greatest:
            kind = self.kind.name.lower().replace("_", "-")
            raise ManagementFault(f"value: {kind} takes 0 to {greatest}, not {self.value}")
        stood_for(self.by, self.reason)


def greatest_value(kind: ManagementKind) -> int:
    """Say the greatest value that a token of this kind can carry."""
    return _GREATEST.get(kind, _BITS_MAX)


def stood_for(by: str, reason: str) -> None:
    """Refuse what nobody stands for, or gives no reason for; ManagementFault."""
    if not by.strip():
        raise ManagementFault("by: nobody has ordered it; say who does")
    if not 0 < len(reason.strip()) <= REASON_MAX:
        raise ManagementFault(f"reason: say why, in 1 to {REASON_MAX} characters; it is kept for ever")


@dataclass(frozen=True, slots=True)
class ManagementOrdered:
    """An order that waits for its second person. ``reserved`` is its token's id where a module makes it."""

    pan: str
    order: ManagementOrder
    at_us: int
    reserved: ReservedId | None = None

    def stored(self) -> str:
        """Write the content as compact JSON."""
        reserved = self.reserved
        kept = None if reserved is None else [reserved.base_date, reserved.tid, reserved.rnd]
        return _dumps(("ordered", self.pan, *_parts(self.order), self.at_us, kept))

    @classmethod
    def from_stored(cls, values: list[Any]) -> Self:
        """Read it back; ``Any`` because these are JSON values of our own stored format, in its order."""
        pan, *parts, at_us, kept = values
        return cls(pan, _order(parts), at_us, None if kept is None else ReservedId(*kept))


@dataclass(frozen=True, slots=True)
class Managed:
    """A management token is out: ``key_change`` is entered before it, in this order."""

    receipt_no: int
    pan: str
    order: ManagementOrder
    approved_by: str
    token: TokenDigits
    key_change: tuple[TokenDigits, ...]
    at_us: int

    def stored(self) -> str:
        """Write the content as compact JSON."""
        key_change = [token.reveal() for token in self.key_change]
        tokens = (self.token.reveal(), key_change)
        named = (self.receipt_no, self.pan, *_parts(self.order), self.approved_by)
        return _dumps(("managed", *named, *tokens, self.at_us))

    @classmethod
    def from_stored(cls, values: list[Any]) -> Self:
        """Read it back; see ``ManagementOrdered.from_stored``."""
        receipt_no, pan, *parts, approved_by, token, key_change, at_us = values
        tokens = tuple(TokenDigits(digits) for digits in key_change)
        return cls(receipt_no, pan, _order(parts), approved_by, TokenDigits(token), tokens, at_us)


_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _parts(order: ManagementOrder) -> tuple[object, ...]:
    return order.kind.value, order.value, order.reason, order.by


def _order(parts: list[Any]) -> ManagementOrder:
    kind, *rest = parts
    return ManagementOrder(ManagementKind(kind), *rest)


def order_key(reference: str) -> str:
    """Name an order for a management token."""
    return f"order/{reference}"


def managed_key(reference: str) -> str:
    """Name the token of an order: there can be only one."""
    return f"manage/{reference}"
