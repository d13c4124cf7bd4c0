"""What happened to a customer, a meter or a bank, as lines of a timeline: sales, amendments, the diary."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from admin_web.amendment_words import AMENDMENT_KINDS, changes_said
from admin_web.cells import Amount, Code, Said, text_of
from admin_web.diary_changes import Telling
from admin_web.diary_details import detail_said
from admin_web.diary_words import what_was_done
from admin_web.file_words import sale_state
from admin_web.object_page import Happening, Related
from admin_web.order_words import reference_cell
from admin_web.trade_words import taken_by
from admin_web.words import msg
from gateway.core.amendment import Subject
from gateway.core.authority import Function
from gateway.core.diary import Action
from gateway.core.ledger import WATT_HOURS
from gateway.core.timeline import moment_of
from gateway.core.views_points import AMENDMENTS_SHOWN, Amendments
from gateway.core.views_sales import Sales
from gateway.core.views_staff import Diary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from admin_web.asked import Asked
    from gateway.core.diary import DiaryRow
    from gateway.core.views_points import AmendmentRow
    from gateway.core.views_sales import SoldSale

#: Sales and lines of the diary that a file shows; older ones stand in their own lists.
SHOWN: Final = 20

#: Lines that hold the letters of a name, of which those that name it are shown.
_LOOKED_AT: Final = 200

#: Lines of the diary among which a page looks for its thing: some weeks of a large office. All of them are
#: looked through by the diary's own page, to which a link leads.
_AMONG: Final = 20_000

#: What may stand around a name and makes another name of it: ``pay/east/r1`` is no part of ``pay/east/r12``.
_BEFORE: Final = r"(?<![\w/.-])"
_BEHIND: Final = r"(?![\w/-]|\.\w)"


@dataclass(frozen=True, slots=True)
class Told:
    """Lines of a timeline, and the list that has those which are left out (none: nothing is)."""

    lines: tuple[Happening, ...] = ()
    older: tuple[Related, ...] = ()


async def sold_to(
    asked: Asked, *, account_no: str | None = None, pan: str | None = None, bank: str | None = None
) -> Told:
    """Tell the newest sales of a customer, a meter or a bank; nothing to whoever may not see sales."""
    if not asked.me.rights.may(Function.SALES):
        return Told()
    branch = asked.me.rights.branch
    question = Sales(branch=branch, account_no=account_no, pan=pan, bank=bank, limit=SHOWN + 1)
    found = await asked.office.views.rows(question)
    asks_for = {"account_no": account_no, "pan": pan, "bank": bank}
    named = {name: text for name, text in asks_for.items() if text is not None}
    more = Related(msg("Older sales:"), Said(msg("all of them")), f"/sales?{urlencode(named)}&day_from=")
    return Told(tuple(_lines_of(asked, found[:SHOWN])), (more,) if len(found) > SHOWN else ())


def _lines_of(asked: Asked, sales: Iterable[SoldSale]) -> Iterable[Happening]:
    """Tell each sale twice: the money that came, and the energy that it bought."""
    for sale in sales:
        at, path = moment_of(sale.at_us), f"/sales/{sale.id}"
        by = text_of(taken_by(sale.bank), asked.words, asked.shown)
        yield Happening(
            at, "money", msg("Paid"), reference_cell(sale) or Code(str(sale.receipt_no)),
            Amount(sale.tender_minor, sale.currency, sale.id), by, path,
        )  # fmt: skip
        yield Happening(
            at, "energy", sale_state(sale).sentence,
            Code(f"**** {sale.token_end}") if sale.is_token_out else None,
            Amount(sale.energy_wh, WATT_HOURS, sale.id), "", path,
        )  # fmt: skip


async def amended(asked: Asked, subject: Subject, number: str) -> Told:
    """Tell the newest amendments of a file; nothing to whoever may not see the files."""
    if not asked.me.rights.may(Function.CUSTOMERS):
        return Told()
    branch = asked.me.rights.branch
    question = Amendments(branch=branch, subject=subject, numbers=(number,), limit=AMENDMENTS_SHOWN + 1)
    rows = await asked.office.views.rows(question)
    return amendments_told(asked, rows[:AMENDMENTS_SHOWN], number, is_cut=len(rows) > AMENDMENTS_SHOWN)


def amendments_told(asked: Asked, rows: Iterable[AmendmentRow], number: str, *, is_cut: bool) -> Told:
    """Tell amendments, each with what was and is, and why; and where those stand that are left out."""
    telling = Telling(asked.words, asked.shown, asked.me.currency)
    path = f"/amendments?{urlencode({'number': number})}"
    more = Related(msg("Older lines:"), Said(msg("the amendments")), path)
    return Told(tuple(_amendment_line(row, telling) for row in rows), (more,) if is_cut else ())


def _amendment_line(row: AmendmentRow, telling: Telling) -> Happening:
    one = row.amendment
    said = changes_said(one, telling)
    # An installer's reason is his note, and so may be that of a card: it is told already.
    # That of an order over a line is why it stands so, or stands with its first line.
    is_told = one.subject in {Subject.METER, Subject.REMOTE_ORDER}
    is_noted = is_told or (one.subject is Subject.CARD and one.reason in said)
    if one.reason and not is_noted:
        label = telling.words.say(msg("Reason"))
        said = f"{said}; {label}: {one.reason}"
    return Happening(moment_of(row.at_us), "file", AMENDMENT_KINDS[one.kind], said or None, by=one.by)


async def noted_about(asked: Asked, name: str) -> Told:
    """Tell the newest lines of the diary that name something; nothing to whoever may not read it."""
    if not asked.me.rights.may(Function.DIARY):
        return Told()
    # The database finds the letters; only a whole name counts, so it is asked for more than is shown.
    question = Diary(branch=asked.me.rights.branch, text=name, newest=_AMONG, limit=_LOOKED_AT)
    rows = await asked.office.views.rows(question)
    about = [row for row in rows if _is_about(row, name)]
    telling = Telling(asked.words, asked.shown, asked.me.currency)
    more = Related(msg("Older lines:"), Said(msg("the diary")), f"/diary?{urlencode({'text': name})}")
    is_cut = len(about) > SHOWN or len(rows) == _LOOKED_AT or await _is_long(asked)
    return Told(tuple(_line_of(row, telling) for row in about[:SHOWN]), (more,) if is_cut else ())


async def _is_long(asked: Asked) -> bool:
    """Has the diary lines among which nothing was looked for?"""
    newest = await asked.office.views.rows(Diary(limit=1))
    return bool(newest) and newest[0].id > _AMONG


def names(text: str, name: str) -> bool:
    """Does a text name it, and not just something whose name has it as a part?

    >>> names("2 credit_overdue pay/east/r1", "pay/east/r1"), names("pay/east/r12", "pay/east/r1")
    (True, False)
    """
    return re.search(f"{_BEFORE}{re.escape(name)}{_BEHIND}", text) is not None


def _is_about(row: DiaryRow, name: str) -> bool:
    """Does a line name it, or its page, which was printed?"""
    is_page = row.action == Action.PRINT.value and name in row.subject.split("/")
    return is_page or names(row.subject, name) or names(row.detail, name)


def _line_of(row: DiaryRow, telling: Telling) -> Happening:
    said = what_was_done(row, telling.words)
    return Happening(moment_of(row.at_us), "audit", said, detail_said(row, telling) or None, by=row.actor)
