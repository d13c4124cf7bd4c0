"""Orders that make tokens: where the issuer has to be asked first, it is asked, and the order is given again.

    post ──► TokensWanted ──► the issuer prepares, at most ``ISSUER_DEADLINE_S`` ──► post again, as before
                                   └ refused, silent: nothing was booked, and why is said

The same order is the same token, however often it is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as TimedOut

from admin_web.acting import ordered
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import TokensWanted
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy
from gateway.endpoints.bank_posting import ISSUER_DEADLINE_S, PREPARED_MAX

if TYPE_CHECKING:
    from admin_web.asked import Asked
    from gateway.core.books import Command
    from gateway.core.outcome import Content
    from gateway.office.authorised import Act


async def ordered_with_tokens(asked: Asked, act: Act, command: Command) -> Content:
    """Give an order as ``ordered`` does; no_token where the issuer refuses, is silent, or forgets."""
    for _ in range(PREPARED_MAX + 1):
        content = await ordered(asked, act, command)
        if not isinstance(content, TokensWanted):
            return content
        why = await _prepare(asked, content)
        if why is not None:
            return NotDone(OfficeRefusal.NO_TOKEN, why.value)
    return NotDone(OfficeRefusal.NO_TOKEN, "the issuer did not keep what it had prepared")


async def _prepare(asked: Asked, wanted: TokensWanted) -> IssuerRefusalWhy | None:
    """Have the issuer asked; None where it has what is wanted."""
    asking = Deferred.fromCoroutine(asked.office.workshop.issuer.prepare(wanted.orders))
    asking.addTimeout(ISSUER_DEADLINE_S, asked.office.clock)  # type: ignore[arg-type]  # a reactor or its like
    try:
        await asking
    except IssuerRefusal as refusal:
        return refusal.why
    except TimedOut:
        return IssuerRefusalWhy.UNREACHABLE
    return None
