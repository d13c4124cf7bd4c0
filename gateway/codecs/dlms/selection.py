"""Parts of a profile: between two moments, or from one row to another (IEC 62056-6-2, 4.3.6.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.dlms.datum import INT8, UINT16, UINT32, Datum, array, octets, structure
from gateway.codecs.dlms.services import Selection, Target

if TYPE_CHECKING:
    from collections.abc import Iterable

BY_RANGE: Final = 1
BY_ENTRY: Final = 2

CLOCK_TIME: Final = Target.of(8, "0-0:1.0.0.255", 2)
"""What a load profile is sorted by, as a rule."""


def captured(target: Target, part: int = 0) -> Datum:
    """Describe a captured object: an attribute, and which part of it (0: all)."""
    return structure(
        Datum(UINT16, target.class_id), octets(target.name), Datum(INT8, target.index), Datum(UINT16, part)
    )


def by_range(
    begins: Datum, ends: Datum, columns: Iterable[Target] = (), sorted_by: Target = CLOCK_TIME
) -> Selection:
    """Select the rows between two values of the column that they are sorted by, both included.

    No columns named: all of them. Moments are octet-strings (``moment``); some meters refuse one with a
    deviation from UTC in it, others one without: a setting of the model.
    """
    chosen = array(*(captured(column) for column in columns))
    return Selection(BY_RANGE, structure(captured(sorted_by), begins, ends, chosen))


def by_entry(first: int, last: int, *, columns: tuple[int, int] = (1, 0)) -> Selection:
    """Select rows by their place, the first is 1; last 0: to the end. Columns the same way."""
    begins, ends = columns
    return Selection(
        BY_ENTRY,
        structure(Datum(UINT32, first), Datum(UINT32, last), Datum(UINT16, begins), Datum(UINT16, ends)),
    )
