# ruff: noqa: RUF001 - the names of the town are Chinese and Russian on purpose
"""Names and streets of the demo town, each with the form that a wire of ASCII carries.

Nobody in particular is meant: given names, surnames and streets are among the commonest of their country.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_Pair = tuple[str, str]

_CHINESE_SURNAMES: tuple[_Pair, ...] = (
    ("王", "Wang"), ("李", "Li"), ("张", "Zhang"), ("刘", "Liu"), ("陈", "Chen"), ("杨", "Yang"),
    ("赵", "Zhao"), ("黄", "Huang"), ("周", "Zhou"), ("吴", "Wu"), ("徐", "Xu"), ("孙", "Sun"),
    ("欧阳", "Ouyang"),
)  # fmt: skip
_CHINESE_GIVEN: tuple[_Pair, ...] = (
    ("伟", "Wei"), ("芳", "Fang"), ("娜", "Na"), ("秀英", "Xiuying"), ("敏", "Min"), ("静", "Jing"),
    ("建国", "Jianguo"), ("丽华", "Lihua"), ("志强", "Zhiqiang"), ("晓明", "Xiaoming"), ("雪梅", "Xuemei"),
    ("海燕", "Haiyan"),
)  # fmt: skip
_CHINESE_STREETS: tuple[_Pair, ...] = (
    ("人民路", "Renmin Road"), ("建设路", "Jianshe Road"), ("解放大道", "Jiefang Avenue"),
    ("中山路", "Zhongshan Road"), ("和平街", "Heping Street"), ("电厂路", "Dianchang Road"),
)  # fmt: skip

_RUSSIAN_MEN: tuple[_Pair, ...] = (
    ("Алексей", "Aleksei"), ("Дмитрий", "Dmitrii"), ("Сергей", "Sergei"), ("Иван", "Ivan"),
    ("Николай", "Nikolai"), ("Михаил", "Mikhail"),
)  # fmt: skip
_RUSSIAN_WOMEN: tuple[_Pair, ...] = (
    ("Анна", "Anna"), ("Ольга", "Olga"), ("Елена", "Elena"), ("Мария", "Mariia"), ("Татьяна", "Tatiana"),
    ("Светлана", "Svetlana"),
)  # fmt: skip
# Each of these takes an а for a woman.
_RUSSIAN_SURNAMES: tuple[_Pair, ...] = (
    ("Иванов", "Ivanov"), ("Смирнов", "Smirnov"), ("Кузнецов", "Kuznetsov"), ("Попов", "Popov"),
    ("Васильев", "Vasilev"), ("Фёдоров", "Fedorov"), ("Никитин", "Nikitin"),
)  # fmt: skip
_RUSSIAN_STREETS: tuple[_Pair, ...] = (
    ("ул. Мира", "ul. Mira"), ("ул. Садовая", "ul. Sadovaia"), ("ул. Гагарина", "ul. Gagarina"),
    ("пр. Победы", "pr. Pobedy"), ("ул. Энергетиков", "ul. Energetikov"),
)  # fmt: skip

_ENGLISH_GIVEN = (
    "Mary", "John", "Grace", "Peter", "Ruth", "Samuel", "Alice", "Daniel", "Esther", "Thomas", "Joy", "David",
)  # fmt: skip
_ENGLISH_SURNAMES = (
    "Smith", "Brown", "Taylor", "Wilson", "Clark", "Walker", "Green", "Baker", "O'Connor", "Hughes", "Cooper",
)  # fmt: skip
_ENGLISH_STREETS = ("Station Road", "Church Lane", "Mill Street", "Harbour View", "Park Avenue")

_HOUSE_MAX = 180
_FLAT_MAX = 64


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who lives somewhere, in his own writing and in ASCII."""

    name: str
    address: str
    name_ascii: str
    address_ascii: str


def resident(dice: Random) -> Resident:
    """Draw a resident: of five, three are Chinese, one is Russian, one is English."""
    draw = dice.choice((_chinese, _chinese, _chinese, _russian, _english))
    return draw(dice)


def _chinese(dice: Random) -> Resident:
    (family, family_ascii), (given, given_ascii) = dice.choice(_CHINESE_SURNAMES), dice.choice(_CHINESE_GIVEN)
    street, street_ascii = dice.choice(_CHINESE_STREETS)
    house, flat = _house(dice), _flat(dice)
    return Resident(
        name=family + given,
        address=f"{street}{house}号{flat}室",
        name_ascii=f"{family_ascii} {given_ascii}",
        address_ascii=f"{house} {street_ascii}, Room {flat}",
    )


def _russian(dice: Random) -> Resident:
    is_woman = dice.choice((True, False))
    given, given_ascii = dice.choice(_RUSSIAN_WOMEN if is_woman else _RUSSIAN_MEN)
    family, family_ascii = dice.choice(_RUSSIAN_SURNAMES)
    ending, ending_ascii = ("а", "a") if is_woman else ("", "")
    street, street_ascii = dice.choice(_RUSSIAN_STREETS)
    house, flat = _house(dice), _flat(dice)
    return Resident(
        name=f"{given} {family}{ending}",
        address=f"{street}, д. {house}, кв. {flat}",
        name_ascii=f"{given_ascii} {family_ascii}{ending_ascii}",
        address_ascii=f"{street_ascii}, d. {house}, kv. {flat}",
    )


def _english(dice: Random) -> Resident:
    name = f"{dice.choice(_ENGLISH_GIVEN)} {dice.choice(_ENGLISH_SURNAMES)}"
    address = f"{_house(dice)} {dice.choice(_ENGLISH_STREETS)}"
    return Resident(name=name, address=address, name_ascii=name, address_ascii=address)


def _house(dice: Random) -> int:
    return dice.randint(1, _HOUSE_MAX)


def _flat(dice: Random) -> int:
    return dice.randint(1, _FLAT_MAX)
