"""Bring readings back: a file is read and judged line by line, shown, and taken once that is confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.fields import Field
from admin_web.file_words import meter_number
from admin_web.form_body import Upload
from admin_web.forms import STEP_FIELD, Form
from admin_web.notice import redirect_with
from admin_web.pages.read_meter import judged_by
from admin_web.pages.readings import DOES
from admin_web.reading_words import energy, turned_said
from admin_web.route import Route
from admin_web.words import msg, msg_many
from gateway.core.authority import Function
from gateway.core.diary import Action
from gateway.core.fitting import REGISTERS
from gateway.core.reading_answer import LineFate, ReadingsTaken
from gateway.core.reading_rules import ReadingFault
from gateway.core.timeline import moment_of
from gateway.core.views_readings import KnownMeters
from gateway.office.authorised import Act
from gateway.office.reading_lines import NEEDED, OTHERS, read_file
from gateway.prepayment.record_readings import RecordReadings

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.cells import Amount
    from admin_web.forms import Filled
    from gateway.core.reading import Reading
    from gateway.core.reading_rules import KnownMeter
    from gateway.office.reading_lines import ReadingFile
    from gateway.prepayment.record_readings import Taking

#: Lines of a file that its preview shows of those that stand.
_SHOWN: Final = 20

_COLUMNS: Final = (*NEEDED, "rate_1", *OTHERS[len(REGISTERS) - 1 :])

FILE: Final = Form(
    msg("Bring readings back"),
    msg("Check the file"),
    (Field("file", msg("The file (CSV)"), "file"),),
    lead=msg("Each line stands or falls by itself. Nothing is kept before you have seen what stands."),
)

#: What the preview sends: the file that was read is in it.
CONFIRMED: Final = Form(FILE.title, FILE.submit, ())


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that does not stand: its number, the meter or the column with what was written, and why."""

    line: int
    about: str
    written: str
    why: str


@dataclass(frozen=True, slots=True)
class StandingLine:
    """A line that stands: its reading, and what was used since the one before."""

    line: int
    reading: Reading
    used: Amount | None


async def ask(asked: Asked) -> Outcome:
    """Show the form for a file."""
    return _page(FILE.blank(asked), None)


async def send(asked: Asked) -> Outcome:
    """Check the file and show what stands; take it once that is confirmed."""
    is_confirmed = asked.field(STEP_FIELD) == "confirm"
    filled = (CONFIRMED if is_confirmed else FILE).read(asked)
    if not filled.is_sound:
        return _page(filled, None)
    if is_confirmed:
        octets = asked.form.fields.get("lines", ("",))[0].encode()
    else:
        octets = filled.value("file", Upload).body
    read = await asked.office.elsewhere(read_file, octets, asked.office.zone)
    again = FILE.blank(asked)
    if not read.is_whole:
        return _page(again.refused(msg("The file has faults, and nothing of it was kept.")), read)
    if not read.lines:
        return _page(again.refused(msg("No line of the file stands, and nothing of it was kept.")), read)
    order = RecordReadings(
        asked.me.login, filled.nonce, read.lines, read.sha256, asked.office.day_wh_max
    )
    if is_confirmed:
        return await _taken(asked, order, again, read)
    return await _preview(asked, filled, order, read, octets)


async def _taken(asked: Asked, order: RecordReadings, again: Filled, read: ReadingFile) -> Outcome:
    act = Act(
        Function.READINGS, kind="readings", order=read.sha256, subject=f"{len(read.lines)} readings",
        needs_reason=False, action=Action.CHANGE,
    )  # fmt: skip
    content = await ordered(asked, act, order)
    refusal = refusal_in(asked, content)
    if refusal is not None:
        return _page(again.refused(refusal), read)
    assert isinstance(content, ReadingsTaken)  # noqa: S101 - nothing else comes of it
    say = asked.words.say_many
    said = [
        say(one, many, content.count(fate))
        for fate, (one, many) in _SAID.items()
        if content.count(fate) or fate is LineFate.TAKEN
    ]
    return redirect_with(asked, "/readings", " ".join(said))


