"""How a client gets in: without proof, by password (LLS) or by keys (HLS with GMAC, suite 0)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlms.acse import Mechanism, conformance

if TYPE_CHECKING:
    from gateway.codecs.dlms.security import Sealing

CHALLENGE_SIZES: Final = range(8, 65)
"""Octets of a challenge (IEC 62056-5-3, 9.2.4)."""

PDU_OURS: Final = 65_535
"""Octets of the longest PDU that we take: all that can be announced, so that a meter need not cut."""

CONFORMANCE_OURS: Final = conformance(
    "block-transfer-with-get",
    "block-transfer-with-set",
    "block-transfer-with-action",
    "multiple-references",
    "get",
    "set",
    "selective-access",
    "event-notification",
    "action",
)


@dataclass(frozen=True, slots=True)
class Access:
    """The proof, what is sealed with, and what we would like to use.

    ``value`` is the password, or our challenge: new and random at each association, made by the caller.
    ``is_ciphered``: APDUs are sealed too; under a security policy of 0 keys serve for the proof alone.
    """

    mechanism: Mechanism = Mechanism.NONE
    value: bytes = field(default=b"", repr=False)
    sealing: Sealing | None = None
    conformance: int = CONFORMANCE_OURS
    pdu_max: int = PDU_OURS
    is_ciphered: bool = True

    @property
    def sealer(self) -> Sealing | None:
        """What APDUs are sealed with, if they are."""
        return self.sealing if self.is_ciphered else None

    def __post_init__(self) -> None:
        """Refuse (ValueError) a proof that lacks what it is made of."""
        if self.mechanism == Mechanism.PASSWORD and not self.value:
            raise ValueError("an association by password needs the password")
        if self.mechanism == Mechanism.GMAC:
            if self.sealing is None:
                raise ValueError("an association by GMAC needs the meter's keys")
            if len(self.value) not in CHALLENGE_SIZES:
                raise ValueError("a challenge has 8 to 64 octets, drawn anew for each association")
