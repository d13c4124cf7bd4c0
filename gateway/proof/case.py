"""One line of a conformance run: a vector, and what came of it.

A runner (``sts_vectors``, ``iso8583_vectors``, …) turns a document of the formats described in
``tests/vectors/README.md`` into cases; ``conformance`` prints and counts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What a vector proved."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Case:
    """The outcome of one vector; a failure says both sides, a skip says why."""

    name: str
    verdict: Verdict
    expected: str = ""
    actual: str = ""
    reason: str = ""

    def __str__(self) -> str:
        match self.verdict:
            case Verdict.FAILED:
                return f"FAILED {self.name}: expected {self.expected}, actual {self.actual}"
            case Verdict.SKIPPED:
                return f"skipped {self.name}: {self.reason}"
            case Verdict.PASSED:
                return f"passed {self.name}"


def passed(name: str) -> Case:
    """The vector held."""
    return Case(name, Verdict.PASSED)


def failed(name: str, expected: object, actual: object) -> Case:
    """The vector did not hold: what it demands, and what we made of it."""
    return Case(name, Verdict.FAILED, expected=str(expected), actual=str(actual))


def skipped(name: str, reason: str) -> Case:
    """The vector was not tried, and the reader is told why."""
    return Case(name, Verdict.SKIPPED, reason=reason)


def compared(name: str, expected: object, actual: object) -> Case:
    """Passed when both sides are equal, else failed with both sides."""
    return passed(name) if expected == actual else failed(name, expected, actual)
