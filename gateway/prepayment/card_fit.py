"""How a sale stands on a kind of card: amounts in its steps. Its numbers: ``codecs.card.loading``.

amount     cards that carry energy: all that the sale gives, rounded up to the kind's step (Wh)
           cards that carry money: what the sale pays for energy, with taxes; no debts, no fees
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.codecs.card.fault import ValueFault
from gateway.codecs.card.loading import loading_for
from gateway.codecs.card.profile import Credit, profile_named
from gateway.core.card_order import CardOrderState
from gateway.core.pricing import own_lines, read_explained

if TYPE_CHECKING:
    from gateway.codecs.card.picture import Loading
    from gateway.codecs.card.profile import Profile
    from gateway.core.card_order import CardOrder
    from gateway.core.pricing import Explained
    from gateway.core.sale import Sale


@dataclass(frozen=True, slots=True)
class CardCredit:
    """What a sale puts into a wallet, on a card or in a meter: ``amount`` in what it counts, and the energy.

    ``preset_wh`` of the energy is in the meter already.
    """

    amount: int
    sold_wh: int
    free_wh: int
    preset_wh: int

    @property
    def encoded_wh(self) -> int:
        """All the energy of the sale."""
        return self.sold_wh + self.free_wh + self.preset_wh


def credit_on(profile: str, sale: Sale) -> CardCredit:
    """Say what a sale puts on a card of this kind."""
    kind = profile_named(profile)
    is_money = kind.credit is Credit.MONEY
    return credit_in(None if is_money else kind.wallet.field("amount").content.step, sale)


def credit_in(step_wh: int | None, sale: Sale) -> CardCredit:
    """Say what a sale puts into a wallet that counts in steps of so many Wh, or (None) in money."""
    priced = read_explained(sale.quote)
    preset_wh = 0 if priced.preset is None else priced.preset.wh
    sold_wh, free_wh = sale.energy_wh - preset_wh, priced.free_wh
    if step_wh is None:
        return CardCredit(_money(priced), sold_wh, free_wh, preset_wh)
    amount = -(-(sold_wh + free_wh) // step_wh) * step_wh
    return CardCredit(amount, amount - free_wh, free_wh, preset_wh)


def _money(priced: Explained) -> int:
    own = own_lines(priced.lines)
    return sum(line.minor for line in priced.lines if line not in own and not line.account.startswith("FEE:"))


def loading_of(order: CardOrder) -> Loading | None:
    """Say what is to be written for an order; None where its numbers do not fit on its kind of card."""
    # What is cleared has the number before, which the meter has taken already.
    is_cleared = order.state is CardOrderState.CLEARING
    return loading_for(
        order.profile,
        order.serial,
        order.kind.value,
        pan=order.pan,
        account_no=order.account_no,
        amount=0 if is_cleared else order.amount,
        number=order.number - 1 if is_cleared else order.number,
    )


def fits_on(profile: Profile, loading: Loading) -> bool:
    """Can such a card hold this: is the amount not too much for it?"""
    try:
        loading.records(profile)
    except ValueFault:
        return False
    return True
