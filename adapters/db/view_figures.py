"""The figures of one business day: the trial balance, and what a bank did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select

from adapters.db import tables as t
from adapters.db.day_figures import summed, sums_of
from adapters.db.day_range import id_range
from adapters.db.entry_id import NO_END
from adapters.db.view import View
from gateway.core.bank_day import BankMove, accounts_of, bank_days
from gateway.core.views import UnitTotals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from gateway.core.bank_day import BankDay
    from gateway.core.closed_day import AccountSums
    from gateway.core.views import DayTotals, TrialBalance

_d, _a, _e, _p = t.account_day.c, t.account.c, t.entry.c, t.posting.c

_POSTINGS = (
    select(summed(_d.postings))
    .join(t.account, _a.id == _d.account_id)
    .where(_d.business_date == bindparam("day"), _a.code.in_(bindparam("codes", expanding=True)))
)
_MOVES = (
    select(_e.kind, _a.code, _a.unit, func.count(), summed(_p.amount))
    .join(t.posting, _p.entry_id == _e.id)
    .join(t.account, _a.id == _p.account_id)
    .where(_e.business_date == bindparam("day"), _a.code.in_(bindparam("codes", expanding=True)))
    .where(_e.id >= bindparam("begin"), _e.id < bindparam("end"))
    .where(_p.entry_id >= bindparam("begin"), _p.entry_id < bindparam("end"))
    .group_by(_e.kind, _a.code, _a.unit)
)


def _accounts(connection: Connection, query: TrialBalance) -> Sequence[AccountSums]:
    return sums_of(connection, query.day.isoformat())


def _account_count(connection: Connection, query: TrialBalance) -> int:
    return len(_accounts(connection, query))


def _units(connection: Connection, query: TrialBalance) -> tuple[UnitTotals, ...]:
    found = _accounts(connection, query)
    totals = []
    for unit in sorted({one.unit for one in found}):
        mine = [one for one in found if one.unit == unit]
        opening, debit, credit = (
            sum(one.opening for one in mine),
            sum(one.debit for one in mine),
            sum(one.credit for one in mine),
        )
        totals.append(UnitTotals(unit, opening, debit, credit, opening + debit - credit))
    return tuple(totals)


def _move_count(connection: Connection, query: DayTotals) -> int:
    asked = {"day": query.day.isoformat(), "codes": accounts_of(query.bank)}
    return connection.execute(_POSTINGS, asked).scalar_one()


def _moves(connection: Connection, query: DayTotals) -> list[BankMove]:
    wanted, found = _move_count(connection, query), list[BankMove]()
    if wanted:
        found = _moves_within(connection, query, *id_range(connection, query.day, query.day))
    if sum(move.count for move in found) != wanted:
        # The day's sums know of more: a clock was set back, and the ids lie elsewhere.
        found = _moves_within(connection, query, 0, NO_END)
    return sorted(found, key=lambda move: (move.account, move.unit, move.kind))


def _moves_within(connection: Connection, query: DayTotals, begin: int, end: int) -> list[BankMove]:
    asked = {"day": query.day.isoformat(), "codes": accounts_of(query.bank), "begin": begin, "end": end}
    return [BankMove(*row) for row in connection.execute(_MOVES, asked)]


def _bank_days(connection: Connection, query: DayTotals) -> tuple[BankDay, ...]:
    day = query.day.isoformat()
    return bank_days(query.bank, day, _moves(connection, query), sums_of(connection, day))


TRIAL_BALANCE: Final = View(_accounts, _account_count, _units)
DAY_TOTALS: Final = View(_moves, _move_count, _bank_days)
