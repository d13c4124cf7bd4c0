"""A page asks for two things at once, and hears of both."""

import pytest
from twisted.internet.defer import Deferred

from admin_web.side_by_side import both


async def told_by(deferred):
    return await deferred


@pytest.fixture
def asked():
    return Deferred(), Deferred()


def begin(asked):
    found: list[object] = []
    page: Deferred[object] = Deferred.fromCoroutine(both(*(told_by(one) for one in asked)))
    page.addCallbacks(found.append, found.append)
    return found


def test_both_are_asked_before_either_answers(asked):
    one, other = asked
    found = begin(asked)
    other.callback("totals")
    assert found == []
    one.callback("rows")
    assert found == [("rows", "totals")]


@pytest.mark.parametrize("which", [0, 1])
def test_the_failure_of_one_is_raised_once_the_other_has_ended(asked, which):
    found = begin(asked)
    asked[which].errback(ValueError("too long"))
    assert found == []
    asked[1 - which].callback(())
    (failure,) = found
    assert failure.check(ValueError)
    assert failure.getErrorMessage() == "too long"


def test_where_both_fail_the_first_ones_failure_is_raised(asked):
    found = begin(asked)
    asked[1].errback(ValueError("totals"))
    asked[0].errback(KeyError("rows"))
    assert found[0].check(KeyError)


def test_a_page_that_is_given_up_stops_waiting_for_both(asked):
    stopped = []
    asked = Deferred(lambda _: stopped.append("rows")), Deferred(lambda _: stopped.append("totals"))
    page: Deferred[object] = Deferred.fromCoroutine(both(*(told_by(one) for one in asked)))
    page.addErrback(lambda failure: stopped.append(type(failure.value).__name__))
    page.cancel()
    assert stopped[:2] == ["rows", "totals"]
    assert len(stopped) == 3
