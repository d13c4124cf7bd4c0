"""Details of the diary's lines in words. A line is kept once and for ever, as the program had it, in English.

A detail is some parts with ``; `` between them: a reason, what was changed, why it was refused. Each part
that is ours is said anew; a reason, and whatever is not known, stands as it was written. A reason may look
like a part of ours: ours stand behind it, so what has somebody's words behind it is somebody's as well.
"""

from __future__ import annotations

import logging
import re
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from admin_web.diary_cards import cards_said
from admin_web.diary_changes import fields_said, rights_said
from admin_web.diary_files import files_said
from admin_web.names import LEVEL_NAMES
from admin_web.reading_words import FINDINGS
from admin_web.reset_words import reset_said
from admin_web.role_words import level_of
from admin_web.spoken import sentences_of_others
from admin_web.station_told import STATION_PATTERNS
from admin_web.trouble_words import KINDS, RESOLUTIONS
from admin_web.words import msg
from gateway.core.authority import AT_TIMES_FOUR_EYES, FOUR_EYES, Function, Level
from gateway.core.diary import Action, DiaryOutcome
from gateway.core.people_told import without_rows
from gateway.core.person import LOCAL
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from admin_web.diary_changes import Telling
    from gateway.core.diary import DiaryRow

log = logging.getLogger("powertill.office")

_SEPARATOR: Final = "; "

#: Sentences of ours hold the separator once, and there may be a detail behind them.
_JOINED_MAX: Final = 3

#: Digits of a digest that are shown: enough to compare two by eye; the whole stands in what is kept.
_DIGEST_SHOWN: Final = 12

_MOMENT: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d"

#: How the line of an approval begins, behind its reference.
_ASKER: Final = re.compile(r"asked by (?P<person>\S+)")

_ASKED_BY: Final = re.compile(r"; asked by (\S+?)(?:;|$)")

_INVOICE: Final = r"(?P<name>[\w-]+/\d+)"

_SHA256: Final = r"sha256 (?P<digest>[0-9a-f]{64})"

_READINGS: Final = (
    r"readings: (?P<taken>\d+) taken, (?P<doubtful>\d+) doubtful, (?P<known>\d+) known, "
    r"(?P<refused>\d+) refused"
)

_WORDS: Final[Mapping[str, str]] = {
    "full": msg("signed in wholly"),
    "set_password": msg("may only choose another password"),
    "enrol": msg("may only enrol an authenticator"),
    "no such login": msg("no such login"),
    "held back": msg("held back after failures"),
    "wrong password": msg("wrong password"),
    "left, or no longer valid": msg("has left, or the time is over"),
    "wrong code": msg("wrong code of the authenticator"),
    "a code that was used": msg("a code of the authenticator that was used before"),
    "a new password": msg("a new password"),
    "an authenticator": msg("an authenticator was enrolled"),
    "no authenticator": msg("the authenticator was taken away"),
    "the role was made": msg("the role was made"),
    "forged": msg("the form was not one of ours"),
    "right": msg("the right is missing"),
    **{f"inspected: {one.value}": said for one, said in FINDINGS.items()},
}

#: Of these, what is said of how somebody comes in.
_WAYS_IN: Final = frozenset({"a new password", "an authenticator", "no authenticator"})

