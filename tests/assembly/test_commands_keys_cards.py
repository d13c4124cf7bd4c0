"""powertill keys … --cards: master keys of cards are loaded by two people, as vending keys are."""

from __future__ import annotations

import pytest

from adapters.db.opening import open_database
from adapters.db.views import ViewReader
from adapters.keys.sealed_file import SealedFile
from gateway.cli import main
from gateway.core.key_ring import KeyState
from gateway.core.views import VendingKeys

GROUP = "powertill-cpu.00000815.wallet"
PLACE = ("--cards", GROUP, "--krn", "12")
ANNA_S = bytes.fromhex("00112233445566778899aabbccddeeff")
BEN_S = bytes.fromhex("00112233445566778899aabbccddeef0")
KEY = bytes(15) + b"\x0f"
#: The first three octets of a block of zeros, enciphered with a key, by openssl enc -aes-128-ecb -nopad.
KCV, KCV_OF_ANNA = "0D68E0", "FDE4FB"
PASSPHRASE = "a passphrase of many words"


@pytest.fixture
def shop(tmp_path, capsys):
    folder = tmp_path / "shop"
    assert main(["init", str(folder)]) == 0
    capsys.readouterr()
    for name, text in {
        "passphrase": PASSPHRASE, "a": ANNA_S.hex(), "b": BEN_S.hex(), "key": KEY.hex(), "long": "11" * 20,
    }.items():  # fmt: skip
        file = folder / name
        file.write_text(text + "\n")
        file.chmod(0o600)
    file = folder / "powertill.toml"
    file.write_text(
        file.read_text() + '\n[keys]\nsealed_file = "keys/keys.sealed"\npassphrase_file = "passphrase"\n'
    )
    return folder


@pytest.fixture
def powertill(shop, capsys, monkeypatch):
    monkeypatch.chdir(shop)

    def run(*words):
        code = main(["keys", *words])
        said = capsys.readouterr()
        for secret in (ANNA_S, BEN_S, KEY):
            assert secret.hex() not in (said.out + said.err).lower()
        return code, said.out, said.err

    return run


def load(powertill, *more, brought=("--component-file", "a")):
    terms = ("--kcv", KCV, "--from", "2026-01-01 00:00")
    return powertill("load", *PLACE, *terms, *brought, *more, "--as", "anna")


def approve(powertill, *brought):
    return powertill("approve", *PLACE, *(brought or ("--component-file", "b")), "--as", "ben")


def states(shop):
    engine = open_database(f"sqlite:///{shop / 'var' / 'powertill.db'}")
    found = [key.state for key in ViewReader(engine).rows(VendingKeys(GROUP))]
    engine.dispose()
    return found


def test_two_people_load_a_master_key_of_cards_in_parts(powertill, shop):
    code, said, complaint = load(powertill)
    assert (code, complaint) == (0, "")
    assert said == (
        f"Loaded        {GROUP}, revision 12\n"
        f"Check value   {KCV}\n"
        "Kept in       sealed\n"
        "From          2026-01-01 00:00 (Asia/Shanghai)\n"
        "Loaded by     anna\n"
        f"Your part     {KCV_OF_ANNA}: compare it with the check value on your own paper\n"
        "\n"
        "It answers no card yet. Next, another person approves it:\n"
        f"  powertill keys approve --cards {GROUP} --krn 12 --component-file FILE\n"
    )
    code, said, complaint = approve(powertill)
    assert (code, complaint) == (0, "")
    assert f"Approved      {GROUP}, revision 12\n" in said
    assert states(shop) == [KeyState.APPROVED]
    file = SealedFile.open(shop / "keys" / "keys.sealed", PASSPHRASE.encode())
    assert file.key(GROUP, 12) == KEY
    assert file.kept((GROUP, 12)).kcv == KCV
    assert main(["ledger", "verify"]) == 0, "the diary tells of the row, and the chain seals the diary"


def test_the_list_has_it_among_the_keys_and_finds_it_by_its_name(powertill):
    load(powertill)
    approve(powertill)
    for words in (("list",), ("list", "--cards", GROUP)):
        code, said, _ = powertill(*words)
        assert code == 0
        (line,) = (line for line in said.splitlines() if GROUP in line)
        assert line.split()[:4] == [GROUP, "12", "serves", KCV]
        assert "1970" not in said
    assert "there is no vending key" in powertill("list", "--cards", "gdw365.0.wallet")[1]


def test_the_whole_key_needs_its_check_value_and_a_second_person(powertill, shop):
    code, _, complaint = load(powertill, brought=("--key-file", "b"))
    assert code != 0
    assert "this is another key" in complaint
    assert load(powertill, brought=("--key-file", "key"))[0] == 0
    assert approve(powertill, "--kcv", KCV)[0] == 0
    assert powertill("withdraw", *PLACE, "--reason", "part 1 was seen", "--as", "carol")[0] == 0
    assert states(shop) == [KeyState.WITHDRAWN]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("visa.0.wallet", "must begin with a kind of card: gdw365, powertill-cpu, sle4442"),
        ("powertill-cpu.00000815.purse", "must end with a key of powertill-cpu: internal, external, params,"),
        ("powertill-cpu.815.wallet", "of powertill-cpu the 8 digits that stand on the cards"),
        ("gdw365.00000815.wallet", "must have a region between kind and key: of gdw365 0"),
        ("sle4442.00000815.internal", "must end with a key of sle4442: code, purchase, returned"),
    ],
)
def test_a_name_of_no_card_key_is_refused_with_what_it_could_be(powertill, name, wrong):
    code, _, complaint = powertill("load", "--cards", name, "--krn", "1", "--kcv", KCV, "--key-file", "key")
    assert code != 0
    assert wrong in complaint


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        (("--base-date", "2014"), "--base-date: is not for the keys of cards; leave it out"),
        (("--limit-kwh", "5"), "--limit-kwh: is not for the keys of cards; leave it out"),
        (("--kt", "2"), "--kt: is not for the keys of cards; leave it out"),
    ],
)
def test_what_only_meters_need_is_refused(powertill, shop, more, wrong):
    code, _, complaint = load(powertill, *more)
    assert code != 0
    assert wrong in complaint
    assert states(shop) == []


def test_a_part_of_another_length_is_refused(powertill):
    code, _, complaint = load(powertill, brought=("--component-file", "long"))
    assert code != 0
    assert "does not hold 32 hexadecimal digits" in complaint


def test_a_vending_key_still_needs_its_base_date(powertill):
    place = ("--sgc", "201457", "--krn", "2")
    code, _, complaint = powertill("load", *place, "--kcv", KCV, "--component-file", "long", "--as", "anna")
    assert code != 0
    assert "--base-date: is missing" in complaint
