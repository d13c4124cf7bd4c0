"""The options that name a meter's decoder key: the meter's identity with a vending key, or the key itself.

Keys come from files of mode 0600 and never stand on the command line, which every user of the machine sees.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.keys.token_maker import decoder_key
from gateway.assembly.commands.key_file import key_in
from gateway.assembly.commands.sts_tables import tables_in
from gateway.assembly.commands.terminal import CommandFault, digits, whole
from gateway.codecs.sts.cipher import EA_MISTY1, EA_STA, KEY_OCTETS, BlockCipher, TablesMissing, cipher_of
from gateway.codecs.sts.keys import OCTETS_OF_DKGA
from gateway.core.meter_number import MeterNumber, MeterNumberFault
from gateway.core.token import StsIdentity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BASE_DATES: Final = (1993, 2014, 2035)
EAS: Final = (EA_STA, EA_MISTY1)

#: Needed to derive a key, and said when it is missing.
_IDENTITY: Final = ("pan", "sgc", "krn", "ti")

#: By its length a vending key says which algorithm makes the meters' keys of it.
_DKGA: Final = {octets: dkga for dkga, octets in OCTETS_OF_DKGA.items()}


@dataclass(frozen=True, slots=True, repr=False)
class DecoderKey:
    """A meter's key, its algorithm, and its base date; the key is in no repr."""

    octets: bytes
    base_date: int
    ea: str = EA_MISTY1

    def __repr__(self) -> str:
        return f"DecoderKey(****, {self.base_date})"


def add_identity(
    parser: argparse.ArgumentParser,
    *,
    is_required: bool,
    eas: Sequence[str] = (EA_MISTY1,),
    title: str = "the meter",
) -> None:
    """Add the options that say which meter it is (IEC 62055-41, 6.1), of one of the algorithms ``eas``."""
    meter = parser.add_argument_group(title)
    meter.add_argument("--pan", type=pan, required=is_required, help="meter number: 11, 13 or 18 digits")
    meter.add_argument("--sgc", type=digits(6), required=is_required, help="supply group code, 6 digits")
    meter.add_argument("--krn", type=whole(1, 9), required=is_required, help="key revision number, 1 to 9")
    meter.add_argument("--ti", type=digits(2), required=is_required, help="tariff index, 2 digits")
    known = " or ".join(eas)
    meter.add_argument(
        "--ea", type=_ea(eas), default=EA_MISTY1, help=f"encryption algorithm: {known} (default: 11)"
    )
    meter.add_argument("--kt", type=whole(0, 3), default=2, help="key type, 0 to 3 (default: 2)")
    meter.add_argument(
        "--base-date",
        type=whole(1993, 2035),
        required=is_required,
        help="1993, 2014 or 2035: where minutes begin",
    )


def add_keys(
    parser: argparse.ArgumentParser, *, takes_decoder_key: bool, is_required: bool = True, prefix: str = ""
) -> None:
    """Add the options that say where the key is: a vending key or, where it is taken, a decoder key."""
    keys = parser.add_mutually_exclusive_group(required=is_required)
    which = "the new " if prefix else "the "
    forms = "16 hex digits for DKGA02, " if takes_decoder_key else ""
    keys.add_argument(
        f"--{prefix}key-file",
        metavar="FILE",
        type=Path,
        help=f"{which}vending key: {forms}40 hex digits for DKGA04, in a file of mode 0600",
    )
    if takes_decoder_key:
        keys.add_argument(
            f"--{prefix}decoder-key-file",
            metavar="FILE",
            type=Path,
            help="the meter's own key: 16 (EA07) or 32 (EA11) hex digits in a file of mode 0600",
        )


def cipher_in(arguments: argparse.Namespace, key: DecoderKey) -> BlockCipher:
    """Make the key ready, with the tables that the options name where it is one of EA07."""
    tables = tables_in(arguments)
    if tables is not None and key.ea != EA_STA:
        raise CommandFault("--sta-tables, --sample-tables: EA11 has no tables; cure: add --ea 07")
    try:
        return cipher_of(key.ea, key.octets, tables)
    except TablesMissing:
        raise CommandFault(
            "--ea: 07 needs the STA tables; cure: --sta-tables FILE, or --sample-tables for a test meter"
        ) from None


def has_key(arguments: argparse.Namespace) -> bool:
    """Say whether a key is named."""
    return arguments.key_file is not None or getattr(arguments, "decoder_key_file", None) is not None


def decoder_key_of(arguments: argparse.Namespace) -> DecoderKey:
    """Read or derive the decoder key; CommandFault names the option that is wrong or missing."""
    base_date, ea = base_date_of(arguments), arguments.ea
    given = getattr(arguments, "decoder_key_file", None)
    if given is not None:
        return DecoderKey(key_in("--decoder-key-file", given, (KEY_OCTETS[ea],)), base_date, ea)
    if arguments.key_file is None:
        raise CommandFault("--key-file, --decoder-key-file: missing; this token needs the meter's key")
    return DecoderKey(derived_key("--key-file", arguments.key_file, identity_of(arguments)), base_date, ea)


def derived_key(option: str, file: Path, identity: StsIdentity) -> bytes:
    """Derive a meter's key from the vending key in a file, by the algorithm that takes keys of its length."""
    lengths = tuple(_DKGA) if identity.ea == EA_STA else (OCTETS_OF_DKGA["04"],)
    vending_key = key_in(option, file, lengths)
    return decoder_key(identity, _DKGA[len(vending_key)], vending_key)


def identity_of(arguments: argparse.Namespace) -> StsIdentity:
    """Put the meter's identity together; a part that is missing is named."""
    missing = [f"--{name}" for name in _IDENTITY if getattr(arguments, name) is None]
    if missing:
        raise CommandFault(f"{', '.join(missing)}: missing; a vending key makes another key for each meter")
    return StsIdentity(
        arguments.pan,
        sgc=arguments.sgc,
        krn=arguments.krn,
        ti=arguments.ti,
        ea=arguments.ea,
        kt=arguments.kt,
        base_date=base_date_of(arguments),
    )


def base_date_of(arguments: argparse.Namespace) -> int:
    """Give the base date; there are three (IEC 62055-41, 6.3.5.1)."""
    year: int | None = arguments.base_date
    if year is None:
        raise CommandFault("--base-date: missing; choose 1993, 2014 or 2035")
    return known_base_date("--base-date", year)


def known_base_date(option: str, year: int) -> int:
    """Give the year if it is a base date."""
    if year not in BASE_DATES:
        raise CommandFault(f"{option}: {year} is none; choose 1993, 2014 or 2035")
    return year


def pan(text: str) -> str:
    """Read a meter number as its PAN."""
    try:
        return MeterNumber.parse(text).pan
    except MeterNumberFault as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def _ea(eas: Sequence[str]) -> Callable[[str], str]:
    """Make the type of an argument that is one of these algorithms."""

    def read(text: str) -> str:
        if text not in eas:
            raise argparse.ArgumentTypeError(f"must be {' or '.join(eas)}, not {text[:20]!r}")
        return text

    return read
