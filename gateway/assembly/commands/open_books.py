"""The configuration a command works with, and the books that it names."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.db.journal_reader import JournalReader
from adapters.db.opening import (
    DatabaseFault,
    faults_in_words,
    open_database,
    require_newest,
    sqlite_path,
)
from adapters.db.outbox_desk import OutboxDesk
from adapters.db.posting_batch import LedgerBroken, PostingBatch
from adapters.db.sold_reader import SoldReader
from adapters.db.views import ViewReader
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault
from gateway.assembly.parts import build_calendar, build_database, database_password
from gateway.config import Config, ConfigFault, load_config
from gateway.ports import LedgerBusy, OutcomeUnknown

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from gateway.core.books import Command
    from gateway.core.outcome import Content

#: The first bytes of every SQLite file (sqlite.org, "Database File Format", 1.3).
_SQLITE_HEAD: Final = b"SQLite format 3\x00"

#: The configuration of whoever names none.
DEFAULT_CONFIG: Final = "powertill.toml"


def add_config(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which configuration it works with."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        default=DEFAULT_CONFIG,
        help="the configuration file (default: powertill.toml in this folder)",
    )


def config_of(arguments: argparse.Namespace) -> Config:
    """Read the configuration; what is wrong with it is said with its line."""
    try:
        return load_config(arguments.config)
    except ConfigFault as fault:
        raise CommandFault(str(fault)) from None


@contextmanager
def open_journal(config: Config) -> Iterator[JournalReader]:
    """Open the books for reading, and change nothing: CommandFault where there are none of this version."""
    _require_books(config)
    with database_faults_as_answers():
        database = open_database(config.database_url, database_password(config))
        try:
            require_newest(database)
            with faults_in_words(), JournalReader(database).snapshot() as journal:
                yield journal
        finally:
            database.dispose()


@contextmanager
def open_views(config: Config) -> Iterator[ViewReader]:
    """Open the books for questions, as they stand at one moment; CommandFault as by ``open_journal``."""
    _require_books(config)
    with database_faults_as_answers():
        database = open_database(config.database_url, database_password(config))
        try:
            require_newest(database)
            with faults_in_words(), ViewReader(database).snapshot() as views:
                yield views
        finally:
            database.dispose()


@contextmanager
def open_outbox(config: Config) -> Iterator[OutboxDesk]:
    """Open the outbox beside a running gateway; CommandFault as ``open_journal`` raises it."""
    _require_books(config)
    with database_faults_as_answers():
        database = open_database(config.database_url, database_password(config))
        try:
            require_newest(database)
            yield OutboxDesk(database)
        finally:
            database.dispose()


@contextmanager
def open_sold(config: Config) -> Iterator[SoldReader]:
    """Open the booked sales for reading, beside a running gateway; CommandFault as by ``open_journal``."""
    _require_books(config)
    with database_faults_as_answers():
        database = open_database(config.database_url, database_password(config))
        try:
            require_newest(database)
            with faults_in_words():
                yield SoldReader(database)
        finally:
            database.dispose()


@contextmanager
def open_batch(config: Config) -> Iterator[PostingBatch]:
    """Open the books for posting; CommandFault where there are none."""
    _require_books(config)
    with database_faults_as_answers():
        database = build_database(config)
    secret = config.ledger.chain_key.reveal()
    batch = PostingBatch(database, build_calendar(config), lambda: datetime.now(UTC), secret)
    try:
        yield batch
    finally:
        batch.close()
        database.dispose()


def posted(config: Config, command: Command) -> Content:
    """Post a command of the operator's; what keeps the ledger from booking it is said in words."""
    # What the ledger logs of a database that is busy, with its traceback, is said below in one sentence.
    logging.getLogger("powertill.ledger").addHandler(logging.NullHandler())
    with open_batch(config) as batch:
        try:
            (outcome,) = batch.run([command])
        except LedgerBroken as fault:
            raise CommandFault(f"the database cannot be written: {fault}", NO_SUCCESS) from None
    if isinstance(outcome, LedgerBusy | OutcomeUnknown):
        raise CommandFault(f"{outcome}; cure: run the same command again", NO_SUCCESS)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@contextmanager
def database_faults_as_answers() -> Iterator[None]:
    """End the command with exit code 1 where the database cannot serve: the input was right."""
    try:
        yield
    except DatabaseFault as fault:
        raise CommandFault(str(fault), NO_SUCCESS) from None


def refuse_strange_books(config: Config) -> None:
    """Refuse a file in the place of the books that holds none, or that we may not write to."""
    file = _file_of(config)
    if file is None or not file.exists():
        return
    try:
        with file.open("rb") as opened:
            head = opened.read(len(_SQLITE_HEAD))
    except OSError as fault:
        raise _fault(config, f"{file}: {fault.strerror}", "run as the gateway's user") from None
    if head not in (b"", _SQLITE_HEAD):
        raise _fault(config, f"{file} is not a database", "name the gateway's database in url")
    # Beside the file its log is written, so the folder counts as well.
    if not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        raise _fault(config, f"{file} and its folder cannot be written to", "run as the gateway's user")


def _require_books(config: Config) -> None:
    file = _file_of(config)
    if file is not None and not file.exists():
        cure = "start the gateway once, or make the books with powertill init"
        raise _fault(config, f"{file} is not there", cure)
    refuse_strange_books(config)


def _file_of(config: Config) -> Path | None:
    name = sqlite_path(config.database_url)
    return None if name is None else Path(name)


def _fault(config: Config, what: str, cure: str) -> CommandFault:
    return CommandFault(f"{config.file}: database.url: {what}; cure: {cure}")
