"""Tell a meter something by a management token: one person orders it, another approves it.

    order    the meter, the kind and value, a reason     →  kept; nothing is made
    approve  by another person, who names the meter too  →  Sale of nothing, Entry of no postings, the token
             asked again                                 →  the same token

A key change goes out in front where the meter's key is behind. Where a security module makes the token, its
id is reserved with the order.

Refusals (``NotDone``): unknown_meter, several_meters, removed, no_tokens, reference_used, no_order,
other_meter, same_person, too_old, no_token, tokens_too_fast.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.books import Decision, IssuedToken, Needs
from gateway.core.key_change import with_due_change
from gateway.core.ledger import Entry, EntryKind
from gateway.core.management import ORDER_LASTS, Managed, ManagementOrdered, managed_key, order_key
from gateway.core.meter import Carrier, MeterState
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Declined, TokensWanted
from gateway.core.person import is_same_person, office_channel
from gateway.core.refusal import Refusal
from gateway.core.timeline import microseconds, moment_of
from gateway.core.token import ReservedId
from gateway.core.token_order import MANAGEMENT_CLASS, TokenOrder
from gateway.prepayment.sale_of_nothing import TID_LEAD_MAX, sale_of_nothing
from gateway.prepayment.till import Till, first_id, key_change_order, made_of, needs_module

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from gateway.core.books import Books
    from gateway.core.management import ManagementOrder
    from gateway.core.meter import MeterAccount, MeterRef
    from gateway.core.sale import Sale
    from gateway.core.token import TokenDigits
    from gateway.ports import TokenIssuer


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the office makes tokens with: the issuer, the utility's civil time and currency."""

    issuer: TokenIssuer
    zone: tzinfo
    currency: str

    def till(self, now: datetime) -> Till:
        """The means at this moment; management tokens carry no energy, so no limit is asked."""
        return Till(self.issuer, self.zone, TID_LEAD_MAX, now, {})


