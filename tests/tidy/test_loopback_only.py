"""The suite itself is watched: a test that would leave the machine fails before it does."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

# Addresses kept for documentation (RFC 5737, RFC 3849): nobody is there.
ELSEWHERE = [(socket.AF_INET, ("192.0.2.1", 9)), (socket.AF_INET6, ("2001:db8::1", 9))]
CONFTEST = Path(__file__).parents[1] / "conftest.py"


@pytest.mark.parametrize(("family", "address"), ELSEWHERE)
def test_a_connection_to_another_machine_is_refused(family, address):
    with socket.socket(family) as outbound, pytest.raises(RuntimeError, match="only loopback"):
        outbound.connect(address)


def test_a_datagram_to_another_machine_is_refused():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outbound,
        pytest.raises(RuntimeError, match="only loopback"),
    ):
        outbound.sendto(b"", ELSEWHERE[0][1])


@pytest.mark.parametrize("host", ["0.0.0.0", ""])  # noqa: S104 - the test is that these are refused
def test_a_door_open_to_the_network_is_refused(host):
    with socket.socket() as door, pytest.raises(RuntimeError, match="only loopback"):
        door.bind((host, 0))


def test_the_name_of_another_machine_is_not_looked_up():
    with pytest.raises(RuntimeError, match="only loopback"):
        socket.getaddrinfo("bank.example", 9)


def test_loopback_is_open():
    with (
        socket.create_server(("127.0.0.1", 0)) as door,
        socket.create_connection(door.getsockname()) as caller,
    ):
        assert caller.getpeername() == door.getsockname()


SKIPS = {
    "a test that skips": "import pytest\ndef test_it():\n    pytest.skip('no reader here')\n",
    "a file that skips": "import pytest\npytest.skip('no reader here', allow_module_level=True)\n",
}


@pytest.mark.parametrize("source", SKIPS.values(), ids=SKIPS.keys())
@pytest.mark.parametrize("build_machine", ["0", "1"])
def test_on_the_build_machine_a_skip_is_a_failure(tmp_path, source, build_machine):
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "test_it.py").write_text(source)

    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        env={**os.environ, "POWERTILL_CI": build_machine},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "no reader here" in ended.stdout or build_machine == "0"
    assert ("error" in ended.stdout or "failed" in ended.stdout) == (build_machine == "1")
