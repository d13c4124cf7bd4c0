"""A form: declared once, shown blank, read, shown again with what is wrong, previewed, and sent once.

    FORM = Form(msg("Pay in"), msg("Pay in"), (Field("amount", msg("Amount"), "money"), REASON))

    async def ask(asked):            # GET
        return FORM.blank(asked).page()

    async def send(asked):           # POST to the same path
        filled = FORM.read(asked)
        if not filled.is_sound or filled.wants_change:
            return filled.page()
        if not filled.is_confirmed:
            return filled.preview(postings, amount, name)
        outcome = await asked.office.poster.post(order(key=filled.nonce, ...))

The nonce is made when the form is shown and is the order's idempotency key: the same form sent twice is one
order. ``value`` gives what a sound form holds.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from admin_web.answers import Page
from admin_web.fields import Entered, read_field
from admin_web.form_body import NoForm
from gateway.core.office import OfficeRefusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from admin_web.asked import Asked
    from admin_web.cells import Amount
    from admin_web.fields import Field

ValueT = TypeVar("ValueT")

NONCE_FIELD: Final = "nonce"
STEP_FIELD: Final = "step"

#: Octets of a nonce: as many as no two forms will ever share.
_NONCE_OCTETS: Final = 18
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{24}")

_UNPROCESSABLE: Final = 422


@dataclass(frozen=True, slots=True)
class PostingLine:
    """A posting as a preview shows it; debit is positive."""

    account: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class First:
    """What has to be done before a form can be filled in: why, and where; both are English sentences."""

    sentence: str
    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form; all its sentences are English ones of the catalogs.

    ``first``: there is nothing to choose from yet, so this is said in the place of the fields.
    """

    title: str
    submit: str
    fields: tuple[Field, ...]
    lead: str = ""
    first: First | None = None

    @property
    def has_file(self) -> bool:
        """Does it send a file?"""
        return any(one.kind == "file" for one in self.fields)

    def blank(self, asked: Asked, **usual: str) -> Filled:
        """Give the form as it is first shown; ``usual`` are values that stand in it already."""
        entered = tuple(Entered(one, usual.get(one.name, "")) for one in self.fields)
        return Filled(self, asked, asked.path, entered, secrets.token_urlsafe(_NONCE_OCTETS))

    def read(self, asked: Asked) -> Filled:
        """Read what was sent; NoForm where its nonce is none."""
        nonce = asked.field(NONCE_FIELD)
        if not _NONCE.fullmatch(nonce):
            raise NoForm("a form without a nonce")
        entered = tuple(read_field(one, asked) for one in self.fields)
        return Filled(self, asked, asked.path, entered, nonce, asked.field(STEP_FIELD))


@dataclass(frozen=True, slots=True)
class Part:
    """Some fields of a form under a heading; "" for those before the first one."""

    heading: str
    is_folded: bool
    entered: tuple[Entered, ...]

    @property
    def is_open(self) -> bool:
        """Is something written in it, or wrong with it?"""
        return any(one.fault or (one.written and one.field.kind != "kept") for one in self.entered)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as somebody filled it in. ``refusals`` are sentences about the whole of it."""

    form: Form
    asked: Asked = field(repr=False)
    action: str
    entered: tuple[Entered, ...] = field(repr=False)
    nonce: str
    step: str = ""
    refusals: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Is nothing wrong?"""
        return not self.refusals and all(one.fault is None for one in self.entered)

    @property
    def is_stale(self) -> bool:
        """Has somebody else changed what it is about, since it was opened?"""
        return self.asked.words.say(OfficeRefusal.TWICE_AT_ONCE.value) in self.refusals

    @property
    def is_confirmed(self) -> bool:
        """Was it sent from its preview?"""
        return self.step == "confirm"

    @property
    def wants_change(self) -> bool:
        """Does whoever saw the preview want to change something?"""
        return self.step == "change"

    @property
    def faults(self) -> list[Entered]:
        """The fields that are wrong, in their order."""
        return [one for one in self.entered if one.fault is not None]

    @property
    def parts(self) -> list[Part]:
        """The fields in their order, by the headings over them."""
        found: list[Part] = []
        for one in self.entered:
            if one.field.heading or not found:
                found.append(Part(one.field.heading, one.field.is_folded, ()))
            found[-1] = replace(found[-1], entered=(*found[-1].entered, one))
        return found

    def has(self, name: str) -> bool:
        """Does the form ask for this field?"""
        return any(one.field.name == name for one in self.entered)

    def is_faulty(self, name: str) -> bool:
        """Is something wrong with this field?"""
        return any(one.field.name == name and one.fault is not None for one in self.entered)

    def value(self, name: str, kind: type[ValueT]) -> ValueT:
        """Give the value of a field that has to be filled in; TypeError where it is of another kind."""
        value = self.optional(name, kind)
        if value is None:
            raise TypeError(f"the field {name} is empty")
        return value

    def optional(self, name: str, kind: type[ValueT]) -> ValueT | None:
        """Give the value of a field, or None where nothing was written."""
        value = next(one.value for one in self.entered if one.field.name == name)
        if value is None or isinstance(value, kind):
            return value
        raise TypeError(f"the field {name} holds no {kind.__name__}")

    def keeping(self, name: str, written: str) -> Filled:
        """Give the same form with this in one of its kept fields."""
        told = (replace(one, written=written) if one.field.name == name else one for one in self.entered)
        return replace(self, entered=tuple(told))

    def refused(self, sentence: str, name: str | None = None) -> Filled:
        """Give the same form with a further sentence about it, or about one of its fields."""
        if name is None:
            return replace(self, refusals=(*self.refusals, sentence))
        told = (replace(one, fault=sentence) if one.field.name == name else one for one in self.entered)
        return replace(self, entered=tuple(told))

    def page(self, template: str = "form_page.html", /, **values: object) -> Page:
        """Show the form, blank or with what is wrong."""
        code = 200 if self.is_sound else _UNPROCESSABLE
        return Page(template, {**self._around(), **values}, code)

    def preview(
        self,
        postings: Iterable[PostingLine] = (),
        amount: Amount | None = None,
        name: str = "",
        template: str = "preview_page.html",
        *,
        nothing: str = "",
        **values: object,
    ) -> Page:
        """Show what will be done: the amount and the name to be read back, and the postings.

        ``nothing`` is said where there are none.
        """
        lines: Sequence[PostingLine] = tuple(postings)
        shown = {"postings": lines, "amount": amount, "name": name, "nothing": nothing}
        return Page(template, {**self._around(), **shown, **values})

    def _around(self) -> dict[str, object]:
        title = self.asked.words.say(self.form.title)
        return {"title": title, "crumbs": (), "filled": self}
