"""A bank's doors as the health checks tell them: ``bank.<code>`` and ``bank.<code>.soap``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import State, Tone
from admin_web.words import msg
from gateway.endpoints.health import Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.endpoints.health import Check

STATES: Final[Mapping[Standing, State]] = {
    Standing.OK: State(msg("stands"), Tone.GOOD),
    Standing.DEGRADED: State(msg("nobody is connected"), Tone.WAITING),
    Standing.FAILING: State(msg("fails"), Tone.BAD),
}

#: A bank that the ledger knows and the configuration does not, or not any more.
NO_DOOR: Final = State(msg("no door"), Tone.QUIET)

_ORDER: Final = tuple(Standing)


def doors_of(checks: Sequence[Check], bank: str) -> Sequence[Check]:
    """Give the checks of a bank's doors."""
    prefix = f"bank.{bank}"
    return [one for one in checks if one.name == prefix or one.name.startswith(f"{prefix}.")]


def door_state(checks: Sequence[Check], bank: str) -> State:
    """Say how a bank's doors stand: the worst of them decides."""
    found = doors_of(checks, bank)
    if not found:
        return NO_DOOR
    return STATES[max((one.standing for one in found), key=_ORDER.index)]


def door_name(check: Check) -> str:
    """Name a door by what is spoken there."""
    return "SOAP" if check.name.endswith(".soap") else "ISO 8583"
