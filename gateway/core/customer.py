"""The office's files: a customer, and a meter as it is entered for him."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.core.meter import Carrier, MeterState
    from gateway.core.token import StsIdentity

#: A gigawatt is a power station, and no customer of one meter.
CONTRACT_W_MAX: Final = 1_000_000_000

#: A household is poor, large, or a pensioner's: whoever has more schemes than these was entered wrongly.
SCHEMES_MAX: Final = 8

#: A meter that feeds a house, a shop, a workshop and a pump has four power types.
PROPORTIONS_MAX: Final = 4

#: A scheme's or a power type's code, as tariffs write codes: it must fit a receipt, an account's code and a
#: list with commas.
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_/+-]{0,39}")

_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys: his account number, name and address."""

    account_no: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class MeterFile:
    """A meter as it is entered: whose it is, what its tokens are made for, how it takes credit.

    A test meter may get tokens made with sample keys and tables; a live one never. The contracted power, the
    schemes and the proportions are those of ``core.meter.MeterAccount``. Raises ValueError where one of these
    three cannot be.
    """

    account_no: str
    identity: StsIdentity
    state: MeterState
    carrier: Carrier
    power_type: str
    is_test: bool
    contract_w: int = 0
    schemes: tuple[str, ...] = ()
    proportions: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        """Check what a price will depend on."""
        if not 0 <= self.contract_w <= CONTRACT_W_MAX:
            raise ValueError(f"the contracted power is 0 to {CONTRACT_W_MAX} W")
        _check_codes("preferential schemes", self.schemes, SCHEMES_MAX)
        if self.proportions:
            self._check_proportions()

    def _check_proportions(self) -> None:
        percents = [percent for _, percent in self.proportions]
        _check_codes("power types", [power_type for power_type, _ in self.proportions], PROPORTIONS_MAX)
        if not all(0 < percent < _WHOLE for percent in percents):
            raise ValueError("a power type's part is 1 to 99 per cent; who has all of it is the meter's own")
        if sum(percents) != _WHOLE:
            raise ValueError(f"the power types' parts are {sum(percents)} per cent together, and must be 100")


def _check_codes(what: str, codes: tuple[str, ...] | list[str], most: int) -> None:
    if len(codes) > most:
        raise ValueError(f"a meter has {most} {what} at most")
    if len(set(codes)) != len(codes):
        raise ValueError(f"one of the {what} is named twice")
    for code in codes:
        if not _CODE.fullmatch(code):
            raise ValueError(
                f"{code!r} is no code: a letter, then up to 39 letters, digits, '_', '/', '+', '-'"
            )
