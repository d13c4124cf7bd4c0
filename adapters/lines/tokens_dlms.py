"""Tokens into a meter by DLMS: the token gateway's method once, then its status (IEC 62056-6-2, 4.6.5).

The status is that of the token entered last. Where the answer to the method was lost it counts only if the
gateway shows the same token (attribute 2): else it may be that of the one before, and nothing is guessed.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlms.events import Acted
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.results import ACTION_RESULT, SUCCESS, named
from gateway.codecs.dlms.services import Target
from gateway.codecs.dlms.token import POLL_AFTER_S, TokenForm, read_token_status, token_parameter
from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from adapters.lines.association import Association
    from adapters.lines.reading_dlms import Reading
    from gateway.codecs.dlms.datum import Datum
    from gateway.codecs.dlms.token import TokenStatus
    from gateway.codecs.meter_model.model import DlmsWords

_GATEWAY: Final = 115
_TOKEN, _STATUS, _ENTER = 2, 6, 1
_CURE: Final = "cure: enter it again, a meter that has taken it says that it was used"


class Tokens:
    """The token gateway of one meter; ``get_in`` gets in again where the link was lost."""

    def __init__(
        self,
        association: Association,
        reading: Reading,
        words: DlmsWords,
        get_in: Callable[[], Awaitable[None]],
    ) -> None:
        self._association = association
        self._reading = reading
        self._words = words
        self._get_in = get_in

    async def enter(self, digits: str) -> TokenStatus:
        """Enter a token once, and give what became of it, as far as it is known after the last look.

        ``ContactFault``: it was not entered, or (``is_in_doubt``) nobody knows.
        """
        try:
            parameter = token_parameter(digits, TokenForm(self._words.token_form))
        except ValueError as fault:
            raise ContactFault(ContactWhy.REFUSED, str(fault)) from None
        await self._get_in()
        doubt: ContactFault | None = None
        looks: Sequence[int] = (0, *POLL_AFTER_S)
        try:
            event = await self._association.ask(lambda client: client.act([self._at(_ENTER)], [parameter]))
        except ContactFault as fault:
            doubt = fault
        else:
            assert isinstance(event, Acted), "what answers an action"  # noqa: S101 - of our own codec
            done = event.done[0]
            if done.result != SUCCESS:
                said = f"the meter refuses the token: {named(ACTION_RESULT, done.result)}"
                # It may have been done all the same, and then it is so already.
                doubt, looks = ContactFault(ContactWhy.REFUSED, said), looks[:1]
        return await self._look(parameter, doubt, looks)

    async def _look(self, parameter: Datum, doubt: ContactFault | None, looks: Sequence[int]) -> TokenStatus:
        """Read the status until it is final, or the last look was in vain."""
        newest: TokenStatus | None = None
        missed = doubt
        for after_s in looks:
            await self._association.exchange.pause(1000 * after_s)
            try:
                await self._get_in()
                newest = await self._status(None if doubt is None else parameter)
            except ContactFault as fault:
                missed = missed or fault
                if self._association.is_barred:
                    break
            if newest is not None and newest.is_final:
                return newest
        if newest is not None:
            return newest
        assert missed is not None, "what was not seen has its reason"  # noqa: S101 - of our own code
        raise ContactFault(
            missed.why, f"what became of the token is not known: {missed}; {_CURE}", is_in_doubt=True
        )

    async def _status(self, parameter: Datum | None) -> TokenStatus | None:
        """Read the status; None where it is not known to be that of this token (``parameter``)."""
        if parameter is not None:
            there = (await self._reading.one(self._at(_TOKEN))).value
            ours = parameter.value
            is_same = isinstance(there, bytes) and isinstance(ours, bytes) and compare_digest(there, ours)
            if not is_same:
                return None
        try:
            return read_token_status(await self._reading.one(self._at(_STATUS)))
        except PeerFault as fault:
            raise ContactFault(ContactWhy.GARBLED, str(fault)) from None

    def _at(self, index: int) -> Target:
        return Target.of(_GATEWAY, self._words.token_gateway, index)
