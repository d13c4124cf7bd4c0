"""A virtual security module: it keeps vending keys and hands out finished tokens, as a certified one does.

What makes it one: an order has a name, and the same name is the same tokens, before and after any restart,
while another order under a name that was used is refused. Its troubles can be set: how long it takes, an
answer that is lost before or after the tokens were made, a restart with orders under way. ``issued`` is its
own record of what it made, so that a test can count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, succeed

from gateway.codecs.sts.amount import decode_amount, encode_amount
from gateway.codecs.sts.block import TokenFault
from gateway.codecs.sts.keys import dkga04
from gateway.codecs.sts.misty1 import key_schedule
from gateway.codecs.sts.seal import credit_token
from gateway.core.energy import WH_PER_TENTH
from gateway.core.key_ring import KeyRing
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy
from gateway.core.token_order import CREDIT_CLASS, CreditKind, TokenOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.core.key_ring import KeyRevision
    from gateway.core.token import StsIdentity
    from gateway.core.token_order import Order

    Maker = Callable[[Order, Mapping[tuple[str, int], bytes]], tuple[str, ...]]

ORDERS_KEPT_MAX: Final = 100_000
"""Orders that are remembered by name; beyond it the module is full, as a certified one would be."""


class Trouble(Enum):
    """What may befall the next order."""

    #: The order does not arrive.
    LOST_ORDER = "lost order"
    #: The tokens are made, and their answer does not arrive.
    LOST_ANSWER = "lost answer"


class NameUsed(ValueError):  # noqa: N818 - the fault of whoever gave two orders one name
    """This name was another order's."""


@dataclass(frozen=True, slots=True)
class Issued:
    """One line of the module's own record."""

    name: str
    order: Order
    tokens: tuple[str, ...] = field(repr=False)


