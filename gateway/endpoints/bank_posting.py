"""Have an order of a bank decided: post its command, ask again by the better key, count it, log it.

Whichever door an order came through, it is decided here; each door has its own words for what is raised.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gateway.core.meter_number import MeterNumberFault
from gateway.core.outcome import Approved, Declined, KnownAs
from gateway.core.refusal import Refusal
from gateway.events import event
from gateway.ports import LedgerBusy, OutcomeUnknown
from gateway.prepayment.reverse_payment import ReversePayment

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.core.books import Command
    from gateway.core.outcome import Content
    from gateway.ports import Poster, Tally

log = logging.getLogger("powertill.bank")


class Undecided(Exception):  # noqa: N818 - no error: the order may be asked again under the same reference
    """There is no decision: ``busy`` (nothing was done) or ``unknown`` (it may have been done)."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class BankPosting:
    """Has the orders of one bank decided. ``reached`` is told the names of the crash points."""

    bank: str
    poster: Poster
    tally: Tally
    reached: Callable[[str], None] = lambda _point: None

    async def decided(self, asked: str, order: Callable[[], Command], **said: str) -> Content:
        """Make the command and have it decided; ``said`` is what else the log's line should say.

        Raises Undecided, and whatever the door's own ``order`` raises of a message it cannot read.
        """
        try:
            command = order()
        except MeterNumberFault as fault:
            return self._mistyped(asked, fault, said)
        self.reached("door.ordered")
        # One coroutine for both steps: each level of them is paid for by every payment.
        try:
            content = await self.poster.post(command)
            if isinstance(content, KnownAs) and isinstance(command, ReversePayment):
                # The reversal named its payment by trace and date; its key is known now.
                command = replace(command, payment=content.payment)
                content = await self.poster.post(command)
        except LedgerBusy as fault:
            raise Undecided("busy", str(fault)) from fault
        except OutcomeUnknown as fault:
            raise Undecided("unknown", str(fault)) from fault
        self._note(command.key, asked, content, said)
        self.reached("door.decided")
        return content

    def _mistyped(self, asked: str, fault: MeterNumberFault, said: dict[str, Any]) -> Content:
        """Refuse a meter number that cannot be one, before a command could be made of it."""
        content = Declined(Refusal.BAD_METER_NUMBER, str(fault))
        self._note("", asked, content, said)
        self.reached("door.decided")
        return content

    def _note(self, key: str, asked: str, content: Content, said: dict[str, Any]) -> None:  # texts
        outcome = content.reason.value if isinstance(content, Declined) else type(content).__name__.lower()
        self.tally.count("decisions", bank=self.bank, asked=asked, outcome=outcome)
        event(
            log,
            "bank.decided",
            bank=self.bank,
            **said,
            asked=asked,
            key=key,
            outcome=outcome,
            receipt_no=content.receipt_no if isinstance(content, Approved) else None,
        )
