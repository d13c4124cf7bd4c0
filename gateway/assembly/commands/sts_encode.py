"""``powertill sts encode``: make a token of any kind by hand."""

from __future__ import annotations

import argparse
import json
import re
import secrets
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.sts_key import (
    EAS,
    add_identity,
    add_keys,
    base_date_of,
    cipher_in,
    decoder_key_of,
)
from gateway.assembly.commands.sts_tables import add_tables
from gateway.assembly.commands.sts_words import KINDS, REGISTERS, Told
from gateway.assembly.commands.terminal import CommandFault, out, whole
from gateway.codecs.sts.amount import AMOUNT_TENTHS_MAX, currency_units
from gateway.codecs.sts.block import CURRENCY_SUBCLASSES, TokenFault
from gateway.codecs.sts.content import (
    CLEAR_CREDIT,
    CLEAR_TAMPER,
    EXTENDED,
    UNIT_SUBCLASSES,
    WATTS_SUBCLASSES,
    CreditInCurrency,
    CreditInUnits,
    Management,
    MeterTest,
)
from gateway.codecs.sts.extended import Flag, Register
from gateway.codecs.sts.seal import opened, opened_block, sealed
from gateway.core.energy import WH_PER_TENTH, Energy, EnergyFault
from gateway.core.token import TidFault, TidTooFarAhead, TokenDigits, next_tid, tid_at

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands
    from gateway.codecs.sts.cipher import BlockCipher
    from gateway.codecs.sts.content import Content

_RND_MAX: Final = 15
_SUBCLASS_MAX: Final = 7
# Python reads more ways to write a time, and a number, than we want to promise.
_AT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}")
_MONEY: Final = re.compile(r"-?[0-9]{1,36}(\.[0-9]{1,36})?(E\+?[0-9]{1,2})?", re.IGNORECASE)
_EXTENDED: Final = re.compile(r"(flag:)?([0-9]{1,3})=([0-9]{1,4})")

_EXAMPLES = """\
what the token says is one of --kwh, --money, --manage, --test; KIND is one of
  power-limit --value WATTS       phase-unbalance --value WATTS
  clear-credit --value all        (or electricity, water, gas, time, and each
                                  with -currency behind it)
  clear-tamper                    tariff-rate, water-factor --value 0 to 65535
  extended --value 12=345         (a register), flag:3=1 (a flag)

examples:
  powertill sts encode --pan 37000000010 --sgc 201457 --krn 1 --ti 01 \\
      --base-date 2014 --key-file vending.key --kwh 12.3 --at "2026-11-23 12:00"
  powertill sts encode --decoder-key-file meter.key --base-date 2014 \\
      --manage power-limit --value 2000 --at "2026-11-23 12:00" --json
  powertill sts encode --ea 07 --sta-tables sta.json --base-date 2014 \\
      --decoder-key-file meter.key --money 12.50 --at "2026-11-23 12:00"
  powertill sts encode --test all
"""


