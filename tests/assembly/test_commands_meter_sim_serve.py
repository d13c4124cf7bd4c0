"""powertill meter-sim serve and town as processes: real sockets and lines, foreign peers, files, Ctrl-C."""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
import serial
from dlt645.service.clientsvc.client_service import MeterClientService
from iec62056_21.client import Iec6205621Client
from iec62056_21.messages import CommandMessage, DataSet
from iec62056_21.transports import TcpTransport

from gateway.cli import main
from gateway.codecs.dlt645.frame import encoded, frames_of
from gateway.codecs.dlt645.orders import Authority, Password, Relay, RelayAction
from gateway.codecs.dlt645.requests import Read
from gateway.simulators.meters.meter_clock import utc_now

NUMBER = "000000000161"
WHO = Authority(Password(2, "000000"))
WORDS = ("--model", "dlt645-2007", "--address", "161", "--zone", "+00:00", "--turn-ms", "0")
LISTEN = ("--listen", "127.0.0.1:0")


class Process:
    """A command that is running; ``ready`` is the line that it printed."""

    def __init__(self, *words):
        self.running = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "meter-sim", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
        )
        self.ready = self.line()

    @property
    def port(self):
        return int(self.ready.rpartition(":")[2])

    def line(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.running.stdout, selectors.EVENT_READ)
            if not selector.select(timeout=30):
                raise TimeoutError(self.running.args)
        return self.running.stdout.readline().rstrip("\n")

    def say(self, word):
        self.running.stdin.write(word + "\n")
        self.running.stdin.flush()

    def kill(self):
        """Leave nothing of it behind."""
        self.running.kill()
        for pipe in (self.running.stdin, self.running.stdout, self.running.stderr):
            pipe.close()
        self.running.wait()

    def ended(self, number=signal.SIGINT):
        """End it; gives exit code and complaints."""
        if self.running.poll() is None:
            self.running.send_signal(number)
        _, said = self.running.communicate(timeout=30)
        return self.running.returncode, said


@contextmanager
def process(*words):
    one = Process(*words)
    try:
        yield one
        assert one.ended() == (0, "")
    finally:
        one.kill()


def asked(line, request):
    """Ask over a socket, and give the frame of the answer."""
    line.sendall(encoded(NUMBER, request.function, request.body))
    heard = b""
    while not frames_of(heard):
        came = line.recv(4096)
        assert came, "hung up"
        heard += came
    return frames_of(heard)[0]


def called(port):
    return socket.create_connection(("127.0.0.1", port), 10)


def relay(line, action=RelayAction.TRIP):
    until = utc_now().replace(microsecond=0, year=utc_now().year + 1, day=1)
    return asked(line, Relay(action, WHO, until))


@pytest.fixture(scope="module")
def meter():
    with process("serve", *WORDS, *LISTEN, "--load-w", "0") as one:
        yield one


def test_it_says_where_it_is_spoken_to(meter):
    assert meter.ready == f"ready       dlt645-2007 {NUMBER} at 127.0.0.1:{meter.port}"


def test_a_foreign_client_reads_it(meter):
    client = MeterClientService.new_tcp_client("127.0.0.1", meter.port, 10)
    # That package puts the digits on the line as they are printed: turned round they are the standard's.
    client.set_address("610100000000")
    assert client.read_00(0x00010000).value == pytest.approx(0.0)
    assert client.read_02(0x02010100).value == pytest.approx(220.0)
    assert client.read_02(0x02800002).value == pytest.approx(50.0)
    client.client.disconnect()


def test_many_speak_with_it_at_once(meter):
    lines = [called(meter.port) for _ in range(50)]
    try:
        assert {asked(line, Read("04000401")).body[4:].hex() for line in lines} == {"610100000000"}
    finally:
        for line in lines:
            line.close()


def test_a_foreign_centre_reads_and_writes_it(tmp_path):
    secret = tmp_path / "password"
    secret.touch(0o600)
    secret.write_text("open-sesame\n")
    words = ("--model", "iec62056-21", "--address", "161", "--password-file", str(secret), "--turn-ms", "0")
    with process("serve", *words, *LISTEN) as one:
        transport = TcpTransport(("127.0.0.1", one.port), timeout=10)
        client = Iec6205621Client(transport, device_address="161")
        client.connect()
        sets = {found.address: (found.value, found.unit) for found in client.standard_readout().data}
        assert (sets["0.0.0"], sets["32.7.0"]) == ((NUMBER, None), ("220.0", "V"))
        client.access_programming_mode()
        # Its own way to say a password cannot be called: its data sets want an address.
        password = DataSet(address="", value="open-sesame")
        transport.send(CommandMessage(command="P", command_type=1, data_set=password).to_bytes())
        assert transport.recv(1) == b"\x06"
        client.write_single_value("96.3.10", "0")
        assert client.read_single_value("96.3.10").value == "0"
        client.send_break()
        client.disconnect()


