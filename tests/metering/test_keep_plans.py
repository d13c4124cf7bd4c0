"""Groups and schedules are kept as they can be carried out."""

from dataclasses import replace
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.line_books import LineChange
from gateway.core.line_work.group import Group, Reach
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.reading_plan import LISTED_MAX, GroupKind, MeterGroup, ReadingSchedule, Wants
from gateway.metering.filed_plan import PlanFault, next_rounds, schedule_of
from gateway.metering.keep_group import KeepMeterGroup
from gateway.metering.keep_schedule import KeepSchedule
from tests.builders import NOON
from tests.line_files import FEEDER, OTHER, PAN, line_office, post, way, why

ZONE = ZoneInfo("Asia/Shanghai")
TOO_LONG = " ".join(f"{number:018d}" for number in range(LISTED_MAX + 1))
ALL = MeterGroup("all", "All meters", GroupKind.ALL, version=0)
NIGHTLY = ReadingSchedule(
    "nightly", "Every night", "all", Wants.REGISTERS, "days 0123456", "22:00", "06:00", version=0
)


@pytest.fixture
def office():
    on = line_office()
    on.files.lines.apply(LineChange(ways=(way(version=1), way(OTHER, version=1))))
    post(on, KeepMeterGroup("li", "g0", ALL))
    return on


def group(on, said, by="li", nonce="n1"):
    return post(on, KeepMeterGroup(by, nonce, said))


def schedule(on, by="li", nonce="n1", **changes):
    return post(on, KeepSchedule(by, nonce, replace(NIGHTLY, **changes)))


@pytest.mark.parametrize(
    ("kind", "of"),
    [
        (GroupKind.ALL, ""),
        (GroupKind.BRANCH, "north"),
        (GroupKind.PLACE, "f-7"),
        (GroupKind.MODEL, "dlms-tcp"),
        (GroupKind.LIST, f"{PAN} {OTHER}"),
    ],
)
def test_a_group_names_its_meters_in_five_ways(office, kind, of):
    decision = group(office, MeterGroup("g-1", "One", kind, of, version=0))
    assert decision.content == Changed("g-1", 1)
    (told,) = decision.files.amendments
    assert (told.subject, told.number, told.kind) == (Subject.GROUP, "g-1", AmendmentKind.REGISTERED)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"code": "G 1"}, OfficeRefusal.BAD_CODE),
        ({"name": ""}, OfficeRefusal.BAD_NAME),
        ({"code": "all"}, OfficeRefusal.CODE_USED),
        ({"version": 2}, OfficeRefusal.TWICE_AT_ONCE),
        ({"code": "all", "name": "All meters", "version": 1}, OfficeRefusal.NO_CHANGES),
        ({"of": "north"}, OfficeRefusal.BAD_GROUP),
        ({"kind": GroupKind.BRANCH, "of": "south"}, OfficeRefusal.UNKNOWN_BRANCH),
        ({"kind": GroupKind.PLACE, "of": "f-8"}, OfficeRefusal.UNKNOWN_PLACE),
        ({"kind": GroupKind.MODEL, "of": "abacus"}, OfficeRefusal.UNKNOWN_MODEL),
        ({"kind": GroupKind.LIST, "of": ""}, OfficeRefusal.BAD_GROUP),
        ({"kind": GroupKind.LIST, "of": f"{PAN} {PAN}"}, OfficeRefusal.BAD_GROUP),
        ({"kind": GroupKind.LIST, "of": f" {PAN}"}, OfficeRefusal.BAD_GROUP),
        ({"kind": GroupKind.LIST, "of": FEEDER}, OfficeRefusal.NO_WAY),
        ({"kind": GroupKind.LIST, "of": TOO_LONG}, OfficeRefusal.BAD_GROUP),
    ],
)  # fmt: skip
def test_a_group_that_cannot_be_so_is_not_entered(office, changes, reason):
    said = replace(MeterGroup("g-1", "One", GroupKind.ALL, version=0), **changes)
    before = dict(office.files.lines.groups)
    assert why(group(office, said)) is reason
    assert office.files.lines.groups == before


