"""What stands behind an identifier of IEC 62056-21, as a text; and which data set an identifier means.

1.8.0(000123.4*kWh)                    000123.4, with its unit beside it
1.6.0(002.076*kW)(16-12-05,12:45)      002.076 16-12-05,12:45
1-0:1.8.0*255(000123.4*kWh)            is what 1.8.0 means, as 255 is now
1.6.1*12(0.01) and then &11(0.02)      the second is 1.6.1&11, the value of reset 11
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.core.contact import ItemRead, RelayState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.codecs.iec62056_21.datasets import DataSet, Value

DIGITS_MAX: Final = 18
"""Digits of a number: what has more is an identification, and no register of a meter."""

#: What C of an identifier says of a quantity of electricity (IEC 62056-6-1, table 7): 0 and 96 are none.
_QUANTITIES: Final = range(1, 92)
_NUMBER: Final = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]*))?")
_IDENTIFIER: Final = re.compile(r"(?:([0-9]+-[0-9]+):)?([^*&:]*)(?:[*&]([0-9]+))?")
_SAID: Final = re.compile(r"[0-9A-Z:*&-]*\.[0-9A-Z.:*&-]*|[0-9A-F]{3,8}")
_NOW: Final = "255"
#: What a relay's item shows, as the control state of DLMS does (IEC 62056-6-2, 4.5.8).
_STATES: Final = {"0": RelayState.OPEN, "1": RelayState.CLOSED, "2": RelayState.READY}


class Named(NamedTuple):
    """A data set of a read-out and its whole address."""

    address: str
    found: DataSet


def relay_state(text: str) -> RelayState | None:
    """Read where a relay is; None for what says nothing of it."""
    return _STATES.get(text.lstrip("0") or "0")


def is_identifier(item: str) -> bool:
    """Say whether this is an identifier as meters write them, and not a name.

    >>> is_identifier("1-0:1.8.0*255"), is_identifier("C003"), is_identifier("energy-t5")
    (True, True, False)
    """
    return _SAID.fullmatch(item) is not None


def named(sets: Iterable[DataSet]) -> Iterator[Named]:
    """Give data sets with their whole addresses: what begins with ``*`` or ``&`` is of the one before."""
    before = ""
    for one in sets:
        if one.address[:1] in ("*", "&"):
            yield Named(before + one.address, one)
        else:
            before = re.split(r"[*&]", one.address)[0]
            yield Named(one.address, one)


def pick(sets: Iterable[DataSet], at: str) -> DataSet | None:
    """Find what an identifier means: as it is written, or without what goes without saying.

    A value of an earlier reset is given only where its number was asked for.
    """
    likely = [one for one in named(sets) if is_meant(one.address, at)]
    exact = [one for one in likely if one.address == at]
    return (exact or likely)[0].found if likely else None


def is_meant(address: str, at: str) -> bool:
    """Say whether an address in a meter is the one that an identifier means.

    >>> is_meant("1-0:1.8.0*255", "1.8.0"), is_meant("1.8.0*01", "1.8.0"), is_meant("1.8.0&1", "1.8.0*01")
    (True, False, True)
    """
    there, asked = _IDENTIFIER.fullmatch(address), _IDENTIFIER.fullmatch(at)
    if there is None or asked is None:
        return address == at
    return (
        there[2] == asked[2]
        and (there[1] is None or asked[1] is None or there[1] == asked[1])
        and int(there[3] or _NOW) == int(asked[3] or _NOW)
    )


def item_read(item: str, at: str, values: Sequence[Value], unit: str = "") -> ItemRead:
    """Read what stands behind an address; ``unit`` is the model's, where the meter does not say it."""
    texts = [values[0].text.strip(), *(value.written.strip() for value in values[1:])]
    text, unit = " ".join(texts), values[0].unit.strip() or unit
    number = _NUMBER.fullmatch(texts[0])
    digits = (number[2] + (number[3] or "")) if number else ""
    # Digits alone may be a meter's number, a date or a word of bits as well.
    if number is None or len(digits) > DIGITS_MAX or not (unit or number[3] or _is_quantity(at)):
        return ItemRead(item, at, text)
    return ItemRead(item, at, text, int(number[1] + digits), len(number[3] or ""), unit)


def _is_quantity(at: str) -> bool:
    found = _IDENTIFIER.fullmatch(at)
    first = found[2].partition(".")[0] if found else ""
    return first.isdigit() and int(first) in _QUANTITIES
