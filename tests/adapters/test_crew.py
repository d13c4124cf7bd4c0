"""The crew at its lines: modems, an exchange and meters in this process, driven by the desk and the pool."""

import random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from twisted.internet.defer import Deferred, succeed

from adapters.lines.crew import Crew, ModemHere, NetworkHere
from gateway.assembly.line_desk import BREAK_S_MAX, STOP_S_MAX, LineDesk
from gateway.codecs.modem.profile import PSTN
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.line_work.call import Call, Dropped, Settled
from gateway.core.line_work.job import Job
from gateway.core.line_work.policy import Policy
from gateway.core.line_work.work_kind import WorkKind
from gateway.metering.pool import LinePool
from gateway.simulators.modems.book import At, Entry, Outcome, OwnLine, Trouble
from gateway.simulators.modems.exchange import TelephoneExchange
from gateway.simulators.modems.places import InProcess
from gateway.simulators.modems.virtual_modem import VirtualModem
from tests.adapters.test_talk645 import Meter, wanted
from tests.calling import Spoken
from tests.meter_lines import Clock, finished
from tests.telephone import moments

NOW_S = 1_795_700_000


class Port:
    """The port of a virtual modem."""

    def __init__(self, modem):
        self.owner: Any = None
        self.has_hung_up = False
        self._modem = modem
        modem.out = self.say

    def say(self, octets):
        if self.owner is not None:
            self.owner.came(octets)

    def send(self, octets):
        self.has_hung_up |= b"ATH" in octets
        self._modem.receive(octets)

    def raise_dtr(self, *, is_high):
        self._modem.dtr(is_high=is_high)
        return True

    def carrier(self):
        return None


class Reading:
    """Reads one meter, and keeps what it said."""

    def __init__(self, kept, meter):
        self._kept, self._meter = kept, meter

    async def ready(self):
        return wanted(f"{self._meter:012d}")

    async def carry_out(self, talk):
        found = await talk.read(["energy", "time"])
        self._kept.setdefault(self._meter, []).extend(one.text for one in found.read)
        return found.missing[0][1].why if found.missing else None


class Town:
    """An exchange with lines of ours, meters at numbers, and the desk over them."""

    def __init__(self, lines=3):
        self.clock = Clock()
        self.kept: dict[int, list[str]] = {}
        self.settled: list[Settled] = []
        self.dropped: list[Dropped] = []
        self.exchange = TelephoneExchange(self.clock, ring_s=0)
        self.modems = [
            VirtualModem(self.exchange, self.clock, OwnLine(f"900{line}")) for line in range(lines)
        ]
        self.ports: list[Port] = []
        crew = Crew({line: self.here(modem) for line, modem in enumerate(self.modems)}, self, self.clock)
        self.crew = crew
        pool = LinePool(range(lines), frozenset(), Policy(ZoneInfo("Europe/Berlin")))
        self.desk = LineDesk(pool, crew, self.clock, lambda: NOW_S + int(self.clock.seconds()))
        self.desk.settled, self.desk.dropped = self.settled.append, self.dropped.append

    def here(self, modem):
        def opened():
            self.ports.append(Port(modem))
            return succeed(self.ports[-1])

        return ModemHere(opened, PSTN, self.clock)

    def of(self, _job, meter):
        return Reading(self.kept, meter)

    def enter(self, number, *meters, **how):
        """Put meters behind a number; several of them share a line there."""
        there = [Meter(f"{meter:012d}") for meter in meters]
        place = InProcess(lambda: Spoken(self.clock, lambda octets: b"".join(one(octets) for one in there)))
        self.exchange.enter(Entry(number, None if "fails" in how and "times" not in how else place, **how))

    def ask(self, job_id, number, *meters, kind=WorkKind.SCHEDULE, hours=8):
        bus = number if len(meters) > 1 else ""
        self.desk.ask(Job(job_id, kind, number, meters, NOW_S, NOW_S + hours * 3600, bus=bus))

    def pass_time(self, hours):
        until = self.clock.seconds() + hours * 3600
        while (due := moments(self.clock)) and self.clock.seconds() < until:
            self.clock.advance(max(0.0, min(due) - self.clock.seconds()))


def test_meters_are_called_read_and_told_of():
    town = Town()
    for meter in range(1, 21):
        town.enter(f"55{meter:04d}", meter)
        town.ask(meter, f"55{meter:04d}", meter)
    town.pass_time(1)
    assert {end.job.id for end in town.settled if not end.unread} == set(range(1, 21))
    assert town.kept == {meter: ["1000.52", "123456"] for meter in range(1, 21)}
    assert len(town.ports) == 3, "a port stays open from call to call"


