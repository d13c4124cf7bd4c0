"""The lists of a golden tariff case against ours: lines, blocks, tokens, and the segments of a debit."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.quote import LineKind
from gateway.core.rounding import decimal_text
from gateway.core.tariff import NotBuilt
from gateway.proof.tariff_number import agrees, is_remark, is_same, known_keys, minor_of, number, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.core.quote import Quote
    from gateway.core.tariff.debit import Segment
    from gateway.core.tariff.table import Step
    from gateway.proof.tariff_number import Difference, Record

_DEBTS: Final = frozenset({LineKind.ARREARS, LineKind.EMERGENCY, LineKind.CHANNEL_FEE})
_FREE_WORDS: Final = ("FREE", "FBE", "BASIC")
_FREE, _PAID = "FREE_BASIC", "CREDIT"

_ENERGY_NAMES: Final = frozenset({"ENERGY", "ENERGY_NET"})
_CREDIT_NAMES: Final = _ENERGY_NAMES | {"CREDIT", "METER_CREDIT", "CREDIT_TO_METER"}
"""What the line is called that buys the energy, or loads a meter that holds money."""

Figures = dict[str, tuple[Fraction | None, ...]]
"""What a row may say, and the figures that are right for it: a gross and a net one where both are meant."""


def compare_lines(wanted: object, quote: Quote) -> Iterator[Difference]:
    """Compare lines as a set; a line of nothing may be left out, and the energy's line has several names."""
    currency = quote.tender.currency
    names = _ENERGY_NAMES if quote.credit_minor is None else _CREDIT_NAMES
    demanded = []
    for row in rows(wanted):
        known_keys(row, frozenset({"code", "amount"}), "expected.lines")
        demanded.append((str(row["code"]), minor_of(row["amount"], currency)))
    ours = [(line.code, line.amount.minor) for line in quote.lines]
    demanded, ours = (
        sorted(("ENERGY" if code in names else code, minor) for code, minor in lines if minor)
        for lines in (demanded, ours)
    )
    if demanded != ours:
        yield "lines", demanded, ours


def compare_blocks(what: str, wanted: object, quote: Quote, steps: Sequence[Step]) -> Iterator[Difference]:
    """Compare the blocks in their order; those that give nothing may be left out."""
    unit = 10 ** CURRENCY_EXPONENT[quote.tender.currency]
    ours: list[Figures] = []
    for block in quote.blocks:
        gross, kwh = block.gross_minor / unit, block.kwh_exact
        # Of a shared meter the steps are merged ones, which no single tariff has.
        rate = sum(steps[block.number - 1].rates, Fraction(0)) if block.number <= len(steps) else gross / kwh
        number_ = Fraction(block.number)
        ours.append(
            {
                "kwh_exact": (kwh,),
                "kwh": (kwh,),
                "gross": (gross,),
                "net": (rate * kwh,),
                "amount": (gross, rate * kwh),
                "rate": (rate, gross / kwh),
                "price": (rate, gross / kwh),
                "cost": (gross, rate * kwh),
                "upto_kwh": (_end_of(steps, block.number),),
                "tier": (number_,),
                "block": (number_,),
            }
        )
    yield from _compare_rows(what, [row for row in rows(wanted) if _gives(row)], ours)


def _end_of(steps: Sequence[Step], number: int) -> Fraction | None:
    upto_wh = steps[number - 1].upto_wh if number <= len(steps) else None
    return None if upto_wh is None else Fraction(upto_wh, 1000)


