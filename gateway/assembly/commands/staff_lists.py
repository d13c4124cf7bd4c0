"""``powertill staff list | diary``: who there is and what each may do, and who did what."""

from __future__ import annotations

import argparse
import json
import textwrap
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.figures import RULE, table
from gateway.assembly.commands.open_books import add_config, config_of, open_views
from gateway.assembly.commands.tariff_words import civil_moment, moment_argument, said
from gateway.assembly.commands.terminal import harmless, out, whole
from gateway.core.authority import Function
from gateway.core.people_told import without_rows
from gateway.core.staff import StaffState
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_staff import Diary, Operators

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from adapters.db.views import ViewReader
    from gateway.assembly.commands.terminal import Commands
    from gateway.core.diary import DiaryRow
    from gateway.core.staff import Operator

#: Lines listed where nobody says how many: a screen or two.
_LISTED: Final = 50
_LISTED_MAX: Final = 1_000_000
_WIDTH: Final = 79

#: What the diary names beside the functions that roles grant.
_OTHERS: Final = ("sign_in", "own_account")

_DIARY: Final = """\
The newest lines first. Who sat at this machine is written local:NAME. Nothing
in it can be changed unnoticed: powertill ledger verify.

examples:
  powertill staff diary --since "2026-11-25 00:00" --function floats
  powertill staff diary --actor local:anna --text ben --json
"""


def add_lists(kinds: Commands) -> None:
    """Add the questions."""
    listing = kinds.add_parser("list", help="list the people, and what each may do")
    diary = kinds.add_parser("diary", help="list who did what, and when", epilog=_DIARY)
    for parser, run in ((listing, run_list), (diary, run_diary)):
        add_config(parser)
        parser.add_argument("--json", action="store_true", help="print a JSON list")
        parser.set_defaults(run=run)
    diary.add_argument("--since", metavar="MOMENT", type=moment_argument, help="from this moment on")
    diary.add_argument("--actor", metavar="NAME", default="", help="what this person did")
    diary.add_argument("--function", metavar="FUNCTION", type=_function, help="such as operators or sign_in")
    diary.add_argument("--text", metavar="TEXT", default="", help="a part of what a line tells")
    diary.add_argument(
        "--last", metavar="N", type=whole(1, _LISTED_MAX), default=_LISTED,
        help=f"how many lines (default: {_LISTED})",
    )  # fmt: skip


def _function(text: str) -> str:
    known = (*(one.value for one in Function), *_OTHERS)
    if text not in known:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(known)}")
    return text


def run_list(arguments: argparse.Namespace) -> int:
    """Print a line for each person."""
    config = config_of(arguments)
    with open_views(config) as views:
        people = list(_people(views))
    now_us, zone = microseconds(datetime.now(UTC)), config.utility.zone
    if arguments.json:
        out(json.dumps([_plain(one) for one in people], ensure_ascii=False))
        return 0
    if not people:
        out("there is nobody yet; see powertill staff add-administrator --help")
        return 0
    head = ("Login", "Name", "Branch", "Roles", "State", "Signs in", f"Until ({zone.key})")
    rows = [
        (
            one.login,
            one.name,
            one.branch or "all",
            ", ".join(one.roles) or "none",
            one.state.value,
            _signs_in(one, now_us),
            "" if one.valid_until_us is None else said(moment_of(one.valid_until_us), zone),
        )
        for one in people
    ]
    out(*table([head, RULE, *rows], left=len(head)))
    return 0


def _people(views: ViewReader) -> Iterator[Operator]:
    query = Operators()
    while page := views.rows(query):
        yield from page
        query = replace(query, after=page[-1].login)


def _signs_in(one: Operator, now_us: int) -> str:
    if one.state is StaffState.LEFT:
        return "has left"
    if not one.is_valid(now_us):
        return "no longer valid"
    if not one.password:
        return "has no password"
    if now_us < one.held_until_us:
        return "new devices held back"
    how = "must choose a password" if one.must_change else "by password"
    return f"{how}, authenticator" if one.totp else how


def _plain(one: Operator) -> dict[str, object]:
    """Give a person for a program: that she has a password, and never what it is."""
    until = one.valid_until_us
    return {
        "login": one.login,
        "name": one.name,
        "branch": one.branch,
        "roles": list(one.roles),
        "state": one.state.value,
        "language": one.language,
        "has_password": bool(one.password),
        "must_change": one.must_change,
        "has_authenticator": bool(one.totp),
        "valid_until": None if until is None else moment_of(until).isoformat(),
    }


def run_diary(arguments: argparse.Namespace) -> int:
    """Print the newest lines that fit."""
    config = config_of(arguments)
    zone = config.utility.zone
    since = arguments.since and civil_moment(arguments.since, zone, "--since")
    query = Diary(
        first_us=None if since is None else microseconds(since),
        actor=arguments.actor,
        function=arguments.function or "",
        text=arguments.text,
    )
    with open_views(config) as views:
        lines = _lines(views, query, arguments.last)
    if arguments.json:
        out(json.dumps([_told(line) for line in lines], ensure_ascii=False))
        return 0
    for line in lines:
        out(*_shown(line, zone))
    out(f"{len(lines)} lines" if lines else "no line fits")
    return 0


def _lines(views: ViewReader, query: Diary, most: int) -> list[DiaryRow]:
    found: list[DiaryRow] = []
    while len(found) < most:
        limit = min(query.limit, most - len(found))
        page = views.rows(replace(query, after=found[-1].id if found else None, limit=limit))
        found += page
        if len(page) < limit:
            break
    return found


def _told(line: DiaryRow) -> dict[str, object]:
    return {**asdict(line), "at": moment_of(line.at_us).isoformat()}


def _shown(line: DiaryRow, zone: ZoneInfo) -> list[str]:
    at = moment_of(line.at_us).astimezone(zone)
    who = f"{line.actor} ({line.address})" if line.address else line.actor
    head = f"{at:%Y-%m-%d %H:%M:%S}  {line.id}  {who}  {line.function} {line.action}, {line.outcome}"
    text = "; ".join(part for part in (line.subject, without_rows(line.detail)) if part)
    wrapped = textwrap.wrap(harmless(text), _WIDTH, initial_indent="    ", subsequent_indent="    ")
    return [harmless(head), *wrapped]
