"""``powertill deposit``: book what a bank has paid in advance, beside a running gateway or without one."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.open_books import add_config, config_of, posted
from gateway.assembly.commands.tariff_words import actor_of, add_actor
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, out
from gateway.core.money import Money, MoneyFault
from gateway.core.office import NotDone
from gateway.core.outcome import Declined, Deposited
from gateway.office.authorised import Authorised
from gateway.office.orders import DepositOrder, act_of

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands
    from gateway.config import BankSettings, Config

#: Characters of a reference: as many as a bank statement's reference has (ISO 20022, Max35Text).
REFERENCE_MAX: Final = 35

_REFERENCE: Final = re.compile(rf"[A-Za-z0-9._/-]{{1,{REFERENCE_MAX}}}")
_EXAMPLES = """\
REFERENCE is the one on the bank statement. A deposit is booked once for each
reference: the same again changes nothing, another amount is refused.

example:
  powertill deposit --config powertill.toml east 20000.00 ST-2026-11-23-7
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("deposit", help="book a bank's deposit to its float", epilog=_EXAMPLES)
    add_config(parser)
    parser.add_argument("bank", metavar="BANK", help="the bank's code in the configuration")
    parser.add_argument("amount", metavar="AMOUNT", help="in the utility's currency, such as 20000.00")
    parser.add_argument("reference", metavar="REFERENCE", type=_reference, help="of this deposit, used once")
    add_actor(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Post the deposit and print the float's balance."""
    config = config_of(arguments)
    bank = _bank(config, arguments.bank)
    amount = _amount(config, arguments.amount)
    order = DepositOrder(bank.code, amount.minor, amount.currency, arguments.reference, bank.covered)
    act = replace(act_of(order, ""), needs_reason=False)
    actor = actor_of(arguments)
    deposited = _posted(config, Authorised(actor, act, order.command(actor.login, "")))
    balance = Money(deposited.balance_minor, deposited.currency)
    out(
        f"Deposited   {amount}",
        f"Bank        {arguments.bank}",
        f"Reference   {arguments.reference}",
        f"Booked as   {deposited.receipt_no}",
        f"Balance     {balance}",
    )
    return 0


def _posted(config: Config, command: Authorised) -> Deposited:
    match posted(config, command):
        case Deposited() as deposited:
            return deposited
        case Declined() | NotDone() as refused:
            raise CommandFault(f"the deposit is refused: {refused.sentence}", NO_SUCCESS)
        case other:
            raise AssertionError(type(other))


def _bank(config: Config, code: str) -> BankSettings:
    found = next((settings for settings in config.banks if settings.code == code), None)
    if found is None:
        known = [settings.code for settings in config.banks]
        there = f"known are {', '.join(known)}" if known else "the configuration has no bank"
        raise CommandFault(f"BANK: {code!r} is not in {config.file}; {there}")
    return found


def _amount(config: Config, text: str) -> Money:
    try:
        amount = Money.parse(text, config.utility.currency)
    except MoneyFault as fault:
        raise CommandFault(f"AMOUNT: {fault}; cure: write it such as 20000.00") from None
    if amount.minor <= 0:
        raise CommandFault("AMOUNT: must be above zero; cure: write what the bank has paid in")
    return amount


def _reference(text: str) -> str:
    if _REFERENCE.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(
            f"must be 1 to {REFERENCE_MAX} of letters, digits and . _ / -, not {text[:40]!r}"
        )
    return text
