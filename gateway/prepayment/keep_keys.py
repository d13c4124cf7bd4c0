"""Keep the vending keys: one person loads a key, another approves it, from its moment on it makes tokens.

    LoadKey       what is said of the key is kept as a pending row
    ApproveKey    by a second person, who names the same check value: typed, or that of what the two brought
    WithdrawKey   at any time; no token is made with it any more
    NameGroup     a supply group gets its name and, where it is not the utility's, its civil time

Commands without an entry; their author, his rights and the line of the diary come from around them
(``gateway/office/step_orders.py``). Each answers with the step that was taken, or a refusal with the path of
the wrong field (``core.key_rules``). Nothing is remembered: the same step asked for again is refused, for it
was taken: stands_already, approved_already, withdrawn_already.

The key itself passes by: where there is one to be kept, ``keep`` puts it away behind the last check and
before the commit. So a row never says of a key that it is there when it is not. Where the power fails in
between, the key that was put away has no row, is nobody's, and the next load of its revision replaces it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.core.books import Decision, Needs
from gateway.core.key_life import VendingKey
from gateway.core.key_ring import KeyKeeper, KeyState
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
from gateway.core.life_told import key_told
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.person import office_channel

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from gateway.core.books import Books
    from gateway.core.key_life import KnownGroup, SupplyGroup
    from gateway.core.key_ring import KeyRevision

    Keep = Callable[[], None]


@dataclass(frozen=True, slots=True)
class GroupOrder:
    """An order about a supply group or one of its keys, and who gives it."""

    by: str

    digest = ""

    @property
    def sgc(self) -> str:
        """Which supply group."""
        raise NotImplementedError

    @property
    def key(self) -> str:
        """The kind of order: nothing is remembered, and what was typed may hold whatever no store takes."""
        return type(self).__name__

    @property
    def channel(self) -> str:
        """Who gives it, as the journal names him."""
        return office_channel(self.by)

    def needs(self) -> Needs:
        """The group with its keys and meters; the store is asked only for what can be one."""
        fits = group_code_refusal(self.sgc) is None
        return Needs(office=OfficeNeeds(groups=(self.sgc,) if fits else ()))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Refuse, or do it."""
        refusal = group_code_refusal(self.sgc)
        if refusal is not None:
            return Decision(refusal)
        return self.change(books, books.office.groups[self.sgc], now)

    def change(self, books: Books, known: KnownGroup, now: datetime) -> Decision:
        """Judge it by all that is known of the group."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class LoadKey(GroupOrder):
    """Keep a pending row; ``found_kcv`` is the check value of the whole key where one person brought it."""

    revision: KeyRevision
    utility_zone: tzinfo
    found_kcv: str | None = None
    # It holds a key, which no repr may show.
    keep: Keep | None = field(default=None, repr=False, compare=False)

    @property
    def sgc(self) -> str:
        """Of the revision."""
        return self.revision.sgc

    def change(self, books: Books, known: KnownGroup, now: datetime) -> Decision:
        """Refuse, or begin its life."""
        named, zone = replace(self.revision, kcv=self.revision.kcv.upper()), known.zone or self.utility_zone
        key = replace(VendingKey.loaded(named, self.by.strip(), now), id=books.office.next_key)
        refusal = load_refusal(key, known, zone, now)
        if refusal is None and self.found_kcv is not None:
            refusal = kcv_refusal(named, self.found_kcv)
        return _decided(refusal or KeyStep(key, warnings_of(key, known, zone)), self.keep)


@dataclass(frozen=True, slots=True)
class KeyOrder(GroupOrder):
    """A step in the life of a key that is there."""

    place: tuple[str, int]

    @property
    def sgc(self) -> str:
        """Of the place."""
        return self.place[0]

    def change(self, books: Books, known: KnownGroup, now: datetime) -> Decision:  # noqa: ARG002 - as declared
        """Find the key, and refuse or take the step."""
        sgc, krn = self.place
        found = known.newest(krn)
        if found is None:
            return Decision(KeyRefused(KeyRefusal.UNKNOWN, "krn", f"{sgc}, revision {krn}"))
        return self.step(found, known, now)

    def step(self, key: VendingKey, known: KnownGroup, now: datetime) -> Decision:
        """Judge the step."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ApproveKey(KeyOrder):
    """Approve a pending key; ``kcv`` is the check value that the second person names, or brings.

    ``is_whole``: whoever hands the order on has seen the whole key in the sealed file, or puts it there with
    ``keep``. A part is no key, and from a browser nobody sees which of the two it is.
    """

    kcv: str
    utility_zone: tzinfo
    is_whole: bool = False
    keep: Keep | None = field(default=None, repr=False, compare=False)

    def step(self, key: VendingKey, known: KnownGroup, now: datetime) -> Decision:
        """Refuse, or approve."""
        zone = known.zone or self.utility_zone
        refusal = approval_refusal(key, known, by=self.by, kcv=self.kcv, zone=zone, now=now)
        if refusal is None and key.revision.keeper is KeyKeeper.SEALED and not self.is_whole:
            refusal = KeyRefused(KeyRefusal.IN_PARTS, "kcv")
        approved = refusal or KeyStep(key.approved(self.by.strip(), now), warnings_of(key, known, zone))
        return _decided(approved, self.keep)


@dataclass(frozen=True, slots=True)
class WithdrawKey(KeyOrder):
    """Withdraw a key; what is kept of it is out of use, and stays where it is.

    With ``only_pending`` one that nobody has approved.
    """

    reason: str
    only_pending: bool = False

    def step(self, key: VendingKey, known: KnownGroup, now: datetime) -> Decision:
        """Refuse, or withdraw."""
        refusal = withdrawal_refusal(key, self.by, self.reason)
        if refusal is None and self.only_pending and key.state is not KeyState.PENDING:
            refusal = KeyRefused(KeyRefusal.NOT_PENDING, "krn")
        if refusal is not None:
            return Decision(refusal)
        gone = key.withdrawn(self.by.strip(), now, self.reason.strip())
        return _decided(KeyStep(gone, warnings_of_withdrawal(key, known)))


@dataclass(frozen=True, slots=True)
class NameGroup(GroupOrder):
    """Name a supply group, or name it anew."""

    group: SupplyGroup
    zone_may_change: bool = False

    @property
    def sgc(self) -> str:
        """Of the group."""
        return self.group.sgc

    def change(self, books: Books, known: KnownGroup, now: datetime) -> Decision:  # noqa: ARG002 - as declared
        """Refuse, or name it."""
        refusal = group_refusal(self.group, known, zone_may_change=self.zone_may_change)
        if refusal is not None:
            return Decision(refusal)
        named = replace(self.group, name=self.group.name.strip())
        try:
            zone = ZoneInfo(named.timezone) if named.timezone else None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return Decision(KeyRefused(KeyRefusal.BAD_ZONE, "timezone"))
        before = "" if known.group is None else f"{_said(known.group)} → "
        office = OfficeChange(groups=(replace(known, group=named, zone=zone),))
        return Decision(GroupNamed(named), office=office, told=f"{before}{_said(named)}")


def _said(group: SupplyGroup) -> str:
    return f"{group.name!r}, {group.timezone or 'the civil time of the utility'}"


def _decided(content: KeyStep | KeyRefused, keep: Keep | None = None) -> Decision:
    """Make the decision of a step; nothing is put away of one that was refused."""
    if isinstance(content, KeyRefused):
        return Decision(content)
    return Decision(content, office=OfficeChange(keys=(content.key,), keep=keep), told=key_told(content.key))
