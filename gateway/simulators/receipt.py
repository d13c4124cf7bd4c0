"""The slip a customer takes home: what was paid, what for, and the token to type, on 42 columns.

It is plain text, so that any counter printer, terminal and mail can carry it. Columns are counted as a
printer sees them: a Chinese character takes two (Unicode Standard Annex 11).
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.energy import WH_PER_TENTH, Energy
from gateway.core.meter import Carrier
from gateway.core.meter_number import MeterNumber
from gateway.core.money import Money
from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from gateway.core.outcome import Approved
    from gateway.core.token import TokenDigits

WIDTH_MIN = 32
"""The token in five groups with its frame needs 30 columns; narrower paper cannot carry it."""

WIDTH_MAX = 80
"""Wider than the widest counter printer there is no column to fill."""

_THIN, _THICK = "─", "═"
_LINE_NAMES = {
    "ENERGY": "Energy",
    "ENERGY_NET": "Energy without tax",
    "VAT": "Value added tax",
    "BASE": "Basic price",
    "LADDER": "Step surcharge",
    "FOREX": "Foreign exchange",
    "CHANNEL_FEE": "Fee for paying here",
    "ARREARS": "Old debt paid off",
    "EMERGENCY": "Emergency credit paid back",
    "CHANGE_KEPT": "Change kept for next time",
    "CHANGE_USED": "Less change from last time",
}
# Letters up to which a code is an abbreviation, such as EPRA.
_SHORT = 4
# Lines that buy no energy: they are no part of its price.
_DEBTS = frozenset({"ARREARS", "EMERGENCY"})
_CHANGE = frozenset({"CHANGE_KEPT", "CHANGE_USED"})
# Where the credit is, when no token is on the slip: what the frame says, and what to do.
_ELSEWHERE = {
    Carrier.CARD: (
        "YOUR CREDIT WAITS FOR YOUR CARD",
        "Take your meter's card to a counter of the utility: the credit is loaded onto it there.",
    ),
    Carrier.REMOTE: (
        "YOUR CREDIT GOES TO YOUR METER",
        "It is loaded into the meter over the line. There is nothing to type.",
    ),
    Carrier.TOKEN: (
        "YOUR TOKEN IS NOT OUT YET",
        "Ask for it where you paid and show the reference below. The credit is then typed into the meter.",
    ),
}
# An average price is shown two digits finer than the money.
_FINER = 2


def receipt_text(  # noqa: PLR0913, PLR0917 - what stands on a receipt, all of it named
    approved: Approved, utility: str, bank: str, reference: str, tz: tzinfo, width: int = 42
) -> str:
    """Write the receipt of a sale; it holds the token in the clear, so it goes to the customer only.

    ValueError for a width outside 32 to 80, and for lines that do not sum to what was paid.
    """
    if not WIDTH_MIN <= width <= WIDTH_MAX:
        raise ValueError(f"a receipt is {WIDTH_MIN} to {WIDTH_MAX} columns wide")
    if sum(minor for _, minor in approved.lines) != approved.tender_minor:
        raise ValueError(f"the lines of receipt {approved.receipt_no} do not sum to what was paid")
    rows = [
        *(_centred(row, width) for row in _folded(utility, width)),
        _centred("Receipt for prepaid electricity", width),
        _THICK * width,
        *_who(approved, tz, width),
        _THIN * width,
        *_sums(approved, width),
        "",
        *_credit(approved, width),
        "",
        *_pair("Paid at", bank, width),
        *_pair("Reference", reference, width),
        _THICK * width,
    ]
    return "\n".join(row.rstrip() for row in rows) + "\n"


def columns(text: str) -> int:
    """Count the columns that a text takes: two for a wide character, none for a combining one.

    >>> columns("王伟 Wang")
    9
    """
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _who(approved: Approved, tz: tzinfo, width: int) -> Iterator[str]:
    at = moment_of(approved.at_us).astimezone(tz)
    yield from _pair("Receipt no", str(approved.receipt_no), width)
    yield from _pair("Date", f"{at:%Y-%m-%d %H:%M:%S}", width)
    yield from _pair("Customer", approved.customer, width)
    yield from _pair("Account", approved.account_no, width)
    yield from _pair("Meter", MeterNumber.parse(approved.pan).drn, width)
    yield from _pair("Tariff", f"{approved.power_type}, {approved.tariff_version}", width)


def _sums(approved: Approved, width: int) -> Iterator[str]:
    """Write the lines, their sum, and what it bought."""
    currency = approved.currency
    for code, minor in approved.lines:
        yield from _pair(_line_name(code), Money(minor, currency).text(), width)
    yield " " * (width - 12) + _THIN * 12
    yield from _pair(f"Paid {currency}", Money(approved.tender_minor, currency).text(), width)
    yield ""
    yield from _pair("Energy bought", _kwh(approved.energy_wh), width)
    if approved.free is not None:
        yield from _pair("Energy given free", _kwh(approved.free.energy_wh), width)
    yield from _pair(_price_name(approved), f"{_price_text(approved)} {currency}/kWh", width)


def _kwh(wh: int) -> str:
    """Write energy as a meter shows it, in tenths; the rest appears only where the tariff sells it."""
    return f"{Energy(wh).kwh_text(1 if wh % WH_PER_TENTH == 0 else 3)} kWh"


def _credit(approved: Approved, width: int) -> Iterator[str]:
    """Frame the tokens, or say where the credit is."""
    free = approved.free
    if approved.token is None:
        headline, what_to_do = _ELSEWHERE[approved.carrier]
        yield from _framed(tuple(_folded(headline, width - 4)), width)
        yield from _folded(what_to_do, width)
        if free is not None:
            how = "have a token of their own" if approved.carrier is Carrier.TOKEN else "come with it"
            yield from _folded(f"The {_kwh(free.energy_wh)} that are free {how}.", width)
        return
    if approved.key_change:
        yield from _key_change(approved.key_change, width)
    yield from _framed(("YOUR TOKEN", "", _spaced(approved.token, width)), width)
    if approved.key_change:
        yield from _folded("Then type these 20 digits into your meter.", width)
    elif free is None or free.token is None:
        yield from _folded("Type these 20 digits into your meter.", width)
    else:
        yield from _folded("First type these 20 digits into your meter.", width)
    if free is not None and free.token is not None:
        yield ""
        yield from _framed(("YOUR FREE TOKEN", "", _spaced(free.token, width)), width)
        yield from _folded(f"Then type these 20 digits too: {_kwh(free.energy_wh)} free.", width)


def _key_change(tokens: tuple[TokenDigits, ...], width: int) -> Iterator[str]:
    """Frame the tokens of a key change; who typed them with an earlier receipt is told what will happen."""
    rows = [f"{n}  {token.grouped()}" for n, token in enumerate(tokens, 1)]
    yield from _framed(("YOUR METER GETS A NEW KEY", "", *rows), width)
    yield from _folded(
        f"First type these {len(tokens)} numbers into your meter, one after the other. If you did so with an "
        "earlier receipt, the meter refuses them: go on with your token.",
        width,
    )
    yield ""


def _spaced(token: TokenDigits, width: int) -> str:
    """Write a token as wide as the frame allows."""
    digits = token.grouped()
    wide = digits.replace(" ", "   ")
    return wide if len(wide) + 4 <= width else digits


def _framed(rows: tuple[str, ...], width: int) -> Iterator[str]:
    inner = width - 2
    yield f"╔{_THICK * inner}╗"
    for row in ("", *rows, ""):
        left = (inner - columns(row)) // 2
        yield f"║{' ' * left}{row}{' ' * (inner - columns(row) - left)}║"
    yield f"╚{_THICK * inner}╝"


def _price_name(approved: Approved) -> str:
    """Say what of the money the average price leaves out, where it leaves out any."""
    codes = {code for code, _ in approved.lines}
    apart = [word for word, of in (("debt", _DEBTS), ("change", _CHANGE)) if codes & of]
    return f"Average price without {' and '.join(apart)}" if apart else "Average price"


def _price_text(approved: Approved) -> str:
    """Divide what was paid, less debts and change, by the kWh bought: whole numbers, rounded half up."""
    exponent = CURRENCY_EXPONENT[approved.currency]
    if approved.energy_wh <= 0:
        raise ValueError(f"receipt {approved.receipt_no} is for no energy")
    spent = sum(minor for code, minor in approved.lines if code not in _DEBTS | _CHANGE)
    finest, wh = spent * 10**_FINER * 1000, approved.energy_wh
    places = exponent + _FINER
    digits = str((2 * finest + wh) // (2 * wh)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


def _line_name(code: str) -> str:
    """Name a line of the tariff, with the power type behind it where the meter is shared by several.

    >>> _line_name("RURAL_GRID_LOAN"), _line_name("EPRA"), _line_name("ENERGY.shop")
    ('Rural grid loan', 'EPRA', 'Energy, shop')
    """
    code, _, part = code.partition(".")
    is_short = "_" not in code and len(code) <= _SHORT
    name = _LINE_NAMES.get(code) or (code if is_short else code.replace("_", " ").lower().capitalize())
    return f"{name}, {part}" if part else name


def _pair(label: str, text: str, width: int) -> Iterator[str]:
    """Write a label at the left and a text at the right edge; what is too long for one row takes more."""
    gap = width - columns(label) - columns(text)
    if gap > 0:
        yield label + " " * gap + text
        return
    yield from _folded(label, width)
    for row in _folded(text, width - 2):
        yield " " * (width - columns(row)) + row


def _centred(text: str, width: int) -> str:
    return " " * ((width - columns(text)) // 2) + text


def _folded(text: str, width: int) -> list[str]:
    """Cut a text into rows: between words, and inside a word only where it is wider than a row."""
    rows: list[str] = []
    for piece in (piece for word in text.split() for piece in _sliced(word, width)):
        if rows and columns(rows[-1]) + 1 + columns(piece) <= width:
            rows[-1] += " " + piece
        else:
            rows.append(piece)
    return rows


def _sliced(word: str, width: int) -> list[str]:
    slices = [""]
    for character in word:
        if columns(slices[-1] + character) > width:
            slices.append("")
        slices[-1] += character
    return slices
