"""``powertill sts keychange``: make the tokens that take a meter from one key to another, in order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.assembly.commands.key_file import key_in
from gateway.assembly.commands.sts_key import (
    EAS,
    add_identity,
    add_keys,
    cipher_in,
    decoder_key_of,
    derived_key,
    identity_of,
    known_base_date,
)
from gateway.assembly.commands.sts_section_words import PLACES, section_lines
from gateway.assembly.commands.sts_tables import add_tables
from gateway.assembly.commands.terminal import CommandFault, digits, out, whole
from gateway.codecs.sts.cipher import EA_MISTY1, KEY_OCTETS
from gateway.codecs.sts.key_change import KeyChange, sections_of
from gateway.codecs.sts.seal import sealed
from gateway.core.key_ring import NEVER_EXPIRES
from gateway.core.token import StsIdentity, TokenDigits

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from gateway.assembly.commands.sts_key import DecoderKey
    from gateway.assembly.commands.terminal import Commands
    from gateway.codecs.sts.key_section import KeySection

_EXAMPLES = """\
The meter is described as it is; what the new key changes comes behind --new. What
is not said stays as it was. All tokens must be typed in before the next credit.

examples:
  powertill sts keychange --pan 37000000010 --sgc 201457 --krn 1 --ti 01 \\
      --base-date 1993 --key-file old.key --new-krn 2 --new-base-date 2014 \\
      --new-key-file new.key
  powertill sts keychange --ea 07 --sta-tables sta.json --pan 37000000010 \\
      --sgc 201457 --krn 1 --ti 01 --base-date 2014 --key-file vending.key \\
      --new-sgc 203557 --say-sgc --json
"""


def add_to(kinds: Commands) -> None:
    """Add the command to the parser of ``sts``."""
    parser = kinds.add_parser("keychange", help="make the tokens that change a meter's key", epilog=_EXAMPLES)
    add_identity(parser, is_required=True, eas=EAS)
    add_keys(parser, takes_decoder_key=True)
    add_tables(parser)
    new = parser.add_argument_group("the new key")
    new.add_argument("--new-sgc", type=digits(6), help="supply group code, 6 digits")
    new.add_argument("--new-krn", type=whole(1, 9), help="key revision number, 1 to 9")
    new.add_argument("--new-ti", type=digits(2), help="tariff index, 2 digits")
    new.add_argument("--new-kt", type=whole(0, 3), help="key type, 0 to 3")
    new.add_argument("--new-base-date", type=whole(1993, 2035), help="1993, 2014 or 2035")
    new.add_argument(
        "--ken",
        type=whole(0, NEVER_EXPIRES),
        default=NEVER_EXPIRES,
        help="the new key's expiry number, 0 to 255 (default: 255, as long as the base date)",
    )
    new.add_argument("--say-sgc", action="store_true", help="EA07: a third token with the supply group code")
    add_keys(parser, takes_decoder_key=True, is_required=False, prefix="new-")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the set and print it in its order, with what each token brings."""
    old, new = identity_of(arguments), _new_identity(arguments)
    key = decoder_key_of(arguments)
    change = KeyChange(
        _new_key(arguments, new),
        sgc=new.sgc,
        ken=arguments.ken,
        krn=new.krn,
        kt=new.kt,
        ti=new.ti,
        # A meter whose minutes begin elsewhere must forget the ids it took, which would all be later.
        is_rolled=old.base_date != new.base_date,
    )
    _refuse_no_change(key, change, old, new)
    sections = sections_of(change, says_sgc=arguments.say_sgc)
    cipher = cipher_in(arguments, key)
    tokens = [sealed(section, cipher) for section in sections]
    if arguments.json:
        out(json.dumps(_plain(change, tokens, sections, new)))
        return 0
    for place, (token, section) in enumerate(zip(tokens, sections, strict=True), start=1):
        out(f"Token {place} of {len(tokens)}  {TokenDigits(token).grouped()}")
        out(*(f"  {line}" for line in section_lines(section)))
    out("The meter holds the new key once it has all of them; then come credits under the new key.")
    if arguments.sample_tables:
        out("Made with the sample tables: a test meter takes them, and no meter of a customer.")
    return 0


def _new_identity(arguments: argparse.Namespace) -> StsIdentity:
    """Put together what the meter will be; what is not said stays as it was."""
    old = identity_of(arguments)
    if arguments.say_sgc and old.ea == EA_MISTY1:
        raise CommandFault("--say-sgc: an EA11 meter is always told its supply group; cure: leave it out")
    year: int | None = arguments.new_base_date
    return StsIdentity(
        old.pan,
        sgc=arguments.new_sgc or old.sgc,
        krn=arguments.new_krn or old.krn,
        ti=arguments.new_ti or old.ti,
        ea=old.ea,
        kt=old.kt if arguments.new_kt is None else arguments.new_kt,
        base_date=old.base_date if year is None else known_base_date("--new-base-date", year),
    )


def _new_key(arguments: argparse.Namespace, new: StsIdentity) -> bytes:
    """Read or derive the new key; where no file is named, of the vending key that is there already."""
    given: Path | None = arguments.new_decoder_key_file
    if given is not None:
        return key_in("--new-decoder-key-file", given, (KEY_OCTETS[new.ea],))
    if arguments.new_key_file is not None:
        return derived_key("--new-key-file", arguments.new_key_file, new)
    if arguments.key_file is None:
        raise CommandFault("--new-key-file, --new-decoder-key-file: missing; one of them has the new key")
    return derived_key("--key-file", arguments.key_file, new)


def _refuse_no_change(key: DecoderKey, change: KeyChange, old: StsIdentity, new: StsIdentity) -> None:
    """Refuse a set that would leave the meter as it is."""
    if key.octets == change.new_key and old == new:
        raise CommandFault("--new-...: the new key is the one that the meter has; cure: say what changes")


def _plain(
    change: KeyChange, tokens: list[str], sections: tuple[KeySection, ...], new: StsIdentity
) -> dict[str, object]:
    """The set for a program."""
    return {
        "tokens": tokens,
        "sections": [PLACES[type(section)] for section in sections],
        "sgc": new.sgc,
        "krn": change.krn,
        "ti": change.ti,
        "kt": change.kt,
        "ken": change.ken,
        "base_date": new.base_date,
        "ro": change.is_rolled,
    }
