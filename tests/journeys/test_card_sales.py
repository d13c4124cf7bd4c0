"""Cards sold on from end to end: station's program, gateway's door and PC/SC, each as it is installed.

The line between station and gateway is cut at each message of a sale, in both directions; gateway and station
are killed without warning all along it. The cashier does what the desk tells her to, the card goes into its
meter, and each time there is one credit more in the meter and one more in the books, never two.
"""

import itertools
import time

import pytest
from sqlalchemy import func, select

from adapters.db import tables as t
from adapters.db.opening import open_database
from tests import cards
from tests.card_counter import KIND
from tests.card_place import STATION_PORT, card_place
from tests.cut_line import CutLine
from tests.office_place import PASSWORD
from tests.station_program import FITS, NOT_KNOWN, NOT_SOLD, READY, SOLD, WAITS, StationProgram

pytest.importorskip("smartcard.scard", reason="pyscard is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.once, pytest.mark.xdist_group("pcsc")]

MINOR = 10_000
SHOWN_S_MAX = 10
#: At which parts of a sale they are killed: its order (0), about its begin, its confirmation (1). Each costs
#: a start, and the gateway's some waits of the station's besides.
GATEWAY_KILLS, STATION_KILLS = (0.5, 1), (0, 0.5, 1)
#: Messages, both ways, of a reading and of a sale from its order on: fewer would mean that some are missed.
LEAST_OF_A_READING, LEAST_OF_A_SALE = 10, 40
#: Lines of a station that was let in and has sold twice: one to be let in, one to sign in, one that is kept,
#: and one more where it says that it is there while it asks something.
LINES_MAX = 4


class Counter:
    """What stands at a counter and behind it, and how many credits were paid."""

    def __init__(self, folder, pcsc):
        self.centre = card_place(folder / "centre", is_unhurried=True)
        place = self.place = self.centre.place
        self.gateway = place.start().up()
        self.line = CutLine((place.host, STATION_PORT))
        (folder / "station").mkdir()
        authority = (place.folder / "stations/authority.pem").read_text()
        url = f"https://localhost:{self.line.port}"
        self.station = StationProgram(
            folder / "station", url, authority, {"login": "ann", "password": PASSWORD}
        )
        self.card = cards.blank(KIND)
        self.meter = cards.meter(KIND, self.centre.meter_no)
        self.engine = open_database(f"sqlite:///{place.folder / 'till.db'}")
        self.paid = self.added = self.cases = 0
        pcsc.insert(self.card)

    def close(self):
        self.station.kill()
        self.gateway.kill()
        self.gateway.ended()
        self.line.close()
        self.engine.dispose()

    def let_in(self):
        code = self.centre.powertill("stations", "code", "n1").split("Code")[1].split()[0]
        self.station.enrol(code)
        self.station.begin()
        ends = time.monotonic() + SHOWN_S_MAX
        while "Counter 1" not in self.station.page():
            assert time.monotonic() < ends, self.station.page()
            time.sleep(0.05)

    def first_sale(self):
        """The card is a new one: its meter is found by its number."""
        station = self.station
        station.act("/read")
        assert station.until(FITS, "Number of the meter")
        station.act("/find", number=self.centre.pan)
        station.act("/price", amount="100")
        assert station.until("Read back")
        station.act("/commit")
        assert station.until(SOLD, NOT_SOLD, NOT_KNOWN) == SOLD, station.page()
        self.taken()

    def taken(self):
        """One credit more was paid: the meter takes it once, and the books have it once."""
        self.paid += 1
        self.added += self.meter.insert(self.card).added
        assert self.meter.insert(self.card).added == 0
        assert self.meter.memory.count == self.paid
        by_state = select(t.sale.c.state, func.count()).group_by(t.sale.c.state)
        with self.engine.connect() as connection:
            assert [tuple(row) for row in connection.execute(by_state)] == [("issued", self.paid)]

    def recovered(self, said):
        """What the desk tells her to do, until nothing is left."""
        self.cases += 1
        if said != SOLD:
            self.station.act("/back")
            self.station.finish()
        else:
            self.station.act("/back")
        self.taken()

    def restart(self):
        self.gateway.ended()
        self.gateway = self.place.start().up()


@pytest.fixture
def counter(tmp_path, pcsc):
    made = Counter(tmp_path, pcsc)
    yield made
    made.close()


def test_a_sale_and_all_that_can_happen_to_it_between_station_and_gateway(counter, counted):
    """One card through all of it, so that its purchases must come one after another without a gap."""
    said = []
    for work in (sold, paid_at_a_bank, cut_while_read, cut_while_sold, gateway_killed, station_killed):
        began, before = time.monotonic(), counter.cases
        if work is sold:
            counter.let_in()
        work(counter)
        said.append(f"{work.__name__} {counter.cases - before} cases {time.monotonic() - began:.0f} s")
    counter.station.stop()
    assert counter.station.unfinished() == ()
    counter.gateway.stop()
    found = counter.place.assert_sound()
    assert {one.state for one in found.sales} == {"issued"}
    assert len(found.sales) == counter.paid == counter.meter.memory.count
    counted(f"{counter.cases} cases, {counter.paid} credits: {', '.join(said)}")


def sold(counter):
    """Two sales in quiet."""
    counter.first_sale()
    assert counter.station.priced()
    counter.station.act("/commit")
    assert counter.station.until(SOLD, NOT_SOLD, NOT_KNOWN) == SOLD
    counter.station.act("/back")
    counter.taken()
    assert counter.line.lines <= LINES_MAX, "the line is kept from one question to the next"


def paid_at_a_bank(counter):
    """The credit waits for the card, and is offered before anything is sold."""
    with counter.gateway.caller("east") as bank:
        answer = bank.ask(bank.messages.payment(counter.centre.pan, MINOR))
    assert answer.fields[39] == "00"
    station = counter.station
    station.act("/read")
    assert station.until(WAITS, FITS, NOT_SOLD) == WAITS
    station.act("/bring", place="0")
    assert station.until(SOLD, NOT_SOLD, NOT_KNOWN) == SOLD
    station.act("/back")
    counter.cases += 1
    counter.taken()


def cut_while_read(counter):
    """Nothing is sold yet: the card is read again, and that is all."""
    station = counter.station
    for at in itertools.count():
        counter.line.arm(at)
        station.act("/read")
        assert station.until(FITS, READY) == FITS or counter.line.was_cut, station.page()
        station.act("/back")
        if not counter.line.was_cut:
            break
        counter.cases += 1
    counter.line.arm()
    assert at >= LEAST_OF_A_READING
    assert station.sell() == SOLD
    station.act("/back")
    counter.taken()


def cut_while_sold(counter):
    """From the order to its confirmation; the first sale in which nothing was left to be cut is the last."""
    for at in itertools.count():
        assert counter.station.priced()
        counter.line.arm(at)
        counter.station.act("/commit")
        said = counter.station.until(SOLD, NOT_SOLD, NOT_KNOWN)
        counter.messages = at
        is_cut = counter.line.was_cut
        counter.line.arm()
        counter.recovered(said)
        if not is_cut:
            break
    counter.cases -= 1
    assert counter.messages >= LEAST_OF_A_SALE


def gateway_killed(counter):
    for part in GATEWAY_KILLS:
        at = place_of(counter, part)
        assert counter.station.priced()
        counter.line.arm(at, counter.gateway.kill)
        counter.station.act("/commit")
        ends = time.monotonic() + SHOWN_S_MAX
        while not counter.line.was_cut:
            assert time.monotonic() < ends
            time.sleep(0.01)
        counter.restart()
        counter.recovered(counter.station.until(SOLD, NOT_SOLD, NOT_KNOWN))


def station_killed(counter):
    for part in STATION_KILLS:
        at = place_of(counter, part)
        assert counter.station.priced()
        counter.line.arm(at, counter.station.process.kill)
        counter.station.act("/commit")
        assert counter.station.until(SOLD, NOT_SOLD, NOT_KNOWN) == "", at
        counter.station.kill()
        counter.station.begin()
        counter.recovered("")


def place_of(counter, part):
    return round(part * (counter.messages - 1))
