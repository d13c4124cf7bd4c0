"""The orders that can wait for a second person: as values that are kept, and the commands they become.

An order is kept as JSON under its kind, and made a command again when somebody decides: whoever approves sees
what is kept, and what is kept is carried out (``decide_request.py``).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar, Final, get_args

from gateway.core import chart
from gateway.core.authority import Function
from gateway.core.money import Money
from gateway.core.payment import deposit_key
from gateway.core.person import login_of
from gateway.core.trouble import ENDS_CLAIM, Resolution
from gateway.office.authorised import Act
from gateway.office.card_orders import TakeOffOrder
from gateway.office.leaving_orders import CancelOrder, ReplaceOrder
from gateway.office.relay_orders import SwitchOrder
from gateway.office.reset_orders import ResetOrder
from gateway.office.resolve_trouble import ResolveTrouble
from gateway.office.rights_orders import GiveRolesOrder, KeepRoleOrder
from gateway.office.terms_orders import AmendTermsOrder, WithdrawTermsOrder
from gateway.prepayment.deposit_float import DepositFloat
from gateway.prepayment.give_back import GiveBack

if TYPE_CHECKING:
    from gateway.core.approval import Approval
    from gateway.core.books import Command


class UnknownOrder(ValueError):  # noqa: N818 - said as it is
    """A request holds an order that this program does not know: it is from a newer one."""


@dataclass(frozen=True, slots=True)
class DepositOrder:
    """A bank has brought money for its float; ``reference`` is its own, or the receipt's.

    ``covered``: it pays in advance, as the configuration said when it was ordered. A request of an older
    program does not say so, and is refused.
    """

    bank: str
    amount_minor: int
    currency: str
    reference: str
    covered: bool = False

    kind: ClassVar[str] = "deposit"
    function: ClassVar[Function] = Function.FLOATS
    about: ClassVar[str] = ""

    @property
    def subject(self) -> str:
        """Which float, under which reference."""
        return f"{chart.bank_float(self.bank)} {self.reference}"

    def command(self, by: str, reason: str) -> Command:  # noqa: ARG002 - the journal names the bank
        """Fill the float."""
        amount = Money(self.amount_minor, self.currency)
        key = deposit_key(self.bank, self.reference)
        return DepositFloat(key, self.bank, amount, self.currency, self.covered)


@dataclass(frozen=True, slots=True)
class GiveBackOrder:
    """A waiting credit is given back to the bank that took the money."""

    payment: str
    bank: str
    pan: str
    amount_minor: int

    kind: ClassVar[str] = "give_back"
    function: ClassVar[Function] = Function.REVERSALS

    @property
    def subject(self) -> str:
        """Which payment."""
        return self.payment

    @property
    def about(self) -> str:
        """The meter that was paid for."""
        return self.pan

    def command(self, by: str, reason: str) -> Command:
        """Give it back."""
        return GiveBack(self.payment, self.bank, by, self.pan, self.amount_minor, reason)


@dataclass(frozen=True, slots=True)
class ResolveOrder:
    """An exception is closed: ``resolution`` is one of ``core.trouble.Resolution``."""

    id: int
    exception: str
    resolution: str
    payment: str
    bank: str
    pan: str
    amount_minor: int

    kind: ClassVar[str] = "resolve"

    @property
    def function(self) -> Function:
        """What moves money takes the right to give it back, whichever page it is ordered from: the end of a
        claim books a loss, or gives a bank its float back.
        """
        return Function.REVERSALS if self.moves_money else Function.EXCEPTIONS

    @property
    def moves_money(self) -> bool:
        """Is anything posted with it? Else it only says what became of the exception."""
        return Resolution(self.resolution) in {Resolution.REVERSED, *ENDS_CLAIM}

    @property
    def subject(self) -> str:
        """Which exception, and of which payment."""
        return f"{self.id} {self.exception} {self.payment}"

    @property
    def about(self) -> str:
        """The meter that was paid for, where there is one."""
        return self.pan

    def command(self, by: str, reason: str) -> Command:
        """Close it."""
        return ResolveTrouble(
            self.id,
            Resolution(self.resolution),
            reason,
            by,
            payment=self.payment,
            bank=self.bank,
            pan=self.pan,
            amount_minor=self.amount_minor,
        )


Order = (
    DepositOrder
    | GiveBackOrder
    | ResolveOrder
    | AmendTermsOrder
    | WithdrawTermsOrder
    | GiveRolesOrder
    | KeepRoleOrder
    | ReplaceOrder
    | CancelOrder
    | ResetOrder
    | TakeOffOrder
    | SwitchOrder
)

_KINDS: Final[dict[str, type[Order]]] = {one.kind: one for one in get_args(Order)}


def act_of(order: Order, reason: str) -> Act:
    """Say how authority judges an order."""
    text = json.dumps(asdict(order), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Act(
        function=order.function,
        kind=order.kind,
        order=text,
        subject=order.subject,
        amount_minor=order.amount_minor,
        about=order.about,
        reason=reason,
        takes_two=isinstance(order, ReplaceOrder | ResetOrder) and order.takes_two,
    )


def order_of(request: Approval) -> Order:
    """Read the order that a request holds; UnknownOrder where this program has none of its kind."""
    make = _KINDS.get(request.kind)
    if make is None:
        raise UnknownOrder(f"orders of the kind {request.kind!r} are unknown here; see who wrote it")
    try:
        return make(**json.loads(request.order))
    except (ValueError, TypeError) as fault:
        raise UnknownOrder(f"the request {request.reference} cannot be read: {fault}") from None


def is_judged_rightly(request: Approval) -> bool:
    """Was it asked for under the function that its order takes today? One that an older program has kept
    under another would else be approved by whoever may approve the other.
    """
    return order_of(request).function.value == request.function


def command_of(request: Approval) -> Command:
    """Make the command of a request, for whoever asked for it."""
    return order_of(request).command(login_of(request.asked_by), request.reason)
