"""Closed days, damaged by hand in one place each: the checker names every damage."""

from datetime import date, datetime, time, timedelta

import pytest

from adapters.db.journal_reader import JournalReader
from gateway.core.calendar import Calendar
from gateway.core.closed_day import Closed
from gateway.core.outcome import recalled
from gateway.prepayment.close_day import CloseDay
from gateway.proof.check import check_books
from gateway.proof.check_days import check_days
from tests.builders import NOON, ZONE, Till, database, identity, posting_batch

CALENDAR = Calendar(ZONE, time(0, 0))
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
def engine(tmp_path):
    """Two closed days with sales, waiting credits and a claim, and an open one."""
    made, now = database(tmp_path / "till.db", 3), [NOON]
    batch = posting_batch(made, lambda: now[0], calendar=CALENDAR)
    at_once, later = Till(), Till(bank="west", token_in_answer=False)
    two, three = identity(2).pan, identity(3).pan
    batch.run([at_once.pay("r1"), later.pay("w1", pan=two), later.pay("w2", pan=three)])
    now[0] += timedelta(days=1)
    batch.run([at_once.pay("r2"), later.reverse("w1"), at_once.reverse("r1"), CloseDay(MONDAY, CALENDAR)])
    now[0] += timedelta(days=1)
    batch.run([CloseDay(TUESDAY, CALENDAR), later.hand_over("w2")])
    batch.close()
    with made.begin() as connection:
        triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'")
        for (name,) in triggers.all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return made


def findings(engine):
    journal = JournalReader(engine)
    return check_days(journal, journal.standing().days, journal.closed_days())


def damaged(engine, *statements):
    """What the checker says after this; each statement must hit something."""
    with engine.begin() as connection:
        for statement in statements:
            values = statement[1:] if isinstance(statement, tuple) else ()
            text = statement[0] if isinstance(statement, tuple) else statement
            assert connection.exec_driver_sql(text, values).rowcount > 0, statement
    return " | ".join(findings(engine))


def test_sound_days_have_no_findings(engine):
    assert findings(engine) == []
    assert check_books(JournalReader(engine)) == []


def test_books_without_a_day_have_no_findings(tmp_path):
    assert findings(database(tmp_path / "empty.db", 0)) == []


