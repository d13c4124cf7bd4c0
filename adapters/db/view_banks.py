"""How every bank stands, and what it did in a business day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, case, func, select

from adapters.db import tables as t
from adapters.db.day_figures import summed
from adapters.db.day_range import id_range
from adapters.db.entry_id import first_id_at
from adapters.db.journal_head import newest_link
from adapters.db.sale_choice import accounts_of_banks
from adapters.db.view import View
from gateway.core import chart
from gateway.core.bank_day import Counted
from gateway.core.ledger import EntryKind
from gateway.core.views_watch import BankStanding

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.core.views_watch import Banks

    Place = tuple[str, str]  # a bank and a currency

#: How far is looked back for a bank's newest payment: a bank that is silent for so long needs no moment.
SILENT_DAYS_MAX: Final = 31

_DAY_US: Final = 24 * 3_600 * 1_000_000

_s, _e = t.sale.c, t.entry.c

_PAYS: Final = _e.kind.in_([EntryKind.SALE.value, EntryKind.HOLD.value])
#: A void names the sale that it gives back; a claim, and its end, the one that is or was in dispute.
_KINDS: Final = (
    _PAYS,
    _e.kind.in_([EntryKind.VOID.value, EntryKind.REVERSE.value]),
    _e.kind == EntryKind.CLAIM.value,
    _e.kind == EntryKind.CLAIM_UPHELD.value,
    _e.kind == EntryKind.CLAIM_CONCEDED.value,
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
#: The newest sale of each bank since some id.
_NEWEST: Final = (
    select(_s.bank, _s.currency, func.max(_s.id))
    .where(_s.id >= bindparam("since"))
    .group_by(_s.bank, _s.currency)
)
_MOMENTS: Final = select(_s.id, _s.at_us).where(_s.id.in_(bindparam("ids", expanding=True)))
_NOTHING: Final = (0,) * (2 * len(_KINDS) + 1)


def _standings(connection: Connection, query: Banks) -> list[BankStanding]:
    balances = {(code, unit): balance for code, unit, balance in accounts_of_banks(connection)}
    begin, end = id_range(connection, query.day, query.day)
    asked = {"begin": begin, "end": end, "day": query.day.isoformat()}
    moved = {(bank, unit): tuple(sums) for bank, unit, *sums in connection.execute(_MOVED, asked)}
    places = sorted({(code.partition(":")[2], unit) for code, unit in balances})
    last_us = _last_payments(connection, set(places))
    return [_standing(place, balances, moved.get(place, _NOTHING), last_us.get(place)) for place in places]


def _last_payments(connection: Connection, places: set[Place]) -> dict[Place, int]:
    """Say when each bank sold last: most did in the last day, and only for the others is looked further."""
    head = newest_link(connection)
    found: dict[Place, int] = {}
    for back_us in (_DAY_US, SILENT_DAYS_MAX * _DAY_US):
        if head is not None and places - found.keys():
            since = head.last_id - first_id_at(back_us)
            rows = connection.execute(_NEWEST, {"since": since})
            found |= {(bank, unit): id_ for bank, unit, id_ in rows}
    moments = {row.id: row.at_us for row in connection.execute(_MOMENTS, {"ids": list(found.values())})}
    return {place: moments[id_] for place, id_ in found.items()}


def _standing(
    place: Place, balances: dict[Place, int], moved: tuple[int, ...], last_us: int | None
) -> BankStanding:
    bank, unit = place
    *pairs, energy_wh = moved
    payments, reversals, claims, upheld, conceded = map(Counted, pairs[::2], pairs[1::2])
    return BankStanding(
        bank=bank,
        currency=unit,
        covers_minor=-balances.get((chart.bank_float(bank), unit), 0),
        owed_minor=balances.get((chart.bank(bank), unit), 0),
        claimed_minor=balances.get((chart.claim(bank), unit), 0),
        payments=payments,
        reversals=reversals,
        claims=claims,
        upheld=upheld,
        conceded=conceded,
        energy_wh=energy_wh,
        last_payment_us=last_us,
    )


def _count(connection: Connection, query: Banks) -> int:
    return len(_standings(connection, query))


def _nothing(_connection: Connection, _query: Banks) -> None:
    """Answer: banks of several currencies sum up to nothing."""


BANKS: Final = View(_standings, _count, _nothing)
