"""What the inside needs of the outside, as small Protocols; the adapters obey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from gateway.codecs.dlms.token import TokenStatus
    from gateway.core.books import Command
    from gateway.core.card_order import CardOrder
    from gateway.core.contact import ItemsRead, ItemWritten, ProfileRead, RelayDone, RelayOrder, RelayState
    from gateway.core.journal import (
        AccountRow,
        DepartureRow,
        EntryRow,
        KeyRow,
        PostingRow,
        ReadMeterRow,
        SaleRow,
        TokenRow,
    )
    from gateway.core.key_ring import KeyRing
    from gateway.core.line_work.call import Call, CallEnded
    from gateway.core.meter import MeterAccount
    from gateway.core.money import Money
    from gateway.core.outcome import Content, Declined
    from gateway.core.pricing import Priced
    from gateway.core.remote_order import RemoteOrder
    from gateway.core.token import IssuerRefusalWhy, StsIdentity, TokenDigits
    from gateway.core.token_order import Order
    from gateway.core.views import Query, RowT, TotalsT


class OutcomeUnknown(Exception):  # noqa: N818 - unknown is an outcome of its own, not an error class
    """The write may or may not have happened: ask again with the same key, never guess."""


class LedgerBusy(Exception):  # noqa: N818 - a refusal before anything was done
    """The queue is full or the ledger is closing: nothing was booked, ask again."""


class TooManyAtOnce(Exception):  # noqa: N818 - a refusal before anything was done
    """So many ask for the same that this one is sent away: nothing was done, ask again in a moment."""


class TakesTooLong(Exception):  # noqa: N818 - a refusal: the same question would take as long again
    """A question was stopped because it took too long: ask for less. Nothing is known of its answer."""


class Timer(Protocol):
    """A call that a clock will make."""

    def active(self) -> bool:
        """Is it still to come?"""

    def cancel(self) -> None:
        """Do not make it."""


class Clock(Protocol):
    """Monotonic time for deadlines: the reactor, or a test's clock."""

    def seconds(self) -> float:
        """Return seconds since some moment; only differences mean anything."""

    def callLater(self, delay: float, callable: Callable[..., object], *args: object) -> Timer:  # noqa: A002, N802
        """Call later (Twisted's name and signature, so that a reactor is a Clock)."""


class Poster(Protocol):
    """The one road of every money movement: load → decide → write."""

    def post(self, command: Command) -> Awaitable[Content]:
        """Post a command; the decided content once it is durable.

        Raises LedgerBusy before anything was done, OutcomeUnknown when the commit's fate is not known.
        """


class LineCrew(Protocol):
    """Makes the calls that a pool of lines decides on; each of its lines has a number."""

    def call(self, call: Call) -> Awaitable[CallEnded]:
        """Make a call, do its jobs, hang up, and say how it ended.

        The line is free when this is done. It never fails: what went wrong is in the answer.
        """

    def look_at(self, line: int) -> Awaitable[bool]:
        """See whether a line that was taken out of service is good again."""


class MeterTalk(Protocol):
    """A conversation with one meter, whatever it speaks; what cannot be done raises ``ContactFault``."""

    async def identify(self) -> str:
        """Ask who is there: the meter's number as it says it itself; ``ContactFault`` where nobody does."""

    async def read(self, items: Sequence[str]) -> ItemsRead:
        """Read items. What was read before the line broke is kept; what was not has its reason."""

    async def everything(self) -> ItemsRead:
        """Read all that the model names, or the meter itself lists."""

    async def write(self, item: str, text: str) -> ItemWritten:
        """Write an item, once, and read it back."""

    async def relay(self) -> RelayState | None:
        """Look where the relay is; None where the meter's answer does not say it."""

    async def switch(self, order: RelayOrder) -> RelayDone:
        """Switch the relay, once, and read back where it is."""

    async def profile(self, first: datetime, last: datetime, item: str = "profile") -> ProfileRead:
        """Read the rows of a profile from one moment to another, both included."""

    async def enter_token(self, digits: str) -> TokenStatus:
        """Enter a token, once, and give its status; ``ContactFault`` in doubt where that is not known."""

    async def leave(self) -> None:
        """End the conversation; never fails, a meter that is left without a word ends it by itself."""


