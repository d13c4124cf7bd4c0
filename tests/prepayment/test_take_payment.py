"""Taking a payment: the sale, its entry, its refusals; on books alone."""

from dataclasses import replace

import pytest

from adapters.keys.issuer import KeyedIssuer
from adapters.keys.keepers import Keepers
from gateway.core.books import Books
from gateway.core.counters import Counters, Moved
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyRing
from gateway.core.ledger import EntryKind, Posting
from gateway.core.meter import Carrier, MeterState
from gateway.core.outcome import Approved, Declined, TokensWanted, recalled
from gateway.core.pricing import moved_of
from gateway.core.refusal import Refusal
from gateway.core.sale import SaleState
from gateway.core.token import IssuerRefusalWhy
from gateway.simulators.meter import Accepted, VirtualMeter
from tests.builders import BANK, Till, books, decoder_key, identity, meter, pricing
from tests.keyrings import issuer_with

NO_KEY = Declined(Refusal.NO_TOKEN, "no vending key is loaded for this supply group and key revision")


def test_a_payment_brings_a_token_that_the_meter_takes():
    paid = Till().post(Till().pay())
    assert isinstance(paid, Approved)
    assert paid.token is not None
    virtual = VirtualMeter(identity(), decoder_key(identity()))
    accepted = virtual.enter(paid.token.reveal())
    assert isinstance(accepted, Accepted)
    assert accepted.energy_wh == paid.energy_wh


def test_a_payment_is_booked_on_bank_revenue_tax_and_energy():
    till = Till()
    till.post(till.pay(minor=10_000))
    (entry,) = till.entries()
    assert entry.kind is EntryKind.SALE
    assert entry.postings == (
        Posting(f"BANK:{BANK}", 10_000, "CNY"),
        Posting("REV:domestic:ENERGY", -8_850, "CNY"),
        Posting("VAT", -1_150, "CNY"),
        Posting("E.ISSUED", 204_700, "Wh"),
        Posting("E.SOLD", -204_700, "Wh"),
    )


def test_a_payment_moves_the_block_counter_and_the_token_id():
    till = Till()
    till.post(till.pay("r1", 15_000))
    till.post(till.pay("r2", 15_000))
    standing = till.books.meters[meter().pan]
    sold = [one.sale.energy_wh for one in till.decisions]
    assert standing.counters.mtd_wh == standing.counters.ytd_wh == sum(sold)
    assert (standing.counters.bought_on, standing.counters.times) == (20261123, 2)
    assert sold[1] < sold[0]  # the second half falls into dearer blocks
    assert [token.tid for token in till.tokens()][1] == till.tokens()[0].tid + 1


def test_a_new_month_begins_in_the_first_block():
    counted = meter(counters=Counters(month=202610, mtd_wh=900_000))
    fresh = Till(books(counted)).post(Till().pay())
    begun = Till(books(meter())).post(Till().pay())
    assert fresh.energy_wh == begun.energy_wh


def test_fees_and_free_energy_that_were_counted_stay_as_they_are():
    till = Till(books(meter(counters=Counters(month=202610, fees_month=202610, free_month=202609))))
    till.post(till.pay())
    counters = till.books.meters[meter().pan].counters
    assert (counters.fees_month, counters.free_month) == (202610, 202609)


def test_a_payment_that_comes_late_is_counted_in_the_meter_s_own_periods():
    ahead = Counters(202701, 900_000, 20270101, 900_000, 20270101, 1, days_paid=20270101)
    till = Till(books(meter(counters=ahead)))
    sold = till.post(till.pay()).energy_wh
    wanted = replace(ahead, mtd_wh=900_000 + sold, ytd_wh=900_000 + sold, times=2)
    assert till.books.meters[meter().pan].counters == wanted


def test_a_sale_says_what_it_moved():
    till = Till(books(meter(counters=Counters(fees_month=202610, free_month=202609, days_paid=20261110))))
    sold = till.post(till.pay()).energy_wh
    (sale,) = till.books.sales.values()
    months, days = (202610, 202610, 202609, 202609), (20261110, 20261123)
    assert moved_of(sale.quote) == Moved(sold, 202611, 20260101, 20261123, *months, *days)
    assert sale.month == 202611


