"""``powertill meter``: tell a meter something by a management token or over its line; change its key."""

from __future__ import annotations

import argparse
import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from gateway.assembly.commands import meter_deliver, meter_line
from gateway.assembly.commands.open_books import add_config, config_of
from gateway.assembly.commands.open_office import posted_with_keys
from gateway.assembly.commands.tariff_words import actor_of, add_actor, name_of_actor
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, CommandParser, harmless, out
from gateway.core.authority import Function, Level
from gateway.core.diary import Action, Actor
from gateway.core.key_change import KeyChanged
from gateway.core.management import (
    Managed,
    ManagementFault,
    ManagementOrder,
    ManagementOrdered,
    stood_for,
)
from gateway.core.meter import MeterRef
from gateway.core.meter_number import MeterNumber, MeterNumberFault
from gateway.core.office import NotDone
from gateway.core.token_order import ManagementKind
from gateway.endpoints.bank_wording import face_number
from gateway.office.authorised import Act, Authorised
from gateway.prepayment.change_key import ChangeKey, KeyStep, WantedKey
from gateway.prepayment.manage_meter import ApproveManagement, OrderManagement, Workshop

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.assembly.commands.terminal import Commands
    from gateway.config import Config
    from gateway.core.books import Command
    from gateway.core.outcome import Content
    from gateway.core.token import TokenDigits
    from gateway.ports import TokenIssuer

_ORDER: Final = """\
KIND is what the meter is told:
  power-limit      the greatest power, in watts: --value 5000
  clear-credit     --value 0 electricity (default), 65535 every register
  clear-tamper     after it was opened
  phase-unbalance  the greatest difference between phases, in watts
  tariff-rate, water-factor, extended   --value: the 16 bits of the token

Nothing is made until another person approves it, within a day.

example:
  powertill meter order clear-tamper --meter 37000000010 --reason "seal 4711"
"""
_APPROVE: Final = """\
Who ordered it cannot approve it. The meter is named again, so that two people
have read its number. Asked again it prints the same token.

example:
  powertill meter approve M20261125-3F9A --meter 37000000010 --as ben
"""
_CHANGE: Final = """\
A meter gets to a newer revision of its own supply group by itself, with its next
sale. This is for another supply group or tariff index. From now on every sale
brings the tokens of the change, until key-confirm or key-give-up.

example:
  powertill meter key-change --meter 37000000010 --sgc 201462 --reason "sold to East"
"""
_CONFIRM: Final = """\
Say so only when the meter was seen to take a token under the new key: from now on
no sale brings the tokens of the change any more.
"""
_ContentT = TypeVar("_ContentT", ManagementOrdered, Managed, KeyChanged)

_KINDS: Final = {kind.name.lower().replace("_", "-"): kind for kind in ManagementKind}
_STEPS: Final = {
    KeyStep.BEGIN: "The next sales bring the tokens of the change in front of the credit.",
    KeyStep.CONFIRM: "Its sales bring no tokens of a key change any more.",
    KeyStep.GIVE_UP: (
        "Its sales go on under the key it holds. Where that is behind the key that serves\n"
        "its group, the next sale begins the change anew."
    ),
}


def add_to(commands: Commands) -> None:
    """Add the group of commands to the parser."""
    group = commands.add_parser(
        "meter", help="speak with a meter over its line, or by tokens; change its key"
    )
    kinds = group.add_subparsers(metavar="WHAT", required=True, parser_class=CommandParser)
    order = _add(kinds, "order", "order a management token, as the first person", _ORDER, run_order)
    order.add_argument("kind", metavar="KIND", choices=sorted(_KINDS), help="what the meter is told")
    order.add_argument("--value", type=int, metavar="NUMBER", help="see below; 0 where it clears something")
    _add_reason(order)
    words = "approve it, as a second person, and get the token"
    approve = _add(kinds, "approve", words, _APPROVE, run_approve)
    approve.add_argument("reference", metavar="REFERENCE", help="what the order was given")
    change = _add(kinds, "key-change", "move it to another supply group or tariff index", _CHANGE, run_change)
    change.add_argument("--sgc", required=True, metavar="SGC", help="the supply group code, six digits")
    change.add_argument("--ti", default="01", metavar="TI", help="the tariff index (default: 01)")
    _add_reason(change)
    confirm = _add(kinds, "key-confirm", "say that it has taken its new key", _CONFIRM, run_confirm)
    _add_reason(confirm)
    give_up = _add(kinds, "key-give-up", "leave it with the key it holds", "", run_give_up)
    _add_reason(give_up)
    meter_line.add_to(kinds)
    meter_deliver.add_to(kinds)


def _add(
    kinds: Commands, name: str, words: str, examples: str, run: Callable[[argparse.Namespace], int]
) -> CommandParser:
    parser = kinds.add_parser(name, help=words, epilog=examples or None)
    add_config(parser)
    parser.add_argument("--meter", required=True, type=_meter, help="the meter: 11, 13 or 18 digits")
    add_actor(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)
    return parser


def _add_reason(parser: CommandParser) -> None:
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why; it is kept for ever")


