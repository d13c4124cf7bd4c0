"""The journal as rows: what a checker, a report or a proof reads back from the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.core.key_life import VendingKey
    from gateway.core.staff import Branch, Operator, Role, Station
    from gateway.core.station_certificate import StationCertificate
    from gateway.core.tariff_life import TariffVersion


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account with its running balance (debit positive)."""

    id: int
    code: str
    unit: str
    balance: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry: its id and place in the journal, what it was, under which key."""

    id: int
    position: int
    kind: str
    business_date: str
    key: str
    sale_id: int | None
    reverses_id: int | None


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A line of an entry."""

    entry_id: int
    account_id: int
    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A sale as it stands.

    ``token_count`` is how many tokens it hands out, ``own_minor`` what of it was booked on the customer's own
    accounts at once.
    """

    id: int
    key: str
    bank: str
    meter_id: int
    tender_minor: int
    currency: str
    encoded_wh: int
    state: str
    receipt_no: int
    at_us: int
    token_count: int = 1
    own_minor: int = 0


@dataclass(frozen=True, slots=True)
class ReadMeterRow:
    """What stands in a meter and what it has used, by its last reading that counts (Wh)."""

    pan: str
    loaded_wh: int
    used_wh: int


@dataclass(frozen=True, slots=True)
class DepartureRow:
    """A meter that left: what was left in it (Wh), and the meter that came instead ("": none).

    ``preset_wh`` it had come with, and no purchase had paid for it: that was sold then.
    """

    id: int
    remaining_wh: int
    new_pan: str
    preset_wh: int = 0


@dataclass(frozen=True, slots=True)
class OpenSaleRow:
    """A sale that somebody still has to finish; ``is_noted``: a person was told that it waits too long.

    ``is_on_card``: its meter takes credits from a card, so it waits until its customer comes to a station.
    ``is_on_line``: it is sent to its meter over a line.
    """

    id: int
    key: str
    bank: str
    at_us: int
    is_noted: bool
    is_on_card: bool = False
    is_on_line: bool = False


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token without its digits: which meter, which id, for which sale."""

    meter_id: int
    base_date: int
    tid: int
    sale_id: int


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """Something a person must look at, and has not settled yet."""

    id: int
    kind: str
    bank: str
    key: str
    text: str
    at_us: int


@dataclass(frozen=True, slots=True)
class DayRow:
    """What was posted on an account in one business day: debits, credits, and how many postings."""

    business_date: str
    account_id: int
    debit: int
    credit: int
    postings: int


@dataclass(frozen=True, slots=True)
class ClosedDayRow:
    """A closed business day: when it was closed, behind which entry, with which checksum."""

    business_date: str
    at_us: int
    last_position: int
    checksum: str


@dataclass(frozen=True, slots=True)
class StaffRows:
    """All rows of people and places, and certificates, which follow from the diary. Each is read once."""

    operators: Iterable[Operator] = ()
    roles: Iterable[Role] = ()
    branches: Iterable[Branch] = ()
    stations: Iterable[Station] = ()
    certificates: Iterable[StationCertificate] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What changes with every batch and follows from the journal: accounts, days, sales, closed days.

    ``sale_states`` gives id, state and energy of the token (Wh) of every sale, by id. ``versions`` and
    ``keys`` are all tariff versions and vending keys, and ``staff`` the people and places, which follow
    from the diary; ``filed`` are the rows of the files that were ever amended, ``invoices`` all
    of them by series and number. Each is read once.
    """

    accounts: tuple[AccountRow, ...]
    days: tuple[DayRow, ...]
    closed: tuple[ClosedDayRow, ...]
    sale_states: Iterable[tuple[int, str, int]]
    versions: Iterable[TariffVersion] = ()
    keys: Iterable[VendingKey] = ()
    staff: StaffRows = field(default_factory=StaffRows)
    filed: Iterable[FiledRow] = ()
    invoices: Iterable[InvoiceRow] = ()


@dataclass(frozen=True, slots=True)
class FiledRow:
    """A row of the files beside its last amendment, both as ``core.amendment`` writes rows.

    ``stands`` is None where there are amendments of a row that is not there. ``link`` seals the amendment.
    """

    subject: str
    number: str
    stands: str | None
    told: str
    link: int


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice beside its sale: what it says (``said``), and what the sale says (``sold``; None: no sale).

    Both are receipt number, amount in minor units, currency, energy in Wh.
    """

    series: str
    number: int
    kind: str
    nth: int
    payment: str
    takes_back: int
    said: tuple[int, int, str, int]
    sold: tuple[int, int, str, int] | None


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A key with its decided content, and the number of the link that seals it."""

    key: str
    content: str
    at_us: int
    link: int


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key and the stored text of its decided content."""

    key: str
    digest: str
    content: str
