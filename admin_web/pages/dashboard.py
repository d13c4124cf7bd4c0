"""The overview: the day at a glance, what waits for somebody, and that the gateway is well.

The page asks for its figures again by itself while it is seen; that keeps nobody's session alive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from admin_web.answers import NotThere, Page, Redirect
from admin_web.cells import Amount, State, Tone
from admin_web.charts import Chart, Series
from admin_web.check_words import check_name, said_of
from admin_web.deciding import waiting
from admin_web.hour_bars import bars_of, table_of
from admin_web.pages.requests import waiting_seen
from admin_web.route import SIGNED_IN, MenuItem, Right, Route
from admin_web.trade_words import taken_by, trouble_kind
from admin_web.words import msg
from gateway.core import chart
from gateway.core.authority import Function
from gateway.core.ledger import WATT_HOURS
from gateway.core.sale import SaleState
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_ledger import AccountDays
from gateway.core.views_watch import Dashboard
from gateway.endpoints.health import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from gateway.core.views_watch import ChannelFigures, DayFacts

STANDINGS: Final = {
    Standing.OK: State(msg("well"), Tone.GOOD),
    Standing.DEGRADED: State(msg("not quite well"), Tone.WAITING),
    Standing.FAILING: State(msg("failing"), Tone.BAD),
}

#: Business days of the overview's chart: a month, as prices and salaries go.
_DAYS: Final = 30

_OVERVIEW: Final = Right(Function.DASHBOARD)


@dataclass(frozen=True, slots=True)
class Channel:
    """What a bank sold today, as its line shows it; what was reversed, is disputed or lost does not stand."""

    by: Cell
    path: str
    count: int
    paid: Amount
    energy: Amount
    undone: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many there are of something, since when the oldest, and where they stand."""

    label: str
    count: int
    path: str
    oldest: datetime | None = None


async def first_page(asked: Asked) -> Outcome:
    """Show the overview to whoever may see it; lead anybody else to the first line of her menu.

    NotThere where her roles grant nothing at all.
    """
    if asked.me.rights.may(Function.DASHBOARD):
        values = {**await _figures(asked), "charts": await _charts(asked)}
        return Page("dashboard.html", {"title": asked.words.say(msg("Overview")), "crumbs": (), **values})
    lines = [line for group in asked.menu for line in group.lines]
    if not lines:
        raise NotThere
    return Redirect(lines[0].path)


async def _charts(asked: Asked) -> Sequence[Chart]:
    """Draw the energy sold in the last month, day by day; of one branch the ledger does not tell it."""
    if asked.me.rights.branch is not None:
        return ()
    last = asked.office.today()
    days = [last - timedelta(days=back) for back in range(_DAYS - 1, -1, -1)]
    question = AccountDays(chart.ENERGY_SOLD, WATT_HOURS, days[0], last)
    sold = {one.day: one.credit - one.debit for one in await asked.office.views.rows(question)}
    if not sold:
        return ()
    line = Series(msg("Energy sold"), tuple(Amount(sold.get(day, 0), WATT_HOURS) for day in days))
    return (Chart(msg("Energy sold day by day"), tuple(days), (line,), WATT_HOURS, is_bars=True),)


async def now(asked: Asked) -> Outcome:
    """Give the figures alone, as they stand now."""
    return Page("dashboard_now.html", await _figures(asked))


async def _figures(asked: Asked) -> dict[str, Any]:
    """Ask for everything; ``Any`` because a template takes every kind of value."""
    office, rights = asked.office, asked.me.rights
    at, day = office.now(), office.today()
    question = Dashboard(rights.branch, day, microseconds(at))
    hours, facts = await office.views.rows(question), await office.views.totals(question)
    hers, others = await waiting(asked, waiting_seen(asked))
    return {
        "at": at,
        "day": day,
        "channels": [_channel(one, day) for one in facts.channels],
        "day_path": _of_day(day),
        "bars": bars_of(hours, day, asked.shown.zone, asked.me.currency),
        "hours": table_of(hours, asked.shown.zone),
        "waiting": _waiting(facts),
        "unclear": _unclear(facts),
        "troubles": _troubles(facts),
        "outbox": facts.outbox if rights.branch is None else None,
        "outbox_oldest": _moment(facts.outbox.oldest_us),
        "requests": (len(hers), len(others)),
        "checks": [
            (check_name(asked.words, one), STANDINGS[one.standing], said_of(asked.words, one.says))
            for one in office.checks()
        ],
        "head": facts.head,
        "head_at": _moment(None if facts.head is None else facts.head.at_us),
        "closed": facts.last_closed,
    }


def _of_day(day: date, **more: str) -> str:
    return f"/sales?{urlencode({'day_from': day.isoformat(), 'day_to': day.isoformat(), **more})}"


def _channel(figures: ChannelFigures, day: date) -> Channel:
    totals = figures.totals
    return Channel(
        by=taken_by(figures.bank),
        path=_of_day(day, bank=figures.bank),
        count=totals.kept_count,
        paid=Amount(totals.kept_minor, totals.currency),
        energy=Amount(totals.kept_wh, WATT_HOURS),
        undone=totals.count - totals.kept_count,
    )


def _waiting(facts: DayFacts) -> Sequence[Waiting]:
    """Tell the credits that wait by their age."""
    ages, path = facts.open_sales, "/sales?state=waiting&day_from="
    return (
        Waiting(msg("for less than an hour"), ages.under_hour, path),
        Waiting(msg("for less than a day"), ages.under_day, path),
        Waiting(msg("for longer"), ages.older, path, _moment(ages.oldest_us)),
    )


#: What a bank says of money, and the books say otherwise: somebody has to find out what became of it.
_UNCLEAR: Final = ("advice_refused", "reversed_before_payment", "reference_reused")


def _unclear(facts: DayFacts) -> Sequence[Waiting]:
    """Tell where it is not known yet whose the money is, or whether there is any."""
    disputed, noted = facts.disputed, {one.label: one for one in _troubles(facts)}
    path = f"/sales?state={SaleState.CLAIMED.value}&day_from="
    told = [Waiting(msg("Sales in dispute with a bank"), disputed.count, path, _moment(disputed.oldest_us))]
    for kind in _UNCLEAR:
        nothing = Waiting(trouble_kind(kind), 0, f"/exceptions?{urlencode({'kind': kind})}")
        told.append(noted.get(nothing.label, nothing))
    return told


def _troubles(facts: DayFacts) -> Sequence[Waiting]:
    return [
        Waiting(
            trouble_kind(one.kind),
            one.count,
            f"/exceptions?{urlencode({'kind': one.kind})}",
            moment_of(one.oldest_us),
        )
        for one in facts.troubles
    ]


def _moment(at_us: int | None) -> datetime | None:
    return None if at_us is None else moment_of(at_us)


ROUTES: Final = (
    Route("GET", "/", SIGNED_IN, first_page),
    Route("GET", "/overview/now", _OVERVIEW, now, is_by_itself=True),
)
MENU: Final = (MenuItem(Function.DASHBOARD, msg("Overview"), "/"),)
