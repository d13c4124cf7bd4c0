"""The line to a card as the two kinds of cards share it: a command and its answer, a question to the keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.codecs.card.picture import Opened
from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import NOTHING, Answered, Ask, Break, Granted, Lost, Over, Transmit, Updated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.card.contents import Value
    from gateway.codecs.card.profile import Known, Profile
    from gateway.codecs.card.steps import Purpose, Talk

_DONE = 0x9000


class Line:
    """A profile, an answer to reset, and once it is known which card it is, who it is."""

    def __init__(self, profile: Profile, atr: bytes) -> None:
        self.profile = profile
        self.atr = atr
        self.opened: Opened | None = None

    def sent(self, command: Transmit) -> Talk[Answered]:
        """Send a command, with its deadline, whatever its status; a card that has gone ends the dialogue."""
        answer = yield replace(command, deadline_s=self.profile.deadlines.command_s)
        if isinstance(answer, Answered):
            return answer
        raise _ended(answer, command.label)

    def done(self, command: Transmit) -> Talk[bytes]:
        """Send a command that must be carried out, and give all of what was expected of it."""
        answer = yield from self.sent(command)
        if answer.status != _DONE:
            told = self.profile.told(answer.status)
            raise Break(told, f"{command.label}: {self.profile.meaning(answer.status)}")
        if len(answer.body) != (command.expected or 0):
            raise Break(
                Told.CARD_FAULT,
                f"{command.label}: {len(answer.body)} bytes, {command.expected or 0} expected",
            )
        if command.is_update:
            yield Updated(command.label)
        return answer.body

    def asked(self, purpose: Purpose, key: str, size: int, over: Over = NOTHING) -> Talk[bytes]:
        """Ask who has the keys."""
        opened = self.opened
        assert opened is not None, "keys are of a card"  # noqa: S101 - of our own code
        answer = yield Ask(
            purpose, self.profile.name, opened.serial, opened.key_version, key, size, over,
            self.profile.deadlines.ask_s, opened.system,
        )  # fmt: skip
        if isinstance(answer, Granted):
            return answer.value
        raise _ended(answer, f"{purpose.value} of {key}")

    def found(self, values: Mapping[str, Mapping[str, Value]], serial: bytes, tries: int | None) -> Opened:
        """Note which card it is: what the profile says is on it, or the same on all of them."""
        profile = self.profile
        version = _known(profile.key_version, values)
        assert isinstance(version, int), "a key version is a number"  # noqa: S101 - the profile says so
        self.opened = Opened(serial.hex().upper(), version, str(_known(profile.system, values)), tries)
        return self.opened


def _known(known: Known | None, values: Mapping[str, Mapping[str, Value]]) -> Value:
    if known is None:
        return ""
    return known.fixed if known.fixed is not None else values[known.file][known.field]


def _ended(answer: object, label: str) -> Break:
    """Say why a dialogue ends; another kind of answer than was asked for is a bug of its driver."""
    if isinstance(answer, Lost):
        return Break(answer.told, f"{label}: {answer.detail}" if answer.detail else label)
    raise TypeError(f"{label} was answered by {type(answer).__name__}")
