"""``powertill bank-sim``: be a bank for a moment: sign on, ask, pay, and see every message."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from twisted.internet.error import ConnectError, DNSLookupError

from gateway.assembly.commands.bank_visit import BankVisit, Errand
from gateway.assembly.commands.profile_table import profile_table
from gateway.assembly.commands.reactor_run import waited_for
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, CommandParser, whole
from gateway.codecs.iso8583.tables import TableFault
from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.money import Money, MoneyFault
from gateway.secret import SecretFileFault, read_secret
from gateway.simulators.bank import BankSimulator, LinkLost, TimedOut
from gateway.simulators.bank_messages import TRACE_MAX, BankIdentity, altopay_identity
from gateway.simulators.bank_profile import BankProfile

if TYPE_CHECKING:
    import argparse

    from gateway.assembly.commands.terminal import Commands

_PORT_MAX: Final = 65_535
_ACQUIRER: Final = BankIdentity().acquirer
_EXAMPLES = """\
Exit code 1 when the gateway refuses or does not answer.

examples:
  powertill bank-sim --port 8583 echo
  powertill bank-sim --port 8583 pay 37000000010 100.00
  powertill bank-sim --port 8583 tour 37000000010 100.00
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("bank-sim", help="be a bank: sign on, ask, pay", epilog=_EXAMPLES)
    parser.add_argument("--host", default="127.0.0.1", help="where the gateway is (default: 127.0.0.1)")
    parser.add_argument("--port", type=whole(1, _PORT_MAX), required=True, help="where the bank's door is")
    parser.add_argument(
        "--profile", metavar="NAME|FILE.json", default="default", help="the bank's profile (default: default)"
    )
    parser.add_argument("--acquirer", default=_ACQUIRER, help=f"DE32, who calls (default: {_ACQUIRER})")
    parser.add_argument("--currency", default=None, help="of the amount (default: CNY; IDR when signed)")
    parser.add_argument("--access-key", default="", help="for a signed sign-on: the name of its key")
    parser.add_argument(
        "--secret-file", metavar="FILE", type=Path, help="for a signed sign-on: a file of mode 0600"
    )
    parser.add_argument("--trace", type=whole(1, TRACE_MAX), help="the first DE11 (default: drawn)")
    parser.set_defaults(run=run, meter=None, amount=None)
    errands = parser.add_subparsers(
        title="what to do", metavar="ERRAND", dest="errand", required=True, parser_class=CommandParser
    )
    errands.add_parser("sign-on", help="open the day")
    errands.add_parser("echo", help="sign on, and ask whether the gateway is there")
    inquire = errands.add_parser("inquire", help="ask whose meter this is, and what an amount would buy")
    _with_meter(inquire)
    inquire.add_argument("amount", metavar="AMOUNT", nargs="?", help="such as 100.00")
    for name, what in (("pay", "pay for a meter"), ("tour", "inquire, pay, send it again, sign off")):
        parser = errands.add_parser(name, help=what)
        _with_meter(parser)
        parser.add_argument("amount", metavar="AMOUNT", help="such as 100.00")


def run(arguments: argparse.Namespace) -> int:
    """Connect, do it, and print each request with its answer."""
    visit = _visit(arguments)
    outcome = waited_for(lambda reactor: visit.make(reactor, _endpoint(arguments)))
    if isinstance(outcome, int):
        return outcome
    where = f"{arguments.host}:{arguments.port}"
    if outcome.check(ConnectError, DNSLookupError):
        why = outcome.getErrorMessage().rstrip(".")
        raise CommandFault(f"--port: nobody answers at {where}: {why}; cure: start the gateway", NO_SUCCESS)
    if outcome.check(TimedOut, LinkLost):
        raise CommandFault(f"{outcome.getErrorMessage()}; cure: look at the gateway's log", NO_SUCCESS)
    if outcome.check(ValueError):
        raise CommandFault(f"the profile cannot say this: {outcome.getErrorMessage()}; cure: correct it")
    outcome.raiseException()
    raise AssertionError(outcome)


def _visit(arguments: argparse.Namespace) -> BankVisit:
    """Put the visit together; every part that is wrong is named."""
    table = profile_table(arguments.profile)
    try:
        profile = BankProfile.from_table(table)
    except (TableFault, ValueError) as fault:
        raise CommandFault(f"--profile: {arguments.profile}: {fault}; cure: correct it") from None
    identity = _identity(arguments, is_signed=profile.signature is not None)
    errand = Errand(arguments.errand)
    meter = "" if arguments.meter is None else _meter(arguments.meter, profile)
    amount = None if arguments.amount is None else _amount(arguments.amount, identity.currency)
    trace = secrets.randbelow(TRACE_MAX) + 1 if arguments.trace is None else arguments.trace
    bank = BankSimulator(profile, identity, first_trace=trace)
    try:
        return BankVisit(bank, table, errand, meter, amount)
    except TableFault as fault:
        raise CommandFault(f"--profile: {arguments.profile}: {fault}; cure: correct it") from None


def _meter(number: str, profile: BankProfile) -> str:
    """Take a number as it is typed; whether it is right is for the gateway to say."""
    try:
        profile.meter_place(number)
    except ValueError as fault:
        raise CommandFault(f"METER: {fault}; cure: give the number that the profile names") from None
    if not number.strip():
        raise CommandFault("METER: empty; cure: give the number of a meter or customer")
    return number


def _identity(arguments: argparse.Namespace, *, is_signed: bool) -> BankIdentity:
    currency = arguments.currency or ("IDR" if is_signed else "CNY")
    if currency not in CURRENCY_EXPONENT:
        raise CommandFault(f"--currency: {currency[:20]!r} is none of ISO 4217; cure: write for example CNY")
    acquirer: str = arguments.acquirer
    if not is_signed:
        return BankIdentity(acquirer=acquirer, currency=currency)
    if arguments.secret_file is None:
        raise CommandFault("--secret-file: missing; this profile's sign-on is signed")
    try:
        secret = read_secret(arguments.secret_file).reveal()
    except SecretFileFault as fault:
        raise CommandFault(f"--secret-file: {fault}") from None
    return altopay_identity(arguments.access_key, secret)


def _amount(text: str, currency: str) -> Money:
    try:
        amount = Money.parse(text, currency)
    except MoneyFault as fault:
        raise CommandFault(f"AMOUNT: {fault}; cure: write it such as 100") from None
    # ISO 8583 field 4 has twelve digits.
    if not 0 < amount.minor < 10**12:
        raise CommandFault("AMOUNT: must be above zero and below 10^12 minor units; cure: write another")
    return amount


def _endpoint(arguments: argparse.Namespace) -> str:
    host = arguments.host.replace("\\", "\\\\").replace(":", "\\:")
    return f"tcp:{host}:{arguments.port}:timeout=10"


def _with_meter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("meter", metavar="METER", help="a meter or customer number")
