"""A load of SOAP payments: many clients, each with one payment in flight, and a connection for each payment.

    python -m gateway.simulators.soap_load --port 8588 --clients 32 --payments 5000 --meters meters.txt

As the ISO 8583 load it does as little as it can while the clock runs: the requests are made before, and what
the answers say is read after. The last line of its output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import re
import select
import socket
import sys
import time
from base64 import b64encode
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.simulators.load import SILENCE_S_MAX, LoadPlan, LoadReport, percentile_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHUNK = 65_536
_SAID = re.compile(rb"<(?:c:outcome|faultcode)>([^<]{1,60})<")
_METER = re.compile(rb"<c:meter>([0-9]{11,13})<")

_BODY = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    '<Pay xmlns="urn:powertill:collection:1"><reference>{reference}</reference><date>{day}</date>'
    "<amount>{amount}</amount><currency>{currency}</currency><meter>{meter}</meter></Pay>"
    "</e:Body></e:Envelope>"
)
_HEAD = (
    "POST /collection HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/xml; charset=utf-8\r\n"
    'SOAPAction: "Pay"\r\n{authorization}Content-Length: {length}\r\n\r\n'
)


@dataclass(frozen=True, slots=True)
class SoapCaller:
    """Who pays, when and how: the door's address, the bank's code and secret, the first of his references."""

    host: str
    port: int
    day: date
    bank: str = ""
    secret: bytes = field(default=b"", repr=False)
    first: int = 1
    currency: str = "CNY"

    def payment(self, number: int, meter: str, amount: str) -> bytes:
        """Make a whole request."""
        body = _BODY.format(
            reference=f"L{self.first + number}",
            day=self.day.isoformat(),
            amount=amount,
            currency=self.currency,
            meter=meter,
        ).encode("ascii")
        named = b64encode(self.bank.encode("ascii") + b":" + self.secret).decode("ascii")
        authorization = f"Authorization: Basic {named}\r\n" if self.secret else ""
        head = _HEAD.format(host=self.host, authorization=authorization, length=len(body))
        return head.encode("ascii") + body


@dataclass(slots=True)
class _Visit:
    """One payment on its connection."""

    wire: socket.socket
    number: int
    sent_ns: int
    heard: bytearray


@dataclass(slots=True)
class _Answers:
    """The answers by the number of their payment, and how long each took."""

    said: dict[int, bytes] = field(default_factory=dict)
    took_ns: list[int] = field(default_factory=list)
    seconds: float = 0.0


def run_soap_load(caller: SoapCaller, plan: LoadPlan, amount: str = "100.00") -> LoadReport:
    """Send the planned payments, from ``plan.links`` clients at a time; OSError where nobody listens."""
    meters = [plan.meters[number % len(plan.meters)] for number in range(plan.payments)]
    requests = [caller.payment(number, meter, amount) for number, meter in enumerate(meters)]
    clients = min(plan.links, plan.payments)
    cpu_before = time.process_time()
    answers = _drive((caller.host, caller.port), requests, clients)
    return _report(meters, answers, clients, time.process_time() - cpu_before)


def _drive(address: tuple[str, int], requests: Sequence[bytes], clients: int) -> _Answers:
    """Keep so many payments in flight until all are answered; nothing here reads an answer."""
    answers, poll = _Answers(), select.poll()
    visits: dict[int, _Visit] = {}
    waiting = iter(enumerate(requests))
    clock = time.perf_counter_ns
    began = clock()
    try:
        for _ in range(clients):
            _begin_next(address, waiting, visits, poll)
        while visits:
            ready = poll.poll(SILENCE_S_MAX * 1000)
            if not ready:
                break
            for file, _ in ready:
                if _has_ended(visits[file]):
                    visit = visits.pop(file)
                    answers.took_ns.append(clock() - visit.sent_ns)
                    answers.said[visit.number] = bytes(visit.heard)
                    poll.unregister(file)
                    visit.wire.close()
                    _begin_next(address, waiting, visits, poll)
    finally:
        for visit in visits.values():
            visit.wire.close()
    answers.seconds = (clock() - began) / 1e9
    return answers


def _begin_next(
    address: tuple[str, int],
    waiting: Iterator[tuple[int, bytes]],
    visits: dict[int, _Visit],
    poll: select.poll,
) -> None:
    number, octets = next(waiting, (-1, b""))
    if not octets:
        return
    # The connection is a part of each payment, so the time that it takes is too.
    begun_ns = time.perf_counter_ns()
    wire = socket.create_connection(address, timeout=SILENCE_S_MAX)
    wire.sendall(octets)
    visits[wire.fileno()] = _Visit(wire, number, begun_ns, bytearray())
    poll.register(wire, select.POLLIN)


def _has_ended(visit: _Visit) -> bool:
    """Take what is there; the gateway ends each connection behind its answer."""
    try:
        chunk = visit.wire.recv(_CHUNK)
    except OSError:
        return True
    visit.heard += chunk
    return not chunk


def _report(meters: Sequence[str], answers: _Answers, clients: int, cpu_seconds: float) -> LoadReport:
    """Read what the answers say, now that the clock has stopped."""
    codes: Counter[str] = Counter()
    strangers = 0
    for number, octets in answers.said.items():
        said, meter = _SAID.search(octets), _METER.search(octets)
        codes["none" if said is None else said[1].decode("latin-1")] += 1
        strangers += meter is not None and meter[1].decode("ascii") != meters[number]
    took = sorted(answers.took_ns)
    return LoadReport(
        payments=len(meters),
        answered=len(took) - codes["none"],
        approved=codes["approved"],
        strangers=strangers,
        codes=dict(codes),
        links=clients,
        seconds=round(answers.seconds, 3),
        per_second=round(len(took) / answers.seconds, 1),
        p50_ms=percentile_ms(took, 50),
        p99_ms=percentile_ms(took, 99),
        most_ms=percentile_ms(took, 100),
        cpu_seconds=round(cpu_seconds, 3),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a load as its own process; 0 when every payment was approved, 1 otherwise."""
    options = _options(arguments)
    secret = Path(options.secret_file).read_bytes().strip() if options.secret_file else b""
    today = datetime.now(UTC).date() if options.date is None else date.fromisoformat(options.date)
    caller = SoapCaller(options.host, options.port, today, options.bank, secret, options.first)
    meters = Path(options.meters).read_text(encoding="ascii").split()
    report = run_soap_load(caller, LoadPlan(meters, options.payments, options.clients), options.amount)
    sys.stdout.write(json.dumps(asdict(report)) + "\n")
    return 0 if report.approved == report.payments and not report.strangers else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m gateway.simulators.soap_load", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--payments", type=int, default=5_000)
    parser.add_argument("--meters", required=True, help="a file with one meter number a line")
    parser.add_argument("--amount", default="100.00", help="of each payment, in major units")
    parser.add_argument("--first", type=int, default=1, help="the number of the first reference")
    parser.add_argument("--date", help="of the payments; today where it is left out")
    parser.add_argument("--bank", default="", help="the bank's code, for a door with a secret")
    parser.add_argument("--secret-file", help="the file of that secret")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