_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    *STATION_PATTERNS,
    (re.compile(r"shift (?P<number>\d+)"), msg("shift %(number)s")),
    (re.compile(r"shift (?P<number>\d+), with (?P<money>.+)"), msg("shift %(number)s, begun with %(money)s")),
    (re.compile(r"shift (?P<number>\d+) of (?P<person>\S+)"), msg("shift %(number)s of %(person)s")),
    (
        re.compile(
            r"shift (?P<number>\d+) of (?P<person>\S+), (?P<counted>.+) counted, (?P<due>.+) due"
        ),
        msg("shift %(number)s of %(person)s: counted %(counted)s, due %(due)s"),
    ),
    (
        re.compile(r"(?P<count>\d+) meters, (?P<first>\d+) to (?P<last>\d+), " + _SHA256),
        msg("%(count)s meters, from %(first)s to %(last)s, SHA-256 %(digest)s"),
    ),
    (
        re.compile(
            rf"tariff (?P<type>\S+) (?P<version>\S+), from (?P<begins>{_MOMENT}), {_SHA256}"
        ),
        msg("version %(version)s of the tariff %(type)s, in force from %(begins)s, SHA-256 %(digest)s"),
    ),
    (
        re.compile(
            r"key \d+ of (?P<group>\d+), revision (?P<krn>\d), check value (?P<kcv>\S+), "
            rf"from (?P<begins>{_MOMENT}), .*{_SHA256}"
        ),
        msg(
            "revision %(krn)s of supply group %(group)s, check value %(kcv)s, from %(begins)s, "
            "SHA-256 %(digest)s"
        ),
    ),
    (
        re.compile(
            r"key \d+ of (?P<group>[a-z0-9_.-]+), revision (?P<krn>\d+), check value (?P<kcv>\S+), "
            rf"from (?P<begins>{_MOMENT}), .*{_SHA256}"
        ),
        msg(
            "revision %(krn)s of the master key of cards %(group)s, check value %(kcv)s, from %(begins)s, "
            "SHA-256 %(digest)s"
        ),
    ),
    (re.compile(rf"{_READINGS}, {_SHA256}"), msg(
        "readings taken: %(taken)s, doubtful: %(doubtful)s, there already: %(known)s, "
        "refused: %(refused)s, SHA-256 %(digest)s"
    )),
    (re.compile(_READINGS), msg(
        "readings taken: %(taken)s, doubtful: %(doubtful)s, there already: %(known)s, refused: %(refused)s"
    )),
    (re.compile(_SHA256), msg("SHA-256 %(digest)s")),
    (re.compile(rf"invoice {_INVOICE}"), msg("invoice %(name)s")),
    (
        re.compile(rf"invoice (?P<red>[\w-]+/\d+) takes {_INVOICE} back"),
        msg("invoice %(red)s takes %(name)s back"),
    ),
    (
        re.compile(rf"invoice {_INVOICE}, (?P<form>(?:A4|80 mm), [a-z]{{2}}), original"),
        msg("invoice %(name)s, %(form)s, the first paper"),
    ),
    (
        re.compile(rf"invoice {_INVOICE}, (?P<form>(?:A4|80 mm), [a-z]{{2}}), copy"),
        msg("invoice %(name)s, %(form)s, a copy"),
    ),
)  # fmt: skip


def detail_said(row: DiaryRow, telling: Telling) -> str:
    """Say a line's details; nothing for none. What cannot be said stands as it is kept.

    A line is kept for ever: a fault of ours here must not make the page of each of its readers unreadable.
    """
    try:
        return _SEPARATOR.join(_in_words(row, telling))
    except Exception as fault:  # noqa: BLE001 - around one line of a list
        # Neither its text nor a traceback, which could have it in it: whoever mends this finds the line.
        event(log, "office.detail_unsaid", level=logging.WARNING, line=row.id, fault=type(fault).__name__)
        return row.detail


def _in_words(row: DiaryRow, telling: Telling) -> list[str]:
    # The digests of rows are for the verifier; they stand in what is kept.
    detail = without_rows(row.detail)
    parts = detail.split(_SEPARATOR) if detail else []
    if row.action == Action.EXPORT.value and parts:
        return [telling.words.say(msg("as %(format)s"), format=parts[0].upper()), *parts[1:]]
    if row.action == Action.PRINT.value and row.outcome == DiaryOutcome.DONE.value:
        # Behind the filters stands the pattern of the page, for who looks at the log.
        return [_by_pattern(part, telling) or part for part in parts[:-1]]
    before = []
    if is_of_request(row) and parts:
        # The reference: what the line is about leads to the request.
        parts = parts[:-1] if row.action == Action.ASK.value else parts[1:]
        asker = _ASKER.fullmatch(parts[0]) if parts and row.action == Action.APPROVE.value else None
        if asker is not None:
            before, parts = (
                [telling.words.say(msg("asked for by %(person)s"), **asker.groupdict())],
                parts[1:],
            )
    typed = _typed(row, parts)
    return [*before, *parts[:typed], *_ours_last(parts[typed:], telling)]


def _typed(row: DiaryRow, parts: list[str]) -> int:
    """Count the first parts that somebody has typed for sure."""
    is_done = row.outcome == DiaryOutcome.DONE.value
    closes = row.action in {Action.REFUSE.value, Action.WITHDRAW.value}
    if row.action == Action.ASK.value or (closes and is_done and is_of_request(row)):
        return len(parts)
    # In a browser nobody's password or authenticator is changed by another without a reason; at the machine
    # none is asked for, nor of her who changes her own.
    changes = (row.function, row.action) == (Function.OPERATORS.value, Action.CHANGE.value)
    is_asked = changes and is_done and not row.actor.startswith(LOCAL)
    return 1 if is_asked and not _WAYS_IN.isdisjoint(parts) else 0


