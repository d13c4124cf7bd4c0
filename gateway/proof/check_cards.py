"""Check the purchases on their way to cards against the sales that they carry.

numbers   of each meter 1, 2, 3 … without a gap, each given once; one purchase on its way at the most
sales     what was begun has gone out; what is only reserved has not; a sale is on one card
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from gateway.core.card_order import CardOrderState
from gateway.core.sale import SaleState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.core.card_order import CardOrder
    from gateway.core.journal import SaleRow

_OUT = frozenset({SaleState.ISSUED.value, SaleState.CLAIMED.value, SaleState.CONCEDED.value})
_NOT_BEGUN = frozenset({CardOrderState.RESERVED, CardOrderState.VOID})


def begun(orders: Sequence[CardOrder]) -> set[str]:
    """Give the payments whose credit went out on a card."""
    return {one.payment for one in orders if one.state not in _NOT_BEGUN}


def check_cards(orders: Sequence[CardOrder], sales: Sequence[SaleRow]) -> Iterator[str]:
    """Give what is wrong, in sentences."""
    standing = [one for one in orders if one.state is not CardOrderState.VOID]
    yield from _numbers(standing)
    states = {sale.key: sale.state for sale in sales}
    carried = Counter(one.payment for one in standing)
    yield from (f"the sale {key} is on its way to {n} cards" for key, n in carried.items() if n > 1)
    for one in standing:
        state = states.get(one.payment)
        if state is None:
            yield f"purchase {one.id} on its way to a card is of no sale"
        elif (one.state in _NOT_BEGUN) == (state in _OUT):
            yield f"purchase {one.id} on its way to a card is {one.state.value}, and its sale is {state}"


def _numbers(standing: Sequence[CardOrder]) -> Iterator[str]:
    of_meter: dict[str, list[CardOrder]] = defaultdict(list)
    for one in standing:
        of_meter[one.pan].append(one)
    for pan, purchases in of_meter.items():
        numbers = sorted(one.number for one in purchases)
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"the purchases of meter {pan} on cards have the numbers {numbers}"
        on_their_way = sum(one.is_open for one in purchases)
        if on_their_way > 1:
            yield f"meter {pan} has {on_their_way} purchases on their way to a card"
