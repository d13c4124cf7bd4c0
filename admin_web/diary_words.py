"""The diary in words: what was done, in which function, what became of it, and where its object stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.cells import Code, Link, State, Tone
from admin_web.diary_cards import card_subject_path, card_subject_said
from admin_web.diary_details import is_of_request, reference_in
from admin_web.diary_files import file_subject_path, file_subject_said
from admin_web.names import FUNCTION_NAMES
from admin_web.trouble_words import words_of_kind
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.diary import Action, DiaryOutcome
from gateway.core.staff import CODE, LOGIN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from admin_web.cells import Cell
    from admin_web.diary_changes import Telling
    from admin_web.words import Words
    from gateway.core.diary import DiaryRow

ACTION_NAMES: Final[Mapping[Action, str]] = {
    Action.SIGN_IN: msg("signed in"),
    Action.SIGN_OUT: msg("signed out"),
    Action.CHANGE: msg("changed"),
    Action.ORDER: msg("ordered"),
    Action.ASK: msg("asked for a second person"),
    Action.APPROVE: msg("approved"),
    Action.REFUSE: msg("refused"),
    Action.WITHDRAW: msg("withdrew"),
    Action.SHOW: msg("looked at"),
    Action.PRINT: msg("printed"),
    Action.EXPORT: msg("downloaded"),
}

OUTCOME_STATES: Final[Mapping[DiaryOutcome, State]] = {
    DiaryOutcome.DONE: State(msg("done"), Tone.GOOD),
    DiaryOutcome.WAITS: State(msg("waits for a second person"), Tone.WAITING),
    DiaryOutcome.REFUSED: State(msg("turned away"), Tone.BAD),
}

#: What the diary names beside the functions of the office.
_OTHER_FUNCTIONS: Final[Mapping[str, str]] = {
    "sign_in": msg("Signing in"),
    "own_account": msg("Own account"),
}

#: Before the name of somebody who sat at the machine itself.
_LOCAL: Final = "local:"

_PAYMENT: Final = re.compile(r"(?:pay|dep)/(?P<bank>[^/\s]+)/(?P<reference>\S+)")
_EXCEPTION: Final = re.compile(r"(?P<number>\d+) (?P<kind>[a-z_]+) \S*")
_FLOAT: Final = "FLOAT:"


#: Functions whose lines are about customers and supply points.
_OF_FILES: Final = tuple(
    one.value
    for one in (
        Function.REGISTRATION,
        Function.INSTALLATION,
        Function.AMENDMENT,
        Function.TERMS,
        Function.REPLACEMENT,
        Function.CANCELLATION,
    )
)


def function_choices() -> tuple[tuple[str, str], ...]:
    """Give all functions that a line can name, for a filter."""
    ours = tuple((function.value, name) for function, name in FUNCTION_NAMES.items())
    return (*ours, *_OTHER_FUNCTIONS.items())


def action_choices() -> tuple[tuple[str, str], ...]:
    """Give all actions, for a filter."""
    return tuple((one.value, name) for one, name in ACTION_NAMES.items())


def outcome_choices() -> tuple[tuple[str, str], ...]:
    """Give what can become of a line, for a filter."""
    return tuple((one.value, state.sentence) for one, state in OUTCOME_STATES.items())


def function_name(function: str) -> str:
    """Say a line's function; one of a newer program stands as it is."""
    return dict(function_choices()).get(function, function)


def action_name(action: str) -> str:
    """Say what was done."""
    return dict(action_choices()).get(action, action)


def what_was_done(row: DiaryRow, words: Words) -> str:
    """Say in one go in which function something was done, and what."""
    did = words.say(action_name(row.action))
    return did if row.function == "sign_in" else f"{words.say(function_name(row.function))}: {did}"


def outcome_state(outcome: str) -> Cell:
    """Say what became of it."""
    known = {one.value: state for one, state in OUTCOME_STATES.items()}.get(outcome)
    return known or Code(outcome)


def person(said: str) -> Cell:
    """Name somebody; who has an account leads to it."""
    login = said.removeprefix(_LOCAL)
    if said.startswith(_LOCAL) or LOGIN.fullmatch(login) is None:
        return Code(said) if said else None
    return Link(Code(said), f"/operators/{login}")


