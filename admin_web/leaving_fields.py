"""The fields that say of a meter how it goes: its last registers, what is left in it, and who says so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from admin_web.fields import REASON, Field
from admin_web.file_forms import VERSION, bounded, faulted, version_in
from admin_web.fitting_fields import NOT_THAT_DAY
from admin_web.reading_words import register_label
from admin_web.spans import end_us
from admin_web.words import msg
from gateway.core.energy import Energy
from gateway.core.fitting import REGISTER_WH_MAX, REGISTERS, TOTAL
from gateway.core.person import PERSON_MAX
from gateway.core.reading import CREDIT_WH_MAX
from gateway.core.timeline import microseconds
from gateway.prepayment.install_meter import BACK_DAYS_MAX
from gateway.prepayment.leave_point import Going

if TYPE_CHECKING:
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.views_points import PointFacts

#: What was shown to be left, sent back with the form.
SHOWN: Final = Field("shown", msg("Left in it, as shown"), "kept", is_required=False)

BACK, SCRAP = "stock", "scrap"
_WHERE: Final = ((BACK, msg("back to the stock")), (SCRAP, msg("it is scrapped")))

_BEFORE: Final = "last_"

_TOTAL_TOO: Final = msg("Where one register is read, the total is read as well.")


def going_fields(asked: Asked, facts: PointFacts, day_name: str = "") -> tuple[Field, ...]:
    """Give the fields of the meter that is there; ``day_name`` names the day's field, "" for none."""
    names = _registers(facts)
    first = Field(
        _BEFORE + names[0],
        asked.words.say(msg("Total register when it goes")),
        "energy",
        hint=msg("Leave it empty where the meter is dark: then what is left is estimated."),
        is_required=False,
        heading=msg("The meter that goes"),
    )
    return (
        first,
        *(Field(_BEFORE + n, register_label(n, asked.words), "energy", is_required=False) for n in names[1:]),
        Field(
            "remaining",
            msg("Credit left, as the meter shows it"),
            "energy",
            hint=msg("Empty where it shows none: it is worked out. Below nothing where it lends."),
            is_required=False,
        ),
        Field("said_by", msg("Read by, or who says so"), length_max=PERSON_MAX),
        Field("where", msg("The meter goes"), "choice", choices=_WHERE),
        *((Field(day_name, msg("Day of the work"), "day"),) if day_name else ()),
        REASON,
        VERSION,
        SHOWN,
    )


def going_usual(asked: Asked, facts: PointFacts) -> dict[str, str]:
    """Give what stands in the fields from the start."""
    return {
        "version": str(facts.row.point.version),
        "where": BACK,
        "fitted_on": asked.office.today().isoformat(),
    }


def going_in(filled: Filled, facts: PointFacts) -> tuple[Filled, Going | None]:
    """Read them; what is wrong is said of its field, and then it is None."""
    registers: list[tuple[str, int]] = []
    for name in _registers(facts):
        energy = filled.optional(_BEFORE + name, Energy)
        if energy is not None:
            most = filled.asked.shown.kwh(REGISTER_WH_MAX)
            filled = bounded(filled, _BEFORE + name, energy.wh, REGISTER_WH_MAX, most)
            registers.append((name, energy.wh))
    left, day = filled.optional("remaining", Energy), filled.optional("fitted_on", date)
    if registers and registers[0][0] != TOTAL:
        filled = faulted(filled, _BEFORE + TOTAL, _TOTAL_TOO)
    if left is not None and abs(left.wh) > CREDIT_WH_MAX:
        filled = faulted(filled, "remaining", msg("No meter shows so much credit."))
    today = filled.asked.office.today()
    if day is not None and not today - timedelta(days=BACK_DAYS_MAX) <= day <= today:
        filled = faulted(filled, "fitted_on", filled.asked.words.say(NOT_THAT_DAY, days=BACK_DAYS_MAX))
    if not filled.is_sound or day is None:
        return filled, None
    return filled, Going(
        number=facts.row.point.number,
        version=version_in(filled),
        pan=facts.row.point.pan,
        left_on=day.isoformat(),
        taken_us=_taken_us(filled.asked, day),
        registers=tuple(registers),
        remaining_wh=None if left is None else left.wh,
        said_by=filled.value("said_by", str),
        to_stock=filled.value("where", str) == BACK,
        reason=filled.value("reason", str),
        currency=filled.asked.me.currency,
    )


def _taken_us(asked: Asked, day: date) -> int:
    """Say when it was read: now, or at the end of the day on which it was taken out."""
    now_us, ends_us = microseconds(asked.office.now()), end_us(day, asked.me.zone)
    return now_us if ends_us is None else min(now_us, ends_us - 1)


def _registers(facts: PointFacts) -> tuple[str, ...]:
    """Name the registers that the meter has, as far as it was fitted."""
    had = {} if facts.fitting is None else dict(facts.fitting.registers)
    return tuple(name for name in REGISTERS if name == TOTAL or name in had)
