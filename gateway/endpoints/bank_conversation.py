"""What a bank's link says and hears, message by message: sign-on, refusals, orders and their answers.

No transport here: a payload comes in; the answer is bytes now, bytes later (a Deferred), or nothing.
"""

from __future__ import annotations

import hmac
import logging
from hashlib import sha256
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, fail

from gateway.codecs.iso8583.message import PeerFault, ValueFault
from gateway.endpoints.bank_posting import Undecided
from gateway.endpoints.bank_request import Asked, RequestFault, asked, is_answer
from gateway.events import event

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from gateway.codecs.iso8583.message import Message
    from gateway.core.outcome import Content
    from gateway.endpoints.bank_door import BankDoor

    #: Bytes to say now, a promise of them, or None where nothing can be said.
    Answer = bytes | Deferred[bytes] | None

log = logging.getLogger("powertill.bank")

#: How old a signed sign-on may be: clocks of banks are minutes apart, a stolen signature is older.
SIGN_ON_SKEW_S = 300


class Conversation:
    """One link's dialogue: remembers whether the bank has signed on, and nothing else."""

    def __init__(self, door: BankDoor) -> None:
        self._door = door
        self._is_signed_on = not door.profile.needs_sign_on

    def hear(self, payload: bytes, *, is_busy: bool) -> Answer:
        """Read a message and answer it; ``is_busy``: the link has as many orders in work as it may."""
        door = self._door
        try:
            message = door.profile.spec.decode(payload)
        except PeerFault as fault:
            return self._unreadable(fault)
        if message.unread is not None:
            return self._refused(
                message, f"DE{message.unread.field} is not in the profile: the message cannot be read"
            )
        if is_answer(message.mti):
            door.tally.count("messages_refused", bank=door.bank, reason="answer")
            event(log, "bank.answer_unasked", bank=door.bank, mti=message.mti)
            return None
        what = asked(message, door.profile)
        door.tally.count("messages", bank=door.bank, asked=what.value)
        return self._served(message, what, is_busy=is_busy)

    def overdue(self, payload: bytes) -> bytes | None:
        """Answer a request whose decision did not come in time: its fate is stored, ask again."""
        message = self._door.profile.spec.decode(payload)
        return self._plainly(message, "unknown", "not decided in time; ask again with the same reference")

    def _served(self, message: Message, what: Asked, *, is_busy: bool) -> Answer:
        door = self._door
        if what in {Asked.SIGN_ON, Asked.SIGN_OFF, Asked.ECHO}:
            return self._network(message, what)
        if not self._is_signed_on:
            return self._plainly(message, "signed_off", "sign on first: 0800 with DE70 001")
        if door.acquirers and message.fields.get(32, "") not in door.acquirers:
            return self._plainly(message, "wrong_bank", "DE32 is missing or not this link's bank")
        if what is Asked.NOTHING:
            sentence = f"{message.mti} with DE3 {message.fields.get(3, 'missing')} is not served here"
            return self._plainly(message, "not_allowed", sentence)
        if is_busy:
            door.tally.count("messages_refused", bank=door.bank, reason="busy")
            return self._plainly(message, "busy", "too many requests at once; ask again")
        return self._ordered(message, what)

    # -- what cannot be served ---------------------------------------------------------------------

    def _unreadable(self, fault: PeerFault) -> Answer:
        door = self._door
        if fault.partial is None:
            door.tally.count("messages_refused", bank=door.bank, reason="unreadable")
            event(log, "bank.unreadable", bank=door.bank, at=fault.at, why=fault.why)
            return None
        place = "message" if fault.field is None else f"DE{fault.field}"
        return self._refused(fault.partial, f"{place} at byte {fault.at}: {fault.why}")

    def _refused(self, message: Message, sentence: str) -> Answer:
        door = self._door
        door.tally.count("messages_refused", bank=door.bank, reason="format")
        event(log, "bank.refused", bank=door.bank, mti=message.mti, why=sentence)
        return None if is_answer(message.mti) else self._plainly(message, "format", sentence)

    def _plainly(self, message: Message, reason: str, sentence: str) -> bytes | None:
        try:
            return self._door.writer.plain(message, reason, sentence)
        except ValueFault as fault:
            # What was read of a broken message may not be sayable again; the bank's own time-out remains.
            bank = self._door.bank
            event(log, "bank.unanswerable", bank=bank, mti=message.mti, field=fault.field, why=fault.why)
            return None

    # -- the network's own messages ----------------------------------------------------------------

    def _network(self, message: Message, what: Asked) -> Answer:
        if what is Asked.SIGN_ON and not self._is_proven(message):
            self._door.tally.count("messages_refused", bank=self._door.bank, reason="signature")
            event(log, "bank.signature_wrong", bank=self._door.bank)
            return self._plainly(message, "bad_signature", "the signature does not fit or is too old")
        if what is not Asked.ECHO and self._door.profile.needs_sign_on:
            self._is_signed_on = what is Asked.SIGN_ON
        event(log, "bank.network", bank=self._door.bank, asked=what.value)
        return self._plainly(message, "done", "")

    def _is_proven(self, message: Message) -> bool:
        """Check the signature of a sign-on: HMAC-SHA256 of ``access key:time``, made a moment ago."""
        proof, secret = self._door.profile.sign_on_proof, self._door.sign_on_secret
        if proof is None:
            return True
        if secret is None:
            return False
        try:
            sent = self._door.profile.layouts[proof.field].parse(message.fields.get(proof.field, "")).values
        except PeerFault:
            return False
        time_text = sent.get(proof.time, "")
        signed = f"{sent.get(proof.access_key, '')}:{time_text}".encode()
        expected = hmac.new(secret, signed, sha256).hexdigest()
        is_right = hmac.compare_digest(expected.encode(), sent.get(proof.signature, "").lower().encode())
        return is_right and self._is_recent(time_text)

    def _is_recent(self, time_text: str) -> bool:
        """An old signature may be a stolen one played again."""
        now = self._door.now()
        try:
            made_at = type(now).fromisoformat(time_text)
        except ValueError:
            return False
        return made_at.tzinfo is not None and abs((now - made_at).total_seconds()) <= SIGN_ON_SKEW_S

    # -- orders ------------------------------------------------------------------------------------

    def _ordered(self, message: Message, what: Asked) -> Deferred[bytes]:
        """Have a message decided and write its answer; our own fault is said as such, never hidden."""
        door = self._door
        # Callbacks and no coroutine: each level of those is paid for by every payment, when it begins and
        # when it goes on.
        try:
            deciding = door.posting.decided(
                what.value, lambda: door.orders.command(what, message, door.now()), mti=message.mti
            )
        except Exception:  # noqa: BLE001 - sorted below, with what is raised later
            deciding = fail()
        answering = deciding.addCallback(self._decided, message)
        return answering.addErrback(self._undecided, message).addErrback(self._failed, message)

    def _decided(self, content: Content, message: Message) -> bytes:
        return self._door.writer.decided(message, content)

    def _undecided(self, failure: Failure, message: Message) -> bytes:
        fault = failure.value
        if not isinstance(fault, RequestFault | Undecided):
            failure.raiseException()
        return self._door.writer.plain(message, fault.reason, fault.sentence)

    def _failed(self, failure: Failure, message: Message) -> bytes:
        """The door's one catch-all: a bug must not drop the link."""
        door, fault = self._door, failure.value
        door.tally.count("faults", bank=door.bank)
        log.error("a message could not be served", exc_info=fault)
        sentence = str(fault) if isinstance(fault, ValueFault) else "system error; ask again"
        return door.writer.plain(message, "fault", sentence)
