"""The explanation of every golden purchase is the one that was read and approved, and it adds up.

The texts lie in ``approved``. After a change of words look at the difference, and keep what is right with

    APPROVE=yes python -m pytest tests/multi_tariff/test_explain_quote.py
"""

import difflib
import os
import re
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from gateway.core.buyer import Buyer
from gateway.core.money import Money
from gateway.core.tariff import Tariff, shared_by
from gateway.multi_tariff import plain_words
from gateway.multi_tariff.explain_quote import explain_quote
from gateway.multi_tariff.explanation import Receipt
from tests.multi_tariff.golden import receipts

APPROVED = Path(__file__).parent / "approved"
RECEIPTS = receipts()
FIGURE = re.compile(r"(?:[A-Z]{3} )?(-?[0-9]+(?:\.[0-9]+)?)$")


@pytest.mark.parametrize("name", RECEIPTS)
def test_the_receipt_of_a_golden_case_reads_as_approved(name):
    lines = explain_quote(RECEIPTS[name])
    compare_or_approve(APPROVED / f"{name}.txt", lines)


def compare_or_approve(file, lines):
    kept = file.read_text().splitlines() if file.exists() else []
    difference = "\n".join(difflib.unified_diff(kept, lines, "approved", "now", lineterm=""))
    if difference and os.environ.get("APPROVE") == "yes":
        file.write_text("\n".join(lines) + "\n")
        print(difference)  # noqa: T201 - whoever approves has to read it
        return
    assert not difference, f"{file.name}:\n{difference}"


def test_no_approved_text_is_left_of_a_case_that_is_gone():
    named = {f"{name}.txt" for name in RECEIPTS} | {"compare-uganda.txt"}
    assert {file.name for file in APPROVED.iterdir()} == named


@pytest.mark.parametrize("columns", [48, 80])
@pytest.mark.parametrize("name", RECEIPTS)
def test_no_line_is_wider_than_the_paper(name, columns):
    lines = explain_quote(RECEIPTS[name], columns)
    assert max(map(len, lines)) <= columns
    assert all(line.isascii() for line in lines)


@pytest.mark.parametrize("name", RECEIPTS)
def test_the_figures_above_each_rule_sum_to_the_one_below_it(name):
    assert sums_on_the_page(explain_quote(RECEIPTS[name]))


def sums_on_the_page(lines):
    """Add up the figures at the right end between a heading (or gap) and a rule; give the sums."""
    found: list[Fraction] = []
    figures: list[Fraction] = []
    total: Fraction | None = None
    for line in lines:
        figure = FIGURE.search(line) if "  " in line.strip() else None
        if not line or (line.isupper() and not figure):
            figures = []
        elif set(line) == {"-"}:
            total = sum(figures, Fraction(0))
        elif figure and total is not None:
            assert Fraction(figure[1]) == total, lines
            found.append(total)
            total, figures = None, [Fraction(figure[1])]
        elif figure and line.startswith("Rounded to"):
            unit = Fraction(line[: figure.start()].split()[-1])
            assert abs(figures[0] - Fraction(figure[1])) < unit, lines
            figures = [Fraction(figure[1])]
        elif figure:
            figures.append(Fraction(figure[1]))
    return found


PLAIN: dict[str, Any] = {
    "currency": "ZAR",
    "timezone": "Africa/Johannesburg",
    "energy": {"kind": "flat", "rate": "2"},
    "rounding": {"kwh_dp": 1, "kwh_mode": "ROUND_DOWN", "money_dp": 2, "money_mode": "ROUND_HALF_UP"},
}
FEE = {"code": "SERVICE_FEE", "period": "month", "amount": "10"}
AT = datetime(2026, 5, 2, 9, 30)  # noqa: DTZ001 - local to the tariff


