"""A reader on a serial line: the card is held from its power-on to its power-off, as behind PC/SC.

The reader takes either whole commands, or each step of T=0 and block of T=1 (``takes_apdus``). Once anything
went wrong in a conversation nothing more goes to its card: what it has taken is found out by reading it anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.card_reader.serial_line import ANSWER_S, SerialLine
from gateway.codecs.apdu.agreed import agreed_with
from gateway.codecs.apdu.atr import read_atr
from gateway.codecs.apdu.block_line import BlockLine
from gateway.codecs.apdu.command import PeerFault
from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Lost
from gateway.codecs.ccid.message import (
    MUTE,
    PARITY,
    CardState,
    parameters_t0,
    parameters_t1,
    power_on,
    transfer,
)

if TYPE_CHECKING:
    from adapters.card_reader.serial_line import LinePlan
    from gateway.codecs.apdu.agreed import Agreed
    from gateway.codecs.ccid.message import Answer, Message

#: Seconds until a card has said its answer to reset: 33 characters, slowly, and the contacts before it.
RESET_S_MAX: Final = 4
#: Seconds on top of a card's own waiting time, and at least: a command and its answer at 9600 bits a second.
LINE_S: Final = 2
#: Seconds that a reader which takes whole commands may be silent; longer is said by itself.
COMMAND_S: Final = 10
#: Seconds until the watch has ended its look, when a card is asked for.
LOOK_S_MAX: Final = 3

_STATUS_SIZE: Final = 2
_HEADER: Final = 4
_READER: Final = 0xFF
_DISTURBED: Final = frozenset({MUTE, PARITY})


class SerialSlot:
    """A reader by the name of its line. ``close`` it at the end; until then no other program has the line."""

    def __init__(self, plan: LinePlan) -> None:
        self.line = SerialLine(plan)
        self._plan = plan
        self._contact: SerialContact | None = None

    @property
    def name(self) -> str:
        """Give the name of its line."""
        return self._plan.path

    def connect(self) -> SerialContact | Lost:
        """Take hold of the card that is in it."""
        if self._contact is not None or not self.line.lock.acquire(timeout=LOOK_S_MAX):
            return Lost(Told.BUSY, "connect: another program has the card in hand")
        self._contact = contact = SerialContact(self, self._plan)
        is_held = False
        try:
            trouble = contact.introduce()
            is_held = trouble is None
        finally:
            # Whatever has happened, the line is not kept from the next one.
            if not is_held:
                contact.release()
        return contact if trouble is None else Lost(trouble.told, f"connect: {trouble.detail}")

    def let_go(self) -> None:
        """Nobody holds the card any more."""
        self._contact = None
        self.line.lock.release()

    def close(self) -> None:
        """Close the line, once nobody holds a card; one that is held closes with the program."""
        if self.line.lock.acquire(timeout=LOOK_S_MAX):
            self.line.close()
            self.line.lock.release()


class SerialContact:
    """A card that is held."""

    def __init__(self, slot: SerialSlot, plan: LinePlan) -> None:
        self._slot = slot
        self._line = slot.line
        self._plan = plan
        self._trouble: Lost | None = None
        self._agreed: Agreed | None = None
        self._blocks: BlockLine | None = None
        self._has_power = False
        self.atr = b""

    @property
    def protocol(self) -> int:
        """Give the protocol that was agreed on; a reader that takes whole commands is spoken to as T=1 is."""
        return 1 if self._agreed is None else self._agreed.protocol

    def introduce(self) -> Lost | None:
        """Give the card power and take its answer to reset, and let the reader know how it speaks."""
        found = self._line.look()
        if isinstance(found, Lost):
            return found
        if found.card is CardState.NONE:
            return Lost(Told.CARD_GONE, "no card is in the reader")
        # A card that has power already would be reset only, and be opened still.
        self._line.power_off()
        self._has_power = True
        powered = self._asked(power_on(self._line.numbered(), self._plan.volts), RESET_S_MAX)
        if isinstance(powered, Lost):
            return powered
        self.atr = powered.body
        if self._plan.takes_apdus:
            return None
        try:
            self._agreed = agreed = agreed_with(read_atr(self.atr))
        except PeerFault as fault:
            return Lost(Told.CARD_FAULT, str(fault))
        told = self._asked(_parameters(self._line.numbered(), agreed), ANSWER_S)
        if isinstance(told, Lost):
            return told
        return self._opened(agreed) if agreed.protocol else None

    def transmit(self, raw: bytes) -> bytes | Lost:
        """Send a command; after a fault nothing more is sent, and the same is said again."""
        if self._trouble is not None:
            return self._trouble
        came = self._transmitted(raw)
        if not isinstance(came, Lost) and len(came) < _STATUS_SIZE:
            came = Lost(Told.CARD_FAULT, "the card did not answer")
        if isinstance(came, Lost):
            self._trouble = came = Lost(came.told, f"command: {came.detail}")
        return came

    def release(self) -> None:
        """Take the power off and let go; after a fault the line is brought to rest first."""
        try:
            if self._has_power and (self._trouble is None or not isinstance(self._line.look(), Lost)):
                self._line.power_off()
        finally:
            self._slot.let_go()

    def _transmitted(self, raw: bytes) -> bytes | Lost:
        if self._plan.takes_apdus:
            return _body(self._asked(transfer(self._line.numbered(), raw), COMMAND_S))
        if raw[0] == _READER:
            return Lost(Told.CARD_FAULT, 'this reader has no commands for memory cards (exchange = "tpdu")')
        if self._blocks is not None:
            self._blocks.ask(raw)
            return self._exchanged(self._blocks)
        # T=0 has five bytes always: without data either way the last is 00 (ISO/IEC 7816-3, 12.2.2).
        sent = raw + b"\0" if len(raw) == _HEADER else raw
        return _body(self._asked(transfer(self._line.numbered(), sent), self._wait_s))

    @property
    def _wait_s(self) -> float:
        return LINE_S + (0 if self._agreed is None else self._agreed.wait_ms / 1000)

    def _opened(self, agreed: Agreed) -> Lost | None:
        self._blocks = BlockLine(agreed.portion)
        self._blocks.open()
        came = self._exchanged(self._blocks)
        return came if isinstance(came, Lost) else None

    def _exchanged(self, blocks: BlockLine) -> bytes | Lost:
        """Send blocks until the answer is whole."""
        try:
            while blocks.outgoing is not None:
                times = blocks.times
                command = transfer(self._line.numbered(), blocks.outgoing, times)
                found = self._line.asked(command, self._wait_s * max(times, 1))
                if isinstance(found, Lost):
                    return found
                if found.error in _DISTURBED and found.card is CardState.ACTIVE:
                    blocks.disturbed()
                else:
                    came = _body(_good(found))
                    if isinstance(came, Lost):
                        return came
                    blocks.receive(came)
        except PeerFault as fault:
            return Lost(Told.CARD_FAULT, str(fault))
        assert blocks.answer is not None, "nothing more is to be sent"  # noqa: S101 - of our own code
        return blocks.answer

    def _asked(self, command: Message, wait_s: float) -> Answer | Lost:
        found = self._line.asked(command, wait_s)
        return found if isinstance(found, Lost) else _good(found)


def _good(answer: Answer) -> Answer | Lost:
    """Give an answer of a card that is there and has power; anything else is lost."""
    if answer.card is CardState.NONE:
        return Lost(Told.CARD_GONE, "the card was pulled out")
    if answer.error is not None:
        return Lost(Told.CARD_FAULT, answer.why)
    if answer.card is CardState.IDLE:
        return Lost(Told.CARD_GONE, "the card has no power")
    return answer


def _body(found: Answer | Lost) -> bytes | Lost:
    return found if isinstance(found, Lost) else found.body


def _parameters(sequence: int, agreed: Agreed) -> Message:
    inverse, guard, waiting = int(agreed.is_inverse), agreed.guard, agreed.waiting
    if agreed.protocol == 0:
        return parameters_t0(sequence, agreed.rate, inverse, guard, waiting)
    return parameters_t1(sequence, agreed.rate, inverse, guard, waiting, agreed.portion)
