"""The rules of a vending key's life as pure functions: why a step is refused, and what to be told of it.

A refusal names the path of the wrong field: a field of ``KeyRevision`` or of ``SupplyGroup``, or who acts.
The words of the refusals are in ``key_words``.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gateway.core.card_key import CARD_ALGORITHMS, VERSION_LAST, is_card_group
from gateway.core.energy import WH_LIMIT
from gateway.core.key_ring import NEVER_EXPIRES, KeyKeeper, KeyState
from gateway.core.key_standing import is_expired
from gateway.core.key_words import (
    AHEAD_DAYS,
    GROUP_NAME_MAX,
    KEYS_MAX,
    LABEL_MAX,
    KeyRefusal,
    KeyRefused,
    KeyWarning,
    KeyWarningWhy,
)
from gateway.core.person import PERSON_MAX, REASON_MAX, is_said, is_same_person
from gateway.core.timeline import microseconds
from gateway.core.token import TidFault, tid_at

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from gateway.core.key_life import KnownGroup, SupplyGroup, VendingKey
    from gateway.core.key_ring import KeyRevision

_SGC: Final = re.compile(r"[0-9]{6}")
_KCV: Final = re.compile(r"[0-9A-F]{6}")
_BASE_DATES: Final = (1993, 2014, 2035)
_DKGA: Final = ("02", "04")
_MISTY1: Final = "11"

#: Kept in a module, and found there by its label.
_LABELLED: Final = frozenset({KeyKeeper.PKCS11, KeyKeeper.MODULE})


def load_refusal(key: VendingKey, known: KnownGroup, zone: tzinfo, now: datetime) -> KeyRefused | None:
    """Say why a key cannot be loaded; ``zone`` is the civil time of its group."""
    revision = key.revision
    refusal = (
        group_code_refusal(revision.sgc)
        or person_refusal(key.loaded_by, "loaded_by")
        or _numbers_refusal(revision)
        or _keeper_refusal(revision)
    )
    if refusal is not None:
        return refusal
    if known.standing(revision.krn) is not None:
        return KeyRefused(KeyRefusal.STANDS_ALREADY, "krn")
    if len(known.keys) >= KEYS_MAX:
        return KeyRefused(KeyRefusal.TOO_MANY, "sgc")
    if revision.active_from_us > microseconds(now + timedelta(days=AHEAD_DAYS)):
        return KeyRefused(KeyRefusal.TOO_FAR_AHEAD, "active_from")
    return _use_refusal(key, known, zone, now)


def approval_refusal(  # noqa: PLR0913 - whatever a second person is held to, all of it named
    key: VendingKey, known: KnownGroup, *, by: str, kcv: str, zone: tzinfo, now: datetime
) -> KeyRefused | None:
    """Say why a key cannot be approved, the gravest first; ``kcv`` is what the second person names."""
    refusal = person_refusal(by, "approved_by")
    if refusal is not None:
        return refusal
    if key.state is not KeyState.PENDING:
        is_gone = key.state is KeyState.WITHDRAWN
        return KeyRefused(KeyRefusal.WITHDRAWN_ALREADY if is_gone else KeyRefusal.APPROVED_ALREADY, "krn")
    if is_same_person(by, key.loaded_by):
        return KeyRefused(KeyRefusal.SAME_PERSON, "approved_by", key.loaded_by)
    return kcv_refusal(key.revision, kcv) or _use_refusal(key, known, zone, now)


def kcv_refusal(revision: KeyRevision, kcv: str) -> KeyRefused | None:
    """Say that a check value is another key's."""
    if kcv.upper() == revision.kcv.upper():
        return None
    return KeyRefused(KeyRefusal.OTHER_KEY, "kcv", f"{kcv.upper()}, not {revision.kcv.upper()}")


def withdrawal_refusal(key: VendingKey, by: str, reason: str) -> KeyRefused | None:
    """Say why a key cannot be withdrawn."""
    refusal = person_refusal(by, "withdrawn_by")
    if refusal is not None:
        return refusal
    if not is_said(reason, REASON_MAX):
        return KeyRefused(KeyRefusal.BAD_REASON, "reason")
    if key.state is KeyState.WITHDRAWN:
        return KeyRefused(KeyRefusal.WITHDRAWN_ALREADY, "krn")
    return None