def test_on_a_serial_line_it_is_read_left_and_read_again(tmp_path):
    link = tmp_path / "meter"
    with process("serve", *WORDS, "--pty", str(link)) as one:
        assert one.ready.endswith(f"on {link}")
        for _ in range(2):
            with serial.Serial(str(link), 9600, timeout=10) as line:
                line.write(encoded(NUMBER, 0x11, Read("04000401").body))
                (frame,) = frames_of(line.read(4 + 12 + 4 + 6))
                assert frame.body[4:].hex() == "610100000000"
    assert not link.is_symlink()


def test_it_dials_in_says_who_it_is_and_dials_again_when_the_line_is_lost():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        door.settimeout(10)
        with process("serve", *WORDS, "--dial", f"127.0.0.1:{port}", "--hello", "<{number}>") as one:
            assert one.ready == f"ready       dlt645-2007 {NUMBER} dials 127.0.0.1:{port}"
            for _ in range(2):
                line, _ = door.accept()
                with line:
                    line.settimeout(10)
                    assert line.recv(14) == f"<{NUMBER}>".encode()
                    assert asked(line, Read("04000401")).body[4:].hex() == "610100000000"


def test_what_it_was_told_outlives_being_killed(tmp_path):
    state = tmp_path / "meter.json"
    words = ("serve", *WORDS, *LISTEN, "--load-w", "0", "--state", str(state))
    one = Process(*words)
    with called(one.port) as line:
        assert relay(line).control == 0x9C
    one.kill()
    assert state.stat().st_mode & 0o777 == 0o600
    with process(*words) as again, called(again.port) as line:
        assert asked(line, Read("04000503")).body[4:] == b"\x18\0"
    assert [file.name for file in tmp_path.iterdir() if ".json." in file.name] == ["meter.json.lock"]


def test_two_do_not_serve_one_file(tmp_path, capsys):
    state = tmp_path / "meter.json"
    words = ("serve", *WORDS, *LISTEN, "--state", str(state))
    with process(*words):
        assert main(["meter-sim", *words]) == 2
        assert "is served by another process; cure: " in capsys.readouterr().err


