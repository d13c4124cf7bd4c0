"""An order that waits, in words: what it is called, and its parts, each with the place where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.cells import Amount, Code, Link, Said, State, Tone
from admin_web.object_page import Fact
from admin_web.trouble_words import resolution_said, words_of_kind
from admin_web.words import msg
from gateway.core.approval import ApprovalState
from gateway.office.orders import DepositOrder, GiveBackOrder, ResolveOrder
from gateway.office.rights_orders import GiveRolesOrder, KeepRoleOrder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.approval import Approval
    from gateway.office.orders import Order

ORDER_NAMES: Final[Mapping[str, str]] = {
    DepositOrder.kind: msg("Book a deposit"),
    GiveBackOrder.kind: msg("Give a payment back"),
    ResolveOrder.kind: msg("Close an exception"),
    GiveRolesOrder.kind: msg("Give roles"),
    KeepRoleOrder.kind: msg("Change what a role grants"),
}
UNKNOWN_ORDER: Final = msg("An order of a newer program")

WAITS: Final = State(msg("waits"), Tone.WAITING)
OVER: Final = State(msg("has waited for too long"), Tone.QUIET)

STATES: Final[Mapping[ApprovalState, State]] = {
    ApprovalState.ASKED: WAITS,
    ApprovalState.APPROVED: State(msg("approved"), Tone.GOOD),
    ApprovalState.REFUSED: State(msg("refused"), Tone.BAD),
    ApprovalState.WITHDRAWN: State(msg("withdrawn"), Tone.QUIET),
}


def order_name(kind: str) -> str:
    """Say what an order is called."""
    return ORDER_NAMES.get(kind, UNKNOWN_ORDER)


def state_of(request: Approval, at_us: int) -> State:
    """Say where a request stands at a moment."""
    if request.state is ApprovalState.ASKED and request.is_over(at_us):
        return OVER
    return STATES[request.state]


def facts_of(order: Order, currency: str) -> tuple[Fact, ...]:
    """Say what an order is made of."""
    match order:
        case DepositOrder():
            return (
                Fact(msg("Bank"), _bank(order.bank)),
                Fact(msg("Amount"), Amount(order.amount_minor, order.currency)),
                Fact(msg("Reference of the deposit"), Code(order.reference)),
            )
        case GiveBackOrder():
            return (
                Fact(msg("Payment"), _payment(order.payment)),
                Fact(msg("Bank"), _bank(order.bank)),
                Fact(msg("Meter"), _meter(order.pan)),
                Fact(msg("Amount"), Amount(order.amount_minor, currency)),
            )
        case ResolveOrder():
            return _resolve_facts(order, currency)
        case GiveRolesOrder():
            return (
                Fact(msg("Who gets them"), Link(Code(order.login), f"/operators/{order.login}")),
                Fact(msg("These roles and no others"), order.roles.replace(",", ", ") or Said(msg("none"))),
            )
        case KeepRoleOrder():
            return (
                Fact(msg("Role"), Link(Code(order.code), f"/roles?as={order.code}")),
                Fact(msg("Name"), order.name),
            )


def _resolve_facts(order: ResolveOrder, currency: str) -> tuple[Fact, ...]:
    amount = Amount(order.amount_minor, currency) if order.amount_minor else None
    return (
        Fact(msg("Exception"), Link(Code(str(order.id)), f"/exceptions/{order.id}")),
        Fact(msg("What happened"), Said(words_of_kind(order.exception).name)),
        Fact(msg("What shall be said of it"), Said(resolution_said(order.resolution))),
        Fact(msg("Reference"), _payment(order.payment)),
        Fact(msg("Bank"), _bank(order.bank) if order.bank else None),
        Fact(msg("Meter"), _meter(order.pan) if order.pan else None),
        Fact(msg("Amount"), amount),
    )


def _bank(code: str) -> Link:
    return Link(Code(code), f"/banks/{code}")


def _meter(pan: str) -> Link:
    return Link(Code(pan), f"/meters/{pan}")


def _payment(key: str) -> Link:
    return Link(Code(key), f"/search?q={quote(key)}")
