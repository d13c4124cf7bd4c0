"""Verify the books: that what was sealed is what stands there, and that everything else follows from it.

    chain     every link's seal is right over the rows that hang on it and over the link before
    journal   positions without a gap, every entry balanced
    standing  balances, sums per day, states of sales are what the journal makes them
    heads     every head that was copied elsewhere is a link of this chain

One pass over the books, link by link; nothing is asked of whoever wrote them. Each finding is a sentence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gateway.core import chart
from gateway.core.chain import GENESIS, UNSEALED
from gateway.core.sale import SaleState
from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gateway.core.chain import Link, SealedLink
    from gateway.core.journal import Standing

#: Which way an entry moves its sale: from a state (None: it is new) to another.
_MOVES: Final = {
    "sale": (None, SaleState.ISSUED),
    "hold": (None, SaleState.WAITING),
    "post": (SaleState.WAITING, SaleState.ISSUED),
    "void": (SaleState.WAITING, SaleState.REVERSED),
    "claim": (SaleState.ISSUED, SaleState.CLAIMED),
}

#: Findings that are told; beyond them only their number, or one lost key would fill the screen.
FINDINGS_MAX: Final = 100


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
    """What the journal makes of the accounts, the days and the sales."""

    def __init__(self) -> None:
        self.balances: Counter[int] = Counter()
        self.days: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0])
        self.states: Counter[str] = Counter()

    def add(self, entries: Sequence[Any], postings: Sequence[Any]) -> None:  # rows as stored
        """Take in the entries of a link and their postings."""
        day_of = {}
        for entry in entries:
            day_of[entry[0]] = entry[4]
            before, after = _MOVES.get(entry[2], (None, None))
            if before is not None:
                self.states[before.value] -= 1
            if after is not None:
                self.states[after.value] += 1
        balances, days = self.balances, self.days
        for id_, _, account, amount, _unit in postings:
            balances[account] += amount
            sums = days[day_of.get(id_, ""), account]
            sums[0 if amount > 0 else 1] += abs(amount)
            sums[2] += 1


def verify(
    links: Iterable[SealedLink], secret: bytes, standing: Standing, heads: Mapping[int, str]
) -> Verdict:
    """Verify the books; ``heads`` are copies of the chain's head by link number."""
    verdict, sums, macs = Verdict(), _Sums(), {}
    mac, position, last_id = GENESIS, 0, 0
    for sealed in links:
        link = sealed.link
        if link.mac == UNSEALED:
            verdict.add(_unsealed(sealed))
            continue
        verdict.links += 1
        if link.number != _next(verdict.head):
            verdict.add([f"the chain has no link {_next(verdict.head)}: behind it stands link {link.number}"])
        if sealed.mac(secret, mac) != link.mac:
            verdict.add([_broken(link, position)])
        entries = sealed.rows["entry"]
        verdict.add(_journal(entries, sealed.rows["posting"], position, last_id))
        sums.add(entries, sealed.rows["posting"])
        verdict.entries += len(entries)
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
    when = moment_of(link.at_us).isoformat(sep=" ", timespec="seconds")
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
        if entry[1] != position:
            yield f"journal position {position} is missing: entry {entry[0]} stands at {entry[1]}"
            position = entry[1]
        if entry[0] <= last_id:
            yield f"entry {entry[0]} does not rise above {last_id}"
        last_id = entry[0]
    known = {entry[0] for entry in entries}
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
    for state in SaleState:
        count, booked = standing.sales.get(state.value, 0), sums.states[state.value]
        if count != booked:
            yield f"{count} sales are {state.value}, by the journal {booked}"
    issued = sum(a.balance for a in standing.accounts if a.code == chart.ENERGY_ISSUED)
    if standing.encoded_wh != issued:
        yield f"{issued} Wh are issued, the sales carry {standing.encoded_wh} Wh"
