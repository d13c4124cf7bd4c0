"""Recharges a meter with a security module over DL/T 645 (control 03), so that one purchase is one credit.

    count ──n already──► it was taken before: nothing is sent
      │ n - 1
      ▼
    session ──► the order, once ──► count again ──n──► taken      n - 1 ──► not taken      none ──► unknown

Seals come from whoever has the keys (``Esam``); the meter's password has no say in it. The meter's answer to
the order proves nothing, whether it is yes or no: its count does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.dlt645 import secure
from gateway.codecs.dlt645.fault import PeerFault
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.recharged import RechargeDone

if TYPE_CHECKING:
    from adapters.lines.talk645 import Talk645
    from gateway.codecs.dlt645.secure import Esam, Recharge

OPERATOR: Final = "00000000"
"""Who gives the order, where nobody else is agreed on with the meter's owner."""

COUNTS: Final = ("purchases", "purchases-kwh")
"""Items that hold a meter's count, one for each kind of wallet: a meter has one of them."""


class Recharging645:
    """Recharges one meter in a conversation; ``count_item``: where its count stands, else it is found."""

    def __init__(self, talk: Talk645, esam: Esam, *, count_item: str = "", operator: str = OPERATOR) -> None:
        self._talk = talk
        self._esam = esam
        self._count_item = count_item
        self._operator = operator

    async def recharge(self, bought: Recharge, *, opens: bool = False) -> RechargeDone:
        """Send a purchase, once; ``opens``: it is the meter's first one.

        ``ContactFault`` where nothing of it was sent: the meter is not reached, is at another number, or
        takes no session.
        """
        before = await self._count()
        if before == bought.count:
            return RechargeDone(bought.count, before, was_there=True)
        if before != bought.count - 1:
            said = f"the meter has taken {before} purchases, and this is number {bought.count}"
            raise ContactFault(ContactWhy.REFUSED, f"{said}; cure: find out where they went apart")
        session = await self._session()
        di = secure.OPEN_ACCOUNT if opens else secure.RECHARGE
        meter = self._talk.address
        purse = await self._esam.seal(meter, session, di, bought.purse)
        owner = await self._esam.seal(meter, session, di, bought.owner)
        fault = await self._talk.order(bought.order((purse, owner), self._operator, di=di))
        try:
            seen = await self._count()
        except ContactFault as unseen:
            return RechargeDone(bought.count, None, fault or unseen)
        if seen not in (bought.count, before):
            said = f"the meter's count went from {before} to {seen}; cure: find out who else recharges it"
            return RechargeDone(bought.count, seen, ContactFault(ContactWhy.REFUSED, said, is_in_doubt=True))
        await self._end_session()
        return RechargeDone(bought.count, seen, fault)

    async def _count(self) -> int:
        """Read the meter's count of purchases."""
        for item in [self._count_item] if self._count_item else COUNTS:
            found = await self._talk.read([item])
            if found.read and found.read[0].number is not None:
                self._count_item = item
                return found.read[0].number
            fault = found.missing[0][1] if found.missing else None
            if fault is not None and fault.why is not ContactWhy.REFUSED:
                raise fault
        raise ContactFault(ContactWhy.REFUSED, "the meter has no count of purchases; cure: look at its model")

    async def _session(self) -> secure.Session:
        opening = await self._esam.opening(self._talk.address)
        answer = await self._talk.ask(secure.open_session(opening, self._operator))
        try:
            return secure.Session.from_body(answer.body)
        except PeerFault as fault:
            raise ContactFault(ContactWhy.GARBLED, f"the meter's session: {fault}") from None

    async def _end_session(self) -> None:
        """End the session; a meter that does not hear it ends it by itself after some minutes."""
        await self._talk.order(secure.end_session(self._operator))
