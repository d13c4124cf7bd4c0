"""What a command says on the terminal, what it refuses, and the types its arguments have."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

WRONG_INPUT: Final = 2
"""The exit code for what the caller can put right by calling again with something else."""

NO_SUCCESS: Final = 1
"""The exit code where the input was right, and the answer is no."""


COMMAND_NAME_MAX: Final = len("add-administrator")
"""The longest name of a command; the column of names in the help holds it."""


class CommandFault(Exception):  # noqa: N818 - said to the caller as it is
    """The command ends here: one sentence that names what is wrong and the cure, and the exit code."""

    def __init__(self, sentence: str, code: int = WRONG_INPUT) -> None:
        super().__init__(sentence)
        self.code = code


class CommandHelp(argparse.RawDescriptionHelpFormatter):
    """Help whose first column is wide enough for every command's name.

    Before Python 3.13 argparse forgets that the names of commands are indented, and breaks the longest rows.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - argparse's own, handed on
        super().__init__(*arguments, **options)
        # argparse measures into this; there is no public way to say how much it has to be at least.
        self._action_max_length = COMMAND_NAME_MAX + self._indent_increment * 2


class CommandParser(argparse.ArgumentParser):
    """A parser that refuses with one sentence and the place to look, and reads no shortened options."""

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", CommandHelp)
        options.setdefault("allow_abbrev", False)
        # The parser's own keywords, handed on as they came from its sub-parsers.
        super().__init__(**options)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the arguments are described, then end with exit code 2."""
        self.exit(WRONG_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def out(*lines: str) -> None:
    """Print lines of the answer; without any, an empty one."""
    sys.stdout.write("\n".join(lines) + "\n")


def complain(sentence: str) -> None:
    """Print a sentence beside the answer, on standard error."""
    sys.stderr.write(sentence + "\n")


def harmless(text: str) -> str:
    r"""Write what came from outside so that it cannot steer the terminal.

    >>> harmless("A\x1b[2J")
    'A\\x1b[2J'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def whole(least: int, most: int) -> Callable[[str], int]:
    """Make the type of an argument that is a whole number within its bounds."""
    refusal = f"must be a whole number from {least} to {most}"

    def read(text: str) -> int:
        # The length is looked at first: what has a thousand digits is not worth reading.
        is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
        if not is_number or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(refusal)
        return int(text)

    return read


def digits(count: int) -> Callable[[str], str]:
    """Make the type of an argument of exactly so many decimal digits."""

    def read(text: str) -> str:
        if not (text.isascii() and text.isdigit() and len(text) == count):
            raise argparse.ArgumentTypeError(f"must be {count} digits, not {text[:20]!r}")
        return text

    return read


if TYPE_CHECKING:
    #: Where a command adds its own parser.
    Commands = argparse._SubParsersAction[CommandParser]  # noqa: SLF001 - argparse names its type no better