def group_refusal(group: SupplyGroup, known: KnownGroup, *, zone_may_change: bool) -> KeyRefused | None:
    """Say why a group cannot have that name and zone. Token ids count the minutes of the zone."""
    if not _SGC.fullmatch(group.sgc):
        return KeyRefused(KeyRefusal.BAD_SGC, "sgc")
    if not is_said(group.name, GROUP_NAME_MAX):
        return KeyRefused(KeyRefusal.BAD_NAME, "name")
    before = "" if known.group is None else known.group.timezone
    if group.timezone != before and known.keys and not zone_may_change:
        return KeyRefused(KeyRefusal.OTHER_ZONE, "timezone")
    return None


def group_code_refusal(sgc: str) -> KeyRefused | None:
    """Say why no group can have that code (IEC 62055-41, 6.1.6), be it of meters or of cards."""
    return None if _SGC.fullmatch(sgc) or is_card_group(sgc) else KeyRefused(KeyRefusal.BAD_SGC, "sgc")


def person_refusal(name: str, path: str) -> KeyRefused | None:
    """Say why nobody can have that name."""
    return None if is_said(name, PERSON_MAX) else KeyRefused(KeyRefusal.BAD_PERSON, path)


def warnings_of(key: VendingKey, known: KnownGroup, zone: tzinfo) -> tuple[KeyWarning, ...]:
    """Say what whoever loads or approves a key should know."""
    revision, count = key.revision, known.meter_count()
    if revision.is_of_cards:
        return ()
    found = [] if known.group is not None else [KeyWarning(KeyWarningWhy.NO_NAME)]
    later = [one for one in known.approved if _begins_behind(one.revision, revision)]
    if not count:
        found.append(KeyWarning(KeyWarningWhy.NO_METERS))
    elif later:
        found.append(KeyWarning(KeyWarningWhy.LATER_KEY, said=str(later[-1].revision.krn)))
    elif count > known.meter_count(holding=revision):
        moment = key.active_from.astimezone(zone)
        others = count - known.meter_count(holding=revision)
        found.append(KeyWarning(KeyWarningWhy.KEY_CHANGE, others, f"{moment:%Y-%m-%d %H:%M}"))
    return tuple(found)


def warnings_of_withdrawal(key: VendingKey, known: KnownGroup) -> tuple[KeyWarning, ...]:
    """Say what whoever withdraws a key should know; nobody misses one that was never approved."""
    if key.state is not KeyState.APPROVED:
        return ()
    held = known.meter_count(holding=key.revision)
    found = [KeyWarning(KeyWarningWhy.HELD, held)] if held else []
    if key.revision.is_of_cards:
        found.append(KeyWarning(KeyWarningWhy.CARDS_LEFT))
    elif len(known.approved) == 1:
        found.append(KeyWarning(KeyWarningWhy.NOTHING_LEFT))
    return tuple(found)


def _begins_behind(one: KeyRevision, other: KeyRevision) -> bool:
    """Would the first serve rather than the second, once both have begun? As in ``KeyRing.serving``."""
    return (one.active_from_us, one.krn) > (other.active_from_us, other.krn)


def _is_only_left(key: VendingKey, known: KnownGroup, civil: datetime, now: datetime) -> bool:
    """Has it expired, and does another key serve its meters by now?"""
    now_us = microseconds(now)
    return is_expired(key.revision, civil) and any(
        one.revision.active_from_us <= now_us and _begins_behind(one.revision, key.revision)
        for one in known.approved
    )


def _numbers_refusal(revision: KeyRevision) -> KeyRefused | None:
    """Say which number is none: of a vending key, or of a master key of cards."""
    limit = revision.credit_limit_wh
    checks = (
        *(_card_checks(revision) if revision.is_of_cards else _meter_checks(revision)),
        (_KCV.fullmatch(revision.kcv) is not None, KeyRefusal.BAD_KCV, "kcv"),
        (limit is None or 0 < limit <= WH_LIMIT, KeyRefusal.BAD_LIMIT, "credit_limit"),
        (
            revision.issue_until_us is None or revision.issue_until_us > revision.active_from_us,
            KeyRefusal.ENDS_BEFORE,
            "issue_until",
        ),
    )
    return next((KeyRefused(reason, path) for holds, reason, path in checks if not holds), None)


