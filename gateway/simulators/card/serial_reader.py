"""A serial reader with a virtual card in it: the other end of a line, as the GemPC Twin speaks it.

It says each command back first, tells of cards that come and go, and takes either whole commands or, as the
reader itself does, each step of T=0 and block of T=1. A memory card it serves only where it takes whole
commands. The line is a pair of pseudo terminals; ``path`` leads to the end that a station opens.
"""

from __future__ import annotations

import os
import select
import tty
from dataclasses import dataclass
from enum import Enum
from threading import RLock, Thread
from typing import TYPE_CHECKING, Final

from gateway.codecs.apdu.block_card import BlockCard
from gateway.codecs.apdu.command import PeerFault, read_command
from gateway.codecs.apdu.exchange import T0, Exchange
from gateway.codecs.card.profile import PROFILES, profile_named
from gateway.codecs.card.profile import Kind as CardKind
from gateway.codecs.ccid.framing import AGAIN, MOVED, Came, Disturbed, Incoming, framed
from gateway.codecs.ccid.message import ANSWERS, MUTE, CardState, Kind, Message
from gateway.simulators.card.cells import CardGone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.simulators.card.faults import VirtualCard

_HEADER: Final = 4
_READ_SIZE: Final = 4096
_FAILED, _MORE_TIME = 0x40, 0x80
_NOT_KNOWN, _PROTOCOL = 0x00, 0xF6
# Over T=0 these bring data, so that their fifth byte of 00 asks for 256 of them.
_BRINGING: Final = frozenset({0xB0, 0x84, 0xC0})


class LineFaultKind(Enum):
    """What goes wrong on the line, once."""

    #: The last ``count`` bytes of the answer do not arrive.
    CUT = "cut"
    #: The command is carried out, and nothing is answered.
    SILENT = "silent"
    #: The command is not carried out and wanted again, ``count`` times.
    NAK = "nak"
    #: The answer's check byte is wrong.
    CHECK = "check"
    #: The answer has the sequence of another command.
    SEQUENCE = "sequence"
    #: Bytes that mean nothing come before the answer.
    NOISE = "noise"
    #: The reader asks for time, ``count`` times, and then answers.
    SLOW = "slow"
    #: A block of T=1 arrives damaged at the station.
    BLOCK = "block"
    #: The card was silent, as the reader says.
    MUTE = "mute"
    #: The line is unplugged before the answer.
    UNPLUGGED = "unplugged"


@dataclass(frozen=True, slots=True)
class LineFault:
    """At which transfer since the card last got power, counted from 0, what happens."""

    at: int
    kind: LineFaultKind
    count: int = 1


