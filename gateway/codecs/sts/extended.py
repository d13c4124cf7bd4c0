"""The 16 bits of an extended token (class 2, subclass 10; STS 202-5).

index 6 | value 10        index 63 means a flag: 63 | flag 9 | value 1
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.codecs.sts.key_section import refuse_beyond

_FLAG_INDEX: Final = 63


@dataclass(frozen=True, slots=True)
class Register:
    """What an extended token (2.10) sets: the value 0 to 1023 of one of the registers 0 to 62."""

    index: int
    value: int

    def __post_init__(self) -> None:
        """Refuse what has no place in the 16 bits."""
        refuse_beyond((self.index, 0, _FLAG_INDEX - 1), (self.value, 0, 0x3FF))

    @property
    def field16(self) -> int:
        """The 16 bits."""
        return self.index << 10 | self.value


@dataclass(frozen=True, slots=True)
class Flag:
    """What an extended token (2.10) with the index 63 sets: one of the flags 0 to 511."""

    index: int
    is_set: bool

    def __post_init__(self) -> None:
        """Refuse what has no place in the 16 bits."""
        refuse_beyond((self.index, 0, 0x1FF))

    @property
    def field16(self) -> int:
        """The 16 bits."""
        return _FLAG_INDEX << 10 | self.index << 1 | self.is_set


def extended_of(field16: int) -> Register | Flag:
    """Return what the 16 bits of an extended token say (STS 202-5)."""
    if field16 >> 10 == _FLAG_INDEX:
        return Flag(field16 >> 1 & 0x1FF, bool(field16 & 1))
    return Register(field16 >> 10, field16 & 0x3FF)
