"""``powertill meter-sim``: type tokens into a meter that exists in a file only."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.sts_key import add_identity, add_keys, decoder_key_of, identity_of
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, out
from gateway.assembly.commands.token_words import tokens_of
from gateway.core.energy import Energy
from gateway.core.meter_number import MeterNumber
from gateway.simulators.meter import Accepted, VirtualMeter

if TYPE_CHECKING:
    import argparse

    from gateway.assembly.commands.terminal import Commands
    from gateway.core.token import StsIdentity

STATE_BYTES_MAX: Final = 16 * 1024
"""A state is a credit and fifty token ids: far less than this."""

_EXAMPLES = """\
Exit code 1 when the meter refuses a token.

example:
  powertill meter-sim --pan 37000000010 --sgc 201457 --krn 1 --ti 01 \\
      --base-date 2014 --key-file vending.key --state meter.json \\
      1234 5678 9012 3456 7890
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("meter-sim", help="type tokens into a virtual meter", epilog=_EXAMPLES)
    add_identity(parser, is_required=True)
    add_keys(parser, takes_decoder_key=False)
    parser.add_argument(
        "--state", metavar="FILE", type=Path, required=True, help="the meter's memory; made when missing"
    )
    parser.add_argument("token", metavar="TOKEN", nargs="+", help="20 digits, in groups or not")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Enter each token and say what the meter makes of it."""
    identity = identity_of(arguments)
    meter = _meter(identity, decoder_key_of(arguments).octets, arguments.state)
    refused = 0
    for token in tokens_of(arguments.token):
        result = meter.enter(token)
        if isinstance(result, Accepted):
            # Written before it is said: what the meter has taken it never takes again.
            _write(arguments.state, meter)
            out(f"accepted    {Energy(result.energy_wh).kwh_text()} kWh")
        else:
            refused += 1
            out(f"refused     {result.why.value}")
    out(f"credit      {Energy(meter.credit_wh).kwh_text()} kWh in meter {MeterNumber.parse(identity.pan)}")
    return NO_SUCCESS if refused else 0


def _meter(identity: StsIdentity, decoder_key: bytes, file: Path) -> VirtualMeter:
    """Give the meter of the file as it was left, or a new one."""
    if not file.exists():
        return VirtualMeter(identity, decoder_key)
    state = _state(file)
    if state.get("pan") != identity.pan:
        raise CommandFault(f"--state: {file} is the state of another meter; cure: a file for each meter")
    try:
        return VirtualMeter.from_state(identity, decoder_key, state)
    except ValueError as fault:
        raise CommandFault(f"--state: {file}: {fault}; cure: name another file") from None


def _state(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as opened:
            found = json.loads(opened.read(STATE_BYTES_MAX))
    except OSError as fault:
        raise CommandFault(f"--state: {file} cannot be read: {fault.strerror}; cure: name a file") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CommandFault(f"--state: {file} is not the state of a meter; cure: name another file")
    return found


def _write(file: Path, meter: VirtualMeter) -> None:
    """Replace the file as a whole: after a power cut it is the old one or the new one."""
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        with fresh.open("w", encoding="ascii") as opened:
            json.dump({"pan": meter.identity.pan, **meter.state()}, opened)
            opened.flush()
            os.fsync(opened.fileno())
        fresh.replace(file)
    except OSError as fault:
        raise CommandFault(
            f"--state: {file} cannot be written: {fault.strerror}; the meter has not taken the token"
        ) from None