def _meter_checks(revision: KeyRevision) -> tuple[tuple[bool, KeyRefusal, str], ...]:
    """IEC 62055-41, 6.1.8 to 6.1.10 and 6.3.5: key type, revision and expiry numbers, base dates."""
    return (
        (revision.krn in range(1, 10), KeyRefusal.BAD_KRN, "krn"),
        (revision.kt in range(4), KeyRefusal.BAD_KT, "kt"),
        (revision.base_date in _BASE_DATES, KeyRefusal.BAD_BASE_DATE, "base_date"),
        (revision.ken in range(NEVER_EXPIRES + 1), KeyRefusal.BAD_KEN, "ken"),
        (revision.dkga in _DKGA, KeyRefusal.BAD_DKGA, "dkga"),
    )


def _card_checks(revision: KeyRevision) -> tuple[tuple[bool, KeyRefusal, str], ...]:
    """A master key of cards has a version and an algorithm, and nothing of what meters need."""
    return (
        (revision.krn in range(1, VERSION_LAST + 1), KeyRefusal.BAD_VERSION, "krn"),
        (revision.base_date == 0, KeyRefusal.NOT_OF_CARDS, "base_date"),
        (revision.kt == 0, KeyRefusal.NOT_OF_CARDS, "kt"),
        (revision.ken == NEVER_EXPIRES, KeyRefusal.NOT_OF_CARDS, "ken"),
        (revision.dkga in CARD_ALGORITHMS, KeyRefusal.NOT_OF_CARDS, "dkga"),
        (revision.credit_limit_wh is None, KeyRefusal.NOT_OF_CARDS, "credit_limit"),
    )


def _keeper_refusal(revision: KeyRevision) -> KeyRefused | None:
    if revision.keeper is KeyKeeper.FILE:
        return KeyRefused(KeyRefusal.BAD_KEEPER, "keeper")
    if revision.is_of_cards and revision.keeper is KeyKeeper.MODULE:
        return KeyRefused(KeyRefusal.NOT_OF_CARDS, "keeper")
    if revision.keeper is KeyKeeper.PKCS11 and revision.dkga == "02":
        return KeyRefused(KeyRefusal.NEEDS_THE_KEY, "keeper")
    if revision.keeper not in _LABELLED:
        return KeyRefused(KeyRefusal.NO_LABEL_HERE, "label") if revision.label else None
    return None if is_said(revision.label, LABEL_MAX) else KeyRefused(KeyRefusal.BAD_LABEL, "label")


def _use_refusal(key: VendingKey, known: KnownGroup, zone: tzinfo, now: datetime) -> KeyRefused | None:
    """Say why no token could ever be made with it: for its meters, or at any time from now on.

    One that has expired is of use where another serves: the key change of a meter that still holds it is made
    under it (IEC 62055-41, 6.1.10). It must have begun before the other, or it would serve itself.
    """
    revision = key.revision
    if revision.issue_until_us is not None and revision.issue_until_us <= microseconds(now):
        return KeyRefused(KeyRefusal.ENDED, "issue_until")
    if revision.is_of_cards:
        return None
    strangers = known.meter_count(ea=_MISTY1) if revision.dkga == "02" else 0
    if strangers:
        return KeyRefused(KeyRefusal.OTHER_ALGORITHM, "dkga", str(strangers))
    civil = max(key.active_from, now).astimezone(zone).replace(tzinfo=None)
    if _is_only_left(key, known, civil, now):
        return None
    assert revision.base_date is not None  # noqa: S101 - a key without one was refused when it was loaded
    try:
        tid = tid_at(revision.base_date, civil)
    except TidFault:
        return KeyRefused(KeyRefusal.BASE_DATE_OVER, "base_date")
    # IEC 62055-41, 6.1.10: the expiry number is compared with the upper eight bits of the token id.
    return KeyRefused(KeyRefusal.EXPIRES_BEFORE, "ken") if tid >> 16 > revision.ken else None
