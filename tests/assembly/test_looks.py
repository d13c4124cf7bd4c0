"""Looking again and again: at once, every few seconds, whatever became of the look before."""

from __future__ import annotations

import logging

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from gateway.assembly.looks import Looks

log = logging.getLogger("powertill.test")


class Looked:
    """Looks of which a test says how each ends."""

    def __init__(self):
        self.clock, self.answers = Clock(), []
        self.looks = Looks(self._look, self.clock, every_s=5, log=log, name="test.look_failed")

    async def _look(self):
        answer: Deferred = Deferred()
        self.answers.append(answer)
        await answer


def test_the_first_look_comes_at_once_and_the_next_in_its_time():
    looked = Looked()
    looked.looks.start()
    looked.answers[0].callback(None)
    looked.clock.advance(4.9)
    assert len(looked.answers) == 1
    looked.clock.advance(0.1)
    assert len(looked.answers) == 2


def test_no_look_begins_while_another_is_in_work():
    looked = Looked()
    looked.looks.start()
    looked.clock.pump([5] * 10)
    assert len(looked.answers) == 1


def test_a_trouble_lasts_until_a_look_succeeds_and_is_logged_once(caplog):
    looked = Looked()
    looked.looks.start()
    for _ in range(3):
        looked.answers[-1].errback(ZeroDivisionError("gone"))
        assert looked.looks.trouble == "gone"
        looked.clock.advance(5)
    assert [record.message for record in caplog.records] == ["test.look_failed"]
    looked.answers[-1].callback(None)
    assert looked.looks.trouble is None


def test_a_stop_waits_for_the_look_in_work():
    looked = Looked()
    assert looked.looks.stop().called
    looked.looks.start()
    stopped = looked.looks.stop()
    assert not stopped.called
    looked.answers[0].errback(ZeroDivisionError("gone"))
    assert stopped.called
    assert looked.clock.getDelayedCalls() == []
