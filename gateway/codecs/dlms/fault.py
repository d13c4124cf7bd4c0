"""Whose fault it is: the peer's bytes break a rule. Texts hold no values, which may be tokens or secrets."""

from __future__ import annotations


class PeerFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """What the peer sent breaks the standard: in which part, at which byte of it, and why."""

    def __init__(self, field: str, at: int, why: str) -> None:
        super().__init__(f"{field} at {at}: {why}")
        self.field = field
        self.at = at
        self.why = why
