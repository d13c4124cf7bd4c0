"""What a station must not forget: purchases under way, line by line, each on the disk before it is acted on.

    length, a space, chain, a space, JSON, a line feed          the chain is over all lines before it too
    0061 5b0c… {"journal":"powertill-station","version":1,"seed":"…"}
    0189 91ee… {"id":"…","step":"intent",…}

A line that was cut off by a failure of power is the last one and has no line feed, or has bytes of nothing in
it, as a file system leaves them: it is cut off and told. What it would have said was not acted on. Any other
fault refuses the start: somebody has to look at it, and not sell meanwhile.

No secret is in it, and no number of a bank's card. Two programs never share one: a lock file is held.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from card_station.purchase import Purchase, purchase_read, purchase_said

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes from which on it is written anew with what is not over: a day of a busy counter, and nobody waits
#: for so little.
COMPACT_BYTES: Final = 256 * 1024

#: Bytes that are read at the start: with what is unfinished it never becomes so large.
BYTES_MAX: Final = 8 * 1024 * 1024

#: Purchases that may be unfinished: then the counter has other work than to begin more of them.
UNFINISHED_MAX: Final = 40

_CHAIN_DIGITS: Final = 16
_NAME: Final = "powertill-station"
_VERSION: Final = 1
_dumps = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode


class JournalFault(Exception):  # noqa: N818 - said to the one at the counter as it is
    """The journal cannot be used; the text names the file, what is wrong and the cure."""


@dataclass(slots=True)
class _Read:
    """What stands in a journal: the purchases, the chain's last link, the bytes that are whole."""

    purchases: dict[str, Purchase]
    chain: str
    size: int
    cut: int


