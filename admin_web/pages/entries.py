"""One entry of the journal: its postings, which sum to zero in every unit, and what it belongs to."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.cells import Amount, Code
from admin_web.file_timeline import noted_about
from admin_web.file_words import customer_path, meter_number
from admin_web.object_page import Fact, Happening, Related, Thing, object_page
from admin_web.pages.ledger import meaning
from admin_web.route import Right, Route
from admin_web.sale_timeline import booked
from admin_web.trade_words import entry_kind
from admin_web.words import msg
from gateway.core import chart
from gateway.core.authority import Function
from gateway.core.ledger import EntryKind
from gateway.core.timeline import moment_of
from gateway.core.views_booked import EntryFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from gateway.core.views_booked import BookedEntry, EntryFacts, PostedLine

_SEES_LEDGER: Final = Right(Function.LEDGER)

#: Ids and places in the journal are below it.
_NUMBER_LIMIT: Final = 2**63
_DIGITS_MAX: Final = 19


def number_in(asked: Asked, place: str) -> int:
    """Read a number out of the path; NotThere where it is none."""
    text = asked.places[place]
    is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX
    number = int(text) if is_number else _NUMBER_LIMIT
    if number >= _NUMBER_LIMIT:
        raise NotThere
    return number


def entry_path(entry: BookedEntry) -> str:
    """Name the page of an entry."""
    return f"/entries/{entry.id}"


async def entry_by_id(asked: Asked) -> Outcome:
    """Show an entry; NotThere where there is none, or it is another branch's."""
    return await _entry(asked, EntryFile(branch=asked.me.rights.branch, id=number_in(asked, "id")))


async def entry_by_position(asked: Asked) -> Outcome:
    """Show the entry at a place of the journal; NotThere likewise."""
    position = number_in(asked, "position")
    return await _entry(asked, EntryFile(branch=asked.me.rights.branch, position=position))


async def _entry(asked: Asked, question: EntryFile) -> Outcome:
    facts = await asked.office.views.totals(question)
    if facts is None:
        raise NotThere
    entry = facts.entry
    noted = await noted_about(asked, entry.key)
    thing = Thing(
        kind=msg("Entry"),
        title=str(entry.position),
        facts=tuple(_facts(asked, facts)),
        timeline=(*_happened(facts), *noted.lines),
        older=noted.older,
        related=tuple(_related(facts)),
        raw=_raw(facts),
    )
    crumbs = ((asked.words.say(msg("Trial balance")), "/ledger"),)
    lines = [(line, meaning(line.account)) for line in entry.postings]
    return object_page(asked, thing, crumbs, "entry.html", lines=lines, sums=_sums(entry.postings))


def sealed_as(asked: Asked, link: int | None) -> Cell:
    """Say which link of the chain seals something; nothing as long as none does."""
    return None if link is None else asked.words.say(msg("number %(number)s of the chain"), number=link)


def _facts(asked: Asked, facts: EntryFacts) -> Iterator[Fact]:
    entry, key = facts.entry, facts.key
    yield Fact(msg("What it is"), entry_kind(entry.kind))
    yield Fact(msg("Place in the journal"), Code(str(entry.position)))
    yield Fact(msg("Booked at"), moment_of(entry.at_us))
    yield Fact(msg("Business day"), entry.business_date)
    yield Fact(msg("Given by"), Code(entry.channel))
    yield Fact(msg("Key of the order"), Code(entry.key))
    yield Fact(msg("Sealed"), sealed_as(asked, None if key is None else key.link))


def _happened(facts: EntryFacts) -> Iterator[Happening]:
    """Tell the money and energy that it moved, what it undid, and what undid it."""
    yield from booked(facts.entry)
    if facts.reverses is not None:
        yield from booked(facts.reverses)
    for later in facts.reversed_by:
        yield from booked(later)


def _related(facts: EntryFacts) -> Iterator[Related]:
    if facts.sale is not None:
        yield Related(msg("Sale"), Code(str(facts.sale.receipt_no)), f"/sales/{facts.sale.id}")
        yield Related(msg("Meter"), meter_number(facts.sale.pan), f"/meters/{facts.sale.pan}")
        yield Related(msg("Customer"), facts.sale.customer, f"/customers/{facts.sale.account_no}")
    for account_no in _payers(facts.entry):
        path = customer_path(account_no)
        yield Related(msg("Customer"), Code(account_no), path)
        yield Related(msg("Receipt"), Code(str(facts.entry.id)), f"{path}/receipts/{facts.entry.id}")
    if facts.reverses is not None:
        yield Related(msg("Undoes the entry"), Code(str(facts.reverses.position)), entry_path(facts.reverses))
    for later in facts.reversed_by:
        yield Related(msg("Undone by the entry"), Code(str(later.position)), entry_path(later))


def _payers(entry: BookedEntry) -> list[str]:
    """Name the customer who has paid a debt with it; nobody for any other entry."""
    if entry.kind != EntryKind.DEBT.value:
        return []
    return [chart.customer_of(line.account) for line in entry.postings if line.amount < 0]


def _sums(postings: Sequence[PostedLine]) -> list[tuple[Amount, Amount]]:
    """Sum up debits and credits per unit; in sound books both are the same."""
    units = dict.fromkeys(line.unit for line in postings)
    return [
        (
            Amount(sum(line.amount for line in postings if line.unit == unit and line.amount > 0), unit),
            Amount(-sum(line.amount for line in postings if line.unit == unit and line.amount < 0), unit),
        )
        for unit in units
    ]


def _raw(facts: EntryFacts) -> dict[str, object]:
    """Give the record: the decided content stays out of it, for tokens stand in there."""
    digest = None if facts.key is None else facts.key.digest
    return {**asdict(facts.entry), "digest": digest}


ROUTES: Final = (
    Route("GET", "/entries/<id>", _SEES_LEDGER, entry_by_id),
    Route("GET", "/entries/at/<position>", _SEES_LEDGER, entry_by_position),
)
