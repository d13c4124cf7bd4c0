"""Installation: a meter of the stock is fitted at a registered supply point, and can be sold to from now on.

    load    the point with its customer, the meter in stock, whether it is a customer's already
    decide  is the point where a meter comes? → is the meter in stock, and untied? → as read?
    write   the point ACTIVE with this meter, the meter with what the point has agreed on, its fitting, the
            stock's row ISSUED, and the amendments; no entry, or where it comes with energy
            Dr AR:<account>:PRESET, Cr PRESET_ISSUED; Dr E.ISSUED, Cr E.UNSOLD

A meter that was taken out and came back to the stock keeps its token ids; at another customer it begins to
count anew. It comes back with the key that the books know, and with no sale that waits: the credit would go
out for its new owner, and a reversal would move what he has bought.

What stands on the meter's face is compared with the point: its phases, and the power that it bears. Where
nobody has said what stands there, it is not.

Refusals: unknown_point, twice_at_once, wrong_state, unknown_stock, not_in_stock, meter_known, other_key,
sale_waits, bad_file, one_phase, above_rating.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core import chart
from gateway.core.amendment import AmendmentKind, amended, meter_amended
from gateway.core.books import Decision, Needs
from gateway.core.counters import NOTHING_COUNTED
from gateway.core.file_books import FileChange, with_entry
from gateway.core.fitting import DIRECT, Fitting
from gateway.core.form_order import FormOrder, not_done
from gateway.core.key_change import key_name
from gateway.core.ledger import WATT_HOURS, Entry, EntryKind, Posting
from gateway.core.meter import NO_ID, MeterAccount, MeterRef, MeterState
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.stock import StockState
from gateway.core.supply_point import PointEvent
from gateway.prepayment.amend_file import files_of_point, point_of
from gateway.prepayment.meter_choice import waiting_sales

if TYPE_CHECKING:
    from datetime import date, datetime
    from fractions import Fraction

    from gateway.core.books import Books
    from gateway.core.fitting import Ratio
    from gateway.core.preset import Preset
    from gateway.core.stock import StockMeter
    from gateway.core.supply_point import SupplyPoint

#: Days that an installer's paper may lie before it is entered.
BACK_DAYS_MAX: Final = 90


@dataclass(frozen=True, slots=True)
class InstallMeter(FormOrder):
    """Fit a meter of the stock: ``version`` is the point's that was looked at.

    ``fitted_on`` is the day of the work, ``registers`` what the meter showed, as (register, Wh). A meter for
    trials (``is_test``) may get tokens made with sample keys, a customer's never. ``preset`` is the energy
    that it comes with: his first purchase pays for it, in the
    utility's ``currency``.
    """

    number: str
    version: int
    pan: str
    fitted_on: date
    registers: tuple[tuple[str, int], ...]
    seals: tuple[str, ...] = ()
    current: Ratio = DIRECT
    voltage: Ratio = DIRECT
    note: str = ""
    is_test: bool = False
    preset: Preset | None = None
    currency: str = ""

    def needs(self) -> Needs:
        """The point with its customer, and the meter, wherever it is."""
        office = OfficeNeeds(logins=(self.by,), stock=(self.pan,), branch_of=(self.pan,))
        return Needs(
            keys=(self.key,),
            meters=(MeterRef(pan=self.pan),),
            files=replace(files_of_point(self.number), fittings=(self.pan,)),
            office=office,
        )

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or fit it."""
        point = point_of(books, self, self.number)
        if point is None:
            return not_done(OfficeRefusal.UNKNOWN_POINT, self.number)
        refusal = self._refusal(books, point, now)
        if refusal is not None:
            return not_done(*refusal)
        stock = books.office.stock[self.pan]
        try:
            fitting = self._fitting(books)
        except ValueError as fault:
            return not_done(OfficeRefusal.BAD_FILE, str(fault))
        wrong = not_bearing(stock, point, fitting.multiplier)
        if wrong is not None:
            return not_done(wrong)
        after = point.after(PointEvent.INSTALL, pan=self.pan)
        before = books.meters.get(self.pan)
        owner = books.files.customers[point.account_no]
        meter = fitted(stock, after, owner.name, before, is_test=self.is_test, preset=self.preset)
        issued = replace(stock, state=StockState.ISSUED, version=stock.version + 1)
        change = FileChange(
            points=(after,),
            fittings=(fitting,),
            meters=(meter,),
            amendments=(
                amended(AmendmentKind.INSTALLED, point, after, self.by, fitting.note),
                meter_amended(
                    AmendmentKind.INSTALLED, books.files.fittings.get(self.pan), fitting, meter, self.by
                ),
            ),
        )
        preset = self.preset
        entries = () if preset is None else (preset_entry(preset, point.account_no, self.currency),)
        return Decision(
            Changed(self.number, after.version),
            remembered=True,
            entries=entries,
            meter=None if before is None else meter,
            presets=before is not None,
            files=with_entry(change, books.next_id) if entries else change,
            office=OfficeChange(stock=(issued,)),
            told=f"{self.number}: meter {self.pan} installed",
        )

    def _refusal(self, books: Books, point: SupplyPoint, now: datetime) -> tuple[OfficeRefusal, str] | None:
        if point.version != self.version:
            return OfficeRefusal.TWICE_AT_ONCE, ""
        if not point.may(PointEvent.INSTALL):
            return OfficeRefusal.WRONG_STATE, point.state.value
        return not_fittable(books, self, self.pan) or not_that_day(self.fitted_on, now)

    def _fitting(self, books: Books) -> Fitting:
        last = books.files.fittings.get(self.pan)
        return Fitting(
            pan=self.pan,
            point=self.number,
            fitted_on=self.fitted_on.isoformat(),
            registers=self.registers,
            seals=self.seals,
            current=self.current,
            voltage=self.voltage,
            note=self.note.strip(),
            version=1 if last is None else last.version + 1,
        )


