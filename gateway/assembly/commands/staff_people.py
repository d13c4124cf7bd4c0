"""``powertill staff add-administrator | add | password | roles | leave | …``: people come, change and go."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.figures import day_argument
from gateway.assembly.commands.open_books import config_of, open_views, posted
from gateway.assembly.commands.password_typed import add_password, hashed_password
from gateway.assembly.commands.staff_words import (
    add_command,
    add_login,
    code_argument,
    given,
    here,
    name_argument,
    person,
    refused,
    require_roles,
    somebody_here,
)
from gateway.assembly.commands.terminal import CommandFault, harmless, out
from gateway.core.authority import Function
from gateway.core.hidden import NOTHING_HIDDEN
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.staff import LANGUAGES, StaffState
from gateway.core.timeline import microseconds
from gateway.core.views_staff import Operators, Sessions
from gateway.office.make_administrator import MakeAdministrator
from gateway.office.manage_staff import (
    ChangeOperator,
    EnterOperator,
    GiveRoles,
    SetAuthenticator,
    SetPassword,
)
from gateway.office.sign_in import EndSessions

if TYPE_CHECKING:
    import argparse
    from datetime import date
    from zoneinfo import ZoneInfo

    from gateway.assembly.commands.terminal import Commands
    from gateway.config import Config

_ADMINISTRATOR: Final = """\
The first person, who lets the others in. She types her own password, twice; 10
characters or more, three or four words together are easy to keep.

example:
  powertill staff add-administrator anna --name "Anna Smith"
"""
_ADD: Final = """\
She cannot sign in before she has a password: powertill staff password LOGIN.
A login is never given to anybody else. Who belongs to a branch sees the
customers of that branch; without one she sees all.

example:
  powertill staff add ben --name "Ben Okoro" --branch north --role cashier
"""
_CHOSEN_FOR_HER: Final = """\
Whoever types it here knows it, so it is good for one thing: to sign in and
choose another one.
"""
_ROLES: Final = """\
From now on she has these roles and no others. See also:
powertill staff standard-roles

example:
  powertill staff roles ben cashier engineer
