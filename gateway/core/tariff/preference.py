"""What preferential schemes take off a price.

Of the entries that do not stack the best one counts; those that stack come on top of it. The sheet was
refused when it was read if that could be more than the price itself.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from gateway.core.tariff.table import TOTAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.core.tariff.table import Preference


def held(sheet: Sequence[Preference], schemes: Sequence[str], day: date | None) -> tuple[Preference, ...]:
    """The entries that a customer of these schemes has on a day (None: entries without dates only)."""
    return tuple(entry for entry in sheet if entry.scheme in schemes and _is_valid(entry, day))


def _is_valid(entry: Preference, day: date | None) -> bool:
    first, last = entry.valid
    if first is None and last is None:
        return True
    if day is None:
        return False
    return (first is None or first <= day) and (last is None or day <= last)


def held_together(sheet: Sequence[Preference]) -> tuple[tuple[Preference, ...], ...]:
    """The sets of entries that a price is tried with: each scheme's own on a day, and all of a day.

    A set begins whenever an entry does. What some of many schemes come to is not tried: there are too many.
    """
    schemes = dict.fromkeys(entry.scheme for entry in sheet)
    sets = []
    for day in sorted({entry.valid[0] or date.min for entry in sheet}):
        sets += [held(sheet, (scheme,), day) for scheme in schemes]
        sets.append(held(sheet, tuple(schemes), day))
    return tuple(dict.fromkeys(entries for entries in sets if entries))


def stacked(
    rates: Sequence[Fraction], components: Sequence[str], entries: Sequence[Preference]
) -> list[dict[str, Fraction]]:
    """What each scheme takes off each component's rate; one entry of the list for each component."""
    total = sum(rates, Fraction(0))
    cuts: list[dict[str, Fraction]] = []
    for rate, code in zip(rates, components, strict=True):
        found = [(entry, _cut(entry, rate, total)) for entry in entries if entry.target in {code, TOTAL}]
        alone = [(entry, cut) for entry, cut in found if not entry.stacks]
        counted = [(entry, cut) for entry, cut in found if entry.stacks]
        if alone:
            counted.append(max(alone, key=lambda pair: pair[1]))
        of_scheme: dict[str, Fraction] = {}
        for entry, cut in counted:
            # A dearer fixed price is no preference; a share of the whole price is one of a subsidy in it too.
            if cut > 0 or (cut < 0 and entry.target == TOTAL):
                of_scheme[entry.scheme] = of_scheme.get(entry.scheme, Fraction(0)) + cut
        cuts.append(of_scheme)
    return cuts


def _cut(entry: Preference, rate: Fraction, total: Fraction) -> Fraction:
    if entry.factor is not None:
        return rate * (1 - entry.factor)
    assert entry.fixed is not None  # noqa: S101 - an entry has a factor or a fixed price
    if entry.target != TOTAL:
        return rate - entry.fixed
    # A fixed comprehensive price cuts each sub-item by the same share.
    return rate * max(1 - entry.fixed / total, Fraction(0)) if total else Fraction(0)
