"""The rules of a tariff version's life as pure functions: why a step is refused, and what to be told of it.

A refusal names the path of the wrong field: a field of ``TariffVersion``, or ``body.…`` inside the tariff.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.core.person import PERSON_MAX, REASON_MAX, is_said, is_same_person
from gateway.core.sentence import with_detail
from gateway.core.tariff_life import (
    LEAD_S,
    TariffState,
    TariffVersion,
    is_too_late,
    terms_of,
)

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.tariff_life import BodyTerms, PricedType, TariffDraft

#: Characters of a version's or a power type's name: with both, a receipt's line stays readable.
NAME_MAX: Final = 40

#: Bytes of a tariff as JSON: the largest known has some thousand, and each version is kept for ever.
BODY_BYTES_MAX: Final = 65_536

#: Versions of one power type: one a week for ten years. A gateway keeps all of them in memory.
VERSIONS_MAX: Final = 500

#: Days ahead: nobody fixes prices ten years before, so a later moment is a slip of the pen.
AHEAD_DAYS: Final = 3_660

_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_POWER_TYPE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class TariffRefusal(Enum):
    """A reason not to take a step; nothing is changed."""

    BAD_POWER_TYPE = "bad_power_type"
    BAD_VERSION = "bad_version"
    BAD_PERSON = "bad_person"
    BAD_REASON = "bad_reason"
    BAD_BODY = "bad_body"
    BODY_TOO_LARGE = "body_too_large"
    OTHER_CURRENCY = "other_currency"
    OTHER_ZONE = "other_zone"
    NAME_TAKEN = "name_taken"
    TOO_MANY = "too_many"
    BACK_DATED = "back_dated"
    TOO_FAR_AHEAD = "too_far_ahead"
    TOO_LATE = "too_late"
    SAME_MOMENT = "same_moment"
    SAME_PERSON = "same_person"
    UNKNOWN = "unknown"
    APPROVED_ALREADY = "approved_already"
    WITHDRAWN_ALREADY = "withdrawn_already"
    IN_FORCE = "in_force"
    NEARLY_IN_FORCE = "nearly_in_force"
    NO_DRAFT = "no_draft"

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return _SENTENCES[self]


_SENTENCES: Final = {
    TariffRefusal.BAD_POWER_TYPE: (
        f"must be 1 to {NAME_MAX} of letters, digits, _ and -, with a letter first: it names accounts"
    ),
    TariffRefusal.BAD_VERSION: (
        f"must be 1 to {NAME_MAX} of letters, digits and . _ -, with a letter or digit first: "
        "it is printed on receipts"
    ),
    TariffRefusal.BAD_PERSON: f"must be a name of 1 to {PERSON_MAX} printable characters",
    TariffRefusal.BAD_REASON: f"must be 1 to {REASON_MAX} printable characters: it is kept for ever",
    TariffRefusal.BAD_BODY: "cannot be priced by",
    TariffRefusal.BODY_TOO_LARGE: f"the tariff has more than {BODY_BYTES_MAX} bytes",
    TariffRefusal.OTHER_CURRENCY: "is not the currency that is sold in, and no version may change it",
    TariffRefusal.OTHER_ZONE: "its months would begin in another zone than now",
    TariffRefusal.NAME_TAKEN: "this power type has a version of that name, and a name is never used twice",
    TariffRefusal.TOO_MANY: f"this power type has {VERSIONS_MAX} versions, and no more can be kept",
    TariffRefusal.BACK_DATED: "must lie ahead: what was sold until now keeps its price",
    TariffRefusal.TOO_FAR_AHEAD: f"lies more than {AHEAD_DAYS} days ahead",
    TariffRefusal.TOO_LATE: (
        f"its moment has passed, or comes in less than {LEAD_S} seconds: too soon for a running gateway to "
        "hear of it. Draft it anew under another name, with a later moment"
    ),
    TariffRefusal.SAME_MOMENT: "another version is approved for the same moment; withdraw one of them first",
    TariffRefusal.SAME_PERSON: "who drafted a version cannot approve it; ask another person",
    TariffRefusal.UNKNOWN: "there is no such version of this power type",
    TariffRefusal.APPROVED_ALREADY: "the version is approved already",
    TariffRefusal.WITHDRAWN_ALREADY: "the version was withdrawn, and that is for ever",
    TariffRefusal.IN_FORCE: (
        "the version has been in force, so it stays: sales name it. Let a new version take over from it"
    ),
    TariffRefusal.NEARLY_IN_FORCE: (
        f"the version is in force in less than {LEAD_S} seconds, too soon for a running gateway to hear of "
        "it. Let a new version take over from it"
    ),
    TariffRefusal.NO_DRAFT: "the version was approved meanwhile; who may approve one may withdraw it",
}


@dataclass(frozen=True, slots=True)
class TariffRefused:
    """A step that was not taken: why, the path of the wrong field, and what more there is to say."""

    reason: TariffRefusal
    path: str
    detail: str = ""

    @property
    def sentence(self) -> str:
        """The reason in words; what is wrong inside a tariff says its detail alone."""
        if self.reason is TariffRefusal.BAD_BODY and self.detail:
            return self.detail
        return with_detail(self.reason.sentence, self.detail)


class TariffWarning(Enum):
    """Something that is allowed, and that whoever takes the step should know."""

    NOTHING_BEFORE = "it is the first of its power type: until it is in force nothing is sold to these meters"
    NOTHING_LEFT = "no other version of its power type is approved: nothing is sold to these meters"
    NO_METERS = "no meter has this power type yet; see that its name is spelled as in the meters' files"
    SAME_MOMENT = "another version is approved for the same moment: one of the two must be withdrawn"
    OTHER_ZONE = "its months begin in another zone than those of the version before it"


@dataclass(frozen=True, slots=True)
class TariffStep:
    """A step that is taken: the version as it stands behind it, and what to know of it."""

    version: TariffVersion
    warnings: tuple[TariffWarning, ...] = ()


def draft_refusal(draft: TariffDraft, known: PricedType, now: datetime) -> TariffRefused | None:
    """Say why a version cannot be drafted; what its body says is judged elsewhere."""
    refusal = power_type_refusal(draft.power_type) or person_refusal(draft.drafted_by, "drafted_by")
    if refusal is not None:
        return refusal
    if not _is_name(draft.version, _VERSION):
        return TariffRefused(TariffRefusal.BAD_VERSION, "version")
    if len(draft.body.encode(errors="surrogatepass")) > BODY_BYTES_MAX:
        return TariffRefused(TariffRefusal.BODY_TOO_LARGE, "body")
    if known.named(draft.version) is not None:
        return TariffRefused(TariffRefusal.NAME_TAKEN, "version")
    if len(known.versions) >= VERSIONS_MAX:
        return TariffRefused(TariffRefusal.TOO_MANY, "power_type")
    if draft.from_moment <= now:
        return TariffRefused(TariffRefusal.BACK_DATED, "from_moment")
    if draft.from_moment > now + timedelta(days=AHEAD_DAYS):
        return TariffRefused(TariffRefusal.TOO_FAR_AHEAD, "from_moment")
    return None


def terms_refusal(
    terms: BodyTerms, standard: BodyTerms, known: PricedType, draft: TariffDraft, *, zone_may_change: bool
) -> TariffRefused | None:
    """Hold a new body to the terms in force: those of the version before it, or else the utility's own.

    The currency is the utility's in any case: every bank sells in that one.
    """
    before = known.before(draft)
    in_force = None if before is None else terms_of(before.body)
    for currency in (standard.currency, standard.currency if in_force is None else in_force.currency):
        if terms.currency != currency:
            detail = f"{currency}, not {terms.currency}"
            return TariffRefused(TariffRefusal.OTHER_CURRENCY, "body.currency", detail)
    timezone = standard.timezone if in_force is None else in_force.timezone
    if terms.timezone != timezone and not zone_may_change:
        detail = f"{timezone}, not {terms.timezone}"
        return TariffRefused(TariffRefusal.OTHER_ZONE, "body.timezone", detail)
    return None


def approval_refusal(
    version: TariffVersion, known: PricedType, by: str, now: datetime
) -> TariffRefused | None:
    """Say why a version cannot be approved, the gravest first."""
    refusal = person_refusal(by, "approved_by")
    if refusal is not None:
        return refusal
    if version.state is not TariffState.DRAFT:
        is_withdrawn = version.state is TariffState.WITHDRAWN
        reason = TariffRefusal.WITHDRAWN_ALREADY if is_withdrawn else TariffRefusal.APPROVED_ALREADY
        return TariffRefused(reason, "version")
    if is_same_person(by, version.drafted_by):
        return TariffRefused(TariffRefusal.SAME_PERSON, "approved_by", version.drafted_by)
    if is_too_late(version, now):
        return TariffRefused(TariffRefusal.TOO_LATE, "from_moment")
    other = known.at(version)
    if other is not None:
        return TariffRefused(TariffRefusal.SAME_MOMENT, "from_moment", other.version)
    return None


def withdrawal_refusal(version: TariffVersion, by: str, reason: str, now: datetime) -> TariffRefused | None:
    """Say why a version cannot be withdrawn."""
    refusal = person_refusal(by, "withdrawn_by")
    if refusal is not None:
        return refusal
    if not is_said(reason, REASON_MAX):
        return TariffRefused(TariffRefusal.BAD_REASON, "reason")
    if version.state is TariffState.WITHDRAWN:
        return TariffRefused(TariffRefusal.WITHDRAWN_ALREADY, "version")
    if version.state is TariffState.APPROVED and is_too_late(version, now):
        is_begun = version.from_moment <= now
        return TariffRefused(
            TariffRefusal.IN_FORCE if is_begun else TariffRefusal.NEARLY_IN_FORCE, "from_moment"
        )
    return None


def power_type_refusal(power_type: str) -> TariffRefused | None:
    """Say why a power type cannot have that name."""
    fits = _is_name(power_type, _POWER_TYPE)
    return None if fits else TariffRefused(TariffRefusal.BAD_POWER_TYPE, "power_type")


def person_refusal(name: str, path: str) -> TariffRefused | None:
    """Say why nobody can have that name."""
    return None if is_said(name, PERSON_MAX) else TariffRefused(TariffRefusal.BAD_PERSON, path)


def warnings_of(draft: TariffDraft, known: PricedType) -> tuple[TariffWarning, ...]:
    """Say what whoever drafts or approves a version should know."""
    before = known.before(draft)
    found = []
    if before is None:
        found.append(TariffWarning.NOTHING_BEFORE)
    elif terms_of(before.body) != terms_of(draft.body):
        found.append(TariffWarning.OTHER_ZONE)
    if known.at(draft) is not None:
        found.append(TariffWarning.SAME_MOMENT)
    if not known.has_meters:
        found.append(TariffWarning.NO_METERS)
    return tuple(found)


def warnings_of_withdrawal(version: TariffVersion, known: PricedType) -> tuple[TariffWarning, ...]:
    """Say what whoever withdraws a version should know."""
    left = [one for one in known.approved if one.version != version.version]
    return () if left else (TariffWarning.NOTHING_LEFT,)


def _is_name(name: str, pattern: re.Pattern[str]) -> bool:
    return len(name) <= NAME_MAX and pattern.fullmatch(name) is not None
