"""Keys of DLMS meters: a counter is stored before it is used, and a meter that is ahead of ours is met."""

from dataclasses import replace

import pytest

from adapters.lines.association import COUNTER_TOLD_MAX, COUNTERS_LEFT, LEAVE_MS
from adapters.lines.machine_dlms import STORED_AHEAD
from adapters.lines.talk import Wanted
from adapters.lines.talk_dlms import TalkDlms
from gateway.codecs.dlms.security import COUNTER_MAX
from gateway.codecs.meter_model.model import DlmsWords, model_named
from gateway.core.contact import ContactWhy, RelayOrder
from tests.failing_lines import outcome, wired
from tests.meter_dlms import NOW, Keys, MeterDlms
from tests.meter_lines import Clock

MODELS = {
    name: replace(model_named(f"dlms-{name}"), proof="gmac", dlms=DlmsWords(client=32, logical=1))
    for name in ("hdlc", "tcp")
}
BOTH = pytest.mark.parametrize("link", MODELS)


def begun(link="tcp", *, heard=-1, keys=None, **more):
    clock = Clock()
    meter = MeterDlms("gmac", is_hdlc=link == "hdlc", **more)
    meter.seal._heard = heard  # noqa: SLF001 - a meter that was spoken with before
    keys = keys or Keys()
    way = wired(clock, meter)
    asked = Wanted(MODELS[link], "", lambda: NOW, "12345", keys=keys)
    return clock, meter, TalkDlms(way, clock, asked), way, keys


def counters_in(sent):
    """The counters of what was sealed in what a link carried: behind control octet 30, or a proof's 10."""
    return [int.from_bytes(one[at + 1 : at + 5], "big") for one in sent for at in sealed_at(one)]


def sealed_at(octets):
    return [
        at
        for at in range(len(octets) - 4)
        if octets[at] in (0x30, 0x10) and octets[at + 1 : at + 4] == bytes(3)
    ]


@BOTH
def test_the_counter_is_stored_before_anything_that_was_sealed_is_sent(link):
    clock, _, talk, way, keys = begun(link)
    send = way.send
    seen = []

    def see(octets):
        used = counters_in([octets])
        seen.extend(used)
        assert all(counter < keys.counter for counter in used), "the next one is stored already"
        send(octets)

    way.send = see
    outcome(clock, talk.read(["energy", "clock"]))
    outcome(clock, talk.switch(RelayOrder.TRIP))
    outcome(clock, talk.leave())
    assert sorted(set(seen)) == seen, "none is used twice"
    assert seen[0] == 100
    assert seen[-1] < keys.counter <= seen[-1] + 1 + STORED_AHEAD


def test_who_cannot_store_the_counter_sends_nothing():
    class Broken(Keys):
        def used(self, counter):
            raise OSError("the store is gone")

    clock, _, talk, way, _ = begun(keys=Broken())
    with pytest.raises(OSError, match="the store is gone"):
        outcome(clock, talk.read(["energy"]))
    assert way.sent == []


@BOTH
@pytest.mark.parametrize("names_counter", [True, False])
def test_a_meter_that_is_ahead_is_met_at_its_counter(link, names_counter):
    clock, _, talk, _, keys = begun(link, heard=5_000, names_counter=names_counter)
    assert len(outcome(clock, talk.read(["energy", "clock"])).read) == 2
    assert 5_001 in keys.log
    assert keys.counter > 5_001


@BOTH
def test_a_meter_that_falls_silent_at_a_counter_that_was_used_is_met_too(link):
    clock, meter, talk, _, keys = begun(link, heard=5_000)
    answers = meter._answers  # noqa: SLF001 - this meter says nothing instead of an error

    def silent(client, apdu):
        given = answers(client, apdu)
        return [] if given and given[0][:1] == b"\xd8" else given

    meter._answers = silent  # noqa: SLF001
    assert len(outcome(clock, talk.read(["energy"])).read) == 1
    assert 5_001 in keys.log


@pytest.mark.parametrize("told", [COUNTER_TOLD_MAX + 1, 99, None])
def test_a_counter_that_cannot_be_the_reason_is_not_taken(told):
    # The keys are another meter's: it refuses whatever the counter is.
    clock, meter, talk, _, keys = begun(heard=0)
    meter.seal._cipher._encryption = bytes(16)  # noqa: SLF001 - another meter's
    meter.objects.heard = lambda: None if told is None else told - 1
    fault = outcome(clock, talk.read(["energy"])).missing[0][1]
    assert (fault.why, "above the meter's" in str(fault)) == (ContactWhy.AUTH, True)
    assert keys.counter < 200, "a lie does not use up the counters"


def test_wrong_keys_are_tried_twice_at_most():
    clock, meter, talk, way, _ = begun(heard=0, names_counter=True)
    meter.seal._cipher._encryption = bytes(16)  # noqa: SLF001 - another meter's
    meter.seal._heard = 5_000  # noqa: SLF001
    read = outcome(clock, talk.read(["energy"]))
    assert (read.missing[0][1].why, "see to the keys" in str(read.missing[0][1])) == (ContactWhy.AUTH, True)
    asked = sum(1 for octets in way.sent if b"\x60" in octets[8:9])
    assert asked == 2
    outcome(clock, talk.read(["energy"]))
    assert sum(1 for octets in way.sent if b"\x60" in octets[8:9]) == asked


@BOTH
def test_a_meter_that_says_no_good_bye_is_left_soon(link):
    clock, _, talk, way, _ = begun(link)
    outcome(clock, talk.read(["energy"]))
    way.deaf_at = way.gone
    before = clock.seconds()
    outcome(clock, talk.leave())
    assert clock.seconds() - before <= 2 * LEAVE_MS / 1000
    assert (way.owner, clock.getDelayedCalls()) == (None, [])
    assert outcome(clock, talk.leave()) is None


def test_no_key_and_no_password_is_in_a_repr():
    asked = Wanted(MODELS["tcp"], "", lambda: NOW, "12345", "sesam", Keys())
    assert not any(word in repr(asked) for word in ("sesam", "Keys"))


@BOTH
@pytest.mark.parametrize("left", [0, 1, 2, COUNTERS_LEFT - 1])
def test_a_counter_that_is_as_good_as_used_up_begins_nothing(link, left):
    clock, _, talk, way, _ = begun(link, keys=Keys(COUNTER_MAX - left))
    (_, fault), *_ = outcome(clock, talk.read(["energy"])).missing
    assert (fault.why, way.sent) == (ContactWhy.AUTH, [])
    assert "cure: change the meter's keys" in str(fault)
