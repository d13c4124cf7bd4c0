"""A virtual DLMS meter and our client: who is let in, every object, calendar, payment, what goes wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.codecs.dlms.access import Access
from gateway.codecs.dlms.acse import Mechanism
from gateway.codecs.dlms.classes import target
from gateway.codecs.dlms.datum import (
    BOOLEAN,
    ENUM,
    INT16,
    INT32,
    UINT8,
    UINT16,
    UINT32,
    Datum,
    array,
    octets,
    structure,
)
from gateway.codecs.dlms.events import Acted, Associated, Got, Refused, Released, Wrote
from gateway.codecs.dlms.link import LinkLost, LinkOpened
from gateway.codecs.dlms.moment import read_moment, write_moment
from gateway.codecs.dlms.results import AccessFault
from gateway.codecs.dlms.selection import by_entry, by_range
from gateway.codecs.dlms.services import Asked, Done, Target
from gateway.codecs.meter_model.model import model_named
from gateway.simulators.meters.face import Mishap, MishapKind
from gateway.simulators.meters.meter_clock import moment_of
from gateway.simulators.meters.purse import Terms, Wallet
from tests.virtual_meters import BEGIN, EAST, ReaderDlms, access_for, local
from tests.virtual_meters import LineDlms as Line

MODELS = ("dlms-hdlc", "dlms-tcp", "dlms-prepaid")
WIDE = replace(
    model_named("dlms-hdlc"), dlms=replace(model_named("dlms-hdlc").dlms, address_octets=4, physical=300)
)


@pytest.fixture
def line():
    return Line()


def moment(found):
    return read_moment(found.value).at


@pytest.mark.parametrize("model", [*MODELS, WIDE], ids=[*MODELS, "wide"])
def test_whoever_proves_himself_is_let_in_and_goes(model):
    line = Line(model)
    assert isinstance(line.told[-1], Associated)
    assert isinstance(line.told[0], LinkOpened)
    line.reader.client.release()
    assert line.reader.go() == [Released()]


@pytest.mark.parametrize(
    ("model", "access", "why"),
    [
        ("dlms-hdlc", Access(Mechanism.PASSWORD, b"12345678"), "authentication-failure"),
        ("dlms-tcp", Access(), "authentication-failure"),
        ("dlms-prepaid", access_for(model_named("dlms-prepaid"), key=bytes(16)), "deciphering-error"),
        ("dlms-prepaid", Access(Mechanism.PASSWORD, b"00000000"), "context-name-not-supported"),
    ],
)
def test_whoever_does_not_is_refused(model, access, why):
    told = Line(model, access=access).told[-1]
    assert isinstance(told, Refused)
    assert why in told.why


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("client", [2, 17])
def test_any_other_client_meets_silence(model, client):
    assert isinstance(Line(model, client=client).told[-1], LinkLost)


@pytest.mark.parametrize("name", MODELS)
def test_every_item_of_the_model_is_read(name):
    line = Line(name, purse=Wallet(Terms(overdraft_max=100)))
    for item in line.model.items.values():
        (told,) = line.reader.get(Asked(Target.of(item.class_id, item.at, item.attribute)))
        is_tokens = item.class_id == 115
        assert isinstance(told, Got)
        assert (told.results[0] == AccessFault(4)) is is_tokens, item


def test_registers_have_values_scalers_and_units(line):
    for name, value, scaled in (
        ("1-0:1.8.0.255", Datum(UINT32, 1000), (0, 30)),
        ("1-0:1.8.2.255", Datum(UINT32, 1000), (0, 30)),
        ("1-0:2.8.0.255", Datum(UINT32, 0), (0, 30)),
        ("1-0:32.7.0.255", Datum(UINT16, 2200), (-1, 35)),
        ("1-0:31.7.0.255", Datum(UINT32, 4545), (-3, 33)),
        ("1-0:1.7.0.255", Datum(INT32, 1000), (0, 27)),
    ):
        assert line.get("active energy import", "value", None, name) == value
        unit = line.get("active energy import", "scaler_unit", None, name)
        assert tuple(part.value for part in unit.value) == scaled


def test_the_greatest_demand_has_its_moment(line):
    (told,) = line.reader.get(*(Asked(Target.of(4, "1-0:1.6.0.255", index)) for index in (2, 3, 4, 5)))
    value, _, status, at = told.results
    assert (value, status) == (Datum(UINT32, 1000), Datum(UINT8, 0))
    assert moment(at) == BEGIN + timedelta(minutes=15)


def test_it_says_its_name_and_number(line):
    assert line.value("logical device name", "value") == b"PWS000000000161"
    (told,) = line.reader.get(Asked(Target.of(1, "0-0:96.1.0.255", 2)))
    assert told.results[0] == octets(b"000000000161")


def test_an_object_gives_its_name_and_the_list_names_them_all(line):
    assert line.value("clock", "logical_name") == bytes.fromhex("0000010000ff")
    rows = line.value("association", "object_list")
    assert (8, bytes.fromhex("0000010000ff")) in [(row.value[0].value, row.value[2].value) for row in rows]
    assert len(rows) > 20


@pytest.mark.parametrize(
    ("where", "number"),
    [
        (Target.of(3, "1-0:99.99.0.255", 2), 4),
        (Target.of(1, "1-0:1.8.0.255", 2), 9),
        (Target.of(3, "1-0:1.8.0.255", 9), 3),
        (Target.of(115, "0-0:19.40.0.255", 6), 4),
        (Target.of(112, "0-0:19.10.0.255", 2), 4),
    ],
)
def test_what_is_not_there_is_refused_by_number(line, where, number):
    assert line.reader.get(Asked(where)) == [Got((AccessFault(number),))]


def test_what_is_counted_is_neither_written_nor_reset(line):
    assert line.set("active energy import", "value", Datum(UINT32, 0)) == 3
    assert line.act("active energy import", "reset") == 3
    assert line.reader.set(Asked(Target.of(3, "1-0:99.99.0.255", 2)), Datum(UINT32, 0)) == [Wrote((4,))]
    assert line.reader.act(Target.of(3, "1-0:99.99.0.255", 1)) == [Acted((Done(4),))]


# The clock.


def test_the_clock_says_its_time_and_zone(line):
    assert moment(line.get("clock", "time")) == BEGIN + timedelta(hours=1)
    assert line.value("clock", "time_zone") == -480
    for attribute in ("status", "daylight_savings_begin", "daylight_savings_enabled", "clock_base"):
        assert isinstance(line.get("clock", attribute), Datum)


def test_the_clock_is_set_adjusted_and_shifted(line):
    at = BEGIN + timedelta(hours=2, seconds=40)
    assert line.set("clock", "time", octets(write_moment(at))) == 0
    assert moment(line.get("clock", "time")) == at
    assert line.act("clock", "adjust_to_minute") == 0
    assert moment(line.get("clock", "time")) == BEGIN + timedelta(hours=2, minutes=1)
    assert line.act("clock", "shift_time", Datum(INT16, -180)) == 0
    assert line.act("clock", "adjust_to_quarter") == 0
    assert moment(line.get("clock", "time")) == BEGIN + timedelta(hours=2)
    assert line.act("clock", "shift_time", Datum(UINT8, 1)) == 12
    assert line.act("clock", "preset_adjusting_time") == 3
    assert line.set("clock", "time_zone", Datum(INT16, 0)) == 3


@pytest.mark.parametrize("value", [octets(b"now"), Datum(UINT32, 1), octets(b"\xff" * 12)])
def test_what_is_no_time_sets_nothing(line, value):
    assert line.set("clock", "time", value) == 12


def test_a_meter_takes_moments_as_its_model_has_them():
    model = model_named("dlms-tcp")
    line = Line(replace(model, dlms=replace(model.dlms, moments_with_deviation=False)))
    assert not read_moment(line.value("clock", "time"), 480).has_deviation
    at = BEGIN + timedelta(hours=2)
    assert line.set("clock", "time", octets(write_moment(at))) == 12
    assert line.set("clock", "time", octets(write_moment(at, with_deviation=False))) == 0
    assert moment_of(line.house.shown) == local(2026, 11, 23, 10)


# Profiles.


def test_a_load_profile_is_read_whole_by_range_and_by_entry(line):
    line.clock.advance(86_400)
    rows = line.value("load profile", "buffer")
    assert (len(rows), line.value("load profile", "entries_in_use")) == (100, 100)
    at, status, mean, total = rows[-1].value
    assert moment(at) == BEGIN + timedelta(hours=25)
    assert (status, mean, total) == (Datum(UINT8, 0), Datum(UINT32, 1000), Datum(UINT32, 25_000))
    begins, ends = (octets(write_moment(BEGIN + timedelta(hours=hour))) for hour in (2, 3))
    found = line.value("load profile", "buffer", by_range(begins, ends))
    assert found == rows[7:12]
    column = Target.of(3, "1-0:1.8.0.255", 2)
    narrow = line.value("load profile", "buffer", by_range(begins, ends, [column]))
    assert narrow == tuple(structure(row.value[3]) for row in rows[7:12])
    assert line.value("load profile", "buffer", by_entry(1, 2)) == rows[:2]
    assert line.value("load profile", "buffer", by_entry(99, 0)) == rows[98:]
    last = line.value("load profile", "buffer", by_entry(100, 100, columns=(2, 3)))
    assert last == (structure(*rows[99].value[1:3]),)


@pytest.mark.parametrize(
    "selection",
    [
        by_range(octets(b"x"), octets(b"y")),
        by_range(
            octets(write_moment(BEGIN)), octets(write_moment(BEGIN)), [Target.of(3, "1-0:9.9.9.255", 2)]
        ),
        replace(by_entry(1, 2), selector=3),
        replace(by_entry(1, 2), parameter=structure()),
        replace(by_entry(1, 2), parameter=structure(*[octets(b"")] * 4)),
    ],
)
def test_a_part_that_makes_no_sense_is_refused(line, selection):
    assert line.get("load profile", "buffer", selection) == AccessFault(12)
    assert line.get("clock", "time", selection) == AccessFault(3)


def test_a_profile_describes_itself_and_is_reset(line):
    assert [len(column.value) for column in line.value("load profile", "capture_objects")] == [4] * 4
    assert line.value("load profile", "capture_period") == 900
    assert line.value("load profile", "profile_entries") == 960
    assert line.value("load profile", "sort_method") == 1
    assert line.value("load profile", "sort_object")[0].value == 8
    assert line.act("load profile", "reset") == 0
    assert line.value("load profile", "buffer") == ()
    assert line.act("load profile", "capture") == 3


def test_months_and_events_are_profiles_too(line):
    line.clock.advance(40 * 86_400)
    line.house.open_cover()
    months = line.value("load profile", "buffer", None, "0-0:98.1.0.255")
    assert [moment(row.value[0]) for row in months] == [
        local(2026, 12, 1).replace(tzinfo=EAST), local(2027, 1, 1).replace(tzinfo=EAST),
    ]  # fmt: skip
    assert months[0].value[1].value == 184_000 == sum(cell.value for cell in months[0].value[2:6])
    events = line.value("load profile", "buffer", None, "0-0:99.98.0.255")
    assert [row.value[1].value for row in events] == ["cover"]
    (told,) = line.reader.get(Asked(Target.of(1, "0-0:96.20.0.255", 2)))
    assert told.results[0] == Datum(UINT32, 1)


# The relay.


@pytest.mark.parametrize(
    ("mode", "off", "on"),
    [(0, 1, 1), (1, 0, 2), (2, 0, 1), (3, 0, 2), (4, 0, 1), (5, 0, 2), (6, 0, 2)],
)
def test_the_relay_obeys_as_its_mode_has_it(line, mode, off, on):
    assert line.set("disconnect control", "control_mode", Datum(ENUM, mode)) == 0
    assert line.act("disconnect control", "remote_disconnect") == (3 if mode == 0 else 0)
    assert line.value("disconnect control", "control_state") == off
    assert line.act("disconnect control", "remote_reconnect") == (3 if mode == 0 else 0)
    assert line.value("disconnect control", "control_state") == on
    assert line.get("disconnect control", "output_state") == Datum(BOOLEAN, on == 1)


def test_a_relay_that_is_kept_closed_or_has_no_such_mode_says_so(line):
    line.house.keep_powered(is_on=True)
    assert line.act("disconnect control", "remote_disconnect") == 2
    assert line.set("disconnect control", "control_mode", Datum(ENUM, 7)) == 12
    assert line.value("disconnect control", "control_mode") == 4


# The calendar.


def calendar(line, day=(1, 2, 3), seasons=1):
    """Write a passive calendar: seasons, a week, days with a slot at 9:30."""
    start = bytes.fromhex("ffff0101ff00000000800000")
    rows = [structure(octets(b"S%d" % n), octets(start), octets(b"W")) for n in range(seasons)]
    week = structure(octets(b"W"), *(Datum(UINT8, day[0]) for _ in range(7)))
    slot = structure(octets(bytes((9, 30, 0, 0))), octets(bytes(6)), Datum(UINT16, 4))
    first = structure(octets(bytes(4)), octets(bytes(6)), Datum(UINT16, 1))
    days = [structure(Datum(UINT8, number), array(first, slot)) for number in day]
    parts = {
        "calendar_name_passive": octets(b"2027"),
        "season_profile_passive": array(*rows),
        "week_profile_table_passive": array(week),
        "day_profile_table_passive": array(*days),
    }
    for name, value in parts.items():
        assert line.set("activity calendar", name, value) == 0
    return parts


def test_a_calendar_is_written_passive_read_back_and_activated(line):
    usual = line.get("activity calendar", "day_profile_table_active")
    parts = calendar(line)
    for name, value in parts.items():
        assert line.get("activity calendar", name) == value
    assert line.get("activity calendar", "day_profile_table_active") == usual
    assert line.act("activity calendar", "activate_passive_calendar") == 0
    for name, value in parts.items():
        assert line.get("activity calendar", name.replace("passive", "active")) == value
    assert line.get("activity calendar", "day_profile_table_passive") == usual
    line.clock.advance(3600)
    line.house.update()
    assert line.house.registers.tariffs == [500, 1000, 0, 500]


def test_a_calendar_begins_at_its_moment(line):
    calendar(line)
    at = octets(write_moment(BEGIN + timedelta(hours=2)))
    nothing = line.get("activity calendar", "activate_passive_calendar_time")
    assert line.set("activity calendar", "activate_passive_calendar_time", at) == 0
    assert line.get("activity calendar", "activate_passive_calendar_time") == at
    line.clock.advance(2 * 3600)
    line.house.update()
    assert line.house.registers.tariffs == [0, 2000, 0, 1000]
    assert line.get("activity calendar", "activate_passive_calendar_time") == nothing
    assert line.set("activity calendar", "activate_passive_calendar_time", nothing) == 0
    assert line.set("activity calendar", "activate_passive_calendar_time", octets(b"soon")) == 12


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("week_profile_table_passive", array(structure(octets(b"V"), *(Datum(UINT8, 1),) * 7))),
        ("week_profile_table_passive", array(structure(octets(b"W"), *(Datum(UINT8, 9),) * 7))),
        ("week_profile_table_passive", array(structure(octets(b"W")))),
        ("season_profile_passive", array()),
        ("season_profile_passive", array(structure(octets(b"S"), octets(b"\xff" * 12), octets(b"W")))),
        ("season_profile_passive", array(Datum(UINT8, 1))),
        ("day_profile_table_passive", array(structure(Datum(UINT8, 1), Datum(UINT8, 1)))),
        ("day_profile_table_passive", array(structure(octets(b"1"), array()))),
        (
            "day_profile_table_passive",
            array(
                structure(
                    Datum(UINT8, 1), array(structure(octets(b"\x18\0\0\0"), octets(b""), Datum(UINT16, 1)))
                )
            ),
        ),
    ],
)
def test_a_calendar_whose_parts_do_not_fit_is_not_activated(line, name, value):
    calendar(line)
    assert line.set("activity calendar", name, value) == 0
    assert line.act("activity calendar", "activate_passive_calendar") == 250
    at = octets(write_moment(BEGIN + timedelta(hours=2)))
    assert line.set("activity calendar", "activate_passive_calendar_time", at) == 250
    assert line.house.rates.tables == 0


def test_what_is_no_part_of_a_calendar_is_refused(line):
    assert line.set("activity calendar", "day_profile_table_passive", octets(b"")) == 12
    assert line.set("activity calendar", "calendar_name_passive", array()) == 12
    assert line.set("activity calendar", "day_profile_table_active", array()) == 3


def special(index, day, table):
    return structure(Datum(UINT16, index), octets(bytes.fromhex(day)), Datum(UINT8, table))


def test_special_days_have_their_table_at_once(line):
    assert line.get("special days table", "entries") == array()
    # The meter's first day table begins with T4 at midnight: today has another one, all of it T1.
    rows = array(special(7, "07ea0b17ff", 8), special(9, "ffff0101ff", 1))
    assert line.set("special days table", "entries", rows) == 0
    assert line.house.tariff == 1
    assert line.get("special days table", "entries") == array(
        special(1, "07ea0b17ff", 8), special(2, "ffff0101ff", 1)
    )
    assert line.act("special days table", "insert", special(0, "07ea0b17ff", 1)) == 0
    assert line.house.tariff == 2
    assert line.act("special days table", "delete", Datum(UINT16, 1)) == 0
    assert line.get("special days table", "entries") == array(special(1, "07ea0b17ff", 1))


@pytest.mark.parametrize(
    "row",
    [
        special(1, "07ea021eff", 1),
        special(1, "07ea0b17ff", 9),
        special(1, "07ea0b17", 1),
        special(1, "ffffff01ff", 1),
        Datum(UINT8, 1),
    ],
)
def test_what_is_no_special_day_is_refused(line, row):
    assert line.set("special days table", "entries", array(row)) == 250
    assert line.act("special days table", "insert", row) == 250
    assert line.set("special days table", "entries", octets(b"")) == 12
    assert line.act("special days table", "delete", Datum(UINT16, 1)) == 250
    assert line.get("special days table", "entries") == array()


# What goes wrong on order, and what is said again.


@pytest.mark.parametrize("name", ["dlms-hdlc", "dlms-tcp"])
@pytest.mark.parametrize(
    "mishap",
    [
        Mishap(MishapKind.SILENT),
        Mishap(MishapKind.CUT, None, 6),
        Mishap(MishapKind.ADDRESS),
    ],
)
def test_an_answer_that_goes_wrong_each_time_loses_the_link(name, mishap):
    assert isinstance(Line(name, mishap).told[-1], LinkLost)


def test_a_frame_that_is_damaged_noisy_or_lost_once_is_repeated():
    for kind in (MishapKind.CHECK, MishapKind.NOISE, MishapKind.SILENT, MishapKind.ADDRESS):
        line = Line("dlms-hdlc", Mishap(kind, 1, 40))
        assert isinstance(line.told[-1], Associated), kind


def test_an_order_whose_answer_was_lost_is_done_once():
    line = Line("dlms-hdlc")
    line.meter.mishaps.ordered = (Mishap(MishapKind.SILENT, line.meter.mishaps.count),)
    assert line.act("clock", "shift_time", Datum(INT16, 60)) == 0
    assert moment(line.get("clock", "time")) == BEGIN + timedelta(hours=1, minutes=1)


def test_an_answer_is_late():
    line = Line("dlms-tcp", Mishap(MishapKind.LATE, None, 7000))
    assert line.face.answer_ms == 7020


def test_a_link_that_nobody_uses_ends():
    line = Line("dlms-hdlc")
    assert line.face.wait_ms == 120_000
    assert line.face.expired() == b""
    assert line.face.wait_ms is None
    line.reader.client.get(Asked(target("clock", "time")))
    assert isinstance(line.reader.go()[-1], LinkLost)
    assert Line("dlms-tcp").face.wait_ms is None


def test_a_header_that_is_none_ends_the_connection(line):
    assert line.face.receive(b"GET / HTTP/1.1") == b""
    assert line.face.is_lost


def test_whoever_begins_anew_is_let_in_anew():
    line = Line("dlms-prepaid")
    challenge = line.meter.keys.dice.thrown
    line.reader = ReaderDlms(line.face, line.model, access_for(line.model, counter=100))
    assert isinstance(line.reader.opened()[-1], Associated)
    assert line.meter.keys.dice.thrown > challenge


def test_the_public_client_finds_the_counter_and_little_else():
    line = Line("dlms-prepaid")
    public = Line.__new__(Line)
    public.reader = ReaderDlms(line.face, line.model, Access(), client=16)
    assert isinstance(public.reader.opened()[-1], Associated)
    (told,) = public.reader.get(Asked(Target.of(1, "0-0:43.1.0.255", 2)))
    assert told.results[0] == Datum(UINT32, line.house.heard)
    assert moment(public.get("clock", "time")) == BEGIN + timedelta(hours=1)
    assert public.get("active energy import", "value") == AccessFault(3)
    assert public.get("association", "object_list") == AccessFault(3)
    assert public.act("disconnect control", "remote_disconnect") == 3
    assert public.set("clock", "time", octets(write_moment(BEGIN))) == 3


@pytest.mark.parametrize("counter", [1, 2, 3])
def test_a_counter_that_was_used_is_refused_with_the_one_that_is_wanted(counter):
    line = Line("dlms-prepaid")
    line.face.line_lost()
    assert line.house.heard == 3
    reader = ReaderDlms(line.face, line.model, access_for(line.model, counter=counter))
    told = reader.opened()[-1]
    assert isinstance(told, Refused)
    assert (told.counter, told.why) == (4, "service-not-allowed, invocation-counter-error")
    reader = ReaderDlms(line.face, line.model, access_for(line.model, counter=told.counter))
    assert isinstance(reader.opened()[-1], Associated)


def test_the_meters_own_counter_only_rises():
    line = Line("dlms-prepaid")
    before = line.house.counter
    line.get("clock", "time")
    assert line.house.counter > before
    again = line.meter.face()
    assert again.access(is_public=False)[1].counter == line.house.counter


def test_no_key_is_shown():
    line = Line("dlms-prepaid")
    assert bytes(range(16)).hex() not in repr(line.meter.keys) + repr(line.meter)
    assert "000102" not in repr(line.meter.keys)
