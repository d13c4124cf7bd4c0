"""Send a credit that has gone out to its meter, in a contact that has begun; say what became of it.

    tokens     entered one after the other: key change, what was paid for, what is free
               the meter executes it                          goes on
               it was used before, and an earlier try was in doubt    that try delivered it: goes on
               it was used before, and none was               REFUSED: somebody else has entered it
               likewise, of one that another follows, at a later contact      goes on: the last one tells
               no answer, no final word                       UNKNOWN
    recharge   the meter's count is read before and after: n says that number n came, n - 1 that it did not
               n before anything was sent, and an earlier try was in doubt    delivered then, if the amount is
               n before anything was sent, and none was       REFUSED: it is somebody else's purchase

Nothing is sent twice in a contact, and a time-out is never a refusal. What is told has no token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.recharged import RechargeEnd
from gateway.core.remote_ended import RemoteEnded
from gateway.core.remote_order import RemoteEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.codecs.dlms.token import TokenStatus
    from gateway.core.outcome import Approved
    from gateway.core.recharged import RechargeDone
    from gateway.core.remote_order import RemoteOrder
    from gateway.core.token import TokenDigits
    from gateway.ports import MeterTalk

#: Token status (IEC 62056-6-2, 4.6.5): what the meter's key does not open; what it has had, or is too old.
_AUTHENTICATION: Final = 5
_VALIDATION: Final = 6

#: After these the meter will say the same again; somebody must put something right.
_FOR_GOOD: Final = frozenset({ContactWhy.REFUSED, ContactWhy.AUTH})
#: What ends a doubt as well. A token that was not entered says nothing of the one before; a recharge that the
#: meter refuses comes behind the count, which was read.
_REFUSING: Final[frozenset[ContactWhy]] = frozenset()
_REFUSING_RECHARGE: Final = frozenset({ContactWhy.REFUSED})

_USED: Final = "the meter says that this token was used before, and not by us: was it entered by hand?"


class Recharger(Protocol):
    """Recharges a meter with a wallet, and knows what it was recharged with last."""

    async def recharge(self, order: RemoteOrder) -> RechargeDone:
        """Send the purchase of an order, once; ``ContactFault`` where nothing of it was sent."""

    async def last_amount(self) -> int | None:
        """Read the amount of the last purchase, in what the wallet counts; None where it is not kept."""


async def deliver_tokens(order: RemoteOrder, out: Approved, *, talk: MeterTalk) -> RemoteEnded:
    """Enter the tokens of an order in this contact; ``order`` is as it stood when it began."""
    assert out.token is not None, "a token went out"  # noqa: S101 - of our own books
    free = None if out.free is None else out.free.token
    credit = [one for one in (out.token, free) if one is not None]
    for token in out.key_change:
        ended = await _enter(talk, token, order, _passed_keys(order))
        if ended is not None:
            return ended
    for token in credit:
        # The last one ended an earlier contact behind the others: those may be in the meter, and it tells.
        is_passed = order.doubts or (token is not credit[-1] and order.tries > 1)
        ended = await _enter(talk, token, order, (_VALIDATION,) if is_passed else ())
        if ended is not None:
            return ended
    said = "the meter has executed the token"
    return RemoteEnded(RemoteEvent.DELIVER, said if not order.doubts else f"{said}, or had it before")


def _passed_keys(order: RemoteOrder) -> Sequence[int]:
    """Give what a meter may say of a key change that was sent before: it has the new key, or half of it."""
    return (_AUTHENTICATION, _VALIDATION) if order.tries else ()


async def _enter(
    talk: MeterTalk, token: TokenDigits, order: RemoteOrder, passed: Sequence[int]
) -> RemoteEnded | None:
    """Enter one token; None where the next may follow."""
    try:
        status = await talk.enter_token(token.reveal())
    except ContactFault as fault:
        return _not_sent(fault, order, _REFUSING)
    if status.is_accepted or status.code in passed:
        return None
    return _said(status)


def _not_sent(fault: ContactFault, order: RemoteOrder, refusing: frozenset[ContactWhy]) -> RemoteEnded:
    """Say what a fault leaves: a try before it that was in doubt still is, if nothing was seen meanwhile."""
    if fault.is_in_doubt:
        return RemoteEnded(RemoteEvent.LOSE, str(fault), fault.why)
    if fault.why in refusing or (fault.why in _FOR_GOOD and not order.doubts):
        return RemoteEnded(RemoteEvent.REFUSE, str(fault), fault.why)
    return RemoteEnded(RemoteEvent.LOSE if order.doubts else RemoteEvent.NOT_SENT, str(fault), fault.why)


def _said(status: TokenStatus) -> RemoteEnded:
    if not status.is_final:
        said = f"the meter has not said what became of the token ({status.name})"
        return RemoteEnded(RemoteEvent.LOSE, said, ContactWhy.TIMEOUT)
    if status.code == _VALIDATION:
        return RemoteEnded(RemoteEvent.REFUSE, _USED)
    return RemoteEnded(RemoteEvent.REFUSE, f"the meter refuses the token: {status.name}")


async def deliver_recharge(order: RemoteOrder, *, recharger: Recharger) -> RemoteEnded:
    """Recharge a meter in this contact; ``order`` is as it stood when it began."""
    try:
        done = await recharger.recharge(order)
    except ContactFault as fault:
        return _not_sent(fault, order, _REFUSING_RECHARGE)
    if done.was_there:
        return await _was_there(order, recharger)
    match done.end:
        case RechargeEnd.TAKEN:
            return RemoteEnded(RemoteEvent.DELIVER, f"the meter's count of purchases is {done.seen}")
        case RechargeEnd.UNKNOWN:
            why = "no word" if done.fault is None else str(done.fault)
            said = f"the meter's count could not be read afterwards: {why}"
            return RemoteEnded(RemoteEvent.LOSE, said, _why(done))
        case RechargeEnd.NOT_TAKEN:
            return _not_taken(order, done)


def _not_taken(order: RemoteOrder, done: RechargeDone) -> RemoteEnded:
    """The count says that it did not come, so nothing is in doubt any more."""
    why = f"the meter's count of purchases is still {done.seen}"
    if done.seen is not None and done.seen > order.number:
        return RemoteEnded(RemoteEvent.REFUSE, f"the meter has taken {done.seen} purchases meanwhile")
    if done.fault is None:
        return RemoteEnded(RemoteEvent.NOT_SENT, why, _why(done))
    event = RemoteEvent.REFUSE if done.fault.why in _FOR_GOOD else RemoteEvent.NOT_SENT
    return RemoteEnded(event, f"{why}: {done.fault}", done.fault.why)


def _why(done: RechargeDone) -> ContactWhy:
    return ContactWhy.TIMEOUT if done.fault is None else done.fault.why


async def _was_there(order: RemoteOrder, recharger: Recharger) -> RemoteEnded:
    """The meter has this number, and nothing was sent: was it our own try, and with our amount?"""
    if not order.doubts:
        said = f"the meter has a purchase {order.number} that is not ours; cure: find out who recharged it"
        return RemoteEnded(RemoteEvent.REFUSE, said)
    try:
        amount = await recharger.last_amount()
    except ContactFault as fault:
        said = f"the meter's last purchase could not be read: {fault}"
        return RemoteEnded(RemoteEvent.LOSE, said, fault.why)
    if amount is not None and amount != order.amount:
        said = f"the meter's purchase {order.number} has another amount; cure: find out whose it is"
        return RemoteEnded(RemoteEvent.REFUSE, said)
    said = f"the meter has purchase {order.number}: the try before had sent it"
    return RemoteEnded(RemoteEvent.DELIVER, said)
