"""What the gateway counts: every name with its labels and its meaning, and a tally that keeps nothing.

The names are ours and the plug (Prometheus) only carries them; both tallies refuse a name or a label that is
not in the table, so that a slip of the pen shows in the first test and not in an empty graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Kind(Enum):
    """How a measure moves."""

    COUNT = "count"
    """It only grows."""
    TIME = "time"
    """Seconds that something took, spread over buckets."""
    LEVEL = "level"
    """It goes up and down."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is measured; ``labels`` may only take few values, and never a meter or a payment."""

    kind: Kind
    means: str
    labels: tuple[str, ...] = ()


_BY_BANK: Final = ("bank",)

MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "links": Measure(Kind.LEVEL, "Connections that a bank holds open.", _BY_BANK),
        "links_refused": Measure(Kind.COUNT, "Connections refused beyond the bank's limit.", _BY_BANK),
        "links_cut": Measure(Kind.COUNT, "Connections that we cut, and why.", ("bank", "reason")),
        "messages": Measure(Kind.COUNT, "Requests heard from a bank, by what they ask.", ("bank", "asked")),
        "messages_refused": Measure(Kind.COUNT, "Messages not served, and why.", ("bank", "reason")),
        "decisions": Measure(Kind.COUNT, "Orders decided.", ("bank", "asked", "outcome")),
        "issuer_refusals": Measure(Kind.COUNT, "Tokens an issuer could not prepare, and why.", ("why",)),
        "answers_overdue": Measure(Kind.COUNT, "Requests answered with: ask again.", _BY_BANK),
        "answer": Measure(Kind.TIME, "From a request's last byte to its answer.", _BY_BANK),
        "faults": Measure(Kind.COUNT, "Faults of our own while a bank was served.", _BY_BANK),
        "ledger_queued": Measure(Kind.LEVEL, "Commands that wait for their batch."),
        "ledger_posted": Measure(Kind.LEVEL, "Commands posted since the start."),
        "ledger_batches": Measure(Kind.LEVEL, "Batches written since the start."),
        "outbox_waiting": Measure(Kind.LEVEL, "Notices that are still to be delivered."),
        "outbox_undelivered": Measure(Kind.LEVEL, "Notices that were given up: a person must look."),
        "outbox_oldest_seconds": Measure(Kind.LEVEL, "Age of the oldest notice still to be delivered."),
        "notices": Measure(Kind.COUNT, "Attempts to deliver a notice, by how they ended.", ("outcome",)),
        "notice": Measure(Kind.TIME, "From an attempt's begin to the receiver's answer."),
        "tariff_versions": Measure(Kind.LEVEL, "Approved tariff versions that the gateway has taken."),
        "tariff_faults": Measure(Kind.COUNT, "Approved tariff versions that could not be read."),
        "vending_keys": Measure(Kind.LEVEL, "Approved vending keys that the gateway makes tokens with."),
        "card_answers": Measure(
            Kind.COUNT, "Questions of stations about cards, and how they ended.", ("purpose", "outcome")
        ),
        "station_requests": Measure(
            Kind.COUNT, "Questions of card stations, and how they ended.", ("asked", "outcome")
        ),
        "questions_stopped": Measure(
            Kind.COUNT, "Questions of the office's pages that took too long.", ("question",)
        ),
        "check": Measure(Kind.LEVEL, "A health check: 1 ok, 0.5 degraded, 0 failing.", ("check",)),
        "http_requests": Measure(Kind.COUNT, "HTTP requests answered.", ("door", "path", "code")),
        "http_cut": Measure(Kind.COUNT, "HTTP connections cut without an answer.", ("door", "reason")),
        "log_lines": Measure(Kind.COUNT, "Lines of the log from warning upwards.", ("level",)),
        "log_lines_lost": Measure(Kind.COUNT, "Lines that could not be written: the disk may be full."),
        "errors_unhandled": Measure(Kind.COUNT, "Faults that nobody waited for: each is worth a look."),
    }
)
"""Every measure by its name."""


class UnknownMeasure(KeyError):  # noqa: N818 - a fault of our own, named for what it is
    """A name, a kind or a set of labels that is not in the table: a mistake in our code."""


def measure_of(name: str, kind: Kind, labels: Iterable[str]) -> Measure:
    """Find a measure; UnknownMeasure when the table has no such name, kind and labels."""
    measure = MEASURES.get(name)
    if measure is None or measure.kind is not kind or sorted(labels) != sorted(measure.labels):
        raise UnknownMeasure(f"{kind.value} {name!r} with labels {sorted(labels)} is not in the table")
    return measure


class NoTally:
    """A ``ports.Tally`` that keeps nothing and still knows the table: for tools and tests."""

    def count(self, name: str, amount: int = 1, **labels: str) -> None:  # noqa: ARG002 - the port's signature
        """Refuse what is not in the table."""
        measure_of(name, Kind.COUNT, labels)

    def took(self, name: str, seconds: float, **labels: str) -> None:  # noqa: ARG002 - the port's signature
        """Refuse what is not in the table."""
        measure_of(name, Kind.TIME, labels)

    def level(self, name: str, value: float, **labels: str) -> None:  # noqa: ARG002 - the port's signature
        """Refuse what is not in the table."""
        measure_of(name, Kind.LEVEL, labels)
