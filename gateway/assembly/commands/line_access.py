"""What lets an engineer into a meter, from options and files: its model, its password, its keys."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.terminal import CommandFault
from gateway.codecs.dlms.security import COUNTER_MAX, KEY_SIZE, TITLE_SIZE, Sealing, SoftwareCipher
from gateway.codecs.meter_model.fault import ModelFault
from gateway.codecs.meter_model.model import MODELS, TABLE_OCTETS_MAX, model_named, model_of
from gateway.secret import SecretFileFault, read_secret

if TYPE_CHECKING:
    from gateway.codecs.meter_model.model import MeterModel

_CHALLENGE_SIZE: Final = 16


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


class KeyFile:
    """A meter's keys (DLMS, suite 0) in a file of mode 0600, with the counter that is never used twice.

        {"encryption": "32 hex digits", "authentication": "32 hex digits",
         "title": "16 hex digits, our own", "counter": 1}

    The counter is written before anything is sent with it, so that one that broke off skips numbers and uses
    none again.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            found = json.loads(read_secret(file).reveal())
            keys = [bytes.fromhex(found[name]) for name in ("encryption", "authentication", "title")]
            counter = found["counter"]
        except SecretFileFault as fault:
            raise CommandFault(f"--key-file: {fault}") from None
        except (ValueError, KeyError, TypeError):
            raise CommandFault(f"--key-file: {file} is not of its form; cure: {self._form()}") from None
        sizes = [len(key) for key in keys]
        if sizes != [KEY_SIZE, KEY_SIZE, TITLE_SIZE] or type(counter) is not int:
            raise CommandFault(f"--key-file: {file} is not of its form; cure: {self._form()}")
        if not 0 <= counter <= COUNTER_MAX:
            raise CommandFault(f"--key-file: counter in {file} must be from 0 to {COUNTER_MAX}")
        self._found = found
        self._cipher = SoftwareCipher(keys[0], keys[1])
        self._title = keys[2]

    def sealing(self) -> Sealing:
        """Give what seals, from the next counter on."""
        return Sealing(self._cipher, self._title, self._found["counter"])

    def used(self, counter: int) -> None:
        """Write the next counter into the file, whole or not at all."""
        self._found["counter"] = counter
        fresh = self._file.with_name(self._file.name + ".new")
        fresh.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
                opened.write(json.dumps(self._found) + "\n")
                opened.flush()
                os.fsync(opened.fileno())
            fresh.replace(self._file)
        except OSError as fault:
            raise CommandFault(f"--key-file: {self._file} cannot be written: {fault.strerror}") from None

    def challenge(self) -> bytes:
        """Draw a challenge."""
        return secrets.token_bytes(_CHALLENGE_SIZE)

    def _form(self) -> str:
        return "encryption and authentication (32 hex digits), title (16) and counter as one JSON object"


def key_file_in(file: Path | None) -> KeyFile | None:
    """Open a meter's key file; None where none is named."""
    return None if file is None else KeyFile(file)
