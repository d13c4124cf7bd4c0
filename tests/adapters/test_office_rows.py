"""The office in the database: written as decided, kept for ever where it must be, moved and migrated."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from adapters.db import tables as t
from adapters.db.journal_reader import JournalReader
from adapters.db.move import move_books
from adapters.db.office_load import load_office
from adapters.db.office_write import diary_rows
from adapters.db.opening import migrate, open_database
from gateway.core.approval import Verdict
from gateway.core.authority import Function, Grant, Level
from gateway.core.books import Books, Decision, ExceptionNote, Needs
from gateway.core.diary import DETAIL_MAX, SUBJECT_MAX, Action, Actor, DiaryLine, DiaryOutcome
from gateway.core.hidden import Hidden
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.outcome import Approved
from gateway.core.people_told import rows_told
from gateway.core.session import Stage
from gateway.core.staff import Branch, Role, Shift, StaffState, Station
from gateway.core.trouble import Resolution
from gateway.prepayment.end_claim import ClaimEnd, EndClaim
from gateway.proof.check import check_books
from gateway.proof.verify import verify
from tests.builders import BANK, CHAIN_SECRET, Till, entered, identity, posting_batch
from tests.databases import GATEWAY
from tests.office.people import NOON_US, Desk, deposit, person, session

EVERYTHING = OfficeNeeds(everyone=True, shifts=True)
LINE = DiaryLine(
    Actor("ada", "s", "10.0.0.1", "n-1"), "floats", Action.ASK, "a float", DiaryOutcome.WAITS, "why"
)


@dataclass(frozen=True)
class Put:
    """Whatever a command may decide about the office, without asking."""

    change: OfficeChange | None = None
    lines: tuple[DiaryLine, ...] = ()
    exception: ExceptionNote | None = None
    wants: OfficeNeeds = field(default_factory=OfficeNeeds)

    key = "put"
    digest = ""
    channel = "test"

    def needs(self) -> Needs:
        return Needs(office=self.wants)

    def decide(self, books: Books, now) -> Decision:
        return Decision(Changed("put"), office=self.change, diary=self.lines, exception=self.exception)


def put(engine, *commands):
    done = posting_batch(engine).run(commands)
    assert done == [Changed("put")] * len(commands), done


def telling(change):
    """The line of such a change."""
    done = (Action.CHANGE, "everybody", DiaryOutcome.DONE)
    return DiaryLine(Actor("root"), "operators", *done, rows_told(change))


def read(engine, **needs):
    with engine.connect() as connection:
        return load_office(connection, [replace(EVERYTHING, **needs)])


def is_sound(engine):
    journal = JournalReader(engine)
    assert check_books(journal) == []
    with journal.snapshot() as reader:
        assert verify(reader.sealed(), CHAIN_SECRET, reader.standing(), {}).findings == []


def asked(reference="r1", **changes):
    """A request as the verb makes it, under a shorter name."""
    desk = Desk()
    desk.post(deposit())
    return replace(desk.request(), reference=reference, **changes)


ODD = "Ünïcode ' \" \\ {,} % $1 :name 电"

FIRST = {
    "operators": person(
        "ada", "administrator", "clerk", name=ODD, branch="north", language="zh", must_change=True,
        totp=Hidden("sealed"), totp_step=2**40, failures=7, held_until_us=NOON_US, valid_until_us=2**62,
        version=3, state=StaffState.LEFT,
    ),
    "roles": Role("clerk", ODD, {Function.FLOATS: Grant(Level.DO, 2**60)}, 4),
    "branches": Branch("north", ODD),
    "stations": Station("n-1", ODD, "north", is_open=False),
    "shifts": Shift(5, "ada", "n-1", NOON_US),
    "sessions": session("ada", stage=Stage.ENROL, ended_us=NOON_US),
    "approvals": asked(reason=ODD, subject=ODD, amount_minor=2**60, about="A1"),
}  # fmt: skip
THEN = {
    "operators": person("ada"),
    "roles": Role("clerk", "Clerk", {}, 5),
    "branches": Branch("north", "North"),
    "stations": Station("n-1", "One", "south", is_open=True),
    "shifts": Shift(5, "ada", "n-1", NOON_US, NOON_US + 1),
    "sessions": session("ada", seen_us=NOON_US + 5),
    "approvals": FIRST["approvals"].decided(Verdict.REFUSE, "chen", NOON_US + 1, ODD),
}
ASK = {"sessions_of": ("ada",), "approvals": ("r1",)}


@pytest.mark.parametrize("kind", FIRST)
def test_what_was_decided_is_read_back_as_it_was_decided(fresh, kind):
    engine = fresh.database(1)
    put(engine, Put(OfficeChange(**{kind: (FIRST[kind],)})))
    assert list(getattr(read(engine, **ASK), kind).values()) == [FIRST[kind]]


@pytest.mark.parametrize("kind", FIRST)
@pytest.mark.parametrize("batches", [1, 2])
def test_what_was_decided_last_stands(fresh, kind, batches):
    engine = fresh.database(1)
    puts = [Put(OfficeChange(**{kind: (one[kind],)})) for one in (FIRST, THEN)]
    if batches == 1:
        put(engine, *puts)
    else:
        put(engine, puts[0])
        put(engine, puts[1])
    standing = getattr(read(engine, **ASK), kind)
    assert list(standing.values()) == ([] if kind == "shifts" else [THEN[kind]])
    if kind == "shifts":  # the closed are of no use to a shift that begins
        with engine.connect() as connection:
            assert Shift(*connection.execute(select(t.shift)).one()) == THEN[kind]
        assert read(engine).next_shift == 6


def test_everything_at_once_in_one_decision(fresh):
    engine = fresh.database(1)
    change = OfficeChange(**{kind: (one,) for kind, one in FIRST.items()})
    put(engine, Put(change, (telling(change),)))
    office = read(engine, **ASK)
    assert {kind: list(getattr(office, kind).values()) for kind in FIRST} == {
        k: [v] for k, v in FIRST.items()
    }
    is_sound(engine)


def test_only_what_was_asked_for_is_loaded(fresh):
    engine = fresh.database(1)
    people = tuple(person(login) for login in ("ada", "ben", "cleo"))
    sessions = (*(session(one.login) for one in people), session("ada", id="s2"))
    requests = (asked("r1"), asked("r2"))
    put(engine, Put(OfficeChange(operators=people, sessions=sessions, approvals=requests)))
    with engine.connect() as connection:
        office = load_office(
            connection,
            [OfficeNeeds(logins=("ada", "none")), OfficeNeeds(sessions=("s2",), approvals=("r2", "none"))],
        )
        assert set(office.operators) == {"ada"}
        assert set(office.sessions) == {"s2"}
        assert set(office.approvals) == {"r2"}
        assert load_office(connection, [OfficeNeeds()]).operators == {}


def test_the_branch_is_that_of_the_customer_by_his_number_or_his_meter_s(fresh):
    engine = fresh.database(2)
    with engine.begin() as connection:
        connection.execute(update(t.customer).where(t.customer.c.account_no == "A1").values(branch="north"))
        pans = {row.id: row.pan for row in connection.execute(select(t.meter))}
    named = ("A1", "A2", "none", *pans.values())
    assert read(engine, branch_of=named).branch_of == {
        "A1": "north", "A2": "", pans[1]: "north", pans[2]: "",
    }  # fmt: skip


def test_an_exception_is_read_with_the_branch_of_its_sale_and_closed(fresh):
    engine = fresh.database(1)
    with engine.begin() as connection:
        connection.execute(update(t.customer).values(branch="north"))
    posting_batch(engine).run([Till().pay("r1")])
    (sale,) = JournalReader(engine).sales()
    notes = [ExceptionNote("late", BANK, f"k{n}", sale.id if n else None, ODD) for n in range(2)]
    put(engine, *(Put(exception=note) for note in notes))
    troubles = read(engine, troubles=(1, 2, 3)).troubles
    assert [(one.id, one.key, one.branch, one.is_open) for one in troubles.values()] == [
        (1, "k0", "", True),
        (2, "k1", "north", True),
    ]
    closed = troubles[2].resolved(Resolution.EXPLAINED, "ada", NOON_US, ODD)
    put(engine, Put(OfficeChange(troubles=(closed,))))
    assert read(engine, troubles=(1, 2)).troubles == {1: troubles[1], 2: closed}
    assert [one.key for one in JournalReader(engine).open_exceptions()] == ["k0"]


# -- the diary -------------------------------------------------------------------------------------------


def lines_of(engine):
    with engine.connect() as connection:
        return connection.execute(select(t.diary).order_by(t.diary.c.id)).all()


def test_lines_are_numbered_without_a_gap_over_batches_and_portions(fresh):
    engine = fresh.database(3)
    till, batch = Till(tid_lead_max=10**6), posting_batch(engine)
    count = 0
    for number in range(3):
        # More than two portions of payments and lines mixed; one of three commands writes two lines.
        commands = []
        for n in range(150):
            pay = till.pay(f"{number}-{n}", 1_000)
            commands.append(pay if n % 3 else Put(lines=(LINE,) * (1 + n % 2)))
            count += 0 if n % 3 else 1 + n % 2
        outcomes = batch.run(commands)
        assert {type(one) for one in outcomes} == {Approved, Changed}
    found = lines_of(engine)
    assert [line.id for line in found] == list(range(1, count + 1))
    assert [line.link for line in found] == sorted(line.link for line in found)
    is_sound(engine)


def test_a_line_is_kept_as_it_can_be_printed_and_cut(fresh):
    engine = fresh.database(1)
    wild = "a\x00b\x1fc\nd\ud800" + "x" * 2_000
    put(engine, Put(lines=(replace(LINE, actor=Actor("ada", "s", wild, wild), subject=wild, detail=wild),)))
    (line,) = lines_of(engine)
    assert line.detail.startswith("a b c d xxx")
    assert (len(line.detail), len(line.subject)) == (DETAIL_MAX, SUBJECT_MAX)
    assert len(line.address) == len(line.station) == SUBJECT_MAX
    is_sound(engine)


def test_a_line_has_a_column_for_each_of_its_parts():
    (row,) = diary_rows([LINE], 7, 8, 9)
    told = dict(zip([column.key for column in t.diary.c], row, strict=True))
    assert told == {
        "id": 7, "at_us": 8, "actor": "ada", "station": "n-1", "address": "10.0.0.1", "function": "floats",
        "action": "ask", "subject": "a float", "outcome": "waits", "detail": "why", "link": 9,
    }  # fmt: skip


def test_a_batch_that_writes_nothing_has_no_link(fresh):
    engine = fresh.database(1)
    posting_batch(engine).run([Till().pay("r1")])
    before = JournalReader(engine).head()
    put(engine, Put())
    assert JournalReader(engine).head() == before


@pytest.mark.parametrize("how", ["change", "remove", "insert", "insert behind", "renumber"])
def test_whoever_touches_the_diary_is_found(fresh, how):
    engine = fresh.database(1)
    for _ in range(3):
        put(engine, Put(lines=(LINE, LINE)))
    owner = engine
    if fresh.kind == "postgresql":
        owner = open_database(str(engine.url.set(username="postgres")))
    d = t.diary.c
    with owner.connect() as connection, connection.begin() as transaction:
        if fresh.kind == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            for name in ("diary_no_update", "diary_no_delete"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        row = dict(connection.execute(select(t.diary).where(d.id == 3)).mappings().one())
        match how:
            case "change":
                connection.execute(update(t.diary).where(d.id == 3).values(actor="eve"))
            case "remove":
                connection.execute(t.diary.delete().where(d.id == 3))
            case "insert":
                connection.execute(t.diary.insert().values(row | {"id": 99}))
            case "insert behind":
                connection.execute(t.diary.insert().values(row | {"id": 99, "link": 99}))
            case "renumber":
                connection.execute(update(t.diary).where(d.id == 6).values(id=7))
        journal = JournalReader(owner, connection)
        assert verify(journal.sealed(), CHAIN_SECRET, journal.standing(), {}).findings != []
        transaction.rollback()
    owner.dispose()
    is_sound(engine)


# -- what the database refuses ---------------------------------------------------------------------------

_DECIDE = "UPDATE approval SET state = 'approved', decided_by = 'chen', decided_us = 5"
FORBIDDEN = {
    "UPDATE diary SET detail = 'nothing'": "diary",
    "DELETE FROM diary": "diary",
    "DELETE FROM approval": "approval",
    "DELETE FROM operator": "operator",
    "DELETE FROM role": "role",
    "UPDATE approval SET order_text = '{}'": "approval",
    "UPDATE approval SET amount_minor = 1": "approval",
    "UPDATE approval SET reason = 'another'": "approval",
    "UPDATE approval SET asked_by = 'another'": "approval",
    "UPDATE approval SET asked_us = 1": "approval",
    "UPDATE approval SET reference = 'r2'": "approval",
    "UPDATE approval SET state = 'approved'": "approval",
    "UPDATE approval SET state = 'approved', decided_us = 5": "approval",
    "UPDATE approval SET state = 'asked', decided_by = 'chen'": "approval",
    "UPDATE approval SET state = 'lost', decided_by = 'chen', decided_us = 5": "approval",
    "UPDATE approval SET state = 'approved', decided_by = ' CLEO ', decided_us = 5": "approval",
    f"{_DECIDE}, amount_minor = 1": "approval",
}


def towns(engine):
    change = OfficeChange(operators=(person("ada"),), roles=(Role("clerk", "Clerk"),), approvals=(asked(),))
    put(engine, Put(change, (LINE,)))
    return engine


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_nobody_changes_what_is_for_ever(fresh, statement):
    engine = towns(fresh.database(1))
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    "statement", [*FORBIDDEN, "TRUNCATE diary", "TRUNCATE approval", "TRUNCATE operator", "TRUNCATE role"]
)
def test_on_a_server_its_owner_changes_it_no_more_than_the_gateway(postgresql, statement):
    gateway, owner = postgresql().books()
    opened = open_database(gateway)
    towns(entered(opened, 1))
    owning = open_database(owner)
    with pytest.raises(IntegrityError), owning.begin() as connection:
        connection.exec_driver_sql(statement)
    assert GATEWAY in gateway
    owning.dispose()


@pytest.mark.parametrize("state", ["approved", "refused", "withdrawn"])
def test_a_request_takes_one_step_and_no_second(fresh, state):
    engine = towns(fresh.database(1))
    step = f"UPDATE approval SET state = '{state}', decided_by = 'chen', decided_us = 5"  # noqa: S608 - our own
    with engine.begin() as connection:
        connection.exec_driver_sql(step)
    for second in (step, _DECIDE, "UPDATE approval SET state = 'asked', decided_by = '', decided_us = NULL"):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.exec_driver_sql(second)


def test_a_request_under_a_used_reference_does_not_replace_it(fresh):
    engine = towns(fresh.database(1))
    (outcome,) = posting_batch(engine).run([Put(OfficeChange(approvals=(asked(amount_minor=9),)))])
    assert isinstance(outcome, IntegrityError)
    assert read(engine, approvals=("r1",)).approvals["r1"] == asked()


def test_one_order_that_the_database_refuses_fails_alone(fresh):
    engine = fresh.database(3)
    till, batch = Till(tid_lead_max=10**6), posting_batch(engine)
    # Two at one station: no verb decides so, but were there one, its neighbours must not suffer.
    shifts = [Shift(n, login, "north-1", NOON_US) for n, login in ((1, "cleo"), (2, "carl"))]
    commands = [till.pay(f"r{n}", 1_000) for n in range(70)]
    commands[10] = Put(OfficeChange(shifts=(shifts[0],)), (LINE,))
    commands[69] = Put(OfficeChange(shifts=(shifts[1],)), (LINE,))
    outcomes = batch.run(commands)
    assert isinstance(outcomes[69], IntegrityError)
    assert [type(one) for one in outcomes[:69]].count(Approved) == 68
    assert list(read(engine).shifts.values()) == [shifts[0]]
    assert [line.id for line in lines_of(engine)] == [1]
    assert isinstance(batch.run([till.pay("after")])[0], Approved)
    is_sound(engine)


def test_a_value_that_no_column_holds_fails_alone(fresh):
    engine = fresh.database(1)
    bad = Put(OfficeChange(operators=(person("ada", valid_until_us=2**70),)))
    outcomes = posting_batch(engine).run([Till().pay("r1"), bad, Put(lines=(LINE,))])
    assert isinstance(outcomes[0], Approved)
    assert isinstance(outcomes[1], Exception)
    assert outcomes[2] == Changed("put")
    assert read(engine).operators == {}
    is_sound(engine)


# -- moved and migrated ----------------------------------------------------------------------------------


def test_a_move_to_a_server_carries_the_office(tmp_path, postgresql):
    source = open_database(f"sqlite:///{tmp_path / 'till.db'}")
    migrate(source)
    entered(source, 1)
    note = ExceptionNote("late", BANK, "k", None, "why")
    change = OfficeChange(**{kind: (one,) for kind, one in FIRST.items()})
    put(source, Put(change, (LINE, telling(change), LINE), note))
    trouble = read(source, troubles=(1,)).troubles[1].resolved(Resolution.SETTLED, "ada", NOON_US, ODD)
    put(source, Put(OfficeChange(troubles=(trouble,))))
    gateway, owner = postgresql().books()
    target = open_database(owner)
    compared = {one.table: one.rows for one in move_books(source, target, lambda _journal: [])}
    assert {"diary": 3, "operator": 1, "approval": 1, "session": 1, "shift": 1}.items() <= compared.items()
    moved = open_database(gateway)
    assert read(moved, **ASK, troubles=(1,)) == read(source, **ASK, troubles=(1,))
    is_sound(target)
    put(moved, Put(lines=(LINE,), exception=replace(note, key="k2")))
    assert [line.id for line in lines_of(moved)] == [1, 2, 3, 4]
    is_sound(moved)
    for engine in (source, target, moved):
        engine.dispose()


def to_revision(engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", "adapters.db:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        current = MigrationContext.configure(connection).get_current_revision() or ""
        (command.downgrade if revision < current else command.upgrade)(config, revision)


@pytest.fixture(params=["sqlite", "postgresql"])
def owner(request, tmp_path, postgresql):
    """Books as their owner has them."""
    url = f"sqlite:///{tmp_path / 'till.db'}" if request.param == "sqlite" else postgresql().books()[1]
    engine = open_database(url)
    migrate(engine)
    yield engine
    engine.dispose()


OFFICE_TABLES = {"branch", "station", "role", "operator", "session", "shift", "approval", "diary"}


def test_books_with_sales_get_the_office_and_can_go_back_while_the_diary_is_empty(owner):
    entered(owner, 2)
    till, batch = Till(), posting_batch(owner)
    batch.run([till.pay("r1")])
    put(owner, Put(exception=ExceptionNote("late", BANK, "k", None, "why")))
    batch.close()
    to_revision(owner, "0006")
    assert not OFFICE_TABLES & set(inspect(owner).get_table_names())
    columns = {column["name"] for column in inspect(owner).get_columns("exception_note")}
    assert not columns & {"resolution", "resolved_by", "resolved_us", "reason"}
    migrate(owner)
    assert set(inspect(owner).get_table_names()) >= OFFICE_TABLES
    (trouble,) = read(owner, troubles=(1,)).troubles.values()
    assert (trouble.is_open, trouble.resolution, trouble.resolved_us) == (True, "", None)
    with owner.connect() as connection:
        assert connection.execute(select(t.customer.c.branch, t.customer.c.phone)).all() == [("", "")] * 2
    change = OfficeChange(operators=(person("ada"),))
    put(owner, Put(change, (telling(change),)))
    assert isinstance(posting_batch(owner).run([till.pay("r2")])[0], Approved)
    is_sound(owner)


def test_there_is_no_way_back_once_the_diary_has_a_line(owner):
    entered(owner, 1)
    put(owner, Put(lines=(LINE,)))
    with pytest.raises(NotImplementedError):
        to_revision(owner, "0006")
    assert [line.id for line in lines_of(owner)] == [1]


@pytest.mark.parametrize("table", sorted(OFFICE_TABLES))
def test_the_columns_are_those_that_the_program_knows(owner, table):
    told = {column["name"]: column["nullable"] for column in inspect(owner).get_columns(table)}
    assert told == {column.name: column.nullable for column in t.metadata.tables[table].c}


def test_a_database_with_people_is_not_taken_for_an_empty_one(tmp_path, postgresql):
    gateway, owner = postgresql().books()
    target = open_database(owner)
    put(entered(open_database(gateway), 1), Put(OfficeChange(operators=(person("ada"),))))
    with target.connect() as connection:
        assert connection.execute(select(func.count()).select_from(t.operator)).scalar_one() == 1
        assert connection.execute(text("SELECT count(*) FROM diary")).scalar_one() == 0
    target.dispose()


def test_there_is_no_way_back_to_one_exception_for_all_time_once_one_came_again(owner):
    note = ExceptionNote("late", BANK, "k", None, "why")
    put(owner, Put(exception=note))
    to_revision(owner, "0010")
    migrate(owner)
    (trouble,) = read(owner, troubles=(1,)).troubles.values()
    closed = trouble.resolved(Resolution.SETTLED, "cleo", NOON_US, "seen to")
    put(owner, Put(OfficeChange(troubles=(closed,))), Put(exception=note))
    with pytest.raises(NotImplementedError, match="exceptions came again"):
        to_revision(owner, "0010")
    migrate(owner)
    assert {one.is_open for one in read(owner, troubles=(1, 2, 3)).troubles.values()} == {True, False}


def claim_closed_by_words(owner):
    """A claim whose exception an older program has closed as settled."""
    entered(owner, 1)
    till = Till()
    posting_batch(owner).run([till.pay("r1"), till.reverse("r1")])
    (trouble,) = read(owner, troubles=(1,)).troubles.values()
    put(owner, Put(OfficeChange(troubles=(trouble.resolved(Resolution.SETTLED, "cleo", NOON_US, "so"),))))
    return trouble


def test_a_claim_that_was_closed_before_it_could_end_is_put_before_a_person_again(owner):
    before = claim_closed_by_words(owner)
    to_revision(owner, "0011")
    migrate(owner)
    closed, again = (read(owner, troubles=(n,)).troubles.get(n) for n in (1, 2))
    assert (closed.is_open, closed.reason) == (False, "so")
    assert (again.kind, again.bank, again.key, again.sale_id, again.at_us, again.is_open) == (
        before.kind, before.bank, before.key, before.sale_id, before.at_us, True,
    )  # fmt: skip
    to_revision(owner, "0011")
    migrate(owner)
    assert set(read(owner, troubles=(1, 2, 3)).troubles) == {1, 2}


def test_there_is_no_way_back_once_a_claim_has_ended(owner):
    claim_closed_by_words(owner)
    end = EndClaim("pay/east/r1", ClaimEnd.UPHELD, BANK, "cleo", identity(1).pan, 10_000)
    assert posting_batch(owner).run([end]) == [Changed("claim/pay/east/r1")]
    with pytest.raises(NotImplementedError, match="a claim has ended"):
        to_revision(owner, "0011")