def _ours_last(parts: list[str], telling: Telling) -> list[str]:
    """Say what is ours; whatever stands before a part that is not is a reason, too."""
    said, at, own = list[str](), 0, 0
    while at < len(parts):
        length, words = _longest(parts[at : at + _JOINED_MAX], telling)
        at += length
        if words is None:
            said, own = [], at
        else:
            said.append(words)
    return [*parts[:own], *said]


def is_of_request(row: DiaryRow) -> bool:
    """Is it a step of a request, so that its reference stands in the details?"""
    decides = {one.value for one in (Action.APPROVE, Action.REFUSE, Action.WITHDRAW)}
    takes_two = row.function in {one.value for one in FOUR_EYES | AT_TIMES_FOUR_EYES}
    return row.action == Action.ASK.value or (takes_two and row.action in decides)


def reference_in(row: DiaryRow) -> str:
    """Give the reference of the request that a line is a step of."""
    before, _, last = row.detail.rpartition(_SEPARATOR)
    return last if row.action == Action.ASK.value else (before or last).partition(_SEPARATOR)[0]


def asker_in(row: DiaryRow) -> str:
    """Name who asked for what a line says was approved; nothing where it does not tell."""
    found = _ASKED_BY.search(row.detail)
    return found[1] if found else ""


def _longest(parts: list[str], telling: Telling) -> tuple[int, str | None]:
    """Say as many parts at once as make a sentence of ours; None for the first where none does."""
    for length in range(len(parts), 0, -1):
        words = _said(_SEPARATOR.join(parts[:length]), telling)
        if words is not None:
            return length, words
    return 1, None


def _said(text: str, telling: Telling) -> str | None:
    ways: tuple[Callable[[str, Telling], str | None], ...] = (
        _word, _refusal, rights_said, fields_said, _by_pattern, _station, _closed, files_said,
        cards_said, reset_said,
    )  # fmt: skip
    return next((words for way in ways if (words := way(text, telling)) is not None), None)


def _word(text: str, telling: Telling) -> str | None:
    return telling.words.say(_WORDS[text]) if text in _WORDS else None


def _refusal(text: str, telling: Telling) -> str | None:
    """Say why something was refused, with its detail in brackets, or which level was missing."""
    if text in _sentences():
        return telling.words.say(text)
    sentence, _, detail = text.removesuffix(")").partition(" (")
    if detail and text.endswith(")") and sentence in _sentences():
        return f"{telling.words.say(sentence)} ({rights_said(detail, telling) or detail})"
    why, _, level = text.partition(": ")
    if why == "right" and level in {one.name.lower() for one in Level}:
        return f"{telling.words.say(_WORDS[why])}: {telling.words.say(LEVEL_NAMES[level_of(level)])}"
    return None


@cache
def _sentences() -> frozenset[str]:
    return frozenset(sentences_of_others())


def _by_pattern(text: str, telling: Telling) -> str | None:
    for pattern, sentence in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is not None:
            values = {name: _value(name, value, telling) for name, value in found.groupdict().items()}
            return None if None in values.values() else telling.words.say(sentence, **values)
    return None


def _value(name: str, text: str, telling: Telling) -> str | None:
    """Say a value; None for a moment that there is none of (the thirtieth of February)."""
    if name == "digest":
        return f"{text[:_DIGEST_SHOWN]}…"
    if name != "begins":
        return text
    try:
        return telling.shown.moment(datetime.fromisoformat(text))
    except (ValueError, OverflowError):  # a year that the reader's zone has none of
        return None


#: A station as it is kept (``gateway/office/manage_roles.py``).
_STATION: Final = re.compile(r"'(?P<name>[^']*)' of (?P<branch>[a-z0-9_-]+), (?P<state>open|closed)")


def _station(text: str, telling: Telling) -> str | None:
    """Say a station, or what it was and is."""
    said = []
    for part in text.split(" → "):
        found = _STATION.fullmatch(part)
        if found is None:
            return None
        state = telling.words.say(msg("open") if found["state"] == "open" else msg("closed"))
        said.append(f"“{found['name']}”, {found['branch']}, {state}")
    return " → ".join(said)


def _closed(text: str, telling: Telling) -> str | None:
    """Say what was said of an exception."""
    kind, _, resolution = text.partition(": ")
    known = {one.value: said for one, said in RESOLUTIONS.items()}
    if kind not in KINDS or resolution not in known:
        return None
    return f"{telling.words.say(KINDS[kind].name)}: {telling.words.say(known[resolution])}"
