"""Reads the journal back as plain rows, in order; obeys ``ports.Journal``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, cast, exists, func, literal, select, union_all

from adapters.db import tables as t
from adapters.db.card_rows import card_order_of
from adapters.db.departure_rows import preset_wh
from adapters.db.filed_reader import filed_rows
from adapters.db.invoice_rows import written_invoices
from adapters.db.key_rows import key_of
from adapters.db.line_rows import remote_order_of
from adapters.db.office_rows import operator_of, role_of, station_of
from adapters.db.opening import reading
from adapters.db.sealed import links, one_link, sealed_links
from adapters.db.station_rows import certificate_of
from adapters.db.tariff_rows import version_of
from gateway.core.chain import Link
from gateway.core.journal import (
    AccountRow,
    ClosedDayRow,
    DayRow,
    DepartureRow,
    EntryRow,
    ExceptionRow,
    KeyRow,
    PostingRow,
    ReadMeterRow,
    SaleRow,
    SealedKey,
    StaffRows,
    Standing,
    TokenRow,
)
from gateway.core.pricing import own_minor, token_count
from gateway.core.reading import ReadingState
from gateway.core.staff import Branch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Engine, Executable, Select, Table

    from gateway.core.card_order import CardOrder
    from gateway.core.chain import SealedLink
    from gateway.core.remote_order import RemoteOrder

#: Rows fetched at a time: the journal may be far larger than the memory.
_PAGE = 10_000


class JournalReader:
    """Each method reads in a transaction of its own, or all of them in one (``snapshot``), page by page."""

    def __init__(self, engine: Engine, connection: Connection | None = None) -> None:
        self._engine = engine
        self._connection = connection

    @contextmanager
    def snapshot(self) -> Iterator[JournalReader]:
        """Read everything as it stands at one moment, while the gateway goes on posting."""
        with self._reading() as connection, connection.begin():
            yield JournalReader(self._engine, connection)

    def _reading(self) -> Connection:
        return reading(self._engine, _PAGE)

    def accounts(self) -> Iterator[AccountRow]:
        """Every account, by id."""
        columns = (t.account.c.id, t.account.c.code, t.account.c.unit, t.account.c.balance)
        for row in self._rows(select(*columns).order_by(t.account.c.id)):
            yield AccountRow(*row)

    def entries(self) -> Iterator[tuple[EntryRow, tuple[PostingRow, ...]]]:
        """Every entry with its postings, by position."""
        e, p = t.entry.c, t.posting.c
        head = (e.id, e.position, e.kind, e.business_date, e.key, e.sale_id, e.reverses_id)
        statement = select(*head, p.account_id, p.amount, p.unit)
        # From the outer side: the entry of a management token has no posting.
        statement = statement.outerjoin(t.posting, p.entry_id == e.id).order_by(e.position, p.line)
        entry: EntryRow | None = None
        lines: list[PostingRow] = []
        for *values, account_id, amount, unit in self._rows(statement):
            if entry is None or entry.id != values[0]:
                if entry is not None:
                    yield entry, tuple(lines)
                entry, lines = EntryRow(*values), []
            if account_id is not None:
                lines.append(PostingRow(entry.id, account_id, amount, unit))
        if entry is not None:
            yield entry, tuple(lines)

    def sales(self) -> Iterator[SaleRow]:
        """Every sale, by id."""
        s = t.sale.c
        columns = (s.id, s.key, s.bank, s.meter_id, s.tender_minor, s.currency, s.encoded_wh)
        statement = select(*columns, s.state, s.receipt_no, s.at_us, s.quote).order_by(s.id)
        for row in self._rows(statement):
            quote = row[-1]
            yield SaleRow(*(*row[:-1], token_count(quote), own_minor(quote)))

    def tokens(self) -> Iterator[TokenRow]:
        """Every token, by meter, base date and id."""
        columns = (t.token.c.meter_id, t.token.c.base_date, t.token.c.tid, t.token.c.sale_id)
        for row in self._rows(select(*columns).order_by(*columns[:3])):
            yield TokenRow(*row)

    def read_meters(self) -> Iterator[ReadMeterRow]:
        """Every meter that was read or reset, as what came last has its energy, less what has left since.

        One that left before it was read or reset, and had lent, has a row of its own.
        """
        r, z = t.reading.c, t.sale_reset.c
        read = select(func.max(r.id)).where(r.state == ReadingState.ACCEPTED.value)
        last_of = func.coalesce(read.where(r.pan == z.pan).correlate(t.sale_reset).scalar_subquery(), 0)
        newest = select(func.max(z.id)).where(z.entry_id.is_not(None)).group_by(z.pan)
        resets = [z.id.in_(newest), z.reading_id >= last_of]
        is_reset = r.pan.in_(select(z.pan).where(*resets))
        since = (
            select(r.pan, r.loaded_wh - _left_since(t.reading), r.used_wh).where(
                r.id.in_(read.group_by(r.pan)), ~is_reset
            ),
            select(z.pan, z.loaded_wh - _left_since(t.sale_reset), z.used_wh).where(*resets),
            _left_unread(),
        )
        for row in self._rows(union_all(*since).order_by("pan")):
            yield ReadMeterRow(*row)

    def departures(self) -> Iterator[DepartureRow]:
        """Every meter that left: what was taken back, what was its and goes to another, under which key."""
        d = t.departure.c
        for id_, left_wh, new_pan, lots in self._rows(
            select(d.id, d.remaining_wh, d.new_pan, d.lots).order_by(d.id)
        ):
            yield DepartureRow(id_, left_wh, new_pan, preset_wh(lots))

    def card_orders(self) -> Iterator[CardOrder]:
        """Every purchase that was ever on its way to a card."""
        for row in self._rows(select(t.card_order).order_by(t.card_order.c.id)):
            yield card_order_of(row)

    def remote_orders(self) -> Iterator[RemoteOrder]:
        """Every order that was ever to go over a line."""
        for row in self._rows(select(t.remote_order).order_by(t.remote_order.c.id)):
            yield remote_order_of(row)

    def open_exceptions(self) -> Iterator[ExceptionRow]:
        """Everything that a person must look at, the oldest first."""
        x = t.exception_note.c
        statement = select(x.id, x.kind, x.bank, x.key, x.text, x.at_us).where(x.is_open).order_by(x.id)
        for row in self._rows(statement):
            yield ExceptionRow(*row)

    def stored_keys(self) -> Iterator[KeyRow]:
        """Every key with its decided content."""
        k = t.command_key.c
        for row in self._rows(select(k.key, k.digest, k.content).order_by(k.key)):
            yield KeyRow(*row)

    def closed_days(self) -> Iterator[ClosedDayRow]:
        """Every closed business day, in order."""
        c = t.closed_day.c
        columns = (c.business_date, c.at_us, c.last_position, c.checksum)
        for row in self._rows(select(*columns).order_by(c.business_date)):
            yield ClosedDayRow(*row)

    def sealed(self) -> Iterator[SealedLink]:
        """Every link of the chain with the rows it seals, in order."""
        return sealed_links(self._rows, links(self._rows))

    def head(self) -> Link | None:
        """The chain's last link; None before the first posting."""
        c = t.chain_link.c
        statement = select(c.number, c.at_us, c.last_id, c.last_position, c.mac)
        # Read to its end, or the cursor on the server would be left open.
        rows = list(self._rows(statement.order_by(c.number.desc()).limit(1)))
        return Link(*rows[0]) if rows else None

    def link(self, number: int) -> tuple[str, SealedLink] | None:
        """One link with its rows, and the seal of the link before it."""
        return one_link(self._rows, number)

    def keys_with_links(self, keys: Sequence[str]) -> list[SealedKey]:
        """Those of the keys that exist, in the order in which they were sealed."""
        k = t.command_key.c
        statement = select(k.key, k.content, k.at_us, k.link).where(k.key.in_(keys)).order_by(k.link)
        return [SealedKey(*row) for row in self._rows(statement)]

    def standing(self) -> Standing:
        """What follows from the journal and is kept beside it."""
        d, s = t.account_day.c, t.sale.c
        days = select(d.business_date, d.account_id, d.debit, d.credit, d.postings)
        states = select(s.id, s.state, s.encoded_wh).order_by(s.id)
        return Standing(
            accounts=tuple(self.accounts()),
            days=tuple(DayRow(*row) for row in self._rows(days.order_by(d.business_date, d.account_id))),
            closed=tuple(self.closed_days()),
            sale_states=((id_, state, wh) for id_, state, wh in self._rows(states)),
            versions=(version_of(row) for row in self._rows(select(t.tariff_version))),
            keys=(key_of(row) for row in self._rows(select(t.vending_key).order_by(t.vending_key.c.id))),
            filed=filed_rows(self._rows),
            invoices=written_invoices(self._rows),
            staff=self._staff(),
        )

    def _staff(self) -> StaffRows:
        o, r, b, s, c = t.operator, t.role, t.branch, t.station, t.station_certificate
        return StaffRows(
            operators=(operator_of(row) for row in self._rows(select(o).order_by(o.c.login))),
            roles=(role_of(row) for row in self._rows(select(r).order_by(r.c.code))),
            branches=(Branch(*row) for row in self._rows(select(b).order_by(b.c.code))),
            stations=(station_of(row) for row in self._rows(select(s).order_by(s.c.code))),
            certificates=(certificate_of(row) for row in self._rows(select(c).order_by(c.c.number))),
        )

    def _rows(self, statement: Executable) -> Iterator[Any]:  # rows, whose columns carry no types
        if self._connection is not None:
            yield from self._connection.execute(statement)
            return
        with self._reading() as connection, connection.begin():
            yield from connection.execute(statement)


def _left_since(table: Table) -> Any:  # noqa: ANN401 - a scalar subquery
    """What was taken back of a meter since it was read or reset."""
    d = t.departure.c
    gone = cast(func.coalesce(func.sum(d.from_loaded_wh), 0), BigInteger)
    since = select(gone).where(d.pan == table.c.pan, d.at_us >= table.c.at_us)
    return since.correlate(table).scalar_subquery()


def _left_unread() -> Select[Any]:
    """What was taken back of meters that nobody had read or reset by then: what they had lent."""
    d, r, z = t.departure.c, t.reading.c, t.sale_reset.c
    was_read = exists().where(r.pan == d.pan, r.at_us <= d.at_us, r.state == ReadingState.ACCEPTED.value)
    was_reset = exists().where(z.pan == d.pan, z.at_us <= d.at_us, z.entry_id.is_not(None))
    nothing = cast(literal(0), BigInteger)
    return select(d.pan, -d.from_loaded_wh, nothing).where(d.from_loaded_wh != 0, ~was_read, ~was_reset)
