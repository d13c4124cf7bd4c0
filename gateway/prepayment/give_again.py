"""Give a lost purchase out again: its tokens are made once more, with the ids that they had.

    asked first   by ``reset_sale.py``: the purchase was found to be lost
    give          one entry that moves nothing in the end: Dr E.VOID, Cr E.ISSUED for the tokens that are
                  lost; Dr E.ISSUED, Cr E.VOID for those that are made under the key that the meter has now
    again         the same tokens

A meter keeps the ids that it has taken, so it takes the old token or the new one, whichever comes first, and
never both. Its ids stand in the books since the sale, and the random nibble since the reset, so where a
security module makes the tokens it is asked for the same order however often. A key change that is on its way
comes in front, as with any sale.

Refusals: those of ``reset_allowed.py``; not_lost, key_changed_since, meter_frozen; no_token (retryable).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.books import Decision
from gateway.core.form_order import FormOrder, not_done
from gateway.core.key_change import key_name
from gateway.core.ledger import WATT_HOURS, Entry, EntryKind, Posting
from gateway.core.meter import MeterState
from gateway.core.office import OfficeRefusal
from gateway.core.outcome import Approved, Declined, FreeToken
from gateway.core.pricing import read_explained
from gateway.core.reset import AGAIN, Outcome
from gateway.core.timeline import microseconds
from gateway.prepayment.issue_credit import Credits, issue_credits, plan_credits
from gateway.prepayment.reset_allowed import Resettable, carried_wh, not_lost, reset_needs, resettable
from gateway.prepayment.till import Till

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Needs
    from gateway.core.reset import Reset
    from gateway.prepayment.manage_meter import Workshop

#: Ids are those of before, so none can run ahead.
_NO_LEAD = 0


@dataclass(frozen=True, slots=True)
class GiveAgain(FormOrder):
    """Make the tokens of the reset ``reset`` of the meter ``pan``, whose purchase is ``payment``."""

    reset: int
    pan: str
    payment: str
    workshop: Workshop

    @property
    def key(self) -> str:
        """The one time that a reset's tokens are made."""
        return f"{AGAIN}{self.reset}"

    @property
    def digest(self) -> str:
        """There is nothing in it that a repeat could change."""
        return f"again {self.pan} {self.payment}"

    def needs(self) -> Needs:
        """The meter with its last purchase, and what limited keys have issued."""
        needs = reset_needs(self.by, self.pan, self.payment, self.key)
        return replace(needs, balances=self.workshop.issuer.ring.limited)

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or make them."""
        found = resettable(books, self.pan, self.payment, self.giver_branch(books), now)
        if isinstance(found, OfficeRefusal):
            return not_done(found)
        reset = next((one for one in found.known.resets if one.id == self.reset), None)
        if reset is None or reset.payment != self.payment or reset.outcome is not Outcome.LOST:
            return not_done(OfficeRefusal.NOT_LOST)
        if found.meter.state is MeterState.BLOCKED:
            return not_done(OfficeRefusal.METER_FROZEN)
        refusal = not_lost(found)
        if refusal is not None:
            return not_done(refusal)
        if key_name(found.meter.token_identity) != reset.key_name:
            return not_done(OfficeRefusal.KEY_CHANGED_SINCE)
        return self._given(books, found, reset, now)

    def _given(self, books: Books, found: Resettable, reset: Reset, now: datetime) -> Decision:
        priced = read_explained(found.sale.quote)
        preset_wh = 0 if priced.preset is None else priced.preset.wh
        workshop = self.workshop
        till = Till(workshop.issuer, workshop.zone, _NO_LEAD, now, books.balances)
        energy_wh, rnd = found.sale.energy_wh - preset_wh, 0
        plan = plan_credits(found.meter, energy_wh, priced.free_wh, rnd, till=till, reserved=reset.again)
        if isinstance(plan, Declined):
            return Decision(plan)
        if plan.reserved != reset.again:
            # The key change that is due now counts from another base date.
            return not_done(OfficeRefusal.OTHER_BASE_DATE)
        credits_ = issue_credits(plan, till)
        if not isinstance(credits_, Credits):
            return Decision(credits_)
        assert credits_.encoded_wh == carried_wh(found.sale)  # noqa: S101 - never more than was sold
        return Decision(
            self._answer(found, credits_, now, priced.free_wh, preset_wh),
            remembered=True,
            entries=(_entry(credits_),),
            meter=credits_.meter,
            sale=found.sale,
            rekeys=credits_.meter.key_change is not found.meter.key_change,
            told=f"made once more with the id of before, {credits_.encoded_wh} Wh",
        )

    def _answer(
        self, found: Resettable, credits_: Credits, now: datetime, free_wh: int, preset_wh: int
    ) -> Approved:
        sale, meter = found.sale, found.meter
        return Approved(
            receipt_no=sale.receipt_no,
            pan=meter.pan,
            account_no=meter.account_no,
            customer=meter.customer,
            power_type=sale.power_type,
            tender_minor=sale.tender.minor,
            currency=sale.tender.currency,
            energy_wh=sale.energy_wh,
            lines=tuple((line.code, line.minor) for line in read_explained(sale.quote).lines),
            tariff_version=sale.tariff_version,
            carrier=meter.carrier,
            token=credits_.paid.digits,
            at_us=microseconds(now),
            free=None if credits_.free is None else FreeToken(free_wh, credits_.free.digits),
            key_change=credits_.key_change,
            preset_wh=preset_wh,
        )


def _entry(credits_: Credits) -> Entry:
    """Void what was lost, and issue it again: what a key with a limit has issued stays on its own account."""
    wh = credits_.encoded_wh
    moved = (
        (chart.ENERGY_VOID, wh),
        (chart.ENERGY_ISSUED, -wh),
        (credits_.issued_account, wh),
        (chart.ENERGY_VOID, -wh),
    )
    return Entry(EntryKind.REISSUE, tuple(Posting(account, amount, WATT_HOURS) for account, amount in moved))
