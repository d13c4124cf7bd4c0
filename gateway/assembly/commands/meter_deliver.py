"""``powertill meter token`` and ``profile``: enter a token over a meter's line, read its load profile."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.meter_line import ROUTES, add_errand, plain_of
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, complain, harmless, out
from gateway.bits import is_digits
from gateway.secret import SecretFileFault, read_secret

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands
    from gateway.core.contact import ProfileRow
    from gateway.ports import MeterTalk

_TOKEN_DIGITS: Final = 20

_TOKEN: Final = (
    ROUTES
    + """\
The token is entered once (DLMS, class 115), and the meter asked what became
of it. Exit code 1 when it was not executed, or that is not known. It may be
entered again: a meter that has taken it refuses it then (validation failure),
and its credit shows it.

example:
  powertill meter token --model dlms-prepaid --at tcp:10.0.0.8:4059 \\
      --key-file meter.json --token-file token
"""
)
_PROFILE: Final = (
    ROUTES
    + """\
Moments are as 2026-11-25T00:00, in the zone of this machine where they name
none.
Exit code 1 when the line broke off before the last row.

example:
  powertill meter profile --model dlms-tcp --at tcp:10.0.0.8:4059 \\
      --password-file lls --from 2026-11-25T00:00 --to 2026-11-26T00:00
"""
)


def add_to(kinds: Commands) -> None:
    """Add the commands to the group of ``meter``."""
    token = add_errand(kinds, "token", "enter a token over a meter's line", _TOKEN, _enter)
    token.add_argument(
        "--token-file", type=Path, required=True, metavar="FILE", help="the 20 digits; mode 0600"
    )
    token.set_defaults(prepare=_with_token)
    profile = add_errand(kinds, "profile", "read a meter's load profile over its line", _PROFILE, _profile)
    profile.add_argument("--from", dest="first", type=_moment, required=True, metavar="MOMENT", help="from")
    profile.add_argument("--to", dest="last", type=_moment, required=True, metavar="MOMENT", help="up to")


def _with_token(arguments: argparse.Namespace) -> None:
    """Read the token, so that no trace shows it."""
    try:
        text = read_secret(arguments.token_file).reveal().decode("ascii").replace(" ", "")
    except SecretFileFault as fault:
        raise CommandFault(f"--token-file: {fault}") from None
    except UnicodeDecodeError:
        text = ""
    if not is_digits(text, _TOKEN_DIGITS):
        raise CommandFault(f"--token-file: {arguments.token_file} does not hold the 20 digits of a token")
    arguments.hidden = (text,)


async def _enter(talk: MeterTalk, arguments: argparse.Namespace) -> int:
    status = await talk.enter_token(arguments.hidden[0])
    if arguments.json:
        out(json.dumps({"executed": status.is_accepted, "final": status.is_final, "status": status.name}))
    else:
        out(f"{'token':<20}{status.name}")
        if not status.is_final:
            out(f"{'outcome':<20}not known yet; enter it again later")
    return 0 if status.is_accepted else NO_SUCCESS


async def _profile(talk: MeterTalk, arguments: argparse.Namespace) -> int:
    found = await talk.profile(arguments.first, arguments.last)
    if arguments.json:
        rows = [
            {"moment": row.moment, "status": row.status, "values": [plain_of(one) for one in row.values]}
            for row in found.rows
        ]
        out(json.dumps({"rows": rows, "said": None if found.fault is None else str(found.fault)}))
    else:
        for row in found.rows:
            out(_row(row))
        if found.fault is not None:
            complain(f"the rest is missing: {harmless(str(found.fault))}")
    return 0 if found.fault is None else NO_SUCCESS


def _row(row: ProfileRow) -> str:
    values = "  ".join(f"{one.item} {one.text}{f' {one.unit}' if one.unit else ''}" for one in row.values)
    status = f"  status {row.status}" if row.status else ""
    return harmless(f"{row.moment:<27}{values}{status}")


def _moment(text: str) -> datetime:
    """Read a moment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a moment such as 2026-11-25T00:00") from None
    return moment if moment.tzinfo is not None else moment.astimezone()
