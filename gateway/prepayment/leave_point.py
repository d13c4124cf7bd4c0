"""A meter leaves its supply point: what replacing it and cancelling it share.

    load    the point with its customer, the meter as readings know it, what was bought for it, its stock row
    decide  is it the meter that was looked at? → does nothing wait? → its last reading → what is left in it
            → is that what was shown? → not above what went out, or a second person approves it
    write   the last reading; the departure with its entry (``core.departure``); the meter REMOVED; its
            fitting with its last registers; its stock row: back with the key the books know, or scrapped

What is left is read; or counted, where the registers are read alone; or estimated, where it shows nothing.

Preset energy that no purchase has paid for is sold with the departure, on account: what it was worth is owed
as arrears from now on, and of what is left in the meter it is the oldest purchase.

Refusals: unknown_point, twice_at_once, wrong_state, no_tokens, sale_waits, transfer_waits, change_on_its_way,
bad_file, no_reason, reading_refused, figures_changed, above_envelope, no_overdraft_price.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from gateway.core import chart
from gateway.core.amendment import AmendmentKind, meter_amended
from gateway.core.books import Decision, Needs
from gateway.core.card_books import CardNeeds
from gateway.core.counters import NOTHING_COUNTED
from gateway.core.departure import (
    Basis,
    Departure,
    Leaving,
    counted_wh,
    energy_postings,
    envelope_wh,
    estimated_wh,
    from_loaded_wh,
    preset_lot,
    preset_postings,
    sums_before,
)
from gateway.core.file_books import FileChange
from gateway.core.form_order import not_done
from gateway.core.ledger import Entry, EntryKind, Posting
from gateway.core.lots import newest, priced_as_last
from gateway.core.meter import Carrier, MeterState
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.person import PERSON_MAX, REASON_MAX, is_said
from gateway.core.reading import Shown, Source, Told
from gateway.core.reading_books import Bought, ReadingChange, ReadingNeeds
from gateway.core.stock import StockMeter, StockState
from gateway.core.timeline import microseconds
from gateway.prepayment.amend_file import files_of_point, point_of
from gateway.prepayment.install_meter import not_that_day
from gateway.prepayment.meter_choice import waiting_sales
from gateway.prepayment.record_readings import ReadingLine, RecordReadings

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.amendment import Amendment
    from gateway.core.books import Books, Command
    from gateway.core.fitting import Fitting
    from gateway.core.form_order import FormOrder
    from gateway.core.lots import Lot
    from gateway.core.meter import MeterAccount
    from gateway.core.reading import Sums
    from gateway.core.reading_rules import KnownMeter
    from gateway.core.supply_point import PointEvent, SupplyPoint

#: What a departure's stock row is called where the meter was never in stock here.
_CAME_BACK: Final = "came back"


@dataclass(frozen=True, slots=True)
class Going:
    """What is said of the meter ``pan`` that goes from the point ``number`` in this ``version``.

    ``registers`` are what it showed at ``taken_us``, () where it is dark; ``remaining_wh`` the credit that it
    showed (below nothing: it lends), None where it shows none. ``said_by`` has read it. ``shown_wh`` is what
    was shown to be left, ``is_above`` that this is more than went out. ``to_stock``: it can be fitted again.
    """

    number: str
    version: int
    pan: str
    left_on: str
    taken_us: int
    registers: tuple[tuple[str, int], ...]
    remaining_wh: int | None
    said_by: str
    to_stock: bool
    reason: str
    currency: str
    shown_wh: int = 0
    is_above: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A meter that may go, and what is known of it: ``first`` is its last reading, as it was decided."""

    point: SupplyPoint
    meter: MeterAccount
    sums: Sums
    basis: Basis
    remaining_wh: int
    bought: Bought
    first: tuple[tuple[Command, Decision], ...]

    @property
    def lots(self) -> tuple[Lot, ...]:
        """The purchases that what is left is of."""
        return newest(self.bought.lots, self.remaining_wh)


@dataclass(frozen=True, slots=True)
class Settled:
    """What follows from a departure in money, and which meter comes instead ("": none)."""

    postings: tuple[Posting, ...] = ()
    overdraft_minor: int = 0
    refund_minor: int = 0
    new_pan: str = ""


def leaving_needs(order: FormOrder, going: Going) -> Needs:
    """Say what every departure wants."""
    office = OfficeNeeds(logins=(order.by,), stock=(going.pan,))
    # The meter's own row comes with whatever else names it.
    return Needs(
        keys=(order.key, _last_key(order)),
        files=replace(
            files_of_point(going.number), fittings=(going.pan,), cards=CardNeeds(pans=(going.pan,))
        ),
        office=office,
        readings=ReadingNeeds((going.pan,), (going.taken_us,), leaving=(going.pan,)),
    )


