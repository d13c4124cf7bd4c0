"""Our centre asks a foreign meter (the package dlt645) over TCP, and a foreign codec reads our frames."""

import socket
from datetime import UTC, datetime

import pytest
from dlt645.protocol.protocol import DLT645Protocol
from dlt645.service.serversvc.server_service import MeterServerService

import schemas
from gateway.codecs.dlt645.dialogue import Answered, Dialogue, Refused, Send, Sent
from gateway.codecs.dlt645.frame import ANY, BROADCAST, encoded, frames_of
from gateway.codecs.dlt645.items import Items
from gateway.codecs.dlt645.orders import Authority, Password, Relay, RelayAction, Write
from gateway.codecs.dlt645.requests import Freeze, Read, ReadAddress, SetTime

ITEMS = Items.from_table(schemas.load("meters/dlt645-2007.json"))
# That server puts the digits on the line as they are printed: turned round they are the standard's address.
METER = "121078563412"
WHO = Authority(Password(2, "000000"))
NOW = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def line():
    service = MeterServerService.new_tcp_server("127.0.0.1", 0, 3000)
    service.set_address("123456781012")
    service.set_00(0x00010000, 12345.67)
    service.set_00(0x00010100, 0.01)
    service.set_02(0x02010100, 229.7)
    assert service.server.start()
    with socket.create_connection(("127.0.0.1", service.server.port), 5) as connection:
        yield connection
    service.server.stop()


def ask(line, dialogue, silence_s=2.0):
    """Carry bytes to the meter and back; silence is what the dialogue waits for, or less."""
    told, events = [], dialogue.begin()
    while events:
        for event in events:
            if isinstance(event, Send):
                line.sendall(event.octets)
            else:
                told.append(event)
        if dialogue.wait_ms is None:
            return told
        line.settimeout(silence_s)
        try:
            events = dialogue.receive(line.recv(4096))
            while not events:
                events = dialogue.receive(line.recv(4096))
        except TimeoutError:
            events = dialogue.expired()
    return told


@pytest.mark.parametrize(
    ("di", "text", "unit"),
    [("00010000", "12345.67", "kWh"), ("00010100", "0.01", "kWh"), ("02010100", "229.7", "V")],
)
def test_it_says_what_it_was_set_to(line, di, text, unit):
    (answered,) = ask(line, Dialogue(METER, Read(di)))
    (field,) = ITEMS.find(di).decode(answered.body)
    assert (answered.address, field.value.text, field.value.unit) == (METER, text, unit)


def test_it_says_its_address(line):
    (answered,) = ask(line, Dialogue(ANY, ReadAddress()))
    assert answered == Answered(METER, bytes.fromhex(METER)[::-1])


def test_it_freezes(line):
    assert ask(line, Dialogue(METER, Freeze())) == [Answered(METER, b"")]


def test_it_refuses_what_it_has_not(line):
    (refused,) = ask(line, Dialogue(METER, Read("00900200")))
    assert isinstance(refused, Refused)
    assert refused.refusal.names == ("no_such_item",)


def test_it_refuses_a_wrong_password(line):
    write = Write("04000401", Authority(Password(2, "999999")), bytes(6))
    (refused,) = ask(line, Dialogue(METER, write))
    assert refused.refusal.names == ("password",)


def test_it_knows_no_relay(line):
    (refused,) = ask(line, Dialogue(METER, Relay(RelayAction.TRIP, WHO, NOW)))
    assert refused.refusal.names == ("other",)


def test_it_does_not_answer_the_time(line):
    assert ask(line, Dialogue(BROADCAST, SetTime(NOW))) == [Sent()]
    (answered,) = ask(line, Dialogue(METER, Read("04000101")))
    assert len(answered.body) == 4


def test_it_refuses_in_another_meter_s_name(line):
    # The standard wants silence here: whoever answers so cannot be told from the meter that was asked.
    (refused,) = ask(line, Dialogue("1", Read("00010000"), tries=1))
    assert (refused.address, refused.refusal.names) == ("000000000001", ("other",))


@pytest.mark.parametrize(
    ("control", "body"), [(0x11, "00000100"), (0x91, "0000010026010000"), (0xD1, "02"), (0x14, "00" * 54)]
)
def test_a_foreign_codec_reads_and_writes_the_same_frames(control, body):
    raw = encoded(METER, control, bytes.fromhex(body))
    theirs = DLT645Protocol.deserialize(raw)
    assert (bytes(theirs.addr)[::-1].hex(), theirs.ctrl_code, bytes(theirs.data).hex()) == (
        METER,
        control,
        body,
    )
    built = bytes(DLT645Protocol.build_frame(bytes.fromhex(METER)[::-1], control, bytes.fromhex(body)))
    assert built == raw
    assert frames_of(built)[0].body.hex() == body
