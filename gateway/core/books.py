"""Books: a plain view of what a batch loaded, and what commands decide on it.

A command is a frozen value with a key. ``needs`` says what to load for it, ``decide`` is pure: it reads the
books and returns a decision, and changes nothing. ``Books.apply`` then enters the decision, so that the next
command of the batch sees it. The poster does this with loaded rows, the tests on books alone.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from gateway.core.file_books import FileBooks
from gateway.core.invoice_books import InvoiceBooks
from gateway.core.ledger import EntryKind
from gateway.core.office_books import OfficeBooks
from gateway.core.outcome import Declined, TokensWanted, is_stored, recalled
from gateway.core.quickly_built import quickly_built
from gateway.core.reading_books import ReadingBooks
from gateway.core.refusal import RETRYABLE

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.calendar import DaySpan
    from gateway.core.closed_day import Closed, DayFigures
    from gateway.core.diary import DiaryLine
    from gateway.core.file_books import FileChange, FileNeeds
    from gateway.core.invoice import Invoice
    from gateway.core.invoice_books import InvoiceNeeds
    from gateway.core.ledger import Entry
    from gateway.core.meter import MeterAccount, MeterRef
    from gateway.core.office_books import OfficeChange, OfficeNeeds
    from gateway.core.outcome import Content, StoredContent
    from gateway.core.reading_books import ReadingChange, ReadingNeeds
    from gateway.core.sale import Sale
    from gateway.core.token import TokenDigits

_OPENING = frozenset({EntryKind.SALE, EntryKind.HOLD, EntryKind.MANAGEMENT, EntryKind.TRANSFER})


@quickly_built
@dataclass(frozen=True, slots=True)
class Needs:
    """What a command wants loaded (and locked): keys, sales by their payment's key, meters, balances.

    ``traces`` are (bank, trace): the keys of the payments that have this second name. ``days`` are business
    days whose figures are wanted, with which days are open and the last close. ``own_accounts`` are balances
    of the customer whose meter the command names, or names by its sale: account codes in which ``{}`` stands
    for his account number, such as ``CUST:{}``. ``office``: people, sessions and approvals; ``files``:
    customers and supply points; ``invoices``: those of sales, and the next numbers; ``readings``: meters as
    they were read.
    """

    keys: tuple[str, ...] = ()
    sales: tuple[str, ...] = ()
    meters: tuple[MeterRef, ...] = ()
    balances: tuple[str, ...] = ()
    traces: tuple[tuple[str, str], ...] = ()
    days: tuple[DaySpan, ...] = ()
    own_accounts: tuple[str, ...] = ()
    office: OfficeNeeds | None = None
    files: FileNeeds | None = None
    invoices: InvoiceNeeds | None = None
    readings: ReadingNeeds | None = None


@quickly_built
@dataclass(frozen=True, slots=True)
class Traced:
    """A payment found by trace and date: its key, and what tells it from another with the same trace."""

    key: str
    terminal: str
    pan: str


@quickly_built
@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token that goes into the books with its sale: UNIQUE per meter, base date and token id."""

    sale_id: int
    meter_id: int
    base_date: int
    tid: int
    digits: TokenDigits


@dataclass(frozen=True, slots=True)
class ExceptionNote:
    """Something a person must look at: a row he can see, not a log line.

    As long as one of its kind and key is open there is no second; once it was closed there is.
    """

    kind: str
    bank: str
    key: str
    sale_id: int | None
    text: str

    @property
    def place(self) -> tuple[str, str]:
        """What it shares with those that say the same."""
        return self.kind, self.key


@quickly_built
@dataclass(frozen=True, slots=True)
class Notice:
    """An outbox row: what is to be told to the outside once the transaction stands."""

    kind: str
    subject: int
    text: str


