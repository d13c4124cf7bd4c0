"""Meter stock: the list, one meter, and what becomes of it: another branch, or scrap."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from admin_web.acting import ordered, refusal_in
from admin_web.answers import NotThere
from admin_web.cells import Code, Link, Said
from admin_web.fields import REASON, Field
from admin_web.file_timeline import noted_about
from admin_web.file_words import CARRIERS, EA_NAMES, meter_number
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.forms import First, Form
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.notice import redirect_with
from admin_web.object_page import Deed, Fact, Related, Thing, object_page
from admin_web.route import MenuItem, Right, Route
from admin_web.stock_words import STOCK_STATES, face_said, place_said
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.diary import Action
from gateway.core.stock import NOTE_MAX, StockMeter, StockState
from gateway.core.timeline import moment_of
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_staff import Branches
from gateway.core.views_stock import Stock
from gateway.office.authorised import Act
from gateway.office.keep_stock import MoveStock, ScrapStock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from admin_web.listing import Chosen
    from gateway.office.keep_stock import StockOrder

SEES: Final = Right(Function.STOCK)
DOES: Final = Right(Function.STOCK, Level.DO)

_STATES: Final = tuple((one.value, said.sentence) for one, said in STOCK_STATES.items())

#: What stands for the central store in a choice: no branch has such a code.
CENTRAL: Final = "-"

LONG: Final = msg("Meter number, long form")


def _asked_for(chosen: Chosen) -> Stock:
    state, place = chosen.text("state"), chosen.text("place")
    return Stock(
        branch=chosen.asked.me.rights.branch,
        text=chosen.text("text"),
        place="" if place == CENTRAL else place,
        state=None if state is None else StockState(state),
        is_descending=chosen.order is not None and chosen.order.is_descending,
        after=None if chosen.after is None else str(chosen.after[0]),
        limit=chosen.limit,
    )


def _listing(asked: Asked, places: tuple[tuple[str, str], ...]) -> Listing[StockMeter]:
    return Listing[StockMeter](
        name="stock",
        caption=msg("Meter stock"),
        empty=msg("No meter is like this. A delivery is taken in by its list, or meter by meter."),
        columns=(
            Column("pan", msg("Meter number"), lambda row: meter_number(row.pan), is_sortable=True),
            Column("long", LONG, lambda row: Code(row.pan), is_usual=False),
            Column("model", msg("Model"), lambda row: row.model),
            Column("carrier", msg("Takes its credit by"), lambda row: Said(CARRIERS[row.carrier])),
            Column("place", msg("Lies in"), lambda row: place_said(asked, row.branch)),
            Column("lot", msg("Delivery"), lambda row: row.lot or None),
            Column("arrived", msg("Taken in at"), lambda row: moment_of(row.arrived_us), "moment"),
            Column("state", msg("State"), lambda row: STOCK_STATES[row.state]),
            Column("sgc", msg("Supply group"), lambda row: Code(row.identity.sgc), is_usual=False),
            Column("krn", msg("Key revision"), lambda row: row.identity.krn, "count", is_usual=False),
            Column("face", msg("On its face"), lambda row: face_said(asked, row.face), is_usual=False),
            Column("note", msg("Note"), lambda row: row.note or None, is_usual=False),
        ),
        filters=(
            TextFilter("text", msg("Number, model, delivery"), TEXT_MAX),
            ChoiceFilter("place", msg("Lies in"), places),
            ChoiceFilter("state", msg("State"), _STATES),
        ),
        source=Keyset(_asked_for, lambda row: (row.pan,)),
        order=Order("pan"),
        href=lambda row: f"/stock/{row.pan}",
    )


async def places_of(asked: Asked) -> tuple[tuple[str, str], ...]:
    """Give the places that this visitor sees, as choices."""
    branch = asked.me.rights.branch
    found = await asked.office.views.rows(Branches())
    mine = tuple((one.code, one.name) for one in found if branch in {None, one.code})
    return mine if branch is not None else ((CENTRAL, msg("the central store")), *mine)


async def stock(asked: Asked) -> Outcome:
    """Show it, with how many lie where."""
    branch = asked.me.rights.branch
    counts = await asked.office.views.totals(Stock(branch=branch))
    places = [(place_said(asked, one.branch), one.count, one.branch or CENTRAL) for one in counts]
    may_take_in = asked.me.rights.may(DOES.function, DOES.level)
    listing = _listing(asked, await places_of(asked))
    return await list_page(asked, listing, "stock.html", places=places, may_take_in=may_take_in)


async def _meter(asked: Asked) -> StockMeter:
    pan = asked.places["pan"]
    if not (pan.isascii() and pan.isdigit()):
        raise NotThere
    found = await asked.office.views.rows(Stock(branch=asked.me.rights.branch, pan=pan))
    if not found:
        raise NotThere
    return found[0]


def crumbs_of(asked: Asked, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Say the way to the pages of the stock."""
    return ((asked.words.say(msg("Meter stock")), "/stock"), *more)


