"""Resets for selling in words: what was found, by which evidence, what followed, and its lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount, Code, Said, State, Tone
from admin_web.object_page import Happening
from admin_web.words import msg
from gateway.core.ledger import WATT_HOURS
from gateway.core.reset import Evidence, Outcome
from gateway.core.timeline import moment_of
from gateway.core.views_resets import standing, waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from admin_web.cells import Cell
    from admin_web.diary_changes import Telling
    from admin_web.shown import Shown
    from admin_web.words import Words
    from gateway.core.views_booked import SaleFacts
    from gateway.core.views_resets import ResetCase

EVIDENCE: Final[Mapping[Evidence, str]] = {
    Evidence.DISPLAY: msg("The meter was looked at on the spot"),
    Evidence.PHOTO: msg("A photo of the meter"),
    Evidence.LINE: msg("The meter was read over a line"),
    Evidence.SAID: msg("Somebody says so, nothing was seen"),
}

#: What a form offers for what the evidence shows.
TAKEN: Final = "taken"
FOUND: Final = (
    (TAKEN, msg("It is in the meter")),
    ("lost", msg("It is not in the meter, and its token cannot be entered")),
)

OUTCOMES: Final[Mapping[Outcome, State]] = {
    Outcome.TAKEN: State(msg("was in the meter"), Tone.GOOD),
    Outcome.LOST: State(msg("was lost"), Tone.WAITING),
    Outcome.FROZEN: State(msg("more taken than sold: blocked"), Tone.BAD),
}

#: What is said before an order is confirmed.
FOLLOWS: Final[Mapping[Outcome, str]] = {
    Outcome.TAKEN: msg(
        "The purchase is in the meter: what was not known of it yet is booked as loaded. No money moves."
    ),
    Outcome.LOST: msg(
        "The purchase is lost: a new token is made for it with the id of the old one. The meter takes one "
        "of the two, never both, so nothing is given twice. No money moves."
    ),
    Outcome.FROZEN: msg(
        "The meter has taken more credits than were ever sold for it. It is blocked for selling, and an "
        "exception is opened: somebody looks at the meter, and at how this could happen."
    ),
}

#: What is said where the reset itself has no postings.
NOTHING: Final[Mapping[Outcome, str]] = {
    Outcome.TAKEN: msg("Nothing is posted."),
    Outcome.LOST: msg(
        "No money is posted. Giving out the new token books one entry of energy that moves nothing in the "
        "end: the lost token goes from E.ISSUED to E.VOID, the new one from E.VOID to E.ISSUED."
    ),
    Outcome.FROZEN: msg("Nothing is posted."),
}

_TOLD: Final = re.compile(
    r"reset: (?P<outcome>taken|lost|frozen) by (?P<evidence>[a-z]+), "
    r"(?:not counted|(?P<taken>\d+) of (?P<number>\d+) credits); "
    r"(?P<before>-?\d+) Wh known in the meter, then (?P<after>-?\d+) Wh"
    r"(?P<freed>, meter blocked before)?"
)
_AGAIN: Final = re.compile(r"made once more with the id of before, (?P<wh>\d+) Wh")


def reset_said(text: str, telling: Telling) -> str | None:
    """Say what the diary tells of a reset; None for a text that tells of none."""
    say, amount = telling.words.say, telling.shown.amount
    again = _AGAIN.fullmatch(text)
    if again is not None:
        made = msg("a new token with the id of the lost one, %(energy)s")
        return say(made, energy=amount(int(again["wh"]), WATT_HOURS))
    found = _TOLD.fullmatch(text)
    if found is None or found["evidence"] not in {one.value for one in Evidence}:
        return None
    parts = [
        say(OUTCOMES[Outcome(found["outcome"])].sentence),
        say(EVIDENCE[Evidence(found["evidence"])]),
        say(
            msg("known in the meter: %(before)s, then %(after)s"),
            before=amount(int(found["before"]), WATT_HOURS),
            after=amount(int(found["after"]), WATT_HOURS),
        ),
    ]
    if found["taken"]:
        counted = msg("%(taken)s of %(number)s credits taken")
        parts.insert(2, say(counted, taken=found["taken"], number=found["number"]))
    if found["freed"]:
        parts.append(say(msg("may be sold to again")))
    return "; ".join(parts)


def resets_told(cases: Iterable[ResetCase], words: Words, shown: Shown) -> Iterator[Happening]:
    """Tell resets in a timeline: each with what was known before and after, and the token that was made."""
    for case in cases:
        one = case.reset
        detail = words.say(
            msg(
                "%(evidence)s (%(reference)s); why: %(reason)s; known in the meter: %(before)s, "
                "then %(after)s"
            ),
            evidence=words.say(EVIDENCE[one.shows.evidence]),
            reference=one.shows.reference,
            reason=one.reason,
            before=shown.amount(one.before.loaded_wh, WATT_HOURS),
            after=shown.amount(one.after.loaded_wh, WATT_HOURS),
        )
        said, path = _RESET[one.outcome], f"/sales/{case.sale_id}"
        moved = Amount(one.moved_wh, WATT_HOURS) if one.moved_wh else None
        yield Happening(moment_of(one.at_us), "energy", said, detail, moved, one.by, path)
        if case.given_us is not None:
            made = msg("A new token was made, with the id of the lost one")
            yield Happening(moment_of(case.given_us), "energy", made, Code(str(case.token)), path=path)


_RESET: Final[Mapping[Outcome, str]] = {
    Outcome.TAKEN: msg("Reset for selling: the last purchase was in the meter"),
    Outcome.LOST: msg("Reset for selling: the last purchase was lost"),
    Outcome.FROZEN: msg("Reset for selling: the meter had taken more than was sold, and was blocked"),
}


def reset_rows(cases: Sequence[ResetCase], words: Words) -> list[tuple[Cell, ...]]:
    """Give the rows of a sale's resets, the newest first: when, what, how it is known, who, why, token."""
    rows: list[tuple[Cell, ...]] = []
    for case in reversed(cases):
        one = case.reset
        counted = ""
        if one.shows.credits is not None:
            said = msg("%(taken)s of %(number)s credits taken")
            counted = ", " + words.say(said, taken=one.shows.credits, number=one.number)
        how = f"{words.say(EVIDENCE[one.shows.evidence])} ({one.shows.reference}){counted}"
        at = (moment_of(one.at_us), moment_of(one.shows.seen_us))
        rows.append((*at, OUTCOMES[one.outcome], how, one.by, one.reason, _token(case)))
    return rows


def _token(case: ResetCase) -> Cell:
    if case.token is not None:
        return Code(str(case.token))
    return State(msg("waits to be given out"), Tone.WAITING) if case.waits else None


def tokens_said(facts: SaleFacts) -> Cell:
    """Say which tokens of a sale stand: the last four digits of each."""
    again = standing(facts.resets)
    ends = [str(token.digits) for token in facts.tokens] if again is None else [str(again.token)]
    return ", ".join(ends) if ends else Said(msg("none is out yet"))


def replaced_said(facts: SaleFacts) -> Cell:
    """Say which tokens of a sale were replaced; None where none was."""
    if standing(facts.resets) is None:
        return None
    before = [str(one.token) for one in facts.resets if one.token is not None][:-1]
    return ", ".join((*(str(token.digits) for token in facts.tokens), *before))


def again_path(facts: SaleFacts) -> str | None:
    """Name where a lost purchase is given out once more; None where none waits for that."""
    return f"/sales/{facts.sale.id}/again" if waiting(facts.resets) is not None else None

