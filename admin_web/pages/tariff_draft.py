"""Draft a tariff version: from a file or a text, read as the price will read it before it is kept."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Final

from admin_web.acting import actor_of, refusal_in
from admin_web.fields import Field
from admin_web.form_body import Upload
from admin_web.forms import Form
from admin_web.notice import redirect_with
from admin_web.pages.tariff import body_of, crumbs_of, standard
from admin_web.pages.tariffs import all_versions
from admin_web.route import Right, Route
from admin_web.spans import moment_typed
from admin_web.tariff_words import refusal_said, warnings_said
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.tariff_rules import BODY_BYTES_MAX, NAME_MAX, TariffRefused, TariffStep
from gateway.multi_tariff.publish_tariff import DraftTariff
from gateway.office.step_orders import ordered

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled

_DOES: Final = Right(Function.TARIFFS, Level.DO)

_MOMENT_MAX: Final = 16

DRAFT: Final = Form(
    msg("Draft a tariff"),
    msg("Keep it as a draft"),
    (
        Field(
            "power_type",
            msg("Power type"),
            hint=msg("As meters have it, such as domestic."),
            length_max=NAME_MAX,
        ),
        Field(
            "version",
            msg("Version"),
            hint=msg("Its name for ever, printed on receipts, such as 2027-01."),
            length_max=NAME_MAX,
        ),
        Field(
            "from",
            msg("From"),
            hint=msg("Day and time in the utility's civil time, such as 2027-01-01 00:00. It lies ahead."),
            length_max=_MOMENT_MAX,
        ),
        Field(
            "zone", msg("Its months are meant to begin in another zone than now"), "check", is_required=False
        ),
        Field("file", msg("The tariff as a file (JSON)"), "file", is_required=False),
    ),
    lead=msg("A draft prices nothing until another person approves it."),
)

#: Fields of a refusal's path → those of the form.
_PLACES: Final = {"power_type": "power_type", "version": "version", "from_moment": "from"}


def _text(asked: Asked, filled: Filled) -> str:
    """Give the tariff's text: of the file, or as it was typed."""
    upload = filled.optional("file", Upload)
    if upload is None:
        return asked.form.fields.get("body", ("",))[0].strip()
    return upload.body.decode("utf-8-sig", "replace")


def civil_moment(text: str, zone: tzinfo) -> datetime | None:
    """Read a civil moment, or one as the pages show it; None for what is none, or is not there in this zone.

    >>> civil_moment("2027-01-01 00:00", UTC)
    datetime.datetime(2027, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    written = moment_typed(text, zone)
    if written is None:
        return None
    moment = written.astimezone(UTC)
    there = moment.astimezone(written.tzinfo).replace(tzinfo=None)
    return moment if there == written.replace(tzinfo=None) else None


async def ask(asked: Asked) -> Outcome:
    """Show the form, with the body of another version where one is named."""
    power_type, _, name = asked.first("like").partition("/")
    like = None
    if power_type.isprintable() and name:
        like = next((one for one in await all_versions(asked, power_type) if one.version == name), None)
    if like is None:
        return _page(asked, DRAFT.blank(asked), "")
    body = json.dumps(body_of(like), ensure_ascii=False, indent=2)
    return _page(asked, DRAFT.blank(asked, power_type=like.power_type), body)


async def send(asked: Asked) -> Outcome:
    """Keep the draft, or say what is wrong with it, by its path."""
    filled = DRAFT.read(asked)
    body = _text(asked, filled)
    if not body:
        filled = filled.refused(msg("Send a file, or type the tariff below."), "file")
    if len(body.encode()) > BODY_BYTES_MAX:
        filled = filled.refused(msg("The tariff is longer than any can be."), "file")
    moment = None
    if filled.is_sound:
        moment = civil_moment(filled.value("from", str), asked.office.zone)
        if moment is None:
            filled = filled.refused(msg("Write the day and the time, such as 2027-01-01 00:00."), "from")
    if not filled.is_sound or moment is None:
        return _page(asked, filled, body)
    command = DraftTariff(
        filled.value("power_type", str),
        filled.value("version", str),
        asked.me.login,
        moment,
        body,
        standard(asked),
        zone_may_change=filled.value("zone", bool),
    )
    content = await asked.office.poster.post(ordered(actor_of(asked), command))
    refusal = refusal_in(asked, content)
    if isinstance(content, TariffRefused):
        said = refusal_said(asked, content)
        return _page(asked, filled.refused(said, _PLACES.get(content.path)), body)
    if refusal is not None:
        return _page(asked, filled.refused(refusal), body)
    warnings = warnings_said(asked, content) if isinstance(content, TariffStep) else ""
    kept = asked.words.say(msg("The draft is kept. Another person has to approve it."))
    said = f"{kept} {warnings}".strip()
    return redirect_with(asked, f"/tariffs/{command.power_type}/{command.version}", said)


def _page(asked: Asked, filled: Filled, body: str) -> Page:
    return filled.page("tariff_draft.html", crumbs=crumbs_of(asked), back="/tariffs", body=body)


ROUTES: Final = (
    Route("GET", "/tariffs/new", _DOES, ask),
    Route("POST", "/tariffs/new", _DOES, send, takes_upload=True),
)
