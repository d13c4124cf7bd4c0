"""The business days: which there are, which are open, and what a close says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, select

from adapters.db import tables as t
from adapters.db.day_figures import open_days, summed
from adapters.db.view import View
from gateway.core.closed_day import Closed, close_key
from gateway.core.outcome import recalled
from gateway.core.views import BusinessDay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection

    from gateway.core.closed_day import AccountSums
    from gateway.core.views import DayClose, Days, OpenDays

#: Behind every business date.
_LATEST: Final = "9999-12-31"

_d, _c = t.account_day.c, t.closed_day.c
_UNTIL, _MOST = bindparam("until", type_=_d.business_date.type), bindparam("most", type_=_d.postings.type)


def _newest(dates: ColumnElement[str]) -> Any:  # noqa: ANN401 - SQLAlchemy's select of one column
    """The newest dates of a table. Along its key, so that older days are not even looked at."""
    return select(dates).where(dates <= _UNTIL).distinct().order_by(dates.desc()).limit(_MOST)


_POSTED, _CLOSED = _newest(_d.business_date), _newest(_c.business_date)
_DATES = select(_d.business_date).union(select(_c.business_date)).subquery()
_COUNT = select(func.count()).select_from(_DATES).where(_DATES.c.business_date <= _UNTIL)
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
    dates = {
        date for statement in (_POSTED, _CLOSED) for date in connection.execute(statement, asked).scalars()
    }
    return _described(connection, sorted(dates, reverse=True)[: query.limit])


def _count(connection: Connection, query: Days) -> int:
    return connection.execute(_COUNT, {"until": _until(query)}).scalar_one()


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
    closed = _close(connection, query)
    return () if closed is None else closed.accounts


def _closed_count(connection: Connection, query: DayClose) -> int:
    return len(_closed_accounts(connection, query))


DAYS: Final = View(_days, _count, _newest_closed)
OPEN_DAYS: Final = View(_open_days, _open_count, _newest_closed)
DAY_CLOSE: Final = View(_closed_accounts, _closed_count, _close)
