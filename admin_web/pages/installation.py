"""Installation: a meter of the stock is fitted at a supply point that waits for it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.diary_files import point_subject
from admin_web.fields import Field
from admin_web.file_forms import VERSION, faulted, file_act, filed, version_in
from admin_web.fitting_fields import fitting_fields, fitting_in
from admin_web.forms import First, Form
from admin_web.pages.amend_point import of_whom, point_around, point_facts
from admin_web.point_words import point_path
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.energy import Energy
from gateway.core.money import Money
from gateway.core.preset import PRESET_WH_MAX, Preset
from gateway.core.stock import StockState
from gateway.core.supply_point import PointEvent
from gateway.core.views_stock import Stock
from gateway.prepayment.install_meter import InstallMeter

if TYPE_CHECKING:
    from admin_web.answers import Outcome
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
        hint=msg("It is put on his account until then."),
        is_required=False,
    ),
)
NOT_PRESET: Final = msg("A meter comes with %(most)s at most.")
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
    if fitted is None or not filled.is_sound:
        return filled.page(**around)
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
    act = file_act(Function.INSTALLATION, point_subject(point.number), about=point.account_no)
    done = await filed(filled, act, order, path=point_path, said=msg("The meter is installed."))
    return done.onward or done.filled.page(**around)


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
