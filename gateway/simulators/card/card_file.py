"""The file in which a virtual card lies: which one it is, and all that it remembers.

    {"profile": "powertill-cpu", "serial": "A1B2C3D4E5F60718", "cells": {"wallet": "…", …}}

No key is in it: a card's keys are made from the seed of whoever holds them.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.codecs.card.fault import ValueFault
from gateway.codecs.card.profile import PROFILES, Kind, profile_named
from gateway.simulators.card.cells import Cells
from gateway.simulators.card.cpu_card import VirtualCpuCard, issued_cells
from gateway.simulators.card.memory_card import VirtualMemoryCard, issued_memory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.simulators.card.faults import VirtualCard
    from gateway.simulators.card.key_holder import KeyHolder

#: The files of all profiles together have some hundred bytes.
FILE_BYTES_MAX: Final = 32 * 1024


class NoCard(ValueError):  # noqa: N818 - said to the caller as it is
    """What is in a file is no card of this kind."""


@dataclass(frozen=True, slots=True)
class CardImage:
    """A card as it lies in a file."""

    profile: str
    serial: str
    cells: Cells

    def card(self, keys: KeyHolder, dice: Callable[[int], bytes]) -> VirtualCard:
        """Make the card that remembers this."""
        profile = profile_named(self.profile)
        if profile.kind is Kind.MEMORY:
            return VirtualMemoryCard(profile, self.serial, keys, self.cells)
        return VirtualCpuCard(profile, self.serial, keys, dice, self.cells)


def blank_image(name: str, serial: str, system: str, key_version: int) -> CardImage:
    """Personalise a card for nobody yet; ValueFault where serial, system or version do not fit it."""
    profile = profile_named(name)
    if len(serial) != 2 * profile.serial.size:
        raise ValueFault(f"a serial of {name} has {2 * profile.serial.size} hexadecimal digits")
    said = {"card": {"system": system, "key_version": key_version}} if profile.key_version.file else {}
    make = issued_memory if profile.kind is Kind.MEMORY else issued_cells
    return CardImage(name, serial, make(profile, serial, said))


def load(file: Path) -> CardImage:
    """Read a card from its file; OSError where there is none, NoCard where it holds something else."""
    with file.open("rb") as opened:
        raw = opened.read(FILE_BYTES_MAX)
    try:
        found: dict[str, Any] = json.loads(raw)
        profile, serial, plain = found["profile"], found["serial"], found["cells"]
        if profile not in PROFILES:
            raise NoCard(f"there is no kind of card {profile!r}")
        image = CardImage(profile, serial, Cells.of_plain(plain))
        if _sizes(image) != _sizes(blank_image(profile, serial, "0", 1)):
            raise NoCard("its memory is of another size")
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as fault:
        raise NoCard(str(fault) if isinstance(fault, NoCard) else "it holds something else") from None
    return image


def _sizes(image: CardImage) -> dict[str, int]:
    return {name: len(held) for name, held in image.cells.plain().items()}


def save(image: CardImage, file: Path) -> None:
    """Keep a card in its file; a crash leaves the old or the new one, never half of it."""
    said = {"profile": image.profile, "serial": image.serial, "cells": image.cells.plain()}
    beside = file.with_name(file.name + ".new")
    with beside.open("w", encoding="ascii") as out:
        json.dump(said, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)


class KeptCard:
    """A card that is in its file after each command, also where the power goes in the middle of one."""

    def __init__(self, card: VirtualCard, keep: Callable[[], None]) -> None:
        self._card = card
        self._keep = keep
        self.protocol = card.protocol

    @property
    def cells(self) -> Cells:
        """What it remembers."""
        return self._card.cells

    def reset(self) -> bytes:
        """Put power on it."""
        return self._card.reset()

    def transmit(self, raw: bytes) -> bytes:
        """Answer a command; what that changes is kept before the answer goes out."""
        before = self.cells.plain()
        try:
            return self._card.transmit(raw)
        finally:
            if self.cells.plain() != before:
                self._keep()