def test_meters_on_one_line_are_read_in_one_call_and_a_dead_one_costs_its_own_time_only():
    town = Town()
    town.enter("550001", 1, 3, 4)
    town.ask(1, "550001", 1, 2, 3, 4)
    town.pass_time(0.01)
    (end,) = town.settled
    assert (dict(end.unread), sorted(town.kept)) == ({2: ContactWhy.TIMEOUT}, [1, 2, 3, 4])
    assert (town.kept[2], town.kept[4]) == ([], ["1000.52", "123456"])


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"fails": Outcome.BUSY}, ContactWhy.BUSY),
        ({"fails": Outcome.NO_ANSWER}, ContactWhy.NO_ANSWER),
        ({"fails": Outcome.NO_CARRIER}, ContactWhy.NO_CARRIER),
        ({"trouble": Trouble(lost=At(50))}, ContactWhy.LOST),
        ({"trouble": Trouble(silent=At(50))}, ContactWhy.TIMEOUT),
    ],
)
def test_a_call_that_fails_has_its_reason_and_the_next_one_is_good(how, why):
    town = Town()
    town.enter("550001", 1, times=1, **how)
    town.ask(1, "550001", 1)
    town.pass_time(0.01)
    assert dict(town.settled[0].unread) == {1: why}
    town.pass_time(2)
    assert dict(town.settled[-1].unread) == {}
    assert town.kept[1][-2:] == ["1000.52", "123456"]


def test_a_dead_line_is_taken_out_and_the_others_go_on():
    town = Town()
    dead = town.modems[0]
    dead.line = OwnLine(dead.line.number, has_dial_tone=False)
    for meter in range(1, 11):
        town.enter(f"55{meter:04d}", meter)
        town.ask(meter, f"55{meter:04d}", meter)
    town.pass_time(1)
    assert {end.job.id for end in town.settled if not end.unread} == set(range(1, 11))


def test_a_port_that_goes_is_opened_anew():
    town = Town(lines=1)
    town.enter("550001", 1)
    town.ask(1, "550001", 1)
    town.pass_time(0.5 / 3600)
    # Unplugged and plugged in again: without DTR the modem has ended its call.
    town.modems[0].closed()
    town.modems[0].opened()
    town.ports[0].owner.broke(ContactFault(ContactWhy.LINE, "the port is gone"))
    town.pass_time(1)
    assert (dict(town.settled[-1].unread), len(town.ports)) == ({}, 2)


def test_a_night_of_troubles_leaves_no_meter_out():
    town, dice = Town(lines=4), random.Random(9)
    for meter in range(1, 201):
        trouble = dice.choice(
            [Trouble(), Trouble(lost=At(dice.randrange(90))), Trouble(silent=At(dice.randrange(90))),
             Trouble(noise_per_mille=dice.randrange(30), seed=meter)]
        )  # fmt: skip
        fails = dice.choice([None, None, None, Outcome.BUSY, Outcome.NO_ANSWER, Outcome.NO_CARRIER])
        town.enter(f"55{meter:04d}", meter, trouble=trouble, fails=fails, times=1)
        town.ask(meter, f"55{meter:04d}", meter)
    town.pass_time(9)
    good = {end.job.id for end in town.settled if not end.unread}
    assert good == set(range(1, 201))
    assert town.dropped == []
    assert all({*texts} <= {"1000.52", "123456"} for texts in town.kept.values())


@pytest.mark.parametrize("where", ["of", "ready", "carry_out"])
def test_an_errand_that_stumbles_is_neither_the_lines_fault_nor_the_other_meters(where, caplog):
    class Stumbling(Town):
        def of(self, job, meter):
            if meter == 2 and where == "of":
                raise ValueError("no such model")
            errand = super().of(job, meter)
            if meter == 2:
                setattr(errand, where, self.stumble)
            return errand

        async def stumble(self, *_what):
            raise KeyError("a fault of ours")

    town = Stumbling(lines=1)
    town.enter("550001", 1, 2, 3)
    town.ask(1, "550001", 1, 2, 3)
    town.pass_time(0.01)
    assert dict(town.settled[0].unread) == {2: ContactWhy.TIMEOUT}
    assert "lines.errand_failed" in caplog.messages
    town.pass_time(8)
    assert (sorted(town.kept), town.desk.lines_out) == ([1, 3], frozenset())
    assert dict(town.settled[-1].given_up) == {2: ContactWhy.TIMEOUT}, "and it is not tried for ever"


def test_a_stop_in_the_middle_of_a_call_hangs_the_modem_up():
    class Endless(Town):
        def of(self, job, meter):
            errand = super().of(job, meter)
            errand.carry_out = self.wait
            return errand

        async def wait(self, _talk):
            self.kept[0] = []
            await Deferred(lambda _: None)

    town = Endless(lines=1)
    town.enter("550001", 1)
    town.ask(1, "550001", 1)
    while 0 not in town.kept:
        town.clock.advance(0.1)
    stopped: list[object] = []
    town.desk.stop().addCallback(stopped.append)
    town.clock.pump([0.1] * 10 * STOP_S_MAX)
    assert stopped == [], "it takes its time to hang up"
    town.clock.pump([0.1] * 10 * BREAK_S_MAX)
    assert stopped == [None]
    assert town.ports[0].has_hung_up
    assert dict(town.settled[0].unread) == {1: ContactWhy.LOST}


def test_a_place_that_is_none_is_the_ways_fault():
    clock = Clock()
    crew = Crew({0: NetworkHere(clock)}, Town(), clock)
    call = Call(0, (Job(1, WorkKind.SCHEDULE, "nowhere", (1,), NOW_S, NOW_S + 60),), 60, NOW_S)

    async def called():
        return await crew.call(call)

    assert finished(clock, called()).why is ContactWhy.LINE
