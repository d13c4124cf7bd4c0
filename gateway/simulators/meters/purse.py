"""What a prepaid house may still use, seen from its registers: two kinds of purse.

``Wallet`` holds numbered purchases, in hundredths of a currency or of a kWh; ``TokenPurse`` is an STS meter's
credit. Both count the energy in watt-milliseconds, so that nothing is lost between two readings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from gateway.simulators.meter_answer import Answer

WMS_PER_WH: Final = 3_600_000
"""Watt-milliseconds of a watt-hour."""

PURCHASES_KEPT: Final = 10
"""Purchases that can be read back: DL/T 645-2007 has ten of them (0332, 0333)."""

PURCHASES_MAX: Final = 9999
"""The highest number of a purchase: its register has four digits."""

#: A price is in ten-thousandths of a unit a kWh: a watt-millisecond costs that many parts of a hundredth.
_PARTS: Final = WMS_PER_WH * 1000 * 100


class Purse(Protocol):
    """What the house asks before and after it uses energy."""

    def room(self, tariff: int) -> int:
        """Watt-milliseconds that may be used in this tariff; 0: nothing."""

    def take(self, wms: int, tariff: int) -> None:
        """Pay for what was used."""


class Counts(Enum):
    """What a wallet holds: each purchase, price and register is in hundredths of it."""

    MONEY = "money"
    ENERGY = "energy"


class PurchaseRefusal(Enum):
    """Why a purchase is not taken."""

    NOT_OPENED = "the account is not opened"
    OPENED = "the account is opened already"
    REPEATED = "this purchase was taken before"
    COUNT = "it is not the number after the last one"
    CUSTOMER = "it is another customer's"
    OVER_LIMIT = "more than the wallet may hold"


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed on with the customer: hundredths, and prices in ten-thousandths a kWh, T1 to T4.

    A wallet that counts energy has the price 1.0000: a hundredth of a kWh is a hundredth of a kWh.
    """

    counts: Counts = Counts.MONEY
    prices: tuple[int, ...] = (5_000, 5_000, 5_000, 5_000)
    overdraft_max: int = 0
    balance_max: int = 9_999_999

    def price(self, tariff: int) -> int:
        """Ten-thousandths of a unit for a kWh."""
        return 10_000 if self.counts is Counts.ENERGY else self.prices[tariff - 1]


@dataclass(frozen=True, slots=True)
class Purchase:
    """One that was taken: its number, when (shown milliseconds), hundredths bought, before, after, in all."""

    count: int
    at: int
    bought: int
    before: int
    after: int
    altogether: int


class Wallet:
    """Numbered purchases: the number after the last one counts, once. Overdrawn ``balance`` is below 0."""

    __slots__ = ("_spent", "balance", "count", "customer", "is_opened", "purchases", "terms")

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.balance = 0
        self.count = 0
        self.customer = "000000000000"
        self.is_opened = False
        self.purchases: tuple[Purchase, ...] = ()
        #: Parts of the next hundredth that are used up already.
        self._spent = 0

    @property
    def spent(self) -> int:
        """Parts of the next hundredth that are used up: for whoever keeps the meter in a file."""
        return self._spent

    @spent.setter
    def spent(self, parts: int) -> None:
        self._spent = parts % _PARTS

    @property
    def remaining(self) -> int:
        """Hundredths that may be used, never below 0."""
        return max(0, self.balance)

    @property
    def overdrawn(self) -> int:
        """Hundredths that are owed."""
        return max(0, -self.balance)

    def room(self, tariff: int) -> int:
        """Watt-milliseconds until the overdraft is used up too."""
        parts = (self.balance + self.terms.overdraft_max) * _PARTS - self._spent
        price = self.terms.price(tariff)
        return -(-parts // price) if parts > 0 else 0

    def take(self, wms: int, tariff: int) -> None:
        """Pay for what was used; the balance may end a hundredth lower than the limit."""
        whole, self._spent = divmod(self._spent + wms * self.terms.price(tariff), _PARTS)
        self.balance -= whole

    def set_prices(self, prices: tuple[int, ...]) -> None:
        """Change the prices of T1 to T4; ``ValueError`` for another number of them, and for nothing a kWh."""
        if len(prices) != len(self.terms.prices) or min(prices) < 1:
            raise ValueError("a price above nothing for each tariff")
        self.terms = replace(self.terms, prices=prices)

    def set_up(self, amount: int, count: int) -> PurchaseRefusal | None:
        """Set amount and number before the account is opened."""
        if self.is_opened:
            return PurchaseRefusal.OPENED
        self.balance, self.count, self._spent = amount, count, 0
        return None

    def buy(self, amount: int, count: int, customer: str, *, at: int, opens: bool) -> PurchaseRefusal | None:
        """Take a purchase, or say why not. ``opens``: it is the first, and its customer is kept."""
        refusal = self._refusal(amount, count, customer, opens=opens)
        if refusal is not None:
            return refusal
        before, self.balance = self.balance, self.balance + amount
        self.count, self.customer, self.is_opened = count, customer, True
        bought = self.purchases[0].altogether if self.purchases else 0
        taken = Purchase(count, at, amount, before, self.balance, bought + amount)
        self.purchases = (taken, *self.purchases)[:PURCHASES_KEPT]
        return None

    def _refusal(self, amount: int, count: int, customer: str, *, opens: bool) -> PurchaseRefusal | None:
        if self.is_opened and count == self.count:
            return PurchaseRefusal.REPEATED
        if opens and self.is_opened:
            return PurchaseRefusal.OPENED
        if not opens and not self.is_opened:
            return PurchaseRefusal.NOT_OPENED
        if not opens and customer != self.customer:
            return PurchaseRefusal.CUSTOMER
        if count != self.count + 1 or count > PURCHASES_MAX:
            return PurchaseRefusal.COUNT
        if self.balance + amount > self.terms.balance_max:
            return PurchaseRefusal.OVER_LIMIT
        return None


class StsMeter(Protocol):
    """What of the virtual STS meter is needed here (``gateway.simulators.meter``)."""

    @property
    def credit_wh(self) -> int:
        """Wh that may be used."""

    @property
    def is_on(self) -> bool:
        """Would it let power through: credit, and nobody has opened it."""

    def tamper(self) -> None:
        """Open its cover."""

    def use(self, amount: int) -> int:
        """Use up to so many Wh."""

    def enter(self, digits: str) -> Answer:
        """Take a token."""


class TokenPurse:
    """The credit of an STS meter. What is used of the next Wh is kept here until it is a whole one."""

    __slots__ = ("spent", "sts")

    def __init__(self, sts: StsMeter) -> None:
        self.sts = sts
        self.spent = 0

    def room(self, tariff: int) -> int:  # noqa: ARG002 - a token is Wh, whenever they are used
        """Watt-milliseconds that the credit is worth; none while somebody has opened the meter."""
        return self.sts.credit_wh * WMS_PER_WH - self.spent if self.sts.is_on else 0

    def take(self, wms: int, tariff: int) -> None:  # noqa: ARG002 - likewise
        """Use what is a whole Wh."""
        whole, self.spent = divmod(self.spent + wms, WMS_PER_WH)
        if whole:
            self.sts.use(whole)
