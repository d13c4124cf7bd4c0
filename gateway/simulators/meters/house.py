"""A house with a meter, as physics has it: a load is counted, a clock runs, a relay cuts it, credit ends.

It is driven by a clock that is given and computes nothing until it is asked: ``update`` goes from one
boundary (end of a period, slot of a tariff, hour, month) to the next up to now. Whatever the wire, its face
calls that first and then reads. Energy is whole watt-milliseconds: what was counted is what was used, to the
last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.simulators.meters import diary
from gateway.simulators.meters.build import BUILD, Build
from gateway.simulators.meters.diary import Diary
from gateway.simulators.meters.freezing import NOW, next_freeze, settles
from gateway.simulators.meters.meter_clock import DAY_MS, HOUR_MS, MINUTE_MS, moment_of
from gateway.simulators.meters.purse import TokenPurse, Wallet
from gateway.simulators.meters.rate_sets import RateSets
from gateway.simulators.meters.registers import (
    CLOCK_SET,
    DISTURBED,
    MONTHS_KEPT,
    Counted,
    Profile,
    Registers,
    Row,
)
from gateway.simulators.meters.relay import Relay, RelayRefusal, RelayState
from gateway.simulators.meters.tariff_times import TARIFFS, Slots, slot_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.simulators.meter_answer import Answer
    from gateway.simulators.meters.load import Load
    from gateway.simulators.meters.meter_clock import MeterClock
    from gateway.simulators.meters.purse import PurchaseRefusal

FREEZES_KEPT: Final = 3
"""Copies that were ordered by *freeze*: DL/T 645-2007 has three of those of a moment."""

_MOVED: Final = {
    RelayState.OPEN: diary.TRIP,
    RelayState.CLOSED: diary.CLOSE,
    RelayState.READY: diary.PERMIT,
}


class House:
    """A meter with what is behind it. ``number``: twelve digits; ``changes`` rises with each order obeyed."""

    __slots__ = (
        "_at", "_day", "_freeze_at", "_period_status", "_period_wms", "_slots", "_target",
        "_until", "_watts", "build", "changes", "clock", "counter", "customer", "diary",
        "freeze_when", "freezes", "heard", "is_unlocked", "load", "months", "notes", "number", "password",
        "profile", "purse", "rates", "registers", "relay", "tariff", "token_at", "token_code",
    )  # fmt: skip

    def __init__(
        self, number: str, clock: MeterClock, load: Load, purse: Wallet | TokenPurse | None = None,
        build: Build = BUILD,
    ) -> None:  # fmt: skip
        self.number = number
        self.clock = clock
        self.load = load
        self.purse = purse
        self.build = build
        self.registers = Registers()
        self.profile = Profile(build.rows_max)
        self.relay = Relay()
        self.months: tuple[Counted, ...] = ()
        self.freezes: tuple[Counted, ...] = ()
        self.freeze_when = ""
        self.rates = RateSets(build.times)
        self.password = ""
        self.customer = ""
        #: Settings without an effect of their own, as they were written.
        self.notes: dict[str, bytes] | None = None
        self.is_unlocked = True
        self.token_code, self.token_at = 0, 0
        #: The last invocation counter of its client (DLMS), -1 before the first; and the next one of its own.
        self.heard, self.counter = -1, 1
        self.changes = 0
        self.diary = Diary()
        self._at = clock.elapsed()
        self._day = -1
        self._slots: Slots = ()
        self._freeze_at: int | None = None
        self._period_wms, self._period_status = 0, DISTURBED
        self._plan(clock.shown(self._at))
        self.credit_changed()

    def __repr__(self) -> str:
        """Show who it is, and no secret."""
        return f"House({self.number}, {self.registers.total} Wh, {self.relay.state.value})"

    @property
    def shown(self) -> int:
        """What its clock showed at the last ``update``, in milliseconds."""
        return self.clock.shown(self._at)

    @property
    def power_w(self) -> int:
        """Watts that flow now; below 0 it gives."""
        return self._watts if self.relay.is_closed else 0

    @property
    def current_ma(self) -> int:
        """Milliamperes that flow now, all of it active."""
        return abs(self.power_w) * 10_000 // self.build.voltage_dv

    def update(self) -> None:
        """Count up to now."""
        now = self.clock.elapsed()
        while now >= self._until:
            self._use(self._until - self._at)
            self._at = self._until
            self._cross(self._target)
        self._use(now - self._at)
        self._at = now

    def happened(self, what: str, at: int | None = None) -> None:
        """Note an event."""
        self.diary.note(what, self.shown if at is None else at)

    def order(self, wanted: RelayState) -> RelayRefusal | None:
        """Trip (open), close, or permit closing (ready)."""
        self.update()
        before = self.relay.state
        if wanted is RelayState.OPEN:
            refusal = self.relay.trip()
            if refusal is not None:
                return refusal
        elif wanted is RelayState.CLOSED:
            self.relay.close()
        else:
            self.relay.permit()
        self._relay_moved(before)
        return None

    def press_button(self) -> None:
        """Press the button: where it is permitted the relay closes."""
        self.update()
        before = self.relay.state
        self.relay.press()
        self._relay_moved(before)

    def open_cover(self) -> None:
        """Open the cover: it is noted, and an STS meter cuts the house off until a token clears that."""
        self.update()
        self.happened(diary.COVER)
        if isinstance(self.purse, TokenPurse):
            self.purse.sts.tamper()
        self.credit_changed()

    def keep_powered(self, *, is_on: bool) -> None:
        """Keep this house powered, whatever is ordered or owed; or no more."""
        self.update()
        self.relay.is_kept_powered = is_on
        self.changes += 1

    def set_clock(self, shown: int) -> None:
        """Set the clock; the row of this period says so."""
        self.update()
        self.happened(diary.CLOCK)
        self.clock.set(shown)
        self._period_status |= CLOCK_SET
        self.changes += 1
        self._day = -1
        self._plan_freeze(shown)
        self._plan(shown)

    def begin_again(self, shown: int) -> None:
        """Come back after a time without power: the clock shows this, and nothing was used meanwhile."""
        self._at = self.clock.elapsed()
        self.clock.set(shown)
        self._period_wms, self._period_status, self._day = 0, DISTURBED, -1
        self._plan_freeze(shown)
        self._plan(shown)

    def set_rates(self, change: Callable[[RateSets], None]) -> None:
        """Change the rates; what counts now changes at once."""
        self.update()
        change(self.rates)
        self.changes += 1
        self._day = -1
        self._plan(self.shown)

    def freeze(self, when: str) -> None:
        """Keep a copy of the registers now, or whenever ``MMDDhhmm`` comes (99: any)."""
        self.update()
        self.changes += 1
        if when == NOW:
            self._freeze(self.shown)
            return
        self.freeze_when = when
        self._plan_freeze(self.shown)
        self._plan(self.shown)

    def buy(self, amount: int, count: int, customer: str, *, opens: bool = False) -> PurchaseRefusal | None:
        """Take a purchase into the wallet, which a house must have that is sold to so."""
        self.update()
        assert isinstance(self.purse, Wallet), "only a wallet is recharged"  # noqa: S101 - of our own code
        refusal = self.purse.buy(amount, count, customer, at=self.shown, opens=opens)
        if refusal is None:
            self.credit_changed()
        return refusal

    def enter(self, digits: str) -> Answer:
        """Take an STS token."""
        self.update()
        assert isinstance(self.purse, TokenPurse), "only an STS meter takes tokens"  # noqa: S101 - likewise
        answer = self.purse.sts.enter(digits)
        self.credit_changed()
        return answer

    def credit_changed(self) -> None:
        """See whether there is credit now, and cut or close."""
        self.changes += 1
        if self.purse is not None:
            before = self.relay.state
            self.relay.is_out_of_credit = self.purse.room(self.tariff) <= 0
            self._relay_moved(before)

    def clear_demand(self) -> None:
        """Forget the greatest demand."""
        self.update()
        self.registers.demand_w = self.registers.demand_at = 0
        self.changes += 1

    def clear(self) -> None:
        """Forget all that was counted, as before the meter was put up; credit stays."""
        self.update()
        self.registers, self.months, self.freezes = Registers(), (), ()
        self.profile.clear()
        self.happened(diary.CLEARED)
        self.changes += 1

    def clear_events(self) -> None:
        """Forget what happened, but that it was cleared."""
        self.diary.clear()
        self.happened(diary.CLEARED)
        self.changes += 1

    def _relay_moved(self, before: RelayState) -> None:
        self.changes += 1
        if self.relay.state is not before:
            self.happened(_MOVED[self.relay.state])

    def _use(self, span: int) -> None:
        """Use energy for so many milliseconds, in which nothing changes but that credit may end."""
        if span <= 0 or not self.relay.is_closed or not self._watts:
            return
        watts, purse = self._watts, self.purse
        if purse is None or watts < 0:
            self._count(watts * span)
            return
        wms = watts * span
        room = purse.room(self.tariff)
        if wms < room or self.relay.is_kept_powered:
            purse.take(wms, self.tariff)
            self._count(wms)
            return
        # The relay opens in the millisecond in which the credit ends.
        span = -(-room // watts)
        purse.take(watts * span, self.tariff)
        self._count(watts * span)
        self.relay.is_out_of_credit = True
        self.changes += 1
        self.happened(diary.USED_UP, self.clock.shown(self._at + span))

    def _count(self, wms: int) -> None:
        self.registers.count(wms, self.tariff)
        self._period_wms += wms

    def _cross(self, at: int) -> None:
        """Do what is to be done at a boundary, and look for the next one."""
        if at % (self.build.period_min * MINUTE_MS) == 0:
            # To the nearest watt: a clock that is fast has periods that are a little short.
            period = self.build.period_min * MINUTE_MS
            mean_w = (self._period_wms + period // 2) // period
            self.registers.demand(mean_w, at)
            self.profile.add(Row(at, self._period_status, mean_w, self.registers.total))
            self._period_wms = self._period_status = 0
        if at % HOUR_MS == 0 and f"{moment_of(at):%d%H}" == settles(self.notes):
            self._settle(at)
        if self._freeze_at is not None and at >= self._freeze_at:
            self._freeze(at)
            self._plan_freeze(at)
        if self.rates.begin(at):
            self._day = -1
        self._plan(at)

    def _settle(self, at: int) -> None:
        """The month is over: keep its registers, and begin the demand anew."""
        self.months = (self.registers.counted(at), *self.months)[:MONTHS_KEPT]
        self.registers.demand_w = self.registers.demand_at = 0

    def _freeze(self, at: int) -> None:
        self.freezes = (self.registers.counted(at), *self.freezes)[:FREEZES_KEPT]

    def _plan_freeze(self, shown: int) -> None:
        self._freeze_at = next_freeze(self.freeze_when, shown) if self.freeze_when else None

    def _plan(self, shown: int) -> None:
        """Find load and tariff from here on, and the boundary up to which they hold."""
        day, in_day = divmod(shown, DAY_MS)
        if day != self._day:
            self._day, self._slots = day, self.rates.slots_on(moment_of(shown))
        self.tariff, ends_min = slot_at(self._slots, in_day // MINUTE_MS)
        self.tariff = min(self.tariff, TARIFFS)
        self._watts = self.load.at(in_day // HOUR_MS)
        period = self.build.period_min * MINUTE_MS
        target = min(shown - shown % period + period, day * DAY_MS + ends_min * MINUTE_MS)
        for at in (self._freeze_at, *self.rates.moments):
            if at is not None and shown < at < target:
                target = at
        self._target, self._until = target, self.clock.when(target)
