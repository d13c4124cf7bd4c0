"""The way to a meter is kept by whoever may, and leads somewhere."""

from dataclasses import replace

import pytest

from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.contact import RelayOrder
from gateway.core.line_books import LineChange
from gateway.core.meter import MeterState
from gateway.core.meter_way import LineKind
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.remote_order import RemoteKind, RemoteOrder, RemoteState
from gateway.core.timeline import microseconds
from gateway.metering.keep_way import KeepMeterWay
from tests.builders import NOON
from tests.line_files import FEEDER, OTHER, PAN, line_office, post, way, why


@pytest.fixture
def office():
    return line_office()


def keep(on, said=None, by="li", nonce="n1", reason=""):
    return post(on, KeepMeterWay(by, nonce, said or way(), reason))


def test_a_way_is_entered_once_and_changed_by_its_version(office):
    assert keep(office).content == Changed(PAN, 1)
    assert keep(office).content == Changed(PAN, 1), "the same form enters it once"
    changed = replace(office.files.lines.ways[PAN], place="0871 555 0199")
    assert keep(office, changed, nonce="n2").content == Changed(PAN, 2)
    assert office.files.lines.ways[PAN].place == "08715550199"
    assert why(keep(office, changed, nonce="n3")) is OfficeRefusal.TWICE_AT_ONCE
    assert why(keep(office, way(), nonce="n4")) is OfficeRefusal.TWICE_AT_ONCE
    assert why(keep(office, office.files.lines.ways[PAN], nonce="n5")) is OfficeRefusal.NO_CHANGES


def test_a_way_stands_in_the_amendments_as_it_was_and_is(office):
    (told,) = keep(office).files.amendments
    assert (told.subject, told.number, told.kind) == (Subject.WAY, PAN, AmendmentKind.REGISTERED)
    changed = replace(office.files.lines.ways[PAN], address="162")
    (told,) = keep(office, changed, nonce="n2", reason=" a new meter's label ").files.amendments
    assert ("address", "161", "162") in list(told.changes())
    assert (told.kind, told.reason) == (AmendmentKind.CORRECTED, "a new meter's label")


def test_no_repr_and_no_line_of_the_diary_has_the_telephone_number(office):
    order = KeepMeterWay("li", "n1", way())
    assert "5550123" not in repr(order) + order.decide(office, NOON).told


def test_another_number_is_another_order(office):
    keep(office)
    other = keep(office, way(place="08715550124"))
    assert why(other) is OfficeRefusal.REFERENCE_USED


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        (LineKind.MODEM, " +86 (871) 555-0123 ", "+868715550123"),
        (LineKind.MODEM, "0w0871,,55", "0W0871,,55"),
        (LineKind.NETWORK, "Meter.Example:4059", "meter.example:4059"),
        (LineKind.NETWORK, "[2001:DB8::1]:4059", "[2001:db8::1]:4059"),
        (LineKind.CALLS_IN, " 000000000161", "000000000161"),
    ],
)
def test_a_place_is_kept_in_one_form(office, kind, written, kept):
    keep(office, way(kind=kind, place=written))
    assert office.files.lines.ways[PAN].place == kept


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"place": ""}, OfficeRefusal.BAD_LINE_PLACE),
        ({"place": "call me"}, OfficeRefusal.BAD_LINE_PLACE),
        ({"place": "1" * 41}, OfficeRefusal.BAD_LINE_PLACE),
        ({"place": "0871;ATH"}, OfficeRefusal.BAD_LINE_PLACE),
        ({"kind": LineKind.NETWORK, "place": "meter.example"}, OfficeRefusal.BAD_LINE_PLACE),
        ({"kind": LineKind.NETWORK, "place": "meter.example:0"}, OfficeRefusal.BAD_LINE_PLACE),
        ({"kind": LineKind.NETWORK, "place": "meter.example:65536"}, OfficeRefusal.BAD_LINE_PLACE),
        ({"kind": LineKind.NETWORK, "place": ":4059"}, OfficeRefusal.BAD_LINE_PLACE),
        ({"kind": LineKind.CALLS_IN, "place": "two words"}, OfficeRefusal.BAD_LINE_PLACE),
        ({"model": "dlt645-2099"}, OfficeRefusal.UNKNOWN_MODEL),
        ({"address": "16X"}, OfficeRefusal.BAD_LINE_ADDRESS),
        ({"address": "A" * 12}, OfficeRefusal.BAD_LINE_ADDRESS),
        ({"address": "1" * 13}, OfficeRefusal.BAD_LINE_ADDRESS),
        ({"model": "iec62056-21", "address": "1" * 33}, OfficeRefusal.BAD_LINE_ADDRESS),
        ({"model": "dlms-tcp", "address": "17"}, OfficeRefusal.BAD_LINE_ADDRESS),
        ({"bus": "b" * 65}, OfficeRefusal.BAD_NAME),
        ({"protection": "p" * 121}, OfficeRefusal.BAD_NAME),
        ({"note": "n\n"}, None),
        ({"note": "n\nm"}, OfficeRefusal.BAD_NAME),
        ({"multiplier": 40}, OfficeRefusal.BAD_MULTIPLIER),
        ({"measures": "f-8"}, OfficeRefusal.UNKNOWN_PLACE),
        ({"pan": FEEDER}, OfficeRefusal.UNKNOWN_METER),
    ],
)
def test_a_way_that_leads_nowhere_is_not_entered(office, changes, reason):
    decision = keep(office, way(**changes))
    if reason is None:
        assert decision.content == Changed(PAN, 1)
    else:
        assert why(decision) is reason
        assert office.files.lines.ways == {}


