"""What happened to a sale, as lines of its timeline: answers, entries, tokens, notices, troubles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount, Code, State, Tone
from admin_web.object_page import Happening
from admin_web.trade_words import ENTRY_KINDS, notice_kind, trouble_kind
from admin_web.words import msg
from gateway.core.ledger import WATT_HOURS, EntryKind
from gateway.core.office_answer import CardOrdered, Changed
from gateway.core.outcome import Approved, Declined, Undone
from gateway.core.reset import AGAIN, ResetDone
from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.core.outcome import StoredContent
    from gateway.core.trouble import Trouble
    from gateway.core.views_booked import BookedEntry, NoticeRow, SaleFacts


#: Entries that are told with the resets.
_OF_RESETS: Final = frozenset({EntryKind.RESET.value, EntryKind.REISSUE.value})


def timeline_of(facts: SaleFacts) -> Iterator[Happening]:
    """Tell all that the books hold of it."""
    for key in facts.keys:
        if key.key.startswith(AGAIN) or isinstance(key.content, ResetDone):
            continue  # a person's order, told with the resets
        if isinstance(key.content, CardOrdered):
            continue  # told with the card
        yield Happening(moment_of(key.at_us), "message", _answered(key.content), Code(key.key))
    for entry in facts.entries:
        if entry.kind not in _OF_RESETS:
            yield from booked(entry)
    for token in facts.tokens:
        yield Happening(moment_of(token.at_us), "energy", msg("A token went out"), Code(str(token.digits)))
    for notice in facts.notices:
        yield _notice(notice)
    for trouble in facts.troubles:
        yield from of_trouble(trouble)


def energy_entry(entries: Iterable[BookedEntry]) -> int | None:
    """Find the entry with which the energy went out; none while the credit waits."""
    moved = (one for one in entries if any(line.unit == WATT_HOURS for line in one.postings))
    return next((one.id for one in moved), None)


def _answered(content: StoredContent) -> str:
    match content:
        case Approved(token=None):
            return msg("Answered: accepted, the credit waits")
        case Approved():
            return msg("Answered: accepted, with the token")
        case Declined():
            return msg("Answered: refused")
        case Undone():
            return msg("Answered: reversed")
        case Changed():
            return msg("Ordered: the claim ends")
        case _:
            return msg("Noted for a person to look at")


def booked(entry: BookedEntry) -> Iterator[Happening]:
    """Tell an entry once for each unit that it moves: money, and the energy beside it."""
    at, said, path = moment_of(entry.at_us), ENTRY_KINDS.get(entry.kind, entry.kind), f"/entries/{entry.id}"
    for unit in dict.fromkeys(line.unit for line in entry.postings):
        moved = sum(line.amount for line in entry.postings if line.unit == unit and line.amount > 0)
        amount = Amount(moved, unit, entry.id)
        if unit == WATT_HOURS:
            yield Happening(at, "energy", msg("Energy booked"), None, amount, "", path)
        else:
            yield Happening(at, "money", said, None, amount, entry.channel, path)


def _notice(notice: NoticeRow) -> Happening:
    standing = State(msg("on its way"), Tone.WAITING)
    if notice.is_given_up:
        standing = State(msg("could not be delivered"), Tone.BAD)
    return Happening(moment_of(notice.at_us), "message", notice_kind(notice.kind), standing)


def of_trouble(trouble: Trouble) -> Iterator[Happening]:
    """Tell an exception: that it was noted, and that it was closed."""
    path = f"/exceptions/{trouble.id}"
    said = trouble_kind(trouble.kind)
    yield Happening(moment_of(trouble.at_us), "trouble", said, path=path)
    if trouble.resolved_us is not None:
        at, by = moment_of(trouble.resolved_us), trouble.resolved_by
        yield Happening(
            at, "trouble", msg("The exception was closed"), trouble.reason or None, by=by, path=path
        )
