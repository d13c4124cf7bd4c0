"""A bank that calls the gateway: the other end of a bank link, for the demo, the tests and training.

    bank = BankSimulator(BankProfile.named("default"), BankIdentity())
    link = await bank.connect(reactor, "tcp:127.0.0.1:8583")
    await link.sign_on()
    answer = await link.pay("37000000011", 10_000)
    again = await link.repeat(answer)

An answer belongs to the oldest request of its type with which it agrees in the profile's matching
fields; a field that either of them lacks is left out, for some hosts do not echo all. An answer that
nobody waits for is kept in ``unmatched``. A request without an answer in time fails with ``TimedOut``,
one whose connection is gone with ``LinkLost``: in both cases its outcome is unknown.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from typing import Protocol as Shape

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString, connectProtocol
from twisted.internet.protocol import Protocol, connectionDone

from gateway.codecs.iso8583.framing import FrameFault, FrameReader
from gateway.codecs.iso8583.message import PeerFault
from gateway.simulators.bank_messages import BankMessages, answer_mti, is_request, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from twisted.internet.interfaces import IStreamClientEndpoint
    from twisted.python.failure import Failure

    from gateway.codecs.iso8583.message import Message
    from gateway.ports import Clock, Timer
    from gateway.simulators.bank_messages import BankIdentity
    from gateway.simulators.bank_profile import BankProfile

ANSWER_S_MAX = 30
"""Seconds a bank waits for an answer before it asks again: the common setting of bank hosts."""

AWAITED_MAX = 1000
"""Requests in flight on one link: more means that the caller forgot to wait."""

KEPT_MAX = 100
"""Requests sent, answers unmatched and faults that a link remembers for whoever looks on."""


class _Wire(Shape):
    """The part of a transport that a link uses."""

    def write(self, octets: bytes, /) -> None:
        """Send."""

    def loseConnection(self) -> None:  # noqa: N802 - Twisted's name
        """Hang up."""


class TimedOut(Exception):  # noqa: N818 - it says what happened
    """No answer in time: the outcome of ``request`` (None: raw bytes) is unknown."""

    def __init__(self, request: Message | None, seconds: float) -> None:
        super().__init__(f"{_called(request)} has no answer after {seconds} s")
        self.request = request


class LinkLost(Exception):  # noqa: N818 - it says what happened
    """The connection ended before the answer: the outcome of ``request`` (None: raw bytes) is unknown."""

    def __init__(self, request: Message | None) -> None:
        super().__init__(f"{_called(request)} has no answer: the connection is lost")
        self.request = request


class BankSimulator:
    """A bank: its links share one run of traces, so that every request of the bank is another."""

    def __init__(
        self,
        profile: BankProfile,
        identity: BankIdentity,
        now: Callable[[], datetime] = utc_now,
        *,
        first_trace: int = 1,
        answer_s_max: float = ANSWER_S_MAX,
    ) -> None:
        self.messages = BankMessages(profile, identity, now, first_trace)
        self._answer_s_max = answer_s_max

    def connect(self, reactor: Clock, endpoint: IStreamClientEndpoint | str) -> Deferred[BankLink]:
        """Open a link to an endpoint, or to its description such as ``tcp:127.0.0.1:8583``."""
        where = clientFromString(reactor, endpoint) if isinstance(endpoint, str) else endpoint
        opened: Deferred[BankLink] = connectProtocol(where, self.link(reactor))
        return opened

    def link(self, clock: Clock) -> BankLink:
        """Make a link that is not connected yet; its time-outs run on ``clock``."""
        return BankLink(self.messages, clock, self._answer_s_max)


@dataclass(eq=False, slots=True)
class _Awaited:
    """A request on its way (None: raw bytes), and who waits for the answer."""

    request: Message | None
    waiter: Deferred[Message]
    deadline: Timer | None = None


class BankLink(Protocol):
    """One connection of a bank. Every order gives a Deferred of the answer.

    ``previous`` is the request as it was sent, or its answer. ``sent`` holds the newest requests.
    """

    def __init__(self, messages: BankMessages, clock: Clock, answer_s_max: float) -> None:
        self.messages = messages
        self.sent: deque[Message] = deque(maxlen=KEPT_MAX)
        self.unmatched: deque[Message] = deque(maxlen=KEPT_MAX)
        self.faults: deque[PeerFault | FrameFault] = deque(maxlen=KEPT_MAX)
        self._profile = messages.profile
        self._frames = FrameReader(messages.profile.framing)
        self._clock = clock
        self._answer_s_max = answer_s_max
        self._awaited: list[_Awaited] = []
        self._wire: _Wire | None = None

    def sign_on(self) -> Deferred[Message]:
        """Open the day."""
        return self.ask(self.messages.sign_on())

    def echo(self) -> Deferred[Message]:
        """Ask whether the gateway is there."""
        return self.ask(self.messages.echo())

    def sign_off(self) -> Deferred[Message]:
        """Close the day."""
        return self.ask(self.messages.sign_off())

    def inquire(self, meter: str, amount_minor: int = 0) -> Deferred[Message]:
        """Ask whose meter this is, and what an amount would buy."""
        return self.ask(self.messages.inquiry(meter, amount_minor))

    def pay(
        self,
        meter: str,
        amount_minor: int,
        reference: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Deferred[Message]:
        """Pay for a meter, under a new reference unless one is given."""
        return self.ask(self.messages.payment(meter, amount_minor, reference, tags))

    def repeat(self, previous: Message) -> Deferred[Message]:
        """Send the same order again: the same key, a new transmission time."""
        return self.ask(self.messages.repeat(self._request_of(previous)))

    def advice(self, previous: Message, *, again: bool = False) -> Deferred[Message]:
        """Tell that the customer has paid (0220; again: 0221)."""
        return self.ask(self.messages.advice(self._request_of(previous), again=again))

    def reverse(self, previous: Message, mti: str = "0400") -> Deferred[Message]:
        """Take a payment back."""
        return self.ask(self.messages.reversal(self._request_of(previous), mti))

    def query(self, previous: Message) -> Deferred[Message]:
        """Fetch the waiting credit of a payment."""
        return self.ask(self.messages.query(self._request_of(previous)))

    def ask(self, request: Message) -> Deferred[Message]:
        """Send a request and wait for its answer; ValueFault when a value does not fit its field."""
        payload = self._profile.spec.encode(request.mti, request.fields)
        self.sent.append(request)
        return self._await(request, self._profile.framing.wrap(payload))

    def send_raw(self, octets: bytes) -> Deferred[Message]:
        """Send bytes as they are; the next message that answers no request answers them."""
        return self._await(None, octets)

    def framed(self, payload: bytes) -> bytes:
        """Put the profile's frame around a payload, for ``send_raw``."""
        return self._profile.framing.wrap(payload)

    def close(self) -> None:
        """Hang up."""
        if self._wire is not None:
            self._wire.loseConnection()

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Take the wire; zope's interfaces say nothing to a type checker, so its shape is told here."""
        self._wire = cast("_Wire", self.transport)

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take what arrived; after a broken frame nobody knows where the next begins, so hang up."""
        try:
            frames = self._frames.receive(octets)
        except FrameFault as fault:
            self.faults.append(fault)
            frames = list(fault.frames)
            self.close()
        for frame in frames:
            try:
                message = self._profile.spec.decode(frame.payload)
            except PeerFault as fault:
                self.faults.append(fault)
            else:
                self._answered(message)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802 - Twisted's name
        """Tell everyone who still waits."""
        self._wire = None
        awaited, self._awaited = self._awaited, []
        for each in awaited:
            _stop(each)
            each.waiter.errback(LinkLost(each.request))

    def _await(self, request: Message | None, octets: bytes) -> Deferred[Message]:
        if len(self._awaited) >= AWAITED_MAX:
            raise RuntimeError(f"{AWAITED_MAX} requests are in flight: wait for some answers first")
        awaited = _Awaited(request, Deferred(lambda _waiter: self._forget(awaited)))
        if self._wire is None:
            awaited.waiter.errback(LinkLost(request))
            return awaited.waiter
        self._awaited.append(awaited)
        awaited.deadline = self._clock.callLater(self._answer_s_max, self._time_out, awaited)
        self._wire.write(octets)
        return awaited.waiter

    def _answered(self, message: Message) -> None:
        for awaited in self._awaited:
            if awaited.request is not None and self._belongs(message, awaited.request):
                break
        else:
            raw = [awaited for awaited in self._awaited if awaited.request is None]
            if not raw:
                self.unmatched.append(message)
                return
            awaited = raw[0]
        self._forget(awaited)
        awaited.waiter.callback(message)

    def _belongs(self, answer: Message, request: Message) -> bool:
        """Compare by the matching fields; an answer that has none of them belongs to nobody."""
        if answer.mti != answer_mti(request.mti):
            return False
        ours, theirs = request.fields, answer.fields
        shared = [number for number in self._profile.matching if number in ours and number in theirs]
        # A fixed field comes back filled up with blanks.
        return bool(shared) and all(ours[number].rstrip() == theirs[number].rstrip() for number in shared)

    def _request_of(self, previous: Message) -> Message:
        if is_request(previous.mti):
            return previous
        for request in reversed(self.sent):
            if self._belongs(previous, request):
                return request
        raise ValueError(f"this link has sent no request that a {previous.mti} with these fields answers")

    def _time_out(self, awaited: _Awaited) -> None:
        self._forget(awaited)
        awaited.waiter.errback(TimedOut(awaited.request, self._answer_s_max))

    def _forget(self, awaited: _Awaited) -> None:
        if awaited in self._awaited:
            self._awaited.remove(awaited)
        _stop(awaited)


def _stop(awaited: _Awaited) -> None:
    if awaited.deadline is not None and awaited.deadline.active():
        awaited.deadline.cancel()


def _called(request: Message | None) -> str:
    return "raw bytes" if request is None else f"{request.mti} with trace {request.fields.get(11, '-')}"
