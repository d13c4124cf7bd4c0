"""Serves virtual meters: on TCP ports, on pseudo terminals, and as meters that dial in and stay.

    served = Served(reactor)
    await served.listen("127.0.0.1", 4059, [meter])
    served.on_pty(Path("meter"), [meter])
    served.dial("gateway.example", 7000, [meter])
    served.stop()

Several meters given at once are on one line. Nothing runs while nobody asks: a town of thousands is idle.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.protocol import ClientFactory

from gateway.simulators.meters.line import LineFactory, MeterLine, Speaker
from gateway.simulators.meters.pty_line import PtyLine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

    from gateway.simulators.meters.wired import WiredMeter

BACKLOG: Final = 4096
"""Calls that wait to be taken: all sessions of a round may come at once."""

DIAL_AGAIN_S: Final = 1
"""Seconds before a meter whose call was lost or not taken dials again, the first time."""

DIAL_AGAIN_S_MAX: Final = 60
"""Seconds between two calls at most: what modems of meters are set to is a minute or more."""

DIAL_S_MAX: Final = 30
"""Seconds that a call may take to be answered."""


class Dialler(ClientFactory):
    """Meters that dial in and stay; a call that is lost is made again, later each time that it fails."""

    noisy = False

    def __init__(self, line: LineFactory, dial: Callable[[Dialler], Any], dice: random.Random) -> None:
        self._line = line
        self._dial = dial
        self._dice = dice
        self._wait_s = DIAL_AGAIN_S
        self._connector: Any = None
        self._again: Any = None
        self._is_over = False

    def begin(self, after_s: int = 0) -> None:
        """Dial, after so many seconds at most: a whole town does not dial at once."""
        self._later(after_s)

    def stop(self) -> None:
        """Hang up, and dial no more."""
        self._is_over = True
        if self._again is not None and self._again.active():
            self._again.cancel()
        if self._connector is not None:
            self._connector.disconnect()

    def buildProtocol(self, addr: IAddress | None) -> MeterLine:  # noqa: N802 - Twisted calls it
        """The call was answered."""
        self._wait_s = DIAL_AGAIN_S
        return self._line.buildProtocol(addr)

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:  # noqa: ARG002, N802 - likewise
        """The call was not answered: dial again, later than the last time."""
        self._missed()

    def clientConnectionLost(self, connector: object, reason: Failure) -> None:  # noqa: ARG002, N802 - likewise
        """The call is over: dial again."""
        self._missed()

    def _missed(self) -> None:
        self._connector = None
        wait_s, self._wait_s = self._wait_s, min(2 * self._wait_s, DIAL_AGAIN_S_MAX)
        self._later(wait_s)

    def _later(self, within_s: int) -> None:
        """Dial within the second half of so many seconds."""
        if self._is_over:
            return
        wait_s = self._dice.uniform(within_s / 2, within_s)
        self._again = self._line.time.callLater(wait_s, self._call)

    def _call(self) -> None:
        self._connector = self._dial(self)


class Served:
    """The lines of a process. ``keep`` is called before meters confirm what they were told (``Speaker``)."""

    def __init__(self, reactor: Any, keep: Callable[[], bool] | None = None, seed: int = 0) -> None:  # noqa: ANN401 - Twisted's own
        self._reactor = reactor
        self._keep = keep or (lambda: True)
        self._dice = random.Random(seed)  # noqa: S311 - when to dial is no secret
        self._ports: list[Any] = []
        self._ptys: list[tuple[PtyLine, Speaker]] = []
        self._diallers: list[Dialler] = []

    @property
    def ports(self) -> tuple[int, ...]:
        """The TCP ports that are listened on; where 0 was asked for, the ones that were found."""
        return tuple(port.getHost().port for port in self._ports)

    def listen(self, host: str, port: int, meters: Sequence[WiredMeter], *, is_for_one: bool = False) -> int:
        """Listen; gives the port. ``CannotListenError`` where it is taken."""
        line = LineFactory(meters, self._reactor, is_for_one=is_for_one, keep=self._keep)
        listening = self._reactor.listenTCP(port, line, backlog=BACKLOG, interface=host)
        self._ports.append(listening)
        found: int = listening.getHost().port
        return found

    def on_pty(self, link: Path, meters: Sequence[WiredMeter]) -> None:
        """Serve on a pseudo terminal that this name leads to; OSError where that cannot be."""
        lines: list[tuple[PtyLine, Speaker]] = []

        def heard(octets: bytes) -> None:
            lines[0][1].hear(octets)

        pty = PtyLine(link, heard, self._reactor)
        speaker = Speaker([meter.face() for meter in meters], self._reactor, pty.say, self._keep)
        lines.append((pty, speaker))
        self._ptys += lines

    def dial(
        self, host: str, port: int, meters: Sequence[WiredMeter], *, hello: bytes = b"", within_s: int = 0
    ) -> None:  # fmt: skip
        """Dial, and stay; the first call is made within so many seconds."""
        line = LineFactory(meters, self._reactor, hello=hello, keep=self._keep)

        def call(dialler: Dialler) -> Any:  # noqa: ANN401 - Twisted's connector
            return self._reactor.connectTCP(host, port, dialler, timeout=DIAL_S_MAX)

        dialler = Dialler(line, call, self._dice)
        self._diallers.append(dialler)
        dialler.begin(within_s)

    def stop(self) -> None:
        """Hang up, and take all ports and names away."""
        for port in self._ports:
            port.stopListening()
        for pty, speaker in self._ptys:
            speaker.stop()
            pty.close()
        for dialler in self._diallers:
            dialler.stop()
        self._ports, self._ptys, self._diallers = [], [], []
