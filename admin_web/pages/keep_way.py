"""The form of the way to a meter: of one that has none yet, of one that has, or of a meter that is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.fields import Field
from admin_web.figure_filters import meter_number as meter_typed
from admin_web.file_forms import VERSION, Filed, faulted, file_act, filed, version_in
from admin_web.file_words import meter_number
from admin_web.forms import Form
from admin_web.line_words import LINE_KINDS, WAY_STATES, way_path
from admin_web.network_fields import network_of, place_name
from admin_web.notice import redirect_with
from admin_web.pages.way import way_facts, whose
from admin_web.pages.ways import DOES, crumbs_of, models
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.meter_way import BUS_MAX, PLACE_MAX, PROTECTION_MAX, LineKind, MeterWay
from gateway.core.network import NetworkKind
from gateway.core.office import OfficeRefusal
from gateway.core.person import REASON_MAX
from gateway.core.stock import NOTE_MAX
from gateway.core.views_ways import WayFile
from gateway.metering.keep_way import KeepMeterWay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.network import NetworkPlace
    from gateway.core.views_ways import WayFacts

_KEPT: Final = msg("The way is kept.")
_THERE: Final = msg("There is a way to this meter already; here it is changed.")

#: Beside which field a refusal is shown.
_FIELD_OF: Final = {
    OfficeRefusal.BAD_LINE_PLACE: "place",
    OfficeRefusal.UNKNOWN_MODEL: "model",
    OfficeRefusal.BAD_LINE_ADDRESS: "address",
    OfficeRefusal.BAD_MULTIPLIER: "multiplier",
    OfficeRefusal.UNKNOWN_PLACE: "measures",
    OfficeRefusal.UNKNOWN_METER: "meter",
    OfficeRefusal.NO_REASON: "reason",
    OfficeRefusal.BAD_NAME: "bus",
}

_KINDS: Final = tuple((one.value, said) for one, said in LINE_KINDS.items())
_METER: Final = Field(
    "meter", msg("Meter number"), hint=msg("11 or 13 digits, or the long form of 18."), length_max=40
)
_LINE: Final = (
    Field("kind", msg("Kind of line"), "choice", choices=_KINDS),
    Field(
        "place",
        msg("Number, host or name"),
        hint=msg(
            "The telephone number that a modem dials; HOST:PORT over the network; what a meter that calls in "
            "says as its name."
        ),
        length_max=PLACE_MAX,
    ),
    Field(
        "bus",
        msg("Bus or concentrator"),
        hint=msg("One name for all meters on a wire or behind a concentrator: they are asked in turn."),
        is_required=False,
        length_max=BUS_MAX,
    ),
    Field("model", msg("Model of meter"), "choice", choices=models()),
    Field(
        "address",
        msg("Address on the wire"),
        is_required=False,
        length_max=40,
    ),
)
_PROTECTION: Final = Field(
    "protection",
    msg("Protected from being cut off, because"),
    hint=msg("Such as: lives by a breathing machine. Nobody switches off over a line who is protected."),
    is_required=False,
    length_max=PROTECTION_MAX,
    heading=msg("The customer"),
)
_NOTE: Final = Field("note", msg("Note"), is_required=False, length_max=NOTE_MAX)
_STATE: Final = Field(
    "state",
    msg("State"),
    "choice",
    hint=msg("Nobody is called over a way that is out of use."),
    choices=(("on", WAY_STATES[True].sentence), ("off", WAY_STATES[False].sentence)),
)
_REASON: Final = Field(
    "reason",
    msg("Reason"),
    "area",
    hint=msg("Needed where a protection is taken away."),
    is_required=False,
    length_max=REASON_MAX,
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a form is about: a meter (None: to be typed) with its way, and the places that it may measure."""

    pan: str | None
    before: MeterWay | None
    is_customer_s: bool
    network: Mapping[str, NetworkPlace]


def _form(about: _Asked) -> Form:
    fields: tuple[Field, ...] = _LINE
    if about.pan is None:
        fields = (_METER, *fields)
    fields = (*fields, *((_NOTE,) if about.before is None else (_STATE, _NOTE)))
    if not about.is_customer_s and about.network:
        fields = (*fields, *_measuring(about.network))
    if about.is_customer_s or about.pan is None:
        fields = (*fields, _PROTECTION)
    if about.is_customer_s and about.before is not None:
        fields = (*fields, _REASON)
    title = msg("Enter a way") if about.before is None else msg("Change the way")
    return Form(title, msg("Keep it"), (*fields, VERSION))


def _measuring(network: Mapping[str, NetworkPlace]) -> tuple[Field, ...]:
    places = sorted(
        (one for one in network.values() if one.kind is not NetworkKind.AREA), key=lambda one: one.name
    )
    return (
        Field(
            "measures",
            msg("Measures this place of the network"),
            "choice",
            hint=msg("For a meter before a feeder or behind a transformer; empty for a customer's."),
            is_required=False,
            choices=tuple((one.code, place_name(one)) for one in places),
            heading=msg("A meter of the network"),
        ),
        Field(
            "multiplier",
            msg("Multiplier"),
            "count",
            hint=msg("What its registers are multiplied by, for the transformers before it."),
            is_required=False,
        ),
    )


