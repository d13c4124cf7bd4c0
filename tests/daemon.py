"""A real gateway as a process of its own, which may be killed at any moment, and a bank that calls it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, Self

import schemas
from adapters.db.journal_reader import JournalReader
from adapters.db.opening import open_database
from adapters.db.registry import Registry, StoredTariff
from gateway.codecs.iso8583.framing import FrameReader
from gateway.proof.check import check_books
from gateway.proof.check_days import check_days
from gateway.proof.verify import verify
from gateway.simulators.bank_messages import BankIdentity, BankMessages
from gateway.simulators.bank_profile import BankProfile
from tests.builders import CHAIN_SECRET, VENDING_KEY, database, entered

if TYPE_CHECKING:
    from gateway.core.journal import SaleRow, TokenRow

ROOT = Path(__file__).parents[1]
PROFILE = BankProfile.named("default")
PORTS = {"east": 8583, "west": 8584}
#: Nothing here takes this long; a gateway that is silent for longer hangs.
SILENCE_S_MAX = 60

CONFIG = """\
[utility]
name = "Riverside Power"
currency = "CNY"
timezone = "Asia/Shanghai"

[database]
url = "sqlite:///till.db"

[ledger]
chain_key_file = "chain.hex"

[[vending_key]]
sgc = "201457"
krn = 1
file = "key.hex"

# East gets its token with the answer, West's credits wait until they are fetched.
[[bank]]
code = "east"
listen = "tcp:8583:interface={host}"

