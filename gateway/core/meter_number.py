"""Meter numbers: the DRN on the face of a meter and the 18-digit MeterPAN around it (IEC 62055-41, 6.1.2).

DRN: manufacturer (2 or 4 digits), serial (8), Luhn digit: 11 or 13 digits.
MeterPAN: 600727 and a DRN of 11, or 0000 and a DRN of 13, then a Luhn digit: 18 digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gateway.bits import is_digits, luhn_digit, luhn_valid

TEXT_MAX = 40
"""Eighteen digits with a space between each two are 35 characters; more was never a meter number."""

_IIN_OF_DRN_DIGITS = {11: "600727", 13: "0000"}
_PAN_DIGITS = 18


class MeterNumberFaultWhy(Enum):
    """What is wrong with a meter number, and what to do about it."""

    DIGITS = "a meter number has digits only: type it again without letters or signs"
    LENGTH = "a meter number has 11 or 13 digits, its long form 18: count the digits and type it again"
    ISSUER = "the long form begins with 600727 or 0000: type the 11 or 13 digits on the face of the meter"
    DRN_CHECK = "the check digit of the meter number is wrong: compare it with the meter and type it again"
    PAN_CHECK = "the last digit of the long form is wrong: type the 11 or 13 digits on the face of the meter"


class MeterNumberFault(ValueError):  # noqa: N818 - the fault of what was typed, not an error of ours
    """What was typed is no meter number; ``why`` names the rule and its text the cure."""

    def __init__(self, why: MeterNumberFaultWhy) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True, order=True)
class MeterNumber:
    """A meter number whose check digit is right: ``drn`` of 11 or 13 digits. Build it with ``parse``.

    It is printed on the meter and names no customer's account, so it may be shown.
    """

    drn: str

    def __post_init__(self) -> None:
        """Refuse anything but a well-formed DRN."""
        if not is_digits(self.drn):
            raise MeterNumberFault(MeterNumberFaultWhy.DIGITS)
        if len(self.drn) not in _IIN_OF_DRN_DIGITS:
            raise MeterNumberFault(MeterNumberFaultWhy.LENGTH)
        # IEC 62055-41, 6.1.2: the DRN ends with a Luhn digit over the manufacturer and the serial number.
        if not luhn_valid(self.drn):
            raise MeterNumberFault(MeterNumberFaultWhy.DRN_CHECK)

    @classmethod
    def parse(cls, text: str) -> MeterNumber:
        """Return the meter number in ``text``: 11 or 13 digits of DRN, or 18 of MeterPAN, spaces allowed.

        Refuses with ``MeterNumberFault``; its text tells the person at the counter what to do.

        >>> MeterNumber.parse("6007 2711 1111 1111 53").drn
        '11111111115'
        """
        if len(text) > TEXT_MAX:
            raise MeterNumberFault(MeterNumberFaultWhy.LENGTH)
        digits = text.replace(" ", "")
        if is_digits(digits, _PAN_DIGITS):
            return cls(_drn_of(digits))
        return cls(digits)

    @property
    def pan(self) -> str:
        """The MeterPAN: 18 digits, with its own Luhn digit at the end."""
        payload = _IIN_OF_DRN_DIGITS[len(self.drn)] + self.drn
        return payload + luhn_digit(payload)

    def __str__(self) -> str:
        """Show the number as it stands on the meter."""
        return self.drn


def _drn_of(pan: str) -> str:
    """Return the DRN inside the 18 digits of a MeterPAN, whose issuer and check digit must be right."""
    for iin in _IIN_OF_DRN_DIGITS.values():
        if pan.startswith(iin):
            if not luhn_valid(pan):
                raise MeterNumberFault(MeterNumberFaultWhy.PAN_CHECK)
            return pan[len(iin) : -1]
    raise MeterNumberFault(MeterNumberFaultWhy.ISSUER)
