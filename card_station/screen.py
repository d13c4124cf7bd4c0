"""What can stand on the cashier's screen, and what is said on it; ``desk`` says what follows what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from card_station.centre import Refused
from card_station.conversation import why_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from card_station.centre import Answer
    from card_station.purchase import Purchase


class Screen(Enum):
    """What stands there."""

    SIGN_IN = "sign_in"
    READY = "ready"
    BUSY = "busy"
    CARD = "card"
    CHECK = "check"
    PRICE = "price"
    REISSUE = "reissue"
    TAKE_OFF = "take_off"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence for the cashier: ``code`` is the centre's word, "" for our own sentences."""

    sentence: str
    code: str = ""
    is_bad: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was sold, for the paper: ``price`` is what was quoted, or the credit that waited."""

    purchase: Purchase
    price: Mapping[str, Any]
    customer: str
    numbers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A second person has to agree in the office, until then."""

    until_us: int


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The sale is taken back: so much goes out of the drawer, to the customer."""

    amount_minor: int


def said_of(answer: Answer) -> Said:
    """Put what kept the centre from doing it in words."""
    code = answer.code if isinstance(answer, Refused) else ""
    return Said(why_of(answer), code)
