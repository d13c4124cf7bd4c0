"""What watches over the office: requests for a second person, and the diary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, or_, select, tuple_

from adapters.db import tables as t
from adapters.db.like import holds
from adapters.db.office_rows import approval_of, diary_row_of
from adapters.db.view import View
from adapters.db.view_staff import counted
from gateway.core.approval import LASTS_US, ApprovalState

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

    from gateway.core.approval import Approval
    from gateway.core.diary import DiaryRow
    from gateway.core.views_staff import Diary, Requests

_a, _d = t.approval.c, t.diary.c

#: Lines of the diary that are counted: who asks for more is told that there are more.
DIARY_COUNTED_MAX: Final = 10_000


def _requests(query: Requests) -> Select[Any]:
    statement = select(t.approval)
    if query.branch is not None:
        statement = statement.where(_of_branch(query.branch))
    if query.state is not None:
        statement = statement.where(_a.state == query.state.value)
    for column, wanted in ((_a.function, query.function), (_a.asked_by, query.asked_by)):
        if wanted:
            statement = statement.where(column == wanted)
    if query.functions is not None:
        statement = statement.where(_a.function.in_(query.functions))
    return statement.where(_a.reference == query.reference) if query.reference else statement


def _of_branch(branch: str) -> ColumnElement[bool]:
    """What holds for a request about a customer of this branch; about nobody's, if its people asked."""
    c, m = t.customer.c, t.meter.c
    meters = select(m.pan).join(t.customer, c.id == m.customer_id).where(c.branch == branch)
    accounts = select(c.account_no).where(c.branch == branch)
    people = select(t.operator.c.login).where(t.operator.c.branch == branch)
    is_theirs = and_(_a.about == "", _a.asked_by.in_(people))
    return or_(is_theirs, _a.about.in_(meters), _a.about.in_(accounts))


def _request_rows(connection: Connection, query: Requests) -> list[Approval]:
    statement = _requests(query)
    if query.after is not None:
        statement = statement.where(tuple_(_a.asked_us, _a.reference) < query.after)
    statement = statement.order_by(_a.asked_us.desc(), _a.reference.desc()).limit(query.limit)
    return [approval_of(row) for row in connection.execute(statement)]


def _request_count(connection: Connection, query: Requests) -> int:
    return counted(connection, _requests(query))


def _waiting(connection: Connection, query: Requests) -> int:
    is_alive = (_a.state == ApprovalState.ASKED.value, _a.asked_us > query.at_us - LASTS_US)
    return counted(connection, _requests(query).where(*is_alive))


_LAST: Final = select(func.coalesce(func.max(_d.id), 0)).scalar_subquery()


def _diary(query: Diary) -> Select[Any]:
    statement = select(t.diary)
    if query.branch is not None:
        own = select(t.operator.c.login).where(t.operator.c.branch == query.branch)
        statement = statement.where(_d.actor.in_(own))
    if query.first_us is not None:
        statement = statement.where(_d.at_us >= query.first_us)
    if query.last_us is not None:
        statement = statement.where(_d.at_us <= query.last_us)
    for column in (_d.actor, _d.function, _d.action, _d.outcome):
        wanted = getattr(query, column.key)
        if wanted:
            statement = statement.where(column == wanted)
    if query.text:
        statement = statement.where(or_(holds(_d.subject, query.text), holds(_d.detail, query.text)))
    if query.newest is not None:
        # A bound that does not depend on the text: the lines before it are not read at all.
        statement = statement.where(_d.id > _LAST - query.newest)
    return statement.where(_d.id == query.id) if query.id is not None else statement


def _diary_rows(connection: Connection, query: Diary) -> list[DiaryRow]:
    statement = _diary(query)
    if query.after is not None:
        statement = statement.where(_d.id < query.after)
    statement = statement.order_by(_d.id.desc()).limit(query.limit)
    return [diary_row_of(row) for row in connection.execute(statement)]


def _diary_count(connection: Connection, query: Diary) -> int:
    some = _diary(query).with_only_columns(_d.id).limit(DIARY_COUNTED_MAX + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


REQUESTS: Final = View(_request_rows, _request_count, _waiting)
DIARY: Final = View(_diary_rows, _diary_count, _diary_count)
