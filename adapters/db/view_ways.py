"""Ways to meters, groups and schedules; and which meters a group has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, or_, select, true

from adapters.db import tables as t
from adapters.db.amendment_rows import amendment_of
from adapters.db.like import any_holds, holds
from adapters.db.line_rows import group_of, remote_order_of, schedule_of, way_of
from adapters.db.list_page import counted
from adapters.db.view import View
from adapters.db.view_readings import nothing
from gateway.core.amendment import Subject
from gateway.core.meter_way import LineKind
from gateway.core.reading_plan import GroupKind
from gateway.core.views_points import AMENDMENTS_SHOWN
from gateway.core.views_remote import ORDERS_SHOWN
from gateway.core.views_ways import MeterReach, WayFacts, WayRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row, Select

    from gateway.core.reading_plan import MeterGroup, ReadingSchedule
    from gateway.core.remote_order import RemoteOrder
    from gateway.core.views_points import AmendmentRow
    from gateway.core.views_ways import GroupReaches, Groups, Schedules, WayFile, Ways

_w, _c, _p, _f, _a = t.meter_way.c, t.customer.c, t.supply_point.c, t.fitting.c, t.amendment.c
_o, _g, _n = t.remote_order.c, t.meter_group.c, t.network_place.c

#: Whose meter it is, where it hangs at a customer's.
WHOSE: Final = (
    func.coalesce(_c.name, "").label("customer"),
    func.coalesce(_c.account_no, "").label("account_no"),
    func.coalesce(_c.branch, "").label("branch"),
    func.coalesce(_p.address, "").label("point_address"),
)


def _with_whose(columns: tuple[Any, ...]) -> Select[Any]:
    """Select ways with the supply point and the customer at which their meters hang now."""
    return (
        select(*columns)
        .select_from(t.meter_way)
        .outerjoin(t.supply_point, _p.pan == _w.pan)
        .outerjoin(t.customer, _c.account_no == _p.account_no)
    )


# -- ways ------------------------------------------------------------------------------------------------


def _asked(statement: Select[Any], query: Ways) -> Select[Any]:
    named = {
        _w.model: query.model,
        _w.kind: None if query.kind is None else query.kind.value,
        _w.is_on: None if query.is_on is None else int(query.is_on),
    }
    wanted: list[Any] = [column == value for column, value in named.items() if value is not None]
    wanted += [_c.branch == one for one in (query.branch, query.of_branch) if one is not None]
    if query.place is not None:
        places = (_p.area, _p.feeder, _p.transformer, _w.measures)
        wanted.append(or_(*(column == query.place for column in places)))
    if query.is_protected is not None:
        wanted.append((_w.protection != "") == query.is_protected)
    if query.text is not None:
        # Who has no name, as a feeder's meter, is found by the others.
        looked = any_holds((_w.pan, _w.place, _w.bus, _w.address), query.text)
        wanted.append(or_(looked, holds(_c.name, query.text)))
    return statement.where(*wanted)


def _way_row(row: Row[Any]) -> WayRow:
    way = way_of(row)
    is_fitted = bool(row.account_no or way.measures)
    return WayRow(way, row.customer, row.account_no, row.branch, row.point_address, is_fitted)


def _ways(connection: Connection, query: Ways) -> list[WayRow]:
    statement = _asked(_with_whose((t.meter_way, *WHOSE)), query)
    if query.after is not None:
        statement = statement.where(_w.pan < query.after if query.is_descending else _w.pan > query.after)
    order = _w.pan.desc() if query.is_descending else _w.pan.asc()
    return [_way_row(row) for row in connection.execute(statement.order_by(order).limit(query.limit))]


def _way_count(connection: Connection, query: Ways) -> int:
    return counted(connection, _asked(_with_whose((_w.pan,)), query))


def _way(connection: Connection, query: WayFile) -> WayFacts | None:
    statement = _with_whose((t.meter_way, *WHOSE)).where(_w.pan == query.pan)
    hangs = select(*WHOSE).join(t.customer, _c.account_no == _p.account_no).where(_p.pan == query.pan)
    if query.branch is not None:
        statement, hangs = (one.where(_c.branch == query.branch) for one in (statement, hangs))
    found, place = connection.execute(statement).one_or_none(), connection.execute(hangs).first()
    if found is None and place is None:
        return None
    contact = t.meter_contact.c
    seen = connection.execute(select(contact.relay, contact.at_us).where(contact.pan == query.pan)).first()
    return WayFacts(
        row=None if found is None else _way_row(found),
        customer="" if place is None else place.customer,
        account_no="" if place is None else place.account_no,
        branch="" if place is None else place.branch,
        address="" if place is None else place.point_address,
        amendments=_amendments(connection, query),
        orders=_orders(connection, query),
        relay="" if seen is None else seen.relay,
        seen_us=None if seen is None else seen.at_us,
    )


def _amendments(connection: Connection, query: WayFile) -> tuple[AmendmentRow, ...]:
    statement = select(t.amendment).where(_a.subject == Subject.WAY.value, _a.number == query.pan)
    newest = statement.order_by(_a.id.desc()).limit(AMENDMENTS_SHOWN)
    return tuple(amendment_of(row) for row in connection.execute(newest))


def _orders(connection: Connection, query: WayFile) -> tuple[RemoteOrder, ...]:
    statement = select(t.remote_order).where(_o.pan == query.pan)
    if query.branch is not None:
        accounts = select(_c.account_no).where(_c.branch == query.branch)
        statement = statement.where(_o.account_no.in_(accounts))
    newest = statement.order_by(_o.id.desc()).limit(ORDERS_SHOWN)
    return tuple(remote_order_of(row) for row in connection.execute(newest))


def _its_amendments(connection: Connection, query: WayFile) -> tuple[AmendmentRow, ...]:
    facts = _way(connection, query)
    return () if facts is None else facts.amendments


def _its_amendment_count(connection: Connection, query: WayFile) -> int:
    return len(_its_amendments(connection, query))


# -- groups and schedules --------------------------------------------------------------------------------


def _groups(connection: Connection, _query: Groups) -> list[MeterGroup]:
    return [group_of(row) for row in connection.execute(select(t.meter_group).order_by(_g.code))]


def _group_count(connection: Connection, query: Groups) -> int:
    return len(_groups(connection, query))


def _schedules(connection: Connection, _query: Schedules) -> list[ReadingSchedule]:
    by_code = select(t.reading_schedule).order_by(t.reading_schedule.c.code)
    return [schedule_of(row) for row in connection.execute(by_code)]


def _schedule_count(connection: Connection, query: Schedules) -> int:
    return len(_schedules(connection, query))


def in_group(connection: Connection, code: str) -> Select[Any] | None:
    """Select what hangs somewhere, has a way that is on, and is in the group; None where there is none."""
    row = connection.execute(select(t.meter_group).where(_g.code == code)).one_or_none()
    if row is None:
        return None
    hangs = or_(_p.number.is_not(None), _w.measures != "")
    wanted = _with_whose((_w.pan, _w.kind, _w.place, _w.bus)).where(_w.is_on == 1, hangs)
    return wanted.where(_belongs(connection, group_of(row)))


def _belongs(connection: Connection, group: MeterGroup) -> ColumnElement[bool]:
    match group.kind:
        case GroupKind.ALL:
            return true()
        case GroupKind.BRANCH:
            return _c.branch == group.of
        case GroupKind.PLACE:
            below = _with_below(connection, group.of)
            columns = (_p.area, _p.feeder, _p.transformer, _w.measures)
            return or_(*(column.in_(below) for column in columns))
        case GroupKind.MODEL:
            return _w.model == group.of
        case GroupKind.LIST:
            return _w.pan.in_(group.of.split())


def _with_below(connection: Connection, code: str) -> list[str]:
    """Give a place of the network and all below it: a point may name its transformer alone."""
    children: dict[str, list[str]] = {}
    for child, parent in connection.execute(select(_n.code, _n.parent)):
        children.setdefault(parent, []).append(child)
    found = [code]
    for one in found:
        found += [child for child in children.get(one, ()) if child not in found]
    return found


def _reaches(connection: Connection, query: GroupReaches) -> list[MeterReach]:
    statement = in_group(connection, query.code)
    if statement is None:
        return []
    if query.after is not None:
        statement = statement.where(_w.pan > query.after)
    rows = connection.execute(statement.order_by(_w.pan).limit(query.limit))
    return [MeterReach(row.pan, LineKind(row.kind), row.place, row.bus) for row in rows]


def _reach_count(connection: Connection, query: GroupReaches) -> int:
    statement = in_group(connection, query.code)
    if statement is None:
        return 0
    found = statement.with_only_columns(_w.pan).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


WAYS: Final = View(_ways, _way_count, nothing)
WAY_FILE: Final = View(_its_amendments, _its_amendment_count, _way)
GROUPS: Final = View(_groups, _group_count, nothing)
SCHEDULES: Final = View(_schedules, _schedule_count, nothing)
GROUP_REACHES: Final = View(_reaches, _reach_count, nothing)
