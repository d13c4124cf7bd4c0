"""The database's own commands: a gateway whose books are on a server, and books that move there."""

from __future__ import annotations

import itertools
import re
import stat
from dataclasses import replace

import pytest
from sqlalchemy import select

from adapters.db import tables
from adapters.db.journal_reader import JournalReader
from adapters.db.key_rows import enter_key
from adapters.db.opening import open_database
from adapters.db.registry import Registry
from adapters.db.views import ViewReader
from gateway.assembly.commands.open_books import open_batch, open_journal
from gateway.cli import main
from gateway.config import load_config
from gateway.core.customer import Customer
from gateway.core.diary import Actor
from gateway.core.key_change import KeyChanged
from gateway.core.key_life import SupplyGroup
from gateway.core.key_ring import KeyRevision, KeyRing
from gateway.core.meter import MeterRef
from gateway.core.outcome import Approved
from gateway.core.views import VendingKeys
from gateway.office.step_orders import ordered
from gateway.prepayment.change_key import ChangeKey, KeyStep, WantedKey
from gateway.prepayment.keep_keys import NameGroup
from gateway.proof.check import check_books
from tests.builders import Till, identity, meter_file
from tests.vending_keys import approved


@pytest.fixture
def server(postgresql):
    return postgresql().cluster


_names = itertools.count(1)


@pytest.fixture
def empty(server):
    """An empty database of the owner's, and the name of a role that nobody has."""
    name = f"empty_{next(_names)}"
    yield server.create(name), f"role_{name}"
    server.drop(name)
    server.execute(f"DROP ROLE IF EXISTS role_{name}")


def said(capsys):
    streams = capsys.readouterr()
    return streams.out + streams.err


def sell(folder, references):
    """Let a gateway of that folder sell, without its doors."""
    config = load_config(str(folder / "powertill.toml"))
    till = Till(tid_lead_max=1_000)
    with open_batch(config) as batch:
        return batch.run([till.pay(one, pan=identity(1).pan) for one in references])


def test_init_makes_a_gateway_whose_books_are_on_a_server(tmp_path, empty, capsys):
    url, role = empty
    folder = tmp_path / "shop"
    assert main(["init", str(folder), "--town", "--database-url", url, "--role", role]) == 0
    assert "the books are on the server" in said(capsys)
    password = folder / "keys" / "database-password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    config = load_config(str(folder / "powertill.toml"))
    assert config.database_password.reveal() == password.read_bytes().strip()
    assert password.read_text().strip() not in (folder / "powertill.toml").read_text()
    with open_journal(config) as journal:
        assert check_books(journal) == []
    assert main(["check", "--config", str(folder / "powertill.toml")]) == 0


def test_a_role_that_is_taken_is_refused_and_nothing_is_left_behind(tmp_path, empty, capsys):
    url, _ = empty
    assert main(["init", str(tmp_path / "shop"), "--database-url", url, "--role", "powertill_gateway"]) == 1
    assert "has a role powertill_gateway already; cure: name another, --role NAME" in said(capsys)
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://u:hunter2@h/x", "holds a password; cure: take it out: everybody can read it there"),
        ("mysql://u@h/x", "must be postgresql://USER@HOST/NAME"),
        ("postgresql://u@h", "must be postgresql://USER@HOST/NAME"),
    ],
)
def test_a_url_that_cannot_be_is_refused_and_no_password_is_said(tmp_path, url, sentence, capsys):
    assert main(["init", str(tmp_path / "shop"), "--database-url", url]) == 2
    words = said(capsys)
    assert sentence in words
    assert "hunter2" not in words


def test_a_server_that_does_not_answer_is_said_with_its_cure(tmp_path, capsys):
    assert main(["init", str(tmp_path / "shop"), "--database-url", "postgresql://u@/x?host=/nowhere"]) == 1
    assert "the database does not answer" in said(capsys)
    assert not (tmp_path / "shop").exists()


# -- moving ----------------------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path):
    """An embedded gateway that has sold."""
    folder = tmp_path / "old"
    assert main(["init", str(folder), "--town"]) == 0
    key = folder / "powertill.toml"
    database = open_database(f"sqlite:///{folder / 'var' / 'powertill.db'}")
    Registry(database).enter_customers([Customer("A1", 'Zhang "Wei" \\ 电', "1 East Road")])
    special = {"contract_w": 5_000, "schemes": ("POOR",), "proportions": (("domestic", 70), ("shop", 30))}
    Registry(database).enter_meters([meter_file(1, **special)])
    database.dispose()
    outcomes = sell(folder, [f"old{n}" for n in range(20)])
    assert all(isinstance(outcome, Approved) for outcome in outcomes)
    return key.parent


