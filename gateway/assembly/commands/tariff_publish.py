"""``powertill tariff draft | approve | withdraw | list | show``: from a file to a price that is in force."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.figures import RULE, table
from gateway.assembly.commands.open_books import (
    DEFAULT_CONFIG,
    add_config,
    config_of,
    open_views,
    posted,
)
from gateway.assembly.commands.tariff_words import (
    actor_of,
    add_actor,
    body_of,
    civil_moment,
    moment_argument,
    said,
    step_or_fault,
)
from gateway.assembly.commands.terminal import CommandFault, complain, harmless, out
from gateway.core.tariff_life import LEAD_S, BodyTerms, standing
from gateway.core.views import TariffVersions
from gateway.multi_tariff.publish_tariff import ApproveTariff, DraftTariff, WithdrawTariff
from gateway.office.step_orders import ordered

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from adapters.db.views import ViewReader
    from gateway.assembly.commands.terminal import CommandParser, Commands
    from gateway.config import Config
    from gateway.core.tariff_life import TariffVersion
    from gateway.core.tariff_rules import TariffStep

_DRAFT: Final = """\
FILE is a tariff as JSON. A draft prices nothing until another person approves
it. Its moment lies ahead; what was sold until then keeps its price.

example:
  powertill tariff draft domestic.json --power-type domestic \\
      --version 2027-01 --from "2027-01-01 00:00"
"""
_APPROVE: Final = f"""\
Who drafted a version cannot approve it. Look at it first: powertill tariff show.
It must be approved at least {LEAD_S} seconds before its moment, so that a running
gateway knows it in time.

example:
  powertill tariff approve --power-type domestic --version 2027-01
"""
_WITHDRAW: Final = """\
A version that has been in force stays: sales name it. Another one takes over.
A withdrawn version stays in the list, and its name is never used again.

example:
  powertill tariff withdraw --power-type domestic --version 2027-01 \\
      --reason "the levy is 2 %, not 3 %"
"""
_LIST: Final = """\
states:
  draft           waits for a second person
  draft, lapsed   its moment has come, so it can no longer be approved
  approved        in force from its moment on
  in force        sells now
  replaced        has been in force; a later version took over
  withdrawn       was taken back before it was in force

example:
  powertill tariff list --power-type domestic
"""
_SHOW: Final = """\
example:
  powertill tariff show --power-type domestic --version 2027-01 > 2027-01.json
"""


def add_publishing(kinds: Commands) -> None:
    """Add the verbs of a version's life to the group."""
    draft = _add(kinds, "draft", "keep a new version as a draft", _DRAFT, run_draft)
    draft.add_argument("file", metavar="FILE", help="the tariff: a JSON file")
    _name_version(draft)
    draft.add_argument(
        "--from", dest="from_moment", metavar="MOMENT", required=True, type=moment_argument,
        help='from when on it counts: "2027-01-01 00:00" in the utility\'s zone, or with an offset',
    )  # fmt: skip
    draft.add_argument(
        "--new-timezone", action="store_true", help="its months are meant to begin in another zone than now"
    )
    add_actor(draft)
    approve = _add(kinds, "approve", "approve a draft, as a second person", _APPROVE, run_approve)
    _name_version(approve)
    add_actor(approve)
    withdraw = _add(kinds, "withdraw", "take a version back before it is in force", _WITHDRAW, run_withdraw)
    _name_version(withdraw)
    withdraw.add_argument("--reason", metavar="TEXT", required=True, help="why; it is kept for ever")
    add_actor(withdraw)
    listing = _add(kinds, "list", "list the versions and how each stands", _LIST, run_list)
    listing.add_argument("--power-type", metavar="TYPE", help="those of this power type only")
    show = _add(kinds, "show", "print the tariff of a version as JSON", _SHOW, run_show)
    _name_version(show)


def _add(
    kinds: Commands, name: str, words: str, examples: str, run: Callable[[argparse.Namespace], int]
) -> CommandParser:
    parser = kinds.add_parser(name, help=words, epilog=examples)
    add_config(parser)
    parser.set_defaults(run=run)
    return parser


def _name_version(parser: CommandParser) -> None:
    parser.add_argument(
        "--power-type", metavar="TYPE", required=True, help="whom it prices, such as domestic"
    )
    parser.add_argument("--version", metavar="NAME", required=True, help="its name, such as 2027-01")


