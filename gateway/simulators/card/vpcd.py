"""The card's end of a virtual reader's wire, as vpcd of the vsmartcard project speaks it; blocking, one card.

The reader listens and the card connects: to connect is to be put in, to close is to be pulled out. Each
message, both ways, is two bytes of length, the highest first, and a body.

    reader ──► card    00 power off   01 power on   02 reset      no answer
                       04                                         answer to reset
                       anything longer: a command                 response

The reader writes the length and the body in two, and waits for the first to be acknowledged before it sends
the second. Without TCP_QUICKACK, which has to be asked for again after every read, that takes 40 ms a
command.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from gateway.simulators.card.cells import CardGone

if TYPE_CHECKING:
    from gateway.simulators.card.faults import VirtualCard

POWER_OFF, POWER_ON, RESET, ATR = b"\x00", b"\x01", b"\x02", b"\x04"
#: Where the first virtual reader of vpcd listens.
PORT: Final = 35963

_LENGTH: Final = 2
#: Seconds until the reader must have let a card in; it is on the same machine.
_CONNECT_S_MAX: Final = 5


class VpcdWire:
    """A card in the slot of a virtual reader. ``serve`` returns once either side has let go."""

    def __init__(self, card: VirtualCard, port: int = PORT, host: str = "127.0.0.1") -> None:
        self._card = card
        self._atr = card.reset()
        self._socket = socket.create_connection((host, port), timeout=_CONNECT_S_MAX)
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def serve(self) -> None:
        """Answer until the reader closes, the card is pulled out, or ``leave`` is called."""
        try:
            while (message := self._received()) is not None:
                answer = self.answer(message)
                if answer is not None:
                    self._socket.sendall(len(answer).to_bytes(_LENGTH, "big") + answer)
        except (CardGone, ConnectionError):
            pass
        finally:
            self._socket.close()

    def leave(self) -> None:
        """Pull the card out, from another thread; a card that has left may leave again."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def answer(self, message: bytes) -> bytes | None:
        """Answer one message; None where none is due. Raises ``CardGone`` where the card is pulled out."""
        if message in {POWER_ON, RESET}:
            self._atr = self._card.reset()
            return None
        if message == ATR:
            return self._atr
        return None if len(message) < _LENGTH else self._card.transmit(message)

    def _received(self) -> bytes | None:
        head = self._bytes(_LENGTH)
        return None if head is None else self._bytes(int.from_bytes(head, "big"))

    def _bytes(self, count: int) -> bytes | None:
        """Read so many bytes; None where the reader has closed."""
        read = b""
        while len(read) < count:
            part = self._socket.recv(count - len(read))
            if hasattr(socket, "TCP_QUICKACK"):
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            if not part:
                return None
            read += part
        return read
