"""Load: everything the commands of a batch need, in a handful of set-based reads.

Nothing is locked here: whoever posts holds the journal's head, and so sees all that was committed before.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.bulk import among, lookup
from adapters.db.day_figures import figures_of, last_close, open_days
from gateway.core.books import Books, Known, Traced
from gateway.core.meter import Carrier, MeterAccount, MeterState
from gateway.core.money import Money
from gateway.core.sale import Sale, SaleState
from gateway.core.token import StsIdentity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Row

    from gateway.core.books import Needs

_METER = select(
    t.meter.c.id,
    t.meter.c.pan,
    *(t.meter.c[name] for name in ("sgc", "krn", "ti", "ea", "kt", "base_date")),
    *(t.meter.c[name] for name in ("state", "carrier", "power_type")),
    t.customer.c.account_no,
    t.customer.c.name,
    *(t.meter.c[name] for name in ("last_tid", "month", "mtd_wh")),
).join(t.customer, t.customer.c.id == t.meter.c.customer_id)
_METER_BY_PAN = among(_METER, t.meter.c.pan)
_METER_BY_ACCOUNT = among(_METER, t.customer.c.account_no)
_SALE = among(select(t.sale, t.meter.c.pan).join(t.meter, t.meter.c.id == t.sale.c.meter_id), t.sale.c.key)
_TRACE = among(
    select(t.sale.c.bank, t.sale.c.trace, t.sale.c.key, t.sale.c.terminal, t.meter.c.pan).join(
        t.meter, t.meter.c.id == t.sale.c.meter_id
    ),
    t.sale.c.trace,
)
_KEY = among(
    select(t.command_key.c.key, t.command_key.c.digest, t.command_key.c.content), t.command_key.c.key
)
_BALANCE = among(select(t.account.c.code, t.account.c.balance), t.account.c.code)

#: Identities are values that seldom change, and checking one costs more than reading its row. The limit holds
#: the meters of a large town, at about 300 bytes each.
_IDENTITIES_MAX = 65_536


def load_books(connection: Connection, needs: Iterable[Needs], *, next_id: int, next_position: int) -> Books:
    """Read what a batch needs into books; what does not exist is simply not in them."""
    wanted = list(needs)
    books = Books(next_id=next_id, next_position=next_position)
    codes = {code for need in wanted for code in need.balances}
    books.balances = dict.fromkeys(codes, 0)
    for row in lookup(connection, _BALANCE, sorted(codes)):
        books.balances[row.code] = row.balance
    for row in lookup(connection, _SALE, sorted({key for need in wanted for key in need.sales})):
        sale = _sale(row)
        books.sales[sale.key] = sale
    _load_traces(connection, wanted, books)
    _load_meters(connection, wanted, books)
    for row in lookup(connection, _KEY, {key for need in wanted for key in need.keys if key}):
        books.known[row.key] = Known(row.digest, row.content)
    spans = {span.day: span for need in wanted for span in need.days}
    if spans:
        books.last_close, books.open_days = last_close(connection), open_days(connection)
        books.days = {day: figures_of(connection, span) for day, span in spans.items()}
    return books


def _load_traces(connection: Connection, wanted: list[Needs], books: Books) -> None:
    for row in lookup(connection, _TRACE, sorted({trace for need in wanted for _, trace in need.traces})):
        place = (row.bank, row.trace)
        books.traced[place] = (*books.traced.get(place, ()), Traced(row.key, row.terminal, row.pan))


def _load_meters(connection: Connection, wanted: list[Needs], books: Books) -> None:
    refs = [ref for need in wanted for ref in need.meters]
    pans = {ref.pan for ref in refs if ref.pan} | {sale.pan for sale in books.sales.values()}
    for row in lookup(connection, _METER_BY_PAN, sorted(pans)):
        meter = _meter(row)
        books.meters[meter.pan] = meter
    accounts = {ref.account_no for ref in refs if ref.account_no}
    for row in lookup(connection, _METER_BY_ACCOUNT, sorted(accounts)):
        meter = _meter(row)
        books.meters[meter.pan] = meter
        books.pans_of[meter.account_no] = (*books.pans_of.get(meter.account_no, ()), meter.pan)


@lru_cache(maxsize=_IDENTITIES_MAX)
def _identity(  # noqa: PLR0913, PLR0917 - the columns that are an identity, in their order
    pan: str, sgc: str, krn: int, ti: str, ea: str, kt: int, base_date: int
) -> StsIdentity:
    return StsIdentity(pan=pan, sgc=sgc, krn=krn, ti=ti, ea=ea, kt=kt, base_date=base_date)


#: Enums by what is stored: every payment reads its meter, and a dictionary is quicker than the enum.
_STATES = {state.value: state for state in MeterState}
_CARRIERS = {carrier.value: carrier for carrier in Carrier}


def _meter(row: Row[Any]) -> MeterAccount:
    columns: tuple[Any, ...] = tuple(row)
    id_, pan, sgc, krn, ti, ea, kt, base_date, state, carrier, power_type, *rest = columns
    account_no, name, last_tid, month, mtd_wh = rest
    return MeterAccount(
        id=id_,
        pan=pan,
        identity=_identity(pan, sgc, krn, ti, ea, kt, base_date),
        state=_STATES[state],
        carrier=_CARRIERS[carrier],
        power_type=power_type,
        account_no=account_no,
        customer=name,
        last_tid=last_tid,
        month=month,
        mtd_wh=mtd_wh,
    )


def _sale(row: Row[Any]) -> Sale:
    columns = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row by column
    return Sale(
        tender=Money(columns["tender_minor"], columns["currency"]),
        state=SaleState(columns["state"]),
        **{name: columns[name] for name in _SALE_AS_STORED},
    )


_SALE_AS_STORED = (
    "id", "key", "bank", "meter_id", "pan", "power_type", "funding", "energy_wh", "encoded_wh", "receipt_no",
    "tariff_version", "quote", "month", "terminal", "trace", "at_us",
)  # fmt: skip
