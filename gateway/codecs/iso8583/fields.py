"""Fields: content, length prefix and padding, compiled once to a reader and a writer.

A table names a field in one of two ways. A row, as public test suites print them::

    ["fix", content, length, option…]
    ["var", prefix, prefix digits, content, most, option…]

or an entry of a profile, whose content and prefix follow from the profile's ``contents`` and
``prefix`` unless it names its own::

    {"name": "retrieval reference", "type": "an", "length": 12}
    {"name": "primary account number", "type": "n", "max": 19, "secret": true}

Lengths count characters or digits; of binary contents they count bytes (see ``contents``).
Options: ``left`` or ``right`` (where an odd digit is padded; ``rightF`` pads with F), ``bytes`` or
``digits`` (what the length counts). An entry says ``pad``, ``unit``, ``digits`` (of its prefix)
and ``fill``: ``right`` lets a short fixed value be filled up with blanks, ``left`` with zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.codecs.iso8583.charsets import CHARSETS, Charset
from gateway.codecs.iso8583.contents import CONTENTS, Content, Misfit, Packing, content_named
from gateway.codecs.iso8583.prefixes import (
    PREFIX_BYTES_MAX,
    PREFIX_DIGITS_MAX,
    PREFIXES,
    Prefix,
    prefix_named,
)
from gateway.codecs.iso8583.quick import Characters
from gateway.codecs.iso8583.tables import TableFault, choice, rows, whole, word

Reader = Callable[[bytes, int], tuple[str, int]]
Writer = Callable[[str], bytes]

# What a six-digit prefix can say; the frame's own limit is far below.
LENGTH_MAX = 999_999
# The short cut takes fields up to LLLVAR; what is wider is no plain text.
QUICK_MAX = 999
_FILLS = frozenset({"left", "right"})
_UNITS = frozenset({"bytes", "digits"})
_ROW_LENGTHS = {"fix": 3, "var": 5}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field, ready to use.

    ``read(payload, at)`` gives the text and the offset behind it and raises ``Misfit`` with an
    offset in the payload; ``write(text)`` gives the bytes and raises ``Misfit``. ``quick`` is
    the layout of a field of ASCII characters for the short cut, or ``None``.
    """

    number: int
    name: str
    read: Reader
    write: Writer
    is_secret: bool = False
    quick: Characters | None = None


@dataclass(frozen=True, slots=True)
class FieldDefaults:
    """What a profile says once for all fields: the content of each class, and the prefix."""

    contents: Mapping[str, object]
    prefix: str


def field_of(number: int, entry: object, defaults: FieldDefaults) -> FieldSpec:
    """Compile a field of its table entry, in either form; raises ``TableFault``."""
    where = f"field {number}"
    if isinstance(entry, Mapping):
        return _of_entry(number, entry, defaults, where)
    if isinstance(entry, list | tuple):
        return _of_row(number, rows({"row": entry}, "row", where), where)
    raise TableFault(where, "must be an object or a list")


def _of_row(number: int, row: list[object], where: str) -> FieldSpec:
    kind = choice(row[0] if row else None, frozenset(_ROW_LENGTHS), where)
    needed = _ROW_LENGTHS[kind]
    if len(row) < needed:
        raise TableFault(where, f"a {kind} row has at least {needed} parts")
    packing = _packing_of(row[needed:], where)
    content = content_named(choice(row[needed - 2], CONTENTS, where), None, packing)
    most = whole(row[needed - 1], where, least=0, most=LENGTH_MAX)
    if kind == "fix":
        return FieldSpec(number, "", *_fixed(content, most, ""), quick=_characters(content, most, 0))
    prefix = _prefix_of(row[1], row[2], where)
    # Rows are the tables of others; a most beyond the prefix is harmless there.
    most = min(most, prefix.capacity)
    quick = _characters(content, most, prefix.quick_digits)
    return FieldSpec(number, "", *_variable(content, prefix, most), quick=quick)