@pytest.mark.parametrize(
    ("model", "address"),
    [("dlt645-1997", "000000000161"), ("iec62056-21", ""), ("dlms-hdlc", ""), ("dlms-tcp", "")],
)
def test_an_address_is_that_of_the_model_s_protocol(office, model, address):
    assert keep(office, way(model=model, address=address)).content == Changed(PAN, 1)


def test_a_feeder_s_meter_is_known_by_the_place_that_it_measures(office):
    feeder = way(FEEDER, measures="f-7", multiplier=4_000)
    assert keep(office, feeder).content == Changed(FEEDER, 1)
    assert why(keep(office, way(FEEDER, measures="f-7", multiplier=0, version=1), nonce="n2")) is (
        OfficeRefusal.BAD_MULTIPLIER
    )


def test_who_belongs_to_a_branch_keeps_the_ways_of_its_meters_alone(office):
    assert keep(office, by="no").content == Changed(PAN, 1)
    assert why(keep(office, way(OTHER), by="no", nonce="n2")) is OfficeRefusal.OTHER_BRANCH
    assert why(keep(office, way(FEEDER, measures="f-7"), by="no", nonce="n3")) is OfficeRefusal.OTHER_BRANCH
    hers = replace(office.files.lines.ways[PAN], measures="f-7")
    assert why(keep(office, hers, by="no", nonce="n4")) is OfficeRefusal.OTHER_BRANCH


def test_a_meter_that_has_left_has_no_new_way_and_its_old_one_may_be_put_out_of_use(office):
    keep(office)
    office.meters[PAN] = replace(office.meters[PAN], state=MeterState.REMOVED)
    stands = office.files.lines.ways[PAN]
    assert why(keep(office, replace(stands, bus="b1"), nonce="n2")) is OfficeRefusal.UNKNOWN_METER
    assert keep(office, replace(stands, is_on=False), nonce="n3").content == Changed(PAN, 2)


def trip(state=RemoteState.WAITING, ask=RelayOrder.TRIP):
    return RemoteOrder(1, RemoteKind.RELAY, PAN, "A1", ask=ask.value, state=state, reason="unpaid", by="li")


def test_protection_is_taken_away_with_a_reason_only(office):
    keep(office, way(protection="a breathing machine"))
    bare = replace(office.files.lines.ways[PAN], protection="")
    assert why(keep(office, bare, nonce="n2")) is OfficeRefusal.NO_REASON
    (told,) = keep(office, bare, nonce="n3", reason="he has moved out").files.amendments
    assert told.reason == "he has moved out"


def test_a_trip_that_waits_is_withdrawn_when_its_customer_is_protected(office):
    keep(office)
    office.files.lines.apply(LineChange(orders=(trip(),)))
    change = keep(office, replace(office.files.lines.ways[PAN], protection="oxygen"), nonce="n2").files
    order = office.files.lines.orders[1]
    assert order.state is RemoteState.CANCELLED
    assert order.ended_us == microseconds(NOON)
    assert "oxygen" not in order.told
    assert [one.kind for one in change.amendments] == [AmendmentKind.CORRECTED, AmendmentKind.CANCELLED]


@pytest.mark.parametrize(
    "order", [trip(RemoteState.ON_WAY), trip(RemoteState.UNKNOWN), trip(ask=RelayOrder.CLOSE)]
)
def test_what_may_be_in_the_meter_and_what_switches_on_is_not_withdrawn(office, order):
    keep(office)
    office.files.lines.apply(LineChange(orders=(order,)))
    keep(office, replace(office.files.lines.ways[PAN], protection="oxygen"), nonce="n2")
    assert office.files.lines.orders[1] == order
