"""The files are what their last amendments, which the chain seals, say of them.

    each row with an amendment    has the values that its last amendment has, name by name
    each amendment                has a row
    each change that is due       was ordered by an amendment
    each meter at a supply point  belongs to its customer, and is sold by what was agreed on there
                                  has the key that it was fitted with, or was then seen to have got

A row that was never amended was entered with the books, or is from before amendments: nothing is said of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.core.journal import FiledRow
    from gateway.core.key_change import KeyChanged

#: The step of a key change from which on the meter has the new key.
_CONFIRMED: Final = "confirmed"

#: What an amendment of an older program does not say, and what it was then.
_ADDED_LATER: Final = {"point": (("due", None),)}


class KeysTold:
    """The keys that meters were seen to have got since the books began, as the journal tells of them."""

    def __init__(self) -> None:
        self._got: dict[str, tuple[int, str]] = {}

    def add(self, changed: KeyChanged, link: int) -> None:
        """Take in a step of a key change, in the journal's order."""
        if changed.step == _CONFIRMED:
            self._got[changed.pan] = (link, changed.key)

    def key_of(self, pan: str, fitted_with: str, link: int) -> str:
        """Name the key of a meter that was fitted in this link with that key."""
        got_in, got = self._got.get(pan, (0, fitted_with))
        return got if got_in >= link else fitted_with


def findings(filed: Iterable[FiledRow], keys: KeysTold) -> Iterator[str]:
    """Compare rows with their last amendments; each finding is a sentence."""
    for one in filed:
        name = f"{one.subject} {one.number}"
        if one.stands is None:
            yield f"{name}: its amendments are there, and its row is not"
            continue
        stands, told = json.loads(one.stands), json.loads(one.told)
        for later, nothing in _ADDED_LATER.get(one.subject, ()):
            told.setdefault(later, nothing)
        if "key" in told:
            told["key"] = keys.key_of(one.number, told["key"], one.link)
        # A newer program keeps more of a row than the amendment of an older one knew.
        others = sorted(key for key, value in told.items() if stands.get(key) != value)
        if others:
            yield f"{name}: {', '.join(others)} in its row, and something else in its last amendment"
