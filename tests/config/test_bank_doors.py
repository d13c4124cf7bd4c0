"""A bank's doors in the configuration: one at least, and none that is open to strangers."""

import pytest

from gateway.config import ConfigFault, load_config

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
HERE = 'soap_listen = "tcp:8588:interface=127.0.0.1"\n'
SECRET = 'soap_secret_file = "soap"\n'
BEYOND = [
    "tcp:8588",
    "tcp:8588:interface=192.0.2.1",
    "tcp6:8588",
    "tcp:8588:interface=localhost",
    "systemd:domain=INET:index=0",
]
TLS = 'soap_listen = "ssl:8588:privateKey=key.pem"\n'


@pytest.fixture
def read(tmp_path):
    for name, text in {"chain.hex": "ab" * 32, "soap": "open sesame\n"}.items():
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(text)

    def read(more):
        file = tmp_path / "powertill.toml"
        file.write_text(TOWN + more)
        return load_config(str(file)).banks[0]

    return read


@pytest.fixture
def refused(read):
    def refused(more):
        with pytest.raises(ConfigFault) as caught:
            read(more)
        return str(caught.value)

    return refused


def test_a_bank_without_a_door_is_refused(refused):
    assert "bank.demo.listen: is missing; cure: add the line listen" in refused("")


def test_a_bank_may_have_the_soap_door_alone(read):
    bank = read(HERE)
    assert (bank.listen, bank.soap_listen, bank.soap_secret) == (None, "tcp:8588:interface=127.0.0.1", None)


def test_a_bank_may_have_both_doors_at_two_places(read, refused):
    iso = 'listen = "tcp:8583:interface=127.0.0.1"\n'
    assert read(iso + HERE + SECRET).soap_secret.reveal() == b"open sesame"
    both = refused(iso + HERE.replace("8588", "8583"))
    assert "bank.demo.soap_listen: bank.demo listens there already" in both


@pytest.mark.parametrize("listen", BEYOND)
def test_beyond_this_machine_the_soap_door_needs_tls(refused, listen):
    said = refused(f'soap_listen = "{listen}"\n{SECRET}')
    assert "bank.demo.soap_listen: reaches beyond this machine without TLS" in said
    assert 'cure: begin it with "ssl:"' in said


def test_beyond_this_machine_the_soap_door_needs_a_secret(read, refused):
    assert "reaches beyond this machine and has no secret" in refused(TLS)
    assert read(TLS + SECRET).soap_secret is not None


@pytest.mark.parametrize(
    "listen",
    ["tcp:0:interface=127.0.0.9", "tcp6:8588:interface=\\\\:\\\\:1", "unix:/run/soap",
     "ssl:8588:interface=127.0.0.1"],
)  # fmt: skip
def test_on_this_machine_it_needs_neither(read, listen):
    assert read(f'soap_listen = "{listen}"\n').soap_secret is None


def test_a_secret_without_its_door_is_refused(refused):
    said = refused('listen = "tcp:8583:interface=127.0.0.1"\n' + SECRET)
    assert "bank.demo.soap_secret_file: guards a door that there is not" in said
