"""A tariff file: read, and refused with the place where it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from gateway.assembly.commands.terminal import CommandFault, harmless
from gateway.core.tariff import Tariff, TariffFault
from gateway.multi_tariff.read_version import table_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_BYTES_MAX: Final = 4 * 1024 * 1024
"""The largest tariff with all its golden cases has some tens of kB; beyond this it is another file."""


def document_of(file: Path) -> Mapping[str, object]:
    """Read a JSON object; CommandFault where there is none."""
    try:
        with file.open("rb") as opened:
            octets = opened.read(FILE_BYTES_MAX + 1)
    except OSError as fault:
        raise CommandFault(
            f"FILE: {file} cannot be read: {fault.strerror}; cure: name a tariff file"
        ) from None
    if len(octets) > FILE_BYTES_MAX:
        raise CommandFault(f"FILE: {file} is longer than {FILE_BYTES_MAX} bytes; cure: split it")
    try:
        return table_of(octets.decode())
    except UnicodeDecodeError as fault:
        raise CommandFault(f"FILE: {file} is no JSON text: {fault}; cure: correct it there") from None
    except TariffFault as fault:
        place = f"{fault.path}: " if fault.path else ""
        raise CommandFault(f"FILE: {file}: {harmless(place + fault.why)}; cure: correct it there") from None


def tariff_of(document: Mapping[str, object], file: Path) -> Tariff:
    """Make the tariff of a document; one with golden cases has it below ``tariff``."""
    mapping = document.get("tariff", document)
    if "cases" in document and "tariff" not in document:
        raise CommandFault(f"FILE: {file} holds cases and no tariff; cure: name a file with one tariff")
    try:
        return Tariff.from_mapping(cast("Mapping[str, object]", mapping), file.stem)  # the reader looks
    except TariffFault as fault:
        place = f"tariff.{fault.path}" if "tariff" in document else fault.path
        raise CommandFault(f"FILE: {file}: {place}: {harmless(fault.why)}") from None


def read_tariff_file(file: Path) -> Tariff:
    """Read a file and make its tariff; its version is the file's name."""
    return tariff_of(document_of(file), file)
