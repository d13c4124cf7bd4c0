"""Have an order of a bank decided: post its command, ask again by the better key, count it, log it.

Whichever door an order came through, it is decided here; each door has its own words for what is raised.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.defer import Deferred, succeed

from gateway.core.meter_number import MeterNumberFault
from gateway.core.outcome import Approved, Declined, KnownAs
from gateway.core.refusal import Refusal
from gateway.events import event
from gateway.ports import LedgerBusy, OutcomeUnknown
from gateway.prepayment.reverse_payment import ReversePayment

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from gateway.core.books import Command
    from gateway.core.outcome import Content
    from gateway.ports import Tally

log = logging.getLogger("powertill.bank")


class Undecided(Exception):  # noqa: N818 - no error: the order may be asked again under the same reference
    """There is no decision: ``busy`` (nothing was done) or ``unknown`` (it may have been done)."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


class PromisingPoster(Protocol):
    """A ``ports.Poster`` whose promise takes callbacks: every payment would pay for a coroutine."""

    def post(self, command: Command) -> Deferred[Content]:
        """Post a command; see ``ports.Poster``."""


@dataclass(frozen=True, slots=True)
class BankPosting:
    """Has the orders of one bank decided. ``reached`` is told the names of the crash points."""

    bank: str
    poster: PromisingPoster
    tally: Tally
    reached: Callable[[str], None] = lambda _point: None

    def decided(self, asked: str, order: Callable[[], Command], **said: str) -> Deferred[Content]:
        """Make the command and have it decided; ``said`` is what else the log's line should say.

        Fires with the content, or fails with Undecided. Whatever the door's own ``order`` raises of a message
        it cannot read is raised at once.
        """
        try:
            command = order()
        except MeterNumberFault as fault:
            return succeed(self._mistyped(asked, fault, said))
        self.reached("door.ordered")
        promised = self.poster.post(command)
        return promised.addCallbacks(self._told, self._undecided, callbackArgs=(command, asked, said))

    def _told(
        self, content: Content, command: Command, asked: str, said: dict[str, Any]
    ) -> Content | Deferred[Content]:
        if isinstance(content, KnownAs) and isinstance(command, ReversePayment):
            # The reversal named its payment by trace and date; its key is known now.
            command = replace(command, payment=content.payment)
            promised = self.poster.post(command)
            return promised.addCallbacks(
                self._noted, self._undecided, callbackArgs=(command.key, asked, said)
            )
        return self._noted(content, command.key, asked, said)

    def _undecided(self, failure: Failure) -> Failure:
        """Say in one word what became of the order; a bug of ours goes on as it is."""
        fault = failure.value
        if isinstance(fault, LedgerBusy):
            raise Undecided("busy", str(fault)) from fault
        if isinstance(fault, OutcomeUnknown):
            raise Undecided("unknown", str(fault)) from fault
        return failure

    def _mistyped(self, asked: str, fault: MeterNumberFault, said: dict[str, Any]) -> Content:
        """Refuse a meter number that cannot be one, before a command could be made of it."""
        return self._noted(Declined(Refusal.BAD_METER_NUMBER, str(fault)), "", asked, said)

    def _noted(self, content: Content, key: str, asked: str, said: dict[str, Any]) -> Content:
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
        self.reached("door.decided")
        return content
