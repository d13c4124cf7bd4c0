"""A dictionary that keeps what was used last, and no more than it may."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class NewestKept(Generic[_Key, _Value]):
    """Filled in the reactor's thread and read in the ledger's; shows nothing that is in it."""

    def __init__(self, kept_max: int) -> None:
        self._kept_max = kept_max
        self._kept: OrderedDict[_Key, _Value] = OrderedDict()
        self._lock = Lock()

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"NewestKept({len(self._kept)} of {self._kept_max})"

    def get(self, key: _Key) -> _Value | None:
        """Return what is kept under a key, and keep it longer."""
        with self._lock:
            value = self._kept.get(key)
            if value is not None:
                self._kept.move_to_end(key)
            return value

    def put(self, key: _Key, value: _Value) -> None:
        """Keep it, at the price of what was not used for the longest time."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self._kept_max:
                self._kept.popitem(last=False)
