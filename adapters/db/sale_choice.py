"""Which sales a question means: its conditions on the table of sales, with names looked up before.

What names few sales (a meter, a reference, a receipt number) is resolved to ids first, so that the database
never has to guess which of several indexes serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import exists, or_, select, true

from adapters.db import tables as t
from adapters.db.day_range import ids_around
from adapters.db.entry_id import first_id_at
from gateway.core.counter import counter_key
from gateway.core.payment import payment_key
from gateway.core.sale import OPEN_STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Column, ColumnElement, Connection

    from gateway.core.views_sales import Sales

    Condition = ColumnElement[bool]

#: Sales that one reference may mean: a bank's own references differ, its traces come again every few days.
REFERENCE_MAX: Final = 1_000

_s, _e, _a = t.sale.c, t.entry.c, t.account.c


def of_branch(branch: str, meter_id: Column[int] = _s.meter_id) -> Condition:
    """Say that a sale's meter is one of this branch's customers', for a question about all that there are."""
    mine = select(t.meter.c.id).join(t.customer, t.customer.c.id == t.meter.c.customer_id)
    return meter_id.in_(mine.where(t.customer.c.branch == branch))


def looked_up_in(branch: str, meter_id: Column[int] = _s.meter_id) -> Condition:
    """Say the same for a question about the first few.

    Asked whether that is true, PostgreSQL reads the branch's meters once and looks each sale up among them;
    else, for the sake of the few, it may look up the customer of each of a million sales.
    """
    return of_branch(branch, meter_id).is_(true())


def conditions(
    connection: Connection, query: Sales, within: Callable[[str], Condition] = of_branch
) -> list[Condition]:
    """Say what holds for the sales that are asked for; ``within`` says that they are of a branch."""
    chosen = [
        # No bank took money for a management token: it is no sale.
        _s.bank != "",
        *_times(query),
        *_days(connection, query),
        *_names(connection, query),
        *_figures(query),
        *_meters(connection, query),
    ]
    # The dearest comes last: it is asked of what is left.
    return chosen if query.branch is None else [*chosen, within(query.branch)]


def ids_of_reference(connection: Connection, reference: str, bank: str | None = None) -> list[int]:
    """Find the sales that a reference may mean: the newest ``REFERENCE_MAX`` of them."""
    banks = [bank] if bank is not None else banks_known(connection)
    named = [like_or_dated(_s.key, reference), like_or_dated(_s.trace, reference)]
    named += [like_or_dated(_s.key, payment_key(bank, reference)) for bank in banks]
    if bank is None:
        stations = connection.execute(select(t.station.c.code)).scalars()
        named.append(_s.key.in_([counter_key(station, reference) for station in stations]))
    found: set[int] = set()
    for name in named:
        rows = connection.execute(select(_s.id).where(name).order_by(_s.id.desc()).limit(REFERENCE_MAX))
        found |= set(rows.scalars())
    return sorted(found, reverse=True)[:REFERENCE_MAX]


def like_or_dated(column: Column[str], text: str) -> Condition:
    """Say that a column is a text, or the text and what a hyphen parts from it: a date.

    The hyphen's successor is the full stop, so the second is a range of an index (texts sort by their bytes).
    """
    return or_(column == text, (column > f"{text}-") & (column < f"{text}."))


def banks_known(connection: Connection) -> list[str]:
    """Name the banks that the ledger has met, in order."""
    return sorted({code.partition(":")[2] for code, _, _ in accounts_of_banks(connection)})


def accounts_of_banks(connection: Connection) -> list[tuple[str, str, int]]:
    """Read the banks' accounts with their units and balances: clearing, float and what is in dispute."""
    rows = connection.execute(select(_a.code, _a.unit, _a.balance).where(_named("BANK", "CLAIM", "FLOAT")))
    return [(code, unit, balance) for code, unit, balance in rows]


def currencies_taken(connection: Connection) -> list[str]:
    """Name the currencies in which banks and counters have taken money."""
    taken = select(_a.unit).where(_named("BANK", "CASH", "CLAIM", "FLOAT")).distinct().order_by(_a.unit)
    return list(connection.execute(taken).scalars())


def _named(*names: str) -> Condition:
    # The semicolon follows the colon: what begins alike is a range of the index.
    return or_(*((_a.code > f"{name}:") & (_a.code < f"{name};") for name in names))


def id_of_receipt(connection: Connection, receipt_no: int) -> int | None:
    """Find the sale with a receipt number, which is its first entry's place in the journal."""
    statement = select(_e.id).where(_e.position == receipt_no, _e.sale_id == _e.id)
    return connection.execute(statement).scalar_one_or_none()


def _times(query: Sales) -> Iterator[Condition]:
    """Ids are the journal's own time, to the millisecond."""
    if query.begin_us is not None:
        yield _s.id >= first_id_at(query.begin_us)
    if query.end_us is not None:
        yield _s.id < first_id_at(query.end_us)


def _days(connection: Connection, query: Sales) -> Iterator[Condition]:
    """Most sales are of these days by their ids alone; those around their ends are asked for their entry."""
    if query.first_day is not None:
        begin, end = ids_around(connection, query.first_day)
        yield _s.id >= begin
        yield ~_booked(_e.business_date < query.first_day.isoformat(), begin, end)
    if query.last_day is not None:
        begin, end = ids_around(connection, query.last_day)
        yield _s.id < end
        yield ~_booked(_e.business_date > query.last_day.isoformat(), begin, end)


def _booked(outside: Condition, begin: int, end: int) -> Condition:
    """Say that a sale's entry, if it is within these ids, is of a day outside."""
    return exists().where(_e.id == _s.id, _e.id >= begin, _e.id < end, outside)


def _meters(connection: Connection, query: Sales) -> Iterator[Condition]:
    asked = {
        t.meter.c.pan: query.pan,
        t.customer.c.account_no: query.account_no,
        t.customer.c.phone: query.phone,
    }
    named = [column == value for column, value in asked.items() if value is not None]
    if named:
        owned = select(t.meter.c.id).join(t.customer, t.customer.c.id == t.meter.c.customer_id)
        yield _s.meter_id.in_(list(connection.execute(owned.where(*named)).scalars()))


def _names(connection: Connection, query: Sales) -> Iterator[Condition]:
    if query.reference is not None:
        yield _s.id.in_(ids_of_reference(connection, query.reference, query.bank))
    if query.receipt_no is not None:
        id_ = id_of_receipt(connection, query.receipt_no)
        yield _s.id.in_([] if id_ is None else [id_])


def _figures(query: Sales) -> Iterator[Condition]:
    if query.bank is not None:
        yield _s.bank == query.bank
    if query.power_type is not None:
        yield _s.power_type == query.power_type
    if query.state is not None:
        yield _s.state == query.state.value
    if query.open_only:
        yield _s.state.in_(sorted(state.value for state in OPEN_STATES))
    if query.least_minor is not None:
        yield _s.tender_minor >= query.least_minor
    if query.most_minor is not None:
        yield _s.tender_minor <= query.most_minor
    if query.least_wh is not None:
        yield _s.energy_wh >= query.least_wh
    if query.most_wh is not None:
        yield _s.energy_wh <= query.most_wh
