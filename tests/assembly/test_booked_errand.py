"""What the books do not serve is neither the meter's fault nor a fault of ours without a name."""

import pytest

from adapters.db.opening import DatabaseFault
from gateway.assembly.booked_errand import BookedErrand
from gateway.core.contact import ContactFault, ContactWhy
from gateway.ports import LedgerBusy, OutcomeUnknown, TakesTooLong


class Errand:
    """An errand that ends as the test wants it."""

    def __init__(self, fault=None):
        self.fault = fault

    async def ready(self):
        if self.fault:
            raise self.fault
        return "wanted"

    async def carry_out(self, talk):
        if self.fault:
            raise self.fault
        return talk


def end_of(step):
    """Run a coroutine that waits for nothing."""
    with pytest.raises(StopIteration) as ended:
        step.send(None)
    return ended.value.value


@pytest.mark.parametrize("fault", [DatabaseFault("gone"), LedgerBusy(), OutcomeUnknown(), TakesTooLong()])
def test_books_that_do_not_serve_end_the_call_as_a_fault_of_our_line(caplog, fault):
    errand = BookedErrand(Errand(fault))
    for step in (errand.ready(), errand.carry_out(None)):
        with pytest.raises(ContactFault) as caught:
            step.send(None)
        assert caught.value.why is ContactWhy.LINE
    assert caplog.messages == ["lines.books_silent"] * 2


def test_else_it_is_the_errand():
    errand = BookedErrand(Errand())
    assert (end_of(errand.ready()), end_of(errand.carry_out(ContactWhy.BUSY))) == ("wanted", ContactWhy.BUSY)
    with pytest.raises(KeyError):
        BookedErrand(Errand(KeyError("ours"))).ready().send(None)
