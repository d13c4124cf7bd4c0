"""What an order still needs when a command of it is decided: the next command, if there is one.

A reversal that named its payment by trace and date goes on under the payment's key. A payment whose token a
security module makes goes on with its hand-over, since the token's id stands in the books now. Where a bank
asks for a credit that goes over a line, it is told how that stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.core.meter import Carrier
from gateway.core.outcome import Approved, KnownAs
from gateway.core.token import ReservedId
from gateway.prepayment.ask_remote import AskRemote
from gateway.prepayment.ask_result import AskResult
from gateway.prepayment.hand_over import HandOver
from gateway.prepayment.reverse_payment import ReversePayment
from gateway.prepayment.take_payment import TakePayment

if TYPE_CHECKING:
    from gateway.core.books import Command
    from gateway.core.outcome import Content


def next_step(command: Command, content: Content) -> Command | None:
    """Return the command that goes on with this order; None where the content is its answer."""
    match command, content:
        case ReversePayment(), KnownAs():
            return replace(command, payment=content.payment)
        case TakePayment(terms=terms), Approved(token=None, reserved=ReservedId()) if terms.token_in_answer:
            return HandOver(command.key, command.order.rnd, command.terms, command.issuer)
        case AskResult(hand_over=order), Approved(token=None, reserved=ReservedId()):
            return order if order.terms.token_in_answer else None
        case (AskResult() | HandOver()), Approved(carrier=Carrier.REMOTE):
            payment = command.key if isinstance(command, AskResult) else command.payment
            return AskRemote(payment, content)
        case _:
            return None
