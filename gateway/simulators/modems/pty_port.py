"""A modem's port as a pseudo terminal: what opens its name takes it for a serial port.

A pseudo terminal has no DTR, so the modem goes by who has it open. The kernel tells when somebody opens it
(inotify); from that moment on the name leads to another one, which is the next one's. So nobody finds what
the one before him left unread or half typed, however quickly he comes. When the first has closed his (EIO),
DTR has dropped: the call ends, commands are taken, and whoever has opened the next one has the modem.
Somebody who comes while another has it waits, unheard.
"""

from __future__ import annotations

import errno
import os
import tty
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.inotify import IN_OPEN, INotify
from twisted.internet.interfaces import IReadWriteDescriptor
from twisted.python.filepath import FilePath
from zope.interface import implementer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.simulators.modems.virtual_modem import VirtualModem

UNREAD_OCTETS_MAX: Final = 64 * 1024
"""Octets that wait for the other side to read; what comes on top is lost, as on a line without RTS/CTS."""

WAITERS_MAX: Final = 8
"""Who waits for the modem while another has it; beyond that whoever has waited longest finds it unplugged."""

_READ_SIZE: Final = 4096


class PtyWatch:
    """Hears when somebody opens a pseudo terminal; one for all ports."""

    def __init__(self, reactor: Any) -> None:  # noqa: ANN401 - several interfaces at once
        # Twisted's own carries no types.
        self._notify: Any = INotify(reactor)
        self._notify.startReading()

    def add(self, name: str, opened: Callable[[], object]) -> None:
        """Tell of the next opening."""
        self._notify.watch(FilePath(name), IN_OPEN, callbacks=[lambda _watch, _path, _what: opened()])

    def drop(self, name: str) -> None:
        """Tell no more."""
        self._notify.ignore(FilePath(name))

    def close(self) -> None:
        """Hear nothing any more."""
        self._notify.loseConnection()


@implementer(IReadWriteDescriptor)
class _Pty:
    """One pseudo terminal, from our side: ``came`` is given octets, ``left`` told when nobody has it open."""

    def __init__(self, reactor: Any) -> None:  # noqa: ANN401 - as above
        self._reactor = reactor
        self._near, far = os.openpty()
        self.name = os.ttyname(far)
        os.set_blocking(self._near, False)
        # Without echo and without lines, whoever opens it and does not care.
        tty.setraw(far)
        os.close(far)
        self._unread = b""
        self._came: Callable[[bytes], object] | None = None
        self._left: Callable[[], object] | None = None

    def use(self, came: Callable[[bytes], object], left: Callable[[], object]) -> None:
        """Begin to read: somebody has it."""
        self._came, self._left = came, left
        self._reactor.addReader(self)

    def write(self, octets: bytes) -> None:
        """Let whoever has it have octets."""
        if self._near >= 0:
            self._unread = (self._unread + octets)[:UNREAD_OCTETS_MAX]
            self._reactor.addWriter(self)

    def close(self) -> None:
        """Take it away; whoever has it open finds it unplugged."""
        if self._near >= 0:
            self._came = self._left = None
            self._reactor.removeReader(self)
            self._reactor.removeWriter(self)
            os.close(self._near)
            self._near = -1

    # The reactor's side.

    def fileno(self) -> int:
        """Give our end of the pair."""
        return self._near

    def logPrefix(self) -> str:  # noqa: N802 - Twisted's name
        """Name it in a log."""
        return self.name

    def doRead(self) -> None:  # noqa: N802 - Twisted's name
        """Take octets."""
        try:
            octets = os.read(self._near, _READ_SIZE)
        except BlockingIOError:
            return
        except OSError as fault:
            if fault.errno != errno.EIO:
                raise
            octets = b""
        if not octets:
            self.connectionLost(None)
        elif self._came is not None:
            self._came(octets)

    def doWrite(self) -> None:  # noqa: N802 - Twisted's name
        """Let octets out for as long as the other side takes them."""
        try:
            sent = os.write(self._near, self._unread) if self._unread else 0
        except BlockingIOError:
            return
        except OSError as fault:
            if fault.errno != errno.EIO:
                raise
            sent = len(self._unread)
        self._unread = self._unread[sent:]
        if not self._unread:
            self._reactor.removeWriter(self)

    def connectionLost(self, reason: object) -> None:  # noqa: ARG002, N802 - nobody has it, that is all
        """Learn that nobody has it open, and that all is read."""
        left, self._left = self._left, None
        if left is not None:
            left()


class PtyPort:
    """The port. ``link``: the name by which it is opened; OSError where there is something else already."""

    def __init__(self, reactor: Any, modem: VirtualModem, link: Path, watch: PtyWatch) -> None:  # noqa: ANN401 - as above
        _make_room(link)
        self._reactor = reactor
        self._modem = modem
        self._link = link
        self._watch = watch
        self._held: _Pty | None = None
        self._waiting: deque[_Pty] = deque()
        self._is_closed = False
        modem.closed()
        self._offered = self._offer()

    def close(self) -> None:
        """Take the port away, and its name where it is still ours."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._link.is_symlink() and str(self._link.readlink()) == self._offered.name:
            self._link.unlink()
        self._watch.drop(self._offered.name)
        for pty in (self._offered, *self._waiting, *([] if self._held is None else [self._held])):
            pty.close()
        self._waiting.clear()

    def _offer(self) -> _Pty:
        """Let the name lead to a pseudo terminal that nobody has had."""
        pty = _Pty(self._reactor)
        try:
            self._watch.add(pty.name, self._opened)
            # At once and as a whole: there is no moment without the name.
            fresh = self._link.with_name(f"{self._link.name}.new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(pty.name)
            fresh.replace(self._link)
        except OSError:
            pty.close()
            raise
        return pty

    def _opened(self) -> None:
        """Somebody has opened what was offered."""
        pty = self._offered
        self._watch.drop(pty.name)
        self._offered = self._offer()
        if self._held is None:
            self._hold(pty)
            return
        if len(self._waiting) == WAITERS_MAX:
            self._waiting.popleft().close()
        self._waiting.append(pty)

    def _hold(self, pty: _Pty) -> None:
        self._held = pty
        self._modem.out = pty.write
        self._modem.opened()
        pty.use(self._modem.receive, self._left)

    def _left(self) -> None:
        """Whoever had the modem has closed his."""
        self._modem.closed()
        if self._held is not None:
            self._held.close()
            self._held = None
        if self._waiting:
            self._hold(self._waiting.popleft())


def _make_room(link: Path) -> None:
    """Refuse a name that is in use; one that leads nowhere is of a modem that was killed."""
    if link.exists() or (link.is_symlink() and not str(link.readlink()).startswith("/dev/pts/")):
        raise FileExistsError(errno.EEXIST, "there is something already")
