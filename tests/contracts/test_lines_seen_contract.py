"""What lines have seen, as the office looks at it: on both databases, and of her own branch alone."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from adapters.db import tables as t
from adapters.db.line_book import LineBook
from adapters.db.line_rows import way_row
from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.contact import ContactWhy, RelayState
from gateway.core.line_work.call import PassedOver
from gateway.core.line_work.call_made import CallMade
from gateway.core.line_work.round_kept import RoundBegun, RoundTold, SlotNote
from gateway.core.line_work.slot import Slot, SlotChange, SlotState
from gateway.core.line_work.work_kind import WorkKind
from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.meter_seen import Figure, FrozenReading, MeterContact, ProfileRowKept
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.views_lines import (
    Calls,
    CallSums,
    ContactKept,
    GapRow,
    Gaps,
    LineFigure,
    LineFigures,
    MeterLine,
    RoundRow,
    RoundsKept,
)
from tests.contracts.office_town import NORTH, PANS, SOUTH, Town

NORTHERN, SOUTHERN = PANS[0], PANS[1]
FEEDER = "609999000000009999"
DAY_S = 86_400
US = 1_000_000


def gap(schedule, pan, at_s, state=SlotState.GAP, why=ContactWhy.BUSY, noted_s=50):
    return SlotNote(SlotChange(Slot(schedule, int(pan), at_s), state, why), noted_s)


def call(at_s, line="line 1", place="5550101", why=None, **more):
    given = {"bus": "", "kind": WorkKind.SCHEDULE, "meters": 1, "read": 0 if why else 1, "seconds": 61,
             "cost_minor": 40}  # fmt: skip
    return CallMade(line, place, why=why, at_s=at_s, **(given | more))


NOTES = [
    gap("night", NORTHERN, 100), gap("night", SOUTHERN, 100, why=PassedOver.NOT_THERE, noted_s=60),
    gap("night", FEEDER, 100), gap("hourly", NORTHERN, 200), gap("night", NORTHERN, 300),
    gap("night", SOUTHERN, 400, SlotState.WAITING, None),
    gap("night", NORTHERN, 90), gap("night", NORTHERN, 90, SlotState.LOST, ContactWhy.AUTH),
    RoundBegun("night", 20, 20, 20, 0, told=RoundTold.BEGUN),
    RoundBegun("night", 100, 110, 190, 5, 1), RoundBegun("hourly", 200, 200, 300, 2),
    gap("hourly", NORTHERN, 200, SlotState.GAP, ContactWhy.NO_ANSWER, 70),
    gap("hourly", SOUTHERN, 200), gap("hourly", SOUTHERN, 200, SlotState.READ, None),
    call(1000), call(1100, "line 2", "5550202", ContactWhy.BUSY, seconds=8, cost_minor=0),
    call(1200, kind=WorkKind.GAP, meters=250, read=249, seconds=600), call(1300, "line 2", "5550303"),
]  # fmt: skip


class Lined(Town):
    """The town, with ways to its meters, and what lines have seen of them."""

    def __init__(self, fresh):
        super().__init__(fresh)
        self.book = LineBook(self.engine)
        ways = [
            MeterWay(NORTHERN, LineKind.MODEM, "5550101", "000000000001", "dlt645-2007"),
            MeterWay(SOUTHERN, LineKind.MODEM, "5550202", "000000000002", "dlt645-2007"),
            MeterWay(FEEDER, LineKind.MODEM, "5550303", "9", "dlt645-2007", measures="F1"),
        ]
        with self.engine.begin() as connection:
            connection.execute(insert(t.meter_way), [way_row(one) for one in ways])
        self.book.write(NOTES)
        self.book.close()

    def gaps(self, **asked):
        question = Gaps(**({"branch": None} | asked))
        rows = self.reader.rows(question)
        assert self.reader.count(question) == len(rows)
        assert sum(count for _, count in self.reader.totals(question)) == len(rows)
        return [(row.at_s, row.schedule, row.pan) for row in rows]

    def calls(self, **asked):
        question = Calls(**({"branch": None} | asked))
        rows = self.reader.rows(question)
        assert self.reader.count(question) == len(rows)
        assert sum(one.calls for one in self.reader.totals(question)) == len(rows)
        return [row.call.at_s for row in rows]

    def of_meter(self, pan, branch=None, first_s=0, until_s=DAY_S):
        return self.reader.totals(MeterLine(branch=branch, pan=pan, first_s=first_s, until_s=until_s))

    def write(self, *notes):
        self.book.write(notes)
        self.book.close()


@pytest.fixture
def lined(fresh):
    return Lined(fresh)


def test_gaps_have_the_oldest_first_with_whose_meter_it_is(lined):
    first, second, *_ = lined.reader.rows(Gaps(branch=None))
    whose = ("A1", "Zhang Wei", NORTH)
    assert first == GapRow("night", NORTHERN, 100, SlotState.GAP, ContactWhy.BUSY, 50, *whose)
    assert (second.pan, second.why, second.branch) == (SOUTHERN, PassedOver.NOT_THERE, SOUTH)
    assert lined.gaps() == [
        (100, "night", NORTHERN), (100, "night", SOUTHERN), (100, "night", FEEDER),
        (200, "hourly", NORTHERN), (300, "night", NORTHERN),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"branch": NORTH}, [(100, "night", NORTHERN), (200, "hourly", NORTHERN), (300, "night", NORTHERN)]),
        ({"branch": SOUTH}, [(100, "night", SOUTHERN)]),
        ({"schedule": "hourly"}, [(200, "hourly", NORTHERN)]),
        ({"pan": SOUTHERN}, [(100, "night", SOUTHERN)]),
        ({"why": ContactWhy.NO_ANSWER}, [(200, "hourly", NORTHERN)]),
        ({"why": PassedOver.NOT_THERE}, [(100, "night", SOUTHERN)]),
        ({"first_s": 200, "last_s": 200}, [(200, "hourly", NORTHERN)]),
        ({"since_s": 49}, []),
        ({"since_s": 50, "pan": NORTHERN},
         [(100, "night", NORTHERN), (200, "hourly", NORTHERN), (300, "night", NORTHERN)]),
        ({"state": SlotState.WAITING}, [(400, "night", SOUTHERN)]),
        ({"state": SlotState.LOST}, [(90, "night", NORTHERN)]),
    ],
)  # fmt: skip
def test_gaps_are_found_by_all_that_is_asked_for(lined, asked, found):
    assert lined.gaps(**asked) == found


def test_a_page_of_gaps_goes_on_behind_the_last_row(lined):
    rows = lined.reader.rows(Gaps(branch=None, limit=2))
    after = (rows[-1].at_s, rows[-1].schedule, rows[-1].pan)
    assert [row.at_s for row in lined.reader.rows(Gaps(branch=None, limit=2, after=after))] == [100, 200]


def test_gaps_are_counted_by_their_reason(lined):
    assert lined.reader.totals(Gaps(branch=None)) == (
        (ContactWhy.BUSY, 3), (ContactWhy.NO_ANSWER, 1), (PassedOver.NOT_THERE, 1),
    )  # fmt: skip


def test_a_slot_is_kept_of_some_states_only():
    with pytest.raises(ValueError, match="state: no slot is kept that is read"):
        Gaps(branch=None, state=SlotState.READ)


def test_rounds_have_their_figures_the_newest_first(lined):
    rows = lined.reader.rows(RoundsKept())
    assert rows[:2] == [
        RoundRow("hourly", 200, 200, 300, 2, 1, 0, 0),
        RoundRow("night", 100, 110, 190, 5, 0, 1, 0),
    ]
    assert (rows[2].told, rows[2].meters) == (RoundTold.BEGUN, 0)
    assert [row.open for row in rows] == [1, 4, 0]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"schedule": "night"}, [100, 20]), ({"first_s": 100}, [200, 100]), ({"last_s": 100}, [100, 20]),
        ({"is_open": True}, [200, 100]), ({"is_open": False}, [20]),
        ({"limit": 1, "after": (200, "hourly")}, [100]),
    ],
)  # fmt: skip
def test_rounds_are_found_by_all_that_is_asked_for(lined, asked, found):
    assert [row.at_s for row in lined.reader.rows(RoundsKept(**asked))] == found
    if "limit" not in asked:
        assert lined.reader.count(RoundsKept(**asked)) == len(found)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [1300, 1200, 1100, 1000]), ({"line": "line 2"}, [1300, 1100]), ({"kind": WorkKind.GAP}, [1200]),
        ({"why": ContactWhy.BUSY}, [1100]), ({"is_good": True}, [1300, 1200, 1000]),
        ({"is_good": False}, [1100]),
        ({"first_s": 1100, "last_s": 1200}, [1200, 1100]), ({"branch": NORTH}, [1200, 1000]),
        ({"branch": SOUTH}, [1100]), ({"branch": "east"}, []),
    ],
)  # fmt: skip
def test_calls_are_found_by_all_that_is_asked_for_the_newest_first(lined, asked, found):
    assert lined.calls(**asked) == found


def test_calls_are_summed_up_by_how_they_ended(lined):
    assert lined.reader.totals(Calls(branch=None)) == (
        CallSums(None, 3, 2 + 10 + 2, 120, 252, 251),
        CallSums(ContactWhy.BUSY, 1, 1, 0, 1, 0),
    )


def test_each_line_has_its_figures_since_a_moment(lined):
    assert lined.reader.rows(LineFigures(1100)) == [
        LineFigure("line 1", 1, 1, 10, 40, 250, 249, 1200),
        LineFigure("line 2", 2, 1, 3, 40, 2, 1, 1300),
    ]
    assert lined.reader.count(LineFigures(1300)) == 1


# -- one meter -------------------------------------------------------------------------------------------


def test_all_about_a_meter_s_line_stands_together(lined):
    seen = MeterContact(NORTHERN, 5 * US, off_s=-7, was_set=True, relay=RelayState.CLOSED)
    noticed = MeterEvent(NORTHERN, 6 * US, EventKind.CLOCK_SET, "by 7 s")
    frozen = FrozenReading(NORTHERN, 3, (("total", 5000),), 4)
    rows = [ProfileRowKept(NORTHERN, at_s, (Figure("energy", at_s),)) for at_s in (0, DAY_S - 1, DAY_S)]
    lined.write(seen, MeterContact(NORTHERN, 8 * US, ContactWhy.BUSY, "the number is busy"), noticed, frozen,
                *rows, MeterEvent(SOUTHERN, 9, EventKind.CLOCK_SET))  # fmt: skip
    facts = lined.of_meter(NORTHERN)
    assert (facts.account_no, facts.customer, facts.branch) == ("A1", "Zhang Wei", NORTH)
    assert facts.way.place == "5550101"
    assert facts.contact == ContactKept(
        8 * US, ContactWhy.BUSY, "the number is busy", 5 * US, -7, 5 * US, 5 * US, RelayState.CLOSED
    )
    assert facts.events == (noticed,)
    assert [slot.at_s for slot in facts.slots] == [100, 200, 300]
    assert facts.slot_count == 3
    assert [row.call.at_s for row in facts.calls] == [1200, 1000]
    assert facts.frozen == (frozen,)
    assert facts.profile == tuple(rows[:2])
    assert facts.profile_last_s == DAY_S
    question = MeterLine(branch=None, pan=NORTHERN, first_s=0, until_s=1)
    assert lined.reader.rows(question) == list(facts.slots)
    assert lined.reader.count(question) == 3


def test_a_meter_without_a_way_is_known_and_has_nothing(lined):
    facts = lined.of_meter(PANS[2])
    assert (facts.way, facts.contact, facts.calls, facts.slots) == (None, None, (), ())


def test_a_feeder_s_meter_is_nobody_s_and_a_branch_does_not_see_it(lined):
    assert (lined.of_meter(FEEDER).account_no, lined.of_meter(FEEDER).way.measures) == ("", "F1")
    assert lined.of_meter(FEEDER, branch=NORTH) is None


def test_another_branch_s_meter_is_not_there(lined):
    assert lined.of_meter(NORTHERN, branch=SOUTH) is None
    question = MeterLine(branch=SOUTH, pan=NORTHERN, first_s=0, until_s=1)
    assert (lined.reader.rows(question), lined.reader.count(question)) == ([], 0)
    assert lined.of_meter("600727000000000000") is None


def test_a_branch_does_not_see_what_was_before_the_meter_came_to_it(lined):
    lined.write(
        MeterContact(NORTHERN, 5 * US), MeterEvent(NORTHERN, 250 * US, EventKind.CLOCK_SET, "before"),
        MeterEvent(NORTHERN, 251 * US, EventKind.CLOCK_SET, "since"),
        *(FrozenReading(NORTHERN, at_s, (), 4) for at_s in (250, 251)),
        *(ProfileRowKept(NORTHERN, at_s, ()) for at_s in (250, 251)),
    )  # fmt: skip
    came = {"subject": Subject.METER.value, "number": NORTHERN, "kind": AmendmentKind.INSTALLED.value,
            "at_us": 250 * US + 1}  # fmt: skip
    others = [one for one in t.amendment.c if not one.nullable and one.key not in came]
    with lined.engine.begin() as connection:
        connection.execute(insert(t.amendment), came | {one.key: 0 for one in others})
    facts = lined.of_meter(NORTHERN, branch=NORTH)
    assert (facts.contact, [slot.at_s for slot in facts.slots]) == (None, [300])
    assert [one.told for one in facts.events] == ["since"]
    assert [one.at_s for one in facts.frozen] == [251]
    assert [one.at_s for one in facts.profile] == [251]
    assert len(facts.calls) == 2
    assert lined.gaps(branch=NORTH) == [(300, "night", NORTHERN)]
    assert len(lined.of_meter(NORTHERN).slots) == 3
