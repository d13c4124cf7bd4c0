"""The diary's lines about lines in words: ways, groups, schedules, and orders that go to meters.

way of 600727070000000135: corrected             a way that was kept
way of 600727070000000135: tested                a meter that was called for a test
group east: registered                           a group, a schedule
ways: 3 new, 1 changed, 0 same, 2 refused        a list of ways
relay 12 for 600727070000000135: waiting         an order over a line
timetable homes/2: approved                      a version of a timetable
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from admin_web.file_words import meter_number
from admin_web.line_words import REMOTE_KINDS, REMOTE_STATES
from admin_web.words import msg
from gateway.core.remote_order import RemoteKind, RemoteState

if TYPE_CHECKING:
    from admin_web.diary_changes import Telling

_KEPT: Final = re.compile(
    r"(?P<what>way of|group|schedule) (?P<code>\S+): (?P<kind>registered|corrected|tested)"
)
_WAYS: Final = re.compile(
    r"ways: (?P<new>\d+) new, (?P<changed>\d+) changed, (?P<same>\d+) same, (?P<refused>\d+) refused"
)
_ORDER: Final = re.compile(
    r"(?P<kind>token|recharge|relay|timetable) (?P<number>\d+) for (?P<pan>\d{18}): (?P<state>[a-z_]+)"
)

_TIMETABLE: Final = re.compile(r"timetable (?P<code>\S+/\d+): (?P<state>draft|approved|withdrawn)")

_TIMETABLE_SAID: Final = {
    "draft": msg("timetable %(code)s drafted"),
    "approved": msg("timetable %(code)s approved"),
    "withdrawn": msg("timetable %(code)s withdrawn"),
}
_SAID: Final = {
    ("way of", "registered"): msg("way to meter %(code)s entered"),
    ("way of", "corrected"): msg("way to meter %(code)s changed"),
    ("way of", "tested"): msg("meter %(code)s called to test its line"),
    ("group", "registered"): msg("group %(code)s entered"),
    ("group", "corrected"): msg("group %(code)s changed"),
    ("schedule", "registered"): msg("schedule %(code)s entered"),
    ("schedule", "corrected"): msg("schedule %(code)s changed"),
}
_WAYS_SAID: Final = msg(
    "ways: %(new)s entered, %(changed)s changed, %(same)s as they were, %(refused)s refused"
)
_ORDER_SAID: Final = msg("order %(number)s (%(kind)s) for meter %(meter)s: %(state)s")

_STATES: Final = {one.value: one for one in RemoteState}


def lines_said(text: str, telling: Telling) -> str | None:
    """Say what was done about lines; None for a text that tells of none."""
    say = telling.words.say
    kept = _KEPT.fullmatch(text)
    if kept is not None:
        what, code, kind = kept.groups()
        sentence = _SAID.get((what, kind))
        if sentence is None:
            return None
        return say(sentence, code=meter_number(code).text if what == "way of" else code)
    ways = _WAYS.fullmatch(text)
    if ways is not None:
        return say(_WAYS_SAID, **ways.groupdict())
    timetable = _TIMETABLE.fullmatch(text)
    if timetable is not None:
        return say(_TIMETABLE_SAID[timetable["state"]], code=timetable["code"])
    order = _ORDER.fullmatch(text)
    if order is None or order["state"] not in _STATES:
        return None
    name, number, pan, where = order.groups()
    kind, state = REMOTE_KINDS[RemoteKind(name)], REMOTE_STATES[_STATES[where]].sentence
    meter = meter_number(pan).text
    return say(_ORDER_SAID, number=number, kind=say(kind), meter=meter, state=say(state))
