"""What a cashier puts right at the desk: a card in the place of another, a wrong purchase, money back.

reissue     CARD ──F7──► REISSUE ──F9──► BUSY ──► RESULT      a blank card, and a meter that has one already
take off    CARD ──F6──► TAKE_OFF ──F9──► RESULT              asked for; agreed to in the office, the card is
                                                              put in again, and finished as any purchase is
give back   RESULT ──F6──► RESULT                             of a sale that was given up, or taken off
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from card_station.centre import Ok, Refused, SignedOut
from card_station.purchase import Purchase, Step
from card_station.sale import NotSold, TakenOff
from card_station.screen import AskedFor, GivenBack, Said, Screen, said_of
from card_station.words import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from card_station.desk import Desk

#: What has become of the card before, as the centre names it.
GONE: Final[Mapping[str, str]] = {
    "lost": msg("It is lost."),
    "damaged": msg("It is broken: no reader reads it any more."),
    "worn": msg("It is worn, and is handed in."),
}

_SAY_WHY: Final = msg("Write why, in a few words.")


class Mending:
    """Puts right what stands on a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # ---- another card

    @property
    def may_reissue(self) -> bool:
        """Is a blank card in the reader, for a meter that has one, and is no fee of a card owed?"""
        desk = self._desk
        is_new = desk.seen is not None and desk.seen.is_sellable and desk.seen.meter is None
        return is_new and desk.held is not None and desk.held.fee_minor == 0

    def begin_reissue(self) -> None:
        """Ask what has become of the card before."""
        if self._desk.screen is Screen.CARD and self.may_reissue:
            self._desk.show(Screen.REISSUE)

    def reissue(self, gone: str, reason: str) -> None:
        """Write the card that is in the reader in the place of the one before."""
        desk = self._desk
        if desk.screen is not Screen.REISSUE or gone not in GONE:
            return
        if not (desk.session and desk.seen and desk.meter and desk.held):
            return
        if not reason.strip():
            desk.show(Screen.REISSUE, Said(_SAY_WHY))
            return
        request = {
            "pan": desk.meter["pan"], "before": desk.held.serial, "gone": gone, "reason": reason.strip(),
        }  # fmt: skip
        desk.busy(
            "writing", desk.ended(desk.counter.reissue(desk.reader, desk.session, desk.seen, request), {})
        )

    # ---- a wrong purchase

    def begin_take_off(self) -> None:
        """Ask why what is on the card is to be taken off."""
        if self._desk.screen is Screen.CARD and self._desk.seen and self._desk.seen.last:
            self._desk.show(Screen.TAKE_OFF)

    async def take_off(self, reason: str) -> None:
        """Ask for it; whoever may agrees in the office."""
        desk = self._desk
        if desk.screen is not Screen.TAKE_OFF or desk.session is None or desk.seen is None:
            return
        last = desk.seen.last
        if last is None:
            return
        if not reason.strip():
            desk.show(Screen.TAKE_OFF, Said(_SAY_WHY))
            return
        answer = await desk.asked("take_off", {
            "session": desk.session.secret, "order": last.id, "payment": last.payment, "pan": last.pan,
            "card": desk.seen.said, "reason": reason.strip(),
        })  # fmt: skip
        if answer is None:
            return
        if "waits_until_us" in answer:
            desk.result = AskedFor(answer["waits_until_us"])
            desk.show(Screen.RESULT)
        else:
            # It was agreed to meanwhile: the card is read again, and finished.
            desk.show(Screen.CARD)
            desk.read()

    # ---- money given back

    @property
    def owed_back(self) -> Purchase | None:
        """Name the purchase on the screen whose money may be given back; None where there is none."""
        match self._desk.result:
            case NotSold(purchase=Purchase() as purchase) if purchase.op == "sell":
                return purchase
            case TakenOff(purchase=purchase) if purchase.step is Step.DONE:
                return purchase
            case _:
                return None

    async def give_back(self) -> None:
        """Take the sale back in the books; then the money may be handed out."""
        desk, purchase = self._desk, self.owed_back
        if desk.screen is not Screen.RESULT or desk.session is None or purchase is None:
            return
        order = purchase.named
        minor = purchase.request.get("tender_minor") or await self._paid(order.payment, order.pan)
        if minor is None:
            return
        request = {
            "session": desk.session.secret, "payment": order.payment, "pan": order.pan, "amount_minor": minor,
        }  # fmt: skip
        turn = desk.turn
        answer = await desk.centre.ask("undo", request)
        if desk.turn != turn:
            # She has gone on to another screen: it is said when her hands are free.
            desk.news.append(Said(_TAKEN_BACK if isinstance(answer, Ok) else _NOT_KNOWN))
        elif isinstance(answer, Ok):
            desk.result = GivenBack(minor)
            desk.show(Screen.RESULT)
        elif isinstance(answer, SignedOut):
            desk.signed_out()
        else:
            is_known = isinstance(answer, Refused)
            desk.show(Screen.RESULT, said_of(answer) if is_known else Said(_NOT_KNOWN))

    async def _paid(self, payment: str, pan: str) -> int | None:
        """Find what was paid for a credit that waits; None where it does not, and then that is said."""
        desk = self._desk
        assert desk.session is not None  # noqa: S101 - who asks has looked
        answer = await desk.asked("find", {"session": desk.session.secret, "number": pan})
        if answer is None:
            return None
        for one in answer.get("waiting", ()):
            if one["payment"] == payment:
                return int(one["tender_minor"])
        desk.show(Screen.RESULT, Said(msg("This credit does not wait any more; read the card again.")))
        return None


_TAKEN_BACK: Final = msg("The sale was taken back in the books: hand its money out.")
_NOT_KNOWN: Final = msg(
    "It is not known whether the sale was taken back. Do not hand the money out yet: press F6 again."
)