def seen(  # noqa: PLR0913 - what every order has, the step, and how it is asked
    books: Books, order: FormOrder, going: Going, step: PointEvent, now: datetime, *, is_asked: bool = False
) -> Seen | Decision:
    """Say what is known of a meter that goes, or why it cannot; ``is_asked``: nothing was shown yet."""
    point, meter = point_of(books, order, going.number), books.meters.get(going.pan)
    if point is None or meter is None:
        return not_done(OfficeRefusal.UNKNOWN_POINT, going.number)
    wrong = _wrong(books, going, point, meter, step, now)
    if wrong is not None:
        return not_done(*wrong)
    try:
        first = _read(books, order, going, now)
    except ValueError as fault:
        return not_done(OfficeRefusal.BAD_FILE, str(fault))
    if isinstance(first, Decision):
        return first
    known = _known_then(books.readings.known[going.pan], first)
    sums = sums_before(known, microseconds(now))
    basis, left_wh = _left(known, going, sums, microseconds(now))
    bought = books.readings.bought.get(going.pan, Bought())
    if meter.preset is not None:
        bought = replace(bought, lots=(preset_lot(meter.preset, meter.power_type), *bought.lots))
    found = Seen(point, meter, sums, basis, left_wh, bought, first)
    if is_asked:
        return found
    if left_wh != going.shown_wh:
        return not_done(OfficeRefusal.FIGURES_CHANGED)
    is_above = left_wh > envelope_wh(sums)
    return not_done(OfficeRefusal.ABOVE_ENVELOPE) if is_above and not going.is_above else found


def _wrong(  # noqa: PLR0913, PLR0917 - all that it is about
    books: Books, going: Going, point: SupplyPoint, meter: MeterAccount, step: PointEvent, now: datetime
) -> tuple[OfficeRefusal, str] | None:
    if point.version != going.version:
        return OfficeRefusal.TWICE_AT_ONCE, ""
    if not point.may(step) or point.pan != going.pan:
        return OfficeRefusal.WRONG_STATE, point.state.value
    if meter.carrier is Carrier.REMOTE:
        return OfficeRefusal.NO_TOKENS, ""
    if books.files.cards.open_order(going.pan) is not None:
        return OfficeRefusal.CARD_ORDER_OPEN, ""
    # What went out in this very batch is not among what was loaded of the meter.
    is_sold_to = any(one.pan == going.pan and one.at_us == microseconds(now) for one in books.sales.values())
    if waiting_sales(books, going.pan) or books.files.waiting.get(going.pan) or is_sold_to:
        return OfficeRefusal.SALE_WAITS, ""
    bought = books.readings.bought.get(going.pan, Bought())
    if bought.awaits:
        return OfficeRefusal.TRANSFER_WAITS, ""
    if meter.key_change is not None:
        return OfficeRefusal.CHANGE_ON_ITS_WAY, ""
    if not is_said(going.reason, REASON_MAX):
        return OfficeRefusal.NO_REASON, ""
    if not is_said(going.said_by, PERSON_MAX):
        return OfficeRefusal.BAD_FILE, "say who read the meter, or who says what is left in it"
    return not_that_day(date.fromisoformat(going.left_on), now)


def _last_key(order: FormOrder) -> str:
    """Name its last reading, which is an order of its own."""
    return f"{order.key}/last"


def _read(
    books: Books, order: FormOrder, going: Going, now: datetime
) -> tuple[tuple[Command, Decision], ...] | Decision:
    """Take its last reading, where it shows anything."""
    if not going.registers:
        return ()
    # Whoever reads it now may have read it a breath ahead of the ledger's clock.
    taken_us = min(going.taken_us, microseconds(now))
    shown = Shown(going.pan, taken_us, going.registers, (), going.remaining_wh)
    line = ReadingLine(shown, Told(Source.MANUAL, going.said_by.strip()))
    reading = RecordReadings(order.by, f"{order.nonce}/last", (line,))
    decision = reading.decide(books, now)
    return ((reading, decision),) if decision.readings is not None else Decision(decision.content)


def _known_then(known: KnownMeter, first: tuple[tuple[Command, Decision], ...]) -> KnownMeter:
    added = [one for _, decision in first if decision.readings for one in decision.readings.readings]
    return known.having(added[0]) if added else known


def _left(known: KnownMeter, going: Going, sums: Sums, now_us: int) -> tuple[Basis, int]:
    if going.remaining_wh is not None:
        return Basis.READ, going.remaining_wh
    counted = counted_wh(known, sums.issued_wh) if going.registers else None
    return (Basis.ESTIMATED, estimated_wh(known, now_us)) if counted is None else (Basis.COUNTED, counted)


