"""Whose fault it is: a card's bytes, a value of ours, or the table of a profile. Texts hold no values."""

from __future__ import annotations


class PeerFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """What a card holds breaks its profile: the file, the field ("" for all of it), the byte, and why."""

    def __init__(self, file: str, field: str, at: int, why: str) -> None:
        super().__init__(f"{file}{'.' if field else ''}{field} at {at}: {why}")
        self.file = file
        self.field = field
        self.at = at
        self.why = why


class SealFault(PeerFault):
    """A record is not sealed by our keys: forged, another card's, or half of two."""


class ValueFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """A value of ours does not fit its place on the card."""


class ProfileFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """The table of a profile is wrong: at which place of it, and why. No card is touched with it."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why
