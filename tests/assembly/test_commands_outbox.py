"""powertill outbox, on books of its own."""

import re

import pytest
from sqlalchemy import insert

from adapters.db import tables as t
from adapters.db.opening import open_database
from adapters.db.outbox import Outbox
from gateway.cli import main
from gateway.core.delivery import NEVER_US

AT_US = 1_764_000_000_000_000


@pytest.fixture
def shop(tmp_path, capsys):
    folder = tmp_path / "shop"
    assert main(["init", str(folder)]) == 0
    capsys.readouterr()
    return folder


@pytest.fixture
def books(shop):
    opened = open_database(f"sqlite:///{shop / 'var' / 'powertill.db'}")
    yield opened
    opened.dispose()


@pytest.fixture
def run(shop, capsys):
    """Runs the command; its exit code, answer and complaint."""

    def run(*words):
        code = main(["outbox", *words, "--config", str(shop / "powertill.toml")])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def fill(books, *kinds, **changes):
    row = {"subject": 1, "text": "", "due_us": 0, "attempts": 0} | changes
    with books.begin() as connection:
        rows = [row | {"kind": kind, "at_us": AT_US + n} for n, kind in enumerate(kinds)]
        connection.execute(insert(t.outbox), rows)


def test_an_empty_outbox_is_said_to_be_empty(run):
    assert run() == (0, "nothing waits\n", "")
    assert run("list") == run()
    assert run("retry") == (0, "nothing was given up\n", "")


def test_the_list_counts_each_kind_and_names_what_was_tried_in_vain(run, books):
    fill(books, "token_issued", "token_issued", "credit_waiting")
    fill(books, "token_issued", due_us=NEVER_US, attempts=22)
    fill(books, "credit_waiting", due_us=AT_US + 90_000_000, attempts=3)
    code, said, _ = run()
    assert code == 0
    assert re.search(r"^credit_waiting +2 +0$", said, re.MULTILINE)
    assert re.search(r"^token_issued +2 +1$", said, re.MULTILINE)
    assert "the oldest waits since 2025-11-25 00:00:00\n" in said
    tried = said.partition("next\n")[2].splitlines()
    assert [line.split() for line in tried] == [
        ["4", "token_issued", "2025-11-25", "00:00:00", "22", "given", "up"],
        ["5", "credit_waiting", "2025-11-25", "00:00:00", "3", "2025-11-25", "00:01:30"],
    ]


def test_a_long_list_is_cut(run, books):
    fill(books, *["token_issued"] * 60, due_us=NEVER_US, attempts=22)
    _, said, _ = run()
    assert said.count("given up\n") == 1 + 50
    assert said.endswith("… and more\n")


def test_a_retry_makes_what_was_given_up_due(run, books):
    fill(books, "token_issued", "token_issued", due_us=NEVER_US, attempts=22)
    assert run("retry") == (0, "2 will be tried again in a few seconds\n", "")
    outbox = Outbox(books)
    assert [notice.attempts for notice in outbox.lease(AT_US, AT_US, 10)] == [1, 1]
    outbox.close()


def test_a_retry_of_one_that_is_not_there_says_so(run, books):
    fill(books, "token_issued", due_us=AT_US, attempts=1)
    assert run("retry", "1")[0] == 0
    assert run("retry", "2") == (1, "there is no notice 2: it was delivered, or never there\n", "")


def test_a_list_with_a_number_is_refused_with_the_cure(run):
    code, _, complaint = run("list", "7")
    assert code == 2
    assert "cure: powertill outbox retry 7" in complaint


@pytest.mark.parametrize("words", [["retry", "0"], ["retry", "x"], ["retry", "9" * 20], ["forget"]])
def test_what_is_no_order_or_number_is_refused(run, words):
    code, said, complaint = run(*words)
    assert (code, said) == (2, "")
    assert "powertill outbox" in complaint


def test_where_there_are_no_books_the_command_says_so(run, shop):
    (shop / "var" / "powertill.db").unlink()
    code, _, complaint = run()
    assert code == 2
    assert "powertill.db is not there" in complaint
