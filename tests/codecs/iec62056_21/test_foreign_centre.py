"""A foreign centre (the package iec62056-21) reads our meter; the two are joined in memory."""

import pytest
from iec62056_21.client import Iec6205621Client
from iec62056_21.messages import AnswerDataMessage, CommandMessage, DataSet
from iec62056_21.transports import BaseTransport

from gateway.codecs.iec62056_21.commands import Command, block
from gateway.codecs.iec62056_21.identification import Identification
from gateway.codecs.iec62056_21.meter import Left, Meter, PasswordSaid, Programming, ReadOutAsked, Said
from gateway.codecs.iec62056_21.states import Send

TEXT = "0.0.0(12345678)\r\n1.8.0(000123.4*kWh)\r\n1.6.0(002.076*kW)\r\n"


class Joined(BaseTransport):  # type: ignore[misc]  # it ships no types
    """What the foreign client takes for a line; our meter is at its other end."""

    def __init__(self):
        super().__init__(timeout=5)
        self.meter = Meter(Identification("ISk", "5", "MT382"), "00012345")
        self.heard, self.line, self.values = [], bytearray(), {"1.8.0": "000123.4*kWh"}

    def _send(self, octets):
        asked = self.meter.receive(octets)
        while asked:
            event = asked.pop(0)
            if isinstance(event, Send):
                self.line += event.octets
            else:
                self.heard.append(event)
                asked = self._react(event) + asked

    def _recv(self, count):
        assert len(self.line) >= count, "the centre waits for what the meter has not said"
        taken = bytes(self.line[:count])
        del self.line[:count]
        return taken

    def _react(self, event):
        match event:
            case ReadOutAsked():
                return self.meter.read_out(TEXT)
            case Programming():
                return self.meter.challenge("SEED")
            case PasswordSaid(_, password):
                return self.meter.accept() if password == "12345678" else self.meter.refuse("ER02")
            case Said(Command(kind="R1") as command):
                address = command.text.partition("(")[0]
                return self.meter.answer([f"{address}({self.values[address]})"])
            case Said(command):
                address, _, rest = command.text.partition("(")
                self.values[address] = rest.removesuffix(")")
                return self.meter.take()
        return []

    def switch_baudrate(self, baud):
        self.heard.append(baud)


@pytest.fixture
def joined():
    return Joined()


def client(joined):
    return Iec6205621Client(joined, device_address="12345", password="12345678")


def test_it_reads_our_meter_out(joined):
    answer = client(joined).standard_readout()
    assert [(one.address, one.value, one.unit) for one in answer.data] == [
        ("0.0.0", "12345678", None), ("1.8.0", "000123.4", "kWh"), ("1.6.0", "002.076", "kW"),
    ]  # fmt: skip
    assert 9600 in joined.heard


def test_it_opens_our_meter_reads_writes_and_leaves(joined):
    centre = client(joined)
    challenge = centre.access_programming_mode()
    assert (challenge.command, challenge.data_set.value) == ("P", "SEED")
    # Its own way to say a password cannot be called: its data sets want an address.
    password = DataSet(address="", value="12345678")
    joined.send(CommandMessage(command="P", command_type=1, data_set=password).to_bytes())
    assert joined._recv(1) == b"\x06"  # noqa: SLF001 - the client leaves the ACK to its caller
    read = centre.read_single_value("1.8.0")
    assert (read.address, read.value, read.unit) == ("1.8.0", "000123.4", "kWh")
    centre.write_single_value("C003", "26112612")
    assert centre.read_single_value("C003").value == "26112612"
    centre.send_break()
    assert Left(is_by_centre=True) in joined.heard


@pytest.mark.parametrize(
    "command", [Command("R1", "1.8.0(1)"), Command("W1", "C003(26)"), Command("R5", "P.01(;)")]
)
def test_its_commands_are_ours(command):
    theirs = CommandMessage.from_bytes(command.encoded)
    assert theirs.command + str(theirs.command_type) == command.kind
    assert theirs.to_bytes() == command.encoded


def test_its_answers_are_ours():
    raw = block("1.8.0(000123.4*kWh)")
    theirs = AnswerDataMessage.from_bytes(raw)
    assert [(one.address, one.value) for one in theirs.data] == [("1.8.0", "000123.4")]