def overdraft_of(found: Seen) -> Settled | OfficeRefusal:
    """Have the customer owe what his meter had lent, priced as his last purchase; nothing for most."""
    if found.remaining_wh >= 0:
        return Settled()
    lines = priced_as_last(found.bought.lots, -found.remaining_wh)
    total = sum(line.minor for line in lines)
    if total <= 0:
        return OfficeRefusal.NO_OVERDRAFT_PRICE
    return Settled(tuple(Posting(line.account, -line.minor, "") for line in lines), total)


def departed(books: Books, order: FormOrder, going: Going, found: Seen, now: datetime) -> Departure:
    """Make the departure as far as money does not matter."""
    ahead = sum(len(decision.entries) for _, decision in found.first)
    return Departure(
        id=books.readings.next_departure,
        at_us=microseconds(now),
        pan=going.pan,
        point=going.number,
        account_no=found.point.account_no,
        kind=Leaving.REPLACED,
        basis=found.basis,
        sums=found.sums,
        remaining_wh=found.remaining_wh,
        from_loaded_wh=from_loaded_wh(found.sums, found.remaining_wh),
        left_on=going.left_on,
        said_by=going.said_by.strip(),
        reason=going.reason.strip(),
        by=order.by,
        currency=going.currency,
        lots=found.lots,
        entry_id=books.next_id + ahead,
        preset=found.meter.preset,
    )


def settled(
    found: Seen, departure: Departure, kind: Leaving, money: Settled
) -> tuple[Departure, tuple[Posting, ...]]:
    """Add what follows in money: the departure as it is kept, and all that is posted with it."""
    overdraft = (
        (Posting(chart.owed(departure.account_no, chart.OVERDRAFT), money.overdraft_minor, ""),)
        if money.overdraft_minor
        else ()
    )
    came, currency = departure.preset, departure.currency
    preset = () if came is None else preset_postings(came, found.meter.power_type, departure.account_no)
    booked = tuple(replace(one, unit=currency) for one in (*preset, *overdraft, *money.postings))
    postings = (*booked, *energy_postings(departure))
    whole = replace(
        departure,
        kind=kind,
        new_pan=money.new_pan,
        overdraft_minor=money.overdraft_minor,
        refund_minor=money.refund_minor,
        entry_id=departure.entry_id if postings else None,
    )
    return whole, postings


def gone(
    books: Books, order: FormOrder, going: Going, found: Seen, whole: tuple[Departure, tuple[Posting, ...]]
) -> tuple[tuple[Command, Decision], ...]:
    """Decide what becomes of the meter: its last reading, then its departure with all that goes with it."""
    departure, postings = whole
    meter = replace(found.meter, state=MeterState.REMOVED, counters=NOTHING_COUNTED, preset=None)
    fitting, told = _taken_out(books, order, going, meter)
    files = FileChange(fittings=fitting, meters=(meter,), amendments=told)
    stock = _back_in_stock(books, going, found, departure.at_us)
    decision = Decision(
        None,  # type: ignore[arg-type]  # it is never remembered: the order's own answer is
        entries=(Entry(EntryKind.LEAVING, postings),) if postings else (),
        meter=meter,
        presets=found.meter.preset is not None,
        files=files,
        office=OfficeChange(stock=(stock,)),
        readings=ReadingChange(departures=(departure,)),
    )
    return (*found.first, (order, decision))


def _taken_out(
    books: Books, order: FormOrder, going: Going, meter: MeterAccount
) -> tuple[tuple[Fitting, ...], tuple[Amendment, ...]]:
    """Close its fitting; a meter that was here before fittings were entered has none."""
    before = books.files.fittings.get(going.pan)
    if before is None:
        return (), ()
    after = replace(
        before,
        removed_on=going.left_on,
        final_registers=going.registers,
        version=before.version + 1,
    )
    told = meter_amended(AmendmentKind.TAKEN_OUT, before, after, meter, order.by)
    return (after,), (replace(told, reason=going.reason.strip()),)


def _back_in_stock(books: Books, going: Going, found: Seen, at_us: int) -> StockMeter:
    """Put it back with the key that the books know, or scrap it; the giver's branch has it."""
    branch = books.files.customers[found.point.account_no].branch
    before = books.office.stock.get(going.pan)
    if before is None:
        meter = found.meter
        before = StockMeter(meter.identity, "", meter.carrier, branch, _CAME_BACK, at_us, version=0)
    return replace(
        before,
        identity=found.meter.identity,
        branch=branch,
        state=StockState.IN_STOCK if going.to_stock else StockState.SCRAPPED,
        note="" if going.to_stock else going.reason.strip()[:120],
        version=before.version + 1,
    )
