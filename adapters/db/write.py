"""Write: everything a batch decided, table by table, in set-based statements, and the seal over it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.bulk import adder, inserter, updater, upserter
from adapters.db.departure_rows import departure_rows
from adapters.db.file_write import amendment_rows
from adapters.db.invoice_rows import invoice_row
from adapters.db.meter_text import key_change_text, preset_text, whole_numbers_text
from adapters.db.office_write import diary_rows
from adapters.db.reading_rows import inspection_rows, reading_rows
from adapters.db.reset_rows import reset_rows
from gateway.core.chain import SEALED, Link, Rows, link_mac, sealed
from gateway.core.ledger import turnover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Dialect

    from gateway.core.books import Command, Decision
    from gateway.core.ledger import Entry
    from gateway.core.meter import MeterAccount
    from gateway.core.sale import Sale
    from gateway.core.trouble import Trouble

    Decided = Sequence[tuple[Command, Decision]]


#: What a sale may move of its meter, in the order of ``_meter_row``.
_METER_MOVES = (
    "last_tid", "month", "mtd_wh", "year", "ytd_wh", "bought_on", "times", "fees_month", "free_month",
    "days_paid", "past_wh",
)  # fmt: skip


#: What a key change moves of its meter, in the order of ``_key_row``.
_KEY_MOVES = ("sgc", "krn", "ti", "kt", "base_date", "key_change")


#: What somebody says of an exception who closes it, in the order of ``_closing_row``.
_CLOSING = ("is_open", "resolution", "resolved_by", "resolved_us", "reason")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a batch's rows share: the link they hang on, the first ids, the moment, each channel's day."""

    number: int
    first_id: int
    first_position: int
    first_line: int
    first_amendment: int
    at_us: int
    day_of: Callable[[str], str]


