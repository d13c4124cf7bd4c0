"""The orders by which a meter leaves its supply point, as they are kept for a second person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from gateway.core.authority import Function
from gateway.core.fitting import Ratio
from gateway.core.refund_price import Worth
from gateway.prepayment.cancel_meter import CancelMeter
from gateway.prepayment.leave_point import Going
from gateway.prepayment.replace_meter import Coming, ReplaceMeter

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ReplaceOrder:
    """A meter is replaced: ``going`` and ``coming`` are what is said of both, by name."""

    nonce: str
    account_no: str
    going: Mapping[str, Any]
    coming: Mapping[str, Any]

    kind: ClassVar[str] = "replace"
    function: ClassVar[Function] = Function.REPLACEMENT
    amount_minor: ClassVar[int] = 0

    @classmethod
    def of(cls, nonce: str, account_no: str, going: Going, coming: Coming) -> Self:
        """Keep what was said."""
        return cls(nonce, account_no, asdict(going), asdict(coming))

    @property
    def takes_two(self) -> bool:
        """Is more said to be left than went out? Then a second person stands behind it."""
        return bool(self.going["is_above"])

    @property
    def subject(self) -> str:
        """Which supply point."""
        return f"supply point {self.going['number']}"

    @property
    def about(self) -> str:
        """Whose supply point it is."""
        return self.account_no

    def command(self, by: str, reason: str) -> ReplaceMeter:  # noqa: ARG002 - it stands in the order, too
        """Replace it."""
        return ReplaceMeter(by, self.nonce, going_of(self.going), coming_of(self.coming))


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """A supply ends: ``going`` is what is said of the meter, by name; ``amount_minor`` is to be paid out.

    ``worth`` is what the energy costs, by name, where it is given back at today's price.
    """

    nonce: str
    account_no: str
    going: Mapping[str, Any]
    fee_minor: int
    amount_minor: int
    worth: Mapping[str, Any] | None = None

    kind: ClassVar[str] = "cancel"
    function: ClassVar[Function] = Function.CANCELLATION

    @classmethod
    def of(cls, order: CancelMeter, account_no: str) -> Self:
        """Keep what was said."""
        worth = None if order.worth is None else asdict(order.worth)
        return cls(order.nonce, account_no, asdict(order.going), order.fee_minor, order.shown_minor, worth)

    @property
    def subject(self) -> str:
        """Which supply point."""
        return f"supply point {self.going['number']}"

    @property
    def about(self) -> str:
        """Whose supply point it is."""
        return self.account_no

    def command(self, by: str, reason: str) -> CancelMeter:  # noqa: ARG002 - it stands in the order, too
        """End it."""
        worth = None if self.worth is None else Worth(**self.worth)
        return CancelMeter(by, self.nonce, going_of(self.going), self.fee_minor, self.amount_minor, worth)


def going_of(said: Mapping[str, Any]) -> Going:
    """Read what is said of the meter that goes."""
    return Going(**{**said, "registers": _pairs(said["registers"])})


def coming_of(said: Mapping[str, Any]) -> Coming:
    """Read what is said of the meter that comes."""
    read = {
        "registers": _pairs(said["registers"]),
        "seals": tuple(said["seals"]),
        "current": Ratio(**said["current"]),
        "voltage": Ratio(**said["voltage"]),
    }
    return Coming(**{**said, **read})


def _pairs(listed: Any) -> tuple[tuple[str, int], ...]:  # noqa: ANN401 - lists of JSON, or tuples
    return tuple((name, wh) for name, wh in listed)
