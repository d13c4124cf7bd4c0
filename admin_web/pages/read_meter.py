"""Enter a reading of one meter: read it back with what it would book, then confirm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.cells import Amount
from admin_web.fields import Field
from admin_web.forms import Form, PostingLine
from admin_web.moment_fields import MOMENT, moment_in, this_moment, with_time
from admin_web.notice import redirect_with
from admin_web.object_page import Fact
from admin_web.pages.meter import crumbs_of
from admin_web.pages.meter_readings import known_meter, number_of
from admin_web.pages.readings import DOES
from admin_web.reading_words import SOURCES, STATUS_WORDS, energy, register_label, turned_said
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.books import Books
from gateway.core.diary import Action
from gateway.core.energy import Energy
from gateway.core.fitting import REGISTER_WH_MAX, REGISTERS, TOTAL
from gateway.core.person import PERSON_MAX
from gateway.core.reading import CREDIT_WH_MAX, CREDITS_MAX, Shown, Source, StatusWord, Told
from gateway.core.reading_answer import LineFate
from gateway.core.reading_books import ReadingBooks
from gateway.core.reading_rules import ReadingFault
from gateway.core.stock import NOTE_MAX
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_readings import KnownMeters
from gateway.office.authorised import Act
from gateway.office.reading_lines import ReadingFileFault
from gateway.prepayment.record_readings import ReadingLine, RecordReadings

if TYPE_CHECKING:
    from datetime import datetime

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.fields import FieldKind
    from admin_web.forms import Filled
    from gateway.core.reading_rules import KnownMeter
    from gateway.prepayment.record_readings import Taking

#: Sources of a reading that somebody enters; a hand-held's come in files, a line's by themselves.
_ENTERED: Final = (Source.MANUAL, Source.CARD)

#: Where what is wrong is shown.
_FIELD_OF: Final = {
    ReadingFault.FUTURE: "day",
    ReadingFault.BEFORE_FITTED: "day",
    ReadingFault.BEFORE_LAST: "day",
    ReadingFault.BEFORE_RESET: "day",
    ReadingFault.OTHER_VALUE: "day",
    ReadingFault.BACKWARDS: TOTAL,
    ReadingFault.TOO_MUCH: TOTAL,
}


#: What is said here otherwise: these two lead readers of files to this very form.
_SAID_HERE: Final = {
    ReadingFault.BACKWARDS: msg(
        "the register shows less than before: read it again; if it is so, say below why it is so all the same"
    ),
    ReadingFault.TOO_MUCH: msg(
        "it would have counted more than it can in this time: read it again; if it is so, say below why it "
        "is so all the same"
    ),
}


def _registers(known: KnownMeter) -> tuple[str, ...]:
    """Name the registers that this meter has, as far as it was fitted or read."""
    shown = () if known.before is None else known.before.registers
    return tuple(name for name in REGISTERS if name == TOTAL or name in dict(shown))


def _form(asked: Asked, known: KnownMeter) -> Form:
    sources = tuple((one.value, SOURCES[one]) for one in _ENTERED)
    kind: FieldKind = "energy"
    return Form(
        msg("Enter a reading"),
        msg("Check the reading"),
        (
            *MOMENT,
            *(Field(name, register_label(name, asked.words), kind) for name in _registers(known)),
            Field("credit", msg("Credit left"), kind, is_required=False,
                  hint=msg("Where the meter shows it; below nothing where it lends.")),
            Field("credits", msg("Credits taken"), "count", is_required=False,
                  hint=msg("Where the meter counts them.")),
            *(Field(one.value, said, "check") for one, said in STATUS_WORDS.items()),
            Field("source", msg("How it was read"), "choice", choices=sources),
            Field("reader", msg("Read by"), is_required=False, length_max=PERSON_MAX),
            Field("note", msg("Note"), is_required=False, length_max=NOTE_MAX),
            Field("reason", msg("Why it is so all the same"), is_required=False, length_max=NOTE_MAX,
                  hint=msg("Only where the register runs backwards, or has counted too much: the reading is "
                           "then kept as doubtful and moves nothing.")),
        ),
    )  # fmt: skip


async def ask(asked: Asked) -> Outcome:
    """Show the form, with this moment in it."""
    known = await known_meter(asked)
    usual = {**this_moment(asked), "source": Source.MANUAL.value}
    return _page(asked, _form(asked, known).blank(asked, **usual), known)


async def send(asked: Asked) -> Outcome:
    """Show what it would book, then take it."""
    known = await known_meter(asked)
    filled = _within(_form(asked, known).read(asked))
    if not filled.is_sound or filled.wants_change:
        return _page(asked, filled, known)
    order = _order(asked, filled, known)
    judged = await _judged(asked, order)
    if judged.outcomes[0].fate is LineFate.REFUSED:
        fault = ReadingFault[judged.outcomes[0].fault]
        return _page(asked, filled.refused(_SAID_HERE.get(fault, fault.value), _FIELD_OF.get(fault)), known)
    if not filled.is_confirmed:
        return _preview(asked, filled, known, judged)
    pan = known.pan
    act = Act(
        Function.READINGS, kind="reading", order=pan, subject=pan, about=pan, needs_reason=False,
        action=Action.CHANGE,
    )  # fmt: skip
    refusal = refusal_in(asked, await ordered(asked, act, order))
    if refusal is not None:
        return _page(asked, filled.refused(refusal), known)
    return redirect_with(asked, f"/meters/{pan}/readings", asked.words.say(_SAID[judged.outcomes[0].fate]))


_SAID: Final = {
    LineFate.TAKEN: msg("The reading is taken."),
    LineFate.DOUBTFUL: msg("The reading is kept as doubtful, and moves nothing."),
    LineFate.KNOWN: msg("This reading stood there already."),
}


async def _judged(asked: Asked, order: RecordReadings) -> Taking:
    """Judge the order as the ledger would, on the meter as it stands."""
    shown = order.lines[0].shown
    found = await asked.office.views.rows(
        KnownMeters(branch=asked.me.rights.branch, pans=(shown.pan,), moments=(shown.taken_us,))
    )
    return judged_by(order, {one.pan: one for one in found}, asked.office.now())


def judged_by(order: RecordReadings, known: dict[str, KnownMeter], now: datetime) -> Taking:
    """Judge an order's lines on meters that the reader may see, all of them."""
    books = Books(readings=ReadingBooks(known=known))
    # Whose meters these are the question has decided; at the machine all are seen.
    seen = RecordReadings("local:preview", order.nonce, order.lines, order.file, order.day_wh_max)
    return seen.taking(books, now)