class VirtualSecurityModule:
    """A token-issuing module with keys of its own; ``make`` makes the digits, by default of credit in units.

    ``keys`` are its vending keys with what it knows of each: expiry number, dates and credit limit are
    enforced here, whatever the gateway asks. ``now_us`` is its own clock (UTC microseconds).
    """

    def __init__(
        self,
        keys: Mapping[KeyRevision, bytes],
        clock: Any,  # noqa: ANN401 - Twisted's IReactorTime, which carries no types
        now_us: Callable[[], int],
        make: Maker | None = None,
    ) -> None:
        self._ring = KeyRing.of(keys)
        self._keys = {revision.place: key for revision, key in keys.items()}
        self._clock = clock
        self._now_us = now_us
        self._make = make or credit_in_units
        self._by_name: dict[str, Issued] = {}
        self._issued_wh: dict[tuple[str, int], int] = {}
        self._under_way: set[Deferred[None]] = set()
        self.latency_s: float = 0.0
        self.troubles: list[Trouble] = []
        self.is_running = True

    def __repr__(self) -> str:
        """Show how many keys it has and what it made, and no key."""
        return f"VirtualSecurityModule({len(self._keys)} keys, {len(self._by_name)} orders)"

    @property
    def issued(self) -> tuple[Issued, ...]:
        """Everything it ever made, in order."""
        return tuple(self._by_name.values())

    async def fetch(self, name: str) -> tuple[str, ...] | None:
        """Return what it made under a name. See ``SecurityModule``."""
        await self._way()
        known = self._by_name.get(name)
        await self._way()
        return None if known is None else known.tokens

    async def issue(self, name: str, order: Order) -> tuple[str, ...]:
        """Make an order's tokens, once for each name. See ``SecurityModule``."""
        await self._way()
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is Trouble.LOST_ORDER:
            raise ConnectionError("the security module was not reached")
        tokens = self._once(name, order)
        await self._way()
        if trouble is Trouble.LOST_ANSWER:
            raise ConnectionError("the security module's answer was lost")
        return tokens

    def stop(self) -> None:
        """Go down: whatever is under way is lost, what was made is not."""
        self.is_running = False
        for waiting in list(self._under_way):
            waiting.errback(ConnectionError("the security module went down"))

    def restart(self) -> None:
        """Go down and come up again."""
        self.stop()
        self.is_running = True

    def _once(self, name: str, order: Order) -> tuple[str, ...]:
        known = self._by_name.get(name)
        if known is not None:
            if known.order != order:
                raise NameUsed("this name was given to another order")
            return known.tokens
        if len(self._by_name) >= ORDERS_KEPT_MAX:
            raise IssuerRefusal(IssuerRefusalWhy.LIMIT)
        self._refuse(order)
        tokens = self._make(order, self._keys)
        self._count(order)
        self._by_name[name] = Issued(name, order, tokens)
        return tokens

    def _refuse(self, order: Order) -> None:
        """Raise IssuerRefusal where a key's own limits forbid the order."""
        now_us = self._now_us()
        if isinstance(order, TokenOrder):
            refused = self._ring.refusal(order.identity, order.tid, now_us)
        else:
            # A meter may always leave a key whose time is over; it cannot be moved to one.
            refused = self._ring.change_refusal(order.old, order.new)
            refused = refused or self._ring.refusal(order.new, 0, now_us)
        if refused is not None:
            raise IssuerRefusal(refused)
        if isinstance(order, TokenOrder):
            limit_wh = self._ring.revisions[_place(order.identity)].credit_limit_wh
            if limit_wh is not None and self._counted_wh(order) > limit_wh:
                raise IssuerRefusal(IssuerRefusalWhy.LIMIT)

    def _counted_wh(self, order: TokenOrder) -> int:
        """How much the key has issued, this order included."""
        return self._issued_wh.get(_place(order.identity), 0) + _energy_wh(order)

    def _count(self, order: Order) -> None:
        if isinstance(order, TokenOrder):
            self._issued_wh[_place(order.identity)] = self._counted_wh(order)

    async def _way(self) -> None:
        """Let half of the latency pass: an order is on the wire there and back."""
        if not self.is_running:
            raise ConnectionError("the security module is down")
        await self._wire() if self.latency_s else await succeed(None)

    async def _wire(self) -> None:
        over: Deferred[None] = Deferred(lambda _: timer.cancel())
        timer = self._clock.callLater(self.latency_s / 2, over.callback, None)
        self._under_way.add(over)
        try:
            await over
        finally:
            self._under_way.discard(over)
            if timer.active():
                timer.cancel()


def credit_in_units(order: Order, keys: Mapping[tuple[str, int], bytes]) -> tuple[str, ...]:
    """Make a credit token for an EA11 meter under DKGA04; IssuerRefusal: KIND, AMOUNT."""
    if not isinstance(order, TokenOrder) or not _is_units(order) or order.identity.ea != "11":
        raise IssuerRefusal(IssuerRefusalWhy.KIND)
    identity = order.identity
    key = dkga04(
        keys[_place(identity)],
        base_date=identity.base_date,
        ea=identity.ea,
        ti=identity.ti,
        sgc=identity.sgc,
        krn=identity.krn,
        kt=identity.kt,
        pan=identity.pan,
    )
    try:
        digits = credit_token(
            key_schedule(key),
            subclass=order.subclass,
            tid=order.tid,
            rnd=order.rnd,
            amount_tenths=order.value,
        )
    except TokenFault:
        raise IssuerRefusal(IssuerRefusalWhy.AMOUNT) from None
    return (digits,)


def _is_units(order: TokenOrder) -> bool:
    return order.token_class == CREDIT_CLASS and order.subclass in {kind.value for kind in CreditKind}


def _energy_wh(order: TokenOrder) -> int:
    """The energy that a token carries to a meter: what was ordered, rounded up as the token has it."""
    if order.token_class != CREDIT_CLASS or order.subclass != CreditKind.ELECTRICITY.value:
        return 0
    return decode_amount(encode_amount(order.value)) * WH_PER_TENTH


def _place(identity: StsIdentity) -> tuple[str, int]:
    return identity.sgc, identity.krn