def request_path(reference: str) -> str:
    """Name the page of a request; its reference may hold slashes."""
    return f"/requests/{quote(reference, safe='/')}"


def subject_of(row: DiaryRow, telling: Telling) -> Cell:
    """Name what a line is about, with the place where it stands."""
    path, said = subject_path(row), subject_said(row, telling)
    return Link(said, path) if path else said or None


def subject_said(row: DiaryRow, telling: Telling) -> str:
    """Say what a line is about; what is not known stands as it is kept."""
    subject = row.subject
    exception, payment = _EXCEPTION.fullmatch(subject), _PAYMENT.fullmatch(subject)
    if exception is not None:
        kind = telling.words.say(words_of_kind(exception["kind"]).name)
        return telling.words.say(msg("exception %(number)s: %(what)s"), number=exception["number"], what=kind)
    if payment is not None:
        return f"{payment['bank']}, {payment['reference']}"
    if row.function in _OF_FILES:
        return file_subject_said(subject, telling)
    if row.function == Function.STOCK.value:
        return card_subject_said(subject, telling)
    if subject.startswith(_FLOAT):
        return subject.removeprefix(_FLOAT).replace(" ", ", ", 1)
    if row.function == Function.ROLES.value:
        login, is_given, codes = subject.partition(": ")
        if is_given and LOGIN.fullmatch(login):
            names = ", ".join(telling.role_names.get(code, code) for code in codes.split(",") if code != "-")
            none = telling.words.say(msg("none"))
            return f"{login}: {names or none}"
        code, _, name = subject.partition(" ")
        return name if name and CODE.fullmatch(code) else subject
    return subject


def subject_path(row: DiaryRow) -> str | None:
    """Find the page of what a line is about; None where it has none."""
    if row.action == Action.PRINT.value and row.subject.startswith("/"):
        return row.subject
    if row.action == Action.EXPORT.value or row.subject.startswith(("GET ", "POST ")):
        return None
    if is_of_request(row):
        reference = reference_in(row)
        return request_path(reference) if reference else None
    find = _PATHS.get(row.function)
    return find(row) if find else None


def _operator(row: DiaryRow) -> str | None:
    return f"/operators/{row.subject}" if LOGIN.fullmatch(row.subject) else None


def _role(row: DiaryRow) -> str | None:
    """Lead to whoever gets roles (``li-na: cashier``), or to the role that changes (``cashier Cashier``)."""
    login, is_given, _ = row.subject.partition(": ")
    if is_given or "roles: (" in row.detail:
        return f"/operators/{login}" if LOGIN.fullmatch(login) else None
    code = row.subject.partition(" ")[0]
    return f"/roles?as={code}" if CODE.fullmatch(code) else None


def _exception(row: DiaryRow) -> str | None:
    number = row.subject.partition(" ")[0]
    return f"/exceptions/{number}" if number.isascii() and number.isdigit() else None


def _bank(row: DiaryRow) -> str | None:
    code = row.subject.partition(" ")[0].partition(":")[2]
    return f"/banks/{code}" if CODE.fullmatch(code) else None


def _payment(row: DiaryRow) -> str | None:
    return f"/search?q={quote(row.subject)}" if _PAYMENT.fullmatch(row.subject) else None


def _file(row: DiaryRow) -> str | None:
    return file_subject_path(row.subject, row.detail)


_PATHS: Final[Mapping[str, Callable[[DiaryRow], str | None]]] = {
    **dict.fromkeys(_OF_FILES, _file),
    Function.STOCK.value: lambda row: card_subject_path(row.subject),
    Function.DICTIONARY.value: lambda row: f"/network/{quote(row.subject, safe='')}",
    "sign_in": _operator,
    "own_account": _operator,
    Function.OPERATORS.value: _operator,
    Function.ROLES.value: _role,
    Function.STATIONS.value: lambda _: "/stations",
    Function.SHIFTS.value: lambda _: "/shifts",
    Function.EXCEPTIONS.value: _exception,
    Function.FLOATS.value: _bank,
    Function.REVERSALS.value: lambda row: _exception(row) or _payment(row),
    Function.SALES.value: _payment,
    Function.INVOICES.value: _payment,
    Function.SHOW_TOKEN.value: _payment,
    Function.FIND_TOKEN.value: _payment,
}
