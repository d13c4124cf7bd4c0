"""Calls: each that was made over a line, how it ended and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount, Code, Counted, Said
from admin_web.filters import ChoiceFilter, DayRange, TextFilter
from admin_web.line_seen_words import CONTACT_WHYS, WELL, WORK_KINDS, at_second, contact_state
from admin_web.listing import LABEL, Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.pages.lines import SEES
from admin_web.route import MenuItem, Route
from admin_web.spans import begin_us, end_us
from admin_web.words import msg, msg_many
from gateway.core.authority import Function
from gateway.core.contact import ContactWhy
from gateway.core.line_work.work_kind import WorkKind
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_lines import CallRow, Calls, CallSums

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen

_GOOD, _BAD = "good", "bad"
_ENDS: Final = (
    (_GOOD, WELL),
    (_BAD, msg("it did not go well")),
    *((why.value, said) for why, said in CONTACT_WHYS.items()),
)
_KINDS: Final = tuple((kind.name.lower(), said) for kind, said in WORK_KINDS.items())
_CALLS: Final = msg_many("%(count)s call", "%(count)s calls")
_US: Final = 1_000_000


def seconds_of(chosen: Chosen) -> tuple[int | None, int | None]:
    """Give the days that were chosen as moments of the lines, both included."""
    first, last = chosen.range_of("day")
    begins, ends = begin_us(first, chosen.asked.me.zone), end_us(last, chosen.asked.me.zone)
    return None if begins is None else begins // _US, None if ends is None else ends // _US - 1


def _asked_for(chosen: Chosen) -> Calls:
    first_s, last_s = seconds_of(chosen)
    kind, end = chosen.text("kind"), chosen.text("end")
    return Calls(
        branch=chosen.asked.me.rights.branch,
        line=chosen.text("line"),
        kind=None if kind is None else WorkKind[kind.upper()],
        why=None if end in {None, _GOOD, _BAD} else ContactWhy(end),
        is_good={_GOOD: True, _BAD: False}.get(end or ""),
        first_s=first_s,
        last_s=last_s,
        after=None if chosen.after is None else int(chosen.after[0]),
        limit=chosen.limit,
    )


def columns_of(currency: str) -> tuple[Column[CallRow], ...]:
    """Give what is told of a call."""

    def cost(row: CallRow) -> Cell:
        return Amount(row.call.cost_minor, currency)

    return (
        Column("at", msg("Begun at"), lambda row: at_second(row.call.at_s), "moment"),
        Column("line", msg("Which line"), lambda row: Code(row.call.line)),
        Column("kind", msg("Purpose"), lambda row: Said(WORK_KINDS[row.call.kind])),
        Column("place", msg("Number or address"), lambda row: row.call.place or None),
        Column("bus", msg("Shared wire"), lambda row: row.call.bus or None, is_usual=False),
        Column("end", msg("How it ended"), lambda row: contact_state(row.call.why)),
        Column("meters", msg("Meters asked"), lambda row: row.call.meters, "count"),
        Column("read", msg("Of these read"), lambda row: row.call.read, "count"),
        Column("seconds", msg("Seconds"), lambda row: row.call.seconds, "count", is_usual=False),
        Column("minutes", msg("Minutes begun"), lambda row: -(-row.call.seconds // 60), "count"),
        Column("cost", msg("Cost"), cost, "amount"),
    )


def _sums(totals: tuple[CallSums, ...], currency: str) -> Sequence[Mapping[str, Cell]]:
    """Sum up by how calls ended, and all of them."""
    lines = [_line(contact_state(one.why), one, currency) for one in totals]
    if len(totals) < 2:  # noqa: PLR2004 - one line is the sum
        return lines
    names = ("calls", "minutes", "cost_minor", "meters", "read")
    whole = CallSums(None, *(sum(getattr(one, name) for one in totals) for name in names))
    return [*lines, _line(Said(msg("Total")), whole, currency)]


def _line(label: Cell, sums: CallSums, currency: str) -> Mapping[str, Cell]:
    return {
        LABEL: label,
        "line": Counted(*_CALLS, sums.calls),
        "meters": sums.meters,
        "read": sums.read,
        "minutes": sums.minutes,
        "cost": Amount(sums.cost_minor, currency),
    }


def _listing(currency: str) -> Listing[CallRow]:
    return Listing[CallRow](
        name="line-calls",
        caption=msg("Calls over lines"),
        empty=msg("No call is like this. Calls are made for schedules, for gaps, and for what is urgent."),
        columns=columns_of(currency),
        filters=(
            DayRange("day", msg("From day"), msg("To day"), usual=lambda asked: (asked.office.today(),) * 2,
                     may_be_open=True),
            TextFilter("line", msg("Which line"), TEXT_MAX),
            ChoiceFilter("end", msg("How it ended"), _ENDS),
            ChoiceFilter("kind", msg("Purpose"), _KINDS),
        ),
        source=Keyset(_asked_for, lambda row: (row.id,), lambda totals: _sums(totals, currency)),
    )  # fmt: skip


async def line_calls(asked: Asked) -> Outcome:
    """Show them, the newest first; by themselves those of today."""
    return await list_page(asked, _listing(asked.me.currency))


ROUTES: Final = (Route("GET", "/lines/calls", SEES, line_calls),)
MENU: Final = (MenuItem(Function.LINES, msg("Calls over lines"), "/lines/calls"),)
