"""Requests: orders that wait for a second person; first of all those that whoever looks may decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount, Said
from admin_web.diary_words import person, request_path
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.listing import Column, Listing, Rows
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.names import FUNCTION_NAMES
from admin_web.order_words import order_name, state_of
from admin_web.pages.waiting_elsewhere import waiting_elsewhere
from admin_web.route import SIGNED_IN, MenuItem, Route
from admin_web.words import msg
from gateway.core.approval import Approval, ApprovalState
from gateway.core.authority import FOUR_EYES, Function, Level
from gateway.core.person import is_same_person
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views import PAGE_MAX
from gateway.core.views_staff import Requests
from gateway.office.orders import UnknownOrder, order_of
from gateway.office.rights_orders import GiveRolesOrder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen
    from admin_web.visitor import Visitor
    from gateway.ports import Views

#: What may be looked at: what waits for me, all that waits, what I asked for, and everything.
MINE: Final = "mine"
_WHICH: Final = (
    (MINE, msg("those I may decide")),
    ("waiting", msg("all that wait")),
    ("own", msg("those I asked for")),
)


def may_decide(me: Visitor, request: Approval, at_us: int) -> bool:
    """May she approve it: granted up to its amount, not her own, and not too old?"""
    known = {one.value: one for one in Function}.get(request.function)
    return (
        known is not None
        and request.state is ApprovalState.ASKED
        and not request.is_over(at_us)
        and me.rights.may(known, Level.APPROVE, request.amount_minor)
        and not is_same_person(me.login, request.asked_by)
        and _is_of_her_branch(me, request)
        and not _is_about_her_rights(me, request)
    )


def _is_of_her_branch(me: Visitor, request: Approval) -> bool:
    """Is it hers, as far as the page can tell? Whose people get roles, the books know."""
    return me.rights.branch is None or bool(request.about) or request.kind == GiveRolesOrder.kind


def _is_about_her_rights(me: Visitor, request: Approval) -> bool:
    """Would she get roles by it? Of a role that she has the books know, and refuse."""
    try:
        order = order_of(request)
    except UnknownOrder:
        return False
    return isinstance(order, GiveRolesOrder) and is_same_person(me.login, order.login)


def _question(chosen: Chosen) -> Requests:
    asked, which = chosen.asked, chosen.text("which")
    waits = which in {MINE, "waiting"}
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

    async def rows(
        self, views: Views, chosen: Chosen, columns: Mapping[str, Column[Approval]]
    ) -> Rows[Approval]:
        """Give a page."""
        if chosen.text("which") in {MINE, "waiting"}:
            return Rows(await self._waiting(views, chosen), None)
        return await self.behind.rows(views, chosen, columns)

    async def count(self, views: Views, chosen: Chosen) -> int:
        """Count them."""
        if chosen.text("which") in {MINE, "waiting"}:
            return len(await self._waiting(views, chosen))
        return await self.behind.count(views, chosen)

    async def totals(self, views: Views, chosen: Chosen) -> Sequence[Mapping[str, Cell]]:  # noqa: ARG002 - Source's
        """Orders of several kinds sum up to nothing."""
        return ()

    async def _waiting(self, views: Views, chosen: Chosen) -> Sequence[Approval]:
        asked = chosen.asked
        at_us = microseconds(asked.office.now())
        rows = await views.rows(replace(_question(chosen), after=None, limit=PAGE_MAX))
        alive = [one for one in rows if not one.is_over(at_us)]
        if chosen.text("which") == "waiting":
            return alive
        return [one for one in alive if may_decide(asked.me, one, at_us)]


def functions_seen(me: Visitor) -> tuple[str, ...]:
    """Name the functions that she sees."""
    return tuple(one.value for one in Function if me.rights.may(one))


def _amount(row: Approval, currency: str) -> Cell:
    return Amount(row.amount_minor, currency) if row.amount_minor else None


def _listing(asked: Asked) -> Listing[Approval]:
    """Declare the list, as it stands at this moment."""
    at_us, currency = microseconds(asked.office.now()), asked.me.currency
    functions = tuple((one.value, FUNCTION_NAMES[one]) for one in Function if one in FOUR_EYES)
    return Listing[Approval](
        name="requests",
        caption=msg("Requests for a second person"),
        empty=msg("Nothing waits here. Orders that take a second person come here when somebody gives them."),
        columns=(
            Column("what", msg("Order"), lambda row: Said(order_name(row.kind))),
            Column("about", msg("About"), lambda row: row.subject),
            Column("amount", msg("Amount"), lambda row: _amount(row, currency), "amount"),
            Column("by", msg("Asked for by"), lambda row: person(row.asked_by)),
            Column("at", msg("Asked at"), lambda row: moment_of(row.asked_us), "moment"),
            Column("state", msg("State"), lambda row: state_of(row, at_us)),
            Column("reason", msg("Reason"), lambda row: row.reason),
            Column(
                "until", msg("To be decided by"), lambda row: moment_of(row.ends_us), "moment", is_usual=False
            ),
            Column("decider", msg("Decided by"), lambda row: person(row.decided_by), is_usual=False),
            Column("outcome", msg("What was said"), lambda row: row.outcome or None, is_usual=False),
        ),
        filters=(
            ChoiceFilter("which", msg("Which"), _WHICH, usual=MINE),
            ChoiceFilter("function", msg("Function"), functions),
            TextFilter("by", msg("Login of who asked")),
        ),
        source=_Source(Keyset(_question, lambda row: (row.asked_us, row.reference))),
        href=lambda row: request_path(row.reference),
    )


async def requests(asked: Asked) -> Outcome:
    """Show what waits; lives that have a second person of their own are a link away."""
    elsewhere = await waiting_elsewhere(asked)
    return await list_page(asked, _listing(asked), "requests.html", elsewhere=elsewhere)


ROUTES: Final = (Route("GET", "/requests", SIGNED_IN, requests),)
MENU: Final = (MenuItem(Function.DASHBOARD, msg("Requests"), "/requests"),)
