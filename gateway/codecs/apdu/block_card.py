"""The card's end of T=1 (ISO/IEC 7816-3, 11.6), for virtual cards: blocks in, blocks out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.apdu.agreed import PORTION
from gateway.codecs.apdu.block import (
    ABORT,
    ANSWERING,
    MORE_TIME,
    NO_ERROR,
    OTHER_ERROR,
    PORTION_IS,
    RESYNCH,
    WRONG_CHECK,
    Block,
    part,
    read_block,
    wanted,
)
from gateway.codecs.apdu.command import PeerFault

if TYPE_CHECKING:
    from collections.abc import Callable

#: Bytes of a command with short lengths.
COMMAND_MAX: Final = 261


class BlockCard:
    """A card that speaks T=1. ``apply`` answers a command; what it raises comes out of ``answer``.

    ``times``: before each answer it asks for so many times its waiting time; 0: it does not.
    """

    def __init__(self, apply: Callable[[bytes], bytes], times: int = 0) -> None:
        self._apply = apply
        self._times = times
        self._start()

    def _start(self) -> None:
        self._number, self._expected, self._portion = 1, 0, PORTION
        self._taken = self._left = b""
        self._waiting: bytes | None = None
        self._last = wanted(0, OTHER_ERROR)

    def answer(self, raw: bytes) -> bytes:
        """Answer one block."""
        try:
            block = read_block(raw)
        except PeerFault as fault:
            return wanted(self._expected, WRONG_CHECK if fault.what == "LRC" else OTHER_ERROR).encoded
        said = self._said(block)
        # What only says that something was wrong is not what the other side wants again.
        if not said.is_wanted or said.control & 0x0F == NO_ERROR:
            self._last = said
        return said.encoded

    def _said(self, block: Block) -> Block:
        if block.is_part:
            return self._part(block)
        if block.is_wanted:
            return self._wanted(block)
        if block.control == MORE_TIME | ANSWERING and self._waiting is not None:
            answer, self._waiting = self._waiting, None
            return self._begin(answer)
        if block.control == RESYNCH:
            self._start()
        elif block.control == PORTION_IS and block.body[0]:
            self._portion = block.body[0]
        elif block.control != ABORT:
            return wanted(self._expected, OTHER_ERROR)
        return Block(block.control | ANSWERING, block.body)

    def _part(self, block: Block) -> Block:
        if block.number != self._expected or self._left:
            return wanted(self._expected, OTHER_ERROR)
        self._expected ^= 1
        self._taken += block.body
        if block.has_more and len(self._taken) <= COMMAND_MAX:
            return wanted(self._expected)
        command, self._taken = self._taken, b""
        answer = self._apply(command)
        if self._times:
            self._waiting = answer
            return Block(MORE_TIME, bytes((self._times,)))
        return self._begin(answer)

    def _begin(self, answer: bytes) -> Block:
        self._left = answer
        return self._next()

    def _next(self) -> Block:
        body, self._left = self._left[: self._portion], self._left[self._portion :]
        self._number ^= 1
        return part(self._number, body, has_more=bool(self._left))

    def _wanted(self, block: Block) -> Block:
        if not self._last.is_part or block.number == self._number:
            return self._last
        # What is wanted next is either there, or what should bring it has not arrived.
        return self._next() if self._left else wanted(self._expected, OTHER_ERROR)
