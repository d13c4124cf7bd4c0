"""Carries out orders over a line: joins the steps of an order's life with a conversation and its verb.

    the meter says who it is ──► begin (posted) ──► the verb sends, and looks ──► end (posted)

What is not begun was not sent. What was begun and not ended, because we ended, is looked at by the next
contact: its order is still on its way in the books.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from adapters.lines.recharge645 import Recharging645
from adapters.lines.talk import is_same_meter, wrong_number
from adapters.lines.talk645 import Talk645
from gateway.codecs.dlt645.secure import Recharge
from gateway.codecs.meter_model.model import MeterCredit
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.office import NotDone
from gateway.core.outcome import Approved, TokensWanted
from gateway.core.remote_ended import RemoteEnded
from gateway.core.remote_order import RemoteEvent, RemoteKind, RemoteState
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy
from gateway.core.views_remote_due import RemoteNow
from gateway.metering.step_remote import BeginRemote, EndRemote
from gateway.ports import LedgerBusy, OutcomeUnknown
from gateway.prepayment.begin_remote import BeginRemoteCredit
from gateway.prepayment.deliver_credit import deliver_recharge, deliver_tokens
from gateway.prepayment.hand_over import HandOver
from gateway.prepayment.order_remote import WALLET_STEP_WH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.lines.talk import Wanted
    from gateway.assembly.meter_access import MeterAccess
    from gateway.codecs.dlt645.secure import Esam
    from gateway.core.outcome import Content
    from gateway.core.payment import SaleTerms
    from gateway.core.recharged import RechargeDone
    from gateway.core.remote_order import RemoteOrder
    from gateway.core.views_remote_due import DueOrder
    from gateway.ports import MeterTalk, Poster, TokenIssuer, Views

#: How often the issuer is asked for one order in a contact: keys, then tokens, and once more.
_PREPARED_MAX: Final = 3

#: After these the order is done with, and nobody is called for it again.
_SETTLED: Final = frozenset({RemoteEvent.DELIVER, RemoteEvent.REFUSE, RemoteEvent.EXPIRE})

_NO_SEALS: Final = "nobody is set up to seal recharges; cure: [lines] recharging in the configuration"

#: Digits of a customer's number in a meter (DL/T 645, 0400040E).
_CUSTOMER_DIGITS: Final = 12


class Carrying(Protocol):
    """Begins one kind of order, and carries it out."""

    async def begin(self, order: RemoteOrder) -> object | None:
        """Post its beginning; what went out with it, or None: nothing is to be sent."""

    async def send(self, order: RemoteOrder, out: object, talk: MeterTalk) -> RemoteEnded:
        """Send it in this conversation, and say what became of it."""


class RemoteErrand:
    """The errand of one order in a call; ``reached`` is told the names of the crash points."""

    def __init__(  # noqa: PLR0913, PLR0917 - what an errand is joined to
        self,
        due: DueOrder,
        access: MeterAccess,
        carrying: Carrying,
        poster: Poster,
        views: Views,
        reached: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._due = due
        self._access = access
        self._carrying = carrying
        self._poster = poster
        self._views = views
        self._reached = reached

    async def ready(self) -> Wanted:
        """Say which meter it is, and what lets us in."""
        return self._access.wanted(self._due.way)

    async def carry_out(self, talk: MeterTalk) -> ContactWhy | None:
        """Do it; None where nobody is to be called for it again."""
        await self._compare(talk)
        for order in await self._views.rows(RemoteNow(self._due.order.id)):
            if not order.is_open:
                return None
            self._reached("lines.answered")
            try:
                out = await self._carrying.begin(order)
            except (LedgerBusy, OutcomeUnknown):
                # Nothing was sent; if it was begun all the same, the next contact looks first.
                return ContactWhy.TIMEOUT
            gone = await self._gone_out(order)
            if out is None or gone.state is not RemoteState.ON_WAY:
                # What stays in the house is not called for again at once.
                return ContactWhy.REFUSED if gone.is_open else None
            self._reached("lines.begun")
            ended = await self._sent(gone, out, talk)
            self._reached("lines.sent")
            await self._poster.post(EndRemote(order.id, ended, order.payment, gone.tries))
            self._reached("lines.ended")
            return None if ended.event in _SETTLED else ended.why or ContactWhy.TIMEOUT
        return None

    async def _gone_out(self, order: RemoteOrder) -> RemoteOrder:
        """Give the order as its beginning has left it: another process may have begun before us."""
        now = await self._views.rows(RemoteNow(order.id))
        return now[0] if now else order

    async def _compare(self, talk: MeterTalk) -> None:
        """See who answers, before anything leaves the house; ``ContactFault`` for another meter."""
        said, wanted = await talk.identify(), self._due.way.address
        if not is_same_meter(said, wanted):
            raise wrong_number(said, wanted, "its number")

    async def _sent(self, order: RemoteOrder, out: object, talk: MeterTalk) -> RemoteEnded:
        try:
            return await self._carrying.send(order, out, talk)
        except ContactFault as fault:
            # What a verb did not foresee may have been sent.
            return RemoteEnded(RemoteEvent.LOSE, str(fault), fault.why)


class CarryingCredit:
    """Sends tokens and recharges. ``terms`` are of who took the money, ``esam`` seals recharges (or None)."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a credit takes, joined here and nowhere else
        self,
        poster: Poster,
        issuer: TokenIssuer,
        terms: SaleTerms,
        access: MeterAccess,
        esam: Esam | None,
        nibble: Callable[[], int],
    ) -> None:
        self._poster = poster
        self._issuer = issuer
        self._terms = terms
        self._access = access
        self._esam = esam
        self._nibble = nibble

    def of(self, due: DueOrder) -> Carrying:
        """Give what carries one order out."""
        return _OneCredit(self, due, self._access.model(due.way.model).credit)

    def can_send(self, order: RemoteOrder) -> None:
        """Refuse by ``ContactFault`` what is still in the house, and could not be sealed."""
        if order.kind is RemoteKind.RECHARGE and order.begun_us is None and self._esam is None:
            raise ContactFault(ContactWhy.AUTH, _NO_SEALS)

    async def begin(self, order: RemoteOrder, credit: MeterCredit, way: int) -> Approved | None:
        """Let the credit out; the issuer is asked between commands for what it must prepare."""
        hand_over = HandOver(order.payment, self._nibble(), self._terms, self._issuer)
        command = BeginRemoteCredit(order.id, hand_over, credit, way)
        content: Content = await self._poster.post(command)
        for _ in range(_PREPARED_MAX):
            if not isinstance(content, TokensWanted):
                break
            try:
                await self._issuer.prepare(content.orders)
            except IssuerRefusal as refused:
                unprepared = replace(hand_over, unprepared=refused.why)
                await self._poster.post(replace(command, hand_over=unprepared))
                return None
            content = await self._poster.post(command)
        else:
            unprepared = replace(hand_over, unprepared=IssuerRefusalWhy.UNREACHABLE)
            await self._poster.post(replace(command, hand_over=unprepared))
        return content if isinstance(content, Approved) else None

    async def send(
        self, order: RemoteOrder, out: Approved, talk: MeterTalk, credit: MeterCredit
    ) -> RemoteEnded:
        """Enter the token, or recharge the wallet."""
        if order.kind is RemoteKind.TOKEN:
            return await deliver_tokens(order, out, talk=talk)
        if self._esam is None or not isinstance(talk, Talk645):
            event = RemoteEvent.LOSE if order.doubts else RemoteEvent.NOT_SENT
            return RemoteEnded(event, _NO_SEALS, ContactWhy.AUTH)
        is_energy = credit is MeterCredit.WALLET_ENERGY
        return await deliver_recharge(order, recharger=_Recharger(talk, self._esam, is_energy=is_energy))


