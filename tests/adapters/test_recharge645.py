"""Purchases over DL/T 645: one credit each, wherever the line ends, and known at the next contact."""

import pytest

from adapters.lines.recharge645 import Recharging645
from adapters.lines.talk import Wanted
from adapters.lines.talk645 import Talk645
from gateway.codecs.dlt645.secure import Recharge
from gateway.codecs.meter_model.model import model_named
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.recharged import RechargeEnd
from gateway.simulators.meters.purse import Counts, Terms, Wallet
from gateway.simulators.meters.secure645 import SecureEnd
from gateway.simulators.meters.security_module import TRAINING_KEY, TrainingEsam, TrainingModule
from gateway.simulators.meters.wired import WiredMeter
from tests.meter_lines import ENDS, Clock, Link, finished
from tests.virtual_meters import BEGIN, NUMBER, Dice, house

CUSTOMER = "000000000007"
MODEL = model_named("dlt645-prepaid")


class Shop:
    """A prepaid meter with a first purchase of 50.00 in it, and whoever has its keys."""

    def __init__(self, counts=Counts.MONEY, key=TRAINING_KEY):
        self.wallet = Wallet(Terms(counts=counts))
        self.house = house(purse=self.wallet)
        self.module = TrainingModule(TRAINING_KEY, Dice())
        self.meter = WiredMeter(MODEL, self.house, secure=SecureEnd(self.module))
        self.esam = TrainingEsam(TrainingModule(key, Dice()))
        assert self.house.buy(5000, 1, CUSTOMER, opens=True) is None

    def sold(self, amount=2500, count=2, customer=CUSTOMER, **way):
        """Send a purchase over a line of its own; give what became of it, or the fault, and the line."""
        clock = Clock()
        face = self.meter.face()
        link = Link(clock, face.receive, **way)
        talk = Talk645(link, clock, Wanted(MODEL, NUMBER, lambda: BEGIN))
        recharging = Recharging645(talk, self.esam)

        async def sell():
            try:
                return await recharging.recharge(Recharge(amount, count, customer))
            except ContactFault as fault:
                return fault
            finally:
                await talk.leave()

        return finished(clock, sell()), link


@pytest.mark.parametrize("counts", list(Counts))
def test_a_purchase_is_taken_once_and_the_same_one_again_is_known(counts):
    shop = Shop(counts)
    done, _ = shop.sold()
    assert (done.end, done.seen, done.fault, done.was_there) == (RechargeEnd.TAKEN, 2, None, False)
    again, link = shop.sold()
    assert (again.end, again.was_there) == (RechargeEnd.TAKEN, True)
    assert (shop.wallet.count, shop.wallet.balance) == (2, 7500)
    assert not [sent for sent in link.sent if sent[12:13] == b"\x03"], "nothing of it was sent again"


@pytest.mark.parametrize(
    ("given", "said"),
    [({"count": 3}, "has taken 1 purchases, and this is number 3"), ({"count": 1}, "")],
)
def test_a_number_that_is_not_the_next_is_not_sent(given, said):
    shop = Shop()
    done, _ = shop.sold(**given)
    if said:
        assert isinstance(done, ContactFault)
        assert (done.why, said in str(done), done.is_in_doubt) == (ContactWhy.REFUSED, True, False)
    else:
        assert done.was_there
    assert (shop.wallet.count, shop.wallet.balance) == (1, 5000)


@pytest.mark.parametrize(
    ("given", "name"), [({"customer": "000000000008"}, "customer"), ({"amount": 99_999_999}, "over limit")]
)
def test_a_purchase_that_the_meter_refuses_is_not_taken(given, name):
    shop = Shop()
    done, _ = shop.sold(**given)
    assert (done.end, done.seen) == (RechargeEnd.NOT_TAKEN, 1)
    assert str(done.fault) == f"the meter refuses: {name}"
    assert shop.wallet.balance == 5000


def test_without_the_meters_key_nothing_is_sent():
    shop = Shop(key=b"another key")
    done, _ = shop.sold()
    assert (done.why, str(done)) == (ContactWhy.REFUSED, "the meter refuses: esam")
    assert shop.wallet.count == 1


@pytest.mark.faults
@pytest.mark.parametrize("way", ["cut_at", "deaf_at"])
def test_wherever_the_line_ends_a_purchase_is_one_credit_after_the_next_contact(way, counted):
    _, whole = Shop().sold()
    ends = dict.fromkeys(RechargeEnd, 0)
    not_sent = 0
    for k in range(whole.gone + 1):
        shop = Shop()
        done, _ = shop.sold(**{way: k})
        taken = shop.wallet.count == 2
        if isinstance(done, ContactFault):
            not_sent += 1
            assert not taken
        else:
            ends[done.end] += 1
            assert done.end is RechargeEnd.UNKNOWN or (done.end is RechargeEnd.TAKEN) == taken
        next_contact, _ = shop.sold()
        assert (next_contact.end, next_contact.was_there) == (RechargeEnd.TAKEN, taken)
        assert (shop.wallet.count, shop.wallet.balance) == (2, 7500)
    assert ends[RechargeEnd.UNKNOWN] > 0
    said = ", ".join(f"{count} {end.value}" for end, count in ends.items())
    counted(
        f"{whole.gone + 1} octets at which the line {ENDS[way]}: {not_sent} not sent, {said}; one credit each"
    )
