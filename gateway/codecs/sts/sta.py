"""STA, the block cipher that STS knows as encryption algorithm 07, over whatever tables it is given.

A round is: each of the 16 nibbles of the block goes through one of two substitutions, which of them is said
by one bit of the key; then the 64 bits are permuted; then the key turns by one bit. The tables that meters
use are licensed by the STS Association, so an operator brings his own in a file; the sample tables below are
the illustration that is printed with the standard, and no meter on a wall uses them.

The theory behind the speed: where an octet of the block ends up depends on nothing but its place, its value
and two bits of the key. So substitution and permutation of an octet are one table of 256 words of 64 bits, of
which there are four for each of the eight places, and a round is eight look-ups. They are made once for a set
of tables (5 ms, some 400 KB for each direction) and shared by all keys; a key's schedule only says
which of them each round takes.

Deciphering permutes first and substitutes then, which is the wrong order for one table. But permuted once
before the first round and permuted back after the last one, its rounds too are a substitution and then a
permutation. So both directions are the same walk through rounds of eight tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final

KEY_OCTETS = 8
"""STA has keys of 64 bits (IEC 62055-41, 6.5.4)."""

_ROUNDS: Final = 16
_NIBBLES: Final = 16
_BITS: Final = 64
_ALL_BITS: Final = (1 << _BITS) - 1
_KEY_TURN: Final = 12
"""How far the complemented key is turned right before the first round of enciphering (6.5.4)."""

_TABLE_SETS_MAX: Final = 4
"""Sets of tables whose words are kept: the sample, the operator's, and room for a test of both."""

#: 256 words for the values of one octet; eight of them, the highest octet's first, are a round.
_Words = tuple[int, ...]
#: For each place of an octet, the highest first, its words under each of four choices.
_Places = tuple[tuple[_Words, ...], ...]
_Round = tuple[_Words, _Words, _Words, _Words, _Words, _Words, _Words, _Words]


class StaTablesFault(ValueError):  # noqa: N818 - the file's fault, not an error of ours
    """What should be a set of STA tables is none; the text names the table and the place."""


@dataclass(frozen=True, slots=True, repr=False)
class StaTables:
    """The two substitutions of a nibble, and the permutation of 64 bits: bit ``j`` goes to ``p[j]``.

    Each must hold every number from 0 on exactly once, else nothing could be deciphered: a
    ``StaTablesFault`` names the table and the place. The tables are licensed, so no repr shows them.
    """

    s1: tuple[int, ...]
    s2: tuple[int, ...]
    p: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse what is no permutation."""
        for name, table, size in (("s1", self.s1, 16), ("s2", self.s2, 16), ("p", self.p, 64)):
            _refuse_no_permutation(name, table, size)

    @property
    def is_sample(self) -> bool:
        """Are these the printed sample tables, with which tokens are for test meters only?"""
        return self == SAMPLE_TABLES

    def __repr__(self) -> str:
        """Say which tables these are, and show none."""
        return f"StaTables({'sample' if self.is_sample else '****'})"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class StaSchedule:
    """A key made ready: for each round of enciphering, the words that it takes."""

    key: int
    tables: StaTables
    rounds: tuple[_Round, ...]

    ea: ClassVar[str] = "07"

    def encrypt(self, block: int) -> int:
        """Return the 64-bit ``block`` enciphered (IEC 62055-41, 6.5.4)."""
        for t7, t6, t5, t4, t3, t2, t1, t0 in self.rounds:
            b7, b6, b5, b4, b3, b2, b1, b0 = block.to_bytes(8, "big")
            block = t7[b7] | t6[b6] | t5[b5] | t4[b4] | t3[b3] | t2[b2] | t1[b1] | t0[b0]
        return block

    def decrypt(self, block: int) -> int:
        """Return the 64-bit ``block`` deciphered.

        Which words the rounds take is found at each call: what is sold is enciphered only, and an issuer
        would keep twice as much for each of its meters.
        """
        for t7, t6, t5, t4, t3, t2, t1, t0 in _rounds_back(self.key, self.tables):
            b7, b6, b5, b4, b3, b2, b1, b0 = block.to_bytes(8, "big")
            block = t7[b7] | t6[b6] | t5[b5] | t4[b4] | t3[b3] | t2[b2] | t1[b1] | t0[b0]
        return block

    def __repr__(self) -> str:
        """Show no key."""
        return "StaSchedule(****)"


def key_schedule(key: bytes, tables: StaTables) -> StaSchedule:
    """Return the schedule of a 64-bit ``key``, the octets as the key derivation gives them (big-endian).

    Another length is refused (ValueError).
    """
    if len(key) != KEY_OCTETS:
        msg = f"an STA key has {KEY_OCTETS} octets, not {len(key)}"
        raise ValueError(msg)
    number = int.from_bytes(key, "big")
    turning = _turned_left(number ^ _ALL_BITS, _BITS - _KEY_TURN)
    forward = _forward(tables)
    rounds = []
    for _ in range(_ROUNDS):
        # Bit 3 of a key nibble chooses the table of the data nibble at its place.
        rounds.append(_round(forward, turning >> 3))
        turning = _turned_left(turning, 1)
    return StaSchedule(number, tables, tuple(rounds))


def tables_of(document: object) -> StaTables:
    """Read the object of an operator's table file: ``{"s1": [16 numbers], "s2": [16], "p": [64]}``.

    A ``StaTablesFault`` names the field and the place: ``p[17]: 4 stands here and at p[3]``. Further fields
    are left alone, so that a file may say where it came from.
    """
    if not isinstance(document, dict):
        raise StaTablesFault('the file must hold one object: {"s1": [...], "s2": [...], "p": [...]}')
    found = []
    for name in ("s1", "s2", "p"):
        if name not in document:
            raise StaTablesFault(f"{name}: missing")
        table = document[name]
        if not isinstance(table, list):
            raise StaTablesFault(f"{name}: must be a list of whole numbers")
        found.append(tuple(table))
    return StaTables(*found)


def _refuse_no_permutation(name: str, table: tuple[int, ...], size: int) -> None:
    """Raise ``StaTablesFault`` unless the table holds 0 to ``size`` - 1, each once."""
    if len(table) != size:
        raise StaTablesFault(f"{name}: must have {size} numbers, not {len(table)}")
    places: dict[int, int] = {}
    for at, number in enumerate(table):
        if type(number) is not int or not 0 <= number < size:
            raise StaTablesFault(f"{name}[{at}]: must be a whole number from 0 to {size - 1}")
        if number in places:
            raise StaTablesFault(f"{name}[{at}]: the number of {name}[{places[number]}] stands here again")
        places[number] = at


def _round(places: _Places, chosen: int) -> _Round:
    """Choose the words of a round: bits 0 and 4 of each octet of ``chosen`` are its two nibbles' choices."""
    octets = chosen.to_bytes(8, "big")
    t7, t6, t5, t4, t3, t2, t1, t0 = (
        words[octet & 1 | octet >> 3 & 2] for words, octet in zip(places, octets, strict=True)
    )
    return t7, t6, t5, t4, t3, t2, t1, t0


