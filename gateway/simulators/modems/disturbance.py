"""What the octets of one call go through: noise, a lost carrier, silence, an octet that arrives as another.

Octet by octet and without a clock, so that any cutting of the stream comes out the same.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from gateway.simulators.modems.book import PER_MILLE, Way

if TYPE_CHECKING:
    from gateway.simulators.modems.book import At, Trouble

#: An odd number of bits, so that a parity bit does not agree either; and none of a check sum's.
_FLIPPED: Final = 0x25
_ANY_OCTET: Final = 0x100


class Disturbance:
    """The trouble of one call. ``ordinal``: which call of its number it is, so that noise differs."""

    __slots__ = ("_counts", "_dice", "_trouble", "is_lost")

    def __init__(self, trouble: Trouble, ordinal: int) -> None:
        self._trouble = trouble
        self._counts = {Way.TO_METER: 0, Way.FROM_METER: 0}
        self._dice: dict[Way, Random] = {}
        if trouble.noise_per_mille:
            for way in self._counts:
                # Each way has dice of its own: which octets come first is not ours to say.
                self._dice[way] = Random(f"{trouble.seed}/{ordinal}/{way.value}")  # noqa: S311 - repeatable noise
        self.is_lost = self._is_past(trouble.lost)

    def carried(self, way: Way, octets: bytes) -> bytes:
        """Give what arrives. When the carrier goes, ``is_lost`` is true, and the rest is not carried."""
        trouble, counts = self._trouble, self._counts
        arrived = bytearray()
        for octet in octets:
            if self.is_lost:
                break
            if not (_concerns(trouble.silent, way) and self._is_past(trouble.silent)):
                if trouble.noise_per_mille:
                    self._add_noise(arrived, way)
                is_garbled = _concerns(trouble.garbled, way) and self._is_at(trouble.garbled)
                arrived.append(octet ^ _FLIPPED if is_garbled else octet)
            counts[way] += 1
            self.is_lost = self._is_past(trouble.lost)
        return bytes(arrived)

    def _add_noise(self, arrived: bytearray, way: Way) -> None:
        dice = self._dice[way]
        if dice.randrange(PER_MILLE) < self._trouble.noise_per_mille:
            arrived.append(dice.randrange(_ANY_OCTET))

    def _is_past(self, at: At | None) -> bool:
        return at is not None and self._passed(at.way) >= at.octets

    def _is_at(self, at: At | None) -> bool:
        return at is not None and self._passed(at.way) == at.octets

    def _passed(self, way: Way) -> int:
        return sum(self._counts.values()) if way is Way.BOTH else self._counts[way]


def _concerns(at: At | None, way: Way) -> bool:
    return at is not None and at.way in (Way.BOTH, way)
