"""The fuse box of a bank: which doors it gets, and that they share what they must share."""

import json
import logging

import pytest
from twisted.internet.task import Clock

import schemas
from gateway.assembly.prepayment import BankEntrances, SetUpFault, Wires
from gateway.config import load_config
from gateway.tally import NoTally
from tests.builders import NOON, issuer, pricing

TOWN = """\
[utility]
name = "Town"
currency = "CNY"
timezone = "Asia/Shanghai"
[database]
url = "sqlite:///ledger.db"
[ledger]
chain_key_file = "chain.hex"
[[bank]]
code = "demo"
"""
ISO = 'listen = "tcp:8583:interface=127.0.0.1"\n'
SOAP = 'soap_listen = "tcp:8588:interface=127.0.0.1"\n'


@pytest.fixture
def entrances(tmp_path):
    """The doors of the one bank that a text describes."""
    (tmp_path / "chain.hex").touch(mode=0o600)
    (tmp_path / "chain.hex").write_text("ab" * 32)

    def entrances(more):
        file = tmp_path / "powertill.toml"
        file.write_text(TOWN + more)
        config = load_config(str(file))
        wires = Wires(None, pricing(), issuer(), NoTally(), Clock(), lambda: NOON, lambda _point: None)
        return BankEntrances(config, wires).of(config.banks[0])

    return entrances


def test_a_bank_gets_the_doors_it_names(entrances):
    assert [door.kind for door in entrances(ISO)] == ["iso8583"]
    assert [door.kind for door in entrances(SOAP)] == ["soap"]
    assert [(door.kind, door.listen[:8]) for door in entrances(ISO + SOAP)] == [
        ("iso8583", "tcp:8583"),
        ("soap", "tcp:8588"),
    ]


def test_both_doors_make_their_commands_in_one_place_and_post_in_one(entrances):
    iso, soap = (door.factory for door in entrances(ISO + SOAP))
    assert iso.door.orders.orders is soap.bank_door.orders
    assert iso.door.posting is soap.bank_door.posting


def test_each_door_says_how_it_stands(entrances):
    checks = [door.look() for door in entrances(ISO + SOAP)]
    assert [(check.name, check.standing.value) for check in checks] == [
        ("bank.demo", "degraded"),
        ("bank.demo.soap", "ok"),
    ]


def test_a_signed_sign_on_needs_its_secret_at_the_iso_8583_door_only(entrances):
    with pytest.raises(SetUpFault, match="set sign_on_secret_file"):
        entrances('profile = "altopay"\n' + ISO)
    assert len(entrances('profile = "altopay"\n' + SOAP)) == 1


@pytest.mark.parametrize(
    ("changes", "warnings"),
    [({}, 0), ({"key_fields": [["37", "7.date"]]}, 1), ({"digest_fields": ["meter", "4"]}, 1)],
)
def test_doors_that_do_not_know_each_other_s_payments_are_told_to_the_operator(
    entrances, tmp_path, caplog, changes, warnings
):
    tables = schemas.load("iso8583/default.json")
    tables["door"] |= changes
    (tmp_path / "own.json").write_text(json.dumps(tables))
    entrances('profile = "own.json"\n' + ISO + SOAP)
    told = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [record.getMessage() for record in told] == ["bank.doors_differ"] * warnings
