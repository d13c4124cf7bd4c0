"""Sales under every kind of price: what is booked, what counts, what a reversal gives back; on books."""

import copy
from datetime import UTC, datetime, timedelta

import pytest

import schemas
from gateway.core import chart
from gateway.core.counters import Counters
from gateway.core.ledger import EntryKind, Posting
from gateway.core.meter import Carrier, MeterRef
from gateway.core.money import Money
from gateway.core.outcome import Approved, Declined, MeterFound, recalled
from gateway.core.refusal import Refusal
from gateway.core.sold import Sold
from gateway.core.tariff import Tariff, TariffFault
from gateway.multi_tariff.explain_sale import receipt_of_sale
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.multi_tariff.tariff_in_force import TariffInForce
from gateway.prepayment.inquire import Inquire
from gateway.simulators.meter import Accepted, VirtualMeter
from tests.builders import BANK, NOON, Till, books, decoder_key, identity, meter
from tests.counter import Counter

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ROUNDING = {"kwh_dp": 1, "kwh_mode": "ROUND_DOWN", "money_dp": 2, "money_mode": "ROUND_HALF_UP"}
#: One yuan a kWh: every figure of these tests can be worked out in the head.
PLAIN = {
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "energy": {"kind": "flat", "rate": "1"},
    "rounding": ROUNDING,
}
FEE = {"code": "SERVICE", "amount": "10", "period": "month", "taken_on": "first_purchase_of_month"}
DAILY = {"code": "DAILY", "amount": "0.50", "period": "day", "since": "previous_purchase"}
FREE = {"kwh": "5", "per": "calendar_month", "counts_towards_blocks": True}
BLOCKS = {"kind": "block", "blocks": [{"upto_kwh": "50", "rate": "1"}, {"upto_kwh": None, "rate": "2"}]}
THIRD = {"mode": "percent_of_tender", "percent": "0.30", "cap": "outstanding"}
CARRY = ROUNDING | {"kwh_dp": 0, "residual_policy": "carry_to_account"}
ARREARS, CHANGE = chart.owed("A1", "ARREARS"), chart.customer("A1")


def version(name="v1", from_moment=LONG_AGO, power_type="domestic", **keys):
    return TariffInForce(power_type, from_moment, Tariff.from_mapping(PLAIN | keys, name))


def till(*versions, meters=(), balances=None, **changes):
    made = Till(books(*meters, balances=balances or {}), **changes)
    made.pricing = TariffPricing(versions)
    return made


def counters_of(made):
    return made.books.meters[meter().pan].counters


def postings_of(entry):
    return {posting.account: posting.amount for posting in entry.postings}


def test_a_monthly_fee_is_taken_with_the_first_payment_of_the_month():
    made = till(version(fixed_charges=[FEE]))
    first, second = made.post(made.pay("r1", 5_000)), made.post(made.pay("r2", 5_000))
    assert (dict(first.lines)["SERVICE"], first.energy_wh) == (1_000, 40_000)
    assert ("SERVICE" not in dict(second.lines), second.energy_wh) == (True, 50_000)
    assert postings_of(made.entries()[0])["FEE:SERVICE"] == -1_000
    made.now = NOON + timedelta(days=30)
    assert dict(made.post(made.pay("r3", 5_000)).lines)["SERVICE"] == 1_000


def test_missed_months_are_owed_where_the_charge_accrues():
    paid_in_august = meter(counters=Counters(month=202608, fees_month=202608, bought_on=20260810, times=1))
    accruing = till(version(fixed_charges=[FEE | {"accrues_when_unpaid": True}]), meters=[paid_in_august])
    assert dict(accruing.post(accruing.pay()).lines)["SERVICE"] == 3_000
    forgiving = till(version(fixed_charges=[FEE]), meters=[paid_in_august])
    assert dict(forgiving.post(forgiving.pay()).lines)["SERVICE"] == 1_000


def test_no_month_is_owed_from_before_there_was_a_charge():
    paid_once = meter(counters=Counters(month=202601, fees_month=202601, bought_on=20260110, times=1))
    accruing = [FEE | {"accrues_when_unpaid": True}]
    without = version("v1")
    charging = version("v2", datetime(2026, 9, 30, 16, 0, tzinfo=UTC), fixed_charges=accruing)
    dearer = version("v3", datetime(2026, 10, 31, 16, 0, tzinfo=UTC), fixed_charges=accruing)
    made = till(without, charging, dearer, meters=[paid_once])
    assert dict(made.post(made.pay()).lines)["SERVICE"] == 2_000  # October and November


