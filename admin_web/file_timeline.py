"""What happened to a customer or a meter, as lines of a timeline: sales, and what the diary has of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount, Code
from admin_web.diary_changes import Telling
from admin_web.diary_details import detail_said
from admin_web.file_words import SALE_STATES
from admin_web.object_page import Happening
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.diary import Action
from gateway.core.ledger import WATT_HOURS
from gateway.core.timeline import moment_of
from gateway.core.views_sales import Sales
from gateway.core.views_staff import Diary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from admin_web.asked import Asked
    from gateway.core.diary import DiaryRow
    from gateway.core.views_sales import SoldSale

#: Sales and lines of the diary that a file shows; older ones stand in their own lists.
SHOWN: Final = 20

_ACTIONS: Final[Mapping[str, str]] = {
    Action.CHANGE.value: msg("Changed"),
    Action.ORDER.value: msg("Ordered"),
    Action.ASK.value: msg("Asked for a second person"),
    Action.APPROVE.value: msg("Approved"),
    Action.REFUSE.value: msg("Refused"),
    Action.WITHDRAW.value: msg("Withdrawn"),
    Action.SHOW.value: msg("Shown"),
    Action.PRINT.value: msg("Printed"),
    Action.EXPORT.value: msg("Taken away as a file"),
}


async def sold_to(
    asked: Asked, *, account_no: str | None = None, pan: str | None = None
) -> tuple[Happening, ...]:
    """Tell the newest sales of a customer or a meter; nothing to whoever may not see sales."""
    if not asked.me.rights.may(Function.SALES):
        return ()
    question = Sales(branch=asked.me.rights.branch, account_no=account_no, pan=pan, limit=SHOWN)
    return tuple(_lines_of(await asked.office.views.rows(question)))


def _lines_of(sales: Iterable[SoldSale]) -> Iterable[Happening]:
    """Tell each sale twice: the money that came, and the energy that it bought."""
    for sale in sales:
        at, path = moment_of(sale.at_us), f"/sales/{sale.id}"
        yield Happening(
            at, "money", msg("Paid"), Code(sale.key),
            Amount(sale.tender_minor, sale.currency, sale.id), sale.bank, path,
        )  # fmt: skip
        yield Happening(
            at, "energy", SALE_STATES[sale.state].sentence,
            Code(f"**** {sale.token_end}") if sale.is_token_out else None,
            Amount(sale.energy_wh, WATT_HOURS), "", path,
        )  # fmt: skip


async def noted_about(asked: Asked, name: str) -> tuple[Happening, ...]:
    """Tell the newest lines of the diary that name something; nothing to whoever may not read it."""
    if not asked.me.rights.may(Function.DIARY):
        return ()
    rows = await asked.office.views.rows(Diary(branch=asked.me.rights.branch, text=name, limit=SHOWN))
    telling = Telling(asked.words, asked.shown, asked.me.currency)
    return tuple(_line_of(row, telling) for row in rows)


def _line_of(row: DiaryRow, telling: Telling) -> Happening:
    said = _ACTIONS.get(row.action, row.action)
    return Happening(moment_of(row.at_us), "audit", said, detail_said(row, telling) or None, by=row.actor)
