"""A message as a person reads it: each field with its name, and what the bank put inside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.assembly.commands.terminal import harmless
from gateway.codecs.iso8583.message import Message, MessageSpec, PeerFault
from gateway.codecs.iso8583.subfields import SubFieldLayout
from gateway.codecs.iso8583.tables import section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WIDTH: Final = 80
_LABEL_WIDTH: Final = 42


@dataclass(frozen=True, slots=True)
class PartView:
    """A sub-field: its tag, its name in the profile, its text as it may be shown."""

    tag: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field: its text as it may be shown, its parts, and why these cannot be read (empty: they can)."""

    number: int
    name: str
    text: str
    parts: tuple[PartView, ...] = ()
    fault: str = ""

    def plain(self) -> dict[str, object]:
        """The field for a program."""
        view: dict[str, object] = {"field": self.number, "name": self.name, "value": self.text}
        if self.parts:
            view["parts"] = [{"tag": p.tag, "name": p.name, "value": p.text} for p in self.parts]
        if self.fault:
            view["fault"] = self.fault
        return view


@dataclass(frozen=True, slots=True)
class MessageView:
    """Looks at messages through one profile. ``open_fields`` are shown although they are secret."""

    spec: MessageSpec
    layouts: Mapping[int, SubFieldLayout]
    tag_names: Mapping[int, Mapping[str, str]]
    open_fields: frozenset[int]

    @classmethod
    def of_profile(cls, table: Mapping[str, Any], open_fields: frozenset[int]) -> MessageView:
        """Compile a profile's table; TableFault names the entry that is wrong."""
        listed = section(table, "subfields", "profile") if "subfields" in table else {}
        layouts = {int(number): section(listed, number, "subfields") for number in listed}
        return cls(
            MessageSpec.from_table(section(table, "message", "profile")),
            {number: SubFieldLayout.from_table(number, layout) for number, layout in layouts.items()},
            {number: _names(layout) for number, layout in layouts.items()},
            open_fields,
        )

    def fields(self, message: Message) -> Iterator[FieldView]:
        """Give each field of a message, with what may be shown of it."""
        for number, text in message.fields.items():
            is_open = number in self.open_fields or number not in message.secrets
            shown = harmless(text if is_open else message.shown(number))
            parts, fault = self._parts(number, text, is_open=is_open)
            yield FieldView(number, self.name_of(number), shown, parts, fault)

    def lines(self, message: Message) -> Iterator[str]:
        """Write a message in rows of at most 80 columns."""
        yield f"MTI {message.mti}"
        for field in self.fields(message):
            yield from _row(f"{field.number:>4}  ", field.name, field.text)
            for part in field.parts:
                yield from _row(f"      {part.tag} ", part.name, part.text)
            if field.fault:
                yield f"      its sub-fields cannot be read: {field.fault}"

    def name_of(self, number: int) -> str:
        """Give the profile's name of a field."""
        spec = self.spec.fields.get(number)
        return spec.name if spec is not None else "without a layout"

    def _parts(self, number: int, text: str, *, is_open: bool) -> tuple[tuple[PartView, ...], str]:
        layout = self.layouts.get(number)
        if layout is None or not text:
            return (), ""
        try:
            found = layout.parse(text)
        except PeerFault as fault:
            return (), f"at character {fault.at}: {fault.why}"
        names = self.tag_names.get(number, {})
        parts = [
            PartView(
                harmless(tag), names.get(tag, ""), harmless(value) if is_open else f"<{len(value)} masked>"
            )
            for tag, value in {**found.values, **found.unknown}.items()
        ]
        return tuple(parts), ""


def _names(layout: Mapping[str, object]) -> dict[str, str]:
    """Give the names of a layout's tags, where it has tags."""
    tags = section(layout, "tags", "subfields") if "tags" in layout else {}
    return {tag: str(name) for tag, name in tags.items()}


def _row(start: str, name: str, text: str) -> list[str]:
    """Write a name and a text in two columns; what is too long goes on below itself."""
    label = f"{start}{name}"[:_LABEL_WIDTH].ljust(_LABEL_WIDTH + 1)
    width = WIDTH - len(label)
    # Cut at the column and not between words: each blank of a field counts.
    pieces = [text[at : at + width] for at in range(0, len(text), width)] or [""]
    return [(label if place == 0 else " " * len(label)) + piece for place, piece in enumerate(pieces)]
