"""A credit that goes to its meter over a line: ordered, begun, in doubt, delivered; one credit each."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.dlms.token import TokenStatus
from gateway.codecs.meter_model.model import MeterCredit
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.ledger import Posting
from gateway.core.meter import Carrier
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.outcome import Approved, Declined, FreeToken, Noted, Undone
from gateway.core.recharged import RechargeDone
from gateway.core.refusal import Refusal
from gateway.core.remote_ended import RemoteEnded
from gateway.core.remote_order import RemoteEvent, RemoteKind, RemoteState
from gateway.core.sale import SaleState
from gateway.core.token import TokenDigits
from gateway.metering.step_remote import EndRemote, MendRemote, NoteUnarrived
from gateway.prepayment.ask_remote import AskRemote
from gateway.prepayment.deliver_credit import deliver_recharge, deliver_tokens
from gateway.prepayment.next_step import next_step
from gateway.simulators.meter import Accepted, VirtualMeter
from tests.builders import decoder_key, identity
from tests.remote_credit import WAY, LineTill

WALLETS = [MeterCredit.WALLET_MONEY, MeterCredit.WALLET_ENERGY]
DELIVERED, LOST = RemoteEnded(RemoteEvent.DELIVER, "seen"), RemoteEnded(RemoteEvent.LOSE, "the line broke")
NOT_SENT = RemoteEnded(RemoteEvent.NOT_SENT, "nobody answered")


def done(coroutine):
    """Run what waits for nothing."""
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    return ended.value.value


def test_a_paid_credit_waits_until_its_meter_is_reached_and_is_booked_then():
    till = LineTill()
    payment = till.sold()
    order = till.ordered(payment)
    assert (order.kind, order.state, order.number) == (RemoteKind.TOKEN, RemoteState.WAITING, 0)
    assert till.books.sales[payment].state is SaleState.WAITING
    out = till.begun(payment)
    assert till.entries()[-1].postings[:2] == (
        Posting("HOLD:CREDIT", 10_000, "CNY"), Posting("REV:domestic:ENERGY", -8_850, "CNY"),
    )  # fmt: skip
    accepted = VirtualMeter(identity(), decoder_key(identity())).enter(out.token.reveal())
    assert isinstance(accepted, Accepted)
    assert accepted.energy_wh == out.energy_wh
    assert till.books.sales[payment].state is SaleState.ISSUED
    ended = till.ended(payment, DELIVERED)
    assert (ended.state, ended.tries, ended.told) == (RemoteState.DELIVERED, 1, "seen")
    assert [one.kind for one in till.decisions[-1].notices] == ["credit_delivered"]


@pytest.mark.parametrize(("credit", "amount"), [(WALLETS[0], 10_000), (WALLETS[1], 204_700)])
def test_a_purchase_for_a_wallet_has_the_number_after_the_meter_s_last(credit, amount):
    till = LineTill(credit)
    for number in (1, 2):
        payment = till.sold(f"r{number}")
        order = till.ordered(payment)
        assert (order.kind, order.number) == (RemoteKind.RECHARGE, number)
        if number == 1:
            assert order.amount == amount
        assert till.begun(payment).token is None
        till.ended(payment, DELIVERED)
    held = [one.amount for entry in till.entries() for one in entry.postings if one.account == "HOLD:CREDIT"]
    assert (len(held), sum(held)) == (4, 0)


@pytest.mark.parametrize(
    ("given_", "refusal"),
    [
        ({"way": None}, OfficeRefusal.NO_WAY),
        ({"carrier": Carrier.CARD}, OfficeRefusal.NOT_A_LINE_METER),
        ({"credit": MeterCredit.NONE}, OfficeRefusal.NO_CREDIT_OVER_LINE),
    ],
)
def test_what_cannot_go_over_a_line_is_not_ordered(given_, refusal):
    till = LineTill(**given_)
    assert till.ordered(till.sold()) == NotDone(refusal)


def test_a_meter_is_in_one_credit_at_a_time():
    till = LineTill()
    first, second = till.sold("r1"), till.sold("r2")
    till.ordered(first)
    assert till.ordered(second) == NotDone(OfficeRefusal.REMOTE_ORDER_OPEN)
    till.begun(first)
    till.ended(first, LOST)
    assert till.ordered(second) == NotDone(OfficeRefusal.REMOTE_ORDER_OPEN)
    till.begun(first)
    till.ended(first, DELIVERED)
    assert till.ordered(second).state is RemoteState.WAITING


def test_a_payment_that_was_taken_back_before_the_meter_answered_is_not_sent():
    till = LineTill()
    payment = till.sold()
    till.ordered(payment)
    assert isinstance(till.post(till.reverse()), Undone)
    assert till.begun(payment) == Declined(Refusal.REVERSED)
    assert till.order(payment) is None
    assert not till.tokens()


def test_a_payment_that_is_taken_back_once_the_credit_is_out_is_a_claim():
    till = LineTill()
    payment = till.sold()
    till.ordered(payment)
    till.begun(payment)
    assert till.post(till.reverse()) == Declined(Refusal.TOKEN_OUT)
    assert till.books.sales[payment].state is SaleState.CLAIMED
    assert till.ended(payment, DELIVERED).state is RemoteState.DELIVERED


@pytest.mark.parametrize("credit", [MeterCredit.TOKEN, *WALLETS])
def test_each_contact_sends_the_same_and_books_it_once(credit):
    till = LineTill(credit)
    payment = till.sold()
    till.ordered(payment)
    first = till.begun(payment)
    booked = len(till.entries())
    for ended in (NOT_SENT, LOST, LOST, DELIVERED):
        till.ended(payment, ended)
        if ended is not DELIVERED:
            assert till.begun(payment) == first
    assert len(till.entries()) == booked
    assert (till.order(payment).tries, till.order(payment).doubts) == (4, 2)


def test_a_contact_that_ended_without_a_word_leaves_a_doubt():
    till = LineTill()
    payment = till.sold()
    till.ordered(payment)
    first = till.begun(payment)
    assert till.begun(payment) == first
    assert (till.order(payment).state, till.order(payment).doubts) == (RemoteState.ON_WAY, 1)


def test_a_bank_that_asks_is_told_where_the_credit_is_and_gets_its_token_when_it_is_out():
    till = LineTill()
    payment = till.sold()
    paid = till.post(till.pay())

    def asked():
        content = till.post(till.ask())
        return till.post(next_step(till.ask(), content))

    assert asked() == paid
    till.ordered(payment)
    assert (asked().loading, asked().token) == (RemoteState.WAITING, None)
    out = till.begun(payment)
    assert (asked().loading, asked().token) == (RemoteState.ON_WAY, out.token)
    till.ended(payment, DELIVERED)
    assert asked().loading is RemoteState.DELIVERED
    assert till.post(till.pay()) == paid, "the payment itself is answered as it was"
    assert till.post(AskRemote("pay/nobody", paid)) == paid


class Meter:
    """Says what the script says to each token; an exception is raised."""

    def __init__(self, *script):
        self.script = list(script)
        self.entered = []

    async def enter_token(self, digits):
        self.entered.append(digits)
        said = self.script.pop(0)
        if isinstance(said, ContactFault):
            raise said
        return TokenStatus(said, "")


def fault(why, *, is_in_doubt=False):
    return ContactFault(why, "what went wrong", is_in_doubt=is_in_doubt)


EXECUTED, AUTHENTICATION, VALIDATION, EXECUTION, PENDING = 3, 5, 6, 7, 8
IN_DOUBT = fault(ContactWhy.LOST, is_in_doubt=True)


@pytest.mark.parametrize(
    ("doubts", "said", "event"),
    [
        (0, EXECUTED, RemoteEvent.DELIVER),
        (1, EXECUTED, RemoteEvent.DELIVER),
        (1, VALIDATION, RemoteEvent.DELIVER),
        (0, VALIDATION, RemoteEvent.REFUSE),
        (0, AUTHENTICATION, RemoteEvent.REFUSE),
        (1, AUTHENTICATION, RemoteEvent.REFUSE),
        (0, EXECUTION, RemoteEvent.REFUSE),
        (0, PENDING, RemoteEvent.LOSE),
        (0, IN_DOUBT, RemoteEvent.LOSE),
        (0, fault(ContactWhy.TIMEOUT), RemoteEvent.NOT_SENT),
        (1, fault(ContactWhy.TIMEOUT), RemoteEvent.LOSE),
        (0, fault(ContactWhy.AUTH), RemoteEvent.REFUSE),
        (1, fault(ContactWhy.AUTH), RemoteEvent.LOSE),
    ],
)
def test_used_before_means_delivered_only_where_an_earlier_try_was_in_doubt(doubts, said, event):
    till = LineTill()
    payment = till.sold()
    till.ordered(payment)
    out = till.begun(payment)
    for _ in range(doubts):
        till.ended(payment, LOST)
        till.begun(payment)
    ended = done(deliver_tokens(till.order(payment), out, talk=Meter(said)))
    assert ended.event is event
    assert out.token.reveal() not in ended.told
    assert till.ended(payment, ended).state is not RemoteState.ON_WAY


class Wallet:
    """A meter's wallet; ``loses`` says where the line breaks, "" nowhere."""

    def __init__(self, count=0, amount=None):
        self.count = count
        self.amount = amount
        self.credited = []
        self.loses = ""

    async def recharge(self, order):
        if self.loses == "before":
            raise fault(ContactWhy.LOST)
        if self.count == order.number:
            return RechargeDone(order.number, self.count, was_there=True)
        if self.count != order.number - 1:
            raise fault(ContactWhy.REFUSED)
        if self.loses == "sending":
            return RechargeDone(order.number, None, fault(ContactWhy.LOST))
        if self.loses == "refused":
            return RechargeDone(order.number, self.count, fault(ContactWhy.REFUSED))
        self.count, self.amount = order.number, order.amount
        self.credited.append((order.number, order.amount))
        seen = None if self.loses == "answer" else self.count
        return RechargeDone(order.number, seen, None if seen else fault(ContactWhy.LOST))

    async def last_amount(self):
        return self.amount


