"""An order that waits, in words: what it is called, and its parts, each with the place where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from admin_web.card_words import card_cell
from admin_web.cells import Amount, Code, Link, Said, State, Tone
from admin_web.deciding import order_or_none
from admin_web.file_words import meter_cell, meter_number
from admin_web.line_words import RELAY_ORDERS
from admin_web.object_page import Fact
from admin_web.point_words import point_cell
from admin_web.reset_words import EVIDENCE, FOUND
from admin_web.trade_words import taken_link
from admin_web.trouble_words import resolution_said, words_of_kind
from admin_web.words import msg, msg_many
from gateway.core.approval import ApprovalState
from gateway.core.contact import RelayOrder
from gateway.core.counter import station_of, taken_at
from gateway.core.ledger import WATT_HOURS
from gateway.core.timeline import moment_of
from gateway.office.card_orders import TakeOffOrder
from gateway.office.leaving_orders import CancelOrder, ReplaceOrder
from gateway.office.orders import DepositOrder, GiveBackOrder, ResolveOrder
from gateway.office.relay_orders import SwitchOrder
from gateway.office.reset_orders import ResetOrder
from gateway.office.rights_orders import GiveRolesOrder, KeepRoleOrder
from gateway.office.terms_orders import AmendTermsOrder, WithdrawTermsOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.deciding import Judge
    from admin_web.shown import Shown
    from admin_web.words import Words
    from gateway.core.approval import Approval
    from gateway.core.staff import Operator, Role
    from gateway.core.views_sales import SoldSale
    from gateway.office.orders import Order

UNKNOWN_ORDER: Final = msg("An order of a newer program")

WAITS: Final = State(msg("waits"), Tone.WAITING)
OVER: Final = State(msg("has waited for too long"), Tone.QUIET)

STATES: Final[Mapping[ApprovalState, State]] = {
    ApprovalState.ASKED: WAITS,
    ApprovalState.APPROVED: State(msg("approved"), Tone.GOOD),
    ApprovalState.REFUSED: State(msg("refused"), Tone.BAD),
    ApprovalState.WITHDRAWN: State(msg("withdrawn"), Tone.QUIET),
}


@dataclass(frozen=True, slots=True)
class Naming:
    """What an order is told with: the reader's words and figures, her currency, people and roles by name."""

    words: Words
    shown: Shown
    currency: str
    people: Mapping[str, Operator] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)

    def person(self, login: str) -> str:
        """Name somebody; one whom the reader does not see is named by her login."""
        return self.people[login].name if login in self.people else login

    def role(self, code: str) -> str:
        """Name a role."""
        return self.roles[code].name if code in self.roles else code

    def all_of(self, codes: Iterable[str]) -> str:
        """Name some roles; "none" for none."""
        return ", ".join(self.role(code) for code in codes) or self.words.say(msg("none"))


def naming_of(asked: Asked, judge: Judge) -> Naming:
    """Take the names from what a judge of requests knows."""
    return Naming(asked.words, asked.shown, asked.me.currency, judge.people, judge.roles)


def headline(request: Approval, naming: Naming) -> str:
    """Say in one sentence what is carried out when a request is approved."""
    order, say = order_or_none(request), naming.words.say
    match order:
        case DepositOrder():
            amount = naming.shown.money(order.amount_minor, order.currency)
            return say(msg("Book a deposit of %(amount)s of bank %(bank)s"), amount=amount, bank=order.bank)
        case GiveBackOrder():
            amount, station = naming.shown.money(order.amount_minor, naming.currency), station_of(order.bank)
            if station is not None:
                return say(msg("Give %(amount)s back at counter %(name)s"), amount=amount, name=station)
            return say(msg("Give %(amount)s back to bank %(bank)s"), amount=amount, bank=order.bank)
        case ResolveOrder():
            what = say(words_of_kind(order.exception).name)
            return say(msg("Close exception %(number)s: %(what)s"), number=order.id, what=what)
        case AmendTermsOrder() | WithdrawTermsOrder():
            sentence = _AMENDS if isinstance(order, AmendTermsOrder) else _WITHDRAWS
            return say(sentence, point=order.number, day=order.day)
        case GiveRolesOrder() | KeepRoleOrder():
            return _rights_headline(order, naming)
        case ReplaceOrder() | CancelOrder():
            return _leaving(order, naming)
        case ResetOrder() | TakeOffOrder() | SwitchOrder():
            return _meter_headline(order, naming)
        case _:
            return say(UNKNOWN_ORDER)


def _meter_headline(order: ResetOrder | TakeOffOrder | SwitchOrder, naming: Naming) -> str:
    say, meter = naming.words.say, meter_number(order.pan).text
    match order:
        case ResetOrder():
            return say(_RESETS[order.shows.is_taken], meter=meter)
        case TakeOffOrder():
            amount = naming.shown.money(order.amount_minor, naming.currency)
            return say(_TAKES_OFF, amount=amount, card=order.serial)
        case SwitchOrder():
            return say(_SWITCHES, meter=meter, what=say(RELAY_ORDERS[RelayOrder(order.ask)]))