def not_fittable(books: Books, order: FormOrder, pan: str) -> tuple[OfficeRefusal, str] | None:
    """Say why a meter cannot be fitted; None for one of the giver's stock that is nobody's."""
    stock, own = books.office.stock.get(pan), order.giver_branch(books)
    if stock is None or (own is not None and stock.branch != own):
        return OfficeRefusal.UNKNOWN_STOCK, pan
    if stock.state is not StockState.IN_STOCK:
        return OfficeRefusal.NOT_IN_STOCK, stock.state.value
    known = books.meters.get(pan)
    if known is not None and known.state is not MeterState.REMOVED:
        is_hers = own is None or books.office.branch_of.get(pan) == own
        return OfficeRefusal.METER_KNOWN, known.account_no if is_hers else ""
    if known is not None and known.identity != stock.identity:
        return OfficeRefusal.OTHER_KEY, key_name(known.identity)
    return (OfficeRefusal.SALE_WAITS, "") if waiting_sales(books, pan) else None


def not_bearing(stock: StockMeter, point: SupplyPoint, multiplier: Fraction) -> OfficeRefusal | None:
    """Say why a meter does not fit a supply point by what stands on its face; None for what is not known.

    Transformers before it multiply what it bears.
    """
    face = stock.face
    if face.phases and face.phases < point.phases:
        return OfficeRefusal.ONE_PHASE
    bears_w = face.rating_w * multiplier
    return OfficeRefusal.ABOVE_RATING if bears_w and point.contract_w > bears_w else None


def not_that_day(day: date, now: datetime) -> tuple[OfficeRefusal, str] | None:
    """Say that the work was not done on a day that is entered now."""
    if -1 <= (now.date() - day).days <= BACK_DAYS_MAX:
        return None
    return OfficeRefusal.BAD_FILE, f"the work was done today or in the {BACK_DAYS_MAX} days before"


def fitted(  # noqa: PLR0913 - all of it named
    stock: StockMeter,
    point: SupplyPoint,
    customer: str,
    before: MeterAccount | None,
    *,
    is_test: bool,
    preset: Preset | None = None,
) -> MeterAccount:
    """Make the meter of a stock's meter at a supply point.

    One that was a customer's before keeps its ids, and what was counted where it is his again.
    """
    his = before if before is not None and before.account_no == point.account_no else None
    return MeterAccount(
        id=NO_ID if before is None else before.id,
        pan=stock.pan,
        identity=stock.identity if before is None else before.identity,
        state=MeterState.ACTIVE,
        carrier=stock.carrier,
        power_type=point.power_type,
        account_no=point.account_no,
        customer=customer,
        last_tid=None if before is None else before.last_tid,
        counters=NOTHING_COUNTED if his is None else his.counters,
        contract_w=point.contract_w,
        schemes=point.schemes,
        proportions=point.proportions,
        is_test=is_test,
        key_change=None if before is None else before.key_change,
        preset=preset if his is None or preset is not None else his.preset,
    )


def preset_entry(preset: Preset, account_no: str, currency: str) -> Entry:
    """Book the energy that a meter comes with: what it is worth is owed, and it is bought by nobody yet."""
    postings = [
        Posting(chart.ENERGY_ISSUED, preset.wh, WATT_HOURS),
        Posting(chart.ENERGY_UNSOLD, -preset.wh, WATT_HOURS),
    ]
    if preset.minor:
        postings += [
            Posting(chart.owed(account_no, chart.PRESET_OWED), preset.minor, currency),
            Posting(chart.PRESET_ISSUED, -preset.minor, currency),
        ]
    return Entry(EntryKind.PRESET, tuple(postings))