class SerialReader:
    """The reader, in a thread of its own. ``link``: a name that leads to its line, as those in /dev do.

    ``moved`` hears of each card that comes (True) or goes; ``more_time``: so many times its waiting time a
    card of T=1 asks for before each answer.
    """

    def __init__(
        self,
        link: Path,
        *,
        takes_apdus: bool = False,
        more_time: int = 0,
        moved: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self.link = link
        self.fault: LineFault | None = None
        self.count = 0
        self._takes_apdus = takes_apdus
        self._more_time = more_time
        self._moved = moved
        self._card: VirtualCard | None = None
        self._blocks: BlockCard | None = None
        self._has_power = False
        self._lock = RLock()
        self._ends: tuple[int, int] | None = None
        self._wake: tuple[int, int] | None = None
        self._thread: Thread | None = None
        self.plug()

    @property
    def path(self) -> str:
        """Give the name of its line."""
        return str(self.link)

    @property
    def has_power(self) -> bool:
        """Has the card power?"""
        return self._has_power

    def plug(self) -> None:
        """Plug the line in; in /dev that is another file each time, under the same name."""
        near, far = os.openpty()
        tty.setraw(far)
        self._ends, self._wake = (near, far), os.pipe()
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(far))
        self._thread = Thread(target=self._serve, args=(near, self._wake[0]), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Pull the line out; the card loses its power with the reader."""
        self.link.unlink(missing_ok=True)
        with self._lock:
            ends, wake, thread = self._ends, self._wake, self._thread
            self._ends = self._wake = self._thread = None
            self._has_power = False
        if ends is None or wake is None or thread is None:
            return
        os.close(wake[1])
        thread.join()
        for descriptor in (*ends, wake[0]):
            os.close(descriptor)

    def insert(self, card: VirtualCard) -> None:
        """Put a card in, in the place of what was in it."""
        with self._lock:
            self._card, self._has_power = card, False
            self._say(bytes((MOVED, 0x03)))
            self._moved(True)  # noqa: FBT003 - it has come

    def remove(self) -> None:
        """Pull the card out."""
        with self._lock:
            if self._card is not None:
                self._card, self._has_power = None, False
                self._say(bytes((MOVED, 0x02)))
                self._moved(False)  # noqa: FBT003 - it has gone

    def _say(self, raw: bytes) -> None:
        if self._ends is not None:
            os.write(self._ends[0], raw)

    def _serve(self, near: int, wake: int) -> None:
        """Answer until the line is unplugged."""
        incoming = Incoming()
        while True:
            ready = select.select([near, wake], [], [])[0]
            if wake in ready:
                return
            for event in incoming.receive(os.read(near, _READ_SIZE)):
                with self._lock:
                    if isinstance(event, Came):
                        self._do(event.message)
                    elif isinstance(event, Disturbed):
                        self._say(AGAIN)

    def _do(self, command: Message) -> None:
        self._say(framed(command))
        fault = None
        if command.kind == Kind.TRANSFER:
            if self.fault is not None and self.fault.at == self.count:
                fault, self.fault = self.fault, None
            self.count += 1
        if fault is None:
            self._say(framed(self._answer(command)))
        else:
            self._wrong(fault, command)

    def _wrong(self, fault: LineFault, command: Message) -> None:
        match fault.kind:
            case LineFaultKind.NAK:
                self.count -= 1
                self.fault = LineFault(fault.at, fault.kind, fault.count - 1) if fault.count > 1 else None
                self._say(AGAIN)
                return
            case LineFaultKind.MUTE:
                self._say(framed(self._made(command, MUTE)))
                return
            case LineFaultKind.SLOW:
                self._say(b"\xff" + framed(self._made(command, None, _MORE_TIME)) * fault.count)
        answer = self._answer(command)
        if fault.kind is LineFaultKind.BLOCK:
            answer = self._made(command, None, body=answer.body[:-1] + bytes((answer.body[-1] ^ 1,)))
        elif fault.kind is LineFaultKind.SEQUENCE:
            answer = Message(answer.kind, answer.sequence ^ 1, answer.own, answer.body)
        self._say(_spoiled(fault, framed(answer)))
        if fault.kind is LineFaultKind.UNPLUGGED:
            Thread(target=self.unplug, daemon=True).start()

    def _answer(self, command: Message) -> Message:
        """Do what is asked, and give the answer."""
        match command.kind:
            case Kind.POWER_ON:
                return self._power_on(command)
            case Kind.POWER_OFF:
                self._has_power = False
                return self._made(command, None)
            case Kind.SLOT_STATUS:
                return self._made(command, None)
            case Kind.SET_PARAMETERS:
                card = self._card
                is_spoken = card is not None and command.own[0] == card.protocol
                return self._made(command, None if is_spoken else _PROTOCOL)
            case Kind.TRANSFER if self._card is not None and self._has_power:
                return self._transfer(command, self._card)
            case Kind.TRANSFER:
                return self._made(command, MUTE)
            case _:
                return self._made(command, _NOT_KNOWN)

    def _power_on(self, command: Message) -> Message:
        card = self._card
        atr = b"" if card is None else card.reset()
        if card is None or (_is_memory(atr) and not self._takes_apdus):
            return self._made(command, MUTE)
        self._has_power, self.count = True, 0
        self._blocks = BlockCard(card.transmit, self._more_time)
        return self._made(command, None, body=atr)

    def _transfer(self, command: Message, card: VirtualCard) -> Message:
        try:
            return self._made(command, None, body=self._carried(command.body, card))
        except CardGone:
            self.remove()
            return self._made(command, MUTE)

    def _carried(self, raw: bytes, card: VirtualCard) -> bytes:
        if self._takes_apdus:
            return _whole(raw, card)
        if card.protocol != T0 and self._blocks is not None:
            return self._blocks.answer(raw)
        is_bare = len(raw) == _HEADER + 1 and raw[-1] == 0 and raw[1] not in _BRINGING
        return card.transmit(raw[:_HEADER] if is_bare else raw)

    def _made(self, command: Message, error: int | None, result: int = 0, body: bytes = b"") -> Message:
        state = CardState.NONE if self._card is None else CardState.IDLE
        if self._has_power:
            state = CardState.ACTIVE
        failed = 0 if error is None else _FAILED
        kind = ANSWERS[Kind(command.kind)] if command.kind in ANSWERS else Kind.STATUS
        return Message(kind, command.sequence, bytes((state.value | failed | result, error or 0, 0)), body)


def _is_memory(atr: bytes) -> bool:
    profiles = map(profile_named, PROFILES)
    return any(profile.kind is CardKind.MEMORY and profile.matches(atr) for profile in profiles)


def _spoiled(fault: LineFault, raw: bytes) -> bytes:
    match fault.kind:
        case LineFaultKind.CUT:
            return raw[: -fault.count]
        case LineFaultKind.CHECK:
            return raw[:-1] + bytes((raw[-1] ^ 1,))
        case LineFaultKind.NOISE:
            return b"\x11\x22" + raw
        case LineFaultKind.SILENT | LineFaultKind.UNPLUGGED:
            return b""
        case _:
            return raw


def _whole(raw: bytes, card: VirtualCard) -> bytes:
    """Carry out a command as a reader does that takes whole ones: it fetches what waits by itself."""
    try:
        exchange = Exchange(read_command(raw), card.protocol)
        while exchange.outgoing is not None:
            exchange.receive(card.transmit(exchange.outgoing.encoded))
    except PeerFault:
        return b"\x67\x00"
    assert exchange.response is not None, "nothing more is to be sent"  # noqa: S101 - of our own code
    return exchange.response.encoded