def _rounds_back(key: int, tables: StaTables) -> list[_Round]:
    """Return the rounds that undo a key's enciphering, between the two permutations (6.5.4)."""
    enter, backward, leave = _backward(tables)
    rounds = [_round(enter, 0)]
    for _ in range(_ROUNDS):
        rounds.append(_round(backward, key))
        key = _turned_left(key, _BITS - 1)
    rounds.append(_round(leave, 0))
    return rounds


@lru_cache(maxsize=_TABLE_SETS_MAX)
def _forward(tables: StaTables) -> _Places:
    """Return, for each place of an octet, its words under each choice: bit clear S1, bit set S2."""
    return _words(tables.s1, tables.s2, tables.p)


@lru_cache(maxsize=_TABLE_SETS_MAX)
def _backward(tables: StaTables) -> tuple[_Places, _Places, _Places]:
    """Return the words that permute back, those of the rounds (bit clear: S2 undone), those that permute."""
    same = tuple(range(_NIBBLES))
    back = _inverse(tables.p)
    rounds = _words(_inverse(tables.s2), _inverse(tables.s1), back)
    return _words(same, same, back), rounds, _words(same, same, tables.p)


def _words(clear: tuple[int, ...], is_set: tuple[int, ...], permutation: tuple[int, ...]) -> _Places:
    """Return the words of all places, the highest octet first, each with its four choices.

    A word is what an octet becomes: both nibbles substituted, and their bits permuted.
    """
    # Two rows for each nibble's place: its words where the key bit is clear, and where it is set.
    rows = [
        [_word(table[value], permutation[4 * place : 4 * place + 4]) for value in range(16)]
        for place in range(_NIBBLES)
        for table in (clear, is_set)
    ]
    return tuple(
        tuple(
            tuple(high | low for high in rows[at + 2 + choice // 2] for low in rows[at + choice % 2])
            for choice in range(4)
        )
        for at in range(len(rows) - 4, -1, -4)
    )


def _word(nibble: int, targets: tuple[int, ...]) -> int:
    """Return 64 bits with those of the nibble at their targets."""
    return sum(1 << target for bit, target in enumerate(targets) if nibble >> bit & 1)


def _inverse(table: tuple[int, ...]) -> tuple[int, ...]:
    """Return the table that undoes this one."""
    return tuple(table.index(number) for number in range(len(table)))


def _turned_left(number: int, bits: int) -> int:
    """Return 64 bits, turned left."""
    return (number << bits | number >> (_BITS - bits)) & _ALL_BITS


SAMPLE_TABLES: Final = StaTables(
    s1=(12, 10, 8, 4, 3, 15, 0, 2, 14, 1, 5, 13, 6, 9, 7, 11),
    s2=(6, 9, 7, 4, 3, 10, 12, 14, 2, 13, 1, 15, 0, 11, 8, 5),
    p=(
        *(29, 27, 34, 9, 16, 62, 55, 2, 40, 49, 38, 25, 33, 61, 30, 23),
        *(1, 41, 21, 57, 42, 15, 5, 58, 19, 53, 22, 17, 48, 28, 24, 39),
        *(3, 60, 36, 14, 11, 52, 54, 12, 31, 51, 10, 26, 0, 45, 37, 43),
        *(44, 6, 59, 4, 7, 35, 56, 50, 13, 18, 32, 47, 46, 63, 20, 8),
    ),
)
"""The tables that the standard prints as an illustration (IEC 62055-41, 6.5.4); real meters have others."""