class Journal(Protocol):
    """Reads the books back, whole and in order: for checks and proofs."""

    def accounts(self) -> Iterable[AccountRow]:
        """Every account, by id."""

    def entries(self) -> Iterable[tuple[EntryRow, tuple[PostingRow, ...]]]:
        """Every entry with its postings, by position."""

    def sales(self) -> Iterable[SaleRow]:
        """Every sale, by id."""

    def tokens(self) -> Iterable[TokenRow]:
        """Every token, by meter, base date and id."""

    def stored_keys(self) -> Iterable[KeyRow]:
        """Every key with its decided content."""

    def read_meters(self) -> Iterable[ReadMeterRow]:
        """Every meter that was read, as its last reading that counts has its energy, less what has left."""

    def departures(self) -> Iterable[DepartureRow]:
        """Every meter that left its supply point, by the departure's number."""

    def card_orders(self) -> Iterable[CardOrder]:
        """Every purchase that was ever on its way to a card, by its number."""

    def remote_orders(self) -> Iterable[RemoteOrder]:
        """Every order that was ever to go over a line, by its number."""


class Views(Protocol):
    """Answers questions to the books, side by side with the payments; each call sees one moment.

    Which questions there are, and what is answered: ``gateway.core.views``. Raises TakesTooLong where
    there is a limit to how long a question may take.
    """

    def rows(self, query: Query[RowT, Any]) -> Awaitable[Sequence[RowT]]:
        """What is asked for, a page at most, in the question's order."""

    def count(self, query: Query[Any, Any]) -> Awaitable[int]:
        """How many rows there are in all, whatever a page holds."""

    def totals(self, query: Query[Any, TotalsT]) -> Awaitable[TotalsT]:
        """What they sum to."""


class Pricing(Protocol):
    """Turns a tender into energy: a pure function over the tariff versions that were loaded."""

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """The customers' own accounts that a price may depend on, ``{}`` for the account number."""

    def price(
        self, meter: MeterAccount, tender: Money, now: datetime, balances: Mapping[str, int], channel: str
    ) -> Priced | Declined:
        """Price a tender for a meter at a moment, with the meter's own counters.

        ``balances`` are those of ``own_accounts`` (debit positive), ``channel`` is who takes the money.
        """

    def cost(
        self, meter: MeterAccount, energy_wh: int, now: datetime, balances: Mapping[str, int], channel: str
    ) -> Money | Declined:
        """Say what so many Wh cost this meter, with all that is due; a tender that is priced in its turn."""

    def holds_until(self, meter: MeterAccount, now: datetime) -> datetime:
        """Until when an offer that is made now may be paid at its price."""

    def currency(self, meter: MeterAccount, now: datetime) -> str | None:
        """Return the currency this meter is sold in, or None where no tariff is in force."""


class TokenIssuer(Protocol):
    """Makes tokens, for an order always the same, and knows which keys it may make them with.

    Where the meters' keys can be had, ``make`` computes; where a security module hands out finished tokens
    or has to be asked for a key first, ``prepare`` asks it, between commands, and ``make`` finds the answer.
    """

    @property
    def ring(self) -> KeyRing:
        """The vending keys as they stand now."""

    def make(self, order: Order) -> tuple[TokenDigits, ...]:
        """Make what is ordered: one token, or all of a key change in the order of entry. No I/O.

        Raises IssuerRefusal, before anything is booked, and NotPrepared where ``prepare`` must come first.
        """

    def trouble(self, identity: StsIdentity) -> IssuerRefusalWhy | None:
        """Say why this meter's tokens cannot be had now, as far as is known: a module that is silent."""

    async def prepare(self, orders: Sequence[Order]) -> None:
        """Ask for whatever ``make`` will need; may wait. IssuerRefusal where it cannot be had now.

        Asked again for the same order, after a crash too, a module gives the same tokens.
        """


class Tally(Protocol):
    """What is counted for the operator's graphs; the names and their meanings stand in ``gateway.tally``."""

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        """Add to a count that only grows."""

    def took(self, name: str, seconds: float, **labels: str) -> None:
        """Note how long something took."""

    def level(self, name: str, value: float, **labels: str) -> None:
        """Note how much of something there is now."""
