"""One tariff version: its prices in words, what it changes, and the steps that another person takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from admin_web.acting import actor_of, refusal_in
from admin_web.cells import Code
from admin_web.fields import REASON
from admin_web.forms import Form
from admin_web.notice import redirect_with
from admin_web.object_page import Deed, Fact, Happening, Related, Thing, object_page
from admin_web.pages.tariffs import SEES, state_of, version_of, version_path
from admin_web.route import Right, Route
from admin_web.tariff_words import body_rows, differences, refusal_said, warnings_said
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.tariff_life import BodyTerms, TariffState, is_too_late
from gateway.core.tariff_rules import TariffRefused, TariffStep
from gateway.multi_tariff.publish_tariff import ApproveTariff, WithdrawTariff
from gateway.office.step_orders import ordered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.tariff_life import TariffVersion

_DOES: Final = Right(Function.TARIFFS, Level.DO)
_APPROVES: Final = Right(Function.TARIFFS, Level.APPROVE)

APPROVAL: Final = Form(msg("Approve the version"), msg("Approve the version"), ())
WITHDRAWAL: Final = Form(msg("Withdraw the version"), msg("Withdraw the version"), (REASON,))


def crumbs_of(asked: Asked, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Say the way to a version's pages."""
    return ((asked.words.say(msg("Tariffs")), "/tariffs"), *more)


def standard(asked: Asked) -> BodyTerms:
    """Give the utility's currency and zone, to which the first version of a power type is held."""
    return BodyTerms(asked.me.currency, str(asked.office.zone))


def before(version: TariffVersion, of_type: list[TariffVersion]) -> TariffVersion | None:
    """Find the approved version that this one takes over from, or took."""
    approved = (one for one in of_type if one.state is TariffState.APPROVED)
    earlier = [one for one in approved if one.from_moment < version.from_moment]
    return max(earlier, key=lambda one: one.place, default=None)


