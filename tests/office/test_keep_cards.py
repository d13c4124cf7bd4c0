"""The stock of cards: deliveries whole or not at all, and what becomes of a card by a person's word."""

from dataclasses import replace

import pytest

from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.card import CardState
from gateway.core.card_order import CardOrderState
from gateway.core.card_stock import StockCard
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import CardOrdered, Changed
from gateway.core.person import REASON_MAX
from gateway.core.staff import Branch, Operator
from gateway.core.stock import DELIVERY_MAX
from gateway.office.keep_cards import CardDeed, MarkCard, MoveCard, TakeInCards
from tests import cards
from tests.card_counter import CardCounter

THIRD = "00" * 7 + "01"
WHY = "he says so"


def arriving(serial=cards.SERIAL, **changes):
    return replace(StockCard(serial, "powertill-cpu", CardState.PERSONALISED, lot="L1"), **changes)


@pytest.fixture
def counter():
    made = CardCounter()
    office = made.books.office
    office.branches = {code: Branch(code, code.title()) for code in ("north", "south")}
    office.operators |= {
        "li": Operator("li", "Li Na"),
        "no": Operator("no", "Nora", branch="north"),
        "so": Operator("so", "Sora", branch="south"),
    }
    office.branch_of[made.pan] = "north"
    return made


class Keeper:
    """Gives orders about cards, as somebody who looks at them first."""

    def __init__(self, counter):
        self.counter, self.count = counter, 0

    @property
    def stock(self):
        return self.counter.books.files.cards.cards

    def take_in(self, *taken, by="li"):
        self.count += 1
        return self.counter.post(TakeInCards(by, f"t{self.count}", taken))

    def mark(self, deed, serial=cards.SERIAL, by="li", reason=WHY, **more):
        self.count += 1
        seen = self.stock[serial]
        said = {"version": seen.version, "pan": seen.pan, "reason": reason, "deed": deed} | more
        return self.counter.post(MarkCard(by, f"m{self.count}", serial, **said))

    def move(self, branch, serial=cards.SERIAL, by="li"):
        self.count += 1
        seen = self.stock[serial]
        return self.counter.post(MoveCard(by, f"v{self.count}", serial, seen.version, seen.pan, WHY, branch))

    def state(self, serial=cards.SERIAL):
        return self.stock[serial].state


@pytest.fixture
def keeper(counter):
    return Keeper(counter)


@pytest.fixture
def issued(keeper):
    """A customer has the card, and what he bought is on it."""
    keeper.take_in(arriving(), arriving(cards.OTHER_SERIAL), arriving(THIRD))
    keeper.card = buy(keeper.counter, keeper.counter.blank())
    return keeper


def buy(counter, card, nonce="form-1"):
    sold = counter.sell_on_card(card, nonce)
    assert isinstance(sold, CardOrdered), sold
    assert counter.write(sold.order, card).order.state is CardOrderState.CONFIRMED
    return card


def is_refused(content, reason):
    return isinstance(content, NotDone) and content.reason is reason


def test_a_delivery_is_in_the_stock_with_an_amendment_for_each_card(keeper):
    order = TakeInCards("li", "n", (arriving(), arriving(cards.OTHER_SERIAL, branch="north")))
    decision = order.decide(keeper.counter.books, keeper.counter.now)
    assert [one.kind for one in decision.files.amendments] == 2 * [AmendmentKind.TAKEN_IN]
    assert {(one.subject, one.number) for one in decision.files.amendments} == {
        (Subject.CARD, cards.SERIAL), (Subject.CARD, cards.OTHER_SERIAL),
    }  # fmt: skip
    assert keeper.counter.post(order) == Changed("2 cards", 1)
    assert keeper.stock[cards.OTHER_SERIAL].branch == "north"
    assert "sha256" in decision.told


