"""powertill keys list and not-migrated: what a person reads of his keys, and whom they have still to move."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from adapters.db.key_rows import enter_key
from adapters.db.meter_text import key_change_text
from adapters.db.opening import open_database
from gateway.assembly.parts import build_database
from gateway.cli import main
from gateway.config import load_config
from gateway.core.books import Decision, Needs
from gateway.core.key_change import KeyChange
from gateway.core.key_ring import KeyKeeper
from gateway.core.ledger import EntryKind, transfer
from gateway.core.outcome import Noted
from gateway.core.timeline import microseconds
from tests.builders import NOON, entered, identity, meter_file, posting_batch
from tests.vending_keys import DAY, KCV, approved, loaded, withdrawn

SINCE = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "shop"
    assert main(["init", str(folder)]) == 0
    capsys.readouterr()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def powertill(shop, capsys):
    def run(*words):
        code = main(["keys", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def engine(shop):
    engine = open_database(f"sqlite:///{shop / 'var' / 'powertill.db'}")
    yield engine
    engine.dispose()


def enter(engine, *keys):
    with engine.begin() as connection:
        for key in keys:
            enter_key(connection, key)


def cells(said):
    """The table as rows of texts, by its heads."""
    head, _, *lines = said.rstrip("\n").splitlines()
    begins = [found.start() for found in re.finditer(r"(?:(?<=  )|^)\S", head)]
    rows = [
        [line[begin:end].strip() for begin, end in zip(begins, [*begins[1:], None], strict=True)]
        for line in (head, *lines)
    ]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


class Issue:
    """A command that books energy as issued under a key, as a sale does."""

    key, digest, channel, content = "issue", "", "", Noted(1)

    def __init__(self, account, wh):
        self._account, self._wh = account, wh

    def needs(self):
        return Needs(keys=(self.key,))

    def decide(self, _books, _now):
        entry = transfer(EntryKind.SALE, debit=self._account, credit="E.SOLD", amount=self._wh, unit="Wh")
        return Decision(Noted(1), remembered=True, entries=(entry,))


# -- list ------------------------------------------------------------------------------------------------


def test_a_new_gateway_has_the_key_of_its_file(powertill):
    code, said, _ = powertill("list")
    assert code == 0
    assert cells(said) == [{"Group": "100001", "Revision": "1", "State": "in a file"}]


def test_of_a_group_without_keys_it_says_so(powertill):
    code, said, _ = powertill("list", "--sgc", "999999")
    assert (code, said) == (
        0, "there is no vending key of 999999 yet; see powertill keys load --help\n"
    )  # fmt: skip


def test_every_key_is_a_line_a_person_can_read(powertill, engine):
    until = microseconds(datetime(2099, 1, 1, tzinfo=UTC))
    enter(
        engine,
        approved(1, -30, ken=200),
        approved(2, -10, keeper=KeyKeeper.PKCS11, label="sts-2", issue_until_us=until),
        loaded(3, 5),
        withdrawn(approved(4, -5)),
        replace(approved(5), revision=approved(5, issue_until_us=microseconds(NOON)).revision),
    )
    powertill("group", "--sgc", "201457", "--name", "East", "--new-timezone")
    lines = cells(powertill("list", "--sgc", "201457")[1])
    assert [(one["Revision"], one["State"]) for one in lines] == [
        ("1", "before"), ("2", "serves"), ("3", "pending"), ("4", "withdrawn"), ("5", "ended"),
    ]  # fmt: skip
    assert {one["Check value"] for one in lines} == {KCV}
    assert lines[1] == {
        "Group": "201457",
        "Name": "East",
        "Revision": "2",
        "State": "serves",
        "Check value": KCV,
        "Kept in": "pkcs11 sts-2",
        "From (Asia/Shanghai)": "2026-11-13 12:00",
        "Until (Asia/Shanghai)": "2099-01-01 08:00",
        "Base date": "2014",
        "Expires": "255 (2045-11-24 20:16)",
        "Loaded by": "anna",
        "Approved by": "ben",
        "Withdrawn by": "",
        "Reason": "",
    }
    assert lines[0]["Expires"] == "200 (2039-01-17 17:36)"
    assert (lines[3]["Withdrawn by"], lines[3]["Reason"]) == ("carol", "a slip")


def test_of_a_limited_key_the_ledger_says_how_much_was_issued(powertill, shop, engine):
    enter(engine, approved(1, credit_limit_wh=5_000_000), approved(2, credit_limit_wh=1_000_000))
    config = load_config(str(shop / "powertill.toml"))
    books = build_database(config)
    command = Issue("E.ISSUED:201457.1", 123_400)
    posting_batch(books, secret=config.ledger.chain_key.reveal()).run([command])
    books.dispose()
    lines = cells(powertill("list", "--sgc", "201457")[1])
    assert [(one["Limit kWh"], one["Issued kWh"]) for one in lines] == [("5000", "123.4"), ("1000", "0.0")]


# -- not migrated ----------------------------------------------------------------------------------------


@pytest.fixture
def town(engine):
    """Revision 2 serves: of four meters one holds it, one is on its way, two are behind."""
    files = [meter_file(serial) for serial in (1, 2, 3)]
    entered(engine, meters=[*files, replace(meter_file(4), identity=identity(4, krn=2))])
    enter(engine, approved(1, -30), approved(2, -10))
    change = KeyChange(identity(2, krn=2), 255, microseconds(SINCE))
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE meter SET key_change = :said WHERE pan = :pan"),
            {"said": key_change_text(change), "pan": identity(2).pan},
        )


def test_the_office_gets_its_list(powertill, town):
    code, said, _ = powertill("not-migrated")
    assert code == 0
    groups, meters = said.split("\n\n")
    assert cells(groups) == [{"Group": "201457", "Meters": "4", "Key change on its way": "1", "Behind": "2"}]
    assert [(one["Account"], one["Key change since (Asia/Shanghai)"]) for one in cells(meters)] == [
        ("A1", "behind"), ("A2", "2026-11-01 12:00"), ("A3", "behind"),
    ]  # fmt: skip
    assert cells(meters)[0]["Meter"] == identity(1).pan


def test_a_long_list_says_what_is_left(powertill, town):
    assert powertill("not-migrated", "--most", "1")[1].endswith("\n2 more; see them with --most 3\n")
    assert powertill("not-migrated", "--most", "0")[1].endswith("\n3 more; see them with --most 3\n")


def test_where_all_meters_hold_the_key_it_says_so(powertill, engine):
    entered(engine, 2)
    enter(engine, approved(1, -30))
    code, said, _ = powertill("not-migrated", "--sgc", "201457")
    assert code == 0
    assert said.endswith("\n\nevery meter holds the key that serves its group\n")


def test_days_are_what_the_builders_say():
    assert approved(days=-30).active_from == NOON - 30 * DAY
