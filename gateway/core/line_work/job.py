"""A piece of work for a line: whom to call, for which of its meters, and until when it makes sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.quickly_built import quickly_built

if TYPE_CHECKING:
    from gateway.core.contact import ContactWhy
    from gateway.core.line_work.work_kind import WorkKind


@quickly_built
@dataclass(frozen=True, slots=True)
class Job:
    """Work behind one number: ``meters`` on it, which all can be asked in one call.

    ``number`` is what is dialled, or the address where nothing is. ``bus`` names the concentrator or the wire
    that the meters share, which may be reached by several numbers; "" where a number is one meter's own.
    It may be begun from ``due_s`` on and until ``until_s``. ``purpose`` is a note of whoever offered it, for
    himself. ``tries`` counts the calls that did not do, ``last`` says how the last one ended.
    ValueError where nothing is to be done, or there is no time to do it.
    """

    id: int
    kind: WorkKind
    number: str
    meters: tuple[int, ...]
    due_s: int
    until_s: int
    bus: str = ""
    purpose: str = ""
    tries: int = 0
    last: ContactWhy | None = None

    def __post_init__(self) -> None:
        if not self.number:
            raise ValueError(f"number: job {self.id} has none; give what is dialled, or the address")
        if not self.meters:
            raise ValueError(f"meters: job {self.id} has none; give one at least")
        if self.due_s >= self.until_s:
            raise ValueError(f"until_s: job {self.id} ends at {self.until_s}, before it is due; give it time")
