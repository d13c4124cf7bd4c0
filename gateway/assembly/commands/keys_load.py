"""``powertill keys load | approve``: two people, and what each of them brings.

Each has one of two parts, which put together are the key. Or the first brings the whole key, and the second
names its check value. Or the key is in a module already: the first says under which label, the second names
its check value.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.keys.check_values import algorithm_of
from gateway.assembly.commands.keys_brought import first_brought, sealed_faults, second_brought
from gateway.assembly.commands.keys_words import (
    add_command,
    check_value,
    key_lines,
    name_place,
    note_missing_module,
    option_of,
    step_or_fault,
    utc_now,
)
from gateway.assembly.commands.open_books import DEFAULT_CONFIG, config_of, open_views, posted
from gateway.assembly.commands.tariff_words import actor_of, add_actor, civil_moment, moment_argument
from gateway.assembly.commands.terminal import CommandFault, out, whole
from gateway.core.card_key import is_card_group
from gateway.core.energy import Energy, EnergyFault
from gateway.core.key_life import in_places
from gateway.core.key_ring import NEVER_EXPIRES, KeyKeeper, KeyRevision, KeyState
from gateway.core.timeline import microseconds
from gateway.core.views import VendingKeys
from gateway.office.step_orders import ordered
from gateway.prepayment.keep_keys import ApproveKey, LoadKey

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from adapters.db.views import ViewReader
    from gateway.assembly.commands.terminal import CommandParser, Commands
    from gateway.core.key_life import VendingKey

#: Not ``KeyKeeper.MODULE``: there is a simulator of a token-issuing module, and no driver for a real one yet.
_MODULES: Final = (KeyKeeper.PKCS11.value,)

_LOAD: Final = """\
The check value is that of the whole key, as the key management centre states it.
The key makes no token until another person approves it.

examples:
  powertill keys load --sgc 201457 --krn 2 --base-date 2014 --kcv A1B2C3 \\
      --from "2027-01-01 00:00" --component-file a.hex --as anna
  powertill keys load --sgc 201457 --krn 3 --base-date 2014 --kcv A1B2C3 \\
      --key-file key.hex --as anna
  powertill keys load --sgc 201457 --krn 4 --base-date 2014 --kcv A1B2C3 \\
      --keeper pkcs11 --label sts-201457-4 --as anna
  powertill keys load --cards powertill-cpu.00000815.wallet --krn 1 --kcv A1B2C3 \\
      --component-file a.hex --as anna
"""
_APPROVE: Final = """\
Who loaded a key cannot approve it. Where it is loaded in two parts the second
person brings the other part; else he types the check value, from his own paper.

examples:
  powertill keys approve --sgc 201457 --krn 2 --component-file b.hex --as ben
  powertill keys approve --sgc 201457 --krn 3 --kcv A1B2C3 --as ben
