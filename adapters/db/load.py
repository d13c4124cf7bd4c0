"""Load: the journal's head and everything the commands of a batch need, in a handful of set-based reads.

Nothing but the head is locked: whoever posts holds it, and so sees all that was committed before.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.bulk import among, answers
from adapters.db.day_figures import figures_of, last_close, open_days
from adapters.db.file_load import load_files
from adapters.db.invoice_rows import load_invoices
from adapters.db.journal_head import head_questions, taken
from adapters.db.meter_text import codes_of, key_change_of, preset_of, proportions_of, whole_numbers_of
from adapters.db.office_load import load_office
from adapters.db.reading_load import load_readings
from gateway.core.books import Books, Known, Traced
from gateway.core.counters import Counters
from gateway.core.meter import Carrier, MeterAccount, MeterState
from gateway.core.money import Money
from gateway.core.sale import Sale, SaleState
from gateway.core.token import StsIdentity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from adapters.db.journal_head import Taken
    from gateway.core.books import Needs

    Rows = Sequence[tuple[Any, ...]]

METER = select(
    t.meter.c.id,
    t.meter.c.pan,
    *(t.meter.c[name] for name in ("sgc", "krn", "ti", "ea", "kt", "base_date")),
    *(t.meter.c[name] for name in ("state", "carrier", "power_type")),
    t.customer.c.account_no,
    t.customer.c.name,
    *(t.meter.c[name] for name in ("last_tid", "month", "mtd_wh", "year", "ytd_wh", "bought_on", "times")),
    *(t.meter.c[name] for name in ("fees_month", "free_month", "days_paid", "past_wh")),
    *(t.meter.c[name] for name in ("contract_w", "schemes", "proportions", "is_test", "key_change")),
    t.meter.c.preset,
).join(t.customer, t.customer.c.id == t.meter.c.customer_id)
_METER_BY_PAN = among(METER, t.meter.c.pan)
_METER_BY_ACCOUNT = among(METER, t.customer.c.account_no)
_SALE_COLUMNS = (*(column.key for column in t.sale.c), "pan")
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


def load_books(connection: Connection, needs: Iterable[Needs]) -> tuple[Taken, Books]:
    """Take the journal's head, and read what a batch needs into books; what does not exist is not in them.

    The books' first id and position are the caller's to say: they follow from the head.
    """
    wanted = list(needs)
    refs = [ref for need in wanted for ref in need.meters]
    codes = {code for need in wanted for code in need.balances}
    *_, head, balances, sales, traces, by_pan, by_account, known = answers(
        connection,
        [
            *head_questions(connection.dialect),
            (_BALANCE, codes),
            (_SALE, [key for need in wanted for key in need.sales]),
            (_TRACE, [trace for need in wanted for _, trace in need.traces]),
            (_METER_BY_PAN, [ref.pan for ref in refs if ref.pan]),
            (_METER_BY_ACCOUNT, [ref.account_no for ref in refs if ref.account_no]),
            (_KEY, [key for need in wanted for key in need.keys if key]),
        ],
    )
    books = Books(balances=dict.fromkeys(codes, 0) | dict(balances))
    for row in sales:
        sale = _sale(row)
        books.sales[sale.key] = sale
    for bank, trace, *traced in traces:
        place = (bank, trace)
        books.traced[place] = (*books.traced.get(place, ()), Traced(*traced))
    _enter_meters(connection, books, by_pan, by_account)
    _enter_own_balances(connection, books, wanted)
    books.known = {key: Known(digest, content) for key, digest, content in known}
    spans = {span.day: span for need in wanted for span in need.days}
    if spans:
        books.last_close, books.open_days = last_close(connection), open_days(connection)
        books.days = {day: figures_of(connection, span) for day, span in spans.items()}
    office = [need.office for need in wanted if need.office is not None]
    if office:
        books.office = load_office(connection, office)
    files = [need.files for need in wanted if need.files is not None]
    if files:
        books.files = load_files(connection, files)
    readings = [need.readings for need in wanted if need.readings is not None]
    if readings:
        books.readings = load_readings(connection, readings)
    invoices = [need.invoices for need in wanted if need.invoices is not None]
    if invoices:
        books.invoices = load_invoices(connection, invoices, books.readings.bought)
    return taken(head), books


def _enter_meters(connection: Connection, books: Books, by_pan: Rows, by_account: Rows) -> None:
    books.meters = {meter.pan: meter for meter in map(meter_of, by_pan)}
    for meter in map(meter_of, by_account):
        books.meters[meter.pan] = meter
        books.pans_of[meter.account_no] = (*books.pans_of.get(meter.account_no, ()), meter.pan)
    # Of a sale that was asked for by its key alone only now is known which meter it was for.
    missing = {sale.pan for sale in books.sales.values()} - books.meters.keys()
    if missing:
        (found,) = answers(connection, [(_METER_BY_PAN, missing)])
        books.meters |= {meter.pan: meter for meter in map(meter_of, found)}


def _enter_own_balances(connection: Connection, books: Books, wanted: Iterable[Needs]) -> None:
    """Read the balances of customers: which account numbers, only the meters have said."""
    codes = {
        pattern.replace("{}", account_no)
        for need in wanted
        if need.own_accounts
        for account_no in books.owners_of(need)
        for pattern in need.own_accounts
    }
    if codes:
        (found,) = answers(connection, [(_BALANCE, codes)])
        books.balances |= dict.fromkeys(codes, 0) | dict(found)


@lru_cache(maxsize=_IDENTITIES_MAX)
def _identity(  # noqa: PLR0913, PLR0917 - the columns that are an identity, in their order
    pan: str, sgc: str, krn: int, ti: str, ea: str, kt: int, base_date: int
) -> StsIdentity:
    return StsIdentity(pan=pan, sgc=sgc, krn=krn, ti=ti, ea=ea, kt=kt, base_date=base_date)


#: Enums by what is stored: every payment reads its meter, and a dictionary is quicker than the enum.
_STATES = {state.value: state for state in MeterState}
_CARRIERS = {carrier.value: carrier for carrier in Carrier}


def meter_of(row: tuple[Any, ...]) -> MeterAccount:
    """Read a meter; its columns stand as the values have their fields."""
    (
        id_, pan, sgc, krn, ti, ea, kt, base_date, state, carrier, power_type, account_no, name, last_tid,
        month, mtd_wh, year, ytd_wh, bought_on, times, fees_month, free_month, days_paid,
        past_wh, contract_w, schemes, proportions, is_test, key_change,
        preset,
    ) = row  # fmt: skip
    counters = Counters(
        month, mtd_wh, year, ytd_wh, bought_on, times, fees_month, free_month, days_paid,
        whole_numbers_of(past_wh),
    )  # fmt: skip
    identity = _identity(pan, sgc, krn, ti, ea, kt, base_date)
    return MeterAccount(
        id_, pan, identity, _STATES[state], _CARRIERS[carrier],
        power_type, account_no, name, last_tid, counters, contract_w, codes_of(schemes),
        proportions_of(proportions), bool(is_test), key_change_of(key_change, identity),
        preset_of(preset),
    )  # fmt: skip


def _sale(row: tuple[Any, ...]) -> Sale:
    columns = dict(zip(_SALE_COLUMNS, row, strict=True))
    return Sale(
        tender=Money(columns["tender_minor"], columns["currency"]),
        state=SaleState(columns["state"]),
        **{name: columns[name] for name in _SALE_AS_STORED},
    )


_SALE_AS_STORED = (
    "id", "key", "bank", "meter_id", "pan", "power_type", "funding", "energy_wh", "encoded_wh", "receipt_no",
    "tariff_version", "quote", "month", "terminal", "trace", "at_us",
)  # fmt: skip