def point_to(folder, url):
    file = folder / "powertill.toml"
    file.write_text(file.read_text().replace("sqlite:///var/powertill.db", url))


def test_books_that_moved_go_on_where_they_were(shop, empty, capsys):
    url, _ = empty
    config = str(shop / "powertill.toml")
    before = sell(shop, ["old0"])
    assert main(["db", "move", "--config", config, "--owner", url]) == 0
    words = said(capsys)
    assert re.search(r"^entry +20 rows +sums agree$", words, re.MULTILINE)
    assert "sums agree: amount 0" in words
    assert "Everything is there, and the chain is whole." in words
    point_to(shop, url)
    assert sell(shop, ["old0"]) == before, "a repeat gets the same token from the new database"
    assert [outcome.receipt_no for outcome in sell(shop, ["new1", "new2"])] == [21, 22]
    engine = open_database(url)
    assert check_books(JournalReader(engine)) == []
    engine.dispose()


def test_meters_move_with_all_that_a_price_depends_on(shop, empty):
    url, _ = empty
    before = meters(f"sqlite:///{shop / 'var' / 'powertill.db'}")
    assert main(["db", "move", "--config", str(shop / "powertill.toml"), "--owner", url]) == 0
    assert meters(url) == before
    sold_to = next(row for row in before if row["schemes"])
    assert (sold_to["schemes"], sold_to["contract_w"]) == ("POOR", 5_000)
    assert sold_to["proportions"] == "domestic=70,shop=30"
    assert sold_to["ytd_wh"] > 0
    assert sold_to["times"] == 20


def test_vending_keys_and_key_changes_that_are_on_their_way_move_too(shop, empty):
    config = load_config(str(shop / "powertill.toml"))
    ring = KeyRing.of([KeyRevision("201457", 1)])
    wanted = WantedKey("201457", "02")
    step = ChangeKey("k1", MeterRef(pan=identity(1).pan), KeyStep.BEGIN, "anna", "tariff", ring, wanted)
    with open_batch(config) as batch:
        assert isinstance(batch.run([step])[0], KeyChanged)
    here = f"sqlite:///{shop / 'var' / 'powertill.db'}"
    database = open_database(here)
    with database.begin() as connection:
        enter_key(connection, approved(1))
    database.dispose()
    with open_batch(config) as batch:
        batch.run(
            [ordered(Actor("anna"), NameGroup("anna", SupplyGroup("201457", "East"), zone_may_change=True))]
        )
    before = meters(here)
    assert sum(row["key_change"].startswith("201457,1,02,") for row in before) == 1
    assert main(["db", "move", "--config", str(shop / "powertill.toml"), "--owner", empty[0]]) == 0
    assert meters(empty[0]) == before
    engine = open_database(empty[0])
    assert ViewReader(engine).rows(VendingKeys()) == [replace(approved(1), id=1)]
    with engine.begin() as connection:
        enter_key(connection, approved(2))
    assert [key.id for key in ViewReader(engine).rows(VendingKeys())] == [1, 2]
    engine.dispose()


def meters(url):
    engine = open_database(url)
    with engine.begin() as connection:
        rows = connection.execute(select(tables.meter).order_by(tables.meter.c.id)).mappings().all()
    engine.dispose()
    return [dict(row) for row in rows]


def test_books_do_not_move_to_where_books_are(shop, empty, capsys):
    url, _ = empty
    config = str(shop / "powertill.toml")
    assert main(["db", "move", "--config", config, "--owner", url]) == 0
    assert main(["db", "move", "--config", config, "--owner", url]) == 1
    assert "there are books in the target already; cure: name an empty database" in said(capsys)


def test_moving_wants_to_be_told_where_to(shop, capsys):
    assert main(["db", "move", "--config", str(shop / "powertill.toml")]) == 2
    assert "--owner is missing" in said(capsys)


def test_books_on_a_server_are_not_moved(shop, empty, capsys):
    url, _ = empty
    point_to(shop, url)
    assert main(["db", "move", "--config", str(shop / "powertill.toml"), "--owner", url]) == 2
    assert "these books are on a server already" in said(capsys)


def test_a_gateway_does_not_start_on_tables_that_nobody_made(shop, empty, capsys):
    url, _ = empty
    point_to(shop, url)
    config = str(shop / "powertill.toml")
    assert main(["check", "--config", config]) == 1
    assert "older version than this program; cure: powertill db upgrade" in said(capsys)
    assert main(["db", "upgrade", "--config", config, "--owner", url]) == 0
    assert main(["check", "--config", config]) == 0
