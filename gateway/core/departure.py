"""A departure: a meter leaves a supply point; what was left in it travels to the next meter, or is paid out.

    issued      went out for the meter, on tokens
    = used      what it counted
    + remaining what was left in it, read or estimated: it is taken back here
    + pending   went out and was seen nowhere: a token that nobody entered, or used before the counting

    left in it          Dr E.VOID     Cr E.LOADED as far as it was seen there, Cr E.ISSUED for the rest
    below nothing       Dr E.ISSUED   Cr E.SOLD: what it lent is sold now, for Dr AR:<account>:OVERDRAFT
    came with it        Dr E.UNSOLD   Cr E.SOLD: preset energy that no purchase has paid for is sold now
    travels             Dr E.ISSUED   Cr E.VOID, with the new meter's token (``give_transfer.py``)

So what went out on tokens is always what was sold and given free, less what was taken back (E.VOID).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.core import chart
from gateway.core.ledger import WATT_HOURS, Posting
from gateway.core.lots import Lot
from gateway.core.pricing import PricedLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.core.preset import Preset
    from gateway.core.reading import Sums
    from gateway.core.reading_rules import KnownMeter

#: Days of purchases behind the mean use of a meter that shows nothing any more: three months.
MEAN_DAYS: Final = 91

_DAY_US: Final = 86_400_000_000

#: The number that the lot of preset energy has instead of a sale's, and the code of its line.
NO_SALE: Final = 0
PRESET_SOLD: Final = "PRESET"

#: What a transfer's key begins with; behind it stands the departure's number.
MOVE: Final = "move/"


class Leaving(Enum):
    """Why a meter leaves."""

    REPLACED = "replaced"
    CANCELLED = "cancelled"


class Basis(Enum):
    """How it is known what was left in it."""

    #: The meter shows its credit.
    READ = "read"
    #: Its registers were read: what went out, less what it counted.
    COUNTED = "counted"
    #: It shows nothing: what went out, less its mean use.
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class Departure:
    """A meter that left ``point``, as it is kept for ever.

    ``sums`` are what was known of its energy just before, ``remaining_wh`` what was left in it (below
    nothing: it had lent), of which ``from_loaded_wh`` had been seen there. ``said_by`` says so. ``left_on``
    is the day of the work, ISO. ``lots`` are the purchases that the rest is of. ``new_pan`` is the meter
    that came instead, "" for none. ``overdraft_minor`` is owed for what it had lent, ``refund_minor`` was
    given back. ``preset`` is what the meter had come with, where no purchase had paid for it: it was sold
    then, on account.
    """

    id: int
    at_us: int
    pan: str
    point: str
    account_no: str
    kind: Leaving
    basis: Basis
    sums: Sums
    remaining_wh: int
    from_loaded_wh: int
    left_on: str
    said_by: str
    reason: str
    by: str
    currency: str
    new_pan: str = ""
    overdraft_minor: int = 0
    refund_minor: int = 0
    lots: tuple[Lot, ...] = ()
    entry_id: int | None = None
    preset: Preset | None = None

    @property
    def pending_wh(self) -> int:
        """What went out and is seen nowhere; under nothing: more is there than ever went out."""
        return self.sums.issued_wh - self.sums.used_wh - self.remaining_wh

    @property
    def travels_wh(self) -> int:
        """What goes to the new meter."""
        return max(0, self.remaining_wh) if self.new_pan else 0

    @property
    def is_above(self) -> bool:
        """Is more said to be left than went out and was not used?"""
        return self.remaining_wh > envelope_wh(self.sums)

    @property
    def transfer_key(self) -> str:
        """The one transfer that there can be of it."""
        return f"{MOVE}{self.id}"

    def behind(self, sums: Sums) -> Sums:
        """Say what is known of the meter behind its departure, from what was known before."""
        return replace(
            sums,
            issued_wh=sums.issued_wh - self.remaining_wh,
            loaded_wh=sums.loaded_wh - self.from_loaded_wh,
        )


def envelope_wh(sums: Sums) -> int:
    """Say how much can be left in a meter at the most: what went out for it and was not used."""
    return max(0, sums.issued_wh - sums.used_wh)


def from_loaded_wh(sums: Sums, remaining_wh: int) -> int:
    """Say how much of what is left was seen in the meter; of what it has lent all of it."""
    return remaining_wh if remaining_wh < 0 else max(0, min(remaining_wh, sums.loaded_wh))


def energy_postings(departure: Departure) -> tuple[Posting, ...]:
    """Take back what is left in the meter; a meter that has lent is sold what it lent."""
    before, remaining = departure.sums, departure.remaining_wh
    after = departure.behind(before)
    came_wh = 0 if departure.preset is None else departure.preset.wh
    moved = (
        (chart.ENERGY_VOID, max(0, remaining)),
        (chart.ENERGY_SOLD, min(0, remaining) - came_wh),
        (chart.ENERGY_LOADED, after.loaded_wh - before.loaded_wh),
        (chart.ENERGY_ISSUED, before.sold_wh - after.sold_wh - remaining),
        (chart.ENERGY_UNSOLD, before.unsold_wh - after.unsold_wh + came_wh),
    )
    return tuple(Posting(account, amount, WATT_HOURS) for account, amount in moved if amount)


def preset_lot(preset: Preset, power_type: str) -> Lot:
    """Make the lot of the energy that a meter came with: sold for what it was worth then."""
    account = chart.revenue(power_type, PRESET_SOLD)
    lines = (PricedLine(PRESET_SOLD, preset.minor, account),) if preset.minor else ()
    return Lot(NO_SALE, preset.wh, lines)


def preset_postings(preset: Preset, power_type: str, account_no: str) -> tuple[Posting, ...]:
    """Sell it on account: it is earned now, and owed as arrears, since no first purchase will pay for it.

    The unit is not said yet.
    """
    moved = (
        (chart.PRESET_ISSUED, preset.minor),
        (chart.revenue(power_type, PRESET_SOLD), -preset.minor),
        (chart.owed(account_no, chart.ARREARS), preset.minor),
        (chart.owed(account_no, chart.PRESET_OWED), -preset.minor),
    )
    return tuple(Posting(account, minor, "") for account, minor in moved if minor)


def counted_wh(known: KnownMeter, issued_wh: int) -> int | None:
    """Say what is left by what a meter has counted; None where nobody knows what it used before that."""
    if known.last is None or known.last.sums.first_gap_wh is None:
        return None
    sums = known.sums
    return max(0, issued_wh - sums.used_wh - max(0, sums.first_gap_wh or 0))


def estimated_wh(known: KnownMeter, now_us: int) -> int:
    """Estimate what is left in a meter that shows nothing any more: what went out, less its mean use.

    Its use since it was read last is the mean of what was bought in three months; never less than nothing.
    """
    last = known.last
    used_wh = 0 if last is None else last.sums.used_wh
    since_us = last.shown.taken_us if last is not None else known.fitted_us
    went_out = [one for one in known.out if one.at_us <= now_us]
    if not since_us and went_out:
        since_us = went_out[0].at_us
    recent = sum(
        one.energy_wh for one in went_out if one.energy_wh > 0 and one.at_us > now_us - MEAN_DAYS * _DAY_US
    )
    days = max(0, now_us - since_us) // _DAY_US
    issued_wh = sum(one.energy_wh for one in went_out)
    return max(0, issued_wh - used_wh - recent * days // MEAN_DAYS)


def sums_before(known: KnownMeter, now_us: int) -> Sums:
    """Say what is known of a meter's energy now, with all that went out for it."""
    return replace(known.sums, issued_wh=sum(one.energy_wh for one in known.out if one.at_us <= now_us))


def having_left(known: KnownMeter, gone: Sequence[Departure]) -> KnownMeter:
    """Return a meter as its next reading is compared with it: what it took along is not in it any more.

    ``gone`` are its departures, the oldest first; those before its last reading are in that one's sums.
    """
    for one in gone:
        out = known.credit_out(one.at_us, -one.remaining_wh) if one.remaining_wh else known.out
        last = known.last
        if last is not None and last.at_us <= one.at_us:
            last = replace(last, sums=one.behind(last.sums))
        proven = known.proven
        if proven is not None and known.proving[-1].at_us <= one.at_us:
            proven = one.behind(proven)
        known = replace(known, out=out, last=last, proven=proven)
    return known
