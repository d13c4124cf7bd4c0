"""The centre's end of a session, sans-I/O: events out, bytes and decisions in.

Whoever holds the line does what ``Send`` and ``ChangeSpeed`` say, feeds in what comes, calls ``expired`` when
``wait_ms`` has gone by without a character, and decides where an event asks for it:

    sign_on()         ──► Identified ──► choose(purpose)     modes A and B: the read-out follows at once
    listen()          ──► Identified ──► ReadOut             mode D: the meter speaks by itself
    choose(READ_OUT)  ──► ReadOut
    choose(PROGRAM)   ──► Challenged ──► unlock(...) ──► Unlocked ──► say(command) ──► Answer | Taken | ...
    choose(BINARY)    ──► Binary: the line is DLMS's                         end() ──► Ended

A ``Fault`` ends the session, but for a password that was not taken. A broken block is asked for three times
again; a command of ours is said again where the meter asks for it. No command is ever said again because no
answer came: what it did is not known, and is read back by whoever gave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.codecs.iec62056_21.characters import ACK, LINE_END, NAK
from gateway.codecs.iec62056_21.commands import (
    BREAK,
    CHALLENGE,
    PASSWORDS,
    READS,
    Command,
    error_of,
)
from gateway.codecs.iec62056_21.datasets import read_sets
from gateway.codecs.iec62056_21.events import (
    Answer,
    Binary,
    Challenged,
    Ended,
    Event,
    Identified,
    MeterError,
    ReadOut,
    Taken,
    Unlocked,
)
from gateway.codecs.iec62056_21.fault import PeerFault, ValueFault
from gateway.codecs.iec62056_21.identification import (
    SPEED_AT_FIRST,
    Identification,
    Mode,
    Option,
    Purpose,
    read_identification,
    request_text,
)
from gateway.codecs.iec62056_21.reader import (
    BLOCK_MAX,
    Block,
    Line,
    Mark,
    Piece,
    Reader,
    Telegram,
    TooLong,
    Wants,
    command_in,
)
from gateway.codecs.iec62056_21.states import (
    BETWEEN_MS,
    CENTRE_PROGRAMS,
    CENTRE_WAITS,
    CENTRE_WANTS,
    PARTS_MAX,
    REPEATS_MAX,
    CentreState,
    ChangeSpeed,
    Fault,
    FaultKind,
    Send,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class Centre:
    """One session with one meter."""

    def __init__(self, address: str = "", *, slack_ms: int = 0, is_speed_fixed: bool = False) -> None:
        """Hold whom to ask; ``ValueFault`` for what is no address.

        ``slack_ms`` is what the way there takes. ``is_speed_fixed``: a modem or a network is between, whose
        speed does not follow; the meter is told the speed that it offers, and nothing is changed here.
        """
        self._request = request_text(address).encode("ascii") + LINE_END
        self._slack_ms = slack_ms
        self._is_speed_fixed = is_speed_fixed
        self._state = CentreState.NEW
        self._reader = Reader()
        self._identification: Identification | None = None
        self._is_pushed = False
        self._said: Command | None = None
        self._parts: list[str] = []
        self._part_sizes = 0
        self._repeats = 0
        self._is_repeat_asked = False

    @property
    def state(self) -> CentreState:
        """Where the session is."""
        return self._state

    @property
    def wait_ms(self) -> int | None:
        """Milliseconds to wait for the next character before ``expired``; None: nothing is waited for."""
        peer_ms = BETWEEN_MS if self._reader.is_midway else CENTRE_WAITS[self._state].peer_ms
        return None if peer_ms is None or self._state is CentreState.OVER else peer_ms + self._slack_ms

    @property
    def own_ms(self) -> int | None:
        """Milliseconds that we have before the meter gives us up; None: it is not our turn."""
        return CENTRE_WAITS[self._state].own_ms

    def sign_on(self) -> list[Event]:
        """Ask who is there, at 300 baud where the speed is ours to choose."""
        self._must_be(CentreState.NEW)
        self._state = CentreState.ASKING
        return [*self._change(SPEED_AT_FIRST, after_ms=0), Send(self._request)]

    def listen(self) -> list[Event]:
        """Wait for a meter that speaks by itself (mode D); the standard has 2400 baud for it."""
        self._must_be(CentreState.NEW)
        self._state, self._is_pushed = CentreState.LISTENING, True
        return []

    def choose(self, purpose: Purpose, *, maker_purpose: str = "") -> list[Event]:
        """Choose what is wanted of a meter of mode C or E, within ``own_ms``.

        ``maker_purpose`` is one of the digits 6 to 9, whose meaning is the maker's, instead of the purpose.
        """
        self._must_be(CentreState.CHOOSING)
        who = self._who()
        if purpose is Purpose.BINARY and who.mode is not Mode.E:
            raise ValueFault("this meter does not offer HDLC")
        if maker_purpose and maker_purpose not in set("6789"):
            raise ValueFault("a maker's purpose is a digit from 6 to 9")
        protocol = "2" if purpose is Purpose.BINARY else "0"
        option = Option(protocol, who.speed_char, maker_purpose or purpose.value)
        octets = bytes((ACK,)) + option.text.encode("ascii") + LINE_END
        is_hdlc = purpose is Purpose.BINARY
        events: list[Event] = [Send(octets, who.reaction_ms), *self._change(who.speed, is_hdlc=is_hdlc)]
        if is_hdlc:
            self._state = CentreState.OVER
            return [*events, Binary()]
        is_programming = purpose is Purpose.PROGRAM and not maker_purpose
        self._state = CentreState.UNLOCKING if is_programming else CentreState.READING
        return events

    def unlock(self, password: str, *, kind: str = "P1") -> list[Event]:
        """Say the password (P1), or what the meter's algorithm made of it and the seed (P2)."""
        self._must_be(CentreState.LOCKED)
        if kind not in PASSWORDS:
            raise ValueFault("a password is P1 or P2")
        self._state = CentreState.CHECKED
        return [self._say(Command(kind, f"({password})"))]

    def say(self, command: Command) -> list[Event]:
        """Read, write or execute; one at a time."""
        self._must_be(CentreState.OPEN)
        if command.kind in PASSWORDS or command.kind in {BREAK, CHALLENGE}:
            raise ValueFault("passwords and the end have verbs of their own")
        self._state = CentreState.ASKED
        self._parts, self._part_sizes = [], 0
        return [self._say(command)]

    def end(self) -> list[Event]:
        """End the session, wherever it is; a meter in programming mode is told."""
        spoke = self._state in CENTRE_PROGRAMS
        self._state = CentreState.OVER
        told: list[Event] = [Send(Command(BREAK).encoded, self._who().reaction_ms)] if spoke else []
        return [*told, Ended()]

    def receive(self, chunk: bytes) -> list[Event]:
        """Take in what came, and say what follows of it."""
        if self._state is CentreState.OVER:
            return []
        self._reader.feed(chunk)
        events: list[Event] = []
        while (wants := self._wants()) is not None:
            piece = self._reader.next(wants)
            if piece is None:
                return events
            events += self._heard(piece)
        # It is our turn: on a line for one at a time nothing is said then that counts.
        self._reader.drop()
        return events

    def expired(self) -> list[Event]:
        """Note that ``wait_ms`` has gone by: the session is over, and why is said."""
        if self.wait_ms is None:
            return []
        if self._reader.is_midway:
            if CENTRE_WAITS[self._state].peer_ms is not None:
                return self._over(FaultKind.FRAMING)
            self._reader.drop()
            return []
        return self._over(FaultKind.NO_BLOCK if self._reader.passed_over else FaultKind.SILENT)

    def _wants(self) -> Wants | None:
        if self._state is CentreState.READING and self._is_pushed:
            return Wants.PUSHED
        return CENTRE_WANTS.get(self._state)

    def _heard(self, piece: Piece) -> list[Event]:
        if isinstance(piece, TooLong):
            return [] if piece.what is Wants.LINE else self._over(FaultKind.TOO_LONG)
        if isinstance(piece, Block) and not piece.is_whole:
            return [] if self._state is CentreState.OPEN else self._repeat_please()
        if isinstance(piece, Block) and piece.is_command and piece.text == BREAK:
            return self._over(FaultKind.ENDED)
        heard: Callable[[Piece], list[Event]] = {
            CentreState.ASKING: self._identified,
            CentreState.LISTENING: self._identified,
            CentreState.READING: self._read_out,
            CentreState.UNLOCKING: self._challenged,
            CentreState.CHECKED: self._checked,
            CentreState.ASKED: self._answered,
        }.get(self._state, lambda _piece: [])
        return heard(piece)

    def _identified(self, piece: Piece) -> list[Event]:
        # What begins with /? is the echo of our own request.
        if not isinstance(piece, Line) or piece.text.startswith("/?"):
            return []
        try:
            who = read_identification(piece.text)
        except (PeerFault, ValueFault):
            return self._over(FaultKind.ODD)
        self._identification = who
        self._reader.passed_over = 0
        if self._is_pushed:
            self._state = CentreState.READING
            return [Identified(who)]
        if who.mode in {Mode.C, Mode.E}:
            self._state = CentreState.CHOOSING
            return [Identified(who)]
        self._state = CentreState.READING
        return [Identified(who), *(self._change(who.speed) if who.mode is Mode.B else [])]

    def _read_out(self, piece: Piece) -> list[Event]:
        if not isinstance(piece, Telegram | Block) or (isinstance(piece, Block) and piece.is_command):
            return []
        self._state = CentreState.OVER
        crc = piece.is_crc_right(self._who().text) if isinstance(piece, Telegram) else None
        return [ReadOut(read_sets(piece.text), crc)]

    def _challenged(self, piece: Piece) -> list[Event]:
        if isinstance(piece, Block) and not piece.is_command:
            return self._over(FaultKind.REFUSED, error_of(piece.text) or "")
        command = command_in(piece)
        if command is None or command.kind != CHALLENGE:
            return []
        self._state = CentreState.LOCKED
        return [Challenged(command.inner)]

    def _checked(self, piece: Piece) -> list[Event]:
        if isinstance(piece, Mark):
            if not piece.is_good:
                return self._say_again()
            self._state = CentreState.OPEN
            return [Unlocked()]
        # Some meters ask for the password once more instead of refusing it.
        is_again = (command := command_in(piece)) is not None and command.kind == CHALLENGE
        if is_again or (isinstance(piece, Block) and not piece.is_command):
            self._state = CentreState.LOCKED
            text = piece.text if isinstance(piece, Block) and not piece.is_command else ""
            return [Fault(FaultKind.PASSWORD, error_of(text) or "")]
        return []

    def _answered(self, piece: Piece) -> list[Event]:
        is_reading = self._said is not None and self._said.kind in READS
        if isinstance(piece, Mark):
            # A head may echo our own NAK, or our ACK of a part.
            if self._is_repeat_asked or (is_reading and piece.is_good):
                return []
            if not piece.is_good:
                return self._say_again()
            self._state = CentreState.OPEN
            return [Taken()]
        if not isinstance(piece, Block) or piece.is_command:
            return []
        self._repeats, self._is_repeat_asked = 0, False
        self._parts.append(piece.text)
        self._part_sizes += len(piece.text)
        if len(self._parts) > PARTS_MAX or self._part_sizes > BLOCK_MAX:
            return self._over(FaultKind.TOO_LONG)
        if not piece.is_last:
            return [Send(bytes((ACK,)), self._who().reaction_ms)]
        self._state = CentreState.OPEN
        text = "".join(self._parts)
        error = error_of(text)
        return [MeterError(error)] if error is not None else [Answer(read_sets(text))]

    def _say(self, command: Command) -> Send:
        self._said, self._repeats, self._is_repeat_asked = command, 0, False
        self._reader.passed_over = 0
        return Send(command.encoded, self._who().reaction_ms)

    def _say_again(self) -> list[Event]:
        self._repeats += 1
        if self._repeats > REPEATS_MAX or self._said is None:
            return self._over(FaultKind.REFUSED)
        return [Send(self._said.encoded, self._who().reaction_ms)]

    def _repeat_please(self) -> list[Event]:
        self._repeats, self._is_repeat_asked = self._repeats + 1, True
        # Nobody listens to a NAK where the meter only pushes.
        if self._repeats > REPEATS_MAX or self._is_pushed:
            return self._over(FaultKind.CHECK)
        return [Send(bytes((NAK,)), self._who().reaction_ms)]

    def _over(self, kind: FaultKind, text: str = "") -> list[Event]:
        self._state = CentreState.OVER
        self._reader.drop()
        return [Fault(kind, text)]

    def _change(self, baud: int, *, after_ms: int | None = None, is_hdlc: bool = False) -> list[Event]:
        if self._is_speed_fixed and not is_hdlc:
            return []
        changed = ChangeSpeed(baud, is_hdlc=is_hdlc)
        return [changed if after_ms is None else changed._replace(after_ms=after_ms)]

    def _who(self) -> Identification:
        if self._identification is None:
            raise ValueFault("nobody has identified himself yet")
        return self._identification

    def _must_be(self, state: CentreState) -> None:
        if self._state is not state:
            raise ValueFault(f"this is said when {state.value}, and now {self._state.value}")
