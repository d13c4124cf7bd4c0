"""The vending keys as the books know them: for whom, from when to when, how far; never the key itself.

Master keys of cards are among them, each in a group of its own (``card_key``).

A supply group (SGC) has one key after another, told apart by the key revision number (KRN). One of them
serves: the newest that has begun. A meter that holds an older one gets its key changed with its next sale.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.card_key import is_card_group
from gateway.core.token import IssuerRefusalWhy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from gateway.core.token import StsIdentity

NEVER_EXPIRES = 255
"""The key expiry number of a key that lasts as long as its base date (IEC 62055-41, 6.1.10)."""


class KeyKeeper(Enum):
    """Where a vending key is kept, and so who makes the tokens."""

    FILE = "file"
    SEALED = "sealed"
    PKCS11 = "pkcs11"
    MODULE = "module"

    @property
    def releases_keys(self) -> bool:
        """Can tokens be made here, from the meter's key? A token-issuing module hands out tokens only."""
        return self is not KeyKeeper.MODULE


class KeyState(Enum):
    """Where the life of a vending key stands."""

    #: One person has brought his part or his word; nothing is made with it.
    PENDING = "pending"
    #: Two people stand behind it.
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class KeyRevision:
    """One vending key of a supply group, without the key.

    Tokens are made from ``active_from_us`` until before ``issue_until_us`` (UTC microseconds; None: no end),
    for meters of key type ``kt`` and ``base_date`` (None: any) whose token id is not beyond the key expiry
    number ``ken``, and until ``credit_limit_wh`` have been issued under it (None: no limit). ``kcv`` is the
    check value by which people and modules agree which key it is. ``keeper`` has it, under ``label``.
    """

    sgc: str
    krn: int
    kt: int | None = None
    base_date: int | None = None
    dkga: str = "04"
    ken: int = NEVER_EXPIRES
    active_from_us: int = 0
    issue_until_us: int | None = None
    credit_limit_wh: int | None = None
    kcv: str = ""
    keeper: KeyKeeper = KeyKeeper.FILE
    label: str = ""
    state: KeyState = KeyState.APPROVED

    @property
    def place(self) -> tuple[str, int]:
        """What names it: supply group code and key revision number."""
        return self.sgc, self.krn

    @property
    def is_of_cards(self) -> bool:
        """Is it a master key of cards, with which no token is made? See ``card_key``."""
        return is_card_group(self.sgc)

    @property
    def issued_account(self) -> str:
        """The account of the energy issued under it: one of its own where it is limited."""
        if self.credit_limit_wh is None:
            return chart.ENERGY_ISSUED
        return chart.issued_under(self.sgc, self.krn)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All vending keys, by supply group and revision; ``zones`` are the civil times of groups with their own.

    ``limited`` are the accounts of what keys with a credit limit have issued. ``movers`` are the keys of each
    group that its meters are moved to, the newest first, and ``has_module`` says whether any key is in a
    token-issuing module: every payment asks, and a country has hundreds of keys.
    """

    revisions: dict[tuple[str, int], KeyRevision] = field(default_factory=dict)
    zones: dict[str, tzinfo] = field(default_factory=dict)
    limited: tuple[str, ...] = ()
    movers: dict[str, tuple[KeyRevision, ...]] = field(default_factory=dict)
    has_module: bool = False

    @classmethod
    def of(cls, revisions: Iterable[KeyRevision], zones: dict[str, tzinfo] | None = None) -> KeyRing:
        """Make the ring of these keys."""
        kept = {revision.place: revision for revision in revisions}
        limited = [one.issued_account for one in kept.values() if one.credit_limit_wh is not None]
        has_module = any(not one.keeper.releases_keys for one in kept.values())
        return cls(kept, zones or {}, tuple(limited), _movers(kept.values()), has_module)

    def issued_account(self, identity: StsIdentity) -> str:
        """Name the account of the energy that goes out under this identity's key."""
        revision = self.revisions.get((identity.sgc, identity.krn))
        return chart.ENERGY_ISSUED if revision is None else revision.issued_account

    def releases_keys(self, identity: StsIdentity) -> bool:
        """Can this meter's tokens be made at once, from its key? False where a module hands out tokens."""
        revision = self.revisions.get((identity.sgc, identity.krn))
        return revision is None or revision.keeper.releases_keys

    def is_beyond_limit(self, identity: StsIdentity, issued_wh: int) -> bool:
        """Would this much energy in all be more than the key may issue?"""
        revision = self.revisions.get((identity.sgc, identity.krn))
        limit_wh = None if revision is None else revision.credit_limit_wh
        return limit_wh is not None and issued_wh > limit_wh

    def serving(self, sgc: str, now_us: int) -> KeyRevision | None:
        """Return the key that meters of this group should hold now: the newest that has begun and may issue.

        Keys that do not say their key type and base date (those of a plain file) move no meter.
        """
        for revision in self.movers.get(sgc, ()):
            is_ended = revision.issue_until_us is not None and now_us >= revision.issue_until_us
            if revision.active_from_us <= now_us and not is_ended:
                return revision
        return None

    def card_key(self, group: str, version: int, now_us: int) -> KeyRevision | None:
        """Return the master key of cards that stands there, if it may be used now."""
        revision = self.revisions.get((group, version))
        if revision is None or revision.state is not KeyState.APPROVED or now_us < revision.active_from_us:
            return None
        is_ended = revision.issue_until_us is not None and now_us >= revision.issue_until_us
        return None if is_ended else revision

    def is_newer(self, krn: int, serving: KeyRevision) -> bool:
        """Did this revision of a group begin after the one that serves? Then it has ended since."""
        held = self.revisions.get((serving.sgc, krn))
        return held is not None and held.active_from_us > serving.active_from_us

    def refusal(self, identity: StsIdentity, tid: int, now_us: int) -> IssuerRefusalWhy | None:
        """Say why no token of this id may be made under this identity's key; None where it may."""
        revision = self.revisions.get((identity.sgc, identity.krn))
        if revision is None:
            return IssuerRefusalWhy.NO_KEY
        return _refusal(revision, identity, tid, now_us)

    def change_refusal(self, old: StsIdentity, new: StsIdentity) -> IssuerRefusalWhy | None:
        """Say why no meter can be taken from one key to the other, at whatever hour; None where it can.

        A meter may always leave a key that has expired (IEC 62055-41, 6.1.10), so no id is compared.
        """
        for identity in (old, new):
            revision = self.revisions.get((identity.sgc, identity.krn))
            # Its first moment is one at which only what does not depend on the hour can refuse.
            first_us = 0 if revision is None else revision.active_from_us
            why = self.refusal(identity, 0, first_us)
            if why is not None:
                return why
        # The new key would have to be in the clear here, or the old one in the module.
        is_apart = self.releases_keys(old) != self.releases_keys(new)
        return IssuerRefusalWhy.KIND if is_apart else None


