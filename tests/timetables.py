"""Timetables for tests, and virtual meters that they are sent to over lines of their own."""

import json
from datetime import datetime, timedelta

from twisted.internet.task import Clock

from adapters.lines.open_talk import talk_with
from adapters.lines.talk import Wanted
from adapters.lines.timetables import timetables_of
from gateway.codecs.meter_model.model import model_named
from gateway.core.contact import ContactFault
from gateway.core.timetable import timetable_read
from gateway.simulators.meters.tariff_times import slot_at
from tests.meter_lines import Link, finished
from tests.virtual_meters import BEGIN, EAST, NUMBER, house, wired

#: A week after BEGIN, at midnight of the meter's zone.
MIDNIGHT = datetime(2026, 12, 1, tzinfo=EAST)
PASSWORD = "123456"
WINTER, SUMMER, REST = (
    [["00:00", 4], ["07:00", 2]],
    [["00:00", 4], ["06:00", 1], ["20:00", 2]],
    [["00:00", 3]],
)


def rates(**changed):
    """Two seasons, and a rest day on the second of December and on New Year's day."""
    table = {
        "tariffs": 4,
        "seasons": [{"from": "04-01", "week": [2] * 7}, {"from": "10-01", "week": [1] * 7}],
        "days": {"1": WINTER, "2": SUMMER, "3": REST},
        "special_days": {"2026-11-20": 3, "2026-12-02": 3, "2027-01-01": 3},
    }
    return timetable_read(json.dumps(table | changed))


def weekend(**changed):
    """Rates that have Saturday and Sunday of their own."""
    return rates(
        seasons=[{"from": "04-01", "week": [2] * 5 + [3] * 2}, {"from": "10-01", "week": [1] * 5 + [3] * 2}],
        **changed,
    )


class Metered:
    """A virtual meter, and lines to it; ``clock`` is the time that passes for both."""

    def __init__(self, model="dlt645-2007", **more):
        self.model = model_named(model)
        self.clock = Clock()
        self.house = house(self.clock, **more)
        self.house.password = PASSWORD
        self.meter = wired(model, self.house)

    def contact(self, do, *, password=PASSWORD, number="", **way):
        """Hold a conversation about timetables: what came of it, or its fault, and the line."""
        face = self.meter.face()
        link = Link(self.clock, face.receive, **way)
        address = NUMBER if "645" in self.model.name else ""
        wanted = Wanted(self.model, address, self.now, number, password)
        talk = talk_with(link, self.clock, wanted)

        async def held():
            try:
                return await do(timetables_of(talk))
            except ContactFault as fault:
                return fault
            finally:
                await talk.leave()

        return finished(self.clock, held()), link

    def publish(self, one, at=MIDNIGHT, **way):
        return self.contact(lambda timetables: timetables.publish(one, at), **way)[0]

    def look(self, one, at=MIDNIGHT):
        return self.contact(lambda timetables: timetables.look(one, at))[0]

    def now(self):
        return (BEGIN + timedelta(seconds=self.clock.seconds())).astimezone(EAST)

    def wait_until(self, at):
        self.clock.advance((at - self.now()).total_seconds())
        self.house.update()

    def counts(self, day):
        """The tariffs of a day at each hour, as the meter counts by what it has now."""
        slots = self.house.rates.slots_on(day)
        return [slot_at(slots, 60 * hour)[0] for hour in range(24)]
