"""Relays switched over lines that end anywhere: where the relay is, is never claimed wrongly."""

from dataclasses import replace

import pytest

from adapters.lines.open_talk import talk_with
from adapters.lines.talk import Wanted
from gateway.codecs.meter_model.model import MeterProtocol, model_named
from gateway.core.contact import ContactFault, ContactWhy, RelayDone, RelayOrder, RelayState
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.remote_order import RemoteEvent, RemoteKind, RemoteOrder, RemoteState
from gateway.core.timeline import microseconds
from gateway.metering.switch_relay import switch_relay
from gateway.simulators.meters.relay import RelayState as Contact
from gateway.simulators.meters.wired import PASSWORDS
from tests.builders import NOON
from tests.meter_lines import ENDS, Clock, Link, finished
from tests.virtual_meters import BEGIN, NUMBER, house, wired

PAN = "600727070000000135"
NOW_US = microseconds(NOON)
MODELS = ("dlt645-2007", "iec62056-21", "dlms-hdlc", "dlms-tcp")
WAY = MeterWay(PAN, LineKind.NETWORK, "meter.example:4059", NUMBER, "dlt645-2007")


def ordered(ask=RelayOrder.TRIP, **changes):
    """An order whose first contact has begun."""
    order = RemoteOrder(1, RemoteKind.RELAY, PAN, "A1", ask=ask.value, reason="unpaid", by="li")
    return replace(order, **changes).after(RemoteEvent.BEGIN, NOW_US)


class Home:
    """A house whose relay is as it was put, and lines to it."""

    def __init__(self, model, relay=Contact.CLOSED):
        self.model = model_named(model)
        self.house = house(number=NUMBER)
        if relay is not Contact.CLOSED:
            self.house.order(relay)
        self.meter = wired(model, self.house)
        self.begun_with = self.house.changes

    @property
    def relay(self):
        return self.house.relay.state

    @property
    def moves(self):
        return self.house.changes - self.begun_with

    def contact(self, order, way=WAY, **line):
        """Have a contact over a line of its own; give how it ended, and the line."""
        clock = Clock()
        link = Link(clock, self.meter.face().receive, **line)
        is_dlms = self.model.protocol in {MeterProtocol.DLMS_HDLC, MeterProtocol.DLMS_TCP}
        address = "" if is_dlms else NUMBER
        wanted = Wanted(self.model, address, lambda: BEGIN, NUMBER, password=PASSWORDS[self.model.protocol])
        talk = talk_with(link, clock, wanted)

        async def go():
            try:
                return await switch_relay(order, way, talk=talk, now=lambda: NOON)
            finally:
                await talk.leave()

        return finished(clock, go()), link


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("ask", "stood", "stands"),
    [
        (RelayOrder.TRIP, Contact.CLOSED, Contact.OPEN),
        (RelayOrder.CLOSE, Contact.OPEN, Contact.CLOSED),
    ],
)
def test_a_relay_is_switched_once_and_seen_where_it_is(model, ask, stood, stands):
    home = Home(model, stood)
    ended, _ = home.contact(ordered(ask))
    assert (ended.event, home.relay, home.moves) == (RemoteEvent.DELIVER, stands, 1)


@pytest.mark.parametrize("model", MODELS)
def test_where_the_relay_is_as_ordered_nothing_is_sent(model):
    home = Home(model, Contact.OPEN)
    ended, _ = home.contact(ordered())
    assert (ended.event, home.moves) == (RemoteEvent.DELIVER, 0)
    assert ended.told == "the relay is open, and nothing was sent"


@pytest.mark.faults
@pytest.mark.parametrize("way", ["cut_at", "deaf_at"])
@pytest.mark.parametrize("model", MODELS)
def test_wherever_the_line_ends_the_relay_is_as_ordered_after_the_next_contact(model, way, counted):
    _, whole = Home(model).contact(ordered())
    seen = dict.fromkeys(RemoteEvent, 0)
    for k in range(whole.gone + 1):
        home, order = Home(model), ordered()
        ended, _ = home.contact(order, **{way: k})
        seen[ended.event] += 1
        is_open = home.relay is Contact.OPEN
        # Nothing is claimed that is not so; what nobody has seen is in doubt.
        assert ended.event in {RemoteEvent.DELIVER, RemoteEvent.NOT_SENT, RemoteEvent.LOSE}, (k, ended)
        assert ended.event is RemoteEvent.LOSE or (ended.event is RemoteEvent.DELIVER) == is_open, (k, ended)
        after = order.after(ended.event, NOW_US, ended.told)
        if after.is_open:
            again = RemoteEvent.LOOK if after.state is RemoteState.UNKNOWN else RemoteEvent.BEGIN
            second, _ = home.contact(after.after(again, NOW_US))
            assert second.event is RemoteEvent.DELIVER, (k, second)
        assert home.relay is Contact.OPEN
        assert home.moves == 1, "what was obeyed is not sent again"
    assert seen[RemoteEvent.LOSE], "some ends leave it in doubt"
    said = ", ".join(f"{count} {event.value}" for event, count in seen.items() if count)
    counted(f"{whole.gone + 1} octets at which the line {ENDS[way]}: {said}; tripped once each")


