"""A load of payments: many links, each with one payment in flight, and the time every answer took.

    python -m gateway.simulators.load --port 8583 --links 64 --payments 20000 --meters meters.txt

It shares its machine with the gateway under test, so it does as little as it can while the clock runs:
the payments are made before, the answers are only cut from the stream, and what they say is read after.
The last line of its output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.codecs.iso8583.framing import FrameReader
from gateway.codecs.iso8583.message import PeerFault
from gateway.simulators.bank_messages import (
    TRACE_MAX,
    BankIdentity,
    BankMessages,
    altopay_identity,
    answer_mti,
    utc_now,
)
from gateway.simulators.bank_profile import BankProfile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.codecs.iso8583.framing import Frame
    from gateway.codecs.iso8583.message import Message

LINKS_MAX = 1000
"""A process may open some thousand files, and no bank has a thousand lines."""

PAYMENTS_MAX = 500_000
"""Requests and answers are kept in memory: about one kilobyte each, half a gigabyte in all."""

SILENCE_S_MAX = 30
"""With no answer on any link for so long the load gives up and reports what is missing."""

_APPROVED = "00"
_CHUNK = 8192


class LoadFault(RuntimeError):  # noqa: N818 - it says what happened
    """The load could not begin: no connection, or a link that was not signed on."""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How much, and over which meters; ValueError beyond the limits."""

    meters: Sequence[str]
    payments: int
    links: int = 64
    amount_minor: int = 10_000

    def __post_init__(self) -> None:
        """Refuse a load that cannot be run."""
        if not self.meters or not 1 <= self.links <= LINKS_MAX or not 1 <= self.payments <= PAYMENTS_MAX:
            raise ValueError(f"a load has meters, 1 to {LINKS_MAX} links and 1 to {PAYMENTS_MAX} payments")


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load measured.

    ``codes`` counts the answers by DE39, ``approved`` those of them that are 00; ``strangers`` are answers
    that do not belong to the payment they came for. Latencies are in milliseconds; ``cpu_seconds`` is what
    the load itself took from the machine while the clock ran.
    """

    payments: int
    answered: int
    approved: int
    strangers: int
    codes: dict[str, int]
    links: int
    seconds: float
    per_second: float
    p50_ms: float
    p99_ms: float
    most_ms: float
    cpu_seconds: float


@dataclass(slots=True)
class _Line:
    """One connection: where it stands in its stream, and the payment that is in flight on it."""

    wire: socket.socket
    frames: FrameReader
    number: int = -1
    sent_ns: int = 0


@dataclass(slots=True)
class _Answers:
    """The answers as they came, each beside the number of its payment, and how long each took."""

    frames: list[tuple[int, bytes]]
    took_ns: list[int]
    seconds: float = 0.0


def run_load(address: tuple[str, int], messages: BankMessages, plan: LoadPlan) -> LoadReport:
    """Send the planned payments; LoadFault when a link cannot be opened or signed on."""
    meters, amount = plan.meters, plan.amount_minor
    requests = [messages.payment(meters[number % len(meters)], amount) for number in range(plan.payments)]
    octets = [_octets(messages, request) for request in requests]
    lines: list[_Line] = []
    try:
        lines += (_opened(address, messages) for _ in range(min(plan.links, plan.payments)))
        cpu_before = time.process_time()
        answers = _drive(lines, octets)
        cpu_seconds = time.process_time() - cpu_before
    finally:
        for line in lines:
            line.wire.close()
    return _report(messages.profile, requests, answers, len(lines), cpu_seconds)


def _octets(messages: BankMessages, request: Message) -> bytes:
    return messages.profile.framing.wrap(messages.profile.spec.encode(request.mti, request.fields))


def _opened(address: tuple[str, int], messages: BankMessages) -> _Line:
    """Connect and sign on; a gateway that wants no sign-on answers it all the same."""
    with ExitStack() as closing:
        try:
            wire = closing.enter_context(socket.create_connection(address, timeout=SILENCE_S_MAX))
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = _Line(wire, FrameReader(messages.profile.framing))
            code = _signed_on(line, messages)
        except OSError as fault:
            raise LoadFault(f"no link to {address[0]}:{address[1]}: {fault}") from fault
        if code != _APPROVED:
            raise LoadFault(f"the sign-on was answered with {code}")
        # Now poll says when something is there; a time-out would cost a system call for each answer.
        wire.settimeout(None)
        closing.pop_all()
    return line


def _signed_on(line: _Line, messages: BankMessages) -> str | None:
    """Sign on and give the code of the answer."""
    line.wire.sendall(_octets(messages, messages.sign_on()))
    found: list[Frame] = []
    while not found:
        chunk = line.wire.recv(_CHUNK)
        if not chunk:
            raise LoadFault("the gateway hung up at the sign-on")
        found = line.frames.receive(chunk)
    return messages.profile.spec.decode(found[0].payload).fields.get(39)


def _drive(lines: Sequence[_Line], octets: Sequence[bytes]) -> _Answers:
    """Keep one payment in flight on each line until all are answered; nothing here reads a message."""
    answers = _Answers([], [])
    waiting = enumerate(octets)
    poll = select.poll()
    by_file = {line.wire.fileno(): line for line in lines}
    clock = time.perf_counter_ns
    began = clock()
    in_flight = 0
    for line in lines:
        poll.register(line.wire, select.POLLIN)
        in_flight += _send_next(line, waiting)
    while in_flight:
        ready = poll.poll(SILENCE_S_MAX * 1000)
        if not ready:
            break
        for file, _ in ready:
            line = by_file[file]
            chunk = _received(line.wire)
            if not chunk:
                poll.unregister(file)
                in_flight -= line.number >= 0
            for frame in line.frames.receive(chunk):
                answers.took_ns.append(clock() - line.sent_ns)
                answers.frames.append((line.number, frame.payload))
                in_flight -= line.number >= 0 and not _send_next(line, waiting)
    answers.seconds = (clock() - began) / 1e9
    return answers


def _received(wire: socket.socket) -> bytes:
    """Take what is there; a line that broke has nothing."""
    try:
        return wire.recv(_CHUNK)
    except OSError:
        return b""


def _send_next(line: _Line, waiting: Iterator[tuple[int, bytes]]) -> bool:
    """Put the next payment on a line; False when there is none left."""
    line.number, octets = next(waiting, (-1, b""))
    if not octets:
        return False
    line.sent_ns = time.perf_counter_ns()
    try:
        # Some hundred bytes always fit the socket's buffer, since nothing else is on this line.
        line.wire.send(octets)
    except OSError:
        # The payment stays unanswered, and the report says so.
        line.number = -1
        return False
    return True


def _report(
    profile: BankProfile, requests: Sequence[Message], answers: _Answers, links: int, cpu_seconds: float
) -> LoadReport:
    """Read what the answers say, now that the clock has stopped."""
    codes: Counter[str] = Counter()
    strangers = 0
    for number, payload in answers.frames:
        try:
            answer = profile.spec.decode(payload)
        except PeerFault:
            codes["unreadable"] += 1
            continue
        codes[answer.fields.get(39, "none")] += 1
        strangers += number < 0 or not _answers(answer, requests[number], profile.matching)
    took = sorted(answers.took_ns)
    answered = len(took)
    return LoadReport(
        payments=len(requests),
        answered=answered,
        approved=codes[_APPROVED],
        strangers=strangers,
        codes=dict(codes),
        links=links,
        seconds=round(answers.seconds, 3),
        per_second=round(answered / answers.seconds, 1),
        p50_ms=percentile_ms(took, 50),
        p99_ms=percentile_ms(took, 99),
        most_ms=percentile_ms(took, 100),
        cpu_seconds=round(cpu_seconds, 3),
    )


def _answers(answer: Message, request: Message, matching: Sequence[int]) -> bool:
    ours, theirs = request.fields, answer.fields
    shared = [number for number in matching if number in ours and number in theirs]
    return answer.mti == answer_mti(request.mti) and all(
        ours[number].rstrip() == theirs[number].rstrip() for number in shared
    )


def percentile_ms(took_ns: Sequence[int], percent: int) -> float:
    """Give the smallest latency that so many percent do not exceed (nearest rank)."""
    if not took_ns:
        return 0.0
    return round(took_ns[-(-len(took_ns) * percent // 100) - 1] / 1e6, 3)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a load as its own process; 0 when every payment was approved, 1 otherwise."""
    options = _options(arguments)
    profile = BankProfile.named(options.profile)
    meters = Path(options.meters).read_text(encoding="ascii").split()
    messages = BankMessages(profile, _identity(options), utc_now, options.trace)
    plan = LoadPlan(meters, options.payments, options.links, options.amount)
    report = run_load((options.host, options.port), messages, plan)
    sys.stdout.write(json.dumps(asdict(report)) + "\n")
    return 0 if report.approved == report.payments and not report.strangers else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m gateway.simulators.load", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--links", type=int, default=64)
    parser.add_argument("--payments", type=int, default=20_000)
    parser.add_argument("--profile", default="default", help="a profile's name, or the path of its JSON file")
    parser.add_argument("--meters", required=True, help="a file with one meter number a line")
    parser.add_argument("--amount", type=int, default=10_000, help="of each payment, in minor units")
    parser.add_argument("--trace", type=int, default=1, help=f"the first trace, 1 to {TRACE_MAX}")
    parser.add_argument("--acquirer", default=BankIdentity().acquirer, help="DE32")
    parser.add_argument("--access-key", default="", help="for a signed sign-on")
    parser.add_argument("--secret-file", help="for a signed sign-on: the file of its secret")
    return parser.parse_args(arguments)


def _identity(options: argparse.Namespace) -> BankIdentity:
    if options.secret_file is None:
        return BankIdentity(acquirer=options.acquirer)
    return altopay_identity(options.access_key, Path(options.secret_file).read_bytes().strip())


if __name__ == "__main__":
    sys.exit(main())
