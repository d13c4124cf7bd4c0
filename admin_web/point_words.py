"""What is said of supply points, of the network, and of a meter as it is fitted."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.cells import Code, Link, State, Tone
from admin_web.object_page import Fact
from admin_web.words import msg
from gateway.core.amendment import written
from gateway.core.fitting import DIRECT
from gateway.core.ledger import WATT_HOURS
from gateway.core.network import NetworkKind
from gateway.core.supply_point import PointState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from admin_web.asked import Asked
    from admin_web.shown import Shown
    from gateway.core.fitting import Fitting, Ratio

POINT_STATES: Final[Mapping[PointState, State]] = {
    PointState.APPLIED: State(msg("applied for"), Tone.WAITING),
    PointState.REGISTERED: State(msg("waits for its meter"), Tone.WAITING),
    PointState.ACTIVE: State(msg("in use"), Tone.GOOD),
    PointState.CLOSED: State(msg("closed"), Tone.QUIET),
}

NETWORK_KINDS: Final[Mapping[NetworkKind, str]] = {
    NetworkKind.AREA: msg("Area"),
    NetworkKind.FEEDER: msg("Feeder"),
    NetworkKind.TRANSFORMER: msg("Transformer"),
}

#: Whether new supply points are offered a place of the network.
PLACE_STATES: Final[Mapping[str, State]] = {
    "used": State(msg("in use"), Tone.GOOD),
    "unused": State(msg("used no more"), Tone.QUIET),
}

#: What the ends of a transformer before a meter are counted in.
_UNITS: Final = {"current": "A", "voltage": "V"}

_TOTAL: Final = "total"


def point_path(number: str) -> str:
    """Name the page of a supply point; an account number may have any sign in it."""
    return f"/supply-points/{quote(number, safe='')}"


def point_cell(number: str) -> Link:
    """Name a supply point, with its page."""
    return Link(Code(number), point_path(number))


def watts_said(contract_w: int, shown: Shown) -> str | None:
    """Say a contracted power; None where none was agreed on."""
    return shown.kw(contract_w) if contract_w else None


def ratio_said(ratio: Ratio, what: str, say: Callable[..., str]) -> str:
    """Say a ``current`` or ``voltage`` transformer: ``100 / 5 A``."""
    if ratio == DIRECT:
        return say(msg("none, the meter is connected directly"))
    return f"{ratio.primary} / {ratio.secondary} {_UNITS[what]}"


def registers_said(registers: Iterable[tuple[str, int]], say: Callable[..., str], shown: Shown) -> str:
    """Say what registers showed, each with its name."""
    return ", ".join(f"{_register(name, say)}: {shown.amount(wh, WATT_HOURS)}" for name, wh in registers)


def _register(name: str, say: Callable[..., str]) -> str:
    if name == _TOTAL:
        return say(msg("total"))
    return say(msg("rate %(number)s"), number=name.rpartition("_")[2])


def how_fitted(asked: Asked, fitting: Fitting) -> tuple[Fact, ...]:
    """Say how a meter is fitted, as an inspector compares it with the one on the wall."""
    say, shown = asked.words.say, asked.shown
    facts = [
        Fact(msg("Installed on"), date.fromisoformat(fitting.fitted_on)),
        Fact(msg("Seals"), ", ".join(fitting.seals) or None),
        Fact(msg("Current transformer"), ratio_said(fitting.current, "current", say)),
        Fact(msg("Voltage transformer"), ratio_said(fitting.voltage, "voltage", say)),
        Fact(msg("Registers are multiplied by"), str(fitting.multiplier)),
        Fact(msg("Registers when it came"), registers_said(fitting.registers, say, shown) or None),
        Fact(msg("Note"), fitting.note or None),
    ]
    if fitting.removed_on:
        last = registers_said(fitting.final_registers, say, shown)
        facts += [
            Fact(msg("Taken out on"), date.fromisoformat(fitting.removed_on)),
            Fact(msg("Registers when it went"), last or None),
        ]
    return tuple(facts)


def fitting_raw(fitting: Fitting | None) -> object:
    """Give a fitting as the engineer wants it: as amendments keep it."""
    return None if fitting is None else json.loads(written(fitting))
