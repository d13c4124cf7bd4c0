"""A webhook: each notice is posted to one URL as JSON, signed; what the answer means for the next attempt.

    POST /hook HTTP/1.1
    Content-Type: application/json
    Idempotency-Key: 1764000000000000-7
    Powertill-Signature: t=1764000005,v1=5257a869…

    {"id":"1764000000000000-7","kind":"token_issued",…}

``v1`` is HMAC-SHA-256 (RFC 2104) over the decimal seconds ``t``, a full stop and the body, with the secret
that both sides hold. The time is signed as well, so that a copy cannot be played to it a year later.

The receiver is not trusted: no redirect is followed (it could lead a signed notice anywhere), no cookie is
kept, its answer is read up to a limit, unpacked never, and thrown away, and everything together has one
deadline.
"""

from __future__ import annotations

import hmac
import json
import re
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final

from treq.client import HTTPClient
from treq.cookies import IndexableCookieJar
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeadlineOver
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.web.client import (  # type: ignore[attr-defined]  # RequestNotSent is not in Twisted's own list
    HTTPConnectionPool,
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
)

from adapters.messages.measured_agent import MeasuredAgent
from gateway.core.delivery import Attempt, Fate
from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twisted.python.failure import Failure

    from gateway.core.delivery import LeasedNotice

#: Bytes of an answer that are read, so that its connection can be used again; its content means nothing.
ANSWER_BYTES_MAX: Final = 16_384

#: Connections that are kept open to the receiver: a TLS handshake for each notice would be most of the work.
LINKS_MAX: Final = 8

#: Seconds that an idle connection is kept: many servers close theirs after a minute.
LINK_IDLE_S: Final = 50

#: Characters of a notice's text that travel: ours have a few words.
_TEXT_MAX: Final = 200

#: Codes below 500 that say "ask again": time-out, too early, too many (RFC 9110, 15.5.9; RFC 8470, 5.2;
#: RFC 6585, 4).
_LATER: Final = frozenset({408, 425, 429})

#: A token has 20 digits, a card or a meter's PAN 13 to 19, and none of them is a notice's to tell.
_LONG_NUMBER: Final = re.compile(r"\d(?:[ -]?\d){12,}")


