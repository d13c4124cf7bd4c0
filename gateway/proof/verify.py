"""Verify the books: that what was sealed is what stands there, and that everything else follows from it.

    chain     every link's seal is right over the rows that hang on it and over the link before
    journal   positions without a gap, every entry balanced
    standing  balances, sums per day, states of sales are what the journal makes them
    lives     tariff versions and vending keys are what the diary tells of them
    people    and so are operators, roles, branches and stations
    files     customers and supply points are what their last amendments say
    invoices  each series is without a gap, and each invoice says what its sale says
    heads     every head that was copied elsewhere is a link of this chain

One pass over the books, link by link; nothing is asked of whoever wrote them. Each finding is a sentence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gateway.core import chart
from gateway.core.chain import GENESIS, UNSEALED, fits
from gateway.core.closed_day import Closed, close_key
from gateway.core.key_change import REKEY, KeyChanged
from gateway.core.outcome import recalled
from gateway.core.timeline import moment_of
from gateway.proof import filed
from gateway.proof.invoices import invoice_findings
from gateway.proof.lives import Lives
from gateway.proof.people import PeopleTold
from gateway.proof.sale_states import SaleStates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gateway.core.chain import Link, SealedLink
    from gateway.core.journal import Standing

#: Findings that are told; beyond them only their number, or one lost key would fill the screen.
FINDINGS_MAX: Final = 100

#: Columns of an entry's row.
_ID, _POSITION, _KIND, _DAY, _SALE = 0, 1, 2, 4, 7

#: How the key of a day's close begins.
_CLOSE: Final = close_key("")


@dataclass(slots=True)
class Verdict:
    """What a verification found: ``findings`` in words (none when all is well), how much was looked at."""

    findings: list[str] = field(default_factory=list)
    links: int = 0
    entries: int = 0
    head: Link | None = None
    untold: int = 0

    def add(self, sentences: Iterable[str]) -> None:
        """Take findings in, the first FINDINGS_MAX of them word by word."""
        for sentence in sentences:
            if len(self.findings) < FINDINGS_MAX:
                self.findings.append(sentence)
            else:
                self.untold += 1


class _Sums:
    """What the journal makes of the accounts, the days, the sales and the closed days."""

    def __init__(self, standing: Standing) -> None:
        self.balances: Counter[int] = Counter()
        self.days: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0])
        self.sales = SaleStates(standing.sale_states)
        self.closes: dict[str, tuple[int, str]] = {}
        self.lives = Lives()
        self.people = PeopleTold()
        self.keys = filed.KeysTold()
        self._issued = {account.id for account in standing.accounts if chart.went_out(account.code)}

    def add(self, sealed: SealedLink) -> None:
        """Take in the rows of a link."""
        entries = sealed.rows["entry"]
        day_of = {entry[_ID]: entry[_DAY] for entry in entries}
        issued: dict[int, int] = {}
        balances, days = self.balances, self.days
        for id_, _, account, amount, _unit in sealed.rows["posting"]:
            balances[account] += amount
            sums = days[day_of.get(id_, ""), account]
            sums[0 if amount > 0 else 1] += abs(amount)
            sums[2] += 1
            if account in self._issued:
                issued[id_] = issued.get(id_, 0) + amount
        self.lives.add(sealed.rows["diary"])
        self.people.add(sealed.rows["diary"])
        self.sales.add(((entry[_ID], entry[_KIND], entry[_SALE]) for entry in entries), issued)
        for key, _, content, *_ in sealed.rows["command_key"]:
            if key.startswith(REKEY) and isinstance(changed := recalled(content), KeyChanged):
                self.keys.add(changed, sealed.link.number)
            if key.startswith(_CLOSE) and isinstance(closed := recalled(content), Closed):
                self.closes[closed.day] = (closed.last_position, closed.checksum)


def verify(
    links: Iterable[SealedLink], secret: bytes, standing: Standing, heads: Mapping[int, str]
) -> Verdict:
    """Verify the books; ``heads`` are copies of the chain's head by link number."""
    verdict, sums, macs = Verdict(), _Sums(standing), {}
    mac, position, last_id = GENESIS, 0, 0
    for sealed in links:
        link = sealed.link
        if link.mac == UNSEALED:
            verdict.add(_unsealed(sealed))
            continue
        verdict.links += 1
        if link.number != _next(verdict.head):
            verdict.add([f"the chain has no link {_next(verdict.head)}: behind it stands link {link.number}"])
        if not fits(sealed, secret, mac):
            verdict.add([_broken(link, position)])
        try:
            verdict.add(_journal(sealed.rows["entry"], sealed.rows["posting"], position, last_id))
            sums.add(sealed)
        except (TypeError, ValueError, ArithmeticError):
            verdict.add([f"link {link.number} holds values that no column of its tables is made for"])
        verdict.entries += len(sealed.rows["entry"])
        position, last_id, mac = link.last_position, link.last_id, link.mac
        if link.number in heads:
            macs[link.number] = link.mac
        verdict.head = link
    verdict.add(_heads(heads, macs, verdict.head))
    verdict.add(_standing(sums, standing))
    return verdict


