"""A meter's keys in a file, with the counter that is never used twice."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlms.security import COUNTER_MAX, KEY_SIZE, TITLE_SIZE, Sealing, SoftwareCipher
from gateway.core.contact import ContactFault, ContactWhy
from gateway.secret import SecretFileFault, read_secret

if TYPE_CHECKING:
    from pathlib import Path

_CHALLENGE_SIZE: Final = 16


class KeyFileFault(ContactFault):
    """The keys cannot be had; ``is_busy``: another program uses them just now."""

    def __init__(self, said: str, *, is_busy: bool = False) -> None:
        super().__init__(ContactWhy.AUTH, said)
        self.is_busy = is_busy


class KeyFile:
    """A meter's keys (DLMS, suite 0) in a file of mode 0600, with the counter that is never used twice.

        {"encryption": "32 hex digits", "authentication": "32 hex digits",
         "title": "16 hex digits, our own", "counter": 1}

    The counter is written before anything is sent with it, so that one that broke off skips numbers and uses
    none again. The file is kept for one program until that ends: two would use the same numbers.
    """

    def __init__(self, file: Path) -> None:
        # Where the name leads now: a link stays one when the counter is written.
        self._file = file.resolve()
        self._kept = self._keep()
        try:
            self._read(file)
        except KeyFileFault:
            # Whoever puts the file right must not find it kept by us.
            self.release()
            raise

    def sealing(self) -> Sealing:
        """Give what seals, from the next counter on."""
        return Sealing(self._cipher, self._title, self._found["counter"])

    def used(self, counter: int) -> None:
        """Write the next counter into the file, whole or not at all."""
        self._found["counter"] = counter
        fresh = self._file.with_name(self._file.name + ".new")
        try:
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
                opened.write(json.dumps(self._found) + "\n")
                opened.flush()
                os.fsync(opened.fileno())
                # Kept before it has the name, so that nobody finds it free.
                kept = os.dup(opened.fileno())
                fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fresh.replace(self._file)
            _sync_folder(self._file.parent)
        except OSError as fault:
            raise KeyFileFault(f"{self._file} cannot be written: {fault.strerror}") from None
        before, self._kept = self._kept, kept
        os.close(before)

    def release(self) -> None:
        """Let others have the file; the end of the program does so too."""
        os.close(self._kept)

    def _read(self, file: Path) -> None:
        try:
            found = json.loads(read_secret(file).reveal())
            keys = [bytes.fromhex(found[name]) for name in ("encryption", "authentication", "title")]
            counter = found["counter"]
        except SecretFileFault as fault:
            raise KeyFileFault(f"{fault}") from None
        except (ValueError, KeyError, TypeError):
            raise KeyFileFault(f"{file} is not of its form; cure: {self._form()}") from None
        sizes = [len(key) for key in keys]
        if sizes != [KEY_SIZE, KEY_SIZE, TITLE_SIZE] or type(counter) is not int:
            raise KeyFileFault(f"{file} is not of its form; cure: {self._form()}")
        if not 0 <= counter <= COUNTER_MAX:
            raise KeyFileFault(f"counter in {file} must be from 0 to {COUNTER_MAX}")
        self._found = found
        self._cipher = SoftwareCipher(keys[0], keys[1])
        self._title = keys[2]

    def _keep(self) -> int:
        """Keep the file for us; KeyFileFault where another program has it."""
        try:
            kept = os.open(self._file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as fault:
            said = f"{self._file} cannot be read: {fault.strerror}; cure: name the meter's keys"
            raise KeyFileFault(said) from None
        try:
            fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another program may have written its counter between the two calls: into a new file.
            is_ours = os.path.samestat(os.fstat(kept), self._file.stat())
        except BlockingIOError:
            is_ours = False
        except OSError as fault:
            os.close(kept)
            said = f"{self._file} cannot be kept for one program: {fault.strerror}"
            raise KeyFileFault(f"{said}; cure: put it on a disk of this machine") from None
        if not is_ours:
            os.close(kept)
            said = f"another program uses {self._file}; cure: wait until it has ended"
            raise KeyFileFault(said, is_busy=True)
        return kept

    def challenge(self) -> bytes:
        """Draw a challenge."""
        return secrets.token_bytes(_CHALLENGE_SIZE)

    def _form(self) -> str:
        return "encryption and authentication (32 hex digits), title (16) and counter as one JSON object"


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk too: after a power cut the old counter would be used again."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
