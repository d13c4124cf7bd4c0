"""Files of a card and their fields: bytes to values and back, each fault with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.codecs.card.contents import Content, Misfit, Value
from gateway.codecs.card.fault import PeerFault, ValueFault
from gateway.codecs.card.frame import TAIL, Frame

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Field:
    """A field: where it stands in its file, what it holds, and what is written where nothing is said."""

    name: str
    at: int
    size: int
    content: Content
    default: Value | None = None

    @property
    def end(self) -> int:
        """The byte behind it."""
        return self.at + self.size


@dataclass(frozen=True, slots=True)
class CardFile:
    """A file of a CPU card, or a stretch of a memory card.

    ``places`` is the short name, or the address; of a file that is kept twice, both addresses. ``size``
    counts what the profile's fields describe, and the frame around it, but not the MAC and the flag behind it
    on a memory card (``trailer``).
    """

    name: str
    places: tuple[int, ...]
    size: int
    fields: tuple[Field, ...]
    frame: Frame | None = None
    is_sealed: bool = False
    update: str = "sealed"
    bound: bytes = b""
    trailer: int = 0

    def __repr__(self) -> str:
        """Show which one it is."""
        return f"CardFile({self.name})"

    @property
    def body(self) -> range:
        """The bytes in which fields may stand."""
        return range(self.frame.head, self.size - TAIL) if self.frame else range(self.size)

    def field(self, name: str) -> Field:
        """Give the field of this name, which the profile is known to have."""
        return next(field for field in self.fields if field.name == name)

    def has(self, *names: str) -> bool:
        """Has it fields of all these names?"""
        return {field.name for field in self.fields}.issuperset(names)

    def is_empty(self, raw: bytes) -> bool:
        """Is nothing in it? A framed file is empty until it begins with its frame, as the meters see it."""
        return not any(raw[: self.size])

    def read(self, raw: bytes) -> dict[str, Value]:
        """Read the fields; raises ``PeerFault``."""
        if len(raw) < self.size:
            raise PeerFault(self.name, "", len(raw), f"cut short: {len(raw)} of {self.size} bytes")
        if self.frame is not None:
            self.frame.opened(raw[: self.size], self.name)
        return {field.name: self._read(field, raw) for field in self.fields}

    def write(self, values: Mapping[str, object]) -> bytes:
        """Write the fields, with the defaults of those that are not said; raises ``ValueFault``."""
        unknown = sorted(values.keys() - {field.name for field in self.fields})
        if unknown:
            raise ValueFault(f"{self.name} has no {unknown[0]}")
        raw = bytearray(self.size)
        for field in self.fields:
            raw[field.at : field.end] = self._written(field, values)
        if self.frame is None:
            return bytes(raw)
        return self.frame.wrap(bytes(raw[self.body.start : self.body.stop]))

    def _read(self, field: Field, raw: bytes) -> Value:
        try:
            return field.content.read(raw[field.at : field.end])
        except Misfit as fault:
            raise PeerFault(self.name, field.name, field.at, str(fault)) from None

    def _written(self, field: Field, values: Mapping[str, object]) -> bytes:
        value = values.get(field.name, field.default)
        if value is None:
            raise ValueFault(f"{self.name}.{field.name} must be said")
        try:
            return field.content.write(value)
        except ValueFault as fault:
            raise ValueFault(f"{self.name}.{field.name} {fault}") from None