@dataclass(frozen=True, slots=True)
class OrderManagement:
    """One person wants a meter told something. ``rnd`` is its token's random nibble, if a module makes it."""

    reference: str
    meter: MeterRef
    order: ManagementOrder
    rnd: int
    workshop: Workshop

    @property
    def key(self) -> str:
        """The one order of this reference."""
        return order_key(self.reference)

    @property
    def digest(self) -> str:
        """The meter, and all that is ordered: another order under this reference is refused."""
        order, meter = self.order, self.meter
        return f"{meter.pan or meter.account_no}/{order.kind.name}/{order.value}/{order.by}"

    @property
    def channel(self) -> str:
        """Who gave the order."""
        return office_channel(self.order.by)

    def needs(self) -> Needs:
        """The order's key, and the meter."""
        return Needs(keys=(self.key,), meters=(self.meter,))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Keep the order for its second person."""
        known = books.known.get(self.key)
        if known is not None:
            return Decision(
                known.recall() if known.digest == self.digest else NotDone(OfficeRefusal.REFERENCE_USED)
            )
        meter = one_token_meter(books, self.meter)
        if isinstance(meter, NotDone):
            return Decision(meter)
        ordered = ManagementOrdered(meter.pan, self.order, microseconds(now))
        till = self.workshop.till(now)
        if not needs_module(meter, till):
            return Decision(ordered, remembered=True)
        return self._reserved(meter, ordered, till)

    def _reserved(self, meter: MeterAccount, ordered: ManagementOrdered, till: Till) -> Decision:
        changing = with_due_change(meter, till.issuer.ring, till.now)
        tid = first_id(changing, till)
        if isinstance(tid, Declined):
            return Decision(_not_done(tid))
        reserved = ReservedId(changing.token_identity.base_date, tid, self.rnd)
        return Decision(
            replace(ordered, reserved=reserved),
            remembered=True,
            meter=changing.counted(last_tid=tid, counters=changing.counters),
            rekeys=changing.key_change is not meter.key_change,
        )


@dataclass(frozen=True, slots=True)
class ApproveManagement:
    """Another person stands behind an order: make its token."""

    reference: str
    meter: MeterRef
    by: str
    rnd: int
    workshop: Workshop

    #: There is nothing in an approval that a repeat could change.
    digest = "approve"

    @property
    def key(self) -> str:
        """The one token of this order."""
        return managed_key(self.reference)

    @property
    def channel(self) -> str:
        """Who approved it."""
        return office_channel(self.by)

    def needs(self) -> Needs:
        """The order and its token, and the meter."""
        return Needs(keys=(order_key(self.reference), self.key), meters=(self.meter,))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Say the token again, refuse, or make it."""
        known, ordered = books.known.get(self.key), books.known.get(order_key(self.reference))
        if known is not None:
            return Decision(known.recall())
        wanted = None if ordered is None else ordered.recall()
        if not isinstance(wanted, ManagementOrdered):
            return Decision(NotDone(OfficeRefusal.NO_ORDER))
        meter = one_token_meter(books, self.meter)
        refusal = meter if isinstance(meter, NotDone) else self._refusal(wanted, meter, now)
        if refusal is not None or isinstance(meter, NotDone):
            return Decision(refusal)  # type: ignore[arg-type]  # the meter's own refusal, if it has one
        return self._made(books, meter, wanted, self.workshop.till(now))

    def _refusal(self, wanted: ManagementOrdered, meter: MeterAccount, now: datetime) -> NotDone | None:
        if meter.pan != wanted.pan:
            return NotDone(OfficeRefusal.OTHER_METER)
        if is_same_person(self.by, wanted.order.by):
            return NotDone(OfficeRefusal.SAME_PERSON)
        if now - moment_of(wanted.at_us) > ORDER_LASTS:
            return NotDone(OfficeRefusal.TOO_OLD)
        return None

    def _made(self, books: Books, meter: MeterAccount, wanted: ManagementOrdered, till: Till) -> Decision:
        changing = with_due_change(meter, till.issuer.ring, till.now)
        token = self._token(changing, wanted, till)
        if isinstance(token, Declined):
            return Decision(_not_done(token))
        made = made_of((key_change_order(changing), token), till.issuer)
        if not isinstance(made, list):
            return Decision(made if isinstance(made, TokensWanted) else _not_done(made))
        key_change, (digits,) = made
        sale = sale_of_nothing(books, self.key, changing, self.workshop.currency, till.now)
        return Decision(
            Managed(sale.receipt_no, meter.pan, wanted.order, self.by, digits, key_change, sale.at_us),
            remembered=True,
            entries=(Entry(EntryKind.MANAGEMENT, ()),),
            meter=_behind(changing, token.tid),
            sale=sale,
            tokens=(_issued(sale, changing, token.tid, digits),),
            rekeys=changing.key_change is not meter.key_change,
        )

    def _token(self, meter: MeterAccount, wanted: ManagementOrdered, till: Till) -> TokenOrder | Declined:
        """The order for the token: with the id that was reserved for it, if the meter still counts so."""
        identity, reserved, order = meter.token_identity, wanted.reserved, wanted.order
        if reserved is None or reserved.base_date != identity.base_date:
            tid = first_id(meter, till)
            if isinstance(tid, Declined):
                return tid
            reserved = ReservedId(identity.base_date, tid, self.rnd)
        why = till.issuer.ring.refusal(identity, reserved.tid, microseconds(till.now))
        if why is not None:
            return Declined(Refusal.NO_TOKEN, why.value)
        values = (reserved.tid, reserved.rnd, order.value)
        return TokenOrder(identity, MANAGEMENT_CLASS, order.kind.value, *values, meter.is_test)


def one_token_meter(books: Books, ref: MeterRef) -> MeterAccount | NotDone:
    """Find the meter that is meant, if tokens can be made for it; a blocked one may be told things."""
    named = [meter for meter in books.meters_named(ref) if meter.state is not MeterState.REMOVED]
    if not named:
        gone = bool(books.meters_named(ref))
        return NotDone(OfficeRefusal.REMOVED if gone else OfficeRefusal.UNKNOWN_METER)
    if len(named) > 1:
        return NotDone(OfficeRefusal.SEVERAL_METERS)
    return named[0] if named[0].carrier is Carrier.TOKEN else NotDone(OfficeRefusal.NO_TOKENS)


def _not_done(refused: Declined) -> NotDone:
    is_fast = refused.reason is Refusal.TOKENS_TOO_FAST
    return NotDone(OfficeRefusal.TOKENS_TOO_FAST if is_fast else OfficeRefusal.NO_TOKEN, refused.detail)


def _behind(meter: MeterAccount, tid: int) -> MeterAccount:
    return meter.counted(last_tid=max(tid, meter.last_tid or 0), counters=meter.counters)


def _issued(sale: Sale, meter: MeterAccount, tid: int, digits: TokenDigits) -> IssuedToken:
    return IssuedToken(sale.id, meter.id, meter.token_identity.base_date, tid, digits)
