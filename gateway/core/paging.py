"""A list is read page by page, both ways, from a row that the reader knows: the books may grow meanwhile.

Every row of a list has an ``id``. ``after`` and ``before`` name the row that a page begins behind or ends in
front of; a row that is not there has no pages around it.

How many rows there are is counted up to ``COUNT_MAX``: a count of more than that means "more than so many".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.core.views import Query, RowT, TotalsT, require_page

#: Rows of a page for a person, unless he wants more.
ROWS: Final = 50

#: Rows that are counted one by one: nobody reads further, and counting them would keep him waiting.
COUNT_MAX: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged(Query[RowT, TotalsT]):
    """A question whose rows come page by page; a page without a neighbour is the first one."""

    after: int | None = None
    before: int | None = None
    limit: int = ROWS

    def __post_init__(self) -> None:
        """Refuse a page that is none, and one with two neighbours."""
        require_page(self.limit)
        if self.after is not None and self.before is not None:
            raise ValueError("a page begins after a row or ends before one, not both")


def require_range(least: int | None, most: int | None, what: str) -> None:
    """Refuse (ValueError) a range that runs backwards; an end that is None is open."""
    if least is not None and most is not None and least > most:
        raise ValueError(f"{what} from {least} to {most} runs backwards")
