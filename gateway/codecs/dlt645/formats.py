"""How values stand in a body: packed digits, lowest byte first, and what else a format may have.

    07 00 80 02   39 02      identifier 02800007, then 0239 with one decimal: 23.9 °C

| kind   | value | bytes of the line |
| ------ | ----- | ----------------- |
| bcd    | ``Quantity`` | packed digits, never below nothing |
| signed | ``Quantity`` | packed digits; the top bit of the last byte is the sign |
| binary | ``Quantity`` | a whole number |
| digits | a text of digits | a number, a date or a time as it is printed, first digit last |
| text   | a text | ASCII, first letter last, filled up with zeros |
| bits   | a whole number | a word of bits |

A number whose bytes are all FF is one that the meter has not got (``None``), such as that of a month before
it was installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from gateway.codecs.dlt645.fault import PeerFault, TableFault, ValueFault

#: Bytes of one value: a customer's number and an equipment's number in ASCII have 32.
WIDTH_MAX: Final = 32
#: Digits behind the point: no format of the standard has more than four.
DECIMALS_MAX: Final = 6

_SIGN: Final = 0x80
_ABSENT: Final = 0xFF


class Quantity(NamedTuple):
    """A measured value: a whole number of units, of which so many digits are behind the point.

    >>> Quantity(12345678, 2, "kWh").text
    '123456.78'
    """

    units: int
    decimals: int
    unit: str

    @property
    def text(self) -> str:
        """The number as it is printed, with all its decimals."""
        digits = str(abs(self.units)).rjust(self.decimals + 1, "0")
        sign = "-" if self.units < 0 else ""
        whole, behind = digits[: len(digits) - self.decimals], digits[len(digits) - self.decimals :]
        return f"{sign}{whole}.{behind}" if behind else sign + whole


Value = Quantity | str | int | None

_KINDS: Final = frozenset({"bcd", "signed", "binary", "digits", "text", "bits"})


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a format: its name, kind and bytes; numbers have decimals and a unit."""

    name: str
    kind: str
    width: int
    decimals: int = 0
    unit: str = ""

    @classmethod
    def from_table(cls, row: object, where: str) -> Part:
        """Read ``{"name", "kind", "bytes", "decimals"?, "unit"?}``; raises ``TableFault``."""
        if not isinstance(row, Mapping):
            raise TableFault(where, "must be an object")
        name, kind, unit = row.get("name"), row.get("kind"), row.get("unit", "")
        if not isinstance(name, str) or not isinstance(unit, str):
            raise TableFault(where, "has no name, or a unit that is no text")
        if kind not in _KINDS:
            raise TableFault(f"{where}.kind", f"must be one of {', '.join(sorted(_KINDS))}")
        width, decimals = row.get("bytes"), row.get("decimals", 0)
        if type(width) is not int or not 1 <= width <= WIDTH_MAX:
            raise TableFault(f"{where}.bytes", f"must be from 1 to {WIDTH_MAX}")
        if type(decimals) is not int or not 0 <= decimals <= DECIMALS_MAX:
            raise TableFault(f"{where}.decimals", f"must be from 0 to {DECIMALS_MAX}")
        return cls(name, kind, width, decimals, unit)

    def decode(self, raw: bytes, at: int) -> Value:
        """Read the value; ``PeerFault`` with its place where there are no digits."""
        if self.kind == "bits":
            return int.from_bytes(raw, "little")
        if self.kind == "text":
            return _letters(raw, self.name, at)
        if raw.count(_ABSENT) == len(raw):
            return None
        if self.kind == "binary":
            return Quantity(int.from_bytes(raw, "little"), self.decimals, self.unit)
        is_minus = self.kind == "signed" and raw[-1] >= _SIGN
        digits = (raw[:-1] + bytes((raw[-1] & ~_SIGN,)) if is_minus else raw)[::-1].hex()
        if not digits.isdecimal():
            raise PeerFault(self.name, at, "there are no decimal digits")
        if self.kind == "digits":
            return digits
        return Quantity(-int(digits) if is_minus else int(digits), self.decimals, self.unit)

    def encode(self, value: Value) -> bytes:
        """Write a value; a number as a ``Quantity`` or in its units. ``ValueFault`` if it has no place."""
        if self.kind == "text":
            return self._text_bytes(value)
        if value is None and self.kind != "bits":
            return bytes((_ABSENT,)) * self.width
        if self.kind == "digits":
            if (
                isinstance(value, str)
                and len(value) == 2 * self.width
                and value.isascii()
                and value.isdigit()
            ):
                return bytes.fromhex(value)[::-1]
            raise ValueFault(f"{self.name}: {2 * self.width} digits go there")
        return self._number_bytes(self._units(value))

    def _units(self, value: Value) -> int:
        if isinstance(value, Quantity):
            if value.decimals != self.decimals or value.unit != self.unit:
                raise ValueFault(
                    f"{self.name}: {self.decimals} decimals of {self.unit or 'no unit'} go there"
                )
            return value.units
        if isinstance(value, int):
            return value
        raise ValueFault(f"{self.name}: a number goes there")

    def _number_bytes(self, units: int) -> bytes:
        bits, digits = 8 * self.width, 2 * self.width
        if self.kind in {"bits", "binary"}:
            if not 0 <= units < 1 << bits:
                raise ValueFault(f"{self.name}: a number of {bits} bits goes there")
            return units.to_bytes(self.width, "little")
        # With a sign in its top bit the first digit goes up to seven.
        most = 8 * 10 ** (digits - 1) if self.kind == "signed" else 10**digits
        if not (-most if self.kind == "signed" else -1) < units < most:
            raise ValueFault(f"{self.name}: {units} does not fit into {digits} digits")
        raw = bytearray(bytes.fromhex(str(abs(units)).rjust(digits, "0"))[::-1])
        raw[-1] |= _SIGN if units < 0 else 0
        return bytes(raw)

    def _text_bytes(self, value: Value) -> bytes:
        if not isinstance(value, str) or not value.isascii() or len(value) > self.width or "\0" in value:
            raise ValueFault(f"{self.name}: at most {self.width} ASCII letters go there")
        return value.encode("ascii")[::-1].rjust(self.width, b"\0")


def _letters(raw: bytes, name: str, at: int) -> str:
    letters = raw[::-1].rstrip(b"\0")
    if not all(0x20 <= letter < 0x7F for letter in letters):  # noqa: PLR2004 - ASCII that can be printed
        raise PeerFault(name, at, "there are no letters")
    return letters.decode("ascii")