DAMAGES = {
    "a sum was changed": (
        ["UPDATE account_day SET debit = debit + 1 WHERE business_date = '2026-11-23' AND account_id = 1"],
        "BANK:east (CNY) keeps 10001 debit, 0 credit, 1 postings; the journal has 10000, 0, 1",
    ),
    "a count was changed": (
        ["UPDATE account_day SET postings = 7 WHERE business_date = '2026-11-25'"],
        "2026-11-25: account",
    ),
    "a sum is gone": (
        ["DELETE FROM account_day WHERE business_date = '2026-11-24' AND account_id = 1"],
        "2026-11-24: the sums of account BANK:east (CNY) are missing",
    ),
    "a sum was put in": (
        ["INSERT INTO account_day VALUES ('2026-11-22', 1, 5, 0, 0)"],
        "2026-11-22: account BANK:east (CNY) keeps 5 debit",
    ),
    "a closing row says another checksum": (
        ["UPDATE closed_day SET checksum = 'x' WHERE business_date = '2026-11-23'"],
        "the close of 2026-11-23: row and content differ in checksum or last position",
    ),
    "a closing row says another last position": (
        ["UPDATE closed_day SET last_position = 99 WHERE business_date = '2026-11-24'"],
        "the close of 2026-11-24: row and content differ",
    ),
    "a day was opened again": (
        ["DELETE FROM closed_day WHERE business_date = '2026-11-24'"],
        "the key close/2026-11-24 says that 2026-11-24 is closed, and it is not",
    ),
    "an earlier day was opened again": (
        [
            "DELETE FROM closed_day WHERE business_date = '2026-11-23'",
            "DELETE FROM command_key WHERE key = 'close/2026-11-23'",
        ],
        "2026-11-23 is open, and 2026-11-24 is closed",
    ),
    "a close has lost its content": (
        ["DELETE FROM command_key WHERE key = 'close/2026-11-23'"],
        "2026-11-23 is closed, and nothing says with which figures",
    ),
    "an entry was moved out of a closed day": (
        ["UPDATE entry SET business_date = '2026-11-25' WHERE position = 1"],
        "the close of 2026-11-23 says 3 entries, the journal has 2",
    ),
    "an entry was moved into a closed day": (
        ["UPDATE entry SET business_date = '2026-11-24' WHERE position = 7"],
        "is booked in 2026-11-24, behind that day's close",
    ),
    "a posting says another amount": (
        ["UPDATE posting SET amount = amount + 1 WHERE line = 0 AND entry_id = (SELECT min(id) FROM entry)"],
        "BANK:east (CNY) says 0 + 10000 - 0 = 10000 and the journal 0 + 10001 - 0 = 10001",
    ),
    "an account has another name": (
        ["UPDATE account SET code = 'BANK:north' WHERE code = 'BANK:west'"],
        "the close of 2026-11-23: BANK:north (CNY) says nothing and the journal 0 + 20000 - 0 = 20000",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_is_found_when(engine, damage):
    statements, finding = DAMAGES[damage]
    assert finding in damaged(engine, *statements)


def rewritten(engine, change):
    """What the checker says after Monday's content was changed; the row follows its checksum."""
    key = "close/2026-11-23"
    with engine.connect() as connection:
        asked = "SELECT content FROM command_key WHERE key = ?"
        closed = recalled(connection.exec_driver_sql(asked, (key,)).scalar_one())
    changed = change(closed)
    return damaged(
        engine,
        ("UPDATE command_key SET content = ? WHERE key = ?", changed.stored(), key),
        ("UPDATE closed_day SET checksum = ? WHERE business_date = '2026-11-23'", changed.checksum),
    )


def test_figures_that_were_changed_do_not_give_their_checksum(engine):
    def change(closed):
        return Closed(closed.day, 99, closed.last_position, closed.accounts, closed.carried, closed.checksum)

    assert "the close of 2026-11-23: its figures do not give its checksum" in rewritten(engine, change)


def test_figures_that_were_changed_with_their_checksum_are_not_the_journal_s(engine):
    def change(closed):
        return Closed(
            closed.day, closed.entries, closed.last_position, closed.accounts[1:], closed.carried
        ).sealed()

    found = rewritten(engine, change)
    assert found == (
        "the close of 2026-11-23: BANK:east (CNY) says nothing and the journal 0 + 10000 - 0 = 10000"
    )


def test_what_is_carried_over_is_counted_anew(engine):
    def change(closed):
        return Closed(closed.day, closed.entries, closed.last_position, closed.accounts, ()).sealed()

    found = rewritten(engine, change)
    assert found == "the close of 2026-11-23: what is carried over is not what waited"


def test_a_content_of_another_day_is_found(engine):
    def change(closed):
        return Closed(
            "2026-11-20", closed.entries, closed.last_position, closed.accounts, closed.carried
        ).sealed()

    assert rewritten(engine, change) == "the close of 2026-11-23 is that of 2026-11-20"


def test_no_more_than_ten_late_entries_are_named(engine):
    wanted = datetime(2026, 11, 25, 12, tzinfo=ZONE)
    batch = posting_batch(engine, lambda: wanted, calendar=CALENDAR)
    till = Till(bank="west", token_in_answer=False)
    batch.run([till.pay(f"many{n}", pan=identity(1 + n % 3).pan) for n in range(12)])
    found = damaged(
        engine, "UPDATE entry SET business_date = '2026-11-24' WHERE business_date = '2026-11-25'"
    )
    assert found.count("behind that day's close") == 10
