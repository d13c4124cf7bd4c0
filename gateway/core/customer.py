"""The office's files: a customer, and a meter as it is entered for him."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.person import is_said

if TYPE_CHECKING:
    from collections.abc import Iterator

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


#: Characters of a customer's name; receipts of banks cut it shorter still.
NAME_MAX: Final = 64

#: Letters of an address, of a telephone number, and of the number of an identity paper: what a line holds.
ADDRESS_MAX: Final = 120
PHONE: Final = re.compile(r"\+?[0-9][0-9 ()/-]{3,30}")
ID_NO: Final = re.compile(r"[0-9A-Z][0-9A-Z /-]{2,30}")

#: The most that a customer may owe on his own account: a thousand times what any household buys.
CREDIT_LIMIT_MAX: Final = 10**12


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys: his account number, name and address.

    ``id_no`` is the number of his identity paper, "" where none was shown. ``credit_limit_minor`` is how far
    his own account may go below nothing. ``branch`` is the office he belongs to. ``version`` counts the
    changes, so that two people who change him at once are noticed.
    """

    account_no: str
    name: str
    address: str
    phone: str = ""
    id_no: str = ""
    branch: str = ""
    credit_limit_minor: int = 0
    version: int = 1


def customer_fault(customer: Customer) -> tuple[str, str] | None:
    """Say which field of a file cannot be so, and why; None where all can."""
    return next(customer_faults(customer), None)


def customer_faults(customer: Customer) -> Iterator[tuple[str, str]]:
    """Give each field of a file that cannot be so, with why.

    Not in the constructor: what another system has left in the books must be read before it can be mended.
    """
    if not is_said(customer.name, NAME_MAX):
        yield "name", f"a name has 1 to {NAME_MAX} characters that can be printed"
    if customer.address and not is_said(customer.address, ADDRESS_MAX):
        yield "address", f"an address has {ADDRESS_MAX} characters at most, and all can be printed"
    if customer.phone and not PHONE.fullmatch(customer.phone):
        yield "phone", "a telephone number is digits, spaces and dashes, with a + before the country's code"
    if customer.id_no and not ID_NO.fullmatch(customer.id_no):
        yield "id_no", "an identity number is 3 to 31 digits and capital letters"
    if not 0 <= customer.credit_limit_minor <= CREDIT_LIMIT_MAX:
        yield "credit_limit_minor", f"a credit limit is 0 to {CREDIT_LIMIT_MAX} minor units"


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
        check_priced_by(self.contract_w, self.schemes, self.proportions)


def check_priced_by(
    contract_w: int, schemes: tuple[str, ...], proportions: tuple[tuple[str, int], ...]
) -> None:
    """Check what a price will depend on; ValueError says what cannot be."""
    if not 0 <= contract_w <= CONTRACT_W_MAX:
        raise ValueError(f"the contracted power is 0 to {CONTRACT_W_MAX} W")
    _check_codes("preferential schemes", schemes, SCHEMES_MAX)
    if proportions:
        _check_proportions(proportions)


def _check_proportions(proportions: tuple[tuple[str, int], ...]) -> None:
    percents = [percent for _, percent in proportions]
    _check_codes("power types", [power_type for power_type, _ in proportions], PROPORTIONS_MAX)
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
