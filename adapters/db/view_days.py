"""The business days: which there are, which are open, and what a close says."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, exists, func, select, union

from adapters.db import tables as t
from adapters.db.day_figures import open_days, summed
from adapters.db.view import View
from gateway.core.closed_day import Closed, close_key
from gateway.core.outcome import recalled
from gateway.core.views import BusinessDay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select

    from gateway.core.closed_day import AccountSums
    from gateway.core.views import DayClose, Days, OpenDays

#: Behind every business date.
_LATEST: Final = "9999-12-31"

_d, _c = t.account_day.c, t.closed_day.c
_UNTIL, _MOST = bindparam("until", type_=_d.business_date.type), bindparam("most", type_=_d.postings.type)


_IS_OPEN: Final = ~exists().where(_c.business_date == _d.business_date)
#: Where days of a kind stand: a closed one in which nothing was posted has its close alone.
_DATES: Final[dict[bool | None, tuple[Select[Any], ...]]] = {
    None: (select(_d.business_date), select(_c.business_date)),
    True: (select(_c.business_date),),
    False: (select(_d.business_date).where(_IS_OPEN),),
}


def _newest(dates: Select[Any]) -> Select[Any]:
    """Give the newest of the dates. Along the table's key, so that older days are not even looked at."""
    (date,) = dates.selected_columns
    return dates.where(date <= _UNTIL).distinct().order_by(date.desc()).limit(_MOST)


def _counted(dates: Sequence[Select[Any]]) -> Select[Any]:
    every = union(*(one.distinct() for one in dates)).subquery()
    return select(func.count()).select_from(every).where(every.c.business_date <= _UNTIL)


_NEWEST: Final = {kind: [_newest(one) for one in dates] for kind, dates in _DATES.items()}
_COUNTS: Final = {kind: _counted(dates) for kind, dates in _DATES.items()}
_POSTINGS = (
    select(_d.business_date, summed(_d.postings))
    .where(_d.business_date >= bindparam("first"), _d.business_date <= bindparam("last"))
    .group_by(_d.business_date)
)
_CLOSES = select(t.closed_day).where(
    _c.business_date >= bindparam("first"), _c.business_date <= bindparam("last")
)
_LAST_CLOSED = select(_c.business_date).order_by(_c.business_date.desc()).limit(1)
_CONTENT = select(t.command_key.c.content).where(t.command_key.c.key == bindparam("key"))


def _until(query: Days) -> str:
    return _LATEST if query.until is None else query.until.isoformat()


def _days(connection: Connection, query: Days) -> list[BusinessDay]:
    asked = {"until": _until(query), "most": query.limit}
    newest = _NEWEST[query.is_closed]
    dates = {date for statement in newest for date in connection.execute(statement, asked).scalars()}
    return _described(connection, sorted(dates, reverse=True)[: query.limit])


def _count(connection: Connection, query: Days) -> int:
    found: int = connection.execute(_COUNTS[query.is_closed], {"until": _until(query)}).scalar_one()
    return found


def _open_days(connection: Connection, query: OpenDays) -> list[BusinessDay]:
    return _described(connection, list(open_days(connection))[: query.limit])


def _open_count(connection: Connection, _query: OpenDays) -> int:
    return len(open_days(connection))


def _newest_closed(connection: Connection, _query: Days | OpenDays) -> BusinessDay | None:
    return last_closed(connection)


def last_closed(connection: Connection) -> BusinessDay | None:
    """Describe the newest day that is closed, if one is."""
    found = _described(connection, list(connection.execute(_LAST_CLOSED).scalars()))
    return found[0] if found else None


def _described(connection: Connection, dates: Sequence[str]) -> list[BusinessDay]:
    """Say of each date what was posted, and when it was closed."""
    if not dates:
        return []
    asked = {"first": min(dates), "last": max(dates)}
    postings = {row[0]: row[1] for row in connection.execute(_POSTINGS, asked)}
    closes = {date: close for date, *close in connection.execute(_CLOSES, asked)}
    return [BusinessDay(date, postings.get(date, 0), *closes.get(date, (None, None, None))) for date in dates]


def _close(connection: Connection, query: DayClose) -> Closed | None:
    key = close_key(query.day.isoformat())
    content = connection.execute(_CONTENT, {"key": key}).scalar_one_or_none()
    closed = None if content is None else recalled(content)
    return closed if isinstance(closed, Closed) else None


def _closed_accounts(connection: Connection, query: DayClose) -> Sequence[AccountSums]:
    """Give a page of them: they stand in the order of their codes."""
    closed = _close(connection, query)
    accounts = () if closed is None else closed.accounts
    begin = 0 if query.after is None else bisect_right(accounts, query.after, key=attrgetter("place"))
    return accounts[begin : begin + query.limit]


def _closed_count(connection: Connection, query: DayClose) -> int:
    closed = _close(connection, query)
    return 0 if closed is None else len(closed.accounts)


DAYS: Final = View(_days, _count, _newest_closed)
OPEN_DAYS: Final = View(_open_days, _open_count, _newest_closed)
DAY_CLOSE: Final = View(_closed_accounts, _closed_count, _close)
