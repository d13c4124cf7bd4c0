"""A counter: a cashier at a station takes the money, into a drawer of her own.

In the books a sale says who took its money: a bank by its code, a station by its code behind an ``@``, which
no bank's code has (``config.bank``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.chart import cash
from gateway.core.meter import Carrier
from gateway.core.payment import COUNTERS, SaleTerms, payment_key

if TYPE_CHECKING:
    from datetime import tzinfo

_MARK: Final = "@"

#: How a counter can hand credit over. Nothing is sold there to a meter that takes it in another way: the
#: money would be taken, and the credit would wait. The lines join here.
HANDED_OUT: Final = frozenset({Carrier.TOKEN})

#: How a station with a card reader can.
ON_CARDS: Final = frozenset({Carrier.CARD})


@dataclass(frozen=True, slots=True)
class CounterRules:
    """What every counter may sell, in minor units of the utility's currency.

    ``undo_s`` are the seconds in which the cashier alone may take a sale back, as long as its credit has not
    left the house. ``zone`` is the civil time in which token ids are counted.
    """

    currency: str
    least_minor: int
    most_minor: int
    undo_s: int
    zone: tzinfo

    def terms(self, station: str, login: str) -> SaleTerms:
        """Say what this cashier sells by; the credit waits until she hands it over."""
        return SaleTerms(
            bank=taken_at(station),
            currency=self.currency,
            least_minor=self.least_minor,
            most_minor=self.most_minor,
            covered=False,
            token_in_answer=False,
            zone=self.zone,
            cash=cash(station, login),
        )


def taken_at(station: str) -> str:
    """Name a station as the one that took a sale's money.

    >>> taken_at("n1")
    '@n1'
    """
    return f"{_MARK}{station}"


def station_of(taken_by: str) -> str | None:
    """Give the station that took a sale's money; None where a bank did.

    >>> station_of("@n1"), station_of("east")
    ('n1', None)
    """
    return taken_by[len(_MARK) :] if taken_by.startswith(_MARK) else None


def channel_of(taken_by: str) -> str:
    """Say who took a sale's money as tariffs name him, as ``SaleTerms.price_channel`` did then.

    >>> channel_of("@n1"), channel_of("east")
    ('counter', 'east')
    """
    return taken_by if station_of(taken_by) is None else COUNTERS


def called(taken_by: str) -> str:
    """Say who took a sale's money, for commands.

    >>> called("@n1"), called("east")
    ('counter n1', 'bank east')
    """
    station = station_of(taken_by)
    return f"bank {taken_by}" if station is None else f"counter {station}"


def counter_key(station: str, nonce: str) -> str:
    """Name a payment at a counter by the form that was filled in for it."""
    return payment_key(taken_at(station), nonce)
