"""What stands on the cashier's screen, and what may be done from there: one table.

    SIGN_IN ──sign_in──► READY ──read──► BUSY ──► CARD ──price──► PRICE ──commit──► BUSY ──► RESULT
                           ▲                       │ bring, finish ──────────────► BUSY ──► RESULT
                           │                       │ check ──► CHECK ──back──► CARD
                           │                       ├──► REISSUE ──commit─────────► BUSY ──► RESULT
                           │                       └──► TAKE_OFF ──ask────────────────────► RESULT
                           └────────back───────────┴────────────────────────────────────────┘

What is not in the table for the screen that stands there is not done: a form that was sent twice, or from a
screen that is not there any more, changes nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from card_station.centre import Hello, Ok, SignedOut
from card_station.journal import JournalFault
from card_station.purchase import Step
from card_station.sale import Sold
from card_station.screen import AskedFor, GivenBack, Receipt, Said, Screen, said_of
from card_station.seen import Held, NotLooked, NotRead, Seen, Session, held_of
from card_station.told_words import SENTENCES
from card_station.words import ENGLISH, LANGUAGES, msg
from gateway.core.money import Money, MoneyFault
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from card_station.centre import Centre
    from card_station.conversation import Reader
    from card_station.purchase import Purchase
    from card_station.sale import Counter, Result

#: Receipts that may be printed again: those of a shift or so.
RECEIPTS_MAX: Final = 200

#: The money of such a sale is in the drawer: she had been told that its credit would be offered.
_NOT_BOOKED: Final = msg(
    "A sale that the centre had not answered was refused, and nothing was booked; give the money back"
)

_log = logging.getLogger("powertill.station")


@dataclass(slots=True)
class Desk:
    """The desk. ``spawn`` lets a coroutine go on by itself."""

    counter: Counter
    centre: Centre
    reader: Reader
    live: Callable[[], tuple[Purchase, ...]]
    spawn: Callable[[Coroutine[Any, Any, None]], None]
    hello: Hello = field(default_factory=Hello)
    #: Asks the centre who we are; without its answer neither the money's name nor the station's is known.
    greet: Callable[[], Coroutine[Any, Any, None]] | None = None
    screen: Screen = Screen.SIGN_IN
    #: Counts the screens: a form of another one is not taken.
    turn: int = 1
    language: str = ENGLISH
    presence: str = "no_reader"
    session: Session | None = None
    said: Said | None = None
    doing: str = ""
    seen: Seen | None = None
    meter: Mapping[str, Any] | None = None
    waiting: tuple[Mapping[str, Any], ...] = ()
    #: The card that the meter of a new card has, or had last.
    held: Held | None = None
    price: Mapping[str, Any] | None = None
    result: Result | AskedFor | GivenBack | None = None
    receipts: dict[str, Receipt] = field(default_factory=dict)
    #: What she has to hear when her hands are free: no more than the journal has unfinished.
    news: list[Said] = field(default_factory=list)

    def show(self, screen: Screen, said: Said | None = None) -> None:
        """Put a screen there."""
        if screen is Screen.READY and said is None and self.news:
            said = self.news.pop(0)
        self.screen, self.said, self.turn = screen, said, self.turn + 1

    def speak(self, language: str) -> None:
        """Speak another language."""
        if language in LANGUAGES:
            self.language = language
            self.turn += 1

    @property
    def unfinished(self) -> tuple[Purchase, ...]:
        """What has to be finished before anything else, with its card or by the centre."""
        return self.live()

    async def sign_in(self, login: str, password: str, code: str) -> None:
        """Let a cashier in."""
        turn = self.turn
        if not self.hello.station and self.greet is not None:
            await self.greet()
            if not self.hello.station:
                self.show(Screen.SIGN_IN, Said(self.hello.why))
                return
        request = {"login": login.strip(), "password": password} | (
            {"code": code.strip()} if code.strip() else {}
        )
        answer = await self.centre.ask("sign_in", request)
        if self.screen is not Screen.SIGN_IN or self.turn != turn:
            # Sent twice: who was let in first stays, and this session is not left open behind her.
            if isinstance(answer, Ok):
                await self.centre.ask("sign_out", {"session": answer.content["session"]})
            return
        if not isinstance(answer, Ok):
            self.show(Screen.SIGN_IN, said_of(answer))
            return
        found = answer.content
        self.session = Session(
            found["session"], found["login"], found["name"], found["language"], found["has_shift"]
        )
        self.speak(found["language"])
        no_shift = Said(msg("Open your shift in the office first: without one nothing is sold."))
        self.show(Screen.READY, None if self.session.has_shift else no_shift)
        self.spawn(self._kept_on(self._asked_again(self.session)))

    def ask_again(self) -> None:
        """The centre is there again: it is asked for the sales that it did not answer while she sat here."""
        if self.session is not None:
            self.spawn(self._asked_again(self.session, tries=1))

    async def _asked_again(self, session: Session, *, tries: int | None = None) -> None:
        """She was told not to sell it once more, so she is told where nothing was booked."""
        for one in await self.counter.ask_again(session, tries=tries):
            self.news.append(Said(f"{_NOT_BOOKED}: {one.why}"))
        if self.news and self.screen is Screen.READY and self.said is None:
            self.show(Screen.READY)

    async def sign_out(self) -> None:
        """Let her go; not while a card is being written."""
        if self.screen is Screen.BUSY:
            return
        session, self.session = self.session, None
        self._forget()
        self.show(Screen.SIGN_IN)
        if session is not None:
            await self.centre.ask("sign_out", {"session": session.secret})

    def read(self) -> None:
        """Read the card that is in the reader."""
        if self.session is not None and self.screen in {Screen.READY, Screen.CARD, Screen.RESULT}:
            self._forget()
            self.busy("reading", self._read(self.session))

    async def find(self, number: str) -> None:
        """Find the meter that a new card is for."""
        if self.screen is not Screen.CARD or self.session is None:
            return
        answer = await self.asked("find", {"session": self.session.secret, "number": number.strip()})
        if answer is None:
            return
        meters = answer["meters"]
        if len(meters) != 1:
            few = msg("No meter of ours has this number.") if not meters else msg(
                "Several meters have this number; type the whole number of the meter."
            )  # fmt: skip
            self.show(Screen.CARD, Said(few))
            return
        self.meter, self.waiting = meters[0], tuple(answer.get("waiting", ()))
        self.held = held_of(answer)
        self.show(Screen.CARD)

    async def quote(self, amount: str) -> None:
        """Say what an amount buys."""
        if self.screen is not Screen.CARD or self.session is None or self.meter is None or self.held:
            return
        try:
            minor = Money.parse(amount.strip().replace(",", "."), self.hello.currency).minor
        except MoneyFault:
            minor = 0
        if minor <= 0:
            self.show(Screen.CARD, Said(msg("Type the amount in figures, as in 100 or 99.50.")))
            return
        request = {"session": self.session.secret, "pan": self.meter["pan"], "amount_minor": minor}
        if (price := await self.asked("quote", request)) is not None:
            self.price = price
            self.show(Screen.PRICE)

    def commit(self) -> None:
        """The money is in the drawer: sell, and write the card."""
        if self.screen is Screen.PRICE and self.session and self.seen and self.meter and self.price:
            selling = self.counter.sell(
                self.reader,
                self.session,
                self.seen,
                pan=self.meter["pan"],
                tender_minor=self.price["tender_minor"],
                price=self.price["price"],
            )
            self.busy("writing", self.ended(selling, self.price))

    def bring(self, place: int) -> None:
        """Bring a credit that waits to the card."""
        if self.screen is Screen.CARD and self.session and self.seen and self.meter:
            if not 0 <= place < len(self.waiting):
                return
            one = self.waiting[place]
            bringing = self.counter.reserve(
                self.reader, self.session, self.seen, pan=self.meter["pan"], payment=one["payment"]
            )
            self.busy("writing", self.ended(bringing, one))

    def finish(self) -> None:
        """Finish the purchase that is on its way to the card."""
        if self.screen is Screen.CARD and self.seen is not None and self.seen.is_its_order:
            self.busy("finishing", self.ended(self.counter.finish(self.reader, self.seen), {}))

    def check(self) -> None:
        """Show what is on the card beside what the books have of it."""
        if self.screen is Screen.CARD and self.seen is not None:
            self.show(Screen.CHECK)

    def back(self) -> None:
        """One screen back; what is being written is not stopped."""
        if self.screen in {Screen.PRICE, Screen.CHECK, Screen.REISSUE, Screen.TAKE_OFF}:
            self.price = None
            self.show(Screen.CARD)
        elif self.screen in {Screen.CARD, Screen.RESULT}:
            self._forget()
            self.show(Screen.READY)

    def busy(self, doing: str, work: Coroutine[Any, Any, None]) -> None:
        """Let work go on while its screen stands there."""
        self.doing = doing
        self.show(Screen.BUSY)
        self.spawn(self._kept_on(work))

    async def _kept_on(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it, and say on the screen what keeps it from being done."""
        try:
            await work
        except JournalFault as fault:
            event(_log, "station.journal", level=logging.CRITICAL, fault=str(fault))
            self.show(Screen.READY, Said(str(fault)))
        except Exception as bug:  # noqa: BLE001 - the desk's one catch-all: she must not be left waiting
            event(_log, "station.fault", level=logging.ERROR, raised=bug)
            self.show(
                Screen.READY, Said(msg("A fault of the program; read the card again, and tell the engineer."))
            )

    async def _read(self, session: Session) -> None:
        found = await self.counter.read(self.reader, session)
        match found:
            case Seen():
                self.seen, self.meter, self.waiting = found, found.meter, found.waiting
                self.show(Screen.CARD)
            case NotRead():
                self.show(Screen.READY, Said(SENTENCES[found.told]))
            case NotLooked():
                if found.is_signed_out:
                    self.signed_out()
                else:
                    self.show(Screen.READY, Said(found.why))

    async def ended(self, work: Coroutine[Any, Any, Result], price: Mapping[str, Any]) -> None:
        """Put what has come of it there; ``price`` is what stands on the receipt."""
        result = await work
        if isinstance(result, Sold):
            self._keep_receipt(result, price)
        self.result = result
        self.show(Screen.RESULT)

    def _keep_receipt(self, sold: Sold, price: Mapping[str, Any]) -> None:
        customer = price.get("customer") or (self.meter or {}).get("customer", "")
        receipt = Receipt(sold.purchase, price, customer, sold.receipt)
        self.receipts[sold.purchase.id] = receipt
        while len(self.receipts) > RECEIPTS_MAX:
            del self.receipts[next(iter(self.receipts))]

    async def asked(self, op: str, request: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Ask for this screen; None where it has gone since, or where it was not done, and that is said."""
        turn = self.turn
        answer = await self.centre.ask(op, request)
        if self.turn != turn:
            return None
        if isinstance(answer, Ok):
            return answer.content
        if isinstance(answer, SignedOut):
            self.signed_out()
        else:
            self.show(self.screen, said_of(answer))
        return None

    def signed_out(self) -> None:
        """Say that nobody is signed in any more."""
        self.session = None
        self._forget()
        self.show(Screen.SIGN_IN, Said(msg("You have been signed out; sign in again.")))

    def _forget(self) -> None:
        """The card that was here is not here any more."""
        self.seen = self.meter = self.price = self.result = self.held = None
        self.waiting, self.doing = (), ""


def needs_card(purchase: Purchase) -> bool:
    """Has its card to be read again? The others are told to the centre by themselves."""
    return purchase.step in {Step.IN_DOUBT, Step.WRITING}
