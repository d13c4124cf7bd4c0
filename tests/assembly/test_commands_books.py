"""powertill init, deposit and check, on books of their own."""

import re
import sqlite3
import stat

import pytest

from adapters.db.journal_reader import JournalReader
from adapters.db.opening import open_database
from adapters.db.registry import Registry
from gateway.cli import main
from gateway.config import load_config
from gateway.core.payment import payment_key
from gateway.prepayment.reverse_payment import ReversePayment
from tests.builders import posting_batch


@pytest.fixture
def shop(tmp_path, capsys):
    """A gateway whose bank pays in advance."""
    folder = tmp_path / "shop"
    assert main(["init", str(folder)]) == 0
    in_advance(folder / "powertill.toml")
    capsys.readouterr()
    return folder


def in_advance(config):
    text = config.read_text()
    assert "covered = false" in text
    config.write_text(text.replace("covered = false", "covered = true"))


def config_words(folder):
    return ["--config", str(folder / "powertill.toml")]


def deposit(folder, *words):
    return main(["deposit", *config_words(folder), *words])


def read(folder, ask):
    database = open_database(f"sqlite:///{folder / 'var' / 'powertill.db'}")
    try:
        return ask(database)
    finally:
        database.dispose()


def test_init_makes_a_gateway_that_can_start(tmp_path, capsys):
    assert main(["init", str(tmp_path / "shop")]) == 0
    said = capsys.readouterr().out
    assert f"powertill serve --config {tmp_path}/shop/powertill.toml" in said
    config = load_config(str(tmp_path / "shop" / "powertill.toml"))
    assert [(bank.code, bank.profile, bank.listen) for bank in config.banks] == [
        ("east", "default", "tcp:8583:interface=127.0.0.1")
    ]
    assert config.health_listen == "tcp:9583:interface=127.0.0.1"
    assert (config.admin.listen, config.admin.origin) == (
        "tcp:8443:interface=127.0.0.1", "http://127.0.0.1:8443",
    )  # fmt: skip
    assert "powertill staff add-administrator LOGIN" in said
    assert read(tmp_path / "shop", lambda books: Registry(books).meter_count()) == 0


def test_a_new_key_is_drawn_each_time_and_for_its_owner_only(tmp_path):
    keys = []
    for name in ("a", "b"):
        main(["init", str(tmp_path / name)])
        files = sorted((tmp_path / name / "keys").iterdir())
        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 3
        keys += [file.read_text().strip() for file in files]
    assert len(set(keys)) == 6
    assert [bool(re.fullmatch("([0-9a-f]{40}|[0-9a-f]{64})", key)) for key in keys] == [True] * 6


def test_no_key_is_printed(tmp_path, capsys):
    main(["init", str(tmp_path / "shop")])
    said = capsys.readouterr()
    keys = [file.read_text().strip() for file in (tmp_path / "shop" / "keys").iterdir()]
    assert len(keys) == 3
    assert not [key for key in keys if key in said.out + said.err]


def test_init_with_the_town_enters_customers_meters_and_tariffs(tmp_path, capsys):
    assert main(["init", str(tmp_path / "shop"), "--town"]) == 0
    assert re.search(r"bank-sim --port 8583 pay \d{11} 100.00", capsys.readouterr().out)
    assert read(tmp_path / "shop", lambda books: Registry(books).meter_count()) == 41
    tariffs = read(tmp_path / "shop", lambda books: Registry(books).tariffs())
    assert {tariff.power_type for tariff in tariffs} == {"domestic", "commercial"}


