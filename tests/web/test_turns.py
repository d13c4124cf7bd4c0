"""One session has so many questions on their way; the others are answered meanwhile."""

import pytest
from twisted.internet.defer import Deferred

from admin_web.answers import Page
from admin_web.route import SIGNED_IN, Route
from admin_web.turns import QUESTIONS_EACH_MAX, TooManyQuestions, Turns
from gateway.core.views_staff import Roles
from tests.web.desk import Desk, office


class Slow:
    """Views that answer when they are told to."""

    def __init__(self):
        self.waiting = []

    def rows(self, _query):
        self.waiting.append(Deferred())
        return self.waiting[-1]

    count = totals = rows


@pytest.fixture
def slow():
    return Slow()


def ask(views, how="rows"):
    return Deferred.fromCoroutine(getattr(views, how)(Roles()))


def test_one_question_more_than_a_session_may_have_is_not_put(slow):
    hers = Turns().of("a", slow)
    for number in range(QUESTIONS_EACH_MAX):
        ask(hers, ("rows", "count", "totals")[number % 3])
    for how in ("rows", "count", "totals"):
        ask(hers, how).addCallbacks(pytest.fail, lambda failure: failure.trap(TooManyQuestions))
    assert len(slow.waiting) == QUESTIONS_EACH_MAX


def test_another_session_asks_meanwhile(slow):
    turns = Turns()
    for _ in range(QUESTIONS_EACH_MAX):
        ask(turns.of("a", slow))
    ask(turns.of("b", slow))
    assert len(slow.waiting) == QUESTIONS_EACH_MAX + 1


@pytest.mark.parametrize("ends", ["callback", "errback"])
def test_a_question_that_ends_makes_room_for_another(slow, ends):
    hers = Turns().of("a", slow)
    asked = [ask(hers).addBoth(lambda _: None) for _ in range(QUESTIONS_EACH_MAX)]
    getattr(slow.waiting[0], ends)(ValueError() if ends == "errback" else ())
    assert asked[0].called
    ask(hers)
    assert len(slow.waiting) == QUESTIONS_EACH_MAX + 1


def test_whoever_asks_on_is_told_so_and_another_is_served(slow):
    async def page(asked):
        await asked.office.views.rows(Roles())
        return Page("trouble.html", {})

    desk = Desk(office(views=slow), [Route("GET", "/", SIGNED_IN, page)], ())
    codes = [desk.get("/", "auditor").code for _ in range(QUESTIONS_EACH_MAX + 1)]
    assert codes == [0] * QUESTIONS_EACH_MAX + [429], "the others still wait"
    assert desk.get("/", "chief").code == 0
    assert len(slow.waiting) == QUESTIONS_EACH_MAX + 1
