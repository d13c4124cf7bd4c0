"""The gateway's own lines over virtual modems: what a call ends with, and that the line is free behind it."""

from dataclasses import replace

import pytest

from adapters.lines.modem_line import ModemLine
from gateway.codecs.modem.profile import GSM_CSD, PSTN, HangUp
from gateway.core.contact import ContactFault, ContactWhy
from gateway.simulators.modems.book import At, Entry, Kind, Outcome, OwnLine, Trouble, Way
from gateway.simulators.modems.places import MeterCaller
from tests.telephone import NUMBER, Echo, Telephone, VirtualPort, pass_time

WIRED = replace(PSTN, hang_up=HangUp.DTR, has_carrier_line=True)


class Heard:
    """Who has the wire."""

    def __init__(self):
        self.heard = b""
        self.fault = None

    def came(self, octets):
        self.heard += octets

    def broke(self, fault):
        self.fault = fault


def prepared(telephone, profile=PSTN):
    line = ModemLine(VirtualPort(telephone, has_lines=profile is WIRED), profile, telephone.clock)
    awaited(telephone, line.prepare())
    return line


def awaited(telephone, waiter, seconds=30):
    """Let time pass until this has come, and give it or its fault."""
    found: list = []
    waiter.addBoth(found.append)
    pass_time(telephone.clock, seconds)
    assert found, "it does not come"
    return found[0]


@pytest.mark.parametrize(("profile", "kind"), [(PSTN, Kind.PSTN), (WIRED, Kind.PSTN), (GSM_CSD, Kind.GSM)])
def test_a_call_is_a_wire_and_its_end_frees_the_line(profile, kind):
    telephone = Telephone(line=OwnLine("100", kind)).answering()
    line = prepared(telephone, profile)
    for _ in range(2):
        wire = awaited(telephone, line.dial(NUMBER), 3)
        wire.owner = heard = Heard()
        wire.send(b"hello")
        pass_time(telephone.clock, 0.1)
        assert (heard.heard, heard.fault) == (b"<hello>", None)
        assert awaited(telephone, wire.close()) is None
        assert line.is_free
    assert [record.outcome for record in telephone.records] == [Outcome.HUNG_UP] * 2


@pytest.mark.parametrize(
    ("fails", "why", "is_free"),
    [
        (Outcome.BUSY, ContactWhy.BUSY, True),
        (Outcome.NO_ANSWER, ContactWhy.NO_ANSWER, True),
        (Outcome.NO_CARRIER, ContactWhy.NO_CARRIER, True),
        (Outcome.NO_DIALTONE, ContactWhy.NO_DIALTONE, False),
        (Outcome.ERROR, ContactWhy.LINE, True),
        (Outcome.SILENT, ContactWhy.LINE, True),
    ],
)
def test_a_call_that_does_not_come_to_be_says_why(fails, why, is_free):
    telephone = Telephone(Entry(NUMBER, fails=fails))
    line = prepared(telephone)
    failure = awaited(telephone, line.dial(NUMBER), 80)
    assert failure.check(ContactFault)
    assert failure.value.why is why
    assert line.is_free is is_free


@pytest.mark.parametrize("profile", [PSTN, WIRED])
@pytest.mark.parametrize("at", [At(0), At(3), At(6), At(1, Way.FROM_METER)])
def test_a_call_that_breaks_off_is_lost_and_the_line_is_free(profile, at):
    telephone = Telephone().answering(trouble=Trouble(lost=at), times=1)
    line = prepared(telephone, profile)
    dialled = awaited(telephone, line.dial(NUMBER), 1.8)
    heard = Heard()
    if hasattr(dialled, "send"):
        dialled.owner = heard
        dialled.send(b"hello")
        pass_time(telephone.clock, 10)
        assert heard.fault.why is ContactWhy.LOST
    else:
        assert dialled.value.why is ContactWhy.LOST
    pass_time(telephone.clock, 10)
    assert line.is_free
    assert hasattr(awaited(telephone, line.dial(NUMBER), 3), "send")


def test_a_meter_that_calls_is_taken():
    telephone = Telephone()
    line = prepared(telephone)
    rung = []
    line.rings = lambda: rung.append(line.answer()) if line.is_free else None
    MeterCaller(Echo()).dial_in(telephone.exchange)
    pass_time(telephone.clock, 3)
    assert len(rung) == 1
    wire = awaited(telephone, rung[0], 0)
    wire.owner = heard = Heard()
    wire.send(b"/?!\r\n")
    pass_time(telephone.clock)
    assert heard.heard == b"</?!\r\n>"
