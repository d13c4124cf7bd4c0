"""``powertill sts``: make a credit token by hand, or read what a token says."""

from __future__ import annotations

import argparse
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.sts_key import add_identity, add_keys, decoder_key_of
from gateway.assembly.commands.terminal import CommandFault, CommandParser, out, whole
from gateway.assembly.commands.token_words import tokens_of
from gateway.codecs.sts.block import AMOUNT_TENTHS_MAX, CREDIT_CLASS, TokenFault, decode_amount, encode_amount
from gateway.codecs.sts.cipher import key_schedule
from gateway.codecs.sts.seal import credit_token, open_token
from gateway.core.energy import WH_PER_TENTH, Energy, EnergyFault
from gateway.core.token import TidFault, TidTooFarAhead, TokenDigits, next_tid, tid_at

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands
    from gateway.codecs.sts.block import StsBlock

#: What a tenth of a credit in units is, by subclass (IEC 62055-41, 6.2.2).
_UNITS: Final = {0: "kWh", 1: "m3 of water", 2: "m3 of gas", 3: "minutes"}
_RND_MAX: Final = 15
# Python reads more ways to write a time than we want to promise.
_AT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}")

_ENCODE = """\
examples:
  powertill sts encode --pan 37000000010 --sgc 201457 --krn 1 --ti 01 \\
      --base-date 2014 --key-file vending.key --kwh 12.3 --at "2026-11-23 12:00"
  powertill sts encode --decoder-key-file meter.key --base-date 2014 \\
      --kwh 12.3 --at "2026-11-23 12:00" --rnd 5 --json
"""
_DECODE = """\
examples:
  powertill sts decode --decoder-key-file meter.key --base-date 2014 \\
      1234 5678 9012 3456 7890
"""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a token says, in the words of both outputs."""

    block: StsBlock
    base_date: int

    @property
    def at(self) -> str:
        """The civil minute that the token's id stands for."""
        return f"{datetime(self.base_date, 1, 1) + timedelta(minutes=self.block.tid):%Y-%m-%d %H:%M}"  # noqa: DTZ001 - civil time of the supply group, without a zone by definition

    @property
    def amount(self) -> str | None:
        """The amount of a credit in units, with one decimal."""
        if self.block.token_class != CREDIT_CLASS or self.block.subclass not in _UNITS:
            return None
        return Energy(decode_amount(self.block.field16) * WH_PER_TENTH).kwh_text()

    def plain(self) -> dict[str, object]:
        """The fields for a program; ``kwh`` is null where the token carries no electricity."""
        block = self.block
        return {
            "class": block.token_class,
            "subclass": block.subclass,
            "rnd": block.rnd,
            "tid": block.tid,
            "at": self.at,
            "kwh": self.amount if block.subclass == 0 else None,
            "field16": f"{block.field16:04x}",
            "crc": f"{block.crc:04x}",
        }

    def lines(self) -> list[str]:
        """The fields for a person."""
        block = self.block
        if self.amount is None:
            carried = f"Field       {block.field16:04x} (16 bits, not a credit in units)"
        else:
            carried = f"Credit      {self.amount} {_UNITS[block.subclass]}"
        return [
            f"Class       {block.token_class}, subclass {block.subclass}",
            carried,
            f"Token id    {block.tid} ({self.at}, base date {self.base_date})",
            f"Random      {block.rnd}",
        ]


def add_to(commands: Commands) -> None:
    """Add the two commands to the parser."""
    group = commands.add_parser("sts", help="make or read an STS token by hand")
    kinds = group.add_subparsers(metavar="encode|decode", required=True, parser_class=CommandParser)
    encode = kinds.add_parser("encode", help="make a credit token", epilog=_ENCODE)
    _add_key_options(encode)
    encode.add_argument("--kwh", type=_tenths, required=True, help="the credit, such as 12.3")
    encode.add_argument(
        "--at", type=_moment, required=True, help='civil time of the supply group, "2026-11-23 12:00"'
    )
    encode.add_argument("--rnd", type=whole(0, _RND_MAX), help="0 to 15 (default: drawn)")
    encode.add_argument("--subclass", type=whole(0, 3), default=0, help="0 electricity (default) to 3")
    encode.set_defaults(run=run_encode)
    decode = kinds.add_parser("decode", help="read a token", epilog=_DECODE)
    _add_key_options(decode)
    decode.add_argument("token", metavar="TOKEN", nargs="+", help="20 digits, in groups or not")
    decode.set_defaults(run=run_decode)


def run_encode(arguments: argparse.Namespace) -> int:
    """Make the token and print it with what it carries."""
    key = decoder_key_of(arguments)
    rnd = secrets.randbelow(_RND_MAX + 1) if arguments.rnd is None else arguments.rnd
    schedule = key_schedule(key.octets)
    token = credit_token(
        schedule,
        subclass=arguments.subclass,
        tid=_tid(key.base_date, arguments.at),
        rnd=rnd,
        amount_tenths=arguments.kwh,
    )
    told = _Told(open_token(schedule, token), key.base_date)
    if arguments.json:
        out(json.dumps({"token": token, **told.plain()}))
        return 0
    out(f"Token       {TokenDigits(token).grouped()}", *told.lines())
    carried = decode_amount(encode_amount(arguments.kwh))
    if carried != arguments.kwh:
        out("The token's 16 bits cannot say the amount exactly; it is rounded up.")
    return 0


def run_decode(arguments: argparse.Namespace) -> int:
    """Open the token and print what it says."""
    key = decoder_key_of(arguments)
    tokens = tokens_of(arguments.token)
    if len(tokens) != 1:
        raise CommandFault(f"TOKEN: {len(tokens)} tokens, one is read at a time; cure: give one of 20 digits")
    try:
        told = _Told(open_token(key_schedule(key.octets), tokens[0]), key.base_date)
    except TokenFault as fault:
        raise CommandFault(f"TOKEN: {fault}; cure: compare the digits, and the key options") from None
    if arguments.json:
        out(json.dumps(told.plain()))
    else:
        out(*told.lines())
    return 0


def _add_key_options(parser: argparse.ArgumentParser) -> None:
    add_identity(parser, is_required=False)
    add_keys(parser, takes_decoder_key=True)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


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


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text) if _AT.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise argparse.ArgumentTypeError(f'must be a minute such as "2026-11-23 12:00", not {text[:24]!r}')
    return found
