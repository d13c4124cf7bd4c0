"""The ``[keys]`` table of the configuration: where vending keys are kept beside those of plain files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.config.secret_file import secret_of

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.reader import Section
    from gateway.secret import Secret

KEYS_KEYS: Final = (
    "sealed_file", "passphrase_file", "pkcs11_module", "pkcs11_token", "pkcs11_pin_file", "sta_tables",
)  # fmt: skip

PASSPHRASE_BYTES_MIN: Final = 16
"""A random passphrase of 16 characters cannot be guessed, however cheap a guess becomes."""

TABLES_BYTES_MAX: Final = 65_536
"""Bytes of the operator's STA tables: 96 numbers, and a word on where they come from."""


@dataclass(frozen=True, slots=True)
class KeysSettings:
    """Where vending keys are kept; None where there is no such place.

    ``sealed_file`` with its ``passphrase``; a PKCS#11 module by its library, the token's label and its PIN;
    ``sta_tables`` is the operator's file of the licensed tables of EA07.
    """

    sealed_file: Path | None = None
    passphrase: Secret | None = None
    pkcs11_module: Path | None = None
    pkcs11_token: str = ""
    pkcs11_pin: Secret | None = None
    sta_tables: Path | None = None


def read_keys(section: Section) -> KeysSettings:
    """Read the ``[keys]`` table; ConfigFault where half of a place is missing, or a file is not there."""
    _refuse_halves(section, ("sealed_file", "passphrase_file"))
    _refuse_halves(section, ("pkcs11_module", "pkcs11_token", "pkcs11_pin_file"))
    has_module = section.has("pkcs11_module")
    return KeysSettings(
        sealed_file=_sealed_file(section) if section.has("sealed_file") else None,
        passphrase=_passphrase(section) if section.has("passphrase_file") else None,
        pkcs11_module=_there(section, "pkcs11_module", "name the module's library") if has_module else None,
        pkcs11_token=section.text("pkcs11_token") if has_module else "",
        pkcs11_pin=secret_of(section, "pkcs11_pin_file") if has_module else None,
        sta_tables=_tables(section) if section.has("sta_tables") else None,
    )


def _refuse_halves(section: Section, keys: tuple[str, ...]) -> None:
    """Refuse a place of which only a part is said."""
    said = [key for key in keys if section.has(key)]
    missing = [key for key in keys if not section.has(key)]
    if said and missing:
        raise section.fault(missing[0], f"is missing beside {said[0]}", f"add the line {missing[0]} = …")


def _sealed_file(section: Section) -> Path:
    """The file comes into being with the first key; its folder must be there."""
    file = section.file("sealed_file")
    if not file.parent.is_dir():
        what = f"the folder {file.parent} is not there"
        raise section.fault("sealed_file", what, f"mkdir -p {file.parent}")
    return file


def _passphrase(section: Section) -> Secret:
    passphrase = secret_of(section, "passphrase_file")
    if len(passphrase.reveal()) < PASSPHRASE_BYTES_MIN:
        file = section.file("passphrase_file")
        what = f"{file} holds less than {PASSPHRASE_BYTES_MIN} characters, which can be guessed"
        raise section.fault("passphrase_file", what, "let it hold a longer one: openssl rand -base64 32")
    return passphrase


def _there(section: Section, key: str, cure: str) -> Path:
    file = section.file(key)
    if not file.is_file():
        raise section.fault(key, f"{file} is not there", cure)
    return file


def _tables(section: Section) -> Path:
    file = _there(section, "sta_tables", "name the file of the licensed tables")
    if file.stat().st_size > TABLES_BYTES_MAX:
        what = f"{file} is larger than {TABLES_BYTES_MAX} bytes"
        raise section.fault("sta_tables", what, "name the file of the licensed tables")
    return file
