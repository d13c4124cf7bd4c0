"""A moment as a form asks for it: a day, and a time of it in the visitor's own zone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from admin_web.fields import Field
from admin_web.spans import civil_of
from admin_web.words import msg

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from admin_web.asked import Asked
    from admin_web.forms import Filled

MOMENT: Final = (
    Field("day", msg("Day"), "day"),
    Field("time", msg("Time"), hint=msg("In your own time zone, such as 14:05."), length_max=5),
)

_NOT_A_TIME: Final = msg("Write the time as hours and minutes, such as 14:05.")


def this_moment(asked: Asked) -> Mapping[str, str]:
    """Give what stands in the fields at first."""
    local = asked.office.now().astimezone(asked.shown.zone)
    return {"day": local.date().isoformat(), "time": f"{local:%H:%M}"}


def with_time(filled: Filled) -> Filled:
    """Say beside its field what is no time of a day."""
    written = filled.optional("time", str)
    if written is not None and civil_of(f"2026-01-01T{written}") is None:
        return filled.refused(_NOT_A_TIME, "time")
    return filled


def moment_in(asked: Asked, filled: Filled) -> datetime:
    """Read it from a sound form."""
    day = filled.value("day", date)
    local = civil_of(f"{day.isoformat()}T{filled.value('time', str)}")
    assert local is not None  # noqa: S101 - see ``with_time``
    return local.replace(tzinfo=asked.shown.zone)
