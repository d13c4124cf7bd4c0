"""One shift: the slip of what went through its drawer, and its end, where the cash is counted.

counted ──► read back beside what the books say ──► handed in, the shift closed ──► the slip
   └ not the same: why?
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from admin_web import said_after as after
from admin_web.acting import refusal_in
from admin_web.answers import NotThere, Redirect
from admin_web.cells import Amount, Code, Said, State, Tone
from admin_web.diary_words import person
from admin_web.fields import REASON, Field
from admin_web.forms import Form, PostingLine
from admin_web.object_page import Deed, Fact, Related, Thing, object_page
from admin_web.order_form import carried_out, staff_act
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.ledger import WATT_HOURS, EntryKind
from gateway.core.money import Money
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.person import office_channel
from gateway.core.timeline import moment_of
from gateway.core.views_shift import ShiftFile
from gateway.office.keep_shift import CloseShift, hand_in, receipts_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.views_shift import DrawerMoves, ShiftFacts

_DOES: Final = Right(Function.SHIFTS, Level.DO)
_DIGITS_MAX: Final = 9

GOING_ON: Final = State(msg("going on"), Tone.GOOD)
ENDED: Final = State(msg("ended"), Tone.QUIET)

_COUNTED: Final = Field(
    "counted",
    msg("Cash counted in the drawer"),
    "money",
    hint=msg("Count it before you look at what the books say. 0 where there is none."),
)
_WHY: Final = Field(
    "reason",
    REASON.label,
    "area",
    hint=msg("Only where the count is not what the books say."),
    is_required=False,
    length_max=REASON.length_max,
)
_DUE: Final = Field("due", msg("Cash due"), "kept", is_required=False, length_max=24)

OWN: Final = Form(
    msg("Close the shift"),
    msg("Go on"),
    (_COUNTED, _WHY, _DUE),
    lead=msg("All that is in the drawer is handed in to the station's safe."),
)
ANOTHERS: Final = Form(
    msg("Close the shift of somebody else"),
    msg("Go on"),
    (_COUNTED, REASON, _DUE),
    lead=msg("Only where whoever sat there has gone and forgotten to close it. You count in her place."),
)

LESS_THAN_NOTHING: Final = msg("Cash is 0 or more.")
TOO_LITTLE: Final = msg(
    "By the books %(due)s should be there: %(difference)s too little. Count again, or say why."
)
TOO_MUCH: Final = msg(
    "By the books %(due)s should be there: %(difference)s too much. Count again, or say why."
)

#: What moves a drawer, as lines of the slip, in their order.
_LINES: Final[Mapping[str, str]] = {
    EntryKind.CASH_OUT.value: msg("Cash out of the safe"),
    EntryKind.HOLD.value: msg("Sales"),
    EntryKind.VOID.value: msg("Taken back: undone, corrected or given back"),
    EntryKind.FEE.value: msg("Fees taken"),
    EntryKind.DEBT.value: msg("Debts taken"),
    EntryKind.REFUND.value: msg("Refunds paid out"),
}
_OF_SALES: Final = frozenset({EntryKind.HOLD.value, EntryKind.VOID.value})


def shift_path(number: int) -> str:
    """Name the page of a shift."""
    return f"/shifts/{number}"


async def _facts(asked: Asked) -> ShiftFacts:
    """Find a shift that she sees; NotThere."""
    number = asked.places["number"]
    if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS_MAX):
        raise NotThere
    found = await asked.office.views.totals(ShiftFile(branch=asked.me.rights.branch, id=int(number)))
    if found is None:
        raise NotThere
    return found


async def slip(asked: Asked) -> Outcome:
    """Show what went through the drawer, up to now or up to its count."""
    facts = await _facts(asked)
    shift = facts.shift
    is_open = shift.closed_us is None
    path = shift_path(shift.id)
    may_close = is_open and asked.me.rights.may(Function.SHIFTS, Level.DO)
    thing = Thing(
        kind=msg("Shift"),
        title=str(shift.id),
        state=GOING_ON if is_open else ENDED,
        facts=tuple(_about(facts)),
        deeds=(Deed(msg("Close the shift"), f"{path}/close"),) if may_close else (),
        related=tuple(_related(facts)),
        raw=asdict(facts),
    )
    values = {
        "lines": list(_lines(facts, asked.me.currency)),
        "sums": list(_sums(facts, asked.me.currency)),
        "waiting": _waiting(facts),
    }
    return object_page(asked, thing, _crumbs(asked), "shift.html", **values)


def _about(facts: ShiftFacts) -> Iterator[Fact]:
    shift, invoices = facts.shift, facts.invoices
    yield Fact(msg("Operator"), person(shift.login))
    yield Fact(msg("Station"), Code(shift.station))
    yield Fact(msg("From"), moment_of(shift.opened_us))
    yield Fact(msg("Until"), None if shift.closed_us is None else moment_of(shift.closed_us))
    if facts.handed_in is not None:
        yield Fact(msg("Counted by"), person(facts.handed_in.channel.removeprefix(office_channel(""))))
    if invoices is None:
        yield Fact(msg("Invoices"), Said(msg("none")))
        return
    yield Fact(msg("Invoices from"), Code(f"{shift.station}/{invoices.first}"))
    yield Fact(msg("Invoices to"), Code(f"{shift.station}/{invoices.last}"))
    yield Fact(msg("Invoices written"), invoices.count)
    yield Fact(msg("Of them red"), invoices.red)


def _related(facts: ShiftFacts) -> Iterator[Related]:
    shift = facts.shift
    yield Related(msg("Sales of this station"), Code(shift.station), f"/sales?bank=@{shift.station}")
    others = f"/shifts?station={shift.station}&state="
    yield Related(msg("Other shifts of this station"), Code(shift.station), others)
    if facts.handed_in is not None:
        entry = str(facts.handed_in.entry_id)
        yield Related(msg("Entry"), Code(entry), f"/entries/{entry}")


def _lines(facts: ShiftFacts, currency: str) -> Iterator[tuple[str, int | None, Amount | None, Amount]]:
    """Give what moved the drawer: what, how often, the energy of its sales, and the money."""
    if facts.before_minor:
        yield msg("In the drawer before"), None, None, Amount(facts.before_minor, currency)
    moves = {one.kind: one for one in facts.moves}
    for kind, label in _LINES.items():
        if kind in moves or kind in _OF_SALES:
            yield _line(label, moves.get(kind), currency, sells=kind in _OF_SALES)
    for kind, one in moves.items():
        if kind not in _LINES:
            yield _line(msg("Other"), one, currency, sells=False)


def _line(
    label: str, moves: DrawerMoves | None, currency: str, *, sells: bool
) -> tuple[str, int | None, Amount | None, Amount]:
    if moves is None:
        return label, 0, Amount(0, WATT_HOURS), Amount(0, currency)
    sign = -1 if moves.kind == EntryKind.VOID.value else 1
    energy = Amount(sign * moves.energy_wh, WATT_HOURS) if sells else None
    return label, moves.count, energy, Amount(moves.minor, currency)


def _sums(facts: ShiftFacts, currency: str) -> Iterator[tuple[str, Amount | Said]]:
    """Give the cash that was due, what was counted, and what is between them."""
    yield msg("Cash due"), Amount(facts.due_minor, currency)
    counted = facts.handed_in
    if facts.shift.closed_us is None:
        return
    if counted is None and facts.due_minor:
        yield msg("Cash counted"), Said(msg("not counted"))
        return
    counted_minor = 0 if counted is None else counted.counted_minor
    yield msg("Cash counted"), Amount(counted_minor, currency)
    difference = counted_minor - facts.due_minor
    if difference:
        yield (msg("Too little") if difference < 0 else msg("Too much")), Amount(abs(difference), currency)
    else:
        yield msg("Difference"), Amount(0, currency)


def _waiting(facts: ShiftFacts) -> list[tuple[str, str]]:
    return [(str(receipt), f"/sold/{receipt}") for receipt in facts.waiting]


def _crumbs(asked: Asked) -> tuple[tuple[str, str], ...]:
    return ((asked.words.say(msg("Shifts")), "/shifts"),)


def _closing(asked: Asked, facts: ShiftFacts) -> Form:
    return OWN if facts.shift.login == asked.me.login else ANOTHERS


def _around(asked: Asked, facts: ShiftFacts) -> dict[str, Any]:
    shift = facts.shift
    since = asked.shown.moment(moment_of(shift.opened_us))
    about = ((msg("Operator"), shift.login), (msg("Station"), shift.station), (msg("From"), since))
    path = shift_path(shift.id)
    crumbs = (*_crumbs(asked), (str(shift.id), path))
    return {"back": path, "crumbs": crumbs, "about": about, "waiting": _waiting(facts)}


async def ask_close(asked: Asked) -> Outcome:
    """Ask what was counted, and why where it is another's; to the slip where it is closed."""
    facts = await _facts(asked)
    if facts.shift.closed_us is not None:
        return Redirect(shift_path(facts.shift.id))
    filled = _closing(asked, facts).blank(asked)
    return filled.page("shift_close.html", **_around(asked, facts))


