"""Several meters on one line: each hears all that is said, and answers what is its own.

Where two answer at once their octets fall on each other: a bit that one of them pulls down is down, as on
RS-485. What a single meter says goes through as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.simulators.meters.face import Face

BUS_METERS_MAX: Final = 256
"""Meters on one line: an RS-485 segment has 32, with repeaters or modern drivers 256."""


class Answer(NamedTuple):
    """Octets to be sent after so many milliseconds of quiet."""

    octets: bytes
    after_ms: int


class Bus:
    """One line and the meters on it. ``ValueError`` for none, and for too many."""

    __slots__ = ("_only", "faces")

    def __init__(self, faces: Sequence[Face]) -> None:
        if not 1 <= len(faces) <= BUS_METERS_MAX:
            raise ValueError(f"a line has 1 to {BUS_METERS_MAX} meters")
        self.faces = tuple(faces)
        self._only = faces[0] if len(faces) == 1 else None

    @property
    def wait_ms(self) -> int | None:
        """Milliseconds without an octet before ``expired``: of the first meter that waits."""
        if self._only is not None:
            return self._only.wait_ms
        waits = [face.wait_ms for face in self.faces]
        return min((wait for wait in waits if wait is not None), default=None)

    @property
    def is_lost(self) -> bool:
        """Will a meter hear no more on this line?"""
        return self._only.is_lost if self._only is not None else any(face.is_lost for face in self.faces)

    def receive(self, octets: bytes) -> Answer | None:
        """Let all meters hear; give what is on the line then."""
        face = self._only
        if face is not None:
            said = face.receive(octets)
            return Answer(said, face.answer_ms) if said else None
        return together(
            [Answer(said, face.answer_ms) for face in self.faces if (said := face.receive(octets))]
        )

    def expired(self) -> Answer | None:
        """Note the silence with those that waited for it."""
        least = self.wait_ms
        waiting = [face for face in self.faces if face.wait_ms is not None and face.wait_ms == least]
        return together([Answer(said, face.answer_ms) for face in waiting if (said := face.expired())])

    def line_lost(self) -> None:
        """End all sessions."""
        for face in self.faces:
            face.line_lost()


def together(answers: list[Answer]) -> Answer | None:
    r"""What is on the line when all of these are sent.

    >>> together([Answer(b"\x68\x11", 20), Answer(b"\x68\x21\x16", 30)])
    Answer(octets=b'h\x01\x16', after_ms=20)
    """
    if len(answers) < 2:  # noqa: PLR2004 - one alone is heard as it is
        return answers[0] if answers else None
    heard = bytearray(b"\xff" * max(len(answer.octets) for answer in answers))
    for answer in answers:
        for place, octet in enumerate(answer.octets):
            heard[place] &= octet
    return Answer(bytes(heard), min(answer.after_ms for answer in answers))