class BatchWriter:
    """Writes the decisions of a batch. Holds compiled statements and the ids of the accounts it has met."""

    def __init__(self, dialect: Dialect, secret: bytes) -> None:
        self._secret = secret
        self._account_ids: dict[tuple[str, str], int] = {}
        self._insert = {name: inserter(t.metadata.tables[name], dialect) for name in (*SEALED, "chain_link")}
        self._insert_closed = inserter(t.closed_day, dialect)
        self._insert_outbox = inserter(t.outbox, dialect, "kind", "subject", "text", "at_us")
        columns = ("kind", "bank", "key", "sale_id", "text", "at_us", "is_open")
        self._insert_exception = inserter(t.exception_note, dialect, *columns, once=True)
        self._close_exception = updater(t.exception_note, dialect, *_CLOSING)
        self._add_balance = adder(t.account, dialect, "balance")
        self._add_day = upserter(t.account_day, dialect, "debit", "credit", "postings")
        self._update_meter = updater(t.meter, dialect, *_METER_MOVES)
        self._update_key = updater(t.meter, dialect, *_KEY_MOVES)
        self._update_preset = updater(t.meter, dialect, "preset")
        self._update_sale = updater(t.sale, dialect, "encoded_wh", "state")
        self._names = {name: [column.key for column in t.metadata.tables[name].c] for name in SEALED}

    def learn_accounts(self, connection: Connection) -> None:
        """Read the accounts that exist; forget what a rolled-back batch may have added."""
        rows = connection.execute(select(t.account.c.code, t.account.c.unit, t.account.c.id))
        self._account_ids = {(code, unit): id_ for code, unit, id_ in rows}

    def write(self, connection: Connection, decided: Decided, frame: Frame, head: Link) -> Link:
        """Write everything and seal it behind ``head``; the new head is returned.

        Ids and positions count on from the frame's first ones, in the order decided.
        """
        written: dict[str, Rows] = {}
        # Each table is sent before the rows of the next are put together, the largest first.
        for rows in self._tables(connection, decided, frame):
            for name, of_table in rows.items():
                self._insert[name](connection, of_table)
            written |= rows
        self._changes(connection, decided)
        self._closes(connection, decided, frame.at_us)
        self._notes(connection, decided, frame.at_us)
        return self._seal(connection, written, frame, head)

    def _tables(self, connection: Connection, decided: Decided, frame: Frame) -> Iterator[dict[str, Rows]]:
        yield {"account": Rows(self._accounts(connection, decided, frame))}
        yield self._entries(decided, frame)
        yield _sales_and_tokens(decided, frame)
        yield {"command_key": _keys(decided, frame)}
        yield from self._of_the_office([one for one in decided if _is_rare(one[1])], frame)

    def _of_the_office(self, decided: Decided, frame: Frame) -> Iterator[dict[str, Rows]]:
        """Give what payments have nothing of."""
        lines = [line for _, decision in decided for line in decision.diary]
        yield {"diary": Rows(diary_rows(lines, frame.first_line, frame.at_us, frame.number))}
        amendments = [one for _, decision in decided if decision.files for one in decision.files.amendments]
        rows = amendment_rows(amendments, frame.first_amendment, frame.at_us, frame.number)
        yield {"amendment": Rows(rows)}
        yield {"invoice": Rows(_invoices(decided, frame))}
        added = [decision.readings for _, decision in decided if decision.readings is not None]
        readings = [one for change in added for one in change.readings]
        yield {"reading": Rows(reading_rows(readings, frame.number))}
        inspections = [one for change in added for one in change.inspections]
        yield {"inspection": Rows(inspection_rows(inspections, frame.number))}
        departures = [one for change in added for one in change.departures]
        yield {"departure": Rows(departure_rows(departures, frame.number))}
        resets = [one for change in added for one in change.resets]
        yield {"sale_reset": Rows(reset_rows(resets, frame.number))}

    def _seal(self, connection: Connection, rows: dict[str, Rows], frame: Frame, head: Link) -> Link:
        parts = [
            (name, sealed(name, rows[name].columns, self._names[name])) for name in SEALED if rows[name].rows
        ]
        count = len(rows["entry"].rows)
        last_id = frame.first_id + count - 1 if count else head.last_id
        link = Link(frame.number, frame.at_us, last_id, head.last_position + count, "")
        mac = link_mac(self._secret, head.mac, link, parts)
        self._insert["chain_link"](
            connection, [(link.number, link.at_us, link.last_id, link.last_position, mac)]
        )
        return replace(link, mac=mac)

    def _accounts(self, connection: Connection, decided: Decided, frame: Frame) -> list[tuple[object, ...]]:
        """Move balances and the days' sums by the batch's turnover; give the accounts that are new."""
        of_day: dict[str, list[Entry]] = {}
        for command, decision in decided:
            if decision.entries:
                of_day.setdefault(frame.day_of(command.channel), []).extend(decision.entries)
        turnovers = {day: turnover(entries) for day, entries in of_day.items()}
        moved: dict[tuple[str, str], int] = {}
        for sums in turnovers.values():
            for place, (debit, credit, _) in sums.items():
                moved[place] = moved.get(place, 0) + debit - credit
        ids = self._account_ids
        first = len(ids) + 1
        new = {place: first + n for n, place in enumerate(place for place in moved if place not in ids)}
        known = [(amount, ids[place]) for place, amount in moved.items() if place in ids and amount]
        ids |= new
        self._add_balance(connection, sorted(known, key=itemgetter(1)))
        days = [(day, ids[place], *sums) for day, found in turnovers.items() for place, sums in found.items()]
        self._add_day(connection, sorted(days))
        return [(id_, code, unit, moved[code, unit], frame.number) for (code, unit), id_ in new.items()]

    def _entries(self, decided: Decided, frame: Frame) -> dict[str, Rows]:
        ids, at_us = self._account_ids, frame.at_us
        next_id, position = frame.first_id, frame.first_position
        entries: list[tuple[object, ...]] = []
        postings: list[tuple[object, ...]] = []
        for command, decision in decided:
            if not decision.entries:
                continue
            sale, channel = decision.sale, command.channel
            sale_id, meter_id = (None, None) if sale is None else (sale.id, sale.meter_id)
            day = frame.day_of(channel)
            for entry in decision.entries:
                entries.append(
                    (next_id, position, entry.kind.value, at_us, day, channel, command.key, sale_id, meter_id,
                     entry.reverses)
                )  # fmt: skip
                for line, posting in enumerate(entry.postings):
                    unit = posting.unit
                    postings.append((next_id, line, ids[posting.account, unit], posting.amount, unit))
                next_id += 1
                position += 1
        return {"entry": Rows(entries), "posting": Rows(postings)}

    def _changes(self, connection: Connection, decided: Decided) -> None:
        """Move meters and sales to where they stand now: after the inserts, for a sale may be new."""
        meters: dict[int, tuple[object, ...]] = {}
        keys: dict[int, tuple[object, ...]] = {}
        presets: dict[int, tuple[object, ...]] = {}
        sales: dict[int, tuple[object, ...]] = {}
        for _, decision in decided:
            sale, meter = decision.sale, decision.meter
            if sale is not None and not decision.opens_sale:
                sales[sale.id] = (sale.encoded_wh, sale.state.value, sale.id)
            if meter is not None:
                meters[meter.id] = _meter_row(meter)
                if decision.rekeys:
                    keys[meter.id] = _key_row(meter)
                if decision.presets:
                    presets[meter.id] = (preset_text(meter.preset), meter.id)
        self._update_meter(connection, [meters[id_] for id_ in sorted(meters)])
        self._update_key(connection, [keys[id_] for id_ in sorted(keys)])
        self._update_preset(connection, [presets[id_] for id_ in sorted(presets)])
        self._update_sale(connection, [sales[id_] for id_ in sorted(sales)])

    def _closes(self, connection: Connection, decided: Decided, at_us: int) -> None:
        closed = [decision.closes for _, decision in decided if decision.closes is not None]
        self._insert_closed(connection, [(one.day, at_us, one.last_position, one.checksum) for one in closed])

    def _notes(self, connection: Connection, decided: Decided, at_us: int) -> None:
        self._insert_outbox(
            connection,
            [
                (notice.kind, notice.subject, notice.text, at_us)
                for _, decision in decided
                for notice in decision.notices
            ],
        )
        # Closed first: what is noted in the same breath may be the next of its kind, which must not be lost.
        closed = (one for _, decision in decided if decision.office for one in decision.office.troubles)
        self._close_exception(connection, [_closing_row(one) for one in closed])
        self._insert_exception(
            connection,
            [
                (note.kind, note.bank, note.key, note.sale_id, note.text, at_us, True)
                for _, decision in decided
                if (note := decision.exception) is not None
            ],
        )


