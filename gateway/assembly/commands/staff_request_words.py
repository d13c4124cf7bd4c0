"""A request for a second person in words: who wants what, how much, why, and until when."""

from __future__ import annotations

import json
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from gateway.assembly.commands.figures import figure
from gateway.assembly.commands.tariff_words import said
from gateway.assembly.commands.terminal import harmless
from gateway.core.approval import ApprovalState
from gateway.core.counter import called, station_of
from gateway.core.energy import Energy
from gateway.core.staff import grants_of, rights_of
from gateway.core.timeline import moment_of
from gateway.core.trouble import Resolution
from gateway.core.views_staff import Operators, Roles
from gateway.endpoints.bank_wording import face_number
from gateway.office.card_orders import TakeOffOrder
from gateway.office.leaving_orders import CancelOrder, ReplaceOrder
from gateway.office.orders import DepositOrder, GiveBackOrder, ResolveOrder, UnknownOrder, order_of
from gateway.office.relay_orders import SwitchOrder
from gateway.office.reset_orders import ResetOrder
from gateway.office.rights_orders import GiveRolesOrder, KeepRoleOrder
from gateway.office.rights_told import RIGHTS, grants_told, rights_told
from gateway.office.terms_orders import AmendTermsOrder, WithdrawTermsOrder

if TYPE_CHECKING:
    from adapters.db.views import ViewReader
    from gateway.config import Config
    from gateway.core.approval import Approval
    from gateway.office.orders import Order

_WIDTH: Final = 79
_INDENT: Final = 14

_RESOLVED: Final = {
    Resolution.EXPLAINED: "nothing was wrong with money or credit",
    Resolution.SETTLED: "it was put right outside",
    Resolution.REVERSED: "the payment is given back to the bank",
    Resolution.UPHELD: "the bank pays after all, the payment stands",
    Resolution.CONCEDED: "the bank keeps its money, the utility bears it",
}


def request_lines(request: Approval, config: Config, now_us: int) -> list[str]:
    """Say all that somebody must know before she decides."""
    zone = config.utility.zone
    rows = [
        ("Reference", request.reference),
        ("Order", order_words(request, config.utility.currency)),
        ("Amount", _amount(request.amount_minor, config.utility.currency)),
        ("About", _about(request.about)),
        ("Why", request.reason),
        ("Asked by", f"{request.asked_by}, {said(moment_of(request.asked_us), zone)} ({zone.key})"),
        ("Until", f"{said(moment_of(request.ends_us), zone)} ({zone.key})"),
        ("State", _state(request, config, now_us)),
        ("Outcome", request.outcome),
    ]
    return [line for name, text in rows if text for line in _wrapped(name, text)]


def order_words(request: Approval, currency: str) -> str:
    """Say what is carried out when it is approved."""
    try:
        return _words(order_of(request), currency)
    except UnknownOrder as fault:
        return f"cannot be read here: {fault}"


def _words(order: Order, currency: str) -> str:
    match order:
        case DepositOrder():
            amount = f"{figure(order.amount_minor, order.currency)} {order.currency}"
            return f"book a deposit of {amount} to the float of bank {order.bank}, under {order.reference}"
        case GiveBackOrder():
            amount = f"{figure(order.amount_minor, currency)} {currency}"
            where = "at" if station_of(order.bank) else "to"
            return f"give {amount} back {where} {called(order.bank)}, for payment {order.payment}"
        case ResolveOrder():
            what = _RESOLVED[Resolution(order.resolution)]
            whose = (
                f" of payment {order.payment}, {called(order.bank)}" if order.bank else f" of {order.payment}"
            )
            return f"close exception {order.id} ({order.exception}){whose}: {order.resolution}, {what}"
        case AmendTermsOrder():
            parts = order.proportions or order.power_type
            more = f", {order.contract_w} W, schemes {order.schemes or 'none'}"
            return f"price supply point {order.number} by {parts}{more}, from {order.day} on"
        case WithdrawTermsOrder():
            return f"withdraw what is due at supply point {order.number} on {order.day}"
        case GiveRolesOrder():
            return f"give {order.login} these roles and no other: {order.roles or 'none'}"
        case KeepRoleOrder():
            told = grants_told({}, grants_of(order.grants)) or "nothing"
            return f"keep the role {order.code} ({order.name}), which grants: {told}"
        case ReplaceOrder() | CancelOrder() | ResetOrder() | TakeOffOrder() | SwitchOrder():
            return _meter_words(order, currency)


