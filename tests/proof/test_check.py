"""Sound books, damaged by hand in one place each: the checker finds every damage and says what it is."""

import pytest

from adapters.db.journal_reader import JournalReader
from gateway.core.money import Money
from gateway.core.payment import deposit_key
from gateway.prepayment.deposit_float import DepositFloat
from gateway.proof.check import check_books
from tests.builders import BANK, Till, database, identity, posting_batch


@pytest.fixture
def engine(tmp_path):
    """Two sales of one meter, a credit that waits, one taken back, a claim, a refusal and a deposit."""
    made = database(tmp_path / "till.db", 3)
    batch = posting_batch(made)
    now, later = Till(), Till(token_in_answer=False)
    two, three = identity(2).pan, identity(3).pan
    batch.run([now.pay("r1"), now.pay("r2"), later.pay("r3", pan=two), later.pay("r4", pan=two)])
    batch.run([now.pay("r5", pan=three), now.reverse("r5"), later.reverse("r4"), now.pay("r6", minor=1)])
    batch.run([DepositFloat(deposit_key(BANK, "d1"), BANK, Money(5_000, "CNY"), "CNY", covered=True)])
    batch.close()
    with made.begin() as connection:
        triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'")
        for (name,) in triggers.all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield made
    made.dispose()


def damaged(engine, *statements):
    """What the checker says after this; each statement must hit something."""
    with engine.begin() as connection:
        for statement in statements:
            assert connection.exec_driver_sql(statement).rowcount > 0, statement
    return " | ".join(check_books(JournalReader(engine)))


def test_sound_books_have_no_findings(engine):
    assert check_books(JournalReader(engine)) == []


def test_empty_books_have_no_findings(tmp_path):
    empty = database(tmp_path / "empty.db", 0)
    assert check_books(JournalReader(empty)) == []
    empty.dispose()


