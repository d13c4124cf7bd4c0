"""What a virtual card remembers, byte by byte. Its power may go after any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


class CardGone(Exception):  # noqa: N818 - what happened, not an error of anybody
    """The card is not in the reader any more."""


class Cells:
    """Named stretches of bytes. ``left``: so many more are written before the power goes; None: all."""

    def __init__(self, stretches: Mapping[str, bytes]) -> None:
        self._stretches = {name: bytearray(held) for name, held in stretches.items()}
        self.left: int | None = None

    def get(self, name: str, at: int = 0, size: int | None = None) -> bytes:
        """Give so many bytes from there on; to the end where no size is said."""
        return bytes(self._stretches[name][at : None if size is None else at + size])

    def size(self, name: str) -> int:
        """Say how long a stretch is."""
        return len(self._stretches[name])

    def put(self, name: str, at: int, written: bytes) -> None:
        """Write one byte after the other, as long as there is power; raises ``CardGone`` where it ends."""
        for place, byte in enumerate(written, at):
            if self.left == 0:
                raise CardGone
            if self.left is not None:
                self.left -= 1
            self._stretches[name][place] = byte

    def plain(self) -> dict[str, str]:
        """Give all of it as hex, for a file."""
        return {name: held.hex().upper() for name, held in self._stretches.items()}

    @classmethod
    def of_plain(cls, plain: Mapping[str, str]) -> Self:
        """Make what ``plain`` gave."""
        return cls({name: bytes.fromhex(held) for name, held in plain.items()})
