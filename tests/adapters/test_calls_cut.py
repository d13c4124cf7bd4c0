"""Every dialogue of every protocol over a call that is lost, or falls silent, at each of its octets.

After each the same line makes a good call: whatever became of the one before, nobody has to see to the modem.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters.lines.talk import Wanted
from gateway.codecs.meter_model.model import DlmsWords, model_named
from gateway.core.contact import ContactFault, ContactWhy, ItemsRead, RelayOrder
from gateway.simulators.modems.book import At, Trouble
from tests.adapters.test_talk645 import METER, Old
from tests.adapters.test_talk645 import NOON as NOON_645
from tests.adapters.test_talk645 import Meter as Meter645
from tests.calling import BY_DTR, Calling
from tests.meter62056 import PASSWORD, A, C, Meter62056
from tests.meter_dlms import NOW, MeterDlms

HDLC = replace(model_named("dlms-hdlc"), dlms=DlmsWords(client=32, logical=1))
if TYPE_CHECKING:
    from collections.abc import Callable

ENDS = {"lost": {ContactWhy.LOST}, "silent": {ContactWhy.TIMEOUT, ContactWhy.CHECKSUM, ContactWhy.LOST}}


def in_645(_clock):
    return Meter645(), Wanted(model_named("dlt645-2007"), METER, lambda: NOON_645, password="123456")


def in_1997(_clock):
    return Old(), Wanted(model_named("dlt645-1997"), METER, lambda: NOON_645)


def in_62056(clock, who=C):
    asked = Wanted(model_named("iec62056-21"), "12345", lambda: NOW, "12345", PASSWORD)
    return Meter62056(clock, who), asked


def in_62056_mode_a(clock):
    return in_62056(clock, A)


def in_dlms(_clock, way="lls"):
    meter = MeterDlms(way)
    return meter, Wanted(replace(HDLC, proof=way), "", lambda: NOW, "12345", "12345678", meter.keys)


def in_dlms_by_keys(clock):
    return in_dlms(clock, "gmac")


def read(talk):
    return talk.read(["energy", "time"])


def read_dlms(talk):
    return talk.read(["energy", "clock"])


def program(talk):
    return talk.read(["energy", "relay"])


def write(talk):
    return talk.write("time", "120000")


def write_date(talk):
    return talk.write("date", "26-11-26")


def write_dlms(talk):
    return talk.write("1/0-0:96.1.0.255/2", "new")


def trip(talk):
    return talk.switch(RelayOrder.TRIP)


DIALOGUES = [
    (in_645, read), (in_645, write), (in_645, trip), (in_1997, read),
    (in_62056_mode_a, read), (in_62056, read), (in_62056, program), (in_62056, write_date), (in_62056, trip),
    (in_dlms, read_dlms), (in_dlms, write_dlms), (in_dlms, trip),
    (in_dlms_by_keys, read_dlms), (in_dlms_by_keys, trip),
]  # fmt: skip


def is_good(said):
    if isinstance(said, ItemsRead):
        return not said.missing
    return said.is_as_wanted if hasattr(said, "is_as_wanted") else said.is_obeyed


def faults_of(said):
    """Give what was missing or went wrong; an order that was not obeyed has a fault, or was not seen."""
    if isinstance(said, ContactFault):
        return [said]
    if isinstance(said, ItemsRead):
        return [fault for _, fault in said.missing]
    return [] if said.fault is None else [said.fault]


class Counted:
    """A meter whose octets are counted, both ways."""

    def __init__(self, meter):
        self.meter, self.octets = meter, 0
        self.out: Callable[[bytes], object] = bytes

    def receive(self, octets):
        self.octets += len(octets)
        self.meter.out = self.say
        return self.told(self.meter(octets) if callable(self.meter) else self.meter.receive(octets))

    def told(self, octets):
        self.octets += len(octets or b"")
        return octets

    def say(self, octets):
        self.out(self.told(octets))


def called(dialogue, calling, trouble):
    """Have a dialogue over a call with such trouble; a fault before anything was said is given."""
    begin, do = dialogue
    calling.meter, who = begin(calling.clock)
    calling.meter = counter = Counted(calling.meter)
    calling.enter(trouble=trouble)
    try:
        return calling.held(do, who), counter
    except ContactFault as fault:
        calling.prepare()
        return fault, counter


@pytest.mark.once
@pytest.mark.faults
@pytest.mark.parametrize("what", ["lost", "silent"])
@pytest.mark.parametrize("dialogue", DIALOGUES, ids=[f"{a.__name__}-{b.__name__}" for a, b in DIALOGUES])
def test_a_dialogue_may_end_at_every_octet_and_the_line_is_good(dialogue, what, counted):
    calling = Calling(None, profile=BY_DTR)
    calling.prepare()
    whole, counter = called(dialogue, calling, Trouble())
    assert is_good(whole)
    total, good = counter.octets, 0
    for k in range(total):
        said, _ = called(dialogue, calling, Trouble(**{what: At(k)}))
        assert {fault.why for fault in faults_of(said)} <= ENDS[what], (k, said)
        assert not isinstance(said, ContactFault) or not said.is_in_doubt
        good += not isinstance(said, ContactFault) and is_good(said)
        after, _ = called((in_645, read), calling, Trouble())
        assert is_good(after), f"the line after octet {k}"
    counted(f"{total} octets of a call ({what}), {good} good all the same, the line good after each")
