"""The short cut for messages of characters: one pattern checks many fields in one stroke.

Where every field of a bitmap stands in ASCII, neighbouring fixed fields and the length prefix of
the variable one behind them make one pattern::

    3, 4, 7, then LL of 32 → ([0-9]{6})([0-9]{12})([0-9]{10})([0-9]{2})

This is never a rule: what the short cut accepts, the single fields accept with the same text.
What it does not accept goes to the single fields, which say where and what the fault is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Given the message as characters and an offset: the texts and the offset behind them, or None.
QuickReader = Callable[[str, int], tuple[list[str], int] | None]
# Given the fields by number: their bytes, or None.
QuickWriter = Callable[[Mapping[int, str]], bytes | None]

# Between the values while they are checked together; no field's pattern accepts it.
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class Characters:
    """A field that stands in ASCII as it is: the pattern of one character and how many there are.

    ``prefix`` is the count of digits before a variable field, 0 for a field of fixed width.
    """

    each: str
    most: int
    prefix: int

    @property
    def pattern(self) -> str:
        """The pattern of the whole text."""
        return f"{self.each}{{{'0,' if self.prefix else ''}{self.most}}}"


def quick_reader(layout: Sequence[Characters]) -> QuickReader:
    """Make the reader of fields that follow each other."""
    steps = _reading_steps(layout)

    def read(text: str, at: int) -> tuple[list[str], int] | None:
        values: list[str] = []
        for match, most, fits in steps:
            found = match(text, at)
            if found is None:
                return None
            values += found.groups()
            at = found.end()
            if fits is not None:
                count = int(values[-1])
                end = at + count
                value = values[-1] = text[at:end]
                if count > most or len(value) != count or not fits(value):
                    return None
                at = end
        return values, at

    return read


def quick_writer(numbers: Sequence[int], layout: Sequence[Characters]) -> QuickWriter:
    """Make the writer of fields; it needs two at least."""
    values_of = itemgetter(*numbers)
    fits = re.compile(_BETWEEN.join(field.pattern for field in layout)).fullmatch
    prefixed = [(index, f"%0{field.prefix}d%s") for index, field in enumerate(layout) if field.prefix]

    def write(fields: Mapping[int, str]) -> bytes | None:
        values = values_of(fields)
        if fits(_BETWEEN.join(values)) is None:
            return None
        parts = list(values)
        for index, form in prefixed:
            parts[index] = form % (len(parts[index]), parts[index])
        return "".join(parts).encode("ascii")

    return write


_Step = tuple[Callable[[str, int], re.Match[str] | None], int, Callable[[str], object] | None]


def _reading_steps(layout: Sequence[Characters]) -> list[_Step]:
    steps: list[_Step] = []
    pattern = ""
    for field in layout:
        if field.prefix:
            match = re.compile(f"{pattern}([0-9]{{{field.prefix}}})").match
            steps.append((match, field.most, re.compile(field.pattern).fullmatch))
            pattern = ""
        else:
            pattern += f"({field.pattern})"
    if pattern:
        steps.append((re.compile(pattern).match, 0, None))
    return steps
