"""What of a visit is news: said once, and again when it was good in between."""

import pytest

from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.meter_noticed import KnownBefore, noticed
from gateway.core.meter_seen import MeterSeen
from gateway.core.reading import StatusWord

PAN = "600727000000000161"
OPEN, LOW = StatusWord.RELAY_OPEN, StatusWord.BATTERY_LOW


def news(before=None, **seen):
    return [(one.kind, one.told) for one in noticed(MeterSeen(PAN, 7, **seen), before or KnownBefore())]


def test_each_word_of_a_status_is_a_kind_of_event():
    kinds = {one.value for one in EventKind}
    assert {word.value for word in StatusWord} <= kinds


def test_a_word_that_is_new_is_told_once():
    assert news(status=(OPEN, LOW)) == [(EventKind.RELAY_OPEN, ""), (EventKind.BATTERY_LOW, "")]
    assert news(KnownBefore(status=frozenset({LOW})), status=(OPEN, LOW)) == [(EventKind.RELAY_OPEN, "")]
    assert noticed(MeterSeen(PAN, 7, status=(LOW,)), KnownBefore()) == (
        MeterEvent(PAN, 7, EventKind.BATTERY_LOW),
    )


@pytest.mark.parametrize(
    ("before", "credit_wh", "is_news"),
    [
        (KnownBefore(), None, True),
        (KnownBefore(), 1, True),
        (KnownBefore(may_be_open=True), None, False),
        (KnownBefore(), 0, False),
        (KnownBefore(), -500, False),
    ],
)
def test_an_open_relay_is_news_where_nobody_ordered_it_and_there_is_credit(before, credit_wh, is_news):
    assert bool(news(before, status=(OPEN,), credit_wh=credit_wh)) == is_news


@pytest.mark.parametrize(
    ("off_s", "was_s", "is_news"),
    [(301, None, True), (-301, 300, True), (300, None, False), (5000, 400, False), (None, 400, False)],
)
def test_a_clock_that_is_too_far_off_is_told_when_it_came_so_far(off_s, was_s, is_news):
    told = news(KnownBefore(off_s=was_s), off_s=off_s)
    assert [kind for kind, _ in told] == [EventKind.CLOCK_TOO_FAR] * is_news


def test_more_credits_than_went_out_are_told():
    assert news(KnownBefore(sold=2), credits=3) == [
        (EventKind.OVER_CREDITS, "it counts 3 credits, and 2 went out")
    ]
    assert news(KnownBefore(sold=3), credits=3) == []
    assert news(credits=3) == []