def _next(head: Link | None) -> int:
    return 1 if head is None else head.number + 1


def _broken(link: Link, position: int) -> str:
    rows = (
        f"entries {position + 1} to {link.last_position}" if link.last_position > position else "no entries"
    )
    try:
        when = moment_of(link.at_us).isoformat(sep=" ", timespec="seconds")
    except (OverflowError, TypeError):
        when = "at no moment"
    return (
        f"link {link.number} ({rows}, sealed {when}): something in this batch was changed, taken out or put "
        "in, or the key is another one"
    )


def _unsealed(sealed: SealedLink) -> Iterator[str]:
    for table, rows in sealed.rows.items():
        if rows:
            yield f"{len(rows)} rows of {table} stand behind the last link: nothing seals them"


def _journal(
    entries: Sequence[Any], postings: Sequence[Any], position: int, last_id: int
) -> Iterator[str]:  # rows as stored
    out_by: Counter[tuple[int, str]] = Counter()
    for id_, _, _, amount, unit in postings:
        out_by[id_, unit] += amount
    for entry in entries:
        position += 1
        if entry[_POSITION] != position:
            yield f"journal position {position} is missing: entry {entry[_ID]} stands at {entry[_POSITION]}"
            position = entry[_POSITION]
        if entry[_ID] <= last_id:
            yield f"entry {entry[_ID]} does not rise above {last_id}"
        last_id = entry[_ID]
    known = {entry[_ID] for entry in entries}
    yield from (f"entry {id_} is out by {n} {unit}" for (id_, unit), n in out_by.items() if n)
    yield from (f"postings name entry {id_}, which is not there" for id_, _ in out_by if id_ not in known)


def _heads(heads: Mapping[int, str], macs: Mapping[int, str], head: Link | None) -> Iterator[str]:
    last = 0 if head is None else head.number
    for number, mac in sorted(heads.items()):
        if number > last:
            yield f"the chain was cut short: a copied head says link {number}, the books end with link {last}"
        elif macs.get(number) != mac:
            yield f"link {number} is not the one whose head was copied: the chain was written anew"


def _standing(sums: _Sums, standing: Standing) -> Iterator[str]:
    for account in standing.accounts:
        posted = sums.balances.pop(account.id, 0)
        if account.balance != posted:
            yield f"account {account.code} says {account.balance} {account.unit}, its postings {posted}"
    yield from (f"postings on account {id_}, which does not exist" for id_, n in sums.balances.items() if n)
    codes = {account.id: account.code for account in standing.accounts}
    for day in standing.days:
        found = sums.days.pop((day.business_date, day.account_id), [0, 0, 0])
        if found != [day.debit, day.credit, day.postings]:
            name = codes.get(day.account_id)
            yield f"the sums of {day.business_date} for {name} are not those of its postings"
    yield from (f"the sums of {day} for {codes.get(id_)} are missing" for day, id_ in sums.days)
    yield from sums.sales.findings()
    for closed in standing.closed:
        if sums.closes.pop(closed.business_date, None) != (closed.last_position, closed.checksum):
            yield f"{closed.business_date} stands as closed, and its close is another or is not there"
    yield from (f"{day} was closed, and stands as open" for day in sums.closes)
    yield from _told(sums, standing)


def _told(sums: _Sums, standing: Standing) -> Iterator[str]:
    """Compare what people have ordered with what tells of it."""
    try:
        yield from sums.lives.findings(standing.versions, standing.keys)
    except (TypeError, ValueError, ArithmeticError):
        yield "a tariff version or a vending key holds values that no column of its table is made for"
    try:
        yield from sums.people.findings(standing.staff)
    except (TypeError, ValueError, ArithmeticError):
        yield "somebody of the office, a role or a place holds values that no column of its table is made for"
    try:
        yield from filed.findings(standing.filed, sums.keys)
    except (TypeError, ValueError, ArithmeticError):
        yield "a customer's file or a supply point holds values that no column of its table is made for"
    try:
        yield from invoice_findings(standing.invoices)
    except (TypeError, ValueError, ArithmeticError):
        yield "an invoice holds values that no column of its table is made for"
