"""The payments that a customer may mean who has no token, with all that tells where each stands."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import bindparam, or_, select

from adapters.db import tables as t
from adapters.db.booked_rows import entries_of, keys, notices_of
from adapters.db.entry_id import NO_END
from adapters.db.line_rows import remote_of_sales
from adapters.db.sale_choice import banks_known, like_or_dated
from adapters.db.view import View
from adapters.db.view_cards import orders_of_sales
from adapters.db.view_resets import resets_of_sales
from adapters.db.view_sales import sales_of
from adapters.db.view_troubles import troubles
from gateway.core.meter import Carrier
from gateway.core.outcome import Approved, Declined
from gateway.core.payment import payment_key, reversal_key
from gateway.core.sale import SaleState
from gateway.core.token_story import NO_TOKEN, TokenCase
from gateway.core.views_found import CASES_MAX
from gateway.core.views_sales import Sales

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from gateway.core.outcome import StoredContent
    from gateway.core.trouble import Trouble
    from gateway.core.views_booked import StoredKey
    from gateway.core.views_found import TokenQuestion
    from gateway.core.views_sales import SoldSale

_m, _x, _k = t.meter.c, t.exception_note.c, t.command_key.c

#: Behind every number that an invoice can have in the column.
_INVOICES_END: Final = 2**31

_METERS: Final = select(_m.id, _m.carrier, _m.sgc, _m.krn).where(_m.id.in_(bindparam("ids", expanding=True)))


class _Held(NamedTuple):
    """How a meter takes its credit, and how the key that it holds is named in a trouble."""

    carrier: Carrier
    key: str


def _cases(connection: Connection, query: TokenQuestion) -> list[TokenCase]:
    sales = _sales(connection, query)
    cases = [*_of_sales(connection, sales), *_without_sale(connection, query)]
    return sorted(cases, key=attrgetter("at_us"), reverse=True)[: CASES_MAX + 1]


def _sales(connection: Connection, query: TokenQuestion) -> list[SoldSale]:
    """Find the sales that may be meant: by a reference, and by what stands on the papers of a counter."""
    asked = Sales(
        branch=query.branch, reference=query.reference, pan=query.pan, phone=query.phone,
        begin_us=query.begin_us, end_us=query.end_us, limit=CASES_MAX + 1,
    )  # fmt: skip
    found = {sale.id: sale for sale in sales_of(connection, asked)}
    for receipt_no in _receipts(connection, query.reference or ""):
        by_paper = replace(asked, reference=None, receipt_no=receipt_no)
        found |= {sale.id: sale for sale in sales_of(connection, by_paper)}
    return list(found.values())


def _receipts(connection: Connection, written: str) -> Iterator[int]:
    """Read a receipt's number, or find that of the sale whose invoice this is."""
    if written.isascii() and written.isdigit() and int(written) < NO_END:
        yield int(written)
    series, _, number = written.rpartition("/")
    if number.isascii() and number.isdigit() and int(number) < _INVOICES_END:
        which = (t.invoice.c.series == series) & (t.invoice.c.number == int(number))
        yield from connection.execute(select(t.invoice.c.receipt_no).where(which)).scalars()


def _of_sales(connection: Connection, sales: Sequence[SoldSale]) -> Iterator[TokenCase]:
    ids = [sale.id for sale in sales]
    booked, told = entries_of(connection, ids), notices_of(connection, ids)
    stored = {key.key: key.content for key in keys(connection, [sale.key for sale in sales])}
    held = _held(connection, sales)
    noted = troubles(connection, or_(_x.sale_id.in_(ids), _x.key.in_(list(stored)))) if sales else []
    on_cards = orders_of_sales(connection, [one.key for one in sales])
    on_lines = remote_of_sales(connection, [one.key for one in sales])
    no_token, resets = _no_token(connection, sales), resets_of_sales(connection, [one.key for one in sales])
    for sale in sales:
        meter = held[sale.meter_id]
        yield TokenCase(
            key=sale.key,
            at_us=sale.at_us,
            sale=sale,
            carrier=meter.carrier,
            is_reserved=_is_reserved(stored.get(sale.key)),
            entries=tuple(booked[sale.id]),
            notices=tuple(told[sale.id]),
            troubles=(
                *(one for one in noted if one.sale_id == sale.id or one.key == sale.key),
                *(one for one in no_token if _is_about(one, sale, meter)),
            ),
            resets=tuple(resets[sale.key]),
            card=on_cards.get(sale.key),
            line=on_lines.get(sale.key),
        )


def _held(connection: Connection, sales: Sequence[SoldSale]) -> dict[int, _Held]:
    ids = sorted({sale.meter_id for sale in sales})
    rows = connection.execute(_METERS, {"ids": ids}) if ids else ()
    return {id_: _Held(Carrier(carrier), f"{sgc}/{krn}") for id_, carrier, sgc, krn in rows}


def _no_token(connection: Connection, sales: Sequence[SoldSale]) -> list[Trouble]:
    """Read what keeps tokens from being made, if any of these sales waits for one."""
    waits = any(sale.state is SaleState.WAITING for sale in sales)
    return troubles(connection, _x.kind == NO_TOKEN, _x.is_open) if waits else []


def _is_about(trouble: Trouble, sale: SoldSale, meter: _Held) -> bool:
    """Does a trouble of a vending key stand in this sale's way? Its name begins with the meter's key."""
    is_its_key = trouble.key.startswith((f"{meter.key}/", f"{meter.key}>"))
    # One row stands for all who took money for such meters that day: it names whoever met it first.
    return sale.state is SaleState.WAITING and is_its_key


def _is_reserved(content: StoredContent | None) -> bool:
    return isinstance(content, Approved) and content.reserved is not None


def _without_sale(connection: Connection, query: TokenQuestion) -> Iterator[TokenCase]:
    """Find payments that were refused, or reversed before they came: no meter is known of them."""
    if query.reference is None or query.pan is not None or query.phone is not None:
        return
    decided = {key.key: key for key in _decided(connection, query.reference)}
    for key in decided.values():
        payment = key.key.removeprefix(_UNDO)
        is_reversal = payment != key.key
        if not _is_within(key, query) or (is_reversal and payment in decided):
            continue
        if is_reversal or isinstance(key.content, Declined):
            refused = key.content if isinstance(key.content, Declined) else None
            noted = troubles(connection, _x.key == payment, _x.sale_id.is_(None))
            yield TokenCase(payment, key.at_us, refused=refused, troubles=tuple(noted))


#: A reversal's key begins like that of the empty payment's.
_UNDO: Final = reversal_key("")


def _decided(connection: Connection, reference: str) -> list[StoredKey]:
    """Read what was decided about payments that a reference may name."""
    payments = [reference, *(payment_key(bank, reference) for bank in banks_known(connection))]
    found: set[str] = set()
    for payment in payments:
        for name in (payment, reversal_key(payment)):
            named = select(_k.key).where(like_or_dated(_k.key, name)).order_by(_k.key).limit(CASES_MAX + 1)
            found |= set(connection.execute(named).scalars())
    return keys(connection, found)


def _is_within(key: StoredKey, query: TokenQuestion) -> bool:
    begins = query.begin_us is None or key.at_us >= query.begin_us
    return begins and (query.end_us is None or key.at_us < query.end_us)


def _count(connection: Connection, query: TokenQuestion) -> int:
    return len(_cases(connection, query))


def _nothing(_connection: Connection, _query: TokenQuestion) -> None:
    """Answer: cases sum up to nothing."""


TOKEN_QUESTION: Final = View(_cases, _count, _nothing)
