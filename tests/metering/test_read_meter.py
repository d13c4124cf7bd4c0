"""Visits to meters of each protocol: what they bring, what they set, and what becomes of each slot."""

from dataclasses import replace
from datetime import UTC

import pytest

from gateway.core.clock_check import FINE_S, SET_S_MAX
from gateway.core.contact import ContactFault, ContactWhy, RelayState
from gateway.core.meter_event import EventKind
from gateway.core.meter_noticed import KnownBefore
from gateway.core.meter_seen import Figure
from gateway.core.reading import StatusWord
from gateway.simulators.meters.face import Mishap, MishapKind, Mishaps
from gateway.simulators.meters.purse import Counts, Terms, Wallet
from gateway.simulators.meters.relay import RelayState as Relay
from tests.virtual_meters import BEGIN
from tests.visits import EVERY, PAN, WITH_PROFILE, WRITABLE, Met, at, frozen, profile, registers

each = pytest.mark.parametrize("model", EVERY)
writable = pytest.mark.parametrize("model", WRITABLE)
#: A kilowatt since Monday at 8, until Tuesday at 8:07: in the middle of a quarter-hour.
DAY = {"days": 1, "hours": 0.12}
#: Meters of DL/T 645 show hundredths of a kWh.
CUT = 10


def whys(ended):
    return [one.why for one in ended.slots]


def kinds(ended):
    return [one.kind for one in ended.brought.events]


def shown(met, wh):
    return wh - wh % CUT if met.model.name.startswith("dlt645") else wh


# What it shows.


@each
def test_registers_are_read_by_tariff_with_the_relay_and_the_clock(model):
    met = Met(model, **DAY)
    ended = met.visit(registers())
    seen = ended.brought.seen
    assert (whys(ended), ended.why, met.kept.brought) == ([None], None, [ended.brought])
    met.house.update()
    rates = [shown(met, wh) for wh in met.house.registers.tariffs]
    assert dict(seen.registers) == {
        "total": shown(met, 24_120),
        **{f"rate_{n}": wh for n, wh in enumerate(rates, 1)},
    }
    has_relay = model != "dlt645-1997"
    assert seen.relay is (RelayState.CLOSED if has_relay else None)
    assert (seen.pan, seen.off_s, seen.status) == (PAN, 0, ())
    assert abs(seen.at_us - int(met.now().timestamp() * 1_000_000)) < 10_000_000
    assert (ended.brought.contact.why, ended.brought.events) == (None, ())


def test_a_wallet_says_its_credit_and_how_many_it_has_taken():
    wallet = Wallet(Terms(counts=Counts.ENERGY))
    wallet.buy(5000, 1, "000000000007", at=0, opens=True)
    met = Met("dlt645-prepaid", purse=wallet, hours=0.01)
    seen = met.visit(registers()).brought.seen
    assert (seen.credit_wh, seen.credits) == (50_000 - 10, 1)


def test_what_one_model_has_not_is_missing_with_its_reason_and_nothing_is_made_up():
    met = Met("dlt645-prepaid", **DAY)
    ended = met.visit(registers())
    assert ended.why is None
    assert (ended.brought.seen.credit_wh, ended.brought.seen.credits) == (None, None)
    not_there = ("credit", "overdraft", "purchases-kwh", "purchases")
    assert ended.brought.seen.missing == tuple(
        (item, "the meter refuses: no such item") for item in not_there
    )


def test_several_slots_of_registers_are_one_reading():
    met = Met("dlt645-2007", **DAY)
    ended = met.visit(registers(1), registers(2), registers(1))
    assert (whys(ended), len(met.kept.brought)) == ([None, None], 1)


@each
def test_a_relay_that_nobody_ordered_open_is_an_event(model):
    met = Met(model, **DAY)
    met.house.order(Relay.OPEN)
    ended = met.visit(registers())
    if model == "dlt645-1997":
        assert kinds(ended) == []
        return
    assert ended.brought.seen.status == (StatusWord.RELAY_OPEN,)
    assert kinds(ended) == [EventKind.RELAY_OPEN]
    assert kinds(met.visit(registers(), before=KnownBefore(may_be_open=True))) == []


@each
def test_another_meter_ends_the_visit_and_nothing_of_it_counts(model):
    met = Met(model, **DAY)
    other = "000000000162"
    if model == "dlt645-1997":
        # Its answers have the address: those of another one are none.
        ended = met.visit(registers(), wanted=replace(met.wanted, address=other))
        assert ended.why is ContactWhy.TIMEOUT
    else:
        ended = met.visit(
            registers(), frozen(2026, 12, 1), profile(2026, 11, 24), wanted=replace(met.wanted, number=other)
        )
        assert whys(ended) == [ContactWhy.WRONG_METER] * 3
        assert kinds(ended) == [EventKind.WRONG_METER]
        assert ended.brought.contact.why is ContactWhy.WRONG_METER
    assert (ended.brought.seen, ended.brought.frozen, ended.brought.profile) == (None, (), ())
    assert (ended.brought.contact.off_s, ended.brought.contact.relay) == (None, None)


