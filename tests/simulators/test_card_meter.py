"""The rules by which a meter takes cards, for all profiles."""

from dataclasses import replace

import pytest

from gateway.codecs.card.profile import PROFILES, profile_named
from gateway.codecs.card.steps import Written
from gateway.simulators.card.faults import Fault, FaultKind
from gateway.simulators.card_meter import CREDIT_MAX, CardTrouble, Inserted, VirtualCardMeter
from tests.cards import (
    AMOUNT,
    NOW,
    OTHER_CUSTOMER_NO,
    OTHER_METER_NO,
    OTHER_SERIAL,
    SERIAL,
    blank,
    in_use,
    keys,
    loading,
    meter,
    shown,
    written,
)

ALL = pytest.mark.parametrize("name", PROFILES)
TAKEN = Inserted(added=AMOUNT, is_written_back=True)
READ_OUT = Inserted(added=0, is_written_back=True)


def refused(trouble, *, is_written_back=False):
    return Inserted(0, is_written_back, trouble)


def card_with(name, serial=SERIAL, **said):
    card = blank(name, serial)
    written(name, card, loading(serial=serial, **said))
    return card


@ALL
def test_an_opening_card_opens_the_meter_and_brings_the_first_purchase(name):
    card, used = card_with(name, count=1, subtype="open"), meter(name)
    assert used.insert(card) == TAKEN
    memory = used.memory
    assert (memory.is_opened, memory.serial, memory.count, memory.remaining) == (True, SERIAL, 1, AMOUNT)
    assert memory.customer_no.lstrip("0") == "100042"


@ALL
def test_an_opening_card_without_a_purchase_opens_and_adds_nothing(name):
    card, used = card_with(name, count=0, subtype="open", amount=0), meter(name)
    came_of_it = used.insert(card)
    assert (came_of_it.added, used.memory.is_opened, used.memory.count) == (0, True, 0)


@ALL
def test_what_the_meter_knows_is_written_back(name):
    card, used = in_use(name, 2)
    used.use(5_000)
    used.insert(card)
    returned = shown(name, card).picture.returned
    assert (returned.meter_no.lstrip("0"), returned.remaining, returned.count) == ("123456", 35_000, 2)
    assert returned.values["at"] == NOW


@ALL
def test_what_it_has_lent_is_written_back_as_an_overdraft(name):
    card, used = in_use(name, 1)
    used.use(AMOUNT + 700)
    used.insert(card)
    returned = shown(name, card).picture.returned
    assert (returned.remaining, returned.values["overdraft"]) == (0, 700)


@ALL
def test_a_purchase_is_taken_once(name):
    card, used = in_use(name, 1)
    written(name, card, loading(2))
    assert [used.insert(card) for _ in range(3)] == [TAKEN, READ_OUT, READ_OUT]


@ALL
@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ({"meter_no": OTHER_METER_NO}, CardTrouble.METER_NUMBER),
        ({"customer_no": OTHER_CUSTOMER_NO}, CardTrouble.CUSTOMER),
        ({"serial": OTHER_SERIAL}, CardTrouble.SERIAL),
    ],
)
def test_a_card_that_is_not_for_this_meter_customer_or_the_latest_is_not_taken(name, said, trouble):
    _, used = in_use(name, 1)
    assert used.insert(card_with(name, **{"count": 2} | said)) == refused(trouble)


@ALL
@pytest.mark.parametrize("subtype", ["purchase", "supplement"])
def test_a_meter_that_was_not_opened_takes_no_purchase(name, subtype):
    assert meter(name).insert(card_with(name, count=1, subtype=subtype)) == refused(CardTrouble.NOT_OPENED)


@ALL
def test_an_opening_card_counts_one_at_most(name):
    assert meter(name).insert(card_with(name, count=2, subtype="open")) == refused(CardTrouble.COUNT)


@ALL
def test_where_a_purchase_is_missing_in_between_nothing_is_added(name):
    _, used = in_use(name, 1)
    card = card_with(name, count=3)
    assert used.insert(card) == refused(CardTrouble.COUNT, is_written_back=True)
    assert shown(name, card).picture.returned.count == 1


@ALL
def test_an_old_number_adds_nothing_and_is_written_back(name):
    card, used = in_use(name, 3)
    written(name, card, loading(2))
    assert used.insert(card) == READ_OUT


@ALL
def test_a_card_that_a_meter_has_written_on_brings_nothing_to_one_that_counts_one_less(name):
    card, used = in_use(name, 2)
    used.memory = replace(used.memory, count=1)
    assert used.insert(card) == refused(CardTrouble.ALREADY_USED, is_written_back=True)


@ALL
def test_more_than_may_be_hoarded_is_not_added_and_not_written_back(name):
    card, used = in_use(name, 1)
    used.hoard_limit = 2 * AMOUNT - 100
    written(name, card, loading(2))
    assert used.insert(card) == refused(CardTrouble.OVER_LIMIT)
    assert shown(name, card).picture.returned is None
    used.hoard_limit = 2 * AMOUNT
    assert used.insert(card) == TAKEN


@ALL
def test_more_than_the_register_holds_is_not_added(name):
    card, used = in_use(name, 1)
    used.memory = replace(used.memory, remaining=CREDIT_MAX - AMOUNT + 1)
    written(name, card, loading(2))
    assert used.insert(card) == refused(CardTrouble.OVER_LIMIT)
    used.use(1)
    assert used.insert(card) == TAKEN


