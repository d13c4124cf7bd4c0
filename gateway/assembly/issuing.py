"""Builds the issuer of tokens and who answers cards, with the places where their keys are kept."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from adapters.keys.card_keys import KeptCardKeys
from adapters.keys.issuer import KeyedIssuer
from adapters.keys.keepers import Keepers, PlainKeys
from adapters.keys.pkcs11 import Pkcs11Keys
from adapters.keys.sealed_shelf import SealedShelf
from adapters.keys.worker_link import Pkcs11Place
from gateway.assembly.prepayment import SetUpFault
from gateway.codecs.sts.sta import StaTables, StaTablesFault, tables_of
from gateway.core.key_ring import KeyKeeper, KeyRing
from gateway.core.timeline import microseconds
from gateway.endpoints.health import Check, Standing
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from adapters.keys.keepers import KeyService, KeyShelf
    from gateway.config import Config

log = logging.getLogger("powertill.keys")

#: What the module's worker does not get of our environment: where the database is, and who may open it.
_KEPT_BACK: Final = ("PG", "POWERTILL")


@dataclass(frozen=True, slots=True)
class Issuing:
    """The issuer, who answers cards, and those of their keepers that have a life of their own."""

    issuer: KeyedIssuer
    sealed: SealedShelf | None
    pkcs11: Pkcs11Keys | None
    card_keys: KeptCardKeys

    def start(self) -> None:
        """Open the sealed file, and the security module: until that is open, sales under its keys wait."""
        if self.sealed is not None:
            self.sealed.look()
        if self.pkcs11 is not None:
            self.pkcs11.start().addErrback(
                lambda failure: event(
                    log, "keys.pkcs11_closed", level=logging.ERROR, why=failure.getErrorMessage()
                )
            )

    async def stop(self) -> None:
        """Close the security module."""
        if self.pkcs11 is not None:
            await self.pkcs11.stop()

    def checks(self) -> list[Check]:
        """Say how each place of keys stands."""
        found = []
        if self.sealed is not None:
            found.append(self._sealed_check(self.sealed))
        if self.pkcs11 is not None:
            closed = self.pkcs11.trouble
            standing = Standing.OK if closed is None else Standing.DEGRADED
            says = "the security module is open" if closed is None else closed.value
            found.append(Check("keys.pkcs11", standing, says))
        return found

    def _sealed_check(self, sealed: SealedShelf) -> Check:
        # Keys that are ready do without the file, so somebody must look whether it is still there.
        sealed.look()
        if sealed.trouble is None:
            return Check("keys.sealed", Standing.OK, "the sealed file can be read")
        keepers = {one.keeper for one in self.issuer.ring.revisions.values()}
        if sealed.is_missing and KeyKeeper.SEALED not in keepers:
            return Check("keys.sealed", Standing.OK, "no key is in the sealed file yet")
        return Check("keys.sealed", Standing.DEGRADED, sealed.trouble)


def build_issuing(config: Config, ring: Callable[[], KeyRing], reactor: Any) -> Issuing:  # noqa: ANN401 - Twisted's reactor is several interfaces at once
    """Build the issuer over every place that the configuration names; SetUpFault for tables that are none."""
    settings = config.keys
    plain = PlainKeys({(key.sgc, key.krn): key.key.reveal() for key in config.vending_keys})
    shelves: dict[KeyKeeper, KeyShelf] = {KeyKeeper.FILE: plain}
    services: dict[KeyKeeper, KeyService] = {}
    sealed, pkcs11 = None, None
    if settings.sealed_file is not None and settings.passphrase is not None:
        sealed = SealedShelf(settings.sealed_file, settings.passphrase.reveal)
        shelves[KeyKeeper.SEALED] = sealed
    if settings.pkcs11_module is not None and settings.pkcs11_pin is not None:
        place = Pkcs11Place(str(settings.pkcs11_module), settings.pkcs11_token, _environment())
        pkcs11 = Pkcs11Keys(place, settings.pkcs11_pin.reveal, reactor)
        services[KeyKeeper.PKCS11] = pkcs11
    tables = None if settings.sta_tables is None else read_tables(settings.sta_tables)
    issuer = KeyedIssuer(ring, Keepers(shelves, services), tables=tables, seconds=reactor.seconds)
    in_modules = {} if pkcs11 is None else {KeyKeeper.PKCS11: pkcs11}
    card_keys = KeptCardKeys(ring, shelves, in_modules, lambda: microseconds(datetime.now(UTC)))
    return Issuing(issuer, sealed, pkcs11, card_keys)


def read_tables(file: Path) -> StaTables:
    """Read the operator's STA tables; SetUpFault says what is wrong with the file."""
    try:
        return tables_of(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError, StaTablesFault) as fault:
        raise SetUpFault(
            f"keys.sta_tables: {file}: {fault}; cure: name a JSON file with the lists s1, s2 and p"
        ) from None


def _environment() -> dict[str, str]:
    """What a module may read at its start: its maker's manual says which names it wants."""
    return {name: text for name, text in os.environ.items() if not name.startswith(_KEPT_BACK)}