def test_a_meter_that_says_nothing_whole_has_that_as_its_reason():
    met = Met("dlt645-2007", **DAY)
    met.meter.mishaps = Mishaps([Mishap(MishapKind.CHECK)])
    ended = met.visit(registers())
    assert (ended.why, ended.brought.contact.why) == (ContactWhy.CHECKSUM, ContactWhy.CHECKSUM)


def test_what_the_books_do_not_take_is_not_read():
    met = Met("dlt645-2007", **DAY)
    met.kept.fault = ContactFault(ContactWhy.LOST, "the books are busy")
    ended = met.visit(registers(), frozen(2026, 11, 1))
    assert whys(ended) == [ContactWhy.LOST] * 2


# Frozen months.


@each
def test_what_was_frozen_at_the_end_of_the_month_is_read_for_that_moment(model):
    met = Met(model, days=9)
    ended = met.visit(frozen(2026, 12, 1))
    assert whys(ended) == [None]
    (copy,) = ended.brought.frozen
    assert (copy.pan, copy.at_s) == (PAN, at(2026, 12, 1))
    assert dict(copy.registers) == {
        "total": 184_000, "rate_1": 32_000, "rate_2": 80_000, "rate_3": 30_000, "rate_4": 42_000,
    }  # fmt: skip
    assert ended.brought.seen is None, "nobody asked what it shows now"


@each
def test_the_month_before_is_read_too_where_it_is_a_gap(model):
    met = Met(model, days=40)
    ended = met.visit(frozen(2026, 12, 1), frozen(2027, 1, 1))
    assert {one.slot.at_s: one.why for one in ended.slots} == {at(2026, 12, 1): None, at(2027, 1, 1): None}
    totals = {one.at_s: dict(one.registers)["total"] for one in ended.brought.frozen}
    assert totals == {at(2026, 12, 1): 184_000, at(2027, 1, 1): 928_000}


@each
def test_a_meter_that_froze_another_moment_gives_none(model):
    met = Met(model, days=9)
    ended = met.visit(frozen(2026, 12, 2))
    assert (whys(ended), ended.brought.frozen) == ([ContactWhy.REFUSED], ())
    said = str(ended.slots[0].fault)
    assert ("2026-12-02" if model.startswith("dlms") else "2026-12-01 00:00") in said


@each
def test_a_month_that_is_not_over_by_the_meters_clock_is_not_read(model):
    met = Met(model, days=7, hours=16, ahead_s=-200)
    assert met.now() == BEGIN.replace(month=12, day=1, hour=0)
    ended = met.visit(frozen(2026, 12, 1))
    assert (whys(ended), ended.brought.frozen) == ([ContactWhy.REFUSED], ())


def test_a_meter_that_settles_on_another_day_gives_none():
    met = Met("dlt645-2007", days=1)
    met.house.notes = {"04000B01": bytes.fromhex("0625")}
    met.clock.advance(8 * 86_400)
    ended = met.visit(frozen(2026, 12, 1))
    assert str(ended.slots[0].fault) == "the meter froze another moment: 2026-11-25 06:00"
    assert whys(met.visit(frozen(2026, 11, 25, 6))) == [None]


def test_a_meter_that_settles_while_it_is_read_gives_none():
    met = Met("dlt645-2007", days=7, hours=15.98)
    ended = met.visit(frozen(2026, 11, 1))
    assert "settles just now" in str(ended.slots[0].fault)


# Load profiles.


@pytest.mark.parametrize("model", WITH_PROFILE)
def test_days_of_a_profile_are_read_each_row_once(model):
    met = Met(model, days=4)
    ended = met.visit(profile(2026, 11, 26), profile(2026, 11, 25))
    assert whys(ended) == [None, None]
    rows = ended.brought.profile
    assert [row.at_s for row in rows] == [at(2026, 11, 24) + 900 * n for n in range(1, 193)]
    met.house.update()
    total = Figure("energy", 40_000, 3, "kWh") if "iec" in model else Figure("energy", 40_000, 0, "Wh")
    assert rows[96].values[-1] == replace_number(total, 40_250)
    assert {row.status for row in rows} <= {"0", "00"}


def replace_number(figure, number):
    return figure._replace(number=number)


@pytest.mark.parametrize("model", WITH_PROFILE)
def test_a_day_without_rows_is_not_read_and_the_next_one_is(model):
    met = Met(model, days=4)
    ended = met.visit(profile(2026, 11, 20), profile(2026, 11, 25))
    assert whys(ended) == [ContactWhy.REFUSED, None]
    assert len(ended.brought.profile) == 96