def test_a_daily_charge_counts_the_days_since_the_last_payment():
    made = till(version(fixed_charges=[DAILY]))
    assert "DAILY" not in dict(made.post(made.pay("r1")).lines)
    made.now = NOON + timedelta(days=4)
    assert dict(made.post(made.pay("r2")).lines)["DAILY"] == 200


def test_no_day_is_owed_from_before_there_was_a_charge():
    long_ago = Counters(month=202611, bought_on=20261101, times=1, days_paid=20261101)
    charging = version("v2", datetime(2026, 11, 19, 16, 0, tzinfo=UTC), fixed_charges=[DAILY])
    dearer = version("v3", datetime(2026, 11, 21, 16, 0, tzinfo=UTC), fixed_charges=[DAILY])
    made = till(version("v1"), charging, dearer, meters=[meter(counters=long_ago)])
    assert dict(made.post(made.pay()).lines)["DAILY"] == 150  # 20, 21 and 22 November


def test_the_days_of_a_reversed_payment_are_owed_again():
    eleven = Counters(month=202611, bought_on=20261112, times=1, days_paid=20261112)
    made = till(version(fixed_charges=[DAILY]), meters=[meter(counters=eleven)], token_in_answer=False)
    assert dict(made.post(made.pay("r1")).lines)["DAILY"] == 550
    assert "DAILY" not in dict(made.post(made.pay("r2")).lines)
    made.post(made.reverse("r1"))
    assert dict(made.post(made.pay("r3")).lines)["DAILY"] == 550


def test_a_debt_takes_its_share_and_is_booked_on_the_customer():
    made = till(version(arrears=THIRD), balances={ARREARS: 4_000})
    paid = made.post(made.pay(minor=10_000))
    assert (dict(paid.lines)["ARREARS"], paid.energy_wh) == (3_000, 70_000)
    assert postings_of(made.entries()[0])[ARREARS] == -3_000
    assert made.books.balances[ARREARS] == 1_000
    # The second payment of the batch sees what the first one left.
    assert dict(made.post(made.pay("r2", 10_000)).lines)["ARREARS"] == 1_000
    assert "ARREARS" not in dict(made.post(made.pay("r3", 10_000)).lines)


def test_change_is_kept_for_the_customer_and_used_next_time():
    made = till(version(rounding=CARRY), balances={CHANGE: 0})
    first = made.post(made.pay("r1", 10_040))
    assert (first.energy_wh, dict(first.lines)) == (100_000, {"ENERGY": 10_000, "CHANGE_KEPT": 40})
    second = made.post(made.pay("r2", 10_070))
    assert second.energy_wh == 101_000
    assert dict(second.lines) == {"ENERGY": 10_100, "CHANGE_USED": -40, "CHANGE_KEPT": 10}
    assert sum(minor for _, minor in second.lines) == 10_070
    assert made.books.balances[CHANGE] == -10


def test_change_that_was_used_and_whose_payment_was_taken_back_is_owed_by_the_next_one():
    made = till(version(rounding=CARRY), balances={CHANGE: 0}, token_in_answer=False)
    made.post(made.pay("r1", 10_099))
    assert made.post(made.pay("r2", 10_001)).energy_wh == 101_000
    made.post(made.reverse("r1"))
    assert made.books.balances[CHANGE] == 99
    third = made.post(made.pay("r3", 10_050))
    assert dict(third.lines) == {"ENERGY": 9_900, "CHANGE_OWED": 99, "CHANGE_KEPT": 51}
    assert sum(minor for _, minor in third.lines) == 10_050
    assert made.books.balances[CHANGE] == -51


def test_an_account_that_owes_more_than_the_tender_leaves_nothing_to_sell():
    made = till(version(rounding=CARRY), balances={CHANGE: 5_000})
    assert made.post(made.pay(minor=5_000)).reason is Refusal.BELOW_MINIMUM
    assert made.entries() == []


