"""A vending key, or one of its two parts, from a file of mode 0600; what stands in it is never said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.terminal import CommandFault
from gateway.codecs.sts.keys import VENDING_KEY_OCTETS
from gateway.secret import SecretFileFault, read_secret

if TYPE_CHECKING:
    from pathlib import Path

#: Octets of a key by what makes meters' keys of it (IEC 62055-41, 6.5.3): one DES key, or 160 bits.
_OCTETS: Final = {"02": 8, "04": VENDING_KEY_OCTETS}


def key_octets(option: str, file: Path, dkga: str) -> bytes:
    """Read a key of hex digits; CommandFault names the option and the file."""
    try:
        text = read_secret(file).reveal()
    except SecretFileFault as fault:
        raise CommandFault(f"{option}: {fault}") from None
    try:
        octets = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        octets = b""
    if len(octets) != _OCTETS[dkga]:
        raise CommandFault(
            f"{option}: {file} does not hold {2 * _OCTETS[dkga]} hexadecimal digits; cure: let it hold the "
            f"{_OCTETS[dkga]} bytes of a key of DKGA{dkga} as hexadecimal digits, and nothing else"
        )
    return octets
