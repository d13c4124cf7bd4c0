"""Amendment of what a price depends on: power type and its parts, contracted power, preferential schemes.

    load    the point with its customer, its meter, the prices
    decide  is it the version that was looked at, with the meter that is there? → may it stand so? → has each
            power type a price now? → is anything different?
    write   the point, its meter priced by the same from the next sale on, and the amendment; no entry

Never backwards: a sale that was paid keeps its price, also where its credit waits. What the meter has bought
in this month and year goes on counting. A debt that comes of it is booked by an order of its own.

Refusals: unknown_point, twice_at_once, no_reason, wrong_state, unknown_meter, bad_file,
no_changes, no_price.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.amendment import AmendmentKind
from gateway.core.books import Decision, Needs
from gateway.core.form_order import not_done
from gateway.core.meter import MeterRef
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeNeeds
from gateway.core.supply_point import PointState
from gateway.prepayment.amend_file import PointOrder, amended_point, files_of_point, looked_at, told
from gateway.prepayment.point_allowed import mix_refusal, price_refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.meter import MeterAccount
    from gateway.core.supply_point import SupplyPoint


@dataclass(frozen=True, slots=True)
class AmendPriced(PointOrder):
    """What a supply point is priced by, as it shall stand; ``pan`` is the meter that was seen there.

    It is "" for none. The fields are those of ``core.supply_point.SupplyPoint``.
    """

    pan: str
    power_type: str
    proportions: tuple[tuple[str, int], ...]
    contract_w: int
    schemes: tuple[str, ...]
    reason: str

    def needs(self) -> Needs:
        """The point with its customer, its meter, and the prices."""
        types = (self.power_type, *(name for name, _ in self.proportions))
        return Needs(
            keys=(self.key,),
            meters=(MeterRef(pan=self.pan),) if self.pan else (),
            files=files_of_point(self.number),
            office=OfficeNeeds(logins=(self.by,), priced=tuple(dict.fromkeys(types))),
        )

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or write it."""
        before = looked_at(books, self, self.reason)
        if isinstance(before, Decision):
            return before
        if before.state is PointState.CLOSED:
            return not_done(OfficeRefusal.WRONG_STATE, before.state.value)
        if before.pan != self.pan:
            return not_done(OfficeRefusal.TWICE_AT_ONCE)
        meter = books.meters.get(self.pan)
        if self.pan and meter is None:
            return not_done(OfficeRefusal.UNKNOWN_METER, self.pan)
        try:
            after = self._amended(before)
        except ValueError as fault:
            return not_done(OfficeRefusal.BAD_FILE, str(fault))
        if after == before:
            return not_done(OfficeRefusal.NO_CHANGES)
        wrong = mix_refusal(after) or price_refusal(books, after, now)
        if wrong is not None:
            return not_done(*wrong)
        after = replace(after, version=before.version + 1)
        change, amendment = amended_point(AmendmentKind.REPRICED, before, after, self, self.reason)
        if meter is not None:
            change = replace(change, meters=(_priced_so(meter, after),))
        return told(after.number, after.version, change, amendment)

    def _amended(self, before: SupplyPoint) -> SupplyPoint:
        return replace(
            before,
            power_type=self.power_type,
            proportions=self.proportions,
            contract_w=self.contract_w,
            schemes=self.schemes,
        )


def _priced_so(meter: MeterAccount, point: SupplyPoint) -> MeterAccount:
    """Price a meter by what its supply point has agreed on; what it has bought stays counted."""
    return replace(
        meter,
        power_type=point.power_type,
        proportions=point.proportions,
        contract_w=point.contract_w,
        schemes=point.schemes,
    )
