"""``powertill keys list | not-migrated``: how each key stands, and the meters that are still to be moved."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.figures import RULE, table
from gateway.assembly.commands.keys_words import add_command, expiry_text, limit_text, name_group, utc_now
from gateway.assembly.commands.open_books import config_of, open_views
from gateway.assembly.commands.tariff_words import said
from gateway.assembly.commands.terminal import digits, harmless, out, whole
from gateway.assembly.key_watch import ring_of
from gateway.core.energy import Energy
from gateway.core.key_standing import key_standing
from gateway.core.ledger import WATT_HOURS
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views import MetersNotMigrated, Statement, VendingKeys

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from adapters.db.views import ViewReader
    from gateway.assembly.commands.terminal import Commands
    from gateway.config import Config
    from gateway.core.key_life import VendingKey
    from gateway.core.key_ring import KeyRevision
    from gateway.core.views import GroupMigration, MeterNotMigrated

#: Meters listed where nobody says how many: a screen or two.
_LISTED: Final = 50
_LISTED_MAX: Final = 1_000_000

_LIST: Final = """\
states:
  pending     waits for a second person
  approved    used from its moment on
  serves      meters of the group are moved to it, and get their tokens under it
  before      a later key serves; meters that still hold it get their tokens
  ended       the moment until which it may issue is past
  expired     its expiry number is past
  withdrawn   out of use
  in a file   stands in the configuration ([[vending_key]]), and moves no meter

example:
  powertill keys list --sgc 201457
"""
_NOT_MIGRATED: Final = """\
A meter gets its key change with its next purchase, and with each one after it
until it is known to hold the new key. Who is "behind" has not bought since.

example:
  powertill keys not-migrated --sgc 201457 --most 1000
"""


def add_lists(kinds: Commands) -> None:
    """Add the questions."""
    listing = add_command(kinds, "list", "list the keys and how each stands", _LIST, run_list)
    name_group(listing, is_required=False)
    words = "list the meters that do not hold the key which serves them"
    behind = add_command(kinds, "not-migrated", words, _NOT_MIGRATED, run_not_migrated)
    behind.add_argument("--sgc", type=digits(6), help="those of this supply group only")
    behind.add_argument(
        "--most", metavar="N", type=whole(0, _LISTED_MAX), default=_LISTED,
        help=f"how many meters to list (default: {_LISTED})",
    )  # fmt: skip


def run_list(arguments: argparse.Namespace) -> int:
    """Print a line for each key; the withdrawn ones with their reason."""
    config = config_of(arguments)
    with open_views(config) as views:
        rows = [*_key_rows(views, arguments.sgc, config), *_file_rows(arguments.sgc, config)]
    if not rows:
        of = f" of {arguments.sgc}" if arguments.sgc else ""
        out(f"there is no vending key{of} yet; see powertill keys load --help")
        return 0
    zone = f" ({config.utility.zone.key})"
    head = (
        "Group", "Name", "Revision", "State", "Check value", "Kept in", f"From{zone}", f"Until{zone}",
        "Base date", "Expires", "Limit kWh", "Issued kWh",
        "Loaded by", "Approved by", "Withdrawn by", "Reason",
    )  # fmt: skip
    # Columns that nobody has filled are left out.
    kept = [n for n in range(len(head)) if any(row[n] for row in rows)]
    cells = [tuple(row[n] for n in kept) for row in (head, *rows)]
    out(*table([cells[0], RULE, *cells[1:]], left=len(kept)))
    return 0


def _key_rows(views: ViewReader, sgc: str | None, config: Config) -> Iterator[tuple[str, ...]]:
    keys, groups = _keys(views, sgc), views.totals(VendingKeys()).groups
    ring, now = ring_of((), keys, groups), utc_now()
    names = {group.sgc: group.name for group in groups}
    for key in keys:
        revision, zone = key.revision, config.utility.zone
        state = key_standing(key, ring, ring.zones.get(revision.sgc, zone), now)
        yield (
            revision.sgc,
            names.get(revision.sgc, ""),
            str(revision.krn),
            state.value,
            revision.kcv,
            f"{revision.keeper.value} {revision.label}".strip(),
            said(key.active_from, zone),
            "" if revision.issue_until_us is None else said(moment_of(revision.issue_until_us), zone),
            "" if revision.is_of_cards else str(revision.base_date),
            expiry_text(revision),
            limit_text(revision),
            _issued(views, revision),
            key.loaded_by,
            key.approved_by or "",
            key.withdrawn_by or "",
            key.reason or "",
        )


def _file_rows(sgc: str | None, config: Config) -> Iterator[tuple[str, ...]]:
    for key in config.vending_keys:
        if sgc in (None, key.sgc):
            yield (key.sgc, "", str(key.krn), "in a file", *("",) * 12)


def _keys(views: ViewReader, sgc: str | None) -> list[VendingKey]:
    found: list[VendingKey] = []
    page = views.rows(VendingKeys(sgc))
    while page:
        found += page
        page = views.rows(VendingKeys(sgc, after=page[-1]))
    return found


def _issued(views: ViewReader, revision: KeyRevision) -> str:
    """How much of its limit has been issued, by the ledger; unlimited keys share one account."""
    if revision.credit_limit_wh is None:
        return ""
    ever = Statement(revision.issued_account, WATT_HOURS, date.min, date.max)
    return Energy(views.totals(ever).closing).kwh_text(1)


def run_not_migrated(arguments: argparse.Namespace) -> int:
    """Print how far each group is, then the meters that the office works off."""
    config = config_of(arguments)
    query = MetersNotMigrated(microseconds(utc_now()), arguments.sgc)
    with open_views(config) as views:
        groups = views.totals(query)
        meters = _meters(views, query, arguments.most)
    out(*_group_table(groups), "")
    left = sum(one.on_the_way + one.behind for one in groups)
    if not left:
        out("every meter holds the key that serves its group")
        return 0
    if meters:
        out(*_meter_table(meters, config.utility.zone))
    if left > len(meters):
        out("", f"{left - len(meters)} more; see them with --most {left}")
    return 0


def _group_table(groups: Sequence[GroupMigration]) -> list[str]:
    head = ("Group", "Meters", "Key change on its way", "Behind")
    rows = [(one.sgc, f"{one.meters:,}", f"{one.on_the_way:,}", f"{one.behind:,}") for one in groups]
    return table([head, RULE, *rows])


def _meter_table(meters: Sequence[MeterNotMigrated], zone: ZoneInfo) -> list[str]:
    head = ("Meter", "Account", "Group", "Revision", "Base date", f"Key change since ({zone.key})")
    rows = [
        (
            one.pan,
            one.account_no,
            one.sgc,
            str(one.krn),
            str(one.base_date),
            "behind" if one.change_since_us is None else said(moment_of(one.change_since_us), zone),
        )
        for one in meters
    ]
    return [harmless(line) for line in table([head, RULE, *rows], left=len(head))]


def _meters(views: ViewReader, query: MetersNotMigrated, most: int) -> list[MeterNotMigrated]:
    found: list[MeterNotMigrated] = []
    while len(found) < most:
        limit = min(query.limit, most - len(found))
        after = found[-1] if found else None
        page = views.rows(MetersNotMigrated(query.at_us, query.sgc, after, limit))
        found += page
        if len(page) < limit:
            break
    return found
