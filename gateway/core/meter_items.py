"""What a meter's items say, by the names that models have for them: registers in Wh, credit, relay, status.

A number is turned into Wh without a float; what is finer than one Wh is left off, as a register does. An item
that has no number, or one that no meter shows, is said to be missing: nothing is made up for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.core.contact import ContactFault, ContactWhy, RelayState
from gateway.core.fitting import REGISTER_WH_MAX, TOTAL
from gateway.core.reading import CREDIT_WH_MAX, CREDITS_MAX, StatusWord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.core.contact import ItemRead

#: Item of a model → register.
REGISTER_ITEMS: Final = {"energy": TOTAL, **{f"energy-t{n}": f"rate_{n}" for n in range(1, 5)}}
CREDIT: Final = "credit"
OVERDRAFT: Final = "overdraft"
#: Counts of purchases: of a wallet of energy, and of one of money.
PURCHASES: Final = ("purchases-kwh", "purchases")
RELAY: Final = "relay"
#: Status words 1 and 3 of DL/T 645 (annex C of the edition of 2007).
BATTERIES: Final = "status-1"
RUNNING: Final = "status"

#: What a visit reads of a meter's own state, where its model has it.
STATE_ITEMS: Final = (CREDIT, OVERDRAFT, *PURCHASES, RELAY, RUNNING, BATTERIES)

_PREFIXES: Final = {"": 0, "k": 3, "M": 6}
_UNIT: Final = "wh"
_RELAY_OPEN: Final = 1 << 4
#: Bits 2 and 3 of status word 1: the battery of the clock, and that for reading without power.
_BATTERY_LOW: Final = 1 << 2 | 1 << 3
#: IEC 62056-6-2, 4.5.8: control state; by its number, and in the words that DLMS is shown in.
_STATES: Final = {
    "0": RelayState.OPEN,
    "1": RelayState.CLOSED,
    "2": RelayState.READY,
    "disconnected": RelayState.OPEN,
    "connected": RelayState.CLOSED,
    "ready for reconnection": RelayState.READY,
}


@dataclass(slots=True)
class ItemsSaid:
    """What items said: those that were read, by name, and why others are missing."""

    read: dict[str, ItemRead]
    missing: dict[str, ContactFault] = field(default_factory=dict)

    def registers(self, names: dict[str, str]) -> tuple[tuple[str, int], ...]:
        """Give registers in Wh; ``names``: item → register."""
        found = ((names[item], self._wh(item, 0, REGISTER_WH_MAX)) for item in names)
        return tuple((register, wh) for register, wh in found if wh is not None)

    def credit_wh(self) -> int | None:
        """Give the credit that is left, less what is owed; None where it is not kept in energy."""
        left = self._wh(CREDIT, -CREDIT_WH_MAX, CREDIT_WH_MAX)
        owed = self._wh(OVERDRAFT, 0, CREDIT_WH_MAX)
        if left == 0 and OVERDRAFT in self.missing:
            return None
        if left is None or left - (owed or 0) < -CREDIT_WH_MAX:
            return None
        return left - (owed or 0)

    def credits(self) -> int | None:
        """Give how many credits the meter has taken."""
        for item in PURCHASES:
            said = self.read.get(item)
            if said is None:
                continue
            if said.number is not None and not said.decimals and 0 <= said.number <= CREDITS_MAX:
                return said.number
            self._is_none(item, "no count of credits")
        return None

    def relay(self) -> RelayState | None:
        """Say where the relay is."""
        if RELAY in self.read:
            text = self.read[RELAY].text.strip()
            found = _STATES.get(text.lstrip("0") or "0" if text.isdigit() else text)
            if found is None:
                self._is_none(RELAY, "no state of a relay")
            return found
        word = self._word(RUNNING)
        if word is None:
            return None
        return RelayState.OPEN if word & _RELAY_OPEN else RelayState.CLOSED

    def status(self) -> tuple[StatusWord, ...]:
        """Give what the meter says of itself."""
        relay, batteries = self.relay(), self._word(BATTERIES)
        is_open = relay is not None and relay is not RelayState.CLOSED
        said = {
            StatusWord.RELAY_OPEN: is_open,
            StatusWord.BATTERY_LOW: batteries is not None and bool(batteries & _BATTERY_LOW),
        }
        return tuple(word for word, is_so in said.items() if is_so)

    def _wh(self, item: str, least: int, most: int) -> int | None:
        said = self.read.get(item)
        if said is None:
            return None
        wh = wh_of(said)
        if wh is None or not least <= wh <= most:
            self._is_none(item, "no amount of energy")
            return None
        return wh

    def _word(self, item: str) -> int | None:
        said = self.read.get(item)
        if said is None:
            return None
        try:
            return int(said.text, 16)
        except ValueError:
            self._is_none(item, "no word of bits")
            return None

    def _is_none(self, item: str, what: str) -> None:
        """Note that an item says nothing that can be taken; the meter may have no value for it."""
        is_empty = self.read[item].text.strip("- ") == ""
        why = ContactWhy.REFUSED if is_empty else ContactWhy.GARBLED
        self.missing[item] = ContactFault(why, f"{item}: " + ("the meter has none" if is_empty else what))


def wh_of(said: ItemRead) -> int | None:
    """Turn a number of Wh, kWh or MWh into whole Wh; None for any other, and for what is no number.

    >>> from gateway.core.contact import ItemRead
    >>> wh_of(ItemRead("energy", "00010000", "1000.52", 100052, 2, "kWh"))
    1000520
    >>> wh_of(ItemRead("power", "02030000", "1.0000", 10000, 4, "kW")) is None
    True
    """
    prefix = said.unit[: -len(_UNIT)]
    if said.number is None or said.unit[-len(_UNIT) :].lower() != _UNIT or prefix not in _PREFIXES:
        return None
    shift = _PREFIXES[prefix] - said.decimals
    return said.number * int(10**shift) if shift >= 0 else said.number // int(10**-shift)


def by_name(read: Iterable[ItemRead]) -> dict[str, ItemRead]:
    """Give items by the names that they were asked for."""
    return {one.item: one for one in read}
