"""powertill day, ledger and bank-totals, on books of their own with two banks and two days in March."""

import csv
import hashlib
import re
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from gateway.assembly.commands.figures import RULE, balance, figure, table
from gateway.assembly.parts import build_calendar, build_database
from gateway.cli import main
from gateway.config import load_config
from gateway.core.closed_day import DayRefusal, DayRefused
from gateway.core.money import Money
from gateway.core.payment import deposit_key
from gateway.prepayment.deposit_float import DepositFloat
from tests.builders import NOON, ZONE, Till, entered, identity, posting_batch

PAGE = Path(__file__).parents[2] / "docs/closing-the-day.md"
WEST = """\
[[bank]]
code = "west"
name = "West Bank"
listen = "tcp:8584:interface=127.0.0.1"
covered = true
token_in_answer = false
cut_over = "22:00"

[health]"""


@pytest.fixture
def shop(tmp_path, capsys):
    """East sells with tokens, West covers its sales and fetches tokens; the 10th and 11th of March 2026."""
    folder = tmp_path / "shop"
    assert main(["init", str(folder)]) == 0
    file = folder / "powertill.toml"
    file.write_text(file.read_text().replace("[health]", WEST))
    config = load_config(str(file))
    engine, now = entered(build_database(config), 3), [NOON]
    secret = config.ledger.chain_key.reveal()
    batch = posting_batch(engine, lambda: now[0], calendar=build_calendar(config), secret=secret)

    def post(day, hour, *commands):
        now[0] = datetime(2026, 3, day, hour, tzinfo=ZONE)
        batch.run(commands)

    one, two, three = (identity(serial).pan for serial in (1, 2, 3))
    east, west = Till(), Till(bank="west", covered=True, token_in_answer=False)
    brought = Money(2_000_000, "CNY")
    post(10, 9, DepositFloat(deposit_key("west", "ST-1"), "west", brought, "CNY", covered=True))
    post(10, 10, east.pay("e1", 123_456, pan=one), west.pay("w1", 25_000, pan=two))
    post(10, 22, west.pay("w2", 12_000, pan=three))
    post(11, 8, west.reverse("w1"), east.reverse("e1"))
    batch.close()
    capsys.readouterr()
    return folder


@pytest.fixture
def powertill(shop, capsys):
    """Run a command on the shop: its exit code, and what it said."""

    def run(*words):
        code = main([*words, "--config", str(shop / "powertill.toml")])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def lines(text):
    return [re.sub(" +", " ", line).strip() for line in text.splitlines()]


def test_the_oldest_open_day_is_closed_and_its_figures_printed(powertill):
    code, said, _ = powertill("day", "close")
    assert code == 0
    found = lines(said)
    assert found[0] == "2026-03-10 is closed."
    assert "BANK:east 0.00 1,234.56 1,234.56 Dr" in found
    assert "FLOAT:west 0.00 250.00 20,000.00 19,750.00 Cr" in found
    assert "HOLD:CREDIT 1 250.00 CNY" in found
    assert "Entries 3, none behind position 6" in found
    assert re.search(r"\nChecksum    [0-9a-f]{64}\n", said)


def test_days_are_closed_one_after_the_other_until_none_is_open(powertill):
    assert powertill("day", "close")[1].startswith("2026-03-10 is closed.")
    assert powertill("day", "close")[1].startswith("2026-03-11 is closed.")
    assert powertill("day", "close") == (0, "no day is open: every entry is in a closed day\n", "")


def test_a_close_repeated_prints_the_same(powertill):
    first = powertill("day", "close", "2026-03-10")
    assert powertill("day", "close", "2026-03-10") == first


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-03-11", "an earlier day is open; close that one first (2026-03-10)"),
        ("2999-01-01", "the day is not over; close it after its last cut-over (2999-01-02 00:00)"),
    ],
)
def test_a_day_that_may_not_be_closed_is_refused_with_the_reason(powertill, day, why):
    assert powertill("day", "close", day) == (1, "", f"powertill day: {day} is not closed: {why}\n")
    assert powertill("day", "show")[1].count("open") == 2


def test_after_a_close_that_has_lost_its_figures_no_day_is_closed(powertill, shop):
    powertill("day", "close")
    # The last link is looked at whenever the books are opened: let the close lie behind another one.
    powertill("deposit", "west", "1.00", "after-the-close")
    books = sqlite3.connect(shop / "var" / "powertill.db")
    with books:
        books.execute("DROP TRIGGER command_key_no_delete")
        books.execute("DELETE FROM command_key WHERE key LIKE 'close/%'")
    books.close()
    why = "the close of 2026-03-10 has lost its content; run powertill check"
    assert powertill("day", "close") == (1, "", f"powertill day: {why}\n")


def test_an_open_day_is_shown_as_one_whose_figures_are_of_this_moment(powertill):
    code, said, _ = powertill("day", "show", "2026-03-10")
    assert code == 0
    assert said.startswith("2026-03-10 is open: its figures are those of this moment.\n")
    assert "BANK:east 0.00 1,234.56 1,234.56 Dr" in lines(said)


