"""Vending keys: all of them with their lives, never the keys themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount, Code, Said
from admin_web.filters import TextFilter
from admin_web.key_words import KEEPERS, standing_of
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.key_life import VendingKey, in_places
from gateway.core.key_ring import KeyRevision, KeyRing
from gateway.core.ledger import WATT_HOURS
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views import GroupMigration, MetersNotMigrated, VendingKeys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen

SEES: Final = Right(Function.KEYS)

_GROUP_MAX: Final = 50
"""Signs of a group: a supply group has six digits, a master key of cards names kind, region and purpose."""


async def all_keys(asked: Asked, sgc: str | None = None) -> list[VendingKey]:
    """Give the keys of a group, or of all."""
    found: list[VendingKey] = []
    while True:
        question = VendingKeys(sgc, after=found[-1] if found else None)
        page = await asked.office.views.rows(question)
        found += page
        if len(page) < question.limit:
            return found


def ring_of(keys: Sequence[VendingKey]) -> KeyRing:
    """Join keys to a ring, so that it can be said which one serves."""
    return KeyRing.of(key.revision for key in in_places(keys))


def _asked_for(chosen: Chosen) -> VendingKeys:
    after = None
    if chosen.after is not None:
        sgc, krn, id_ = chosen.after
        after = VendingKey(KeyRevision(sgc, krn), "", chosen.asked.office.now(), id=id_)
    return VendingKeys(chosen.text("sgc"), after, chosen.limit)


def ends(key: VendingKey) -> Cell:
    """Say until when tokens may be made with it."""
    until_us = key.revision.issue_until_us
    return None if until_us is None else moment_of(until_us)


def limit(key: VendingKey) -> Cell:
    """Say how much it may issue in all."""
    limit_wh = key.revision.credit_limit_wh
    return None if limit_wh is None else Amount(limit_wh, WATT_HOURS)


def _listing(asked: Asked, ring: KeyRing) -> Listing[VendingKey]:
    return Listing[VendingKey](
        name="vending-keys",
        caption=msg("Vending keys"),
        empty=msg("No key was loaded. Keys are loaded at the machine: powertill keys load."),
        columns=(
            Column("sgc", msg("Supply group or cards"), lambda row: Code(row.revision.sgc)),
            Column("krn", msg("Key revision"), lambda row: row.revision.krn, "count"),
            Column("state", msg("State"), lambda row: standing_of(asked, row, ring)),
            Column("kcv", msg("Check value"), lambda row: Code(row.revision.kcv)),
            Column("keeper", msg("Kept in"), lambda row: Said(KEEPERS[row.revision.keeper])),
            Column("from", msg("From"), lambda row: row.active_from, "moment"),
            Column("until", msg("Until"), ends, "moment"),
            Column("limit", msg("May issue"), limit, "amount", is_usual=False),
            Column("loaded", msg("Loaded by"), lambda row: row.loaded_by),
            Column("approved", msg("Approved by"), lambda row: row.approved_by),
            Column("withdrawn", msg("Withdrawn by"), lambda row: row.withdrawn_by, is_usual=False),
        ),
        filters=(TextFilter("sgc", msg("Supply group or cards"), _GROUP_MAX),),
        source=Keyset(_asked_for, lambda row: row.place),
        href=lambda row: f"/keys/{row.revision.sgc}",
    )


async def migrations(asked: Asked, sgc: str | None = None) -> tuple[GroupMigration, ...]:
    """Say how far the meters of each group are."""
    return await asked.office.views.totals(MetersNotMigrated(microseconds(asked.office.now()), sgc))


def _holding(group: GroupMigration) -> int:
    """Count the meters that hold the key which serves."""
    return group.meters - group.on_the_way - group.behind


async def keys(asked: Asked) -> Outcome:
    """Show the groups with how far they are, and the keys."""
    ring, now_us = ring_of(await all_keys(asked)), microseconds(asked.office.now())
    head = await asked.office.views.totals(VendingKeys())
    names = {group.sgc: group.name for group in head.groups}
    groups = [
        (one, names.get(one.sgc, ""), _holding(one) if ring.serving(one.sgc, now_us) else None)
        for one in await migrations(asked)
    ]
    return await list_page(asked, _listing(asked, ring), "keys.html", groups=groups)


ROUTES: Final = (Route("GET", "/keys", SEES, keys),)
MENU: Final = (MenuItem(Function.KEYS, msg("Vending keys"), "/keys"),)