def test_free_energy_comes_once_a_month_as_a_token_of_its_own():
    made = till(version(free_basic=FREE))
    paid = made.post(made.pay("r1", 5_000))
    assert (paid.energy_wh, paid.free.energy_wh) == (50_000, 5_000)
    virtual = VirtualMeter(identity(), decoder_key(identity()))
    loaded = [virtual.enter(token.reveal()) for token in (paid.token, paid.free.token)]
    assert [type(one) for one in loaded] == [Accepted, Accepted]
    assert [one.energy_wh for one in loaded] == [50_000, 5_000]
    booked = postings_of(made.entries()[0])
    assert (booked["E.ISSUED"], booked["E.SOLD"], booked["E.FREE"]) == (55_000, -50_000, -5_000)
    assert counters_of(made).mtd_wh == 55_000
    assert made.post(made.pay("r2", 5_000)).free is None
    assert recalled(paid.stored()) == paid
    assert paid.free.token.reveal() not in repr(paid)


def test_a_preference_is_booked_at_the_list_price_and_borne_by_its_funder():
    sheet = [{"scheme": "POOR", "factor": "0.80", "funder": "AR:CITY:SUBSIDY"}]
    made = till(version(preferential=sheet), meters=[meter(schemes=("POOR",))])
    paid = made.post(made.pay(minor=8_000))
    assert (paid.energy_wh, dict(paid.lines)) == (100_000, {"ENERGY": 8_000})
    assert [posting for posting in made.entries()[0].postings if posting.unit == "CNY"] == [
        Posting(f"BANK:{BANK}", 8_000, "CNY"),
        Posting("REV:domestic:ENERGY", -8_000, "CNY"),
        Posting("REV:domestic:ENERGY", -2_000, "CNY"),
        Posting("AR:CITY:SUBSIDY", 2_000, "CNY"),
    ]


def test_a_preference_without_a_funder_costs_the_utility():
    made = till(version(preferential={"scheme": "POOR", "factor": "0.80"}), meters=[meter(schemes=("POOR",))])
    made.post(made.pay(minor=8_000))
    assert postings_of(made.entries()[0])["PREF"] == 2_000


#: One item carries the tax that is inside all of them.
ITEMS = [{"code": "BASE", "rate": "0.4"}, {"code": "FUND", "rate": "1.0"}, {"code": "LOAN", "rate": "1.0"}]
INSIDE = [{"code": "VAT", "rate": "0.15", "inclusive": True}]


def test_schemes_that_come_to_no_price_together_are_refused_and_do_not_fail():
    sheet = [
        {"scheme": "A", "sub_item": "BASE", "factor": "0.85"},
        {"scheme": "B", "sub_item": "BASE", "factor": "0.85", "stacks": True},
        {"scheme": "C", "sub_item": "FUND", "factor": "0"},
        {"scheme": "D", "sub_item": "LOAN", "factor": "0"},
    ]
    odd = version(energy=None, sub_items=ITEMS, taxes=INSIDE, preferential=sheet)
    made = till(odd, meters=[meter(schemes=("A", "B"))])
    assert made.post(made.pay()) == Declined(Refusal.NO_TARIFF)


def test_a_scheme_that_comes_to_no_price_alone_is_refused_with_its_version():
    sheet = [
        {"scheme": "A", "sub_item": "BASE", "factor": "0.5"},
        {"scheme": "B", "sub_item": "FUND", "factor": "0"},
    ]
    with pytest.raises(TariffFault, match=r"preferential\[0\]: BASE is negative.*for a customer of A"):
        version(energy=None, sub_items=ITEMS, taxes=INSIDE, preferential=sheet)


def test_a_year_s_ladder_counts_from_its_own_first_day():
    tiers = [{"upto_kwh": "100", "add": "0"}, {"upto_kwh": None, "add": "1"}]
    ladder = {"kind": "additive_ladder", "base_rate": "1", "tiers": tiers, "ladder_reset": "07-01T00:00"}
    in_june = Counters(month=202606, mtd_wh=90_000, year=20250701, ytd_wh=900_000, bought_on=20260610)
    made = till(version(energy=ladder), meters=[meter(counters=in_june)])
    assert made.post(made.pay("r1", 10_000)).energy_wh == 100_000
    assert made.post(made.pay("r2", 10_000)).energy_wh == 50_000
    assert (counters_of(made).year, counters_of(made).ytd_wh) == (20260701, 150_000)


def test_the_average_of_the_months_before_decides_the_band():
    bands = {"kind": "average_band", "months": 3}
    bands["bands"] = [{"upto_kwh": "30", "rate": "1"}, {"upto_kwh": None, "rate": "2"}]
    low = Counters(month=202610, mtd_wh=30_000, past_wh=(30_000, 30_000))
    high = Counters(month=202610, mtd_wh=30_001, past_wh=(30_000, 30_002))
    for counters, energy_wh in ((low, 100_000), (high, 50_000), (Counters(), 100_000)):
        made = till(version(energy=bands), meters=[meter(counters=counters)])
        assert made.post(made.pay(minor=10_000)).energy_wh == energy_wh


