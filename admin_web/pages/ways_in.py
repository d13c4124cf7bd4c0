"""Bring a list of ways: read and judged line by line, shown, and kept once that is confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.fields import Field
from admin_web.file_words import meter_number
from admin_web.form_body import Upload
from admin_web.forms import STEP_FIELD, Form
from admin_web.line_words import LINE_KINDS
from admin_web.notice import redirect_with
from admin_web.pages.ways import DOES, crumbs_of, models
from admin_web.route import Route
from admin_web.words import msg, msg_many
from gateway.core.authority import Function
from gateway.core.diary import Action
from gateway.core.office import OfficeRefusal
from gateway.core.way_answer import WayFate, WayOutcome, WaysKept
from gateway.metering.keep_ways import WAYS_MAX, InquireWays, KeepMeterWays
from gateway.office.authorised import Act
from gateway.office.way_lines import NEEDED, OTHERS, read_ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.outcome import Content
    from gateway.office.way_lines import WayFile

FILE: Final = Form(
    msg("Bring a list of ways"),
    msg("Check the file"),
    (Field("file", msg("The file (CSV)"), "file"),),
    lead=msg("Each line stands or falls by itself. Nothing is kept before you have seen what stands."),
)

#: What the preview sends: the file that was read is in it.
CONFIRMED: Final = Form(FILE.title, FILE.submit, ())

_FAULTY: Final = msg("The file has faults, and nothing of it was kept.")
_NONE: Final = msg("No line of the file stands, and nothing of it was kept.")

_SAID: Final = {
    WayFate.NEW: msg_many("%(count)s way is entered.", "%(count)s ways are entered."),
    WayFate.CHANGED: msg_many("%(count)s is changed.", "%(count)s of them are changed."),
    WayFate.SAME: msg_many("%(count)s stood there already.", "%(count)s of them stood there already."),
    WayFate.REFUSED: msg_many("%(count)s was refused.", "%(count)s of them were refused."),
}


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that does not stand: its number, the meter or the column with what was written, and why."""

    line: int
    about: str
    written: str
    why: str


async def ask(asked: Asked) -> Outcome:
    """Show the form for a file."""
    return _page(FILE.blank(asked))


async def send(asked: Asked) -> Outcome:
    """Check the file and show what stands; keep it once that is confirmed."""
    is_confirmed = asked.field(STEP_FIELD) == "confirm"
    filled = (CONFIRMED if is_confirmed else FILE).read(asked)
    if not filled.is_sound:
        return _page(filled)
    if is_confirmed:
        octets = asked.form.fields.get("lines", ("",))[0].encode()
    else:
        octets = filled.value("file", Upload).body
    read: WayFile = await asked.office.elsewhere(read_ways, octets)
    again = FILE.blank(asked)
    if not read.is_whole or not read.lines:
        return _page(again.refused(_NONE if read.is_whole else _FAULTY), _refused(read, ()))
    parts = list(_parts(asked, filled, read))
    if is_confirmed:
        return await _kept(asked, parts, again, read)
    outcomes: list[WayOutcome] = []
    for part in parts:
        looked = await asked.office.poster.post(InquireWays(part))
        if not isinstance(looked, WaysKept):
            return _page(again.refused(refusal_in(asked, looked) or ""), _refused(read, ()))
        outcomes += looked.lines
    if all(one.fate is WayFate.REFUSED for one in outcomes):
        return _page(again.refused(_NONE), _refused(read, outcomes))
    return _preview(asked, filled, read, outcomes, octets)


def _parts(asked: Asked, filled: Filled, read: WayFile) -> Iterator[KeepMeterWays]:
    """Cut a file into orders, so that payments do not wait behind all of it; each has a key of its own."""
    for number, begin in enumerate(range(0, len(read.lines), WAYS_MAX)):
        lines = read.lines[begin : begin + WAYS_MAX]
        yield KeepMeterWays(asked.me.login, f"{filled.nonce}-{number}", lines)


async def _kept(asked: Asked, parts: list[KeepMeterWays], again: Filled, read: WayFile) -> Outcome:
    counts = dict.fromkeys(WayFate, 0)
    for part in parts:
        content: Content = await ordered(asked, _act(part), part)
        if not isinstance(content, WaysKept):
            return _page(again.refused(refusal_in(asked, content) or ""), _refused(read, ()))
        for fate in WayFate:
            counts[fate] += content.count(fate)
    say = asked.words.say_many
    said = [
        say(one, many, counts[fate])
        for fate, (one, many) in _SAID.items()
        if counts[fate] or fate is WayFate.NEW
    ]
    return redirect_with(asked, "/lines/ways", " ".join(said))


def _act(part: KeepMeterWays) -> Act:
    return Act(
        Function.LINES,
        kind="ways",
        order="",
        subject=f"{len(part.lines)} ways",
        needs_reason=False,
        action=Action.CHANGE,
        can_wait=False,
    )


def _refused(read: WayFile, outcomes: tuple[WayOutcome, ...] | list[WayOutcome]) -> list[RefusedLine]:
    """Tell all lines that do not stand, by their numbers."""
    found = [RefusedLine(one.line, one.column, one.written, one.why.value) for one in read.faults]
    pans = {one.line: one.pan for one in read.lines}
    for one in outcomes:
        if one.fate is WayFate.REFUSED:
            number = meter_number(pans[one.line]).text
            found.append(RefusedLine(one.line, "meter", number, OfficeRefusal[one.fault].value))
    return sorted(found, key=lambda one: one.line)


def _preview(asked: Asked, filled: Filled, read: WayFile, outcomes: list[WayOutcome], octets: bytes) -> Page:
    counts = {fate: sum(one.fate is fate for one in outcomes) for fate in WayFate}
    refused = _refused(read, outcomes)
    return filled.page(
        "ways_preview.html",
        crumbs=crumbs_of(asked),
        new=counts[WayFate.NEW],
        entered=asked.words.say_many(*_ENTERED, counts[WayFate.NEW]),
        changed=counts[WayFate.CHANGED],
        same=counts[WayFate.SAME],
        refused=refused,
        lines=octets.decode("utf-8-sig"),
    )


_ENTERED: Final = msg_many("way will be entered", "ways will be entered")


def _page(filled: Filled, refused: list[RefusedLine] | None = None) -> Page:
    return filled.page(
        "ways_file.html",
        back="/lines/ways",
        crumbs=crumbs_of(filled.asked),
        refused=refused or [],
        columns=(*NEEDED, *OTHERS),
        kinds=[(one.value, said) for one, said in LINE_KINDS.items()],
        models=models(),
    )


ROUTES: Final = (
    Route("GET", "/lines/ways/upload", DOES, ask),
    Route("POST", "/lines/ways/upload", DOES, send, takes_upload=True),
)