def test_what_cannot_be_kept_is_not_confirmed(tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    one = Process("serve", *WORDS, *LISTEN, "--state", str(folder / "meter.json"))
    try:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        with called(one.port) as line, pytest.raises(AssertionError, match="hung up"):
            relay(line)
        code, said = one.ended()
        assert code == 0
        assert "cannot be written: No such file or directory; nothing is confirmed" in said
    finally:
        one.kill()


def test_what_goes_wrong_on_order_goes_wrong():
    with (
        process("serve", *WORDS, *LISTEN, "--fault", "silent@0", "--fault", "cut@1:5") as one,
        called(one.port) as line,
    ):
        line.settimeout(0.5)
        question = encoded(NUMBER, 0x11, Read("04000401").body)
        line.sendall(question)
        with pytest.raises(TimeoutError):
            line.recv(100)
        line.sendall(question)
        assert line.recv(100) == bytes.fromhex("fefefefe68")
        assert asked(line, Read("04000401")).control == 0x91


def test_somebody_at_the_meter_opens_it_presses_its_button_and_leaves():
    words = ("--prepaid", "energy", "--balance", "12.34", "--load-w", "0")
    one = Process("serve", "--model", "dlt645-prepaid", *WORDS[2:], *LISTEN, *words)
    try:
        one.say("cover")
        with called(one.port) as line:
            while asked(line, Read("03300D00")).body[4:] != b"\x01\0\0":
                time.sleep(0.01)
            relay(line)
            relay(line, RelayAction.PERMIT_CLOSING)
            one.say("show")
            assert one.line() == "meter       0 Wh, relay ready, credit 12.34 kWh"
            one.say("button")
            one.say("show")
            assert one.line() == "meter       0 Wh, relay closed, credit 12.34 kWh"
        one.say("quit")
        one.running.wait(timeout=30)
        assert one.ended() == (0, "")
    finally:
        one.kill()


VENDING_KEY = "abababababababab949494949494949401234567"
PAN = "600727000000000009"
#: STS531-1-11 ed 2.2, CTSA01.1: 0.1 kWh for this meter under the vending key above.
TOKEN = "58625789986991357486"


def test_a_meter_that_takes_tokens_keeps_its_credit(tmp_path):
    key, state = tmp_path / "vending.key", tmp_path / "meter.json"
    key.touch(0o600)
    key.write_text(VENDING_KEY)
    words = (
        "serve", "--model", "dlms-prepaid", "--address", "161", *LISTEN, "--state", str(state),
        "--pan", PAN, "--sgc", "201457", "--krn", "1", "--ti", "01", "--base-date", "2014",
        "--sts-key-file", str(key),
    )  # fmt: skip
    with process(*words) as one:
        one.say("show")
        assert one.line() == "meter       0 Wh, relay open, credit 0 Wh"
    kept = json.loads(state.read_text())
    kept["sts"]["meter"]["credit"] = 100
    state.write_text(json.dumps(kept))
    with process(*words, "--load-w", "0") as one:
        one.say("show")
        assert one.line() == "meter       0 Wh, relay closed, credit 100 Wh"
    assert VENDING_KEY not in state.read_text()
    assert TOKEN not in state.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--model", "dlt645-2008"], "--model: there is no model 'dlt645-2008'; cure: one of dlms-hdlc, "),
        (["--model", "own.json"], "--model: own.json cannot be read: No such file or directory; cure: "),
        (["--hello", "x"], "--hello: only a meter that dials in says who it is; cure: --dial HOST:PORT"),
        (["--mode", "E"], "--mode: dlt645-2007 has no use for it here; cure: leave it out"),
        (["--pan", PAN], "--pan: dlt645-2007 has no use for it here; cure: leave it out"),
        (["--password-file", "nowhere"], "--password-file: nowhere cannot be read"),
        (["--key-file", "nowhere", "--prepaid", "money"], "--key-file: nowhere cannot be read"),
        (
            ["--state", "no/where"],
            "--state: no cannot be written: No such file or directory; cure: ",
        ),
        (["--fault", "late@3"], "late needs a number, as late@3:20"),
        (["--fault", "silent:3"], "silent has no number, only silent@3"),
        (["--fault", "cut:5000"], "cut: at most 4096"),
        (["--fault", "tired"], "must be one of silent, late, address, cut, check, noise, half-write"),
        (["--load-w", "much"], "--load-w: must be a whole number from -1000000 to 1000000"),
        (["--balance", "5"], "--balance: must be an amount with two decimals, as 50.00"),
        (["--price", "0.0000"], "--price: must be a price with four decimals, as 0.5000"),
        (["--zone", "east"], "--zone: must be hours and minutes ahead of UTC, as +08:00"),
        (["--address", "12x"], "--address: must be 1 to 12 digits"),
        (["--listen", "4059"], "--listen: must be HOST:PORT, as 127.0.0.1:4059, not '4059'"),
    ],
)
def test_what_is_wrong_is_named_with_its_option(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["meter-sim", "serve", *WORDS, *LISTEN, *words]) == 2
    heard = capsys.readouterr().err
    assert said in heard
    assert heard.count("\n") == 1


def test_a_password_that_is_none_is_refused_and_not_shown(capsys, tmp_path):
    secret = tmp_path / "password"
    secret.touch(0o600)
    secret.write_text("sesame")
    assert main(["meter-sim", "serve", *WORDS, *LISTEN, "--password-file", str(secret)]) == 2
    heard = capsys.readouterr().err
    assert f"--password-file: {secret} does not hold six digits; cure: " in heard
    assert "sesame" not in heard


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "is not what this meter left"),
        ("[]", "is not the state of a meter"),
        ('{"house": {"number": "000000000162"}, "sts": null}', "is not what this meter left"),
    ],
)
def test_a_file_that_no_such_meter_left_is_refused(text, said, capsys, tmp_path):
    state = tmp_path / "meter.json"
    state.touch(0o600)
    state.write_text(text)
    assert main(["meter-sim", "serve", *WORDS, *LISTEN, "--state", str(state)]) == 2
    assert said in capsys.readouterr().err
    assert state.read_text() == text


