"""Exceptions: what a person must look at, the newest first; by default those that are open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Heard, Said, State, Tone
from admin_web.diary_words import person
from admin_web.filters import ChoiceFilter, DayRange, TextFilter
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.order_words import reference_of
from admin_web.route import MenuItem, Right, Route
from admin_web.spans import begin_us, end_us
from admin_web.trade_words import taken_link
from admin_web.trouble_words import kind_choices, resolution_said, words_of_kind
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.timeline import moment_of
from gateway.core.trouble import Trouble
from gateway.core.views_watch import Exceptions

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen

OPEN: Final = State(msg("open"), Tone.WAITING)
CLOSED: Final = State(msg("closed"), Tone.QUIET)


def _question(chosen: Chosen) -> Exceptions:
    me, (first, last) = chosen.asked.me, chosen.range_of("day")
    return Exceptions(
        branch=me.rights.branch,
        open_only=chosen.text("state") == "open",
        kind=chosen.text("kind"),
        bank=chosen.text("bank"),
        begin_us=begin_us(first, me.zone),
        end_us=end_us(last, me.zone),
        after=None if chosen.after is None else int(chosen.after[0]),
        limit=chosen.limit,
    )


def _resolution(row: Trouble) -> Cell:
    return None if row.is_open else Said(resolution_said(row.resolution))


def bank_cell(bank: str) -> Cell:
    """Name a bank or counter, with its page; none where it concerns neither."""
    return taken_link(bank) if bank else None


EXCEPTIONS: Final = Listing[Trouble](
    name="exceptions",
    caption=msg("Exceptions"),
    empty=msg(
        "There is none of this kind: nothing waits for a person here. Closed ones can be looked for, too."
    ),
    columns=(
        Column("number", msg("No."), lambda row: row.id, "count"),
        Column("at", msg("When"), lambda row: moment_of(row.at_us), "moment"),
        Column("kind", msg("What happened"), lambda row: Said(words_of_kind(row.kind).name)),
        Column("bank", msg("Bank or counter"), lambda row: bank_cell(row.bank)),
        Column("reference", msg("Reference"), lambda row: Code(reference_of(row.key))),
        Column("state", msg("State"), lambda row: OPEN if row.is_open else CLOSED),
        Column("key", msg("Our key"), lambda row: Code(row.key), is_usual=False),
        Column("text", msg("Details"), lambda row: Heard(row.text), is_usual=False),
        Column("branch", msg("Branch"), lambda row: row.branch or None, is_usual=False),
        Column("resolution", msg("What became of it"), _resolution, is_usual=False),
        Column("by", msg("Closed by"), lambda row: person(row.resolved_by), is_usual=False),
    ),
    filters=(
        ChoiceFilter("state", msg("State"), (("open", msg("only open ones")),), usual="open"),
        ChoiceFilter("kind", msg("What happened"), kind_choices()),
        TextFilter("bank", msg("Code of the bank")),
        DayRange("day", msg("From day"), msg("To day")),
    ),
    source=Keyset(_question, lambda row: (row.id,)),
    href=lambda row: f"/exceptions/{row.id}",
)


async def exceptions(asked: Asked) -> Outcome:
    """Show them, with how many of each kind are open."""
    counts = await asked.office.views.totals(Exceptions(branch=asked.me.rights.branch))
    now = asked.office.now()
    kinds = [
        (one.kind, words_of_kind(one.kind).name, one.count, (now - moment_of(one.oldest_us)).days)
        for one in counts
    ]
    return await list_page(asked, EXCEPTIONS, "exceptions.html", kinds=kinds)


ROUTES: Final = (Route("GET", "/exceptions", Right(Function.EXCEPTIONS), exceptions),)
MENU: Final = (MenuItem(Function.EXCEPTIONS, msg("Exceptions"), "/exceptions"),)