@quickly_built
@dataclass(frozen=True, slots=True)
class Decision:
    """What a command decided: the reply's content and everything that is written with it.

    The first entry gets ``books.next_id`` and ``books.next_position``, the following ones count on.
    ``remembered`` is False where the answer depends on the moment or nothing needs a memory. ``tokens`` are
    those handed out, in the order of their ids. ``closes`` is the business day that takes no further entry
    from now on. ``rekeys``: the meter's key, or the change of it that is on its way, is another than before;
    ``presets``: the energy that it came with.
    ``office`` is what becomes of people, sessions and approvals, ``diary`` what is written of it; ``told`` is
    what the diary shall say of an order, before and after, in the line that its author is given. ``files`` is
    what becomes of customers and supply points. ``invoices`` are those that it writes, in their order,
    ``readings`` what is added to how meters were read. ``first`` are other orders with what was decided on
    them, entered and written before this one and in the same breath: all of them stand, or none does.
    """

    content: Content
    remembered: bool = False
    entries: tuple[Entry, ...] = ()
    meter: MeterAccount | None = None
    sale: Sale | None = None
    tokens: tuple[IssuedToken, ...] = ()
    exception: ExceptionNote | None = None
    notices: tuple[Notice, ...] = ()
    closes: Closed | None = None
    rekeys: bool = False
    presets: bool = False
    office: OfficeChange | None = None
    diary: tuple[DiaryLine, ...] = ()
    told: str = ""
    files: FileChange | None = None
    invoices: tuple[Invoice, ...] = ()
    readings: ReadingChange | None = None
    first: tuple[tuple[Command, Decision], ...] = ()

    @property
    def opens_sale(self) -> bool:
        """Is the sale new with this decision (and not one step on in its life)?"""
        return self.sale is not None and self.entries[0].kind in _OPENING

    @property
    def writes(self) -> bool:
        """Does anything have to be written for this decision?"""
        return (
            self.remembered
            or bool(self.entries)
            or self.exception is not None
            or self.office is not None
            or self.files is not None
            or self.readings is not None
            or bool(self.diary)
            or bool(self.invoices)
        )


class Command(Protocol):
    """An order that may move money, as the poster knows it."""

    @property
    def key(self) -> str:
        """The idempotency key; it lives for ever."""

    @property
    def digest(self) -> str:
        """A digest of the money-relevant content; same key and other digest is refused."""

    @property
    def channel(self) -> str:
        """Who gave the order, as the journal names it: ``bank:<code>``."""

    def needs(self) -> Needs:
        """Say what must be loaded before deciding."""

    def decide(self, books: Books, now: datetime) -> Decision:
        """Decide on what is loaded: pure, safe to run twice, reads ``books`` and changes nothing."""


@quickly_built
@dataclass(frozen=True, slots=True)
class Known:
    """What is stored under a key: the digest of the first request and the decided content."""

    digest: str
    content: StoredContent | str

    def recall(self) -> StoredContent:
        """Return the decided content, reading it back where it came from the store."""
        return recalled(self.content) if isinstance(self.content, str) else self.content


