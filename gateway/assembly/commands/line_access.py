"""What lets an engineer into a meter, from options and files: its model, its password, its keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault
from gateway.assembly.meter_key_file import KeyFile, KeyFileFault
from gateway.codecs.meter_model.fault import ModelFault
from gateway.codecs.meter_model.model import MODELS, TABLE_OCTETS_MAX, model_named, model_of
from gateway.secret import SecretFileFault, read_secret

if TYPE_CHECKING:
    from gateway.codecs.meter_model.model import MeterModel


def model_in(name: str) -> MeterModel:
    """Give the model of a name, or of a table's file; CommandFault says what is wrong with it."""
    if name in MODELS:
        return model_named(name)
    try:
        with Path(name).open(encoding="utf-8") as table:
            return model_of(table.read(TABLE_OCTETS_MAX + 1))
    except FileNotFoundError:
        known = ", ".join(MODELS)
        raise CommandFault(f"--model {name}: neither a model nor a file; cure: one of {known}") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise CommandFault(f"--model {name}: cannot be read ({fault}); cure: name a table") from None
    except ModelFault as fault:
        raise CommandFault(f"--model {name}: {fault}") from None


def password_in(file: Path | None) -> str:
    """Read a meter's password from a file of mode 0600; nothing where none is named."""
    if file is None:
        return ""
    try:
        return read_secret(file).reveal().decode("ascii")
    except SecretFileFault as fault:
        raise CommandFault(f"--password-file: {fault}") from None
    except UnicodeDecodeError:
        raise CommandFault(f"--password-file: {file} holds no plain letters and digits") from None


def key_file_in(file: Path | None) -> KeyFile | None:
    """Open a meter's key file; None where none is named."""
    if file is None:
        return None
    try:
        return KeyFile(file)
    except KeyFileFault as fault:
        said = f"--key-file: {fault}"
        raise (CommandFault(said, NO_SUCCESS) if fault.is_busy else CommandFault(said)) from None
