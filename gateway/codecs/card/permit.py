"""What a station may have answered for one order: this card, and on it this purchase, byte for byte.

    reading    challenges, INTERNAL, EXTERNAL, PROVE
    writing    these, and CODE, and SEAL of just the bytes that the profile's plan writes for this loading

Whoever has the keys compares what is to be sealed with what the order loads. So a station that was stolen, or
whose software is somebody else's, cannot have another amount, another number or another meter sealed, nor an
answer of the card made in place of the card.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gateway.codecs.card.cpu import BY_SHORT_NAME, SEALED, UPDATE
from gateway.codecs.card.profile import Kind, profile_named
from gateway.codecs.card.steps import WRITES, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.codecs.card.picture import Loading
    from gateway.codecs.card.profile import Profile
    from gateway.codecs.card.steps import Ask, Over

_SEQUENCE: Final = "sequence"


class PermitRefusal(Enum):
    """Why a question is not answered; the text is for the log and the operator."""

    OTHER_CARD = "the question is about another card than the order's"
    ONLY_READING = "the order reads the card, and writes nothing on it"
    OTHER_CONTENT = "what is to be sealed is not what the order loads"


@dataclass(frozen=True)
class Permit:
    """What may be asked for an order, by its name; without a ``loading`` the card is read only."""

    order: str
    profile: str
    serial: str
    key_version: int
    system: str
    loading: Loading | None = None

    def refusal(self, ask: Ask) -> PermitRefusal | None:
        """Say why this is not answered for this order; a question has the profile's sizes (``fits``)."""
        mine = (self.profile, self.serial, self.key_version, self.system)
        if (ask.profile, ask.serial, ask.key_version, ask.system) != mine:
            return PermitRefusal.OTHER_CARD
        if ask.purpose not in WRITES:
            return None
        if self.loading is None or self.loading.serial != self.serial:
            return PermitRefusal.ONLY_READING
        if ask.purpose is Purpose.CODE or self._is_loaded(ask.key, ask.over):
            return None
        return PermitRefusal.OTHER_CONTENT

    def _is_loaded(self, key: str, over: Over) -> bool:
        if profile_named(self.profile).kind is Kind.CPU:
            return (key, over.header, over.body) in self._sealed
        return self._is_slot(key, over)

    @cached_property
    def _sealed(self) -> frozenset[tuple[str, bytes, bytes]]:
        """All commands to a CPU card that the plan can write: file, header and body."""
        assert self.loading is not None  # noqa: S101 - asked for behind that question only
        return frozenset(_planned(profile_named(self.profile), self.loading))

    def _is_slot(self, key: str, over: Over) -> bool:
        """Is it a record of a memory card? Its sequence only says how often the slot was written."""
        assert self.loading is not None  # noqa: S101 - likewise
        profile = profile_named(self.profile)
        wanted = self.loading.records(profile).get(key)
        if wanted is None or len(over.body) != len(wanted):
            return False
        file, body = profile.file(key), over.body
        if file.has(_SEQUENCE):
            field = file.field(_SEQUENCE)
            body = body[: field.at] + wanted[field.at : field.end] + body[field.end :]
        return body == wanted and over.header in {bytes((place, file.size)) for place in file.places}


def _planned(profile: Profile, loading: Loading) -> Iterator[tuple[str, bytes, bytes]]:
    records = loading.records(profile)
    for do, file in profile.plan:
        at, body = 0, records.get(file.name, b"")
        if do == "clear":
            body = bytes(file.size)
        elif do == "void":
            count = file.field("count")
            at, body = count.at, bytes(count.size)
        size = len(body) + profile.security.mac_size
        yield file.name, bytes((SEALED, UPDATE, BY_SHORT_NAME | file.places[0], at, size)), body
