"""The gateway's end of the PKCS#11 worker: a child process, frames on its pipes, and how it ended."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol

from adapters.keys.worker_words import FrameFault, Frames, framed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twisted.python.failure import Failure

_WORKER: Final = "adapters.keys.pkcs11_worker"
#: Isolated: neither the environment nor the folder it is started in decides what it imports.
_PYTHON: Final = (sys.executable, "-I", "-m", _WORKER)


@dataclass(frozen=True, slots=True)
class Pkcs11Place:
    """Where the keys are: the module's file, the label of its token, and what the module reads at its start.

    ``environment`` is all that the worker gets of ours; a module's manual says what it wants
    (SOFTHSM2_CONF). It is no place for a secret: whoever runs as this user can read it.
    """

    module: str
    token: str
    environment: Mapping[str, str] = field(default_factory=dict)


class WorkerLink(ProcessProtocol):
    """One life of the worker. ``heard`` gets each frame, ``ended`` is called once with the raw wait status.

    What the worker writes to standard error is read and thrown away: a module may write anything there.
    """

    transport: Any  # Twisted's IProcessTransport, whose methods carry no types

    def __init__(
        self, heard: Callable[[WorkerLink, dict[str, Any]], None], ended: Callable[[WorkerLink, int], None]
    ) -> None:
        self._heard = heard
        self._ended = ended
        self._frames = Frames()
        self._is_closed = False
        self.pid: int | None = None

    def spawn(self, reactor: Any, place: Pkcs11Place) -> None:  # noqa: ANN401 - Twisted's reactor carries no types
        """Start the worker; it says when it is ready to hear the PIN."""
        command = [*_PYTHON, place.module, place.token]
        # Without a PATH, what the C library would look for in it is looked for in the current folder.
        environment = {"PATH": os.defpath, **place.environment}
        self.pid = reactor.spawnProcess(self, command[0], command, env=environment, path="/").pid

    def send(self, words: dict[str, Any]) -> None:
        """Write a frame."""
        self.transport.write(framed(words))

    def close(self) -> None:
        """Let it end by itself: its input is over."""
        self._is_closed = True
        self.transport.closeStdin()

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        with suppress(ProcessExitedAlready):
            self.transport.signalProcess("KILL")

    def outReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take what the worker says; what is no frame is its end."""
        try:
            frames = self._frames.receive(octets)
        except FrameFault:
            self.kill()
            return
        for words in frames:
            self._heard(self, words)

    def outConnectionLost(self) -> None:  # noqa: N802 - likewise
        """Without answers it is of no use, even if it should go on; one that was told to end may end."""
        if not self._is_closed:
            self.kill()

    def processEnded(self, reason: Failure) -> None:  # noqa: N802 - likewise
        """Say how it ended."""
        self._ended(self, getattr(reason.value, "status", 0) or 0)
