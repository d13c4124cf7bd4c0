"""A supply group: its keys with their lives, how far its meters are, and the commands that load a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.cells import Code, Link, State, Tone
from admin_web.file_words import customer_path, meter_number
from admin_web.key_words import KEEPERS, standing_of
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.object_page import Fact, Happening, Related, Thing, object_page
from admin_web.pages.keys import SEES, all_keys, ends, limit, migrations, ring_of
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.card_key import is_card_group, parts_of
from gateway.core.key_ring import KeyKeeper, KeyState
from gateway.core.key_standing import expiry
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views import MeterNotMigrated, MetersNotMigrated, VendingKeys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen
    from gateway.core.key_life import SupplyGroup, VendingKey
    from gateway.core.key_ring import KeyRevision
    from gateway.core.views import GroupMigration

_SGC_DIGITS: Final = 6


def group_code(asked: Asked) -> str:
    """Give the group of the path, of meters or of cards; NotThere for what is none."""
    sgc = asked.places["sgc"]
    if is_card_group(sgc):
        return sgc
    if not (len(sgc) == _SGC_DIGITS and sgc.isascii() and sgc.isdigit()):
        raise NotThere
    return sgc


def crumbs_of(asked: Asked, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Say the way to a group's pages."""
    return ((asked.words.say(msg("Vending keys")), "/keys"), *more)


async def group(asked: Asked) -> Outcome:
    """Show a group; NotThere where it has neither a name nor a key nor a meter."""
    sgc = group_code(asked)
    keys = await all_keys(asked, sgc)
    head = await asked.office.views.totals(VendingKeys(sgc))
    named = next(iter(head.groups), None)
    migration = next(iter(await migrations(asked, sgc)), None)
    if not (keys or named or migration):
        raise NotThere
    ring, is_of_cards = ring_of(keys), is_card_group(sgc)
    thing = Thing(
        kind=msg("Master key of cards") if is_of_cards else msg("Supply group"),
        title=sgc,
        facts=_facts_of_cards(sgc) if is_of_cards else _facts_of(asked, named, migration),
        timeline=tuple(_lives(keys)),
        related=() if is_of_cards else (Related(msg("Meters"), Code(sgc), f"/meters?sgc={sgc}"),),
        raw=[_raw(key) for key in keys],
    )
    values = {
        "keys": [
            (key, standing_of(asked, key, ring), _facts_of_key(asked, key), _deeds(asked, key))
            for key in keys
        ],
        "migration": migration,
        "is_served": ring.serving(sgc, microseconds(asked.office.now())) is not None,
        "sgc": sgc,
        "is_of_cards": is_of_cards,
        "next_krn": max((key.revision.krn for key in keys), default=0) + 1,
    }
    return object_page(asked, thing, crumbs_of(asked), "key_group.html", **values)


def _facts_of(asked: Asked, named: SupplyGroup | None, migration: GroupMigration | None) -> tuple[Fact, ...]:
    zone = named.timezone if named and named.timezone else str(asked.office.zone)
    return (
        Fact(msg("Name of the group"), named.name if named else None),
        Fact(msg("Civil time"), zone),
        Fact(msg("Meters in use"), migration.meters if migration else 0),
    )


def _facts_of_cards(group: str) -> tuple[Fact, ...]:
    kind, region, key = parts_of(group)
    return (
        Fact(msg("Kind of card"), Code(kind)),
        Fact(msg("Region: the number on the cards"), None if region == "0" else Code(region)),
        Fact(msg("What the key is for"), Code(key)),
    )


def _facts_of_key(asked: Asked, key: VendingKey) -> tuple[Fact, ...]:
    revision = key.revision
    return (
        Fact(msg("Check value"), Code(revision.kcv)),
        Fact(msg("Kept in"), asked.words.say(KEEPERS[revision.keeper])),
        *(() if revision.is_of_cards else _facts_of_base_date(asked, revision)),
        Fact(msg("From"), key.active_from),
        Fact(msg("Until"), ends(key)),
        *(() if revision.is_of_cards else (Fact(msg("May issue"), limit(key)),)),
        Fact(msg("Loaded by"), key.loaded_by),
        Fact(msg("Approved by"), key.approved_by),
        Fact(msg("Withdrawn by"), key.withdrawn_by),
        Fact(msg("Reason"), key.reason),
    )


