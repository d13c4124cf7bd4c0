"""Links of two banks that pay, repeat and reverse over many lives of the gateway, and remember it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.builders import drn
from tests.daemon import HungUp, again, decided, token_of

if TYPE_CHECKING:
    from tests.daemon import Gateway, Place

METERS = 2_000
AMOUNT = 1_000


@dataclass
class Purchase:
    """What one link asked about one payment, in its order, and what it was told. The last one may be open."""

    asked: list = field(default_factory=list)
    told: list = field(default_factory=list)
    sent_count: int = 0

    @property
    def is_settled(self) -> bool:
        return len(self.told) == len(self.asked)

    @property
    def state(self) -> str:
        """Where its sale stands once everything is answered."""
        first, *then = self.asked
        if not then:
            return "waiting" if token_of(self.told[0]) is None else "issued"
        if then[0].mti == first.mti:
            return "issued"
        return "reversed" if token_of(self.told[0]) is None else "claimed"


class Link:
    """One link of a bank over many lives of the gateway: what is unanswered is asked again first."""

    def __init__(self, number: int):
        self.number = number
        self.bank = "east" if number % 2 else "west"
        self.purchases: list[Purchase] = []
        self._dice = random.Random(f"link {number}")
        self._traces = 1 + number * 200_000

    def call(self, gateway: Gateway, answered) -> None:
        """Talk until the gateway is gone."""
        try:
            with gateway.caller(self.bank, self._traces) as caller:
                try:
                    self._talk(caller, answered)
                finally:
                    self._traces = int(caller.messages.echo().fields[11])
        except (HungUp, ConnectionError):
            return

    def _talk(self, caller, answered) -> None:
        for purchase in self.purchases[-1:]:
            self._settle(caller, purchase)
        while True:
            if self.purchases and self._dice.random() < 0.2:
                self._ask_again(caller, self._dice.choice(self.purchases))
            else:
                self._buy(caller)
            answered()

    def _buy(self, caller) -> None:
        meter = drn(1 + (len(self.purchases) * 4 + self.number) % METERS)
        purchase = Purchase([caller.messages.payment(meter, AMOUNT)])
        self.purchases.append(purchase)
        self._settle(caller, purchase)
        if self.bank == "west" or self._dice.random() < 0.2:
            takes_back = self.bank == "east" or self._dice.random() < 0.3
            then = caller.messages.reversal if takes_back else caller.messages.query
            purchase.asked.append(then(purchase.asked[0]))
            self._settle(caller, purchase)

    def _settle(self, caller, purchase: Purchase) -> None:
        """Ask what has not been answered: the first time as it is, and as a repeat if it was sent before."""
        while not purchase.is_settled:
            order = purchase.asked[len(purchase.told)]
            was_sent, purchase.sent_count = purchase.sent_count == len(purchase.asked), len(purchase.asked)
            purchase.told.append(caller.ask(again(caller.messages, order) if was_sent else order))

    def _ask_again(self, caller, purchase: Purchase) -> None:
        order, told = purchase.asked[-1], purchase.told[-1]
        answer = caller.ask(again(caller.messages, order))
        assert decided(answer) == decided(told), "another answer than before"

    def settle_everything(self, caller) -> None:
        """At the end: nothing is open, and every last answer is given again."""
        for purchase in self.purchases:
            self._settle(caller, purchase)
            self._ask_again(caller, purchase)


def assert_all_there(place: Place, links: list[Link], least: int) -> None:
    """Every payment that was answered has one sale, every token that was said is in the books once."""
    found = place.assert_sound()
    purchases = [purchase for link in links for purchase in link.purchases]
    assert len({sale.key for sale in found.sales}) == len(purchases) > least
    told = [answer for purchase in purchases for answer in purchase.told]
    assert {answer.fields[39] for answer in told} == {"00", "12"}
    tokens = {token for answer in told if (token := token_of(answer)) is not None}
    assert len(tokens) == len(found.tokens)
    expected = Counter(purchase.state for purchase in purchases)
    assert Counter(sale.state for sale in found.sales) == expected
    assert {"issued", "claimed", "reversed"} <= set(expected)
