"""Selling on cards at a station: read, look, sell or reserve, write, confirm; and what was left unfinished.

    read     card ──► look ──► what it is, what waits for it, which purchase of it is unfinished
    sell     INTENT ──► sell (or reserve a credit that waits) ──► RESERVED ──► write
    write    AboutToWrite: WRITING ──► begin ──► card ──► Written: WRITTEN ──► confirm ──► DONE
                                                     ──► Unknown: IN_DOUBT ──► doubt
             before its begin: GIVING_UP ──► give_up ──► DONE, and the credit waits
    finish   the card of an unfinished purchase: on it ──► confirm; not whole ──► written again, same number
             one that is taken off: on it, or half ──► overwritten ──► cleared; the meter has it ──► cleared
    reissue  INTENT ──► reissue ──► IN_DOUBT ──► write: nothing of it can be given up
    resume   at the start, before anything else: what the journal says is told to the centre

What is to be told to the centre is told until it answers. An unfinished purchase stays until its card was
read, here or elsewhere, or the office has ended it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from card_station.centre import TRIES_WAITED, Ok, Refused, SignedOut, asked
from card_station.conversation import Reading, Writing, why_of
from card_station.journal import UNFINISHED_MAX
from card_station.purchase import Purchase, Step
from card_station.seen import NotLooked, NotRead, Seen, seen_of
from card_station.settling import Settling
from card_station.wire import order_read, shown_of, shown_said
from card_station.words import msg
from gateway.codecs.card.steps import Read, Unknown, Written
from gateway.codecs.card.steps import Refused as CardRefused
from gateway.core.card_order import CardOrderState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from card_station.centre import Centre
    from card_station.conversation import Reader
    from card_station.journal import Journal
    from card_station.seen import Session
    from gateway.codecs.card.steps import Outcome


@dataclass(frozen=True, slots=True)
class Sold:
    """All is on the card; ``purchase`` is DONE where the centre has acknowledged it already."""

    purchase: Purchase
    receipt: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NotSold:
    """Nothing is on the card; where money was taken before, the credit waits: ``purchase`` is of it."""

    why: str
    code: str = ""
    purchase: Purchase | None = None


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Something may be on the card: it has to be read again."""

    purchase: Purchase
    why: str


@dataclass(frozen=True, slots=True)
class NotKnown:
    """It is not known whether the centre has booked the sale; it is asked again."""

    purchase: Purchase
    why: str


@dataclass(frozen=True, slots=True)
class TakenOff:
    """The purchase is off its card; once the centre has acknowledged it (DONE) its credit waits."""

    purchase: Purchase


@dataclass(frozen=True, slots=True)
class Stays:
    """The meter was quicker: it has taken the purchase that was to be taken off."""

    purchase: Purchase


@dataclass(frozen=True, slots=True)
class Issued:
    """The card is the customer's now; nothing was ever bought, so nothing is on it."""

    serial: str


Result = Sold | NotSold | InDoubt | NotKnown | TakenOff | Stays | Issued


