"""An approval: an order that waits for a second person, bound to its content.

    (asked) ──► ASKED ──approve──► APPROVED      the order was carried out in the same moment
                  │ ├────refuse──► REFUSED
                  │ └──withdraw──► WITHDRAWN     by whoever asked
                  └··· a day and a half passes: it can no longer be decided (``is_over``)

What is carried out is what was asked: the digest is taken from the order as it is kept, and compared again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import Final

#: From Friday's late shift to nobody's memory: an order of yesterday may still be decided, an older one is
#: asked for anew, for what it was meant for has passed.
LASTS_US: Final = 36 * 3_600 * 1_000_000


class ApprovalState(Enum):
    """Where it stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Verdict(Enum):
    """What can be decided."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


TRANSITIONS: Final[dict[tuple[ApprovalState, Verdict], ApprovalState]] = {
    (ApprovalState.ASKED, Verdict.APPROVE): ApprovalState.APPROVED,
    (ApprovalState.ASKED, Verdict.REFUSE): ApprovalState.REFUSED,
    (ApprovalState.ASKED, Verdict.WITHDRAW): ApprovalState.WITHDRAWN,
}


class IllegalApprovalStep(RuntimeError):  # noqa: N818 - the style's name for a step the table does not have
    """It was decided already."""


@dataclass(frozen=True, slots=True)
class Approval:
    """An order, who wants it and why, and what the second person said.

    ``kind`` and ``order`` are the order as it is kept (``core.office_order``); ``amount_minor`` is what it
    moves, in the utility's currency, ``about`` the meter or account it is about (empty: nobody's).
    """

    reference: str
    function: str
    kind: str
    order: str
    digest: str
    subject: str
    amount_minor: int
    about: str
    reason: str
    asked_by: str
    asked_us: int
    state: ApprovalState = ApprovalState.ASKED
    decided_by: str = ""
    decided_us: int | None = None
    outcome: str = ""

    @property
    def ends_us(self) -> int:
        """Until when it can be decided."""
        return self.asked_us + LASTS_US

    def is_over(self, at_us: int) -> bool:
        """Has it waited for too long?"""
        return at_us >= self.ends_us

    def decided(self, verdict: Verdict, by: str, at_us: int, outcome: str) -> Approval:
        """Return it as it is once it was decided; IllegalApprovalStep where it was before."""
        state = TRANSITIONS.get((self.state, verdict))
        if state is None:
            raise IllegalApprovalStep(f"an order that is {self.state.value} cannot be decided again")
        return replace(self, state=state, decided_by=by, decided_us=at_us, outcome=outcome)


def order_digest(function: str, kind: str, order: str) -> str:
    """Bind an approval to the content of its order."""
    return sha256(f"{function}\n{kind}\n{order}".encode()).hexdigest()
