"""Publish a tariff version: somebody drafts it, another person approves it, and at its moment it is in force.

    draft_tariff      the body is read as the price will read it; the version is kept as a draft
    approve_tariff    by a second person, and at least a minute before the version's moment
    withdraw_tariff   a draft at any time, an approved version only before it is in force

No entry is made. Each verb is load → decide → write in one transaction (``TariffStore.change``), and returns
the step that was taken or a refusal with the path of the wrong field (``core.tariff_rules``). The same step
asked for again is refused, for it was taken: name_taken, approved_already, withdrawn_already.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from gateway.core.tariff import TariffFault
from gateway.core.tariff_life import BodyTerms, TariffState, TariffVersion
from gateway.core.tariff_rules import (
    TariffRefusal,
    TariffRefused,
    TariffStep,
    approval_refusal,
    draft_refusal,
    power_type_refusal,
    terms_refusal,
    warnings_of,
    warnings_of_withdrawal,
    withdrawal_refusal,
)
from gateway.multi_tariff.read_version import read_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.core.tariff_life import PricedType, TariffDraft

    Decide = Callable[[PricedType], "TariffStep | TariffRefused"]


class TariffStore(Protocol):
    """Keeps the versions; nobody else changes those of a power type while one is decided upon."""

    def change(self, power_type: str, decide: Decide) -> TariffStep | TariffRefused:
        """Load what is known of a power type, decide, write what was decided, give the decision back."""


def draft_tariff(
    draft: TariffDraft, *, tariffs: TariffStore, standard: BodyTerms, zone_may_change: bool = False
) -> TariffStep | TariffRefused:
    """Keep a draft; ``standard`` are the utility's currency and zone, for the first of a power type."""
    kept = replace(draft, drafted_by=draft.drafted_by.strip())

    def decide(known: PricedType) -> TariffStep | TariffRefused:
        refusal = draft_refusal(draft, known, draft.drafted_at) or _terms_refusal(
            draft, known, standard, zone_may_change=zone_may_change
        )
        if refusal is not None:
            return refusal
        return TariffStep(TariffVersion.of(kept), warnings_of(draft, known))

    return _changed(tariffs, draft.power_type, decide)


def approve_tariff(  # noqa: PLR0913 - whose, who, and the ports, all of them named
    power_type: str,
    version: str,
    *,
    by: str,
    tariffs: TariffStore,
    standard: BodyTerms,
    now: Callable[[], datetime],
) -> TariffStep | TariffRefused:
    """Approve a draft. It is read once more: the program may be another one than that which drafted it."""

    def decide(known: PricedType) -> TariffStep | TariffRefused:
        found, at = known.named(version), now()
        if found is None:
            return TariffRefused(TariffRefusal.UNKNOWN, "version", version)
        refusal = approval_refusal(found, known, by, at) or _terms_refusal(
            found, known, standard, zone_may_change=True
        )
        if refusal is not None:
            return refusal
        return TariffStep(found.approved(by.strip(), at), warnings_of(found, known))

    return _changed(tariffs, power_type, decide)


def withdraw_tariff(  # noqa: PLR0913 - likewise
    power_type: str,
    version: str,
    *,
    by: str,
    reason: str,
    tariffs: TariffStore,
    now: Callable[[], datetime],
) -> TariffStep | TariffRefused:
    """Withdraw a version that is not in force yet."""

    def decide(known: PricedType) -> TariffStep | TariffRefused:
        found, at = known.named(version), now()
        if found is None:
            return TariffRefused(TariffRefusal.UNKNOWN, "version", version)
        refusal = withdrawal_refusal(found, by, reason, at)
        if refusal is not None:
            return refusal
        # A draft prices nothing, so nobody misses it.
        warnings = warnings_of_withdrawal(found, known) if found.state is TariffState.APPROVED else ()
        return TariffStep(found.withdrawn(by.strip(), at, reason.strip()), warnings)

    return _changed(tariffs, power_type, decide)


def _changed(tariffs: TariffStore, power_type: str, decide: Decide) -> TariffStep | TariffRefused:
    """Ask the store only for what can be a power type."""
    return power_type_refusal(power_type) or tariffs.change(power_type, decide)


def _terms_refusal(
    draft: TariffDraft, known: PricedType, standard: BodyTerms, *, zone_may_change: bool
) -> TariffRefused | None:
    """Read the body as the price will, and hold it to the terms in force."""
    try:
        tariff = read_version(draft).tariff
    except TariffFault as fault:
        path = f"body.{fault.path}" if fault.path else "body"
        return TariffRefused(TariffRefusal.BAD_BODY, path, fault.why)
    terms = BodyTerms(tariff.currency, tariff.timezone)
    return terms_refusal(terms, standard, known, draft, zone_may_change=zone_may_change)