@ALL
def test_a_supplement_kills_the_card_before_it(name):
    old, used = in_use(name, 1)
    written(name, old, loading(2))
    new = card_with(name, OTHER_SERIAL, count=2, subtype="supplement")
    assert used.insert(new) == TAKEN
    assert used.memory.serial == OTHER_SERIAL
    assert used.insert(old) == refused(CardTrouble.SERIAL)


@ALL
def test_a_supplement_that_brings_nothing_new_takes_over_all_the_same(name):
    old, used = in_use(name, 2)
    new = card_with(name, OTHER_SERIAL, count=2, subtype="supplement")
    assert used.insert(new) == READ_OUT
    assert used.insert(old) == refused(CardTrouble.SERIAL)


@ALL
def test_of_two_supplements_the_newest_counts(name):
    _, used = in_use(name, 1)
    first = card_with(name, OTHER_SERIAL, count=2, subtype="supplement")
    second = card_with(name, "A1B2C3D4E5F6071A", count=2, subtype="supplement")
    assert used.insert(first) == TAKEN
    assert used.insert(second) == READ_OUT
    assert used.insert(first) == refused(CardTrouble.SERIAL)


@ALL
def test_a_purchase_that_was_taken_off_the_card_brings_nothing(name):
    card, used = in_use(name, 1)
    written(name, card, loading(2, amount=77_700))
    assert isinstance(written(name, card, loading(1)), Written)
    assert [used.insert(card) for _ in range(2)] == [READ_OUT, READ_OUT]
    written(name, card, loading(2))
    assert used.insert(card) == TAKEN


@ALL
def test_a_meter_with_public_keys_takes_no_customer_s_card(name):
    used = meter(name)
    used.has_private_keys = False
    assert used.insert(card_with(name, count=1, subtype="open")) == refused(CardTrouble.KEY)
    assert used.memory.illegal == 1


@ALL
def test_a_card_of_other_keys_is_counted_as_illegal_and_the_count_is_written_back(name):
    card, used = in_use(name, 1)
    foreign = blank(name, holder=keys(bytes(16)))
    written(name, foreign, loading(2), keys(bytes(16)))
    assert used.insert(foreign).trouble in {CardTrouble.AUTHENTICATION, CardTrouble.MAC}
    used.insert(card)
    assert shown(name, card).picture.returned.values["illegal"] == 1


@ALL
def test_a_card_of_another_profile_is_of_another_type(name):
    other = PROFILES[PROFILES.index(name) - 1]
    assert meter(name).insert(blank(other)) == refused(CardTrouble.TYPE)


@ALL
def test_a_blank_card_is_no_record(name):
    assert meter(name).insert(blank(name)) == refused(CardTrouble.FORMAT)


@ALL
def test_a_card_that_is_pulled_out_of_the_meter_is_taken_once_all_the_same(name):
    """The credit and its number are kept together, before anything is written back."""
    total = 0
    for at in range(60):
        card, used = in_use(name, 1)
        written(name, card, loading(2))
        card.fault = Fault(at, FaultKind.ANSWER_LOST)
        came_of_it = used.insert(card)
        if came_of_it.trouble is None:
            break
        assert came_of_it.trouble is CardTrouble.PULLED_OUT
        card.fault = None
        assert came_of_it.added + used.insert(card).added == AMOUNT
        total += 1
    assert total == {"gdw365": 12, "powertill-cpu": 11, "sle4442": 14}[name]


def test_a_purchase_changes_only_what_begins_later():
    card, used = blank("gdw365"), meter("gdw365")
    flags = ("rates", "next_rates", "ladder", "next_ladder", "limits")
    written("gdw365", card, replace(loading(1, "open"), more={"updates": flags}))
    used.insert(card)
    assert used.memory.updates == flags
    written("gdw365", card, replace(loading(2), more={"updates": flags}))
    used.insert(card)
    assert used.memory.updates == ("next_rates", "next_ladder")


def test_limits_come_with_an_opening_card_of_gdw365_and_with_every_card_of_ours():
    card, used = blank("gdw365"), meter("gdw365")
    more = {"updates": ("limits",), "alarm": 500}
    written("gdw365", card, replace(loading(1, "open"), more=more))
    used.insert(card)
    written("gdw365", card, replace(loading(2), more=more | {"alarm": 900}))
    used.insert(card)
    assert used.memory.alarm == 500
    card, used = blank("powertill-cpu"), meter("powertill-cpu")
    written(
        "powertill-cpu", card, replace(loading(1, "open"), more={"alarm": 500, "hoard_limit": 2 * AMOUNT})
    )
    used.insert(card)
    assert (used.memory.alarm, used.hoard_limit) == (500, 2 * AMOUNT)
    written("powertill-cpu", card, replace(loading(2, amount=AMOUNT + 1), more={"alarm": 900}))
    assert used.insert(card) == refused(CardTrouble.OVER_LIMIT)
    assert used.memory.alarm == 500


def test_the_return_record_of_a_gdw365_card_is_that_of_the_published_meters():
    card, used = in_use("gdw365", 1)
    raw = shown("gdw365", card).picture.raw["returned"]
    assert raw.hex(" ").upper() == (
        "68 11 00 2B 01 00 00 01 00 00 01 00 00 00 12 34 56 00 00 00 10 00 42 00 00 4E 20 00 00 00 01 "
        "00 00 00 00 00 00 00 00 00 00 00 26 11 26 05 17 15 16"
    )
    assert used.memory.illegal == 0


def test_a_meter_says_which_profile_it_takes():
    used = VirtualCardMeter(profile_named("sle4442"), "1", keys(), lambda: NOW)
    assert used.insert(blank("gdw365")) == refused(CardTrouble.TYPE)
