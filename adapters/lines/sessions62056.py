"""Sessions of IEC 62056-21 with one meter, one after the other: read-outs, programming, and the way to HDLC.

Each session ends before the next begins. A meter that may still wait for our commands, as a session broke
off, is told that we leave (B0) before it is asked anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.lines.exchange import Exchange, Out, Sent
from adapters.lines.session62056 import Session
from gateway.codecs.iec62056_21.centre import Centre
from gateway.codecs.iec62056_21.commands import BREAK, Command
from gateway.codecs.iec62056_21.events import Answer, Identified, MeterError, ReadOut
from gateway.codecs.iec62056_21.identification import Identification, Mode, Purpose
from gateway.codecs.iec62056_21.states import CentreState
from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from adapters.lines.talk import Wanted
    from adapters.lines.wire import Wire
    from gateway.codecs.iec62056_21.datasets import DataSet, Sets
    from gateway.ports import Clock

SIGN_ON_TRIES_MAX: Final = 3
"""Times that a meter is asked who is there: the first may meet one that sleeps, or a head that wakes up."""

TURN_MS: Final = 200
"""Milliseconds of quiet before B0 (IEC 62056-21, 6.3.2: tr of the slower meters)."""

BETWEEN_SESSIONS_MS: Final = 1_500
"""Milliseconds of quiet between two sessions: a meter has given up by then what it waited for."""

SENT_MS: Final = 5_000
"""Milliseconds until what we say at the end is out: nine characters, and what was under way before them."""

HDLC_SETTLE_MS: Final = 500
"""Milliseconds until a meter that has echoed our choice of HDLC has changed its line."""


class Sessions:
    """What is said to one meter by its address, or to whoever is alone on the line ("")."""

    def __init__(self, wire: Wire, clock: Clock, wanted: Wanted) -> None:
        self._wire = wire
        self._exchange = Exchange(wire, clock)
        self._wanted = wanted
        self._slack_ms = wire.slack_ms + wanted.model.slack_ms
        self._session: Session | None = None
        self._is_first = True
        #: True while a meter may wait for our commands, and so must be told that we leave.
        self._is_awaited = False
        self._barred: ContactFault | None = None
        #: Who answered last.
        self.who: Identification | None = None

    @property
    def is_readable_only(self) -> bool:
        """True where the meter has a read-out and no programming mode."""
        return self.who is not None and self.who.mode not in (Mode.C, Mode.E)

    async def read_out(self) -> Sets:
        """Have the meter say all that it says by itself."""
        who = await self._sign_on()
        if who.mode in (Mode.C, Mode.E):
            event = await self._do(lambda centre: centre.choose(Purpose.READ_OUT))
        else:
            event = await self._heard()
        return _whole(event)

    async def pushed(self) -> Sets:
        """Wait for a meter that speaks by itself (mode D)."""
        self._begin()
        event = await self._do(Centre.listen)
        return _whole(await self._heard() if isinstance(event, Identified) else event)

    async def program(self) -> None:
        """Get into the programming mode, with the password; ``ContactFault`` says why not."""
        kind, password = self._proof()
        if self._barred is not None:
            # Meters shut out whoever tries a wrong password again and again.
            raise self._barred
        who = await self._sign_on()
        if self.is_readable_only:
            said = f"a meter of mode {who.mode.value} has a read-out only: it takes no commands"
            raise ContactFault(ContactWhy.REFUSED, said)
        self._is_awaited = True
        await self._do(lambda centre: centre.choose(Purpose.PROGRAM))
        try:
            await self._do(lambda centre: centre.unlock(password, kind=kind))
        except ContactFault as fault:
            self._barred = fault if fault.why is ContactWhy.AUTH else None
            raise

    async def say(self, command: Command) -> tuple[DataSet, ...]:
        """Read, write or execute; give what was read. ``ContactFault`` where the meter says an error."""
        if not self.is_open:
            raise ContactFault(ContactWhy.LOST, "the meter has left the session meanwhile")
        event = await self._do(lambda centre: centre.say(command))
        if isinstance(event, MeterError):
            raise ContactFault(ContactWhy.REFUSED, f"the meter refuses: {event.text}")
        if isinstance(event, Answer):
            if event.sets.unread:
                line = event.sets.unread[0].line
                raise ContactFault(ContactWhy.GARBLED, f"line {line} of the answer is no data set")
            return event.sets.sets
        return ()

    async def pause(self, ms: int) -> None:
        """Wait; the session stays as it is."""
        await self._exchange.pause(ms)

    async def end(self) -> None:
        """Tell a meter that may wait for our commands that we leave (B0), and wait until that is out."""
        if self._is_awaited and not self._exchange.is_over:
            self._exchange.put([Out(Command(BREAK).encoded, TURN_MS), Sent()])
            await self._until_sent()
            self._is_awaited = False

    async def leave(self) -> None:
        """End, and let the wire go."""
        await self.end()
        self._exchange.end()

    async def hand_over(self) -> None:
        """Have a meter of mode E change to HDLC, and let the wire go: it is DLMS's then."""
        who = await self._sign_on()
        if who.mode is not Mode.E:
            said = f"the meter offers no HDLC, it says {who.text}; cure: a model of IEC 62056-21"
            raise ContactFault(ContactWhy.REFUSED, said)
        chosen = self._now.does(lambda centre: centre.choose(Purpose.BINARY))
        self._exchange.put([*chosen, Sent()])
        await self._until_sent()
        await self._exchange.pause(HDLC_SETTLE_MS)
        if self._exchange.is_over:
            await self._heard()
        self._exchange.end()

    @property
    def is_open(self) -> bool:
        """True where a command can be said in the session that there is."""
        return self._session is not None and self._session.state is CentreState.OPEN

    # Steps.

    @property
    def _now(self) -> Session:
        assert self._session is not None, "signed on before"  # noqa: S101 - of our own code
        return self._session

    def _begin(self) -> Session:
        centre = Centre(
            self._wanted.address, slack_ms=self._slack_ms, is_speed_fixed=self._wire.is_speed_fixed
        )
        self._session = Session(centre)
        self._exchange.use(self._session)
        return self._session

    async def _sign_on(self) -> Identification:
        """Ask who is there, with some patience: nothing changes by it."""
        await self.end()
        tries = 0
        while True:
            said = self._begin().does(Centre.sign_on)
            pause_ms, self._is_first = (0 if self._is_first else BETWEEN_SESSIONS_MS), False
            self._exchange.put(_later(one, pause_ms) for one in said)
            tries += 1
            try:
                event = await self._heard()
            except ContactFault as fault:
                if self._exchange.is_over or tries == SIGN_ON_TRIES_MAX:
                    raise ContactFault(fault.why, f"{fault}; asked {tries} times") from None
            else:
                assert isinstance(event, Identified), "what answers a request"  # noqa: S101 - our own codec
                self.who = event.identification
                return event.identification

    async def _do(self, say: Any) -> Any:  # noqa: ANN401 - what the centre says, and its events
        """Let the centre say something, and give what comes of it; ``ContactFault`` where it is one."""
        self._exchange.put(self._now.does(say))
        return await self._heard()

    async def _heard(self) -> Any:  # noqa: ANN401 - the centre's events
        event = await self._exchange.next()
        if isinstance(event, ContactFault):
            if event.why is ContactWhy.LOST:
                self._is_awaited = False
            raise event
        return event

    async def _until_sent(self) -> None:
        try:
            while not isinstance(await self._exchange.next(within_ms=SENT_MS), Sent):
                continue
        except ContactFault:
            # The wire is over, or chatters: a meter that hears nothing leaves by itself.
            return

    def _proof(self) -> tuple[str, str]:
        """Give the kind of the password and the password."""
        proof, password = self._wanted.model.proof, self._wanted.password
        if proof != "none" and not password:
            said = "a programming session needs the meter's password, and none was given"
            raise ContactFault(ContactWhy.AUTH, said)
        if not password.isascii() or not password.isprintable() or set(password) & set("()/!"):
            said = "the password has characters that IEC 62056-21 cannot say"
            raise ContactFault(ContactWhy.AUTH, said)
        return ("P2" if proof == "P2" else "P1"), password


def _later(one: Any, pause_ms: int) -> Any:  # noqa: ANN401 - of the centre's events
    return one._replace(after_ms=one.after_ms + pause_ms) if isinstance(one, Out) else one


def _whole(event: Any) -> Sets:  # noqa: ANN401 - of the centre's events
    assert isinstance(event, ReadOut), "what a read-out ends with"  # noqa: S101 - of our own codec
    if event.is_crc_right is False:
        said = "the CRC-16 behind the telegram does not fit it; cure: see to the line, there is noise on it"
        raise ContactFault(ContactWhy.CHECKSUM, said)
    return event.sets
