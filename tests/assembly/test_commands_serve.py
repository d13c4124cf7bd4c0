"""powertill serve as its own process: a shop is opened, sells, and closes in good order."""

import json
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

CALL = [sys.executable, "-m", "gateway.cli"]
#: Nothing here takes this long.
SILENCE_S_MAX = 60


def powertill(*words):
    return subprocess.run([*CALL, *words], check=False, capture_output=True, text=True, timeout=SILENCE_S_MAX)


def found(pattern, text):
    match = re.search(pattern, text)
    assert match, text
    return match[1]


def free_ports(count):
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture
def shop(tmp_path):
    """A shop in a town, at free ports: its configuration, a meter, and the bank's port."""
    told = powertill("init", str(tmp_path / "shop"), "--town").stdout
    bank, health, admin = free_ports(3)
    config = tmp_path / "shop" / "powertill.toml"
    text = config.read_text().replace("tcp:8583", f"tcp:{bank}").replace("tcp:9583", f"tcp:{health}")
    config.write_text(text.replace(":8443", f":{admin}"))
    return config, found(r"pay (\d{11})", told), str(bank)


def started(config, *words):
    process = subprocess.Popen(
        [*CALL, "serve", "--config", str(config), *words], stderr=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "gateway.started" in line:
            return process
    process.wait()
    raise AssertionError("the gateway did not start")


@pytest.mark.slow
def test_a_shop_takes_a_deposit_sells_and_closes_in_good_order(shop):
    config, meter, port = shop
    config.write_text(config.read_text().replace("covered = false", "covered = true"))
    gateway = started(config)
    try:
        deposited = powertill("deposit", "--config", str(config), "east", "500.00", "ST-1")
        assert "Balance     CNY 500.00" in deposited.stdout
        sold = powertill("bank-sim", "--port", port, "tour", meter, "100.00")
        assert (sold.returncode, sold.stderr) == (0, "")
        again = powertill("bank-sim", "--port", port, "pay", meter, "50.00")
        assert again.returncode == 0
        gateway.send_signal(signal.SIGTERM)
        rest = gateway.communicate(timeout=SILENCE_S_MAX)[1]
    finally:
        gateway.kill()
        gateway.communicate()
    assert gateway.returncode == 0
    assert '"gateway.stopped"' in rest
    checked = powertill("check", "--config", str(config))
    assert checked.stdout == "the books are sound: 3 entries, 2 sales, 2 tokens\n"

    token = found(r"\nToken +([\d ]+)\n", sold.stdout).split()
    key = next((config.parent / "keys").iterdir())
    meter_words = ["--pan", meter, "--sgc", "201457", "--krn", "1", "--ti", "01", "--base-date", "2014"]
    state = ["--key-file", str(key), "--state", str(config.parent / "meter.json")]
    typed = powertill("meter-sim", "type", *meter_words, *state, *token)
    assert typed.stdout.startswith("accepted    204.7 kWh\n")


@pytest.mark.slow
def test_a_port_that_is_taken_ends_with_its_reason(shop):
    config, _, port = shop
    with socket.create_server(("127.0.0.1", int(port))):
        ended = powertill("serve", "--config", str(config))
    assert ended.returncode == 1
    *log, reason = ended.stderr.splitlines()
    assert all(json.loads(line) for line in log)
    assert reason.startswith("powertill serve: the gateway ended: ")
    assert port in reason


@pytest.mark.slow
def test_nobody_at_the_port_is_said_in_a_sentence(shop):
    ended = powertill("bank-sim", "--port", shop[2], "echo")
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"powertill bank-sim: --port: nobody answers at 127.0.0.1:{shop[2]}")
    assert ended.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_peer_that_hangs_up_is_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = str(door.getsockname()[1])
        calling = subprocess.Popen(
            [*CALL, "bank-sim", "--port", port, "echo"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        door.accept()[0].close()
        said = calling.communicate(timeout=SILENCE_S_MAX)[1]
    assert calling.returncode == 1
    assert "the connection is lost" in said
    assert "Traceback" not in said
