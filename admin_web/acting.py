"""Orders from pages: who gives them, and what is said to what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admin_web.told import told_or_raw
from gateway.core.diary import Actor
from gateway.core.office import NotDone
from gateway.core.outcome import Declined
from gateway.core.sentence import with_detail
from gateway.office.authorised import Act, Authorised
from gateway.office.own_account import OwnAccount

if TYPE_CHECKING:
    from admin_web.asked import Asked
    from gateway.core.books import Command
    from gateway.core.outcome import Content
    from gateway.office.staff_order import StaffOrder


def actor_of(asked: Asked) -> Actor:
    """Name who is signed in, as orders and the diary have her."""
    me = asked.me
    return Actor(me.login, me.session_id, asked.peer, me.station)


async def ordered(asked: Asked, act: Act, command: Command) -> Content:
    """Give an order: what was decided, or ``ApprovalAsked``, or a refusal (``refusal_in``)."""
    return await asked.office.poster.post(Authorised(actor_of(asked), act, command))


async def ordered_of_herself(asked: Asked, command: StaffOrder) -> Content:
    """Give an order about her own account."""
    return await asked.office.poster.post(OwnAccount(actor_of(asked), command, asked.office.enrol_policy))


def refusal_in(asked: Asked, content: Content) -> str | None:
    """Say, in the reader's language, why nothing was done; None where something was."""
    if not isinstance(content, NotDone | Declined):
        return None
    said = asked.words.say(content.reason.value if isinstance(content, NotDone) else content.reason.sentence)
    return with_detail(said, told_or_raw(asked.words, content.detail))