[[bank]]
code = "west"
listen = "tcp:8584:interface={host}"
token_in_answer = false
"""

_hosts = itertools.count(1)


def free_host() -> str:
    """A loopback address that no other test uses: its ports are free, however often a gateway starts."""
    pid = os.getpid()
    return f"127.{1 + (pid >> 8) % 254}.{1 + pid % 254}.{1 + next(_hosts) % 254}"


def make_place(
    folder: Path, meters: int, more: str = "", config: str = CONFIG, url: str | None = None, files=None
) -> Place:
    """Make the books of a small town, with everything that a gateway needs beside them.

    ``url`` names empty books on a server; without it they are embedded. ``files`` are the meters themselves.
    """
    folder.mkdir(exist_ok=True)
    if url is None:
        opened = database(folder / "till.db", meters, meters=files)
    else:
        opened = entered(open_database(url), meters, meters=files)
    since = datetime(2020, 1, 1, tzinfo=UTC)
    tariff = StoredTariff("domestic", "domestic-1", since, schemas.load("tariff/domestic.json"))
    Registry(opened).enter_tariff(tariff)
    opened.dispose()
    key = folder / "key.hex"
    key.touch(mode=0o600)
    key.write_text(VENDING_KEY.hex())
    chain_key = folder / "chain.hex"
    chain_key.touch(mode=0o600)
    chain_key.write_text(CHAIN_SECRET.hex())
    # twistd finds its plug-ins in a folder of this name on the path; an installed tree has it already.
    plugins = folder / "path" / "twisted" / "plugins"
    plugins.mkdir(parents=True)
    shutil.copy(ROOT / "twisted_plugins" / "powertill_plugin.py", plugins)
    if url is not None:
        config = config.replace("sqlite:///till.db", url)
    return Place(folder, free_host(), config + more, url)


class Found(NamedTuple):
    """What stands in the books of a place."""

    sales: list[SaleRow]
    tokens: list[TokenRow]


class Place:
    """A folder with books, keys and a configuration, and the address where its gateway listens."""

    def __init__(self, folder: Path, host: str, config: str, url: str | None = None):
        self.folder, self.host, self._config = folder, host, config
        self._url = f"sqlite:///{folder / 'till.db'}" if url is None else url
        (folder / "powertill.toml").write_text(config.format(host=host))

    @property
    def url(self) -> str:
        """Where its books are."""
        return self._url

    def copied(self, folder: Path) -> Place:
        shutil.copytree(self.folder, folder)
        return Place(folder, free_host(), self._config)

    def assert_sound(self, *, is_untouched: bool = True) -> Found:
        """Let the independent checkers read the whole book; what is in it is given back.

        ``is_untouched``: the test itself has changed no row that is sealed.
        """
        opened = open_database(self._url)
        try:
            journal = JournalReader(opened)
            assert check_books(journal) == []
            assert check_days(journal, journal.standing().days, journal.closed_days()) == []
            verdict = verify(journal.sealed(), CHAIN_SECRET, journal.standing(), {})
            assert (verdict.findings == []) is is_untouched
            return Found(list(journal.sales()), list(journal.tokens()))
        finally:
            opened.dispose()

    def start(self, crash: str | None = None, *options: str) -> Gateway:
        return Gateway(self, crash, options)


class Gateway:
    """``twistd -n powertill`` of a place. Its log is read as it comes, so that it can never fill a pipe."""

    def __init__(self, place: Place, crash: str | None, options: tuple[str, ...]):
        self.place = place
        self.lines: list[str] = []
        self._is_up = threading.Event()
        twistd = Path(sys.executable).with_name("twistd")
        path = os.pathsep.join([str(ROOT), str(place.folder / "path")])
        variables = {name: text for name, text in os.environ.items() if name != "POWERTILL_CRASH"}
        if crash is not None:
            variables["POWERTILL_CRASH"] = crash
        self.process = subprocess.Popen(
            [twistd, "-n", "--pidfile=", "powertill", "--config", "powertill.toml", *options],
            cwd=place.folder,
            env=variables | {"PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.ended()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.append(line.rstrip())
            if "gateway.started" in line:
                self._is_up.set()
        self._is_up.set()

    def up(self) -> Gateway:
        assert self._is_up.wait(SILENCE_S_MAX)
        assert self.process.poll() is None, self.log()
        return self

    def kill(self) -> None:
        self.process.kill()

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        code = self.process.wait(SILENCE_S_MAX)
        self._reader.join(SILENCE_S_MAX)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def stop(self) -> None:
        """End in good order: twistd finishes its work, and then ends by the signal that it was sent."""
        self.terminate()
        assert self.ended() == -signal.SIGTERM, self.log()
        assert self.events("gateway.stopped") == [{"in_order": True}], self.log()

    def log(self) -> str:
        return "\n".join(self.lines)

    def events(self, name: str) -> list[dict]:
        logged = [json.loads(line) for line in self.lines if line.startswith("{")]
        return [line["fields"] for line in logged if line["event"] == name]

    def assert_no_fault(self) -> None:
        bad = [line for line in self.lines if '"level": "error"' in line or '"level": "critical"' in line]
        assert not bad, "\n".join(bad)

    def caller(self, bank: str, first_trace: int = 1) -> Caller:
        messages = BankMessages(PROFILE, BankIdentity(), first_trace=first_trace)
        return Caller((self.place.host, PORTS[bank]), messages)


class HungUp(Exception):  # noqa: N818 - it says what happened
    """The gateway is gone; what was asked may have been done."""


class Caller:
    """One link of a bank with plain blocking sockets, signed on."""

    def __init__(self, address: tuple[str, int], messages: BankMessages):
        self.messages = messages
        self._frames = FrameReader(PROFILE.framing)
        self._heard: list = []
        self.wire = socket.create_connection(address, timeout=SILENCE_S_MAX)
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            assert self.ask(messages.sign_on()).fields[39] == "00"
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.wire.close()

    def send(self, *requests) -> None:
        """Send them in one breath, so that the gateway has them all at once."""
        spec, framing = PROFILE.spec, PROFILE.framing
        try:
            self.wire.sendall(b"".join(framing.wrap(spec.encode(one.mti, one.fields)) for one in requests))
        except OSError as fault:
            raise HungUp from fault

    def hear(self):
        """The next answer; HungUp at the end of the stream."""
        while not self._heard:
            try:
                chunk = self.wire.recv(65_536)
            except ConnectionError as fault:
                raise HungUp from fault
            if not chunk:
                raise HungUp
            self._heard += self._frames.receive(chunk)
        return PROFILE.spec.decode(self._heard.pop(0).payload)

    def ask(self, request):
        self.send(request)
        answer = self.hear()
        assert answer.fields[11] == request.fields[11], "the answer to something else"
        return answer

    def remaining(self) -> list:
        """All answers until the gateway is gone."""
        found = []
        try:
            while True:
                found.append(self.hear())
        except HungUp:
            return found


def decided(answer) -> tuple[str, dict[int, str]]:
    """What was decided: all of an answer but the time at which it was asked for."""
    return answer.mti, {number: text for number, text in answer.fields.items() if number != 7}


def token_of(answer) -> str | None:
    return PROFILE.tags_of(48, answer.fields[48]).get("TK") if 48 in answer.fields else None


def again(messages: BankMessages, request):
    """The same order once more, as a bank repeats it: another type and transmission time, the same key."""
    repeated = messages.repeat(request)
    if request.mti == "0200":
        return repeated
    return type(request)(f"{request.mti[:3]}1", repeated.fields, None, PROFILE.spec.secrets)