async def one_meter(asked: Asked) -> Outcome:
    """Show one meter in stock."""
    one = await _meter(asked)
    path = f"/stock/{one.pan}"
    may = one.state is StockState.IN_STOCK and asked.me.rights.may(DOES.function, DOES.level)
    deeds = (Deed(msg("Move it"), f"{path}/move"), Deed(msg("Scrap it"), f"{path}/scrap")) if may else ()
    if one.state is StockState.IN_STOCK and asked.me.rights.may(Function.INSTALLATION, Level.DO):
        deeds = (Deed(msg("Install it: supply points that wait"), "/supply-points?state=registered"), *deeds)
    noted = await noted_about(asked, one.pan)
    thing = Thing(
        kind=msg("Meter in stock"),
        title=one.drn,
        state=STOCK_STATES[one.state],
        facts=facts_of(asked, one),
        deeds=deeds,
        timeline=noted.lines,
        older=noted.older,
        related=tuple(_related(one)),
        raw=_raw(one),
    )
    return object_page(asked, thing, crumbs_of(asked))


def facts_of(asked: Asked, one: StockMeter) -> tuple[Fact, ...]:
    """Say what is known of it."""
    held = one.identity
    return (
        Fact(msg("Meter number"), meter_number(one.pan)),
        Fact(LONG, Code(one.pan)),
        Fact(msg("Model"), one.model),
        Fact(msg("Takes its credit by"), Said(CARRIERS[one.carrier])),
        Fact(msg("Lies in"), place_said(asked, one.branch)),
        Fact(msg("Delivery"), one.lot or None),
        Fact(msg("Taken in at"), moment_of(one.arrived_us)),
        Fact(msg("Supply group"), Link(Code(held.sgc), f"/keys/{held.sgc}")),
        Fact(msg("Key revision"), held.krn),
        Fact(msg("Tariff index"), held.ti),
        Fact(msg("Encryption"), EA_NAMES[held.ea]),
        Fact(msg("Key type"), held.kt),
        Fact(msg("Base date of its minutes"), str(held.base_date)),
        Fact(msg("On its face: phases, volts, most amperes"), face_said(asked, one.face)),
        Fact(msg("Note"), one.note or None),
    )


def _related(one: StockMeter) -> Iterator[Related]:
    if one.state is StockState.ISSUED:
        yield Related(msg("Meter"), meter_number(one.pan), f"/meters/{one.pan}")
    if one.lot:
        yield Related(msg("Other meters of the delivery"), one.lot, f"/stock?{urlencode({'text': one.lot})}")
    yield Related(msg("Supply group"), Code(one.identity.sgc), f"/keys/{one.identity.sgc}")


def _raw(one: StockMeter) -> dict[str, object]:
    held = one.identity
    return {
        "pan": one.pan, "drn": one.drn, "model": one.model, "carrier": one.carrier.value,
        **{name: getattr(held, name) for name in ("sgc", "krn", "ti", "ea", "kt", "base_date")},
        "branch": one.branch, "lot": one.lot, "arrived_us": one.arrived_us, "state": one.state.value,
        "note": one.note, "version": one.version, **asdict(one.face),
    }  # fmt: skip


_VERSION: Final = Field("version", msg("Version"), "kept")