class Counter:
    """What this station can do with a card. One conversation at a time; the desk sees to that."""

    def __init__(
        self,
        centre: Centre,
        journal: Journal,
        *,
        note: Callable[[Purchase], Awaitable[None]],
        pause: Callable[[float], Awaitable[None]],
        nonce: Callable[[], str],
    ) -> None:
        self._centre = centre
        self._journal = journal
        self._note = note
        self._pause = pause
        self._nonce = nonce
        self.settling = Settling(centre, journal, note=note, pause=pause)
        #: The station's own code, once the centre has said it.
        self.station = ""

    async def read(self, reader: Reader, session: Session) -> Seen | NotRead | NotLooked:
        """Read a card and ask the centre what it is."""
        reading = Reading(self._centre, session.secret)
        outcome = await reader.converse(reading.begin, reading.tell)
        if not isinstance(outcome, Read):
            assert not isinstance(outcome, Written), "who only reads writes nothing"  # noqa: S101 - our own code
            return NotRead(outcome.told, outcome.detail)
        shown = shown_of(outcome.picture)
        request = {"session": session.secret, "shown": shown_said(shown)}
        found = await self._centre.ask("look", request)
        if not isinstance(found, Ok):
            return NotLooked(shown, why_of(found), is_signed_out=isinstance(found, SignedOut))
        seen = seen_of(shown, reading.errand, found.content)
        await self._compare(seen)
        return seen

    async def sell(  # noqa: PLR0913 - what was seen, and what was quoted
        self, reader: Reader, session: Session, seen: Seen, *, pan: str, tender_minor: int, price: str
    ) -> Result:
        """Sell what was quoted, and write it on the card that was seen."""
        request = {"pan": pan, "tender_minor": tender_minor, "price": price, "card": seen.said}
        return await self._take("sell", request, reader, session, seen)

    async def reserve(
        self, reader: Reader, session: Session, seen: Seen, *, pan: str, payment: str
    ) -> Result:
        """Bring a credit that waits to the card that was seen."""
        request = {"pan": pan, "payment": payment, "card": seen.said}
        return await self._take("reserve", request, reader, session, seen)

    async def reissue(
        self, reader: Reader, session: Session, seen: Seen, request: Mapping[str, str]
    ) -> Result:
        """Write the card that was seen in the place of another; ``request`` names meter, card and reason."""
        return await self._take("reissue", {**request, "card": seen.said}, reader, session, seen)

    async def finish(self, reader: Reader, seen: Seen) -> Result:
        """Finish the purchase that is on its way to the card that was seen."""
        order = seen.order
        if order is None or not seen.is_its_order:
            return NotSold(seen.sentence, seen.reason)
        mine = self._of_order(order.id)
        if order.state is CardOrderState.RESERVED:
            if order.station != self.station:
                return NotSold(
                    msg("the purchase is reserved at another station; finish it or give it up there")
                )
            kept = mine or Purchase(f"order-{order.id}", Step.RESERVED, order.by, order=order)
            await self._given_up(kept, msg("it was left before the card was written"))
            return NotSold(msg("the purchase was given up; its credit waits"))
        if mine is not None and mine.step is Step.WRITTEN:
            return await self._sold(mine)
        # The centre's word is newer than the journal: meanwhile it may be another card's, or be cleared.
        begun = mine or Purchase(f"order-{order.id}", Step.IN_DOUBT, order.by)
        purchase = replace(begun, order=order)
        if seen.is_at_its_end:
            return await self._sold(await self._noted(purchase.after(Step.WRITTEN, shown=seen.shown)))
        if not seen.is_to_be_written:
            return InDoubt(purchase, seen.sentence)
        return await self._write(reader, purchase, seen.errand)

    async def ask_again(self, session: Session, *, tries: int | None = None) -> list[NotSold]:
        """Ask for the sales of hers of which it is not known whether they were booked; None: until it is.

        What turns out to be booked waits for its card: nobody stands there with it any more. Gives the
        refusals of sales: of these nothing was booked, and the money was taken.
        """
        refused = []
        for one in self._journal.purchases:
            if one.step is Step.INTENT and one.by == session.login:
                with self.settling.in_hand(one.id) as is_free:
                    found = await self._ordered(one, session, tries=tries) if is_free else None
                if isinstance(found, Purchase) and found.step is Step.RESERVED:
                    await self._given_up(found, msg("the station was stopped before the card was written"))
                elif isinstance(found, NotSold) and one.op == "sell":
                    refused.append(found)
        return refused

    async def _take(
        self, op: str, request: Mapping[str, Any], reader: Reader, session: Session, seen: Seen
    ) -> Result:
        if len(self._journal.purchases) >= UNFINISHED_MAX:
            return NotSold(msg("too many purchases are unfinished at this station; finish them first"))
        purchase = Purchase(self._nonce(), Step.INTENT, session.login, op, request, shown=seen.shown)
        with self.settling.in_hand(purchase.id):
            await self._noted(purchase)
            found = await self._ordered(purchase, session, tries=TRIES_WAITED)
            if not isinstance(found, Purchase):
                return found
        return await self._write(reader, found, seen.errand)

    async def _ordered(
        self, purchase: Purchase, session: Session, *, tries: int | None
    ) -> Purchase | NotSold | NotKnown | Issued:
        """Ask for the order of an intent: with its nonce, so that it is booked once."""
        request = {**purchase.request, "session": session.secret, "nonce": purchase.id}
        answer = await asked(self._centre, purchase.op, request, pause=self._pause, tries=tries)
        match answer:
            case Ok() if "order" not in answer.content:
                await self._noted(purchase.after(Step.DONE))
                return Issued(purchase.serial)
            case Ok():
                order = order_read(answer.content["order"])
                is_reserved = order.state is CardOrderState.RESERVED
                step = Step.RESERVED if is_reserved else Step.IN_DOUBT
                return await self._noted(purchase.after(step, order=order))
            case Refused():
                await self._noted(purchase.after(Step.DONE, told=answer.sentence))
                return NotSold(answer.sentence, answer.code)
            case _:
                # Also where the session had ended before it was asked: it is asked when she signs in again.
                return NotKnown(purchase, why_of(answer))

    async def _write(self, reader: Reader, purchase: Purchase, errand: str) -> Result:
        with self.settling.in_hand(purchase.id) as is_free:
            if not is_free:
                return InDoubt(purchase, msg("the centre is just being asked about it; read the card again"))
            writing = Writing(self._centre, purchase, errand, self._note, self._pause)
            outcome = await reader.converse(writing.begin, writing.tell)
            after = await self._ended(writing, outcome)
        return await self._told(after, outcome)

    async def _ended(self, writing: Writing, outcome: Outcome) -> Purchase:
        """Note what has become of the card."""
        purchase = writing.purchase
        match outcome:
            case Written() if purchase.step is not Step.RESERVED:
                return await self._noted(purchase.after(Step.WRITTEN, shown=shown_of(outcome.picture)))
            case Unknown():
                return await self._noted(purchase.after(Step.IN_DOUBT, told=said_of(outcome)))
            case _:
                return await self._untouched(writing, outcome)

    async def _untouched(self, writing: Writing, outcome: Outcome) -> Purchase:
        """Nothing was changed on the card; what the centre has of it decides how it goes on."""
        purchase, begun = writing.purchase, writing.begun
        why = said_of(outcome) if isinstance(outcome, CardRefused) else msg("the card holds it already")
        if purchase.step is Step.RESERVED:
            return await self._noted(purchase.after(Step.GIVING_UP, told=why))
        if isinstance(begun, Ok):
            order = order_read(begun.content["order"])
            if not order.is_open:
                return await self._noted(purchase.after(Step.DONE, order=order, told=order.told))
        if purchase.step is Step.WRITING:
            return await self._noted(purchase.after(Step.IN_DOUBT, told=why))
        return purchase

    async def _told(self, purchase: Purchase, outcome: Outcome) -> Result:
        """Tell the centre, and whoever stands at the counter."""
        if purchase.step is Step.WRITTEN:
            return await self._sold(purchase)
        after = await self.settling.settle(purchase, tries=TRIES_WAITED)
        why = after.told or said_of(outcome)
        if after.step is Step.IN_DOUBT:
            return InDoubt(after, why)
        if after.step is Step.DONE and after.order and after.order.state is CardOrderState.CONFIRMED:
            # Another station, or the office, has found it on the card meanwhile.
            return Sold(after, {})
        return NotSold(why, purchase=after)

    async def _sold(self, purchase: Purchase) -> Result:
        after = await self.settling.settle(purchase, tries=TRIES_WAITED)
        if after.step is Step.IN_DOUBT:
            return InDoubt(after, after.told)
        if purchase.is_clearing:
            stays = after.named.state is CardOrderState.CONFIRMED
            return Stays(after) if stays else TakenOff(after)
        return Sold(after, self.settling.receipts.get(purchase.id, {}))

    async def _given_up(self, purchase: Purchase, why: str) -> None:
        is_begun = purchase.step is Step.GIVING_UP
        after = purchase if is_begun else await self._noted(purchase.after(Step.GIVING_UP, told=why))
        # She is not kept waiting for the line: what was not heard stays in the journal, and is told again.
        await self.settling.settle(after, tries=TRIES_WAITED)

    async def _compare(self, seen: Seen) -> None:
        """A purchase in doubt whose card is here and that the centre has not open any more is over."""
        for one in self._journal.purchases:
            is_open = seen.order is not None and one.order is not None and seen.order.id == one.order.id
            if one.step is Step.IN_DOUBT and one.serial == seen.shown.serial and not is_open:
                await self.settling.settle(one, tries=TRIES_WAITED)

    def _of_order(self, id_: int) -> Purchase | None:
        found = (one for one in self._journal.purchases if one.order is not None and one.order.id == id_)
        return next(found, None)

    async def _noted(self, purchase: Purchase) -> Purchase:
        await self._note(purchase)
        return purchase


def said_of(outcome: Outcome) -> str:
    """Say in a word why a conversation did not end well; the detail behind it is for experts."""
    if isinstance(outcome, Read | Written):
        return ""
    return f"{outcome.told.value}: {outcome.detail}" if outcome.detail else outcome.told.value
