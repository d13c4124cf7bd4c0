"""Entry ids: the millisecond of the batch, and a count behind it.

So ids sort by time, a stretch of time is a range of ids, and both databases find it without an index of
times. An id never goes back: where a clock was set back, ids count on from the last one.
"""

from __future__ import annotations

from typing import Final

#: Bits of the count: a million entries in one millisecond. Ids fit in 63 bits until the year 2248.
_COUNT_BITS: Final = 20

#: Beyond every id.
NO_END: Final = 2**63 - 1


def first_id_at(at_us: int) -> int:
    """Return the first id that an entry of this moment (UTC microseconds) can have, or the nearest."""
    return min(max(at_us // 1_000 << _COUNT_BITS, 0), NO_END)
