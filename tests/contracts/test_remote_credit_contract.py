"""A credit over a line on both databases: held, ordered once, out, refused, sent again; the books balance."""

from __future__ import annotations

import pytest

from adapters.db.journal_reader import JournalReader
from adapters.db.views import ViewReader
from gateway.codecs.meter_model.model import MeterCredit
from gateway.core.meter import Carrier
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.outcome import Approved, Undone
from gateway.core.remote_ended import RemoteEnded
from gateway.core.remote_order import CREDITS, RemoteEvent, RemoteState
from gateway.core.views_remote_due import RemoteDue, RemoteNow, Unordered
from gateway.metering.keep_way import KeepMeterWay
from gateway.metering.step_remote import EndRemote, MendRemote
from gateway.prepayment.begin_remote import BeginRemoteCredit
from gateway.prepayment.hand_over import HandOver
from gateway.prepayment.order_remote import OrderRemoteCredit
from gateway.proof.check import check_books
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, Till, issuer, meter_file, posting_batch, terms

LI = "local:li"
DELIVERED, REFUSED = RemoteEnded(RemoteEvent.DELIVER, "seen"), RemoteEnded(RemoteEvent.REFUSE, "no")


class Counter:
    """One meter on a line, its purchases, and the orders of them."""

    def __init__(self, fresh, credit):
        file = meter_file(1, carrier=Carrier.REMOTE)
        self.pan, self.credit = file.identity.pan, credit
        self.engine = fresh.database(meters=[file])
        self.reader = ViewReader(self.engine)
        self.till = Till()
        way = MeterWay(self.pan, LineKind.MODEM, "5550161", "161", "dlt645-2007", version=0)
        assert self.post(KeepMeterWay(LI, "n0", way)) == Changed(self.pan, 1)

    def post(self, command):
        batch = posting_batch(self.engine)
        (content,) = batch.run([command])
        batch.close()
        if isinstance(content, Exception):
            raise content
        return content

    def sold(self, reference):
        command = self.till.pay(reference, pan=self.pan)
        assert isinstance(self.post(command), Approved)
        return command.key

    def ordered(self, payment):
        return self.post(OrderRemoteCredit(payment, self.pan, self.credit))

    def sent(self, payment, order, ended):
        hand_over = HandOver(payment, 3, terms(), issuer())
        begun = self.post(BeginRemoteCredit(order, hand_over, self.credit, way=1))
        self.post(EndRemote(order, ended, payment))
        return begun

    def state(self, order):
        return self.reader.rows(RemoteNow(order))[0].state

    def unordered(self):
        return [one.payment for one in self.reader.rows(Unordered())]

    def assert_sound(self):
        reader = JournalReader(self.engine)
        assert check_books(reader) == []
        assert verify(reader.sealed(), CHAIN_SECRET, reader.standing(), {}).findings == []


@pytest.fixture(params=[MeterCredit.TOKEN, MeterCredit.WALLET_MONEY], ids=["token", "wallet"])
def counter(request, fresh):
    return Counter(fresh, request.param)


def test_a_credit_that_is_refused_holds_the_next_one_of_a_wallet_until_it_is_sent_again(counter):
    first, second = counter.sold("r1"), counter.sold("r2")
    assert counter.unordered() == [first]
    assert counter.ordered(first) == Changed("1", 1)
    assert (counter.ordered(first), counter.unordered()) == (Changed("1", 1), [])
    assert counter.ordered(second) == NotDone(OfficeRefusal.REMOTE_ORDER_OPEN)
    counter.sent(first, 1, REFUSED)
    counter.assert_sound()
    is_wallet = counter.credit is not MeterCredit.TOKEN
    assert counter.unordered() == ([] if is_wallet else [second])
    if not is_wallet:
        counter.ordered(second)
        again = counter.post(MendRemote(LI, "n1", 1, RemoteEvent.AGAIN, "put right"))
        assert again == NotDone(OfficeRefusal.REMOTE_ORDER_OPEN)
        counter.sent(second, 2, DELIVERED)
    counter.post(MendRemote(LI, "n2", 1, RemoteEvent.AGAIN, "put right"))
    assert counter.state(1) is RemoteState.WAITING
    counter.sent(first, 1, DELIVERED)
    if is_wallet:
        assert counter.unordered() == [second]
        counter.ordered(second)
        counter.sent(second, 2, DELIVERED)
    assert (counter.state(1), counter.state(2)) == (RemoteState.DELIVERED, RemoteState.DELIVERED)
    assert counter.reader.rows(RemoteDue(CREDITS, 1 << 60)) == []
    counter.assert_sound()


def test_a_payment_that_is_taken_back_frees_its_meter_and_its_number(counter):
    first, second = counter.sold("r1"), counter.sold("r2")
    counter.ordered(first)
    assert isinstance(counter.post(counter.till.reverse("r1")), Undone)
    counter.assert_sound()
    counter.sent(first, 1, DELIVERED)
    assert counter.state(1) is RemoteState.CANCELLED
    counter.ordered(second)
    counter.sent(second, 2, DELIVERED)
    assert counter.state(2) is RemoteState.DELIVERED
    counter.assert_sound()


def test_a_recharge_whose_meter_has_another_model_by_now_is_ordered_anew(counter):
    payment = counter.sold("r1")
    counter.ordered(payment)
    counter.credit = MeterCredit.WALLET_ENERGY
    counter.sent(payment, 1, DELIVERED)
    assert (counter.state(1), counter.unordered()) == (RemoteState.CANCELLED, [payment])
    counter.ordered(payment)
    assert isinstance(counter.sent(payment, 2, DELIVERED), Approved)
    counter.assert_sound()