"""
_LEAVE: Final = """\
She can do nothing more, from now on. What she has done stays under her name,
and her login stays hers: powertill staff back lets her in again.
"""


def add_people(kinds: Commands) -> None:
    """Add the commands."""
    words = "make the first person, who lets the others in"
    first = add_command(kinds, "add-administrator", words, _ADMINISTRATOR, run_administrator)
    entering = add_command(kinds, "add", "let somebody in", _ADD, run_add)
    for parser in (first, entering):
        add_login(parser)
        parser.add_argument("--name", metavar="NAME", type=name_argument, required=True, help="her name")
        parser.add_argument(
            "--language", choices=LANGUAGES, default="en", help="what she reads (default: en)"
        )
    add_password(first)
    entering.add_argument("--branch", metavar="CODE", type=code_argument, help="her branch")
    entering.add_argument(
        "--role", dest="roles", metavar="CODE", type=code_argument, action="append", default=[],
        help="what she may do; may stand several times",
    )  # fmt: skip
    entering.add_argument(
        "--valid-until", metavar="DATE", type=day_argument, help="the last day on which she can do anything"
    )
    password = add_command(kinds, "password", "give somebody a password", _CHOSEN_FOR_HER, run_password)
    add_login(password)
    add_password(password)
    roles = add_command(kinds, "roles", "say what somebody may do", _ROLES, run_roles)
    add_login(roles)
    roles.add_argument("roles", metavar="ROLE", type=code_argument, nargs="*", help="codes of roles")
    roles.add_argument("--none", action="store_true", help="she may do nothing")
    for name, words, examples, run in (
        ("leave", "let somebody go", _LEAVE, run_leave),
        ("back", "let somebody in again who had left", "", run_back),
        ("no-authenticator", "take away a lost authenticator", "", run_no_authenticator),
        ("sign-out", "end all sessions of somebody", "", run_sign_out),
    ):
        add_login(add_command(kinds, name, words, examples, run))


def run_administrator(arguments: argparse.Namespace) -> int:
    """Make her, with the password that she types."""
    config, login = config_of(arguments), arguments.login
    with open_views(config) as views:
        # Before she types a password for nothing.
        if views.rows(Operators(login=login)):
            raise refused(login, NotDone(OfficeRefusal.LOGIN_USED))
    order = partial(
        MakeAdministrator,
        login=login,
        name=arguments.name,
        language=arguments.language,
        password=hashed_password(arguments, login),
    )
    given(arguments, config, Function.OPERATORS, login, order)
    out(
        f"Administrator {login}, {harmless(arguments.name)}",
        "",
        f"She signs in{_at(config)}, and lets the others in. At this machine the next steps are",
        f"  powertill staff standard-roles{here(arguments)}",
        f"  powertill staff add LOGIN --name NAME --role ROLE{here(arguments)}",
    )
    return 0


def _at(config: Config) -> str:
    return f" at {config.admin.origin}" if config.admin else ""


def run_add(arguments: argparse.Namespace) -> int:
    """Enter somebody, with her roles."""
    config, login = config_of(arguments), arguments.login
    until_us = _end_of(arguments.valid_until, config.utility.zone)
    with open_views(config) as views:
        require_roles(views, arguments.roles)
    order = partial(
        EnterOperator,
        login=login,
        name=arguments.name,
        branch=arguments.branch,
        language=arguments.language,
        valid_until_us=until_us,
    )
    given(arguments, config, Function.OPERATORS, login, order)
    if arguments.roles:
        # Should the power fail before this, she is there without roles, and has no password yet.
        giving = partial(GiveRoles, login=login, version=1, roles=tuple(arguments.roles))
        given(arguments, config, Function.ROLES, login, giving)
    out(
        f"Entered       {login}, {harmless(arguments.name)}",
        f"Branch        {arguments.branch or 'all'}",
        f"Roles         {', '.join(arguments.roles) or 'none: she may do nothing yet'}",
        "",
        "She cannot sign in yet. Next, give her a password:",
        f"  powertill staff password {login}{here(arguments)}",
    )
    return 0


def _end_of(day: date | None, zone: ZoneInfo) -> int | None:
    """Give the moment at which a last day is over."""
    if day is None:
        return None
    ends = datetime.combine(day + timedelta(days=1), time(0), zone)
    if ends <= datetime.now(UTC):
        raise CommandFault(f"--valid-until: {day} is past; cure: name a day to come")
    return microseconds(ends)


def run_password(arguments: argparse.Namespace) -> int:
    """Set a password that she has to change at once."""
    config, login = config_of(arguments), arguments.login
    version = person(config, login).version
    password = hashed_password(arguments, login)
    order = partial(SetPassword, login=login, version=version, password=password)
    given(arguments, config, Function.OPERATORS, login, order)
    out(f"Password      {login} has a new one; when she signs in she has to choose another")
    return 0


def run_roles(arguments: argparse.Namespace) -> int:
    """Give roles in place of those she had."""
    config, login = config_of(arguments), arguments.login
    if bool(arguments.roles) is arguments.none:
        raise CommandFault("ROLE: name the roles she shall have, or --none; nothing was changed")
    before = person(config, login)
    with open_views(config) as views:
        require_roles(views, arguments.roles)
    order = partial(GiveRoles, login=login, version=before.version, roles=tuple(arguments.roles))
    given(arguments, config, Function.ROLES, login, order)
    out(
        f"Roles         {login}: {', '.join(arguments.roles) or 'none'}",
        f"Before        {', '.join(before.roles) or 'none'}",
    )
    return 0


def run_leave(arguments: argparse.Namespace) -> int:
    """Let her go."""
    return _set_state(arguments, StaffState.LEFT, "Left          {} can do nothing more")


def run_back(arguments: argparse.Namespace) -> int:
    """Let her in again."""
    return _set_state(arguments, StaffState.ACTIVE, "Back          {} can sign in as before")


def _set_state(arguments: argparse.Namespace, state: StaffState, said: str) -> int:
    config, login = config_of(arguments), arguments.login
    before = person(config, login)
    order = partial(
        ChangeOperator,
        login=login,
        version=before.version,
        name=before.name,
        branch=before.branch,
        language=before.language,
        valid_until_us=before.valid_until_us,
        state=state,
    )
    given(arguments, config, Function.OPERATORS, login, order)
    out(said.format(login))
    return 0


def run_no_authenticator(arguments: argparse.Namespace) -> int:
    """Take it away: she enrols another one when she signs in."""
    config, login = config_of(arguments), arguments.login
    version = person(config, login).version
    order = partial(SetAuthenticator, login=login, version=version, totp=NOTHING_HIDDEN)
    given(arguments, config, Function.OPERATORS, login, order)
    out(f"Authenticator {login} has none; she enrols one when she signs in, if she must have one")
    return 0


def run_sign_out(arguments: argparse.Namespace) -> int:
    """End her sessions."""
    config, login = config_of(arguments), arguments.login
    person(config, login)
    with open_views(config) as views:
        standing = views.count(Sessions(login, microseconds(datetime.now(UTC))))
    posted(config, EndSessions(somebody_here(arguments), login))
    out(f"Signed out    {login}; sessions that stood: {standing}")
    return 0
