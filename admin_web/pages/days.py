"""Business days: which are closed, and what was decided when each was closed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.cells import Amount, Code, Link, State, Tone
from admin_web.filters import ChoiceFilter
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Whole
from admin_web.object_page import Fact, Thing, object_page
from admin_web.route import MenuItem, Right, Route
from admin_web.spans import day_of
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.timeline import moment_of
from gateway.core.views import BusinessDay, DayClose, Days

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen
    from gateway.core.closed_day import AccountSums, Carried

_SEES: Final = Right(Function.DAYS, of_all=True)

OPEN: Final = State(msg("not closed yet"), Tone.WAITING)
CLOSED: Final = State(msg("closed"), Tone.GOOD)


def _closed_at(row: BusinessDay) -> Cell:
    return None if row.closed_at_us is None else moment_of(row.closed_at_us)


def _is_wanted(row: BusinessDay, chosen: Chosen) -> bool:
    state = chosen.text("state")
    return state is None or (row.closed_at_us is not None) is (state == "closed")


DAYS: Final = Listing[BusinessDay](
    name="days",
    caption=msg("Business days"),
    empty=msg("No day fits. A day stands here as soon as something is booked in it."),
    columns=(
        Column("day", msg("Business day"), lambda row: date.fromisoformat(row.day), "day", is_sortable=True),
        Column("state", msg("State"), lambda row: OPEN if row.closed_at_us is None else CLOSED),
        Column("postings", msg("Postings"), lambda row: row.postings, "count", is_sortable=True),
        Column("closed", msg("Closed at"), _closed_at, "moment"),
        Column("position", msg("Last entry"), lambda row: row.last_position, "count", is_usual=False),
        Column(
            "checksum",
            msg("Checksum"),
            lambda row: Code(row.checksum) if row.checksum else None,
            is_usual=False,
        ),
    ),
    filters=(ChoiceFilter("state", msg("State"), (("open", OPEN.sentence), ("closed", CLOSED.sentence))),),
    source=Whole(lambda _: Days(), keep=_is_wanted),
    order=Order("day", is_descending=True),
    href=lambda row: f"/days/{row.day}",
)


async def days(asked: Asked) -> Outcome:
    """Show them, the newest first."""
    return await list_page(asked, DAYS)


async def day(asked: Asked) -> Outcome:
    """Show a day's close, or that it is open; NotThere for a day in which nothing was booked."""
    row = await _found(asked)
    closed = await asked.office.views.totals(DayClose(date.fromisoformat(row.day)))
    facts = [
        Fact(msg("Business day"), date.fromisoformat(row.day)),
        Fact(msg("Postings"), row.postings),
        Fact(msg("Closed at"), _closed_at(row)),
    ]
    if closed is not None:
        facts += [
            Fact(msg("Entries"), closed.entries),
            Fact(msg("Last entry"), closed.last_position),
            Fact(msg("Checksum"), Code(closed.checksum)),
        ]
    thing = Thing(msg("Business day"), row.day, tuple(facts), OPEN if closed is None else CLOSED)
    return object_page(
        asked,
        thing,
        ((asked.words.say(msg("Business days")), "/days"),),
        "day.html",
        is_closed=closed is not None,
        accounts=() if closed is None else [_account(one, row.day) for one in closed.accounts],
        carried=() if closed is None else [_carried(one) for one in closed.carried],
    )


async def _found(asked: Asked) -> BusinessDay:
    wanted = day_of(asked.places["day"])
    if wanted is None:
        raise NotThere
    rows = await asked.office.views.rows(Days(until=wanted, limit=1))
    if not rows or rows[0].day != wanted.isoformat():
        raise NotThere
    return rows[0]


def _account(one: AccountSums, day: str) -> tuple[Cell, ...]:
    path = f"/ledger/{one.code}/{one.unit}?day_from={day}&day_to={day}"
    figures = (one.opening, one.debit, one.credit, one.closing)
    return (Link(Code(one.code), path), *(Amount(figure, one.unit) for figure in figures))


def _carried(one: Carried) -> tuple[Cell, ...]:
    return (Code(one.code), one.count, Amount(one.amount, one.unit))


ROUTES: Final = (
    Route("GET", "/days", _SEES, days),
    Route("GET", "/days/<day>", _SEES, day),
)
MENU: Final = (MenuItem(Function.DAYS, msg("Business days"), "/days", of_all=True),)
