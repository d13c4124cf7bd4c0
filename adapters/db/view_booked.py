"""One sale, one entry: everything that the books hold of it."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select

from adapters.db import tables as t
from adapters.db.booked_rows import entries, entries_of, keys, notices_of, tokens
from adapters.db.sale_choice import id_of_receipt
from adapters.db.view import View
from adapters.db.view_resets import reset_cases
from adapters.db.view_sales import sold
from adapters.db.view_troubles import troubles
from gateway.core.meter import Carrier
from gateway.core.payment import claim_end_key, handover_key, overdue_key, reversal_key
from gateway.core.pricing import read_explained
from gateway.core.views_booked import EntryFacts, Happening, HappeningKind, SaleFacts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from gateway.core.views_booked import BookedEntry, EntryFile, PostedLine, SaleFile
    from gateway.core.views_sales import SoldSale

_s, _x, _e = t.sale.c, t.exception_note.c, t.entry.c
_MORE: Final = select(_s.funding, _s.encoded_wh, t.meter.c.carrier, _s.link, _s.quote).join(
    t.meter, t.meter.c.id == _s.meter_id
)


def orders_about(payment: str) -> tuple[str, ...]:
    """Name the keys under which a payment and what was ordered about it are remembered."""
    return (payment, *(name(payment) for name in (handover_key, reversal_key, overdue_key, claim_end_key)))


def _sale(connection: Connection, query: SaleFile) -> SaleFacts | None:
    id_ = _named(connection, query)
    found = {} if id_ is None else sold(connection, [id_], query.branch)
    if id_ is None or id_ not in found:
        return None
    return _facts(connection, found[id_])


def _named(connection: Connection, query: SaleFile) -> int | None:
    if query.id is not None:
        return query.id
    if query.receipt_no is not None:
        return id_of_receipt(connection, query.receipt_no)
    found: int | None = connection.execute(select(_s.id).where(_s.key == query.key)).scalar_one_or_none()
    return found


def _facts(connection: Connection, sale: SoldSale) -> SaleFacts:
    funding, encoded_wh, carrier, link, quote = connection.execute(_MORE.where(_s.id == sale.id)).one()
    booked = entries_of(connection, [sale.id])[sale.id]
    about = {*orders_about(sale.key), *(entry.key for entry in booked)}
    return SaleFacts(
        sale=sale,
        funding=funding,
        encoded_wh=encoded_wh,
        carrier=Carrier(carrier),
        link=link,
        explained=read_explained(quote),
        entries=tuple(booked),
        tokens=tuple(tokens(connection, t.token.c.sale_id == sale.id)),
        notices=tuple(notices_of(connection, [sale.id])[sale.id]),
        troubles=tuple(troubles(connection, or_(_x.sale_id == sale.id, _x.key == sale.key))),
        keys=tuple(keys(connection, about)),
        resets=tuple(reset_cases(connection, t.sale_reset.c.payment == sale.key)),
    )


def _happenings(connection: Connection, query: SaleFile) -> list[Happening]:
    facts = _sale(connection, query)
    # At one moment the order is that in which it is told here: decided, booked, handed out, told.
    return [] if facts is None else sorted(_told(facts), key=attrgetter("at_us"))


def _told(facts: SaleFacts) -> Iterator[Happening]:
    for key in facts.keys:
        yield Happening(key.at_us, HappeningKind.DECIDED, key.key, key.link)
    for entry in facts.entries:
        yield Happening(entry.at_us, HappeningKind.ENTRY, entry.kind, entry.id)
    for token in facts.tokens:
        yield Happening(token.at_us, HappeningKind.TOKEN, str(token.digits), token.tid)
    for notice in facts.notices:
        yield Happening(notice.at_us, HappeningKind.NOTICE, notice.kind, notice.id)
    for trouble in facts.troubles:
        yield Happening(trouble.at_us, HappeningKind.TROUBLE, trouble.kind, trouble.id)
        if trouble.resolved_us is not None:
            yield Happening(trouble.resolved_us, HappeningKind.RESOLVED, trouble.resolution, trouble.id)


def _happening_count(connection: Connection, query: SaleFile) -> int:
    return len(_happenings(connection, query))


def _entry(connection: Connection, query: EntryFile) -> EntryFacts | None:
    which = _e.id == query.id if query.id is not None else _e.position == query.position
    for entry in entries(connection, which):
        sale = _sale_of(connection, entry, query.branch)
        if query.branch is None or sale is not None:
            return _entry_facts(connection, entry, sale)
    return None


def _sale_of(connection: Connection, entry: BookedEntry, branch: str | None) -> SoldSale | None:
    return None if entry.sale_id is None else sold(connection, [entry.sale_id], branch).get(entry.sale_id)


def _entry_facts(connection: Connection, entry: BookedEntry, sale: SoldSale | None) -> EntryFacts:
    undone = [] if entry.reverses_id is None else entries(connection, _e.id == entry.reverses_id)
    stored = keys(connection, [entry.key])
    return EntryFacts(
        entry=entry,
        key=stored[0] if stored else None,
        sale=sale,
        reverses=undone[0] if undone else None,
        reversed_by=tuple(entries(connection, _e.reverses_id == entry.id)),
    )


def _lines(connection: Connection, query: EntryFile) -> tuple[PostedLine, ...]:
    facts = _entry(connection, query)
    return () if facts is None else facts.entry.postings


def _line_count(connection: Connection, query: EntryFile) -> int:
    return len(_lines(connection, query))


SALE_FILE: Final = View(_happenings, _happening_count, _sale)
ENTRY_FILE: Final = View(_lines, _line_count, _entry)