def run_draft(arguments: argparse.Namespace) -> int:
    """Keep a draft, and say who has to do what next."""
    config, actor = config_of(arguments), actor_of(arguments)
    command = DraftTariff(
        power_type=arguments.power_type,
        version=arguments.version,
        by=actor.login,
        from_moment=civil_moment(arguments.from_moment, config.utility.zone),
        body=body_of(arguments.file),
        standard=_standard(config),
        zone_may_change=arguments.new_timezone,
    )
    step = step_or_fault(posted(config, ordered(actor, command)), arguments)
    _say("Drafted", step, config)
    of_shop = "" if arguments.config == DEFAULT_CONFIG else f" --config {shlex.quote(arguments.config)}"
    options = f"--power-type {step.version.power_type} --version {step.version.version}{of_shop}"
    out(
        "",
        "It prices nothing yet. Next, another person looks at it and approves it:",
        f"  powertill tariff show {options}",
        f"  powertill tariff approve {options}",
    )
    return 0


def run_approve(arguments: argparse.Namespace) -> int:
    """Approve a draft; a running gateway takes it by itself."""
    config, actor = config_of(arguments), actor_of(arguments)
    command = ApproveTariff(arguments.power_type, arguments.version, actor.login, _standard(config))
    step = step_or_fault(posted(config, ordered(actor, command)), arguments)
    _say("Approved", step, config)
    out("", "A running gateway takes it within seconds, and sells by it from its moment on.")
    return 0


def run_withdraw(arguments: argparse.Namespace) -> int:
    """Take a version back."""
    config, actor = config_of(arguments), actor_of(arguments)
    command = WithdrawTariff(arguments.power_type, arguments.version, actor.login, arguments.reason)
    step = step_or_fault(posted(config, ordered(actor, command)), arguments)
    _say("Withdrawn", step, config)
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """List the versions, those of a power type in the order of their moments."""
    config = config_of(arguments)
    with open_views(config) as views:
        versions = _versions(views, arguments.power_type)
    if not versions:
        of = f" of {harmless(arguments.power_type)}" if arguments.power_type else ""
        out(f"there is no tariff version{of} yet")
        return 0
    now = _now()
    rows = []
    for version in versions:
        of_type = [one for one in versions if one.power_type == version.power_type]
        state = standing(version, of_type, now).value
        moment = said(version.from_moment, config.utility.zone)
        people = (version.drafted_by, version.approved_by or "", version.withdrawn_by or "")
        rows.append((version.power_type, version.version, moment, state, *people, version.reason or ""))
    begin = f"From ({config.utility.zone.key})"
    head = ("Power type", "Version", begin, "State", "Drafted by", "Approved by", "Withdrawn by", "Reason")
    # Columns that nobody has filled are left out.
    kept = [n for n in range(len(head)) if any(row[n] for row in rows)]
    cells = [tuple(row[n] for n in kept) for row in (head, *rows)]
    out(*table([cells[0], RULE, *cells[1:]], left=len(kept)))
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    """Print a version's tariff."""
    with open_views(config_of(arguments)) as views:
        versions = _versions(views, arguments.power_type)
    found = next((one for one in versions if one.version == arguments.version), None)
    if found is None:
        raise CommandFault(
            f"--version: {arguments.power_type!r} has no version {arguments.version!r}; "
            "cure: see powertill tariff list"
        )
    out(json.dumps(json.loads(found.body), indent=2, ensure_ascii=False))
    return 0


def _say(done: str, step: TariffStep, config: Config) -> None:
    version = step.version
    lines = [
        ("", f"{version.power_type}, version {version.version}"),
        ("From", f"{said(version.from_moment, config.utility.zone)} ({config.utility.zone.key})"),
        ("Drafted by", version.drafted_by),
        ("Approved by", version.approved_by),
        ("Withdrawn by", version.withdrawn_by),
        ("Reason", version.reason),
    ]
    out(*(f"{name or done:<13} {harmless(text)}" for name, text in lines if text))
    for warning in step.warnings:
        complain(f"note: {warning.value}")


def _versions(views: ViewReader, power_type: str | None) -> list[TariffVersion]:
    found: list[TariffVersion] = []
    page = views.rows(TariffVersions(power_type))
    while page:
        found += page
        page = views.rows(TariffVersions(power_type, after=page[-1]))
    return found


def _standard(config: Config) -> BodyTerms:
    return BodyTerms(config.utility.currency, config.utility.zone.key)


def _now() -> datetime:
    return datetime.now(UTC)
