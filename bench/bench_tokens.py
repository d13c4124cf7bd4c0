"""How many credit tokens a second one core makes, with the meters' keys at hand (EA11, DKGA04)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from adapters.keys.software import SoftwareIssuer
from bench.figures import Findings
from gateway.bits import luhn_digit
from gateway.core.meter_number import MeterNumber
from gateway.core.token import StsIdentity

if TYPE_CHECKING:
    from bench.figures import Effort

METERS = 100
TOKENS = 20_000
ROUNDS = 3
"""The best of three rounds counts: what the machine does beside us is not our speed."""


def run(_effort: Effort) -> Findings:
    """Make 20,000 tokens for 100 meters through the software issuer."""
    issuer = SoftwareIssuer({("201457", 1): bytes.fromhex("ab" * 8 + "94" * 8 + "01234567")})
    identities = [_identity(serial) for serial in range(METERS)]
    for identity in identities:
        issuer.credit(identity, subclass=0, tid=1, rnd=0, amount_tenths=1)
    return Findings({"ea11_tokens_per_s": TOKENS / min(_round_s(issuer, identities) for _ in range(ROUNDS))})


def _round_s(issuer: SoftwareIssuer, identities: list[StsIdentity]) -> float:
    """Return the seconds that one round of tokens takes."""
    began = time.perf_counter()
    for at in range(TOKENS):
        identity = identities[at % METERS]
        issuer.credit(identity, subclass=0, tid=6_000_000 + at, rnd=at & 15, amount_tenths=1 + at)
    return time.perf_counter() - began


def _identity(serial: int) -> StsIdentity:
    """Return the identity of a made-up meter."""
    stem = f"99{serial:08d}"
    number = MeterNumber(stem + luhn_digit(stem))
    return StsIdentity(number.pan, sgc="201457", krn=1, ti="01", ea="11", kt=2, base_date=2014)
