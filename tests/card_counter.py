"""A card station on kept books: cards, meters and the centre's commands in one process, no wire between."""

from __future__ import annotations

from gateway.codecs.card.dialogue import read_card, write_card
from gateway.codecs.card.loading import numbers_on
from gateway.codecs.card.profile import Told, profile_named
from gateway.codecs.card.steps import AboutToWrite, Lost, Noted, Read, Refused, Shown, Unknown, Written
from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, Needs
from gateway.core.card import CardState
from gateway.core.card_books import CardChange, CardNeeds
from gateway.core.card_order import CardOrderState
from gateway.core.card_stock import StockCard
from gateway.core.counter import ON_CARDS
from gateway.core.file_books import FileChange, FileNeeds
from gateway.core.meter import Carrier
from gateway.core.office_answer import CardOrdered, Changed
from gateway.prepayment.card_fit import loading_of
from gateway.prepayment.reissue_card import Gone, ReissueCard
from gateway.prepayment.reserve_card import ReserveCard, SellOnCard
from gateway.prepayment.sell_at_counter import SellAtCounter
from gateway.prepayment.step_card import BeginCard, ConfirmCard, DoubtCard, GiveUpCard
from gateway.prepayment.take_off_card import ClearedCard, TakeOffCard
from gateway.simulators.card.desk import answered, carried_out
from tests import builders, cards
from tests.counter import Counter, KeptCounter

#: Where an order stands while it may be written.
WRITABLE = {CardOrderState.WRITING, CardOrderState.REISSUED}

#: The kind of card that most tests are with.
KIND = "powertill-cpu"

#: The meter that takes cards, and whose it is.
METER_SERIAL, ACCOUNT_NO = 3, "2000000030"


def card_town(path):
    """Books with two token meters, and one that takes cards."""
    files = [builders.meter_file(serial) for serial in (1, 2)]
    files.append(builders.meter_file(METER_SERIAL, account_no=ACCOUNT_NO, carrier=Carrier.CARD))
    return builders.database(path, meters=files)


class CardsTaken:
    """Enters cards into the stock, as a delivery will."""

    digest, channel = "", "office:li"

    def __init__(self, *taken):
        self.key, self.taken = f"take/{taken[0].serial}", taken

    def needs(self):
        return Needs(files=FileNeeds(cards=CardNeeds(serials=tuple(one.serial for one in self.taken))))

    def decide(self, books, now):
        told = tuple(amended(AmendmentKind.TAKEN_IN, None, one, "li") for one in self.taken)
        change = FileChange(cards=CardChange(cards=self.taken), amendments=told)
        return Decision(Changed("cards"), remembered=True, files=change)


