"""What a meter says instead of an answer: its error word, with each bit named.

One byte answers a request of any kind; meters with a security module answer control 03 with two bytes, and
those made from 2014 on the relay's 1C as well. Where such a request is answered with one byte, the meter does
not know it, and the byte is the plain one. A refusal does not prove that nothing was done: meters were seen
that refused a write and had written a part of it. Read back.

Sources: DL/T 645-2007, annex B (plain); Q/GDW 365 meters (security module: the names are known, the order of
the bits is not verified; relay).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlt645.fault import PeerFault
from gateway.codecs.dlt645.requests import Function

if TYPE_CHECKING:
    from gateway.codecs.dlt645.frame import Frame

PLAIN: Final = (
    "other",
    "no_such_item",
    "password",
    "baud_fixed",
    "too_many_year_zones",
    "too_many_day_slots",
    "too_many_tariffs",
)
SECURE: Final = ("other", "repeated", "esam", "session", "customer", "count", "over_limit", "address")
RELAY: Final = (
    "suspended",
    "seal",
    "password",
    "session_expired",
    "order_expired",
    "trip_kept_powered",
    "pre_trip_kept_powered",
    "no_pre_trip_time",
    "already_tripped",
)
PLAIN_1997: Final = (
    "content",
    "no_such_item",
    "password",
    "bit3",
    "too_many_year_zones",
    "too_many_day_slots",
    "too_many_tariffs",
)
#: What meters made from 2014 on say of an order of the relay that they have taken.
RELAY_TAKEN: Final = (
    "closing",
    "closing_permitted",
    "tripped",
    "trip_delayed",
    "pre_trip",
    "trip_delayed_by_current",
    "bit6",
    "bit7",
    "kept_powered",
    "kept_powered_no_more",
    "alarm",
    "alarm_off",
)

_WORD_BYTES: Final = 2
_WORDS: Final[dict[int, tuple[str, ...]]] = {Function.SECURE: SECURE, Function.RELAY: RELAY}


@dataclass(frozen=True, slots=True)
class Refusal:
    """The function that was refused, the error word, and the names of its bits, the lowest first."""

    function: int
    word: int
    names: tuple[str, ...]


def named(word: int, names: tuple[str, ...]) -> tuple[str, ...]:
    """Name the bits that are set; one without a name is called by its number.

    >>> named(0b100000010, PLAIN)
    ('no_such_item', 'bit8')
    """
    bits = range(word.bit_length())
    return tuple(names[bit] if bit < len(names) else f"bit{bit}" for bit in bits if word >> bit & 1)


def read_relay_taken(body: bytes) -> tuple[str, ...]:
    r"""Name what a meter says of an order of the relay that it has taken; older meters say nothing.

    >>> read_relay_taken(b"\x04\x01")
    ('tripped', 'kept_powered')
    """
    return named(int.from_bytes(body[:_WORD_BYTES], "little"), RELAY_TAKEN)


def read_refusal(frame: Frame, *, plain: tuple[str, ...] = PLAIN) -> Refusal:
    """Read the error word of a refusing frame; ``PeerFault`` where there is none.

    ``plain`` names the bits of one byte: those of -1997 are others.
    """
    if not 1 <= len(frame.body) <= _WORD_BYTES:
        raise PeerFault("error word", len(frame.body), "one or two bytes are wanted")
    is_word = len(frame.body) == _WORD_BYTES
    names = _WORDS.get(frame.function, plain) if is_word else plain
    word = int.from_bytes(frame.body, "little")
    return Refusal(frame.function, word, named(word, names))
