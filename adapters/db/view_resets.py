"""Resets for selling, each with the token that was made once more by it; and what a next one is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import String, cast, func, select

from adapters.db import tables as t
from adapters.db.reading_load import known_meters
from adapters.db.reset_rows import load_last_out, reset_of
from adapters.db.view import View
from adapters.db.view_sales import sold
from gateway.core.meter import MeterState
from gateway.core.outcome import Approved, recalled
from gateway.core.reset import AGAIN
from gateway.core.views_resets import ResetCase, ResetFacts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection

    from gateway.core.token import TokenDigits
    from gateway.core.views_resets import ResetFile

_z, _k, _s, _m, _c = t.sale_reset.c, t.command_key.c, t.sale.c, t.meter.c, t.customer.c

_CASES: Final = (
    select(t.sale_reset, _s.id.label("sale_id"), _k.content, _k.at_us.label("given_us"))
    .join(t.sale, _s.key == _z.payment)
    .outerjoin(t.command_key, _k.key == AGAIN + cast(_z.id, String))
    .order_by(_z.id)
)


def reset_cases(connection: Connection, which: ColumnElement[bool]) -> list[ResetCase]:
    """Read resets, the oldest first."""
    rows = connection.execute(_CASES.where(which))
    return [ResetCase(reset_of(row), row.sale_id, row.given_us, _token(row.content)) for row in rows]


def resets_of_sales(connection: Connection, payments: Iterable[str]) -> dict[str, list[ResetCase]]:
    """Read those of these payments, by their keys."""
    found: dict[str, list[ResetCase]] = {payment: [] for payment in payments}
    if found:
        for one in reset_cases(connection, _z.payment.in_(sorted(found))):
            found[one.reset.payment].append(one)
    return found


def sales_given_again(connection: Connection, digits: str) -> list[int]:
    """Find the sales whose tokens of a reset have these digits, or end with them; there are few resets."""
    content = func.substr(_k.content, 1)
    again = _CASES.with_only_columns(_s.id).order_by(None).where(_k.key.is_not(None))
    return list(connection.execute(again.where(content.contains(f'{digits}"'))).scalars())


def _token(content: str | None) -> TokenDigits | None:
    answer = None if content is None else recalled(content)
    return answer.token if isinstance(answer, Approved) else None


def _rows(connection: Connection, query: ResetFile) -> list[ResetCase]:
    if _facts(connection, query) is None:
        return []
    return reset_cases(connection, _z.pan == query.pan)[::-1]


def _count(connection: Connection, query: ResetFile) -> int:
    return len(_rows(connection, query))


def _facts(connection: Connection, query: ResetFile) -> ResetFacts | None:
    meter = select(_m.state, _c.branch).join(t.customer, _c.id == _m.customer_id).where(_m.pan == query.pan)
    row = connection.execute(meter).one_or_none()
    if row is None or query.branch not in {None, row.branch}:
        return None
    known = known_meters(connection, {query.pan})[query.pan]
    last = load_last_out(connection, [known]).get(query.pan)
    if last is not None and last.at_us < known.fitted_us:
        last = None
    sale = None if last is None else sold(connection, [last.sale_id]).get(last.sale_id)
    return ResetFacts(known, MeterState(row.state), last, sale)


RESET_FILE: Final = View(_rows, _count, _facts)