DAMAGES = {
    # the journal
    "an entry is gone": (
        ["DELETE FROM entry WHERE position = 3"],
        "journal position 3 is missing",
    ),
    "the first entry is gone": (
        ["DELETE FROM entry WHERE position = 1"],
        "journal position 1 is missing",
    ),
    "an entry was moved": (
        ["UPDATE entry SET position = 99 WHERE position = 2"],
        "journal position 2 is missing",
    ),
    "two entries changed places": (
        [
            "UPDATE entry SET position = -1 WHERE position = 2",
            "UPDATE entry SET position = 2 WHERE position = 3",
            "UPDATE entry SET position = 3 WHERE position = -1",
        ],
        "does not rise above",
    ),
    "a reversal names what is not there": (
        ["UPDATE entry SET reverses_id = 12345 WHERE kind = 'void'"],
        "reverses 12345, which is not before it",
    ),
    "an entry names itself as undone": (
        ["UPDATE entry SET reverses_id = id WHERE kind = 'void'"],
        "which is not before it",
    ),
    # postings and balances
    "a posting is gone": (
        ["DELETE FROM posting WHERE line = 0 AND entry_id = (SELECT min(id) FROM entry)"],
        "is out by -10000 CNY",
    ),
    "a posting says another amount": (
        ["UPDATE posting SET amount = amount + 1 WHERE line = 0 AND unit = 'CNY'"],
        "is out by 1 CNY",
    ),
    "a posting moved to another account": (
        ["UPDATE posting SET account_id = 2 WHERE account_id = 1 AND entry_id = (SELECT min(id) FROM entry)"],
        "account BANK:east says",
    ),
    "a posting names an account that is not there": (
        ["UPDATE posting SET account_id = 99 WHERE line = 0 AND entry_id = (SELECT min(id) FROM entry)"],
        "an account that does not exist",
    ),
    "a balance was changed": (
        ["UPDATE account SET balance = balance + 1 WHERE code = 'BANK:east'"],
        "account BANK:east says",
    ),
    "the whole book is out": (
        ["UPDATE account SET balance = balance + 1 WHERE code = 'BANK:east'"],
        "the whole book is out by 1 CNY",
    ),
    "two balances were changed alike": (
        [
            "UPDATE account SET balance = balance + 1 WHERE code = 'BANK:east'",
            "UPDATE account SET balance = balance - 1 WHERE code = 'HOLD:CREDIT'",
        ],
        "account HOLD:CREDIT says",
    ),
    # sales
    "a sale is gone": (
        ["DELETE FROM sale WHERE receipt_no = 1"],
        "which does not exist",
    ),
    "a sale has no entry": (
        ["UPDATE entry SET sale_id = NULL WHERE position = 1"],
        "is booked 0 times",
    ),
    "a sale is booked twice": (
        ["UPDATE entry SET sale_id = (SELECT min(id) FROM sale) WHERE position = 2"],
        "is booked 2 times",
    ),
    "a receipt was given twice": (
        ["UPDATE sale SET receipt_no = 1 WHERE receipt_no = 2"],
        "receipt 1 was given 2 times",
    ),
    "a waiting credit is called issued": (
        ["UPDATE sale SET state = 'issued' WHERE state = 'waiting'"],
        "is issued and has 0 tokens",
    ),
    "an issued sale is called reversed": (
        ["UPDATE sale SET state = 'reversed' WHERE receipt_no = 1"],
        "is reversed and has 1 tokens",
    ),
    # tokens
    "a token is gone": (
        ["DELETE FROM token WHERE sale_id = (SELECT min(id) FROM sale)"],
        "has 0 tokens",
    ),
    "a sale has two tokens": (
        [
            (
                "INSERT INTO token SELECT meter_id, base_date, tid + 9, sale_id, digits, at_us, link "
                "FROM token LIMIT 1"
            ),
        ],
        "has 2 tokens",
    ),
    "a token is for another meter": (
        ["UPDATE token SET meter_id = 3, tid = tid + 9 WHERE sale_id = (SELECT min(id) FROM sale)"],
        "is for another meter",
    ),
    "a token is of no sale": (
        ["UPDATE token SET sale_id = 12345 WHERE meter_id = 3"],
        "a token names sale 12345, which does not exist",
    ),
    # keys
    "a sale has no key": (
        ["DELETE FROM command_key WHERE key = 'pay/east/r1'"],
        "has no key",
    ),
    "a key has no sale": (
        ["DELETE FROM sale WHERE key = 'pay/east/r1'"],
        "key pay/east/r1 says Approved, and its sale is None",
    ),
    "a refused payment has a sale": (
        ["UPDATE sale SET key = 'pay/east/r6' WHERE key = 'pay/east/r1'"],
        "key pay/east/r6 says Declined, and its sale is",
    ),
    "a key answers with another receipt": (
        ["UPDATE sale SET receipt_no = 77 WHERE key = 'pay/east/r1'"],
        "answers with receipt 1, its sale has 77",
    ),
    # energy and holds
    "a sale carries more than was issued": (
        ["UPDATE sale SET encoded_wh = encoded_wh + 100 WHERE receipt_no = 1"],
        "Wh are issued, the tokens carry",
    ),
    "a waiting credit is larger than its hold": (
        ["UPDATE sale SET tender_minor = tender_minor + 1 WHERE state = 'waiting'"],
        "10000 CNY are held, 10001 wait to be handed over",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_is_found_when(engine, damage):
    statements, finding = DAMAGES[damage]
    assert finding in damaged(engine, *statements)


def test_a_token_id_used_twice_is_found(engine):
    """The database's own key forbids it, so the row is shown to the checker twice."""

    class Doubled(JournalReader):
        def tokens(self):
            for token in super().tokens():
                yield token
                yield token

    assert "was given token id" in " | ".join(check_books(Doubled(engine)))


def test_a_key_of_two_sales_is_found(engine):
    class Doubled(JournalReader):
        def sales(self):
            yield from super().sales()
            yield from super().sales()

    assert "two sales have one key" in check_books(Doubled(engine))
