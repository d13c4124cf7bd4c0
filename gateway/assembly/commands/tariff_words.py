"""The words of the tariff commands: files, moments and people on the way in, refusals on the way out."""

from __future__ import annotations

import argparse
import json
import os
import pwd
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.terminal import NO_SUCCESS, WRONG_INPUT, CommandFault, harmless
from gateway.core.diary import Actor
from gateway.core.tariff import TariffFault
from gateway.core.tariff_rules import BODY_BYTES_MAX, TariffRefusal, TariffRefused, TariffStep
from gateway.multi_tariff.read_version import table_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from gateway.core.outcome import Content

_MOMENT: Final = re.compile(
    r"(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)

#: What is wrong with the books as they stand, and not with what was typed.
_ANSWERS: Final = frozenset(
    {
        TariffRefusal.TOO_MANY,
        TariffRefusal.TOO_LATE,
        TariffRefusal.SAME_MOMENT,
        TariffRefusal.SAME_PERSON,
        TariffRefusal.APPROVED_ALREADY,
        TariffRefusal.WITHDRAWN_ALREADY,
        TariffRefusal.IN_FORCE,
        TariffRefusal.NEARLY_IN_FORCE,
        TariffRefusal.NO_DRAFT,
    }
)
_CURES: Final = {
    TariffRefusal.OTHER_ZONE: "; cure: correct it, or say that it is meant: --new-timezone",
    TariffRefusal.UNKNOWN: "; cure: see powertill tariff list",
    TariffRefusal.BACK_DATED: "; cure: take a later moment",
}
_OPTIONS: Final = {
    "power_type": "--power-type",
    "version": "--version",
    "from_moment": "--from",
    "drafted_by": "--as",
    "approved_by": "--as",
    "withdrawn_by": "--as",
    "reason": "--reason",
}


def add_actor(parser: argparse.ArgumentParser) -> None:
    """Let a command be told who acts."""
    parser.add_argument(
        "--as", dest="actor", metavar="NAME",
        help="who acts, taken at his word (default: your login name on this machine)",
    )  # fmt: skip


def name_of_actor(arguments: argparse.Namespace) -> str:
    """Say who acts: by name, or the operating system's login name."""
    if arguments.actor is not None:
        return str(arguments.actor)
    try:
        # Not from the environment, which says whatever was written there.
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        raise CommandFault("--as: you have no login name on this machine; cure: --as NAME") from None


def actor_of(arguments: argparse.Namespace) -> Actor:
    """Say who acts, as the diary has him: somebody at the machine.

    Where the operating system calls him otherwise, the diary has both: a name is taken at its word.
    """
    name = name_of_actor(arguments).strip()
    try:
        here = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        here = str(os.getuid())
    return Actor(name, address="" if here == name else f"login {here}")


def moment_argument(text: str) -> datetime:
    """Read a moment, with an offset or without one: the type of an argument."""
    try:
        found = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise argparse.ArgumentTypeError(f'must be a moment such as "2027-01-01 00:00", not {text[:30]!r}')
    return found


def civil_moment(moment: datetime, zone: tzinfo, option: str = "--from") -> datetime:
    """Place a moment without an offset in a zone, where the clock shows it exactly once."""
    if moment.tzinfo is not None:
        return moment
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    # Where the clock is set forward the two offsets differ as well, and no clock shows that time.
    is_shown = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment
    what = "comes twice" if is_shown else "does not come"
    raise CommandFault(
        f"{option}: {moment:%Y-%m-%d %H:%M} {what} in {zone}, where the clock is set that night; "
        f"cure: write it with an offset, such as {moment:%Y-%m-%dT%H:%M}{_offset(first)}"
    )


def _offset(moment: datetime) -> str:
    digits = f"{moment:%z}"
    return f"{digits[:3]}:{digits[3:5]}"


def said(moment: datetime, zone: tzinfo) -> str:
    """Write a moment in the utility's zone, with seconds only where there are any."""
    civil = moment.astimezone(zone)
    return f"{civil:%Y-%m-%d %H:%M:%S}" if civil.second else f"{civil:%Y-%m-%d %H:%M}"


def body_of(name: str) -> str:
    """Read a tariff from a file, and write it in one line as it is kept."""
    try:
        with Path(name).open("rb") as file:
            octets = file.read(BODY_BYTES_MAX + 1)
    except OSError as fault:
        raise CommandFault(f"FILE: {name}: {fault.strerror}; cure: name a file that can be read") from None
    if len(octets) > BODY_BYTES_MAX:
        raise CommandFault(f"FILE: {name} has more than {BODY_BYTES_MAX} bytes; cure: name a tariff")
    try:
        return json.dumps(table_of(octets.decode("utf-8-sig")), ensure_ascii=False)
    except UnicodeDecodeError:
        raise CommandFault(f"FILE: {name} is not UTF-8; cure: save it as such") from None
    except TariffFault as fault:
        raise CommandFault(f"{name}: {str(fault).removeprefix(': ')}; nothing was changed") from None


def step_or_fault(outcome: Content, arguments: argparse.Namespace) -> TariffStep:
    """Give the step that was taken, or end the command with the reason and the place of the wrong field."""
    if isinstance(outcome, TariffStep):
        return outcome
    assert isinstance(outcome, TariffRefused)  # noqa: S101 - nothing else is refused to somebody at the machine
    code = NO_SUCCESS if outcome.reason in _ANSWERS else WRONG_INPUT
    cure = _CURES.get(outcome.reason, "")
    place = harmless(_place(outcome, arguments))
    raise CommandFault(f"{place}: {harmless(outcome.sentence)}{cure}; nothing was changed", code)


def _place(refused: TariffRefused, arguments: argparse.Namespace) -> str:
    """Say where the wrong field was written: an option, or a place in the file."""
    head, _, path = refused.path.partition(".")
    if head == "body":
        file = getattr(arguments, "file", "the tariff")
        return f"{file}: {path}" if path else file
    if refused.reason in _ANSWERS:
        version = f"{arguments.power_type}, version {arguments.version}"
        return f"{version}, {name_of_actor(arguments)}" if head == "approved_by" else version
    return _OPTIONS[head]
