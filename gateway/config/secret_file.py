"""Secrets of the configuration: each stands in a file of its own, which only its owner may read."""

from __future__ import annotations

import re
from binascii import unhexlify
from typing import TYPE_CHECKING, Final

from gateway.secret import Secret, SecretFileFault, read_secret

if TYPE_CHECKING:
    from gateway.config.reader import Section

_HEX: Final = re.compile(rb"[0-9A-Fa-f]*")


def secret_of(section: Section, key: str, default: str | None = None) -> Secret:
    """Read the secret that a key's file holds; ConfigFault with the cure, never with the content."""
    try:
        return read_secret(section.file(key, default))
    except SecretFileFault as fault:
        raise section.fault(key, fault.what, fault.cure) from None


def hex_secret(section: Section, key: str, octets: int, default: str | None = None) -> Secret:
    """Read a secret of so many bytes, which its file holds as hexadecimal digits; ConfigFault as above."""
    digits = secret_of(section, key, default).reveal()
    if len(digits) != 2 * octets or _HEX.fullmatch(digits) is None:
        raise section.fault(
            key,
            f"{section.file(key, default)} does not hold {2 * octets} hexadecimal digits",
            f"let it hold the key's {octets} bytes as hexadecimal digits, and nothing else",
        )
    return Secret(unhexlify(digits))