_SAID: Final = {
    LineFate.TAKEN: msg_many("%(count)s reading is taken.", "%(count)s readings are taken."),
    LineFate.KNOWN: msg_many("%(count)s stood there already.", "%(count)s of them stood there already."),
    LineFate.REFUSED: msg_many("%(count)s was refused.", "%(count)s of them were refused."),
}


async def _preview(
    asked: Asked, filled: Filled, order: RecordReadings, read: ReadingFile, octets: bytes
) -> Page:
    known = await _known(asked, order)
    judged = await asked.office.elsewhere(judged_by, order, known, asked.office.now())
    refused, stands = _refused(read, order, judged), _standing(judged, known)
    if not any(one.fate is not LineFate.REFUSED for one in judged.outcomes):
        again = FILE.blank(asked).refused(msg("No line of the file stands, and nothing of it was kept."))
        return _page(again, read, refused)
    counts = {fate: sum(one.fate is fate for one in judged.outcomes) for fate in LineFate}
    return filled.page(
        "readings_preview.html",
        crumbs=_crumbs(asked),
        count=counts[LineFate.TAKEN],
        stand=asked.words.say_many(*_STANDS, counts[LineFate.TAKEN]),
        known=counts[LineFate.KNOWN],
        left_out=read.left_out,
        refused=refused,
        stands=[
            (one, meter_number(one.reading.shown.pan), moment_of(one.reading.shown.taken_us),
             energy(one.reading.shown.total_wh), turned_said(one.reading.turned, asked.words))
            for one in stands[:_SHOWN]
        ],
        is_cut=len(stands) > _SHOWN,
        lines=octets.decode("utf-8-sig"),
    )  # fmt: skip


_STANDS: Final = msg_many("reading stands", "readings stand")


async def _known(asked: Asked, order: RecordReadings) -> dict[str, KnownMeter]:
    shown = [one.shown for one in order.lines]
    question = KnownMeters(
        branch=asked.me.rights.branch,
        pans=tuple(one.pan for one in shown),
        moments=tuple(one.taken_us for one in shown),
    )
    return {one.pan: one for one in await asked.office.views.rows(question)}


def _refused(read: ReadingFile, order: RecordReadings | None, judged: Taking | None) -> list[RefusedLine]:
    """Tell all lines that do not stand, by their numbers."""
    found = [RefusedLine(one.line, one.column, one.written, one.why.value) for one in read.faults]
    if order is not None and judged is not None:
        for line, outcome in zip(order.lines, judged.outcomes, strict=True):
            if outcome.fate is LineFate.REFUSED:
                number = meter_number(line.shown.pan).text
                why = ReadingFault[outcome.fault].value
                found.append(RefusedLine(line.line, "meter", number, why))
    return sorted(found, key=lambda one: one.line)


def _standing(judged: Taking, known: dict[str, KnownMeter]) -> list[StandingLine]:
    """Tell those that are taken, each with what was used since the one before."""
    before = {pan: one.last.sums.used_wh for pan, one in known.items() if one.last is not None}
    found = []
    for reading in judged.readings:
        pan = reading.shown.pan
        used = reading.sums.used_wh - before.get(pan, 0)
        found.append(StandingLine(reading.line, reading, energy(used)))
        before[pan] = reading.sums.used_wh
    return found


def _crumbs(asked: Asked) -> tuple[tuple[str, str], ...]:
    return ((asked.words.say(msg("Readings")), "/readings"),)


def _page(filled: Filled, read: ReadingFile | None, refused: list[RefusedLine] | None = None) -> Page:
    if refused is None:
        refused = [] if read is None else _refused(read, None, None)
    return filled.page(
        "readings_file.html",
        back="/readings",
        crumbs=_crumbs(filled.asked),
        refused=refused,
        columns=_COLUMNS,
    )


ROUTES: Final = (
    Route("GET", "/readings/upload", DOES, ask),
    Route("POST", "/readings/upload", DOES, send, takes_upload=True),
)