def test_a_closed_day_is_shown_as_it_was_closed(powertill):
    _, closed, _ = powertill("day", "close")
    code, shown, _ = powertill("day", "show", "2026-03-10")
    assert code == 0
    assert re.match(r"2026-03-10 was closed on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\n", shown)
    assert shown.splitlines()[1:] == closed.splitlines()[1:]


def test_the_canonical_form_gives_the_checksum_to_anybody(powertill):
    _, closed, _ = powertill("day", "close")
    code, canonical, _ = powertill("day", "show", "2026-03-10", "--canonical")
    assert code == 0
    assert f"Checksum    {hashlib.sha256(canonical.encode()).hexdigest()}\n" in closed


def test_the_canonical_form_is_that_of_a_closed_day_only(powertill):
    assert powertill("day", "show", "2026-03-10", "--canonical")[0] == 1
    assert powertill("day", "show", "--canonical")[0] == 2


def test_the_last_days_are_listed_with_what_is_closed(powertill):
    powertill("day", "close")
    code, said, _ = powertill("day", "show")
    assert code == 0
    head, _, second, first = said.splitlines()
    assert head.split() == ["Day", "Postings", "Closed", "Checksum"]
    assert second.split() == ["2026-03-11", "6", "open"]
    assert re.fullmatch(r"2026-03-10 +\d+ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +[0-9a-f]{16}", first)
    assert powertill("day", "show", "--last", "1")[1].endswith("and 1 before; --last N lists more\n")


def test_new_books_have_no_day(tmp_path, capsys):
    main(["init", str(tmp_path / "new")])
    config = str(tmp_path / "new" / "powertill.toml")
    capsys.readouterr()
    assert main(["day", "show", "--config", config]) == 0
    assert main(["day", "close", "--config", config]) == 0
    assert main(["ledger", "trial-balance", "--config", config]) == 0
    said = capsys.readouterr().out
    assert "there is no business day yet" in said
    assert "no day is open" in said
    assert said.endswith("no account has figures\n")


def test_a_trial_balance_sums_each_unit_to_zero(powertill):
    code, said, _ = powertill("ledger", "trial-balance", "--day", "2026-03-11")
    assert code == 0
    found = lines(said)
    assert found[0] == "Trial balance after 2026-03-11, a day that is open."
    assert "BANK:west 20,000.00 Dr 20,000.00 Dr" in found
    assert "FLOAT:west 19,750.00 Cr 120.00 250.00 19,880.00 Cr" in found
    assert "Sum 0.00 1,604.56 1,604.56 0.00" in found
    assert "kWh Opening Debit Credit Closing" in found


def test_a_trial_balance_that_is_out_of_balance_says_so(powertill, shop):
    engine = build_database(load_config(str(shop / "powertill.toml")))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE account_day SET debit = debit + 1 WHERE account_id = 1")
    engine.dispose()
    code, said, _ = powertill("ledger", "trial-balance", "--day", "2026-03-10")
    assert code == 1
    assert "THE ACCOUNTS DO NOT SUM TO ZERO" in said
    assert powertill("check")[0] == 1


def statement(powertill, account="FLOAT:west", first="2026-03-10", last="2026-03-11", *more):
    return powertill("ledger", "statement", account, "--from", first, "--to", last, *more)


def test_a_statement_shows_every_posting_between_opening_and_closing(powertill):
    code, said, _ = statement(powertill)
    assert code == 0
    assert lines(said) == [
        "FLOAT:west in CNY, 2026-03-10 to 2026-03-11",
        "",
        "No. Day Booked at What Debit Credit Balance Key",
        "opening 0.00",
        "1 2026-03-10 2026-03-10 09:00:00 deposit 20,000.00 20,000.00 Cr deposit/west/ST-1",
        "2 2026-03-10 2026-03-10 10:00:00 hold 250.00 19,750.00 Cr pay/west/w1",
        "3 2026-03-11 2026-03-10 22:00:00 hold 120.00 19,630.00 Cr pay/west/w2",
        "4 2026-03-11 2026-03-11 08:00:00 void 250.00 19,880.00 Cr undo/pay/west/w1",
        "closing 370.00 20,250.00 19,880.00 Cr",
    ]


def test_the_statement_of_one_day_opens_with_the_balance_before(powertill):
    found = lines(statement(powertill, "FLOAT:west", "2026-03-11")[1])
    assert "opening 19,750.00 Cr" in found
    assert "closing 120.00 250.00 19,880.00 Cr" in found


def test_energy_is_stated_in_kwh(powertill):
    _, said, _ = statement(powertill, "E.ISSUED")
    assert said.startswith("E.ISSUED in kWh, ")
    assert re.search(r"sale +([\d,]+\.\d{3}) +\1 Dr", said)


