"""Canary keys: bytes that nobody else writes are looked for wherever a gateway has left or holds anything.

Vending keys are loaded by two people and sold under, and the gateway is killed. Then every file of its folder
and every line of its log is searched for them, as octets, hexadecimal digits and base64. Of a key in a
PKCS#11 module the gateway's own memory is searched too: a core would hold just that.
"""

from __future__ import annotations

import base64
import hmac
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import drn
from tests.daemon import PROFILE, ROOT, make_place
from tests.softhsm import LABEL, MODULE, PIN, SoftHsm, is_installed

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("softhsm")]

CANARY = bytes.fromhex("c0ffee00dead5e1fcafe4b1d0ddba11f00d5eed5")
PASSPHRASE = b"canary passphrase that nobody else writes"
FIRST = bytes.fromhex("5ca1ab1e0b5e55ed5eed0fd15c0c0a57beefed00")
PARTS = {"a.hex": FIRST, "b.hex": bytes(x ^ y for x, y in zip(CANARY, FIRST, strict=True))}
KCV = hmac.digest(CANARY, bytes(8), "sha256")[:3].hex().upper()
GIVEN = {"a.hex", "b.hex", "passphrase", "pin"}
"""What the test itself has written secrets into."""

SEALED = """
[keys]
sealed_file = "vending.sealed"
passphrase_file = "passphrase"
"""
IN_MODULE = f"""
[keys]
pkcs11_module = "{MODULE}"
pkcs11_token = "{LABEL}"
pkcs11_pin_file = "pin"
"""


def spellings(secret: bytes) -> list[bytes]:
    digits = secret.hex().encode()
    return [secret, digits, digits.upper(), base64.b64encode(secret).rstrip(b"=")]


def write(file: Path, octets: bytes) -> None:
    file.touch(mode=0o600)
    file.write_bytes(octets)


def powertill(place, *words: str) -> str:
    command = [sys.executable, "-m", "gateway.cli", *words]
    path = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=place.folder, env=path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def load(place, *first: str, second: tuple[str, ...]) -> str:
    """Two people load the canary as revision 2 of the town's group."""
    named = ("--sgc", "201457", "--krn", "2")
    known = ("--base-date", "2014", "--kcv", KCV)
    said = powertill(place, "keys", "load", *named, *known, *first, "--as", "anna")
    return said + powertill(place, "keys", "approve", *named, *second, "--as", "ben")


def sold(place, **more) -> str:
    """Sell to two meters, and end the gateway by an abort that would leave a core; its log."""
    gateway = place.start()
    with gateway:
        gateway.up()
        with gateway.caller("east") as bank:
            for meter in (1, 2):
                answer = bank.ask(bank.messages.payment(drn(meter), 10_000))
                assert answer.fields[39] == "00", answer
                assert "T4" in PROFILE.tags_of(48, answer.fields[48])
        for look in more.get("looks", ()):
            look(gateway.process.pid)
        gateway.process.send_signal(signal.SIGABRT)
        gateway.ended()
    return gateway.log()


def assert_nowhere(place, said: str, secrets: list[bytes]) -> None:
    files = [file for file in place.folder.rglob("*") if file.is_file() and file.name not in GIVEN]
    assert not [file.name for file in files if file.name.startswith("core")]
    places = {str(file): file.read_bytes() for file in files} | {"the log": said.encode()}
    found = [
        name
        for name, octets in places.items()
        for secret in secrets
        if any(spelling in octets for spelling in spellings(secret))
    ]
    assert found == []


@pytest.fixture
def cores():
    """Let every process of this test write cores, if it does not forbid it to itself."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.mark.usefixtures("cores")
def test_a_key_of_the_sealed_file_is_nowhere_in_the_clear(tmp_path):
    place = make_place(tmp_path / "place", 3, SEALED)
    write(place.folder / "passphrase", PASSPHRASE)
    for name, part in PARTS.items():
        write(place.folder / name, part.hex().encode())
    said = load(place, "--component-file", "a.hex", second=("--component-file", "b.hex"))
    said += sold(place)
    said += powertill(place, "keys", "list")
    assert_nowhere(place, said, [CANARY, PASSPHRASE, *PARTS.values()])


@pytest.mark.skipif(not is_installed() and "POWERTILL_CI" not in os.environ, reason="no softhsm2 here")
@pytest.mark.usefixtures("cores")
def test_a_key_of_the_module_is_not_even_in_the_gateways_memory(tmp_path, monkeypatch):
    place = make_place(tmp_path / "place", 3, IN_MODULE)
    hsm = SoftHsm(place.folder)
    hsm.add_key("vk-2", CANARY)
    for name, text in hsm.environment.items():
        monkeypatch.setenv(name, text)
    write(place.folder / "pin", PIN.encode())
    said = load(place, "--keeper", "pkcs11", "--label", "vk-2", second=("--kcv", KCV))
    seen: list[bool] = []
    said += sold(place, looks=[lambda pid: seen.append(is_in_memory(pid, CANARY))])
    assert seen == [False]
    assert_nowhere(place, said, [CANARY, PIN.encode()])


def is_in_memory(pid: int, secret: bytes) -> bool:
    """Read all that a process has in its memory; what surely is there must be found, too."""
    chunks = []
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            start, end = (int(part, 16) for part in span.split("-"))
            if not rights.startswith("r") or "[v" in line:
                continue
            try:
                memory.seek(start)
                chunks.append(memory.read(end - start))
            except (OSError, ValueError, OverflowError):
                continue
    assert any(b"powertill.keys" in chunk for chunk in chunks)
    return any(spelling in chunk for chunk in chunks for spelling in spellings(secret))
