"""Where vending keys are kept: three kinds of places, by what they give out.

A *shelf* gives the vending key itself (a plain file, the sealed file). A *key service* keeps it and gives the
keys of meters (a PKCS#11 module). A *token service* gives finished tokens only (a token-issuing module).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from gateway.codecs.sts.keys import OCTETS_OF_DKGA
from gateway.core.key_ring import KeyRevision, KeyRing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.card.answering import Made
    from gateway.core.key_ring import KeyKeeper
    from gateway.core.token import StsIdentity, TokenDigits
    from gateway.core.token_order import Order


class KeyShelf(Protocol):
    """Vending keys at hand."""

    def key(self, sgc: str, krn: int) -> bytes | None:
        """Return the vending key of a place, 8 or 20 octets; None where there is none."""


class KeyService(Protocol):
    """Vending keys that stay where they are; what is asked for is a meter's key. Both raise IssuerRefusal."""

    async def decoder_key(self, identity: StsIdentity, revision: KeyRevision) -> bytes:
        """Return the key that this meter holds under this revision."""

    async def check_value(self, revision: KeyRevision) -> str:
        """Return the check value of the vending key: 6 upper-case hex digits."""


class CardService(Protocol):
    """Master keys of cards that stay where they are; what is asked for is done with a card's key.

    Both raise IssuerRefusal.
    """

    async def check_value(self, revision: KeyRevision) -> str:
        """Return the check value of the master key: 6 upper-case hex digits."""

    async def card_made(self, revision: KeyRevision, blocks: bytes, made: Made) -> bytes:
        """Make something with a card's key, which is these blocks enciphered with the master key."""


class TokenService(Protocol):
    """Vending keys that nothing can be had of but tokens."""

    async def tokens(self, order: Order) -> tuple[TokenDigits, ...]:
        """Have the order's tokens made: the same for the same order, ever. Raises IssuerRefusal."""


@dataclass(frozen=True, slots=True)
class Keepers:
    """All places that a gateway has; a keeper that is in none of them has no key."""

    shelves: Mapping[KeyKeeper, KeyShelf] = field(default_factory=dict)
    services: Mapping[KeyKeeper, KeyService] = field(default_factory=dict)
    modules: Mapping[KeyKeeper, TokenService] = field(default_factory=dict)


class PlainKeys:
    """A shelf of vending keys that were read from plain files: for test keys and closed systems."""

    def __init__(self, keys: Mapping[tuple[str, int], bytes]) -> None:
        self._keys = dict(keys)

    def __repr__(self) -> str:
        """Show how many there are, and none of them."""
        return f"PlainKeys({len(self._keys)} vending keys)"

    def key(self, sgc: str, krn: int) -> bytes | None:
        """Return the vending key of a place."""
        return self._keys.get((sgc, krn))

    def ring(self) -> KeyRing:
        """The ring of these keys alone: there from the beginning, for any meter, without an end."""
        return KeyRing.of(
            KeyRevision(sgc, krn, dkga=_DKGA_OF[len(key)]) for (sgc, krn), key in self._keys.items()
        )


#: Which algorithm a vending key is for, by its octets.
_DKGA_OF = {octets: dkga for dkga, octets in OCTETS_OF_DKGA.items()}
