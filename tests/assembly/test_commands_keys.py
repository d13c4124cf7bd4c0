"""powertill keys: two people load a key in parts, whole or in a module; what is printed, refused and kept."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from adapters.db import office_write, posting_batch
from adapters.db import tables as t
from adapters.db.opening import open_database
from adapters.db.views import ViewReader
from adapters.keys.sealed_file import SealedFile
from gateway.cli import main
from gateway.core.key_ring import KeyState
from gateway.core.key_words import KeyRefusal
from gateway.core.views import VendingKeys
from tests.builders import VENDING_KEY
from tests.vending_keys import ANNA_S, BEN_S, KCV, kcv

PLACE = ("--sgc", "201457", "--krn", "2")
TERMS = (*PLACE, "--base-date", "2014", "--kcv", KCV)
FROM = ("--from", "2030-01-01 00:00")
PASSPHRASE = "a passphrase of many words"


@pytest.fixture
def shop(tmp_path, capsys):
    folder = tmp_path / "shop"
    assert main(["init", str(folder)]) == 0
    capsys.readouterr()
    (folder / "ceremony").mkdir()
    secrets = {"passphrase": PASSPHRASE, "a": ANNA_S.hex(), "b": BEN_S.hex(), "key": VENDING_KEY.hex()}
    for name, text in {**secrets, "other": "11" * 20, "short": "11" * 8, "zeros": "00" * 20}.items():
        file = folder / "ceremony" / name
        file.write_text(text + "\n")
        file.chmod(0o600)
    file = folder / "powertill.toml"
    lines = '\n[keys]\nsealed_file = "keys/keys.sealed"\npassphrase_file = "ceremony/passphrase"\n'
    file.write_text(file.read_text() + lines)
    return folder


@pytest.fixture
def powertill(shop, capsys, monkeypatch):
    """Run a command in the shop: its exit code, and what it said; no key is ever among it."""
    monkeypatch.chdir(shop)

    def run(*words):
        code = main(["keys", *words])
        said = capsys.readouterr()
        for secret in (ANNA_S, BEN_S, VENDING_KEY, PASSPHRASE.encode()):
            assert secret.hex() not in (said.out + said.err).lower()
        assert PASSPHRASE not in said.out + said.err
        return code, said.out, said.err

    return run


def part(name):
    return "--component-file", f"ceremony/{name}"


def load(powertill, *brought, by="anna"):
    return powertill("load", *TERMS, *FROM, *(brought or part("a")), "--as", by)


def approve(powertill, *brought, by="ben"):
    return powertill("approve", *PLACE, *(brought or part("b")), "--as", by)


def stored(shop):
    engine = open_database(f"sqlite:///{shop / 'var' / 'powertill.db'}")
    found = ViewReader(engine).rows(VendingKeys())
    engine.dispose()
    return found


def states(shop):
    return [key.state for key in stored(shop)]


def told(shop):
    """What the diary has of the keys: who, what, and what became of it."""
    engine = open_database(f"sqlite:///{shop / 'var' / 'powertill.db'}")
    with engine.begin() as connection:
        rows = connection.execute(select(t.diary).order_by(t.diary.c.id)).all()
    engine.dispose()
    return [(row.actor, row.action, row.outcome) for row in rows if row.function == "keys"]


def sealed(shop):
    """What the sealed file has of the key, and who brought it."""
    file = shop / "keys" / "keys.sealed"
    if not file.exists():
        return None
    (kept,) = SealedFile.open(file, PASSPHRASE.encode()).contents()
    return kept.is_whole, kept.people, kept.kcv


# -- in two parts ----------------------------------------------------------------------------------------


def test_the_first_person_is_told_what_was_kept_and_who_comes_next(powertill, shop):
    code, said, complaint = load(powertill)
    assert code == 0
    assert said == (
        "Loaded        201457, revision 2, base date 2014, type 2\n"
        f"Check value   {KCV}\n"
        "Kept in       sealed\n"
        "From          2030-01-01 00:00 (Asia/Shanghai)\n"
        "Expires       255 (2045-11-24 20:16)\n"
        "Loaded by     anna\n"
        f"Your part     {kcv(ANNA_S)}: compare it with the check value on your own paper\n"
        "\n"
        "It makes no token yet. Next, another person approves it:\n"
        "  powertill keys approve --sgc 201457 --krn 2 --component-file FILE\n"
    )
    assert complaint == (
        "note: the group has no name yet: powertill keys group\n"
        "note: no meter of this group is registered; see that its code is spelled as in the meters' files\n"
    )
    assert (states(shop), sealed(shop)) == ([KeyState.PENDING], (False, ("anna",), kcv(ANNA_S)))


def test_the_second_part_makes_the_key_whole(powertill, shop):
    load(powertill)
    code, said, _ = approve(powertill)
    assert code == 0
    assert said.startswith("Approved      201457, revision 2, base date 2014, type 2\n")
    assert "Loaded by     anna\nApproved by   ben\n" in said
    assert said.endswith("A running gateway takes it within seconds, and uses it from its moment on.\n")
    assert (states(shop), sealed(shop)) == ([KeyState.APPROVED], (True, ("anna", "ben"), KCV))


def test_a_second_part_that_makes_another_key_is_refused_and_nothing_is_kept(powertill, shop):
    load(powertill)
    before = (shop / "keys" / "keys.sealed").read_bytes()
    code, _, complaint = approve(powertill, *part("other"))
    made = kcv(bytes(one ^ 0x11 for one in ANNA_S))
    assert code == 1
    assert complaint == (
        "powertill keys: 201457, revision 2: the check value is not the same: this is another key "
        f"({made}, not {KCV}); cure: compare both parts with those of the key management centre; "
        "nothing was changed\n"
    )
    assert states(shop) == [KeyState.PENDING]
    assert (shop / "keys" / "keys.sealed").read_bytes() == before
    assert approve(powertill)[0] == 0


@pytest.mark.parametrize("name", ["anna", "ANNA", " Anna ", "ａｎｎａ"])  # noqa: RUF001 - wide on purpose
@pytest.mark.parametrize("brought", [("b",), ("a",), ("nix",)])
def test_the_first_person_is_never_the_second_whatever_he_brings(powertill, shop, name, brought):
    load(powertill)
    code, _, complaint = approve(powertill, *part(*brought), by=name)
    assert code == 1
    assert "who loaded a key cannot approve it; ask another person (anna); nothing was changed" in complaint
    assert (states(shop), sealed(shop)) == ([KeyState.PENDING], (False, ("anna",), kcv(ANNA_S)))


def test_the_second_person_cannot_type_the_check_value_instead_of_his_part(powertill, shop):
    load(powertill)
    code, _, complaint = approve(powertill, "--kcv", KCV)
    assert (code, "--kcv: the key is loaded in parts" in complaint) == (2, True)
    assert states(shop) == [KeyState.PENDING]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("short", "--component-file: ceremony/short does not hold 40 hexadecimal digits"),
        ("nix", "--component-file: ceremony/nix cannot be read"),
        ("zeros", "a component of zeros hides nothing"),
    ],
)
def test_what_can_be_no_part_is_refused(powertill, shop, name, words):
    code, _, complaint = load(powertill, *part(name))
    assert (code, words in complaint) == (2, True), complaint
    assert (states(shop), sealed(shop)) == ([], None)


def test_a_part_that_others_may_read_is_refused(powertill, shop):
    (shop / "ceremony" / "a").chmod(0o644)
    code, _, complaint = load(powertill)
    assert (code, "may be read or changed by others" in complaint) == (2, True)
    assert (states(shop), sealed(shop)) == ([], None)


# -- cut short -------------------------------------------------------------------------------------------


def cut_short(monkeypatch):
    """The power fails between the file and the row: what was put away stays, the row does not."""

    def until_the_commit(connection, changes):
        office_write.write_office(connection, changes)
        raise KeyboardInterrupt

    context = monkeypatch.context()
    context.__enter__().setattr(posting_batch, "write_office", until_the_commit)
    return lambda: context.__exit__(None, None, None)


def test_a_load_that_was_cut_short_is_done_again_by_anybody(powertill, shop, monkeypatch):
    go_on = cut_short(monkeypatch)
    assert load(powertill)[0] == 130
    assert (states(shop), sealed(shop)) == ([], (False, ("anna",), kcv(ANNA_S)))
    assert told(shop) == []
    go_on()
    assert load(powertill, *part("b"), by="ben")[0] == 0
    assert (states(shop), sealed(shop)) == ([KeyState.PENDING], (False, ("ben",), kcv(BEN_S)))
    assert approve(powertill, *part("a"), by="anna")[0] == 0


def test_an_approval_that_was_cut_short_goes_through_when_he_asks_again(powertill, shop, monkeypatch):
    load(powertill)
    go_on = cut_short(monkeypatch)
    assert approve(powertill)[0] == 130
    assert (states(shop), sealed(shop)) == ([KeyState.PENDING], (True, ("anna", "ben"), KCV))
    go_on()
    code, _, complaint = approve(powertill, by="carol")
    assert (code, "the second part is there already, from ben" in complaint) == (1, True)
    assert approve(powertill)[0] == 0
    assert states(shop) == [KeyState.APPROVED]


def test_a_file_that_cannot_be_written_takes_the_row_back(powertill, shop):
    load(powertill)
    (shop / "keys" / "keys.sealed").write_text("{}")
    code, _, complaint = approve(powertill)
    assert (code, "keys.sealed_file: this is no sealed key file" in complaint) == (1, True)
    assert states(shop) == [KeyState.PENDING]


def test_a_sealed_file_that_was_lost_is_missed(powertill, shop):
    load(powertill)
    (shop / "keys" / "keys.sealed").unlink()
    code, _, complaint = approve(powertill)
    assert (code, "does not have what was loaded of this key" in complaint) == (1, True)
    assert states(shop) == [KeyState.PENDING]


def test_row_line_and_file_stand_together_and_the_chain_seals_them(powertill, shop, capsys):
    powertill("group", "--sgc", "201457", "--name", "East", "--as", "eve")
    load(powertill)
    approve(powertill, by="ANNA")
    approve(powertill)
    assert told(shop) == [
        ("local:eve", "change", "done"),
        ("local:anna", "order", "done"),
        ("local:ANNA", "approve", "refused"),
        ("local:ben", "approve", "done"),
    ]
    assert main(["ledger", "verify"]) == 0
    assert "the books are what was sealed" in capsys.readouterr().out


# -- whole, and in a module ------------------------------------------------------------------------------


def test_a_whole_key_is_approved_by_its_check_value(powertill, shop):
    code, said, _ = load(powertill, "--key-file", "ceremony/key")
    assert code == 0
    assert said.endswith("  powertill keys approve --sgc 201457 --krn 2 --kcv HEX\n")
    assert sealed(shop) == (True, ("anna",), KCV)
    assert approve(powertill, "--kcv", "000000")[0] == 1
    assert approve(powertill, "--kcv", KCV, by="ANNA")[0] == 1
    assert approve(powertill, *part("b"))[0] == 2
    assert approve(powertill, "--kcv", KCV.lower())[0] == 0
    assert states(shop) == [KeyState.APPROVED]


def test_a_whole_key_that_is_another_than_stated_is_not_kept(powertill, shop):
    code, _, complaint = load(powertill, "--key-file", "ceremony/other")
    assert (code, "this is another key" in complaint) == (1, True)
    assert (states(shop), sealed(shop)) == ([], None)


def test_a_key_in_a_module_needs_no_sealed_file(powertill, shop):
    file = shop / "powertill.toml"
    file.write_text(file.read_text().partition("\n[keys]")[0])
    code, said, complaint = load(powertill, "--keeper", "pkcs11", "--label", "sts-2")
    assert code == 0
    assert "note: the configuration names no PKCS#11 module" in complaint
    assert "Kept in       pkcs11, label sts-2\n" in said
    assert approve(powertill, *part("b"))[0] == 2
    assert approve(powertill, "--kcv", KCV)[0] == 0
    assert (states(shop), sealed(shop)) == ([KeyState.APPROVED], None)


def test_no_key_is_loaded_for_a_module_that_nothing_here_can_drive(powertill, shop):
    code, _, complaint = load(powertill, "--keeper", "module", "--label", "sts-2")
    assert (code, "--keeper" in complaint) == (2, True)
    assert states(shop) == []


@pytest.mark.parametrize("typed", [VENDING_KEY.hex(), "A1B2", "A1B2C3D4", "A1B2CX", "", "٠١٢٣٤٥"])
def test_what_is_typed_for_a_check_value_and_is_none_is_not_said_again(powertill, shop, typed):
    load(powertill, "--key-file", "ceremony/key")
    for words in (("approve", *PLACE), ("load", *TERMS, *part("a"))):
        code, _, complaint = powertill(*words, "--kcv", typed)
        assert code == 2
        assert complaint == (
            f"powertill keys {words[0]}: argument --kcv: must be the 6 hexadecimal digits of a check value; "
            f"see powertill keys {words[0]} --help\n"
        )
    assert states(shop) == [KeyState.PENDING]


def test_without_a_sealed_file_there_is_nowhere_to_keep_a_key(powertill, shop):
    file = shop / "powertill.toml"
    file.write_text(file.read_text().partition("\n[keys]")[0])
    code, _, complaint = load(powertill)
    assert (code, "keys.sealed_file: is missing; cure: name the sealed file" in complaint) == (2, True)


# -- what is said of a key -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--base-date", "2015"), "--base-date: must be 1993, 2014 or 2035"),
        (("--base-date", "2035"), "--base-date: the moment from which the key is used lies before it"),
        (("--ken", "100"), "--ken: the key has expired before the moment from which it is used"),
        (("--until", "2029-01-01"), "--until: must lie behind the moment from which the key is used"),
        (("--from", "2199-01-01"), "--from: lies more than 3660 days ahead"),
        (("--label", "x"), "--label: is for keys in a module"),
        (("--limit-kwh", "0"), "--limit-kwh: must be above 0 kWh"),
        (("--as", ""), "--as: must be a name of 1 to 64 printable characters"),
    ],
)
def test_a_wrong_option_is_named_and_nothing_is_kept(powertill, shop, options, words):
    code, _, complaint = powertill("load", *TERMS, *FROM, *part("a"), "--as", "anna", *options)
    assert (code, complaint.startswith(f"powertill keys: {words}")) == (2, True), complaint
    assert complaint.endswith("nothing was changed\n")
    assert (states(shop), sealed(shop)) == ([], None)


@pytest.mark.parametrize(
    ("option", "moment"), [("--from", "2027-03-28 02:30"), ("--until", "2027-10-31 02:30")]
)
def test_a_moment_that_the_clock_does_not_show_once_is_named_by_its_option(powertill, shop, option, moment):
    file = shop / "powertill.toml"
    file.write_text(file.read_text().replace("Asia/Shanghai", "Europe/Berlin"))
    code, _, complaint = powertill("load", *TERMS, option, moment, *part("a"))
    assert (code, f"{option}: {moment}" in complaint) == (2, True)


def test_all_that_can_be_said_of_a_key_is_said_back(powertill):
    _, said, _ = powertill(
        "load", *TERMS, *FROM, *part("a"), "--until", "2031-01-01", "--limit-kwh", "5000", "--ken", "200",
        "--kt", "1", "--as", "anna",
    )  # fmt: skip
    assert "base date 2014, type 1\n" in said
    assert "Until         2031-01-01 00:00 (Asia/Shanghai)\n" in said
    assert "Expires       200 (2039-01-17 17:36)\n" in said
    assert "Limit         5000 kWh\n" in said


def test_without_a_moment_it_is_used_from_its_approval_on(powertill):
    powertill("load", *TERMS, *part("a"), "--as", "anna")
    approve(powertill)
    assert " serves " in powertill("list")[1]


def test_a_key_of_dkga02_has_eight_octets(powertill):
    code, _, complaint = load(powertill, *part("a"), "--dkga", "02")
    assert (code, "does not hold 16 hexadecimal digits" in complaint) == (2, True)
    assert load(powertill, *part("short"), "--dkga", "02")[0] == 0


# -- withdraw, group, passphrase -------------------------------------------------------------------------


def test_a_key_is_withdrawn_with_its_reason_and_loaded_again(powertill, shop):
    load(powertill)
    code, said, _ = powertill("withdraw", *PLACE, "--reason", "a part was seen", "--as", "carol")
    assert code == 0
    assert said.startswith("Withdrawn     201457, revision 2")
    assert said.endswith("Loaded by     anna\nWithdrawn by  carol\nReason        a part was seen\n")
    assert load(powertill)[0] == 0
    assert states(shop) == [KeyState.WITHDRAWN, KeyState.PENDING]


def test_what_is_not_there_is_not_withdrawn(powertill):
    code, _, complaint = powertill("withdraw", *PLACE, "--reason", "x", "--as", "carol")
    assert (code, "--krn: there is no such key (201457, revision 2)" in complaint) == (2, True)


def test_a_group_gets_its_name_and_its_clock(powertill):
    code, said, _ = powertill("group", "--sgc", "201457", "--name", "Western islands")
    assert (code, said) == (0, "Named         201457, Western islands\nCivil time    as the utility\n")
    load(powertill)
    moved = ("group", "--sgc", "201457", "--name", "West", "--timezone", "Asia/Jayapura")
    code, _, complaint = powertill(*moved)
    assert (code, "say that it is meant: --new-timezone" in complaint) == (2, True)
    assert powertill(*moved, "--new-timezone")[1].endswith("Civil time    Asia/Jayapura\n")


def test_a_zone_that_is_none_is_refused(powertill):
    code, _, complaint = powertill("group", "--sgc", "201457", "--name", "x", "--timezone", "Mars/Base")
    assert (code, "--timezone: must be a zone such as Africa/Nairobi" in complaint) == (2, True)


def test_the_sealed_file_gets_another_passphrase(powertill, shop):
    load(powertill)
    new = shop / "ceremony" / "new"
    new.write_text("another passphrase of many words")
    new.chmod(0o600)
    code, said, _ = powertill("passphrase", "--new-file", "ceremony/new")
    assert code == 0
    assert "Now write passphrase_file = 'ceremony/new' into the configuration" in said
    code, _, complaint = approve(powertill)
    assert (code, "the passphrase is not that of the sealed key file" in complaint) == (1, True)
    file = shop / "powertill.toml"
    file.write_text(file.read_text().replace("ceremony/passphrase", "ceremony/new"))
    assert approve(powertill)[0] == 0


def test_a_passphrase_that_is_short_or_missing_changes_nothing(powertill, shop):
    load(powertill)
    (shop / "ceremony" / "pin").write_text("1234")
    (shop / "ceremony" / "pin").chmod(0o600)
    for name in ("pin", "nix"):
        code, _, complaint = powertill("passphrase", "--new-file", f"ceremony/{name}")
        assert (code, complaint.endswith("nothing was changed\n")) == (2, True)
    assert approve(powertill)[0] == 0


def test_every_refusal_has_its_place():
    from gateway.assembly.commands.keys_words import _ANSWERS, _OPTIONS  # noqa: PLC0415 - for this test alone

    assert set(KeyRefusal) > _ANSWERS
    assert re.fullmatch(r"(--[a-z-]+ )+", " ".join(_OPTIONS.values()) + " ")
