"""Tokens from vending keys held in this process: for test keys, simulators and closed systems."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.codecs.sts.block import TokenFault, TokenFaultWhy
from gateway.codecs.sts.cipher import Misty1Schedule, key_schedule
from gateway.codecs.sts.keys import dkga04
from gateway.codecs.sts.seal import credit_token
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy, StsIdentity, TokenDigits

if TYPE_CHECKING:
    from collections.abc import Mapping

METERS_HELD_MAX = 20_000
"""Meters whose key schedule is kept: some 1.5 KB each, 30 MB in all; to make one anew takes only 20 µs."""

NEVER_EXPIRES = 255
"""The key expiry number of a key that lasts as long as its base date (IEC 62055-41, 6.1.10)."""

_REFUSALS = {
    TokenFaultWhy.SUBCLASS: IssuerRefusalWhy.SUBCLASS,
    TokenFaultWhy.AMOUNT: IssuerRefusalWhy.AMOUNT,
}


class SoftwareIssuer:
    """A ``TokenIssuer`` over vending keys by (supply group code, key revision number).

    ``expiry_numbers`` holds the key expiry number (KEN, 0 to 255) of keys that expire. It is safe to be used
    by several threads, and shows no key.
    """

    def __init__(
        self,
        vending_keys: Mapping[tuple[str, int], bytes],
        *,
        expiry_numbers: Mapping[tuple[str, int], int] | None = None,
        meters_held_max: int = METERS_HELD_MAX,
    ) -> None:
        self._vending_keys = dict(vending_keys)
        self._expiry_numbers = dict(expiry_numbers or {})
        self._schedule = lru_cache(maxsize=meters_held_max)(self._make_schedule)

    def __repr__(self) -> str:
        """Show how many keys there are, and none of them."""
        return f"SoftwareIssuer({len(self._vending_keys)} vending keys)"

    def credit(
        self, identity: StsIdentity, *, subclass: int, tid: int, rnd: int, amount_tenths: int
    ) -> TokenDigits:
        """Return the credit token (class 0, subclass 0 to 3) of this id: the same for the same arguments.

        Raises ``IssuerRefusal``: NO_KEY, TABLES for EA07, KEY_EXPIRED (also when the base date itself is
        over), SUBCLASS, AMOUNT. An RND beyond its four bits is the caller's mistake, a ``TokenFault``.
        """
        schedule = self._schedule(identity)
        # The expiry number is compared with the upper eight bits of the TID (6.1.10).
        if tid >> 16 > self._expiry_numbers.get((identity.sgc, identity.krn), NEVER_EXPIRES):
            raise IssuerRefusal(IssuerRefusalWhy.KEY_EXPIRED)
        try:
            digits = credit_token(schedule, subclass=subclass, tid=tid, rnd=rnd, amount_tenths=amount_tenths)
        except TokenFault as fault:
            if fault.why not in _REFUSALS:
                raise
            raise IssuerRefusal(_REFUSALS[fault.why]) from None
        return TokenDigits(digits)

    def _make_schedule(self, identity: StsIdentity) -> Misty1Schedule:
        """Derive the meter's decoder key and make it ready."""
        if identity.ea != "11":
            raise IssuerRefusal(IssuerRefusalWhy.TABLES)
        vending_key = self._vending_keys.get((identity.sgc, identity.krn))
        if vending_key is None:
            raise IssuerRefusal(IssuerRefusalWhy.NO_KEY)
        return key_schedule(decoder_key(identity, vending_key))


def decoder_key(identity: StsIdentity, vending_key: bytes) -> bytes:
    """Derive the key that this meter holds from the vending key of its supply group (DKGA04)."""
    return dkga04(
        vending_key,
        base_date=identity.base_date,
        ea=identity.ea,
        ti=identity.ti,
        sgc=identity.sgc,
        krn=identity.krn,
        kt=identity.kt,
        pan=identity.pan,
    )