def test_a_statement_goes_to_a_new_file_for_a_program(powertill, tmp_path):
    file = tmp_path / "statement.csv"
    code, said, _ = statement(powertill, "FLOAT:west", "2026-03-10", "2026-03-11", "--csv", str(file))
    assert (code, said) == (0, f"4 postings are in {file}\n")
    with file.open(encoding="utf-8", newline="") as opened:
        found = list(csv.DictReader(opened))
    assert [(row["debit"], row["credit"], row["balance"], row["unit"]) for row in found] == [
        ("", "20000.00", "-20000.00", "CNY"),
        ("250.00", "", "-19750.00", "CNY"),
        ("120.00", "", "-19630.00", "CNY"),
        ("", "250.00", "-19880.00", "CNY"),
    ]
    assert found[2]["business_date"] == "2026-03-11"
    assert found[2]["at"] == "2026-03-10T22:00:00.000000+08:00"
    again = statement(powertill, "FLOAT:west", "2026-03-10", "2026-03-11", "--csv", str(file))
    assert again[0] == 2
    assert "cure: name a new file" in again[2]


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (("BANK:nort", "2026-03-10", "2026-03-11"), 1, "'BANK:nort' has no figures"),
        (("BANK:east", "2026-03-11", "2026-03-10"), 2, "--to: is before --from"),
        (("BANK:east", "11.3.2026", "2026-03-10"), 2, "must be a day such as 2026-11-23, not '11.3.2026'"),
        (("BANK:east", "2026-02-30", "2026-03-10"), 2, "must be a day such as"),
    ],
)
def test_a_statement_that_cannot_be_is_refused_with_the_cure(powertill, words, code, named):
    found = statement(powertill, *words)
    assert found[0] == code
    assert named in found[2]


def test_the_totals_of_each_bank_stand_beside_what_it_owes(powertill):
    code, said, _ = powertill("bank-totals", "2026-03-11")
    assert code == 0
    assert lines(said)[0] == "Business day 2026-03-11, open: figures of this moment."
    east, west = said.split("\n\n")[1:]
    assert lines(east)[2:] == [
        "Payments 0 0.00",
        "Reversals 0 0.00",
        "Net 0.00",
        "Claims, reversed after the token was out 1 1,234.56",
        "Claims ended, the bank pays after all 0 0.00",
        "Claims ended, the utility bears it 0 0.00",
        "Deposits 0 0.00",
        lines(east)[9],
        "Owed by the bank before the day 1,234.56",
        "Owed by the bank after the day 0.00",
    ]
    assert {
        "Payments 1 120.00",
        "Reversals 1 250.00",
        "Net -130.00",
        "Covered after the day 19,880.00",
    } <= set(lines(west))
    # What a bank that pays in advance has brought is no debt of it.
    assert "Owed" not in west


def test_a_bank_without_a_payment_has_its_report_of_zeros(powertill):
    code, said, _ = powertill("bank-totals", "2026-03-01", "--bank", "east")
    assert code == 0
    assert "West" not in said
    assert "Payments 0 0.00" in lines(said)


def test_totals_of_a_bank_that_is_not_there_are_refused(powertill):
    code, _, said = powertill("bank-totals", "2026-03-01", "--bank", "north")
    assert code == 2
    assert "known are east, west" in said


def test_sound_books_with_closed_days_say_so(powertill):
    powertill("day", "close")
    code, said, _ = powertill("check")
    assert (code, said) == (0, "the books are sound: 6 entries, 3 sales, 1 tokens, closed days: 1\n")


@pytest.mark.parametrize(
    ("amount", "unit", "shown"),
    [
        (0, "CNY", "0.00"),
        (-5, "CNY", "-0.05"),
        (123_456_789, "CNY", "1,234,567.89"),
        (-100_000, "CNY", "-1,000.00"),
        (1_234, "JPY", "1,234"),
        (1_234_567, "KWD", "1,234.567"),
        (25_230_001, "Wh", "25,230.001"),
        (-999, "Wh", "-0.999"),
    ],
)
def test_amounts_are_written_in_major_units_with_separators(amount, unit, shown):
    assert figure(amount, unit) == shown


def test_a_balance_names_its_side_instead_of_a_sign():
    assert [balance(amount, "CNY") for amount in (150, -150, 0)] == ["1.50 Dr", "1.50 Cr", "0.00   "]


def test_columns_stand_in_line_and_a_rule_is_as_wide_as_they_are():
    rows = [("Bank", "Amount"), RULE, ("east", "1.00"), ("a\x1b[2Jb",)]
    assert table(rows) == ["Bank       Amount", "---------  ------", "east         1.00", "a\\x1b[2Jb"]


def test_the_page_s_canonical_form_gives_the_page_s_checksum():
    page = PAGE.read_text(encoding="utf-8")
    (canonical,) = re.findall(r"```text\n(powertill-day\t.*?)```", page, re.DOTALL)
    (checksum,) = re.findall(r"^Checksum +([0-9a-f]{64})$", page, re.MULTILINE)
    assert hashlib.sha256(canonical.encode()).hexdigest() == checksum


def test_the_page_s_refusals_are_the_code_s():
    reasons = set(DayRefusal) - {DayRefusal.TOO_MANY_ACCOUNTS}
    said = {DayRefused(reason).sentence for reason in reasons}
    refusals = PAGE.read_text(encoding="utf-8").partition("\n## When it is refused\n")[2]
    table = re.findall(r"^\| ([^|]*[a-z]) \|", refusals, re.MULTILINE)
    assert set(table) - {"what is said"} == said
