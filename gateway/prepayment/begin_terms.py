"""Begin a change of terms whose business day has come; and find all that have.

    load    the point with its customer, its meter, the prices
    decide  is it the version that was found? → is its change due? → do the terms have a price now?
    write   the point and its meter, priced so from the next sale on, and the amendment of who ordered it;
            or, where they have no price, a row that a person sees, and all stays as it was

Safe to run at any time and again, and after days off: what is due is found by its moment, and begun once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, ExceptionNote, Needs
from gateway.core.file_books import FileChange
from gateway.core.meter import MeterRef
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.timeline import microseconds
from gateway.core.views_points import DuePoints
from gateway.ports import LedgerBusy
from gateway.prepayment.amend_file import files_of_point
from gateway.prepayment.amend_terms import with_counters, with_meter
from gateway.prepayment.terms_allowed import terms_refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.outcome import Content
    from gateway.core.supply_point import SupplyPoint
    from gateway.core.views_points import DuePoint
    from gateway.ports import Poster, Views

#: The kind of what a person is told where a change could not begin.
NOT_BEGUN: Final = "terms_not_begun"


@dataclass(frozen=True, slots=True)
class BeginTerms:
    """Begin the change that is due at a supply point, as it was found: its version, meter and power types."""

    found: DuePoint

    #: The point's version says all there is to say.
    digest = "begin"

    #: Nothing is booked: the amendment names who ordered it.
    channel = "terms"

    @property
    def key(self) -> str:
        """The one change that a version of a supply point can have."""
        return f"terms-on/{self.found.number}/{self.found.version}"

    @property
    def _noted(self) -> tuple[str, str]:
        return NOT_BEGUN, self.found.number

    def needs(self) -> Needs:
        """The point with its customer, its meter, the prices, and whether a person was told."""
        found = self.found
        return Needs(
            keys=(self.key,),
            meters=(MeterRef(pan=found.pan),) if found.pan else (),
            files=files_of_point(found.number),
            office=OfficeNeeds(priced=found.power_types, noted=(self._noted,)),
        )

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or begin it."""
        known = books.known.get(self.key)
        if known is not None:
            return Decision(known.recall())
        before = books.files.points.get(self.found.number)
        if before is None or before.version != self.found.version:
            return Decision(NotDone(OfficeRefusal.TWICE_AT_ONCE))
        if before.due is None or not before.due.is_due(microseconds(now)):
            return Decision(NotDone(OfficeRefusal.NO_CHANGE_DUE))
        if before.pan and before.pan not in books.meters:
            return self._not_begun(books, before, NotDone(OfficeRefusal.UNKNOWN_METER, before.pan))
        after = replace(before.with_terms(before.due.terms), due=None, version=before.version + 1)
        refusal = terms_refusal(books, after, now)
        if refusal is not None:
            return self._not_begun(books, before, NotDone(*refusal))
        told = amended(AmendmentKind.REPRICED, before, after, before.due.by, before.due.reason)
        change = with_meter(books, FileChange(points=(after,), amendments=(told,)), after)
        done = Decision(Changed(after.number, after.version), remembered=True, files=change)
        # From the change's own day, also where the gateway was off on it.
        return with_counters(books, done, after, before.due.day) if before.due.prorates else done

    def _not_begun(self, books: Books, before: SupplyPoint, refused: NotDone) -> Decision:
        """Tell a person, once; the change stays due."""
        if self._noted in books.office.noted or before.due is None:
            return Decision(refused)
        day, point, why = before.due.day, before.number, refused.sentence
        text = f"the terms due on {day} have not begun at {point}: {why}"
        note = ExceptionNote(NOT_BEGUN, bank="", key=point, sale_id=None, text=text)
        return Decision(refused, exception=note)


@dataclass(frozen=True, slots=True)
class Begun:
    """What a search came to: the points whose terms began, and those that were refused, with the reason."""

    begun: tuple[str, ...]
    refused: tuple[tuple[DuePoint, NotDone], ...]


async def begin_due_terms(
    views: Views,
    *,
    poster: Poster,
    now: datetime,
    passed_over: frozenset[DuePoint] = frozenset(),
    goes_on: Callable[[], bool] = lambda: True,
) -> Begun:
    """Begin every change that is due, page by page, the oldest first.

    Those ``passed_over`` were refused before, and are left alone. ``goes_on`` is asked after each page.
    Raises LedgerBusy, and whatever else a change failed by, when its page is answered; the next one goes on.
    """
    begun: list[str] = []
    refused: list[tuple[DuePoint, NotDone]] = []
    page = await views.rows(DuePoints(until_us=microseconds(now)))
    while page:
        wanted = [one for one in page if one not in passed_over]
        # All of them are asked for before the first answer: they share a batch.
        answers = [poster.post(BeginTerms(one)) for one in wanted]
        for one, content in zip(wanted, await _answered(answers), strict=True):
            if isinstance(content, NotDone):
                refused.append((one, content))
            else:
                begun.append(one.number)
        last = page[-1]
        question = DuePoints(until_us=microseconds(now), after=(last.begins_us, last.number))
        page = await views.rows(question) if goes_on() else ()
    return Begun(tuple(begun), tuple(refused))


async def _answered(answers: Sequence[Awaitable[Content]]) -> list[Content]:
    """Wait for every answer, since none may be left unheard; then raise what one of them failed by."""
    found: list[Content] = []
    faults: list[Exception] = []
    for answer in answers:
        try:
            found.append(await answer)
        except Exception as fault:  # noqa: BLE001 - it is raised again, after the others
            faults.append(fault)
    if faults:
        raise next((one for one in faults if isinstance(one, LedgerBusy)), faults[0])
    return found