class CardWork(Counter):
    """What is done at a counter with a card reader."""

    def at_reader(self, profile):
        self.profile = profile_named(profile)
        self.keys = cards.keys()
        self.pan = builders.identity(METER_SERIAL).pan

    def blank(self, serial=cards.SERIAL):
        return cards.blank(self.profile.name, serial)

    def meter(self):
        numbers = numbers_on(self.profile.name, self.pan, ACCOUNT_NO)
        assert numbers is not None
        return cards.meter(self.profile.name, numbers[0])

    def stock(self, *serials):
        taken = (StockCard(serial, self.profile.name, CardState.PERSONALISED) for serial in serials)
        return self.post(CardsTaken(*taken))

    def read(self, card):
        """What a card shows; None where it cannot be read."""
        outcome = carried_out(read_card(self.profile, card.reset()), card, self.keys)
        return cards.as_shown(outcome.picture) if isinstance(outcome, Read) else None

    def selling_on_card(self, shown, nonce="form-1", minor=10_000):
        selling = self.selling(nonce, minor, self.pan)
        selling = SellAtCounter(selling.by, selling.station, selling.payment, selling.shown, ON_CARDS)
        return SellOnCard(selling, self.reserving(shown, selling.key, nonce))

    def reserving(self, shown, payment, nonce="form-1"):
        return ReserveCard(self.login, f"r/{nonce}", self.station, payment, self.pan, shown, cards.OUR_SYSTEM)

    def sell_on_card(self, card, nonce="form-1", minor=10_000):
        return self.post(self.selling_on_card(self.read(card), nonce, minor))

    def reserve(self, card, payment, nonce="form-1"):
        return self.post(self.reserving(self.read(card), payment, nonce))

    def _of(self, order):
        return {"order": order.id, "payment": order.payment, "by": order.by, "station": self.station}

    def begin(self, order, shown):
        return self.post(BeginCard(**self._of(order), shown=shown, system=cards.OUR_SYSTEM))

    def confirm(self, order, shown):
        return self.post(ConfirmCard(**self._of(order), shown=shown, system=cards.OUR_SYSTEM))

    def doubt(self, order, told="card_gone"):
        return self.post(DoubtCard(**self._of(order), told=told))

    def give_up(self, order, told="nothing was written"):
        return self.post(GiveUpCard(**self._of(order), told=told))

    def reissuing(self, shown, before=cards.SERIAL, gone=Gone.LOST, nonce="again-1", **more):
        said = {"reason": "he has lost it", **more}
        return ReissueCard(
            self.login, nonce, self.station, self.pan, before, gone, shown, cards.OUR_SYSTEM, **said
        )

    def reissue(self, card, *which, **more):
        return self.post(self.reissuing(self.read(card), *which, **more))

    def taking_off(self, order, shown, reason="for another amount", nonce="off-1"):
        return TakeOffCard(
            self.login, nonce, self.station, order.id, order.payment, shown, cards.OUR_SYSTEM, reason
        )

    def take_off(self, order, card, nonce="off-1", reason="for another amount"):
        return self.post(self.taking_off(order, self.read(card), reason, nonce))

    def cleared(self, order, shown):
        return self.post(ClearedCard(**self._of(order), shown=shown, system=cards.OUR_SYSTEM))

    def clear(self, order, card):
        """Overwrite the card of an order that is taken off; gives the last content."""
        outcome = carried_out(write_card(self.profile, card.reset(), loading_of(order)), card, self.keys)
        return self.cleared(order, self.read(card)) if isinstance(outcome, Written) else outcome

    def write(self, order, card):
        """Write an order on its card and tell the centre of it, as a station does; gives the last content."""
        loading, seen = loading_of(order), []

        def told(step):
            if isinstance(step, Shown):
                seen.append(cards.as_shown(step.picture))
            if isinstance(step, AboutToWrite):
                content = self.begin(order, seen[-1])
                is_begun = isinstance(content, CardOrdered) and content.order.state in WRITABLE
                return Noted() if is_begun else Lost(Told.STOPPED)
            return answered(step, card, self.keys) if isinstance(step, Shown) else None

        outcome = carried_out(write_card(self.profile, card.reset(), loading), card, self.keys, told)
        match outcome:
            case Written():
                return self.confirm(order, cards.as_shown(outcome.picture))
            case Unknown():
                return self.doubt(order, outcome.told.value)
            case Refused():
                return self.give_up(order, outcome.told.value)


class CardCounter(CardWork):
    """A counter with a card reader, on books alone."""

    def __init__(self, profile="powertill-cpu", station="n1", login="ann", on=None):
        card_meter = builders.meter(METER_SERIAL, account_no=ACCOUNT_NO, carrier=Carrier.CARD)
        super().__init__(on or builders.books(builders.meter(), card_meter), station=station, login=login)
        self.at_reader(profile)


class KeptCardCounter(CardWork, KeptCounter):
    """The same on books that are kept."""

    def __init__(self, batch, profile="powertill-cpu", station="n1", login="ann"):
        super().__init__(batch, station, login)
        self.at_reader(profile)


class AtReader(KeptCardCounter):
    """The same for another customer than ``card_town``'s: his account and his meter."""

    def __init__(self, batch, station, login, account_no, pan):
        super().__init__(batch, KIND, station, login)
        self.account_no, self.pan = account_no, pan

    def meter(self):
        numbers = numbers_on(KIND, self.pan, self.account_no)
        assert numbers is not None
        return cards.meter(KIND, numbers[0])

    def buy(self, card, nonce):
        sold = self.sell_on_card(card, nonce)
        assert isinstance(sold, CardOrdered), sold
        return sold.order
