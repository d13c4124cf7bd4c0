"""The end of every form that gives an order: what was decided becomes a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admin_web.acting import ordered, refusal_in
from admin_web.diary_words import request_path
from admin_web.notice import redirect_with
from admin_web.said_after import ASKED
from gateway.core.diary import Action
from gateway.core.office_answer import ApprovalAsked
from gateway.office.authorised import Act

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.answers import Outcome
    from admin_web.forms import Filled
    from gateway.core.authority import Function
    from gateway.core.books import Command


def staff_act(function: Function, subject: str, reason: str = "") -> Act:
    """Say how authority judges an order about people and places: it moves nothing, and is a change."""
    return Act(
        function, "change", "", subject, reason=reason, needs_reason=bool(reason), action=Action.CHANGE
    )


async def carried_out(  # noqa: PLR0913 - all of it named
    filled: Filled,
    act: Act,
    command: Command,
    around: Mapping[str, object],
    *,
    path: str,
    said: str,
    template: str = "form_page.html",
) -> Outcome:
    """Give an order: the form again with why not, the request that now waits, or on to ``path``.

    ``said`` is said there; ``template`` and ``around`` are what the form is
    shown with.
    """
    words = filled.asked.words
    content = await ordered(filled.asked, act, command)
    refusal = refusal_in(filled.asked, content)
    if refusal is not None:
        return filled.refused(refusal).page(template, **around)
    if isinstance(content, ApprovalAsked):
        return redirect_with(filled.asked, request_path(content.reference), words.say(ASKED))
    return redirect_with(filled.asked, path, words.say(said))