class Journal:
    """The journal of a station: opened, it holds its lock until ``close``. All calls block."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = _locked(file)
        try:
            read = _created(file) if not file.exists() else _read(file)
            self._purchases = read.purchases
            self._chain = read.chain
            self._size = read.size
            #: Bytes of a line that was cut off at the start.
            self.cut = read.cut
            self._is_broken = False
            self._handle = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
            if read.cut:
                os.ftruncate(self._handle, read.size)
                os.fsync(self._handle)
        except OSError as fault:
            os.close(self._lock)
            raise JournalFault(
                f"{file}: cannot be opened: {fault.strerror}; cure: look at the folder and its rights"
            ) from None
        except JournalFault:
            os.close(self._lock)
            raise

    @property
    def purchases(self) -> tuple[Purchase, ...]:
        """What is not over, in the order in which it was begun."""
        return tuple(one for one in tuple(self._purchases.values()) if one.is_live)

    def get(self, id_: str) -> Purchase | None:
        """Give a purchase by its id; None where it is over and forgotten."""
        return self._purchases.get(id_)

    def write(self, purchase: Purchase) -> None:
        """Note a step; it is on the disk when this returns. JournalFault: nothing may follow from it."""
        if self._is_broken:
            raise JournalFault(f"{self._file}: could not be written before; cure: restart the station")
        try:
            self._append(_dumps(purchase_said(purchase)))
        except OSError as fault:
            # What of it is on the disk nobody knows; at the next start it is a line that was cut off.
            self._is_broken = True
            raise JournalFault(
                f"{self._file}: cannot be written: {fault.strerror}; cure: make room, and restart the station"
            ) from None
        self._purchases[purchase.id] = purchase
        if self._size > COMPACT_BYTES:
            self._compact()

    def close(self) -> None:
        """Let go of it."""
        os.close(self._handle)
        os.close(self._lock)

    def _append(self, text: str) -> None:
        line, chain = _line(text, self._chain)
        _written(self._handle, line, self._size)
        self._chain, self._size = chain, self._size + len(line)

    def _compact(self) -> None:
        """Write it anew with what is not over; the old one stands until the new one is on the disk."""
        live = {one.id: one for one in self.purchases}
        lines = [_head(), *(_dumps(purchase_said(one)) for one in live.values())]
        try:
            chain, size = _made(self._file, lines)
            handle = os.open(self._file, os.O_WRONLY | os.O_CLOEXEC)
        except OSError as fault:
            self._is_broken = True
            raise JournalFault(
                f"{self._file}: cannot be written anew: {fault.strerror}; "
                "cure: make room, and restart the station"
            ) from None
        os.close(self._handle)
        self._handle, self._purchases, self._chain, self._size = handle, live, chain, size


def _locked(file: Path) -> int:
    """Hold the lock beside the journal, which is another file after it was written anew."""
    beside = file.with_suffix(".lock")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise JournalFault(
            f"{beside}: cannot be made: {fault.strerror}; cure: look at the folder and its rights"
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise JournalFault(
            f"{file}: another program has it; cure: end the other station, or name another journal"
        ) from None
    return handle


def _created(file: Path) -> _Read:
    chain, size = _made(file, [_head()])
    return _Read({}, chain, size, 0)


def _head() -> str:
    """The first line; the seed makes chains of two journals differ."""
    return _dumps({"journal": _NAME, "version": _VERSION, "seed": secrets.token_hex(8)})


def _made(file: Path, lines: list[str]) -> tuple[str, int]:
    """Make a journal of these lines in the place of another: whole, or not at all."""
    new, chain, octets = file.with_suffix(".new"), "", b""
    for text in lines:
        line, chain = _line(text, chain)
        octets += line
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _written(handle, octets, 0)
    finally:
        os.close(handle)
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # The name of a new file is the folder's: without this it could be gone after a failure of power.
        os.fsync(folder)
    finally:
        os.close(folder)
    return chain, len(octets)


def _written(handle: int, octets: bytes, at: int) -> None:
    done = 0
    while done < len(octets):
        done += os.pwrite(handle, octets[done:], at + done)
    os.fsync(handle)


def _line(text: str, chain: str) -> tuple[bytes, str]:
    link = sha256(f"{chain}{text}".encode()).hexdigest()[:_CHAIN_DIGITS]
    return f"{len(text):04d} {link} {text}\n".encode(), link


def _read(file: Path) -> _Read:
    if file.stat().st_size > BYTES_MAX:
        raise _damaged(file, 1, f"is larger than {BYTES_MAX} bytes")
    octets = file.read_bytes()
    whole, _, tail = octets.rpartition(b"\n")
    lines = whole.split(b"\n") if whole else []
    cut = len(tail)
    if lines and b"\0" in lines[-1]:
        cut += len(lines.pop()) + 1
    if not lines:
        raise _damaged(file, 1, "has no head")
    purchases: dict[str, Purchase] = {}
    chain = ""
    for number, line in enumerate(lines, 1):
        said, chain = _said(file, number, line, chain)
        if number == 1:
            _check_head(file, said)
            continue
        try:
            one = purchase_read(said)
        except (KeyError, TypeError, ValueError):
            raise _damaged(file, number, "is no purchase") from None
        purchases[one.id] = one
    return _Read(purchases, chain, len(octets) - cut, cut)


def _said(file: Path, number: int, line: bytes, chain: str) -> tuple[dict[str, Any], str]:
    length, _, rest = line.partition(b" ")
    link, _, text = rest.partition(b" ")
    wanted, made = _line(text.decode("ascii", "replace"), chain)
    if wanted != line + b"\n" or link.decode("ascii", "replace") != made or not length.isdigit():
        raise _damaged(file, number, "is not as it was written")
    said = json.loads(text)
    if not isinstance(said, dict):
        raise _damaged(file, number, "is no purchase")
    return said, made


def _check_head(file: Path, said: dict[str, Any]) -> None:
    if said.get("journal") != _NAME or said.get("version") != _VERSION:
        raise _damaged(file, 1, f"is not the head of a journal of version {_VERSION}")


def _damaged(file: Path, number: int, what: str) -> JournalFault:
    cure = "do not sell; put the file aside, and have the purchases of this station looked at in the office"
    return JournalFault(f"{file}: line {number} {what}; cure: {cure}")
