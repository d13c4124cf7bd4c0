"""The office's files: customers and meters, as lists and one by one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, or_, select

from adapters.db import tables as t
from adapters.db.booked_rows import newest_tokens
from adapters.db.file_rows import customer_of, fitting_of
from adapters.db.like import any_holds
from adapters.db.list_page import counted, page
from adapters.db.load import METER, meter_of
from adapters.db.point_rows import POINTS, point_row_of
from adapters.db.view import View
from gateway.core.chart import customer as own_account
from gateway.core.chart import owed
from gateway.core.journal import AccountRow
from gateway.core.meter import Carrier, MeterState
from gateway.core.views_files import (
    TOKENS_SHOWN,
    CustomerFacts,
    CustomerOrder,
    CustomerRow,
    MeterFacts,
    MeterRow,
)
from gateway.core.views_points import POINTS_SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from gateway.core.views_booked import TokenOut
    from gateway.core.views_files import CustomerFile, Customers, MeterFile, Meters
    from gateway.core.views_points import PointRow

    Columns = Sequence[Any]  # the columns of a row, in the order of its value's fields

_c, _m, _a = t.customer.c, t.meter.c, t.account.c
_ORDERS: Final = {CustomerOrder.ACCOUNT_NO: (_c.account_no, _c.id), CustomerOrder.NAME: (_c.name, _c.id)}


def _of_his_meters(figure: ColumnElement[Any]) -> Any:  # noqa: ANN401 - a scalar subquery of any kind
    return select(figure).where(_m.customer_id == _c.id).correlate(t.customer).scalar_subquery()


_CUSTOMERS: Final = select(
    _c.id, _c.account_no, _c.name, _c.address, _c.phone, _c.branch,
    _of_his_meters(func.count()), _of_his_meters(func.coalesce(func.max(_m.bought_on), 0)),
)  # fmt: skip
#: Meters as lists show them.
METERS_LISTED: Final = select(
    _m.id, _m.pan, _c.account_no, _c.name, _c.branch, _m.state, _m.carrier, _m.power_type, _m.sgc, _m.krn,
    _m.is_test, _m.key_change != "", _m.bought_on,
).join(t.customer, _c.id == _m.customer_id)  # fmt: skip


def _customer_row(row: Columns) -> CustomerRow:
    columns = [*row[:-1], _day(row[-1])]
    return CustomerRow(*columns)


def meter_row(row: Columns) -> MeterRow:
    """Read a meter as ``METERS_LISTED`` finds it."""
    *before, state, carrier, power_type, sgc, krn, is_test, changes, bought_on = row
    columns = [*before, MeterState(state), Carrier(carrier), power_type, sgc, krn]
    columns += [bool(is_test), bool(changes), _day(bought_on)]
    return MeterRow(*columns)


def _day(yyyymmdd: int) -> date | None:
    """Read a day as meters keep it; 0: never yet."""
    month, day = divmod(yyyymmdd, 100)
    return date(month // 100, month % 100, day) if yyyymmdd else None


def _customers_asked(statement: Select[Any], query: Customers) -> Select[Any]:
    if query.branch is not None:
        statement = statement.where(_c.branch == query.branch)
    if query.text is not None:
        statement = statement.where(any_holds((_c.account_no, _c.name, _c.phone, _c.address), query.text))
    return statement


def _customers(connection: Connection, query: Customers) -> list[CustomerRow]:
    order = _ORDERS[query.order]
    statement = _customers_asked(_CUSTOMERS, query)
    rows = page(connection, statement, order, query, descending=query.is_descending)
    return [_customer_row(row) for row in rows]


def _customer_count(connection: Connection, query: Customers) -> int:
    return counted(connection, _customers_asked(select(_c.id), query))


def _nothing(_connection: Connection, _query: Any) -> None:  # noqa: ANN401 - any question
    """Answer: a list of files sums up to nothing."""


def _customer(connection: Connection, query: CustomerFile) -> CustomerFacts | None:
    statement = _CUSTOMERS.where(_c.account_no == query.account_no)
    if query.branch is not None:
        statement = statement.where(_c.branch == query.branch)
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    meters = connection.execute(METERS_LISTED.where(_c.id == row.id).order_by(_m.pan))
    accounts, points = _accounts(connection, query.account_no), _points(connection, query.account_no)
    file = customer_of(connection.execute(select(t.customer).where(_c.id == row.id)).one())
    return CustomerFacts(
        _customer_row(row), file, points, tuple(meter_row(meter) for meter in meters), accounts
    )


def _points(connection: Connection, account_no: str) -> tuple[PointRow, ...]:
    """Read a customer's supply points in the order of their numbers; 10 comes behind 9."""
    number = t.supply_point.c.number
    of_him = POINTS.where(t.supply_point.c.account_no == account_no)
    rows = connection.execute(of_him.order_by(func.length(number), number).limit(POINTS_SHOWN))
    return tuple(point_row_of(row) for row in rows)


