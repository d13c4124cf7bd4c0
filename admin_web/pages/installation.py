"""Installation: a meter of the stock is fitted at a supply point that waits for it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from admin_web.acting import refusal_in
from admin_web.answers import NotThere
from admin_web.cells import Amount
from admin_web.diary_files import point_subject
from admin_web.fields import Field
from admin_web.file_forms import VERSION, faulted, file_act, filed, version_in
from admin_web.fitting_fields import fitting_fields, fitting_in
from admin_web.forms import First, Form, PostingLine
from admin_web.pages.amend_point import of_whom, point_around, point_facts
from admin_web.point_words import point_path
from admin_web.route import Right, Route
from admin_web.terms_words import ANY_STATION
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.energy import Energy
from gateway.core.money import Money
from gateway.core.outcome import Declined
from gateway.core.preset import PRESET_WH_MAX, Preset
from gateway.core.stock import StockState
from gateway.core.supply_point import PointEvent
from gateway.core.views_stock import Stock
from gateway.prepayment.install_meter import InstallMeter, preset_entry
from gateway.prepayment.install_meter import fitted as fitted_meter
from gateway.prepayment.preset_worth import preset_worth

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.views_points import PointFacts

_INSTALLS: Final = Right(Function.INSTALLATION, Level.DO)

#: What the meter comes with; his first purchase pays for it.
_PRESET: Final = (
    Field(
        "preset",
        msg("Energy that is in the meter already"),
        "energy",
        hint=msg("His first purchase pays for it, and its token carries so much less."),
        is_required=False,
        heading=msg("Preset energy"),
        is_folded=True,
    ),
    Field(
        "worth",
        msg("What it is worth"),
        "money",
        hint=msg("The tariff says it. Write it only where no tariff can."),
        is_required=False,
    ),
)
INSTALLED: Final = msg("The meter is installed.")
NOT_COMPARED: Final = msg(
    "The meter is installed. The stock does not say what stands on its face, so its phases and the power "
    "that it bears were not compared with the supply point."
)
NOT_PRESET: Final = msg("A meter comes with %(most)s at most.")
NO_PRICE: Final = msg("No tariff can say what it is worth, so write it: %(why)s")
TARIFF_SAYS: Final = msg("The tariff says that it is worth %(worth)s. Leave this empty.")
WORTH_OF_NOTHING: Final = msg("Say how much energy it is.")

NO_STOCK: Final = First(
    msg("No meter is in stock that you could install. Take a delivery in first."),
    msg("Meter stock"),
    "/stock",
)


async def ask_installation(asked: Asked) -> Outcome:
    """Show the form, with the meter that was come from; NotThere where no meter can come."""
    facts = await _waiting(asked)
    today = asked.office.today().isoformat()
    usual = {"version": str(facts.row.point.version), "meter": asked.first("meter"), "fitted_on": today}
    return (await _form(asked, facts)).blank(asked, **usual).page(**point_around(asked, facts))


async def _waiting(asked: Asked) -> PointFacts:
    facts = await point_facts(asked)
    if not facts.row.point.may(PointEvent.INSTALL):
        raise NotThere
    return facts


async def _form(asked: Asked, facts: PointFacts) -> Form:
    question = Stock(branch=asked.me.rights.branch, state=StockState.IN_STOCK, limit=1)
    first = None if await asked.office.views.rows(question) else NO_STOCK
    fields = (*fitting_fields(asked.words), *_PRESET, VERSION)
    lead = of_whom(asked, facts)
    return Form(msg("Install a meter"), msg("Install it"), fields, lead=lead, first=first)


async def install(asked: Asked) -> Outcome:
    """Install it."""
    facts = await _waiting(asked)
    point, around = facts.row.point, point_around(asked, facts)
    filled = (await _form(asked, facts)).read(asked)
    filled, fitted = fitting_in(filled)
    filled, preset = _preset_in(filled)
    if fitted is not None and preset is not None and filled.is_sound:
        filled, preset = await _worth_in(filled, facts, fitted.pan, preset)
    if fitted is None or not filled.is_sound or filled.wants_change:
        return filled.page(**around)
    if preset is not None and not filled.is_confirmed:
        return _preview(filled, facts, preset)
    order = InstallMeter(
        asked.me.login,
        filled.nonce,
        point.number,
        version_in(filled),
        fitted.pan,
        filled.value("fitted_on", date),
        fitted.registers,
        fitted.seals,
        fitted.current,
        fitted.voltage,
        fitted.note,
        filled.value("is_test", bool),
        preset,
        asked.me.currency,
    )
    # What it comes with is owed by his account until a purchase pays for it.
    owed = 0 if preset is None else preset.minor
    subject = point_subject(point.number)
    act = file_act(Function.INSTALLATION, subject, about=point.account_no, amount_minor=owed)
    said = INSTALLED if await _is_face_known(asked, fitted.pan) else NOT_COMPARED
    done = await filed(filled, act, order, path=point_path, said=said)
    return done.onward or done.filled.page(**around)


async def _worth_in(
    filled: Filled, facts: PointFacts, pan: str, preset: Preset
) -> tuple[Filled, Preset]:
    """Work out what it is worth by the tariff; it is written where no tariff can say it."""
    asked, typed = filled.asked, filled.optional("worth", Money)
    found = await asked.office.views.rows(Stock(branch=asked.me.rights.branch, pan=pan, limit=1))
    if not found:
        return filled, preset  # the books refuse the meter
    counters, me = asked.office.counters, asked.me
    channel = counters.rules.terms(me.station or ANY_STATION, me.login).price_channel
    meter = fitted_meter(found[0], facts.row.point, facts.row.customer, None, is_test=False)
    worth = preset_worth(counters.pricing, meter, preset.wh, asked.office.now(), channel)
    if isinstance(worth, Declined):
        if typed is None:
            why = refusal_in(asked, worth) or ""
            filled = faulted(filled, "worth", asked.words.say(NO_PRICE, why=why))
        return filled, preset
    if typed is not None and typed.minor != worth.minor:
        said = asked.shown.money(worth.minor, worth.currency)
        filled = faulted(filled, "worth", asked.words.say(TARIFF_SAYS, worth=said))
    return filled, Preset(preset.wh, worth.minor)


def _preview(filled: Filled, facts: PointFacts, preset: Preset) -> Page:
    """Read back what it comes with, and what that is worth."""
    asked, point = filled.asked, facts.row.point
    entry = preset_entry(preset, point.account_no, asked.me.currency)
    lines = [PostingLine(one.account, Amount(one.amount, one.unit)) for one in entry.postings]
    name = f"{facts.row.customer} · {asked.shown.kwh(preset.wh)}"
    amount = Amount(preset.minor, asked.me.currency)
    return filled.preview(lines, amount, name, crumbs=point_around(asked, facts)["crumbs"])


async def _is_face_known(asked: Asked, pan: str) -> bool:
    """Has anybody said how many phases it has, and what it bears?"""
    found = await asked.office.views.rows(Stock(branch=asked.me.rights.branch, pan=pan, limit=1))
    return all(one.face.rating_w for one in found)


def _preset_in(filled: Filled) -> tuple[Filled, Preset | None]:
    """Read what the meter comes with; nothing is usual."""
    energy, worth = filled.optional("preset", Energy), filled.optional("worth", Money)
    if energy is None or energy.wh == 0:
        return (filled if worth is None else faulted(filled, "preset", WORTH_OF_NOTHING)), None
    if energy.wh > PRESET_WH_MAX:
        most = filled.asked.shown.kwh(PRESET_WH_MAX)
        return faulted(filled, "preset", filled.asked.words.say(NOT_PRESET, most=most)), None
    return filled, Preset(energy.wh, 0 if worth is None else worth.minor)


ROUTES: Final = (
    Route("GET", "/supply-points/<number>/install", _INSTALLS, ask_installation),
    Route("POST", "/supply-points/<number>/install", _INSTALLS, install),
)
