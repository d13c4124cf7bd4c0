"""Whose fault it is: the other side's bytes, or a value of ours. Texts hold no values."""

from __future__ import annotations


class PeerFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """The other side broke the rules: in which field, at which byte behind the sequence byte, and why."""

    def __init__(self, field: str, at: int, why: str) -> None:
        super().__init__(f"{field} at {at}: {why}")
        self.field = field
        self.at = at
        self.why = why


class ValueFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """A value of ours does not fit its place in a frame, or is given at the wrong time."""
