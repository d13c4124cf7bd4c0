"""Steps in a vending key's life that are taken in a browser: approve what a module keeps, withdraw any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.acting import actor_of, refusal_in
from admin_web.answers import NoRight, NotThere
from admin_web.fields import REASON, Field
from admin_web.forms import Form
from admin_web.key_words import refusal_said, warnings_said
from admin_web.notice import redirect_with
from admin_web.object_page import Fact
from admin_web.pages.key_group import crumbs_of, group_code
from admin_web.pages.keys import all_keys
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.key_life import in_places
from gateway.core.key_ring import KeyState
from gateway.core.key_words import KeyRefused, KeyStep
from gateway.core.views_files import Meters
from gateway.office.step_orders import ordered
from gateway.prepayment.keep_keys import ApproveKey, WithdrawKey

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.key_life import VendingKey

_DOES: Final = Right(Function.KEYS, Level.DO)
_APPROVES: Final = Right(Function.KEYS, Level.APPROVE)

APPROVAL: Final = Form(
    msg("Approve the key"),
    msg("Approve the key"),
    (
        Field(
            "kcv",
            msg("Check value"),
            hint=msg("Six signs, from your own paper of the key management centre: not from this page."),
            length_max=6,
        ),
    ),
)
WITHDRAWAL: Final = Form(msg("Withdraw the key"), msg("Withdraw the key"), (REASON,))


async def _key(asked: Asked) -> VendingKey:
    """Find the key of the path; NotThere where the group has none of this revision."""
    sgc, krn = group_code(asked), asked.places["krn"]
    for key in in_places(await all_keys(asked, sgc)):
        if str(key.revision.krn) == krn:
            return key
    raise NotThere


async def ask_approval(asked: Asked) -> Outcome:
    """Show the form for the second person's check value."""
    return _page(asked, APPROVAL.blank(asked), await _key(asked))


async def approve(asked: Asked) -> Outcome:
    """Approve it."""
    key, filled = await _key(asked), APPROVAL.read(asked)
    if not filled.is_sound:
        return _page(asked, filled, key)
    kcv = filled.value("kcv", str)
    command = ApproveKey(asked.me.login, key.revision.place, kcv, asked.office.zone)
    return await _taken(asked, filled, key, command, msg("The key is approved."))


async def ask_withdrawal(asked: Asked) -> Outcome:
    """Show what hangs on the key, and ask why."""
    key = await _key(asked)
    _require(asked, key)
    return await _withdrawal_page(asked, WITHDRAWAL.blank(asked), key)


async def withdraw(asked: Asked) -> Outcome:
    """Withdraw it: one that is approved takes who may approve."""
    key, filled = await _key(asked), WITHDRAWAL.read(asked)
    _require(asked, key)
    if not filled.is_sound:
        return await _withdrawal_page(asked, filled, key)
    command = WithdrawKey(
        asked.me.login,
        key.revision.place,
        filled.value("reason", str),
        only_pending=key.state is KeyState.PENDING,
    )
    return await _taken(asked, filled, key, command, msg("The key is withdrawn."))


def _require(asked: Asked, key: VendingKey) -> None:
    if key.state is not KeyState.PENDING and not asked.me.rights.may(Function.KEYS, Level.APPROVE):
        raise NoRight(_APPROVES)


async def _taken(
    asked: Asked, filled: Filled, key: VendingKey, command: ApproveKey | WithdrawKey, done: str
) -> Outcome:
    content = await asked.office.poster.post(ordered(actor_of(asked), command))
    refusal = refusal_in(asked, content)
    if isinstance(content, KeyRefused):
        refusal = refusal_said(asked, content)
    if refusal is not None:
        return _page(asked, filled.refused(refusal), key)
    warnings = warnings_said(asked, content) if isinstance(content, KeyStep) else ""
    said = f"{asked.words.say(done)} {warnings}".strip()
    return redirect_with(asked, f"/keys/{key.revision.sgc}", said)


async def _withdrawal_page(asked: Asked, filled: Filled, key: VendingKey) -> Page:
    """Say beforehand to how many meters nothing would be sold any more; of cards nobody counts them yet."""
    revision = key.revision
    if revision.is_of_cards:
        return _page(asked, filled, key)
    question = Meters(branch=asked.me.rights.branch, sgc=revision.sgc, krn=revision.krn)
    held = await asked.office.views.count(question)
    return _page(asked, filled, key, Fact(msg("Meters that hold this key"), held))


def _page(asked: Asked, filled: Filled, key: VendingKey, *more: Fact) -> Page:
    sgc, krn = key.revision.place
    facts = (
        Fact(msg("Master key of cards") if key.revision.is_of_cards else msg("Supply group"), sgc),
        Fact(msg("Key revision"), krn),
        Fact(msg("Loaded by"), key.loaded_by),
        Fact(msg("From"), key.active_from),
        *more,
    )
    crumbs = crumbs_of(asked, (sgc, f"/keys/{sgc}"))
    return filled.page("step_form.html", crumbs=crumbs, back=f"/keys/{sgc}", facts=facts)


ROUTES: Final = (
    Route("GET", "/keys/<sgc>/<krn>/approve", _APPROVES, ask_approval),
    Route("POST", "/keys/<sgc>/<krn>/approve", _APPROVES, approve),
    Route("GET", "/keys/<sgc>/<krn>/withdraw", _DOES, ask_withdrawal),
    Route("POST", "/keys/<sgc>/<krn>/withdraw", _DOES, withdraw),
)