@given(st.lists(st.sampled_from(["before", "sending", "answer", ""]), max_size=6))
def test_however_often_the_line_breaks_a_wallet_gets_one_credit_and_the_last_contact_knows_it(breaks):
    till, wallet = LineTill(MeterCredit.WALLET_MONEY), Wallet()
    payment = till.sold()
    till.ordered(payment)
    for loses in [*breaks, ""]:
        if not till.order(payment).is_open:
            break
        till.begun(payment)
        wallet.loses = loses
        till.ended(payment, done(deliver_recharge(till.order(payment), recharger=wallet)))
    assert till.order(payment).state is RemoteState.DELIVERED
    assert wallet.credited == [(1, 10_000)]


@pytest.mark.parametrize(
    ("wallet", "said"),
    [
        (Wallet(count=1, amount=10_000), "a purchase 1 that is not ours"),
        (Wallet(count=4), "what went wrong"),
    ],
)
def test_a_count_that_somebody_else_has_moved_is_a_person_s_to_see(wallet, said):
    till = LineTill(MeterCredit.WALLET_MONEY)
    payment = till.sold()
    till.ordered(payment)
    till.begun(payment)
    ended = till.ended(payment, done(deliver_recharge(till.order(payment), recharger=wallet)))
    assert ended.state is RemoteState.REFUSED
    assert said in ended.told
    noted = till.decisions[-1].exception
    assert (noted.kind, noted.sale_id) == ("remote_refused", till.books.sales[payment].id)