def compare_segments(wanted: object, segments: Sequence[Segment], currency: str) -> Iterator[Difference]:
    """Compare what a debit is made of, in the order of use."""
    unit = 10 ** CURRENCY_EXPONENT[currency]
    found: list[Figures] = []
    for row, segment in zip(kept := [row for row in rows(wanted) if _gives(row)], segments, strict=False):
        if "zone" in row and row["zone"] != segment.zone:
            yield "segments zone", row["zone"], segment.zone
        # A surcharge may stand beside the zone's own price.
        add = Fraction(0) if row.get("add") is None else number(row["add"])
        found.append(
            {
                "kwh": (Fraction(segment.wh, 1000),),
                "kwh_exact": (Fraction(segment.wh, 1000),),
                "tier": (Fraction(segment.number),),
                "rate": (segment.rate / unit - add, segment.rate / unit),
                "price": (segment.rate / unit,),
                "add": (add,),
                "amount": (segment.exact / unit,),
                "amount_exact": (segment.exact / unit,),
                "debit": (segment.exact / unit,),
                "debit_exact": (segment.exact / unit,),
                "cost": (segment.exact / unit,),
            }
        )
    if len(kept) != len(segments):
        yield "segments", len(kept), len(segments)
        return
    yield from _compare_rows("segments", kept, found, skipped=frozenset({"zone"}))


def _gives(row: Record) -> bool:
    """Does the row say that some energy falls into it?"""
    return all(row.get(key) is None or number(row[key]) for key in ("kwh", "kwh_exact"))


def _compare_rows(
    what: str, wanted: Sequence[Record], ours: Sequence[Figures], skipped: frozenset[str] = frozenset()
) -> Iterator[Difference]:
    if len(wanted) != len(ours):
        yield what, len(wanted), len(ours)
        return
    for place, (row, figures) in enumerate(zip(wanted, ours, strict=True), start=1):
        for key, demanded in row.items():
            if is_remark(key) or key in skipped:
                continue
            if key not in figures:
                raise NotBuilt(f"expected.{what}.{key}")
            if not any(agrees(demanded, figure) for figure in figures[key]):
                yield f"{what} {place} {key}", demanded, _text(figures[key][0])


def compare_tokens(wanted: object, quote: Quote) -> Iterator[Difference]:
    """Compare the tokens: one for the energy given free, one for the energy paid for."""
    unit = 10 ** CURRENCY_EXPONENT[quote.tender.currency]
    of_energy = sum(line.amount.minor for line in quote.lines if line.kind not in _DEBTS)
    charges = sum(line.amount.minor for line in quote.lines if line.kind is LineKind.CHARGE)
    # Fixed charges are paid beside the energy: a token's amount may be meant with them or without.
    paid: Figures = {"amount": (Fraction(of_energy, unit), Fraction(of_energy - charges, unit))}
    if quote.credit_minor is None:
        paid |= {"kwh_exact": (quote.kwh_exact,), "kwh": (Fraction(quote.energy_wh, 1000),)}
    else:
        paid = {"amount": (Fraction(quote.credit_minor, unit),)}
    ours: dict[str, Figures] = {_PAID: paid}
    if quote.free_wh:
        free = (Fraction(quote.free_wh, 1000),)
        ours[_FREE] = {"amount": (Fraction(0),), "kwh": free, "kwh_exact": free}
    demanded = {_token(str(row["type"])): row for row in rows(wanted)}
    if demanded.keys() != ours.keys() or len(demanded) != len(rows(wanted)):
        yield "tokens", sorted(demanded), sorted(ours)
        return
    for kind, row in demanded.items():
        yield from _compare_token(kind, row, ours[kind])


def _compare_token(
    kind: str, row: Record, figures: Mapping[str, tuple[Fraction | None, ...]]
) -> Iterator[Difference]:
    for key, demanded in row.items():
        if key == "type" or is_remark(key):
            continue
        if key not in figures:
            raise NotBuilt(f"expected.tokens.{key}")
        same = agrees if key == "kwh_exact" else is_same
        if not any(same(demanded, figure) for figure in figures[key]):
            yield f"token {kind} {key}", demanded, _text(figures[key][0])


def _token(kind: str) -> str:
    """Take every name of the free token as one; any other token is the one that was paid for."""
    return _FREE if any(word in kind.upper() for word in _FREE_WORDS) else _PAID


def _text(figure: Fraction | None) -> str:
    return "none" if figure is None else decimal_text(figure, 6)