def _rights_headline(order: GiveRolesOrder | KeepRoleOrder, naming: Naming) -> str:
    say = naming.words.say
    match order:
        case GiveRolesOrder(roles=""):
            return say(msg("Take all roles from %(person)s"), person=naming.person(order.login))
        case GiveRolesOrder():
            one, many = _GIVES
            roles, who = naming.all_of(order.codes), naming.person(order.login)
            return naming.words.say_many(one, many, len(order.codes), roles=roles, person=who)
        case KeepRoleOrder(version=0):
            return say(msg("Make the role %(role)s"), role=order.name)
        case KeepRoleOrder():
            return say(msg("Change what the role %(role)s grants"), role=naming.role(order.code))


_TAKES_OFF: Final = msg(
    "Take the purchase of %(amount)s off card %(card)s before its meter has it; its credit waits then"
)
_SWITCHES: Final = msg("Relay of meter %(meter)s, over its line: %(what)s")
_AMENDS: Final = msg("Change the terms of supply point %(point)s from %(day)s on")
_WITHDRAWS: Final = msg("Withdraw the change of supply point %(point)s that is due on %(day)s")


def _leaving(order: ReplaceOrder | CancelOrder, naming: Naming) -> str:
    say, old = naming.words.say, meter_number(order.going["pan"]).text
    if isinstance(order, ReplaceOrder):
        new = meter_number(order.coming["pan"]).text
        return say(msg("Replace meter %(old)s by %(new)s"), old=old, new=new)
    amount = naming.shown.money(order.amount_minor, naming.currency)
    return say(msg("Cancel meter %(meter)s, and pay %(amount)s out"), meter=old, amount=amount)


_GIVES: Final = msg_many("Give the role %(roles)s to %(person)s", "Give the roles %(roles)s to %(person)s")


def named(request: Approval) -> Cell:
    """Name what a request is about as papers do: by meter, bank's reference, login, or role."""
    match order_or_none(request):
        case DepositOrder(reference=reference):
            return Code(reference)
        case GiveBackOrder(pan=pan):
            return Code(pan)
        case ResolveOrder(pan=pan, payment=payment):
            return Code(pan or reference_of(payment)) if pan or payment else None
        case AmendTermsOrder(number=number) | WithdrawTermsOrder(number=number):
            return Code(number)
        case GiveRolesOrder(login=login):
            return Code(login)
        case KeepRoleOrder(code=code):
            return Code(code)
        case ReplaceOrder(going=going) | CancelOrder(going=going):
            return Code(going["pan"])
        case ResetOrder(pan=pan) | TakeOffOrder(pan=pan) | SwitchOrder(pan=pan):
            return Code(pan)
        case _:
            return request.subject


def reference_of(key: str) -> str:
    """Give the bank's own reference out of the key of a payment; what is no payment's key stays as it is.

    >>> reference_of("pay/east/w1"), reference_of("600727/1")
    ('w1', '600727/1')
    """
    kind, _, rest = key.partition("/")
    return rest.partition("/")[2] or key if kind == "pay" else key


def reference_cell(sale: SoldSale) -> Cell:
    """Give a bank's reference; that of a counter's sale is its form's, which no customer holds."""
    return Code(reference_of(sale.key)) if station_of(sale.bank) is None else None


def state_of(request: Approval, at_us: int) -> State:
    """Say where a request stands at a moment."""
    if request.state is ApprovalState.ASKED and request.is_over(at_us):
        return OVER
    return STATES[request.state]


def facts_of(order: Order, naming: Naming) -> tuple[Fact, ...]:
    """Say what an order is made of."""
    currency = naming.currency
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
                Fact(msg("Bank or counter"), taken_link(order.bank)),
                Fact(msg("Meter number"), meter_cell(order.pan)),
                Fact(msg("Amount"), Amount(order.amount_minor, currency)),
            )
        case ResolveOrder():
            return _resolve_facts(order, currency)
        case AmendTermsOrder() | WithdrawTermsOrder():
            return (
                Fact(msg("Supply point"), point_cell(order.number)),
                Fact(msg("Business day"), date.fromisoformat(order.day)),
            )
        case GiveRolesOrder():
            who = Link(f"{naming.person(order.login)} ({order.login})", f"/operators/{order.login}")
            return (Fact(msg("Who gets them"), who),)
        case KeepRoleOrder():
            return (Fact(msg("Role"), Link(f"{order.name} ({order.code})", f"/roles?as={order.code}")),)
        case ReplaceOrder():
            came = Fact(msg("Meter that came"), meter_cell(order.coming["pan"]))
            return (*_leaving_facts(order.going), came)
        case CancelOrder():
            fee = Amount(order.fee_minor, currency)
            paid = Fact(msg("To be paid out"), Amount(order.amount_minor, currency))
            return (*_leaving_facts(order.going), Fact(msg("Fee"), fee), paid)
        case ResetOrder() | TakeOffOrder() | SwitchOrder():
            return _meter_facts(order, currency)