def test_who_belongs_to_a_branch_keeps_no_plan(office):
    assert why(group(office, MeterGroup("g", "G", GroupKind.ALL, version=0), by="no")) is (
        OfficeRefusal.OTHER_BRANCH
    )
    assert why(schedule(office, by="no")) is OfficeRefusal.OTHER_BRANCH


def test_a_schedule_is_entered_changed_and_switched_off(office):
    assert schedule(office).content == Changed("nightly", 1)
    assert schedule(office, nonce="n2", version=1, is_on=False).content == Changed("nightly", 2)
    assert not office.files.lines.schedules["nightly"].is_on


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"group": "none"}, OfficeRefusal.UNKNOWN_GROUP),
        ({"recurrence": "often"}, OfficeRefusal.BAD_RECURRENCE),
        ({"recurrence": "days 7"}, OfficeRefusal.BAD_RECURRENCE),
        ({"recurrence": "month 32"}, OfficeRefusal.BAD_RECURRENCE),
        ({"recurrence": "minutes 7"}, OfficeRefusal.BAD_RECURRENCE),
        ({"recurrence": "minutes 0"}, OfficeRefusal.BAD_RECURRENCE),
        ({"opens": "24:00"}, OfficeRefusal.BAD_HOURS),
        ({"closes": "6:00"}, OfficeRefusal.BAD_HOURS),
        ({"weekdays": ""}, OfficeRefusal.BAD_HOURS),
        ({"jitter_s": -1}, OfficeRefusal.BAD_JITTER),
        ({"jitter_s": 4 * 3600 + 1}, OfficeRefusal.BAD_JITTER),
        ({"wants": Wants.FROZEN}, OfficeRefusal.NOT_OF_WANTS),
        ({"wants": Wants.PROFILE, "recurrence": "minutes 60"}, OfficeRefusal.NOT_OF_WANTS),
    ],
)
def test_a_schedule_that_cannot_be_carried_out_is_not_entered(office, changes, reason):
    assert why(schedule(office, **changes)) is reason
    assert office.files.lines.schedules == {}


def test_half_of_the_hours_may_be_spread_over(office):
    assert schedule(office, jitter_s=4 * 3600).content == Changed("nightly", 1)
    whole_day = {"opens": "00:00", "closes": "00:00", "jitter_s": 12 * 3600}
    assert schedule(office, nonce="n2", version=1, **whole_day).content == Changed("nightly", 2)


def test_what_is_filed_is_what_is_carried_out():
    reaches = Group("all", (Reach(int(PAN), "0871"),))
    made = schedule_of(replace(NIGHTLY, jitter_s=600, recurrence="month 1"), reaches, ZONE)
    assert (made.name, made.group, made.jitter_s, made.window.zone) == ("nightly", reaches, 600, ZONE)
    with pytest.raises(PlanFault, match="half of the hours"):
        schedule_of(replace(NIGHTLY, jitter_s=-1), reaches, ZONE)


def test_two_schedules_spread_their_calls_differently():
    seeds = {schedule_of(replace(NIGHTLY, code=code), Group("all", ()), ZONE).seed for code in "ab"}
    assert len(seeds) == 2


def test_the_next_moments_of_a_schedule_are_told():
    monthly = replace(NIGHTLY, wants=Wants.FROZEN, recurrence="month 1")
    coming = list(islice(next_rounds(monthly, ZONE, int(NOON.timestamp())), 2))
    # The midnights that begin 1 December and 1 January, in a window that is open then.
    assert [one.at_s for one in coming] == [1_796_054_400, 1_798_732_800]
    assert [(one.opens_s, one.closes_s - one.at_s) for one in coming] == [
        (one.at_s, 6 * 3600) for one in coming
    ]
