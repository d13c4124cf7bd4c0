"""The demo town: customers and meters as plain values, the same for the same seed.

    first customer     an ordinary token meter, used for trying out (``is_test``)
    second customer    a meter that takes its credit from an IC card
    third customer     a meter that is blocked
    fourth customer    two meters: an account number does not say which one is meant
    fifth customer     a meter that is reached over a line
    all others         token meters; every fifth of them is a shop, with the commercial tariff

A larger town begins with the smaller one.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from gateway.bits import luhn_digit
from gateway.core.meter import Carrier, MeterState
from gateway.core.meter_number import MeterNumber
from gateway.core.token import StsIdentity
from gateway.simulators.town_names import Resident, resident

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZE_MIN = 5
"""Below this a customer of some kind would be missing."""

SIZE_MAX = 1_000_000
"""Account and meter numbers are counted in seven and eight digits; a larger town is no demo."""

DOMESTIC, COMMERCIAL = "domestic", "commercial"

ALTOPAY_CUSTOMER = "081228812348"
"""The customer number of the published altopay sample messages."""

_TARIFFS: Mapping[str, Mapping[str, str]] = {
    "CNY": {DOMESTIC: "tariff/domestic.json", COMMERCIAL: "tariff/flat.json"},
    "IDR": {DOMESTIC: "tariff/idr_flat.json", COMMERCIAL: "tariff/idr_flat.json"},
}
_MANUFACTURER = "37"
_TEST, _CARD, _BLOCKED, _TWO_METERS, _REMOTE = range(SIZE_MIN)
_CARRIERS = {_CARD: Carrier.CARD, _REMOTE: Carrier.REMOTE}
_SHOP_EVERY = 5
# Meters of one town lie in the ten million serial numbers behind a start that the seed chooses.
_SERIAL_START_MAX = 80_000_000


@dataclass(frozen=True, slots=True)
class Customer:
    """Who pays. ``account_no`` ends with its Luhn digit; the ASCII forms are for wires and plain printers."""

    account_no: str
    name: str
    address: str
    name_ascii: str
    address_ascii: str


@dataclass(frozen=True, slots=True)
class TownMeter:
    """A meter of a customer, as it is entered in the books."""

    pan: str
    account_no: str
    identity: StsIdentity
    state: MeterState
    carrier: Carrier
    power_type: str
    is_test: bool

    @property
    def drn(self) -> str:
        """The number on the face of the meter."""
        return MeterNumber.parse(self.pan).drn


@dataclass(frozen=True, slots=True)
class Town:
    """A whole town; ``tariffs`` says for each power type which file below ``schemas`` prices it."""

    currency: str
    sgc: str
    customers: tuple[Customer, ...]
    meters: tuple[TownMeter, ...]
    tariffs: Mapping[str, str]

    def meters_of(self, account_no: str) -> tuple[TownMeter, ...]:
        """Return the meters of one customer."""
        return tuple(meter for meter in self.meters if meter.account_no == account_no)


def demo_town(size: int = 40, seed: int = 1, *, sgc: str = "201457", currency: str = "CNY") -> Town:
    """Build a town of ``size`` customers and one meter more; ValueError for a size or currency it has not.

    The vending key of the supply group ``sgc`` must be there in revision 1 before it can be sold to.
    """
    if not SIZE_MIN <= size <= SIZE_MAX:
        raise ValueError(f"a town has {SIZE_MIN} to {SIZE_MAX} customers")
    if currency not in _TARIFFS:
        raise ValueError(f"no tariff of the demo town is in {currency}; there are {', '.join(_TARIFFS)}")
    dice = Random(seed)  # noqa: S311 - the same town every time is wanted, not a secret
    first_serial = dice.randrange(_SERIAL_START_MAX)
    customers: list[Customer] = []
    meters: list[TownMeter] = []
    for number in range(size):
        customer = _customer(resident(dice), number)
        customers.append(customer)
        for _ in range(2 if number == _TWO_METERS else 1):
            meters.append(_meter(customer, number, first_serial + len(meters), sgc))
    return Town(currency, sgc, tuple(customers), tuple(meters), _TARIFFS[currency])


def altopay_town(sgc: str = "201457") -> Town:
    """Build the town of the altopay sample messages: one customer with one meter, priced in rupiah."""
    customer = Customer(ALTOPAY_CUSTOMER, "Budi Santoso", "Jl. Merdeka 17", "Budi Santoso", "Jl. Merdeka 17")
    meter = _meter(customer, SIZE_MIN + 1, 12_348, sgc)
    return Town("IDR", sgc, (customer,), (meter,), _TARIFFS["IDR"])


def _customer(who: Resident, number: int) -> Customer:
    payload = f"20{number + 1:07d}"
    return Customer(
        account_no=payload + luhn_digit(payload),
        name=who.name,
        address=who.address,
        name_ascii=who.name_ascii,
        address_ascii=who.address_ascii,
    )


def _meter(customer: Customer, number: int, serial: int, sgc: str) -> TownMeter:
    payload = f"{_MANUFACTURER}{serial:08d}"
    pan = MeterNumber(payload + luhn_digit(payload)).pan
    is_shop = number >= SIZE_MIN and number % _SHOP_EVERY == 0
    return TownMeter(
        pan=pan,
        account_no=customer.account_no,
        identity=StsIdentity(pan, sgc=sgc, krn=1, ti="01", ea="11", kt=2, base_date=2014),
        state=MeterState.BLOCKED if number == _BLOCKED else MeterState.ACTIVE,
        carrier=_CARRIERS.get(number, Carrier.TOKEN),
        power_type=COMMERCIAL if is_shop else DOMESTIC,
        is_test=number == _TEST,
    )
