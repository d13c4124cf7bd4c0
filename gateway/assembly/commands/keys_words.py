"""The words of the keys commands: which key is meant, what a step says, refusals on the way out."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from adapters.keys.no_core import forbid_cores
from gateway.assembly.commands.open_books import add_config
from gateway.assembly.commands.tariff_words import said
from gateway.assembly.commands.terminal import (
    NO_SUCCESS,
    WRONG_INPUT,
    CommandFault,
    complain,
    digits,
    harmless,
    whole,
)
from gateway.codecs.card.answering import keys_of
from gateway.codecs.card.profile import PROFILES, profile_named
from gateway.core.card_key import VERSION_LAST, is_card_group
from gateway.core.energy import Energy
from gateway.core.key_ring import KeyKeeper
from gateway.core.key_standing import expiry
from gateway.core.key_words import GroupNamed, KeyRefusal, KeyRefused, KeyStep
from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.assembly.commands.terminal import CommandParser, Commands
    from gateway.config import Config
    from gateway.core.key_life import SupplyGroup, VendingKey
    from gateway.core.key_ring import KeyRevision
    from gateway.core.outcome import Content

#: Digits of the utility's number on a card.
_SYSTEM_DIGITS: Final = 8

#: What is wrong with the keys as they stand, and not with what was typed.
_ANSWERS: Final = frozenset(
    {
        KeyRefusal.STANDS_ALREADY,
        KeyRefusal.TOO_MANY,
        KeyRefusal.OTHER_ALGORITHM,
        KeyRefusal.OTHER_KEY,
        KeyRefusal.SAME_PERSON,
        KeyRefusal.APPROVED_ALREADY,
        KeyRefusal.WITHDRAWN_ALREADY,
        KeyRefusal.NOT_PENDING,
        KeyRefusal.IN_PARTS,
    }
)
_CURES: Final = {
    KeyRefusal.UNKNOWN: "; cure: see powertill keys list",
    KeyRefusal.OTHER_ZONE: "; cure: leave it, or say that it is meant: --new-timezone",
    KeyRefusal.OTHER_KEY: "; cure: compare both parts with those of the key management centre",
}
_OPTIONS: Final = {
    "sgc": "--sgc",
    "krn": "--krn",
    "kt": "--kt",
    "base_date": "--base-date",
    "ken": "--ken",
    "dkga": "--dkga",
    "kcv": "--kcv",
    "label": "--label",
    "keeper": "--keeper",
    "credit_limit": "--limit-kwh",
    "active_from": "--from",
    "issue_until": "--until",
    "loaded_by": "--as",
    "approved_by": "--as",
    "withdrawn_by": "--as",
    "reason": "--reason",
    "name": "--name",
    "timezone": "--timezone",
}


def add_command(
    kinds: Commands, name: str, words: str, examples: str, run: Callable[[argparse.Namespace], int]
) -> CommandParser:
    """Add a command of the group."""
    parser = kinds.add_parser(name, help=words, epilog=examples)
    add_config(parser)
    parser.set_defaults(run=run)
    return parser


def name_place(parser: CommandParser) -> None:
    """Let a command be told which key it is about."""
    name_group(parser, is_required=True)
    parser.add_argument(
        "--krn", type=whole(1, VERSION_LAST), required=True,
        help="key revision number, 1 to 9; of cards the key version on them, 1 to 255",
    )  # fmt: skip


def name_group(parser: CommandParser, *, is_required: bool) -> None:
    """Let a command be told of which meters or cards a key is."""
    group = parser.add_mutually_exclusive_group(required=is_required)
    group.add_argument("--sgc", type=digits(6), help="supply group code, 6 digits")
    group.add_argument(
        "--cards", dest="sgc", metavar="KIND.REGION.KEY", type=card_keys,
        help="a master key of cards, such as powertill-cpu.00000815.wallet",
    )  # fmt: skip


def card_keys(text: str) -> str:
    """Read the group of a master key of cards: a kind of card that is known, its region, one of its keys."""
    kind, _, rest = text.partition(".")
    if kind not in PROFILES:
        raise argparse.ArgumentTypeError(f"must begin with a kind of card: {', '.join(PROFILES)}")
    profile = profile_named(kind)
    region, _, key = rest.partition(".")
    if key not in keys_of(profile):
        raise argparse.ArgumentTypeError(f"must end with a key of {kind}: {', '.join(keys_of(profile))}")
    size = len("0") if profile.system is None else _SYSTEM_DIGITS
    if len(region) != size or not (region.isascii() and region.isdigit()) or (size == 1 and region != "0"):
        wanted = "0" if size == 1 else f"the {size} digits that stand on the cards"
        raise argparse.ArgumentTypeError(f"must have a region between kind and key: of {kind} {wanted}")
    return text


def option_of(sgc: str) -> str:
    """Say by which option a group is named on the command line."""
    return f"--cards {sgc}" if is_card_group(sgc) else f"--sgc {sgc}"


def check_value(text: str) -> str:
    """Read a check value. What is none is not said again: somebody may have typed the key itself."""
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", text):
        raise argparse.ArgumentTypeError("must be the 6 hexadecimal digits of a check value")
    return text.upper()


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def sealed_place(config: Config) -> tuple[Path, bytes]:
    """Give the sealed file and its passphrase; CommandFault where the configuration names none."""
    keys = config.keys
    if keys.sealed_file is None or keys.passphrase is None:
        raise CommandFault(
            f"{config.file}: keys.sealed_file: is missing; cure: name the sealed file and its passphrase_file"
        )
    forbid_cores()
    return keys.sealed_file, keys.passphrase.reveal()


def step_or_fault(outcome: Content, arguments: argparse.Namespace) -> KeyStep:
    """Give the step that was taken, or end the command with the reason and the option that is wrong."""
    if isinstance(outcome, KeyRefused):
        raise _fault(outcome, arguments)
    assert isinstance(outcome, KeyStep)  # noqa: S101 - nothing else is refused to somebody at the machine
    for warning in outcome.warnings:
        complain(f"note: {warning.sentence}")
    return outcome


def note_missing_module(step: KeyStep, config: Config) -> None:
    """Say that nobody here can ask the module that has the key."""
    if step.key.revision.keeper is KeyKeeper.PKCS11 and config.keys.pkcs11_module is None:
        complain("note: the configuration names no PKCS#11 module, so this key is of no use here")


def named_or_fault(outcome: Content, arguments: argparse.Namespace) -> SupplyGroup:
    """Give the group as it is named now, or end the command."""
    if isinstance(outcome, KeyRefused):
        raise _fault(outcome, arguments)
    assert isinstance(outcome, GroupNamed)  # noqa: S101 - likewise
    return outcome.group


def _fault(refused: KeyRefused, arguments: argparse.Namespace) -> CommandFault:
    is_answer = refused.reason in _ANSWERS
    place = f"{arguments.sgc}, revision {arguments.krn}" if is_answer else _OPTIONS[refused.path]
    sentence = f"{place}: {harmless(refused.sentence)}{_CURES.get(refused.reason, '')}; nothing was changed"
    return CommandFault(sentence, NO_SUCCESS if is_answer else WRONG_INPUT)


def key_lines(done: str, step: KeyStep, config: Config) -> list[str]:
    """Say what is known of a key: which, its check value, from when to when, how far, and who."""
    key, revision, zone = step.key, step.key.revision, config.utility.zone
    until = revision.issue_until_us
    lines = [
        ("", _which(revision)),
        ("Check value", revision.kcv),
        ("Kept in", _kept_in(revision)),
        ("From", f"{said(key.active_from, zone)} ({zone.key})"),
        ("Until", f"{said(moment_of(until), zone)} ({zone.key})" if until is not None else None),
        ("Expires", expiry_text(revision)),
        ("Limit", limit_text(revision) and f"{limit_text(revision)} kWh"),
        *people(key),
    ]
    return [f"{name or done:<13} {harmless(text)}" for name, text in lines if text]


def people(key: VendingKey) -> list[tuple[str, str | None]]:
    """Who did what, in the words of the answer."""
    return [
        ("Loaded by", key.loaded_by),
        ("Approved by", key.approved_by),
        ("Withdrawn by", key.withdrawn_by),
        ("Reason", key.reason),
    ]


def _which(revision: KeyRevision) -> str:
    named = f"{revision.sgc}, revision {revision.krn}"
    return named if revision.is_of_cards else f"{named}, base date {revision.base_date}, type {revision.kt}"


def expiry_text(revision: KeyRevision) -> str:
    """Write the expiry number, and the civil moment that it stands for; a key of cards has none."""
    if revision.is_of_cards:
        return ""
    assert revision.base_date is not None  # noqa: S101 - a key of the registry has one
    return f"{revision.ken} ({expiry(revision.base_date, revision.ken):%Y-%m-%d %H:%M})"


def limit_text(revision: KeyRevision) -> str:
    """Write the credit limit in kWh; nothing where there is none."""
    limit = revision.credit_limit_wh
    return "" if limit is None else Energy(limit).kwh_text(0)


def _kept_in(revision: KeyRevision) -> str:
    return f"{revision.keeper.value}, label {revision.label}" if revision.label else revision.keeper.value
