"""Lists of a meter as its row has them: texts with commas, '' where there is nothing.

    past_wh       12000,0,84500     Wh of the months before, the newest first
    schemes       POOR,STAFF        codes
    proportions   A=70,B=30         power type and percent
    key_change    201457,2,01,2,2035,255,1795600000000000
                                    the key it is moved to: SGC, KRN, TI, KT, base date; KEN; since (UTC
                                    microseconds)
    preset        50000/2950        energy that the meter came with and nobody has paid for: Wh, minor units

A payment reads and writes its meter, and most meters have no list at all: the empty text is answered first.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gateway.core.key_change import KeyChange
from gateway.core.preset import Preset

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.core.token import StsIdentity

#: Different texts remembered: towns have a few schemes and proportions, and thousands of meters share each.
_TEXTS_MAX: Final = 1_024


def whole_numbers_text(numbers: tuple[int, ...]) -> str:
    """Write whole numbers."""
    return ",".join(map(str, numbers)) if numbers else ""


def whole_numbers_of(text: str) -> tuple[int, ...]:
    """Read whole numbers. Not remembered: no two meters have the same."""
    return tuple(map(int, text.split(","))) if text else ()


def codes_text(codes: Iterable[str]) -> str:
    """Write codes, in which no comma may be (``core.customer`` holds that)."""
    return ",".join(codes)


@lru_cache(maxsize=_TEXTS_MAX)
def codes_of(text: str) -> tuple[str, ...]:
    """Read codes."""
    return tuple(text.split(",")) if text else ()


def proportions_text(proportions: Iterable[tuple[str, int]]) -> str:
    """Write power types with their percents."""
    return ",".join(f"{power_type}={percent}" for power_type, percent in proportions)


@lru_cache(maxsize=_TEXTS_MAX)
def proportions_of(text: str) -> tuple[tuple[str, int], ...]:
    """Read power types with their percents."""
    parts = (part.partition("=") for part in text.split(",")) if text else ()
    return tuple((power_type, int(percent)) for power_type, _, percent in parts)


def key_change_text(change: KeyChange | None) -> str:
    """Write the key change that is on its way."""
    if change is None:
        return ""
    new = change.new
    parts = (new.sgc, new.krn, new.ti, new.kt, new.base_date, change.ken, change.since_us)
    return ",".join(map(str, parts))


def key_change_of(text: str, held: StsIdentity) -> KeyChange | None:
    """Read the key change that is on its way to a meter which holds the key of ``held``."""
    if not text:
        return None
    sgc, krn, ti, kt, base_date, ken, since_us = text.split(",")
    new = replace(held, sgc=sgc, krn=int(krn), ti=ti, kt=int(kt), base_date=int(base_date))
    return KeyChange(new, int(ken), int(since_us))


def preset_text(preset: Preset | None) -> str:
    """Write the energy that a meter came with."""
    return "" if preset is None else f"{preset.wh}/{preset.minor}"


def preset_of(text: str) -> Preset | None:
    """Read the energy that a meter came with."""
    if not text:
        return None
    wh, _, minor = text.partition("/")
    return Preset(int(wh), int(minor))
