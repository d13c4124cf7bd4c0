"""What an issuer is asked for: one token with everything it says, or the set of tokens that changes a key.

An order is complete: the same order is the same token, whoever makes it and however often. So it is also the
name under which a security module is asked again after an answer was lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gateway.core.quickly_built import quickly_built

if TYPE_CHECKING:
    from gateway.core.token import StsIdentity

CREDIT_CLASS = 0
MANAGEMENT_CLASS = 2


class CreditKind(Enum):
    """Subclasses of class 0 that carry units (IEC 62055-41, 6.2.2); water, gas and time are other trades."""

    ELECTRICITY = 0
    WATER = 1
    GAS = 2
    TIME = 3


class ManagementKind(Enum):
    """Subclasses of class 2 with an id of their own (IEC 62055-41, 6.2.3 and STS 202-5)."""

    POWER_LIMIT = 0
    CLEAR_CREDIT = 1
    TARIFF_RATE = 2
    CLEAR_TAMPER = 5
    PHASE_UNBALANCE = 6
    WATER_FACTOR = 7
    EXTENDED = 10


@quickly_built
@dataclass(frozen=True, slots=True)
class TokenOrder:
    """One token: for ``identity``, under that meter's key, with this id and random nibble.

    ``value``: tenths of a unit for credit in units (class 0, subclass 0 to 3); units of 1e-5 for credit in
    currency (subclass 4 to 7); watts for a power limit and a phase unbalance limit (class 2, subclass 0 and
    6); else the 16 bits as they are. ``rnd`` is not used by credit in currency, whose nibble is sign and
    exponent. ``is_test``: the meter is no customer's, so that sample tables will do.
    """

    identity: StsIdentity
    token_class: int
    subclass: int
    tid: int
    rnd: int
    value: int
    is_test: bool = False


@quickly_built
@dataclass(frozen=True, slots=True)
class KeyChangeOrder:
    """The set of tokens that takes a meter from the key of ``old`` to the key of ``new``.

    ``ken`` is the key expiry number of the new key, 0 to 255. ``says_sgc``: an EA07 meter is told its supply
    group by a third token; an EA11 meter always is, by its last two.
    """

    old: StsIdentity
    new: StsIdentity
    ken: int
    says_sgc: bool = False
    is_test: bool = False

    def __post_init__(self) -> None:
        """Refuse what no set of tokens can do (IEC 62055-41, 6.2.7 to 6.2.9): it is one meter."""
        if (self.old.pan, self.old.ea) != (self.new.pan, self.new.ea):
            raise ValueError("a key change keeps the meter and its encryption algorithm")
        if self.ken not in range(256):
            raise ValueError("the key expiry number is 0 to 255")

    @property
    def clears_ids(self) -> bool:
        """Does the meter forget the ids it took (RO)? When its minutes begin at another base date."""
        return self.old.base_date != self.new.base_date


Order = TokenOrder | KeyChangeOrder


class NotPrepared(Exception):  # noqa: N818 - no error: prepare the order, then ask again
    """The issuer cannot make this at once: have ``order`` prepared, outside of any batch, and ask again."""

    def __init__(self, order: Order) -> None:
        super().__init__("the issuer has to be asked first")
        self.order = order
