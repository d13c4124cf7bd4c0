"""Commands that speak with a meter over its line: broken off, cut, and with what nobody should type."""

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from gateway.codecs.iec62056_21.characters import check_character
from tests.adapters.test_talk645 import METER, PASSWORD, Meter

READ = ("meter", "read", "--model", "dlt645-2007", "--address", METER)
RELAY = ("meter", "relay", "--model", "dlt645-2007", "--address", METER)
#: Seconds for a command to come to its end, so that one that hangs does not hang the tests.
ENDS_S = 30


class There:
    """What listens on a port of this machine: ``answers`` is given octets, and gives what it says to them."""

    def __init__(self, answers):
        self.answers = answers
        self.door = socket.create_server(("127.0.0.1", 0))
        self.door.settimeout(ENDS_S)
        self.heard = b""
        self.has_heard = threading.Event()
        self.serving = threading.Thread(target=self.serve, daemon=True)

    @property
    def at(self):
        return f"tcp:127.0.0.1:{self.door.getsockname()[1]}"

    def __enter__(self):
        self.serving.start()
        return self

    def __exit__(self, *_):
        self.door.close()
        self.serving.join(ENDS_S)

    def serve(self):
        call, _ = self.door.accept()
        with call:
            call.settimeout(ENDS_S)
            while octets := call.recv(4096):
                self.heard += octets
                answer = self.answers(octets)
                if answer is None:
                    self.has_heard.set()
                elif answer:
                    call.sendall(answer)


def begun(*words, **streams):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    return subprocess.Popen([sys.executable, "-m", "gateway.cli", *words], text=True, **streams)


def modem(octets):
    """Be a modem without DTR, whose meter never answers."""
    if octets.startswith((b"AT", b"+++")):
        return b"\r\nCONNECT 9600\r\n" if octets.startswith(b"ATD") else b"\r\nOK\r\n"
    return None


def test_ctrl_c_in_a_call_hangs_up_and_says_that_the_order_is_in_doubt(tmp_path):
    secret = tmp_path / "p02"
    secret.touch(0o600)
    secret.write_text(PASSWORD)
    with There(modem) as there:
        words = ("--at", there.at, "--dial", "5550161", "--password-file", str(secret), "trip")
        command = begun(*RELAY, *words)
        assert there.has_heard.wait(ENDS_S)
        command.send_signal(signal.SIGINT)
        said, complained = command.communicate(timeout=ENDS_S)
    assert (command.returncode, said) == (130, "")
    assert complained == ("broken off: whether it was done is not known; cure: read what stands there\n")
    assert there.heard.count(b"\x1c") == 1, "an order is sent once"
    assert there.heard.endswith(b"+++ATH\rAT\r")


def hostile(octets):
    """Be a meter of mode A whose identifiers and errors steer terminals."""
    if not octets.startswith(b"/?"):
        return None
    block = b"\x1b[2J1.8.0(000123.4*kWh\x1b[1m)\r\n!\r\n\x03"
    return b"/ABC#METER\r\n\x02" + block + bytes([check_character(block)])


def test_no_word_of_a_meter_steers_the_terminal():
    with There(hostile) as there:
        command = begun("meter", "dump", "--model", "iec62056-21", "--at", there.at)
        said, complained = command.communicate(timeout=ENDS_S)
    assert (command.returncode, complained) == (0, "")
    assert said == "\\x1b[2J1.8.0        000123.4 kWh\\x1b[1m\n"


def test_a_trace_into_a_full_disk_leaves_the_reading_whole():
    with There(Meter()) as there, Path("/dev/full").open("w") as full:
        command = begun(*READ, "--at", there.at, "--trace", "energy", stderr=full)
        assert command.communicate(timeout=ENDS_S)[0] == "energy              1000.52 kWh\n"
    assert command.returncode == 0