def run_order(arguments: argparse.Namespace) -> int:
    """Keep the order, and say who has to do what next."""
    config, reference = config_of(arguments), _reference("M")
    by = name_of_actor(arguments)
    try:
        order = ManagementOrder(_KINDS[arguments.kind], _value(arguments), arguments.reason.strip(), by)
    except ManagementFault as fault:
        raise CommandFault(f"--{fault}") from None
    ordered = _done(
        config,
        _act(arguments, Level.DO, f"{arguments.kind} {reference}", order.reason),
        lambda issuer: OrderManagement(
            reference, arguments.meter, order, secrets.randbelow(16), _workshop(config, issuer)
        ),
        ManagementOrdered,
    )
    if arguments.json:
        out(json.dumps({"reference": reference, "meter": face_number(ordered.pan), "kind": arguments.kind}))
        return 0
    out(
        f"Ordered       {arguments.kind}, value {order.value}",
        f"Meter         {face_number(ordered.pan)}",
        f"By            {harmless(by)}",
        f"Reference     {reference}",
        "",
        "Nothing is made yet. Another person approves it within a day:",
        f"  powertill meter approve {reference} --meter {face_number(ordered.pan)}",
    )
    return 0


def _value(arguments: argparse.Namespace) -> int:
    """The value that was named: nobody limits a customer to 0 W by leaving it out."""
    if arguments.value is not None:
        return int(arguments.value)
    if not arguments.kind.startswith("clear-"):
        raise CommandFault(f"--value: say which value {arguments.kind} should have")
    return 0


def run_approve(arguments: argparse.Namespace) -> int:
    """Make the token and print it; asked again, the same one."""
    config, by = config_of(arguments), name_of_actor(arguments)
    managed = _done(
        config,
        _act(arguments, Level.APPROVE, arguments.reference),
        lambda issuer: ApproveManagement(
            arguments.reference, arguments.meter, by, secrets.randbelow(16), _workshop(config, issuer)
        ),
        Managed,
    )
    order, tokens = managed.order, [*managed.key_change, managed.token]
    kind = order.kind.name.lower().replace("_", "-")
    if arguments.json:
        out(json.dumps({"receipt_no": managed.receipt_no, "kind": kind, "tokens": _plain(tokens)}))
        return 0
    out(
        f"Approved      {kind}, value {order.value}",
        f"Meter         {face_number(managed.pan)}",
        f"Ordered by    {harmless(order.by)}",
        f"Approved by   {harmless(managed.approved_by)}",
        f"Reason        {harmless(order.reason)}",
        f"Receipt       {managed.receipt_no}",
        "",
    )
    if managed.key_change:
        out(f"Enter these {len(tokens)} tokens into the meter, one after the other:")
    out(*(f"Token         {token.grouped()}" for token in tokens))
    return 0


def run_change(arguments: argparse.Namespace) -> int:
    """Begin a key change to another group or tariff index."""
    try:
        wanted = WantedKey(arguments.sgc, arguments.ti)
    except ManagementFault as fault:
        raise CommandFault(f"--{fault}") from None
    return _key_step(arguments, KeyStep.BEGIN, wanted)


def run_confirm(arguments: argparse.Namespace) -> int:
    """Note that the meter holds its new key."""
    return _key_step(arguments, KeyStep.CONFIRM)


def run_give_up(arguments: argparse.Namespace) -> int:
    """Leave the meter with the key it holds."""
    return _key_step(arguments, KeyStep.GIVE_UP)


def _key_step(arguments: argparse.Namespace, step: KeyStep, wanted: WantedKey | None = None) -> int:
    config, by, reference = config_of(arguments), name_of_actor(arguments), _reference("K")
    try:
        stood_for(by, arguments.reason)
    except ManagementFault as fault:
        raise CommandFault(f"--{fault}") from None

    def make(issuer: TokenIssuer) -> Command:
        reason = arguments.reason.strip()
        return ChangeKey(reference, arguments.meter, step, by, reason, issuer.ring, wanted)

    subject = f"key change {step.value} {reference}"
    changed = _done(config, _act(arguments, Level.DO, subject, arguments.reason), make, KeyChanged)
    if arguments.json:
        said = {"meter": face_number(changed.pan), "step": changed.step, "key": changed.key}
        out(json.dumps(said))
        return 0
    out(
        f"Key change    {changed.step.replace('_', ' ')}",
        f"Meter         {face_number(changed.pan)}",
        f"Key           {changed.key}",
        f"By            {harmless(by)}",
        f"Reference     {reference}",
        "",
        _STEPS[step],
    )
    return 0


def _done(
    config: Config,
    ordered: tuple[Actor, Act],
    make: Callable[[TokenIssuer], Command],
    kind: type[_ContentT],
) -> _ContentT:
    """Post an order of the office; what is refused ends the command with the reason."""
    content: Content = posted_with_keys(config, lambda issuer: Authorised(*ordered, make(issuer)))
    if isinstance(content, NotDone):
        raise CommandFault(f"{content.sentence}; nothing was changed", NO_SUCCESS)
    assert isinstance(content, kind)  # noqa: S101 - what else the verb decides, is for others
    return content


def _act(arguments: argparse.Namespace, level: Level, subject: str, reason: str = "") -> tuple[Actor, Act]:
    """Say who acts, and what the diary shall have of it."""
    about = arguments.meter.pan or ""
    action = Action.APPROVE if level is Level.APPROVE else Action.ORDER
    act = Act(
        Function.MANAGEMENT_TOKENS, "", "", f"{subject} {about}", about=about,
        reason=reason, needs_reason=False, level=level, action=action,
    )  # fmt: skip
    return actor_of(arguments), act


def _workshop(config: Config, issuer: TokenIssuer) -> Workshop:
    return Workshop(issuer, config.utility.zone, config.utility.currency)


def _plain(tokens: list[TokenDigits]) -> list[str]:
    return [token.reveal() for token in tokens]


def _reference(kind: str) -> str:
    """Make a reference that nobody has used: the day, and enough of chance for a day's orders."""
    return f"{kind}{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4).upper()}"


def _meter(text: str) -> MeterRef:
    try:
        return MeterRef(pan=MeterNumber.parse(text).pan)
    except MeterNumberFault as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None
