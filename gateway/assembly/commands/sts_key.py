"""The options that name a meter's decoder key: the meter's identity with a vending key, or the key itself.

Keys come from files of mode 0600 and never stand on the command line, which every user of the machine sees.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.keys.software import decoder_key
from gateway.assembly.commands.terminal import CommandFault, digits, whole
from gateway.codecs.sts.cipher import KEY_OCTETS
from gateway.codecs.sts.keys import VENDING_KEY_OCTETS
from gateway.core.meter_number import MeterNumber, MeterNumberFault
from gateway.core.token import StsIdentity
from gateway.secret import SecretFileFault, read_secret

BASE_DATES: Final = (1993, 2014, 2035)

#: Needed to derive a key, and said when it is missing.
_IDENTITY: Final = ("pan", "sgc", "krn", "ti")


@dataclass(frozen=True, slots=True, repr=False)
class DecoderKey:
    """A meter's key of 16 octets, and its base date; the key is in no repr."""

    octets: bytes
    base_date: int

    def __repr__(self) -> str:
        return f"DecoderKey(****, {self.base_date})"


def add_identity(parser: argparse.ArgumentParser, *, is_required: bool) -> None:
    """Add the options that say which meter it is (IEC 62055-41, 6.1)."""
    meter = parser.add_argument_group("the meter")
    meter.add_argument("--pan", type=_pan, required=is_required, help="meter number: 11, 13 or 18 digits")
    meter.add_argument("--sgc", type=digits(6), required=is_required, help="supply group code, 6 digits")
    meter.add_argument("--krn", type=whole(1, 9), required=is_required, help="key revision number, 1 to 9")
    meter.add_argument("--ti", type=digits(2), required=is_required, help="tariff index, 2 digits")
    meter.add_argument("--ea", type=_ea, default="11", help="encryption algorithm (default: 11)")
    meter.add_argument("--kt", type=whole(0, 3), default=2, help="key type, 0 to 3 (default: 2)")
    meter.add_argument(
        "--base-date", type=whole(1993, 2035), required=True, help="1993, 2014 or 2035: where minutes begin"
    )


def add_keys(parser: argparse.ArgumentParser, *, takes_decoder_key: bool) -> None:
    """Add the options that say where the key is: a vending key or, where it is taken, a decoder key."""
    keys = parser.add_mutually_exclusive_group(required=True)
    keys.add_argument(
        "--key-file", metavar="FILE", type=Path, help="the vending key: 40 hex digits in a file of mode 0600"
    )
    if takes_decoder_key:
        keys.add_argument(
            "--decoder-key-file",
            metavar="FILE",
            type=Path,
            help="the meter's own key: 32 hex digits in a file of mode 0600",
        )


def decoder_key_of(arguments: argparse.Namespace) -> DecoderKey:
    """Read or derive the decoder key; CommandFault names the option that is wrong or missing."""
    base_date = base_date_of(arguments)
    given = getattr(arguments, "decoder_key_file", None)
    if given is not None:
        return DecoderKey(_key_in("--decoder-key-file", given, KEY_OCTETS), base_date)
    identity = identity_of(arguments)
    vending_key = _key_in("--key-file", arguments.key_file, VENDING_KEY_OCTETS)
    return DecoderKey(decoder_key(identity, vending_key), base_date)


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
    year: int = arguments.base_date
    if year not in BASE_DATES:
        raise CommandFault(f"--base-date: {year} is none; choose 1993, 2014 or 2035")
    return year


def _key_in(option: str, file: Path, octets: int) -> bytes:
    """Read a key of hex digits; what stands in the file is never said."""
    try:
        text = read_secret(file).reveal()
    except SecretFileFault as fault:
        raise CommandFault(f"{option}: {fault}") from None
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != octets:
        raise CommandFault(
            f"{option}: {file} does not hold {2 * octets} hexadecimal digits; "
            f"cure: let it hold the key's {octets} bytes as hexadecimal digits, and nothing else"
        )
    return key


def _pan(text: str) -> str:
    try:
        return MeterNumber.parse(text).pan
    except MeterNumberFault as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def _ea(text: str) -> str:
    if text == "07":
        raise argparse.ArgumentTypeError("07 needs the operator's STA tables and is not built yet; use 11")
    if text != "11":
        raise argparse.ArgumentTypeError(f"must be 11, not {text[:20]!r}")
    return text
