"""Sub-fields: what a bank puts inside the text of one field.

| kind   | example                        | table                                        |
| ------ | ------------------------------ | -------------------------------------------- |
| tlv    | ``MT11370123456`` …            | ``tag``, ``length``: their widths in characters |
| tagged | ``MT=37012345678|CN=12345``    | ``separator``, ``equals``                    |
| fixed  | ``0200004711…`` (DE90)         | ``parts``: a list of [name, width]           |

``tags`` names the tags we know; others are kept and reported as unknown, so that nothing a bank
sends is lost in silence. Without ``tags`` every tag is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TYPE_CHECKING

from gateway.codecs.iso8583.message import PeerFault, ValueFault
from gateway.codecs.iso8583.tables import TableFault, choice, rows, section, whole, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.iso8583.message import Message

KINDS = frozenset({"tlv", "tagged", "fixed"})
# Tags and their lengths are a few characters wide in every known layout.
WIDTH_MAX = 6
# A field holds at most 999 characters, a part of it no more.
PART_MAX = 999


@dataclass(frozen=True, slots=True)
class SubFields:
    """Values by tag. They hold tokens, keys and names, so a repr shows the tags only."""

    values: dict[str, str]
    unknown: dict[str, str] = attribute(default_factory=dict)

    def __repr__(self) -> str:
        """Show the tags only."""
        return f"SubFields({', '.join(self.values)}; unknown: {', '.join(self.unknown) or 'none'})"


@dataclass(frozen=True, slots=True)
class SubFieldLayout:
    """The layout of one field's text; ``parse`` and ``build`` are each other's inverse."""

    field: int
    kind: str
    tag_width: int = 0
    length_width: int = 0
    separator: str = ""
    equals: str = ""
    parts: tuple[tuple[str, int], ...] = ()
    tags: frozenset[str] | None = None

    @classmethod
    def from_table(cls, field: int, table: Mapping[str, object]) -> SubFieldLayout:
        """Compile a profile's entry; raises ``TableFault``."""
        where = f"subfields.{field}"
        kind = choice(table.get("kind"), KINDS, f"{where}.kind")
        tags = frozenset(section(table, "tags", where)) if "tags" in table else None
        if kind == "fixed":
            return cls(field, kind, parts=_parts_of(table, where))
        if kind == "tagged":
            separator, equals = word(table, "separator", where, "|"), word(table, "equals", where, "=")
            if not separator or not equals or separator == equals:
                raise TableFault(where, "separator and equals must be two different texts")
            return cls(field, kind, separator=separator, equals=equals, tags=tags)
        tag = whole(table.get("tag"), f"{where}.tag", least=1, most=WIDTH_MAX)
        length = whole(table.get("length"), f"{where}.length", least=1, most=WIDTH_MAX)
        return cls(field, kind, tag_width=tag, length_width=length, tags=tags)

    def parse(self, text: str) -> SubFields:
        """Read the values of ``text``; raises ``PeerFault`` with the offset inside the field."""
        if self.kind == "fixed":
            return SubFields(self._slices(text))
        found = self._tlv(text) if self.kind == "tlv" else self._tagged(text)
        if self.tags is None:
            return SubFields(found)
        known = {tag: value for tag, value in found.items() if tag in self.tags}
        return SubFields(known, {tag: found[tag] for tag in found if tag not in known})

    def build(self, values: Mapping[str, str]) -> str:
        """Write ``values`` in their order; raises ``ValueFault``."""
        if self.kind == "fixed":
            return self._joined(values)
        write = self._tlv_part if self.kind == "tlv" else self._tagged_part
        return self.separator.join(write(tag, value) for tag, value in values.items())

    def _slices(self, text: str) -> dict[str, str]:
        total = sum(width for _, width in self.parts)
        if len(text) != total:
            why = f"{len(text)} characters, the parts need {total}"
            raise PeerFault(self.field, min(len(text), total), why)
        values, at = {}, 0
        for name, width in self.parts:
            values[name] = text[at : at + width]
            at += width
        return values

    def _tlv(self, text: str) -> dict[str, str]:
        values: dict[str, str] = {}
        at = 0
        while at < len(text):
            start = at + self.tag_width + self.length_width
            tag, digits = text[at : at + self.tag_width], text[at + self.tag_width : start]
            if start > len(text):
                raise PeerFault(self.field, at, "tag or length cut short")
            if not (digits.isdecimal() and digits.isascii()):
                raise PeerFault(self.field, at + self.tag_width, "length is not numeric")
            end = start + int(digits)
            if end > len(text):
                why = f"length says {int(digits)} characters, {len(text) - start} are there"
                raise PeerFault(self.field, start, why)
            self._keep(values, tag, text[start:end], at)
            at = end
        return values

    def _tagged(self, text: str) -> dict[str, str]:
        values: dict[str, str] = {}
        at = 0
        for part in text.split(self.separator) if text else ():
            tag, equals, value = part.partition(self.equals)
            # A separator at the end closes the last pair in some dialects.
            if part or at < len(text):
                if not (tag and equals):
                    raise PeerFault(self.field, at, f"no tag before {self.equals!r}")
                self._keep(values, tag, value, at)
            at += len(part) + len(self.separator)
        return values

    def _keep(self, values: dict[str, str], tag: str, value: str, at: int) -> None:
        # Which of two values counts would be our guess, and one of them may be an amount.
        if tag in values:
            raise PeerFault(self.field, at, "a tag is repeated")
        values[tag] = value

    def _joined(self, values: Mapping[str, str]) -> str:
        strangers = values.keys() - {name for name, _ in self.parts}
        if strangers:
            raise ValueFault(self.field, "a part that the layout does not have")
        for name, width in self.parts:
            if len(values.get(name, "")) != width:
                raise ValueFault(self.field, f"part {name} must have {width} characters")
        return "".join(values[name] for name, _ in self.parts)

    def _tlv_part(self, tag: str, value: str) -> str:
        length = str(len(value)).rjust(self.length_width, "0")
        if len(tag) != self.tag_width:
            raise ValueFault(self.field, f"a tag must have {self.tag_width} characters")
        if len(length) != self.length_width:
            raise ValueFault(self.field, f"tag {tag}: {len(value)} characters cannot be counted")
        return tag + length + value

    def _tagged_part(self, tag: str, value: str) -> str:
        if not tag or self.equals in tag or self.separator in tag + value:
            raise ValueFault(self.field, "a tag or value holds a character that separates")
        return tag + self.equals + value


def read(message: Message, layout: SubFieldLayout) -> SubFields:
    """Read a message's sub-fields, once; raises ``PeerFault`` as ``parse`` does. An absent field has none."""
    found = message.parts.get(layout.field)
    if found is None:
        found = message.parts[layout.field] = layout.parse(message.fields.get(layout.field, ""))
    return found


def _parts_of(table: Mapping[str, object], where: str) -> tuple[tuple[str, int], ...]:
    parts = []
    for row in rows(table, "parts", where):
        match row:
            case [str() as name, width]:
                parts.append((name, whole(width, f"{where}.parts.{name}", least=1, most=PART_MAX)))
            case _:
                raise TableFault(f"{where}.parts", "must be pairs of a name and a width")
    return tuple(parts)
