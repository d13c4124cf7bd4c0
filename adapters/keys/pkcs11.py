"""Keys in a PKCS#11 security module: of vending keys the keys of single meters (DKGA04) leave it, no more.

Of the master keys of cards not even that: the key of a card is derived inside, used once and destroyed there.

DKGA04 is an HMAC-SHA-256 under the vending key, so the module makes it and this asks for it. A module wants
keys of 32 octets for that and some refuse 20: the vending key lies in it with zeros behind, under which the
HMAC is the same (RFC 2104, 2). DKGA02 needs the key in the clear: IssuerRefusal (KIND).

    stopped ─start─► starting ─ready, PIN, open─► open ──────── questions and answers
                        ▲                           │ ends, hangs, loses its token
                        └── pause, longer each time ┘           questions wait until their deadline
    starting ──the PIN is refused──► barred: every question is refused, until the gateway is started anew

An HMAC is the same however often it is asked for, so what was under way when the worker ended is asked again.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, fail, succeed

from adapters.keys.questions import Pkcs11Refusal, Question, Questions
from adapters.keys.token_maker import decoder_key_message, decoder_key_octets
from adapters.keys.worker_link import WorkerLink
from adapters.keys.worker_words import OF_A_KEY, Trouble
from gateway.codecs.sts.keys import CHECK_VALUE_MESSAGE, CHECK_VALUE_OCTETS
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.keys.worker_link import Pkcs11Place
    from gateway.codecs.card.answering import Made
    from gateway.core.key_ring import KeyRevision
    from gateway.core.token import StsIdentity

log = logging.getLogger("powertill.keys")

DEADLINE_S: Final = 8.0
"""Seconds for one question, restarts of the worker included: a bank waits some twenty for its payment."""

START_S_MAX: Final = 20.0
"""Seconds from the worker's start to its open token: a module of hardware takes some five to log in."""

STOP_S_MAX: Final = 3.0
"""Seconds that a stopping worker may take before it is killed."""

PAUSE_FIRST_S: Final = 0.1
PAUSE_S_MAX: Final = 30.0
"""Seconds before a worker that ended is started anew; doubled until one has answered a question."""

LABEL_OCTETS_MAX: Final = 255
"""Octets of a key's label: PKCS#11 sets no limit, and ours fits a frame beside its question."""

PIN_OCTETS_MAX: Final = 255
"""Octets of a PIN: what a PKCS#11 token takes is far shorter."""

_FINAL: Final = frozenset({Trouble.PIN, Trouble.LOCKED})


