"""The heartbeat: whenever the centre answers it, what is owed is told once more, and not only at a start."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from card_station.centre import Hello, Unknown
from card_station.purchase import Step
from card_station.sale import Sold
from card_station.service import StationService
from gateway.simulators.card.faults import Fault, FaultKind
from tests.station import Shop, finished

#: So that no certificate of the test's centre has to be renewed.
LONG_BEFORE = datetime(2000, 1, 1, tzinfo=UTC)


class Silent:
    """A line on which questions of some names are lost."""

    def __init__(self, line):
        self.line = line
        self.lost: frozenset[str] = frozenset()
        self.sent: list[str] = []

    async def ask(self, op, request):
        self.sent.append(op)
        return Unknown("lost") if op in self.lost else await self.line.ask(op, request)


class Heart:
    """The station's service with the parts that a heartbeat needs: its flow, its journal and its line."""

    def __init__(self, folder, lost=frozenset(), tear=None):
        self.shop = shop = Shop("powertill-cpu", folder, 1)
        self.line = Silent(shop.line)
        counter = shop.program.counter
        counter._centre = counter.settling._centre = self.line  # noqa: SLF001 - one line for all
        plan = SimpleNamespace(version="1", reader="Station 0")
        service: Any = StationService(plan, None, lambda: LONG_BEFORE)
        self.hello = Hello()
        self.service = service
        service._journal, service._counter, service._client = shop.program.journal, counter, self.line  # noqa: SLF001 - see above
        service._desk = SimpleNamespace(hello=self.hello, presence="card", ask_again=lambda: None)  # noqa: SLF001 - see above
        self.line.lost = lost
        if tear is not None:
            shop.reader.faults[shop.reader.count + 1] = tear
        self.sold = shop.sell()

    def beat(self):
        self.line.sent.clear()
        finished(self.service._said_hello())  # noqa: SLF001 - half a minute is too long for a test
        return self.line.sent

    @property
    def owed(self):
        return [one.step for one in self.shop.program.journal.purchases]


@pytest.fixture
def heart(tmp_path):
    return Heart(tmp_path, lost=frozenset({"confirm"}))


def test_what_is_owed_is_told_with_each_hello_that_is_answered_until_it_was_heard(heart):
    assert isinstance(heart.sold, Sold)
    assert heart.owed == [Step.WRITTEN]
    for _ in range(3):
        assert heart.beat() == ["hello", "confirm"], "once with each, without waits between"
        assert heart.owed == [Step.WRITTEN]
    heart.line.lost = frozenset()
    assert heart.beat() == ["hello", "confirm"]
    assert heart.owed == []
    assert heart.beat() == ["hello"]
    heart.shop.check(2)


def test_with_a_hello_that_is_not_answered_nothing_is_told(heart):
    heart.line.lost = frozenset({"hello"})
    assert heart.beat() == ["hello"]
    assert (heart.owed, heart.hello.is_there) == ([Step.WRITTEN], False)


def test_a_purchase_in_doubt_is_told_and_waits_for_its_card(tmp_path):
    heart = Heart(tmp_path, lost=frozenset({"doubt"}), tear=Fault(12, FaultKind.TEAR, 3))
    assert heart.owed == [Step.IN_DOUBT]
    assert heart.beat() == ["hello", "doubt"]
    heart.line.lost = frozenset()
    heart.beat()
    assert heart.owed == [Step.IN_DOUBT]
    assert heart.hello.is_there
    heart.shop.recover()
    heart.shop.check(2)


def test_what_somebody_has_in_hand_is_not_told_beside_him(heart):
    (owed,) = heart.shop.program.journal.purchases
    with heart.service._counter.settling.in_hand(owed.id):  # noqa: SLF001 - see above
        assert heart.beat() == ["hello"]
    assert heart.beat() == ["hello", "confirm"]
