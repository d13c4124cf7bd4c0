"""Holds back whoever fails to sign in too often, before a password is compared at all.

A try counts when it begins and is forgiven when it succeeds: so of many at one moment no more are compared
than of as many one after the other. It counts by where it comes from (an address, of IPv6 the network of one
customer), and by the login at that address or from that device. So a stranger holds back himself.

In memory, and bounded: what is forgotten by a restart costs a guesser's wait only; whoever comes from many
addresses is counted by the ledger (``office.sign_in``).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Network, ip_address
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

#: What tries are counted by.
Place: TypeAlias = tuple[str, ...]

#: The longest wait: whoever knows the password must be able to work today.
HOLD_S_MAX: Final = 900.0

#: Places that are remembered; beyond it the one that was tried longest ago is forgotten.
PLACES_MAX: Final = 10_000

#: Bits of an IPv6 address that name a customer's network (RFC 6177); the others are his to choose.
_NETWORK_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Pace:
    """How many tries begin without a wait; the first wait behind them, and each further one is twice as long;
    after how long without a try a place is as good as new.
    """

    free: int
    first_s: float
    forgotten_s: float


#: An office of many people may stand behind one address, and all of them come at eight.
OF_ADDRESS: Final = Pace(free=30, first_s=1.0, forgotten_s=3_600.0)

#: One login at one address, or from one device: a caps lock, an old password, a code typed too late.
OF_LOGIN: Final = Pace(free=5, first_s=60.0, forgotten_s=86_400.0)


class Throttle:
    """Counts tries by place, at one pace; ``seconds`` is monotonic."""

    def __init__(self, seconds: Callable[[], float], pace: Pace) -> None:
        self._seconds = seconds
        self._pace = pace
        #: Tries that have not succeeded, and when the wait behind the last one began.
        self._tried: OrderedDict[Place, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        """How many places are remembered."""
        return len(self._tried)

    def wait_s(self, place: Place) -> float:
        """Say for how long this place must still wait; 0 where it need not."""
        count, last = self._of(place)
        behind = count - self._pace.free
        if behind < 0:
            return 0.0
        hold = min(self._pace.first_s * 2.0 ** min(behind, 16), HOLD_S_MAX)
        return max(0.0, last + hold - self._seconds())

    def begins(self, place: Place) -> bool:
        """Count a try that begins; False where this place must wait, and then it counts for nothing."""
        if self.wait_s(place):
            return False
        self._set(place, self._of(place)[0] + 1, self._seconds())
        return True

    def succeeded(self, place: Place) -> None:
        """Somebody there knows what she knows: of what was counted before half is forgiven, never all of it.

        All of it would let a guesser with one account of his own begin anew again and again. Right behind it
        nobody has to wait.
        """
        self._set(place, (self._of(place)[0] - 1) // 2, self._seconds() - HOLD_S_MAX)

    def taken_back(self, place: Place) -> None:
        """Nothing was compared: it is as if the try had not begun."""
        self._set(place, self._of(place)[0] - 1, self._seconds() - HOLD_S_MAX)

    def _set(self, place: Place, count: int, last: float) -> None:
        if count <= 0:
            self._tried.pop(place, None)
            return
        self._tried[place] = (count, last)
        self._tried.move_to_end(place)
        while len(self._tried) > PLACES_MAX:
            self._tried.popitem(last=False)

    def _of(self, place: Place) -> tuple[int, float]:
        count, last = self._tried.get(place, (0, 0.0))
        return (0, last) if count and self._seconds() - last > self._pace.forgotten_s else (count, last)


def network_of(address: str) -> str:
    """Give what an address is counted by: of IPv6 the network, for whoever has one has all addresses of it.

    >>> network_of("2001:db8:7::a:1"), network_of("::ffff:192.0.2.7"), network_of("192.0.2.7")
    ('2001:db8:7::/64', '192.0.2.7', '192.0.2.7')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004 - the version's name
        return address
    return str(found.ipv4_mapped or IPv6Network((int(found), _NETWORK_BITS), strict=False))
