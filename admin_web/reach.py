"""Which places of the site somebody can go to: a link to a page that she may not see is no link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.route import Right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.route import Route
    from admin_web.visitor import Visitor


#: Rows of the table whose last place takes a whole path are sorted by their first part alone.
_ANY: Final = 0


class Reach:
    """Finds the page of a path among those that are asked for by GET."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._by_shape: dict[tuple[int, str], list[tuple[tuple[str, ...], Route]]] = {}
        for route in routes:
            if route.method == "GET":
                parts = _parts(route.path)
                length = _ANY if _has_rest(parts) else len(parts)
                self._by_shape.setdefault((length, parts[0]), []).append((parts, route))

    def opens(self, path: str, visitor: Visitor | None) -> bool:
        """Is there a page at this path (with or without a query), and may this visitor see it?"""
        if not path.startswith("/"):
            return False
        parts = _parts(path.partition("?")[0].partition("#")[0])
        known = [*self._by_shape.get((len(parts), parts[0]), ()), *self._by_shape.get((_ANY, parts[0]), ())]
        fitting = [one for one in known if _fits(one[0], parts)]
        if not fitting:
            return False
        # Where two rows fit, the one with fewer places is meant: /keys/new before /keys/<group>.
        route = min(fitting, key=lambda one: sum(part.startswith("<") for part in one[0]))[1]
        if not isinstance(route.needs, Right):
            return True
        if visitor is None or not route.needs.opens(visitor.rights):
            return False
        return visitor.rights.branch is None or route.is_of_branch is None or route.is_of_branch(parts)


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _has_rest(pattern: tuple[str, ...]) -> bool:
    """Does its last place take everything that follows, slashes and all?"""
    return pattern[-1].startswith("<path:")


def _fits(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    if _has_rest(pattern):
        if len(parts) < len(pattern):
            return False
        pattern, parts = pattern[:-1], parts[: len(pattern) - 1]
    return all(one == part or one.startswith("<") for one, part in zip(pattern, parts, strict=True))