async def close_shift(asked: Asked) -> Outcome:
    """Read the count back beside what is due, then close it."""
    facts = await _facts(asked)
    shift, due_minor = facts.shift, facts.due_minor
    if shift.closed_us is not None:
        return Redirect(shift_path(shift.id))
    filled, around = _checked(asked, _closing(asked, facts).read(asked), facts), _around(asked, facts)
    if not filled.is_sound or filled.wants_change:
        return filled.page("shift_close.html", **around)
    reason = filled.optional("reason", str) or ""
    counted = filled.value("counted", Money)
    order = CloseShift(
        asked.me.login, filled.nonce, shift.id, shift.login, shift.station, counted.minor, due_minor,
        counted.currency, reason,
    )  # fmt: skip
    if not filled.is_confirmed or filled.optional("due", str) != str(due_minor):
        return _preview(filled.keeping("due", str(due_minor)), order, around)
    act = staff_act(Function.SHIFTS, shift.station, reason)
    return await carried_out(
        filled, act, order, around, path=shift_path(shift.id), said=after.CLOSED, template="shift_close.html"
    )


def _checked(asked: Asked, filled: Filled, facts: ShiftFacts) -> Filled:
    """Refuse it where sales wait, and ask why where the count differs."""
    if facts.waiting:
        refusal = NotDone(OfficeRefusal.DRAWER_WAITS, receipts_told(facts.waiting))
        return filled.refused(refusal_in(asked, refusal) or "")
    counted = filled.optional("counted", Money)
    if counted is not None and counted.minor < 0:
        return filled.refused(LESS_THAN_NOTHING, "counted")
    if counted is None or counted.minor == facts.due_minor or filled.optional("reason", str) is not None:
        return filled
    difference = counted.minor - facts.due_minor
    said = asked.words.say(
        TOO_LITTLE if difference < 0 else TOO_MUCH,
        due=asked.shown.money(facts.due_minor, counted.currency),
        difference=asked.shown.money(abs(difference), counted.currency),
    )
    return filled.refused(said, "reason")


def _preview(filled: Filled, order: CloseShift, around: Mapping[str, Any]) -> Page:
    """Show what was counted beside what is due, and what is posted."""
    lines = [
        PostingLine(line.account, Amount(line.amount, line.unit))
        for entry in hand_in(order)
        for line in entry.postings
    ]
    difference = order.counted_minor - order.due_minor
    return filled.preview(
        lines,
        Amount(order.counted_minor, order.currency),
        f"{order.login} · {order.station}",
        "shift_count.html",
        nothing=msg("No cash was in the drawer, and none is due."),
        crumbs=around["crumbs"],
        due=Amount(order.due_minor, order.currency),
        too_little=Amount(-difference, order.currency) if difference < 0 else None,
        too_much=Amount(difference, order.currency) if difference > 0 else None,
    )


ROUTES: Final = (
    Route("GET", "/shifts/<number>", Right(Function.SHIFTS), slip),
    Route("GET", "/shifts/<number>/close", _DOES, ask_close),
    Route("POST", "/shifts/<number>/close", _DOES, close_shift),
)