def _movers(revisions: Iterable[KeyRevision]) -> dict[str, tuple[KeyRevision, ...]]:
    found: dict[str, tuple[KeyRevision, ...]] = {}
    for one in sorted(revisions, key=lambda one: (one.active_from_us, one.krn), reverse=True):
        if one.state is KeyState.APPROVED and None not in (one.base_date, one.kt):
            found[one.sgc] = (*found.get(one.sgc, ()), one)
    return found


def _refusal(revision: KeyRevision, identity: StsIdentity, tid: int, now_us: int) -> IssuerRefusalWhy | None:
    if revision.state is not KeyState.APPROVED:
        return IssuerRefusalWhy.NOT_APPROVED
    if revision.kt not in (None, identity.kt) or revision.base_date not in (None, identity.base_date):
        return IssuerRefusalWhy.OTHER_KEY
    if now_us < revision.active_from_us:
        return IssuerRefusalWhy.NOT_BEGUN
    if revision.issue_until_us is not None and now_us >= revision.issue_until_us:
        return IssuerRefusalWhy.ISSUE_ENDED
    # IEC 62055-41, 6.1.10: the expiry number is compared with the upper eight bits of the token id.
    if tid >> 16 > revision.ken:
        return IssuerRefusalWhy.KEY_EXPIRED
    return None
