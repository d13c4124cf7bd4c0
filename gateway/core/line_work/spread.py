"""Chance without dice: waits and offsets that differ from one to the next and are the same at each run."""

from __future__ import annotations

from typing import Final

_WORD: Final = 1 << 64

#: 2**64 divided by the golden ratio. Its multiples, modulo 2**64, leave no gap much wider than another
#: however many there are (Steinhaus; Knuth, The Art of Computer Programming, volume 3, 6.4).
_GOLDEN: Final = 0x9E3779B97F4A7C15


def evenly(place: int, seed: int, width: int) -> int:
    """Give the place-th of many offsets, 0 to ``width`` - 1, that fill the width evenly.

    >>> [evenly(place, 0, 3600) for place in range(5)]
    [2224, 849, 3074, 1699, 324]
    """
    return (mixed(seed) + (place + 1) * _GOLDEN) % _WORD * width >> 64


def drawn(key: int, turn: int, width: int) -> int:
    """Draw a number, 0 to ``width`` - 1, which the same key draws again at the same turn.

    >>> [drawn(7, turn, 61) for turn in range(4)]
    [13, 58, 31, 35]
    """
    return mixed(key * 31 + turn) * width >> 64


def mixed(value: int) -> int:
    """Mix the bits of a number so that neighbours lie far apart (the finisher of splitmix64); 0 stays 0.

    Source: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014.
    """
    value %= _WORD
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % _WORD
    value = (value ^ value >> 27) * 0x94D049BB133111EB % _WORD
    return value ^ value >> 31
