"""A test of the line to one meter: it is called now, and what goes over the line is shown with its meaning.

The page looks by itself how far the call is; that keeps nobody's session alive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from admin_web.acting import ordered, refusal_in
from admin_web.answers import NotThere, Page, Redirect
from admin_web.cells import Code, Heard, Said, State, Tone
from admin_web.file_words import meter_number
from admin_web.forms import First, Form
from admin_web.line_seen_words import CONTACT_WHYS, GAP_WHYS, RELAYS, WELL
from admin_web.line_words import way_path
from admin_web.object_page import Fact
from admin_web.pages.way import reached, way_facts, whose
from admin_web.pages.ways import DOES, crumbs_of
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.line_test import LineTestRefusal, LineTestStands
from gateway.office.authorised import Act
from gateway.office.note_act import NoteAct

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.forms import Filled
    from admin_web.needs import LineTests
    from gateway.core.contact import ItemRead
    from gateway.core.line_test import LineTest
    from gateway.core.meter_way import MeterWay
    from gateway.core.views_ways import WayFacts

STANDS: Final = {
    LineTestStands.WAITING: State(msg("waits for a free line"), Tone.WAITING),
    LineTestStands.CALLING: State(msg("is being called"), Tone.WAITING),
    LineTestStands.TALKING: State(msg("is being asked"), Tone.WAITING),
}

REFUSALS: Final = {
    LineTestRefusal.NO_LINE: msg("No line of this kind is set up here, or too much waits for them already."),
    LineTestRefusal.TOO_MANY: msg("Too many tests are under way. Try again when some have ended."),
}

#: What a test asks for, by the models' names for it.
_ITEMS: Final = {
    "access": msg("Password and keys"),
    "number": msg("What it calls itself"),
    "clock": msg("Clock"),
    "date": msg("Clock: day"),
    "time": msg("Clock: time of day"),
    "energy": msg("Total register"),
    "relay": msg("Relay"),
    "status": msg("Relay"),
}

_LEAD: Final = msg(
    "The meter is called once and asked for its number, clock, total register and relay. Nothing is changed "
    "in it, and nothing of it is kept as a reading. The diary notes who had it called."
)
_NOT_HERE: Final = msg("The lines do not run in this process: nobody can be called from this page.")
_NO_WAY: Final = msg("No line leads to this meter, or its way is out of use.")


async def ask(asked: Asked) -> Outcome:
    """Show the newest test of the meter, and the button."""
    facts = await _facts(asked)
    return _page(_form(asked, facts).blank(asked), facts)


async def now(asked: Asked) -> Outcome:
    """Give the test alone, as it stands now."""
    await _facts(asked)
    return Page("way_test_now.html", _shown(asked))


async def send(asked: Asked) -> Outcome:
    """Have the meter called, once the diary has a line of it."""
    facts, pan, tests = await _facts(asked), asked.places["pan"], _tests(asked)
    filled = _form(asked, facts).read(asked)
    way = _way(facts)
    if tests is None or way is None:
        return _page(filled, facts)
    test = tests.look(pan)
    if test is not None and not test.has_ended:
        return Redirect(asked.path)
    told = NoteAct(pan, f"way of {pan}: tested")
    refusal = refusal_in(asked, await ordered(asked, _act(facts, pan), told))
    if refusal is None and (refused := tests.begin(way, asked.me.login)) is not None:
        refusal = asked.words.say(REFUSALS[refused])
    return Redirect(asked.path) if refusal is None else _page(filled.refused(refusal), facts)


def _act(facts: WayFacts, pan: str) -> Act:
    about = pan if facts.account_no else ""
    return Act(
        Function.LINES,
        kind="line_test",
        order="",
        subject=pan,
        about=about,
        needs_reason=False,
        can_wait=False,
    )


async def _facts(asked: Asked) -> WayFacts:
    """Give what is known of the meter; NotThere for the utility's own where she belongs to a branch."""
    facts = await way_facts(asked)
    if asked.me.rights.branch is not None and not facts.account_no:
        raise NotThere
    return facts


def _tests(asked: Asked) -> LineTests | None:
    lines = asked.office.lines
    return None if lines is None else lines.tests


def _way(facts: WayFacts) -> MeterWay | None:
    """Give the way over which it may be called."""
    return facts.row.way if facts.row is not None and facts.row.way.is_on else None


def _form(asked: Asked, facts: WayFacts) -> Form:
    first = None
    path = way_path(asked.places["pan"])
    if asked.office.lines is None:
        first = First(_NOT_HERE, msg("Its way"), path)
    elif _way(facts) is None:
        first = First(_NO_WAY, msg("Its way"), path)
    return Form(msg("Test the line"), msg("Call the meter now"), (), lead=_LEAD, first=first)


def _page(filled: Filled, facts: WayFacts) -> Page:
    asked, pan = filled.asked, filled.asked.places["pan"]
    return filled.page(
        "way_test.html",
        crumbs=crumbs_of(asked, (meter_number(pan).text, way_path(pan))),
        back=way_path(pan),
        facts=(*whose(facts, pan), *(() if facts.row is None else reached(facts.row.way))),
        **_shown(asked),
    )


def _shown(asked: Asked) -> dict[str, Any]:
    """Say how the test stands; ``Any`` because a template takes every kind of value."""
    pan, tests = asked.places["pan"], _tests(asked)
    test = None if tests is None else tests.look(pan)
    if test is None:
        return {"test": None}
    return {
        "test": test,
        "path": f"{way_path(pan)}/test",
        "call": (
            Fact(msg("State"), _state(test)),
            Fact(msg("Asked for"), test.asked_at),
            Fact(msg("By whom"), test.by),
            Fact(msg("Over which line"), test.line or None),
            Fact(msg("Ended"), test.ended_at),
        ),
        "said": _said(test),
    }


def _state(test: LineTest) -> State:
    if not test.has_ended:
        return STANDS[test.stands]
    return State(WELL, Tone.GOOD) if test.why is None else State(GAP_WHYS[test.why.value], Tone.BAD)


def _said(test: LineTest) -> list[tuple[str, Cell, Cell, Cell]]:
    """Give what the meter said, and what not: each with why, and the sentence for the engineer."""
    rows: list[tuple[str, Cell, Cell, Cell]] = []
    if test.number:
        rows.append((_ITEMS["number"], Code(test.number), None, None))
    rows += [(_ITEMS.get(one.item, one.item), _value(one), None, None) for one in test.read]
    if test.relay is not None:
        rows.append((_ITEMS["relay"], RELAYS[test.relay], None, None))
    for item, fault in test.missing:
        rows.append((_ITEMS.get(item, item), None, Said(CONTACT_WHYS[fault.why]), Heard(str(fault))))
    return rows


def _value(one: ItemRead) -> Cell:
    return Code(f"{one.text} {one.unit}".strip())


ROUTES: Final = (
    Route("GET", "/lines/ways/<pan>/test", DOES, ask),
    Route("POST", "/lines/ways/<pan>/test", DOES, send),
    Route("GET", "/lines/ways/<pan>/test/now", DOES, now, is_by_itself=True),
)
