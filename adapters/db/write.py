"""Write: everything a batch decided, table by table, in set-based statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.bulk import adder, inserter, updater
from gateway.core.ledger import deltas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Dialect

    from gateway.core.books import Command, Decision
    from gateway.core.sale import Sale

    Decided = Sequence[tuple[Command, Decision]]


class BatchWriter:
    """Writes the decisions of a batch. Holds compiled statements and the ids of the accounts it has met."""

    def __init__(self, dialect: Dialect) -> None:
        self._account_ids: dict[tuple[str, str], int] = {}
        self._insert = {
            table.name: inserter(table, dialect)
            for table in (t.account, t.entry, t.posting, t.command_key, t.sale, t.token)
        }
        self._insert_outbox = inserter(t.outbox, dialect, "kind", "subject", "text", "at_us")
        columns = ("kind", "bank", "key", "sale_id", "text", "at_us", "is_open")
        self._insert_exception = inserter(t.exception_note, dialect, *columns, once=True)
        self._add_balance = adder(t.account, dialect, "balance")
        self._update_meter = updater(t.meter, dialect, "last_tid", "month", "mtd_wh")
        self._update_sale = updater(t.sale, dialect, "encoded_wh", "state")

    def learn_accounts(self, connection: Connection) -> None:
        """Read the accounts that exist; forget what a rolled-back batch may have added."""
        rows = connection.execute(select(t.account.c.code, t.account.c.unit, t.account.c.id))
        self._account_ids = {(code, unit): id_ for code, unit, id_ in rows}

    def write(  # noqa: PLR0913 - the frame of a batch, all of it named
        self,
        connection: Connection,
        decided: Decided,
        *,
        first_id: int,
        first_position: int,
        day: str,
        at_us: int,
    ) -> None:
        """Write everything; ids and positions count on from the first ones, in the order decided."""
        self._balances(connection, decided)
        self._entries(connection, decided, first_id, first_position, day, at_us)
        self._sales_and_tokens(connection, decided, at_us)
        self._insert["command_key"](
            connection,
            [
                (command.key, command.digest, decision.content.stored(), at_us)  # type: ignore[union-attr]
                for command, decision in decided
                if decision.remembered  # what is remembered is never a MeterFound (Books.apply holds that)
            ],
        )
        self._notes(connection, decided, at_us)

    def _balances(self, connection: Connection, decided: Decided) -> None:
        """Move the balances by the batch's sums; accounts come into being with their first posting."""
        moved = deltas(entry for _, decision in decided for entry in decision.entries)
        unknown = [place for place in moved if place not in self._account_ids]
        first = len(self._account_ids) + 1
        new = {place: first + n for n, place in enumerate(unknown)}
        self._insert["account"](connection, [(id_, code, unit, 0) for (code, unit), id_ in new.items()])
        self._account_ids |= new
        self._add_balance(
            connection,
            [(amount, self._account_ids[place]) for place, amount in sorted(moved.items()) if amount],
        )

    def _entries(  # noqa: PLR0913, PLR0917 - the batch's own frame, kept flat for the hot path
        self, connection: Connection, decided: Decided, next_id: int, position: int, day: str, at_us: int
    ) -> None:
        ids = self._account_ids
        entries: list[tuple[object, ...]] = []
        postings: list[tuple[object, ...]] = []
        for command, decision in decided:
            sale = decision.sale
            sale_id, meter_id = (None, None) if sale is None else (sale.id, sale.meter_id)
            for entry in decision.entries:
                entries.append(
                    (next_id, position, entry.kind.value, at_us, day, command.channel, command.key, sale_id,
                     meter_id, entry.reverses)
                )  # fmt: skip
                for line, posting in enumerate(entry.postings):
                    unit = posting.unit
                    postings.append((next_id, line, ids[posting.account, unit], posting.amount, unit))
                next_id += 1
                position += 1
        self._insert["entry"](connection, entries)
        self._insert["posting"](connection, postings)

    def _sales_and_tokens(self, connection: Connection, decided: Decided, at_us: int) -> None:
        new: list[tuple[object, ...]] = []
        changed: list[tuple[object, ...]] = []
        tokens: list[tuple[object, ...]] = []
        meters: dict[int, tuple[object, ...]] = {}
        for _, decision in decided:
            if (sale := decision.sale) is not None:
                if decision.opens_sale:
                    new.append(_sale_row(sale))
                else:
                    changed.append((sale.encoded_wh, sale.state.value, sale.id))
            if (token := decision.token) is not None:
                tokens.append(
                    (token.meter_id, token.base_date, token.tid, token.sale_id, token.digits.reveal(), at_us)
                )
            if (meter := decision.meter) is not None:
                meters[meter.id] = (meter.last_tid, meter.month, meter.mtd_wh, meter.id)
        self._insert["sale"](connection, new)
        self._update_sale(connection, changed)
        self._insert["token"](connection, tokens)
        self._update_meter(connection, [meters[id_] for id_ in sorted(meters)])

    def _notes(self, connection: Connection, decided: Decided, at_us: int) -> None:
        self._insert_outbox(
            connection,
            [
                (notice.kind, notice.subject, notice.text, at_us)
                for _, decision in decided
                for notice in decision.notices
            ],
        )
        self._insert_exception(
            connection,
            [
                (note.kind, note.bank, note.key, note.sale_id, note.text, at_us, True)
                for _, decision in decided
                if (note := decision.exception) is not None
            ],
        )


def _sale_row(sale: Sale) -> tuple[object, ...]:
    return (
        sale.id, sale.key, sale.bank, sale.meter_id, sale.power_type, sale.tender.minor, sale.tender.currency,
        sale.funding, sale.energy_wh, sale.encoded_wh, sale.state.value, sale.receipt_no, sale.tariff_version,
        sale.quote, sale.month, sale.terminal, sale.trace, sale.at_us,
    )  # fmt: skip
