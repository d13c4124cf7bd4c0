"""What the ledger's owner asks of its seals: verify, proof, head."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from adapters.db.opening import open_database
from gateway.assembly.commands.open_books import open_batch
from gateway.cli import main
from gateway.config import load_config
from tests.builders import Till, entered, identity


@pytest.fixture
def shop(tmp_path, capsys):
    """An embedded gateway that has sold twice, and taken one credit back."""
    folder = tmp_path / "shop"
    assert main(["init", str(folder)]) == 0
    database = open_database(f"sqlite:///{folder / 'var' / 'powertill.db'}")
    entered(database, 3)
    now, later = Till(), Till(token_in_answer=False)
    with open_batch(load_config(str(folder / "powertill.toml"))) as batch:
        batch.run([now.pay("r1-2026-11-23")])
        batch.run([later.pay("r2-2026-11-23", pan=identity(2).pan), later.reverse("r2-2026-11-23")])
    capsys.readouterr()
    return folder


def tampered(shop, *statements):
    database = open_database(f"sqlite:///{shop / 'var' / 'powertill.db'}")
    with database.begin() as connection:
        triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
        for (name,) in triggers:
            connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount > 0, statement
    database.dispose()


def asked(shop, capsys, *words):
    """The exit code, and all that was said."""
    code = main(["ledger", words[0], "--config", str(shop / "powertill.toml"), *map(str, words[1:])])
    streams = capsys.readouterr()
    return code, streams.out + streams.err


def test_books_that_nobody_touched_are_what_was_sealed(shop, capsys):
    code, said = asked(shop, capsys, "verify")
    assert code == 0
    assert said.startswith("the books are what was sealed\nlinks: 3, entries: 3\nhead: link 3, ")


def test_a_changed_row_is_found_and_its_batch_is_named(shop, capsys):
    tampered(shop, "UPDATE posting SET amount = amount + 1 WHERE line = 0")
    code, said = asked(shop, capsys, "verify")
    assert code == 1
    assert "link 2 (entries 1 to 1, sealed " in said
    assert "account BANK:east says" in said
    assert "the books are not what was sealed: " in said


def test_a_chain_that_was_cut_is_found_by_its_copied_head(shop, capsys):
    _, head = asked(shop, capsys, "head")
    (shop / "heads").write_text(head)
    assert json.loads(head)["link"] == 3
    assert asked(shop, capsys, "verify", "--heads", shop / "heads")[0] == 0
    tampered(shop, "DELETE FROM chain_link WHERE number = 3")
    code, said = asked(shop, capsys, "verify", "--heads", shop / "heads")
    assert code == 1
    assert "the chain was cut short: a copied head says link 3, the books end with link 2" in said


@pytest.mark.parametrize(("content", "sentence"), [(None, "No such file"), ("x\n", "line 1 is no copy")])
def test_a_file_that_holds_no_heads_is_refused_with_the_cure(shop, capsys, content, sentence):
    file = shop / "heads"
    if content is not None:
        file.write_text(content)
    code, said = asked(shop, capsys, "verify", "--heads", file)
    assert code == 2
    assert sentence in said
    assert "cure: name the file of copied heads" in said


def test_another_key_says_so(shop, capsys):
    (shop / "keys" / "chain.hex").write_text("00" * 32)
    code, said = asked(shop, capsys, "verify")
    assert code == 1
    assert "or the key is another one" in said


# -- one payment -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["r1-2026-11-23", "pay/east/r1-2026-11-23"])
def test_a_payment_is_shown_with_its_entries_and_its_seal(shop, capsys, reference):
    code, said = asked(shop, capsys, "proof", reference)
    assert code == 0
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert "Paid CNY 100.00" in lines
    assert "BANK:east 100.00 Dr CNY" in lines
    assert "Sealed yes: nothing in its batch was changed" in lines


def test_no_token_is_shown(shop, capsys):
    database = open_database(f"sqlite:///{shop / 'var' / 'powertill.db'}")
    with database.begin() as connection:
        digits = connection.execute(text("SELECT digits FROM token")).scalar_one()
    database.dispose()
    _, said = asked(shop, capsys, "proof", "r1-2026-11-23")
    assert digits not in said.replace(" ", "")
    assert f"**** {digits[-4:]}" in said


def test_a_reversal_stands_beside_its_payment(shop, capsys):
    code, said = asked(shop, capsys, "proof", "r2-2026-11-23")
    assert code == 0
    assert [line.split()[-1] for line in said.splitlines() if line.startswith("Outcome")] == [
        "approved",
        "undone",
    ]


def test_a_payment_that_was_tampered_with_is_told(shop, capsys):
    tampered(shop, "UPDATE posting SET amount = amount * 2 WHERE entry_id = (SELECT min(id) FROM entry)")
    code, said = asked(shop, capsys, "proof", "r1-2026-11-23")
    assert code == 1
    assert "Sealed      NO: see ledger verify" in said


def test_a_reference_of_nothing_is_told(shop, capsys):
    code, said = asked(shop, capsys, "proof", "\x1b[2Jnothing")
    assert code == 1
    assert "\\x1b[2Jnothing is no payment of these books; cure: " in said
