"""Changes in the diary, in words: which fields of somebody, and which rights, are others now.

    valid_until_us: None → 1796000000000000, roles: ('guest',) → ('clerk', 'guest')
    rights: floats: do up to 50000 → approve, keys: do → none

The diary keeps them as the program had them, for ever; here they are said to a reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from admin_web.names import FUNCTION_NAMES, LEVEL_NAMES
from admin_web.role_words import level_of
from admin_web.words import LANGUAGES, msg
from gateway.core.staff import NEVER_US, StaffState
from gateway.core.timeline import moment_of
from gateway.office.rights_told import AND, RIGHTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.shown import Shown
    from admin_web.words import Words

_ARROW: Final = " → "
_CUT: Final = "…"

_LEVEL: Final = "(?:none|view|do|approve)(?: up to [0-9]{1,25})?"
_GRANTS: Final = rf"{_LEVEL}(?:{AND}{_LEVEL})*"
_GRANT: Final = re.compile(rf"([a-z_]+): ({_GRANTS})(?:{_ARROW}({_GRANTS}))?(?:, |$)")

#: As Python writes down a text that can be printed: a reason that only looks so stands as it was typed.
_QUOTED: Final = r"""'(?:[^'\\]|\\[\\'])*'|"(?:[^"\\]|\\\\)*\""""
_NUMBER: Final = "0|-?[1-9][0-9]{0,18}"
_CODES: Final = r"\((?:'[a-z0-9_-]{1,32}'(?:,|(?:, '[a-z0-9_-]{1,32}')+))?\)"
_VALUE: Final = rf"(?:{_QUOTED}|None|True|False|{_NUMBER}|{_CODES})"
_FIELD: Final = re.compile(rf"([a-z_]+): ({_VALUE})(?:{_ARROW}({_VALUE}))?(?:, |$)")

_FIELDS: Final[Mapping[str, str]] = {
    "name": msg("Name"),
    "branch": msg("Branch"),
    "language": msg("Language"),
    "valid_until_us": msg("May come until"),
    "state": msg("State"),
    "roles": msg("Roles"),
    "must_change": msg("Has to choose another password"),
}
_EMPTY: Final[Mapping[str, str]] = {
    "branch": msg("all branches"),
    "valid_until_us": msg("without an end"),
    "roles": msg("none"),
}
_STATES: Final[Mapping[str, str]] = {
    StaffState.ACTIVE.value: msg("still there"),
    StaffState.LEFT.value: msg("has left"),
}


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom a line is told: her words and figures, her currency, and what roles there are by their codes."""

    words: Words
    shown: Shown
    currency: str
    role_names: Mapping[str, str] = field(default_factory=dict)


def rights_said(text: str, telling: Telling) -> str | None:
    """Say which rights are others; None for a text that tells of none."""
    say = telling.words.say
    whole = text.removeprefix(RIGHTS)
    if text.endswith(_CUT):  # a line holds so much and no more: what is not whole is left out
        words = rights_said(whole.rpartition(", ")[0], telling)
        return words and f"{words}; {_CUT}"
    said = _each(_GRANT, whole)
    names = {one.value: name for one, name in FUNCTION_NAMES.items()}
    if said is None or any(function not in names for function, _, _ in said):
        return None
    return "; ".join(
        _pair(say(names[one]), _grants(old, telling), new and _grants(new, telling)) for one, old, new in said
    )


def _grants(text: str, telling: Telling) -> str:
    between = telling.words.say(msg("and"))
    return f" {between} ".join(_grant(one, telling) for one in text.split(AND))


def _grant(text: str, telling: Telling) -> str:
    word, _, limit = text.partition(" up to ")
    level = telling.words.say(LEVEL_NAMES[level_of(word)])
    if not limit:
        return level
    amount = telling.shown.money(int(limit), telling.currency)
    up_to = telling.words.say(msg("up to %(amount)s"), amount=amount)
    return f"{level} {up_to}"


def fields_said(text: str, telling: Telling) -> str | None:
    """Say which fields are others; None for a text that tells of none."""
    said = _each(_FIELD, text)
    if said is None or any(name not in _FIELDS for name, _, _ in said):
        return None
    parts = []
    for name, old, new in said:
        before, after = _value(name, old, telling), new and _value(name, new, telling)
        parts.append(_pair(telling.words.say(_FIELDS[name]), before, after))
    return "; ".join(parts)


def _value(name: str, text: str, telling: Telling) -> str:
    value, say = _read(text), telling.words.say
    if value in {None, (), ""}:
        return say(_EMPTY.get(name, msg("none")))
    match name, value:
        case "valid_until_us", int() if 0 <= value < NEVER_US // 2**7:
            return telling.shown.moment(moment_of(value))
        case "must_change", bool():
            return say(msg("yes")) if value else say(msg("no"))
        case "state", str():
            return say(_STATES.get(value, value))
        case "language", str():
            return LANGUAGES.get(value, value)
        case "roles", tuple():
            return ", ".join(telling.role_names.get(code, code) for code in value)
        case _:
            return str(value)


_CONSTANTS: Final[Mapping[str, bool | None]] = {"None": None, "True": True, "False": False}
_CODE: Final = re.compile("'([^']*)'")
_ESCAPED: Final = re.compile(r"\\(.)")


def _read(text: str) -> str | int | tuple[str, ...] | None:
    """Read a value that fits ``_VALUE``; nothing else comes here, so there is nothing to refuse."""
    if text[0] in "'\"":
        return _ESCAPED.sub(r"\1", text[1:-1])
    if text[0] == "(":
        return tuple(_CODE.findall(text))
    return _CONSTANTS[text] if text in _CONSTANTS else int(text)


def _each(pattern: re.Pattern[str], text: str) -> list[tuple[str, str, str]] | None:
    """Take a text apart that is nothing but these, one after the other; None for another."""
    found, at = [], 0
    while at < len(text):
        one = pattern.match(text, at)
        if one is None:
            return None
        found.append((one[1], one[2], one[3] or ""))
        at = one.end()
    return found or None


def _pair(name: str, old: str, new: str) -> str:
    return f"{name}: {old}{_ARROW}{new}" if new else f"{name}: {old}"