def _of_entry(number: int, entry: Mapping[str, object], defaults: FieldDefaults, where: str) -> FieldSpec:
    charset = CHARSETS[choice(entry.get("type"), CHARSETS, f"{where}.type")]
    packing = _packing_of([entry[key] for key in ("pad", "unit") if key in entry], where)
    content = _content_of(entry, charset, packing, defaults, where)
    name, is_secret = word(entry, "name", where), entry.get("secret") is True
    if ("length" in entry) == ("max" in entry):
        raise TableFault(where, "needs either a length or a max")
    if "length" in entry:
        length = whole(entry["length"], f"{where}.length", least=1, most=LENGTH_MAX)
        fill = choice(entry["fill"], _FILLS, f"{where}.fill") if "fill" in entry else ""
        quick = _characters(content, length, 0)
        return FieldSpec(number, name, *_fixed(content, length, fill), is_secret, quick)
    most = whole(entry["max"], f"{where}.max", least=1, most=LENGTH_MAX)
    prefix = _prefix_of(
        entry.get("prefix", defaults.prefix), entry.get("digits", max(2, len(str(most)))), where
    )
    if most > prefix.capacity:
        raise TableFault(f"{where}.max", f"the prefix counts to {prefix.capacity} only")
    quick = _characters(content, most, prefix.quick_digits)
    return FieldSpec(number, name, *_variable(content, prefix, most), is_secret, quick)


def _content_of(
    entry: Mapping[str, object],
    charset: Charset,
    packing: Packing,
    defaults: FieldDefaults,
    where: str,
) -> Content:
    named = entry.get("content", defaults.contents.get(charset.name, defaults.contents.get("ans")))
    name = choice(named, CONTENTS, f"{where}.content")
    if (charset.name == "b") != (name in {"bin", "hexbin"}):
        raise TableFault(f"{where}.content", f"{name} cannot hold class {charset.name}")
    return content_named(name, charset, packing)


def _packing_of(options: list[object], where: str) -> Packing:
    right, digit, unit = False, "0", ""
    for option in options:
        if isinstance(option, str) and option in _UNITS:
            unit = option
        elif isinstance(option, str) and option in {"left", "leftF", "right", "rightF"}:
            right = option.startswith("right")
            digit = "F" if option.endswith("F") else "0"
        elif option is not None:
            raise TableFault(where, "an option is left, leftF, right, rightF, bytes or digits")
    return Packing(right, digit, unit)


def _prefix_of(kind: object, digits: object, where: str) -> Prefix:
    named = choice(kind, PREFIXES, f"{where}.prefix")
    most = PREFIX_BYTES_MAX if named == "bin" else PREFIX_DIGITS_MAX
    return prefix_named(named, whole(digits, f"{where}.digits", least=1, most=most))


def _characters(content: Content, most: int, prefix_digits: int | None) -> Characters | None:
    size = content.size(most)
    if not content.legal or size > QUICK_MAX or prefix_digits is None:
        return None
    # A variable length that counts bytes, not characters, is left to the long way.
    return None if prefix_digits and size != most else Characters(content.legal, size, prefix_digits)


def _fixed(content: Content, length: int, fill: str) -> tuple[Reader, Writer]:
    size, unpack, pack, count_of = content.size(length), content.read, content.write, content.count

    def read(payload: bytes, at: int) -> tuple[str, int]:
        end = at + size
        raw = payload[at:end]
        if len(raw) != size:
            raise Misfit(at, f"cut short: {len(raw)} of {size} bytes")
        try:
            return unpack(raw, length), end
        except Misfit as fault:
            raise Misfit(at + fault.at, fault.why) from None

    def write(text: str) -> bytes:
        count = count_of(text)
        if count != length:
            if not fill or count > length:
                raise Misfit(min(count, length), f"length is {count}, must be {length}")
            text = text.rjust(length, "0") if fill == "left" else text.ljust(length)
        return pack(text)

    return read, write


def _variable(content: Content, prefix: Prefix, most: int) -> tuple[Reader, Writer]:
    size_of, unpack, pack, count_of = content.size, content.read, content.write, content.count
    read_count, write_count, prefix_size = prefix.read, prefix.write, prefix.size

    def read(payload: bytes, at: int) -> tuple[str, int]:
        count = read_count(payload, at)
        if count > most:
            raise Misfit(at, f"length says {count}, at most {most} are allowed")
        start = at + prefix_size
        if count == 0:
            return "", start
        size = size_of(count)
        end = start + size
        raw = payload[start:end]
        if len(raw) != size:
            raise Misfit(start, f"cut short: length says {size} bytes, {len(raw)} are there")
        try:
            return unpack(raw, count), end
        except Misfit as fault:
            raise Misfit(start + fault.at, fault.why) from None

    def write(text: str) -> bytes:
        count = count_of(text)
        if count > most:
            raise Misfit(most, f"length is {count}, at most {most} are allowed")
        return write_count(count) + pack(text) if text else write_count(0)

    return read, write
