"""Why a customer has no token yet, and what happens next: from what the books hold of a payment, in words.

    refused, reversed before it came           no sale: nothing was booked
    waiting    no key · module · not fetched   the money is held, the credit is still to come
               card · line · at a counter
    on a card  begun · in doubt · brought to a new card · on the card
    issued     told · not told · given up      the token is out
               lost · made once more           it was found to be lost, or another one stands in its place
    reversed                                   the money went back
    claimed                                    the token is out, and the bank wants the money back
    conceded                                   the token is out, and the utility bears what the bank took back

Each reason has one next step; that of a refused payment depends on why it was refused, for paying anew must
not fail for the same reason again. A reason says what stands in the way, the step who does what about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.card_order import CardOrderState
from gateway.core.counter import station_of
from gateway.core.meter import Carrier
from gateway.core.remote_order import RemoteState
from gateway.core.sale import SaleState
from gateway.core.token_reasons import AFTER_REFUSAL, NEXT, NextStep, Reason
from gateway.core.views_resets import standing, waiting

if TYPE_CHECKING:
    from gateway.core.card_order import CardOrder
    from gateway.core.outcome import Declined
    from gateway.core.remote_order import RemoteOrder
    from gateway.core.trouble import Trouble
    from gateway.core.views_booked import BookedEntry, NoticeRow
    from gateway.core.views_resets import ResetCase
    from gateway.core.views_sales import SoldSale

#: The kinds of trouble that stand in a waiting token's way: see the verbs that note them.
NO_TOKEN: Final = "no_token"  # noqa: S105 - a kind of trouble, not a secret
OVERDUE: Final = "credit_overdue"


#: Where a credit is whose purchase for a card was begun; before that it waits, as if there were none.
_ON_ITS_WAY: Final = {
    CardOrderState.WRITING: Reason.CARD_BEGUN,
    CardOrderState.IN_DOUBT: Reason.CARD_IN_DOUBT,
    CardOrderState.REISSUED: Reason.CARD_REISSUED,
    CardOrderState.WRITTEN: Reason.ON_THE_CARD,
    CardOrderState.CONFIRMED: Reason.ON_THE_CARD,
}


#: Where an order over a line is whose credit has gone out.
_OVER_LINE: Final = {
    RemoteState.WAITING: Reason.LINE_AGAIN,
    RemoteState.ON_WAY: Reason.ON_ITS_WAY,
    RemoteState.UNKNOWN: Reason.LINE_UNKNOWN,
    RemoteState.DELIVERED: Reason.DELIVERED,
    RemoteState.REFUSED: Reason.LINE_REFUSED,
    RemoteState.BY_HAND: Reason.BY_HAND,
    # Neither follows once a credit has gone out; said as it is, should it stand there all the same.
    RemoteState.EXPIRED: Reason.LINE_AGAIN,
    RemoteState.CANCELLED: Reason.LINE_AGAIN,
}


@dataclass(frozen=True, slots=True)
class TokenCase:
    """A payment that may be meant, and where it stands.

    Without a ``sale`` it was refused, with ``refused`` as the answer, or reversed before it came (None).
    ``is_reserved``: a security module makes its token. ``notices`` are those not delivered yet. ``troubles``
    are its own, and those of the vending key that its meter holds. ``resets`` are what was found of it later.
    ``card`` is its newest purchase on its way to a card, ``line`` its order over a line.
    """

    key: str
    at_us: int
    sale: SoldSale | None = None
    carrier: Carrier | None = None
    is_reserved: bool = False
    entries: tuple[BookedEntry, ...] = ()
    notices: tuple[NoticeRow, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    refused: Declined | None = None
    resets: tuple[ResetCase, ...] = ()
    card: CardOrder | None = None
    line: RemoteOrder | None = None

    def has_open(self, kind: str) -> bool:
        """Is a trouble of this kind still open?"""
        return any(one.kind == kind and one.is_open for one in self.troubles)


@dataclass(frozen=True, slots=True)
class Story:
    """What stands in the way, and what happens next."""

    reason: Reason
    next_step: NextStep


def story_of(case: TokenCase) -> Story:
    """Tell the story of a case."""
    if case.refused is not None:
        return Story(Reason.REFUSED, AFTER_REFUSAL[case.refused.reason])
    reason = Reason.REVERSED_BEFORE if case.sale is None else _of_sale(case, case.sale)
    return Story(reason, NEXT[reason])


def _of_sale(case: TokenCase, sale: SoldSale) -> Reason:
    match sale.state:
        case SaleState.WAITING:
            return _waiting(case, sale)
        case SaleState.ISSUED if case.line is not None:
            return _OVER_LINE[case.line.state]
        case SaleState.ISSUED:
            return _issued(case, sale) if sale.is_token_out else _delivered(case)
        case SaleState.REVERSED:
            return Reason.TAKEN_BACK if station_of(sale.bank) else Reason.REVERSED
        case SaleState.CLAIMED:
            return Reason.CLAIMED
        case SaleState.CONCEDED:
            return Reason.CONCEDED
        case SaleState.BEGIN:
            raise ValueError("no sale is kept before it has begun")


def _waiting(case: TokenCase, sale: SoldSale) -> Reason:
    """The gravest first: who waits for the bank waits in vain where no token can be made."""
    if case.carrier is Carrier.CARD:
        return Reason.ON_CARD
    if case.carrier is Carrier.REMOTE:
        return Reason.ON_LINE
    if case.has_open(NO_TOKEN):
        return Reason.NO_KEY
    if station_of(sale.bank):
        return Reason.AT_COUNTER
    if case.has_open(OVERDUE):
        return Reason.OVERDUE
    return Reason.AT_MODULE if case.is_reserved else Reason.NOT_FETCHED


def _delivered(case: TokenCase) -> Reason:
    on_card = None if case.card is None else _ON_ITS_WAY.get(case.card.state)
    return on_card or Reason.DELIVERED


def _issued(case: TokenCase, sale: SoldSale) -> Reason:
    if waiting(case.resets) is not None:
        return Reason.LOST
    if standing(case.resets) is not None:
        return Reason.OUT_AGAIN
    if any(notice.is_given_up for notice in case.notices):
        return Reason.OUT_GIVEN_UP
    if case.notices:
        return Reason.OUT_NOT_TOLD
    return Reason.GIVEN_OUT if station_of(sale.bank) else Reason.OUT
