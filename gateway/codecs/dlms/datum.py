"""A value of COSEM: its tag and what it holds (IEC 62056-6-2, 4.1.5: common data types)."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple, TypeAlias

NULL: Final = 0
ARRAY: Final = 1
STRUCTURE: Final = 2
BOOLEAN: Final = 3
BIT_STRING: Final = 4
INT32: Final = 5
UINT32: Final = 6
OCTET_STRING: Final = 9
VISIBLE_STRING: Final = 10
UTF8_STRING: Final = 12
BCD: Final = 13
INT8: Final = 15
INT16: Final = 16
UINT8: Final = 17
UINT16: Final = 18
COMPACT_ARRAY: Final = 19
INT64: Final = 20
UINT64: Final = 21
ENUM: Final = 22
FLOAT32: Final = 23
FLOAT64: Final = 24
DATE_TIME: Final = 25
DATE: Final = 26
TIME: Final = 27
DONT_CARE: Final = 255

#: The standard's names, for messages to people.
NAMES: Final = {
    NULL: "null-data", ARRAY: "array", STRUCTURE: "structure", BOOLEAN: "boolean", BIT_STRING: "bit-string",
    INT32: "double-long", UINT32: "double-long-unsigned", OCTET_STRING: "octet-string",
    VISIBLE_STRING: "visible-string", UTF8_STRING: "utf8-string", BCD: "bcd", INT8: "integer", INT16: "long",
    UINT8: "unsigned", UINT16: "long-unsigned", COMPACT_ARRAY: "compact-array", INT64: "long64",
    UINT64: "long64-unsigned", ENUM: "enum", FLOAT32: "float32", FLOAT64: "float64", DATE_TIME: "date-time",
    DATE: "date", TIME: "time", 28: "delta-integer", 29: "delta-long", 30: "delta-double-long",
    31: "delta-unsigned", 32: "delta-long-unsigned", 33: "delta-double-long-unsigned",
    DONT_CARE: "don't-care",
}  # fmt: skip

#: What has a fixed size and is a number: tag → how it lies in the octets.
NUMBERS: Final = {
    tag: struct.Struct(form)
    for tag, form in {
        INT32: ">i", UINT32: ">I", BCD: ">b", INT8: ">b", INT16: ">h", UINT8: ">B", UINT16: ">H",
        INT64: ">q", UINT64: ">Q", ENUM: ">B", FLOAT32: ">f", FLOAT64: ">d",
        28: ">b", 29: ">h", 30: ">i", 31: ">B", 32: ">H", 33: ">I",
    }.items()
}  # fmt: skip

#: What has a fixed size and stays octets: date and time have wildcards in them.
MOMENTS: Final = {DATE_TIME: 12, DATE: 5, TIME: 4}

DEPTH_MAX: Final = 16
"""Arrays and structures within each other; the classes of IEC 62056-6-2 need six."""

VALUE_OCTETS_MAX: Final = 262_144
"""Octets of one value: a month of quarter-hours in rows of 80. What is longer is read in parts."""


class Datum(NamedTuple):
    """A value with its tag: a number, a truth, octets, a text, or further values.

    Octets hold tokens and passwords: a repr shows how many there are, not which.
    """

    tag: int
    value: Content

    def __repr__(self) -> str:
        """Show numbers; of texts and octets the size only."""
        value = self.value
        shown = f"<{len(value)}>" if isinstance(value, bytes | str) else repr(value)
        return f"{NAMES.get(self.tag, self.tag)}({shown})"


Content: TypeAlias = bool | int | float | bytes | str | tuple[Datum, ...] | None

NOTHING: Final = Datum(NULL, None)


def structure(*parts: Datum) -> Datum:
    """Make a structure."""
    return Datum(STRUCTURE, parts)


def array(*parts: Datum) -> Datum:
    """Make an array."""
    return Datum(ARRAY, parts)


def octets(text: bytes) -> Datum:
    """Make an octet-string."""
    return Datum(OCTET_STRING, text)
