"""The words of the staff commands: who acts, about whom, how an order is given, refusals on the way out."""

from __future__ import annotations

import argparse
import secrets
import shlex
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.open_books import DEFAULT_CONFIG, add_config, open_views, posted
from gateway.assembly.commands.tariff_words import actor_of, add_actor
from gateway.assembly.commands.terminal import NO_SUCCESS, WRONG_INPUT, CommandFault, harmless
from gateway.core.diary import Action
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.person import PERSON_MAX, is_said
from gateway.core.staff import CODE, LOGIN
from gateway.core.views_staff import Operators, Roles
from gateway.office.authorised import Act, Authorised

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.db.views import ViewReader
    from gateway.assembly.commands.terminal import CommandParser, Commands
    from gateway.config import Config
    from gateway.core.authority import Function
    from gateway.core.diary import Actor
    from gateway.core.staff import Operator
    from gateway.office.staff_order import StaffOrder

#: Enough that no two orders ever have the same.
_NONCE_BYTES: Final = 16

#: What was typed is wrong; every other refusal is an answer.
_TYPED: Final = frozenset(
    {
        OfficeRefusal.BAD_LOGIN,
        OfficeRefusal.BAD_NAME,
        OfficeRefusal.BAD_CODE,
        OfficeRefusal.UNKNOWN_PERSON,
        OfficeRefusal.UNKNOWN_ROLE,
        OfficeRefusal.UNKNOWN_BRANCH,
        OfficeRefusal.UNKNOWN_STATION,
        OfficeRefusal.NO_APPROVAL,
    }
)
_CURES: Final = {
    OfficeRefusal.UNKNOWN_PERSON: "; cure: see powertill staff list",
    OfficeRefusal.UNKNOWN_BRANCH: "; cure: make it with powertill staff branch",
    OfficeRefusal.NO_APPROVAL: "; cure: see powertill staff requests --all",
    OfficeRefusal.TWICE_AT_ONCE: "; cure: run the same command again",
}


def add_command(
    kinds: Commands, name: str, words: str, examples: str, run: Callable[[argparse.Namespace], int]
) -> CommandParser:
    """Add a command of the group that somebody gives."""
    parser = kinds.add_parser(name, help=words, epilog=examples or None)
    add_config(parser)
    add_actor(parser)
    parser.set_defaults(run=run)
    return parser


def add_login(parser: CommandParser) -> None:
    """Let a command be told whom it is about."""
    parser.add_argument("login", metavar="LOGIN", type=login_argument, help="what she signs in with")


def login_argument(text: str) -> str:
    """Read a login: the type of an argument."""
    if LOGIN.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(OfficeRefusal.BAD_LOGIN.value)
    return text


def code_argument(text: str) -> str:
    """Read the code of a role, a branch or a station."""
    if CODE.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(OfficeRefusal.BAD_CODE.value)
    return text


def name_argument(text: str) -> str:
    """Read somebody's or something's name."""
    if not is_said(text, PERSON_MAX):
        raise argparse.ArgumentTypeError(OfficeRefusal.BAD_NAME.value)
    return text.strip()


def somebody_here(arguments: argparse.Namespace) -> Actor:
    """Name who sits at the machine; CommandFault where that can be nobody's name."""
    actor = actor_of(arguments)
    if not is_said(actor.login, PERSON_MAX):
        raise CommandFault(f"--as: {OfficeRefusal.BAD_NAME.value}")
    return actor


def given(
    arguments: argparse.Namespace,
    config: Config,
    function: Function,
    subject: str,
    make: Callable[[str, str], StaffOrder],
) -> None:
    """Give an order about people or places; CommandFault where it is refused.

    It is made with who gives it, and a nonce.
    """
    actor = somebody_here(arguments)
    order = make(actor.said, secrets.token_hex(_NONCE_BYTES))
    act = Act(function, type(order).__name__, "", subject, needs_reason=False, action=Action.CHANGE)
    content = posted(config, Authorised(actor, act, order))
    if isinstance(content, NotDone):
        raise refused(subject, content)
    assert isinstance(content, Changed)  # noqa: S101 - nothing else comes of a change


def refused(subject: str, content: NotDone) -> CommandFault:
    """Say a refusal: about what, why, the cure, and what it is worth as an exit code."""
    cure = _CURES.get(content.reason, "")
    code = WRONG_INPUT if content.reason in _TYPED else NO_SUCCESS
    return CommandFault(f"{harmless(subject)}: {harmless(content.sentence)}{cure}; nothing was changed", code)


def here(arguments: argparse.Namespace) -> str:
    """Write what a further command for the same books needs besides."""
    return "" if arguments.config == DEFAULT_CONFIG else f" --config {shlex.quote(arguments.config)}"


def person(config: Config, login: str) -> Operator:
    """Look somebody up."""
    with open_views(config) as views:
        found = views.rows(Operators(login=login))
    if not found:
        raise refused(login, NotDone(OfficeRefusal.UNKNOWN_PERSON))
    return found[0]


def require_roles(views: ViewReader, codes: list[str]) -> None:
    """Refuse roles that are not there before anything is changed."""
    known = [row.role.code for row in views.rows(Roles())]
    strange = [code for code in codes if code not in known]
    if strange:
        there = f"known are {', '.join(known)}" if known else "there is none yet"
        raise CommandFault(
            f"{strange[0]}: no such role; {there}; cure: see powertill staff standard-roles; "
            "nothing was changed"
        )
