"""Whose fault it is: the other side's bytes, a value of ours, or a table of ours. Texts hold no values."""

from __future__ import annotations


class PeerFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """The other side broke the rules: in which field, at which byte of the frame's body, and why."""

    def __init__(self, field: str, at: int, why: str) -> None:
        super().__init__(f"{field} at {at}: {why}")
        self.field = field
        self.at = at
        self.why = why


class ValueFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """A value of ours does not fit its place in a frame."""


class TableFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """A table of identifiers is wrong: at which place of it, and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why
