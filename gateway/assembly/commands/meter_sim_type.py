"""``powertill meter-sim type``: type tokens into a meter that exists in a file only."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.meter_file import alone_with, keep_in, meter_in
from gateway.assembly.commands.sts_key import (
    EAS,
    add_identity,
    add_keys,
    cipher_in,
    decoder_key_of,
    identity_of,
)
from gateway.assembly.commands.sts_tables import add_tables, tables_in
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, out, whole
from gateway.assembly.commands.token_words import tokens_of
from gateway.core.energy import Energy, EnergyFault
from gateway.core.key_ring import NEVER_EXPIRES
from gateway.core.meter_number import MeterNumber
from gateway.core.token_order import CreditKind
from gateway.simulators.meter import Accepted, MeterKind, VirtualMeter
from gateway.simulators.meter_words import answer_text, credit_text

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands
    from gateway.simulators.meter_answer import Answer

_SERVICES: Final = {kind.name.lower(): kind for kind in CreditKind}

_EXAMPLES = """\
The options describe the meter as it was made. Once key change tokens have given
it another key, that key lies in the --state file, which is of mode 0600, and
replaces what the options say; no key is ever printed.
Exit code 1 when the meter refuses a token.

examples:
  powertill meter-sim type --pan 37000000010 --sgc 201457 --krn 1 --ti 01 \\
      --base-date 2014 --key-file vending.key --state meter.json \\
      1234 5678 9012 3456 7890
  powertill meter-sim type --ea 07 --sample-tables --pan 37000000010 \\
      --sgc 201457 --krn 1 --ti 01 --base-date 2014 --key-file vending.key \\
      --state meter.json --use-kwh 3.5 --json
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("type", help="type tokens into an STS meter in a file", epilog=_EXAMPLES)
    add_identity(parser, is_required=True, eas=EAS)
    add_keys(parser, takes_decoder_key=True)
    add_tables(parser)
    parser.add_argument(
        "--ken",
        type=whole(0, NEVER_EXPIRES),
        default=NEVER_EXPIRES,
        help="the key's expiry number, 0 to 255 (default: 255, as long as the base date)",
    )
    parser.add_argument(
        "--service",
        choices=tuple(_SERVICES),
        default="electricity",
        help="what the meter counts (default: electricity)",
    )
    parser.add_argument("--currency", action="store_true", help="the meter counts money instead of units")
    parser.add_argument(
        "--state",
        metavar="FILE",
        type=Path,
        required=True,
        help="the meter's memory; made with mode 0600 when missing, for a changed key is kept in it",
    )
    parser.add_argument("--tamper", action="store_true", help="before: open the meter's cover")
    parser.add_argument("--use-kwh", metavar="KWH", type=_wh, help="afterwards: use so much energy")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("token", metavar="TOKEN", nargs="*", help="20 digits, in groups or not")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Enter each token and say what the meter makes of it."""
    with alone_with(arguments.state):
        return _typed(arguments)


def _typed(arguments: argparse.Namespace) -> int:
    meter, file = _meter(arguments), arguments.state
    if arguments.tamper:
        meter.tamper()
        keep_in(file, meter)
    answers = []
    for token in tokens_of(arguments.token):
        answer = meter.enter(token)
        if isinstance(answer, Accepted):
            # Written before it is said: what the meter has taken it never takes again.
            keep_in(file, meter)
        answers.append(answer)
        if not arguments.json:
            verdict = "accepted" if isinstance(answer, Accepted) else "refused"
            out(f"{verdict:12}{answer_text(answer, meter.kind)}")
    used_wh = _used(meter, arguments)
    if arguments.json:
        out(json.dumps(_plain(meter, answers, used_wh)))
    else:
        out(*_lines(meter, used_wh))
    return 0 if all(isinstance(answer, Accepted) for answer in answers) else NO_SUCCESS


def _meter(arguments: argparse.Namespace) -> VirtualMeter:
    identity, key = identity_of(arguments), decoder_key_of(arguments)
    # Looked at here, where the sentence names the option that is wrong or missing.
    cipher_in(arguments, key)
    kind = MeterKind(
        _SERVICES[arguments.service], arguments.currency, arguments.ken, tables=tables_in(arguments)
    )
    if arguments.use_kwh is not None and not kind.counts_energy:
        raise CommandFault("--use-kwh: this meter counts no kWh; cure: leave out --service and --currency")
    return meter_in(arguments.state, identity, key.octets, kind)


def _used(meter: VirtualMeter, arguments: argparse.Namespace) -> int | None:
    """Use the energy that the options say; None where they say none."""
    if arguments.use_kwh is None:
        return None
    used_wh = meter.use(arguments.use_kwh)
    keep_in(arguments.state, meter)
    return used_wh


def _lines(meter: VirtualMeter, used_wh: int | None) -> list[str]:
    """Say how the meter stands."""
    lines = [] if used_wh is None else [f"used        {Energy(used_wh)}"]
    lines.append(f"credit      {credit_text(meter.credit, meter.kind)} in meter {_face(meter)}")
    if meter.memory.is_tampered:
        lines.append("off         its cover was opened: a token that clears tamper comes first")
    return lines


def _plain(meter: VirtualMeter, answers: list[Answer], used_wh: int | None) -> dict[str, object]:
    """The same for a program; neither a token nor a key is in it."""
    identity, memory = meter.identity, meter.memory
    return {
        "meter": _face(meter),
        "answers": [
            {
                "accepted": isinstance(answer, Accepted),
                "why": None if isinstance(answer, Accepted) else answer.why.name.lower(),
                "says": answer_text(answer, meter.kind),
            }
            for answer in answers
        ],
        "used_wh": used_wh,
        "credit": credit_text(meter.credit, meter.kind),
        "credit_wh": meter.credit_wh if meter.kind.counts_energy else None,
        "is_on": meter.is_on,
        "is_tampered": memory.is_tampered,
        "power_limit_w": memory.power_limit_w,
        "phase_unbalance_w": memory.phase_unbalance_w,
        "sgc": identity.sgc,
        "krn": identity.krn,
        "ti": identity.ti,
        "kt": identity.kt,
        "ken": meter.ken,
    }


def _face(meter: VirtualMeter) -> str:
    return str(MeterNumber.parse(meter.identity.pan))


def _wh(text: str) -> int:
    """Read kWh as Wh."""
    try:
        energy = Energy.parse_kwh(text)
    except EnergyFault as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None
    if energy.wh < 0:
        raise argparse.ArgumentTypeError("a meter gives nothing back: 0 or more")
    return energy.wh
