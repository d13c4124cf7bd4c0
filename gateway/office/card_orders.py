"""The order by which a purchase is taken off its card, as it is kept for a second person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from gateway.core.authority import Function
from gateway.core.card import CardSystem, ShownCard, ShownReturn
from gateway.prepayment.take_off_card import TakeOffCard

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class TakeOffOrder:
    """A purchase is taken off its card: ``shown`` is the card as it was read, by name.

    ``system`` and ``key_versions`` are whose cards were served when it was asked for.
    """

    nonce: str
    station: str
    order: int
    payment: str
    pan: str
    amount_minor: int
    shown: Mapping[str, Any]
    system: str
    key_versions: list[int]

    kind: ClassVar[str] = "take_off"
    function: ClassVar[Function] = Function.REVERSALS

    @classmethod
    def of(cls, command: TakeOffCard, pan: str, amount_minor: int) -> Self:
        """Keep what was said."""
        return cls(
            command.nonce,
            command.station,
            command.order,
            command.payment,
            pan,
            amount_minor,
            asdict(command.shown),
            command.system.number,
            sorted(command.system.key_versions),
        )

    @property
    def serial(self) -> str:
        """Which card."""
        return str(self.shown["serial"])

    @property
    def subject(self) -> str:
        """Which payment."""
        return self.payment

    @property
    def about(self) -> str:
        """The meter."""
        return self.pan

    def command(self, by: str, reason: str) -> TakeOffCard:
        """Let the card be cleared."""
        back = self.shown["returned"]
        shown = ShownCard(**{**self.shown, "returned": None if back is None else ShownReturn(**back)})
        system = CardSystem(self.system, frozenset(self.key_versions))
        return TakeOffCard(
            by, self.nonce, self.station, self.order, self.payment, shown, system, reason
        )
