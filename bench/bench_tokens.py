"""How many STS tokens one core makes, through the issuer that the gateway sells with: EA07 and EA11.

Keys are made ready before the clock runs, as they are for any meter that was sold to a moment ago. EA07 works
with the sample tables; the licensed ones take as long.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from adapters.keys.issuer import KeyedIssuer, issuer_of_files
from bench.figures import Findings
from gateway.bits import luhn_digit
from gateway.core.meter_number import MeterNumber
from gateway.core.token import StsIdentity
from gateway.core.token_order import CREDIT_CLASS, TokenOrder

if TYPE_CHECKING:
    from bench.figures import Effort

METERS = 100
TOKENS = 20_000
ROUNDS = 3
"""The best of three rounds counts: what the machine does beside us is not our speed."""

_VENDING_KEY = bytes.fromhex("ab" * 8 + "94" * 8 + "01234567")


def run(_effort: Effort) -> Findings:
    """Make 20,000 tokens for 100 meters of each algorithm."""
    return Findings({f"ea{ea}_tokens_per_s": _tokens_per_s(ea) for ea in ("07", "11")})


def _tokens_per_s(ea: str) -> float:
    """Return the speed of the best round."""
    issuer = issuer_of_files({("201457", 1): _VENDING_KEY})
    identities = [_identity(ea, serial) for serial in range(METERS)]
    for identity in identities:
        issuer.make(_order(identity, 1))
    return TOKENS / min(_round_s(issuer, identities) for _ in range(ROUNDS))


def _round_s(issuer: KeyedIssuer, identities: list[StsIdentity]) -> float:
    """Return the seconds that one round of tokens takes."""
    began = time.perf_counter()
    for at in range(TOKENS):
        issuer.make(_order(identities[at % METERS], at))
    return time.perf_counter() - began


def _order(identity: StsIdentity, at: int) -> TokenOrder:
    return TokenOrder(identity, CREDIT_CLASS, 0, 6_000_000 + at, at & 15, 1 + at, is_test=True)


def _identity(ea: str, serial: int) -> StsIdentity:
    """Return the identity of a made-up meter."""
    stem = f"99{serial:08d}"
    number = MeterNumber(stem + luhn_digit(stem))
    return StsIdentity(number.pan, sgc="201457", krn=1, ti="01", ea=ea, kt=2, base_date=2014)