def _facts_of_base_date(asked: Asked, revision: KeyRevision) -> tuple[Fact, ...]:
    expires = None
    if revision.base_date is not None:
        civil = f"{expiry(revision.base_date, revision.ken):%Y-%m-%d %H:%M}"
        expires = asked.words.say(msg("%(civil)s (number %(ken)s)"), civil=civil, ken=revision.ken)
    return (
        Fact(msg("Base date"), None if revision.base_date is None else str(revision.base_date)),
        Fact(msg("Key type"), revision.kt),
        Fact(msg("Expires"), expires),
    )


def _deeds(asked: Asked, key: VendingKey) -> list[tuple[str, str]]:
    """Give what this visitor may do with a key: labels with their pages."""
    place = f"/keys/{key.revision.sgc}/{key.revision.krn}"
    may_do, may_approve = (asked.me.rights.may(Function.KEYS, level) for level in (Level.DO, Level.APPROVE))
    deeds = []
    in_module = key.revision.keeper is not KeyKeeper.SEALED
    if key.state is KeyState.PENDING and in_module and may_approve:
        deeds.append((msg("Approve"), f"{place}/approve"))
    if (key.state is KeyState.PENDING and may_do) or (key.state is KeyState.APPROVED and may_approve):
        deeds.append((msg("Withdraw"), f"{place}/withdraw"))
    return deeds


def _lives(keys: list[VendingKey]) -> Iterator[Happening]:
    for key in keys:
        detail = Code(f"{key.revision.krn} {key.revision.kcv}")
        yield Happening(key.loaded_at, "audit", msg("Loaded"), detail, by=key.loaded_by)
        if key.approved_at is not None:
            yield Happening(key.approved_at, "audit", msg("Approved"), detail, by=key.approved_by or "")
        if key.withdrawn_at is not None:
            yield Happening(key.withdrawn_at, "audit", msg("Withdrawn"), detail, by=key.withdrawn_by or "")


def _raw(key: VendingKey) -> dict[str, object]:
    revision = key.revision
    names = (
        "sgc",
        "krn",
        "kt",
        "base_date",
        "dkga",
        "ken",
        "active_from_us",
        "issue_until_us",
        "credit_limit_wh",
    )
    return {
        "id": key.id,
        **{name: getattr(revision, name) for name in names},
        "kcv": revision.kcv,
        "keeper": revision.keeper.value,
        "state": key.state.value,
        "loaded": [key.loaded_by, key.loaded_at],
        "approved": [key.approved_by, key.approved_at],
        "withdrawn": [key.withdrawn_by, key.withdrawn_at, key.reason],
    }


def _not_migrated(chosen: Chosen) -> MetersNotMigrated:
    asked = chosen.asked
    after = None
    if chosen.after is not None:
        after = MeterNotMigrated(str(chosen.after[0]), "", "", 0, 0, None)
    return MetersNotMigrated(microseconds(asked.office.now()), asked.places["sgc"], after, chosen.limit)


def _way(row: MeterNotMigrated) -> Cell:
    if row.change_since_us is None:
        return State(msg("no key change sent yet"), Tone.QUIET)
    return State(msg("a key change is on its way"), Tone.WAITING)


NOT_MIGRATED: Final = Listing[MeterNotMigrated](
    name="meters-not-migrated",
    caption=msg("Meters that hold another key"),
    empty=msg("Every meter of this group holds the key that serves. An older key may be withdrawn."),
    columns=(
        Column("pan", msg("Meter number"), lambda row: meter_number(row.pan)),
        Column(
            "account",
            msg("Account number"),
            lambda row: Link(Code(row.account_no), customer_path(row.account_no)),
        ),
        Column("krn", msg("Key revision"), lambda row: row.krn, "count"),
        Column("base_date", msg("Base date"), lambda row: str(row.base_date)),
        Column("state", msg("State"), _way),
        Column(
            "since",
            msg("On its way since"),
            lambda row: None if row.change_since_us is None else moment_of(row.change_since_us),
            "moment",
        ),
    ),
    source=Keyset(_not_migrated, lambda row: (row.pan,)),
    href=lambda row: f"/meters/{row.pan}",
)


async def not_migrated(asked: Asked) -> Outcome:
    """Show the meters that hold another key than serves; a branch sees them in its own files only."""
    sgc = group_code(asked)
    if asked.me.rights.branch is not None or is_card_group(sgc):
        raise NotThere
    crumbs = crumbs_of(asked, (sgc, f"/keys/{sgc}"))
    return await list_page(asked, NOT_MIGRATED, crumbs=crumbs)


_SEES_METERS: Final = Right(Function.METERS)
ROUTES: Final = (
    Route("GET", "/keys/<sgc>", SEES, group),
    Route("GET", "/keys/<sgc>/not-migrated", _SEES_METERS, not_migrated),
)
