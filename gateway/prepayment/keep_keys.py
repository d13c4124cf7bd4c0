"""Keep the vending keys: one person loads a key, another approves it, from its moment on it makes tokens.

    load_key       what is said of the key is kept as a pending row
    approve_key    by a second person, who names the same check value: typed, or that of what the two brought
    withdraw_key   at any time; no token is made with it any more
    name_group     a supply group gets its name and, where it is not the utility's, its civil time

No entry is made. Each verb is load → decide → write in one transaction (``KeyStore.change``) and returns
the step that was taken, or a refusal with the path of the wrong field (``core.key_rules``). The same step
asked for again is refused, for it was taken: stands_already, approved_already, withdrawn_already.

The key itself passes by: where there is one to be kept, ``keep`` puts it away behind the last check and
before the commit. So a row never says of a key that it is there when it is not. Where the power fails in
between, the key that was put away has no row, is nobody's, and the next load of its revision replaces it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from gateway.core.key_life import VendingKey
from gateway.core.key_rules import (
    approval_refusal,
    group_code_refusal,
    group_refusal,
    kcv_refusal,
    load_refusal,
    warnings_of,
    warnings_of_withdrawal,
    withdrawal_refusal,
)
from gateway.core.key_words import GroupNamed, KeyRefusal, KeyRefused, KeyStep

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from gateway.core.key_life import KnownGroup, SupplyGroup
    from gateway.core.key_ring import KeyRevision

    Decided = KeyStep | GroupNamed | KeyRefused
    Decide = Callable[[KnownGroup], Decided]
    Keep = Callable[[], None]


class KeyStore(Protocol):
    """Keeps the rows; nobody else changes those of a group while one is decided upon."""

    def change(self, sgc: str, decide: Decide, keep: Keep | None = None) -> Decided:
        """Load what is known of a group, decide, write what was decided, ``keep``, commit; give it back.

        What ``keep`` raises undoes the writing. Nothing is kept of a step that was refused.
        """


def load_key(  # noqa: PLR0913 - the key, who, and the ports, all of them named
    revision: KeyRevision,
    *,
    by: str,
    keys: KeyStore,
    utility_zone: tzinfo,
    now: Callable[[], datetime],
    found_kcv: str | None = None,
    keep: Keep | None = None,
) -> KeyStep | KeyRefused:
    """Keep a pending row; ``found_kcv`` is the check value of the whole key where one person brought it."""
    named = replace(revision, kcv=revision.kcv.upper())

    def decide(known: KnownGroup) -> Decided:
        at, zone = now(), known.zone or utility_zone
        key = VendingKey.loaded(named, by.strip(), at)
        refusal = load_refusal(replace(key, loaded_by=by), known, zone, at)
        if refusal is None and found_kcv is not None:
            refusal = kcv_refusal(named, found_kcv)
        return refusal or KeyStep(key, warnings_of(key, known, zone))

    return _stepped(keys, revision.sgc, decide, keep)


def approve_key(  # noqa: PLR0913 - likewise
    place: tuple[str, int],
    *,
    by: str,
    kcv: str,
    keys: KeyStore,
    utility_zone: tzinfo,
    now: Callable[[], datetime],
    keep: Keep | None = None,
) -> KeyStep | KeyRefused:
    """Approve a pending key; ``kcv`` is the check value that the second person names, or brings."""
    sgc, krn = place

    def decide(known: KnownGroup) -> Decided:
        found, at, zone = known.newest(krn), now(), known.zone or utility_zone
        if found is None:
            return KeyRefused(KeyRefusal.UNKNOWN, "krn", f"{sgc}, revision {krn}")
        refusal = approval_refusal(found, known, by=by, kcv=kcv, zone=zone, now=at)
        return refusal or KeyStep(found.approved(by.strip(), at), warnings_of(found, known, zone))

    return _stepped(keys, sgc, decide, keep)


def withdraw_key(
    place: tuple[str, int],
    *,
    by: str,
    reason: str,
    keys: KeyStore,
    now: Callable[[], datetime],
) -> KeyStep | KeyRefused:
    """Withdraw a key, pending or approved; what is kept of it is out of use, and stays where it is."""
    sgc, krn = place

    def decide(known: KnownGroup) -> Decided:
        found = known.newest(krn)
        if found is None:
            return KeyRefused(KeyRefusal.UNKNOWN, "krn", f"{sgc}, revision {krn}")
        refusal = withdrawal_refusal(found, by, reason)
        if refusal is not None:
            return refusal
        gone = found.withdrawn(by.strip(), now(), reason.strip())
        return KeyStep(gone, warnings_of_withdrawal(found, known))

    return _stepped(keys, sgc, decide)


def name_group(
    group: SupplyGroup, *, keys: KeyStore, zone_may_change: bool = False
) -> GroupNamed | KeyRefused:
    """Name a supply group, or name it anew."""

    def decide(known: KnownGroup) -> Decided:
        refusal = group_refusal(group, known, zone_may_change=zone_may_change)
        return refusal or GroupNamed(replace(group, name=group.name.strip()))

    refusal = group_code_refusal(group.sgc)
    decided = refusal or keys.change(group.sgc, decide)
    assert not isinstance(decided, KeyStep)  # noqa: S101 - it was decided above
    return decided


def _stepped(keys: KeyStore, sgc: str, decide: Decide, keep: Keep | None = None) -> KeyStep | KeyRefused:
    """Ask the store only for what can be a group."""
    decided = group_code_refusal(sgc) or keys.change(sgc, decide, keep)
    assert not isinstance(decided, GroupNamed)  # noqa: S101 - no step of a key's names a group
    return decided
