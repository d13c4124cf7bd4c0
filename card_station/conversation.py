"""What the station answers while a card is read or written: keys from the centre, the journal, the begin.

    reading   Ask ──errand, once──► answer                                       Shown, Updated ──► go on
    writing   Shown ──► what the meter returned goes to the centre, before it is cleared
              AboutToWrite ──► journal: WRITING ──► begin ──► go on, only where the centre says so
              Ask ──► answer, until the begin for the errand of the reading, then for the order

Whatever is not known here ends the conversation before its first change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from card_station.centre import Ok, Refused, SignedOut, asked
from card_station.purchase import Step
from card_station.wire import ask_said, order_read, shown_of, shown_said
from card_station.words import msg
from gateway.codecs.card.dialogue import read_card, write_card
from gateway.codecs.card.loading import loading_for
from gateway.codecs.card.profile import PROFILES, Told, profile_named
from gateway.codecs.card.steps import AboutToWrite, Ask, Granted, Lost, Noted, Shown
from gateway.codecs.card.steps import Refused as CardRefused
from gateway.core.card_order import CardOrderState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from twisted.internet.defer import Deferred

    from card_station.centre import Answer as CentreAnswer
    from card_station.centre import Centre
    from card_station.purchase import Purchase
    from gateway.codecs.card.dialogue import Dialogue
    from gateway.codecs.card.picture import Loading, Picture
    from gateway.codecs.card.profile import Profile
    from gateway.codecs.card.steps import Answer, Outcome
    from gateway.codecs.card.steps import Step as CardStep
    from gateway.core.card import ShownCard
    from gateway.core.card_order import CardOrder

#: States in which the centre has a purchase written.
WRITABLE: Final = frozenset({CardOrderState.WRITING, CardOrderState.REISSUED, CardOrderState.CLEARING})

#: How often the begin, and what the meter returned, are told while a card is held: some seconds, for the
#: reader gives the station ten.
TRIES_HELD: Final = 3

#: What a customer is asked to wait for when the centre is silent.
_SILENT: Final = msg("the centre does not answer")


@dataclass(slots=True)
class Reading:
    """One reading of a card: who signed in asks the centre for an errand, and the centre answers for it."""

    centre: Centre
    session: str
    errand: str = ""

    def begin(self, atr: bytes) -> Dialogue | CardRefused:
        """Begin with a card that answers its reset so."""
        profile = profile_of(atr)
        if profile is None:
            return CardRefused(Told.OTHER_CARD, "no kind of card that is sold on answers so")
        return read_card(profile, atr)

    async def tell(self, step: CardStep) -> Answer:
        """Answer a step that is not for the card."""
        if not isinstance(step, Ask):
            return Noted()
        if not self.errand:
            request = {
                "session": self.session, "profile": step.profile, "serial": step.serial,
                "key_version": step.key_version, "system": step.system,
            }  # fmt: skip
            opened = await self.centre.ask("errand", request)
            if not isinstance(opened, Ok):
                return Lost(Told.NO_KEYS, why_of(opened))
            self.errand = opened.content["errand"]
        return await key_answer(self.centre, self.errand, step)


@dataclass(slots=True)
class Writing:
    """One writing of a purchase; ``errand`` is the reading's, for what is asked before the begin."""

    centre: Centre
    purchase: Purchase
    errand: str
    note: Callable[[Purchase], Awaitable[None]]
    pause: Callable[[float], Awaitable[None]]
    begun: CentreAnswer | None = None
    _shown: ShownCard | None = field(default=None, init=False)

    @property
    def order(self) -> CardOrder:
        """What is written."""
        return self.purchase.named

    def begin(self, atr: bytes) -> Dialogue | CardRefused:
        """Begin with the card that is in the reader now; another one is found out by its serial."""
        loading = loading_of(self.order)
        if loading is None:
            return CardRefused(Told.UNFIT, "the numbers of meter and customer")
        return write_card(profile_named(self.order.profile), atr, loading)

    async def tell(self, step: CardStep) -> Answer:
        """Answer a step that is not for the card."""
        match step:
            case Ask():
                errand = self.errand if self.begun is None and self.errand else f"order/{self.order.id}"
                return await key_answer(self.centre, errand, step)
            case Shown():
                self._shown = shown_of(step.picture)
                return await self._kept(step.picture)
            case AboutToWrite():
                return await self._begun()
            case _:
                return Noted()

    async def _kept(self, picture: Picture) -> Answer:
        """Have the centre keep what the meter wrote back: it is cleared next."""
        if picture.returned is None or picture.serial != self.order.serial:
            return Noted()
        file = profile_named(picture.profile).returned
        request = {
            "serial": picture.serial,
            "profile": picture.profile,
            "values": {name: plain(value) for name, value in picture.returned.values.items()},
            "raw": picture.raw[file.name].hex(),
        }
        kept = await asked(self.centre, "returned", request, pause=self.pause, tries=TRIES_HELD)
        return Noted() if isinstance(kept, Ok) else Lost(Told.STOPPED, why_of(kept))

    async def _begun(self) -> Answer:
        """Write it down, then ask the centre to let the credit out; without its word nothing is written."""
        assert self._shown is not None, "a card is shown before it is written"  # noqa: S101 - of our own code
        self.purchase = self.purchase.after(Step.WRITING, shown=self._shown)
        await self.note(self.purchase)
        request = {**step_said(self.order), "card": shown_said(self._shown)}
        begun = await asked(self.centre, "begin", request, pause=self.pause, tries=TRIES_HELD)
        self.begun = begun
        if isinstance(begun, Ok):
            order = order_read(begun.content["order"])
            is_as_read = order.id == self.order.id and loading_of(order) == loading_of(self.order)
            if order.state in WRITABLE and is_as_read:
                return Noted()
            return Lost(Told.STOPPED, order.told or f"the purchase is {order.state.value}")
        return Lost(Told.STOPPED, why_of(begun))


