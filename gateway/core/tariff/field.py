"""Single fields of a tariff: read, judged, and refused by the name of the place.

Everything here takes a value as JSON gave it and its path (``energy.blocks[1].upto_kwh``).
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping

    Rows = tuple[tuple[str, Mapping[str, object]], ...]

_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,12})?")
_SIGNED: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")
"""A price or a limit: 15 digits hold any amount of any currency, 12 decimals any published rate."""

_CHOICES_NAMED_MAX: Final = 8
"""Most words that a refusal names: a longer list (all currencies) helps nobody."""

REMARKS: Final = frozenset({"note", "name", "title", "source", "provenance", "desc", "comment"})
"""Keys that say something to people only."""

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_/+-]{0,39}")
"""A line's code or a time zone's name: it must fit a receipt and a database column."""


class TariffFault(ValueError):  # noqa: N818 - whose fault it is, is the word of this house
    """A tariff that cannot be used: ``path`` names the field, ``why`` says what it must be."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class NotBuilt(TariffFault):
    """A tariff which is well formed, with a key that this version cannot price."""

    def __init__(self, key: str, value: str = "") -> None:
        super().__init__(key, f"{value or 'this'} cannot be priced by this version")
        self.key = key


def record(value: object, path: str) -> Mapping[str, object]:
    """Read an object with text keys."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise TariffFault(path, "must be an object")
    return cast("Mapping[str, object]", value)  # Both sides were checked in the line above.


def known_keys(
    fields: Mapping[str, object], path: str, known: Container[str], not_built: Container[str] = ()
) -> None:
    """Refuse what nobody would read: an unknown key, or a known one which cannot be priced yet."""
    for key, value in fields.items():
        place = f"{path}.{key}" if path else key
        if key in not_built and value not in (None, [], {}, False):
            raise NotBuilt(place)
        if key not in known and key not in not_built:
            raise TariffFault(place, "is not a key of a tariff")


def listed(value: object, path: str, most: int) -> tuple[object, ...]:
    """Read a list with a limit; nothing is the empty list."""
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > most:
        raise TariffFault(path, f"must be a list of at most {most}")
    return tuple(value)


def words(value: object, path: str, most: int) -> tuple[str, ...]:
    """Read a list of codes."""
    return tuple(code_of(word, f"{path}[{number}]") for number, word in enumerate(listed(value, path, most)))


def code_of(value: object, path: str, extra: str = "") -> str:
    """Read a line's code: letters, digits and underscores (``extra`` characters where a zone is named)."""
    allowed = isinstance(value, str) and _WORD.fullmatch(value) is not None
    if not allowed or (not extra and set(str(value)) & set("/+-")):
        raise TariffFault(path, "must be a short name")
    return str(value)


def word_of(value: object, path: str) -> str:
    """Read a name of the tariff's own: a season, a zone, a scheme."""
    if not isinstance(value, str) or _WORD.fullmatch(value) is None:
        raise TariffFault(path, "must be a short name")
    return value


def rows_of(fields: Mapping[str, object], key: str, place: str, most: int) -> Rows:
    """Read a list of objects, each with its path."""
    path = f"{place}.{key}" if place else key
    rows = listed(fields.get(key), path, most)
    return tuple((f"{path}[{number}]", record(row, f"{path}[{number}]")) for number, row in enumerate(rows))


def choice(value: object, path: str, choices: Collection[str]) -> str:
    """Read one of the given words."""
    if not isinstance(value, str) or value not in choices:
        words_known = f": {', '.join(sorted(choices))}" if len(choices) <= _CHOICES_NAMED_MAX else ""
        raise TariffFault(path, f"is not one of the words for this field{words_known}")
    return value


def flag(value: object, path: str) -> bool:
    """Read true or false, written as such."""
    if not isinstance(value, bool):
        raise TariffFault(path, "must be true or false")
    return value


def place_count(value: object, path: str, most: int) -> int:
    """Read a number of decimals."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise TariffFault(path, f"must be a whole number from 0 to {most}")
    return value


def rate_of(value: object, path: str) -> Fraction:
    """Read a decimal that is not negative, written as text so that no digit is lost."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value) is None:
        raise TariffFault(path, 'must be a decimal as text, such as "0.4883"')
    return Fraction(value)


def signed_rate_of(value: object, path: str) -> Fraction:
    """Read a decimal that may be negative: a subsidy is a price below nothing."""
    if not isinstance(value, str) or _SIGNED.fullmatch(value) is None:
        raise TariffFault(path, 'must be a decimal as text, such as "-0.0100"')
    return Fraction(value)


def share_of(value: object, path: str) -> Fraction:
    """Read a share of something, from 0 to 1."""
    share = rate_of(value, path)
    if share > 1:
        raise TariffFault(path, 'must be from 0 to 1: thirty percent is "0.30"')
    return share


def wh_of(value: object, path: str) -> int:
    """Read kWh as whole watt-hours."""
    wh = rate_of(value, path) * 1000
    if wh.denominator != 1:
        raise TariffFault(path, "is finer than one watt-hour")
    return wh.numerator
