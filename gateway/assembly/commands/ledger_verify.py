"""``powertill ledger verify | proof | head``: the books are what was sealed, wholly or for a payment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.assembly.commands.figures import balance, unit_name
from gateway.assembly.commands.open_books import add_config, config_of, open_journal
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, harmless, out
from gateway.core.money import Money
from gateway.core.outcome import Approved, recalled
from gateway.core.payment import handover_key, payment_key, reversal_key
from gateway.core.timeline import moment_of
from gateway.proof.heads import HeadsFault, head_line, read_heads
from gateway.proof.verify import verify

if TYPE_CHECKING:
    import argparse

    from adapters.db.journal_reader import JournalReader
    from gateway.assembly.commands.terminal import Commands
    from gateway.config import Config
    from gateway.core.chain import SealedLink
    from gateway.core.journal import SealedKey

_VERIFY = """\
Reads all of the books once and seals every batch anew with the key of the
configuration. It finds any row that was changed, deleted, put in or moved.

A chain that was cut short, or written anew by somebody with the key, is found
by heads that were copied elsewhere: name their file.

examples:
  powertill ledger verify --config powertill.toml
  powertill ledger verify --heads /mnt/elsewhere/heads.jsonl
"""
_PROOF = """\
REFERENCE is the bank's reference with its date (632720004711-2026-11-23) or a
whole key (pay/east/632720004711-2026-11-23).

example:
  powertill ledger proof --config powertill.toml 632720004711-2026-11-23
"""


def add_to(commands: Commands) -> None:
    """Add the commands to the group's parser."""
    parser = commands.add_parser("verify", help="verify the journal's chain", epilog=_VERIFY)
    add_config(parser)
    parser.add_argument("--heads", metavar="FILE", type=Path, help="copied heads, a line of JSON each")
    parser.set_defaults(run=_verify)
    parser = commands.add_parser("proof", help="show what stands sealed of a payment", epilog=_PROOF)
    add_config(parser)
    parser.add_argument("reference", metavar="REFERENCE", help="the payment's reference or key")
    parser.set_defaults(run=_proof)
    parser = commands.add_parser("head", help="print the chain's head, to be kept elsewhere")
    add_config(parser)
    parser.set_defaults(run=_head)


def _verify(arguments: argparse.Namespace) -> int:
    """Print each finding, or that there is none; 1 when there is one."""
    config = config_of(arguments)
    heads = {} if arguments.heads is None else _heads(arguments.heads)
    with open_journal(config) as journal:
        verdict = verify(journal.sealed(), config.ledger.chain_key.reveal(), journal.standing(), heads)
    if verdict.findings:
        more = [f"and {verdict.untold} more"] if verdict.untold else []
        count = len(verdict.findings) + verdict.untold
        out(*map(harmless, verdict.findings), *more, f"the books are not what was sealed: {count} findings")
        return NO_SUCCESS
    out("the books are what was sealed", f"links: {verdict.links}, entries: {verdict.entries}")
    if arguments.heads is not None:
        out(f"copied heads: {len(heads)}, every one is in this chain")
    if verdict.head is not None:
        out(f"head: link {verdict.head.number}, {verdict.head.mac}")
    return 0


def _heads(file: Path) -> dict[int, str]:
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            return read_heads(lines)
    except OSError as fault:
        cure = "name the file of copied heads"
        raise CommandFault(f"--heads: {file}: {fault.strerror}; cure: {cure}") from None
    except HeadsFault as fault:
        raise CommandFault(f"--heads: {file}: {fault}; cure: name the file of copied heads") from None


def _head(arguments: argparse.Namespace) -> int:
    with open_journal(config_of(arguments)) as journal:
        head = journal.head()
    if head is None:
        raise CommandFault("nothing is sealed yet; cure: start the gateway once", NO_SUCCESS)
    out(head_line(head))
    return 0


def _proof(arguments: argparse.Namespace) -> int:
    """Print what stands under a payment's keys, and whether the seals over it are right."""
    config = config_of(arguments)
    with open_journal(config) as journal:
        found = [row for key in _keys(config, arguments.reference) for row in journal.keys_with_links(key)]
        if not found:
            what = f"{harmless(arguments.reference)[:80]} is no payment of these books"
            raise CommandFault(f"{what}; cure: write the bank's reference with its date", NO_SUCCESS)
        is_sound = True
        for row in found:
            is_sound &= _shown(journal, row, config.ledger.chain_key.reveal())
    return 0 if is_sound else NO_SUCCESS


def _keys(config: Config, reference: str) -> list[list[str]]:
    """List the keys that a reference may mean: of a payment, its hand-over and its reversal."""
    payments = [reference, *(payment_key(bank.code, reference) for bank in config.banks)]
    return [[payment, handover_key(payment), reversal_key(payment)] for payment in payments]


def _shown(journal: JournalReader, row: SealedKey, secret: bytes) -> bool:
    content = recalled(row.content)
    out(f"Key         {harmless(row.key)}", f"Decided     {moment_of(row.at_us):%Y-%m-%d %H:%M:%S} UTC")
    out(f"Outcome     {type(content).__name__.lower()}")
    if isinstance(content, Approved):
        token = "waits" if content.token is None else str(content.token)
        paid = Money(content.tender_minor, content.currency)
        out(f"Receipt     {content.receipt_no}", f"Paid        {paid}", f"Token       {token}")
    pair = journal.link(row.link)
    if pair is None:
        out(f"Sealed      NO: link {row.link} is not there", "")
        return False
    before, sealed = pair
    is_right = sealed.mac(secret, before) == sealed.link.mac
    out(*_entries(sealed, row.key, {account.id: account.code for account in journal.accounts()}))
    out(f"Link        {row.link}, over entries up to {sealed.link.last_position}")
    out(f"Seal        {sealed.link.mac}")
    out(
        "Sealed      yes: nothing in its batch was changed"
        if is_right
        else "Sealed      NO: see ledger verify",
        "",
    )
    return is_right


def _entries(sealed: SealedLink, key: str, codes: dict[int, str]) -> list[str]:
    """Write the entries of a key, each with its postings."""
    lines = []
    for entry in sealed.rows["entry"]:
        if entry[6] != key:
            continue
        lines.append(f"Entry       {entry[1]}, {entry[2]}, business day {entry[4]}")
        for id_, _, account, amount, unit in sealed.rows["posting"]:
            if id_ == entry[0]:
                code = codes.get(account, str(account))
                lines.append(f"            {code:<24} {balance(amount, unit):>18} {unit_name(unit)}")
    return lines
