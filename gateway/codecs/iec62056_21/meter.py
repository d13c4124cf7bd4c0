"""The meter's end of a session, sans-I/O: what it is asked comes out, what it answers goes in.

    SignedOn           ──► in modes A and B ReadOutAsked; in C and E the option is waited for
                           and without one the read-out goes out at 300 baud
    ReadOutAsked(...)  ──► read_out(text)
    Programming        ──► challenge(seed) ──► PasswordSaid ──► accept() or refuse(error)
    Said(command)      ──► answer(texts) or take() or refuse(error)
    Binary             the line is DLMS's

Another meter's request is passed over. A broken block is answered with NAK; a NAK gets the last words again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.codecs.iec62056_21.characters import ACK, LINE_END, NAK
from gateway.codecs.iec62056_21.commands import BREAK, CHALLENGE, PASSWORDS, Command, block
from gateway.codecs.iec62056_21.events import Binary
from gateway.codecs.iec62056_21.fault import PeerFault, ValueFault
from gateway.codecs.iec62056_21.identification import (
    SPEED_AT_FIRST,
    SPEEDS_C,
    Identification,
    Mode,
    Purpose,
    is_meant,
    read_request,
)
from gateway.codecs.iec62056_21.reader import Block, Chosen, Line, Mark, Piece, Reader, command_in
from gateway.codecs.iec62056_21.states import (
    BETWEEN_MS,
    METER_WAITS,
    METER_WANTS,
    REPEATS_MAX,
    ChangeSpeed,
    MeterState,
    Send,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


class SignedOn(NamedTuple):
    """The centre has asked who is there, by this address or by none."""

    address: str


class ReadOutAsked(NamedTuple):
    """The read-out is to go out; ``purpose`` is the option's last character (6 to 9: the maker's own)."""

    purpose: str


class Programming(NamedTuple):
    """The centre wants to program: it is to be asked for a password."""


class PasswordSaid(NamedTuple):
    """The password (P1), or what an algorithm made of it (P2). No repr shows it."""

    kind: str
    password: str

    def __repr__(self) -> str:
        """Show the kind only."""
        return f"PasswordSaid({self.kind}, ******)"


class Said(NamedTuple):
    """A command that is to be answered."""

    command: Command


class Left(NamedTuple):
    """The centre has ended the session, or was silent for too long."""

    is_by_centre: bool


MeterEvent = Send | ChangeSpeed | SignedOn | ReadOutAsked | Programming | PasswordSaid | Said | Left | Binary


class Meter:
    """One meter on a line."""

    def __init__(self, identification: Identification, address: str, *, is_speed_fixed: bool = False) -> None:
        self._who = identification
        self._address = address
        self._is_speed_fixed = is_speed_fixed
        self._state = MeterState.IDLE
        self._reader = Reader()
        self._last = b""
        self._parts: list[bytes] = []
        self._repeats = 0

    @property
    def state(self) -> MeterState:
        """Where the meter is."""
        return self._state

    @property
    def wait_ms(self) -> int | None:
        """Milliseconds to wait for the next character before ``expired``; None: nothing is waited for."""
        return BETWEEN_MS if self._reader.is_midway else METER_WAITS[self._state].peer_ms

    def receive(self, chunk: bytes) -> list[MeterEvent]:
        """Take in what came. What comes while the meter is to speak is passed over."""
        if self._state is MeterState.BINARY:
            return []
        self._reader.feed(chunk)
        events: list[MeterEvent] = []
        while (wants := METER_WANTS.get(self._state)) is not None and (
            piece := self._reader.next(wants)
        ) is not None:
            events += self._heard(piece)
        return events

    def expired(self) -> list[MeterEvent]:
        """Note that ``wait_ms`` has gone by: half a message is forgotten, and an idle session ends."""
        if self._reader.is_midway:
            self._reader.drop()
            return []
        if self._state is MeterState.OFFERING:
            # IEC 62056-21, 6.4.3.2: without an option the read-out goes out at the first speed.
            self._state = MeterState.SENDING
            return [ReadOutAsked(Purpose.READ_OUT.value)]
        if self.wait_ms is None:
            return []
        return self._leave(is_by_centre=False)

    def push(self, text: str) -> list[MeterEvent]:
        """Speak without being asked (mode D)."""
        self._must_be(MeterState.IDLE)
        return [Send(self._who.text.encode("ascii") + LINE_END + LINE_END + text.encode("ascii") + b"!\r\n")]

    def read_out(self, text: str) -> list[MeterEvent]:
        """Send the read-out: data sets as lines. The exclamation mark behind them is put on here."""
        self._must_be(MeterState.SENDING)
        self._state = MeterState.IDLE
        return [self._send(block(text + "!\r\n")), *self._change(SPEED_AT_FIRST)]

    def challenge(self, seed: str) -> list[MeterEvent]:
        """Ask for the password."""
        self._must_be(MeterState.CHALLENGING)
        self._state = MeterState.LOCKED
        return [self._send(Command(CHALLENGE, f"({seed})").encoded)]

    def accept(self) -> list[MeterEvent]:
        """Take the password."""
        self._must_be(MeterState.CHECKING)
        self._state = MeterState.OPEN
        return [self._send(bytes((ACK,)))]

    def take(self) -> list[MeterEvent]:
        """Confirm a write or an execution."""
        self._must_be(MeterState.ANSWERING)
        self._state = MeterState.OPEN
        return [self._send(bytes((ACK,)))]

    def refuse(self, error: str) -> list[MeterEvent]:
        """Say an error, such as ER01, to a password or a command."""
        if self._state is MeterState.CHECKING:
            self._state = MeterState.LOCKED
        else:
            self._must_be(MeterState.ANSWERING)
            self._state = MeterState.OPEN
        return [self._send(block(f"({error})"))]

    def answer(self, texts: Sequence[str]) -> list[MeterEvent]:
        """Answer a reading command, in one part or in several that are confirmed one by one."""
        self._must_be(MeterState.ANSWERING)
        if not texts:
            raise ValueFault("an answer has at least one part")
        last = len(texts) - 1
        self._parts = [block(text, has_more=place < last) for place, text in enumerate(texts)]
        return [self._next_part()]

    def _heard(self, piece: Piece) -> list[MeterEvent]:
        if isinstance(piece, Line):
            return self._asked(piece)
        if isinstance(piece, Chosen) and self._state is MeterState.OFFERING:
            return self._chosen(piece.text)
        if isinstance(piece, Mark):
            return self._marked(is_good=piece.is_good)
        if isinstance(piece, Block) and not piece.is_whole:
            return [Send(bytes((NAK,)), self._who.reaction_ms)]
        command = command_in(piece)
        if command is None:
            return []
        return self._commanded(command)

    def _asked(self, line: Line) -> list[MeterEvent]:
        try:
            address = read_request(line.text)
        except PeerFault:
            return []
        if not is_meant(address, self._address):
            self._state = MeterState.IDLE
            return []
        events: list[MeterEvent] = [SignedOn(address), self._send(self._who.text.encode("ascii") + LINE_END)]
        if self._who.mode in {Mode.C, Mode.E}:
            self._state = MeterState.OFFERING
            return events
        self._state = MeterState.SENDING
        changed = self._change(self._who.speed) if self._who.mode is Mode.B else []
        return [*events, *changed, ReadOutAsked(Purpose.READ_OUT.value)]

    def _chosen(self, option: str) -> list[MeterEvent]:
        protocol, speed_char, purpose = option[0], option[1], option[2]
        speed = min(SPEEDS_C.get(speed_char, SPEED_AT_FIRST), self._who.speed)
        if purpose == Purpose.BINARY.value and protocol == "2" and self._who.mode is Mode.E:
            self._state = MeterState.BINARY
            echo = bytes((ACK,)) + option.encode("ascii") + LINE_END
            return [self._send(echo), ChangeSpeed(speed, is_hdlc=True), Binary()]
        if purpose == Purpose.PROGRAM.value:
            self._state = MeterState.CHALLENGING
            return [*self._change(speed), Programming()]
        self._state = MeterState.SENDING
        return [*self._change(speed), ReadOutAsked(purpose)]

    def _marked(self, *, is_good: bool) -> list[MeterEvent]:
        if is_good:
            if self._state is not MeterState.PARTED:
                return []
            return [self._next_part()]
        self._repeats += 1
        if self._repeats > REPEATS_MAX:
            return self._leave(is_by_centre=False)
        return [Send(self._last, self._who.reaction_ms)]

    def _commanded(self, command: Command) -> list[MeterEvent]:
        if command.kind == BREAK:
            return self._leave(is_by_centre=True)
        if self._state is MeterState.LOCKED:
            if command.kind not in PASSWORDS:
                return [Send(block("(ER03)"), self._who.reaction_ms)]
            self._state = MeterState.CHECKING
            return [PasswordSaid(command.kind, command.inner)]
        self._state = MeterState.ANSWERING
        return [Said(command)]

    def _next_part(self) -> Send:
        part = self._parts.pop(0)
        self._state = MeterState.PARTED if self._parts else MeterState.OPEN
        return self._send(part)

    def _leave(self, *, is_by_centre: bool) -> list[MeterEvent]:
        self._state = MeterState.IDLE
        return [Left(is_by_centre), *self._change(SPEED_AT_FIRST)]

    def _send(self, octets: bytes) -> Send:
        self._last, self._repeats = octets, 0
        return Send(octets, self._who.reaction_ms)

    def _change(self, baud: int) -> list[MeterEvent]:
        return [] if self._is_speed_fixed else [ChangeSpeed(baud)]

    def _must_be(self, state: MeterState) -> None:
        if self._state is not state:
            raise ValueFault(f"this is said when {state.value}, and now {self._state.value}")
