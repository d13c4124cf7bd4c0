"""The columns that a step in a life may change, that of a tariff version or of a vending key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.core.timeline import microseconds, moment_of

if TYPE_CHECKING:
    from datetime import datetime
    from enum import Enum


class Lived(Protocol):
    """What has such a life: drafted or loaded, approved by a second person, withdrawn."""

    @property
    def state(self) -> Enum:
        """Where it stands."""

    @property
    def approved_by(self) -> str | None:
        """The second person."""

    @property
    def approved_at(self) -> datetime | None:
        """When."""

    @property
    def withdrawn_by(self) -> str | None:
        """Whoever took it back."""

    @property
    def withdrawn_at(self) -> datetime | None:
        """When."""

    @property
    def reason(self) -> str | None:
        """Why."""


def life_columns(one: Lived) -> dict[str, object]:
    """Give the columns that a step may change."""
    return {
        "state": one.state.value,
        "approved_by": one.approved_by,
        "approved_us": us_or_none(one.approved_at),
        "withdrawn_by": one.withdrawn_by,
        "withdrawn_us": us_or_none(one.withdrawn_at),
        "reason": one.reason,
    }


def moment_or_none(at_us: int | None) -> datetime | None:
    """Read a moment that may be none."""
    return None if at_us is None else moment_of(at_us)


def us_or_none(moment: datetime | None) -> int | None:
    """Write a moment that may be none."""
    return None if moment is None else microseconds(moment)