def add_to(kinds: Commands) -> None:
    """Add the command to the parser of ``sts``."""
    parser = kinds.add_parser("encode", help="make a token", epilog=_EXAMPLES)
    add_identity(parser, is_required=False, eas=EAS)
    add_keys(parser, takes_decoder_key=True, is_required=False)
    add_tables(parser)
    says = parser.add_mutually_exclusive_group(required=True)
    says.add_argument("--kwh", metavar="N", type=_tenths, help="credit in units, such as 12.3")
    says.add_argument("--money", metavar="N", type=_money, help="credit in currency, such as 12.50 or -3")
    says.add_argument("--manage", metavar="KIND", choices=tuple(KINDS), help="a management token")
    says.add_argument("--test", metavar="BITS", type=_control, help="a meter test: all, or hex digits")
    parser.add_argument("--value", help="what a management token sets")
    parser.add_argument("--mfr", type=_maker, default="00", help="whose test: 2 or 4 digits (default: 00)")
    parser.add_argument("--at", type=_moment, help='civil time of the supply group, "2026-11-23 12:00"')
    parser.add_argument("--rnd", type=whole(0, _RND_MAX), help="0 to 15 (default: drawn)")
    parser.add_argument(
        "--subclass",
        type=whole(0, _SUBCLASS_MAX),
        help="0 electricity (default) to 3 with --kwh, 4 (default) to 7 with --money",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the token and print it with what it carries."""
    content, cipher = _ordered(arguments)
    token = sealed(content, cipher)
    base_date = None if arguments.test is not None else base_date_of(arguments)
    carried = opened(token, cipher)
    told = Told(carried, opened_block(token, cipher), base_date)
    if arguments.json:
        out(json.dumps({"token": token, **told.plain()}))
        return 0
    out(f"Token       {TokenDigits(token).grouped()}", *told.lines())
    if carried != content:
        out("The token's 16 bits cannot say the amount exactly; it is rounded up.")
    if arguments.sample_tables:
        out("Made with the sample tables: a test meter takes it, and no meter of a customer.")
    return 0


def _ordered(arguments: argparse.Namespace) -> tuple[Content, BlockCipher | None]:
    """Put together what the token says, and make the key ready where it needs one."""
    if arguments.manage is None and arguments.value is not None:
        raise CommandFault("--value: belongs to --manage; cure: leave it out")
    if arguments.test is not None:
        return _test(arguments.test, arguments.mfr), None
    key = decoder_key_of(arguments)
    if arguments.at is None:
        raise CommandFault('--at: missing; the token\'s id is a minute, such as "2026-11-23 12:00"')
    tid = _tid(key.base_date, arguments.at)
    rnd = secrets.randbelow(_RND_MAX + 1) if arguments.rnd is None else arguments.rnd
    cipher = cipher_in(arguments, key)
    if arguments.manage is not None:
        value = _value(arguments.manage, arguments.value)
        return Management(KINDS[arguments.manage], rnd, tid, value), cipher
    if arguments.money is not None:
        subclass = _subclass(arguments.subclass, "--money", CURRENCY_SUBCLASSES)
        return CreditInCurrency(subclass, tid, arguments.money), cipher
    subclass = _subclass(arguments.subclass, "--kwh", UNIT_SUBCLASSES)
    return CreditInUnits(subclass, rnd, tid, arguments.kwh), cipher


def _subclass(given: int | None, option: str, known: range) -> int:
    """Give the subclass, the one of electricity where none is said."""
    if given is None:
        return known.start
    if given not in known:
        raise CommandFault(f"--subclass: with {option} it is {known.start} to {known.stop - 1}, not {given}")
    return given


def _value(kind: str, text: str | None) -> int:
    """Read what a management token sets, in the words of its kind."""
    subclass = KINDS[kind]
    if subclass == CLEAR_TAMPER and text is None:
        return 0
    if text is None:
        raise CommandFault(f"--value: missing; {kind} sets something; see powertill sts encode --help")
    if subclass == CLEAR_CREDIT:
        if text not in REGISTERS:
            raise CommandFault(f"--value: must be one of {', '.join(REGISTERS)}, not {text[:20]!r}")
        return REGISTERS[text]
    if subclass == EXTENDED:
        return _extended(text)
    most = AMOUNT_TENTHS_MAX if subclass in WATTS_SUBCLASSES else 0xFFFF
    try:
        return whole(0, most)(text)
    except argparse.ArgumentTypeError as fault:
        raise CommandFault(f"--value: {fault}") from None


def _extended(text: str) -> int:
    """Read a register or a flag with its value."""
    found = _EXTENDED.fullmatch(text)
    refusal = CommandFault(
        f"--value: must be a register 0 to 62 with 0 to 1023, such as 12=345, "
        f"or a flag 0 to 511 with 0 or 1, such as flag:3=1, not {text[:20]!r}"
    )
    if found is None or (found[1] and found[3] not in ("0", "1")):
        raise refusal
    index, value = int(found[2]), int(found[3])
    try:
        said = Flag(index, is_set=bool(value)) if found[1] else Register(index, value)
    except TokenFault:
        raise refusal from None
    return said.field16


def _test(control: str, maker: str) -> MeterTest:
    """Give the test; its form follows from the number of the maker's digits."""
    subclass, bits = (0, 36) if len(maker) == len("00") else (1, 28)
    try:
        return MeterTest(subclass, (1 << bits) - 1 if control == "all" else int(control, 16), int(maker))
    except TokenFault:
        raise CommandFault(f"--test: with --mfr {maker} it has {bits} bits; cure: fewer hex digits") from None


def _tid(base_date: int, at: datetime) -> int:
    """Give the token id of a minute; the reserved one is left out as a sale leaves it out."""
    try:
        tid = next_tid(tid_at(base_date, at), None)
    except TidFault:
        raise CommandFault(
            f"--at: {at:%Y-%m-%d %H:%M} has no token id under base date {base_date}; "
            f"cure: take a time within 31 years of it, or another --base-date"
        ) from None
    # A first id is a minute ahead of the clock at most.
    assert not isinstance(tid, TidTooFarAhead)  # noqa: S101 - true of our own code
    return tid


def _tenths(text: str) -> int:
    """Read kWh as tenths, which is what a token carries."""
    try:
        tenths, rest = divmod(Energy.parse_kwh(text).wh, WH_PER_TENTH)
    except EnergyFault as fault:
        raise argparse.ArgumentTypeError(f"{fault}; write it such as 12.3") from None
    if rest or not 0 <= tenths <= AMOUNT_TENTHS_MAX:
        raise argparse.ArgumentTypeError(f"a token carries 0.0 to 1820162.4 in steps of 0.1, not {text[:24]}")
    return tenths


def _money(text: str) -> int:
    """Read an amount of currency as hundred-thousandths, rounded towards plus infinity."""
    if not _MONEY.fullmatch(text):
        raise argparse.ArgumentTypeError(f"must be an amount such as 12.50, not {text[:24]!r}")
    try:
        units = currency_units(Decimal(text))
        CreditInCurrency(CURRENCY_SUBCLASSES.start, 0, units)
    except TokenFault as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None
    return units


def _control(text: str) -> str:
    """Read the control bits of a test, or the word for all of them."""
    if not re.fullmatch(r"all|[0-9A-Fa-f]{1,9}", text):
        raise argparse.ArgumentTypeError(f"must be all, or up to 9 hexadecimal digits, not {text[:20]!r}")
    return text


def _maker(text: str) -> str:
    if not re.fullmatch(r"[0-9]{2}|[0-9]{4}", text):
        raise argparse.ArgumentTypeError(f"must be 2 or 4 digits, not {text[:20]!r}")
    return text


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text) if _AT.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise argparse.ArgumentTypeError(f'must be a minute such as "2026-11-23 12:00", not {text[:24]!r}')
    return found
