"""Let credit out: the next token id of the meter, the tokens, and the entry that books them.

Used by every verb that hands a token out. The token id is the meter's own: max(now, last + 1), never back;
the amount field rounds up for the customer, so what the token carries is booked beside what was paid for.

    key change (where the meter's key is behind)  →  what was paid for  →  what is free
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.codecs.sts.amount import AMOUNT_TENTHS_MAX, decode_amount, encode_amount
from gateway.core import chart
from gateway.core.books import IssuedToken
from gateway.core.energy import WH_PER_TENTH, Energy
from gateway.core.key_change import with_due_change
from gateway.core.ledger import WATT_HOURS, Entry, EntryKind, Posting
from gateway.core.outcome import Declined, TokensWanted
from gateway.core.pricing import own_lines, read_explained
from gateway.core.quickly_built import quickly_built
from gateway.core.refusal import Refusal
from gateway.core.timeline import microseconds
from gateway.core.token import IssuerRefusalWhy, ReservedId
from gateway.core.token_order import CREDIT_CLASS, CreditKind, TokenOrder
from gateway.prepayment.till import first_id, following_id, key_change_order, made_of

if TYPE_CHECKING:
    from gateway.core.counters import Counters
    from gateway.core.meter import MeterAccount
    from gateway.core.pricing import PricedLine
    from gateway.core.sale import Sale
    from gateway.core.token import TokenDigits
    from gateway.core.token_order import KeyChangeOrder
    from gateway.prepayment.card_fit import CardCredit
    from gateway.prepayment.till import Till

_ELECTRICITY = CreditKind.ELECTRICITY.value


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
    """What a sale hands out: what was paid for, free energy beside it, and a key change in front.

    ``meter`` is the meter behind it: its last token id, and the key change that is on its way.
    ``issued_account`` is the account of the energy of the key that made them.
    """

    paid: Credit
    free: Credit | None
    key_change: tuple[TokenDigits, ...]
    meter: MeterAccount
    issued_account: str

    @property
    def encoded_wh(self) -> int:
        """The energy of all the sale's tokens."""
        return self.paid.encoded_wh + (0 if self.free is None else self.free.encoded_wh)


@quickly_built
@dataclass(frozen=True, slots=True)
class CreditPlan:
    """What a sale will hand out: the orders for its tokens, with their ids, and the meter behind them."""

    meter: MeterAccount
    key_change: KeyChangeOrder | None
    paid: TokenOrder
    free: TokenOrder | None

    @property
    def reserved(self) -> ReservedId:
        """The ids of its tokens, by the first: the second one has the next."""
        return ReservedId(self.paid.identity.base_date, self.paid.tid, self.paid.rnd)

    @property
    def encoded_wh(self) -> int:
        """The energy that its tokens will carry."""
        return _carried_wh(self.paid) + (0 if self.free is None else _carried_wh(self.free))


def plan_credits(  # noqa: PLR0913 - everything that two tokens depend on, all of it named
    meter: MeterAccount,
    energy_wh: int,
    free_wh: int,
    rnd: int,
    *,
    till: Till,
    counters: Counters | None = None,
    reserved: ReservedId | None = None,
) -> CreditPlan | Declined:
    """Find the orders for a sale's tokens; with the ids ``reserved`` for it, if the meter still counts so.

    ``counters`` are the meter's behind the sale (None: as they are). Refusals: over_limit, tokens_too_fast,
    no_token.
    """
    tenths, free_tenths = Energy(energy_wh).tenths_ceil(), Energy(free_wh).tenths_ceil() if free_wh else 0
    if tenths > AMOUNT_TENTHS_MAX or free_tenths > AMOUNT_TENTHS_MAX:
        return Declined(Refusal.OVER_LIMIT, "more energy than one token carries")
    meter = with_due_change(meter, till.issuer.ring, till.now)
    identity = meter.token_identity
    if reserved is not None and reserved.base_date != identity.base_date:
        reserved = None
    first = first_id(meter, till) if reserved is None else reserved.tid
    if isinstance(first, Declined):
        return first
    rnd = rnd if reserved is None else reserved.rnd
    last, is_test = first, meter.is_test
    paid, free = TokenOrder(identity, CREDIT_CLASS, _ELECTRICITY, first, rnd, tenths, is_test), None
    if free_tenths:
        last = following_id(first)
        free = TokenOrder(identity, CREDIT_CLASS, _ELECTRICITY, last, rnd, free_tenths, is_test)
    # Made here once, with all that the sale moves of it.
    behind = meter.counted(
        last_tid=max(last, meter.last_tid or 0), counters=meter.counters if counters is None else counters
    )
    plan = CreditPlan(behind, key_change_order(meter), paid, free)
    return _refusal(plan, till, is_reserved=reserved is not None) or plan


