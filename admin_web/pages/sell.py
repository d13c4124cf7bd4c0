"""Selling at a counter, the first step: who buys? One that is named exactly is opened at once.

who buys ──► what, for how much (``sell_meter.py``) ──► read back, sold ──► the token (``sold.py``)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import Page, Redirect
from admin_web.fields import Field
from admin_web.file_words import METER_STATES, meter_cell
from admin_web.forms import First, Form
from admin_web.route import MenuItem, Right, Route
from admin_web.token_like import may_hold_token
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.meter import MeterState
from gateway.core.views_files import TEXT_MAX, CustomerFile
from gateway.core.views_found import Found, HitKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.forms import Filled
    from gateway.core.views_files import MeterRow
    from gateway.core.views_found import Hit

SELLS: Final = Right(Function.SELLING, Level.DO)
SELL: Final = "/sell"

_KINDS: Final = frozenset({HitKind.CUSTOMER, HitKind.METER})

_WHO: Final = Form(
    msg("Sell"),
    msg("Find"),
    (
        Field(
            "who",
            msg("Meter number, account number, telephone or name"),
            hint=msg("The 11 or 13 digits on the meter's face are the surest."),
            length_max=TEXT_MAX,
        ),
    ),
)
_NO_SHIFT: Final = Form(
    msg("Sell"),
    "",
    (),
    first=First(
        msg("Money goes into the drawer of a station: open your shift at one first."),
        msg("Open my shift"),
        "/shifts/open",
    ),
)

NOBODY: Final = msg("Nobody of this branch goes by this. Compare the digits with the meter, or try the name.")
A_TOKEN: Final = msg("This may be a token, not a meter. Type a token into the search above.")
NO_METER: Final = msg("This customer has no meter that can be sold to.")


def who_form(asked: Asked) -> Form:
    """Give the form of the first step, or what has to be done before."""
    return _WHO if asked.me.station else _NO_SHIFT


async def ask(asked: Asked) -> Outcome:
    """Show the form; with ``account`` the meters of that customer, of which the only one is opened."""
    form = who_form(asked)
    account_no = asked.first("account")
    if not asked.me.station or not account_no:
        return _page(asked, form.blank(asked))
    meters = await _meters_of(asked, account_no)
    if len(meters) == 1:
        return Redirect(f"{SELL}/{meters[0].pan}")
    filled = form.blank(asked)
    return _page(asked, filled if meters else filled.refused(NO_METER, "who"), meters=meters)


async def find(asked: Asked) -> Outcome:
    """Open the meter that is meant, or show what may be."""
    form = who_form(asked)
    filled = form.read(asked)
    if not filled.is_sound or not asked.me.station:
        return _page(asked, filled)
    written = filled.value("who", str)
    text = " ".join(written.split())
    hits = await asked.office.views.rows(Found(text, asked.me.rights.branch, _KINDS))
    exact = [hit for hit in hits if hit.is_exact]
    if len(exact) == 1:
        return Redirect(_path_of(exact[0]))
    if hits:
        return _page(asked, filled, hits=hits)
    return _page(asked, filled.refused(A_TOKEN if may_hold_token(text) else NOBODY, "who"))


def _path_of(hit: Hit) -> str:
    return f"{SELL}/{hit.name}" if hit.kind is HitKind.METER else f"{SELL}?account={hit.name}"


async def _meters_of(asked: Asked, account_no: str) -> Sequence[MeterRow]:
    """Give a customer's meters; those that were taken down are nobody's choice."""
    question = CustomerFile(branch=asked.me.rights.branch, account_no=account_no)
    facts = await asked.office.views.totals(question) if account_no.isprintable() else None
    return () if facts is None else [one for one in facts.meters if one.state is not MeterState.REMOVED]


def _page(
    asked: Asked, filled: Filled, *, hits: Sequence[Hit] = (), meters: Sequence[MeterRow] = ()
) -> Page:
    found: list[tuple[Cell, str, str, Cell]] = [(hit.name, hit.detail, _path_of(hit), None) for hit in hits]
    found += [
        (meter_cell(one.pan).cell, one.power_type, f"{SELL}/{one.pan}", METER_STATES[one.state])
        for one in meters
    ]
    values = {"title": asked.words.say(filled.form.title), "crumbs": (), "filled": filled, "found": found}
    return Page("sell.html", values, 200 if filled.is_sound else 422)


ROUTES: Final = (
    Route("GET", SELL, SELLS, ask),
    Route("POST", SELL, SELLS, find),
)
MENU: Final = (MenuItem(Function.SELLING, msg("Sell"), SELL),)
