"""Where the journal says that each sale stands, beside where its row says that it stands.

Both come in the order of the sales' ids, so that only those are kept that do not agree yet, and those that
agree and are not issued: nearly every sale is issued with its first entry and never moves again. Of such a
one what its token carries is not kept; where it is moved after all (a claim may lead back there), only its
state is compared from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.sale import SaleState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    #: A sale's state, and what its token carries (Wh); None where both were found to say the same.
    Standing = tuple[str, int | None]

_ISSUED, _WAITING = SaleState.ISSUED.value, SaleState.WAITING.value
_REVERSED, _CLAIMED = SaleState.REVERSED.value, SaleState.CLAIMED.value
_CONCEDED = SaleState.CONCEDED.value


class SaleStates:
    """``rows`` are the sales as they are stored: id, state, energy of the token; by id."""

    def __init__(self, rows: Iterable[tuple[int, str, int]]) -> None:
        self._rows = iter(rows)
        self._booked: dict[int, Standing] = {}
        self._stored: dict[int, Standing | None] = {}
        #: Sales that agree, where they are not issued.
        self._agreed: dict[int, Standing] = {}
        self._unbooked: list[int] = []
        self._next = next(self._rows, None)

    def add(self, entries: Iterable[tuple[int, str, int | None]], issued_wh: Mapping[int, int]) -> None:
        """Take in a link's entries (id, kind, sale) and the energy that each of them issued."""
        for id_, kind, sale in entries:
            # What travels to a card is issued with a later entry.
            waits = kind == "hold" or (kind == "transfer" and id_ not in issued_wh)
            if not waits and kind in {"sale", "transfer"}:
                self._open(id_, (_ISSUED, issued_wh.get(id_, 0)))
            elif waits:
                self._open(id_, (_WAITING, 0))
            elif kind == "management":
                self._open(id_, (_ISSUED, 0))
            elif sale is not None:
                self._move(sale, kind, issued_wh.get(id_, 0))

    def findings(self) -> Iterator[str]:
        """Name the sales that do not stand where the journal has them."""
        while self._next is not None:
            self._unbooked.append(self._next[0])
            self._next = next(self._rows, None)
        yield from (f"sale {id_} is in no entry" for id_ in self._unbooked)
        for id_, (state, wh) in self._booked.items():
            stored = self._stored.get(id_)
            stands = "another" if stored is None else _said(*stored)
            yield f"sale {id_} is {stands}, by the journal {_said(state, wh)}"

    def _open(self, id_: int, booked: Standing) -> None:
        while self._next is not None and self._next[0] < id_:
            self._unbooked.append(self._next[0])
            self._next = next(self._rows, None)
        stored: Standing | None = None
        if self._next is not None and self._next[0] == id_:
            stored = (self._next[1], self._next[2])
            self._next = next(self._rows, None)
        self._compare(id_, booked, stored)

    def _move(self, id_: int, kind: str, wh: int) -> None:
        before, stored = self._booked.get(id_), self._stored.get(id_)
        if before is None:
            before = stored = self._agreed.pop(id_, (_ISSUED, None))
        booked = {
            "post": (_ISSUED, wh),
            "taken_off": (_WAITING, 0),
            "void": (_REVERSED, 0),
            "claim": (_CLAIMED, before[1]),
            "claim_upheld": (_ISSUED, before[1]),
            "claim_conceded": (_CONCEDED, before[1]),
        }.get(kind, before)
        self._compare(id_, booked, stored)

    def _compare(self, id_: int, booked: Standing, stored: Standing | None) -> None:
        # What its row says of its energy was found right once and is not kept: then only the state counts.
        is_same = stored == booked or (stored is not None and stored == (booked[0], None))
        if not is_same:
            self._booked[id_], self._stored[id_] = booked, stored
            return
        self._booked.pop(id_, None)
        self._stored.pop(id_, None)
        if booked[0] != _ISSUED:
            self._agreed[id_] = booked


def _said(state: str, wh: int | None) -> str:
    return state if wh is None else f"{state} with {wh} Wh"
