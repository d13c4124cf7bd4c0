"""A token's id that is kept before a security module is asked for the token: the same one after a crash."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, Self

from gateway.core.token import ReservedId

_dumps: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def reserved_key(order: str) -> str:
    """Name what is kept for an order by its key: there can be only one."""
    return f"keep/{order}"


@dataclass(frozen=True, slots=True)
class TokenReserved:
    """The id that is kept for a token of the meter ``pan``; None where none has to be."""

    pan: str
    reserved: ReservedId | None

    def stored(self) -> str:
        """Write the content as compact JSON."""
        one = self.reserved
        return _dumps(("reserved", self.pan, None if one is None else (one.base_date, one.tid, one.rnd)))

    @classmethod
    def from_stored(cls, values: list[Any]) -> Self:  # JSON values of our own stored format
        """Read it back."""
        pan, kept = values
        return cls(pan, None if kept is None else ReservedId(*kept))