def explained(tender="100.00", columns=120, *, buyer=None, since=None, **changes):
    tariff = Tariff.from_mapping(PLAIN | changes, "plain-1")
    buyer = buyer or Buyer(at=AT)
    quote = tariff.quote(Money.parse(tender, tariff.currency), buyer)
    lines = explain_quote(Receipt(quote, buyer, tariff, since), columns)
    sums_on_the_page(lines)
    return lines


def has(lines, start, end=""):
    return any(line.startswith(start) and line.endswith(end) for line in lines)


def test_missed_months_are_named_with_their_number():
    charges = [FEE | {"accrues_when_unpaid": True}]
    for months, said in ((1, "May"), (2, "May and one missed month"), (4, "May and 3 missed months")):
        lines = explained(buyer=Buyer(at=AT, months_due=months), fixed_charges=charges)
        assert has(lines, f"Service fee: 10.00 for {said}", f"{10 * months}.00")


def test_a_daily_charge_names_days_and_power():
    charges = [{"code": "CAPACITY", "period": "day", "amount_per_kw": "0.10"}]
    lines = explained(buyer=Buyer(at=AT, days_due=17, contract_w=5500), fixed_charges=charges)
    assert has(lines, "Capacity: 0.10 a day for each of 5.5 kW, for 17 days", "9.35")


def test_a_debt_says_its_share_and_what_is_left():
    rule = {"mode": "percent_of_tender", "percent": "0.30"}
    lines = explained("33.33", buyer=Buyer(at=AT, arrears_minor=120000), arrears=rule)
    assert has(lines, "30 % of what you paid goes to your old debt of 1200.00; 1190.00 is left", "10.00")
    assert has(lines, "less old debt", "-9.999")
    assert has(lines, "Left for energy", "23.331")


def test_a_debt_that_ends_says_so():
    rule = {"mode": "full_first"}
    lines = explained(buyer=Buyer(at=AT, arrears_minor=4000), arrears=rule)
    assert has(lines, "Your old debt of 40.00 is paid off", "40.00")


def test_an_instalment_is_called_one():
    rule = {"mode": "instalment", "amount": "25"}
    lines = explained(buyer=Buyer(at=AT, arrears_minor=4000), arrears=rule)
    assert has(lines, "An instalment goes to your old debt of 40.00; 15.00 is left", "25.00")


def test_the_fee_of_a_channel_names_the_channel_and_its_rule():
    fees = [{"channel": "kiosk", "amount": "1", "rate": "0.02"}]
    lines = explained(buyer=Buyer(at=AT, channel="kiosk"), channel_fees=fees)
    said = "Fee for paying through kiosk: 1.00 for each payment and 2 % of what you paid"
    assert has(lines, said, "3.00")


def test_emergency_credit_is_paid_back_by_name():
    lines = explained(buyer=Buyer(at=AT, emergency_minor=2000), emergency_credit={"percent": "0.5"})
    assert has(lines, "Your emergency credit of 20.00 is paid off", "20.00")


def test_a_tax_on_the_payment_itself_stands_in_the_working():
    taxes = [{"code": "VAT", "rate": "0.15", "base": ["TENDER"], "inclusive": True}]
    lines = explained(taxes=taxes)
    assert has(lines, "VAT: 15 %, contained in what you paid", "13.04")
    assert has(lines, "less VAT on the payment", "-13.043478")
    assert has(lines, "Left for energy", "86.956522")


def test_no_tax_is_told_on_a_fee_that_is_not_taken():
    taxes = [{"code": "VAT", "rate": "0.15", "base": ["ENERGY", "SERVICE_FEE"]}]
    lines = explained(buyer=Buyer(at=AT, months_due=0), fixed_charges=[FEE], taxes=taxes)
    assert has(lines, "VAT: 15 % of the energy  ")


