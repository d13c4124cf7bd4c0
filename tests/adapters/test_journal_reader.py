import pytest

from adapters.db import journal_reader
from adapters.db.journal_reader import JournalReader
from gateway.core.ledger import WATT_HOURS
from gateway.core.outcome import recalled
from gateway.core.payment import payment_key, reversal_key
from gateway.core.sale import SaleState
from tests.builders import BANK, Till, identity, posting_batch

METERS = 4


@pytest.fixture
def engine(fresh):
    return fresh.database(METERS)


@pytest.fixture
def reader(engine):
    return JournalReader(engine)


def post(engine, *commands):
    batch = posting_batch(engine)
    contents = batch.run(commands)
    batch.close()
    return contents


def trade(engine):
    """Two sales with their tokens, a credit that waits, and one that was taken back."""
    now, later = Till(), Till(token_in_answer=False)
    one, two, three, four = (identity(serial).pan for serial in range(1, 5))
    return post(
        engine,
        now.pay("r1", pan=two),
        later.pay("r2", pan=one),
        later.pay("r3", pan=three),
        now.pay("r4", pan=four),
        later.reverse("r3"),
    )


def test_new_books_are_empty(reader):
    lists = [reader.accounts(), reader.entries(), reader.sales(), reader.tokens(), reader.stored_keys()]
    assert [list(rows) for rows in lists] == [[]] * 5


def test_entries_come_by_position_each_with_all_its_postings(engine, reader):
    trade(engine)
    entries = list(reader.entries())
    assert [entry.position for entry, _ in entries] == [1, 2, 3, 4, 5]
    assert [entry.kind for entry, _ in entries] == ["sale", "hold", "hold", "sale", "void"]
    assert all(posting.entry_id == entry.id for entry, postings in entries for posting in postings)
    money = [sum(p.amount for p in postings if p.amount > 0 and p.unit == "CNY") for _, postings in entries]
    assert money == [10_000] * 5


def test_an_entry_that_undoes_another_names_it(engine, reader):
    trade(engine)
    entries = [entry for entry, _ in reader.entries()]
    assert entries[4].reverses_id == entries[2].id
    assert entries[4].key == reversal_key(payment_key(BANK, "r3"))


@pytest.mark.parametrize("page", [1, 2, 3, 1_000])
def test_the_page_size_changes_nothing(engine, reader, page, monkeypatch):
    trade(engine)
    whole = list(reader.entries())
    monkeypatch.setattr(journal_reader, "_PAGE", page)
    assert list(reader.entries()) == whole
    assert len(list(reader.stored_keys())) == 5


def test_sales_come_by_id_with_what_was_paid(engine, reader):
    trade(engine)
    sales = list(reader.sales())
    assert [sale.id for sale in sales] == sorted(sale.id for sale in sales)
    assert [sale.key for sale in sales] == [payment_key(BANK, f"r{n}") for n in (1, 2, 3, 4)]
    assert {(sale.bank, sale.tender_minor, sale.currency) for sale in sales} == {(BANK, 10_000, "CNY")}


def test_every_sale_says_where_it_stands(engine, reader):
    trade(engine)
    states = [sale.state for sale in reader.sales()]
    wanted = [SaleState.ISSUED, SaleState.WAITING, SaleState.REVERSED, SaleState.ISSUED]
    assert states == [state.value for state in wanted]


def test_tokens_come_by_meter_and_id_and_without_digits(engine, reader):
    trade(engine)
    post(engine, Till().pay("r5", pan=identity(2).pan))
    tokens = list(reader.tokens())
    assert [token.meter_id for token in tokens] == [2, 2, 4]
    assert tokens[0].tid < tokens[1].tid
    assert not hasattr(tokens[0], "digits")


def test_keys_come_with_the_content_that_was_decided(engine, reader):
    contents = trade(engine)
    stored = {row.key: recalled(row.content) for row in reader.stored_keys()}
    assert stored[payment_key(BANK, "r1")] == contents[0]
    assert stored[reversal_key(payment_key(BANK, "r3"))] == contents[4]


def test_accounts_come_with_their_balances(engine, reader):
    trade(engine)
    balances = {(account.code, account.unit): account.balance for account in reader.accounts()}
    assert balances["BANK:east", "CNY"] == 30_000
    assert balances["HOLD:CREDIT", "CNY"] == -10_000
    assert balances["E.ISSUED", WATT_HOURS] == -balances["E.SOLD", WATT_HOURS] > 0


def test_a_snapshot_stands_still_while_others_post(engine, reader):
    trade(engine)
    with reader.snapshot() as still:
        before = list(still.sales())
        (paid,) = post(engine, Till().pay("r5"))
        assert list(still.sales()) == before
    assert paid.receipt_no in {sale.receipt_no for sale in reader.sales()}


def test_what_a_person_must_look_at_comes_oldest_first(engine, reader):
    trade(engine)
    post(engine, Till().reverse("r4"))
    post(engine, Till().reverse("never seen"))
    found = [(row.kind, row.key) for row in reader.open_exceptions()]
    assert found == [
        ("reversed_after_token", payment_key(BANK, "r4")),
        ("reversed_before_payment", payment_key(BANK, "never seen")),
    ]