def _sales_and_tokens(decided: Decided, frame: Frame) -> dict[str, Rows]:
    sales: list[tuple[object, ...]] = []
    tokens: list[tuple[object, ...]] = []
    for _, decision in decided:
        if decision.sale is not None and decision.opens_sale:
            sales.append(_sale_row(decision.sale, frame.number))
        for token in decision.tokens:
            tokens.append(  # noqa: PERF401 - most decisions have one, and a call for each costs more
                (token.meter_id, token.base_date, token.tid, token.sale_id, token.digits.reveal(),
                 frame.at_us, frame.number)
            )  # fmt: skip
    return {"sale": Rows(sales), "token": Rows(sorted(tokens))}


def _is_rare(decision: Decision) -> bool:
    """Does it write what a payment does not? Most of a batch are payments, and are looked at once."""
    return bool(decision.diary or decision.invoices or decision.files or decision.readings)


def _invoices(decided: Decided, frame: Frame) -> list[tuple[object, ...]]:
    """Sorted as the seal wants them; the series' own order is that of their numbers."""
    return sorted(
        invoice_row(one, frame.at_us, frame.day_of(command.channel), frame.number)
        for command, decision in decided
        for one in decision.invoices
    )


def _keys(decided: Decided, frame: Frame) -> Rows:
    """What is remembered, which is no MeterFound (Books.apply holds that)."""
    return Rows(
        sorted(
            (command.key, command.digest, decision.content.stored(), frame.at_us, frame.number)  # type: ignore[union-attr]
            for command, decision in decided
            if decision.remembered
        )
    )


def _meter_row(meter: MeterAccount) -> tuple[object, ...]:
    counters = meter.counters
    return (
        meter.last_tid, counters.month, counters.mtd_wh, counters.year, counters.ytd_wh, counters.bought_on,
        counters.times, counters.fees_month, counters.free_month, counters.days_paid,
        whole_numbers_text(counters.past_wh), meter.id,
    )  # fmt: skip


def _closing_row(trouble: Trouble) -> tuple[object, ...]:
    told = (trouble.resolution, trouble.resolved_by, trouble.resolved_us, trouble.reason)
    return (trouble.is_open, *told, trouble.id)


def _key_row(meter: MeterAccount) -> tuple[object, ...]:
    held = meter.identity
    change = key_change_text(meter.key_change)
    return (held.sgc, held.krn, held.ti, held.kt, held.base_date, change, meter.id)


def _sale_row(sale: Sale, link: int) -> tuple[object, ...]:
    return (
        sale.id, sale.key, sale.bank, sale.meter_id, sale.power_type, sale.tender.minor, sale.tender.currency,
        sale.funding, sale.energy_wh, sale.encoded_wh, sale.state.value, sale.receipt_no, sale.tariff_version,
        sale.quote, sale.month, sale.terminal, sale.trace, sale.at_us, link,
    )  # fmt: skip
