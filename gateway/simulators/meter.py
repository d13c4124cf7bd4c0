"""A virtual STS meter: it takes electricity credit tokens as a meter on the wall does, each exactly once.

What a meter remembers of the tokens it took are their ids. It keeps the newest fifty; an id among them is
"used", and once fifty are kept an id before the oldest of them is "old", because it can no longer be told
from a used one. So tokens may come in any order within the last fifty, and none comes twice.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Self

from gateway.codecs.sts.block import CREDIT_CLASS, StsBlock, TokenFault, TokenFaultWhy, decode_amount
from gateway.codecs.sts.cipher import key_schedule
from gateway.codecs.sts.seal import open_token
from gateway.core.energy import WH_PER_TENTH
from gateway.core.token import TID_BITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.token import StsIdentity

TIDS_KEPT = 50
"""A meter keeps at least the last fifty ids (IEC 62055-41)."""

_ELECTRICITY = 0
_TIME = 3


class RejectedWhy(Enum):
    """What the display of the meter would say, in words."""

    FORMAT = "not 20 digits of a token"
    WRONG_KEY = "mistyped, or the token of another meter"
    USED = "this token was taken before"
    OLD = "this token is older than the meter remembers"
    NOT_MINE = "a credit for water, gas or time"
    UNSUPPORTED = "a kind of token this meter does not know"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The token's energy was added; ``credit_wh`` is what the meter holds now."""

    energy_wh: int
    credit_wh: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing was added."""

    why: RejectedWhy


class VirtualMeter:
    """A meter for EA11 tokens of one identity; its decoder key is of 16 octets and is never shown."""

    def __init__(self, identity: StsIdentity, decoder_key: bytes) -> None:
        if identity.ea != "11":
            msg = "the virtual meter knows encryption algorithm 11 only"
            raise ValueError(msg)
        self.identity = identity
        self._schedule = key_schedule(decoder_key)
        self._credit_wh = 0
        self._tids: list[int] = []

    def __repr__(self) -> str:
        """Show the meter and its credit."""
        return f"VirtualMeter({self.identity.pan}, {self._credit_wh} Wh)"

    @property
    def credit_wh(self) -> int:
        """The energy that may still be used, in Wh."""
        return self._credit_wh

    def enter(self, digits: str) -> Accepted | Rejected:
        """Take a token as typed, spaces allowed, and add its energy if it is genuine, new and ours."""
        try:
            block = open_token(self._schedule, digits.replace(" ", ""))
        except TokenFault as fault:
            return Rejected(_why_rejected(fault.why))
        refused = self._refusal_of(block)
        if refused is not None:
            return Rejected(refused)
        # The id is kept together with the credit: a token whose energy was added is never taken again.
        insort(self._tids, block.tid)
        del self._tids[:-TIDS_KEPT]
        energy_wh = decode_amount(block.field16) * WH_PER_TENTH
        self._credit_wh += energy_wh
        return Accepted(energy_wh, self._credit_wh)

    def state(self) -> dict[str, object]:
        """Return what must outlive a power cut, as plain values without any key."""
        return {"credit_wh": self._credit_wh, "tids": list(self._tids)}

    @classmethod
    def from_state(cls, identity: StsIdentity, decoder_key: bytes, state: Mapping[str, object]) -> Self:
        """Return the meter that gave ``state``; a state no meter can have is refused (ValueError)."""
        credit_wh, tids = state.get("credit_wh"), state.get("tids")
        meter = cls(identity, decoder_key)
        if type(credit_wh) is not int or credit_wh < 0 or not isinstance(tids, list) or not _are_tids(tids):
            msg = "the state of a meter is a credit in Wh and up to fifty different token ids"
            raise ValueError(msg)
        meter._credit_wh = credit_wh
        meter._tids = sorted(tids)
        return meter

    def _refusal_of(self, block: StsBlock) -> RejectedWhy | None:
        """Say why a genuine token is not taken, or None when it is."""
        if block.token_class != CREDIT_CLASS or block.subclass > _TIME:
            return RejectedWhy.UNSUPPORTED
        if block.subclass != _ELECTRICITY:
            return RejectedWhy.NOT_MINE
        if block.tid in self._tids:
            return RejectedWhy.USED
        if len(self._tids) == TIDS_KEPT and block.tid < self._tids[0]:
            return RejectedWhy.OLD
        return None


def _why_rejected(why: TokenFaultWhy) -> RejectedWhy:
    """Return what the meter says to a token that could not be opened."""
    match why:
        case TokenFaultWhy.CRC:
            return RejectedWhy.WRONG_KEY
        case TokenFaultWhy.CLASS:
            return RejectedWhy.UNSUPPORTED
        case _:
            return RejectedWhy.FORMAT


def _are_tids(listed: list[object]) -> bool:
    """Say whether these are up to fifty different token ids."""
    if len(listed) > TIDS_KEPT or not all(type(tid) is int and 0 <= tid < 1 << TID_BITS for tid in listed):
        return False
    return len(set(listed)) == len(listed)
