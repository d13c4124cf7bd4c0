"""A change of a meter's key: the tokens it takes, and the key again from what they carry.

    EA07   2 tokens: first, second         3 tokens, with the supply group: first, second, third
    EA11   4 tokens: first, second, third, fourth

All of them are made under the *old* key. A meter takes them in any order, and holds the new key once it has
the last of them (IEC 62055-41, 6.2.7 to 6.2.9).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from gateway.bits import is_digits
from gateway.codecs.sts.cipher import EA_MISTY1, EA_STA, KEY_OCTETS
from gateway.codecs.sts.key_section import (
    FirstSection,
    FourthSection,
    KeySection,
    SecondSection,
    SgcSection,
    ThirdSection,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.codecs.sts.content import Content

_SectionT = TypeVar("_SectionT", FirstSection, SecondSection, ThirdSection, FourthSection, SgcSection)

_PLACES = {3: "first", 4: "second", 8: "third", 9: "fourth"}


@dataclass(frozen=True, slots=True, repr=False)
class KeyChange:
    """The key that a meter is given, and what it learns with it; the key is in no repr.

    ``sgc`` is the new supply group code of 6 digits, None where the tokens do not say it (EA07 with two).
    ``ken`` is the new key's expiry number 0 to 255; ``krn``, ``kt`` and ``ti`` are the new ones;
    ``is_rolled`` (RO) has the meter forget the ids it took, as it must when the base date changes.
    Anything that no token can carry is refused (ValueError).
    """

    new_key: bytes
    sgc: str | None
    ken: int
    krn: int
    kt: int
    ti: str
    is_rolled: bool

    def __post_init__(self) -> None:
        """Refuse what no set of tokens can carry."""
        refusals = (
            (len(self.new_key) in KEY_OCTETS.values(), "a decoder key has 8 or 16 octets"),
            (self.sgc is None or is_digits(self.sgc, 6), "the supply group code has 6 digits"),
            (self.ken in range(256), "the key expiry number is 0 to 255"),
            (self.krn in range(1, 10), "the key revision number is 1 to 9"),
            (self.kt in range(4), "the key type is 0 to 3"),
            (is_digits(self.ti, 2), "the tariff index has 2 digits"),
        )
        for holds, rule in refusals:
            if not holds:
                raise ValueError(rule)

    @property
    def ea(self) -> str:
        """The encryption algorithm of the meter, told by the length of its key."""
        return EA_STA if len(self.new_key) == KEY_OCTETS[EA_STA] else EA_MISTY1

    def __repr__(self) -> str:
        """Show no key."""
        return f"KeyChange(****, EA{self.ea}, SGC {self.sgc}, KRN {self.krn}, TI {self.ti}, KEN {self.ken})"


class KeyChangeFaultWhy(Enum):
    """Why sections do not make a key change."""

    MISSING = "a section is missing"
    DUPLICATE = "a section came twice"
    MIXED = "the sections are of different key changes"


class KeyChangeFault(ValueError):  # noqa: N818 - the tokens' fault, not an error of ours
    """These sections are not one key change; ``why``, and the text names the section."""

    def __init__(self, why: KeyChangeFaultWhy, what: str) -> None:
        super().__init__(what)
        self.why = why


def sections_of(change: KeyChange, *, says_sgc: bool = False) -> tuple[KeySection, ...]:
    """Return what each token of the set carries, in the order in which they are handed out.

    ``says_sgc``: an EA07 meter is told its supply group by a third token; an EA11 meter always is. Where the
    change has none to tell it is refused (ValueError).
    """
    if change.ea == EA_STA and not says_sgc:
        return (_first(change, says_sgc=False), _second(change, 4))
    if change.sgc is None:
        raise ValueError("this set of tokens says the supply group code, and there is none")
    sgc = int(change.sgc)
    if change.ea == EA_STA:
        return (_first(change, says_sgc=True), _second(change, 4), SgcSection(sgc))
    third = ThirdSection(sgc & 0xFFF, _word(change.new_key, 4))
    fourth = FourthSection(sgc >> 12, _word(change.new_key, 8))
    return (_first(change, says_sgc=False), _second(change, 12), third, fourth)


def gathered(contents: Iterable[Content], ea: str) -> KeyChange:
    """Return the change that what these tokens say, in any order, brings to a meter of algorithm ``ea``.

    ``KeyChangeFault``: MISSING, DUPLICATE (the same section twice), MIXED (two different ones in one place,
    or something that does not belong to the set).
    """
    found = _sections(contents)
    _refuse_repeated(found)
    first, second = _only(found, FirstSection), _only(found, SecondSection)
    high, low = first.key_part, second.key_part
    if ea == EA_STA:
        _refuse_others(found, FirstSection, SecondSection, SgcSection)
        sgc = _only(found, SgcSection).sgc if first.says_sgc else None
        if sgc is None and len(found) > 2:  # noqa: PLR2004 - the two that there are
            what = "a third section, and the first does not announce it"
            raise KeyChangeFault(KeyChangeFaultWhy.MIXED, what)
        key_words = [high, low]
    else:
        _refuse_others(found, FirstSection, SecondSection, ThirdSection, FourthSection)
        third, fourth = _only(found, ThirdSection), _only(found, FourthSection)
        sgc = fourth.sgc_high << 12 | third.sgc_low
        key_words = [high, third.key_part, fourth.key_part, low]
    return KeyChange(
        new_key=b"".join(word.to_bytes(4, "big") for word in key_words),
        sgc=None if sgc is None else f"{sgc:06d}",
        ken=first.ken_high << 4 | second.ken_low,
        krn=first.krn,
        kt=first.kt,
        ti=f"{second.ti:02d}",
        is_rolled=first.is_rolled,
    )


def _first(change: KeyChange, *, says_sgc: bool) -> FirstSection:
    word = _word(change.new_key, 0)
    return FirstSection(change.ken >> 4, change.krn, change.is_rolled, says_sgc, change.kt, word)


def _second(change: KeyChange, at: int) -> SecondSection:
    return SecondSection(change.ken & 15, int(change.ti), _word(change.new_key, at))


def _word(key: bytes, at: int) -> int:
    """Return the 32 bits of the key that begin at this octet."""
    return int.from_bytes(key[at : at + 4], "big")


def _sections(contents: Iterable[Content]) -> list[KeySection]:
    """Return the contents if all of them are sections."""
    found = []
    for content in contents:
        if not isinstance(content, KeySection):
            raise KeyChangeFault(KeyChangeFaultWhy.MIXED, "a token that is no section of a key change")
        found.append(content)
    return found


def _refuse_repeated(found: list[KeySection]) -> None:
    """Refuse two sections of one place."""
    for subclass, count in Counter(section.subclass for section in found).items():
        if count > 1:
            place = _PLACES[subclass]
            if len({section for section in found if section.subclass == subclass}) == 1:
                raise KeyChangeFault(KeyChangeFaultWhy.DUPLICATE, f"the {place} section came twice")
            what = f"two different {place} sections: of two key changes"
            raise KeyChangeFault(KeyChangeFaultWhy.MIXED, what)


def _refuse_others(found: list[KeySection], *kinds: type[KeySection]) -> None:
    """Refuse a section that meters of the other algorithm get."""
    for section in found:
        if not isinstance(section, kinds):
            what = f"the {_PLACES[section.subclass]} section is for a meter of the other algorithm"
            raise KeyChangeFault(KeyChangeFaultWhy.MIXED, what)


def _only(found: list[KeySection], kind: type[_SectionT]) -> _SectionT:
    """Return the one section of its kind, or say that it is missing."""
    for section in found:
        if isinstance(section, kind):
            return section
    raise KeyChangeFault(KeyChangeFaultWhy.MISSING, f"the {_PLACES[kind.subclass]} section is missing")