def test_the_number_with_another_amount_is_not_our_purchase():
    till, wallet = LineTill(MeterCredit.WALLET_MONEY), Wallet(count=1, amount=5_000)
    payment = till.sold()
    till.ordered(payment)
    till.begun(payment)
    till.ended(payment, LOST)
    till.begun(payment)
    ended = done(deliver_recharge(till.order(payment), recharger=wallet))
    assert (ended.event, "another amount" in ended.told) == (RemoteEvent.REFUSE, True)


def test_what_the_meter_refuses_by_its_word_is_not_sent_again():
    till, wallet = LineTill(MeterCredit.WALLET_MONEY), Wallet()
    wallet.loses = "refused"
    payment = till.sold()
    till.ordered(payment)
    till.begun(payment)
    ended = done(deliver_recharge(till.order(payment), recharger=wallet))
    assert (ended.event, ended.why) == (RemoteEvent.REFUSE, ContactWhy.REFUSED)
    assert till.ended(payment, ended).is_open is False


def test_an_order_that_is_refused_is_answered_with_the_sale_as_it_went_out():
    till = LineTill()
    payment = till.sold()
    till.ordered(payment)
    out = till.begun(payment)
    assert isinstance(out, Approved)
    till.ended(payment, RemoteEnded(RemoteEvent.REFUSE, "no"))
    assert till.begun(payment) == Declined(Refusal.ORIGINAL_UNKNOWN), "it is not sent again by itself"