def test_a_file_that_others_may_read_is_refused(capsys, tmp_path):
    state = tmp_path / "meter.json"
    state.touch(0o644)
    state.write_text("{}")
    assert main(["meter-sim", "serve", *WORDS, *LISTEN, "--state", str(state)]) == 2
    assert f"cure: chmod 600 {state}" in capsys.readouterr().err


def refused(*words):
    """What a process says that does not begin, and its exit code."""
    ended = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "meter-sim", *words],
        check=False, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ended.stdout == ""
    return ended.returncode, ended.stderr


def test_a_port_or_a_name_that_is_taken_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        code, said = refused("serve", *WORDS, "--listen", place)
    assert (code, said) == (
        1, f"powertill meter-sim: --listen {place}: Address already in use; cure: another port\n",
    )  # fmt: skip
    link = tmp_path / "meter"
    link.write_text("mine")
    code, said = refused("serve", *WORDS, "--pty", str(link))
    assert code == 2
    assert f"--pty {link}: File exists; cure: name a file that is not there" in said
    assert link.read_text() == "mine"


# A town.


def free_ports(count):
    """A run of ports that are free now."""
    for first in range(41_000, 60_000, count):
        doors = []
        try:
            for port in range(first, first + count):
                doors.append(socket.create_server(("127.0.0.1", port)))  # noqa: PERF401 - closed where one is taken
        except OSError:
            continue
        finally:
            for door in doors:
                door.close()
        return first
    raise OSError("no free ports")


def test_a_town_is_spoken_to_meter_by_meter(tmp_path):
    first = free_ports(42)
    file = tmp_path / "town.json"
    groups = [
        {"model": "dlt645-2007", "count": 40, "first": NUMBER, "turn_ms": 0, "where": {"ports_from": first}},
        {
            "model": "dlt645-2007", "count": 8, "first": "000000000900", "turn_ms": 0,
            "where": {"port": first + 40},
        },
        {"model": "own.json", "count": 1, "first": "000000001000", "where": {"port": first + 41}},
    ]  # fmt: skip
    file.write_text(json.dumps({"seed": 7, "groups": groups}))
    own = json.loads(OWN_MODEL)
    (tmp_path / "own.json").write_text(json.dumps(own))
    with process("town", str(file)) as one:
        assert one.ready == "ready       49 meters on 42 lines"
        for place in (0, 39):
            with called(first + place) as line:
                number = f"{161 + place:012d}"
                line.sendall(encoded(number, 0x11, Read("04000401").body))
                assert frames_of(line.recv(100))[0].address == number
        with called(first + 40) as line:
            for number in ("000000000900", "000000000907"):
                line.sendall(encoded(number, 0x11, Read("04000401").body))
                assert frames_of(line.recv(100))[0].address == number
        with called(first + 41) as line:
            line.sendall(b"/?!\r\n")
            assert line.recv(100).startswith(b"/PWs5")


OWN_MODEL = """{"name": "own", "title": "Own", "source": ["ours"], "protocol": "iec62056-21",
    "line": {"baud": 300, "bits": 7, "parity": "even", "stop": 1}, "items": {"energy": {"at": "1.8.0"}}}"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read: No such file or directory; cure: name a file"),
        ("{", "the file is no JSON"),
        ('{"groups": []}', "town.groups"),
        (b"\xff", "is no text; cure: write it as UTF-8"),
    ],
)
def test_a_town_that_is_none_is_refused(text, said, tmp_path, capsys):
    file = tmp_path / "town.json"
    if isinstance(text, bytes):
        file.write_bytes(text)
    elif text is not None:
        file.write_text(text)
    assert main(["meter-sim", "town", str(file)]) == 2
    heard = capsys.readouterr().err
    assert str(file) in heard
    assert said in heard


def test_a_town_with_a_port_that_is_taken_names_it(tmp_path):
    file = tmp_path / "town.json"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        groups = [{"model": "dlt645-2007", "count": 1, "first": NUMBER, "where": {"port": port}}]
        file.write_text(json.dumps({"groups": groups}))
        code, said = refused("town", str(file))
    assert code == 1
    assert said == f"powertill meter-sim: 127.0.0.1:{port}: Address already in use; cure: another port\n"
    assert os.path.exists(file)  # noqa: PTH110 - left as it was
