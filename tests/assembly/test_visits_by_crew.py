"""Meters of every model behind modems, read in calls that go wrong: what is kept is what they show."""

import random

import pytest

from gateway.core.contact import ContactWhy
from gateway.core.line_work.job import Job
from gateway.core.line_work.work_kind import WorkKind
from gateway.core.reading_plan import Wants
from gateway.metering.read_meter import read_meter
from gateway.metering.visit import MeterVisit, VisitSlot
from gateway.simulators.meters.relay import RelayState
from gateway.simulators.modems.book import At, Entry, Outcome, Trouble
from gateway.simulators.modems.places import InProcess
from tests.adapters.test_crew import NOW_S, Town
from tests.calling import Spoken
from tests.virtual_meters import EAST
from tests.visits import EVERY, WITH_PROFILE, Kept, Met, at, registers

NIGHT = (VisitSlot(*registers()), VisitSlot(Wants.FROZEN, at(2026, 12, 1)))
#: The wrapper of DLMS has no check of its own, and is not spoken over telephones.
DIALLED = [model for model in EVERY if model not in {"dlms-tcp", "dlms-prepaid"}]
DAY = VisitSlot(Wants.PROFILE, at(2026, 12, 1))


class Visiting:
    """The errand of a visit."""

    def __init__(self, pan, met, slots, keeper):
        self._pan, self._met, self._slots, self._keeper = pan, met, slots, keeper

    async def ready(self):
        return self._met.wanted

    async def carry_out(self, talk):
        met = self._met
        visit = MeterVisit(f"{self._pan:018d}", met.model, EAST, self._slots)
        ended = await read_meter(visit, talk=talk, keeper=self._keeper, now=met.now)
        return ended.why


class TownOfAll(Town):
    """A town with a meter of a model behind each number, all on one clock."""

    def __init__(self, lines=2):
        super().__init__(lines)
        self.meters: dict[int, Met] = {}
        self.keeper = Kept()

    def move_in(self, pan, model, **how):
        """Put a meter behind a number, whose calls go wrong for the first time."""
        met = self.meters[pan] = Met(model, clock=self.clock, build={"period_min": 60})
        place = InProcess(lambda: Spoken(self.clock, met.meter.face().receive))
        self.exchange.enter(Entry(number(pan), place, times=1, **how))

    def live(self):
        """Let nine days pass; then they use nothing any more, so that they always show the same."""
        self.clock.advance(9 * 86_400)
        for met in self.meters.values():
            met.house.order(RelayState.OPEN)

    def of(self, _job, meter):
        met = self.meters[meter]
        return Visiting(meter, met, slots_of(met), self.keeper)

    def kept_of(self, pan):
        """What was kept of a meter, visit by visit."""
        return [one for one in self.keeper.brought if int(one.contact.pan) == pan]


def number(pan):
    return f"55{pan:04d}"


def now_s(town):
    return NOW_S + int(town.clock.seconds())


def slots_of(met):
    return (*NIGHT, DAY) if met.model.name in WITH_PROFILE else NIGHT


@pytest.mark.parametrize("seed", range(10))
def test_a_night_of_troubles_keeps_what_meters_show_and_leaves_no_slot_out(seed):
    town, dice = TownOfAll(lines=3), random.Random(seed)
    for pan in range(1, 36):
        trouble = dice.choice(
            [Trouble(), Trouble(lost=At(dice.randrange(800))), Trouble(silent=At(dice.randrange(800))),
             Trouble(noise_per_mille=dice.randrange(5), seed=pan)]
        )  # fmt: skip
        fails = dice.choice([None, None, None, Outcome.BUSY, Outcome.NO_CARRIER])
        town.move_in(pan, DIALLED[pan % len(DIALLED)], trouble=trouble, fails=fails)
    town.live()
    for pan in town.meters:
        town.desk.ask(Job(pan, WorkKind.SCHEDULE, number(pan), (pan,), now_s(town), now_s(town) + 30_000))
    town.pass_time(9)
    assert {end.job.id for end in town.settled if not end.unread} == set(town.meters), "all were read"
    assert len(town.keeper.brought) > len(town.meters), "some had to be called again"
    for pan, met in town.meters.items():
        require_shown(met, town.kept_of(pan))


def require_shown(met, several):
    """See that all that was kept of a meter is what it shows, and that the last visit has all of it."""
    registers = met.house.registers
    total = registers.total if not met.model.name.startswith("dlt645") else registers.total // 10 * 10
    for brought in several:
        if brought.seen is not None:
            assert dict(brought.seen.registers).get("total", total) == total
        assert {dict(one.registers)["total"] for one in brought.frozen} <= {184_000}
        assert len({row.at_s for row in brought.profile}) == len(brought.profile) <= 24
    last = several[-1]
    assert (last.contact.why, last.seen.total_wh, len(last.frozen)) == (None, total, 1)
    assert len(last.profile) == (24 if met.model.name in WITH_PROFILE else 0)


def test_a_meter_whose_line_is_always_lost_is_left_with_that_reason():
    town = TownOfAll()
    town.move_in(1, "dlt645-2007")
    town.live()
    town.exchange.enter(
        Entry(number(1), InProcess(lambda: Spoken(town.clock, town.meters[1].meter.face().receive)),
              trouble=Trouble(lost=At(60)))
    )  # fmt: skip
    town.desk.ask(Job(1, WorkKind.SCHEDULE, number(1), (1,), now_s(town), now_s(town) + 30_000))
    town.pass_time(9)
    assert dict(town.settled[-1].given_up) == {1: ContactWhy.LOST}
    assert {one.contact.why for one in town.keeper.brought} == {ContactWhy.LOST}