def test_a_sale_from_before_this_was_stored_says_nothing():
    assert moved_of('{"lines":[],"blocks":[],"mtd_before_wh":0,"exact_wh":[1,1]}') is None


def test_the_lines_of_an_approval_sum_to_what_was_paid():
    paid = Till().post(Till().pay(minor=12_345))
    assert sum(minor for _, minor in paid.lines) == 12_345


def test_an_approval_survives_its_storage():
    paid = Till().post(Till().pay())
    assert recalled(paid.stored()) == paid


def test_a_repeated_payment_gets_the_same_token_and_books_nothing():
    till = Till()
    first = till.post(till.pay())
    assert till.post(till.pay()) == first
    assert len(till.entries()) == len(till.tokens()) == 1


def test_the_same_reference_with_another_amount_is_refused_and_changes_nothing():
    till = Till()
    till.post(till.pay(minor=10_000))
    assert till.post(till.pay(minor=20_000)) == Declined(Refusal.KEY_REUSED)
    assert len(till.entries()) == 1
    assert isinstance(till.post(till.pay(minor=10_000)), Approved)


def test_a_refusal_is_as_stable_as_an_approval():
    till = Till(books(meter(state=MeterState.BLOCKED)))
    refused = till.post(till.pay())
    till.books.meters[meter().pan] = meter()
    assert till.post(till.pay()) == refused == Declined(Refusal.METER_BLOCKED)


@pytest.mark.parametrize(
    ("standing", "minor", "refusal"),
    [
        ([], 10_000, Refusal.UNKNOWN_METER),
        ([meter(state=MeterState.BLOCKED)], 10_000, Refusal.METER_BLOCKED),
        ([meter(state=MeterState.REMOVED)], 10_000, Refusal.METER_NOT_ACTIVE),
        ([meter()], 0, Refusal.BAD_AMOUNT),
        ([meter()], -5, Refusal.BAD_AMOUNT),
        ([meter()], 99, Refusal.BELOW_MINIMUM),
        ([meter()], 500_001, Refusal.OVER_LIMIT),
        ([meter(power_type="unheard-of")], 10_000, Refusal.NO_TARIFF),
    ],
)
def test_what_may_not_be_sold_is_refused_and_nothing_is_booked(standing, minor, refusal):
    till = Till(books(*standing) if standing else Books())
    refused = till.post(till.pay(minor=minor))
    assert refused.reason is refusal
    assert till.entries() == till.tokens() == []


def test_another_currency_is_refused_with_the_right_one_named():
    till = Till()
    assert till.post(till.pay(currency="USD")) == Declined(Refusal.WRONG_CURRENCY, "CNY")


def test_a_customer_with_several_meters_must_name_one():
    two = books(meter(1), meter(2, account_no="A1"))
    till = Till(two)
    assert till.post(till.pay(account_no="A1")).reason is Refusal.SEVERAL_METERS


def test_a_customer_number_finds_his_only_meter():
    till = Till()
    assert isinstance(till.post(till.pay(account_no="A1")), Approved)


def test_a_bank_that_must_cover_sells_to_its_last_cent_and_no_further():
    till = Till(books(balances={f"FLOAT:{BANK}": -15_000}), covered=True)
    assert isinstance(till.post(till.pay("r1", 10_000)), Approved)
    assert till.post(till.pay("r2", 5_001)) == Declined(Refusal.NOT_COVERED)
    assert isinstance(till.post(till.pay("r3", 5_000)), Approved)
    assert till.books.balances[f"FLOAT:{BANK}"] == 0


