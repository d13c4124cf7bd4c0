"""What changes in rights, as the diary keeps it: by function, from what to what.

``customers: none → view, floats: do up to 500 → approve up to 100 and do``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.core.authority import NO_GRANT, Function

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.core.authority import Grant, Rights

#: Before what a person may do then and could not before, or the other way round.
RIGHTS: Final = "rights: "

#: Between the grants of several roles, none of which holds the other.
AND: Final = " and "


def grants_told(before: Mapping[Function, Grant], after: Mapping[Function, Grant]) -> str:
    """Say which grants of a role are others now."""
    pairs = ((one, before.get(one, NO_GRANT), after.get(one, NO_GRANT)) for one in Function)
    return _told((one, grant_said(old), grant_said(new)) for one, old, new in pairs)


def rights_told(before: Rights, after: Rights) -> str:
    """Say which rights of a person are others now; nothing where none is."""
    told = _told((one, _said(before.held(one)), _said(after.held(one))) for one in Function)
    return f"{RIGHTS}{told}" if told else ""


def grant_said(grant: Grant) -> str:
    """Say a grant in a word, with its limit."""
    level = grant.level.name.lower()
    return level if grant.limit_minor is None else f"{level} up to {grant.limit_minor}"


def _said(held: tuple[Grant, ...]) -> str:
    return AND.join(grant_said(one) for one in held or (NO_GRANT,))


def _told(lines: Iterable[tuple[Function, str, str]]) -> str:
    return ", ".join(f"{one.value}: {old} → {new}" for one, old, new in lines if old != new)
