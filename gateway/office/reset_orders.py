"""The order by which a meter is reset for selling, as it is kept for a second person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from gateway.core.authority import Function
from gateway.core.reset import Evidence, Shows
from gateway.prepayment.reset_sale import ResetSale

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ResetOrder:
    """A meter is reset: ``said`` is what the evidence shows, by name."""

    nonce: str
    pan: str
    payment: str
    said: Mapping[str, Any]
    is_lifted: bool

    kind: ClassVar[str] = "reset"
    function: ClassVar[Function] = Function.RESETS
    amount_minor: ClassVar[int] = 0

    @classmethod
    def of(cls, nonce: str, pan: str, payment: str, shows: Shows, *, is_lifted: bool) -> Self:
        """Keep what was said."""
        said = asdict(shows) | {"evidence": shows.evidence.value}
        return cls(nonce, pan, payment, said, is_lifted)

    @property
    def shows(self) -> Shows:
        """What the evidence shows."""
        return Shows(**{**self.said, "evidence": Evidence(self.said["evidence"])})

    @property
    def takes_two(self) -> bool:
        """Is it only somebody's word, or is a blocked meter freed? Then a second person stands behind it."""
        return self.is_lifted or self.shows.evidence is Evidence.SAID

    @property
    def subject(self) -> str:
        """Which payment."""
        return self.payment

    @property
    def about(self) -> str:
        """The meter."""
        return self.pan

    def command(self, by: str, reason: str) -> ResetSale:
        """Reset it."""
        return ResetSale(by, self.nonce, self.pan, self.payment, self.shows, reason, is_lifted=self.is_lifted)
