"""Conversations on noisy lines: octets change on their way, and no conversation stumbles or hangs."""

import random

import pytest

from adapters.lines.talk62056 import Talk62056
from gateway.codecs.dlms.token import TokenStatus
from gateway.core.contact import ContactFault, ItemsRead, ItemWritten, ProfileRead, RelayDone, RelayOrder
from tests.adapters import test_talk62056_cut, test_talk_dlms_cut
from tests.failing_lines import outcome
from tests.meter_dlms import NOW, TOKEN
from tests.meter_lines import Clock, finished

SEEDS = 250
#: The relay is told in other words by each protocol.
RIGHT = {"clock": "2026-11-26T12:45:00+08:00", "time": "12:45:00", "voltage": "231"}
RESULTS = (ItemsRead, ItemWritten, RelayDone, ProfileRead, TokenStatus, ContactFault, str)
SAID = {
    "identify": lambda talk: talk.identify(),
    "read": lambda talk: talk.read(["energy", "clock", "relay"]),
    "everything": lambda talk: talk.everything(),
    "write": lambda talk: talk.write("0.9.2" if isinstance(talk, Talk62056) else "clock", "2026-11-26"),
    "switch": lambda talk: talk.switch(RelayOrder.TRIP),
    "profile": lambda talk: talk.profile(NOW, NOW),
    "enter_token": lambda talk: talk.enter_token(TOKEN),
}
BEGIN = {
    "62056": test_talk62056_cut.begin,
    "hdlc": test_talk_dlms_cut.beginning("hdlc", "lls"),
    "tcp": test_talk_dlms_cut.beginning("tcp", "lls"),
    "hdlc, sealed": test_talk_dlms_cut.beginning("hdlc", "gmac"),
    "tcp, sealed": test_talk_dlms_cut.beginning("tcp", "gmac"),
}


def noisy(link, dice):
    """Let one octet of a hundred change, get lost or come twice, both ways."""
    carried = link._carried  # noqa: SLF001 - the noise is on this wire

    def changed(octets):
        heard = bytearray()
        for octet in carried(octets):
            way = dice.randrange(400)
            heard += bytes([octet ^ 1 << dice.randrange(8)]) if way == 0 else bytes([octet]) * (way != 1)
            heard += bytes([octet]) if way == 2 else bytes([dice.randrange(256)]) if way == 3 else b""
        return bytes(heard)

    link._carried = changed  # noqa: SLF001


TRIED = [(wire, said) for wire in BEGIN for said in SAID if (wire, said) != ("62056", "enter_token")]


@pytest.mark.faults
@pytest.mark.parametrize(("wire", "said"), TRIED)
def test_noise_ends_a_conversation_or_does_not_matter(wire, said, counted):
    unharmed = 0
    for seed in range(SEEDS):
        clock = Clock()
        _, talk, link = BEGIN[wire](clock)
        noisy(link, random.Random(f"{wire} {said} {seed}"))
        result = outcome(clock, SAID[said](talk))
        assert isinstance(result, RESULTS), seed
        if isinstance(result, ItemsRead) and wire != "tcp":
            # The wrapper alone has no check: TCP has its own.
            assert all(RIGHT.get(one.item, one.text) == one.text for one in result.read), seed
        unharmed += not isinstance(result, ContactFault)
        assert finished(clock, talk.leave(), within_s=30) is None
    counted(f"{SEEDS} noisy lines, {unharmed} conversations with a result")
