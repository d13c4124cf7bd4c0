"""The [keys] table: where vending keys are kept, refused by the line where half of it is missing."""

from __future__ import annotations

import pytest

from gateway.cli import main
from gateway.config import ConfigFault, load_config
from gateway.config.keys import KeysSettings
from gateway.secret import Secret


@pytest.fixture
def shop(tmp_path, capsys):
    """A gateway's folder, and what is added to its configuration."""
    folder = tmp_path / "shop"
    assert main(["init", str(folder)]) == 0
    capsys.readouterr()
    for name, text in (("passphrase", "a passphrase of many words"), ("short", "too short"), ("pin", "1234")):
        file = folder / "keys" / name
        file.write_text(text)
        file.chmod(0o600)
    (folder / "module.so").write_bytes(b"\x7fELF")
    return folder


def keys(shop, *lines):
    file = shop / "powertill.toml"
    file.write_text(file.read_text() + "\n[keys]\n" + "\n".join(lines) + "\n")
    return load_config(str(file)).keys


def fault(shop, *lines):
    with pytest.raises(ConfigFault) as caught:
        keys(shop, *lines)
    return str(caught.value)


SEALED = ('sealed_file = "keys/keys.sealed"', 'passphrase_file = "keys/passphrase"')
MODULE = ('pkcs11_module = "module.so"', 'pkcs11_token = "sts"', 'pkcs11_pin_file = "keys/pin"')


def test_without_the_table_there_is_no_such_place(shop):
    assert load_config(str(shop / "powertill.toml")).keys == KeysSettings()


def test_a_sealed_file_has_a_passphrase_and_need_not_be_there_yet(shop):
    found = keys(shop, *SEALED)
    assert found.sealed_file == shop / "keys" / "keys.sealed"
    assert found.passphrase == Secret(b"a passphrase of many words")
    assert "passphrase of" not in repr(found)


def test_a_module_has_a_token_and_a_pin(shop):
    found = keys(shop, *MODULE)
    assert (found.pkcs11_module, found.pkcs11_token) == (shop / "module.so", "sts")
    assert found.pkcs11_pin == Secret(b"1234")
    assert "1234" not in repr(found)


@pytest.mark.parametrize("lines", [SEALED, MODULE])
def test_half_of_a_place_is_refused_by_what_is_missing(shop, lines):
    for left_out in lines:
        name = left_out.partition(" ")[0]
        said = fault(shop, *(line for line in lines if line != left_out))
        assert f"keys.{name}: is missing beside keys." not in said
        assert f"keys.{name}: is missing beside" in said
        file = shop / "powertill.toml"
        file.write_text(file.read_text().partition("\n[keys]\n")[0])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (('sealed_file = "nowhere/k"', SEALED[1]), "keys.sealed_file: the folder"),
        ((SEALED[0], 'passphrase_file = "keys/short"'), "holds less than 16 characters"),
        ((SEALED[0], 'passphrase_file = "keys/nix"'), "keys.passphrase_file:"),
        (('pkcs11_module = "nix.so"', *MODULE[1:]), "keys.pkcs11_module:"),
        (('sta_tables = "nix.json"',), "keys.sta_tables:"),
        (('sealed = "x"',), "keys.sealed: is not a key of the configuration"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(shop, lines, words):
    said = fault(shop, *lines)
    assert words in said
    assert said.startswith(f"{shop / 'powertill.toml'}:")


def test_a_passphrase_that_others_may_read_is_refused(shop):
    (shop / "keys" / "passphrase").chmod(0o640)
    assert "may be read or changed by others" in fault(shop, *SEALED)


def test_the_tables_of_ea07_are_a_small_file(shop):
    tables = shop / "sta.json"
    tables.write_text("{}")
    assert keys(shop, 'sta_tables = "sta.json"').sta_tables == tables
    tables.write_bytes(b" " * 65_537)
    with pytest.raises(ConfigFault, match="is larger than 65536 bytes"):
        load_config(str(shop / "powertill.toml"))
