"""What every door says in the same words: names, meters, slips, and where a credit waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.energy import Energy
from gateway.core.meter import Carrier
from gateway.core.money import Money

if TYPE_CHECKING:
    from gateway.core.outcome import Approved

#: A MeterPAN is an issuer, the number on the face of the meter, and a check digit; this issuer has four
#: digits and faces of thirteen, the other one six and eleven (IEC 62055-41, 6.1.2).
_LONG_FACE = "0000"


def face_number(pan: str) -> str:
    """Return the number on the face of a meter, the part of its PAN that people know.

    >>> face_number("600727111111111153")
    '11111111115'
    """
    return pan[4:17] if pan.startswith(_LONG_FACE) else pan[6:17]


def waiting_sentence(paid: Approved) -> str:
    """Say where the credit of an approved payment without a token will be loaded."""
    match paid.carrier:
        case Carrier.CARD:
            return "paid; the credit is loaded on the card at a sales station"
        case Carrier.REMOTE:
            return "paid; the credit is sent to the meter"
        case Carrier.TOKEN:
            return "paid; the token waits to be fetched"


def slip_lines(paid: Approved) -> list[str]:
    """Write the lines that a bank prints: token first, then what it is for."""
    lines = [f"TOKEN {paid.token.grouped()}"] if paid.token is not None else [waiting_sentence(paid)[:40]]
    lines += [f"ENERGY {Energy(paid.energy_wh).kwh_text()} kWh", f"METER {face_number(paid.pan)}"]
    lines += [f"{code} {Money(minor, paid.currency).text()}" for code, minor in paid.lines]
    total = Money(paid.tender_minor, paid.currency)
    return [*lines, f"TOTAL {total.with_currency()}", f"RECEIPT {paid.receipt_no}"]


def masked_name(name: str) -> str:
    """Show enough of a name for the customer to be recognised, and no more: Zhang Wei → Zh*** We*."""
    return " ".join(_masked_part(part) for part in name.split())


def _masked_part(part: str) -> str:
    shown = 2 if len(part) > 2 else 1  # noqa: PLR2004 - a name of two letters would stand there whole
    return part[:shown] + "*" * (len(part) - shown)