def body_of(version: TariffVersion) -> dict[str, Any]:
    """Read a stored body; what cannot be read is empty, and stands in the raw record."""
    try:
        body = json.loads(version.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


async def tariff(asked: Asked) -> Outcome:
    """Show it."""
    version, of_type = await version_of(asked)
    earlier = before(version, of_type)
    thing = Thing(
        kind=msg("Tariff"),
        title=f"{version.power_type} {version.version}",
        state=state_of(asked, version, of_type),
        facts=_facts_of(version, earlier),
        deeds=tuple(_deeds(asked, version, earlier)),
        timeline=tuple(_life(version)),
        related=_related(version, earlier),
        raw=body_of(version) or version.body,
    )
    changed = [] if earlier is None else differences(asked, body_of(earlier), body_of(version))
    values = {"parts": body_rows(asked, body_of(version)), "earlier": earlier, "changed": changed}
    return object_page(asked, thing, crumbs_of(asked), "tariff.html", **values)


def _facts_of(version: TariffVersion, earlier: TariffVersion | None) -> tuple[Fact, ...]:
    return (
        Fact(msg("Power type"), version.power_type),
        Fact(msg("Version"), Code(version.version)),
        Fact(msg("From"), version.from_moment),
        Fact(msg("Takes over from"), None if earlier is None else earlier.version),
        Fact(msg("Drafted by"), version.drafted_by),
        Fact(msg("Approved by"), version.approved_by),
        Fact(msg("Withdrawn by"), version.withdrawn_by),
        Fact(msg("Reason"), version.reason),
    )


def _deeds(asked: Asked, version: TariffVersion, earlier: TariffVersion | None) -> Iterator[Deed]:
    path, may = version_path(version), asked.me.rights.may
    is_open = not is_too_late(version, asked.office.now())
    is_draft, is_approved = (version.state is one for one in (TariffState.DRAFT, TariffState.APPROVED))
    if earlier is not None and may(Function.CUSTOMERS):
        yield Deed(msg("Try it on real customers"), f"{path}/trial")
    if is_draft and is_open and may(Function.TARIFFS, Level.APPROVE):
        yield Deed(msg("Approve"), f"{path}/approve")
    if (is_draft and may(Function.TARIFFS, Level.DO)) or (
        is_approved and is_open and may(Function.TARIFFS, Level.APPROVE)
    ):
        yield Deed(msg("Withdraw"), f"{path}/withdraw")
    if may(Function.TARIFFS, Level.DO):
        yield Deed(
            msg("Draft another one like it"), f"/tariffs/new?like={version.power_type}/{version.version}"
        )


def _life(version: TariffVersion) -> Iterator[Happening]:
    yield Happening(version.drafted_at, "audit", msg("Drafted"), by=version.drafted_by)
    if version.approved_at is not None:
        yield Happening(version.approved_at, "audit", msg("Approved"), by=version.approved_by or "")
    if version.withdrawn_at is not None:
        yield Happening(
            version.withdrawn_at, "audit", msg("Withdrawn"), version.reason, by=version.withdrawn_by or ""
        )


def _related(version: TariffVersion, earlier: TariffVersion | None) -> tuple[Related, ...]:
    meters = Related(msg("Meters"), version.power_type, f"/meters?power_type={version.power_type}")
    if earlier is None:
        return (meters,)
    return (Related(msg("Takes over from"), Code(earlier.version), version_path(earlier)), meters)


async def ask_approval(asked: Asked) -> Outcome:
    """Show what would be approved."""
    return await _step_page(asked, APPROVAL.blank(asked))


async def approve(asked: Asked) -> Outcome:
    """Approve it."""
    version, _ = await version_of(asked)
    filled = APPROVAL.read(asked)
    command = ApproveTariff(version.power_type, version.version, asked.me.login, standard(asked))
    return await _taken(asked, filled, command, msg("The version is approved. It counts from its moment on."))


async def ask_withdrawal(asked: Asked) -> Outcome:
    """Ask why."""
    return await _step_page(asked, WITHDRAWAL.blank(asked))


async def withdraw(asked: Asked) -> Outcome:
    """Withdraw it: one that is approved takes who may approve, as the order itself is judged."""
    version, _ = await version_of(asked)
    filled = WITHDRAWAL.read(asked)
    if not filled.is_sound:
        return await _step_page(asked, filled)
    command = WithdrawTariff(
        version.power_type,
        version.version,
        asked.me.login,
        filled.value("reason", str),
        only_draft=version.state is TariffState.DRAFT,
    )
    return await _taken(asked, filled, command, msg("The version is withdrawn."))


async def _taken(asked: Asked, filled: Filled, command: ApproveTariff | WithdrawTariff, done: str) -> Outcome:
    content = await asked.office.poster.post(ordered(actor_of(asked), command))
    refusal = refusal_in(asked, content)
    if isinstance(content, TariffRefused):
        refusal = refusal_said(asked, content)
    if refusal is not None:
        return await _step_page(asked, filled.refused(refusal))
    warnings = warnings_said(asked, content) if isinstance(content, TariffStep) else ""
    said = f"{asked.words.say(done)} {warnings}".strip()
    return redirect_with(asked, f"/tariffs/{command.power_type}/{command.version}", said)


async def _step_page(asked: Asked, filled: Filled) -> Page:
    version, of_type = await version_of(asked)
    path, earlier = version_path(version), before(version, of_type)
    crumbs = crumbs_of(asked, (f"{version.power_type} {version.version}", path))
    changed = [] if earlier is None else differences(asked, body_of(earlier), body_of(version))
    facts = _facts_of(version, earlier)[:5]
    return filled.page(
        "tariff_step.html", crumbs=crumbs, back=path, facts=facts, changed=changed, earlier=earlier
    )


ROUTES: Final = (
    Route("GET", "/tariffs/<type>/<version>", SEES, tariff),
    Route("GET", "/tariffs/<type>/<version>/approve", _APPROVES, ask_approval),
    Route("POST", "/tariffs/<type>/<version>/approve", _APPROVES, approve),
    Route("GET", "/tariffs/<type>/<version>/withdraw", _DOES, ask_withdrawal),
    Route("POST", "/tariffs/<type>/<version>/withdraw", _DOES, withdraw),
)
