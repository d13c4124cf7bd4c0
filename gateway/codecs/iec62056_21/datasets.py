"""Data sets: ``1-0:1.8.0*01(000123.4*kWh)``, an address and its values (IEC 62056-21, 6.3.4 and annex A).

    0.9.1(12:45:00)                       an address and a value
    1.6.0(002.076*kW)(16-12-05,12:45)     a second value of the same address
    (0.014)(0.000)                        a line without an address belongs to the one before

The end of an address, ``*01`` or ``&01``, is the number of the reset that the value is from. Values are kept
as they were sent: blanks, zeros in front, and units as each maker writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from gateway.codecs.iec62056_21.fault import ValueFault

#: Data sets of one block; the longest published read-out has a few hundred, a year of daily values some
#: thousands.
SETS_MAX: Final = 20_000

_SET: Final = re.compile(r"([^()]*)\(([^()]*)\)")
_ADDRESS: Final = re.compile(r"[^()/!\x00-\x1f\x7f]*")
_VALUE: Final = re.compile(r"[^()/!\x00-\x1f\x7f]*")


class Value(NamedTuple):
    """What stands between parentheses: the text before the asterisk, and the unit behind it."""

    text: str
    unit: str = ""

    @property
    def written(self) -> str:
        """As it stands on the line."""
        return f"{self.text}*{self.unit}" if self.unit else self.text


@dataclass(frozen=True, slots=True)
class DataSet:
    """An address with its values; ``is_continued``: a line without an address, of the one before."""

    address: str
    values: tuple[Value, ...]
    is_continued: bool = False

    @property
    def inner(self) -> str:
        """All between the outer parentheses."""
        return ")(".join(value.written for value in self.values)

    @property
    def text(self) -> str:
        """As it stands on the line; ``ValueFault`` where a character would end it too early."""
        texts = [value.written for value in self.values]
        if not self.values or not _ADDRESS.fullmatch(self.address) or not all(map(_VALUE.fullmatch, texts)):
            raise ValueFault("a data set has values, and no parentheses, / or ! in them")
        return f"{'' if self.is_continued else self.address}({self.inner})"


class Unread(NamedTuple):
    """A line that is no data set: its number, from 1 on, and where in it the reading ended."""

    line: int
    at: int


class Sets(NamedTuple):
    """The data sets of a text, and its lines that are none."""

    sets: tuple[DataSet, ...]
    unread: tuple[Unread, ...]


def read_sets(text: str) -> Sets:
    r"""Read the data sets of a block's text. What is none is named by its line; a ``!`` ends the text.

    >>> read_sets("1.8.0(000123.4*kWh)\r\n!\r\n").sets[0].values
    (Value(text='000123.4', unit='kWh'),)
    """
    sets: list[DataSet] = []
    unread: list[Unread] = []
    last = ""
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line.startswith("!"):
            break
        if not line.strip():
            continue
        found, at = _sets_of(line, last)
        sets += found
        last = sets[-1].address if sets else last
        if at < len(line) or len(sets) > SETS_MAX:
            unread.append(Unread(number, at))
        if len(sets) > SETS_MAX:
            break
    return Sets(tuple(sets[:SETS_MAX]), tuple(unread))


def _sets_of(line: str, last: str) -> tuple[list[DataSet], int]:
    """Give the data sets of a line, and where they end; without an address they belong to the one before."""
    sets: list[DataSet] = []
    values: list[Value] = []
    address, is_continued, at = last, True, 0
    for found in _SET.finditer(line):
        if found.start() != at:
            break
        if found[1]:
            if values:
                sets.append(DataSet(address, tuple(values), is_continued))
            address, values, is_continued = found[1], [], False
        value, _, unit = found[2].partition("*")
        values.append(Value(value, unit))
        at = found.end()
    if values:
        sets.append(DataSet(address, tuple(values), is_continued))
    return sets, at


def sets_text(sets: list[DataSet]) -> str:
    """Write data sets, one a line; ``ValueFault`` for what has no place in one."""
    return "".join(one.text + "\r\n" for one in sets)