def rights_facts(
    order: Order, naming: Naming, branches: Mapping[str, str], *, is_now: bool
) -> tuple[Fact, ...]:
    """Say what is now and what will be then of an order about rights; ``is_now``: it is still to be done."""
    match order:
        case GiveRolesOrder() if is_now and order.login in naming.people:
            she = naming.people[order.login]
            branch = Said(msg("all branches")) if she.branch is None else branches.get(she.branch, she.branch)
            return (
                Fact(msg("Branch"), branch),
                Fact(msg("Roles now"), naming.all_of(she.roles)),
                Fact(msg("Roles then"), naming.all_of(order.codes)),
            )
        case GiveRolesOrder():
            return (Fact(msg("These roles and no others"), naming.all_of(order.codes)),)
        case KeepRoleOrder() if is_now and order.code in naming.roles:
            names = (naming.roles[order.code].name, order.name)
            labels = (msg("Name now"), msg("Name then"))
            renamed = tuple(map(Fact, labels, names)) if len(set(names)) > 1 else ()
            have = sum(order.code in one.roles for one in naming.people.values())
            return (*renamed, Fact(msg("People who have it"), have))
        case _:
            return ()


def _resolve_facts(order: ResolveOrder, currency: str) -> tuple[Fact, ...]:
    amount = Amount(order.amount_minor, currency) if order.amount_minor else None
    return (
        Fact(msg("Exception"), Link(Code(str(order.id)), f"/exceptions/{order.id}")),
        Fact(msg("What happened"), Said(words_of_kind(order.exception).name)),
        Fact(msg("To be closed as"), Said(resolution_said(order.resolution))),
        Fact(msg("Reference"), _payment(order.payment)),
        Fact(msg("Bank or counter"), taken_link(order.bank) if order.bank else None),
        Fact(msg("Meter number"), meter_cell(order.pan) if order.pan else None),
        Fact(msg("Amount"), amount),
    )


def _leaving_facts(going: Mapping[str, Any]) -> tuple[Fact, ...]:
    return (
        Fact(msg("Supply point"), point_cell(going["number"])),
        Fact(msg("Meter that left"), meter_cell(going["pan"])),
        Fact(msg("Left in it"), Amount(going["shown_wh"], WATT_HOURS)),
        Fact(msg("Read by, or who says so"), going["said_by"]),
    )


def _meter_facts(order: ResetOrder | TakeOffOrder | SwitchOrder, currency: str) -> tuple[Fact, ...]:
    match order:
        case ResetOrder():
            return _reset_facts(order)
        case TakeOffOrder():
            return _taken_off(order, currency)
        case SwitchOrder():
            return _switching_facts(order)


def _reset_facts(order: ResetOrder) -> tuple[Fact, ...]:
    shows, found = order.shows, dict(FOUND)
    freed = (Fact(msg("The meter may be sold to again"), Said(msg("yes"))),) if order.is_lifted else ()
    return (
        Fact(msg("Meter number"), meter_cell(order.pan)),
        Fact(msg("Payment"), _payment(order.payment)),
        Fact(msg("The last purchase"), Said(found["taken" if shows.is_taken else "lost"])),
        Fact(msg("Credits taken"), shows.credits),
        Fact(msg("How it is known"), Said(EVIDENCE[shows.evidence])),
        Fact(msg("Who looked, who says so, or which photo"), shows.reference),
        Fact(msg("Seen at"), moment_of(shows.seen_us)),
        *freed,
    )


def _switching_facts(order: SwitchOrder) -> tuple[Fact, ...]:
    from_us, until_us = order.from_us, order.until_us
    return (
        Fact(msg("Meter number"), meter_cell(order.pan)),
        Fact(msg("What is ordered"), Said(RELAY_ORDERS[RelayOrder(order.ask)])),
        Fact(msg("Not before"), moment_of(from_us) if from_us else None),
        Fact(msg("Not after"), moment_of(until_us) if until_us else None),
    )


def _taken_off(order: TakeOffOrder, currency: str) -> tuple[Fact, ...]:
    return (
        Fact(msg("Payment"), _payment(order.payment)),
        Fact(msg("Card"), card_cell(order.serial)),
        Fact(msg("Meter number"), meter_cell(order.pan)),
        Fact(msg("Amount"), Amount(order.amount_minor, currency)),
        Fact(msg("Card station"), taken_link(taken_at(order.station))),
    )


#: By whether the purchase is in the meter.
_RESETS: Final = {
    True: msg("Reset meter %(meter)s for selling: its last purchase is in it"),
    False: msg("Reset meter %(meter)s for selling: its last purchase is lost, a new token is made"),
}


def _bank(code: str) -> Link:
    return Link(Code(code), f"/banks/{code}")


def _payment(key: str) -> Link:
    return Link(Code(reference_of(key)), f"/search?q={quote(key)}")
