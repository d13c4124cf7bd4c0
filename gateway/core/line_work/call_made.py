"""A call that was made, as it is kept: by which line, what for, how it ended, what it cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.core.contact import ContactWhy
    from gateway.core.line_work.work_kind import WorkKind


@dataclass(frozen=True, slots=True)
class CallMade:
    """The line named ``line`` has called, from ``at_s`` on (seconds since 1970 UTC) and for ``seconds``.

    ``place`` is what was dialled, or the address: it may be a customer's telephone number, so no log has it.
    ``meters`` were to be asked, of which ``read`` were. ``why``: how it ended; None for a good one.
    """

    line: str
    place: str = field(repr=False)
    bus: str
    kind: WorkKind
    meters: int
    read: int
    why: ContactWhy | None
    seconds: int
    at_s: int
    cost_minor: int = 0