@pytest.mark.parametrize("model", WITH_PROFILE)
def test_a_day_that_is_not_over_by_the_meters_clock_is_not_read(model):
    met = Met(model, days=1, hours=16.02, ahead_s=-200)
    ended = met.visit(profile(2026, 11, 25))
    assert str(ended.slots[0].fault) == "the day is not over yet by the meter's clock"
    assert ended.brought.profile == ()


@pytest.mark.parametrize("model", ["dlt645-2007", "dlt645-1997"])
def test_a_model_without_a_profile_says_so_and_the_rest_is_read(model):
    ended = Met(model, days=4).visit(profile(2026, 11, 25), registers())
    assert whys(ended) == [None, ContactWhy.REFUSED]
    assert str(ended.slots[1].fault) == f"model {model} names no load profile"


# Clocks.


@writable
@pytest.mark.parametrize("ahead_s", [-90, 90])
def test_a_clock_that_is_off_is_set_once_over_the_line(model, ahead_s):
    met = Met(model, **DAY, ahead_s=ahead_s)
    ended = met.visit(registers())
    assert (ended.why, ended.brought.contact.was_set, kinds(ended)) == (None, True, [EventKind.CLOCK_SET])
    assert ended.brought.events[0].told.startswith(f"its clock is {abs(ended.brought.seen.off_s)} s ")
    assert abs(met.house.clock.ahead_ms) < 1000 * FINE_S
    set_how_often = [one.what for one in met.house.diary.events].count("clock set")
    again = met.visit(registers())
    assert (set_how_often, again.brought.contact.was_set, kinds(again)) == (1, False, [])


@each
@pytest.mark.parametrize("ahead_s", [-FINE_S + 1, FINE_S])
def test_a_clock_that_is_nearly_right_is_left_alone(model, ahead_s):
    met = Met(model, **DAY, ahead_s=ahead_s)
    ended = met.visit(registers())
    assert (ended.brought.contact.was_set, kinds(ended), met.house.diary.events) == (False, [], ())


@each
@pytest.mark.parametrize("ahead_s", [-SET_S_MAX - 20, SET_S_MAX + 20, 86_400 * 400])
def test_a_clock_that_is_too_far_off_is_told_and_nobody_sets_it(model, ahead_s):
    met = Met(model, **DAY, ahead_s=ahead_s)
    ended = met.visit(registers())
    assert (ended.why, kinds(ended)) == (None, [EventKind.CLOCK_TOO_FAR])
    assert met.house.diary.events == ()
    known = KnownBefore(off_s=ended.brought.contact.off_s)
    assert kinds(met.visit(registers(), before=known)) == [], "it is told once"


@each
def test_a_clock_is_not_set_where_a_row_of_the_profile_would_be_cut(model):
    met = Met(model, days=1, hours=0.25 - 0.02, ahead_s=90)
    ended = met.visit(registers())
    assert (ended.brought.contact.was_set, kinds(ended), met.house.diary.events) == (False, [], ())


def test_a_drifting_clock_is_put_right_from_visit_to_visit():
    met = Met("dlms-tcp", ppm=500, hours=0.12)
    offs = []
    for _ in range(20):
        met.clock.advance(86_400)
        offs.append(met.visit(registers()).brought.contact.off_s)
    assert max(offs) <= FINE_S + 50
    assert sum(one.what == "clock set" for one in met.house.diary.events) >= 9


def test_a_meter_that_can_only_be_read_is_told_that_its_clock_is_not_set():
    met = Met("dlt645-1997", **DAY, ahead_s=90)
    ended = met.visit(registers())
    assert (ended.why, kinds(ended)) == (None, [EventKind.CLOCK_NOT_SET])
    assert "read only" in ended.brought.events[0].told
    known = KnownBefore(off_s=ended.brought.contact.off_s)
    assert kinds(met.visit(registers(), before=known)) == [], "it is told once"


@pytest.mark.parametrize(
    ("model", "why", "is_read", "events"),
    [
        ("dlt645-2007", None, True, [EventKind.CLOCK_NOT_SET]),
        ("iec62056-21", None, True, [EventKind.CLOCK_NOT_SET]),
        ("dlms-hdlc", ContactWhy.AUTH, False, []),
    ],
)
def test_a_wrong_password_is_said_once_and_costs_what_needs_it(model, why, is_read, events):
    met = Met(model, **DAY, ahead_s=90)
    ended = met.visit(registers(), profile(2026, 11, 24), wanted=replace(met.wanted, password="987654"))
    assert (whys(ended)[0], ended.brought.seen is not None, kinds(ended)) == (why, is_read, events)
    assert met.house.diary.events == ()
    said = b"".join(met.link.sent)
    assert said.count(b"987654") == (0 if model == "dlt645-2007" else 1)


def test_a_clock_is_set_to_the_time_of_its_own_zone():
    met = Met("iec62056-21", **DAY, ahead_s=90)
    met.our_zone = UTC
    assert met.visit(registers()).brought.contact.was_set
    assert abs(met.house.clock.ahead_ms) < 1000 * FINE_S
