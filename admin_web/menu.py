"""The menu: by area, and of each only what the visitor may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from admin_web.names import AREA_NAMES
from gateway.core.authority import AREA_OF, Area

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.route import MenuItem
    from gateway.core.authority import Rights


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the menu as one visitor sees it."""

    label: str
    path: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Group:
    """An area with its lines."""

    label: str
    lines: tuple[Line, ...]


def menu_of(items: Sequence[MenuItem], rights: Rights | None, path: str = "") -> tuple[Group, ...]:
    """Give the menu of a visitor who is at ``path``; areas without a line of hers are left out."""
    if rights is None:
        return ()
    here = _nearest(items, path)
    groups = []
    for area in Area:
        mine = [item for item in items if AREA_OF[item.function] is area and item.is_for(rights)]
        if mine:
            lines = tuple(Line(item.label, item.path, item.path == here) for item in mine)
            groups.append(Group(AREA_NAMES[area], lines))
    return tuple(groups)


def _nearest(items: Sequence[MenuItem], path: str) -> str:
    """Find the line that a page belongs to: the longest that its path begins with; nothing lies below /."""
    above = [item.path for item in items if path == item.path or path.startswith(f"{item.path}/")]
    return max(above, key=len, default="")
