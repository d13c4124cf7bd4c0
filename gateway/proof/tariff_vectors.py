"""Golden tariff cases: every published purchase, priced to the last digit.

One case of the document is one ``Case`` here, with all its steps. What the format knows and the
product cannot price yet is skipped with the key's name; a case that is no case at all fails.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

from gateway.core.money import CURRENCY_EXPONENT, Money
from gateway.core.rounding import decimal_text, round_half_up
from gateway.core.tariff import Counters, NotBuilt, Quote, QuoteRefused, Tariff, TariffFault
from gateway.proof.case import Case, failed, passed, skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    _Record = dict[str, object]

_COMPARED: Final = frozenset(
    {"kwh_exact", "kwh", "lines", "blocks", "tiers", "mtd_after", "days", "must_not_equal_kwh"}
)
_CUSTOMER: Final = frozenset(
    {"mtd_kwh_purchased", "ytd_kwh_purchased", "ytd_kwh_used", "arrears", "balance", "account_balance"}
    | {"fbe_claimed", "fee_paid_this_month", "previous_purchase", "months_unpaid", "sanctioned_kw"}
    | {"preferential"}
)
"""What the format says of a customer; where a price depends on more than we read, the tariff is refused."""


def run(document: dict[str, object]) -> Iterator[Case]:
    """Run every case of a document of the tariffs.json format."""
    cases = document.get("cases")
    if not isinstance(cases, list):
        yield failed("tariffs", "a list of cases", type(cases).__name__)
        return
    for number, vector in enumerate(cases):
        name = str(vector.get("id", number)) if isinstance(vector, dict) else f"case {number}"
        try:
            differences = list(_differences(_record(vector)))
        except NotBuilt as lacking:
            yield skipped(name, f"not built: {lacking.key}")
        except (TariffFault, KeyError, TypeError, ValueError, ZeroDivisionError) as fault:
            yield failed(name, "a well-formed case", f"{type(fault).__name__}: {fault}")
        else:
            yield _verdict(name, differences)


def _verdict(name: str, differences: list[tuple[str, object, object]]) -> Case:
    if not differences:
        return passed(name)
    expected = "; ".join(f"{what} {wanted}" for what, wanted, _ in differences)
    return failed(name, expected, "; ".join(f"{what} {got}" for what, _, got in differences))


def _differences(vector: _Record) -> Iterator[tuple[str, object, object]]:
    """Name each thing that differs: what, expected, actual."""
    tariff = Tariff.from_mapping(_record(vector["tariff"]), version=str(vector.get("id", "")))
    steps = vector.get("steps", [vector])
    if not isinstance(steps, list) or not steps:
        raise TypeError("steps must be a list of customer, payment, expected")
    for number, step in enumerate(steps, start=1):
        prefix = f"step {number} " if "steps" in vector else ""
        for what, wanted, got in _step(tariff, _record(step)):
            yield prefix + what, wanted, got


def _step(tariff: Tariff, step: _Record) -> Iterator[tuple[str, object, object]]:
    for key in ("purchase", "readings_chronological"):
        if key in step:
            raise NotBuilt(key)
    expected = _record(step["expected"])
    for key in expected:
        if key not in _COMPARED and not key.endswith(("_published", "_tolerance", "note")):
            raise NotBuilt(f"expected.{key}")
    payment = _record(step["payment"])
    counters = _counters(tariff, _record(step.get("customer", {})), payment)
    tender = Money(_minor(payment["amount"], tariff.currency), tariff.currency)
    quote = tariff.quote(tender, counters)
    if isinstance(quote, QuoteRefused):
        yield "quote", "a sale", quote.reason.name
        return
    yield from _compare(expected, quote, counters)


def _counters(tariff: Tariff, customer: _Record, payment: _Record) -> Counters:
    for key in customer.keys() - _CUSTOMER:
        raise NotBuilt(f"customer.{key}")
    days = 0
    if customer.get("previous_purchase") is not None:
        # Both dates are local to the tariff as the case writes them.
        paid_on = date.fromisoformat(str(payment["at"])[:10])
        days = (paid_on - date.fromisoformat(str(customer["previous_purchase"])[:10])).days
    elif tariff.counts_days:
        raise NotBuilt("customer.previous_purchase", "a first purchase with daily charges")
    return Counters(
        mtd_wh=_whole(_number(customer.get("mtd_kwh_purchased", "0")) * 1000),
        fee_paid_this_month=customer.get("fee_paid_this_month") is True,
        days_since_purchase=days,
        sanctioned_w=_whole(_number(customer.get("sanctioned_kw", "0")) * 1000),
    )


def _compare(expected: _Record, quote: Quote, counters: Counters) -> Iterator[tuple[str, object, object]]:
    currency = quote.tender.currency
    figures = {
        "kwh_exact": quote.kwh_exact,
        "kwh": Fraction(quote.energy_wh, 1000),
        "mtd_after": Fraction(quote.mtd_after_wh, 1000),
        "days": Fraction(counters.days_since_purchase),
    }
    for what, actual in figures.items():
        if what in expected and not _agrees(expected[what], actual, is_rounded=what == "kwh_exact"):
            yield what, expected[what], decimal_text(actual, 6)
    if "must_not_equal_kwh" in expected and _agrees(expected["must_not_equal_kwh"], figures["kwh"]):
        yield "kwh", f"not {expected['must_not_equal_kwh']}", expected["must_not_equal_kwh"]
    if sum(line.amount.minor for line in quote.lines) != quote.tender.minor:
        yield "sum of lines", quote.tender, "another"
    if "lines" in expected:
        wanted = sorted(_line(_record(row), currency) for row in _rows(expected["lines"]))
        got = sorted((_plain(line.code), line.amount.minor) for line in quote.lines)
        if wanted != got:
            yield "lines", wanted, got
    for what in ("blocks", "tiers"):
        if what in expected:
            yield from _compare_blocks(what, _rows(expected[what]), quote)


def _compare_blocks(what: str, rows: list[object], quote: Quote) -> Iterator[tuple[str, object, object]]:
    if len(rows) != len(quote.blocks):
        yield what, len(rows), len(quote.blocks)
        return
    unit = 10 ** CURRENCY_EXPONENT[quote.tender.currency]
    for row, block in zip(rows, quote.blocks, strict=True):
        figures = {
            "kwh_exact": block.kwh_exact,
            "kwh": block.kwh_exact,
            "gross": block.gross_minor / unit,
            "amount": block.gross_minor / unit,
            "tier": Fraction(block.number),
            "block": Fraction(block.number),
        }
        for key, wanted in _record(row).items():
            if key not in figures:
                raise NotBuilt(f"expected.{what}.{key}")
            if not _agrees(wanted, figures[key], is_rounded=True):
                yield f"{what} {block.number} {key}", wanted, decimal_text(figures[key], 6)


def _line(row: _Record, currency: str) -> tuple[str, int]:
    return _plain(str(row["code"])), _minor(row["amount"], currency)


def _plain(code: str) -> str:
    """Take ENERGY_NET and ENERGY as one: both are the energy without tax, and the golden cases use both."""
    return "ENERGY" if code == "ENERGY_NET" else code


def _agrees(text: object, actual: Fraction, *, is_rounded: bool = False) -> bool:
    """Compare exactly, or to as many decimals as were written down."""
    wanted = _number(text)
    if not is_rounded:
        return wanted == actual
    scale = 10 ** len(str(text).partition(".")[2])
    return bool(wanted * scale == round_half_up(actual.numerator * scale, actual.denominator))


def _minor(text: object, currency: str) -> int:
    return _whole(_number(text) * 10 ** CURRENCY_EXPONENT[currency])


def _whole(number: Fraction) -> int:
    if number.denominator != 1:
        raise ValueError("finer than the smallest unit")
    return number.numerator


_NUMBER_LIMIT: Final = 40
"""Longest number of a case: far above any amount, far below what would take long to read."""


def _number(text: object) -> Fraction:
    if not isinstance(text, str) or len(text) > _NUMBER_LIMIT or set(text) - set("0123456789.-"):
        raise TypeError("numbers are decimal strings")
    return Fraction(text)


def _rows(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("must be a list")
    return value


def _record(value: object) -> _Record:
    if not isinstance(value, dict):
        raise TypeError("must be an object")
    return cast("_Record", value)  # JSON objects have text keys.
