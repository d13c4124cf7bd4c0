"""COSEM objects of a virtual meter, as tables: what each attribute gives and takes, what each method does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from gateway.codecs.dlms.datum import OCTET_STRING, Datum
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.moment import read_moment
from gateway.codecs.dlms.results import AccessFault
from gateway.simulators.meters.meter_clock import shown_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.codecs.dlms.services import Done, Result, Selection
    from gateway.codecs.meter_model.model import DlmsWords
    from gateway.simulators.meters.house import House

#: Numbers of IEC 62056-5-3, 7.3 that a meter answers instead of a value.
TEMPORARY: Final = 2
DENIED: Final = 3
UNDEFINED: Final = 4
CLASS_INCONSISTENT: Final = 9
TYPE_UNMATCHED: Final = 12
OTHER_REASON: Final = 250

#: A moment that says nothing: twelve wildcards, no deviation.
NO_MOMENT: Final = bytes.fromhex("ffffffffffffffffff800000")
_MOMENT_OCTETS: Final = 12
#: Other moments no meter of ours has lived or will live.
YEARS: Final = range(2000, 2100)


class Holder(Protocol):
    """What an object sees: the house, and what of DLMS its model leaves open."""

    @property
    def house(self) -> House:
        """The house."""

    @property
    def words(self) -> DlmsWords:
        """Settings of the model."""


@dataclass(frozen=True, slots=True)
class Thing:
    """An object: attributes that are read, parts of them, attributes that are written, methods."""

    get: Mapping[int, Callable[[Holder], Result]]
    set: Mapping[int, Callable[[Holder, Datum], int]] = field(default_factory=dict)
    act: Mapping[int, Callable[[Holder, Datum | None], Done]] = field(default_factory=dict)
    select: Callable[[Holder, Selection], Result] | None = None


def moment_in(holder: Holder, found: Datum) -> int | None:
    """Read an octet-string as shown milliseconds; None where it is none, or has a deviation and must not.

    Meters were seen that refuse a moment with a deviation from UTC, and others that refuse one without.
    """
    raw = found.value
    if found.tag != OCTET_STRING or not isinstance(raw, bytes) or len(raw) != _MOMENT_OCTETS:
        return None
    try:
        moment = read_moment(raw, holder.house.clock.utc_offset_min)
    except PeerFault:
        return None
    if moment.has_deviation is not holder.words.moments_with_deviation:
        return None
    if moment.at.year not in YEARS:
        return None
    return shown_of(moment.at.astimezone(holder.house.clock.zone))


def fault(number: int) -> AccessFault:
    """What is answered instead of a value."""
    return AccessFault(number)
