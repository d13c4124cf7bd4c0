"""What is said of readings and inspections: sources, states, status words, suspicions, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount, State, Tone
from admin_web.line_seen_words import EVENTS
from admin_web.words import msg
from gateway.core.fitting import REGISTERS, TOTAL
from gateway.core.inspection import Finding, Suspicion
from gateway.core.ledger import WATT_HOURS
from gateway.core.meter_event import EventKind
from gateway.core.reading import ReadingState, Source, StatusWord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from admin_web.words import Words
    from gateway.core.views_readings import InspectRow

SOURCES: Final[Mapping[Source, str]] = {
    Source.MANUAL: msg("By hand"),
    Source.HAND_HELD: msg("Hand-held"),
    Source.CARD: msg("Returned card"),
    Source.REMOTE: msg("Over a line"),
}

READING_STATES: Final[Mapping[ReadingState, State]] = {
    ReadingState.ACCEPTED: State(msg("counts"), Tone.GOOD),
    ReadingState.DOUBTFUL: State(msg("doubtful"), Tone.BAD),
}

STATUS_WORDS: Final[Mapping[StatusWord, str]] = {
    StatusWord.SEAL_BROKEN: msg("a seal is broken"),
    StatusWord.COVER_OPENED: msg("the cover was opened"),
    StatusWord.CT_MISSING: msg("a current transformer is missing"),
    StatusWord.COUNTS_BACK: msg("it counts backwards"),
    StatusWord.RELAY_OPEN: msg("the relay is open"),
    StatusWord.DISPLAY_DARK: msg("the display is dark"),
    StatusWord.BATTERY_LOW: msg("the battery is low"),
}

SUSPICIONS: Final[Mapping[Suspicion, str]] = {
    Suspicion.OVER: msg("more used than ever went out"),
    Suspicion.MISSING: msg("credit went out that is not in it"),
    Suspicion.CREDITS: msg("more credits taken than went out"),
    Suspicion.IDLE: msg("nothing used for long though it has credit"),
    Suspicion.DOUBTFUL: msg("a doubtful reading"),
    Suspicion.STATUS: msg("something was seen at it"),
    Suspicion.NOTICED: msg("something was noticed over its line"),
    Suspicion.UNREAD: msg("not read for long"),
}

FINDINGS: Final[Mapping[Finding, str]] = {
    Finding.IN_ORDER: msg("in order"),
    Finding.TAMPERED: msg("tampered with"),
    Finding.FAULTY: msg("faulty"),
    Finding.BEGINS_ANEW: msg("its register begins anew"),
    Finding.NOT_SEEN: msg("nobody let the inspector in"),
}

_RATES: Final[Mapping[str, str]] = {
    name: msg("Rate %(number)s") for name in REGISTERS if name != TOTAL
}  # fmt: skip


def register_label(name: str, words: Words) -> str:
    """Name a register."""
    if name == TOTAL:
        return words.say(msg("Total register"))
    return words.say(_RATES[name], number=name.rpartition("_")[2])


def status_said(status: Iterable[StatusWord], words: Words) -> str | None:
    """Say a meter's status; None where nothing was seen."""
    return ", ".join(words.say(STATUS_WORDS[one]) for one in status) or None


def turned_said(registers: Iterable[str], words: Words) -> str | None:
    """Name the registers that rolled over with a reading; None where none did."""
    named = [register_label(one, words) for one in registers]
    return words.say(msg("rolled over: %(registers)s"), registers=", ".join(named)) if named else None


def suspicions_said(row: InspectRow, words: Words) -> str | None:
    """Say why a meter is suspected, what was seen at it in its own words, each once; None where it is not."""
    said = (words.say(one) for one in _reasons(row))
    return ", ".join(dict.fromkeys(said)) or None


def _reasons(row: InspectRow) -> Iterator[str]:
    for one in row.suspicions:
        if one is Suspicion.STATUS and row.newest is not None:
            yield from (STATUS_WORDS[seen] for seen in row.newest.shown.status)
        elif one is Suspicion.NOTICED:
            # Its readings tell of too many credits, too, in words of their own.
            known = {EventKind.OVER_CREDITS} if Suspicion.CREDITS in row.suspicions else set()
            yield from (EVENTS[kind].sentence for kind in row.noticed if kind not in known)
        else:
            yield SUSPICIONS[one]


def energy(wh: int | None) -> Amount | None:
    """Give energy as a cell."""
    return None if wh is None else Amount(wh, WATT_HOURS)
