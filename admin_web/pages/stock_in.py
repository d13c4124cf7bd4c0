"""Take meters into stock: one by a form, or a delivery by its list, with every fault named beforehand."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.fields import Field
from admin_web.file_words import CARRIERS, EA_NAMES
from admin_web.form_body import Upload
from admin_web.forms import STEP_FIELD, Form
from admin_web.notice import redirect_with
from admin_web.pages.stock import CENTRAL, DOES, crumbs_of, places_of, stock_act
from admin_web.route import Route
from admin_web.stock_words import face_said
from admin_web.words import msg
from gateway.core.stock import NOTE_MAX, PHASES, WORD_MAX
from gateway.core.views_stock import KnownPans
from gateway.office.keep_stock import TakeIn
from gateway.office.stock_lines import (
    FAULTS_MAX,
    NEEDED,
    OTHERS,
    Delivery,
    StockFault,
    StockFaultWhy,
    read_delivery,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled

#: Lines of a list that its preview shows.
_SHOWN: Final = 20

_BASE_DATES: Final = tuple((year, year) for year in ("1993", "2014", "2035"))
_CARRIERS: Final = tuple((one.value, said) for one, said in CARRIERS.items())

LIST: Final = Form(
    msg("Take in a delivery"),
    msg("Check the list"),
    (Field("file", msg("The list (CSV)"), "file"),),
    lead=msg("Nothing is kept before the whole list is right and you have confirmed it."),
)


#: What the preview sends: the list that was read is in it.
CONFIRMED: Final = Form(LIST.title, LIST.submit, ())


async def _one_form(asked: Asked) -> Form:
    places = await places_of(asked)
    return Form(
        msg("Take in one meter"),
        msg("Take it in"),
        (
            Field(
                "meter",
                msg("Meter number"),
                hint=msg("11 or 13 digits, or the long form of 18."),
                length_max=40,
            ),
            Field("model", msg("Model"), length_max=WORD_MAX),
            Field(
                "phases",
                msg("Phases"),
                "choice",
                hint=msg("As its face says; empty where it is not known: then it is not compared."),
                is_required=False,
                choices=tuple((str(one), str(one)) for one in PHASES),
            ),
            Field("voltage", msg("Volts of a phase"), "count", is_required=False),
            Field("current", msg("Most amperes of a phase"), "count", is_required=False),
            Field("carrier", msg("Takes its credit by"), "choice", choices=_CARRIERS),
            Field("sgc", msg("Supply group"), hint=msg("6 digits"), length_max=6),
            Field("krn", msg("Key revision"), hint=msg("1 to 9"), length_max=1),
            Field("ti", msg("Tariff index"), hint=msg("2 digits"), length_max=2),
            Field("ea", msg("Encryption"), "choice", choices=tuple(EA_NAMES.items())),
            Field("kt", msg("Key type"), hint=msg("0 to 3; most meters have 2."), length_max=1),
            Field("base_date", msg("Base date of its minutes"), "choice", choices=_BASE_DATES),
            Field("branch", msg("Lies in"), "choice", choices=places),
            Field("lot", msg("Delivery"), is_required=False, length_max=WORD_MAX),
            Field("note", msg("Note"), is_required=False, length_max=NOTE_MAX),
        ),
    )


async def ask_one(asked: Asked) -> Outcome:
    """Show the form for one meter."""
    branch = asked.me.rights.branch or CENTRAL
    filled = (await _one_form(asked)).blank(
        asked, krn="1", ti="01", ea="11", kt="2", base_date="2014", branch=branch
    )
    return filled.page(crumbs=crumbs_of(asked), back="/stock")


async def take_one(asked: Asked) -> Outcome:
    """Take one meter in: its form is read as a list of one line is."""
    filled = (await _one_form(asked)).read(asked)
    if not filled.is_sound:
        return filled.page(crumbs=crumbs_of(asked), back="/stock")
    values = [_written(filled, name) for name in (*NEEDED, *OTHERS)]
    values = ["" if value == CENTRAL else value for value in values]
    delivery = await _checked(asked, _as_list([values]))
    for fault in delivery.faults:
        filled = filled.refused(fault.why.value, fault.column or None)
    if not delivery.is_sound:
        return filled.page(crumbs=crumbs_of(asked), back="/stock")
    refusal = await _taken(asked, filled, delivery)
    if refusal is not None:
        return filled.refused(refusal).page(crumbs=crumbs_of(asked), back="/stock")
    (_, meter) = delivery.meters[0]
    return redirect_with(asked, f"/stock/{meter.pan}", asked.words.say(msg("The meter is taken in.")))


def _written(filled: Filled, name: str) -> str:
    value = filled.optional(name, object)
    return "" if value is None else str(value)


def _as_list(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([[*NEEDED, *OTHERS], *rows])
    return written.getvalue().encode()


async def ask_list(asked: Asked) -> Outcome:
    """Show the form for a list."""
    return _list_page(LIST.blank(asked), None)


async def take_list(asked: Asked) -> Outcome:
    """Check the list and show what it holds; take it in once that is confirmed."""
    if asked.field(STEP_FIELD) == "confirm":
        return await _confirmed(asked, CONFIRMED.read(asked))
    filled = LIST.read(asked)
    if not filled.is_sound:
        return _list_page(filled, None)
    octets = filled.value("file", Upload).body
    delivery = await _checked(asked, octets)
    if not delivery.is_sound:
        return _list_page(filled.refused(msg("The list has faults, and nothing of it was kept.")), delivery)
    return _preview(asked, filled, delivery, octets)


async def _confirmed(asked: Asked, filled: Filled) -> Outcome:
    """Read the list again, for the stock may be another meanwhile, and take it in."""
    delivery = await _checked(asked, asked.form.fields.get("lines", ("",))[0].encode())
    if not delivery.is_sound:
        faulty = LIST.blank(asked).refused(msg("The list has faults, and nothing of it was kept."))
        return _list_page(faulty, delivery)
    refusal = await _taken(asked, filled, delivery)
    if refusal is not None:
        return _list_page(LIST.blank(asked).refused(refusal), None)
    count = len(delivery.meters)
    said = asked.words.say_many("%(count)s meter is taken in.", "%(count)s meters are taken in.", count)
    return redirect_with(asked, "/stock", said)


async def _checked(asked: Asked, octets: bytes) -> Delivery:
    """Read a list, and ask which of its meters are known; on a thread of the pages, for it may be long."""
    own = asked.me.rights.branch
    codes = {"" if code == CENTRAL else code for code, _ in await places_of(asked)}
    delivery: Delivery = await asked.office.elsewhere(read_delivery, octets, codes, own or "")
    if not delivery.meters:
        return delivery
    known = await asked.office.views.rows(KnownPans(tuple(meter.pan for _, meter in delivery.meters)))
    taken = {one.pan: one.is_customers for one in known}
    faults = [
        StockFault(line, "meter", meter.drn, _why_known(own, is_customers=taken[meter.pan]))
        for line, meter in delivery.meters
        if meter.pan in taken
    ]
    every = sorted((*delivery.faults, *faults), key=lambda fault: fault.line)
    return Delivery(delivery.meters, tuple(every[:FAULTS_MAX]))


def _why_known(own: str | None, *, is_customers: bool) -> StockFaultWhy:
    """Say where a meter is known; who belongs to a branch is not told what another has."""
    if own is not None:
        return StockFaultWhy.TAKEN
    return StockFaultWhy.CUSTOMERS if is_customers else StockFaultWhy.KNOWN


async def _taken(asked: Asked, filled: Filled, delivery: Delivery) -> str | None:
    """Take it in; say why not, or None."""
    meters = tuple(meter for _, meter in delivery.meters)
    subject = meters[0].pan if len(meters) == 1 else f"{len(meters)} meters"
    act = stock_act(subject, "", needs_reason=False)
    return refusal_in(asked, await ordered(asked, act, TakeIn(asked.me.login, filled.nonce, meters)))


def _preview(asked: Asked, filled: Filled, delivery: Delivery, octets: bytes) -> Page:
    values = {
        "crumbs": crumbs_of(asked),
        "meters": [meter for _, meter in delivery.meters[:_SHOWN]],
        "carriers": CARRIERS,
        "faces": {meter.pan: face_said(asked, meter.face) for _, meter in delivery.meters[:_SHOWN]},
        "count": len(delivery.meters),
        "lines": octets.decode("utf-8-sig"),
    }
    return filled.page("stock_preview.html", **values)


def _list_page(filled: Filled, delivery: Delivery | None) -> Page:
    values = {
        "faults": delivery.faults if delivery else (),
        "is_cut": delivery is not None and len(delivery.faults) >= FAULTS_MAX,
        "columns": (*NEEDED, *OTHERS),
        "needed": NEEDED,
        "crumbs": crumbs_of(filled.asked),
    }
    return filled.page("stock_list.html", back="/stock", **values)


ROUTES: Final = (
    Route("GET", "/stock/new", DOES, ask_one),
    Route("POST", "/stock/new", DOES, take_one),
    Route("GET", "/stock/delivery", DOES, ask_list),
    Route("POST", "/stock/delivery", DOES, take_list, takes_upload=True),
)
