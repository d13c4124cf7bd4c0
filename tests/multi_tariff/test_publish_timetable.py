"""Drafting, approving and withdrawing a timetable: what is kept, by whom, and what is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.office import OfficeRefusal as Why
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeChange
from gateway.core.timeline import microseconds
from gateway.core.timetable_life import (
    LEAD_S,
    VERSIONS_MAX,
    IllegalTimetableStep,
    TimetableEvent,
    due,
    stepped,
)
from gateway.core.timetable_version import TimetableState, TimetableVersion
from tests.builders import NOON
from tests.multi_tariff.timetable_desk import DAY, LI, ZHANG, Desk
from tests.office.people import person
from tests.timetables import rates

DRAFT, APPROVED, WITHDRAWN = TimetableState.DRAFT, TimetableState.APPROVED, TimetableState.WITHDRAWN
HOUR = timedelta(hours=1)


@pytest.fixture
def desk():
    return Desk()


def test_a_draft_is_kept_under_the_next_number_and_sealed(desk):
    assert desk.draft(reason="winter") == Changed("homes/1", 1)
    found = desk.found()
    assert (found.number, found.state, found.by, found.second, found.reason) == (1, DRAFT, LI, "", "winter")
    assert found.body == rates().stored()
    (told,) = desk.decisions[-1].files.amendments
    assert (told.subject, told.number, told.kind, told.by) == (
        Subject.TIMETABLE, "homes/1", AmendmentKind.REGISTERED, LI,
    )  # fmt: skip
    assert desk.draft().subject == "homes/2"
    assert desk.draft(code="shops").subject == "shops/1"


def test_the_same_form_drafts_once(desk):
    assert desk.draft(nonce="a") == desk.draft(nonce="a")
    assert list(desk.books.files.lines.timetables) == ["homes/1"]


@pytest.mark.parametrize(
    ("changes", "why", "detail"),
    [
        ({"code": "Homes!"}, Why.BAD_CODE, ""),
        ({"name": " "}, Why.BAD_NAME, ""),
        ({"reason": "x" * 201}, Why.NO_REASON, ""),
        ({"group": "south"}, Why.UNKNOWN_GROUP, "south"),
        ({"body": "{}"}, Why.BAD_TIMETABLE, "tariffs: a whole number goes there"),
        ({"from_us": microseconds(NOON + DAY) + 1}, Why.BAD_MOMENT, ""),
        ({"from_us": microseconds(NOON)}, Why.BAD_MOMENT, ""),
        ({"after": 732 * DAY}, Why.BAD_MOMENT, ""),
        ({"by": "li"}, Why.OTHER_BRANCH, ""),
    ],
)
def test_what_is_no_draft_is_refused(desk, changes, why, detail):
    desk.books.office.apply(OfficeChange(operators=(person("li", branch="north"),)))
    content = desk.draft(**changes)
    assert (content.reason, content.detail) == (why, detail)
    assert desk.books.files.lines.timetables == {}


def test_a_timetable_has_so_many_versions_and_no_more(desk):
    desk.draft()
    known = {f"homes/{n}": replace(desk.found(), number=n) for n in range(1, VERSIONS_MAX + 1)}
    desk.books.files.lines.timetables = known
    assert desk.draft().reason is Why.TOO_MANY_VERSIONS


def test_a_second_person_approves_and_no_meter_is_called_by_that(desk):
    desk.draft()
    assert desk.approve() == Changed("homes/1", 2)
    found = desk.found()
    assert (found.state, found.by, found.second) == (APPROVED, LI, ZHANG)
    (told,) = desk.decisions[-1].files.amendments
    assert (told.kind, told.by) == (AmendmentKind.APPROVED, ZHANG)
    assert desk.books.files.lines.orders == {}


@pytest.mark.parametrize("name", [LI, "local:LI", "li"])
def test_who_drafted_does_not_approve_however_she_writes_her_name(desk, name):
    desk.books.office.apply(OfficeChange(operators=(person("li"),)))
    desk.draft()
    assert desk.approve(by=name).reason is Why.SAME_PERSON
    assert desk.found().state is DRAFT


def test_what_is_approved_already_or_looks_different_is_not_approved(desk):
    assert desk.approve().reason is Why.UNKNOWN_TIMETABLE
    desk.draft()
    assert desk.approve(version=2).reason is Why.TWICE_AT_ONCE
    desk.approve()
    assert desk.approve(version=2).reason is Why.NO_DRAFT_NOW


@pytest.mark.parametrize(("seconds", "is_done"), [(LEAD_S, True), (LEAD_S - 1, False)])
def test_meters_need_an_hour_before_it_begins(desk, seconds, is_done):
    desk.draft(DAY)
    desk.now = NOON + DAY - timedelta(seconds=seconds)
    content = desk.approve()
    assert (content == Changed("homes/1", 2)) is is_done
    assert is_done or content.reason is Why.BAD_MOMENT


def test_an_earlier_version_is_not_approved_behind_a_later_one(desk):
    desk.draft()
    desk.draft()
    desk.approve("homes/2")
    assert desk.approve("homes/1").reason is Why.LATER_APPROVED
    desk.withdraw("homes/2", version=2)
    assert desk.approve("homes/1") == Changed("homes/1", 2)


def test_a_body_that_this_program_does_not_read_is_not_approved(desk):
    desk.draft()
    desk.books.files.lines.timetables["homes/1"] = replace(desk.found(), body='{"colour": 1}')
    content = desk.approve()
    assert (content.reason, "colour" in content.detail) == (Why.BAD_TIMETABLE, True)


def test_a_draft_is_withdrawn_with_a_reason_and_by_anybody(desk):
    desk.draft()
    assert desk.withdraw(reason=" ").reason is Why.NO_REASON
    assert desk.withdraw(by=LI, only_draft=True) == Changed("homes/1", 2)
    assert (desk.found().state, desk.found().reason) == (WITHDRAWN, "a slip")
    (told,) = desk.decisions[-1].files.amendments
    assert (told.kind, told.reason) == (AmendmentKind.WITHDRAWN, "a slip")
    assert desk.withdraw(version=2).reason is Why.NO_DRAFT_NOW


def test_an_approved_version_is_withdrawn_only_before_it_begins_and_no_meter_was_sent_it(desk):
    desk.published()
    assert desk.withdraw(version=2, only_draft=True).reason is Why.NO_DRAFT_NOW
    desk.order()
    assert desk.withdraw(version=2) == Changed("homes/1", 3)
    desk.published()
    desk.order("homes/2")
    desk.begin()
    assert desk.withdraw("homes/2", version=2).reason is Why.GONE_OUT
    desk.published(20 * DAY)
    desk.now = NOON + 20 * DAY
    assert desk.withdraw("homes/3", version=2).reason is Why.GONE_OUT


def test_going_back_is_the_earlier_body_as_the_next_version(desk):
    desk.published(DAY)
    desk.published(
        2 * DAY,
        body=rates(tariffs=3, days={"1": [["00:00", 1]], "2": [["00:00", 2]], "3": [["00:00", 3]]}).stored(),
    )
    desk.now = NOON + 2 * DAY
    again = desk.published(3 * DAY, body=desk.found("homes/1").body)
    assert (again, desk.found(again).body) == ("homes/3", rates().stored())


def version(number, days, state=APPROVED):
    return TimetableVersion("homes", number, "Homes", "north", "", microseconds(NOON + days * DAY), state)


@pytest.mark.parametrize(
    ("versions", "in_force", "following"),
    [
        ([], None, None),
        ([version(1, 5)], None, 1),
        ([version(1, -5)], 1, None),
        ([version(1, -5), version(2, 0), version(3, 5), version(4, 9)], 2, 3),
        # The fourth goes back before the third begins, which is passed over.
        ([version(2, -5), version(3, 5), version(4, 3)], 2, 4),
        ([version(2, -5), version(3, 5), version(4, -1)], 4, None),
        ([version(3, 5), version(4, 5)], None, 4),
        ([version(1, -5), version(2, -1, DRAFT), version(3, 5, WITHDRAWN)], 1, None),
    ],
)
def test_meters_should_have_what_counts_and_what_comes_next(versions, in_force, following):
    found = due(versions, microseconds(NOON))
    assert [one and one.number for one in found] == [in_force, following]
    assert [one.number for one in versions if found.has(one)] == [n for n in (in_force, following) if n]


@pytest.mark.parametrize("state", list(TimetableState))
@pytest.mark.parametrize("event", list(TimetableEvent))
def test_a_step_that_the_table_does_not_have_is_an_error(state, event):
    if (state, event) in {(DRAFT, e) for e in TimetableEvent} | {(APPROVED, TimetableEvent.WITHDRAW)}:
        assert stepped(version(1, 5, state), event).version == 2
    else:
        with pytest.raises(IllegalTimetableStep):
            stepped(version(1, 5, state), event)
