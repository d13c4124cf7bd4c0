"""powertill modem-sim: modems on real ports in a process of its own, and what it refuses before it begins."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest
import serial

from gateway.assembly.commands import modem_sim
from gateway.assembly.commands.modem_words import call_line
from gateway.cli import main
from gateway.simulators.modems.book import Outcome
from gateway.simulators.modems.book_file import read_book
from gateway.simulators.modems.call import CallRecord

OK = b"\r\nOK\r\n"
CONNECT = b"\r\nCONNECT 9600\r\n"
SILENCE_S_MAX = 60


class Meter:
    """A meter that listens: whoever calls it is told his own octets in capitals."""

    def __init__(self):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # On Linux closing alone would leave the thread waiting.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join(SILENCE_S_MAX)
        self._listening.close()

    def _serve(self):
        while True:
            try:
                call, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=_answered, args=(call,), daemon=True).start()


def _answered(call):
    with call:
        while octets := call.recv(100):
            call.sendall(octets.upper())


class Simulated:
    """The command, in a process of its own."""

    def __init__(self, folder, book, *words):
        (folder / "book.json").write_text(json.dumps(book))
        command = [sys.executable, "-m", "gateway.cli", "modem-sim", "--book", folder / "book.json", *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def hear(self):
        return self.process.stdout.readline().rstrip("\n")

    def ended(self, how=signal.SIGINT):
        self.process.send_signal(how)
        rest = self.process.communicate(timeout=SILENCE_S_MAX)[0]
        return self.process.returncode, rest.splitlines()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def opened(link):
    return serial.Serial(str(link), 9600, timeout=SILENCE_S_MAX)


def asked(port, octets, answer):
    port.write(octets)
    return port.read_until(answer)


@pytest.mark.slow
def test_two_modems_call_a_meter_and_say_so(tmp_path):
    links = [tmp_path / "line-a", tmp_path / "line-b"]
    lost = {"lost": {"octets": 8, "way": "from meter"}}
    with Meter() as meter:
        numbers = [
            {"number": "5551234", "place": meter.place},
            {"number": "5551235", "fails": "busy", "after_ms": 0},
            {"number": "5551236", "place": meter.place, "times": 1, "trouble": lost},
        ]
        book = {"numbers": numbers, "lines": [{"number": "5550100"}]}
        words = [word for link in links for word in ("--modem", link)]
        with Simulated(tmp_path, book, *words, "--ring-s", "0.05") as modems:
            assert modems.hear() == f"ready       5550100     {links[0]}"
            assert modems.hear() == f"ready       2           {links[1]}"
            with opened(links[0]) as first, opened(links[1]) as second:
                for port in (first, second):
                    assert asked(port, b"ATE0\r", OK) == b"ATE0\r" + OK
                assert asked(first, b"ATD5551234\r", CONNECT) == CONNECT
                assert asked(first, b"hello", b"O") == b"HELLO"
                assert asked(second, b"ATD5551234\r", b"Y\r\n") == b"\r\nBUSY\r\n"
                assert modems.hear() == "call out    …1234       busy"
                assert asked(second, b"ATD5551235\r", b"Y\r\n") == b"\r\nBUSY\r\n"
                assert modems.hear() == "call out    …1235       busy"
                assert asked(second, b"ATD5551236\r", CONNECT) == CONNECT
                assert asked(second, b"hello meter", b"R\r\n") == b"HELLO ME\r\nNO CARRIER\r\n"
                assert modems.hear().startswith("call out    …1236       carrier lost after ")
                assert asked(second, b"ATD5551236\r", CONNECT) == CONNECT
                assert asked(second, b"hello meter", b"R") == b"HELLO METER"
            last = {modems.hear().rpartition(" after ")[0] for _ in range(2)}
            assert last == {"call out    …1234       hung up", "call out    …1236       hung up"}
            assert modems.ended() == (0, [])
    assert not any(map(os.path.lexists, links))


@pytest.mark.slow
def test_a_meter_calls_a_modem_behind_tcp(tmp_path):
    with Simulated(
        tmp_path, {"numbers": []}, "--listen", "127.0.0.1:0", "--calls", "127.0.0.1:0", "--ring-s", "0.05"
    ) as modems:
        port, door = (
            int(modems.hear().removeprefix(f"ready       {what:<12}127.0.0.1:")) for what in ("1", "calls")
        )
        with socket.create_connection(("127.0.0.1", port), SILENCE_S_MAX) as wire:
            wire.sendall(b"ATE0S0=2\r")
            assert heard(wire, OK) == b"ATE0S0=2\r" + OK
            with socket.create_connection(("127.0.0.1", door), SILENCE_S_MAX) as meter:
                meter.sendall(b"CALL 1\r\nmeter 7")
                assert heard(wire, b"7") == b"\r\nRING\r\n" * 2 + CONNECT + b"meter 7"
                wire.sendall(b"/?!\r\n")
                assert heard(meter, b"\n") == b"/?!\r\n"
            assert heard(wire, b"R\r\n") == b"\r\nNO CARRIER\r\n"
        said = modems.hear()
        assert said.startswith("call in     …           hung up by the other end after ")
        assert said.endswith(" s; octets to it 5, from it 7")
        assert modems.ended(signal.SIGTERM) == (0, [])


def heard(wire, end):
    octets = b""
    while not octets.endswith(end):
        chunk = wire.recv(100)
        assert chunk, octets
        octets += chunk
    return octets


def refused(tmp_path, capsys, *words, book='{"numbers": []}'):
    file = tmp_path / "book.json"
    file.write_text(book)
    assert main(["modem-sim", "--book", str(file), *map(str, words)]) == 2
    said = capsys.readouterr()
    assert "; cure: " in said.err
    assert said.err.count("\n") == 1
    return said.err.removeprefix("powertill modem-sim: ").replace(str(tmp_path), "")


def test_what_cannot_begin_is_refused_with_the_cure(tmp_path, capsys):
    said = refused(tmp_path, capsys)
    assert said == "0 modems; cure: name from 1 to 256 by --modem or --listen\n"
    said = refused(tmp_path, capsys, "--modem", "a", book='{"numbers": [\n}')
    assert said.startswith("--book: /book.json: line 2, column 1: this is no JSON: ")
    said = refused(tmp_path, capsys, "--modem", "a", book='{"numbers": [{"number": "1"}]}')
    assert said.startswith("--book: /book.json: book.numbers[0]: nobody answers there; ")
    lines = '{"numbers": [], "lines": [{"number": "1"}, {"number": "2"}]}'
    said = refused(tmp_path, capsys, "--modem", "a", book=lines)
    assert said.startswith("--book: /book.json: it has 2 lines, and there are 1 modems; ")


def test_a_port_that_cannot_be_opened_is_refused_and_those_before_it_go(tmp_path, capsys):
    there = tmp_path / "there"
    there.touch()
    link = tmp_path / "line-a"
    said = refused(tmp_path, capsys, "--modem", link, "--modem", there)
    assert said == "--modem /there: there is something already; cure: remove it, or name another place\n"
    assert not os.path.lexists(link)
    assert there.is_file()
    said = refused(tmp_path, capsys, "--modem", tmp_path / "no" / "folder")
    assert said.startswith("--modem /no/folder: no such file or directory; ")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        for words in (["--listen", where], ["--modem", link, "--calls", where]):
            said = refused(tmp_path, capsys, *words)
            assert said.startswith(f"{words[-2]} {where}: Address already in use; ")
    assert not os.path.lexists(link)


def test_a_book_that_cannot_be_read_is_refused(tmp_path, capsys, monkeypatch):
    assert main(["modem-sim", "--book", str(tmp_path / "no"), "--modem", "a"]) == 2
    assert "cannot be read: No such file or directory; cure: " in capsys.readouterr().err
    monkeypatch.setattr(modem_sim, "BOOK_OCTETS_MAX", 10)
    assert "has more than 10 octets; " in refused(tmp_path, capsys, "--modem", "a")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--listen", "127.0.0.1"], "--listen: must be HOST:PORT"),
        (["--calls", "127.0.0.1:x"], "--calls: the port must be a number"),
        (["--ring-s", "61"], "--ring-s: must be seconds from 0 to 60"),
        (["--ring-s", "-1"], "--ring-s: must be seconds from 0 to 60"),
        (["--ring-s", "1e1"], "--ring-s: must be seconds from 0 to 60"),
    ],
)
def test_an_argument_that_is_none_is_refused(words, said, capsys):
    assert main(["modem-sim", "--book", "book.json", "--modem", "a", *words]) == 2
    assert f"argument {said}" in capsys.readouterr().err


def test_its_help_fits_a_terminal_and_its_example_is_a_book(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["modem-sim", "--help"]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 79
    example = said[said.index('  {"numbers"') : said.index("numbers:\n  place")]
    book = read_book(example.encode(), lambda _: print)
    assert (len(book.entries), len(book.lines)) == (4, 3)


@pytest.mark.parametrize(
    ("number", "is_inbound", "rest", "line"),
    [
        ("5551234", False, (Outcome.BUSY, None, 0, 0), "call out    …1234       busy"),
        (
            "5551234",
            False,
            (Outcome.LOST, 12.34, 120, 480),
            "call out    …1234       carrier lost after 12.3 s; octets to it 120, from it 480",
        ),
        ("12", True, (Outcome.NO_ANSWER, None, 0, 0), "call in     …           no answer"),
    ],
)
def test_a_call_is_a_line_with_the_end_of_its_number(number, is_inbound, rest, line):
    assert call_line(CallRecord(number, is_inbound, *rest)) == line
