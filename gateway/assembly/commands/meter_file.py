"""The file in which a virtual meter lies between two calls of ``powertill meter-sim``.

It is of mode 0600: once key change tokens were typed it holds the meter's new key, or parts of it, which
nobody could derive again from the options that describe the meter as it was made.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from gateway.assembly.commands.terminal import CommandFault
from gateway.simulators.meter import MeterKind, VirtualMeter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.core.token import StsIdentity

STATE_BYTES_MAX: Final = 32 * 1024
"""Fifty token ids, 63 registers, 512 flags and a key: far less than this."""

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@contextmanager
def alone_with(file: Path) -> Iterator[None]:
    """Let no other command type into a meter of this folder meanwhile: it would forget what this one took."""
    try:
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as fault:
        raise CommandFault(
            f"--state: {file.parent} cannot be opened: {fault.strerror}; the meter has not taken the token; "
            "cure: make the folder"
        ) from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def meter_in(file: Path, identity: StsIdentity, decoder_key: bytes, kind: MeterKind) -> VirtualMeter:
    """Give the meter of the file as it was left, or a new one; CommandFault for any other file."""
    found = _read(file)
    if found is None:
        return VirtualMeter(identity, decoder_key, kind)
    if found.get("pan") != identity.pan:
        raise CommandFault(f"--state: {file} is the state of another meter; cure: a file for each meter")
    try:
        state, keys = found["meter"], found["keys"]
        return VirtualMeter.from_state(identity, decoder_key, state, kind, key_state=keys)
    except (KeyError, TypeError, ValueError):
        # The text of the fault is not handed on: what lies in the file may be a key.
        raise CommandFault(
            f"--state: {file} is not what this meter left, or it was of another kind; cure: the options it "
            f"was made with, or another file"
        ) from None


def keep_in(file: Path, meter: VirtualMeter) -> None:
    """Replace the file as a whole: after a power cut it is the old one or the new one."""
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    text = json.dumps({"pan": meter.identity.pan, "meter": meter.state(), "keys": meter.key_state()})
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        fresh.replace(file)
    except OSError as fault:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise CommandFault(
            f"--state: {file} cannot be written: {fault.strerror}; the meter has not taken the token"
        ) from None


def _read(file: Path) -> dict[str, Any] | None:
    """Read the file, None where there is none; ``Any`` because the meter itself judges what is in it."""
    try:
        # A pipe in its place must not hold up the command for ever.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            found = json.loads(opened.read(STATE_BYTES_MAX))
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise CommandFault(f"--state: {file} cannot be read: {fault.strerror}; cure: name a file") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CommandFault(f"--state: {file} is not the state of a meter; cure: name another file")
    if found.get("keys") is not None:
        refuse_open(file, mode)
    return found


def refuse_open(file: Path, mode: int) -> None:
    """Refuse a file with a secret in it that others may read."""
    if mode & _OTHERS:
        raise CommandFault(f"--state: {file} holds a key and others may read it; cure: chmod 600 {file}")
