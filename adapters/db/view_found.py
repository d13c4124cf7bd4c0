"""Anything by whatever a person has in hand: each kind of thing is asked for what could name it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, or_, select

from adapters.db import tables as t
from adapters.db.entry_id import NO_END
from adapters.db.like import begins, holds
from adapters.db.sale_choice import id_of_receipt, ids_of_reference, looked_up_in
from adapters.db.view import View
from adapters.db.view_resets import sales_given_again
from adapters.db.view_sales import TOKEN_END, sold
from gateway.core.meter_number import MeterNumber, MeterNumberFault
from gateway.core.token import TOKEN_DIGITS
from gateway.core.views_found import HITS_MAX, Hit, HitKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection

    from gateway.core.views_found import Found
    from gateway.core.views_sales import SoldSale

_s, _m, _c, _e, _t = t.sale.c, t.meter.c, t.customer.c, t.entry.c, t.token.c

_END_DIGITS: Final = 4
#: Digits of a meter's or a telephone's number by which others are told apart from it.
_NUMBER_DIGITS_MIN: Final = 6
_ORDER: Final = {kind: n for n, kind in enumerate(HitKind)}


def _found(connection: Connection, query: Found) -> list[Hit]:
    text = query.text.strip()
    if not text:
        return []
    hits: list[Hit] = []
    for ask in (ask for kind, ask in _ASKS.items() if kind in query.kinds):
        of_kind = sorted(ask(connection, text, query.branch), key=_place)
        hits += of_kind[:HITS_MAX]
    return sorted(hits, key=_place)


def _place(hit: Hit) -> tuple[bool, int, int]:
    return not hit.is_exact, _ORDER[hit.kind], -(hit.at_us or 0)


def _digits(text: str) -> str:
    """Read a number as people write it, in groups; '' where it is none."""
    joined = text.replace(" ", "").replace("-", "")
    return joined if joined.isascii() and joined.isdigit() else ""


def _customers(connection: Connection, text: str, branch: str | None) -> Iterator[Hit]:
    named = _c.account_no == text
    phone = _c.phone == text
    part = or_(begins(_c.account_no, text), holds(_c.name, text))
    if len(_digits(text)) >= _NUMBER_DIGITS_MIN:
        part = or_(part, begins(_c.phone, text))
    rank = func.length(_c.name)
    for is_exact, which in ((True, or_(named, phone)), (False, part)):
        statement = select(_c.id, _c.account_no, _c.name, _c.phone).where(which)
        if branch is not None:
            statement = statement.where(_c.branch == branch)
        if not is_exact:
            statement = statement.where(_c.account_no != text, _c.phone != text)
        for id_, account_no, name, _ in connection.execute(statement.order_by(rank, _c.id).limit(HITS_MAX)):
            yield Hit(HitKind.CUSTOMER, id_, account_no, name, is_exact)


def _meters(connection: Connection, text: str, branch: str | None) -> Iterator[Hit]:
    digits = _digits(text)
    if len(digits) < _NUMBER_DIGITS_MIN:
        return
    exact = _pan_of(digits)
    statement = select(_m.id, _m.pan, _c.name).join(t.customer, _c.id == _m.customer_id)
    if branch is not None:
        statement = statement.where(_c.branch == branch)
    which = _m.pan.contains(digits) if exact is None else _m.pan == exact
    for id_, pan, name in connection.execute(statement.where(which).order_by(_m.pan).limit(HITS_MAX)):
        yield Hit(HitKind.METER, id_, pan, name, is_exact=pan == exact)


def _pan_of(digits: str) -> str | None:
    try:
        return MeterNumber.parse(digits).pan
    except MeterNumberFault:
        return None


def _sales(connection: Connection, text: str, branch: str | None) -> Iterator[Hit]:
    ids = set(ids_of_reference(connection, text)[:HITS_MAX])
    digits = _digits(text)
    receipt = id_of_receipt(connection, int(digits)) if _is_number(digits) else None
    if receipt is not None:
        ids.add(receipt)
    for sale in sold(connection, ids, branch).values():
        yield _hit(HitKind.SALE, sale, f"{sale.customer} {sale.receipt_no}", is_exact=True)


def _is_number(digits: str) -> bool:
    return bool(digits) and int(digits) < NO_END


def _tokens(connection: Connection, text: str, branch: str | None) -> Iterator[Hit]:
    """Find by all of a token's digits, or by its last four."""
    digits = _digits(text)
    if len(digits) not in {_END_DIGITS, TOKEN_DIGITS}:
        return
    end = digits[-_END_DIGITS:]
    which: list[ColumnElement[bool]] = [TOKEN_END.in_([end])]
    if len(digits) == TOKEN_DIGITS:
        which.append(_t.digits == digits)
    if branch is not None:
        which.append(looked_up_in(branch, _t.meter_id))
    statement = select(_t.sale_id).where(*which)
    ids = connection.execute(statement.order_by(_t.sale_id.desc()).limit(HITS_MAX)).scalars()
    # A token that was made once more stands in no table of its own.
    found = {*ids, *sales_given_again(connection, digits)}
    for sale in sold(connection, found, branch).values():
        is_exact = len(digits) == TOKEN_DIGITS
        yield _hit(HitKind.TOKEN, sale, f"**** {end} {sale.customer}", is_exact=is_exact)


def _entries(connection: Connection, text: str, branch: str | None) -> Iterator[Hit]:
    """Find by the place in the journal. Who sees one branch finds its sales by their receipt numbers."""
    digits = _digits(text)
    if branch is None and _is_number(digits):
        statement = select(_e.id, _e.position, _e.kind, _e.at_us).where(_e.position == int(digits))
        for id_, position, kind, at_us in connection.execute(statement):
            yield Hit(HitKind.ENTRY, id_, str(position), kind, is_exact=True, at_us=at_us)


def _hit(kind: HitKind, sale: SoldSale, detail: str, *, is_exact: bool) -> Hit:
    return Hit(kind, sale.id, sale.key, detail, is_exact, sale.at_us)


_ASKS: Final = {
    HitKind.CUSTOMER: _customers,
    HitKind.METER: _meters,
    HitKind.SALE: _sales,
    HitKind.TOKEN: _tokens,
    HitKind.ENTRY: _entries,
}


def _count(connection: Connection, query: Found) -> int:
    return len(_found(connection, query))


def _nothing(_connection: Connection, _query: Found) -> None:
    """Answer: what is found sums up to nothing."""


FOUND: Final = View(_found, _count, _nothing)
