"""The fields that say which meter is fitted and how, as the installer's paper has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from admin_web.fields import NOTHING_WRITTEN, Field
from admin_web.figure_filters import meter_number
from admin_web.file_forms import bounded, faulted, faulted_as_told
from admin_web.words import msg
from gateway.core.energy import Energy
from gateway.core.fitting import (
    DIRECT,
    PRIMARY_MAX,
    REGISTER_WH_MAX,
    REGISTERS,
    SEAL,
    SEALS_MAX,
    TOTAL,
    Fitting,
    Ratio,
)
from gateway.core.stock import NOTE_MAX
from gateway.prepayment.install_meter import BACK_DAYS_MAX

if TYPE_CHECKING:
    from admin_web.forms import Filled
    from admin_web.words import Words

#: Letters of a meter's number as somebody types it, and of all its seals.
_METER_MAX: Final = 40
_SEALS_TEXT_MAX: Final = 150

NOT_A_SEAL: Final = msg(
    "A seal has up to 20 letters, digits, / and -. Part the seals with commas: six at most, each once."
)
NOT_A_RATIO: Final = msg("Before the transformer there is at least as much as behind it: such as 100 to 5.")
NOT_THAT_DAY: Final = msg("The work was done today, or in the %(days)s days before.")


def _transformer(name: str, label: str, second: str, heading: str = "") -> tuple[Field, Field]:
    return (
        Field(f"{name}_primary", label, "count", is_required=False, heading=heading, is_folded=bool(heading)),
        Field(f"{name}_secondary", second, "count", is_required=False),
    )


_FIELDS: Final = (
    Field(
        "meter",
        msg("Meter number"),
        hint=msg("Of a meter in stock: 11 or 13 digits, or the long form of 18."),
        length_max=_METER_MAX,
    ),
    Field("fitted_on", msg("Day of the work"), "day"),
    Field(
        "total",
        msg("Register: total"),
        "energy",
        hint=msg("As the meter shows it, before any transformer's factor."),
    ),
    Field(
        "seals",
        msg("Seals"),
        hint=msg("Their numbers with commas between them, such as A1730, A1731."),
        is_required=False,
        length_max=_SEALS_TEXT_MAX,
    ),
    Field("note", msg("Note"), is_required=False, length_max=NOTE_MAX),
    Field("is_test", msg("The meter is for trials: its tokens may be made with sample keys"), "check"),
    *_transformer(
        "current",
        msg("Current transformer: A before it"),
        msg("Current transformer: A behind it"),
        msg("Transformers before the meter"),
    ),
    *_transformer(
        "voltage", msg("Voltage transformer: V before it"), msg("Voltage transformer: V behind it")
    ),
)


def fitting_fields(words: Words) -> tuple[Field, ...]:
    """Give the fields; those of the rates' registers are folded away."""
    rates = []
    for nth, name in enumerate((one for one in REGISTERS if one != TOTAL), 1):
        heading = msg("Registers of the rates") if nth == 1 else ""
        label = words.say(msg("Register: rate %(number)s"), number=nth)
        rates.append(
            Field(name, label, "energy", is_required=False, heading=heading, is_folded=bool(heading))
        )
    return (*_FIELDS, *rates)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was read of an installer's paper."""

    pan: str
    registers: tuple[tuple[str, int], ...]
    seals: tuple[str, ...]
    current: Ratio
    voltage: Ratio
    note: str


def fitting_in(filled: Filled) -> tuple[Filled, Fitted | None]:
    """Read it; what is wrong is said of its field, and then it is None."""
    pan, why = meter_number(filled.optional("meter", str) or "")
    if why is not None:
        filled = faulted(filled, "meter", why)
    filled = _day_checked(filled)
    filled, registers = _registers_in(filled)
    filled, seals = _seals_in(filled)
    filled, current = _ratio_in(filled, "current")
    filled, voltage = _ratio_in(filled, "voltage")
    if not filled.is_sound or pan is None:
        return filled, None
    fitted = Fitted(pan, registers, seals, current, voltage, filled.optional("note", str) or "")
    try:
        Fitting(fitted.pan, "", "", registers, seals, current, voltage, fitted.note)
    except ValueError as fault:
        return faulted_as_told(filled, "note", str(fault)), None
    return filled, fitted


def _day_checked(filled: Filled) -> Filled:
    day, today = filled.optional("fitted_on", date), filled.asked.office.today()
    if day is None or today - timedelta(days=BACK_DAYS_MAX) <= day <= today:
        return filled
    return faulted(filled, "fitted_on", filled.asked.words.say(NOT_THAT_DAY, days=BACK_DAYS_MAX))


def _registers_in(filled: Filled) -> tuple[Filled, tuple[tuple[str, int], ...]]:
    found, most = [], filled.asked.shown.kwh(REGISTER_WH_MAX)
    for name in REGISTERS:
        energy = filled.optional(name, Energy)
        if energy is not None:
            filled = bounded(filled, name, energy.wh, REGISTER_WH_MAX, most)
            found.append((name, energy.wh))
    return filled, tuple(found)


def _seals_in(filled: Filled) -> tuple[Filled, tuple[str, ...]]:
    written = filled.optional("seals", str) or ""
    seals = tuple(one.strip() for one in written.split(",") if one.strip())
    is_right = len(seals) <= SEALS_MAX and len(set(seals)) == len(seals) and all(map(SEAL.fullmatch, seals))
    return (filled if is_right else faulted(filled, "seals", NOT_A_SEAL)), seals


def _ratio_in(filled: Filled, name: str) -> tuple[Filled, Ratio]:
    """Read a transformer; nothing written is none."""
    ends = [f"{name}_primary", f"{name}_secondary"]
    primary, secondary = (filled.optional(end, int) for end in ends)
    if primary is None and secondary is None:
        return filled, DIRECT
    if primary is None or secondary is None:
        return faulted(filled, ends[primary is not None], NOTHING_WRITTEN), DIRECT
    filled = bounded(filled, ends[0], primary, PRIMARY_MAX, filled.asked.shown.number(PRIMARY_MAX))
    try:
        return filled, Ratio(primary, secondary)
    except ValueError:
        return faulted(filled, ends[0], NOT_A_RATIO), DIRECT
