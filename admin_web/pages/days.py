"""Business days: which are closed, and what was decided when each was closed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.cells import Amount, Code, Link, State, Tone
from admin_web.file_timeline import Told, noted_about
from admin_web.filters import ChoiceFilter
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.object_page import Fact, Happening, Related, Thing, object_page
from admin_web.route import MenuItem, Right, Route
from admin_web.spans import day_of
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.closed_day import AccountSums
from gateway.core.timeline import moment_of
from gateway.core.views import BusinessDay, DayClose, Days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen
    from gateway.core.closed_day import Carried

_SEES: Final = Right(Function.DAYS, of_all=True)

OPEN: Final = State(msg("not closed yet"), Tone.WAITING)
CLOSED: Final = State(msg("closed"), Tone.GOOD)


def _closed_at(row: BusinessDay) -> Cell:
    return None if row.closed_at_us is None else moment_of(row.closed_at_us)


def _days_of(chosen: Chosen) -> Days:
    state = chosen.text("state")
    return Days(
        until=None if chosen.after is None else date.fromisoformat(chosen.after[0]) - timedelta(days=1),
        limit=chosen.limit,
        is_closed=None if state is None else state == "closed",
    )


DAYS: Final = Listing[BusinessDay](
    name="days",
    caption=msg("Business days"),
    empty=msg("No day fits. A day stands here as soon as something is booked in it."),
    columns=(
        Column("day", msg("Business day"), lambda row: date.fromisoformat(row.day), "day"),
        Column("state", msg("State"), lambda row: OPEN if row.closed_at_us is None else CLOSED),
        Column("postings", msg("Postings"), lambda row: row.postings, "count"),
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
    source=Keyset(_days_of, lambda row: (row.day,)),
    href=lambda row: f"/days/{row.day}",
)


def _accounts_of(chosen: Chosen) -> DayClose:
    after = None if chosen.after is None else (str(chosen.after[0]), str(chosen.after[1]))
    return DayClose(date.fromisoformat(chosen.asked.places["day"]), after, chosen.limit)


def _account(row: AccountSums, day: str) -> Cell:
    return Link(Code(row.code), f"/ledger/{row.code}/{row.unit}?day_from={day}&day_to={day}")


def at_close(day: str) -> Listing[AccountSums]:
    """Declare the list of the accounts at the close of a day."""
    return Listing[AccountSums](
        name="accounts-at-close",
        caption=msg("Accounts at the close"),
        empty=msg("No account had figures on this day."),
        columns=(
            Column("account", msg("Account"), lambda row: _account(row, day)),
            Column("unit", msg("Unit"), lambda row: row.unit, is_usual=False),
            Column("opening", msg("Opening"), lambda row: Amount(row.opening, row.unit), "amount"),
            Column("debit", msg("Debit"), lambda row: Amount(row.debit, row.unit), "amount"),
            Column("credit", msg("Credit"), lambda row: Amount(row.credit, row.unit), "amount"),
            Column("closing", msg("Closing"), lambda row: Amount(row.closing, row.unit), "amount"),
        ),
        source=Keyset(_accounts_of, lambda row: row.place),
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
    told = await _told(asked, row)
    thing = Thing(
        kind=msg("Business day"),
        title=row.day,
        facts=tuple(facts),
        state=OPEN if closed is None else CLOSED,
        timeline=told.lines,
        older=told.older,
        related=tuple(_related(row)),
        raw={**asdict(row), "closed": None if closed is None else asdict(closed)},
    )
    crumbs = ((asked.words.say(msg("Business days")), "/days"),)
    if closed is None:
        return object_page(asked, thing, crumbs, "day.html", view=None)
    title = f"{asked.words.say(thing.kind)} {thing.title}"
    carried = [_carried(one) for one in closed.carried]
    return await list_page(
        asked, at_close(row.day), "day.html", title=title, crumbs=crumbs, thing=thing, carried=carried
    )


async def _told(asked: Asked, row: BusinessDay) -> Told:
    """Tell the close, which is no order of a person, and who took the day's figures away or printed them."""
    noted = await noted_about(asked, f"/days/{row.day}")
    if row.closed_at_us is None:
        return noted
    position = Code(str(row.last_position))
    closed = Happening(moment_of(row.closed_at_us), "money", msg("Closed, up to entry"), position)
    return Told((*noted.lines, closed), noted.older)


def _related(row: BusinessDay) -> Iterator[Related]:
    day = date.fromisoformat(row.day)
    of_day = f"day_from={row.day}&day_to={row.day}"
    yield Related(msg("Sales of the day"), day, f"/sales?{of_day}")
    yield Related(msg("Diary of the day"), day, f"/diary?{of_day}")
    if row.last_position is not None:
        yield Related(msg("Last entry"), Code(str(row.last_position)), f"/entries/at/{row.last_position}")


async def _found(asked: Asked) -> BusinessDay:
    wanted = day_of(asked.places["day"])
    if wanted is None:
        raise NotThere
    rows = await asked.office.views.rows(Days(until=wanted, limit=1))
    if not rows or rows[0].day != wanted.isoformat():
        raise NotThere
    return rows[0]


def _carried(one: Carried) -> tuple[Cell, ...]:
    return (Code(one.code), one.count, Amount(one.amount, one.unit))


ROUTES: Final = (
    Route("GET", "/days", _SEES, days),
    Route("GET", "/days/<day>", _SEES, day),
)
MENU: Final = (MenuItem(Function.DAYS, msg("Business days"), "/days", of_all=True),)
