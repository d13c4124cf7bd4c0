"""A draft of an answer: values are put where the profile wants them, and in the end everything fits.

An answer to a booked payment must be sayable whatever the bank sent and whatever a customer is called: the
repeat would fail like the first. So values are cut to their places, and where a field is still too full, what
matters least is left out first: the bank's own tags, then names, lines and texts; never the token.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from gateway.codecs.iso8583.contents import Misfit
from gateway.codecs.iso8583.message import PeerFault, ValueFault
from gateway.codecs.iso8583.subfields import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.codecs.iso8583.message import Message
    from gateway.codecs.iso8583.subfields import SubFieldLayout, SubFields
    from gateway.endpoints.bank_profile import BankProfile

#: What a customer in the dark waits for; everything else may be left out before it.
ESSENTIAL = ("token", "key_change", "free_token", "receipt", "energy", "free_energy")

#: And of these the very last to go.
_TOKENS = ("token", "key_change", "free_token")

#: How many lines are tried where they make one text: more than any screen has.
_LINES_MAX = 40

#: Lengths to which a sentence is cut until it fits its field: a whole one, an LLVAR field, a line, DE44.
_TEXT_LENGTHS = (200, 99, 40, 25)

#: The private field of a sign-on holds signatures and keys; they are not said again.
_PRIVATE = 48


class AnswerDraft:
    """The fields of one answer: the request's echo, without what only we say, and our values over it."""

    def __init__(self, profile: BankProfile, request: Message, code: str) -> None:
        self._profile = profile
        self._travelling: dict[int, SubFields] = {}
        self._ours: dict[int, dict[str, str]] = {}
        self.fields: dict[int, str] = {}
        is_network = request.mti.startswith("08")
        for number in profile.echo:
            text = request.fields.get(number)
            if text is None or (is_network and number == _PRIVATE):
                continue
            if number in profile.answer_tags:
                self._travel(number, request)
            else:
                self.fields[number] = text
        self.fields[39] = code

    def put(self, name: str, text: str) -> None:
        """Put a value where the profile wants it; nowhere if it does not, or if it cannot be said there."""
        place = self._profile.answer.get(name)
        if place is None:
            return
        if place.tags:
            self._ours.setdefault(place.field, {})[place.tags[0]] = plain_ascii(text)
        elif self._fits(place.field, plain_ascii(text)):
            self.fields[place.field] = plain_ascii(text)

    def put_lines(self, name: str, lines: list[str]) -> None:
        """Put lines into the tags that the profile has for them, as many as there are tags."""
        place = self._profile.answer.get(name)
        if place is not None and place.tags:
            into = self._ours.setdefault(place.field, {})
            into.update(zip(place.tags, (plain_ascii(line) for line in lines), strict=False))

    def put_sentence(self, sentence: str, lines: list[str]) -> None:
        """Say a sentence: as one text, or as ``lines`` where the profile has tags for lines."""
        place = self._profile.answer.get("text")
        if place is None or not sentence:
            return
        if place.tags:
            self.put_lines("text", lines)
            return
        text = plain_ascii(sentence)
        for length in _TEXT_LENGTHS:
            if self._fits(place.field, text[:length]):
                self.fields[place.field] = text[:length]
                return

    def put_written(self, name: str, write: Callable[[int], list[str]]) -> bool:
        """Put lines where the profile wants them, and say whether it has a place; ``write`` is told the room.

        A place that is one field gets them as one text, the most that it can hold.
        """
        place = self._profile.answer.get(name)
        if place is None:
            return False
        if place.tags:
            self.put_lines(name, write(len(place.tags)))
            return True
        for room in range(_LINES_MAX, 0, -1):
            text = plain_ascii("; ".join(write(room)))
            if self._fits(place.field, text):
                self.fields[place.field] = text
                break
        return True

    def written(self) -> dict[int, str]:
        """Return the fields in their order, every one of them sayable."""
        for number in self._travelling.keys() | self._ours.keys():
            for values in self._shrinking(number):
                text = self._built(number, values)
                if text is not None and self._fits(number, text):
                    self.fields[number] = text
                    break
        return dict(sorted(self.fields.items()))

    def _travel(self, number: int, request: Message) -> None:
        """Keep the request's tags to send them back; what cannot be read does not travel."""
        try:
            self._travelling[number] = read(request, self._profile.layouts[number])
        except PeerFault:
            return

    def _shrinking(self, number: int) -> Iterator[Mapping[str, str]]:
        """Give what the field should hold, then less and less of it."""
        ours = self._ours.get(number, {})
        tags_of_ours = self._profile.answer_tags.get(number, frozenset())
        sent = self._travelling.get(number)
        # An old token that travelled here in the request must not look like the answer's.
        known = {} if sent is None else {t: v for t, v in sent.values.items() if t not in tags_of_ours}
        unknown = {} if sent is None else {t: v for t, v in sent.unknown.items() if t not in tags_of_ours}
        yield {**known, **unknown, **ours}
        yield {**known, **ours}
        yield ours
        essential = self._tags_of(ESSENTIAL)
        rest = [tag for tag in ours if tag not in essential]
        while rest:
            rest.pop()
            yield {tag: value for tag, value in ours.items() if tag in essential or tag in rest}
        yield {tag: value for tag, value in ours.items() if tag in self._tags_of(_TOKENS)}
        yield {tag: value for tag, value in ours.items() if tag in self._tags_of(_TOKENS[:1])}

    def _tags_of(self, names: tuple[str, ...]) -> frozenset[str]:
        places = [self._profile.answer[name] for name in names if name in self._profile.answer]
        return frozenset(tag for place in places for tag in place.tags)

    def _built(self, number: int, values: Mapping[str, str]) -> str | None:
        layout = self._profile.layouts[number]
        try:
            return layout.build({tag: fitted(layout, value) for tag, value in values.items()})
        except ValueFault:
            return None

    def _fits(self, number: int, text: str) -> bool:
        field = self._profile.spec.fields.get(number)
        if field is None:
            return False
        try:
            field.write(text)
        except Misfit:
            return False
        return True


def fitted(layout: SubFieldLayout, value: str) -> str:
    """Cut a value to what its tag can count, without the characters that would end it early."""
    if layout.kind == "tlv":
        return value[: 10**layout.length_width - 1]
    for mark in (layout.separator, layout.equals):
        value = value.replace(mark, " ") if mark else value
    return value


def plain_ascii(text: str) -> str:
    """Write a text in the printable characters that every bank's field can carry."""
    if text.isascii() and text.isprintable():  # most are
        return text
    spread = text if text.isascii() else unicodedata.normalize("NFKD", text)
    return "".join(c if " " <= c <= "~" else "?" for c in spread if not unicodedata.combining(c))
