"""Tokens from vending keys wherever they are kept: ``ports.TokenIssuer`` over all the keepers.

    make(order)      revision may? → key at hand, or ready since ``prepare`` → digits      no I/O, no clock
    prepare(orders)  ask key services and modules for whatever is not there yet             may wait

What is ready is kept by meter and goes when the revision behind it changes: another state, keeper, label or
check value is another revision. Before anything is made with a key it is compared with the check value that
people agreed on: that of a service once for each revision, that of a shelf whenever it is taken from there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from twisted.internet.defer import Deferred, DeferredList

from adapters.keys import token_maker
from adapters.keys.keepers import Keepers, PlainKeys
from adapters.keys.newest_kept import NewestKept
from gateway.core.key_ring import KeyKeeper
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy
from gateway.core.token_order import NotPrepared, Order, TokenOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twisted.python.failure import Failure

    from adapters.keys.token_maker import ReadyKey
    from gateway.codecs.sts.sta import StaTables
    from gateway.core.key_ring import KeyRevision, KeyRing
    from gateway.core.token import StsIdentity, TokenDigits

METERS_HELD_MAX: Final = 20_000
"""Meters whose key is kept ready: some 1.5 KB each, 30 MB in all; to make one anew takes 20 µs, or one
question to the module."""

ORDERS_HELD_MAX: Final = 20_000
"""Orders whose finished tokens wait to be booked: twice the ledger's queue, 500 bytes each."""

SILENCE_S: Final = 10.0
"""So long after a module was silent nobody waits for it; then one payment finds out whether it is back."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A meter's key with the revision that it was made of."""

    revision: KeyRevision
    key: ReadyKey = field(repr=False)


