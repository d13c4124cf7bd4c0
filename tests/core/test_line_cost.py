"""What a call costs, and what is no rate."""

import pytest

from gateway.core.contact import ContactWhy
from gateway.core.line_work.call_made import CallMade
from gateway.core.line_work.cost import RATE_MAX, LineRate
from gateway.core.line_work.work_kind import WorkKind

RATE = LineRate(10, 15)


@pytest.mark.parametrize(("seconds", "cost"), [(0, 10), (1, 25), (60, 25), (61, 40), (180, 55)])
def test_a_minute_costs_from_its_first_second_on(seconds, cost):
    assert RATE.cost(seconds, None) == cost


@pytest.mark.parametrize("why", ContactWhy)
def test_a_call_that_nobody_has_answered_costs_nothing(why):
    free = {ContactWhy.LINE, ContactWhy.BUSY, ContactWhy.NO_ANSWER, ContactWhy.NO_DIALTONE}
    assert (RATE.cost(40, why) == 0) is (why in free)


def test_a_line_without_a_rate_costs_nothing():
    assert LineRate().cost(3600, None) == 0


@pytest.mark.parametrize(("name", "rate"), [("call_minor", -1), ("minute_minor", RATE_MAX + 1)])
def test_what_is_no_rate_is_refused_by_name(name, rate):
    with pytest.raises(ValueError, match=f"{name}: {rate} is no rate"):
        LineRate(**{name: rate})


def test_a_call_does_not_show_the_number_that_it_dialled():
    call = CallMade("line 1", "13800138000", "", WorkKind.URGENT, 1, 1, None, 20, 5)
    assert "13800138000" not in repr(call)
