"""Check the orders over lines against the sales that they carry.

numbers   of each meter with a wallet rising, each given once; one credit on its way
sales     what was begun has gone out; what was never sent has not; a sale goes over a line once
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from gateway.core.remote_order import RemoteKind, RemoteState
from gateway.core.sale import SaleState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.core.journal import SaleRow
    from gateway.core.remote_order import RemoteOrder

_OUT = frozenset({SaleState.ISSUED.value, SaleState.CLAIMED.value, SaleState.CONCEDED.value})


def recharged(orders: Sequence[RemoteOrder]) -> set[str]:
    """Give the payments whose credit went out into a meter's wallet, so that no token was made of it."""
    return {one.payment for one in orders if one.kind is RemoteKind.RECHARGE and one.begun_us is not None}


def check_lines(orders: Sequence[RemoteOrder], sales: Sequence[SaleRow]) -> Iterator[str]:
    """Give what is wrong, in sentences."""
    standing = [one for one in orders if one.is_credit and one.state is not RemoteState.CANCELLED]
    yield from _numbers(standing)
    states = {sale.key: sale.state for sale in sales}
    carried = Counter(one.payment for one in standing)
    yield from (f"the sale {key} goes over a line {n} times" for key, n in carried.items() if n > 1)
    for one in standing:
        state = states.get(one.payment)
        if state is None:
            yield f"the order {one.id} over a line is of no sale"
        elif (one.begun_us is not None) != (state in _OUT):
            yield f"the order {one.id} over a line is {one.state.value}, and its sale is {state}"


def _numbers(standing: Sequence[RemoteOrder]) -> Iterator[str]:
    of_meter: dict[str, list[RemoteOrder]] = defaultdict(list)
    for one in standing:
        of_meter[one.pan].append(one)
    for pan, credits_ in of_meter.items():
        numbers = [one.number for one in credits_ if one.kind is RemoteKind.RECHARGE]
        if any(later <= earlier for earlier, later in pairwise([0, *numbers])):
            yield f"the purchases of meter {pan} over its line have the numbers {numbers}"
        on_their_way = sum(one.is_open for one in credits_)
        if on_their_way > 1:
            yield f"meter {pan} has {on_their_way} credits on their way over its line"
