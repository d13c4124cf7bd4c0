"""The file in which a virtual meter of a line lies while it is not served, of mode 0600.

It is written before the meter confirms an order, once a minute for what is only counted, and at the end. Its
password may have been changed over the wire, and its key by tokens: so it is for its owner only.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from gateway.assembly.commands.meter_file import refuse_open
from gateway.assembly.commands.terminal import CommandFault, complain
from gateway.simulators.meter import VirtualMeter
from gateway.simulators.meters.house_state import plain, restore
from gateway.simulators.meters.purse import TokenPurse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.simulators.meters.house import House

    StsMaker = Callable[[dict[str, Any], dict[str, Any] | None], VirtualMeter]

KEPT_OCTETS_MAX: Final = 4 * 1024 * 1024
"""Octets of the file: a year of quarter-hours in a load profile has two million."""

KEEP_EVERY_S: Final = 60
"""Seconds after which what was only counted is written: a minute of energy is lost at a power cut."""


class KeptHouse:
    """A house and its file. ``keep`` writes where an order has changed something."""

    def __init__(self, house: House, file: Path) -> None:
        self._house = house
        self._file = file
        self._written = -1

    def keep(self) -> bool:
        """Write after an order; False, and a sentence, where that cannot be."""
        return self._house.changes == self._written or self.write()

    def write(self) -> bool:
        """Replace the file as a whole: after a power cut it is the old one or the new one."""
        fresh = self._file.with_name(f"{self._file.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
                json.dump(_state(self._house), opened)
                opened.flush()
                os.fsync(opened.fileno())
            fresh.replace(self._file)
        except OSError as fault:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            why = fault.strerror
            complain(f"--state: {self._file} cannot be written: {why}; nothing is confirmed")
            return False
        self._written = self._house.changes
        return True


@contextmanager
def kept(house: House, file: Path, sts_of: StsMaker) -> Iterator[KeptHouse]:
    """Give the house what its file says, and let no other process serve it meanwhile.

    ``sts_of`` makes the STS meter of a house that takes tokens, of its two states. CommandFault where the
    file is another meter's, or cannot be used.
    """
    try:
        lock = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise CommandFault(
            f"--state: {file.parent} cannot be written: {fault.strerror}; cure: make the folder"
        ) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandFault(
                f"--state: {file} is served by another process; cure: stop that one, or name another file"
            ) from None
        found = _read(file)
        if found is not None:
            _give(house, found, file, sts_of)
        yield KeptHouse(house, file)
    finally:
        os.close(lock)


def _state(house: House) -> dict[str, Any]:
    state: dict[str, Any] = {"house": plain(house), "sts": None}
    purse = house.purse
    if isinstance(purse, TokenPurse) and isinstance(purse.sts, VirtualMeter):
        sts = purse.sts
        state["sts"] = {"pan": sts.identity.pan, "meter": sts.state(), "keys": sts.key_state()}
    return state


def _read(file: Path) -> dict[str, Any] | None:
    """Read the file, None where there is none; ``Any`` because the house itself judges what is in it."""
    try:
        # A pipe in its place must not hold up the command for ever.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            found = json.loads(opened.read(KEPT_OCTETS_MAX))
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise CommandFault(f"--state: {file} cannot be read: {fault.strerror}; cure: name a file") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CommandFault(f"--state: {file} is not the state of a meter; cure: name another file")
    refuse_open(file, mode)
    return found


def _give(house: House, found: dict[str, Any], file: Path, sts_of: StsMaker) -> None:
    try:
        is_given = _is_given(house, found, sts_of)
    except (KeyError, TypeError, ValueError):
        # The text of the fault is not handed on: what lies in the file may be a key.
        is_given = False
    if not is_given:
        raise CommandFault(
            f"--state: {file} is not what this meter left, or it was of another kind; cure: the options it "
            f"was made with, or another file"
        )


def _is_given(house: House, found: dict[str, Any], sts_of: StsMaker) -> bool:
    """Give the house its state, unless it is another meter's; what is none raises."""
    state, sts, purse = found["house"], found["sts"], house.purse
    if state["number"] != house.number or isinstance(purse, TokenPurse) != (sts is not None):
        return False
    if isinstance(purse, TokenPurse) and isinstance(purse.sts, VirtualMeter):
        if sts["pan"] != purse.sts.identity.pan:
            return False
        purse.sts = sts_of(sts["meter"], sts["keys"])
    restore(house, state)
    return True
