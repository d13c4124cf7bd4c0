"""Check the business days: the sums kept of each day, and every close's figures, anew from the postings.

What must hold::

    sums      each account's debits, credits and postings of each day are those of the journal
    closes    a closed day's content is there, gives its checksum, and says what the postings say
    frozen    no entry of a closed day stands behind its close, and no day before it has entries and is open
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.core.chart import is_hold
from gateway.core.closed_day import AccountSums, Carried, Closed, close_key, day_of_close
from gateway.core.outcome import recalled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.core.journal import AccountRow, ClosedDayRow, DayRow
    from gateway.ports import Journal

#: Entries behind a close that are named one by one; a thousand of them tell no more.
_NAMED_MAX = 10


@dataclass(slots=True)
class _Day:
    """A day as the journal has it; the three numbers of an account are debit, credit and postings."""

    entries: int = 0
    sums: dict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    held: Counter[int] = field(default_factory=Counter)


def check_days(journal: Journal, kept: Iterable[DayRow], closes: Iterable[ClosedDayRow]) -> list[str]:
    """Return what is wrong with the business days, in sentences; an empty list when nothing is."""
    accounts = {account.id: account for account in journal.accounts()}
    closed = {row.business_date: row for row in closes}
    days, late = _counted(journal, closed)
    findings = [*_kept_sums(kept, days, accounts), *late]
    contents = {
        row.key: recalled(row.content) for row in journal.stored_keys() if day_of_close(row.key) is not None
    }
    findings += [
        f"{day} is closed, and nothing says with which figures"
        for day in closed
        if close_key(day) not in contents
    ]
    last = max(closed, default="")
    findings += [f"{day} is open, and {last} is closed" for day in days if day < last and day not in closed]
    expected = _expected(days, accounts, closed)
    for key, content in sorted(contents.items()):
        date = day_of_close(key) or ""
        if not isinstance(content, Closed) or date not in closed:
            findings.append(f"the key {key} says that {date} is closed, and it is not")
        else:
            findings += _close(closed[date], content, expected[date])
    return findings


def _counted(journal: Journal, closed: Mapping[str, ClosedDayRow]) -> tuple[Mapping[str, _Day], list[str]]:
    """Count every day's entries and sums, and name the entries that came into a day after its close."""
    days: dict[str, _Day] = defaultdict(_Day)
    late: list[str] = []
    for entry, postings in journal.entries():
        day = days[entry.business_date]
        day.entries += 1
        for posting in postings:
            sums = day.sums[posting.account_id]
            sums[0 if posting.amount > 0 else 1] += abs(posting.amount)
            sums[2] += 1
            day.held[posting.account_id] += 1 if posting.amount < 0 else -1
        close = closed.get(entry.business_date)
        if close is not None and entry.position > close.last_position and len(late) < _NAMED_MAX:
            late.append(f"entry {entry.id} is booked in {entry.business_date}, behind that day's close")
    return days, late


def _kept_sums(
    kept: Iterable[DayRow], days: Mapping[str, _Day], accounts: Mapping[int, AccountRow]
) -> Iterator[str]:
    posted = {(date, id_): sums for date, day in days.items() for id_, sums in day.sums.items()}
    for row in kept:
        sums = posted.pop((row.business_date, row.account_id), [0, 0, 0])
        if [row.debit, row.credit, row.postings] != sums:
            yield (
                f"{row.business_date}: {_name(row.account_id, accounts)} keeps {row.debit} debit, "
                f"{row.credit} credit, {row.postings} postings; "
                f"the journal has {sums[0]}, {sums[1]}, {sums[2]}"
            )
    yield from (f"{date}: the sums of {_name(id_, accounts)} are missing" for date, id_ in posted)


def _expected(
    days: Mapping[str, _Day], accounts: Mapping[int, AccountRow], closed: Iterable[str]
) -> dict[str, tuple[int, tuple[AccountSums, ...], tuple[Carried, ...]]]:
    """Say what each closed day must say: entries, accounts, what is carried over."""
    balance: Counter[int] = Counter()
    waits: Counter[int] = Counter()
    wanted = set(closed)
    found = {}
    for date in sorted({*days, *wanted}):
        day = days.get(date, _Day())
        sums, carried = [], []
        for id_ in {*balance, *day.sums}:
            debit, credit, _ = day.sums.get(id_, (0, 0, 0))
            account = accounts.get(id_)
            code, unit = (f"number {id_}", "") if account is None else (account.code, account.unit)
            one = AccountSums(code, unit, balance[id_], debit, credit)
            balance[id_] = one.closing
            waits[id_] += day.held[id_]
            if one.opening or debit or credit:
                sums.append(one)
                if is_hold(code) and (waits[id_] or one.closing):
                    carried.append(Carried(code, unit, waits[id_], -one.closing))
        if date in wanted:
            ordered = tuple(sorted(sums, key=lambda one: one.place))
            held = tuple(sorted(carried, key=lambda one: (one.code, one.unit)))
            found[date] = (day.entries, ordered, held)
    return found


def _close(
    row: ClosedDayRow, content: Closed, expected: tuple[int, tuple[AccountSums, ...], tuple[Carried, ...]]
) -> Iterator[str]:
    entries, accounts, carried = expected
    if content.day != row.business_date:
        yield f"the close of {row.business_date} is that of {content.day}"
    if content.sealed().checksum != content.checksum:
        yield f"the close of {row.business_date}: its figures do not give its checksum"
    if (row.checksum, row.last_position) != (content.checksum, content.last_position):
        yield f"the close of {row.business_date}: row and content differ in checksum or last position"
    if content.entries != entries:
        yield f"the close of {row.business_date} says {content.entries} entries, the journal has {entries}"
    said, counted = ({one.place: one for one in some} for some in (content.accounts, accounts))
    for place in sorted(said.keys() | counted.keys()):
        if said.get(place) != counted.get(place):
            figures = " and the journal ".join(_figures(some.get(place)) for some in (said, counted))
            yield f"the close of {row.business_date}: {place[0]} ({place[1]}) says {figures}"
    if content.carried != carried:
        yield f"the close of {row.business_date}: what is carried over is not what waited"


def _figures(one: AccountSums | None) -> str:
    return "nothing" if one is None else f"{one.opening} + {one.debit} - {one.credit} = {one.closing}"


def _name(id_: int, accounts: Mapping[int, AccountRow]) -> str:
    account = accounts.get(id_)
    return f"account number {id_}" if account is None else f"account {account.code} ({account.unit})"