def test_a_season_has_its_own_price():
    seasons = {"seasons": [{"name": "summer", "from": "05-01"}, {"name": "winter", "from": "11-01"}]}
    prices = [
        {"season": name, "energy": {"kind": "flat", "rate": rate}}
        for name, rate in (("summer", "1"), ("winter", "2"))
    ]
    made = till(version(calendar=seasons, energy={"kind": "seasonal", "prices": prices}))
    assert made.post(made.pay("r1", 10_000)).energy_wh == 50_000
    made.now = NOON + timedelta(days=180)
    assert made.post(made.pay("r2", 10_000)).energy_wh == 100_000


def test_a_channel_s_fee_is_taken_first():
    fees = [{"channel": BANK, "amount": "1"}, {"rate": "0.10"}]
    made = till(version(channel_fees=fees))
    paid = made.post(made.pay(minor=10_000))
    assert (dict(paid.lines)["CHANNEL_FEE"], paid.energy_wh) == (100, 99_000)


def test_a_counter_s_sale_bears_the_counters_fee_and_is_explained_by_it():
    made, counter = version(channel_fees=[{"channel": "counter", "amount": "1"}, {"rate": "0.10"}]), Counter()
    counter.pricing = TariffPricing([made])
    paid = counter.sell(minor=10_000)
    assert dict(paid.lines)["CHANNEL_FEE"] == 100
    (sale,) = counter.books.sales.values()
    priced = sale.tender, sale.energy_wh, sale.tariff_version, sale.quote
    sold = Sold(sale.key, sale.bank, sale.power_type, (), *priced, counter.now)
    receipt = receipt_of_sale(sold, [("domestic", LONG_AGO, made.tariff)])
    assert receipt.buyer.channel == "counter"


def test_several_power_types_share_a_meter_by_percentage():
    shared = meter(proportions=(("domestic", 60), ("shop", 40)))
    dearer = version("shop-1", power_type="shop", energy={"kind": "flat", "rate": "2"})
    made = till(version(), dearer, meters=[shared])
    paid = made.post(made.pay(minor=14_000))
    assert paid.energy_wh == 100_000
    assert dict(paid.lines) == {"ENERGY": 6_000, "ENERGY.shop": 8_000}
    booked = postings_of(made.entries()[0])
    assert (booked["REV:domestic:ENERGY"], booked["REV:shop:ENERGY"]) == (-6_000, -8_000)
    assert paid.tariff_version == "v1+shop-1"


def test_a_shared_meter_is_not_sold_while_one_of_its_prices_is_lacking():
    made = till(version(), meters=[meter(proportions=(("domestic", 60), ("shop", 40)))])
    assert made.post(made.pay()) == Declined(Refusal.NO_TARIFF)


@pytest.mark.parametrize(
    ("limits", "minor", "reason", "detail"),
    [
        ({"min_kwh": "20"}, 1_000, Refusal.BELOW_MINIMUM, "20 kWh"),
        ({"max_kwh": "20"}, 3_000, Refusal.OVER_LIMIT, "20 kWh"),
        ({"kwh_multiple": "10"}, 2_500, Refusal.NOT_A_MULTIPLE, "10 kWh"),
    ],
)
def test_a_tariff_s_limits_are_said_with_their_figure(limits, minor, reason, detail):
    made = till(version(purchase_limits=limits))
    assert made.post(made.pay(minor=minor)) == Declined(reason, detail)
    assert made.entries() == []


def test_one_purchase_a_day_is_one_and_tomorrow_is_another_day():
    made = till(version(purchase_limits={"max_per_day": 1}))
    assert isinstance(made.post(made.pay("r1")), Approved)
    assert made.post(made.pay("r2")).reason is Refusal.TOO_OFTEN
    made.now = NOON + timedelta(days=1)
    assert isinstance(made.post(made.pay("r3")), Approved)


def waiting(**keys):
    made = till(version(**keys), balances={ARREARS: 9_000, CHANGE: 0}, token_in_answer=False)
    made.before = copy.deepcopy((counters_of(made), made.books.balances))
    return made


EVERYTHING = {
    "energy": BLOCKS,
    "fixed_charges": [FEE],
    "free_basic": FREE,
    "arrears": THIRD,
    "rounding": CARRY,
    "taxes": [{"code": "VAT", "rate": "0.10", "base": ["ENERGY"]}],
}