class KeyedIssuer:
    """A ``ports.TokenIssuer`` that shows no key; ``ring`` is asked anew for each order.

    ``tables`` are the operator's own tables for EA07; without them only test meters of EA07 get tokens.
    It may be used by several threads; ``prepare`` belongs to the reactor's.
    """

    def __init__(  # noqa: PLR0913 - what it is made of, and how much it keeps
        self,
        ring: Callable[[], KeyRing],
        keepers: Keepers,
        *,
        tables: StaTables | None = None,
        seconds: Callable[[], float] = time.monotonic,
        meters_held_max: int = METERS_HELD_MAX,
        orders_held_max: int = ORDERS_HELD_MAX,
    ) -> None:
        self._ring = ring
        self._keepers = keepers
        self._tables = tables
        self._ready: NewestKept[StsIdentity, _Held] = NewestKept(meters_held_max)
        self._made: NewestKept[Order, tuple[TokenDigits, ...]] = NewestKept(orders_held_max)
        self._proved: dict[tuple[str, int], KeyRevision] = {}
        self._seconds = seconds
        self._silent_until: dict[KeyKeeper, float] = {}

    def __repr__(self) -> str:
        """Show for how many meters a key is ready, and no key."""
        return f"KeyedIssuer({self._ready!r})"

    @property
    def ring(self) -> KeyRing:
        """The vending keys as they stand now."""
        return self._ring()

    def make(self, order: Order) -> tuple[TokenDigits, ...]:
        """Make what is ordered, always the same. See ``ports.TokenIssuer``.

        IssuerRefusal: NO_KEY, NOT_APPROVED, OTHER_KEY, KEY_EXPIRED, WRONG_KEY, TEST_TABLES, KIND,
        AMOUNT; a key change under keys of which one is in a token-issuing module is a KIND that nobody
        makes. What depends on the hour (NOT_BEGUN, ISSUE_ENDED, LIMIT) the books have asked already.
        """
        revisions = self._revisions(order)
        if not revisions[0].keeper.releases_keys:
            return self._from_module(order)
        if isinstance(order, TokenOrder):
            return (token_maker.token(order, self._key(order, order.identity, revisions[0])),)
        old = self._key(order, order.old, revisions[0])
        return token_maker.key_change(order, old, self._key(order, order.new, revisions[1]))

    def trouble(self, identity: StsIdentity) -> IssuerRefusalWhy | None:
        """Say that this meter's module is not there, or was silent a moment ago. See ``ports.TokenIssuer``.

        Then nothing is booked that would wait for it; after ``SILENCE_S`` the next order tries.
        """
        revision = self._ring().revisions.get((identity.sgc, identity.krn))
        is_kept = revision is not None and (
            revision.keeper.releases_keys or revision.keeper in self._keepers.modules
        )
        if revision is None or not is_kept:
            return IssuerRefusalWhy.NO_KEY
        until = self._silent_until.get(revision.keeper)
        return None if until is None or self._seconds() >= until else IssuerRefusalWhy.UNREACHABLE

    async def prepare(self, orders: Sequence[Order]) -> None:
        """Ask for whatever is missing, all at once. See ``ports.TokenIssuer``.

        What could be had is ready even when this raises, which it does with the first refusal it met.
        """
        refused: list[BaseException] = []
        keys: dict[StsIdentity, KeyRevision] = {}
        tokens: dict[Order, KeyKeeper] = {}
        for order in orders:
            try:
                self._note_missing(order, keys, tokens)
            except IssuerRefusal as refusal:
                refused.append(refusal)
        unproved = {revision.place: revision for revision in keys.values() if not self._is_proved(revision)}
        made = [Deferred.fromCoroutine(self._ask_module(*asked)) for asked in tokens.items()]
        refused += await _ended([Deferred.fromCoroutine(self._prove(one)) for one in unproved.values()])
        made += [
            Deferred.fromCoroutine(self._ask_key(identity, revision))
            for identity, revision in keys.items()
            if self._is_proved(revision)
        ]
        refused += await _ended(made)
        if refused:
            raise refused[0]

    def _note_missing(
        self, order: Order, keys: dict[StsIdentity, KeyRevision], tokens: dict[Order, KeyKeeper]
    ) -> None:
        """Add what has to be asked for before this order can be made."""
        revisions = self._revisions(order)
        if not revisions[0].keeper.releases_keys:
            if self._made.get(order) is None:
                tokens[order] = revisions[0].keeper
            return
        for identity, revision in zip(_identities(order), revisions, strict=True):
            self._refuse_sample_tables(order, identity)
            if revision.keeper in self._keepers.services and self._held(identity, revision) is None:
                keys[identity] = revision

    def _revisions(self, order: Order) -> list[KeyRevision]:
        """The vending keys of an order, old before new, if it may be made under them at any hour."""
        ring = self._ring()
        if isinstance(order, TokenOrder):
            return [_usable(ring, order.identity, order.tid)]
        refused = ring.change_refusal(order.old, order.new)
        if refused is not None:
            raise IssuerRefusal(refused)
        return [ring.revisions[identity.sgc, identity.krn] for identity in (order.old, order.new)]

    def _key(self, order: Order, identity: StsIdentity, revision: KeyRevision) -> ReadyKey:
        self._refuse_sample_tables(order, identity)
        held = self._held(identity, revision)
        if held is not None:
            return held
        if revision.keeper in self._keepers.services:
            raise NotPrepared(order)
        vending_key = self._from_shelf(revision)
        if revision.kcv:
            # Each time: an older copy of the file may have come back, with another key at this place.
            self._compare(revision, token_maker.check_value(vending_key))
        return self._hold(identity, revision, token_maker.decoder_key(identity, revision.dkga, vending_key))

    def _held(self, identity: StsIdentity, revision: KeyRevision) -> ReadyKey | None:
        held = self._ready.get(identity)
        if held is None or not (held.revision is revision or held.revision == revision):
            return None
        return held.key

    def _refuse_sample_tables(self, order: Order, identity: StsIdentity) -> None:
        has_own = self._tables is not None and not self._tables.is_sample
        if identity.ea == token_maker.STA and not has_own and not order.is_test:
            raise IssuerRefusal(IssuerRefusalWhy.TEST_TABLES)

    def _from_shelf(self, revision: KeyRevision) -> bytes:
        shelf = self._keepers.shelves.get(revision.keeper)
        vending_key = None if shelf is None else shelf.key(*revision.place)
        if vending_key is None:
            raise IssuerRefusal(IssuerRefusalWhy.NO_KEY)
        return vending_key

    def _from_module(self, order: Order) -> tuple[TokenDigits, ...]:
        made = self._made.get(order)
        if made is None:
            raise NotPrepared(order)
        # They stay for a while: a batch that failed is decided again.
        return made

    def _hold(self, identity: StsIdentity, revision: KeyRevision, decoder_key: bytes) -> ReadyKey:
        key = token_maker.ready(identity, decoder_key, self._tables)
        self._ready.put(identity, _Held(revision, key))
        return key

    def _is_proved(self, revision: KeyRevision) -> bool:
        """Is the key that is kept known to be the one that people agreed on? Without a check value it is."""
        return not revision.kcv or self._proved.get(revision.place) == revision

    def _compare(self, revision: KeyRevision, check_value: str) -> None:
        if check_value != revision.kcv.upper():
            raise IssuerRefusal(IssuerRefusalWhy.WRONG_KEY)
        self._proved[revision.place] = revision

    async def _prove(self, revision: KeyRevision) -> None:
        self._compare(revision, await self._keepers.services[revision.keeper].check_value(revision))

    async def _ask_key(self, identity: StsIdentity, revision: KeyRevision) -> None:
        service = self._keepers.services[revision.keeper]
        self._hold(identity, revision, await service.decoder_key(identity, revision))

    async def _ask_module(self, order: Order, keeper: KeyKeeper) -> None:
        module = self._keepers.modules.get(keeper)
        if module is None:
            raise IssuerRefusal(IssuerRefusalWhy.NO_KEY)
        try:
            self._made.put(order, await module.tokens(order))
        except IssuerRefusal as refusal:
            if refusal.why is IssuerRefusalWhy.UNREACHABLE:
                self._silent_until[keeper] = self._seconds() + SILENCE_S
            raise
        self._silent_until.pop(keeper, None)


async def _ended(waiting: list[Deferred[None]]) -> list[BaseException]:
    """Wait for all, whatever becomes of each; return the faults."""
    faults: list[Failure] = []
    for one in waiting:
        one.addErrback(faults.append)
    await DeferredList(waiting)
    return [fault.value for fault in faults if fault.value is not None]


def _identities(order: Order) -> tuple[StsIdentity, ...]:
    return (order.identity,) if isinstance(order, TokenOrder) else (order.old, order.new)


def _usable(ring: KeyRing, identity: StsIdentity, tid: int) -> KeyRevision:
    """Return the vending key if this token may be made under it at some hour; else IssuerRefusal."""
    revision = ring.revisions.get((identity.sgc, identity.krn))
    if revision is None:
        raise IssuerRefusal(IssuerRefusalWhy.NO_KEY)
    # Its first moment is one at which only what does not depend on the hour can refuse.
    refused = ring.refusal(identity, tid, revision.active_from_us)
    if refused is not None:
        raise IssuerRefusal(refused)
    return revision


def issuer_of_files(keys: Mapping[tuple[str, int], bytes]) -> KeyedIssuer:
    """Make an issuer of vending keys that are at hand, by supply group code and key revision number."""
    shelf = PlainKeys(keys)
    ring = shelf.ring()
    return KeyedIssuer(lambda: ring, Keepers(shelves={KeyKeeper.FILE: shelf}))