def test_the_table_of_an_order_s_life_has_no_way_around_a_doubt():
    from gateway.core.remote_order import IN_DOUBT as DOUBTFUL  # noqa: PLC0415
    from gateway.core.remote_order import TRANSITIONS  # noqa: PLC0415

    ends = {RemoteState.EXPIRED, RemoteState.CANCELLED}
    for before, event in itertools.product(DOUBTFUL, RemoteEvent):
        assert TRANSITIONS.get((before, event)) not in ends


REFUSED = RemoteEnded(RemoteEvent.REFUSE, "no")


def refused(till, reference="r1"):
    """Sell and send a credit that the meter refuses; give its payment."""
    payment = till.sold(reference)
    till.ordered(payment)
    till.begun(payment)
    till.ended(payment, REFUSED)
    return payment


def test_a_credit_is_not_sent_again_while_another_one_is_on_its_way_to_the_meter():
    till = LineTill()
    first, second = refused(till), till.sold("r2")
    till.ordered(second)
    assert till.mended(first, RemoteEvent.AGAIN) == NotDone(OfficeRefusal.REMOTE_ORDER_OPEN)
    till.begun(second)
    till.ended(second, DELIVERED)
    till.mended(first, RemoteEvent.AGAIN, "n2")
    assert till.order(first).state is RemoteState.WAITING


@pytest.mark.parametrize("credit", WALLETS)
@pytest.mark.parametrize("event", [RemoteEvent.AGAIN, RemoteEvent.BY_HAND])
def test_no_purchase_leaves_the_house_behind_one_that_the_wallet_has_refused(credit, event):
    till = LineTill(credit)
    first, second = refused(till), till.sold("r2")
    assert till.ordered(second) == NotDone(OfficeRefusal.REMOTE_ORDER_OPEN)
    assert till.books.sales[second].state is SaleState.WAITING
    till.mended(first, event)
    if event is RemoteEvent.AGAIN:
        till.begun(first)
        till.ended(first, DELIVERED)
    assert till.ordered(second).number == 2


def test_a_token_does_not_wait_for_one_that_was_refused():
    till = LineTill()
    refused(till)
    assert till.ordered(till.sold("r2")).state is RemoteState.WAITING