@pytest.mark.parametrize("carrier", [Carrier.CARD, Carrier.REMOTE])
def test_the_credit_of_a_card_or_remote_meter_waits(carrier):
    till = Till(books(meter(carrier=carrier)))
    paid = till.post(till.pay())
    assert paid.token is None
    assert paid.carrier is carrier
    (entry,) = till.entries()
    assert entry.postings == (
        Posting(f"BANK:{BANK}", 10_000, "CNY"),
        Posting("HOLD:CREDIT", -10_000, "CNY"),
    )


def test_where_the_token_does_not_travel_in_the_answer_the_credit_waits():
    till = Till(token_in_answer=False)
    assert till.post(till.pay()).token is None
    assert till.books.sales[till.pay().key].state is SaleState.WAITING


def test_a_token_that_cannot_be_made_is_refused_before_anything_is_booked_and_may_be_asked_again():
    keyless = meter(identity=identity(1, krn=2))
    till = Till(books(keyless))
    assert till.post(till.pay()) == NO_KEY
    assert till.entries() == []
    till.books.meters[keyless.pan] = meter()
    assert isinstance(till.post(till.pay()), Approved)


def test_tokens_do_not_run_more_than_the_lead_ahead_of_the_clock():
    till = Till(tid_lead_max=3)
    answers = [till.post(till.pay(f"r{n}", 200)) for n in range(6)]
    assert [isinstance(answer, Approved) for answer in answers] == [True] * 4 + [False] * 2
    assert answers[-1] == Declined(Refusal.TOKENS_TOO_FAST)


def test_the_price_without_a_version_in_force_is_no_price():
    till = Till(books(meter(power_type="commercial")))
    till.pricing = pricing("flat", "commercial")
    till.now = till.now.replace(year=2019)
    assert till.post(till.pay()).reason is Refusal.NO_TARIFF


def test_a_key_that_makes_no_tokens_is_put_before_a_person_once_a_day_for_all_its_meters():
    keyless = [meter(n, identity=identity(n, krn=2)) for n in (1, 2)]
    till = Till(books(*keyless))
    for number, one in enumerate(keyless):
        till.post(till.pay(f"r{number}", pan=one.pan))
    notes = [decision.exception for decision in till.decisions]
    assert {note.key for note in notes} == {f"201457/2/2026-11-23/{NO_KEY.detail}"}
    assert notes[0].kind == "no_token"
    assert NO_KEY.detail in notes[0].text


def test_a_meter_between_two_keys_names_both_to_the_person_who_mends_them():
    till = Till()
    second = KeyRevision("201457", 2, kt=2, base_date=2014, ken=60)
    till.issuer = issuer_with(KeyRevision("201457", 1, kt=2, base_date=2014), second)
    till.post(till.pay())
    assert till.decisions[-1].exception.key.startswith("201457/1>201457/2/2026-11-23/")


def test_what_the_issuer_could_not_prepare_is_put_before_a_person():
    till = Till()
    ring = KeyRing.of([KeyRevision("201457", 1, keeper=KeyKeeper.PKCS11)])
    service = {KeyKeeper.PKCS11: object()}  # never asked: it could not prepare
    till.issuer = KeyedIssuer(lambda: ring, Keepers(services=service))
    assert isinstance(till.post(till.pay()), TokensWanted)
    refused = till.post(replace(till.pay(), unprepared=IssuerRefusalWhy.WRONG_KEY))
    assert refused == Declined(Refusal.NO_TOKEN, IssuerRefusalWhy.WRONG_KEY.value)
    assert till.decisions[-1].exception.kind == "no_token"
    assert till.entries() == []


def test_a_credit_that_could_never_become_a_token_is_not_sold_even_if_it_waits():
    till = Till(books(meter(identity=identity(1, krn=2))), token_in_answer=False)
    assert till.post(till.pay()) == NO_KEY
    assert till.entries() == []


def test_a_customer_whose_old_meter_was_taken_down_pays_for_the_new_one():
    till = Till(books(meter(1, state=MeterState.REMOVED), meter(2, account_no="A1")))
    paid = till.post(till.pay(account_no="A1"))
    assert isinstance(paid, Approved)
    assert paid.pan == meter(2).pan
