"""``powertill staff requests | approve | refuse``: the second person, at the machine.

What she is shown is what she decides: the order is compared again where it is carried out.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.open_books import add_config, config_of, open_views, posted
from gateway.assembly.commands.staff_request_words import request_lines, request_plain, rights_lines
from gateway.assembly.commands.staff_words import add_command, refused, somebody_here
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, harmless, out
from gateway.core.approval import ApprovalState, Verdict
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import LifeRefused
from gateway.core.outcome import Declined, Deposited, Undone
from gateway.core.person import REASON_MAX, is_said
from gateway.core.timeline import microseconds
from gateway.core.views_staff import Requests
from gateway.office.decide_request import DecideRequest
from gateway.office.orders import UnknownOrder, command_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.db.views import ViewReader
    from gateway.assembly.commands.terminal import CommandParser, Commands
    from gateway.config import Config
    from gateway.core.approval import Approval
    from gateway.core.outcome import Content

#: As long as a reference can be that somebody types: a bank's reference with what stands before it.
_REFERENCE_MAX: Final = 200

_REQUESTS: Final = """\
An order that moves money waits for a day and a half for a second person.

example:
  powertill staff requests --all --json
"""
_APPROVE: Final = """\
Shows the order first, and carries it out in the moment it is approved. Nobody
approves her own. --yes is for scripts; else you are asked.

example:
  powertill staff approve deposit/east/ST-7 --as ben --reason "seen at the bank"
"""
_REFUSE: Final = """\
Nothing is carried out, and who asked can read why.

example:
  powertill staff refuse deposit/east/ST-7 --as ben --reason "not at the bank"
"""


def add_requests(kinds: Commands) -> None:
    """Add the commands."""
    listing = kinds.add_parser("requests", help="list what waits for a second person", epilog=_REQUESTS)
    add_config(listing)
    listing.add_argument("--all", action="store_true", help="what was decided, and what is too old, as well")
    listing.add_argument("--json", action="store_true", help="print a JSON list")
    listing.set_defaults(run=run_requests)
    approve = add_command(kinds, "approve", "approve a request, as a second person", _APPROVE, run_approve)
    refuse = add_command(kinds, "refuse", "refuse a request", _REFUSE, run_refuse)
    _add_what(approve, is_needed=False)
    _add_what(refuse, is_needed=True)
    approve.add_argument("--yes", action="store_true", help="do not ask whether it is meant")


def _add_what(parser: CommandParser, *, is_needed: bool) -> None:
    parser.add_argument("reference", metavar="REFERENCE", type=_reference, help="which request")
    parser.add_argument(
        "--reason",
        metavar="TEXT",
        type=_reason,
        required=is_needed,
        help="why; it is kept for ever",
    )


def _reference(text: str) -> str:
    if not is_said(text, _REFERENCE_MAX):
        raise argparse.ArgumentTypeError("must be the reference of a request; see powertill staff requests")
    return text


def _reason(text: str) -> str:
    if not is_said(text, REASON_MAX):
        raise argparse.ArgumentTypeError(OfficeRefusal.NO_REASON.value)
    return text.strip()


def run_requests(arguments: argparse.Namespace) -> int:
    """Print what waits, the newest first."""
    config, now_us = config_of(arguments), _now_us()
    query = Requests(now_us, state=None if arguments.all else ApprovalState.ASKED)
    with open_views(config) as views:
        found = [one for one in _asked(views, query) if arguments.all or not one.is_over(now_us)]
        waiting = views.totals(query)
    if arguments.json:
        out(json.dumps([request_plain(one, config, now_us) for one in found], ensure_ascii=False))
        return 0
    for one in found:
        out(*request_lines(one, config, now_us), "")
    out(f"{waiting} waiting" if waiting else "nothing waits")
    return 0


def _asked(views: ViewReader, query: Requests) -> Iterator[Approval]:
    while page := views.rows(query):
        yield from page
        query = replace(query, after=(page[-1].asked_us, page[-1].reference))


def run_approve(arguments: argparse.Namespace) -> int:
    """Show it, ask, and carry it out."""
    config = config_of(arguments)
    request = _shown(config, arguments.reference)
    _require_open(request)
    if not arguments.yes:
        _require_yes()
    content = _decided(arguments, config, request, Verdict.APPROVE)
    out("Approved, and carried out.", *_outcome_lines(content))
    return 0


def run_refuse(arguments: argparse.Namespace) -> int:
    """Show it, and close it."""
    config = config_of(arguments)
    request = _shown(config, arguments.reference)
    _require_open(request)
    _decided(arguments, config, request, Verdict.REFUSE)
    out("Refused; nothing was carried out.")
    return 0


def _shown(config: Config, reference: str) -> Approval:
    """Find a request and show it, with what rights will be others; CommandFault where it is not there."""
    with open_views(config) as views:
        found = views.rows(Requests(_now_us(), reference=reference))
        if not found:
            raise refused(reference, NotDone(OfficeRefusal.NO_APPROVAL))
        waits = found[0].state is ApprovalState.ASKED
        rights = rights_lines(found[0], views) if waits else []
    out(*request_lines(found[0], config, _now_us()), *rights, "")
    return found[0]


def _require_open(request: Approval) -> None:
    """Spare the question where the answer is known; what comes of a request is decided in the books."""
    if request.state is not ApprovalState.ASKED:
        raise refused(request.reference, NotDone(OfficeRefusal.APPROVAL_DECIDED))


def _require_yes() -> None:
    if not sys.stdin.isatty():
        raise CommandFault("--yes: there is nobody to ask; cure: say that it is meant; nothing was changed")
    try:
        answer = input("Type yes to approve it: ")
    except EOFError:
        answer = ""
    if answer.strip().lower() != "yes":
        raise CommandFault("not approved; nothing was changed", NO_SUCCESS)


def _decided(arguments: argparse.Namespace, config: Config, request: Approval, verdict: Verdict) -> Content:
    try:
        command = command_of(request)
    except UnknownOrder as fault:
        raise CommandFault(f"{harmless(str(fault))}; nothing was changed", NO_SUCCESS) from None
    order = DecideRequest(somebody_here(arguments), request, verdict, command, arguments.reason or "")
    content = posted(config, order)
    if isinstance(content, NotDone):
        raise refused(request.reference, content)
    if isinstance(content, Declined | LifeRefused):
        raise CommandFault(f"{request.reference}: {content.sentence}; nothing was changed", NO_SUCCESS)
    return content


def _outcome_lines(content: Content) -> list[str]:
    match content:
        case Deposited(receipt_no=number) | Undone(receipt_no=int(number)):
            return [f"Booked as     {number}"]
        case _:
            return []


def _now_us() -> int:
    return microseconds(datetime.now(UTC))