@pytest.mark.parametrize(
    ("changes", "way", "event", "told"),
    [
        ({"until_us": NOW_US}, WAY, RemoteEvent.NOT_SENT, "its time was over"),
        ({"from_us": NOW_US + 1}, WAY, RemoteEvent.NOT_SENT, "has not come yet"),
        ({}, replace(WAY, protection="oxygen"), RemoteEvent.REFUSE, "protected from being cut off"),
    ],
)
def test_nothing_is_sent_out_of_its_time_or_to_who_is_protected(changes, way, event, told):
    home = Home("dlt645-2007")
    ended, _ = home.contact(ordered(**changes), way)
    assert (ended.event, home.moves, told in ended.told) == (event, 0, True)
    assert "oxygen" not in ended.told


def test_within_its_time_it_is_sent():
    home = Home("dlt645-2007")
    ended, _ = home.contact(ordered(from_us=NOW_US, until_us=NOW_US + 1))
    assert (ended.event, home.moves) == (RemoteEvent.DELIVER, 1)


def test_whoever_is_protected_may_be_switched_on():
    home = Home("dlt645-2007", Contact.OPEN)
    ended, _ = home.contact(ordered(RelayOrder.CLOSE), replace(WAY, protection="oxygen"))
    assert (ended.event, home.relay) == (RemoteEvent.DELIVER, Contact.CLOSED)


def test_a_meter_that_says_no_has_refused():
    home = Home("dlt645-2007")
    home.house.keep_powered(is_on=True)
    ended, _ = home.contact(ordered())
    assert (ended.event, ended.why, home.relay) == (
        RemoteEvent.REFUSE, ContactWhy.REFUSED, Contact.CLOSED,
    )  # fmt: skip
    assert ended.told.startswith("the relay is closed: the meter refuses")


def test_whether_a_customer_may_close_the_relay_is_asked_of_the_meter_where_it_says_that():
    home = Home("iec62056-21", Contact.OPEN)
    ended, _ = home.contact(ordered(RelayOrder.PERMIT))
    assert (ended.event, home.relay) == (RemoteEvent.DELIVER, Contact.READY)


def test_where_the_meter_does_not_say_it_a_permit_is_in_doubt_and_not_sent_twice():
    home, order = Home("dlt645-2007", Contact.OPEN), ordered(RelayOrder.PERMIT)
    ended, _ = home.contact(order)
    assert (ended.event, home.relay, home.moves) == (RemoteEvent.LOSE, Contact.READY, 1)
    again = order.after(ended.event, NOW_US, ended.told).after(RemoteEvent.LOOK, NOW_US)
    ended, _ = home.contact(again)
    assert (ended.event, home.moves) == (RemoteEvent.REFUSE, 1)
    assert "ask him" in ended.told
    home.house.press_button()
    ended, _ = home.contact(again)
    assert (ended.event, ended.told) == (
        RemoteEvent.DELIVER, "the relay is closed, so the try before was obeyed",
    )  # fmt: skip


class Talk:
    """A conversation that goes as it is told: what the first look gives, and what comes of switching."""

    def __init__(self, before, done=None):
        self.before, self.done, self.sent = before, done, 0

    async def relay(self):
        return self._given(self.before)

    async def switch(self, order):
        self.sent += 1
        return self._given(self.done)

    def _given(self, what):
        if isinstance(what, ContactFault):
            raise what
        return what


def ended_by(talk, order):
    coroutine = switch_relay(order, WAY, talk=talk, now=lambda: NOON)
    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)
    return stopped.value.value


LOST = ContactFault(ContactWhy.LOST, "the line broke")
DOUBT = ContactFault(ContactWhy.LOST, "the line broke", is_in_doubt=True)
NO = ContactFault(ContactWhy.REFUSED, "the meter has no such thing")
TRIP = RelayOrder.TRIP


@pytest.mark.parametrize(
    ("before", "done", "doubts", "event", "sent"),
    [
        (LOST, None, 0, RemoteEvent.NOT_SENT, 0),
        (LOST, None, 1, RemoteEvent.LOSE, 0),
        (NO, None, 0, RemoteEvent.REFUSE, 0),
        (NO, None, 1, RemoteEvent.LOSE, 0),
        (None, None, 0, RemoteEvent.REFUSE, 0),
        (None, None, 2, RemoteEvent.LOSE, 0),
        (RelayState.CLOSED, LOST, 0, RemoteEvent.NOT_SENT, 1),
        (RelayState.CLOSED, LOST, 1, RemoteEvent.NOT_SENT, 1),
        (RelayState.CLOSED, NO, 0, RemoteEvent.REFUSE, 1),
        (RelayState.CLOSED, DOUBT, 0, RemoteEvent.LOSE, 1),
        (RelayState.CLOSED, RelayDone(TRIP, None), 0, RemoteEvent.LOSE, 1),
        (RelayState.CLOSED, RelayDone(TRIP, RelayState.CLOSED), 0, RemoteEvent.REFUSE, 1),
        (RelayState.CLOSED, RelayDone(TRIP, RelayState.CLOSED, NO), 0, RemoteEvent.REFUSE, 1),
        (RelayState.CLOSED, RelayDone(TRIP, RelayState.CLOSED, LOST), 0, RemoteEvent.NOT_SENT, 1),
        (RelayState.CLOSED, RelayDone(TRIP, RelayState.OPEN, LOST), 0, RemoteEvent.DELIVER, 1),
        (RelayState.READY, RelayDone(TRIP, RelayState.OPEN), 0, RemoteEvent.DELIVER, 1),
    ],
)  # fmt: skip
def test_what_is_seen_decides_and_what_is_not_stays_in_doubt(before, done, doubts, event, sent):
    talk = Talk(before, done)
    ended = ended_by(talk, ordered(doubts=doubts))
    assert (ended.event, talk.sent) == (event, sent)
    assert ended.told
