"""A password from whoever sits at the terminal, typed twice and never shown; or, for scripts, from a line of
standard input. Never from the command line, where every user of the machine could read it.
"""

from __future__ import annotations

import asyncio
import getpass
import sys
import warnings
from typing import TYPE_CHECKING, Final

from adapters.people.passwords import Passwords
from gateway.assembly.commands.terminal import CommandFault
from gateway.core.password_rule import PASSWORD_MAX, password_fault

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from gateway.assembly.commands.terminal import CommandParser
    from gateway.core.hidden import Hidden

#: Characters of a line that are read: enough to see that it is too long.
_LINE_MAX: Final = 4 * PASSWORD_MAX


def add_password(parser: CommandParser) -> None:
    """Let a command be told where the password comes from."""
    parser.add_argument(
        "--password-stdin", action="store_true",
        help="read the password from a line of standard input (default: ask for it twice)",
    )  # fmt: skip


def hashed_password(arguments: argparse.Namespace, login: str) -> Hidden:
    """Ask for a password that this person may have, and give its hash; CommandFault where she may not."""
    try:
        text = _line() if arguments.password_stdin else _typed_twice(login)
    except UnicodeDecodeError:
        raise _fault("it is not UTF-8", "let the terminal, or the file, write it as such") from None
    fault = password_fault(text, login)
    if fault is not None:
        raise CommandFault(f"the password: {fault.value}; nothing was changed")
    return asyncio.run(Passwords(_here).hashed(text))


async def _here(function: Callable[..., object], *arguments: object) -> object:
    return function(*arguments)


def _line() -> str:
    line = sys.stdin.readline(_LINE_MAX)
    if not line:
        raise _fault("standard input is empty", "let its first line be the password")
    return line.removesuffix("\n").removesuffix("\r")


def _typed_twice(login: str) -> str:
    with warnings.catch_warnings():
        # Where the terminal cannot be kept from showing it, nothing is asked.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            first, second = (getpass.getpass(f"{what} for {login}: ") for what in ("Password", "Again"))
        except (getpass.GetPassWarning, EOFError):
            raise _fault("there is no terminal to ask on", "use --password-stdin") from None
    if first != second:
        raise _fault("the two are not the same", "type it again")
    return first


def _fault(what: str, cure: str) -> CommandFault:
    return CommandFault(f"the password: {what}; cure: {cure}; nothing was changed")