@pytest.mark.parametrize("now", [MeterCredit.TOKEN, MeterCredit.NONE, MeterCredit.WALLET_ENERGY])
def test_a_recharge_whose_meter_takes_credit_otherwise_by_now_is_ordered_anew(now):
    till = LineTill(MeterCredit.WALLET_MONEY)
    payment = till.sold()
    assert till.ordered(payment).amount == 10_000
    till.credit = now
    assert till.begun(payment) == Declined(Refusal.ORIGINAL_UNKNOWN)
    assert (till.order(payment), till.books.sales[payment].state) == (None, SaleState.WAITING)
    again = till.ordered(payment)
    if now is MeterCredit.NONE:
        assert again == NotDone(OfficeRefusal.NO_CREDIT_OVER_LINE)
    else:
        assert again.amount == (204_700 if now is MeterCredit.WALLET_ENERGY else 0)
        assert isinstance(till.begun(payment), Approved)


def test_a_recharge_that_has_gone_out_is_not_sent_in_another_unit_and_a_person_is_told():
    till = LineTill(MeterCredit.WALLET_MONEY)
    payment = till.sold()
    till.ordered(payment)
    out = till.begun(payment)
    till.ended(payment, LOST)
    till.credit = MeterCredit.WALLET_ENERGY
    assert till.begun(payment) == Declined(Refusal.ORIGINAL_UNKNOWN)
    assert till.order(payment).state is RemoteState.UNKNOWN
    assert till.decisions[-1].exception.kind == "remote_refused"
    till.credit = MeterCredit.WALLET_MONEY
    assert till.begun(payment) == out


def with_free(till, payment, out):
    """Give what went out with a free token beside it."""
    free = FreeToken(1_000, TokenDigits("1" * 20))
    return till.order(payment), replace(out, free=free)


@pytest.mark.parametrize(
    ("second", "left"),
    [
        (fault(ContactWhy.TIMEOUT), RemoteState.WAITING),
        (IN_DOUBT, RemoteState.UNKNOWN),
        (EXECUTION, RemoteState.REFUSED),
    ],
)
def test_a_free_token_that_did_not_get_there_with_the_paid_one_gets_there_by_the_next_contact(second, left):
    till = LineTill()
    payment = till.sold()
    till.ordered(payment)
    order, out = with_free(till, payment, till.begun(payment))
    ended = done(deliver_tokens(order, out, talk=Meter(EXECUTED, second)))
    assert till.ended(payment, ended).state is left
    if left is RemoteState.REFUSED:
        till.mended(payment, RemoteEvent.AGAIN)
    till.begun(payment)
    meter = Meter(VALIDATION, EXECUTED)
    ended = done(deliver_tokens(till.order(payment), out, talk=meter))
    assert (ended.event, len(meter.entered)) == (RemoteEvent.DELIVER, 2), ended.told


@pytest.mark.parametrize("change", [{"version": 2, "place": "5550162"}, {"is_on": False}])
def test_nothing_is_sent_by_a_way_that_was_changed_meanwhile(change):
    till = LineTill()
    payment = till.sold()
    till.ordered(payment)
    ways = till.books.files.lines.ways
    ways[WAY.pan] = replace(WAY, **change)
    assert till.begun(payment) == Declined(Refusal.ORIGINAL_UNKNOWN)
    assert (till.order(payment).state, till.order(payment).begun_us) == (RemoteState.WAITING, None)
    ways[WAY.pan] = WAY
    till.begun(payment)
    till.ended(payment, LOST)
    ways[WAY.pan] = replace(WAY, **change)
    assert till.begun(payment) == Declined(Refusal.ORIGINAL_UNKNOWN)
    assert till.order(payment).state is RemoteState.UNKNOWN