def _refusal(plan: CreditPlan, till: Till, *, is_reserved: bool) -> Declined | None:
    """Ask the rules of the key, for the newest id: too far ahead, past the key's end, beyond its limit?"""
    last, ring = plan.free or plan.paid, till.issuer.ring
    identity = last.identity
    why = ring.refusal(identity, last.tid, microseconds(till.now))
    if why is None and plan.key_change is not None:
        why = ring.change_refusal(plan.key_change.old, plan.key_change.new)
    if ring.limited and why is None:
        issued_wh = till.balances.get(ring.issued_account(identity), 0)
        why = IssuerRefusalWhy.LIMIT if ring.is_beyond_limit(identity, issued_wh + plan.encoded_wh) else None
    if why is not None:
        return Declined(Refusal.NO_TOKEN, why.value)
    if is_reserved or plan.free is None:
        return None
    lead = last.tid - till.minute(identity)
    return Declined(Refusal.TOKENS_TOO_FAST) if lead > till.tid_lead_max else None


def issue_credits(plan: CreditPlan, till: Till) -> Credits | Declined | TokensWanted:
    """Have the tokens of a plan made. Refusal: no_token. TokensWanted: the issuer must be asked before."""
    made = made_of((plan.key_change, plan.paid, plan.free), till.issuer)
    if not isinstance(made, list):
        return made
    key_change, (paid,), free = made
    return Credits(
        Credit(paid, plan.paid.tid, _carried_wh(plan.paid)),
        None if plan.free is None else Credit(free[0], plan.free.tid, _carried_wh(plan.free)),
        key_change,
        plan.meter,
        till.issuer.ring.issued_account(plan.paid.identity),
    )


def _carried_wh(order: TokenOrder) -> int:
    return decode_amount(encode_amount(order.value)) * WH_PER_TENTH


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


def credit_entry(  # noqa: PLR0913 - all of it named
    source: str,
    lines: tuple[PricedLine, ...],
    credits_: Credits,
    currency: str,
    *,
    kind: EntryKind = EntryKind.SALE,
    preset_wh: int = 0,
) -> Entry:
    """Book credit that goes out on tokens: see ``issue_entry``."""
    free_wh = 0 if credits_.free is None else credits_.free.encoded_wh
    return issue_entry(
        source, lines, currency, kind, credits_.issued_account, credits_.paid.encoded_wh, free_wh, preset_wh
    )


def issue_entry(  # noqa: PLR0913, PLR0917 - all that is booked, for every sale
    source: str,
    lines: tuple[PricedLine, ...],
    currency: str,
    kind: EntryKind,
    issued_account: str,
    sold_wh: int,
    free_wh: int,
    preset_wh: int,
) -> Entry:
    """Book credit that goes out: the source pays every priced line, the energy is issued beside it.

    Lines that sum to nothing among themselves (a preference and who bears it) do not touch the source.
    ``preset_wh`` was in the meter already: it is sold now, and not issued.
    """
    total = sum([line.minor for line in lines])
    postings = [Posting(source, total, currency)] if total else []
    postings += [Posting(line.account, -line.minor, currency) for line in lines if line.minor]
    postings.append(Posting(issued_account, sold_wh + free_wh, WATT_HOURS))
    postings.append(Posting(chart.ENERGY_SOLD, -sold_wh, WATT_HOURS))
    if preset_wh:
        postings.append(Posting(chart.ENERGY_UNSOLD, preset_wh, WATT_HOURS))
        postings.append(Posting(chart.ENERGY_SOLD, -preset_wh, WATT_HOURS))
    if free_wh:
        postings.append(Posting(chart.ENERGY_FREE, -free_wh, WATT_HOURS))
    return Entry(kind, tuple(postings))


def wallet_entry(sale: Sale, credit: CardCredit) -> Entry:
    """Book what a sale puts into a wallet: what was held pays the priced lines, the energy is issued."""
    priced = read_explained(sale.quote)
    own = own_lines(priced.lines)
    lines = (*(line for line in priced.lines if line not in own), *priced.beside)
    return issue_entry(
        chart.HELD_CREDIT, lines, sale.tender.currency, EntryKind.POST, chart.ENERGY_ISSUED, credit.sold_wh,
        credit.free_wh, credit.preset_wh,
    )  # fmt: skip


def tokens_of(sale_id: int, credits_: Credits) -> tuple[IssuedToken, ...]:
    """The tokens of a sale as they go into the books; a key change has no id of its own."""
    meter, paid, free = credits_.meter, credits_.paid, credits_.free
    base_date = meter.token_identity.base_date
    token = IssuedToken(sale_id, meter.id, base_date, paid.tid, paid.digits)
    if free is None:
        return (token,)
    return (token, IssuedToken(sale_id, meter.id, base_date, free.tid, free.digits))