def body_of(notice: LeasedNotice) -> bytes:
    """Write what a receiver is told (``schemas/notify/notice.json``): the same bytes at each attempt.

    Ids are texts: some have more digits than a JavaScript number holds.
    """
    told = {
        "id": notice.key,
        "kind": notice.kind,
        "sale": str(notice.subject),
        "receipt": notice.receipt_no,
        "meter_end": notice.meter_end,
        "at": f"{moment_of(notice.at_us):%Y-%m-%dT%H:%M:%S.%fZ}",
        "text": _LONG_NUMBER.sub("…", notice.text)[:_TEXT_MAX],
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def signature(secret: bytes, at_s: int, body: bytes) -> str:
    """Sign a body for a moment (whole seconds since 1970 UTC), as the header carries it.

    >>> signature(b"secret", 1_764_000_005, b"{}")
    't=1764000005,v1=14ddf09bccdf04aedd544dc05e9038fc65ce9c90021e339e3ebe7893f4bfcba4'
    """
    mac = hmac.new(secret, b"%d." % at_s + body, "sha256").hexdigest()
    return f"t={at_s},v1={mac}"


def fate_of(code: int) -> Fate:
    """Say what an answer's code means: a 4xx is a refusal for good but for those that say "ask again"."""
    if 200 <= code < 300:  # noqa: PLR2004 - the classes of RFC 9110, 15
        return Fate.DONE
    if 400 <= code < 500 and code not in _LATER:  # noqa: PLR2004 - likewise
        return Fate.NEVER
    return Fate.LATER


class Webhook:
    """Delivers notices to one URL; ``timeout_s`` is for all of it, from the name's look-up to the answer."""

    def __init__(
        self,
        url: str,
        secret: bytes,
        timeout_s: float,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        now: Callable[[], datetime],
    ) -> None:
        self._url = url
        self._secret = secret
        self._timeout_s = timeout_s
        self._reactor = reactor
        self._now = now
        self._links = HTTPConnectionPool(reactor)
        self._links.maxPersistentPerHost = LINKS_MAX
        self._links.cachedConnectionTimeout = LINK_IDLE_S
        # Another attempt is the outbox's to make, which counts it.
        self._links.retryAutomatically = False
        agent = MeasuredAgent(reactor, timeout_s, self._links)
        self._client = HTTPClient(agent, _no_cookies())  # type: ignore[arg-type]  # zope's interface, not typing's

    async def deliver(self, notice: LeasedNotice) -> Attempt:
        """Post a notice and judge the answer; a receiver's fault is an answer, never an exception."""
        asking = Deferred.fromCoroutine(self._code(notice))
        asking.addTimeout(self._timeout_s, self._reactor)
        try:
            code = await asking
        except _NO_ANSWER as fault:
            return Attempt(Fate.LATER, _said(fault))
        return Attempt(fate_of(code), f"answered {code}")

    def close(self) -> Deferred[None]:
        """Close the connections that are kept."""
        closed: Deferred[None] = self._links.closeCachedConnections()  # untyped in Twisted
        return closed

    async def _code(self, notice: LeasedNotice) -> int:
        """Post it and read the answer to its end or limit; the answer's code."""
        body = body_of(notice)
        headers: dict[bytes | str, bytes | str] = {
            "Content-Type": "application/json",
            "User-Agent": "powertill",
            "Idempotency-Key": notice.key,
            "Powertill-Signature": signature(self._secret, int(self._now().timestamp()), body),
        }
        response = await self._client.post(
            self._url,
            data=body,
            headers=headers,
            allow_redirects=False,
            unbuffered=True,
            reactor=self._reactor,
        )
        read = _ReadAway()
        response.deliverBody(read)
        try:
            await read.over
        except CancelledError:
            read.cut()
        # The code is the answer: whatever becomes of the body behind it, the receiver has decided.
        code: int = response.code
        return code


class _ReadAway(Protocol):
    """Reads an answer's body and forgets it; a body beyond the limit ends its connection."""

    def __init__(self) -> None:
        self._left = ANSWER_BYTES_MAX
        self.over: Deferred[None] = Deferred()

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Count."""
        self._left -= len(octets)
        if self._left < 0:
            self.cut()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802 - Twisted's signature
        """Say that the body is over: its end came, or the limit; the code counts, whatever came behind it."""
        if not self.over.called:
            self.over.callback(None)

    def cut(self) -> None:
        """Read no further."""
        proxy: Any = self.transport  # Twisted's proxy of it, untyped
        # It has no abort of its own, and a polite close over TLS waits for a peer that may hang for ever.
        wire = proxy._producer  # noqa: SLF001 - see above; None once the answer is over
        if wire is not None:
            wire.abortConnection()


#: What the wire, the name service, TLS or a peer that speaks no HTTP can come to: later, another attempt.
_NO_ANSWER: Final = (
    CancelledError,
    ConnectError,
    ConnectionClosed,
    DNSLookupError,
    DeadlineOver,
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
)


def _said(fault: BaseException) -> str:
    """Name what went wrong; a driver's own words could hold the URL, and that may be a secret."""
    reasons = getattr(fault, "reasons", None)
    inner = reasons[0].value if reasons else fault
    if isinstance(inner, CancelledError | DeadlineOver):
        return "no answer in time"
    return f"no answer: {type(inner).__module__}.{type(inner).__qualname__}"


def _no_cookies() -> IndexableCookieJar:
    """A jar that takes nothing: a receiver has no use for a memory in us, and we none for its cookies."""
    return IndexableCookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
