"""What the desk of rounds asks the books for, and when: by a clock that nobody sets."""

from zoneinfo import ZoneInfo

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from gateway.assembly.round_desk import PLAN_EVERY_S, PLAN_PARTS, RoundDesk
from gateway.core.line_work.policy import Policy
from gateway.core.line_work.round_kept import Kept
from gateway.core.meter_way import LineKind
from gateway.core.reading_plan import ReadingSchedule, Wants
from gateway.core.views_ways import GroupReaches, MeterReach, Schedules

NOW_S = 1_795_700_000


def schedule(code, group="all"):
    return ReadingSchedule(code, code, group, Wants.REGISTERS, "days 0123456", "00:10", "08:00", "0123456", 0)


class Keeping:
    """Keeps nothing."""

    has_room = True

    async def kept(self):
        return Kept()

    def slots(self, changes, at_s):
        list(changes)

    def rounds(self, begun):
        list(begun)


class House:
    """Lines that are none, and books that say what they were asked; each answer takes ``slow_s``."""

    def __init__(self, *schedules):
        self.schedules = schedules
        self.asked: list[str] = []
        self.clock, self.set_back_s, self.slow_s = Clock(), 0, 0.0
        self.desks: dict = {}
        self.access = None
        policy = Policy(ZoneInfo("Europe/Berlin"))
        self.desk = RoundDesk(self, self, Keeping(), None, policy, self.clock, None)

    def now_s(self):
        return NOW_S + int(self.clock.seconds()) - self.set_back_s

    def new_id(self):
        return 1

    async def rows(self, query):
        if isinstance(query, Schedules):
            self.asked.append("schedules")
            return self.schedules
        assert isinstance(query, GroupReaches)
        self.asked.append(query.code)
        if self.slow_s:
            answered: Deferred[None] = Deferred()
            self.clock.callLater(self.slow_s, answered.callback, None)
            await answered
        return [MeterReach("600727070000000019", LineKind.MODEM, "5501", "")]

    def pass_time(self, seconds):
        self.clock.pump([1] * seconds)


def test_a_group_of_several_schedules_is_asked_for_once_in_a_look():
    house = House(schedule("a"), schedule("b"), schedule("c", "few"))
    house.desk.start()
    assert house.asked == ["schedules", "all", "few"]
    house.pass_time(PLAN_EVERY_S)
    assert house.asked == ["schedules", "all", "few"] * 2


@pytest.mark.parametrize("set_back_s", [0, 86_400])
def test_a_clock_that_is_set_back_delays_no_look_at_the_schedules(set_back_s):
    house = House()
    house.desk.start()
    house.set_back_s = set_back_s
    house.schedules = (schedule("a"),)
    house.pass_time(2 * PLAN_EVERY_S)
    assert "all" in house.asked


def test_looks_that_take_long_are_seldom():
    house = House(schedule("a"))
    house.slow_s = 10
    house.desk.start()
    house.pass_time(10 * PLAN_PARTS)
    assert house.asked == ["schedules", "all"]
    house.pass_time(2 * PLAN_EVERY_S)
    assert house.asked == ["schedules", "all"] * 2


def test_a_stop_waits_for_the_look_that_is_under_way():
    house = House(schedule("a"))
    house.slow_s = 10
    house.desk.start()
    stopped: list[object] = []
    house.desk.stop().addCallback(stopped.append)
    assert stopped == []
    house.pass_time(11)
    assert (stopped, house.clock.getDelayedCalls()) == ([None], [])