def test_a_reversal_gives_everything_back():
    made = waiting(**EVERYTHING)
    paid = made.post(made.pay("r1", 20_033))
    assert {"ARREARS", "SERVICE", "ENERGY", "VAT", "CHANGE_KEPT"} <= dict(paid.lines).keys()
    assert paid.free.energy_wh == 5_000
    made.post(made.reverse("r1"))
    counters, balances = made.before
    restored = counters_of(made)
    assert (restored.mtd_wh, restored.ytd_wh) == (counters.mtd_wh, counters.ytd_wh)
    assert (restored.fees_month, restored.free_month, restored.times) == (0, 0, 0)
    assert made.books.balances == balances
    held, given_back = made.entries()
    assert given_back.kind is EntryKind.VOID
    assert postings_of(given_back) == {account: -amount for account, amount in postings_of(held).items()}
    again = made.post(made.pay("r2", 20_033))
    assert (again.lines, again.energy_wh, again.free) == (paid.lines, paid.energy_wh, paid.free)


def test_what_is_the_customer_s_own_is_booked_while_the_credit_waits():
    made = waiting(**EVERYTHING)
    paid = made.post(made.pay("r1", 20_033))
    held = postings_of(made.entries()[0])
    lines = dict(paid.lines)
    assert held[ARREARS] == -lines["ARREARS"]
    assert held[CHANGE] == -lines["CHANGE_KEPT"]
    assert held["HOLD:CREDIT"] == -(20_033 - lines["ARREARS"] - lines["CHANGE_KEPT"])


def test_a_waiting_credit_is_handed_over_with_its_free_token():
    made = waiting(**EVERYTHING)
    asked = made.post(made.pay("r1", 20_033))
    got = made.post(made.hand_over("r1"))
    assert (asked.token, asked.free.token) == (None, None)
    assert (got.lines, got.energy_wh) == (asked.lines, asked.energy_wh)
    virtual = VirtualMeter(identity(), decoder_key(identity()))
    loaded = [virtual.enter(token.reveal()).energy_wh for token in (got.token, got.free.token)]
    assert loaded == [got.energy_wh, 5_000]
    sums: dict[str, int] = {}
    for entry in made.entries():
        for posting in entry.postings:
            sums[posting.account] = sums.get(posting.account, 0) + posting.amount
    assert (sums["HOLD:CREDIT"], sums[f"BANK:{BANK}"], sums["FEE:SERVICE"]) == (0, 20_033, -1_000)
    assert made.post(made.hand_over("r1")) == got


def test_a_card_s_credit_waits_with_its_free_energy():
    made = till(version(free_basic=FREE), meters=[meter(carrier=Carrier.CARD)])
    paid = made.post(made.pay())
    assert (paid.token, paid.free.energy_wh, paid.free.token) == (None, 5_000, None)


def test_two_sales_of_one_batch_never_use_the_same_block_twice():
    made = till(version(energy=BLOCKS))
    assert [made.post(made.pay(name, 4_000)).energy_wh for name in ("r1", "r2")] == [40_000, 25_000]


def test_the_version_of_the_moment_prices_the_sale():
    noon_tomorrow = NOON + timedelta(days=1)
    made = till(version("v1"), version("v2", noon_tomorrow, energy={"kind": "flat", "rate": "2"}))
    assert made.post(made.pay("r1")).tariff_version == "v1"
    made.now = noon_tomorrow
    paid = made.post(made.pay("r2"))
    assert (paid.tariff_version, paid.energy_wh) == ("v2", 50_000)


def test_other_versions_are_taken_from_the_next_price_on():
    made = till(version("v1", arrears=THIRD))
    assert made.pay().needs().own_accounts == ("AR:{}:ARREARS",)
    made.pricing.replace_versions([version("v2")])
    assert made.post(made.pay()).tariff_version == "v2"
    assert made.pay().needs().own_accounts == ()


def offered(made, minor):
    asked = Inquire(MeterRef(pan=meter().pan), made.terms, made.pricing, Money(minor, "CNY"))
    return asked.decide(made.books, made.now).content


