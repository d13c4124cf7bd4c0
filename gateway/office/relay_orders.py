"""The order by which a meter's relay is switched over its line, as it is kept for a second person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self
from zoneinfo import ZoneInfo

from gateway.core.authority import Function
from gateway.core.contact import RelayOrder
from gateway.core.relay_hours import RelayHours
from gateway.metering.order_relay import OrderRelay

if TYPE_CHECKING:
    from gateway.core.books import Command


@dataclass(frozen=True, slots=True)
class SwitchOrder:
    """A relay is switched: ``ask`` is a ``RelayOrder``'s value, the moments are those of ``OrderRelay``.

    ``hours`` and ``zone`` are when a trip was allowed when it was asked for.
    """

    nonce: str
    pan: str
    ask: str
    from_us: int
    until_us: int
    hours: str
    zone: str

    kind: ClassVar[str] = "relay"
    function: ClassVar[Function] = Function.RELAYS
    amount_minor: ClassVar[int] = 0

    @classmethod
    def of(cls, command: OrderRelay, zone: str) -> Self:
        """Keep what was said; ``zone`` is the name of the command's."""
        hours = command.hours.text
        return cls(
            command.nonce, command.pan, command.order.value, command.from_us, command.until_us, hours, zone
        )

    @property
    def subject(self) -> str:
        """What, and at which meter."""
        return f"{self.ask} {self.pan}"

    @property
    def about(self) -> str:
        """The meter."""
        return self.pan

    def command(self, by: str, reason: str) -> OrderRelay:
        """Have it switched."""
        return OrderRelay(
            by,
            self.nonce,
            self.pan,
            RelayOrder(self.ask),
            reason,
            RelayHours.parse(self.hours),
            ZoneInfo(self.zone),
            self.from_us,
            self.until_us,
        )


def let_out(command: Command, second: str) -> Command:
    """Tell an order who has let it out, where it writes that down."""
    return replace(command, second=second) if isinstance(command, OrderRelay) else command
