"""Amendments as rows and values, and which of them a branch sees: of its customers, and of the network.

Of a meter and of a card only what was done where it is now: before that it may have been another branch's.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String, and_, cast, literal, or_, select

from adapters.db import tables as t
from gateway.core.amendment import Amendment, AmendmentKind, Subject
from gateway.core.views_points import AmendmentRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row, Select

_p, _c, _a, _f = t.supply_point.c, t.customer.c, t.amendment.c, t.fitting.c
_k, _o = t.card.c, t.card_order.c

#: How the row of a fitting names the supply point where the meter is now.
_POINT: Final = literal('"point":"') + _f.point + literal('"')
#: How the row of a card names who has it, and where it lies.
_HOLDER: Final = literal('"account_no":"') + _k.account_no + literal('"')
_PLACE: Final = literal('"branch":"') + _k.branch + literal('"')

#: What is the whole utility's, so that every branch sees what becomes of it.
_OF_ALL: Final = tuple(
    one.value for one in (Subject.NETWORK, Subject.GROUP, Subject.SCHEDULE, Subject.TIMETABLE)
)

#: What a row tells of where its thing is.
_WHERE: Final = {Subject.METER: ("point",), Subject.CARD: ("account_no", "branch")}


def amendment_of(row: Row[Any], *, is_cut: bool = False) -> AmendmentRow:
    """Read one; ``is_cut``: without where the thing was before, which was perhaps somebody else's."""
    one = Amendment(
        subject=Subject(row.subject),
        number=row.number,
        version=row.version,
        kind=AmendmentKind(row.kind),
        before=row.row_before,
        after=row.row_after,
        by=row.actor,
        reason=row.reason,
        entry_id=row.entry_id,
    )
    return AmendmentRow(row.id, row.at_us, _without_former_place(one) if is_cut else one, row.link)


def _without_former_place(one: Amendment) -> Amendment:
    names = _WHERE.get(one.subject, ())
    if not names or not one.before:
        return one
    before, after = json.loads(one.before), json.loads(one.after)
    is_same = all(before[name] == after[name] for name in names)
    return one if is_same else replace(one, before="")


def of_branch(branch: str) -> ColumnElement[bool]:
    """What holds for an amendment that a branch sees."""
    accounts = select(_c.account_no).where(_c.branch == branch)
    points = select(_p.number).where(_p.account_no.in_(accounts))
    here = (
        select(_f.pan)
        .join(t.supply_point, _p.number == _f.point)
        .where(_f.pan == _a.number, _p.account_no.in_(accounts), _a.row_after.contains(_POINT))
        .correlate(t.amendment)
    )
    purchases = select(cast(_o.id, String)).where(_o.account_no.in_(accounts))
    return or_(
        and_(_a.subject == Subject.CUSTOMER.value, _a.number.in_(accounts)),
        and_(_a.subject == Subject.POINT.value, _a.number.in_(points)),
        and_(_a.subject == Subject.METER.value, here.exists()),
        and_(_a.subject == Subject.CARD.value, of_card_in(branch)),
        and_(_a.subject == Subject.CARD_ORDER.value, _a.number.in_(purchases)),
        and_(_a.subject == Subject.WAY.value, _a.number.in_(_meters_of(accounts))),
        and_(_a.subject == Subject.REMOTE_ORDER.value, _a.number.in_(_remote_of(accounts))),
        _a.subject.in_(_OF_ALL),
    )


def _meters_of(accounts: Select[Any]) -> Select[Any]:
    """Select the meters that these customers have now."""
    return select(_p.pan).where(_p.account_no.in_(accounts), _p.pan != "")


def _remote_of(accounts: Select[Any]) -> Select[Any]:
    """Select the remote orders of these customers."""
    r = t.remote_order.c
    return select(cast(r.id, String)).where(r.account_no.in_(accounts))


def of_card_in(branch: str) -> ColumnElement[bool]:
    """What holds for an amendment of a card that was made while it was with this customer, or lay here."""
    is_here = and_(_k.serial == _a.number, _a.row_after.contains(_HOLDER))
    held = (
        select(_k.serial)
        .select_from(t.card)
        .join(t.customer, _c.account_no == _k.account_no)
        .where(is_here, _c.branch == branch)
    )
    lying = select(_k.serial).where(
        is_here, _k.account_no == "", _k.branch == branch, _a.row_after.contains(_PLACE)
    )
    return or_(held.correlate(t.amendment).exists(), lying.correlate(t.amendment).exists())
