"""A key, or one of its two parts, from a file of mode 0600; what stands in it is never said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.keys.no_core import forbid_cores
from gateway.assembly.commands.terminal import CommandFault
from gateway.secret import SecretFileFault, read_secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def key_in(option: str, file: Path, lengths: Sequence[int]) -> bytes:
    """Read a key of hex digits, of so many octets; CommandFault names the option and the file."""
    forbid_cores()
    try:
        text = read_secret(file).reveal()
    except SecretFileFault as fault:
        raise CommandFault(f"{option}: {fault}") from None
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) not in lengths:
        sizes = " or ".join(str(2 * octets) for octets in lengths)
        raise CommandFault(
            f"{option}: {file} does not hold {sizes} hexadecimal digits; "
            f"cure: let it hold the key's bytes as hexadecimal digits, and nothing else"
        )
    return key
