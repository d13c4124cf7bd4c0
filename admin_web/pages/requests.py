"""Requests: orders that wait for a second person; first of all those that whoever looks may decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount
from admin_web.deciding import functions_seen, judge_of, waiting
from admin_web.diary_words import person, request_path
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.listing import Column, Listing, Rows
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.names import FUNCTION_NAMES
from admin_web.order_words import headline, named, naming_of, state_of
from admin_web.pages.waiting_elsewhere import waiting_elsewhere
from admin_web.route import SIGNED_IN, MenuItem, Route
from admin_web.words import msg
from gateway.core.approval import Approval, ApprovalState
from gateway.core.authority import AT_TIMES_FOUR_EYES, FOUR_EYES, Function
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views import PAGE_MAX
from gateway.core.views_staff import Requests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.deciding import Judge
    from admin_web.listing import Chosen
    from gateway.ports import Views

#: What may be looked at: what waits for me, what waits for others, what I asked for, and everything.
MINE: Final = "mine"
OTHERS: Final = "others"
_WAIT: Final = frozenset({MINE, OTHERS})
_WHICH: Final = (
    (MINE, msg("those I may decide")),
    (OTHERS, msg("those for others to decide")),
    ("own", msg("those I asked for")),
)


def _question(chosen: Chosen) -> Requests:
    asked, which = chosen.asked, chosen.text("which")
    waits = which in _WAIT
    return Requests(
        at_us=microseconds(asked.office.now()),
        branch=asked.me.rights.branch,
        state=ApprovalState.ASKED if waits else None,
        function=chosen.text("function") or "",
        asked_by=asked.me.login if which == "own" else chosen.text("by") or "",
        functions=None if which == "own" else functions_seen(asked.me),
        after=None if chosen.after is None else (int(chosen.after[0]), str(chosen.after[1])),
        limit=chosen.limit,
    )


@dataclass(frozen=True, slots=True)
class _Source:
    """Requests by the books' own order; those that wait are few, and are looked through one by one."""

    behind: Keyset[Approval, int]
    judge: Judge

    async def page(
        self, views: Views, chosen: Chosen, columns: Mapping[str, Column[Approval]]
    ) -> Rows[Approval]:
        """Give a page; all that wait are one."""
        if chosen.text("which") in _WAIT:
            found = await self._waiting(chosen)
            return Rows(found, None, len(found))
        return await self.behind.page(views, chosen, columns)

    async def every(
        self, views: Views, chosen: Chosen, columns: Mapping[str, Column[Approval]]
    ) -> AsyncIterator[Sequence[Approval]]:
        """Give all of them."""
        if chosen.text("which") in _WAIT:
            yield await self._waiting(chosen)
            return
        async for rows in self.behind.every(views, chosen, columns):
            yield rows

    async def totals(self, views: Views, chosen: Chosen) -> Sequence[Mapping[str, Cell]]:  # noqa: ARG002 - Source's
        """Orders of several kinds sum up to nothing."""
        return ()

    async def _waiting(self, chosen: Chosen) -> Sequence[Approval]:
        question = replace(_question(chosen), after=None, limit=PAGE_MAX)
        hers, others = await waiting(chosen.asked, question, self.judge)
        return hers if chosen.text("which") == MINE else others


def waiting_seen(asked: Asked) -> Requests:
    """Ask for all that waits and that she sees."""
    at_us, branch = microseconds(asked.office.now()), asked.me.rights.branch
    return Requests(at_us, branch, ApprovalState.ASKED, functions=functions_seen(asked.me))


def _amount(row: Approval, currency: str) -> Cell:
    return Amount(row.amount_minor, currency) if row.amount_minor else None


def _listing(asked: Asked, judge: Judge) -> Listing[Approval]:
    """Declare the list, as it stands at this moment."""
    at_us, currency, naming = judge.at_us, asked.me.currency, naming_of(asked, judge)
    is_waiting = _which(asked) in _WAIT
    of_two = FOUR_EYES | AT_TIMES_FOUR_EYES
    functions = tuple((one.value, FUNCTION_NAMES[one]) for one in Function if one in of_two)
    return Listing[Approval](
        name="requests",
        caption=msg("Requests for a second person"),
        empty=msg("Nothing waits here. Orders that take a second person come here when somebody gives them."),
        columns=(
            Column("what", msg("Order"), lambda row: headline(row, naming)),
            Column("about", msg("About"), named),
            Column("amount", msg("Amount"), lambda row: _amount(row, currency), "amount"),
            Column("by", msg("Asked for by"), lambda row: person(row.asked_by)),
            Column("at", msg("Asked at"), lambda row: moment_of(row.asked_us), "moment"),
            Column("state", msg("State"), lambda row: state_of(row, at_us)),
            Column("reason", msg("Reason"), lambda row: row.reason),
            Column(
                "until", msg("To be decided by"), lambda row: moment_of(row.ends_us), "moment", is_usual=False
            ),
            Column("decider", msg("Decided by"), lambda row: person(row.decided_by), is_usual=not is_waiting),
            Column("outcome", msg("What was said"), lambda row: row.outcome or None, is_usual=False),
        ),
        filters=(
            ChoiceFilter("which", msg("Which"), _WHICH, usual=MINE),
            ChoiceFilter("function", msg("Function"), functions),
            TextFilter("by", msg("Login of who asked")),
        ),
        source=_Source(Keyset(_question, lambda row: (row.asked_us, row.reference)), judge),
        href=lambda row: request_path(row.reference),
    )


async def requests(asked: Asked) -> Outcome:
    """Show what waits; lives that have a second person of their own are a link away."""
    judge = await judge_of(asked)
    values = {"elsewhere": await waiting_elsewhere(asked), "others": 0}
    if _which(asked) == MINE:
        values["others"] = len((await waiting(asked, waiting_seen(asked), judge))[1])
    return await list_page(asked, _listing(asked, judge), "requests.html", **values)


def _which(asked: Asked) -> str:
    return asked.first("which") if "which" in asked.query else MINE


ROUTES: Final = (Route("GET", "/requests", SIGNED_IN, requests),)
MENU: Final = (MenuItem(Function.DASHBOARD, msg("Requests"), "/requests"),)
