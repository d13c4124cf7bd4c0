"""``powertill sts decode``: read what a token of any kind says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.assembly.commands.sts_key import (
    EAS,
    add_identity,
    add_keys,
    base_date_of,
    cipher_in,
    decoder_key_of,
)
from gateway.assembly.commands.sts_tables import add_tables
from gateway.assembly.commands.sts_words import Told
from gateway.assembly.commands.terminal import CommandFault, out
from gateway.assembly.commands.token_words import tokens_of
from gateway.codecs.sts.block import RESERVED_CLASS, TEST_CLASS, TokenFault, without_class
from gateway.codecs.sts.content import content_of
from gateway.codecs.sts.digits import bits_of
from gateway.codecs.sts.seal import opened_block

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from gateway.assembly.commands.terminal import Commands
    from gateway.codecs.sts.cipher import BlockCipher

_EXAMPLES = """\
A token of class 1 (meter test) is not enciphered and needs no key.

examples:
  powertill sts decode --decoder-key-file meter.key --base-date 2014 \\
      1234 5678 9012 3456 7890
  powertill sts decode 56493153725450313471
"""


def add_to(kinds: Commands) -> None:
    """Add the command to the parser of ``sts``."""
    parser = kinds.add_parser("decode", help="read a token", epilog=_EXAMPLES)
    add_token(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the token and print what it says."""
    token = one_token(arguments.token)
    try:
        told = told_of(token, cipher_for(token, arguments), arguments)
    except TokenFault as fault:
        raise CommandFault(f"TOKEN: {fault}; cure: compare the digits, and the key options") from None
    if arguments.json:
        out(json.dumps(told.plain()))
    else:
        out(*told.lines())
    return 0


def add_token(parser: argparse.ArgumentParser) -> None:
    """Add a token, and the options that say with which key it is opened."""
    add_identity(parser, is_required=False, eas=EAS)
    add_keys(parser, takes_decoder_key=True, is_required=False)
    add_tables(parser)
    parser.add_argument("token", metavar="TOKEN", nargs="+", help="20 digits, in groups or not")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def one_token(words: Sequence[str]) -> str:
    """Give the token of the words, if it is one."""
    tokens = tokens_of(words)
    if len(tokens) != 1:
        raise CommandFault(f"TOKEN: {len(tokens)} tokens, one is read at a time; cure: give one of 20 digits")
    return tokens[0]


def cipher_for(token: str, arguments: argparse.Namespace) -> BlockCipher | None:
    """Make the key ready; None for a token that needs none: of class 1, and of class 3, which is refused.

    What is no token is a TokenFault.
    """
    token_class, _ = without_class(bits_of(token))
    if token_class in (TEST_CLASS, RESERVED_CLASS):
        return None
    return cipher_in(arguments, decoder_key_of(arguments))


def told_of(token: str, cipher: BlockCipher | None, arguments: argparse.Namespace) -> Told:
    """Open the token; TokenFault where it says nothing."""
    block = opened_block(token, cipher)
    content = content_of(block, "" if cipher is None else cipher.ea)
    return Told(content, block, None if cipher is None else base_date_of(arguments))
