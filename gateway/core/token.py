"""Tokens as the ledger knows them: 20 digits, the meter's identity they are made for, and the token id.

The token id (TID) is the minute of issue. A meter takes each id once, so it is what makes a token unique.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from gateway.bits import is_digits, luhn_valid
from gateway.core.quickly_built import quickly_built

TOKEN_DIGITS = 20
TID_BITS = 24
TID_LEAD_MINUTES_MAX = 60
"""How far token ids may run ahead of the clock: an hour of one token a minute is no customer, but a fault."""

_DAY_MINUTES = 24 * 60
_RESERVED_MINUTE = 1
"""The TID of 00:01 is kept for special tokens on every day (IEC 62055-41, 6.3.5)."""

# A TID counts the civil minutes of the supply group's own zone: the base is naive by definition.
_BASES = {year: datetime(year, 1, 1) for year in (1993, 2014, 2035)}  # noqa: DTZ001 - see above


@quickly_built
@dataclass(frozen=True, slots=True, repr=False)
class TokenDigits:
    """The 20 digits of a token. Who reads it can spend it, so only its last four show by themselves."""

    _digits: str

    def __post_init__(self) -> None:
        """Refuse (ValueError) anything but 20 decimal digits."""
        digits = self._digits
        if not is_digits(digits, TOKEN_DIGITS):
            msg = f"a token has exactly {TOKEN_DIGITS} decimal digits"
            raise ValueError(msg)

    def reveal(self) -> str:
        """Return the 20 digits, for the receipt and the reply."""
        return self._digits

    def grouped(self) -> str:
        """Return the 20 digits in groups of four, as they are read from a slip."""
        return " ".join(self._digits[at : at + 4] for at in range(0, TOKEN_DIGITS, 4))

    def __str__(self) -> str:
        """Show the last four digits only."""
        return f"**** **** **** **** {self._digits[-4:]}"

    def __repr__(self) -> str:
        """Show the last four digits only."""
        return f"TokenDigits({self})"


@quickly_built
@dataclass(frozen=True, slots=True)
class ReservedId:
    """A token id that is kept for a sale whose token a security module makes: the same one after a crash."""

    base_date: int
    tid: int
    rnd: int


@dataclass(frozen=True, slots=True)
class StsIdentity:
    """What a decoder key is bound to: the meter and the supply group, revision and tariff it belongs to.

    ``pan`` is the 18-digit MeterPAN, ``sgc`` the supply group (6 digits), ``krn`` the key revision 1..9,
    ``ti`` the tariff index (2 digits), ``ea`` the encryption algorithm ("07" STA, "11" MISTY1), ``kt`` the
    key type 0..3, ``base_date`` the year 1993, 2014 or 2035. Anything else is refused (ValueError).
    """

    pan: str
    sgc: str
    krn: int
    ti: str
    ea: str
    kt: int
    base_date: int

    def __post_init__(self) -> None:
        """Refuse an identity for which no meter can exist (IEC 62055-41, 6.1)."""
        refusals = (
            (is_digits(self.pan, 18), "the meter PAN has 18 digits"),
            (luhn_valid(self.pan), "the check digit of the meter PAN is wrong"),
            (is_digits(self.sgc, 6), "the supply group code has 6 digits"),
            (self.krn in range(1, 10), "the key revision number is 1 to 9"),
            (is_digits(self.ti, 2), "the tariff index has 2 digits"),
            (self.ea in ("07", "11"), "the encryption algorithm is 07 or 11"),
            (self.kt in range(4), "the key type is 0 to 3"),
            (self.base_date in _BASES, "the base date is 1993, 2014 or 2035"),
        )
        for holds, rule in refusals:
            if not holds:
                raise ValueError(rule)


class TidFault(ValueError):  # noqa: N818 - the calendar's fault, not an error of ours
    """The instant has no TID under this base date: before it, or after its 31 years (24 bits of minutes)."""


@dataclass(frozen=True, slots=True)
class TidTooFarAhead:
    """So many tokens went to one meter that the next id is ``lead`` minutes ahead: retry later, alarm."""

    lead: int
    lead_max: int


def tid_at(base_date: int, civil: datetime) -> int:
    """Return the TID of an instant: whole minutes since 1 January of ``base_date``, 24 bits (6.3.5).

    ``civil`` is the naive civil time of the supply group's zone. An aware time, an unknown base date and an
    instant outside the 24 bits are refused with ``TidFault``.
    """
    if civil.tzinfo is not None or base_date not in _BASES:
        msg = "a TID is made from a naive civil time and a base date of 1993, 2014 or 2035"
        raise TidFault(msg)
    return _within_24_bits((civil - _BASES[base_date]) // timedelta(minutes=1))


def rebased_tid(tid: int | None, old: int, new: int) -> int | None:
    """Return the id of the same minute under the base date ``new``; below zero before that base date.

    >>> rebased_tid(0, 2035, 2014), rebased_tid(0, 1993, 2014)
    (11044800, -11044800)
    """
    return None if tid is None else tid + (_BASES[old] - _BASES[new]) // timedelta(minutes=1)


def next_tid(
    now_tid: int, last_tid: int | None, lead_max: int = TID_LEAD_MINUTES_MAX
) -> int | TidTooFarAhead:
    """Return the id for the next token of a meter: the clock's, or one more than the last, never backwards.

    The reserved minute 00:01 of a day is left out. More than ``lead_max`` minutes ahead of the clock is
    ``TidTooFarAhead``; beyond the 24 bits of the base date is ``TidFault``.
    """
    tid = now_tid if last_tid is None else max(now_tid, last_tid + 1)
    if tid % _DAY_MINUTES == _RESERVED_MINUTE:
        tid += 1
    if tid - now_tid > lead_max:
        return TidTooFarAhead(lead=tid - now_tid, lead_max=lead_max)
    return _within_24_bits(tid)


class IssuerRefusalWhy(Enum):
    """Why an issuer makes no token; the text is for the operator."""

    NO_KEY = "no vending key is loaded for this supply group and key revision"
    NOT_APPROVED = "the vending key waits for its second person, or was withdrawn"
    OTHER_KEY = "the meter's key type or base date is not that of the vending key"
    WRONG_KEY = "the key that is kept is not the one that was approved: its check value differs"
    NOT_BEGUN = "the vending key's time has not begun"
    ISSUE_ENDED = "the date until which this vending key may issue is past"
    KEY_EXPIRED = "the vending key has expired: the meter needs a key change first"
    LIMIT = "as much energy as this vending key may issue has been issued"
    TEST_TABLES = "with the sample tables of EA07 only meters marked as test meters get tokens"
    UNREACHABLE = "the security module does not answer"
    KIND = "this issuer makes no token of this kind"
    AMOUNT = "the amount is more than a token can carry"


class IssuerRefusal(Exception):  # noqa: N818 - a refusal, which the verb maps to its own
    """An issuer makes no token for this identity; ``why`` names the reason, and no key is in it."""

    def __init__(self, why: IssuerRefusalWhy) -> None:
        super().__init__(why.value)
        self.why = why


def _within_24_bits(tid: int) -> int:
    """Return the TID if the base date still holds it."""
    if not 0 <= tid < 1 << TID_BITS:
        msg = "the base date holds no token id for this instant: the meter needs another base date"
        raise TidFault(msg)
    return tid
