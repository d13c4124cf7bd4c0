"""People and places are what the sealed diary tells of them last (``core.people_told``).

    each row that was told    is there, with the content that was told last
    each row that is there    was told, or is from before rows were told: then a line names it at least

The rows themselves are not sealed. Whoever writes a role to a person, another hash over her password, or a
new person with a password of his own into the tables, does not get past the lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gateway.core.authority import Function
from gateway.core.diary import Action, DiaryOutcome
from gateway.core.people_told import (
    branch_told,
    certificate_told,
    operator_told,
    role_told,
    rows_read,
    station_told,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.core.journal import StaffRows

#: Lines that end with what the program says: who may write reasons elsewhere tells no rows by them.
_FUNCTIONS: Final = frozenset({
    Function.OPERATORS.value, Function.ROLES.value, Function.STATIONS.value, "own_account",
})  # fmt: skip
_ACTIONS: Final = frozenset({Action.CHANGE.value, Action.ORDER.value, Action.APPROVE.value})

_WORD: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")


@dataclass(slots=True)
class PeopleTold:
    """What the lines tell, read link by link."""

    told: dict[str, str] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)

    def add(self, lines: Iterable[Sequence[Any]]) -> None:
        """Take in the lines of a link, with the columns that are sealed."""
        for _, _, _, _, _, function, action, subject, outcome, detail in lines:
            if function in _FUNCTIONS and action in _ACTIONS and outcome == DiaryOutcome.DONE.value:
                rows = dict(rows_read(detail))
                self.told |= rows
                if not rows:
                    self.named.update(_WORD.findall(f"{subject} {detail}"))

    def findings(self, staff: StaffRows) -> Iterator[str]:
        """Compare the rows with the lines; each finding is a sentence."""
        left = dict(self.told)
        rows = (
            *map(operator_told, staff.operators),
            *map(role_told, staff.roles),
            *map(branch_told, staff.branches),
            *map(station_told, staff.stations),
            *map(certificate_told, staff.certificates),
        )
        for words in rows:
            row, _, digest = words.rpartition(" sha256 ")
            told = left.pop(row, None)
            if told is None and row.partition(" ")[2] not in self.named:
                yield f"{row}: no line of the diary tells of it; it was put in by hand"
            elif told is not None and told != digest:
                yield f"{row}: another than the diary told last; it was changed by hand"
        yield from (f"{row}: the diary tells of it, and it is not there; it was taken out" for row in left)