async def _move_form(asked: Asked) -> Form:
    branches = await asked.office.views.rows(Branches())
    places = ((CENTRAL, msg("the central store")), *((branch.code, branch.name) for branch in branches))
    first = First(
        msg("There is no branch yet to move it to. Make one first."), msg("New branch"), "/branches/new"
    )
    place = Field("place", msg("To"), "choice", choices=places)
    fields = (place, REASON, _VERSION)
    return Form(msg("Move a meter"), msg("Move it"), fields, first=None if branches else first)


SCRAP: Final = Form(
    msg("Scrap a meter"),
    msg("Scrap it"),
    (replace(REASON, length_max=NOTE_MAX), _VERSION),
    lead=msg("It stays in the list, and nobody will get it any more."),
)


async def ask_move(asked: Asked) -> Outcome:
    """Ask whereto."""
    one, form = await _meter(asked), await _move_form(asked)
    return _form_page(asked, form.blank(asked, version=str(one.version)), one)


async def move(asked: Asked) -> Outcome:
    """Move it."""
    one, filled = await _meter(asked), (await _move_form(asked)).read(asked)
    if not filled.is_sound:
        return _form_page(asked, filled, one)
    place = filled.value("place", str)
    branch = "" if place == CENTRAL else place
    command = MoveStock(asked.me.login, filled.nonce, one.pan, _version(filled), branch)
    return await _done(asked, filled, one, command, msg("The meter is moved."))


async def ask_scrap(asked: Asked) -> Outcome:
    """Ask why."""
    one = await _meter(asked)
    return _form_page(asked, SCRAP.blank(asked, version=str(one.version)), one)


async def scrap(asked: Asked) -> Outcome:
    """Scrap it."""
    one, filled = await _meter(asked), SCRAP.read(asked)
    if not filled.is_sound:
        return _form_page(asked, filled, one)
    reason = filled.value("reason", str)
    command = ScrapStock(asked.me.login, filled.nonce, one.pan, _version(filled), reason)
    return await _done(asked, filled, one, command, msg("The meter is scrapped."))


def _version(filled: Filled) -> int:
    """Read the version that was looked at; 0, which no meter has, where it was spoilt."""
    written = filled.value("version", str)
    return int(written) if written.isascii() and written.isdigit() and len(written) < len("1000000000") else 0


async def _done(asked: Asked, filled: Filled, one: StockMeter, command: StockOrder, said: str) -> Outcome:
    content = await ordered(asked, stock_act(one.pan, filled.value("reason", str)), command)
    refusal = refusal_in(asked, content)
    if refusal is not None:
        return _form_page(asked, filled.refused(refusal), one)
    # Whoever has given it to another branch does not see it any more.
    is_gone = isinstance(command, MoveStock) and asked.me.rights.branch not in {None, command.branch}
    return redirect_with(asked, "/stock" if is_gone else f"/stock/{one.pan}", asked.words.say(said))


def stock_act(subject: str, reason: str, *, needs_reason: bool = True) -> Act:
    """Say how authority judges an order about the stock."""
    return Act(
        Function.STOCK,
        kind="stock",
        order=subject,
        subject=subject,
        reason=reason,
        needs_reason=needs_reason,
        action=Action.CHANGE,
    )


def _form_page(asked: Asked, filled: Filled, one: StockMeter) -> Page:
    path = f"/stock/{one.pan}"
    facts = [fact for fact in facts_of(asked, one)[:6] if fact.label != LONG]
    return filled.page("step_form.html", crumbs=crumbs_of(asked, (one.drn, path)), back=path, facts=facts)


ROUTES: Final = (
    Route("GET", "/stock", SEES, stock),
    Route("GET", "/stock/<pan>", SEES, one_meter),
    Route("GET", "/stock/<pan>/move", DOES, ask_move),
    Route("POST", "/stock/<pan>/move", DOES, move),
    Route("GET", "/stock/<pan>/scrap", DOES, ask_scrap),
    Route("POST", "/stock/<pan>/scrap", DOES, scrap),
)
MENU: Final = (MenuItem(Function.STOCK, msg("Meter stock"), "/stock"),)