def test_an_offer_says_what_an_amount_would_buy_and_until_when():
    soon = NOON + timedelta(minutes=7)
    made = till(version(fixed_charges=[FEE], free_basic=FREE), version("v2", soon))
    found = offered(made, 5_000)
    assert isinstance(found, MeterFound)
    offer = found.offer
    assert (offer.energy_wh, offer.free_wh, dict(offer.lines)["SERVICE"]) == (40_000, 5_000, 1_000)
    assert (offer.tariff_version, offer.valid_until_us) == ("v1", int(soon.timestamp() * 1_000_000))
    paid = made.post(made.pay(minor=5_000))
    assert (paid.lines, paid.energy_wh) == (offer.lines, offer.energy_wh)
    later = offered(made, 5_000).offer
    assert later.energy_wh == 50_000  # priced anew: the fee is paid
    assert made.decisions[-1].content == paid


@pytest.mark.parametrize(
    ("minor", "reason"),
    [(0, Refusal.BAD_AMOUNT), (99, Refusal.BELOW_MINIMUM), (10**9, Refusal.OVER_LIMIT)],
)
def test_an_amount_that_could_not_be_paid_is_not_offered(minor, reason):
    assert offered(till(version()), minor).reason is reason


def test_a_tender_below_what_is_due_is_refused_and_nothing_is_booked():
    made = till(version(fixed_charges=[FEE]))
    assert made.post(made.pay(minor=1_000)).reason is Refusal.BELOW_MINIMUM
    assert made.entries() == []
    assert counters_of(made).fees_month == 0


def test_a_tariff_for_meters_that_hold_money_is_not_sold_yet():
    tariff = Tariff.from_mapping(PLAIN | {"credit_unit": "currency"}, "v1")
    with pytest.raises(TariffFault, match="credit_unit"):
        TariffInForce("domestic", LONG_AGO, tariff)


def items(count, first="A"):
    return [{"code": f"{first}{number}", "rate": "0.01"} for number in range(count)]


def test_a_price_with_more_lines_than_an_entry_has_is_not_put_in_force():
    made = till(version(energy=None, sub_items=items(40), per_kwh_items=items(20, "B")))
    assert isinstance(made.post(made.pay()), Approved)
    with pytest.raises(TariffFault, match="65 postings"):
        version(energy=None, sub_items=items(40), per_kwh_items=items(21, "B"))


def test_every_scheme_that_a_customer_may_have_fits_into_one_entry():
    sheet = [{"scheme": f"S{number}", "factor": "0.95", "stacks": True} for number in range(8)]
    odd = version(energy=None, sub_items=items(26), preferential=sheet)
    made = till(odd, meters=[meter(schemes=tuple(entry["scheme"] for entry in sheet))])
    assert isinstance(made.post(made.pay()), Approved)
    assert len(made.entries()[0].postings) == 26 + 26 + 8 + 3
    with pytest.raises(TariffFault, match="66 postings"):
        version(energy=None, sub_items=items(27), preferential=sheet)


def test_power_types_with_more_lines_together_than_an_entry_has_are_not_sold_by_one_meter():
    wide = version(energy=None, sub_items=items(40))
    other = version("v2", power_type="shop", energy=None, sub_items=items(40))
    made = till(wide, other, meters=[meter(proportions=(("domestic", 60), ("shop", 40)))])
    assert made.post(made.pay()) == Declined(Refusal.NO_TARIFF)


def test_a_payment_of_which_debts_leave_less_than_a_unit_is_sold_and_handed_over():
    dear = {"energy": {"kind": "flat", "rate": "0.001"}, "arrears": {"mode": "full_first", "cap": "0.999"}}
    made = till(version(**dear), balances={ARREARS: 10_000}, token_in_answer=False)
    paid = made.post(made.pay(minor=400))
    assert dict(paid.lines) == {"ARREARS": 400, "ENERGY": 0}
    assert postings_of(made.entries()[0]) == {f"BANK:{BANK}": 400, ARREARS: -400}
    assert made.post(made.hand_over("r1")).energy_wh == paid.energy_wh > 0


def test_a_price_by_readings_is_not_sold():
    zones = {"peak": {"rate": "2", "from": "08:00", "to": "20:00"}}
    zones["valley"] = {"rate": "1", "from": "20:00", "to": "08:00"}
    made = till(version(energy={"kind": "tou_additive_ladder", "zones": zones}))
    assert made.post(made.pay()).reason is Refusal.BY_READINGS


def test_every_shipped_tariff_can_be_sold():
    for name in ("domestic", "flat", "idr_flat"):
        tariff = Tariff.from_mapping(schemas.load(f"tariff/{name}.json"), "v1")
        assert TariffInForce("domestic", LONG_AGO, tariff).own_accounts == ()
