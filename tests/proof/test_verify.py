"""Whoever may write to the database leaves a trace: every single-row tampering and every cut is found."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from adapters.db import tables as t
from adapters.db.journal_reader import JournalReader
from adapters.db.opening import open_database
from gateway.core.chain import SEALED
from gateway.core.money import Money
from gateway.core.payment import deposit_key
from gateway.prepayment.deposit_float import DepositFloat
from gateway.proof.check import check_books
from gateway.proof.verify import verify
from tests.builders import BANK, CHAIN_SECRET, Till, identity, posting_batch

METERS = 5
TAMPERINGS = 500
CUTS = 50
#: Tables whose rows the verifier answers for.
TABLES = [*SEALED, "chain_link", "account_day"]


class Books:
    """Books in the hands of somebody who may do anything to the database."""

    def __init__(self, fresh):
        self.engine = fresh.database(METERS)
        self.heads: dict[int, str] = {}
        self._batch = posting_batch(self.engine)
        self._owner = self.engine
        if fresh.kind == "postgresql":
            self._owner = open_database(str(self.engine.url.set(username="postgres")))

    def post(self, *commands):
        self._batch.run(commands)
        with self.engine.connect() as connection:
            head = connection.execute(
                select(t.chain_link).order_by(t.chain_link.c.number.desc()).limit(1)
            ).one()
        self.heads[head.number] = head.mac

    def trade(self):
        """All that can happen to a sale, in some batches."""
        now, later = Till(tid_lead_max=100_000), Till(token_in_answer=False)
        pans = [identity(serial).pan for serial in range(1, METERS + 1)]
        for n in range(4):
            self.post(*(now.pay(f"n{n}-{pan}", 1_000 + n, pan=pan) for pan in pans))
            self.post(*(later.pay(f"w{n}-{pan}", 2_000 + n, pan=pan) for pan in pans))
            self.post(
                later.reverse(f"w{n}-{pans[0]}"),
                later.hand_over(f"w{n}-{pans[1]}"),
                now.reverse(f"n{n}-{pans[2]}"),
            )
            self.post(
                DepositFloat(deposit_key(BANK, f"d{n}"), BANK, Money(5_000, "CNY"), "CNY"),
                now.pay(f"bad{n}", 1),
            )
        return self

    def tampered(self, tamper, heads=None):
        """What the verifier says after something was done to the rows, which is then undone."""
        with self._owner.connect() as connection, connection.begin() as transaction:
            self._unlock(connection)
            tamper(connection)
            journal = JournalReader(self._owner, connection)
            verdict = verify(journal.sealed(), CHAIN_SECRET, journal.standing(), heads or {})
            transaction.rollback()
        return verdict.findings

    def _unlock(self, connection):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            return
        triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'").all()
        for (name,) in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")


@pytest.fixture
def books(fresh):
    made = Books(fresh).trade()
    yield made
    made._owner.dispose()  # noqa: SLF001 - our own, see above
    made.engine.dispose()


def test_books_that_nobody_touched_are_found_sound(books):
    assert books.tampered(lambda _: None, books.heads) == []
    assert check_books(JournalReader(books.engine)) == []


def test_another_key_fits_no_link(books):
    journal = JournalReader(books.engine)
    verdict = verify(journal.sealed(), bytes(32), journal.standing(), {})
    assert len(verdict.findings) == verdict.links == len(books.heads) + 1


# -- single rows -----------------------------------------------------------------------------------------


def rows_of(connection, table):
    return connection.execute(select(table).order_by(*table.primary_key)).mappings().all()


def of_row(table, row):
    return [column == row[column.name] for column in table.primary_key]


def other(dice, value):
    """Another value of the same kind."""
    if value is None or isinstance(value, int):
        return (value or 0) + dice.choice([1, -1, 2])
    place = dice.randrange(len(value)) if value else 0
    return value[:place] + dice.choice("x7Q") + value[place + dice.randint(0, 1) :] + ("" if value else "x")


def edit(dice, connection, table):
    row = dice.choice(rows_of(connection, table))
    column = dice.choice(list(table.c))
    value = row[column.name]
    changed = other(dice, value)
    while changed == value:
        changed = other(dice, value)
    connection.execute(update(table).where(*of_row(table, row)).values({column.name: changed}))
    return f"{table.name}.{column.name}: {value!r} → {changed!r}"


def delete(dice, connection, table):
    row = dice.choice(rows_of(connection, table))
    connection.execute(table.delete().where(*of_row(table, row)))
    return f"{table.name} without {dict(row)}"


def insert(dice, connection, table):
    row = dict(dice.choice(rows_of(connection, table)))
    texts = [
        column for column in table.c if isinstance(row[column.name], str) and column.name in {"key", "code"}
    ]
    for column in [*table.primary_key, *texts]:
        row[column.name] = (
            f"{row[column.name]}x" if isinstance(row[column.name], str) else row[column.name] + 7
        )
    if table is t.entry:
        row["position"] = 10_000
    connection.execute(table.insert().values(row))
    return f"{table.name} with {row}"


def swap(dice, connection, _table):
    """Two entries change places."""
    one, two = dice.sample(rows_of(connection, t.entry), 2)
    for row, position in ((one, -1), (two, one["position"]), (one, two["position"])):
        connection.execute(update(t.entry).where(t.entry.c.id == row["id"]).values(position=position))
    return f"entries {one['id']} and {two['id']} swapped"


@pytest.mark.slow
def test_every_tampering_with_a_single_row_is_found(books):
    dice = random.Random("tampering")
    done, missed = 0, []
    while done < TAMPERINGS:
        way, table = dice.choice([edit, edit, delete, insert, swap]), t.metadata.tables[dice.choice(TABLES)]
        said = []
        try:
            found = books.tampered(lambda connection: said.append(way(dice, connection, table)))  # noqa: B023
        except IntegrityError:  # a key that is taken: not even a superuser gets that in
            continue
        done += 1
        missed += [] if found else said
    assert missed == []


def test_a_finding_names_the_batch_and_its_entries(books):
    def cheat(connection):
        first = select(func.min(t.posting.c.entry_id)).scalar_subquery()
        connection.execute(
            update(t.posting).where(t.posting.c.entry_id == first, t.posting.c.line == 0).values(account_id=2)
        )

    findings = books.tampered(cheat)
    assert findings[0].startswith(
        "link 2 (entries 1 to 5, sealed 2026-11-23 04:00:00+00:00): something in this batch"
    )
    assert any(finding.startswith("account BANK:east says") for finding in findings)


# -- a cut-off tail --------------------------------------------------------------------------------------


def cut(connection, last):
    """Take away everything behind a link, and put right all that follows from it: a perfect crime."""
    link = connection.execute(select(t.chain_link).where(t.chain_link.c.number == last)).one()
    gone = select(t.entry.c.id).where(t.entry.c.id > link.last_id).scalar_subquery()
    connection.execute(t.posting.delete().where(t.posting.c.entry_id.in_(gone)))
    connection.execute(t.entry.delete().where(t.entry.c.id > link.last_id))
    for table in (t.account, t.command_key, t.sale, t.token):
        connection.execute(table.delete().where(table.c.link > last))
    connection.execute(t.chain_link.delete().where(t.chain_link.c.number > last))
    amounts = select(func.sum(t.posting.c.amount)).where(t.posting.c.account_id == t.account.c.id)
    connection.execute(update(t.account).values(balance=func.coalesce(amounts.scalar_subquery(), 0)))
    connection.execute(t.account_day.delete())
    connection.exec_driver_sql(
        "INSERT INTO account_day (business_date, account_id, debit, credit, postings) "
        "SELECT e.business_date, p.account_id, sum(CASE WHEN p.amount > 0 THEN p.amount ELSE 0 END), "
        "sum(CASE WHEN p.amount < 0 THEN -p.amount ELSE 0 END), count(*) "
        "FROM entry e JOIN posting p ON p.entry_id = e.id GROUP BY e.business_date, p.account_id"
    )


@pytest.mark.slow
def test_every_cut_tail_is_found_with_the_copied_heads_and_only_with_them(fresh):
    made = Books(fresh)
    till = Till(tid_lead_max=100_000)
    for n in range(CUTS + 1):
        made.post(*(till.pay(f"r{n}-{m}", 1_000, pan=identity(1 + m).pan) for m in range(n % 3 + 1)))
    last = max(made.heads)
    for n in range(last - CUTS, last):
        (finding,) = made.tampered(lambda connection, n=n: cut(connection, n), {last: made.heads[last]})
        assert (
            finding == f"the chain was cut short: a copied head says link {last}, the books end with link {n}"
        )
    assert made.tampered(lambda connection: cut(connection, last - 1)) == []
    made._owner.dispose()  # noqa: SLF001 - our own, see above


def test_a_chain_that_was_written_anew_is_found_by_the_copied_heads(books):
    number, mac = list(books.heads.items())[3]
    (finding,) = books.tampered(lambda _: None, {**books.heads, number: mac[::-1]})
    assert finding == f"link {number} is not the one whose head was copied: the chain was written anew"