@pytest.mark.parametrize("ended", [NOT_SENT, LOST, REFUSED])
def test_what_a_contact_says_that_another_one_has_followed_is_heard_only_where_it_delivered(ended):
    till = LineTill()
    payment = till.sold()
    till.ordered(payment)
    till.begun(payment)
    order = till.order(payment).id
    till.begun(payment)
    till.post(EndRemote(order, ended, payment, tries=1))
    assert till.order(payment).state is RemoteState.ON_WAY, "the second one is still at it"
    till.post(EndRemote(order, DELIVERED, payment, tries=1))
    assert till.order(payment).state is RemoteState.DELIVERED


def test_a_credit_that_is_out_and_is_not_seen_is_told_to_a_person_once():
    till = LineTill()
    payment = till.sold()
    order = till.ordered(payment)
    assert till.post(NoteUnarrived(order.id, payment)) == Changed(str(order.id), order.version), "it waits"
    till.begun(payment)
    till.ended(payment, LOST)
    for times in (1, 2):
        assert isinstance(till.post(NoteUnarrived(order.id, payment)), Noted)
        noted = [one.exception for one in till.decisions if one.exception is not None]
        assert [(one.kind, one.text) for one in noted] == [("remote_unarrived", "the line broke")], times


def mended(till, order, event=RemoteEvent.AGAIN, count=None, nonce="n1"):
    return till.post(MendRemote("local:li", nonce, order.id, event, "the display was read", count))


def counted_otherwise(wallet):
    """A purchase that a meter refuses, which counts otherwise than we."""
    till = LineTill(MeterCredit.WALLET_MONEY)
    payment = till.sold()
    till.ordered(payment)
    till.begun(payment)
    till.ended(payment, done(deliver_recharge(till.order(payment), recharger=wallet)))
    assert till.order(payment).state is RemoteState.REFUSED
    return till, payment


def test_a_meter_that_had_purchases_before_it_came_to_us_goes_on_behind_its_own_count():
    wallet = Wallet(count=7)
    till, payment = counted_otherwise(wallet)
    assert isinstance(mended(till, till.order(payment), count=7), Changed)
    assert till.order(payment).number == 8
    till.begun(payment)
    ended = till.ended(payment, done(deliver_recharge(till.order(payment), recharger=wallet)))
    assert (ended.state, wallet.credited) == (RemoteState.DELIVERED, [(8, 10_000)])
    assert till.ordered(till.sold("r2")).number == 9


@pytest.mark.parametrize(
    ("event", "count", "refusal"),
    [
        (RemoteEvent.BY_HAND, 7, OfficeRefusal.NO_CREDIT_OVER_LINE),
        (RemoteEvent.AGAIN, 2**32, OfficeRefusal.BAD_COUNT),
    ],
)
def test_a_count_that_cannot_be_is_refused(event, count, refusal):
    till, payment = counted_otherwise(Wallet(count=7))
    assert mended(till, till.order(payment), event, count) == NotDone(refusal)


def test_what_was_in_doubt_keeps_its_number():
    wallet = Wallet(count=7)
    till, payment = counted_otherwise(wallet)
    mended(till, till.order(payment))
    till.begun(payment)
    till.ended(payment, LOST)
    till.begun(payment)
    till.ended(payment, RemoteEnded(RemoteEvent.REFUSE, "no"))
    assert mended(till, till.order(payment), count=7, nonce="n2") == NotDone(OfficeRefusal.MAY_BE_IN_METER)


def test_a_count_below_what_went_out_before_is_refused():
    wallet = Wallet()
    till = LineTill(MeterCredit.WALLET_MONEY)
    first = till.sold("r1")
    till.ordered(first)
    till.begun(first)
    till.ended(first, done(deliver_recharge(till.order(first), recharger=wallet)))
    wallet.count = 5
    second = till.sold("r2")
    till.ordered(second)
    till.begun(second)
    till.ended(second, done(deliver_recharge(till.order(second), recharger=wallet)))
    assert mended(till, till.order(second), count=0) == NotDone(OfficeRefusal.BAD_COUNT)
    assert isinstance(mended(till, till.order(second), count=5, nonce="n2"), Changed)
    assert till.order(second).number == 6
