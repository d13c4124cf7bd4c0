"""What a reading proves of a meter's energy, and the entry that books it.

    seen     what it has used; and what stands in it: by its credit where it shows that, else as much as was
             seen before; at least what the credits come to that it has counted
    E.ISSUED → E.LOADED   as much of what is seen as ever went out
    E.UNSOLD → E.LOADED   what is seen beyond that: nobody bought it here
    E.LOADED → E.USED     what it counted

So E.ISSUED + E.LOADED + E.USED + E.UNSOLD is what went out on tokens, whatever is read. Use itself proves
that at least so much was loaded. A meter whose counting begins is taken as it is: what it used before nobody
knows.

    issued 100 kWh, used 30, it shows 65      seen 95: Dr E.LOADED 65, Dr E.USED 30, Cr E.ISSUED 95
    then used 70, it shows nothing of credit  seen 100 (70 + 30 that must still be there): Dr E.USED 40 …

A meter that shows less than is due to be in it gives the rest back to E.ISSUED: it is not proven any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.ledger import WATT_HOURS, Entry, EntryKind, Posting
from gateway.core.reading import Sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.core.reading import Shown
    from gateway.core.reading_rules import CreditOut, KnownMeter


def sums_of(shown: Shown, known: KnownMeter, counted_wh: int) -> tuple[Sums, int]:
    """Say what is known of a meter's energy with an accepted reading, and what it has counted in all.

    ``counted_wh`` is what its total register counted since what the reading was compared with.
    """
    last, before = known.last, known.sums
    goes_on = _goes_on(known)
    counted_before = last.counted_wh if goes_on and last is not None else 0
    counted = counted_before + counted_wh
    # The whole count is multiplied, so that no reading rounds what another has rounded.
    used = before.used_wh + _multiplied(counted, known) - _multiplied(counted_before, known)
    issued = issued_until(known.out, shown.taken_us)
    first_gap = first_gap_of(known)
    seen = _seen(shown, known, used, first_gap)
    if first_gap is None and shown.credit_wh is not None:
        first_gap = issued - seen
    return Sums(issued, seen - used, used, first_gap), counted


def issued_until(out: Sequence[CreditOut], at_us: int) -> int:
    """Sum up what went out before a moment; what goes out in that very moment is not in the meter yet."""
    return sum(one.energy_wh for one in out if one.at_us < at_us)


def has_over_credits(shown: Shown, known: KnownMeter) -> bool:
    """Has the meter taken more credits than went out?"""
    went_out = sum(one.count for one in known.out if one.at_us < shown.taken_us)
    return shown.credits is not None and shown.credits > went_out


def reading_entry(before: Sums, after: Sums, kind: EntryKind = EntryKind.READING) -> Entry | None:
    """Book what a reading moves, or what else shows what a meter holds; None where it moves nothing."""
    moved = (
        (chart.ENERGY_USED, after.used_wh - before.used_wh),
        (chart.ENERGY_LOADED, after.loaded_wh - before.loaded_wh),
        # What a key with a limit has issued stays on its own account, or the key could issue it once more.
        (chart.ENERGY_ISSUED, before.sold_wh - after.sold_wh),
        (chart.ENERGY_UNSOLD, before.unsold_wh - after.unsold_wh),
    )
    postings = tuple(Posting(account, amount, WATT_HOURS) for account, amount in moved if amount)
    return Entry(kind, postings) if postings else None


def first_gap_of(known: KnownMeter) -> int | None:
    """Say which gap its counting began with, or begins with now; None where nobody knows it."""
    if _goes_on(known):
        return known.sums.first_gap_wh
    return _gap_of_fitting(known)


def _goes_on(known: KnownMeter) -> bool:
    return known.last is not None and not known.was_refitted and not known.begins_anew


def _multiplied(counted_wh: int, known: KnownMeter) -> int:
    factor = known.multiplier
    return counted_wh * factor.numerator // factor.denominator


def _seen(shown: Shown, known: KnownMeter, used_wh: int, first_gap_wh: int | None) -> int:
    """Say how much energy is seen in all: used, or standing in the meter."""
    if shown.credit_wh is not None:
        return used_wh + shown.credit_wh
    before = known.sums
    seen = max(used_wh, before.used_wh + before.loaded_wh)
    if shown.credits is None or first_gap_wh is None:
        return seen
    # Of the credits that it took as much was used before the counting as nobody has seen, at the most.
    return max(seen, _of_credits(known.out, shown) - first_gap_wh)


def _of_credits(out: Sequence[CreditOut], shown: Shown) -> int:
    """Sum up the sales of which the meter has taken all credits: the oldest first, as meters take them."""
    left, energy_wh = shown.credits or 0, 0
    for one in out:
        left -= one.count
        if left < 0 or one.at_us >= shown.taken_us:
            break
        energy_wh += one.energy_wh
    return energy_wh


def _gap_of_fitting(known: KnownMeter) -> int | None:
    """Say which gap stood when a fitting was entered, with nothing in the meter; None where there is none."""
    if known.fitting is None or known.begins_anew:
        return None
    before = known.sums_at(known.fitted_us)
    return issued_until(known.out, known.fitted_us) - before.loaded_wh - before.used_wh
