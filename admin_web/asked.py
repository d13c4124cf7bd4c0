"""What was asked: all that a page may look at, and the words to answer in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from admin_web.form_body import FormBody
from admin_web.token_like import may_hold_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from admin_web.menu import Group
    from admin_web.needs import Office
    from admin_web.route import Route
    from admin_web.shown import Shown
    from admin_web.visitor import Visitor
    from admin_web.words import Words
    from gateway.core.authority import Rights


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a page. ``places`` are the parts of the path, ``query`` and ``form`` by name.

    ``words`` speaks the visitor's language, ``shown`` writes figures in it and in her zone. ``menu`` is hers,
    ``menu_for`` that of anybody with some rights. ``cookie`` is the session's, ``device`` what the browser
    keeps of who has signed in there.
    """

    route: Route
    path: str
    office: Office
    words: Words
    shown: Shown
    visitor: Visitor | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    form: FormBody = field(default_factory=FormBody, repr=False)
    menu: tuple[Group, ...] = ()
    menu_for: Callable[[Rights], tuple[Group, ...]] = field(default=lambda _: (), repr=False)
    cookie: str = field(default="", repr=False)
    device: str = field(default="", repr=False)
    peer: str = ""

    @property
    def me(self) -> Visitor:
        """Who is signed in; only asked for by pages that need it."""
        if self.visitor is None:
            raise AssertionError("a page that anybody may see asks who is signed in")
        return self.visitor

    def first(self, name: str) -> str:
        """Give the first value of a name in the query, without spaces around, or nothing."""
        return self.query.get(name, ("",))[0].strip()

    def field(self, name: str) -> str:
        """Give the first value of a field of the form, without spaces around, or nothing."""
        return self.form.fields.get(name, ("",))[0].strip()

    def kept(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Give what the query has of these names, for the hidden fields of a form that is sent by GET."""
        return [(name, value) for name in names for value in self.query.get(name, ())]

    @property
    def here(self) -> str:
        """Give this page's address to come back to; without its query where a token may stand in it."""
        address = self.link()
        return self.path if may_hold_token(address) else address

    def link(self, **changes: str | None) -> str:
        """Give this page's address with some values changed; None takes one out. A notice is said once."""
        changes = {"notice": None, **changes}
        kept = [
            (name, value) for name, values in self.query.items() for value in values if name not in changes
        ]
        kept += [(name, value) for name, value in changes.items() if value is not None]
        return f"{self.path}?{urlencode(kept)}" if kept else self.path
