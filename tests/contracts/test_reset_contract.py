"""Resets for selling on both databases: no money moves, no energy is issued twice, the books stay sound."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from adapters.db.meter_text import preset_text
from adapters.keys.issuer import issuer_of_files
from gateway.core.key_ring import KeyKeeper, KeyRevision
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Approved, Declined, TokensWanted
from gateway.core.preset import Preset
from gateway.core.refusal import Refusal
from gateway.core.reset import Evidence, Outcome, ResetDone
from gateway.prepayment.manage_meter import Workshop
from tests.builders import BANK, VENDING_KEY, ZONE, free_pricing, identity, issuer
from tests.keyrings import Module, issuer_with
from tests.leaving import LI, OLD
from tests.resets import ResetTown, takes, wall


@pytest.fixture
def town(fresh):
    return ResetTown(fresh.database(count=3))


def energy(town):
    return {code: wh for code, wh in town.balances().items() if code.startswith("E.")}


def test_what_the_meter_has_taken_is_known_to_be_in_it(town):
    bought = town.buy().energy_wh
    money = {code: n for code, n in town.balances().items() if not code.startswith("E.")}
    assert town.reset(is_taken=True, credits=1) == ResetDone(1, Outcome.TAKEN, town.paid)
    assert (town.balance("E.ISSUED"), town.balance("E.LOADED")) == (0, bought)
    assert {code: n for code, n in town.balances().items() if not code.startswith("E.")} == money
    row = town.row("sale_reset", "id", 1)
    assert (row.loaded_before_wh, row.loaded_wh, row.number, row.credits) == (0, bought, 1, 1)
    town.assert_sound()


def test_what_is_known_already_is_not_moved_once_more(town):
    bought = town.buy().energy_wh
    town.day += 1
    town.read(10, credit_wh=bought)
    entries = town.count_of("entry")
    assert isinstance(town.reset(is_taken=True), ResetDone)
    assert isinstance(town.reset(is_taken=True), ResetDone)
    assert town.count_of("entry") == entries
    town.assert_sound()


def test_a_reading_behind_a_reset_books_what_it_would_have_booked_without_it(town):
    bought = town.buy().energy_wh
    town.reset(is_taken=True)
    town.day += 1
    # Its counting begins here: what is not shown of the purchase is not proven any more.
    town.read(10, credit_wh=bought - 10_000)
    assert energy(town) == {"E.SOLD": -bought, "E.LOADED": bought - 10_000, "E.ISSUED": 10_000}
    town.assert_sound()


def test_a_reset_behind_a_reading_moves_what_the_reading_left_open(town):
    first = town.buy().energy_wh
    town.day += 1
    town.read(10, credit_wh=first)
    second = town.buy().energy_wh
    town.day += 1
    town.read(20)
    assert (town.balance("E.ISSUED"), town.balance("E.USED")) == (second, 10_000)
    town.reset(is_taken=True)
    town.assert_sound()
    town.day += 1
    town.read(30)
    assert energy(town) == {
        "E.SOLD": -first - second, "E.LOADED": first + second - 20_000, "E.USED": 20_000,
    }  # fmt: skip
    town.assert_sound()


def test_the_word_that_the_last_is_in_says_nothing_of_those_before(town):
    first, second = town.buy().energy_wh, town.buy().energy_wh
    town.reset(is_taken=True)
    assert (town.balance("E.ISSUED"), town.balance("E.LOADED")) == (first, second)
    town.assert_sound()


def test_the_word_that_the_last_is_in_counts_once_however_often_it_is_given(town):
    first, second = town.buy().energy_wh, town.buy().energy_wh
    town.reset(is_taken=True)
    assert isinstance(town.reset(is_taken=True), ResetDone)
    assert (town.balance("E.ISSUED"), town.balance("E.LOADED")) == (first, second)
    town.assert_sound()


def test_what_a_reset_has_proven_travels_as_what_was_seen(town):
    bought = town.buy().energy_wh
    town.reset(is_taken=True)
    town.replace(remaining_wh=bought, shown_wh=bought)
    assert (town.balance("E.LOADED"), town.balance("E.ISSUED"), town.balance("E.VOID")) == (0, 0, bought)
    town.assert_sound()


def test_a_reading_of_before_the_reset_is_told_so(town):
    town.buy()
    town.reset(is_taken=True)
    town.day -= 1
    shown = town.read(5)
    assert (shown.reason, "reset for selling" in shown.detail) == (OfficeRefusal.READING_REFUSED, True)


def test_a_lost_purchase_goes_out_once_more_with_the_same_id_and_moves_nothing(town):
    sold = town.buy()
    before = town.balances()
    assert town.reset(credits=0) == ResetDone(1, Outcome.LOST, town.paid)
    again = town.again()
    assert isinstance(again, Approved)
    assert (again.energy_wh, again.receipt_no, again.token) != (sold.energy_wh, sold.receipt_no, None)
    assert again.energy_wh == sold.energy_wh
    assert again.receipt_no == sold.receipt_no
    assert town.balances() == before
    assert town.count_of("token") == 1
    assert town.count_of("sale") == 1
    with town.engine.connect() as connection:
        posted = connection.execute(
            text("SELECT p.amount FROM posting p JOIN entry e ON e.id = p.entry_id WHERE e.kind = 'reissue'")
        ).scalars().all()  # fmt: skip
    assert sorted(posted) == [-sold.energy_wh, -sold.energy_wh, sold.energy_wh, sold.energy_wh]
    town.assert_sound()


@pytest.mark.parametrize("is_new_first", [False, True])
def test_a_meter_takes_the_old_token_or_the_new_one_and_never_both(town, is_new_first):
    old = town.buy()
    town.reset(credits=0)
    new = town.again()
    pair = (new.token, old.token) if is_new_first else (old.token, new.token)
    meter = wall()
    assert takes(meter, *pair) == 1
    assert meter.credit_wh == old.energy_wh


def test_the_same_token_comes_again_however_often_it_is_asked_for(town):
    town.buy()
    first = town.reset(credits=0)
    assert town.give(town.last_order) == first
    token = town.again()
    town.day += 1
    assert town.again() == token
    assert town.give(town.last_order) == first
    assert town.count_of("sale_reset") == 1
    assert town.reset(credits=0) == NotDone(OfficeRefusal.LOST_ALREADY)
    town.assert_sound()


def test_a_second_loss_is_believed_once_the_key_is_another(town):
    old = town.buy()
    town.reset(credits=0)
    with town.engine.begin() as connection:
        connection.execute(text("UPDATE meter SET krn = 2 WHERE pan = :p"), {"p": OLD})
    town.workshop = Workshop(two_keys(), ZONE, "CNY")
    assert town.again() == NotDone(OfficeRefusal.KEY_CHANGED_SINCE)
    assert isinstance(town.reset(credits=0), ResetDone)
    new = town.again(2)
    moved = wall(identity(1, krn=2))
    assert takes(moved, old.token) == 0
    assert takes(moved, new.token, old.token) == 1
    assert town.reset(credits=0) == NotDone(OfficeRefusal.LOST_ALREADY)


def two_keys():
    return issuer_of_files({("201457", 1): VENDING_KEY, ("201457", 2): VENDING_KEY})


def test_a_key_that_counts_from_another_base_date_makes_no_second_token(town):
    town.buy()
    with town.engine.begin() as connection:
        connection.execute(text("UPDATE meter SET base_date = 2035 WHERE pan = :p"), {"p": OLD})
    assert town.reset(credits=0) == NotDone(OfficeRefusal.OTHER_BASE_DATE)


def test_a_meter_that_has_taken_more_than_was_sold_is_blocked_and_a_person_is_told(town):
    town.buy()
    assert town.reset(is_taken=True, credits=2) == ResetDone(1, Outcome.FROZEN, town.paid)
    assert town.row("meter", "pan", OLD).state == "blocked"
    note = town.row("exception_note", "kind", "counter_ahead")
    assert (bool(note.is_open), note.key) == (True, town.paid)
    assert town.buy().reason is Refusal.METER_BLOCKED
    town.assert_sound()


def test_a_blocked_meter_is_freed_by_a_reset_that_says_so(town):
    town.buy()
    paid = town.paid
    town.reset(credits=2)
    assert town.reset(is_taken=True, payment=paid) == NotDone(OfficeRefusal.METER_FROZEN)
    assert isinstance(town.reset(is_taken=True, payment=paid, is_lifted=True), ResetDone)
    assert town.row("meter", "pan", OLD).state == "active"
    assert isinstance(town.buy(), Approved)
    town.assert_sound()


def test_a_meter_that_is_not_blocked_is_not_freed(town):
    town.buy()
    assert town.reset(is_taken=True, is_lifted=True) == NotDone(OfficeRefusal.TWICE_AT_ONCE)


def test_a_lost_purchase_of_a_meter_that_is_blocked_meanwhile_is_not_given_out(town):
    town.buy()
    town.reset(credits=0)
    town.reset(credits=3)
    assert town.again() == NotDone(OfficeRefusal.METER_FROZEN)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"credits": 2}, OfficeRefusal.COUNTED_OTHERWISE),
        ({"is_taken": True, "credits": 1}, OfficeRefusal.COUNTED_OTHERWISE),
        ({"credits": 0}, OfficeRefusal.EARLIER_MISSING),
        ({"is_taken": True, "credits": 0}, OfficeRefusal.EARLIER_MISSING),
        ({"ago_us": -1}, OfficeRefusal.SEEN_AHEAD),
        ({"ago_us": 2 * 86_400_000_000}, OfficeRefusal.SEEN_BEFORE_SALE),
        ({"reason": " "}, OfficeRefusal.NO_REASON),
        ({"payment": "pay/east/other"}, OfficeRefusal.NOT_LAST),
        ({"pan": identity(2).pan}, OfficeRefusal.NO_PURCHASE),
        ({"pan": identity(9).pan}, OfficeRefusal.UNKNOWN_METER),
    ],
)
def test_evidence_that_contradicts_leaves_everything_as_it_was(town, said, reason):
    town.buy()
    town.buy()
    before = town.balances()
    assert town.reset(**said) == NotDone(reason)
    assert (town.balances(), town.count_of("sale_reset")) == (before, 0)


def test_what_readings_prove_to_be_in_the_meter_was_not_lost(town):
    bought = town.buy().energy_wh
    town.day += 1
    town.read(1, credit_wh=bought)
    assert town.reset() == NotDone(OfficeRefusal.PROVEN_IN)


def test_what_a_meter_has_used_of_a_purchase_was_not_lost(town):
    town.buy()
    town.day += 1
    town.read(0, credit_wh=0)
    town.day += 1
    town.read(30)
    assert town.reset() == NotDone(OfficeRefusal.PROVEN_IN)


def test_what_was_missing_before_a_purchase_is_no_room_for_its_being_lost(town):
    town.buy()
    town.day += 1
    town.read(0, credit_wh=0)
    second = town.buy().energy_wh
    town.day += 1
    town.read(1, credit_wh=second - 1_000)
    assert town.balance("E.LOADED") == second - 1_000
    assert town.reset() == NotDone(OfficeRefusal.PROVEN_IN)
    assert town.count_of("sale_reset") == 0
    town.assert_sound()


def test_a_purchase_that_was_lost_before_the_first_reading_is_lost(town):
    first = town.buy().energy_wh
    town.buy()
    town.day += 1
    town.read(0, credit_wh=first)
    assert town.reset() == ResetDone(1, Outcome.LOST, town.paid)


def test_a_purchase_is_lost_where_one_of_before_has_come_in_meanwhile(town):
    first = town.buy().energy_wh
    town.day += 1
    town.read(0, credit_wh=0)
    town.day += 1
    town.read(0, credit_wh=first)
    town.buy()
    town.day += 1
    town.read(0, credit_wh=first)
    assert town.reset() == ResetDone(1, Outcome.LOST, town.paid)
    town.assert_sound()


def test_energy_that_nobody_sold_proves_no_purchase(town):
    town.read(0, credit_wh=50_000)
    town.buy()
    town.day += 1
    town.read(0, credit_wh=50_000)
    assert town.reset() == ResetDone(1, Outcome.LOST, town.paid)
    town.assert_sound()


def test_a_counter_that_was_read_proves_that_it_was_not_lost(town):
    town.buy()
    town.buy()
    town.day += 1
    town.read(0, credits=2)
    assert town.reset() == NotDone(OfficeRefusal.PROVEN_IN)


def test_what_was_reset_as_taken_is_not_lost_later(town):
    town.buy()
    town.reset(is_taken=True)
    assert town.reset() == NotDone(OfficeRefusal.PROVEN_IN)


def test_a_loss_that_a_reading_disproves_meanwhile_is_not_given_out(town):
    bought = town.buy().energy_wh
    town.reset()
    town.read(1, credit_wh=bought)
    assert town.again() == NotDone(OfficeRefusal.PROVEN_IN)


def test_evidence_that_is_older_than_the_last_reading_counts_no_more(town):
    town.buy()
    town.day += 1
    town.read(0)
    assert town.reset(ago_us=86_400_000_000 * 3 // 2) == NotDone(OfficeRefusal.SEEN_BEFORE_READING)


def test_a_later_purchase_takes_the_place_of_the_one_that_was_lost(town):
    town.buy()
    first = town.paid
    town.reset()
    town.buy()
    assert town.again(payment=first) == NotDone(OfficeRefusal.NOT_LAST)
    assert town.again() == NotDone(OfficeRefusal.NOT_LOST)
    assert town.reset(payment=first) == NotDone(OfficeRefusal.NOT_LAST)


def test_a_purchase_of_the_same_breath_is_the_last_one(town):
    town.buy()
    town.reset()
    order, paid = town.last_order, town.paid
    sold, done = town.give(town.till.pay("breath", 5_000, pan=OLD), replace(order, nonce=town.nonce()))
    assert isinstance(sold, Approved)
    assert (done, paid) == (NotDone(OfficeRefusal.NOT_LAST), order.payment)


def test_a_sale_in_dispute_is_never_reset(town):
    town.buy()
    town.reset()
    assert isinstance(town.give(town.till.reverse(town.paid.rpartition("/")[2])), Declined)
    assert town.again() == NotDone(OfficeRefusal.IN_DISPUTE)
    assert town.reset() == NotDone(OfficeRefusal.IN_DISPUTE)
    assert town.reset(is_taken=True) == NotDone(OfficeRefusal.IN_DISPUTE)
    town.assert_sound()


def test_a_sale_that_was_given_back_never_went_out(town):
    town.till = type(town.till)(tid_lead_max=100_000, token_in_answer=False)
    town.buy()
    town.give(town.till.reverse(town.paid.rpartition("/")[2]))
    assert town.reset() == NotDone(OfficeRefusal.NO_PURCHASE)


def test_a_meter_that_was_taken_out_is_not_reset(town):
    town.buy()
    town.reset()
    town.replace(remaining_wh=0)
    assert town.reset() == NotDone(OfficeRefusal.REMOVED)
    assert town.again() == NotDone(OfficeRefusal.REMOVED)


def test_a_transfer_that_was_lost_goes_out_once_more(town):
    bought = town.buy().energy_wh
    town.replace(remaining_wh=bought - 55, shown_wh=bought - 55)
    given = town.transfer()
    town.paid, new = "move/1", given.pan
    town.reset(pan=new)
    again = town.again(pan=new)
    assert (again.energy_wh, again.tender_minor) == (given.energy_wh, 0)
    assert takes(wall(identity(7)), given.token, again.token) == 1
    town.assert_sound()


def test_only_a_reset_that_found_it_lost_makes_a_token(town):
    town.buy()
    assert town.again() == NotDone(OfficeRefusal.NOT_LOST)
    town.reset(is_taken=True)
    assert town.again().reason is OfficeRefusal.NOT_LOST


def test_a_reset_is_written_once_and_for_ever(town):
    town.buy()
    town.reset()
    with pytest.raises(DBAPIError), town.engine.begin() as connection:
        connection.execute(text("UPDATE sale_reset SET outcome = 'taken'"))


def test_a_reset_comes_back_as_it_was_made(town):
    town.buy()
    town.reset(is_taken=True, credits=1, evidence=Evidence.PHOTO)
    row = town.row("sale_reset", "payment", town.paid)
    assert (row.evidence, row.reference, row.reason, row.actor) == (
        "photo", "Chen, on the spot", "it was not taken", LI,
    )  # fmt: skip



def test_a_security_module_is_asked_for_one_and_the_same_order_however_often(town):
    old = town.buy()
    clock = Clock()
    module = Module(clock, KeyRevision("201457", 1, kt=2, base_date=2014, keeper=KeyKeeper.MODULE))
    town.reset(credits=0)
    town.workshop = Workshop(module.issuer, ZONE, "CNY")
    first = town.again()
    assert isinstance(first, TokensWanted)
    assert town.again() == first
    (order,) = first.orders
    assert order.tid == town.row("token", "sale_id", town.row("sale", "key", town.paid).id).tid
    asked = Deferred.fromCoroutine(module.issuer.prepare(first.orders))
    for _ in range(20):
        clock.advance(0.25)
    assert asked.called
    new = town.again()
    assert isinstance(new, Approved)
    assert [one.order for one in module.virtual.issued] == [order]
    assert takes(wall(), new.token, old.token) == 1
    town.assert_sound()


def test_a_purchase_with_a_free_token_is_lost_as_a_whole_or_told_to_be_there_in_part(town):
    town.till = type(town.till)(tid_lead_max=100_000, currency="ZAR")
    town.till.pricing = free_pricing()
    town.day += 1
    sold = town.give(town.till.pay("free", 50_000, pan=OLD, currency="ZAR"))
    town.paid = f"pay/{BANK}/free"
    assert town.reset(credits=1) == NotDone(OfficeRefusal.TAKEN_IN_PART)
    before = town.balances()
    town.reset(credits=0)
    town.workshop = Workshop(issuer(), ZONE, "ZAR")
    again = town.again()
    assert town.balances() == before
    assert (again.energy_wh, again.free.energy_wh) == (sold.energy_wh, sold.free.energy_wh)
    assert takes(wall(), sold.free.token, again.token, again.free.token, sold.token) == 2
    town.assert_sound()


def test_what_the_meter_came_with_is_not_made_once_more(town):
    with town.engine.begin() as connection:
        said = {"t": preset_text(Preset(10_000, 612)), "p": OLD}
        connection.execute(text("UPDATE meter SET preset = :t WHERE pan = :p"), said)
    sold = town.buy()
    assert sold.preset_wh == 10_000
    before = town.balances()
    town.reset(credits=0)
    again = town.again()
    assert (again.preset_wh, again.energy_wh) == (sold.preset_wh, sold.energy_wh)
    assert town.balances() == before
    assert takes(virtual := wall(), again.token) == 1
    assert virtual.credit_wh == sold.energy_wh - 10_000


def test_a_key_change_on_its_way_goes_out_in_front_of_the_new_token(town):
    old = town.buy()
    moving = KeyRevision("201457", 2, kt=2, base_date=2014, active_from_us=town.now_us)
    keys = issuer_with(KeyRevision("201457", 1, kt=2, base_date=2014), moving)
    town.day += 1
    town.reset(credits=0)
    town.workshop = Workshop(keys, ZONE, "CNY")
    new = town.again()
    assert len(new.key_change) == 4
    meter = wall()
    assert takes(meter, *new.key_change, new.token, old.token) == 5
    assert meter.credit_wh == old.energy_wh
    town.assert_sound()
