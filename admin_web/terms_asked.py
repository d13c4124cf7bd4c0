"""What a request about the terms of a supply point would change: as it stands there, and as it will."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from admin_web.terms_words import NOW_AND_THEN, compared
from admin_web.words import msg
from gateway.core.timeline import moment_of
from gateway.core.views_points import SupplyPointFile
from gateway.office.terms_orders import AmendTermsOrder, WithdrawTermsOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.asked import Asked
    from admin_web.terms_words import Compared
    from gateway.office.orders import Order


#: Over what was planned, and what stays when it is withdrawn.
_AS_PLANNED: Final = (msg("As it was planned"), msg("As it stays"))


@dataclass(frozen=True, slots=True)
class TermsAsked:
    """A comparison under two heads, English sentences; ``is_stale`` where the point was changed meanwhile."""

    compared: Sequence[Compared] = ()
    heads: tuple[str, str] = NOW_AND_THEN
    is_stale: bool = False


async def terms_asked(asked: Asked, order: Order | None) -> TermsAsked | None:
    """Compare what is wanted with what is there; None for an order that is not about terms.

    Of a withdrawal: what would have been with what stays.
    """
    if not isinstance(order, AmendTermsOrder | WithdrawTermsOrder):
        return None
    question = SupplyPointFile(branch=asked.me.rights.branch, number=order.number)
    facts = await asked.office.views.totals(question)
    if facts is None or facts.row.point.version != order.version:
        return TermsAsked(is_stale=True)
    point = facts.row.point
    if isinstance(order, AmendTermsOrder):
        day = date.fromisoformat(order.day) if order.prorates else None
        rows = await compared(asked, point, order.terms, moment_of(order.begins_us), day)
        return TermsAsked(rows)
    if point.due is None:
        return TermsAsked(is_stale=True)
    planned = point.with_terms(point.due.terms)
    rows = await compared(asked, planned, point.terms, moment_of(point.due.begins_us))
    return TermsAsked(rows, _AS_PLANNED)
