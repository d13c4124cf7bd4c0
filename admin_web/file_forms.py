"""What the forms of the office's files share: their order, which field a refusal is about, bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.fields import Field
from admin_web.notice import redirect_with
from admin_web.told import told_or_raw
from admin_web.words import msg
from gateway.core.diary import Action
from gateway.core.money import Money
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.office.authorised import Act

if TYPE_CHECKING:
    from collections.abc import Callable

    from admin_web.answers import Redirect
    from admin_web.forms import Filled
    from gateway.core.authority import Function
    from gateway.core.form_order import FormOrder
    from gateway.core.outcome import Content

#: What stands for no branch in a choice: no branch has such a code.
NO_BRANCH: Final = "-"

#: The version of the row that was looked at, sent back with the form.
VERSION: Final = Field("version", msg("Version"), "kept")

#: A version has no more digits: nobody changes one row a thousand million times.
_VERSION_DIGITS_MAX: Final = 9

#: Which field a refusal is about, where the form has it.
_FIELDS: Final = {
    OfficeRefusal.ACCOUNT_USED: "account_no",
    OfficeRefusal.BAD_ACCOUNT: "account_no",
    OfficeRefusal.NO_NUMBER_LEFT: "account_no",
    OfficeRefusal.KNOWN_PERSON: "id_no",
    OfficeRefusal.KNOWN_PLACE: "name",
    OfficeRefusal.UNKNOWN_BRANCH: "branch",
    OfficeRefusal.OTHER_BRANCH: "branch",
    OfficeRefusal.NO_PRICE: "power_type",
    OfficeRefusal.NOT_TOGETHER: "power_type",
    OfficeRefusal.MORE_POWER: "contract",
    OfficeRefusal.NOT_MORE_POWER: "contract",
    OfficeRefusal.ABOVE_RATING: "contract",
    OfficeRefusal.ONE_PHASE: "meter",
    OfficeRefusal.NEEDS_THREE_PHASES: "power_type",
    OfficeRefusal.FEE_UNPAID: "paid",
    OfficeRefusal.NO_SHIFT: "paid",
    OfficeRefusal.DAY_PAST: "day",
    OfficeRefusal.DAY_TOO_FAR: "day",
    OfficeRefusal.NO_REASON: "reason",
    OfficeRefusal.UNKNOWN_STOCK: "meter",
    OfficeRefusal.NOT_IN_STOCK: "meter",
    OfficeRefusal.METER_KNOWN: "meter",
    OfficeRefusal.OTHER_KEY: "meter",
    OfficeRefusal.SALE_WAITS: "meter",
    OfficeRefusal.CODE_USED: "code",
    OfficeRefusal.BAD_CODE: "code",
    OfficeRefusal.BAD_NAME: "name",
}

#: Their details are words of the program, which stand on the page already.
_SAID_WITHOUT_DETAIL: Final = frozenset({
    OfficeRefusal.WRONG_STATE, OfficeRefusal.NOT_IN_STOCK, OfficeRefusal.UNKNOWN_PLACE,
    OfficeRefusal.UNKNOWN_STOCK, OfficeRefusal.UNKNOWN_POINT,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filed:
    """What came of an order about the files: where to go on, or the form with why it was refused.

    ``refusal`` is None where it was carried out, and ``onward`` where it was not.
    """

    filled: Filled
    onward: Redirect | None = None
    refusal: NotDone | None = None


def file_act(
    function: Function, subject: str, *, about: str = "", reason: str | None = None, amount_minor: int = 0
) -> Act:
    """Say how authority judges an order about the files; ``about`` is whose branch decides.

    ``reason`` is None where nothing that is there is changed. ``amount_minor`` is put on an account, or paid:
    above her limit somebody with a higher one gives the order.
    """
    return Act(
        function,
        kind="file",
        order="",
        subject=subject,
        about=about,
        reason=reason or "",
        needs_reason=reason is not None,
        action=Action.CHANGE,
        amount_minor=amount_minor,
        can_wait=False,
    )


async def filed(
    filled: Filled, act: Act, command: FormOrder, *, path: Callable[[str], str], said: str
) -> Filed:
    """Give an order; ``path`` names the page of what was changed, and ``said`` is said there."""
    asked = filled.asked
    content = await ordered(asked, act, command)
    if isinstance(content, Changed):
        return Filed(filled, redirect_with(asked, path(content.subject), asked.words.say(said)))
    return refused_form(filled, content)


def refused_form(filled: Filled, content: Content) -> Filed:
    """Say what an order was refused for, beside the field that it is about."""
    asked = filled.asked
    sentence = refusal_in(asked, content)
    if not isinstance(content, NotDone) or sentence is None:
        raise AssertionError("an order about the files is carried out or refused")
    if content.reason in _SAID_WITHOUT_DETAIL:
        sentence = asked.words.say(content.reason.value)
    name = _FIELDS.get(content.reason, "")
    if content.reason is OfficeRefusal.ABOVE_RATING and not filled.has(name):
        name = "meter"
    if content.reason is OfficeRefusal.ABOVE_LIMIT:
        # What a meter comes with is worth what the tariff says, where no sum is typed.
        name = _largest_sum(filled) or "preset"
    if content.reason is OfficeRefusal.UNKNOWN_PLACE:
        name = content.detail.partition(" ")[0]
    return Filed(filled.refused(sentence, name if filled.has(name) else None), refusal=content)


def _largest_sum(filled: Filled) -> str:
    """Name the field with the most money in it, "" for none; how far an account may go is no sum."""
    sums = [
        (one.value.minor, one.field.name)
        for one in filled.entered
        if isinstance(one.value, Money) and one.field.name != "credit_limit"
    ]
    return max(sums)[1] if sums else ""


def field_of(refusal: NotDone) -> str:
    """Name the field that a refusal is about, "" for none."""
    return _FIELDS.get(refusal.reason, "")


def version_in(filled: Filled) -> int:
    """Read the version that was looked at; 0, which no row has, where it was spoilt."""
    written = filled.optional("version", str) or ""
    is_number = written.isascii() and written.isdigit() and len(written) <= _VERSION_DIGITS_MAX
    return int(written) if is_number else 0


def faulted(filled: Filled, name: str, sentence: str) -> Filled:
    """Add what is wrong with a field, in English or said already; what was found before stays."""
    return filled if filled.is_faulty(name) else filled.refused(sentence, name)


def faulted_as_told(filled: Filled, name: str, told: str) -> Filled:
    """Add what a core's value has said of a field, in the reader's language."""
    return faulted(filled, name, told_or_raw(filled.asked.words, told))


def bounded(filled: Filled, name: str, figure: int, most: int, shown: str) -> Filled:
    """Refuse a figure that is below nothing or above the most, which is ``shown`` to the reader."""
    if 0 <= figure <= most:
        return filled
    return faulted(filled, name, filled.asked.words.say(msg("This is 0 to %(most)s."), most=shown))
