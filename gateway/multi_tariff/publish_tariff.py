"""Publish a tariff version: somebody drafts it, another person approves it, and at its moment it is in force.

    DraftTariff       the body is read as the price will read it; the version is kept as a draft
    ApproveTariff     by a second person, and at least a minute before the version's moment
    WithdrawTariff    a draft at any time, an approved version only before it is in force

Commands without an entry; their author, his rights and the line of the diary come from around them
(``gateway/office/step_orders.py``). Each answers with the step that was taken or a refusal with the path of
the wrong field (``core.tariff_rules``). Nothing is remembered: the same step asked for again is refused, for
it was taken: name_taken, approved_already, withdrawn_already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.life_told import tariff_told
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.person import office_channel
from gateway.core.tariff import TariffFault
from gateway.core.tariff_life import BodyTerms, TariffDraft, TariffState, TariffVersion
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
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.tariff_life import PricedType


@dataclass(frozen=True, slots=True)
class TariffOrder:
    """A step in the life of one version, and who takes it."""

    power_type: str
    version: str
    by: str

    digest = ""

    @property
    def key(self) -> str:
        """The kind of order: nothing is remembered, and what was typed may hold whatever no store takes."""
        return type(self).__name__

    @property
    def channel(self) -> str:
        """Who takes it, as the journal names him."""
        return office_channel(self.by)

    def needs(self) -> Needs:
        """All versions of the power type; the store is asked only for what can be one."""
        fits = power_type_refusal(self.power_type) is None
        return Needs(office=OfficeNeeds(priced=(self.power_type,) if fits else ()))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Refuse, or take the step."""
        refusal = power_type_refusal(self.power_type)
        content = refusal or self.step(books.office.priced[self.power_type], now)
        if isinstance(content, TariffRefused):
            return Decision(content)
        office = OfficeChange(versions=(content.version,))
        return Decision(content, office=office, told=tariff_told(content.version))

    def step(self, known: PricedType, now: datetime) -> TariffStep | TariffRefused:
        """Judge the step by all that is known of the power type."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class DraftTariff(TariffOrder):
    """Keep a draft; ``standard`` are the utility's currency and zone, for the first of a power type."""

    from_moment: datetime
    body: str
    standard: BodyTerms
    zone_may_change: bool = False

    def step(self, known: PricedType, now: datetime) -> TariffStep | TariffRefused:
        """Refuse, or begin its life."""
        draft = TariffDraft(self.power_type, self.version, self.from_moment, self.body, self.by.strip(), now)
        refusal = draft_refusal(draft, known, now) or _terms_refusal(
            draft, known, self.standard, zone_may_change=self.zone_may_change
        )
        return refusal or TariffStep(TariffVersion.of(draft), warnings_of(draft, known))


@dataclass(frozen=True, slots=True)
class ApproveTariff(TariffOrder):
    """Approve a draft. It is read once more: the program may be another one than that which drafted it."""

    standard: BodyTerms

    def step(self, known: PricedType, now: datetime) -> TariffStep | TariffRefused:
        """Refuse, or approve."""
        found = known.named(self.version)
        if found is None:
            return TariffRefused(TariffRefusal.UNKNOWN, "version", self.version)
        refusal = approval_refusal(found, known, self.by, now) or _terms_refusal(
            found, known, self.standard, zone_may_change=True
        )
        return refusal or TariffStep(found.approved(self.by.strip(), now), warnings_of(found, known))


@dataclass(frozen=True, slots=True)
class WithdrawTariff(TariffOrder):
    """Withdraw a version that is not in force yet; with ``only_draft`` one that nobody has approved."""

    reason: str
    only_draft: bool = False

    def step(self, known: PricedType, now: datetime) -> TariffStep | TariffRefused:
        """Refuse, or withdraw."""
        found = known.named(self.version)
        if found is None:
            return TariffRefused(TariffRefusal.UNKNOWN, "version", self.version)
        refusal = withdrawal_refusal(found, self.by, self.reason, now)
        if refusal is not None:
            return refusal
        is_approved = found.state is TariffState.APPROVED
        if is_approved and self.only_draft:
            return TariffRefused(TariffRefusal.NO_DRAFT, "version")
        # A draft prices nothing, so nobody misses it.
        warnings = warnings_of_withdrawal(found, known) if is_approved else ()
        return TariffStep(found.withdrawn(self.by.strip(), now, self.reason.strip()), warnings)


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
