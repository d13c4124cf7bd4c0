"""The tables of EA07: the operator's file, or the printed sample for test meters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.terminal import CommandFault
from gateway.codecs.sts.sta import SAMPLE_TABLES, StaTables, StaTablesFault, tables_of

if TYPE_CHECKING:
    import argparse

FILE_BYTES_MAX: Final = 64 * 1024
"""96 numbers and a word on where they come from: far less than this."""

_CURE: Final = 'cure: a JSON file with {"s1": [16 numbers], "s2": [16 numbers], "p": [64 numbers]}'


def add_tables(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which tables an EA07 meter has."""
    tables = parser.add_mutually_exclusive_group()
    tables.add_argument(
        "--sta-tables", metavar="FILE", type=Path, help="with --ea 07: the licensed STA tables, as JSON"
    )
    tables.add_argument(
        "--sample-tables", action="store_true", help="with --ea 07: the printed tables, for test meters only"
    )


def tables_in(arguments: argparse.Namespace) -> StaTables | None:
    """Give the tables that the options name; None where they name none."""
    if arguments.sample_tables:
        return SAMPLE_TABLES
    return None if arguments.sta_tables is None else read_tables(arguments.sta_tables)


def read_tables(file: Path) -> StaTables:
    """Read an operator's table file; CommandFault names the field and the place."""
    try:
        with file.open("rb") as opened:
            octets = opened.read(FILE_BYTES_MAX + 1)
    except OSError as fault:
        raise CommandFault(f"--sta-tables: {file} cannot be read: {fault.strerror}; {_CURE}") from None
    if len(octets) > FILE_BYTES_MAX:
        raise CommandFault(f"--sta-tables: {file} is longer than {FILE_BYTES_MAX} bytes; {_CURE}")
    try:
        return tables_of(json.loads(octets))
    except StaTablesFault as fault:
        raise CommandFault(f"--sta-tables: {file}: {fault}; {_CURE}") from None
    except (ValueError, RecursionError):
        raise CommandFault(f"--sta-tables: {file} is not JSON; {_CURE}") from None