@dataclass(slots=True)
class Books:
    """What was loaded for a batch, kept up to date with what the batch has decided so far."""

    next_id: int = 1
    next_position: int = 1
    known: dict[str, Known] = field(default_factory=dict)
    sales: dict[str, Sale] = field(default_factory=dict)
    meters: dict[str, MeterAccount] = field(default_factory=dict)
    pans_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=dict)
    traced: dict[tuple[str, str], tuple[Traced, ...]] = field(default_factory=dict)
    days: dict[str, DayFigures] = field(default_factory=dict)
    open_days: tuple[str, ...] = ()
    last_close: Closed | None = None
    # Meters (PAN) that this batch has fitted for another owner: his balances are not loaded.
    refitted: set[str] = field(default_factory=set)
    office: OfficeBooks = field(default_factory=OfficeBooks)
    files: FileBooks = field(default_factory=FileBooks)
    invoices: InvoiceBooks = field(default_factory=InvoiceBooks)
    readings: ReadingBooks = field(default_factory=ReadingBooks)

    def meters_named(self, ref: MeterRef) -> list[MeterAccount]:
        """Return the meters that a request names: none, one, or several of one customer."""
        by_pan = self.meters.get(ref.pan or "")
        found = [] if by_pan is None else [by_pan]
        if ref.account_no is not None:
            listed = (self.meters[pan] for pan in self.pans_of.get(ref.account_no, ()))
            # One that was fitted elsewhere in this batch is still listed where it was loaded.
            of_customer = (meter for meter in listed if meter.account_no == ref.account_no)
            found += [meter for meter in of_customer if meter is not by_pan]
        return found

    def owners_of(self, needs: Needs) -> set[str]:
        """Return the account numbers of the meters that a command names, by themselves or by their sale."""
        named = [meter for ref in needs.meters for meter in self.meters_named(ref)]
        sold_to = (self.meters.get(self.sales[key].pan) for key in needs.sales if key in self.sales)
        return {meter.account_no for meter in (*named, *sold_to) if meter is not None}

    def apply(self, command: Command, decision: Decision) -> None:
        """Enter a decision, so that the next command of the batch sees it."""
        for one, before in decision.first:
            self.apply(one, before)
        if decision.remembered:
            content = decision.content
            assert is_stored(content)  # noqa: S101
            self.known[command.key] = Known(command.digest, content)
        self.next_id += len(decision.entries)
        self.next_position += len(decision.entries)
        for entry in decision.entries if self.balances else ():
            for posting in entry.postings:
                if posting.account in self.balances:
                    self.balances[posting.account] += posting.amount
        if decision.meter is not None:
            self.meters[decision.meter.pan] = decision.meter
        if decision.sale is not None:
            self.sales[decision.sale.key] = decision.sale
            self._trace(decision.sale)
        if decision.closes is not None:
            self.last_close = decision.closes
        if any((decision.office, decision.files, decision.invoices, decision.readings, decision.exception)):
            self._apply_orders(decision)
        self.office.next_line += len(decision.diary)

    def ahead(self) -> Books:
        """Return a copy in which an order that moves money may be entered to see what follows from it."""
        books = copy(self)
        for name in ("known", "sales", "meters", "pans_of", "balances", "traced"):
            setattr(books, name, dict(getattr(self, name)))
        books.invoices = self.invoices.after()
        books.office = copy(self.office)
        books.office.noted = set(self.office.noted)
        return books

    def _apply_orders(self, decision: Decision) -> None:
        """Enter what a person of the office has ordered, or must look at."""
        if decision.exception is not None:
            self.office.noted.add(decision.exception.place)
        self.invoices.apply(decision.invoices)
        if decision.office is not None:
            self.office.apply(decision.office)
        if decision.readings is not None:
            self.readings.apply(decision.readings)
        if decision.files is not None:
            self.files.apply(decision.files)
            # One that is merely priced anew stays where it is, and is sold to in this batch, too.
            self.refitted |= {one.pan for one in decision.files.fittings}
            for one in decision.files.meters:
                # One that is new has no id yet: it is sold to from the next batch on.
                if one.pan in self.meters:
                    self._refit(one)

    def _refit(self, meter: MeterAccount) -> None:
        listed = self.pans_of.get(meter.account_no, ())
        if meter.pan not in listed:
            self.pans_of[meter.account_no] = (*listed, meter.pan)
        self.meters[meter.pan] = meter

    def _trace(self, sale: Sale) -> None:
        place, traced = (sale.bank, sale.trace), Traced(sale.key, sale.terminal, sale.pan)
        known = self.traced.get(place, ())
        if sale.trace and traced not in known:
            self.traced[place] = (*known, traced)


def undecided(content: Declined | TokensWanted) -> Decision:
    """Make the decision of a refusal, or of what must be prepared before there can be one."""
    return Decision(content) if isinstance(content, TokensWanted) else declined(content)


def declined(reason_of: Declined) -> Decision:
    """Make the decision of a refusal: remembered, unless the same request may succeed a moment later."""
    return Decision(reason_of, remembered=reason_of.reason not in RETRYABLE)
