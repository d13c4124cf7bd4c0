"""What is owed to the centre: told until it answers, whatever stops in between.

    WRITTEN    ──confirm──► DONE        cleared, where the purchase was taken off
    GIVING_UP  ──give_up──► DONE
    IN_DOUBT   ──doubt────► stays, until its card is read
                            reserved there: it was never begun ──► GIVING_UP
                            over there ──► DONE

A refusal is an answer: what cannot be given up may be on a card, and what cannot be confirmed has to be
looked at; both are in doubt then.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from card_station.centre import Ok, Refused, asked
from card_station.conversation import step_said
from card_station.purchase import Purchase, Step
from card_station.wire import order_read, shown_said
from card_station.words import msg
from gateway.core.card_order import CardOrderState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from card_station.centre import Answer, Centre
    from card_station.journal import Journal

#: Steps of a purchase that end by themselves in a few exchanges; more would be a circle.
_STEPS_MAX = 6

#: Receipts' numbers that are kept: whoever waits for one takes it at once.
_RECEIPTS_MAX = 40

#: The station that is stopped in front of a card: nothing was written, or the card has to be read.
_STOPPED = msg("the station was stopped")

#: The centre's words for a purchase that is none of this station's (any more): it goes on without it.
_NOT_OURS = frozenset({"no_card_order", "other_station"})

_OPS = {Step.WRITTEN: "confirm", Step.GIVING_UP: "give_up", Step.IN_DOUBT: "doubt"}
_CLEARED = "cleared"


class Settling:
    """Tells the centre what it has to know."""

    def __init__(
        self,
        centre: Centre,
        journal: Journal,
        *,
        note: Callable[[Purchase], Awaitable[None]],
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self._centre = centre
        self._journal = journal
        self._note = note
        self._pause = pause
        self._in_hand: set[str] = set()
        #: What the centre has said of the last purchases that were confirmed: the receipt's and the invoice's
        #: numbers.
        self.receipts: dict[str, Mapping[str, Any]] = {}

    @contextmanager
    def in_hand(self, id_: str) -> Iterator[bool]:
        """Hold a purchase; nobody else moves it on. False where somebody has it already."""
        is_free = id_ not in self._in_hand
        self._in_hand.add(id_)
        try:
            yield is_free
        finally:
            if is_free:
                self._in_hand.discard(id_)

    async def resume(self) -> None:
        """Note what the station was stopped in, before anything else is done."""
        for one in self._journal.purchases:
            if one.step is Step.RESERVED:
                await self._note(one.after(Step.GIVING_UP, told=_STOPPED))
            elif one.step is Step.WRITING:
                await self._note(one.after(Step.IN_DOUBT, told=_STOPPED))

    async def settle(self, purchase: Purchase, *, tries: int | None = None) -> Purchase:
        """Tell the centre of a purchase until it has answered, ``tries`` times at most; where it stands then.

        Where somebody has it in hand it is left to him.
        """
        with self.in_hand(purchase.id) as is_free:
            if not is_free:
                return purchase
            for _ in range(_STEPS_MAX):
                after = await self._told(purchase, tries)
                if after is None or not after.is_live or after.step is purchase.step:
                    return after or purchase
                purchase = after
        raise AssertionError("a purchase goes round in a circle")

    async def _told(self, purchase: Purchase, tries: int | None) -> Purchase | None:
        """Tell where it stands; where it stands after that, None where nobody knows."""
        op = _OPS.get(purchase.step)
        if op is None:
            return None
        if purchase.step is Step.WRITTEN and purchase.is_clearing:
            op = _CLEARED
        request = {**step_said(purchase.named)}
        if purchase.step is Step.WRITTEN:
            assert purchase.shown is not None, "what was read back was read"  # noqa: S101 - of our own code
            request["card"] = shown_said(purchase.shown)
        else:
            request["told"] = purchase.told or _STOPPED
        answer = await asked(self._centre, op, request, pause=self._pause, tries=tries)
        after = self._after(purchase, answer)
        if after is not None and after is not purchase:
            await self._note(after)
        return after

    def _after(self, purchase: Purchase, answer: Answer) -> Purchase | None:
        if isinstance(answer, Refused):
            return self._refused(purchase, answer)
        if not isinstance(answer, Ok):
            return None
        order = order_read(answer.content["order"])
        match purchase.step:
            case Step.WRITTEN:
                self.receipts[purchase.id] = answer.content
                while len(self.receipts) > _RECEIPTS_MAX:
                    del self.receipts[next(iter(self.receipts))]
                return purchase.after(Step.DONE, order=order)
            case Step.GIVING_UP:
                return purchase.after(Step.DONE, order=order, told=purchase.told)
            case _:
                is_moved = order.serial != purchase.serial
                if not order.is_open or is_moved:
                    return purchase.after(Step.DONE, order=order, told=order.told)
                if order.state is CardOrderState.RESERVED:
                    return purchase.after(Step.GIVING_UP, told=purchase.told)
                return purchase

    def _refused(self, purchase: Purchase, refused: Refused) -> Purchase:
        """What the centre does not take of us: it is another station's by now, or its card has to be read."""
        if purchase.step is not Step.WRITTEN and refused.code in _NOT_OURS:
            return purchase.after(Step.DONE, told=refused.sentence)
        if purchase.step is Step.IN_DOUBT:
            return purchase
        return purchase.after(Step.IN_DOUBT, told=refused.sentence)
