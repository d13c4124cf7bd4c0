import json
import socketserver
import threading
from contextlib import contextmanager

import pytest

from gateway.codecs.iso8583.framing import FrameReader
from gateway.simulators.bank_messages import BankIdentity, BankMessages, answer_mti
from gateway.simulators.bank_profile import BankProfile
from gateway.simulators.load import LoadFault, LoadPlan, main, run_load

PROFILE = BankProfile.named("default")
METERS = ["37180340632", "37180340640", "37180340657"]


class Gateway(socketserver.ThreadingTCPServer):
    """Answers each message with what ``reply`` makes of it, and keeps what it read."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, reply):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.reply = reply
        self.read = []


class Conversation(socketserver.BaseRequestHandler):
    server: Gateway

    def handle(self):
        frames = FrameReader(PROFILE.framing)
        while chunk := self.request.recv(4096):
            for frame in frames.receive(chunk):
                request = PROFILE.spec.decode(frame.payload)
                self.server.read.append(request)
                fields = self.server.reply(request)
                if fields is None:
                    return
                payload = PROFILE.spec.encode(answer_mti(request.mti), request.fields | fields)
                self.request.sendall(PROFILE.framing.wrap(payload))


@contextmanager
def gateway(reply=lambda _: {39: "00"}):
    with Gateway(reply) as server:
        served = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        served.start()
        try:
            yield server
        finally:
            server.shutdown()
            served.join()


def load(server, **plan):
    messages = BankMessages(PROFILE, BankIdentity())
    return run_load(server.server_address, messages, LoadPlan(METERS, **plan))


def test_every_payment_is_sent_once_and_counted():
    with gateway() as server:
        report = load(server, payments=100, links=8)
    payments = [request for request in server.read if request.mti == "0200"]
    assert (report.payments, report.answered, report.approved, report.strangers) == (100, 100, 100, 0)
    assert len({request.fields[37] for request in payments}) == 100
    assert {request.fields[48] for request in payments} == {f"MT11{meter}" for meter in METERS}


def test_every_link_is_signed_on_before():
    with gateway() as server:
        report = load(server, payments=100, links=8)
    assert [request.mti for request in server.read].count("0800") == report.links == 8


def test_no_more_links_are_opened_than_there_are_payments():
    with gateway() as server:
        assert load(server, payments=3, links=8).links == 3


def test_refusals_are_counted_by_their_code():
    with gateway(lambda request: {39: "61" if request.fields[11].endswith("7") else "00"}) as server:
        report = load(server, payments=100, links=1)
    assert report.codes == {"00": 90, "61": 10}
    assert (report.answered, report.approved) == (100, 90)


def test_an_answer_to_another_payment_is_noticed():
    def mixed_up(request):
        return {39: "00", 37: "000000000000"} if request.mti == "0200" else {39: "00"}

    with gateway(mixed_up) as server:
        assert load(server, payments=10, links=2).strangers == 10


def test_a_link_that_breaks_leaves_its_payment_unanswered():
    with gateway(lambda request: None if request.fields[11] == "000005" else {39: "00"}) as server:
        report = load(server, payments=20, links=2)
    assert (report.payments, report.answered) == (20, 19)


def test_a_gateway_that_hangs_up_is_no_gateway():
    with gateway(lambda _: None) as server, pytest.raises(LoadFault, match="hung up"):
        load(server, payments=1)


def test_a_load_needs_a_gateway_that_lets_it_in():
    with gateway(lambda _: {39: "40"}) as server, pytest.raises(LoadFault, match="40"):
        load(server, payments=1)
    with pytest.raises(LoadFault, match="no link"):
        load(server, payments=1)


@pytest.mark.parametrize(
    "plan", [{"meters": []}, {"links": 0}, {"links": 1_001}, {"payments": 0}, {"payments": 500_001}]
)
def test_a_load_beyond_the_limits_is_refused(plan):
    with pytest.raises(ValueError, match="a load has meters"):
        LoadPlan(**({"meters": METERS, "payments": 1} | plan))


def test_a_process_prints_one_line_of_json(tmp_path, capsys):
    meters = tmp_path / "meters.txt"
    meters.write_text("\n".join(METERS))
    with gateway() as server:
        port = str(server.server_address[1])
        ended = main(["--port", port, "--links", "2", "--payments", "10", "--meters", str(meters)])
    (line,) = capsys.readouterr().out.splitlines()
    assert ended == 0
    assert json.loads(line)["approved"] == 10


def test_a_process_fails_when_a_payment_was_refused(tmp_path, capsys):
    meters = tmp_path / "meters.txt"
    meters.write_text("\n".join(METERS))
    with gateway(lambda request: {39: "00" if request.mti == "0800" else "96"}) as server:
        port = str(server.server_address[1])
        assert main(["--port", port, "--payments", "3", "--meters", str(meters)]) == 1
    assert json.loads(capsys.readouterr().out)["codes"] == {"96": 3}
