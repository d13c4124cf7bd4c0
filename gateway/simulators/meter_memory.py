"""What a virtual meter remembers beside its keys, and what a token does to that.

The ids of the tokens it took are one store for credit and management. It keeps the newest fifty; an id among
them is "used", and once fifty are kept an id before the oldest of them is "old", because it can no longer be
told from a used one. So tokens may come in any order within the last fifty, and none comes twice.

The credit register counts thousandths: Wh, litres, thousandths of a minute; of a meter that counts currency,
hundred-thousandths, as its tokens do.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import asdict, dataclass, fields, replace
from operator import lt
from typing import TYPE_CHECKING, Any, Final, Self

from gateway.codecs.sts.amount import AMOUNT_TENTHS_MAX
from gateway.codecs.sts.content import (
    CLEAR_CREDIT,
    CLEAR_TAMPER,
    EXTENDED,
    PHASE_UNBALANCE,
    POWER_LIMIT,
    TARIFF_RATE,
    WATER_FACTOR,
    CreditInCurrency,
    CreditInUnits,
    Management,
)
from gateway.codecs.sts.extended import Flag, Register, extended_of
from gateway.core.energy import WH_PER_TENTH
from gateway.core.key_ring import NEVER_EXPIRES
from gateway.core.token import TID_BITS
from gateway.core.token_order import CreditKind
from gateway.simulators.meter_answer import RejectedWhy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.sts.sta import StaTables

TIDS_KEPT: Final = 50
"""A meter keeps at least the last fifty ids (IEC 62055-41)."""

CREDIT_MAX: Final = 2**32 - 1
"""A meter counts Wh in 32 bits: 4,294,967 kWh, more than twice the greatest credit that a token can carry."""

MONEY_MAX: Final = 2**63 - 1
"""A register of currency has 64 bits and a sign; a token can say more, which no customer has ever paid."""

ALL_REGISTERS: Final = 0xFFFF
"""What a token that clears credit calls all registers (IEC 62055-41, 6.2.3)."""

_CURRENCY_BEGINS: Final = 4
"""Subclasses of credit, and registers, from here on are those of currency (6.2.2)."""

_SETS: Final = {
    POWER_LIMIT: "power_limit_w",
    PHASE_UNBALANCE: "phase_unbalance_w",
    TARIFF_RATE: "tariff_rate",
    WATER_FACTOR: "water_factor",
}
"""Where a management token writes its value."""

_SET_MOST: Final = {
    "power_limit_w": AMOUNT_TENTHS_MAX,
    "phase_unbalance_w": AMOUNT_TENTHS_MAX,
    "tariff_rate": 0xFFFF,
    "water_factor": 0xFFFF,
}
_REGISTERS, _REGISTER_VALUES, _FLAGS = 63, 1024, 512
"""How many registers, values of one, and flags an extended token can name (STS 202-5)."""

_STATE: Final = "the state of a meter has a credit, up to fifty different token ids and what tokens have set"


@dataclass(frozen=True, slots=True)
class MeterKind:
    """What was decided when the meter was made: what it counts, until when its key lasts, its EA07 tables."""

    service: CreditKind = CreditKind.ELECTRICITY
    counts_currency: bool = False
    ken: int = NEVER_EXPIRES
    tables: StaTables | None = None

    @property
    def counts_energy(self) -> bool:
        """Does the register hold Wh?"""
        return self.service is CreditKind.ELECTRICITY and not self.counts_currency

    @property
    def register(self) -> int:
        """The number of its register, which is also the subclass of the credit that it takes."""
        return self.service.value + (_CURRENCY_BEGINS if self.counts_currency else 0)

    def holds(self, credit: int) -> bool:
        """Has the register room for this? Only currency has a sign, and a debt with it."""
        return -MONEY_MAX <= credit <= MONEY_MAX if self.counts_currency else 0 <= credit <= CREDIT_MAX


@dataclass(frozen=True, slots=True)
class MeterMemory:
    """All of it as one value, which is replaced as a whole; None is what no token has set yet.

    ``registers`` and ``flags`` were set by extended tokens: (index, value), and the flags that are set.
    """

    credit: int = 0
    tids: tuple[int, ...] = ()
    power_limit_w: int | None = None
    phase_unbalance_w: int | None = None
    tariff_rate: int | None = None
    water_factor: int | None = None
    is_tampered: bool = False
    registers: tuple[tuple[int, int], ...] = ()
    flags: tuple[int, ...] = ()

    def plain(self) -> dict[str, object]:
        """Return it in values that JSON has."""
        return asdict(self)

    @classmethod
    def of_plain(cls, state: Mapping[str, Any], kind: MeterKind) -> Self:
        """Return what ``plain`` wrote; what no meter of this kind can remember is refused (ValueError)."""
        if set(state) != {field.name for field in fields(cls)} or not _is_state(state, kind):
            raise ValueError(_STATE)
        return cls(**{name: _frozen(value) for name, value in state.items()})

    def refusal_of(self, tid: int) -> RejectedWhy | None:
        """Say why a token of this id is not taken, or None when it may be."""
        if tid in self.tids:
            return RejectedWhy.USED
        if len(self.tids) == TIDS_KEPT and tid < self.tids[0]:
            return RejectedWhy.OLD
        return None

    def after(
        self, content: CreditInUnits | CreditInCurrency | Management, kind: MeterKind
    ) -> Self | RejectedWhy:
        """Return what is remembered once the token is carried out and its id kept, or why it is not."""
        if isinstance(content, Management):
            changed = self._managed(content, kind)
        else:
            changed = self._credited(content, kind)
        if isinstance(changed, RejectedWhy):
            return changed
        # The id is kept together with what it did: no token is ever carried out twice.
        tids = list(self.tids)
        insort(tids, content.tid)
        return replace(changed, tids=tuple(tids[-TIDS_KEPT:]))

    def _credited(self, content: CreditInUnits | CreditInCurrency, kind: MeterKind) -> Self | RejectedWhy:
        if content.subclass != kind.register:
            return RejectedWhy.NOT_MINE
        credit = self.credit + worth_of(content)
        return replace(self, credit=credit) if kind.holds(credit) else RejectedWhy.TOO_MUCH

    def _managed(self, content: Management, kind: MeterKind) -> Self | RejectedWhy:
        subclass, value = content.subclass, content.value
        if subclass == CLEAR_CREDIT:
            is_mine = value in (kind.register, ALL_REGISTERS)
            return replace(self, credit=0) if is_mine else RejectedWhy.NOT_MINE
        if subclass == CLEAR_TAMPER:
            return replace(self, is_tampered=False)
        if subclass == EXTENDED:
            return self._extended(extended_of(value))
        if subclass == WATER_FACTOR and kind.service is not CreditKind.WATER:
            return RejectedWhy.NOT_MINE
        change: dict[str, Any] = {_SETS[subclass]: value}
        return replace(self, **change)

    def _extended(self, said: Register | Flag) -> Self:
        if isinstance(said, Flag):
            flags = {*self.flags, said.index} if said.is_set else {*self.flags} - {said.index}
            return replace(self, flags=tuple(sorted(flags)))
        registers = {**dict(self.registers), said.index: said.value}
        return replace(self, registers=tuple(sorted(registers.items())))


def worth_of(content: CreditInUnits | CreditInCurrency) -> int:
    """Return what a credit adds to the register: thousandths of a unit, or 1e-5 of the currency."""
    return content.units if isinstance(content, CreditInCurrency) else content.tenths * WH_PER_TENTH


def _is_state(state: Mapping[str, object], kind: MeterKind) -> bool:
    """Say whether each value of the state is one that a meter can have."""
    credit, tids = state["credit"], state["tids"]
    return (
        type(credit) is int
        and kind.holds(credit)
        and _are_different(tids, TIDS_KEPT, 1 << TID_BITS)
        and all(state[name] is None or _is_below(state[name], most + 1) for name, most in _SET_MOST.items())
        and type(state["is_tampered"]) is bool
        and _are_registers(state["registers"])
        and _are_different(state["flags"], _FLAGS, _FLAGS)
    )


def _are_registers(listed: object) -> bool:
    """Say whether these are pairs of different registers and their values."""
    if not isinstance(listed, list | tuple) or not all(isinstance(pair, list | tuple) for pair in listed):
        return False
    if not all(len(pair) == 2 and _is_below(pair[1], _REGISTER_VALUES) for pair in listed):  # noqa: PLR2004 - a pair
        return False
    return _are_different([pair[0] for pair in listed], _REGISTERS, _REGISTERS)


def _are_different(listed: object, count_max: int, below: int) -> bool:
    """Say whether these are so many different whole numbers at the most, in rising order."""
    if not isinstance(listed, list | tuple) or len(listed) > count_max:
        return False
    return all(_is_below(one, below) for one in listed) and all(map(lt, listed, listed[1:]))


def _is_below(value: object, end: int) -> bool:
    return type(value) is int and 0 <= value < end


def _frozen(value: Any) -> Any:  # noqa: ANN401 - JSON values, of any kind
    """Return lists as the tuples they were."""
    return tuple(_frozen(one) for one in value) if isinstance(value, list | tuple) else value
