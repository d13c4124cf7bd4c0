"""How every bank stands, and what it did in a business day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, case, func, or_, select

from adapters.db import tables as t
from adapters.db.day_figures import summed
from adapters.db.day_range import id_range
from adapters.db.view import View
from gateway.core import chart
from gateway.core.bank_day import Counted
from gateway.core.ledger import EntryKind
from gateway.core.views_watch import BankStanding

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.core.views_watch import Banks

_s, _e, _a = t.sale.c, t.entry.c, t.account.c

_BALANCES: Final = select(_a.code, _a.unit, _a.balance).where(
    or_(*(_a.code.startswith(f"{prefix}:") for prefix in ("BANK", "FLOAT", "CLAIM")))
)
_PAYS: Final = _e.kind.in_([EntryKind.SALE.value, EntryKind.HOLD.value])
#: A void names the sale that it gives back, and a claim the one that is in dispute.
_KINDS: Final = (
    _PAYS,
    _e.kind.in_([EntryKind.VOID.value, EntryKind.REVERSE.value]),
    _e.kind == EntryKind.CLAIM.value,
)
_MOVED: Final = (
    select(
        _s.bank,
        _s.currency,
        *(summed(case((kind, figure), else_=0)) for kind in _KINDS for figure in (1, _s.tender_minor)),
        summed(case((_PAYS, _s.energy_wh), else_=0)),
    )
    .join(t.entry, _e.sale_id == _s.id)
    .where(_e.id >= bindparam("begin"), _e.id < bindparam("end"), _e.business_date == bindparam("day"))
    .group_by(_s.bank, _s.currency)
)
_LAST: Final = select(func.max(_s.at_us)).where(
    _s.bank == bindparam("bank"), _s.currency == bindparam("unit")
)
_NOTHING: Final = (0,) * 7


def _standings(connection: Connection, query: Banks) -> list[BankStanding]:
    balances = {(code, unit): balance for code, unit, balance in connection.execute(_BALANCES)}
    begin, end = id_range(connection, query.day, query.day)
    asked = {"begin": begin, "end": end, "day": query.day.isoformat()}
    moved = {(bank, unit): tuple(sums) for bank, unit, *sums in connection.execute(_MOVED, asked)}
    places = sorted({(code.partition(":")[2], unit) for code, unit in balances})
    return [_standing(connection, place, balances, moved.get(place, _NOTHING)) for place in places]


def _standing(
    connection: Connection,
    place: tuple[str, str],
    balances: dict[tuple[str, str], int],
    moved: tuple[int, ...],
) -> BankStanding:
    bank, unit = place
    paid, paid_minor, void, void_minor, claimed, claimed_minor, energy_wh = moved
    last_us: int | None = connection.execute(_LAST, {"bank": bank, "unit": unit}).scalar_one()
    return BankStanding(
        bank=bank,
        currency=unit,
        covers_minor=-balances.get((chart.bank_float(bank), unit), 0),
        owed_minor=balances.get((chart.bank(bank), unit), 0),
        claimed_minor=balances.get((chart.claim(bank), unit), 0),
        payments=Counted(paid, paid_minor),
        reversals=Counted(void, void_minor),
        claims=Counted(claimed, claimed_minor),
        energy_wh=energy_wh,
        last_payment_us=last_us,
    )


def _count(connection: Connection, query: Banks) -> int:
    return len(_standings(connection, query))


def _nothing(_connection: Connection, _query: Banks) -> None:
    """Answer: banks of several currencies sum up to nothing."""


BANKS: Final = View(_standings, _count, _nothing)
