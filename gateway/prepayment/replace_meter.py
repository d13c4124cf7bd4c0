"""Meter replacing: another meter of the stock comes to a supply point, and what was left travels to it.

    load    what a departure wants (``leave_point.py``), and the new meter wherever it is
    decide  may the old one go? → may the new one come? (``install_meter.py``)
    write   the departure; the point with its new meter, and its fitting; the new meter goes on counting where
            the old one stood: the month's ladder, the charges that are paid

The energy that was left waits on E.VOID until somebody gives it out as a token (``give_transfer.py``).

Refusals: those of a departure, and those of an installation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.amendment import AmendmentKind, amended, meter_amended
from gateway.core.books import Decision
from gateway.core.departure import Leaving
from gateway.core.file_books import FileChange
from gateway.core.fitting import Fitting, multiplied_by
from gateway.core.form_order import FormOrder, not_done
from gateway.core.meter import Carrier, MeterRef
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed, LeavingFound
from gateway.core.office_books import OfficeChange
from gateway.core.stock import StockState
from gateway.core.supply_point import PointEvent
from gateway.prepayment.install_meter import fitted, not_bearing, not_fittable
from gateway.prepayment.leave_point import (
    Going,
    Seen,
    departed,
    gone,
    leaving_needs,
    overdraft_of,
    seen,
    settled,
)

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Needs
    from gateway.core.departure import Departure
    from gateway.core.fitting import Ratio
    from gateway.core.ledger import Posting


@dataclass(frozen=True, slots=True)
class Coming:
    """The meter of the stock that comes instead, as the installer's paper has it."""

    pan: str
    registers: tuple[tuple[str, int], ...]
    seals: tuple[str, ...]
    current: Ratio
    voltage: Ratio
    note: str = ""
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class ReplaceMeter(FormOrder):
    """Take the meter out, and fit another one."""

    going: Going
    coming: Coming

    def needs(self) -> Needs:
        """What a departure wants, and both meters."""
        needs, new = leaving_needs(self, self.going), self.coming.pan
        office, files = needs.office, needs.files
        assert office is not None and files is not None  # noqa: S101, PT018 - leaving_needs names both
        return replace(
            needs,
            meters=(MeterRef(pan=self.going.pan), MeterRef(pan=new)),
            office=replace(office, stock=(*office.stock, new), branch_of=(new,)),
            files=replace(files, fittings=(*files.fittings, new)),
        )

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or replace it."""
        found = self._found(books, now)
        if isinstance(found, Decision):
            return found
        what, departure, postings = found
        try:
            return self._replaced(books, what, (departure, postings))
        except ValueError as fault:
            return not_done(OfficeRefusal.BAD_FILE, str(fault))

    def look(self, books: Books, now: datetime) -> Decision:
        """Say what it would be; the refusals are the order's, but for what has to be shown first."""
        found = self._found(books, now, is_asked=True)
        return found if isinstance(found, Decision) else Decision(LeavingFound(*found[1:]))

    def _found(
        self, books: Books, now: datetime, *, is_asked: bool = False
    ) -> tuple[Seen, Departure, tuple[Posting, ...]] | Decision:
        found = seen(books, self, self.going, PointEvent.REPLACE, now, is_asked=is_asked)
        if isinstance(found, Decision):
            return found
        refusal = not_fittable(books, self, self.coming.pan)
        if refusal is not None:
            return not_done(*refusal)
        stock, new = books.office.stock[self.coming.pan], self.coming
        if stock.carrier is Carrier.REMOTE:
            return not_done(OfficeRefusal.NO_TOKENS)
        wrong = not_bearing(stock, found.point, multiplied_by(new.current, new.voltage))
        if wrong is not None:
            return not_done(wrong)
        money = overdraft_of(found)
        if isinstance(money, OfficeRefusal):
            return Decision(NotDone(money))
        money = replace(money, new_pan=self.coming.pan)
        departure = departed(books, self, self.going, found, now)
        return (found, *settled(found, departure, Leaving.REPLACED, money))

    def _replaced(self, books: Books, found: Seen, whole: tuple[Departure, tuple[Posting, ...]]) -> Decision:
        departure, reason, pan = whole[0], self.going.reason.strip(), self.coming.pan
        point = found.point.after(PointEvent.REPLACE, pan=pan)
        fitting, before = self._fitting(books), books.meters.get(pan)
        stock, owner = books.office.stock[pan], books.files.customers[point.account_no]
        # What a price depends on is the customer's, not the meter's: it goes on where it stood.
        meter = replace(
            fitted(stock, point, owner.name, before, is_test=self.coming.is_test),
            counters=found.meter.counters,
        )
        told = meter_amended(AmendmentKind.INSTALLED, books.files.fittings.get(pan), fitting, meter, self.by)
        files = FileChange(
            points=(point,),
            fittings=(fitting,),
            meters=(meter,),
            amendments=(amended(AmendmentKind.REPLACED, found.point, point, self.by, reason), told),
        )
        issued = replace(stock, state=StockState.ISSUED, version=stock.version + 1)
        return Decision(
            Changed(str(departure.id), point.version),
            remembered=True,
            meter=None if before is None else meter,
            files=files,
            office=OfficeChange(stock=(issued,)),
            told=f"{point.number}: meter {pan} instead of {departure.pan}, {departure.travels_wh} Wh travel",
            first=gone(books, self, self.going, found, whole),
        )

    def _fitting(self, books: Books) -> Fitting:
        last, new = books.files.fittings.get(self.coming.pan), self.coming
        return Fitting(
            pan=new.pan,
            point=self.going.number,
            fitted_on=self.going.left_on,
            registers=new.registers,
            seals=new.seals,
            current=new.current,
            voltage=new.voltage,
            note=new.note.strip(),
            version=1 if last is None else last.version + 1,
        )
