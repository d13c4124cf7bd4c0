"""Installation: a meter of the stock is fitted at a supply point that waits for it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.diary_files import point_subject
from admin_web.file_forms import VERSION, file_act, filed, version_in
from admin_web.fitting_fields import fitting_fields, fitting_in
from admin_web.forms import First, Form
from admin_web.pages.amend_point import of_whom, point_around, point_facts
from admin_web.point_words import point_path
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.stock import StockState
from gateway.core.supply_point import PointEvent
from gateway.core.views_stock import Stock
from gateway.prepayment.install_meter import InstallMeter

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from gateway.core.views_points import PointFacts

_INSTALLS: Final = Right(Function.INSTALLATION, Level.DO)

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
    fields = (*fitting_fields(asked.words), VERSION)
    lead = of_whom(asked, facts)
    return Form(msg("Install a meter"), msg("Install it"), fields, lead=lead, first=first)


async def install(asked: Asked) -> Outcome:
    """Install it."""
    facts = await _waiting(asked)
    point, around = facts.row.point, point_around(asked, facts)
    filled = (await _form(asked, facts)).read(asked)
    filled, fitted = fitting_in(filled)
    if fitted is None:
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
    )
    act = file_act(Function.INSTALLATION, point_subject(point.number), about=point.account_no)
    done = await filed(filled, act, order, path=point_path, said=msg("The meter is installed."))
    return done.onward or done.filled.page(**around)


ROUTES: Final = (
    Route("GET", "/supply-points/<number>/install", _INSTALLS, ask_installation),
    Route("POST", "/supply-points/<number>/install", _INSTALLS, install),
)
