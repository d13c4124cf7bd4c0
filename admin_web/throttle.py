"""Holds back an address from which too many have failed to sign in, before a password is compared at all.

In memory, and bounded: it keeps one machine from trying many logins; that nobody tries one login from many
machines, the ledger sees to (``office.sign_in``). What is forgotten by a restart costs a guesser's wait only.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: Failures of an address that cost nothing: an office of many people may stand behind one.
FREE_PER_ADDRESS: Final = 10

#: The longest wait.
ADDRESS_HOLD_S_MAX: Final = 900.0

#: After so long without a failure an address is as good as new.
FORGOTTEN_S: Final = 3_600.0

#: Addresses that are remembered; beyond it the one that failed longest ago is forgotten.
ADDRESSES_MAX: Final = 10_000


class Throttle:
    """Counts failures by address; ``seconds`` is monotonic."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        #: Failures, and when the last one was.
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._failed)

    def wait_s(self, address: str) -> float:
        """Say for how long this address must still wait; 0 where it need not."""
        count, last = self._of(address)
        if count < FREE_PER_ADDRESS:
            return 0.0
        hold = min(2.0 ** min(count - FREE_PER_ADDRESS, 16), ADDRESS_HOLD_S_MAX)
        return max(0.0, last + hold - self._seconds())

    def failed(self, address: str) -> None:
        """Count a failure."""
        count, _ = self._of(address)
        self._failed[address] = (count + 1, self._seconds())
        self._failed.move_to_end(address)
        while len(self._failed) > ADDRESSES_MAX:
            self._failed.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Somebody there knows what she knows: half of what was counted is forgiven, never all of it.

        All of it would let a guesser with one account of his own begin anew after each tenth try.
        """
        count, last = self._of(address)
        if count:
            self._failed[address] = (count // 2, last)

    def _of(self, address: str) -> tuple[int, float]:
        count, last = self._failed.get(address, (0, 0.0))
        return (0, last) if count and self._seconds() - last > FORGOTTEN_S else (count, last)
