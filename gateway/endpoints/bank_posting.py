"""Have an order of a bank decided: post its command, ask again by the better key, count it, log it.

Whichever door an order came through, it is decided here; each door has its own words for what is raised.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.defer import TimeoutError as TimedOut

from gateway.core.meter_number import MeterNumberFault
from gateway.core.outcome import Approved, Declined, TokensWanted
from gateway.core.quickly_built import quickly_built
from gateway.core.refusal import RETRYABLE, Refusal
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy
from gateway.events import event
from gateway.ports import LedgerBusy, OutcomeUnknown
from gateway.prepayment.hand_over import HandOver
from gateway.prepayment.next_step import next_step
from gateway.prepayment.take_payment import TakePayment

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from gateway.core.books import Command
    from gateway.core.outcome import Content
    from gateway.ports import Clock, Tally, TokenIssuer

log = logging.getLogger("powertill.bank")

#: How long an issuer may be asked for one order: banks wait some twenty seconds in all.
ISSUER_DEADLINE_S = 8

#: How often one command may send us to the issuer: keys, then tokens, and once more where a key changed.
PREPARED_MAX = 3

_BOOKED = "the payment is booked, its token is not made yet; ask again under the same reference"


class Undecided(Exception):  # noqa: N818 - no error: the order may be asked again under the same reference
    """There is no decision: ``busy`` (nothing was done) or ``unknown`` (it may have been done)."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


@quickly_built
@dataclass(frozen=True, slots=True)
class _Asked:
    """An order on its way: the command it is at, what was asked, and what the log's line says besides.

    ``prepared`` counts how often the issuer was asked for this command.
    """

    command: Command
    asked: str
    said: dict[str, Any]
    prepared: int = 0


class PromisingPoster(Protocol):
    """A ``ports.Poster`` whose promise takes callbacks: every payment would pay for a coroutine."""

    def post(self, command: Command) -> Deferred[Content]:
        """Post a command; see ``ports.Poster``."""


@dataclass(frozen=True, slots=True)
class BankPosting:
    """Has the orders of one bank decided. ``reached`` is told the names of the crash points.

    What the issuer must prepare is asked of it between two commands, for ``ISSUER_DEADLINE_S`` at most.
    """

    bank: str
    poster: PromisingPoster
    tally: Tally
    issuer: TokenIssuer
    clock: Clock
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
        return self._post(_Asked(command, asked, said))

    def _post(self, asked: _Asked) -> Deferred[Content]:
        promised = self.poster.post(asked.command)
        return promised.addCallbacks(self._told, self._undecided, callbackArgs=(asked,))

    def _told(self, content: Content, asked: _Asked) -> Content | Deferred[Content]:
        if isinstance(content, TokensWanted):
            return self._prepared(content, asked)
        following = next_step(asked.command, content)
        if following is not None:
            return self._post(replace(asked, command=following, prepared=0))
        is_booked = isinstance(asked.command, HandOver)
        if is_booked and isinstance(content, Declined) and content.reason in RETRYABLE:
            # The money stands in the books: "declined" would have the bank give it back.
            raise self._tokenless(content, asked)
        return self._noted(content, asked.command.key, asked.asked, asked.said)

    def _tokenless(self, refused: Declined, asked: _Asked) -> Undecided:
        """Say, and log, why a payment that is booked has no token yet."""
        why = refused.detail or refused.reason.value
        event(
            log, "bank.token_missing", level=logging.WARNING, bank=self.bank, **asked.said,
            asked=asked.asked, key=asked.command.key, why=why,
        )  # fmt: skip
        return Undecided("unknown", f"{_BOOKED} ({why})")

    def _prepared(self, wanted: TokensWanted, asked: _Asked) -> Content | Deferred[Content]:
        """Have the issuer asked, then post again: what could not be had before is at hand, or refused."""
        if asked.prepared >= PREPARED_MAX:
            refused = Declined(Refusal.NO_TOKEN, "the issuer did not keep what it had prepared")
            return self._told(refused, asked)
        asking = Deferred.fromCoroutine(self.issuer.prepare(wanted.orders))
        asking.addTimeout(ISSUER_DEADLINE_S, self.clock)  # type: ignore[arg-type]  # a reactor or its like
        again = replace(asked, prepared=asked.prepared + 1)
        return asking.addCallbacks(lambda _: self._post(again), self._unprepared, errbackArgs=(asked,))

    def _unprepared(self, failure: Failure, asked: _Asked) -> Content | Deferred[Content]:
        """Nothing was booked by this command: post it with the reason, so that a person is told, too."""
        failure.trap(IssuerRefusal, TimedOut)
        fault = failure.value
        why = fault.why if isinstance(fault, IssuerRefusal) else IssuerRefusalWhy.UNREACHABLE
        self.tally.count("issuer_refusals", why=why.name.lower())
        command = asked.command
        assert isinstance(command, TakePayment | HandOver)  # noqa: S101 - no other wants tokens of an issuer
        return self._post(replace(asked, command=replace(command, unprepared=why), prepared=0))

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
