"""What each of two people brings to a ceremony: read, tried, and kept behind the last check only."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from adapters.keys.check_values import check_value_of, octets_of
from adapters.keys.component import ComponentRefusal
from adapters.keys.passphrase import PassphraseTooShort
from adapters.keys.sealed_document import SealedFileFault
from adapters.keys.sealed_file import SealedFile
from gateway.assembly.commands.key_file import key_in
from gateway.assembly.commands.keys_words import sealed_place
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault
from gateway.core.key_ring import KeyKeeper
from gateway.core.person import is_same_person

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from adapters.keys.sealed_file import KeptKey
    from gateway.config import Config
    from gateway.core.key_life import VendingKey
    from gateway.core.key_ring import KeyRevision


@dataclass(frozen=True, slots=True)
class Brought:
    """The check value of the whole key, if it is known now; how it is kept; the check value of a part.

    ``is_whole``: the sealed file has the whole key, or has it once it was kept.
    """

    kcv: str | None = None
    # It holds a key, which no repr may show.
    keep: Callable[[], None] | None = field(default=None, repr=False)
    part_kcv: str | None = None
    is_whole: bool = False


def first_brought(arguments: argparse.Namespace, revision: KeyRevision, config: Config, by: str) -> Brought:
    """Read what the first person brings: a part, the whole key, or the word that a module has it."""
    if revision.keeper is not KeyKeeper.SEALED:
        return Brought()
    place, part, lengths = revision.place, arguments.component_file, (octets_of(revision.sgc, revision.dkga),)
    if part is not None:
        octets = key_in("--component-file", part, lengths)
        file = SealedFile.begun(*sealed_place(config))
        part_kcv = check_value_of(revision.sgc, octets)
        return Brought(keep=partial(file.bring_first, place, octets, by), part_kcv=part_kcv)
    octets = key_in("--key-file", arguments.key_file, lengths)
    file = SealedFile.begun(*sealed_place(config))
    return Brought(check_value_of(revision.sgc, octets), partial(file.keep_whole, place, octets, (by,)))


def second_brought(
    arguments: argparse.Namespace, pending: VendingKey | None, config: Config, by: str
) -> Brought:
    """Read what the second person brings: the other part, or the check value from his own paper."""
    if pending is None or pending.revision.keeper is not KeyKeeper.SEALED:
        # A key in a module is compared by the gateway, when it is first used.
        return Brought(arguments.kcv or (None if pending is None else _not_in_parts()))
    if is_same_person(by, pending.loaded_by):
        # Nothing is opened for him: the rules refuse him in their words.
        return Brought(pending.revision.kcv)
    file, place = SealedFile.begun(*sealed_place(config)), pending.revision.place
    kept = file.kept(place)
    if kept is None or (kept.is_whole and kept.kcv != pending.revision.kcv):
        raise CommandFault(
            f"{config.keys.sealed_file}: does not have what was loaded of this key; cure: bring back the "
            "file, or withdraw the key and load it again; nothing was changed", NO_SUCCESS,
        )  # fmt: skip
    if kept.is_whole:
        return _whole(arguments.kcv, kept, by)
    if arguments.kcv is not None:
        raise CommandFault("--kcv: the key is loaded in parts; cure: bring the other one: --component-file")
    lengths = (octets_of(pending.revision.sgc, pending.revision.dkga),)
    octets = key_in("--component-file", arguments.component_file, lengths)
    key = file.try_second(place, octets, by)
    keep = partial(file.keep_whole, place, key, (*kept.people, by))
    return Brought(check_value_of(pending.revision.sgc, key), keep, is_whole=True)


def _whole(typed: str | None, kept: KeptKey, by: str) -> Brought:
    """Judge a key that is kept whole: one person brought it so, or an approval of two parts was cut short."""
    if len(kept.people) == 1:
        return Brought(typed or _not_in_parts(), is_whole=True)
    if not is_same_person(by, kept.people[-1]):
        raise CommandFault(
            f"the second part is there already, from {kept.people[-1]}, whose approval was cut short; "
            "cure: let him approve again; nothing was changed", NO_SUCCESS,
        )  # fmt: skip
    return Brought(typed or kept.kcv, is_whole=True)


def _not_in_parts() -> str:
    raise CommandFault("--component-file: the key is not loaded in parts; cure: name its check value: --kcv")


@contextmanager
def sealed_faults() -> Iterator[None]:
    """End the command with what is wrong with the sealed file, or with what was brought for it."""
    try:
        yield
    except (ComponentRefusal, PassphraseTooShort) as refused:
        raise CommandFault(f"{refused}; nothing was changed") from None
    except SealedFileFault as fault:
        raise CommandFault(f"keys.sealed_file: {fault}; nothing was changed", NO_SUCCESS) from None
