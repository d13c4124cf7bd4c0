"""Key rings and issuers for tests: the vending keys of the published vectors, in any revision."""

from __future__ import annotations

import json
from typing import Any

from adapters.keys.issuer import KeyedIssuer, issuer_of_files
from adapters.keys.keepers import Keepers, PlainKeys
from adapters.keys.module import ModuleTokens
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyRing
from gateway.core.token import StsIdentity
from gateway.simulators.security_module import VirtualSecurityModule
from tests.builders import VECTORS, VENDING_KEY

OTHER_VENDING_KEY = bytes.fromhex("949494949494949401234567abababababababab")
PUBLISHED_PAN = "600727000000000009"


def issuer_with(*revisions: KeyRevision, keys: dict[tuple[str, int], bytes] | None = None, tables=None):
    """An issuer whose ring may be changed by ``issuer.turn(ring)`` in the middle of a test."""
    held = keys or {revision.place: VENDING_KEY for revision in revisions}
    state = [KeyRing.of(revisions)]
    issuer = KeyedIssuer(lambda: state[0], Keepers(shelves={KeyKeeper.FILE: PlainKeys(held)}), tables=tables)
    issuer.turn = lambda *new: state.__setitem__(0, KeyRing.of(new))  # type: ignore[attr-defined]
    return issuer


class Module:
    """A token-issuing module with its issuer; ``virtual`` has its troubles and its record."""

    def __init__(self, clock: Any, *revisions: KeyRevision, now_us=lambda: 0):
        ring = KeyRing.of(revisions)
        self.virtual = VirtualSecurityModule(dict.fromkeys(revisions, VENDING_KEY), clock, now_us, made)
        keepers = Keepers(modules={KeyKeeper.MODULE: ModuleTokens(self.virtual, clock)})
        self.issuer = KeyedIssuer(lambda: ring, keepers, seconds=clock.seconds)


def made(order, keys):
    """Make what a module is asked for, of whatever kind."""
    return tuple(token.reveal() for token in issuer_of_files(keys).make(order))


def published(kind: str, name: str) -> dict[str, Any]:
    """A published vector by its id."""
    entries = json.loads((VECTORS / "sts.json").read_text(encoding="utf-8"))["vectors"]
    return next(one for one in entries if one["kind"] == kind and one["id"] == name)


def published_identity(**changes) -> StsIdentity:
    values = {"sgc": "201457", "krn": 1, "ti": "01", "ea": "11", "kt": 2, "base_date": 2014} | changes
    return StsIdentity(**({"pan": PUBLISHED_PAN} | values))
