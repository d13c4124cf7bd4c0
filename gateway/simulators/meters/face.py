"""What all faces have in common: octets in, octets out, how long that takes, and what goes wrong on order.

A face is one end of one line to one meter. It has no socket and no clock but the house's:

    receive(octets)   gives what the meter answers, to be sent after ``answer_ms`` of quiet
    wait_ms           so long without an octet the meter waits before ``expired``; None: it waits for nothing
    expired()         gives what the meter says then, mostly nothing
    line_lost()       what was half said is forgotten, a session ends

What goes wrong is ordered in ``Mishaps``, which belongs to the meter and outlives its lines.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.simulators.meters.house import House

NOISE_MAX: Final = 4096
"""Octets of noise before an answer: more than any reader keeps."""

LATE_MS_MAX: Final = 600_000
"""Milliseconds that an answer may be late: ten minutes, longer than any line is held."""


class MishapKind(Enum):
    """What goes wrong. ``number`` means something to those that say so."""

    #: It does what it was told, and does not answer.
    SILENT = "silent"
    #: It answers ``number`` milliseconds late.
    LATE = "late"
    #: It answers in another meter's name.
    ADDRESS = "address"
    #: Only the first ``number`` octets of its answer go out.
    CUT = "cut"
    #: The check of its answer is wrong.
    CHECK = "check"
    #: ``number`` octets that mean nothing are before its answer.
    NOISE = "noise"
    #: It refuses a write (DL/T 645) and has done a part of it, as meters in the field were seen to.
    HALF_WRITE = "half-write"


NUMBERED: Final = {MishapKind.LATE: LATE_MS_MAX, MishapKind.CUT: NOISE_MAX, MishapKind.NOISE: NOISE_MAX}


@dataclass(frozen=True, slots=True)
class Mishap:
    """At which answer of the meter, counted from 0 (None: at each), what goes wrong."""

    kind: MishapKind
    at: int | None = None
    number: int = 0


class Mishaps:
    """Counts a meter's answers, and tells what is to go wrong with each."""

    __slots__ = ("count", "now", "ordered")

    def __init__(self, ordered: Iterable[Mishap] = ()) -> None:
        self.ordered = tuple(ordered)
        self.count = 0
        #: What goes wrong with the answer that is made now.
        self.now: tuple[Mishap, ...] = ()

    def begin(self) -> None:
        """Begin the next answer."""
        if self.ordered:
            self.now = tuple(each for each in self.ordered if each.at in (None, self.count))
        self.count += 1

    def has(self, kind: MishapKind) -> bool:
        """Is this to go wrong now?"""
        return any(each.kind is kind for each in self.now)


class Face(ABC):
    """One end of one line."""

    __slots__ = ("answer_ms", "house", "mishaps", "turn_ms")

    def __init__(self, house: House, mishaps: Mishaps, turn_ms: int) -> None:
        self.house = house
        self.mishaps = mishaps
        #: Milliseconds that it takes to answer when nothing goes wrong.
        self.turn_ms = turn_ms
        self.answer_ms = turn_ms

    @abstractmethod
    def receive(self, octets: bytes) -> bytes:
        """Take what came; give what the meter answers."""

    @property
    def wait_ms(self) -> int | None:
        """Milliseconds without an octet before ``expired``."""
        return None

    def expired(self) -> bytes:
        """Note that ``wait_ms`` has gone by; give what the meter says then."""
        return b""

    @property
    def is_lost(self) -> bool:
        """Has the peer broken the rules so that the line is to be given up?"""
        return False

    @property
    def push_ms(self) -> int | None:
        """Milliseconds between two telegrams that nobody asked for; None: it pushes nothing."""
        return None

    def push(self) -> bytes:
        """Give the telegram that nobody asked for."""
        return b""

    @abstractmethod
    def line_lost(self) -> None:
        """Note that whoever asked is gone."""

    @abstractmethod
    def _as_another(self, answer: bytes) -> bytes:
        """The answer as another meter would give it."""

    @abstractmethod
    def _damaged(self, answer: bytes) -> bytes:
        """The answer with a wrong check."""

    def _said(self, answer: bytes) -> bytes:
        """Let go wrong with an answer what was ordered."""
        self.answer_ms = self.turn_ms
        for mishap in self.mishaps.now:
            answer = self._gone_wrong(mishap, answer)
        return answer

    def _gone_wrong(self, mishap: Mishap, answer: bytes) -> bytes:
        match mishap.kind:
            case MishapKind.SILENT:
                return b""
            case MishapKind.LATE:
                self.answer_ms += mishap.number
            case MishapKind.ADDRESS:
                return self._as_another(answer)
            case MishapKind.CUT:
                return answer[: mishap.number]
            case MishapKind.CHECK:
                return self._damaged(answer)
            case MishapKind.NOISE:
                return noise(mishap.number) + answer
            case MishapKind.HALF_WRITE:
                pass
        return answer


def noise(count: int) -> bytes:
    """Octets that mean nothing: among them are those with which frames of each wire begin.

    >>> noise(4).hex()
    '687e022f'
    """
    return (b"\x68\x7e\x02\x2f\x16\x00\xff\x55\x03\x06" * (count // 10 + 1))[:count]