def test_a_tax_without_a_base_names_what_it_is_on():
    charges = [FEE | {"taxed": True}, {"code": "METER_RENT", "period": "month", "amount": "2"}]
    items = [{"code": "FUEL", "rate": "0.5"}]
    taxes = [{"code": "VAT", "rate": "0.15"}]
    lines = explained(fixed_charges=charges, per_kwh_items=items, taxes=taxes)
    assert has(lines, "VAT: 15 % of the energy, the fuel and the service fee  ")


def test_a_preferential_price_names_its_end_and_who_bears_it():
    sheet = {"scheme": "ELDERLY", "total": True, "factor": "0.50", "cap_kwh": "30", "funder": "AR:CITY"}
    lines = explained(buyer=Buyer(at=AT, schemes=("ELDERLY",)), preferential=sheet)
    assert has(lines, "30 kWh x 1", "30.00")
    assert has(lines, "  at your preferential price, which counts up to 30 kWh of May")
    assert has(lines, "Elderly: 50 % off the whole price, for 30 kWh a month")
    assert has(lines, "It saved you", "30.00")
    assert has(lines, "City bears this, not you (account AR:CITY).")


def test_change_from_before_and_change_that_stays_are_on_the_page():
    rounding = {**PLAIN["rounding"], "kwh_dp": 0, "residual_policy": "carry_to_account"}
    lines = explained("100.00", buyer=Buyer(at=AT, account_minor=150), rounding=rounding)
    assert has(lines, "Stays on your account for next time", "1.50")
    assert has(lines, "Paid from your account", "-1.50")


def test_change_of_a_payment_that_was_taken_back_is_on_the_page():
    rounding = {**PLAIN["rounding"], "kwh_dp": 0, "residual_policy": "carry_to_account"}
    lines = explained("100.00", buyer=Buyer(at=AT, account_minor=-150), rounding=rounding)
    assert has(lines, "Change used before, of a payment that was taken back", "1.50")
    assert has(lines, "plus change of a payment taken back", "1.50")


def test_the_price_ahead_is_that_of_the_steps_that_follow():
    blocks = [{"upto_kwh": "60", "rate": "2"}, {"upto_kwh": None, "rate": "3"}]
    lines = explained(energy={"kind": "block", "blocks": blocks})
    assert "The next 10 kWh of May cost 2 each, after that 3." in lines
    lines = explained("300.00", energy={"kind": "block", "blocks": blocks})
    assert "Each further kWh of May costs 3." in lines


def test_the_version_is_named_with_its_first_day():
    assert "Tariff: plain-1, in force since 1 July 2025" in explained(since=date(2025, 7, 1))


def test_a_meter_that_holds_money_is_told_its_credit():
    tariff = PLAIN | {"credit_unit": "currency", "fixed_charges": [FEE]}
    lines = explained(**tariff)
    assert has(lines, "Your meter is loaded with", "ZAR 90.00")
    assert "The meter counts down from this credit, at the prices that are set in it." in lines


def test_a_shared_meter_names_the_part_of_each_line():
    one = Tariff.from_mapping(PLAIN, "home-1")
    other = Tariff.from_mapping(PLAIN | {"energy": {"kind": "flat", "rate": "4"}}, "shop-1")
    tariff = shared_by([("domestic", 75, one), ("shop", 25, other)])
    quote = tariff.quote(Money.parse("100.00", "ZAR"), Buyer(at=AT))
    lines = explain_quote(Receipt(quote, Buyer(at=AT), tariff), 80)
    sums_on_the_page(lines)
    assert has(lines, "Energy: 1.5 for each kWh (domestic: 75 % of each kWh)", "60.00")


def test_every_sentence_is_used():
    room = Path(plain_words.__file__).parent
    source = "".join(file.read_text() for file in room.glob("*.py") if file.name != "plain_words.py")
    source += Path(plain_words.__file__).read_text().partition("def say")[2]
    kinds = {key for key in plain_words.SENTENCES if f'"{key}"' not in source}
    # Causes are named by their kind, charges by what they are for.
    assert {key for key in kinds if not key.startswith("cause_") and not key.endswith("_power")} == set()