class Pkcs11Keys:
    """A ``KeyService`` over one token of a module, with a worker process of its own.

    ``pin`` is asked at each start of the worker and kept by nobody here. ``reactor`` spawns and is the clock.
    ``trouble`` is what is wrong at the moment; None while the token is open.
    """

    def __init__(
        self,
        place: Pkcs11Place,
        pin: Callable[[], bytes],
        reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once, without types
        *,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._place = place
        self._pin = pin
        self._reactor = reactor
        self._questions = Questions(reactor, deadline_s, self._overdue)
        self._link: WorkerLink | None = None
        self._is_wanted = False
        self._answered_at = 0.0
        self._pause_s = PAUSE_FIRST_S
        self._timer: Any = None
        self._opened: Deferred[None] = Deferred()
        self._gone: Deferred[None] = Deferred()
        self.trouble: Trouble | None = Trouble.STOPPED

    def __repr__(self) -> str:
        """Show which token it is, and what is wrong with it."""
        wrong = self.trouble.name if self.trouble else "open"
        return f"Pkcs11Keys({self._place.module}, {self._place.token}, {wrong})"

    @property
    def pid(self) -> int | None:
        """The worker's process, while there is one."""
        return None if self._link is None else self._link.pid

    def start(self) -> Deferred[None]:
        """Start the worker; fires when the token is open, fails with the first Pkcs11Refusal if it is not.

        It goes on trying all the same, but for a refused PIN.
        """
        self._is_wanted = True
        self._opened = Deferred()
        self.trouble = Trouble.STARTING
        self._spawn()
        return self._opened

    def stop(self) -> Deferred[None]:
        """Refuse what waits and end the worker; fires when it is gone. Once for each start."""
        self._is_wanted = False
        self._meet(Trouble.STOPPED)
        self._refuse_all(Trouble.STOPPED)
        self._cancel_timer()
        if self._link is None:
            return succeed(None)
        self._link.close()
        self._timer = self._reactor.callLater(STOP_S_MAX, self._link.kill)
        self._gone = Deferred()
        return self._gone

    async def decoder_key(self, identity: StsIdentity, revision: KeyRevision) -> bytes:
        """Return the key that this meter holds. Pkcs11Refusal, or KIND for another algorithm than DKGA04."""
        if revision.dkga != "04":
            raise IssuerRefusal(IssuerRefusalWhy.KIND)
        octets = decoder_key_octets(identity.ea)
        return await self._asked(revision.label, _hmac(decoder_key_message(identity), octets))

    async def check_value(self, revision: KeyRevision) -> str:
        """Return the check value of the vending key; zeros behind a key do not change it. Pkcs11Refusal.

        Of a master key of cards it is what the module itself says of it (CKA_CHECK_VALUE).
        """
        wanted = (
            {"card": revision.dkga}
            if revision.is_of_cards
            else _hmac(CHECK_VALUE_MESSAGE, CHECK_VALUE_OCTETS)
        )
        return (await self._asked(revision.label, wanted)).hex().upper()

    async def card_made(self, revision: KeyRevision, blocks: bytes, made: Made) -> bytes:
        """Let the module derive a card's key, make this with it, and destroy it. Pkcs11Refusal."""
        wanted = {
            "card": revision.dkga,
            "blocks": blocks.hex(),
            "act": made.act.value,
            "message": made.message.hex(),
            "octets": made.size,
        }
        return await self._asked(revision.label, wanted)

    def _asked(self, label: str, wanted: dict[str, Any]) -> Deferred[bytes]:
        if not self._is_wanted or self.trouble in _FINAL:
            return fail(Pkcs11Refusal(self.trouble or Trouble.STOPPED))
        if not 1 <= len(label.encode()) <= LABEL_OCTETS_MAX:
            return fail(Pkcs11Refusal(Trouble.NO_KEY))
        question = self._questions.ask({"label": label, **wanted})
        if self.trouble is None and not question.answer.called:
            self._send(question)
        return question.answer

    def _send(self, question: Question) -> None:
        if self._link is not None:
            question.sent_at = self._reactor.seconds()
            self._link.send(question.words())

    def _overdue(self, question: Question) -> None:
        """Refuse a question whose time is over; a worker that answered nothing meanwhile is ended."""
        if self.trouble is None and self._answered_at < question.sent_at:
            self._end_silent()
        self._questions.refuse(question.number, self.trouble or Trouble.SILENT)

    def _refuse_all(self, trouble: Trouble) -> None:
        for question in self._questions:
            self._questions.refuse(question.number, trouble)

    # --- The worker's life ---

    def _spawn(self) -> None:
        self._link = WorkerLink(self._heard, self._ended)
        self._timer = self._reactor.callLater(START_S_MAX, self._end_silent)
        try:
            self._link.spawn(self._reactor, self._place)
        except OSError:  # no process or no memory left to fork: later there may be
            self._ended(self._link, 0)

    def _heard(self, link: WorkerLink, words: dict[str, Any]) -> None:
        if link is not self._link:
            return
        if "ready" in words:
            self._log_in(link, self._pin())
        elif "open" in words:
            self._open()
        elif "mac" in words:
            self._answered_at = self._reactor.seconds()
            self._pause_s = PAUSE_FIRST_S
            self._questions.answer(words["id"], bytes.fromhex(words["mac"]))
        else:
            self._hear_trouble(words.get("id"), Trouble[words["trouble"]])

    def _log_in(self, link: WorkerLink, pin: bytes) -> None:
        if 1 <= len(pin) <= PIN_OCTETS_MAX:
            link.send({"pin": pin.hex()})
        else:
            self._hear_trouble(None, Trouble.PIN)
            link.kill()

    def _open(self) -> None:
        """The token is open: ask whatever waits, what was under way when a worker ended first."""
        self._cancel_timer()
        self.trouble = None
        event(log, "keys.pkcs11_open", token=self._place.token)
        if not self._opened.called:
            self._opened.callback(None)
        for question in self._questions:
            self._send(question)

    def _hear_trouble(self, number: int | None, trouble: Trouble) -> None:
        """Pass on what is wrong with a key; after what is wrong with the token the worker ends by itself."""
        if number is not None and trouble in OF_A_KEY:
            self._answered_at = self._reactor.seconds()
            event(log, "keys.pkcs11_key", level=logging.WARNING, token=self._place.token, wrong=trouble.value)
            self._questions.refuse(number, trouble)
            return
        self._meet(trouble)
        if trouble in _FINAL:
            self._refuse_all(trouble)

    def _meet(self, trouble: Trouble) -> None:
        if self.trouble is not trouble:
            self.trouble = trouble
            token, wrong = self._place.token, trouble.value
            event(log, "keys.pkcs11_trouble", level=logging.WARNING, token=token, wrong=wrong)
        if not self._opened.called:
            self._opened.errback(Pkcs11Refusal(trouble))

    def _end_silent(self) -> None:
        """End a worker that does not answer; another takes its place."""
        self._meet(Trouble.SILENT)
        if self._link is not None:
            self._link.kill()

    def _ended(self, link: WorkerLink, status: int) -> None:
        """The worker is gone: start another after a pause, unless nobody wants it or the PIN is wrong."""
        if link is not self._link:
            return
        self._link = None
        self._cancel_timer()
        died_of = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        event(log, "keys.pkcs11_ended", token=self._place.token, signal=died_of)
        if not self._is_wanted:
            self._gone.callback(None)
        elif self.trouble not in _FINAL:
            self._meet(Trouble.ENDED if self.trouble in {None, Trouble.STARTING} else self.trouble)
            self._timer = self._reactor.callLater(self._pause_s, self._spawn)
            self._pause_s = min(2 * self._pause_s, PAUSE_S_MAX)

    def _cancel_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


def _hmac(message: bytes, octets: int) -> dict[str, Any]:
    return {"message": message.hex(), "octets": octets}
