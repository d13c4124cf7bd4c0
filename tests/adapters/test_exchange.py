"""What drives a protocol on a wire: order of what is sent, speeds, deadlines, and lines that never end."""

import pytest

from adapters.lines.exchange import QUESTION_S_MAX, Exchange, Out, Sent, Speed
from gateway.core.contact import ContactFault, ContactWhy
from tests.meter_lines import Clock, Link, finished


class Machine:
    """Waits half a second for an octet; tells what it gets, and that nothing came."""

    def __init__(self, *, tells=True):
        self.wait_ms = 500
        self.tells = tells

    def receive(self, octets):
        return [octets] if self.tells else []

    def expired(self):
        return ["nothing came"]


def made(*, tells=True, meter=lambda _: b"", **way):
    clock = Clock()
    link = Link(clock, meter, **way)
    exchange = Exchange(link, clock)
    exchange.use(Machine(tells=tells))
    return clock, link, exchange


async def told(exchange):
    return await exchange.next()


def test_things_are_done_one_after_the_other_and_the_wait_begins_behind_them():
    clock, link, exchange = made()
    exchange.put([Out(b"a", 100), Speed(9600, 300, is_hdlc=False), Out(b"b")])
    assert link.sent == []
    clock.advance(0.1)
    assert (link.sent, link.speeds) == ([b"a"], [])
    clock.advance(0.3)
    assert (link.sent, link.speeds) == ([b"a", b"b"], [(9600, False)])
    clock.advance(0.49)
    assert finished(clock, told(exchange)) == "nothing came"
    assert clock.seconds() == pytest.approx(0.9)


def test_octets_that_take_long_to_go_out_are_waited_for():
    clock, link, exchange = made()
    link.ms_of = lambda octets: 1000 * octets
    exchange.put([Out(b"abc")])
    assert finished(clock, told(exchange)) == "nothing came"
    assert clock.seconds() == pytest.approx(3.5)


def test_what_is_told_before_anybody_asks_is_kept_until_the_next_question():
    clock, link, exchange = made()
    exchange.put([])
    link.say(b"one")
    link.say(b"two")
    assert [finished(clock, told(exchange)) for _ in range(2)] == [b"one", b"two"]
    link.say(b"stale")
    exchange.put([])
    assert finished(clock, told(exchange)) == "nothing came"


def test_a_wire_that_breaks_ends_what_is_awaited_and_all_that_is_asked_after_it():
    clock, link, exchange = made(cut_at=2)
    exchange.put([Out(b"abc")])
    for _ in range(2):
        with pytest.raises(ContactFault, match="the wire broke"):
            finished(clock, told(exchange))
    assert exchange.is_over
    exchange.put([Out(b"d")])
    clock.advance(1)
    assert link.sent == [b"abc"]


def test_a_line_that_chatters_for_ever_ends_a_question():
    clock, link, exchange = made(tells=False)
    exchange.put([Out(b"a")])

    def chatter():
        link.say(b"\xff")
        clock.callLater(0.2, chatter)

    chatter()
    with pytest.raises(ContactFault, match=f"no end after {QUESTION_S_MAX} s") as caught:
        finished(clock, told(exchange))
    assert caught.value.why is ContactWhy.TIMEOUT


def test_a_pause_is_a_pause_and_an_ended_exchange_hears_nothing():
    clock, link, exchange = made()
    finished(clock, paused(exchange))
    assert clock.seconds() == pytest.approx(2)
    exchange.end()
    assert link.owner is None
    assert clock.getDelayedCalls() == []


async def paused(exchange):
    await exchange.pause(2000)


def test_no_octets_that_are_to_be_sent_are_in_a_repr():
    assert "secret" not in repr(Out(b"secret"))


class OurError(Exception):
    pass


class Stumbling(Machine):
    def receive(self, octets):
        raise OurError


def test_what_a_machine_stumbles_over_reaches_whoever_waits_for_it():
    clock, link, exchange = made()
    exchange.use(Stumbling())
    exchange.put([Out(b"a")])
    clock.callLater(0.1, link.say, b"b")
    with pytest.raises(OurError):
        finished(clock, told(exchange))
    # Where nobody waits it is the line's, whose log has it.
    with pytest.raises(OurError):
        link.say(b"c")


def test_that_all_is_out_is_told_when_it_is():
    clock, link, exchange = made()
    link.ms_of = lambda octets: 1000 * octets
    exchange.put([Out(b"abc", 100), Sent()])
    assert finished(clock, told(exchange)) == Sent()
    assert (link.sent, clock.seconds()) == ([b"abc"], pytest.approx(3.1))


@pytest.mark.parametrize(("within_ms", "said"), [(400, ContactWhy.TIMEOUT), (600, "nothing came")])
def test_who_has_less_time_than_the_machine_waits_no_longer(within_ms, said):
    clock, _, exchange = made()
    exchange.put([Out(b"a")])

    async def hurried():
        try:
            return await exchange.next(within_ms=within_ms)
        except ContactFault as fault:
            return fault.why

    assert finished(clock, hurried()) == said
    assert clock.seconds() == pytest.approx(min(within_ms, 500) / 1000)
    exchange.end()
    assert clock.getDelayedCalls() == []


def test_noise_while_our_octets_go_out_hurries_nothing():
    clock, link, exchange = made()
    link.ms_of = lambda octets: 100 * octets
    exchange.put([Out(b"abcd"), Speed(9600, 300, is_hdlc=False), Out(b"e")])
    for _ in range(6):
        clock.advance(0.1)
        link.say(b"\xff")
        assert (link.sent, link.speeds) == ([b"abcd"], [])
    clock.advance(0.1)
    assert (link.sent, link.speeds) == ([b"abcd", b"e"], [(9600, False)])
    assert clock.seconds() == pytest.approx(0.7)
