"""The search: one box for whatever somebody has in hand; what is named exactly is opened at once.

The box is sent as a form, for it may hold a token, and browsers and proxies keep addresses. A link to a
search has what it looks for in its address; what may be a token is not looked for there, nor shown again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from admin_web.answers import Page, Redirect
from admin_web.file_words import meter_number
from admin_web.invoice_words import SEES_INVOICES, invoice_path
from admin_web.route import SIGNED_IN, Route
from admin_web.token_like import may_hold_token
from admin_web.trade_words import ENTRY_KINDS
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.timeline import moment_of
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_found import HITS_MAX, Found, Hit, HitKind
from gateway.core.views_invoices import InvoiceFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from admin_web.answers import Outcome
    from admin_web.asked import Asked


_UNPROCESSABLE: Final = 422


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that is found: what a group of them is called, who may see it, and the list of all."""

    title: str
    function: Function
    all_of: str = ""


#: What an invoice's name looks like.
_INVOICE: Final = re.compile(r"(?P<series>[A-Za-z0-9][A-Za-z0-9_-]{0,31})/(?P<number>[0-9]{1,9})")

KINDS: Final[Mapping[HitKind, Kind]] = {
    HitKind.CUSTOMER: Kind(msg("Customers"), Function.CUSTOMERS, "/customers?{text}"),
    HitKind.METER: Kind(msg("Meters"), Function.METERS, "/meters?{text}"),
    HitKind.SALE: Kind(msg("Sales"), Function.SALES, "/sales?{reference}"),
    HitKind.TOKEN: Kind(msg("Tokens"), Function.SALES),
    HitKind.ENTRY: Kind(msg("Entries"), Function.LEDGER),
}

#: What can be looked for, and what it looks like.
EXAMPLES: Final = (
    (msg("A customer: account number, name or part of it, telephone"), "2000000048 · Zhang · 13800000001"),
    (msg("A meter: the 11 or 13 digits on its face, or all 18"), "37180341010"),
    (msg("A payment: the bank's reference, its trace, or the receipt number"), "r0007 · 000123 · 29"),
    (msg("A token: all 20 digits, or the last four"), "1234"),
    (msg("An invoice: its series and number"), "north-1/17"),
    (msg("An entry: its place in the journal"), "29"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A hit as the page shows it."""

    name: str
    detail: str
    path: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """The hits of a kind; ``all_of`` is the list of all of them, where there is one."""

    title: str
    lines: Sequence[Line]
    is_full: bool
    all_of: str


async def search(asked: Asked) -> Outcome:
    """Open what is named exactly, show what may be meant, or say what can be looked for."""
    written = asked.field("q") if asked.route.method == "POST" else asked.first("q")
    if asked.route.method == "GET" and may_hold_token(written):
        return _page(asked, "", [], may_be_token=True)
    text = " ".join(written.split())
    is_askable = 0 < len(text) <= TEXT_MAX and text.isprintable()
    invoice = await _invoice(asked, text) if is_askable else None
    if invoice is not None:
        return Redirect(invoice)
    hits = await _hits(asked, text) if is_askable else []
    exact = _exact(hits)
    if exact is not None:
        return Redirect(exact)
    return _page(asked, text, hits)


def _page(asked: Asked, text: str, hits: Sequence[Hit], *, may_be_token: bool = False) -> Page:
    values = {
        "title": asked.words.say(msg("Search")),
        "crumbs": (),
        "text": text[:TEXT_MAX],
        "groups": _groups(asked, hits, text),
        "examples": EXAMPLES,
        "may_be_token": may_be_token,
    }
    return Page("search.html", values, _UNPROCESSABLE if may_be_token else 200)


async def _invoice(asked: Asked, text: str) -> str | None:
    """Find the page of an invoice that is named; None where it is not there, or not the visitor's to see."""
    named, rights = _INVOICE.fullmatch(text), asked.me.rights
    if named is None or not SEES_INVOICES.opens(rights):
        return None
    series, number = named["series"], int(named["number"])
    question = InvoiceFile(branch=rights.branch, series=series, number=number)
    return invoice_path(series, number) if await asked.office.views.count(question) else None


async def _hits(asked: Asked, text: str) -> Sequence[Hit]:
    """Ask for what the visitor may see, and for nothing else."""
    rights = asked.me.rights
    kinds = frozenset(kind for kind, told in KINDS.items() if rights.may(told.function))
    return await asked.office.views.rows(Found(text, rights.branch, kinds)) if kinds else []


def _exact(hits: Sequence[Hit]) -> str | None:
    """Give the one page that is meant; a sale before its own entry, which has the same number."""
    exact = [hit for hit in hits if hit.is_exact]
    wanted = [hit for hit in exact if hit.kind is not HitKind.ENTRY] or exact
    paths = dict.fromkeys(path_of(hit) for hit in wanted)
    return next(iter(paths)) if len(paths) == 1 else None


def path_of(hit: Hit) -> str:
    """Name the page of a hit."""
    match hit.kind:
        case HitKind.CUSTOMER:
            return f"/customers/{hit.name}"
        case HitKind.METER:
            return f"/meters/{hit.name}"
        case HitKind.SALE | HitKind.TOKEN:
            return f"/sales/{hit.id}"
        case HitKind.ENTRY:
            return f"/entries/{hit.id}"


def _groups(asked: Asked, hits: Sequence[Hit], text: str) -> list[FoundGroup]:
    groups = []
    for kind, told in KINDS.items():
        of_kind = [hit for hit in hits if hit.kind is kind]
        if of_kind:
            query = urlencode({"text": text}), urlencode({"reference": text, "day_from": ""})
            all_of = "" if may_hold_token(text) else told.all_of.format(text=query[0], reference=query[1])
            lines = [_line(asked, hit) for hit in of_kind]
            groups.append(FoundGroup(told.title, lines, len(of_kind) >= HITS_MAX, all_of))
    return groups


def _line(asked: Asked, hit: Hit) -> Line:
    at = None if hit.at_us is None else moment_of(hit.at_us)
    name, detail = hit.name, hit.detail
    if hit.kind is HitKind.METER:
        name = meter_number(hit.name).text
    if hit.kind is HitKind.ENTRY:
        detail = asked.words.say(ENTRY_KINDS.get(hit.detail, hit.detail))
    return Line(name, detail, path_of(hit), at)


ROUTES: Final = (
    Route("GET", "/search", SIGNED_IN, search),
    Route("POST", "/search", SIGNED_IN, search),
)
