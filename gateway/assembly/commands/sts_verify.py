"""``powertill sts verify``: tell whether digits are a token's, and with its key whether it is genuine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.assembly.commands.sts_decode import add_token, cipher_for, one_token, told_of
from gateway.assembly.commands.sts_key import has_key
from gateway.assembly.commands.terminal import NO_SUCCESS, out
from gateway.codecs.sts.block import CREDIT_CLASS, MANAGEMENT_CLASS, TEST_CLASS, TokenFault, without_class
from gateway.codecs.sts.digits import bits_of

if TYPE_CHECKING:
    import argparse

    from gateway.assembly.commands.sts_words import Told
    from gateway.assembly.commands.terminal import Commands

_NO_KEY = "the digits are a token's; whose it is, only the meter's key can tell"
_NO_SECRET = "the check sum is right; a meter test is not enciphered, so anybody can make one"  # noqa: S105 - no password

_EXAMPLES = """\
Without a key only the digits are looked at. With one: exit code 1 when the token
is not genuine, with the reason.

examples:
  powertill sts verify 1234 5678 9012 3456 7890
  powertill sts verify --decoder-key-file meter.key --base-date 2014 \\
      1234 5678 9012 3456 7890
"""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """``is_genuine`` is None where it cannot be known; ``told`` is what a genuine token says."""

    is_token: bool
    is_genuine: bool | None
    reason: str
    token_class: int | None = None
    told: Told | None = None


def add_to(kinds: Commands) -> None:
    """Add the command to the parser of ``sts``."""
    parser = kinds.add_parser("verify", help="tell whether a token is genuine", epilog=_EXAMPLES)
    add_token(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the verdict, and what a genuine token says."""
    verdict = _judged(one_token(arguments.token), arguments)
    if arguments.json:
        out(json.dumps(_plain(verdict)))
    else:
        genuine = {True: "yes", False: "no", None: "not known"}[verdict.is_genuine]
        out(f"Digits      {'of a token' if verdict.is_token else 'of no token'}")
        out(f"Genuine     {genuine}: {verdict.reason}", *(verdict.told.lines() if verdict.told else ()))
    return NO_SUCCESS if verdict.is_genuine is False else 0


def _judged(token: str, arguments: argparse.Namespace) -> _Verdict:
    """Look at the digits, then with the key at what they hide."""
    try:
        token_class, _ = without_class(bits_of(token))
    except TokenFault as fault:
        return _Verdict(is_token=False, is_genuine=False, reason=str(fault))
    if token_class in (CREDIT_CLASS, MANAGEMENT_CLASS) and not has_key(arguments):
        return _Verdict(is_token=True, is_genuine=None, reason=_NO_KEY, token_class=token_class)
    try:
        told = told_of(token, cipher_for(token, arguments), arguments)
    except TokenFault as fault:
        return _Verdict(is_token=True, is_genuine=False, reason=str(fault), token_class=token_class)
    if token_class == TEST_CLASS:
        return _Verdict(is_token=True, is_genuine=None, reason=_NO_SECRET, token_class=1, told=told)
    reason = "made for this meter, under this key"
    return _Verdict(is_token=True, is_genuine=True, reason=reason, token_class=token_class, told=told)


def _plain(verdict: _Verdict) -> dict[str, object]:
    """The verdict for a program; ``genuine`` is null where it cannot be known."""
    return {
        "digits": verdict.is_token,
        "class": verdict.token_class,
        "genuine": verdict.is_genuine,
        "reason": verdict.reason,
        "says": None if verdict.told is None else verdict.told.plain(),
    }