def _within(filled: Filled) -> Filled:
    """Say beside its field what no meter shows."""
    names = [one.field.name for one in filled.entered]
    filled = with_time(filled)
    for name in (one for one in REGISTERS if one in names):
        wh = filled.optional(name, Energy)
        if wh is not None and not 0 <= wh.wh <= REGISTER_WH_MAX:
            filled = filled.refused(ReadingFileFault.REGISTER.value, name)
    credit, credits_ = filled.optional("credit", Energy), filled.optional("credits", int)
    if credit is not None and abs(credit.wh) > CREDIT_WH_MAX:
        filled = filled.refused(ReadingFileFault.CREDIT.value, "credit")
    if credits_ is not None and credits_ > CREDITS_MAX:
        filled = filled.refused(ReadingFileFault.CREDITS.value, "credits")
    return filled


def _order(asked: Asked, filled: Filled, known: KnownMeter) -> RecordReadings:
    """Make the order of a sound form."""
    moment = moment_in(asked, filled)
    credit = filled.optional("credit", Energy)
    shown = Shown(
        known.pan,
        microseconds(moment),
        tuple((name, filled.value(name, Energy).wh) for name in _registers(known)),
        tuple(one for one in StatusWord if filled.value(one.value, bool)),
        None if credit is None else credit.wh,
        filled.optional("credits", int),
    )
    said = {name: filled.optional(name, str) or "" for name in ("reader", "note", "reason")}
    told = Told(Source(filled.value("source", str)), **said)
    return RecordReadings(
        asked.me.login, filled.nonce, (ReadingLine(shown, told),), day_wh_max=asked.office.day_wh_max
    )


def _facts(asked: Asked, known: KnownMeter) -> tuple[Fact, ...]:
    """Say what the meter is and what it showed last."""
    before = known.before
    facts = (Fact(msg("Meter number"), number_of(known.pan)),)
    if before is None:
        return (*facts, Fact(msg("Read last"), asked.words.say(msg("never: its counting begins now"))))
    last = dict(before.registers)[TOTAL]
    label = msg("Read last") if known.last is not None else msg("Installed with")
    at = moment_of(known.last.shown.taken_us) if known.last is not None else None
    return (*facts, Fact(label, energy(last)), *(() if at is None else (Fact(msg("Read at"), at),)))


def _page(asked: Asked, filled: Filled, known: KnownMeter) -> Page:
    path = f"/meters/{known.pan}"
    crumbs = crumbs_of(
        asked, (number_of(known.pan), path), (asked.words.say(msg("Readings")), f"{path}/readings")
    )
    return filled.page("step_form.html", crumbs=crumbs, back=f"{path}/readings", facts=_facts(asked, known))


def _preview(asked: Asked, filled: Filled, known: KnownMeter, judged: Taking) -> Page:
    path = f"/meters/{known.pan}"
    lines = [
        PostingLine(line.account, Amount(line.amount, line.unit))
        for entry in judged.entries
        for line in entry.postings
    ]
    used = None
    if judged.readings and judged.readings[0].is_accepted:
        before = 0 if known.last is None else known.last.sums.used_wh
        used = energy(judged.readings[0].sums.used_wh - before)
    said = asked.words.say(_PREVIEW_SAID[judged.outcomes[0].fate])
    turned = turned_said(judged.readings[0].turned, asked.words) if judged.readings else None
    return filled.preview(
        lines,
        used,
        said if turned is None else f"{said} · {turned}",
        nothing=msg("Nothing is posted."),
        crumbs=crumbs_of(asked, (number_of(known.pan), path)),
    )


_PREVIEW_SAID: Final = {
    LineFate.TAKEN: msg("used since it was read last"),
    LineFate.DOUBTFUL: msg("It is kept as doubtful, and somebody shall look at the meter."),
    LineFate.KNOWN: msg("This reading stands there already."),
}

ROUTES: Final = (
    Route("GET", "/meters/<pan>/read", DOES, ask),
    Route("POST", "/meters/<pan>/read", DOES, send),
)
