"""The system diary: who did what, when and from where. A line is written once, and the chain seals it.

A line says what was done and never holds a secret: no token, password, key or code stands in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.core.person import LOCAL

#: Characters of a line's longer texts: what changed, not the whole file. A reason, what changed (TOLD_MAX)
#: and the digests behind it must fit.
DETAIL_MAX: Final = 2_000
SUBJECT_MAX: Final = 120

#: Of these, what was changed from what to what.
TOLD_MAX: Final = 1_200


class Action(Enum):
    """What was done."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    CHANGE = "change"
    ORDER = "order"
    ASK = "ask"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    SHOW = "show"
    PRINT = "print"
    EXPORT = "export"


class DiaryOutcome(Enum):
    """What became of it."""

    DONE = "done"
    WAITS = "waits"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, through which door. ``session`` is empty for somebody at the machine itself.

    Who sits at the machine has the books' own keys at hand, so no right is asked of him and nothing he orders
    waits for a second person; the diary names him. What he has asked for in a browser he does not approve
    there. ``address`` is the browser's.
    """

    login: str
    session: str = ""
    address: str = ""
    station: str = ""

    @property
    def is_local(self) -> bool:
        """Is it somebody at the machine, and not in a browser?"""
        return not self.session

    @property
    def said(self) -> str:
        """His name as the diary writes it."""
        return f"{LOCAL}{self.login}" if self.is_local else self.login


@dataclass(frozen=True, slots=True)
class DiaryLine:
    """One line, as it is decided; its number and moment come with writing it."""

    actor: Actor
    function: str
    action: Action
    subject: str
    outcome: DiaryOutcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DiaryRow:
    """One line as it is kept."""

    id: int
    at_us: int
    actor: str
    station: str
    address: str
    function: str
    action: str
    subject: str
    outcome: str
    detail: str


def plain(text: str, most: int) -> str:
    """Make a text fit for a line: nothing that cannot be printed, and cut with an ellipsis."""
    printable = "".join(one if one.isprintable() else " " for one in text)
    return printable if len(printable) <= most else printable[: most - 1] + "…"
