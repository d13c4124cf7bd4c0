"""Commands to a card over T=1, the reader's end (ISO/IEC 7816-3, 11.6): sans-I/O, one command at a time.

    ask, or open ──► outgoing ──► the card ──► receive, or disturbed ──► outgoing … until it is None: answer

A block that was damaged is asked for again, and one that the card wants again is said again, three times in
all. The numbers of the blocks see to it that no command is carried out twice. After three tries the fate of a
command is unknown and stays so: a fresh start (RESYNCH) is made before the first command only, where nothing
can be lost by it.
"""

from __future__ import annotations

from typing import Final

from gateway.codecs.apdu.agreed import PORTION_MAX
from gateway.codecs.apdu.block import (
    ANSWERING,
    MORE_TIME,
    OTHER_ERROR,
    PORTION_IS,
    RESYNCH,
    WRONG_CHECK,
    Block,
    part,
    read_block,
    wanted,
)
from gateway.codecs.apdu.command import EXPECTED_MAX, PeerFault

#: The first time, and two more (ISO/IEC 7816-3, 11.6.3.2, rule 6.4).
TRIES_MAX: Final = 3
#: Blocks of one command: 261 bytes in portions of one, their receipts, and some that ask for time.
BLOCKS_MAX: Final = 640

_ANSWER_MAX: Final = EXPECTED_MAX + 2


class BlockLine:
    """The line to a card that speaks T=1; ``portion``: what it takes at once."""

    __slots__ = (
        "_blocks", "_expected", "_is_fresh", "_last", "_left", "_number", "_portion", "_taken", "_tries",
        "answer", "outgoing", "times",
    )  # fmt: skip

    def __init__(self, portion: int) -> None:
        self._portion = portion
        self._number, self._expected = 1, 0  # the next part of ours is 0, and so is the card's first
        self._left = self._taken = b""
        self._blocks = self._tries = 0
        self._is_fresh = True
        self._last = Block(RESYNCH)
        self.outgoing: bytes | None = None
        self.answer: bytes | None = None
        #: So many times the card's waiting time it is to be waited for now; 0: once.
        self.times = 0

    def open(self) -> None:
        """Tell the card that whole portions may come; before the first command."""
        self._begin()
        self._say(Block(PORTION_IS, bytes((PORTION_MAX,))))

    def ask(self, command: bytes) -> None:
        """Send a command."""
        self._begin()
        self._is_fresh = False
        self._left = command
        self._say_part()

    def receive(self, raw: bytes) -> None:
        """Take what came of the card; raises ``PeerFault`` where it goes on no more."""
        self._count()
        try:
            block = read_block(raw)
        except PeerFault as fault:
            self._again(WRONG_CHECK if fault.what == "LRC" else OTHER_ERROR)
            return
        if self._last.control in {PORTION_IS, RESYNCH}:
            self._arranged(block)
        elif block.is_part:
            self._part(block)
        elif block.is_wanted:
            self._wanted(block)
        else:
            self._asked(block)

    def disturbed(self) -> None:
        """Nothing came of the card, or what the reader could not read; raises ``PeerFault`` likewise."""
        self._count()
        self._again(WRONG_CHECK)

    def _begin(self) -> None:
        self._blocks = self._tries = 0
        self._taken, self.answer = b"", None

    def _count(self) -> None:
        self._blocks += 1
        if self._blocks > BLOCKS_MAX:
            raise PeerFault("block", 0, f"no end after {BLOCKS_MAX} blocks")

    def _say(self, block: Block, times: int = 0) -> None:
        self._last, self.outgoing, self.times = block, block.encoded, times

    def _say_part(self) -> None:
        body, self._left = self._left[: self._portion], self._left[self._portion :]
        self._number ^= 1
        self._say(part(self._number, body, has_more=bool(self._left)))

    def _again(self, error: int) -> None:
        """Ask for what did not come; an arrangement of ours is made again instead (11.6.3.2, rule 7.3)."""
        self._tries += 1
        if self._tries < TRIES_MAX:
            is_ours = self._last.control in {PORTION_IS, RESYNCH}
            # Asked for again, a block keeps its place: what was said before it may be wanted once more.
            self.outgoing = (self._last if is_ours else wanted(self._expected, error)).encoded
            self.times = 0
        elif self._is_fresh and self._last.control == PORTION_IS:
            self._is_fresh, self._tries = False, 0
            self._say(Block(RESYNCH))
        else:
            raise PeerFault("block", 0, f"none that is right in {TRIES_MAX} tries")

    def _arranged(self, block: Block) -> None:
        """See whether the card agrees to what we arrange before the first command."""
        if block != Block(self._last.control | ANSWERING, self._last.body):
            self._again(OTHER_ERROR)
        elif self._last.control == RESYNCH:
            self._number, self._expected = 1, 0
            self.open()
        else:
            self.outgoing, self.answer = None, b""

    def _part(self, block: Block) -> None:
        if self._left or block.number != self._expected:
            self._again(OTHER_ERROR)
            return
        self._tries = 0
        self._expected ^= 1
        self._taken += block.body
        if len(self._taken) > _ANSWER_MAX:
            raise PeerFault("response", _ANSWER_MAX, f"more than {_ANSWER_MAX} bytes in all")
        if block.has_more:
            self._say(wanted(self._expected))
        else:
            self.outgoing, self.answer = None, self._taken

    def _wanted(self, block: Block) -> None:
        if not self._last.is_part:
            self._repeat()  # a receipt or an arrangement of ours did not arrive
        elif block.number == self._number:
            self._repeat()
        elif self._left:
            self._tries = 0
            self._say_part()
        else:
            self._again(OTHER_ERROR)

    def _repeat(self) -> None:
        self._tries += 1
        if self._tries == TRIES_MAX:
            raise PeerFault("block", 0, f"wanted again after {TRIES_MAX} tries")
        self.outgoing = self._last.encoded

    def _asked(self, block: Block) -> None:
        """Do as the card arranges: a portion of its own, or more time."""
        if block.control & ANSWERING:
            # What it said before: it has not had the block after that, or it would know it by its number.
            self._repeat()
            return
        if block.control == PORTION_IS and 1 <= block.body[0] <= PORTION_MAX:
            self._portion = block.body[0]
        elif block.control != MORE_TIME:
            raise PeerFault("block", 1, f"PCB {block.control:02X} is not for a card to say here")
        # The answer is not kept as what was said last, unless it is lost, when the card asks once more.
        self._tries = 0
        self.outgoing = Block(block.control | ANSWERING, block.body).encoded
        self.times = block.body[0] if block.control == MORE_TIME else 0
