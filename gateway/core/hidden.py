"""A text that nobody may read by accident: it masks itself wherever it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Hidden:
    """A password's hash, a sealed authenticator secret: ``reveal`` is the only way to it."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Give the text, to whoever has a use for it."""
        return self._text

    def __bool__(self) -> bool:
        """Is there one?"""
        return bool(self._text)

    def __repr__(self) -> str:
        return "Hidden(***)"

    __str__ = __repr__


NOTHING_HIDDEN = Hidden("")
