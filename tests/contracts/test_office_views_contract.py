"""What the office may rely on when it asks for one thing: on both databases, in a small town."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.core.bank_day import Counted
from gateway.core.meter import Carrier, MeterState
from gateway.core.outcome import Approved
from gateway.core.sale import SaleState
from gateway.core.views_booked import EntryFile, HappeningKind, SaleFile
from gateway.core.views_files import CustomerFile, CustomerOrder, Customers, MeterFile, Meters
from gateway.core.views_watch import Banks, Dashboard, Exceptions
from tests.contracts.office_town import MONDAY, NORTH, PANS, SOUTH, TUESDAY, Town, clock


@pytest.fixture
def town(fresh):
    return Town(fresh)


def sale_file(town, key, branch=None):
    return town.reader.totals(SaleFile(branch=branch, key=key))


# -- one sale --------------------------------------------------------------------------------------------


def test_a_sale_is_one_and_the_same_by_each_of_its_names(town):
    facts = sale_file(town, "pay/east/r1")
    assert facts == town.reader.totals(SaleFile(branch=None, id=facts.sale.id))
    assert facts == town.reader.totals(SaleFile(branch=None, receipt_no=facts.sale.receipt_no))


def test_a_sale_tells_its_money_its_token_and_what_is_to_be_told(town):
    facts = sale_file(town, "pay/east/r1")
    (entry,) = facts.entries
    assert (entry.id, entry.kind) == (facts.sale.id, "sale")
    assert {line.account for line in entry.postings} >= {"BANK:east", "VAT", "E.ISSUED"}
    assert sum(line.amount for line in entry.postings) == 0
    assert sum(line.minor for line in facts.explained.lines) == facts.sale.tender_minor
    assert [str(token.digits)[-4:] for token in facts.tokens] == [facts.sale.token_end]
    assert [(notice.kind, notice.is_given_up) for notice in facts.notices] == [("token_issued", False)]
    assert (facts.funding, facts.carrier, facts.troubles) == ("BANK:east", Carrier.TOKEN, ())
    assert facts.link == facts.keys[0].link == facts.tokens[0].link


def test_what_a_sale_tells_holds_no_token(town):
    facts = sale_file(town, "pay/east/r1")
    (key,) = facts.keys
    assert isinstance(key.content, Approved)
    digits = facts.tokens[0].digits.reveal()
    assert digits not in repr(facts)
    assert digits not in repr(town.reader.rows(SaleFile(branch=None, id=facts.sale.id)))


def test_a_sale_that_was_handed_over_or_reversed_has_all_its_entries_and_keys(town):
    given, back, claim = (sale_file(town, f"pay/{name}") for name in ("west/w2", "west/w1", "east/r3"))
    assert [entry.kind for entry in given.entries] == ["hold", "post"]
    assert [key.key for key in given.keys] == ["pay/west/w2", "give/pay/west/w2"]
    assert [entry.kind for entry in back.entries] == ["hold", "void"]
    assert back.entries[1].reverses_id == back.sale.id
    assert [entry.kind for entry in claim.entries] == ["sale", "claim"]
    assert [trouble.kind for trouble in claim.troubles] == ["reversed_after_token"]


def test_a_sale_s_happenings_come_in_the_order_of_time(town):
    told = town.reader.rows(SaleFile(branch=None, key="pay/east/r3"))
    assert [(one.kind, one.what) for one in told if one.kind is HappeningKind.ENTRY] == [
        (HappeningKind.ENTRY, "sale"),
        (HappeningKind.ENTRY, "claim"),
    ]
    assert [one.at_us for one in told] == sorted(one.at_us for one in told)
    assert {one.kind for one in told} == set(HappeningKind) - {HappeningKind.RESOLVED}
    assert town.reader.count(SaleFile(branch=None, key="pay/east/r3")) == len(told)


def test_a_sale_of_another_branch_is_as_one_that_is_not_there(town):
    sale = sale_file(town, "pay/east/r1").sale
    assert sale_file(town, "pay/east/r1", NORTH) is not None
    for names in ({"key": sale.key}, {"id": sale.id}, {"receipt_no": sale.receipt_no}):
        assert town.reader.totals(SaleFile(branch=SOUTH, **names)) is None
        assert list(town.reader.rows(SaleFile(branch=SOUTH, **names))) == []
    assert sale_file(town, "pay/east/none") is None


def test_a_management_token_s_receipt_has_a_file_too(town):
    (managed,) = [
        token
        for token in town.reader.rows(MeterFile(branch=None, pan=PANS[0]))
        if town.reader.totals(SaleFile(branch=None, id=token.sale_id)).sale.bank == ""
    ]
    facts = town.reader.totals(SaleFile(branch=NORTH, id=managed.sale_id))
    assert (facts.sale.tender_minor, facts.explained.lines) == (0, ())
    assert [entry.kind for entry in facts.entries] == ["management"]


# -- one entry -------------------------------------------------------------------------------------------


def test_an_entry_is_one_and_the_same_by_both_of_its_names(town):
    facts = town.reader.totals(EntryFile(branch=None, position=1))
    assert facts == town.reader.totals(EntryFile(branch=None, id=facts.entry.id))
    assert facts.sale.key == facts.key.key == facts.entry.key == "pay/east/r1"
    assert town.reader.rows(EntryFile(branch=None, position=1)) == facts.entry.postings
    assert town.reader.count(EntryFile(branch=None, position=1)) == len(facts.entry.postings)


def test_an_entry_names_what_it_undoes_and_what_undoes_it(town):
    hold, void = sale_file(town, "pay/west/w1").entries
    of_hold = town.reader.totals(EntryFile(branch=SOUTH, id=hold.id))
    of_void = town.reader.totals(EntryFile(branch=SOUTH, id=void.id))
    assert (of_hold.reverses, of_hold.reversed_by) == (None, (void,))
    assert (of_void.reverses, of_void.reversed_by) == (hold, ())


def test_an_entry_of_another_branch_is_as_one_that_is_not_there(town):
    assert town.reader.totals(EntryFile(branch=SOUTH, position=1)) is None
    assert town.reader.totals(EntryFile(branch=None, position=10_000)) is None
    assert list(town.reader.rows(EntryFile(branch=SOUTH, position=1))) == []


# -- customers and meters --------------------------------------------------------------------------------


def accounts(town, **asked):
    return [one.account_no for one in town.reader.rows(Customers(**({"branch": None} | asked)))]


def test_customers_stand_by_number_or_by_name(town):
    assert accounts(town) == ["A1", "A10", "A2", "A3"]
    names = [one.name for one in town.reader.rows(Customers(branch=None, order=CustomerOrder.NAME))]
    assert names == sorted(names)
    assert town.reader.count(Customers(branch=None)) == 4


def test_customers_and_meters_stand_the_other_way_round_too(town):
    assert accounts(town, is_descending=True) == ["A3", "A2", "A10", "A1"]
    first = town.reader.rows(Customers(branch=None, is_descending=True, limit=3))
    assert accounts(town, is_descending=True, after=first[-1].id) == ["A1"]
    assert pans(town, is_descending=True) == sorted(PANS, reverse=True)


def test_the_pages_of_customers_lead_there_and_back(town):
    first = town.reader.rows(Customers(branch=None, limit=3))
    (last,) = town.reader.rows(Customers(branch=None, limit=3, after=first[-1].id))
    assert town.reader.rows(Customers(branch=None, limit=3, before=last.id)) == first


@pytest.mark.parametrize(
    ("text", "found"),
    [("zhang", ["A1", "A10"]), ("ZHANGJIANG", ["A10"]), ("анна", ["A2"]), ("0000002", ["A2"]),
     ("50% off_", ["A3"]), ("%", ["A3"]), ("_", ["A3"]), ("A1", ["A1", "A10"]), ("/", []), ("'", []),
     ("\\", [])],
)  # fmt: skip
def test_a_customer_is_found_by_a_part_of_what_is_known_of_him(town, text, found):
    assert accounts(town, text=text) == found
    assert town.reader.count(Customers(branch=None, text=text)) == len(found)


def test_a_branch_has_its_own_customers(town):
    assert (accounts(town, branch=NORTH), accounts(town, branch=SOUTH)) == (["A1", "A10"], ["A2", "A3"])
    assert town.reader.totals(CustomerFile(branch=SOUTH, account_no="A1")) is None
    assert list(town.reader.rows(CustomerFile(branch=SOUTH, account_no="A1"))) == []


def test_a_customer_s_file_has_his_meters_and_the_day_he_bought(town):
    facts = town.reader.totals(CustomerFile(branch=None, account_no="A2"))
    assert (facts.customer.meters, facts.customer.bought_on) == (2, date(2026, 11, 24))
    assert [one.pan for one in facts.meters] == sorted([PANS[1], PANS[3]])
    assert town.reader.rows(CustomerFile(branch=None, account_no="A2")) == facts.meters
    assert town.reader.totals(CustomerFile(branch=None, account_no="A10")).customer.bought_on is None


def pans(town, **asked):
    return [one.pan for one in town.reader.rows(Meters(**({"branch": None} | asked)))]


@pytest.mark.parametrize(
    ("asked", "found"),
    [({}, [0, 1, 2, 3, 4]), ({"state": MeterState.BLOCKED}, [4]), ({"carrier": Carrier.CARD}, [3]),
     ({"power_type": "shop"}, [2]), ({"sgc": "000000"}, []), ({"krn": 1}, [0, 1, 2, 3, 4]),
     ({"is_test": False}, []), ({"is_changing_key": False}, [0, 1, 2, 3, 4]), ({"branch": SOUTH}, [1, 2, 3]),
     ({"text": "off_shop"}, [2]), ({"text": "A10"}, [4]), ({"branch": NORTH, "text": "off_shop"}, []),
     ({"text": PANS[1][6:17]}, [1])],
)  # fmt: skip
def test_meters_are_found_by_what_is_known_of_them(town, asked, found):
    assert pans(town, **asked) == sorted(PANS[n] for n in found)
    assert town.reader.count(Meters(**({"branch": None} | asked))) == len(found)


def test_a_meter_s_file_has_its_counters_and_its_newest_tokens_first(town):
    facts = town.reader.totals(MeterFile(branch=NORTH, pan=PANS[0]))
    assert facts.account.identity.pan == facts.meter.pan == PANS[0]
    assert facts.account.counters.times > 0
    assert [token.at_us for token in facts.tokens] == sorted(
        (one.at_us for one in facts.tokens), reverse=True
    )
    assert len(facts.tokens) == town.reader.count(MeterFile(branch=NORTH, pan=PANS[0])) == 4
    assert facts.tokens[0].digits.reveal() not in repr(facts)


def test_a_meter_of_another_branch_is_as_one_that_is_not_there(town):
    assert town.reader.totals(MeterFile(branch=SOUTH, pan=PANS[0])) is None
    assert town.reader.totals(MeterFile(branch=None, pan="0")) is None


# -- what is watched -------------------------------------------------------------------------------------


def test_each_bank_has_its_standing_and_its_day(town):
    east, west = town.reader.rows(Banks(TUESDAY))
    assert (east.bank, east.currency, west.bank) == ("east", "CNY", "west")
    assert (east.payments, east.claims, west.reversals) == (
        Counted(0, 0), Counted(1, 12_345), Counted(1, 5_000),
    )  # fmt: skip
    assert west.payments == Counted(3, 17_000)
    assert (east.claimed_minor, west.owed_minor, east.covers_minor) == (12_345, 17_000, 0)
    assert west.last_payment_us == town.us(24, 8)
    assert town.reader.rows(Banks(MONDAY))[0].payments == Counted(4, 29_445)


def test_troubles_come_newest_first_and_are_counted_by_kind(town):
    found = town.reader.rows(Exceptions(branch=None))
    assert [one.kind for one in found] == [
        "credit_overdue",
        "reversed_before_payment",
        "reversed_after_token",
    ]
    assert [(one.kind, one.count) for one in town.reader.totals(Exceptions(branch=None))] == [
        ("credit_overdue", 1), ("reversed_after_token", 1), ("reversed_before_payment", 1),
    ]  # fmt: skip
    assert town.reader.count(Exceptions(branch=None)) == 3


def test_troubles_are_found_by_kind_bank_time_number_and_branch(town):
    def kinds(**asked):
        return [one.kind for one in town.reader.rows(Exceptions(**({"branch": None} | asked)))]

    first = town.reader.rows(Exceptions(branch=None))[-1]
    assert kinds(kind="credit_overdue") == kinds(bank="west") == kinds(branch=SOUTH, bank="west")
    assert kinds(begin_us=town.us(25, 0)) == ["credit_overdue"]
    assert kinds(end_us=town.us(24, 10)) == kinds(id=first.id) == ["reversed_after_token"]
    assert kinds(branch=SOUTH) == ["credit_overdue", "reversed_after_token"]
    assert kinds(branch=NORTH) == kinds(branch=NORTH, id=first.id) == []
    assert town.reader.totals(Exceptions(branch=NORTH)) == ()


def test_the_dashboard_adds_up_the_day(town):
    query = Dashboard(None, TUESDAY, town.us(24, 20))
    facts, hours = town.reader.totals(query), town.reader.rows(query)
    assert [(one.bank, one.totals.count, one.totals.minor) for one in facts.channels] == [("west", 3, 17_000)]
    assert [(hour.begins_us, hour.count, hour.minor) for hour in hours] == [
        (town.us(23, 22), 1, 10_000), (town.us(24, 8), 2, 7_000),
    ]  # fmt: skip
    assert town.reader.count(query) == 2
    open_sales = facts.open_sales
    assert (open_sales.under_hour, open_sales.under_day, open_sales.older) == (0, 2, 0)
    assert open_sales.oldest_us == town.us(24, 8)
    assert (facts.disputed.count, facts.disputed.oldest_us) == (1, town.us(23, 23) + 59 * 60_000_000)
    assert facts.head.number > 1
    assert (facts.outbox.waiting > 0, facts.last_closed) == (True, None)
    assert sum(one.count for one in facts.troubles) == 3


def test_a_branch_s_dashboard_shows_its_own_customers(town):
    facts = town.reader.totals(Dashboard(NORTH, TUESDAY, town.us(26, 20)))
    assert [one.totals.count for one in facts.channels] == [1]
    assert (facts.open_sales.older, facts.disputed.count, facts.troubles) == (0, 0, ())
    assert sum(hour.count for hour in town.reader.rows(Dashboard(SOUTH, TUESDAY, 0))) == 2


def test_a_sale_that_has_just_been_made_is_under_an_hour_old(town):
    (content,) = town.post(town.west.pay("new", pan=PANS[1]), at=clock(24, 19, 30))
    assert isinstance(content, Approved)
    facts = town.reader.totals(Dashboard(None, TUESDAY, town.us(24, 20)))
    assert (facts.open_sales.under_hour, facts.open_sales.under_day) == (1, 2)
    assert sale_file(town, "pay/west/new").sale.state is SaleState.WAITING
