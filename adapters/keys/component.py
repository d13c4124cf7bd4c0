"""What is taken for one of the two components of a vending key or a card key, and how two become it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from adapters.keys.sealed_document import is_person, is_place
from gateway.codecs.card.cipher import KEY_SIZE
from gateway.codecs.sts.keys import DES_VENDING_KEY_OCTETS, VENDING_KEY_OCTETS
from gateway.core.card_key import is_card_group
from gateway.core.person import is_same_person

if TYPE_CHECKING:
    from adapters.keys.sealed_document import Record

_OF_METERS: Final = frozenset({DES_VENDING_KEY_OCTETS, VENDING_KEY_OCTETS})
_OF_CARDS: Final = frozenset({KEY_SIZE})
KEY_LENGTHS: Final = _OF_METERS | _OF_CARDS


class ComponentRefusalWhy(Enum):
    """Why a component is not taken; the text is for whoever brings it."""

    PLACE = "a supply group code has 6 digits and a key revision number is 1 to 9; of cards it is 1 to 255"
    PERSON = "whoever brings a component is recorded by his login name"
    LENGTH = "a vending key and its components have 8 octets (DKGA02) or 20 (DKGA04), those of cards 16"
    ZERO = "a component of zeros hides nothing"
    SAME_PERSON = "the second component must come from another person"
    OTHER_LENGTH = "the two components of a key are of one length"
    EQUAL = "two equal components make a key of zeros"


class ComponentRefusal(Exception):  # noqa: N818 - a refusal, which the door words
    """A component is not taken, and nothing was changed; ``why`` names the reason, and no octet is in it."""

    def __init__(self, why: ComponentRefusalWhy) -> None:
        super().__init__(why.value)
        self.why = why


def refuse_component(sgc: str, krn: int, octets: bytes, person: str) -> None:
    """Raise ComponentRefusal for what can be no component: PLACE, PERSON, LENGTH, ZERO."""
    if not is_place(sgc, krn):
        raise ComponentRefusal(ComponentRefusalWhy.PLACE)
    if not is_person(person):
        raise ComponentRefusal(ComponentRefusalWhy.PERSON)
    if len(octets) not in (_OF_CARDS if is_card_group(sgc) else _OF_METERS):
        raise ComponentRefusal(ComponentRefusalWhy.LENGTH)
    if not any(octets):
        raise ComponentRefusal(ComponentRefusalWhy.ZERO)


def refuse_second_person(first: Record, person: str) -> None:
    """Raise ComponentRefusal (SAME_PERSON) for who brought the first, however he writes his name."""
    if any(is_same_person(person, name) for name in first.people):
        raise ComponentRefusal(ComponentRefusalWhy.SAME_PERSON)


def joined(first: bytes, second: bytes) -> bytes:
    """Return the key of two components (exclusive or). ComponentRefusal: OTHER_LENGTH, EQUAL."""
    if len(first) != len(second):
        raise ComponentRefusal(ComponentRefusalWhy.OTHER_LENGTH)
    if first == second:
        raise ComponentRefusal(ComponentRefusalWhy.EQUAL)
    return bytes(one ^ other for one, other in zip(first, second, strict=True))