def _meter_words(
    order: ReplaceOrder | CancelOrder | ResetOrder | TakeOffOrder | SwitchOrder, currency: str
) -> str:
    match order:
        case ReplaceOrder():
            left = Energy(order.going["shown_wh"])
            meters = f"meter {order.going['pan']} by {order.coming['pan']}"
            return f"replace {meters} at supply point {order.going['number']}; {left} are left in it"
        case CancelOrder():
            amount = f"{figure(order.amount_minor, currency)} {currency}"
            where = f"supply point {order.going['number']}"
            return f"cancel meter {order.going['pan']} at {where}; {amount} are to be paid out"
        case ResetOrder():
            found = "is in the meter" if order.shows.is_taken else "is lost"
            how = f"by {order.shows.evidence.value}: {order.shows.reference}"
            freed = "; the meter may be sold to again" if order.is_lifted else ""
            return f"reset meter {order.pan} for selling: payment {order.payment} {found}, {how}{freed}"
        case TakeOffOrder():
            amount = f"{figure(order.amount_minor, currency)} {currency}"
            card = f"card {order.serial} of meter {order.pan}, at {order.station}"
            return f"take payment {order.payment} of {amount} off {card}; its credit waits then"
        case SwitchOrder():
            begins = f", from {_moment(order.from_us, order.zone)} on" if order.from_us else ""
            ends = f", until {_moment(order.until_us, order.zone)}" if order.until_us else ""
            return f"{order.ask} the relay of meter {order.pan} over its line{begins}{ends}"


def _moment(at_us: int, zone: str) -> str:
    return f"{moment_of(at_us).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def rights_lines(request: Approval, views: ViewReader) -> list[str]:
    """Say of an order about rights what is now and what will be then; limits are minor units."""
    try:
        order = order_of(request)
    except UnknownOrder:
        return []
    roles = {row.role.code: row.role for row in views.rows(Roles())}
    rows: list[tuple[str, str]] = []
    match order:
        case GiveRolesOrder():
            for she in views.rows(Operators(login=order.login)):
                then = rights_of(replace(she, roles=order.codes), roles)
                changes = rights_told(rights_of(she, roles), then).removeprefix(RIGHTS)
                rows = [
                    ("Branch", she.branch or "all"),
                    ("Roles now", ", ".join(she.roles) or "none"),
                    ("Roles then", ", ".join(order.codes) or "none"),
                    ("Changes", changes or "nobody may do more or less by it"),
                ]
        case KeepRoleOrder():
            before = roles[order.code].grants if order.code in roles else {}
            told = grants_told(before, grants_of(order.grants))
            rows = [("Changes", told or "nobody may do more or less by it")]
        case _:
            pass
    return [line for name, text in rows for line in _wrapped(name, text)]


def request_plain(request: Approval, config: Config, now_us: int) -> dict[str, object]:
    """Give a request for a program; moments are UTC, the amount is minor units."""
    decided = request.decided_us
    return {
        "reference": request.reference,
        "state": request.state.value,
        "is_over": request.is_over(now_us),
        "function": request.function,
        "kind": request.kind,
        "order": json.loads(request.order),
        "amount_minor": request.amount_minor,
        "currency": config.utility.currency,
        "about": request.about,
        "reason": request.reason,
        "asked_by": request.asked_by,
        "asked_at": moment_of(request.asked_us).isoformat(),
        "ends_at": moment_of(request.ends_us).isoformat(),
        "decided_by": request.decided_by,
        "decided_at": None if decided is None else moment_of(decided).isoformat(),
        "outcome": request.outcome,
    }


def _amount(amount_minor: int, currency: str) -> str:
    return f"{figure(amount_minor, currency)} {currency}" if amount_minor else ""


def _about(about: str) -> str:
    return f"meter {face_number(about)}" if len(about) == _PAN_DIGITS and about.isdigit() else about


def _state(request: Approval, config: Config, now_us: int) -> str:
    if request.state is ApprovalState.ASKED:
        return "too old: it must be asked for anew" if request.is_over(now_us) else "waits"
    assert request.decided_us is not None  # noqa: S101 - see Approval.decided
    at = said(moment_of(request.decided_us), config.utility.zone)
    return f"{request.state.value} by {request.decided_by}, {at}"


def _wrapped(name: str, text: str) -> list[str]:
    head, below = f"{name:<{_INDENT}}", " " * _INDENT
    return textwrap.wrap(harmless(text), _WIDTH, initial_indent=head, subsequent_indent=below)


#: Digits of a meter's whole number (IEC 62055-41, 6.1.2).
_PAN_DIGITS: Final = 18
