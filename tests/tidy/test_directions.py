"""The architecture is a test: the direction rules hold, and each of them would notice."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = {contract["id"] for contract in SETTINGS["contracts"]}

# For each contract, lines which must not pass: the file that gets the line, and the line.
PLANTS = {
    "schemas-alone": [
        ("schemas/planted.py", "import gateway.bits"),
        ("schemas/planted.py", "import adapters.db"),
        ("schemas/planted.py", "import gateway.secret"),
    ],
    "bits-alone": [
        ("gateway/bits.py", "import gateway.core"),
        ("gateway/bits.py", "import gateway.codecs"),
        ("gateway/bits.py", "import schemas"),
        ("gateway/bits.py", "import gateway.events"),
    ],
    "core-inward": [
        ("gateway/core/planted.py", "from gateway.codecs import sts"),
        ("gateway/core/planted.py", "import gateway.ports"),
        ("gateway/core/planted.py", "import schemas"),
        ("gateway/core/planted.py", "from gateway import prepayment"),
        ("gateway/core/planted.py", "import gateway.events"),
        ("gateway/core/planted.py", "from gateway import secret"),
        ("gateway/core/counters.py", "import gateway.tally"),
    ],
    "codecs-inward": [
        ("gateway/codecs/sts/planted.py", "import gateway.core"),
        ("gateway/codecs/iso8583/planted.py", "import gateway.ports"),
        ("gateway/codecs/sts/planted.py", "import gateway.secret"),
    ],
    "codecs-siblings": [
        ("gateway/codecs/sts/planted.py", "import gateway.codecs.iso8583"),
        ("gateway/codecs/card/planted.py", "import gateway.codecs.apdu"),
    ],
    "ports-inward": [
        ("gateway/ports.py", "import gateway.prepayment"),
        ("gateway/ports.py", "import adapters.db"),
        ("gateway/ports.py", "import gateway.tally"),
    ],
    "verbs-inward": [
        ("gateway/prepayment/planted.py", "import adapters.db"),
        ("gateway/metering/planted.py", "import gateway.endpoints"),
        ("gateway/multi_tariff/planted.py", "import gateway.config"),
        ("gateway/prepayment/planted.py", "from gateway.events import event"),
        ("gateway/metering/planted.py", "import gateway.secret"),
        ("gateway/multi_tariff/planted.py", "import gateway.tally"),
        ("gateway/prepayment/planted.py", "import gateway.office"),
    ],
    "verbs-siblings": [
        ("gateway/prepayment/planted.py", "import gateway.multi_tariff"),
        ("gateway/multi_tariff/planted.py", "import gateway.metering"),
        ("gateway/metering/planted.py", "import gateway.prepayment"),
    ],
    "office-over-verbs": [
        ("gateway/office/planted.py", "import gateway.endpoints"),
        ("gateway/office/planted.py", "import adapters.db"),
    ],
    "adapters-inward": [
        ("adapters/db/planted.py", "import gateway.prepayment"),
        ("adapters/keys/planted.py", "import gateway.assembly"),
        ("adapters/keys/planted.py", "import gateway.secret"),
    ],
    "adapters-siblings": [("adapters/db/planted.py", "import adapters.keys")],
    "endpoints-translate": [
        ("gateway/endpoints/planted.py", "import adapters.db"),
        ("gateway/endpoints/planted.py", "import admin_web"),
        ("gateway/endpoints/planted.py", "import gateway.secret"),
    ],
    "admin-web-door": [
        ("admin_web/planted.py", "import adapters.db"),
        ("admin_web/planted.py", "import gateway.tap"),
        ("admin_web/planted.py", "import gateway.secret"),
    ],
    "card-station-by-wire": [
        ("card_station/planted.py", "import gateway.prepayment"),
        ("card_station/planted.py", "import adapters.db"),
        ("card_station/planted.py", "import gateway.endpoints"),
        ("card_station/planted.py", "import gateway.secret"),
    ],
    "simulators-inward": [
        ("gateway/simulators/planted.py", "import gateway.endpoints"),
        ("gateway/simulators/planted.py", "import gateway.proof"),
        ("gateway/simulators/planted.py", "import gateway.tally"),
    ],
    "proof-inward": [
        ("gateway/proof/planted.py", "import adapters.db"),
        ("gateway/proof/planted.py", "import gateway.prepayment"),
        ("gateway/proof/planted.py", "import gateway.events"),
    ],
    "beside-alone": [
        ("gateway/events.py", "import gateway.core"),
        ("gateway/secret.py", "import gateway.config"),
        ("gateway/tally.py", "import gateway.ports"),
    ],
    "beside-siblings": [
        ("gateway/events.py", "import gateway.secret"),
        ("gateway/secret.py", "import gateway.events"),
        ("gateway/tally.py", "import gateway.events"),
    ],
    "core-libraries": [
        ("gateway/core/planted.py", "import sqlalchemy"),
        ("gateway/ports.py", "from twisted.internet.defer import Deferred"),
        ("gateway/prepayment/planted.py", "import lxml.etree"),
        ("gateway/tally.py", "import twisted"),
    ],
    "core-world": [
        ("gateway/core/planted.py", "import time"),
        ("gateway/core/planted.py", "from random import randrange"),
        ("gateway/core/planted.py", "import logging"),
        ("gateway/codecs/sts/planted.py", "import socket"),
        ("gateway/metering/planted.py", "import secrets"),
    ],
    "codecs-libraries": [("gateway/codecs/iso8583/planted.py", "import lxml.etree")],
    "adapters-libraries": [("adapters/db/planted.py", "import klein")],
    "database-in-one-place": [
        ("adapters/keys/planted.py", "import sqlalchemy"),
        ("gateway/assembly/planted.py", "import sqlite3"),
    ],
    "notices-in-one-place": [
        ("adapters/keys/planted.py", "import treq"),
        ("adapters/db/planted.py", "from treq.client import HTTPClient"),
    ],
    "keys-in-one-place": [
        ("adapters/db/planted.py", "import argon2"),
        ("adapters/messages/planted.py", "import pkcs11"),
        ("adapters/metrics/planted.py", "import cryptography"),
        ("adapters/keys/planted.py", "import pyotp"),
    ],
    "card-readers-in-one-place": [
        ("adapters/keys/planted.py", "import smartcard"),
        ("gateway/assembly/planted.py", "from smartcard import scard"),
        ("adapters/card_reader/planted.py", "from smartcard.CardMonitoring import CardMonitor"),
    ],
    "spyne-in-one-place": [
        ("gateway/endpoints/soap_contract.py", "from spyne.server import ServerBase"),
        ("gateway/endpoints/planted.py", "import six"),
        ("adapters/keys/planted.py", "import spyne"),
    ],
    "spyne-behind-the-contract": [
        ("gateway/endpoints/bank_soap.py", "import gateway.endpoints.soap_compat"),
        ("gateway/assembly/planted.py", "import gateway.endpoints.soap_compat"),
    ],
    "lxml-behind-the-envelope": [
        ("gateway/endpoints/soap_orders.py", "from lxml import etree"),
        ("gateway/config/planted.py", "import lxml.etree"),
    ],
    "endpoints-libraries": [("gateway/endpoints/planted.py", "import sqlalchemy")],
    "admin-web-libraries": [
        ("admin_web/planted.py", "import lxml.etree"),
        ("admin_web/planted.py", "import argon2"),
    ],
    "card-station-libraries": [
        ("card_station/planted.py", "import smartcard"),
        ("card_station/planted.py", "import cryptography"),
    ],
    "fuse-box-libraries": [
        ("gateway/assembly/planted.py", "import cryptography"),
        ("gateway/tap.py", "import lxml.etree"),
    ],
    "simulators-libraries": [("gateway/simulators/planted.py", "import smartcard")],
    "proof-libraries": [("gateway/proof/planted.py", "import cryptography")],
}

INWARD = {"bits", "core", "codecs", "ports"}
VERBS = {"prepayment", "metering", "multi_tariff"}
COUNTED = {"events", "tally"}
# What each contract leaves open of the gateway; the rest it must forbid by name.
OPEN = {
    "bits-alone": {"bits"},
    "core-inward": {"core", "bits"},
    "codecs-inward": {"codecs", "bits"},
    "ports-inward": INWARD,
    "verbs-inward": INWARD | VERBS,
    "adapters-inward": INWARD | COUNTED,
    "office-over-verbs": INWARD | VERBS | {"office"},
    "endpoints-translate": INWARD | VERBS | COUNTED | {"endpoints"},
    "admin-web-door": INWARD | VERBS | COUNTED | {"endpoints", "office"},
    "card-station-by-wire": INWARD | COUNTED,
    "simulators-inward": INWARD | {"simulators"},
    "proof-inward": INWARD | {"simulators", "proof"},
    "beside-alone": {"events", "secret", "tally"},
}


def check(tree: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import importlinter.cli as c; c.lint_imports_command()"]
    wanted = [word for contract in contracts for word in ("--contract", contract)]
    return subprocess.run(
        [*command, "--no-logo", "--no-cache", *wanted],
        cwd=tree,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the packages, in which a test may plant what it likes."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in SETTINGS["root_packages"]:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture
def plant(tree):
    """Adds a line to a file of the copy, and takes it away again."""
    planted = []

    def add(name: str, line: str) -> None:
        file = tree / name
        file.parent.mkdir(exist_ok=True)
        planted.append((file, file.read_text() if file.exists() else None))
        file.write_text((planted[-1][1] or "") + f"\n{line}\n")

    yield add
    for file, before in reversed(planted):
        if before is None:
            file.unlink()
        else:
            file.write_text(before)


def test_the_directions_hold():
    ended = check(ROOT)
    assert ended.returncode == 0, ended.stdout


def test_every_contract_has_a_planted_violation():
    assert set(PLANTS) == CONTRACTS


@pytest.mark.parametrize("contract", OPEN)
def test_whatever_stands_in_the_gateway_is_open_or_forbidden(contract):
    # A contract forbids by name: what comes later would be free to all, and nobody would notice.
    gateway = ROOT / "gateway"
    files = {file.stem for file in gateway.glob("*.py")} - {"__init__"}
    rooms = files | {file.parent.name for file in gateway.glob("*/__init__.py")}
    forbidden = next(row["forbidden_modules"] for row in SETTINGS["contracts"] if row["id"] == contract)
    assert rooms - {name.removeprefix("gateway.") for name in forbidden} == OPEN[contract]


@pytest.mark.parametrize(
    ("contract", "file", "line"),
    [(contract, file, line) for contract, plants in PLANTS.items() for file, line in plants],
)
def test_a_planted_violation_is_caught(tree, plant, contract, file, line):
    plant(file, line)

    ended = check(tree, contract)

    importer, imported = file.removesuffix(".py").replace("/", "."), line.split()[1].split(".")[0]
    assert ended.returncode == 1
    assert "0 kept, 1 broken" in ended.stdout, ended.stdout
    assert f"{importer} -> {imported}" in ended.stdout, ended.stdout


def test_the_card_station_may_know_the_card_reader(tree, plant):
    plant("adapters/card_reader/__init__.py", "")
    plant("card_station/planted.py", "import adapters.card_reader")

    assert check(tree, "card-station-by-wire").returncode == 0


def imports_of(source: str) -> set[str]:
    """Name every module that a source text imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def is_ours(module: str) -> bool:
    return module.startswith(".") or module.partition(".")[0] in SETTINGS["root_packages"]


def test_the_twistd_plugins_import_nothing_of_ours():
    # The folder is no package, so import-linter does not see it.
    files = sorted((ROOT / "twisted_plugins").glob("*.py"))
    assert files
    assert [
        (file.name, name) for file in files for name in imports_of(file.read_text()) if is_ours(name)
    ] == []


@pytest.mark.parametrize("line", ["import gateway.tap", "from gateway import tap", "from .x import y"])
def test_a_twistd_plugin_that_imports_ours_is_caught(line):
    assert any(is_ours(name) for name in imports_of(line))