def test_init_overwrites_nothing(shop, capsys):
    before = (shop / "powertill.toml").read_text()
    assert main(["init", str(shop)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert (shop / "powertill.toml").read_text() == before


def test_init_refuses_what_is_no_folder(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["init", str(tmp_path / "file")]) == 2
    assert main(["init", str(tmp_path / "file" / "below")]) == 2
    assert capsys.readouterr().err.count("DIR: ") == 2


def test_a_deposit_prints_the_balance(shop, capsys):
    assert deposit(shop, "east", "20000.00", "ST-1") == 0
    assert deposit(shop, "east", "0.50", "ST-2") == 0
    assert "Balance     CNY 20000.50\n" in capsys.readouterr().out


def test_a_deposit_repeated_is_booked_once(shop, capsys):
    assert deposit(shop, "east", "100.00", "ST-1") == 0
    first = capsys.readouterr().out
    assert deposit(shop, "east", "100.00", "ST-1") == 0
    assert capsys.readouterr().out == first
    assert read(shop, lambda books: len(list(JournalReader(books).entries()))) == 1


def test_a_reference_used_for_another_amount_is_refused(shop, capsys):
    deposit(shop, "east", "100.00", "ST-1")
    assert deposit(shop, "east", "100.01", "ST-1") == 1
    assert "nothing changed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["west", "100.00", "ST-1"], "BANK: 'west'"),
        (["east", "0", "ST-1"], "AMOUNT: must be above zero"),
        (["east", "-5", "ST-1"], "AMOUNT"),
        (["east", "1.005", "ST-1"], "AMOUNT: '1.005' has 3 decimals"),
        (["east", "many", "ST-1"], "AMOUNT"),
        (["east", "100.00", "S T"], "REFERENCE"),
        (["east", "100.00", "x" * 36], "REFERENCE"),
        (["east", "100.00", ""], "REFERENCE"),
    ],
)
def test_a_deposit_that_cannot_be_is_refused_before_anything_is_booked(shop, words, named, capsys):
    assert deposit(shop, *words) == 2
    assert named in capsys.readouterr().err
    assert read(shop, lambda books: list(JournalReader(books).entries())) == []


def test_a_deposit_for_a_bank_that_settles_afterwards_is_refused_by_its_name_and_with_the_cure(
    tmp_path, capsys
):
    folder = tmp_path / "shop"
    assert main(["init", str(folder)]) == 0
    assert deposit(folder, "east", "100.00", "ST-1") == 1
    said = capsys.readouterr().err
    assert "the bank settles afterwards" in said
    assert "covered = true" in said
    assert "(east)" in said
    assert read(folder, lambda books: list(JournalReader(books).entries())) == []


def test_sound_books_are_counted(shop, capsys):
    deposit(shop, "east", "100.00", "ST-1")
    capsys.readouterr()
    assert main(["check", *config_words(shop)]) == 0
    assert capsys.readouterr().out == "the books are sound: 1 entries, 0 sales, 0 tokens\n"


def test_a_balance_that_was_tampered_with_is_found(shop, capsys):
    deposit(shop, "east", "100.00", "ST-1")
    capsys.readouterr()
    books = sqlite3.connect(shop / "var" / "powertill.db")
    with books:
        books.execute("UPDATE account SET balance = balance - 1 WHERE code = 'FLOAT:east'")
    books.close()
    assert main(["check", *config_words(shop)]) == 1
    *findings, last = capsys.readouterr().out.splitlines()
    assert any("FLOAT:east" in finding for finding in findings)
    assert last == f"the books are not sound: {len(findings)} findings"


def test_check_makes_no_books_where_there_are_none(shop, capsys):
    file = shop / "var" / "powertill.db"
    file.unlink()
    assert main(["check", *config_words(shop)]) == 2
    assert f"{file} is not there" in capsys.readouterr().err
    assert not file.exists()


@pytest.mark.parametrize("command", [["check"], ["serve"], ["deposit", "east", "1.00", "ST-1"]])
def test_a_file_that_holds_no_books_is_refused(shop, command, capsys):
    (shop / "var" / "powertill.db").write_text("these are not the books you are looking for")
    assert main([command[0], *config_words(shop), *command[1:]]) == 2
    assert "is not a database" in capsys.readouterr().err


def test_a_wrong_configuration_is_said_with_its_line(shop, capsys):
    file = shop / "powertill.toml"
    file.write_text(file.read_text().replace('currency = "CNY"', 'currency = "XYZ"'))
    assert main(["check", *config_words(shop)]) == 2
    assert "powertill.toml:6: utility.currency" in capsys.readouterr().err


def test_what_a_person_must_look_at_is_listed_with_what_to_do(shop, capsys):
    assert main(["exceptions", *config_words(shop)]) == 0
    assert capsys.readouterr().out == "nothing to look at\n"
    batch = read(shop, posting_batch)
    batch.run([ReversePayment(payment_key("east", "632720004711-2026-11-23"), "east")])
    batch.close()
    assert main(["exceptions", *config_words(shop)]) == 0
    said = capsys.readouterr().out
    assert "2026-11-23 12:00:00  bank east  payment 632720004711-2026-11-23" in said
    assert "reversed a payment that never came" in said
    assert said.endswith("1 to look at\n")