"""


def add_ceremony(kinds: Commands) -> None:
    """Add the steps that two people take."""
    load = add_command(kinds, "load", "load a key, or the first of its two parts", _LOAD, run_load)
    name_place(load)
    _add_terms(load)
    brought = load.add_mutually_exclusive_group(required=True)
    brought.add_argument(
        "--component-file", metavar="FILE", type=Path, help="one of two parts, as hex digits, mode 0600"
    )
    brought.add_argument(
        "--key-file", metavar="FILE", type=Path, help="the whole key, as hex digits, mode 0600"
    )
    brought.add_argument("--keeper", choices=_MODULES, help="the key is in a module already")
    load.add_argument("--label", metavar="TEXT", default="", help="with --keeper: the key's name there")
    add_actor(load)
    approve = add_command(kinds, "approve", "approve a key, as a second person", _APPROVE, run_approve)
    name_place(approve)
    second = approve.add_mutually_exclusive_group(required=True)
    second.add_argument(
        "--component-file", metavar="FILE", type=Path, help="the other part, as hex digits, mode 0600"
    )
    second.add_argument("--kcv", metavar="HEX", type=check_value, help="the key's check value, 6 hex digits")
    add_actor(approve)


def _add_terms(load: CommandParser) -> None:
    load.add_argument(
        "--base-date", type=whole(1993, 2035), help="1993, 2014 or 2035: where minutes begin; cards have none"
    )
    load.add_argument(
        "--kcv", metavar="HEX", type=check_value, required=True,
        help="check value of the whole key, 6 hex digits",
    )  # fmt: skip
    load.add_argument("--kt", type=whole(0, 3), help="key type, 0 to 3 (default: 2)")
    load.add_argument("--dkga", choices=("02", "04"), help="how meters' keys are made of it (default: 04)")
    load.add_argument(
        "--ken", type=whole(0, NEVER_EXPIRES),
        help="key expiry number (default: 255, with its base date)",
    )  # fmt: skip
    load.add_argument(
        "--from", dest="active_from", metavar="MOMENT", type=moment_argument,
        help='from when on it is used: "2027-01-01 00:00" (default: now)',
    )  # fmt: skip
    load.add_argument(
        "--until", dest="issue_until", metavar="MOMENT", type=moment_argument,
        help="until when tokens may be made with it (default: no end)",
    )  # fmt: skip
    load.add_argument(
        "--limit-kwh", metavar="KWH", type=_energy, help="how much it may issue in all (default: no limit)"
    )


def run_load(arguments: argparse.Namespace) -> int:
    """Keep what the first person brings, and say who has to do what next."""
    config, actor = config_of(arguments), actor_of(arguments)
    revision = _revision(arguments, config.utility.zone)
    with sealed_faults():
        brought = first_brought(arguments, revision, config, actor.login)
        command = LoadKey(actor.login, revision, config.utility.zone, brought.kcv, brought.keep)
        outcome = posted(config, ordered(actor, command))
    step = step_or_fault(outcome, arguments)
    note_missing_module(step, config)
    out(*key_lines("Loaded", step, config))
    if brought.part_kcv is not None:
        out(f"{'Your part':<13} {brought.part_kcv}: compare it with the check value on your own paper")
    is_used = "answers no card" if revision.is_of_cards else "makes no token"
    out("", f"It {is_used} yet. Next, another person approves it:", f"  {_next(arguments)}")
    return 0


def run_approve(arguments: argparse.Namespace) -> int:
    """Approve a key; a running gateway takes it by itself."""
    config, actor, place = config_of(arguments), actor_of(arguments), (arguments.sgc, arguments.krn)
    with open_views(config) as views:
        pending = _pending(views, *place)
    with sealed_faults():
        brought = second_brought(arguments, pending, config, actor.login)
        command = ApproveKey(
            actor.login,
            place,
            brought.kcv or "",
            config.utility.zone,
            is_whole=brought.is_whole,
            keep=brought.keep,
        )
        outcome = posted(config, ordered(actor, command))
    step = step_or_fault(outcome, arguments)
    note_missing_module(step, config)
    out(*key_lines("Approved", step, config))
    out("", "A running gateway takes it within seconds, and uses it from its moment on.")
    return 0


def _revision(arguments: argparse.Namespace, zone: tzinfo) -> KeyRevision:
    begin = arguments.active_from
    until: datetime | None = arguments.issue_until
    limit: Energy | None = arguments.limit_kwh
    return KeyRevision(
        sgc=arguments.sgc,
        krn=arguments.krn,
        **_kind(arguments),
        active_from_us=microseconds(utc_now() if begin is None else civil_moment(begin, zone)),
        issue_until_us=None if until is None else microseconds(civil_moment(until, zone, "--until")),
        credit_limit_wh=None if limit is None else limit.wh,
        kcv=arguments.kcv,
        keeper=KeyKeeper(arguments.keeper or KeyKeeper.SEALED.value),
        label=arguments.label,
        state=KeyState.PENDING,
    )


def _kind(arguments: argparse.Namespace) -> dict[str, Any]:
    """Say how it is used: for the tokens of meters, with what is usual, or by the cipher of its cards."""
    said = {name: getattr(arguments, name) for name in ("kt", "base_date", "dkga", "ken")}
    usual = {"kt": 2, "dkga": "04", "ken": NEVER_EXPIRES}
    if is_card_group(arguments.sgc):
        usual = {"kt": 0, "base_date": 0, "dkga": algorithm_of(arguments.sgc), "ken": NEVER_EXPIRES}
    elif arguments.base_date is None:
        raise CommandFault("--base-date: is missing; cure: name the year from which the meters count: 2014")
    return {name: usual[name] if said[name] is None else said[name] for name in said}


def _pending(views: ViewReader, sgc: str, krn: int) -> VendingKey | None:
    found = in_places(views.rows(VendingKeys(sgc)))
    mine = (key for key in found if key.revision.krn == krn and key.state is KeyState.PENDING)
    return next(mine, None)


def _next(arguments: argparse.Namespace) -> str:
    is_part = arguments.component_file is not None
    brings = "--component-file FILE" if is_part else "--kcv HEX"
    of_shop = "" if arguments.config == DEFAULT_CONFIG else f" --config {shlex.quote(arguments.config)}"
    which = f"{option_of(arguments.sgc)} --krn {arguments.krn}"
    return f"powertill keys approve {which} {brings}{of_shop}"


def _energy(text: str) -> Energy:
    try:
        return Energy.parse_kwh(text)
    except EnergyFault as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None
