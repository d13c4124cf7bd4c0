"""Tokens from a remote security module that keeps its keys to itself and hands out finished tokens.

Once an order was sent, nobody knows whether the module has carried it out until it answers: it is asked by
the order's own name, so that the order has the same name after a crash too.

    fetch(name) ── has tokens ──────────────────────────────────────────────► tokens
        │ knows no such order
        ▼
    issue(name, order) ── answered ─────────────────────────────────────────► tokens
        │ no answer: the tokens may be made or not
        └── pause, then fetch again … until the deadline: UNREACHABLE, and nothing is lost: the next try
            begins with fetch
"""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.internet.defer import TimeoutError as DeadlineOver

from gateway.core.token import IssuerRefusal, IssuerRefusalWhy, TokenDigits
from gateway.core.token_order import TokenOrder
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from gateway.core.token import StsIdentity
    from gateway.core.token_order import Order

log = logging.getLogger("powertill.keys")

_Answer = TypeVar("_Answer")

DEADLINE_S: Final = 7.0
"""Seconds for an order, with all its tries: the bank's door waits for eight (``ISSUER_DEADLINE_S``)."""

ANSWER_S_MAX: Final = 3.0
"""Seconds for one answer: a module behind a serial line takes some 0.2 s, and two tries fit the deadline."""

PAUSE_FIRST_S: Final = 0.25
"""Seconds before a module that did not answer is asked again; doubled each time."""

ASKED_MAX: Final = 16
"""Orders that are with the module at once: more only wait there, behind a deadline that runs."""

TOKENS_MAX: Final = 16
"""Tokens of one answer: a key change has four at most, a credit may follow; more is no answer to an order."""


class SecurityModule(Protocol):
    """A token-issuing module at the end of some wire, as its driver shows it.

    Both raise IssuerRefusal where the module has decided that it makes nothing, and OSError
    (ConnectionError, TimeoutError) where its answer did not come: then anything may have happened.
    """

    async def fetch(self, name: str) -> Sequence[str] | None:
        """Return the tokens, 20 digits each, that it made for the order of this name; None: it made none."""

    async def issue(self, name: str, order: Order) -> Sequence[str]:
        """Make the tokens of an order, in the order of entry; asked twice by one name it makes them once."""


def name_of(order: Order) -> str:
    """Return the name of an order, 32 hex digits of a SHA-256 over all that the tokens say.

    It is for ever: a module finds by it what it made years ago. So the text has its own version in front,
    and whether the meter is a test meter, which no token says, is not in it.
    """
    if isinstance(order, TokenOrder):
        said: tuple[object, ...] = (
            "1", "token", *_words(order.identity),
            order.token_class, order.subclass, order.tid, order.rnd, order.value,
        )  # fmt: skip
    else:
        said = ("1", "change", *_words(order.old), *_words(order.new), order.ken, int(order.says_sgc))
    return hashlib.sha256("|".join(map(str, said)).encode()).hexdigest()[:32]


class ModuleTokens:
    """A ``TokenService`` over a security module: each order's tokens once, whatever is lost on the way."""

    def __init__(
        self,
        module: SecurityModule,
        clock: Any,  # noqa: ANN401 - Twisted's IReactorTime, which carries no types
        *,
        deadline_s: float = DEADLINE_S,
        answer_s_max: float = ANSWER_S_MAX,
    ) -> None:
        self._module = module
        self._clock = clock
        self._deadline_s = deadline_s
        self._answer_s_max = answer_s_max
        self._places = DeferredSemaphore(ASKED_MAX)

    async def tokens(self, order: Order) -> tuple[TokenDigits, ...]:
        """Have an order's tokens made; IssuerRefusal: the module's own, or UNREACHABLE at the deadline."""
        asking = self._places.run(lambda: Deferred.fromCoroutine(self._asked(order)))
        asking.addTimeout(self._deadline_s, self._clock)
        try:
            return await asking
        except DeadlineOver:
            event(log, "keys.module_silent", level=logging.WARNING, order=name_of(order))
            raise IssuerRefusal(IssuerRefusalWhy.UNREACHABLE) from None

    async def _asked(self, order: Order) -> tuple[TokenDigits, ...]:
        """Ask until it answers; whoever called has the deadline."""
        name = name_of(order)
        pause_s = PAUSE_FIRST_S
        while True:
            try:
                made = await self._soon(self._module.fetch(name))
                if made is None:
                    made = await self._soon(self._module.issue(name, order))
            except (OSError, DeadlineOver):
                event(log, "keys.module_unanswered", level=logging.WARNING, order=name)
                await self._pause(pause_s)
                pause_s *= 2
            else:
                return _tokens(made)

    async def _soon(self, answer: Coroutine[Deferred[Any], Any, _Answer]) -> _Answer:
        """Wait for one answer, and no longer than for one."""
        return await Deferred.fromCoroutine(answer).addTimeout(self._answer_s_max, self._clock)

    async def _pause(self, seconds: float) -> None:
        over: Deferred[None] = Deferred(lambda _: waiting.cancel())
        waiting = self._clock.callLater(seconds, over.callback, None)
        await over


def _words(identity: StsIdentity) -> tuple[object, ...]:
    return (
        identity.pan, identity.sgc, identity.krn, identity.ti, identity.ea, identity.kt, identity.base_date,
    )  # fmt: skip


def _tokens(made: Sequence[str]) -> tuple[TokenDigits, ...]:
    """Take what the module said for tokens; what is none is a fault of the module that somebody must see."""
    if not 0 < len(made) <= TOKENS_MAX:
        raise ValueError(f"the security module answered an order with {len(made)} tokens")
    return tuple(map(TokenDigits, made))