@pytest.mark.parametrize(
    ("taken", "why"),
    [
        ((), OfficeRefusal.NO_CARDS),
        ((arriving(),) * (DELIVERY_MAX + 1), OfficeRefusal.NO_CARDS),
        ((arriving(), arriving()), OfficeRefusal.CARD_KNOWN),
        ((arriving(), arriving(THIRD)), OfficeRefusal.CARD_KNOWN),
        ((arriving("A1"),), OfficeRefusal.UNKNOWN_CARD_KIND),
        ((arriving(cards.SERIAL.lower()),), OfficeRefusal.UNKNOWN_CARD_KIND),
        ((arriving(profile="gold"),), OfficeRefusal.UNKNOWN_CARD_KIND),
        ((arriving(state=CardState.ISSUED),), OfficeRefusal.UNKNOWN_CARD_KIND),
        ((arriving(), arriving(cards.OTHER_SERIAL, branch="west")), OfficeRefusal.UNKNOWN_BRANCH),
    ],
)
def test_of_a_delivery_that_is_refused_nothing_is_kept(keeper, taken, why):
    keeper.take_in(arriving(THIRD))
    assert is_refused(keeper.take_in(*taken), why)
    assert set(keeper.stock) == {THIRD}


def test_whoever_belongs_to_a_branch_takes_in_for_that_branch_alone(keeper):
    assert is_refused(keeper.take_in(arriving(), by="no"), OfficeRefusal.OTHER_BRANCH)
    assert isinstance(keeper.take_in(arriving(branch="north"), by="no"), Changed)


def test_the_same_form_is_one_delivery(keeper):
    order = TakeInCards("li", "n", (arriving(),))
    assert keeper.counter.post(order) == keeper.counter.post(order)
    other = TakeInCards("li", "n", (arriving(THIRD),))
    assert is_refused(keeper.counter.post(other), OfficeRefusal.REFERENCE_USED)


def test_a_card_that_lies_somewhere_is_moved_and_scrapped(keeper):
    keeper.take_in(arriving())
    assert keeper.move("north", by="no").reason is OfficeRefusal.UNKNOWN_CARD, "it is not hers"
    assert keeper.move("north") == Changed(cards.SERIAL, 2)
    assert is_refused(keeper.move("west"), OfficeRefusal.UNKNOWN_BRANCH)
    assert isinstance(keeper.move("", by="no"), Changed), "who has it may give it away"
    keeper.mark(CardDeed.SCRAP)
    assert (keeper.state(), keeper.stock[cards.SERIAL].note) == (CardState.SCRAPPED, WHY)
    assert is_refused(keeper.move("north"), OfficeRefusal.WRONG_CARD_STATE)


def test_what_was_looked_at_before_is_not_changed_now(keeper):
    keeper.take_in(arriving())
    keeper.move("north")
    assert is_refused(keeper.mark(CardDeed.SCRAP, version=1), OfficeRefusal.TWICE_AT_ONCE)
    assert is_refused(keeper.mark(CardDeed.SCRAP, pan="1"), OfficeRefusal.TWICE_AT_ONCE)
    gone = MarkCard("li", "x", THIRD, 1, "", WHY, CardDeed.SCRAP)
    assert is_refused(keeper.counter.post(gone), OfficeRefusal.UNKNOWN_CARD)


@pytest.mark.parametrize("reason", ["", "  ", "x" * (REASON_MAX + 1)])
def test_a_reason_is_needed(keeper, reason):
    keeper.take_in(arriving())
    assert is_refused(keeper.mark(CardDeed.SCRAP, reason=reason), OfficeRefusal.NO_REASON)


def test_a_lost_card_is_blocked_found_given_back_and_cleared(issued):
    issued.mark(CardDeed.LOSE)
    assert issued.state() is CardState.BLOCKED
    assert issued.stock[cards.SERIAL].pan == issued.counter.pan
    assert isinstance(issued.mark(CardDeed.GIVE_BACK, branch="south"), Changed)
    lies = issued.stock[cards.SERIAL]
    assert (lies.state, lies.branch, lies.pan) == (CardState.RETURNED, "south", issued.counter.pan)
    assert is_refused(issued.mark(CardDeed.CLEAR, by="no"), OfficeRefusal.UNKNOWN_CARD)
    assert isinstance(issued.mark(CardDeed.CLEAR, by="so"), Changed)
    free = issued.stock[cards.SERIAL]
    assert (free.state, free.pan, free.account_no) == (CardState.CLEARED, "", "")


