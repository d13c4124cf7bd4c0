"""A PC/SC service of the tests' own: pcscd with virtual readers, apart from whatever else is on this machine.

It runs in a mount and a network of its own. There its socket is a file of the test's folder, its readers
listen to nobody on this machine, and no port is taken; a card reaches its reader by having its line begin in
that network. pcsc-lite looks once in a process where the socket is, so all tests of one have one folder.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from gateway.simulators.card.vpcd import VpcdWire

DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so.0.8")
FIRST_PORT = 36_000
COMES_UP_S_MAX = 20
#: pcscd looks every 0.4 seconds; a card that takes another's place between two looks may never be seen.
NOTICED_S = 0.5

_CLONE_NEWNET = 0x40000000
_SCRIPT = """
mount --bind "$1" /run/pcscd
ip link set lo up
exec pcscd --foreground --disable-polkit -c "$2" --error
"""


@cache
def why_not() -> str:
    """Say what is missing; "" where nothing is."""
    if not DRIVER.exists() or shutil.which("pcscd") is None:
        return "pcscd and vsmartcard-vpcd are not installed"
    if find_spec("smartcard") is None:
        return "pyscard is not installed"
    tried = subprocess.run(["unshare", "-mn", "true"], check=False, capture_output=True)  # noqa: S607 - on PATH
    if tried.returncode:
        return "only root may give pcscd a mount and a network of its own"
    Path("/run/pcscd").mkdir(exist_ok=True)
    return ""


@cache
def folder() -> Path:
    """The folder of this process; its socket is there."""
    made = Path(tempfile.mkdtemp(prefix="pcsc-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    (made / "run").mkdir()
    os.environ["PCSCLITE_CSOCK_NAME"] = str(made / "run/pcscd.comm")
    return made


def name_of(place: int) -> str:
    """The name that PC/SC gives to a reader."""
    return f"Station {place} 00 00"


class PcscService:
    """pcscd with so many readers; ``stop`` and ``start`` again are a restart."""

    def __init__(self, readers: int = 2) -> None:
        self.readers = readers
        self._process: subprocess.Popen | None = None
        self._network = -1
        self._wires: dict[int, tuple[VpcdWire, threading.Thread]] = {}
        self._configure()
        self.start()

    def _configure(self) -> None:
        """A copy of the driver for each reader: two that share one answer for each other."""
        places = folder() / "readers"
        shutil.rmtree(places, ignore_errors=True)
        places.mkdir()
        blocks = []
        for place in range(self.readers):
            driver, port = folder() / f"vpcd{place}.so", FIRST_PORT + 2 * place
            shutil.copy(DRIVER, driver)
            lines = [f'FRIENDLYNAME "Station {place}"', f"DEVICENAME /dev/null:{port}"]
            blocks.append("\n".join([*lines, f"LIBPATH {driver}", f"CHANNELID {port}\n"]))
        (places / "readers.conf").write_text("\n".join(blocks))

    def start(self) -> None:
        run = folder() / "run"
        # Where this process is killed, nobody else would end it.
        words = ["setpriv", "--pdeathsig", "TERM", "unshare", "-mn", "--propagation", "private"]
        words += ["sh", "-ec", _SCRIPT, "sh"]
        with (folder() / "log").open("ab") as log:
            words += [str(run), str(folder() / "readers")]
            # Its output goes to a file: a child that holds a pipe of the test run would hang it.
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._await_socket(run / "pcscd.comm")
        self._network = os.open(f"/proc/{self._process.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        for place in range(self.readers):
            self._await_reader(place)

    def _await_socket(self, path: Path) -> None:
        ends = time.monotonic() + COMES_UP_S_MAX
        while True:
            with socket.socket(socket.AF_UNIX) as knock, suppress(OSError):
                knock.connect(str(path))
                return
            assert self._process.poll() is None, (folder() / "log").read_text()
            assert time.monotonic() < ends, "pcscd does not come up"
            time.sleep(0.01)

    def _await_reader(self, place: int) -> None:
        """Wait until a reader listens, by the list of that network: nothing is put in for that."""
        listed = Path(f"/proc/{self._process.pid}/net/tcp")
        wanted, ends = f":{FIRST_PORT + 2 * place:04X} 00000000:0000 0A", time.monotonic() + COMES_UP_S_MAX
        while wanted not in listed.read_text():
            assert time.monotonic() < ends, "a virtual reader does not listen"
            time.sleep(0.01)

    def stop(self) -> None:
        """End it, by its own id, and all cards with it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        os.close(self._network)
        self.remove_all()
        self._wires.clear()

    @property
    def is_up(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int:
        return self._process.pid

    def insert(self, card, place: int = 0, pause_s: float = NOTICED_S) -> None:
        """Put a card in, in the place of another; it answers in its own thread until it is pulled out."""
        if place in self._wires:
            self.remove(place)
            time.sleep(pause_s)
        with self._inside():
            wire = VpcdWire(card, FIRST_PORT + 2 * place)
        thread = threading.Thread(target=wire.serve, daemon=True)
        thread.start()
        self._wires[place] = wire, thread

    def remove(self, place: int = 0) -> None:
        """Pull a card out; the service learns of it when it looks."""
        wire, thread = self._wires[place]
        wire.leave()
        thread.join(5)

    def remove_all(self) -> None:
        for place in self._wires:
            self.remove(place)

    @contextmanager
    def _inside(self):
        """For this thread the network is the readers'; a socket stays where it was made."""
        libc = ctypes.CDLL(None, use_errno=True)
        ours = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            assert libc.setns(self._network, _CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            yield
        finally:
            assert libc.setns(ours, _CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            os.close(ours)


@pytest.fixture(scope="session")
def pcsc_service():
    """The service of this process, with two readers."""
    if why_not():
        pytest.skip(why_not())
    service = PcscService()
    yield service
    service.stop()


@pytest.fixture
def pcsc(pcsc_service):
    """The service, up and without cards."""
    if not pcsc_service.is_up:
        pcsc_service.start()
    yield pcsc_service
    pcsc_service.remove_all()