def _accounts(connection: Connection, account_no: str) -> tuple[AccountRow, ...]:
    """Read a customer's own accounts: the one of his capital, and whatever he owes."""
    debts = owed(account_no, "")
    # The semicolon follows the colon, so what begins with his debts' name is a range of the index.
    is_owed = (_a.code > debts) & (_a.code < debts[:-1] + ";")
    is_own = or_(_a.code == own_account(account_no), is_owed)
    statement = select(_a.id, _a.code, _a.unit, _a.balance).where(is_own)
    rows = (AccountRow(*row) for row in connection.execute(statement))
    return tuple(sorted(rows, key=lambda account: (account.code, account.unit)))


def _his_meters(connection: Connection, query: CustomerFile) -> tuple[MeterRow, ...]:
    facts = _customer(connection, query)
    return () if facts is None else facts.meters


def _his_meter_count(connection: Connection, query: CustomerFile) -> int:
    return len(_his_meters(connection, query))


def _meters_asked(statement: Select[Any], query: Meters) -> Select[Any]:
    named = {
        _c.branch: query.branch,
        _m.state: None if query.state is None else query.state.value,
        _m.carrier: None if query.carrier is None else query.carrier.value,
        _m.power_type: query.power_type,
        _m.sgc: query.sgc,
        _m.krn: query.krn,
        _m.is_test: query.is_test,
        (_m.key_change != ""): query.is_changing_key,
    }
    wanted = [column == value for column, value in named.items() if value is not None]
    if query.text is not None:
        # By themselves, so that not every meter's customer is looked up for it.
        owners = select(_c.id).where(any_holds((_c.account_no, _c.name), query.text))
        wanted.append(or_(_m.pan.contains(query.text, autoescape=True), _m.customer_id.in_(owners)))
    return statement.where(*wanted)


def _meters(connection: Connection, query: Meters) -> list[MeterRow]:
    statement = _meters_asked(METERS_LISTED, query)
    rows = page(connection, statement, (_m.pan, _m.id), query, descending=query.is_descending)
    return [meter_row(row) for row in rows]


def _meter_count(connection: Connection, query: Meters) -> int:
    statement = select(_m.id).join(t.customer, _c.id == _m.customer_id)
    return counted(connection, _meters_asked(statement, query))


def _meter(connection: Connection, query: MeterFile) -> MeterFacts | None:
    statement = METERS_LISTED.where(_m.pan == query.pan)
    if query.branch is not None:
        statement = statement.where(_c.branch == query.branch)
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    account = meter_of(connection.execute(METER.where(_m.id == row.id)).one())
    point, fitting = t.supply_point.c, t.fitting
    where = connection.execute(select(point.number).where(point.pan == query.pan)).scalars().first()
    fitted = connection.execute(select(fitting).where(fitting.c.pan == query.pan)).one_or_none()
    return MeterFacts(
        meter_row(row),
        account,
        where or "",
        None if fitted is None else fitting_of(fitted),
        tuple(newest_tokens(connection, row.id, TOKENS_SHOWN)),
    )


def _its_tokens(connection: Connection, query: MeterFile) -> tuple[TokenOut, ...]:
    facts = _meter(connection, query)
    return () if facts is None else facts.tokens


def _its_token_count(connection: Connection, query: MeterFile) -> int:
    return len(_its_tokens(connection, query))


CUSTOMERS: Final = View(_customers, _customer_count, _nothing)
CUSTOMER_FILE: Final = View(_his_meters, _his_meter_count, _customer)
METERS: Final = View(_meters, _meter_count, _nothing)
METER_FILE: Final = View(_its_tokens, _its_token_count, _meter)
