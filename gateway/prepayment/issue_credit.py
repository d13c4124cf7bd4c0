"""Let credit out: the next token id of the meter, the token, and the entry that books it.

Used by every verb that hands a token out. The token id is the meter's own: max(now, last + 1), never back;
the amount field rounds up for the customer, so what the token carries is booked beside what was paid for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.codecs.sts.block import AMOUNT_TENTHS_MAX, decode_amount, encode_amount
from gateway.core import chart
from gateway.core.books import IssuedToken
from gateway.core.energy import Energy
from gateway.core.ledger import WATT_HOURS, Entry, EntryKind, Posting
from gateway.core.outcome import Declined
from gateway.core.pricing import own_lines
from gateway.core.quickly_built import quickly_built
from gateway.core.refusal import Refusal
from gateway.core.token import IssuerRefusal, TidFault, TidTooFarAhead, next_tid, tid_at

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from gateway.core.meter import MeterAccount
    from gateway.core.payment import SaleTerms
    from gateway.core.pricing import PricedLine
    from gateway.core.token import TokenDigits
    from gateway.ports import TokenIssuer

#: Class 0 subclass 0: transfer electricity credit, in 0.1 kWh (IEC 62055-41 token class table).
ELECTRICITY = 0


#: Moments remembered: the batch in work, for each base date and zone that meters have.
_MOMENTS_MAX = 16


@quickly_built
@dataclass(frozen=True, slots=True)
class Credit:
    """A token made, its id, and the energy it carries (at least what was paid for)."""

    digits: TokenDigits
    tid: int
    encoded_wh: int


@quickly_built
@dataclass(frozen=True, slots=True)
class Credits:
    """What a sale hands out: what was paid for, and free energy beside it."""

    paid: Credit
    free: Credit | None

    @property
    def encoded_wh(self) -> int:
        """The energy of all the sale's tokens."""
        return self.paid.encoded_wh + (0 if self.free is None else self.free.encoded_wh)

    @property
    def last_tid(self) -> int:
        """The newest token id of them."""
        return self.paid.tid if self.free is None else self.free.tid


def issue_credit(  # noqa: PLR0913 - everything a token depends on, all of it named
    meter: MeterAccount,
    energy_wh: int,
    rnd: int,
    *,
    issuer: TokenIssuer,
    terms: SaleTerms,
    now: datetime,
) -> Credit | Declined:
    """Make the meter's next credit token; refusals: over_limit, tokens_too_fast, no_token."""
    tenths = Energy(energy_wh).tenths_ceil()
    if tenths > AMOUNT_TENTHS_MAX:
        return Declined(Refusal.OVER_LIMIT, "more energy than one token carries")
    try:
        minute = _minute(now, terms.zone, meter.identity.base_date)
        tid = next_tid(minute, meter.last_tid, terms.tid_lead_max)
        if isinstance(tid, TidTooFarAhead):
            return Declined(Refusal.TOKENS_TOO_FAST)
        digits = issuer.credit(meter.identity, subclass=ELECTRICITY, tid=tid, rnd=rnd, amount_tenths=tenths)
    except (IssuerRefusal, TidFault):
        return Declined(Refusal.NO_TOKEN)
    return Credit(digits, tid, Energy.from_tenths(decode_amount(encode_amount(tenths))).wh)


@lru_cache(maxsize=_MOMENTS_MAX)
def _minute(now: datetime, zone: tzinfo, base_date: int) -> int:
    """The moment's own token id. A batch has one moment, and civil time costs more than all the rest."""
    return tid_at(base_date, now.astimezone(zone).replace(tzinfo=None))


def issue_credits(  # noqa: PLR0913 - everything that two tokens depend on, all of it named
    meter: MeterAccount,
    energy_wh: int,
    free_wh: int,
    rnd: int,
    *,
    issuer: TokenIssuer,
    terms: SaleTerms,
    now: datetime,
) -> Credits | Declined:
    """Make the token that was paid for, and the one for free energy where there is some.

    Refusals: over_limit, tokens_too_fast, no_token; of either token for both.
    """
    paid = issue_credit(meter, energy_wh, rnd, issuer=issuer, terms=terms, now=now)
    if isinstance(paid, Declined) or not free_wh:
        return paid if isinstance(paid, Declined) else Credits(paid, None)
    behind = meter.counted(last_tid=paid.tid, counters=meter.counters)
    free = issue_credit(behind, free_wh, rnd, issuer=issuer, terms=terms, now=now)
    return free if isinstance(free, Declined) else Credits(paid, free)


def hold_entry(funding: str, lines: tuple[PricedLine, ...], currency: str) -> Entry:
    """Book a payment whose credit waits: what is the customer's own is booked now, the rest is held."""
    own = own_lines(lines)
    total = sum([line.minor for line in lines])
    held = total - sum([line.minor for line in own])
    postings = [Posting(funding, total, currency)]
    postings += [Posting(line.account, -line.minor, currency) for line in own if line.minor]
    if held:  # debts may take all of a tender but what rounds to a little energy
        postings.append(Posting(chart.HELD_CREDIT, -held, currency))
    return Entry(EntryKind.HOLD, tuple(postings))


def credit_entry(
    source: str,
    lines: tuple[PricedLine, ...],
    credits_: Credits,
    currency: str,
    *,
    kind: EntryKind = EntryKind.SALE,
) -> Entry:
    """Book credit that goes out: the source pays every priced line, the energy is issued beside it.

    Lines that sum to nothing among themselves (a preference and who bears it) do not touch the source.
    """
    total = sum([line.minor for line in lines])
    postings = [Posting(source, total, currency)] if total else []
    postings += [Posting(line.account, -line.minor, currency) for line in lines if line.minor]
    postings.append(Posting(chart.ENERGY_ISSUED, credits_.encoded_wh, WATT_HOURS))
    postings.append(Posting(chart.ENERGY_SOLD, -credits_.paid.encoded_wh, WATT_HOURS))
    if credits_.free is not None:
        postings.append(Posting(chart.ENERGY_FREE, -credits_.free.encoded_wh, WATT_HOURS))
    return Entry(kind, tuple(postings))


def tokens_of(sale_id: int, meter: MeterAccount, credits_: Credits) -> tuple[IssuedToken, ...]:
    """The tokens of a sale as they go into the books."""
    base_date, paid, free = meter.identity.base_date, credits_.paid, credits_.free
    token = IssuedToken(sale_id, meter.id, base_date, paid.tid, paid.digits)
    if free is None:
        return (token,)
    return (token, IssuedToken(sale_id, meter.id, base_date, free.tid, free.digits))
