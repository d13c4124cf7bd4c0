"""Commands: the four cases of ISO/IEC 7816-3, 12.1.2, with short lengths.

    case 1    CLA INS P1 P2                     nothing goes, nothing comes
    case 2    CLA INS P1 P2 Le                  data come: Le of 00 means 256
    case 3    CLA INS P1 P2 Lc data             data go
    case 4    CLA INS P1 P2 Lc data Le          both

    00 B0 81 00 04      read four bytes of the file with the short name 1

Extended lengths begin with a length byte of 00 behind which more follows. No card of this trade has them, and
a reader that does not know them would cut them short: they are refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: One byte of Lc: what goes to a card at once.
BODY_MAX: Final = 255
#: One byte of Le, in which 00 says 256 (ISO/IEC 7816-3, 12.1.3): what comes back at once.
EXPECTED_MAX: Final = 256

_HEADER: Final = 4
_LC_END: Final = 5
# INS of 6X and 9X would be taken for status bytes by a reader of T=0 (ISO/IEC 7816-4, 5.4.2).
_NO_INSTRUCTION: Final = frozenset({0x60, 0x90})


class PeerFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """The other side broke the rules: where in its bytes, and why. The text holds none of them."""

    def __init__(self, what: str, at: int, why: str) -> None:
        super().__init__(f"{what} at {at}: {why}")
        self.what = what
        self.at = at
        self.why = why


class ValueFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """A command of ours cannot be said in bytes."""


@dataclass(frozen=True, slots=True, repr=False)
class Command:
    """A command. Its data may be a PIN or a cryptogram, so no repr shows them."""

    cla: int
    ins: int
    p1: int
    p2: int
    body: bytes = b""
    expected: int | None = None

    def __post_init__(self) -> None:
        """Refuse what has no place in the bytes."""
        if not all(0 <= byte <= 0xFF for byte in (self.cla, self.ins, self.p1, self.p2)):  # noqa: PLR2004 - a byte
            raise ValueFault("CLA, INS, P1 and P2 are one byte each")
        if self.ins & 0xF0 in _NO_INSTRUCTION:
            raise ValueFault(f"INS {self.ins:02X} would be a status byte")
        if len(self.body) > BODY_MAX:
            raise ValueFault(f"{len(self.body)} bytes to a card, at most {BODY_MAX} go at once")
        if self.expected is not None and not 1 <= self.expected <= EXPECTED_MAX:
            raise ValueFault(f"{self.expected} bytes asked of a card, from 1 to {EXPECTED_MAX} can be")

    def __repr__(self) -> str:
        """Show the header and the sizes only."""
        expected = "" if self.expected is None else f", {self.expected} expected"
        return f"Command({self.header.hex(' ')}, <{len(self.body)} bytes>{expected})"

    @property
    def header(self) -> bytes:
        """CLA, INS, P1 and P2."""
        return bytes((self.cla, self.ins, self.p1, self.p2))

    @property
    def case(self) -> int:
        """Which of the four cases it is."""
        return 1 + (self.expected is not None) + 2 * bool(self.body)

    @property
    def encoded(self) -> bytes:
        """The bytes to send.

        >>> Command(0x00, 0xB0, 0x81, 0x00, expected=256).encoded.hex(" ")
        '00 b0 81 00 00'
        """
        sent = bytes((len(self.body),)) + self.body if self.body else b""
        asked = b"" if self.expected is None else bytes((self.expected % EXPECTED_MAX,))
        return self.header + sent + asked


def read_command(raw: bytes) -> Command:
    """Read the bytes of a command as a card does; raises ``PeerFault``."""
    if len(raw) < _HEADER:
        raise PeerFault("command", len(raw), "shorter than CLA, INS, P1 and P2")
    if raw[1] & 0xF0 in _NO_INSTRUCTION:
        raise PeerFault("command", 1, "INS 6X and 9X are status bytes")
    body, expected = _body(raw)
    cla, ins, p1, p2 = raw[:_HEADER]
    return Command(cla, ins, p1, p2, body, expected)


def _body(raw: bytes) -> tuple[bytes, int | None]:
    if len(raw) == _HEADER:
        return b"", None
    length = raw[_HEADER]
    if len(raw) == _LC_END:
        return b"", length or EXPECTED_MAX
    if length == 0:
        raise PeerFault("command", _HEADER, "extended lengths are not for these cards")
    end = _LC_END + length
    if len(raw) not in {end, end + 1}:
        raise PeerFault("command", _HEADER, f"Lc says {length} bytes, {len(raw) - _LC_END} are there")
    return raw[_LC_END:end], (raw[end] or EXPECTED_MAX) if len(raw) > end else None