async def _about(asked: Asked) -> tuple[_Asked, WayFacts]:
    facts, pan = await way_facts(asked), asked.places["pan"]
    is_customer_s = bool(facts.account_no)
    if asked.me.rights.branch is not None and not is_customer_s:
        raise NotThere
    network = {} if is_customer_s else await network_of(asked)
    before = None if facts.row is None else facts.row.way
    return _Asked(pan, before, is_customer_s, network), facts


async def ask(asked: Asked) -> Outcome:
    """Show the form of a meter's way."""
    about, facts = await _about(asked)
    return _page(_form(about).blank(asked, **_written(about.before)), facts)


def _written(before: MeterWay | None) -> dict[str, str]:
    if before is None:
        return {"version": "0", "kind": LineKind.MODEM.value}
    texts = ("place", "bus", "model", "address", "protection", "measures", "note")
    return {
        **{name: getattr(before, name) for name in texts},
        "kind": before.kind.value,
        "multiplier": str(before.multiplier),
        "state": "on" if before.is_on else "off",
        "version": str(before.version),
    }


async def send(asked: Asked) -> Outcome:
    """Keep it."""
    about, facts = await _about(asked)
    filled = _form(about).read(asked)
    done = await _kept(filled, about, asked.places["pan"])
    return done.onward or _page(done.filled, facts)


async def ask_new(asked: Asked) -> Outcome:
    """Show the form of a way whose meter is typed."""
    return _new_page((await _new_form(asked)).blank(asked, **_written(None)))


async def send_new(asked: Asked) -> Outcome:
    """Keep it; a meter that has a way already has a form of its own."""
    filled = (await _new_form(asked)).read(asked)
    pan, fault = meter_typed(filled.optional("meter", str) or "")
    if fault is not None:
        filled = faulted(filled, "meter", fault)
    if not filled.is_sound or pan is None:
        return _new_page(filled)
    facts = await asked.office.views.totals(WayFile(branch=asked.me.rights.branch, pan=pan))
    if facts is not None and facts.row is not None:
        return redirect_with(asked, f"{way_path(pan)}/keep", asked.words.say(_THERE))
    about = _Asked(pan, None, facts is not None and bool(facts.account_no), {})
    done = await _kept(filled, about, pan)
    return done.onward or _new_page(done.filled)


async def _new_form(asked: Asked) -> Form:
    network = {} if asked.me.rights.branch is not None else await network_of(asked)
    return _form(_Asked(None, None, is_customer_s=False, network=network))


async def _kept(filled: Filled, about: _Asked, pan: str) -> Filed:
    if not filled.is_sound:
        return Filed(filled)
    reason = (filled.optional("reason", str) or "") if filled.has("reason") else ""
    # Whose branch decides: a meter before a feeder is nobody's, and the order itself refuses who may not.
    act = file_act(Function.LINES, pan, about=pan if about.is_customer_s else "", reason=reason or None)
    order = KeepMeterWay(filled.asked.me.login, filled.nonce, _way_in(filled, about, pan), reason)
    done = await filed(filled, act, order, path=way_path, said=_KEPT)
    name = "" if done.refusal is None else _FIELD_OF.get(done.refusal.reason, "")
    if done.refusal is None or not filled.has(name):
        return done
    return Filed(filled.refused(done.refusal.reason.value, name))


def _way_in(filled: Filled, about: _Asked, pan: str) -> MeterWay:
    def text(name: str) -> str:
        return (filled.optional(name, str) or "") if filled.has(name) else ""

    measures = text("measures")
    multiplier = filled.optional("multiplier", int) if measures else None
    return MeterWay(
        pan=pan,
        kind=LineKind(filled.value("kind", str)),
        place=filled.value("place", str),
        address=text("address"),
        model=filled.value("model", str),
        bus=text("bus"),
        protection=text("protection"),
        measures=measures,
        multiplier=1 if multiplier is None else multiplier,
        note=text("note"),
        version=0 if about.before is None else version_in(filled),
        is_on=not filled.has("state") or filled.value("state", str) == "on",
    )


def _page(filled: Filled, facts: WayFacts) -> Page:
    pan = filled.asked.places["pan"]
    crumbs = crumbs_of(filled.asked, (meter_number(pan).text, way_path(pan)))
    return filled.page("step_form.html", crumbs=crumbs, back=way_path(pan), facts=whose(facts, pan))


def _new_page(filled: Filled) -> Page:
    return filled.page(crumbs=crumbs_of(filled.asked), back="/lines/ways")


ROUTES: Final = (
    Route("GET", "/lines/ways/new", DOES, ask_new),
    Route("POST", "/lines/ways/new", DOES, send_new),
    Route("GET", "/lines/ways/<pan>/keep", DOES, ask),
    Route("POST", "/lines/ways/<pan>/keep", DOES, send),
)
