"""The day at a glance: what was sold where and when, what is open, and that the journal goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, case, func, literal, select, true

from adapters.db import tables as t
from adapters.db.day_figures import summed
from adapters.db.day_range import id_range
from adapters.db.journal_head import newest_link
from adapters.db.open_sales import IS_OPEN
from adapters.db.outbox import BACKLOG
from adapters.db.sale_choice import looked_up_in
from adapters.db.view import View
from adapters.db.view_days import last_closed
from adapters.db.view_troubles import open_counts
from gateway.core.delivery import Backlog
from gateway.core.sale import UNDONE_STATES, SaleState
from gateway.core.views_sales import SaleTotals
from gateway.core.views_watch import ChannelFigures, DayFacts, Disputed, HourFigures, OpenByAge

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from gateway.core.views_watch import Dashboard

_s, _e = t.sale.c, t.entry.c
_HOUR_US: Final = timedelta(hours=1) // timedelta(microseconds=1)
_DAY_US: Final = 24 * _HOUR_US

#: A whole number of hours on either database: PostgreSQL's remainder of whole numbers is one too.
_HOUR: Final = (_s.at_us - _s.at_us % _HOUR_US).label("begins_us")
_OF_DAY: Final = (
    _s.bank != "",
    _e.business_date == bindparam("day"),
    _e.id >= bindparam("begin"),
    _e.id < bindparam("end"),
    _s.id >= bindparam("begin"),
    _s.id < bindparam("end"),
)
#: All sales, and those of each state in which they were undone: the columns of ``SaleTotals``.
_SUMS: Final = tuple(
    summed(case((state, figure), else_=0))
    for state in (true(), *(_s.state == one.value for one in UNDONE_STATES))
    for figure in (1, _s.tender_minor, _s.energy_wh)
)
_AGE_US: Final = bindparam("now_us", type_=_s.at_us.type) - _s.at_us
_OPEN: Final = select(
    summed(case((_AGE_US < _HOUR_US, 1), else_=0)),
    summed(case((_AGE_US.between(_HOUR_US, _DAY_US - 1), 1), else_=0)),
    summed(case((_AGE_US >= _DAY_US, 1), else_=0)),
    func.min(_s.at_us),
).where(IS_OPEN)

#: The state stands in the statement itself: only so can the database see that its index of them serves.
_DISPUTED: Final = select(func.count(), func.min(_s.at_us)).where(
    _s.state == literal(SaleState.CLAIMED.value, literal_execute=True)
)


def _of_branch(query: Dashboard) -> list[ColumnElement[bool]]:
    return [] if query.branch is None else [looked_up_in(query.branch)]


def _asked(connection: Connection, query: Dashboard) -> dict[str, object]:
    begin, end = id_range(connection, query.day, query.day)
    return {"day": query.day.isoformat(), "begin": begin, "end": end}


def _hours(connection: Connection, query: Dashboard) -> list[HourFigures]:
    figures = (func.count(), summed(_s.tender_minor), summed(_s.energy_wh))
    statement = select(_HOUR, _s.currency, *figures).join(t.entry, _e.id == _s.id)
    # What was undone is not among what the tiles say was sold, so it is not in the bars either.
    kept = _s.state.not_in([one.value for one in UNDONE_STATES])
    statement = statement.where(*_OF_DAY, kept, *_of_branch(query)).group_by(_HOUR, _s.currency)
    rows = (HourFigures(*row) for row in connection.execute(statement, _asked(connection, query)))
    return sorted(rows, key=lambda hour: (hour.begins_us, hour.currency))


def _hour_count(connection: Connection, query: Dashboard) -> int:
    return len(_hours(connection, query))


def _channels(connection: Connection, query: Dashboard) -> tuple[ChannelFigures, ...]:
    statement = select(_s.bank, _s.currency, *_SUMS).join(t.entry, _e.id == _s.id)
    statement = statement.where(*_OF_DAY, *_of_branch(query)).group_by(_s.bank, _s.currency)
    rows = connection.execute(statement, _asked(connection, query))
    found = (ChannelFigures(bank, SaleTotals(*totals)) for bank, *totals in rows)
    return tuple(sorted(found, key=lambda one: (one.bank, one.totals.currency)))


def _facts(connection: Connection, query: Dashboard) -> DayFacts:
    open_sales = connection.execute(_OPEN.where(*_of_branch(query)), {"now_us": query.now_us}).one()
    return DayFacts(
        channels=_channels(connection, query),
        open_sales=OpenByAge(*open_sales),
        disputed=Disputed(*connection.execute(_DISPUTED.where(*_of_branch(query))).one()),
        troubles=open_counts(connection, query.branch),
        outbox=Backlog(*connection.execute(BACKLOG).one()),
        head=newest_link(connection),
        last_closed=last_closed(connection),
    )


DASHBOARD: Final = View(_hours, _hour_count, _facts)
