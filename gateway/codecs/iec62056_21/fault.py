"""Whose fault it is: the other side's bytes, or a value of ours. Texts hold no values."""

from __future__ import annotations


class PeerFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """The other side broke the rules: in what, at which character of it, and why."""

    def __init__(self, what: str, at: int, why: str) -> None:
        super().__init__(f"{what} at {at}: {why}")
        self.what = what
        self.at = at
        self.why = why


class ValueFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """A value of ours cannot be said, or not now."""
