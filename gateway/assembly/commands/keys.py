"""``powertill keys …``: the vending keys, who loads, approves and withdraws them, and whom they move."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.keys.passphrase import PassphraseTooShort
from adapters.keys.sealed_document import SealedFileFault
from adapters.keys.sealed_file import SealedFile
from gateway.assembly.commands.keys_list import add_lists
from gateway.assembly.commands.keys_load import add_ceremony
from gateway.assembly.commands.keys_words import (
    add_command,
    key_lines,
    name_place,
    named_or_fault,
    sealed_place,
    step_or_fault,
)
from gateway.assembly.commands.open_books import config_of, posted
from gateway.assembly.commands.tariff_words import actor_of, add_actor
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, CommandParser, digits, harmless, out
from gateway.core.key_life import SupplyGroup
from gateway.office.step_orders import ordered
from gateway.prepayment.keep_keys import NameGroup, WithdrawKey
from gateway.secret import SecretFileFault, read_secret

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands

_EXAMPLES: Final = """\
A vending key makes the tokens of all meters of a supply group. One person loads
it, another approves it, and each step is kept with their names. No key is ever
printed or typed: keys come from files of mode 0600, or stay in a module. Master
keys of IC cards are loaded alike: --cards in place of --sgc.

examples:
  powertill keys group --sgc 201457 --name "Eastern district"
  powertill keys load --sgc 201457 --krn 2 --base-date 2014 --kcv A1B2C3 \\
      --from "2027-01-01 00:00" --component-file a.hex --as anna
  powertill keys approve --sgc 201457 --krn 2 --component-file b.hex --as ben
  powertill keys list
"""
_GROUP: Final = """\
The name is for people. A zone of its own has a group whose meters count their
minutes by another clock than the utility's; once keys are loaded it stays.

example:
  powertill keys group --sgc 201457 --name "Western islands" --timezone Asia/Jayapura
"""
_WITHDRAW: Final = """\
A gateway that runs makes no token with it any more within seconds. What the
sealed file has of it stays there, unused, until the revision is loaded again.

example:
  powertill keys withdraw --sgc 201457 --krn 2 --reason "a component was seen"
"""
_REKEY: Final = """\
Seals the sealed file anew. Older copies of it still open with the old one.
Afterwards name the new file as passphrase_file, and start the gateway again.

example:
  powertill keys passphrase --new-file keys/passphrase-2.txt
"""


def add_to(commands: Commands) -> None:
    """Add the group to the parser."""
    group = commands.add_parser("keys", help="load, approve and list vending keys", epilog=_EXAMPLES)
    kinds = group.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=CommandParser
    )
    named = add_command(kinds, "group", "name a supply group", _GROUP, run_group)
    named.add_argument("--sgc", type=digits(6), required=True, help="supply group code, 6 digits")
    named.add_argument("--name", metavar="TEXT", required=True, help="its name, for people")
    named.add_argument(
        "--timezone", metavar="ZONE", type=_zone,
        help="its civil time, such as Africa/Nairobi (default: the utility's)",
    )  # fmt: skip
    named.add_argument(
        "--new-timezone", action="store_true", help="its token ids are meant to count by another clock"
    )
    add_actor(named)
    add_ceremony(kinds)
    withdraw = add_command(kinds, "withdraw", "take a key out of use", _WITHDRAW, run_withdraw)
    name_place(withdraw)
    withdraw.add_argument("--reason", metavar="TEXT", required=True, help="why; it is kept for ever")
    add_actor(withdraw)
    add_lists(kinds)
    words = "give the sealed file another passphrase"
    passphrase = add_command(kinds, "passphrase", words, _REKEY, run_passphrase)
    passphrase.add_argument(
        "--new-file", metavar="FILE", type=Path, required=True,
        help="the new passphrase, in a file of mode 0600",
    )  # fmt: skip


def run_group(arguments: argparse.Namespace) -> int:
    """Name a group."""
    group = SupplyGroup(arguments.sgc, arguments.name, arguments.timezone or "")
    actor = actor_of(arguments)
    order = ordered(actor, NameGroup(actor.login, group, arguments.new_timezone))
    named = named_or_fault(posted(config_of(arguments), order), arguments)
    out(f"Named         {named.sgc}, {harmless(named.name)}")
    out(f"Civil time    {named.timezone or 'as the utility'}")
    return 0


def run_withdraw(arguments: argparse.Namespace) -> int:
    """Take a key out of use."""
    config, actor = config_of(arguments), actor_of(arguments)
    command = WithdrawKey(actor.login, (arguments.sgc, arguments.krn), arguments.reason)
    step = step_or_fault(posted(config, ordered(actor, command)), arguments)
    out(*key_lines("Withdrawn", step, config))
    return 0


def run_passphrase(arguments: argparse.Namespace) -> int:
    """Seal the file anew. What the gateway reads its passphrase from is the operator's to change."""
    file, passphrase = sealed_place(config_of(arguments))
    try:
        new = read_secret(arguments.new_file).reveal()
        SealedFile.open(file, passphrase).rekey(new)
    except SecretFileFault as fault:
        raise CommandFault(f"--new-file: {fault}; nothing was changed") from None
    except PassphraseTooShort as fault:
        raise CommandFault(f"--new-file: {fault}; nothing was changed") from None
    except SealedFileFault as fault:
        raise CommandFault(f"{file}: {fault}; nothing was changed", NO_SUCCESS) from None
    out(
        f"Sealed anew   {file}",
        "",
        f"Now write passphrase_file = {str(arguments.new_file)!r} into the configuration, and start the",
        "gateway again. Copies of the file from before still open with the old passphrase.",
    )
    return 0


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError(
            f"must be a zone such as Africa/Nairobi, not {text[:30]!r}"
        ) from None
