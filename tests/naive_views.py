"""``ports.Views`` on plain lists: every answer added up anew from all postings, the slow and obvious way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed

from gateway.core import views as v
from gateway.core.bank_day import BankMove, accounts_of, bank_days
from gateway.core.calendar import Calendar
from gateway.core.closed_day import AccountSums, Closed, DayFigures, Recount
from gateway.core.journal import OpenSaleRow
from gateway.core.key_life import KeyHead
from gateway.core.meter import Carrier
from gateway.core.payment import overdue_key
from gateway.core.sale import OPEN_STATES
from gateway.core.tariff_life import TariffHead
from gateway.core.timeline import microseconds
from gateway.core.views_ledger import AccountDay, AccountDays, AccountOrder, AccountsOfDay

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.core.books import Books, Command
    from gateway.core.calendar import Calendar
    from gateway.core.key_life import SupplyGroup, VendingKey
    from gateway.core.ledger import Entry
    from gateway.core.tariff_life import TariffVersion


@dataclass(frozen=True)
class Booked:
    """An entry where and when it was booked."""

    day: str
    at_us: int
    id: int
    position: int
    key: str
    entry: Entry


@dataclass
class NaiveLedger:
    """Posts commands on books alone, day by day, and keeps every entry."""

    books: Books
    calendar: Calendar
    journal: list[Booked] = field(default_factory=list)
    closes: dict[str, tuple[int, Closed]] = field(default_factory=dict)
    #: Days whose kept sums do not agree with their postings.
    damaged: set[str] = field(default_factory=set)

    def post(self, command: Command, now: datetime) -> Any:
        spans = command.needs().days
        if spans:
            self._load_days({span.day for span in spans})
        for code in command.needs().balances:
            self.books.balances.setdefault(code, self._balance(code))
        first_id, position = self.books.next_id, self.books.next_position
        decision = command.decide(self.books, now)
        if decision.writes:
            self.books.apply(command, decision)
        day = self.calendar.day(command.channel, now, max(self.closes, default=None))
        for n, entry in enumerate(decision.entries):
            self.journal.append(
                Booked(day, microseconds(now), first_id + n, position + n, command.key, entry)
            )
        if decision.closes is not None:
            self.closes[decision.closes.day] = (microseconds(now), decision.closes)
        return decision.content

    def sums(self, day: str) -> tuple[AccountSums, ...]:
        """Every account with figures, added up from all postings up to a day."""
        found: dict[tuple[str, str], list[int]] = {}
        for booked in self.journal:
            for posting in booked.entry.postings if booked.day <= day else ():
                sums = found.setdefault((posting.account, posting.unit), [0, 0, 0])
                if booked.day < day:
                    sums[0] += posting.amount
                elif posting.amount > 0:
                    sums[1] += posting.amount
                else:
                    sums[2] -= posting.amount
        return tuple(AccountSums(*place, *sums) for place, sums in sorted(found.items()) if any(sums))

    def _balance(self, code: str) -> int:
        lines = (line for booked in self.journal for line in booked.entry.postings)
        return sum(line.amount for line in lines if line.account == code)

    def _load_days(self, days: set[str]) -> None:
        closed = max(self.closes, default="")
        self.books.last_close = self.closes[closed][1] if closed else None
        self.books.open_days = tuple(sorted({booked.day for booked in self.journal if booked.day > closed}))
        for day in days:
            held: dict[tuple[str, str], int] = {}
            today = [booked.entry for booked in self.journal if booked.day == day]
            for line in (line for entry in today for line in entry.postings):
                if line.account.startswith("HOLD:"):
                    place = (line.account, line.unit)
                    held[place] = held.get(place, 0) + (1 if line.amount < 0 else -1)
            sums = self.sums(day)
            moved = {one.place: (one.debit, one.credit) for one in sums if one.debit or one.credit}
            if day in self.damaged:
                moved.clear()
            self.books.days[day] = DayFigures(sums, Recount(len(today), moved, held))


class NaivePoster:
    """``ports.Poster`` in front of it, at once."""

    def __init__(self, ledger: NaiveLedger, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._now = now

    def post(self, command: Command) -> Deferred[Any]:
        return succeed(self._ledger.post(command, self._now()))


class NaiveViews:
    """Answers at once; ``asked`` lists every question for rows."""

    def __init__(self, books: Books, ledger: NaiveLedger | None = None, *, page_max: int = 500) -> None:
        self.asked: list[Any] = []
        self.tariffs: list[TariffVersion] = []
        self.keys: list[VendingKey] = []
        self.groups: list[SupplyGroup] = []
        self._books = books
        self._ledger = ledger or NaiveLedger(books, None)
        self._page_max = page_max

    def rows(self, query: Any) -> Deferred[Any]:
        self.asked.append(query)
        return succeed(self._rows(query)[: getattr(query, "limit", self._page_max)])

    def count(self, query: Any) -> Deferred[Any]:
        if isinstance(query, v.DayTotals):
            return succeed(sum(move.count for move in self._rows(query)))
        if isinstance(query, v.OpenSales):
            return succeed(len(self._open(10**18)))
        if isinstance(query, v.Statement):
            return succeed(len(self._lines(query)))
        if isinstance(query, v.TariffVersions):
            return succeed(len(self._tariffs(query)))
        if isinstance(query, v.VendingKeys):
            return succeed(len(self._keys(query)))
        if isinstance(query, (AccountsOfDay, v.DayClose)):
            query = replace(query, after=None)
        return succeed(len(self._rows(query)))

    def totals(self, query: Any) -> Deferred[Any]:
        return succeed(self._totals(query))

    def _rows(self, query: Any) -> list[Any]:
        own: Any = {
            AccountsOfDay: self._accounts, AccountDays: self._account_days, v.DayClose: self._closed,
        }.get(type(query))  # fmt: skip
        if own is not None:
            return own(query)
        match query:
            case v.TrialBalance():
                return list(self._ledger.sums(query.day.isoformat()))
            case v.Statement(after=after):
                return [row for row in self._lines(query) if after is None or row.number > after.number]
            case v.DayTotals():
                return self._moves(query)
            case v.Days():
                return self._days_of(query)
            case v.OpenDays():
                return self._open_days()
            case v.OpenSales(until_us=until_us, after=after):
                begin = (after.at_us, after.id) if after is not None else (0, 0)
                return [row for row in self._open(until_us) if (row.at_us, row.id) > begin]
            case v.TariffVersions(after=after):
                return [one for one in self._tariffs(query) if after is None or one.place > after.place]
            case v.VendingKeys(after=after):
                return [one for one in self._keys(query) if after is None or one.place > after.place]
        raise AssertionError(query)

    def _days_of(self, query: v.Days) -> list[v.BusinessDay]:
        last, wanted = "9999" if query.until is None else query.until.isoformat(), query.is_closed
        days = [day for day in reversed(self._days()) if day.day <= last]
        return [day for day in days if wanted in {None, day.closed_at_us is not None}]

    def _open_days(self) -> list[v.BusinessDay]:
        closed = max(self._ledger.closes, default="")
        return [day for day in self._days() if day.day > closed and day.postings]

    def _closed(self, query: v.DayClose) -> list[AccountSums]:
        """The accounts of a day's close behind ``after``."""
        closed = self._totals(query)
        accounts = [] if closed is None else closed.accounts
        return [one for one in accounts if query.after is None or one.place > query.after]

    def _accounts(self, query: AccountsOfDay) -> list[AccountSums]:
        """All of a day's accounts in the order that is asked for, behind ``after``."""

        def place(one: AccountSums) -> tuple[Any, ...]:
            if query.order is AccountOrder.CODE:
                return one.code, one.unit
            if query.order is AccountOrder.UNIT:
                return one.unit, one.code
            return one.unit, getattr(one, query.order.value), one.code

        found = sorted(self._ledger.sums(query.day.isoformat()), key=place, reverse=query.is_descending)
        wanted = (query.text or "").lower()
        behind = [one.place for one in found].index(query.after.place) + 1 if query.after else 0
        return [one for one in found[behind:] if wanted in one.code.lower()]

    def _account_days(self, query: AccountDays) -> list[AccountDay]:
        sides: dict[str, list[int]] = {}
        for booked in self._ledger.journal:
            for line in booked.entry.postings:
                is_within = query.first.isoformat() <= booked.day <= query.last.isoformat()
                if is_within and _is_of(line, query):
                    moved = sides.setdefault(booked.day, [0, 0])
                    moved[line.amount < 0] += abs(line.amount)
        return [AccountDay(date.fromisoformat(day), *moved) for day, moved in sorted(sides.items())]

    def _totals(self, query: Any) -> Any:
        match query:
            case AccountDays():
                return None
            case v.TrialBalance() | AccountsOfDay():
                sums = self._ledger.sums(query.day.isoformat())
                return tuple(
                    v.UnitTotals(
                        unit,
                        *(sum(getattr(one, what) for one in sums if one.unit == unit) for what in _FIGURES),
                    )
                    for unit in sorted({one.unit for one in sums})
                )
            case v.Statement():
                opening, lines = self._opening(query), self._lines(query)
                debit = sum(row.amount for row in lines if row.amount > 0)
                credit = -sum(row.amount for row in lines if row.amount < 0)
                return v.StatementTotals(opening, debit, credit, opening + debit - credit, len(lines))
            case v.DayTotals():
                day = query.day.isoformat()
                return bank_days(query.bank, day, self._moves(query), self._ledger.sums(day))
            case v.Days() | v.OpenDays():
                return next((day for day in reversed(self._days()) if day.checksum), None)
            case v.DayClose():
                return self._ledger.closes.get(query.day.isoformat(), (0, None))[1]
            case v.OpenSales():
                rows = [sale.tender for sale in self._books.sales.values() if sale.state in OPEN_STATES]
                return tuple(
                    v.CurrencySum(
                        unit,
                        sum(tender.currency == unit for tender in rows),
                        sum(tender.minor for tender in rows if tender.currency == unit),
                    )
                    for unit in sorted({tender.currency for tender in rows})
                )
            case v.TariffVersions():
                mine = self._tariffs(query)
                approvals = sum(one.approved_at is not None for one in mine)
                return TariffHead(len(mine), approvals, sum(one.state.value == "withdrawn" for one in mine))
            case v.VendingKeys():
                keys = self._keys(query)
                approvals = sum(one.approved_at is not None for one in keys)
                gone = sum(not one.stands for one in keys)
                groups = tuple(one for one in self.groups if query.sgc in {None, one.sgc})
                return KeyHead(len(keys), approvals, gone, tuple(sorted(groups, key=lambda one: one.sgc)))
        raise AssertionError(query)

    def _tariffs(self, query: v.TariffVersions) -> list[TariffVersion]:
        mine = [one for one in self.tariffs if query.power_type in {None, one.power_type}]
        return sorted(mine, key=lambda one: one.place)

    def _keys(self, query: v.VendingKeys) -> list[VendingKey]:
        mine = [one for one in self.keys if query.sgc in {None, one.revision.sgc}]
        return sorted(mine, key=lambda one: one.place)

    def _opening(self, query: v.Statement) -> int:
        before = (booked for booked in self._ledger.journal if booked.day < query.first.isoformat())
        return sum(line.amount for booked in before for line in booked.entry.postings if _is_of(line, query))

    def _lines(self, query: v.Statement) -> list[v.StatementRow]:
        rows: list[v.StatementRow] = []
        balance = self._opening(query)
        for booked in self._ledger.journal:
            if query.first.isoformat() <= booked.day <= query.last.isoformat():
                for n, line in enumerate(booked.entry.postings):
                    if _is_of(line, query):
                        balance += line.amount
                        kind = booked.entry.kind.value
                        rows.append(
                            v.StatementRow(
                                len(rows) + 1, booked.id, n, booked.position, booked.at_us, booked.day, kind,
                                booked.key, line.amount, balance,
                            )
                        )  # fmt: skip
        return rows

    def _moves(self, query: v.DayTotals) -> list[BankMove]:
        found: dict[tuple[str, str, str], list[int]] = {}
        for booked in self._ledger.journal:
            for line in booked.entry.postings if booked.day == query.day.isoformat() else ():
                if line.account in accounts_of(query.bank):
                    sums = found.setdefault((line.account, line.unit, booked.entry.kind.value), [0, 0])
                    sums[0] += 1
                    sums[1] += line.amount
        return [BankMove(kind, code, unit, *sums) for (code, unit, kind), sums in sorted(found.items())]

    def _days(self) -> list[v.BusinessDay]:
        postings: dict[str, int] = dict.fromkeys(self._ledger.closes, 0)
        for booked in self._ledger.journal:
            postings[booked.day] = postings.get(booked.day, 0) + len(booked.entry.postings)
        days = []
        for day, count in sorted(postings.items()):
            at_us, closed = self._ledger.closes.get(day, (None, None))
            last = (None, None) if closed is None else (closed.last_position, closed.checksum)
            days.append(v.BusinessDay(day, count, at_us, *last))
        return days

    def _open(self, until_us: int) -> list[OpenSaleRow]:
        carriers = {meter.id: meter.carrier for meter in self._books.meters.values()}
        rows = [
            OpenSaleRow(
                sale.id,
                sale.key,
                sale.bank,
                sale.at_us,
                overdue_key(sale.key) in self._books.known,
                carriers.get(sale.meter_id) is Carrier.CARD,
                carriers.get(sale.meter_id) is Carrier.REMOTE,
            )
            for sale in self._books.sales.values()
            if sale.state in OPEN_STATES and sale.at_us <= until_us
        ]
        return sorted(rows, key=lambda row: (row.at_us, row.id))


_FIGURES = ("opening", "debit", "credit", "closing")


def _is_of(line: Any, query: v.Statement) -> bool:
    return (line.account, line.unit) == (query.account, query.unit)