async def key_answer(centre: Centre, errand: str, ask: Ask) -> Answer:
    """Have the centre answer a question of the dialogue. Not twice: a challenge is good for one answer."""
    found = await centre.ask("answer", {"errand": errand, "ask": ask_said(ask)})
    if not isinstance(found, Ok):
        return Lost(Told.NOT_AUTHORISED if isinstance(found, Refused) else Told.NO_KEYS, why_of(found))
    if "granted" in found.content:
        return Granted(bytes.fromhex(found.content["granted"]))
    lost = found.content.get("lost", {"told": Told.NO_KEYS.value, "detail": ""})
    return Lost(_told(lost["told"]), lost["detail"])


def _told(word: str) -> Told:
    """A newer centre may have a word that this station has not."""
    return Told(word) if word in {one.value for one in Told} else Told.NO_KEYS


def profile_of(atr: bytes) -> Profile | None:
    """Give the kind of card that answers its reset so."""
    found = (profile_named(name) for name in PROFILES)
    return next((profile for profile in found if profile.matches(atr)), None)


def loading_of(order: CardOrder) -> Loading | None:
    """Say what is to be written for an order; on a card that is cleared the number before, and nothing."""
    is_cleared = order.state is CardOrderState.CLEARING
    return loading_for(
        order.profile,
        order.serial,
        order.kind.value,
        pan=order.pan,
        account_no=order.account_no,
        amount=0 if is_cleared else order.amount,
        number=order.number - 1 if is_cleared else order.number,
    )


def step_said(order: CardOrder) -> dict[str, Any]:
    """Name an order to the centre."""
    return {"order": order.id, "payment": order.payment, "by": order.by}


def why_of(answer: CentreAnswer) -> str:
    """Put in words why there is nothing to go on with."""
    match answer:
        case Ok():
            return ""
        case Refused():
            return answer.sentence
        case SignedOut():
            return msg("nobody is signed in")
        case _:
            return answer.why or _SILENT


def plain(value: object) -> object:
    """Give a value of a card's field as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


class Reader(Protocol):
    """A card reader: ``adapters.card_reader.reader.CardReader``, or a test's."""

    def converse(
        self,
        begin: Callable[[bytes], Dialogue | CardRefused],
        tell: Callable[[CardStep], Coroutine[Deferred[object], object, Answer]],
    ) -> Awaitable[Outcome]:
        """Hold a conversation with the card that is in it; never fails."""
