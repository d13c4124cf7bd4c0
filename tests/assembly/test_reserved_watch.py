"""The watch over what is reserved, where one order cannot be given up; its work is tried at the door."""

from types import SimpleNamespace

from twisted.internet.defer import Deferred, fail, succeed

from gateway.assembly.reserved_watch import ReservedWatch
from gateway.ports import LedgerBusy
from tests import builders

ORDERS = tuple(SimpleNamespace(id=n, payment=f"pay/{n}", by="ann", station="n1") for n in (1, 2, 3))


class Views:
    def rows(self, _query):
        return succeed(ORDERS)


class Poster:
    """Takes all orders but the second."""

    def __init__(self, fault):
        self.fault = fault
        self.heard: list[int] = []

    def post(self, command):
        self.heard.append(command.order)
        return fail(self.fault) if command.order == 2 else succeed(None)


def looked(fault):
    poster, raised = Poster(fault), []
    watch = ReservedWatch(Views(), poster, None, lambda: builders.NOON)
    Deferred.fromCoroutine(watch.look()).addErrback(lambda failure: raised.append(failure.value))
    return poster.heard, raised


def test_an_order_that_cannot_be_given_up_does_not_keep_those_behind_it():
    fault = RuntimeError("a bug")
    assert looked(fault) == ([1, 2, 3], [fault])


def test_a_busy_ledger_ends_the_search():
    busy = LedgerBusy("closing")
    assert looked(busy) == ([1, 2], [busy])
