"""Tariff versions and vending keys are what the sealed diary tells of them (``core.life_told``).

    each line of a step     one row has exactly these words, and says that this person took that step
    each step of a row      has its line, unless it is from before the diary
    each row with a line    stands where its last line has brought it

The rows themselves are not sealed: their states change, and a version's body is long. Whoever writes another
price into a version, another check value into a key, or takes back a withdrawal, does not get past the lines.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gateway.core.authority import Function
from gateway.core.diary import Action, DiaryOutcome
from gateway.core.key_ring import KeyState
from gateway.core.life_told import KEY, SEPARATOR, TARIFF, key_told, tariff_told
from gateway.core.person import login_of
from gateway.core.tariff_life import SET_UP, TariffState
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from gateway.core.key_life import VendingKey
    from gateway.core.tariff_life import TariffVersion

_BEGINS: Final = {Function.TARIFFS.value: TARIFF, Function.KEYS.value: KEY}

#: The steps in the order of a life, each with what it is called and the states that it leads to.
_STEPS: Final = {
    Action.ORDER.value: ("drafted or loaded", {TariffState.DRAFT.value, KeyState.PENDING.value}),
    Action.APPROVE.value: ("approved", {TariffState.APPROVED.value, KeyState.APPROVED.value}),
    Action.WITHDRAW.value: ("withdrawn", {TariffState.WITHDRAWN.value, KeyState.WITHDRAWN.value}),
}


@dataclass(frozen=True, slots=True)
class _Lived:
    """A row by its words: where it stands, and who took each step when, as the row says."""

    words: str
    state: str
    people: tuple[str | None, ...]
    moments: tuple[datetime | None, ...]


@dataclass(slots=True)
class Lives:
    """What the lines tell, read link by link."""

    first_us: int | None = None
    steps: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    twice: list[str] = field(default_factory=list)

    def add(self, lines: Iterable[Sequence[Any]]) -> None:
        """Take in the lines of a link, with the columns that are sealed."""
        for _, at_us, actor, _, _, function, action, _, outcome, detail in lines:
            if self.first_us is None:
                self.first_us = at_us
            if function not in _BEGINS or action not in _STEPS or outcome != DiaryOutcome.DONE.value:
                continue
            words = detail.rpartition(SEPARATOR)[2]
            if not words.startswith(_BEGINS[function]):
                continue
            if action in self.steps[words]:
                self.twice.append(f"{words}: the diary tells twice that it was {_STEPS[action][0]}")
            self.steps[words][action] = login_of(actor).strip()

    def findings(self, versions: Iterable[TariffVersion], keys: Iterable[VendingKey]) -> Iterator[str]:
        """Compare the rows with the lines; each finding is a sentence."""
        yield from self.twice
        told = dict(self.steps)
        for row in (*map(_version, versions), *map(_key, keys)):
            yield from self._of_row(row, told.pop(row.words, {}))
        for words in told:
            yield f"{words}: so the diary has it, and no row is so; it was changed, or taken out"

    def _of_row(self, row: _Lived, told: dict[str, str]) -> Iterator[str]:
        states: set[str] = set()
        for (action, (done, leads_to)), by, at in zip(_STEPS.items(), row.people, row.moments, strict=True):
            actor = told.get(action)
            states = leads_to if actor is not None else states
            if actor is not None and actor != by:
                yield f"{row.words}: {done} by {actor} in the diary, by {by or 'nobody'} in its row"
            if actor is None and at is not None and (Action.ORDER.value in told or self._is_since(at)):
                yield f"{row.words}: {done} in its row, and no line of the diary tells of it"
        if states and row.state not in states:
            yield f"{row.words}: {row.state} in its row, and another by the diary"

    def _is_since(self, at: datetime) -> bool:
        """Is it not from before the diary?"""
        return self.first_us is not None and microseconds(at) >= self.first_us


def _version(version: TariffVersion) -> _Lived:
    people = (version.drafted_by, version.approved_by, version.withdrawn_by)
    steps = zip(people, (version.drafted_at, version.approved_at, version.withdrawn_at), strict=True)
    # What a new gateway begins with is before its diary, whatever its clock said on that day.
    moments = tuple(None if by == SET_UP else at for by, at in steps)
    return _Lived(tariff_told(version), version.state.value, people, moments)


def _key(key: VendingKey) -> _Lived:
    people = (key.loaded_by, key.approved_by, key.withdrawn_by)
    moments = (key.loaded_at, key.approved_at, key.withdrawn_at)
    return _Lived(key_told(key), key.state.value, people, moments)
