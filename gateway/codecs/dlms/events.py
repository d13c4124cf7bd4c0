"""What a client's association tells whoever drives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from gateway.codecs.dlms.services import Done, EventNotified, Notified, Result


@dataclass(frozen=True, slots=True)
class Associated:
    """The association stands: what may be used, and the longest PDU that the meter takes (0: any)."""

    conformance: int
    pdu_max: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The meter does not want the association: its result, its reason, the counter that it wants."""

    result: str
    why: str
    counter: int | None = None


@dataclass(frozen=True, slots=True)
class Got:
    """What was read, in the order in which it was asked for: a value each, or why not."""

    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Wrote:
    """What became of each value written: the standard's number, 0 is success."""

    results: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Acted:
    """What became of each method."""

    done: tuple[Done, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The question has no answer: refused as a whole, or answered with what breaks the standard.

    Of a question that changes the meter this proves nothing: a refusal comes unsealed, from whoever sends it.
    Read back. ``is_broken``: it was no refusal, but an answer against the rules.
    """

    why: str
    counter: int | None = None
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """The association can be trusted no more; close the link."""

    why: str


@dataclass(frozen=True, slots=True)
class Released:
    """The association has ended."""


@dataclass(frozen=True, slots=True)
class Told:
    """The meter said something unasked."""

    notice: Notified | EventNotified


ClientEvent: TypeAlias = Associated | Refused | Got | Wrote | Acted | Failed | Broken | Released | Told