def test_a_damaged_card_lies_where_whoever_scraps_it_is(issued):
    issued.mark(CardDeed.DAMAGE, by="no")
    assert is_refused(issued.mark(CardDeed.GIVE_BACK), OfficeRefusal.WRONG_CARD_STATE)
    issued.mark(CardDeed.SCRAP, by="no")
    assert (issued.state(), issued.stock[cards.SERIAL].branch) == (CardState.SCRAPPED, "north")


def test_a_customer_s_card_is_of_his_branch(issued):
    assert is_refused(issued.mark(CardDeed.LOSE, by="so"), OfficeRefusal.UNKNOWN_CARD)
    assert isinstance(issued.mark(CardDeed.LOSE, by="no"), Changed)
    assert is_refused(issued.mark(CardDeed.GIVE_BACK, by="no", branch="south"), OfficeRefusal.OTHER_BRANCH)
    assert is_refused(issued.mark(CardDeed.GIVE_BACK, branch="west"), OfficeRefusal.UNKNOWN_BRANCH)
    assert isinstance(issued.mark(CardDeed.GIVE_BACK, by="no", branch="north"), Changed)


@pytest.mark.parametrize("deed", [CardDeed.CLEAR, CardDeed.GIVE_BACK, CardDeed.LOSE, CardDeed.DAMAGE])
def test_a_step_that_its_life_does_not_have_is_refused(keeper, deed):
    keeper.take_in(arriving())
    assert is_refused(keeper.mark(deed), OfficeRefusal.WRONG_CARD_STATE)


@pytest.mark.parametrize("deed", list(CardDeed))
def test_a_card_with_a_purchase_on_its_way_is_left_to_whoever_reads_it(issued, deed):
    counter, card = issued.counter, issued.card
    counter.meter().insert(card)
    sold = counter.sell_on_card(card, "form-2")
    for step in (lambda: None, lambda: counter.begin(sold.order, counter.read(card)),
                 lambda: counter.doubt(sold.order)):  # fmt: skip
        step()
        assert is_refused(issued.mark(deed), OfficeRefusal.CARD_ORDER_OPEN)
    assert issued.state() is CardState.ISSUED


@pytest.mark.parametrize("deeds", [(CardDeed.LOSE,), (CardDeed.DAMAGE,), (CardDeed.GIVE_BACK,),
                                   (CardDeed.LOSE, CardDeed.GIVE_BACK, CardDeed.CLEAR)])  # fmt: skip
@pytest.mark.parametrize("is_loaded", [True, False])
def test_what_a_card_carried_that_is_out_of_his_hands_goes_on_with_the_next(issued, deeds, is_loaded):
    counter, meter = issued.counter, issued.counter.meter()
    bought = counter.books.files.cards.last_confirmed(counter.pan).amount
    if is_loaded:
        assert meter.insert(issued.card).added == bought
    for deed in deeds:
        assert isinstance(issued.mark(deed), Changed)
    new = counter.blank(cards.OTHER_SERIAL)
    assert is_refused(counter.sell_on_card(new, "form-2"), OfficeRefusal.HAS_A_CARD)
    assert is_refused(counter.reissue(new, THIRD), OfficeRefusal.OTHER_CARD)
    before = issued.stock[cards.SERIAL]
    content = counter.reissue(new, nonce="again")
    assert content.order.number == 1
    assert issued.stock[cards.SERIAL] == before, "it stays as it is"
    counter.write(content.order, new)
    assert meter.insert(new).added == (0 if is_loaded else bought)
    buy(counter, new, "form-3")
    following = counter.books.files.cards.last_confirmed(counter.pan)
    assert (following.number, meter.insert(new).added) == (2, following.amount)
    assert meter.memory.remaining == bought + following.amount
