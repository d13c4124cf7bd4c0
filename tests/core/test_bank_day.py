from gateway.core.bank_day import BankMove, Counted, bank_days
from gateway.core.closed_day import AccountSums

DAY = "2026-11-23"


def test_what_is_paid_taken_back_claimed_and_deposited_is_told_apart_by_kind_and_account():
    moves = [
        BankMove("sale", "BANK:east", "CNY", 3, 300),
        BankMove("hold", "FLOAT:east", "CNY", 2, 50),
        BankMove("void", "FLOAT:east", "CNY", 1, -20),
        BankMove("claim", "CLAIM:east", "CNY", 1, 100),
        BankMove("claim", "BANK:east", "CNY", 1, -100),
        BankMove("deposit", "FLOAT:east", "CNY", 1, -1_000),
        BankMove("deposit", "BANK:east", "CNY", 1, 1_000),
    ]
    sums = [AccountSums("BANK:east", "CNY", 7, 1_300, 100), AccountSums("FLOAT:east", "CNY", -5, 50, 1_020)]
    (day,) = bank_days("east", DAY, moves, sums)
    assert (day.payments, day.reversals, day.net) == (Counted(5, 350), Counted(1, 20), 330)
    assert (day.claims, day.deposits) == (Counted(1, 100), Counted(1, 1_000))
    assert (day.owed_opening, day.owed_closing) == (7, 1_207)
    assert (day.covers_opening, day.covers_closing) == (5, 975)


def test_what_is_owed_after_the_day_follows_from_what_is_told_of_it():
    moves = [
        BankMove("sale", "BANK:east", "CNY", 9, 900),
        BankMove("void", "BANK:east", "CNY", 1, -50),
        BankMove("claim", "BANK:east", "CNY", 3, -300),
        BankMove("claim", "CLAIM:east", "CNY", 3, 300),
        BankMove("claim_upheld", "BANK:east", "CNY", 1, 100),
        BankMove("claim_upheld", "CLAIM:east", "CNY", 1, -100),
        BankMove("claim_conceded", "CLAIM:east", "CNY", 2, -120),
    ]
    (day,) = bank_days("east", DAY, moves, [AccountSums("BANK:east", "CNY", 7, 1_000, 350)])
    assert (day.claims, day.upheld, day.conceded) == (Counted(3, 300), Counted(1, 100), Counted(2, 120))
    moved = day.net - day.claims.amount + day.upheld.amount
    assert day.owed_opening + moved == day.owed_closing


def test_what_is_covered_after_the_day_follows_from_what_is_told_of_it():
    moves = [
        BankMove("deposit", "FLOAT:east", "CNY", 1, -1_000),
        BankMove("sale", "FLOAT:east", "CNY", 9, 900),
        BankMove("claim", "CLAIM:east", "CNY", 2, 300),
        BankMove("claim_upheld", "CLAIM:east", "CNY", 1, -100),
        BankMove("claim_conceded", "CLAIM:east", "CNY", 1, -200),
        BankMove("claim_conceded", "FLOAT:east", "CNY", 1, -200),
    ]
    (day,) = bank_days("east", DAY, moves, [AccountSums("FLOAT:east", "CNY", -5, 900, 1_200)])
    moved = day.deposits.amount - day.net + day.conceded.amount
    assert day.covers_opening + moved == day.covers_closing


def test_a_bank_that_has_no_accounts_has_no_day():
    assert bank_days("east", DAY, [], [AccountSums("BANK:west", "CNY", 1, 0, 0)]) == ()


def test_a_bank_that_did_nothing_has_a_day_as_soon_as_it_owes_something():
    (day,) = bank_days("east", DAY, [], [AccountSums("BANK:east", "CNY", 9, 0, 0)])
    assert (day.payments, day.owed_opening, day.owed_closing) == (Counted(0, 0), 9, 9)


def test_each_currency_is_summed_by_itself():
    moves = [BankMove("sale", "BANK:east", unit, 1, n) for n, unit in enumerate(("CNY", "USD"), 1)]
    assert [(day.currency, day.payments) for day in bank_days("east", DAY, moves, [])] == [
        ("CNY", Counted(1, 1)),
        ("USD", Counted(1, 2)),
    ]
