"""What every door says in the same words: names, meters, slips, and where a credit waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.core.energy import Energy
from gateway.core.meter import Carrier
from gateway.core.money import Money
from gateway.core.remote_order import RemoteState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.core.outcome import Approved, Offer

#: Lines on a bank's screen or slip are 40 characters (the sample answers of the field are drawn so).
LINE_WIDTH = 40

#: A MeterPAN is an issuer, the number on the face of the meter, and a check digit; this issuer has four
#: digits and faces of thirteen, the other one six and eleven (IEC 62055-41, 6.1.2).
_LONG_FACE = "0000"


def face_number(pan: str) -> str:
    """Return the number on the face of a meter, the part of its PAN that people know.

    >>> face_number("600727111111111153")
    '11111111115'
    """
    return pan[4:17] if pan.startswith(_LONG_FACE) else pan[6:17]


#: Where a credit is that goes to its meter over a line, said to whoever asks for it.
_ON_LINE: Final[dict[RemoteState, str]] = {
    RemoteState.WAITING: "paid; waits for the meter's line",
    RemoteState.ON_WAY: "paid; being sent to the meter",
    RemoteState.UNKNOWN: "paid; sent, the meter is asked for it",
    RemoteState.DELIVERED: "paid; the credit is in the meter",
    RemoteState.REFUSED: "paid; refused, the utility sees to it",
    RemoteState.EXPIRED: "paid; not sent, the utility sees to it",
    RemoteState.CANCELLED: "paid; not sent, the utility sees to it",
    RemoteState.BY_HAND: "paid; entered at the meter by hand",
}


def loading_sentence(paid: Approved) -> str:
    """Say where a credit is that goes over a line; "" of any other."""
    return "" if paid.loading is None else _ON_LINE[paid.loading]


def waiting_sentence(paid: Approved) -> str:
    """Say where the credit of an approved payment without a token will be loaded, and what comes with it."""
    sentence = loading_sentence(paid) or _waiting(paid.carrier)
    if paid.free is None:
        return sentence
    return f"{sentence}, with {_kwh(paid.free.energy_wh)} more that are free"


def _waiting(carrier: Carrier) -> str:
    match carrier:
        case Carrier.CARD:
            return "paid; the credit is loaded on the card at a sales station"
        case Carrier.REMOTE:
            return "paid; the credit is sent to the meter"
        case Carrier.TOKEN:
            return "paid; the token waits to be fetched"


def slip_lines(paid: Approved, most: int) -> list[str]:
    """Write the lines that a bank prints: the tokens first, then what they are for.

    ``most`` is how many there is room for; the lines of the price give way, the tokens never.
    """
    free = paid.free
    lines = key_lines(paid)
    lines.append(f"TOKEN {paid.token.grouped()}" if paid.token is not None else _waiting(paid.carrier))
    lines += [line for line in (loading_sentence(paid),) if line]
    lines += [line for line in (free_line(paid),) if line]
    lines.append(f"ENERGY {_kwh(paid.energy_wh)}")
    if paid.preset_wh:
        lines.append(f"OF IT IN THE METER BEFORE {_kwh(paid.preset_wh)}")
    if free is not None:
        lines.append(f"FREE ENERGY {_kwh(free.energy_wh)}")
    lines.append(f"METER {face_number(paid.pan)}")
    total = f"TOTAL {Money(paid.tender_minor, paid.currency).with_currency()}"
    end = [total, f"RECEIPT {paid.receipt_no}"]
    prices = price_lines(paid.lines, paid.currency, most - len(lines) - len(end))
    return [line[:LINE_WIDTH] for line in [*lines, *prices, *end]][:most]


def key_lines(paid: Approved) -> list[str]:
    """Write the tokens that change the meter's key, in the order of entry, which is before all others."""
    count = len(paid.key_change)
    return [f"KEY {n}/{count} {token.grouped()}" for n, token in enumerate(paid.key_change, 1)]


def free_line(paid: Approved) -> str:
    """Write the token of what is free; "" where none is out."""
    free = paid.free
    return "" if free is None or free.token is None else f"FREE TOKEN {free.token.grouped()}"


def key_sentence(paid: Approved) -> str:
    """Say the tokens that change the meter's key where there is room for a sentence only."""
    tokens = ", ".join(token.grouped() for token in paid.key_change)
    return f"ENTER FIRST {tokens}"


def offer_lines(offer: Offer, until: str, most: int) -> list[str]:
    """Write what an amount would buy, on as many lines as there is room for."""
    lines = [f"ENERGY {_kwh(offer.energy_wh)}"]
    if offer.free_wh:
        lines.append(f"FREE ENERGY {_kwh(offer.free_wh)}")
    end = [f"TOTAL {offer.tender.with_currency()}", f"VALID UNTIL {until}"]
    prices = price_lines(offer.lines, offer.tender.currency, most - len(lines) - len(end))
    return [line[:LINE_WIDTH] for line in [*lines, *prices, *end]][:most]


def price_lines(lines: Sequence[tuple[str, int]], currency: str, most: int) -> list[str]:
    """Write each line of a price; what there is no room for stands together on the last, so that all sum.

    A code that is too long is cut, its amount never: a cut amount would be another one.
    """
    if most <= 0:
        return []
    shown = list(lines)
    if len(shown) > most:
        kept = most - 1
        shown = [*shown[:kept], ("OTHER", sum(minor for _, minor in shown[kept:]))]
    texts = [(code, Money(minor, currency).text()) for code, minor in shown]
    return [f"{code[: LINE_WIDTH - 1 - len(amount)]} {amount}" for code, amount in texts]


def _kwh(wh: int) -> str:
    return f"{Energy(wh).kwh_text()} kWh"


def masked_name(name: str) -> str:
    """Show enough of a name for the customer to be recognised, and no more: Zhang Wei → Zh*** We*."""
    return " ".join(_masked_part(part) for part in name.split())


def _masked_part(part: str) -> str:
    shown = 2 if len(part) > 2 else 1  # noqa: PLR2004 - a name of two letters would stand there whole
    return part[:shown] + "*" * (len(part) - shown)
