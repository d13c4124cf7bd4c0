"""``powertill db upgrade | move``: what is done to the database itself, by whoever owns it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.db.move import move_books
from adapters.db.opening import migrate, open_database, require_newest, sqlite_path
from adapters.db.owner import GATEWAY_ROLE, upgrade, url_for
from adapters.db.sealed import seal_old_books
from gateway.assembly.commands.open_books import add_config, config_of, database_faults_as_answers
from gateway.assembly.commands.terminal import CommandFault, out
from gateway.assembly.parts import database_password
from gateway.config import ConfigFault
from gateway.config.ledger import owner_url
from gateway.core.timeline import microseconds
from gateway.proof.verify import verify

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from adapters.db.journal_reader import JournalReader
    from gateway.assembly.commands.terminal import CommandParser, Commands
    from gateway.config import Config

_UPGRADE = """\
The embedded database needs no --owner. On a server, OWNER is the URL of whoever
owns the database; a password comes from PGPASSWORD or the file ~/.pgpass.

example:
  powertill db upgrade --owner postgresql://postgres@localhost/powertill
"""
_MOVE = """\
Stop the gateway first. The books are copied in one transaction, compared row by
row count and sum by sum, and the chain is verified on the other side. The
embedded database stays as it is: keep it, and point the configuration to the
new one.

example:
  powertill init new --database-url postgresql://postgres@localhost/powertill
  powertill db move --config old/powertill.toml \\
      --owner postgresql://postgres@localhost/powertill
"""


def add_to(commands: Commands) -> None:
    """Add the commands to the parser."""
    group = commands.add_parser("db", help="bring the database up to date, or move it to PostgreSQL")
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add(verbs, "upgrade", "bring the tables up to date", _UPGRADE, _upgrade)
    _add(verbs, "move", "copy the embedded books to PostgreSQL", _MOVE, _move)


def _add(verbs: Commands, name: str, words: str, examples: str, run: Callable[..., int]) -> CommandParser:
    parser = verbs.add_parser(name, help=words, epilog=examples)
    add_config(parser)
    parser.add_argument("--owner", metavar="URL", help="postgresql://OWNER@HOST/NAME, without a password")
    parser.set_defaults(run=run)
    return parser


def _upgrade(arguments: argparse.Namespace) -> int:
    """Bring the tables up to date, and seal books that are from before the chain."""
    config = config_of(arguments)
    with database_faults_as_answers():
        if sqlite_path(config.database_url) is None:
            upgrade(_owner(arguments), datetime.now(UTC).date())
        database = open_database(config.database_url, database_password(config))
        try:
            if sqlite_path(config.database_url) is not None:
                migrate(database)
            secret = config.ledger.chain_key.reveal()
            is_sealed_now = seal_old_books(database, secret, microseconds(datetime.now(UTC)))
        finally:
            database.dispose()
    out("the books are up to date" + (", and sealed from now on" if is_sealed_now else ""))
    return 0


def _move(arguments: argparse.Namespace) -> int:
    config = config_of(arguments)
    if sqlite_path(config.database_url) is None:
        cure = "name the configuration of the embedded books"
        raise CommandFault(f"{config.file}: database.url: these books are on a server already; cure: {cure}")
    url = _owner(arguments)
    with database_faults_as_answers():
        upgrade(url, datetime.now(UTC).date())
        source, target = open_database(config.database_url), open_database(url)
        try:
            require_newest(source)
            compared = move_books(source, target, _judge(config), _say)
        finally:
            source.dispose()
            target.dispose()
    for table in compared:
        sums = ", ".join(f"{name} {sum_:,}" for name, sum_ in table.sums.items())
        out(f"{table.table:<15} {table.rows:>12,} rows   sums agree" + (f": {sums}" if sums else ""))
    out(
        "",
        "Everything is there, and the chain is whole. Next:",
        f'  in {config.file}: url = "{url_for(url, GATEWAY_ROLE)}"',
        "  and below it: password_file = the file that powertill init wrote for this role",
        "  then start the gateway, and keep the embedded database as it is",
    )
    return 0


def _judge(config: Config) -> Callable[[JournalReader], list[str]]:
    secret = config.ledger.chain_key.reveal()
    return lambda moved: verify(moved.sealed(), secret, moved.standing(), {}).findings


def _say(table: str, rows: int) -> None:
    """Show on a terminal how far the copying is."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{table:<15} {rows:>12,}")
        sys.stderr.flush()


def _owner(arguments: argparse.Namespace) -> str:
    if arguments.owner is None:
        raise CommandFault("--owner is missing; cure: name the database as its owner reaches it")
    try:
        return owner_url(arguments.owner, "--owner")
    except ConfigFault as fault:
        raise CommandFault(str(fault)) from None
