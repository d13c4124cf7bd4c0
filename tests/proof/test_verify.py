"""Whoever may write to the database leaves a trace: every single-row tampering and every cut is found."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from adapters.db import tables as t
from adapters.db.journal_reader import JournalReader
from adapters.db.opening import DatabaseFault, open_database
from adapters.db.posting_batch import LedgerBroken
from adapters.db.sealed import adopt, require_own_chain, seal_old_books
from gateway.core.chain import SEALED
from gateway.core.fitting import DIRECT
from gateway.core.inspection import Finding
from gateway.core.meter import Carrier
from gateway.core.money import Money
from gateway.core.network import NetworkKind, NetworkPlace
from gateway.core.payment import deposit_key
from gateway.core.reading import Shown, Source, Told
from gateway.core.reset import Evidence, Shows
from gateway.core.stock import StockMeter
from gateway.core.timeline import microseconds
from gateway.office.keep_stock import TakeIn
from gateway.office.sign_in import SignIn
from gateway.prepayment.deposit_float import DepositFloat
from gateway.prepayment.inspect_meter import InspectMeter
from gateway.prepayment.issue_invoice import IssueInvoice
from gateway.prepayment.keep_network import KeepNetworkPlace
from gateway.prepayment.leave_point import Going
from gateway.prepayment.record_readings import ReadingLine, RecordReadings
from gateway.prepayment.replace_meter import Coming, ReplaceMeter
from gateway.prepayment.reset_sale import ResetSale
from gateway.prepayment.write_invoice import InvoiceAuthor
from gateway.proof.check import check_books
from gateway.proof.verify import verify
from tests.builders import BANK, CHAIN_SECRET, NOON, Till, database, identity, posting_batch
from tests.databases import Fresh

METERS = 5
TAMPERINGS = 500
CUTS = 50
#: Tables whose rows the verifier answers for.
TABLES = [*SEALED, "chain_link", "account_day"]
#: Tables whose rows name their link.
LINKED = [
    t.account, t.command_key, t.sale, t.token, t.diary, t.amendment, t.invoice, t.reading, t.inspection,
    t.departure, t.sale_reset,
]  # fmt: skip


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
            author = InvoiceAuthor("north", "", "li")
            self.post(*(IssueInvoice(f"pay/{BANK}/n{n}-{pan}", pan, author) for pan in pans[3:]))
            self.post(SignIn("nobody", f"session{n}", "10.0.0.1", None))
            area = NetworkPlace(f"area-{n}", NetworkKind.AREA, f"Area {n}", version=0)
            self.post(KeepNetworkPlace("local:li", f"a{n}", area))
            shown = Shown(pans[4], microseconds(NOON) - 4 + n, (("total", 1_000 * n),), credit_wh=n)
            line = ReadingLine(shown, Told(Source.MANUAL))
            self.post(RecordReadings("local:li", f"m{n}", (line,)))
            looked = InspectMeter(
                "local:li", f"i{n}", pans[4], n + 1, (), Finding.IN_ORDER, "as it should be"
            )
            self.post(looked)
            self.post(
                DepositFloat(deposit_key(BANK, f"d{n}"), BANK, Money(5_000, "CNY"), "CNY", covered=True),
                now.pay(f"bad{n}", 1),
            )
        self._reset(pans[3:])
        self._replace(2)
        return self

    def _reset(self, pans):
        """The last purchase of these is found to be in the meter, or lost."""
        for nth, pan in enumerate(pans):
            shows = Shows(
                Evidence.DISPLAY, microseconds(NOON), is_taken=nth % 2 == 0, credits=None, reference="Chen"
            )
            key = f"pay/{BANK}/n3-{pan}"
            self.post(ResetSale("local:li", f"reset{nth}", pan, key, shows, "it was not taken"))

    def _replace(self, serial):
        """A meter of which no sale waits is replaced, and the new one in turn."""
        by, number, stock = "local:li", f"A{serial}-1", (801, 802)
        meters = tuple(StockMeter(identity(one), "DDS", Carrier.TOKEN, "", "lot", 0) for one in stock)
        self.post(TakeIn(by, "stock", meters))
        for nth, (old, new) in enumerate(zip((serial, *stock), stock, strict=False), 1):
            day = NOON.date().isoformat()
            going = Going(
                number, nth, identity(old).pan, day, microseconds(NOON), (), 0, "Chen", to_stock=True,
                reason="it is dark", currency="CNY",
            )  # fmt: skip
            coming = Coming(identity(new).pan, (("total", 0),), (), DIRECT, DIRECT)
            self.post(ReplaceMeter(by, f"replace{nth}", going, coming))

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
        unlock(connection)


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
    with JournalReader(books.engine).snapshot() as journal:
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
    for table in LINKED:
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


# -- what only a second look finds -----------------------------------------------------------------------


def test_two_sales_whose_states_were_exchanged_are_found(books):
    def exchange(connection):
        issued, claimed = (
            connection.execute(select(t.sale.c.id).where(t.sale.c.state == state).limit(1)).scalar_one()
            for state in ("issued", "claimed")
        )
        for id_, state in ((issued, "claimed"), (claimed, "issued")):
            connection.execute(update(t.sale).where(t.sale.c.id == id_).values(state=state))

    findings = books.tampered(exchange)
    assert len(findings) == 2
    assert all(" by the journal " in finding for finding in findings)


def test_energy_that_was_moved_from_one_sale_to_another_is_found(books):
    def move(connection):
        one, two = connection.execute(
            select(t.sale.c.id).where(t.sale.c.state == "issued").limit(2)
        ).scalars()
        for id_, wh in ((one, 1_000), (two, -1_000)):
            more = t.sale.c.encoded_wh + wh
            connection.execute(update(t.sale).where(t.sale.c.id == id_).values(encoded_wh=more))

    assert len(books.tampered(move)) == 2


def test_a_day_that_nobody_closed_is_found(books):
    row = {"business_date": "2027-12-31", "at_us": 0, "last_position": 1, "checksum": "ab"}
    (finding,) = books.tampered(lambda connection: connection.execute(t.closed_day.insert().values(row)))
    assert finding == "2027-12-31 stands as closed, and its close is another or is not there"


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("command_key", "content", "a\x1fb"),
        ("chain_link", "at_us", 2**63 - 1),
        ("entry", "business_date", "\x1f"),
    ],
)
def test_a_value_of_a_strange_kind_is_a_finding_and_no_fault(books, table, column, value):
    of = t.metadata.tables[table]
    assert books.tampered(lambda connection: connection.execute(update(of).values({column: value})))


def test_a_text_among_numbers_is_a_finding_and_no_fault(tmp_path, postgresql):
    made = Books(Fresh("sqlite", tmp_path, postgresql)).trade()
    for statement in ("UPDATE posting SET amount = 'x'", "UPDATE command_key SET digest = x'00ff'"):
        assert made.tampered(lambda connection, s=statement: connection.exec_driver_sql(s))


# -- a chain that is taken away --------------------------------------------------------------------------


def unlock(connection):
    triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'").all()
    for (name,) in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")


def unchain(connection):
    connection.execute(t.chain_link.delete())
    for table in LINKED:
        connection.execute(update(table).values(link=1))


def unchained(engine):
    """Books as they were before there was a chain, or after somebody removed it."""
    with engine.begin() as connection:
        unlock(connection)
        unchain(connection)


@pytest.fixture
def embedded(tmp_path):
    engine = database(tmp_path / "till.db", METERS)
    batch = posting_batch(engine)
    batch.run([Till().pay("r1")])
    return engine, batch


def test_the_ledger_seals_no_books_whose_chain_was_removed(embedded):
    engine, batch = embedded
    unchained(engine)
    for again in (batch, posting_batch(engine)):
        with pytest.raises(LedgerBroken, match=r"(without a chain|ends at link)"):
            again.run([Till().pay("r2", pan=identity(2).pan)])
    with pytest.raises(DatabaseFault, match="books without a chain; cure: "):
        require_own_chain(engine, CHAIN_SECRET)


def test_books_from_before_the_chain_are_sealed_once_and_by_hand(embedded):
    engine, _ = embedded
    unchained(engine)
    assert seal_old_books(engine, CHAIN_SECRET, 0)
    assert not seal_old_books(engine, CHAIN_SECRET, 0)
    require_own_chain(engine, CHAIN_SECRET)


@pytest.mark.parametrize("page", [1, 7, 5_000])
def test_the_seal_over_old_books_is_made_page_by_page_and_is_the_one_that_is_verified(
    books, monkeypatch, page
):
    monkeypatch.setattr("adapters.db.sealed._PAGE", page)
    monkeypatch.setattr("gateway.core.chain._PIECE", page)

    def sealed_anew(connection):
        unchain(connection)
        adopt(connection, CHAIN_SECRET, 0)

    assert books.tampered(sealed_anew) == []


def test_old_books_that_were_changed_after_they_were_sealed_are_refused(embedded):
    engine, _ = embedded
    unchained(engine)
    assert seal_old_books(engine, CHAIN_SECRET, 0)
    with engine.begin() as connection:
        connection.execute(update(t.entry).values(channel="bank:west"))
    with pytest.raises(DatabaseFault, match="was sealed with another key or was changed"):
        require_own_chain(engine, CHAIN_SECRET)


def test_a_gateway_with_another_key_is_refused(embedded):
    with pytest.raises(DatabaseFault, match="was sealed with another key or was changed"):
        require_own_chain(embedded[0], bytes(32))


def test_a_journal_that_went_back_under_a_running_ledger_ends_it(embedded):
    engine, batch = embedded
    with engine.begin() as connection:
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type='trigger'"
        ).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(t.chain_link.delete().where(t.chain_link.c.number == 2))
    with pytest.raises(LedgerBroken, match="the journal ends at link 1, and link 2 was acknowledged"):
        batch.run([Till().pay("r2", pan=identity(2).pan)])