class _OneCredit:
    """A credit on its way to one meter."""

    def __init__(self, carrying: CarryingCredit, due: DueOrder, credit: MeterCredit) -> None:
        self._carrying = carrying
        self._due = due
        self._credit = credit

    async def begin(self, order: RemoteOrder) -> object | None:
        """Let it out; ``ContactFault`` where nobody here could send it: it stays in the house."""
        self._carrying.can_send(order)
        return await self._carrying.begin(order, self._credit, self._due.way.version)

    async def send(self, order: RemoteOrder, out: object, talk: MeterTalk) -> RemoteEnded:
        """Send it."""
        assert isinstance(out, Approved), "as it began"  # noqa: S101 - of our own code
        return await self._carrying.send(order, out, talk, self._credit)


class _Recharger:
    """Recharges one meter: the plug of ``deliver_recharge``; ``is_energy``: its wallet counts kWh."""

    def __init__(self, talk: Talk645, esam: Esam, *, is_energy: bool) -> None:
        self._talk = talk
        self._recharging = Recharging645(talk, esam, count_item="purchases-kwh" if is_energy else "purchases")
        self._last = "last-bought-kwh" if is_energy else "last-bought"
        # A wallet counts hundredths: minor units as they are, and hundredths of a kWh.
        self._step = WALLET_STEP_WH if is_energy else 1

    async def recharge(self, order: RemoteOrder) -> RechargeDone:
        """Send the purchase; the first one of a meter opens its account."""
        bought = Recharge(order.amount // self._step, order.number, _customer(order.account_no))
        return await self._recharging.recharge(bought, opens=order.number == 1)

    async def last_amount(self) -> int | None:
        """Read what was bought last."""
        found = await self._talk.read([self._last])
        if found.missing and found.missing[0][1].why is not ContactWhy.REFUSED:
            raise found.missing[0][1]
        seen = found.read[0].number if found.read else None
        return None if seen is None else seen * self._step


def _customer(account_no: str) -> str:
    """Give an account number as a meter keeps its customer's: the last twelve of its digits."""
    digits = "".join(one for one in account_no if one.isascii() and one.isdigit())
    return digits[-_CUSTOMER_DIGITS:].rjust(_CUSTOMER_DIGITS, "0")


class CarryingPlain:
    """Sends what carries no money: a relay's position, a timetable. ``verb`` sends it and looks."""

    def __init__(
        self,
        poster: Poster,
        views: Views,
        verb: Callable[[DueOrder, MeterTalk], Awaitable[RemoteEnded]],
    ) -> None:
        self._poster = poster
        self._views = views
        self._verb = verb

    def of(self, due: DueOrder) -> Carrying:
        """Give what carries one order out."""
        return _OnePlain(self, due)

    async def begin(self, order: RemoteOrder, way: int) -> object | None:
        """Let it go out, unless its time is over, or its way has changed."""
        if isinstance(await self._poster.post(BeginRemote(order.id, way)), NotDone):
            return None
        now = await self._views.rows(RemoteNow(order.id))
        return now[0] if now and now[0].state is RemoteState.ON_WAY else None

    async def send(self, due: DueOrder, talk: MeterTalk) -> RemoteEnded:
        """Send it."""
        return await self._verb(due, talk)


class _OnePlain:
    """An order without money on its way to one meter."""

    def __init__(self, carrying: CarryingPlain, due: DueOrder) -> None:
        self._carrying = carrying
        self._due = due

    async def begin(self, order: RemoteOrder) -> object | None:
        """Let it go out."""
        return await self._carrying.begin(order, self._due.way.version)

    async def send(self, order: RemoteOrder, out: object, talk: MeterTalk) -> RemoteEnded:  # noqa: ARG002 - as every kind
        """Send it."""
        return await self._carrying.send(replace(self._due, order=order), talk)
