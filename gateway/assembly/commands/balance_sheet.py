"""A business day's accounts on the terminal: one block for each unit, with its sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.assembly.commands.figures import RULE, balance, figure, table, unit_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.core.closed_day import AccountSums, Carried


def sheet(accounts: Iterable[AccountSums]) -> list[str]:
    """Write the accounts of each unit with opening, debit, credit and closing, and what they sum to."""
    by_unit: dict[str, list[AccountSums]] = {}
    for one in accounts:
        by_unit.setdefault(one.unit, []).append(one)
    if not by_unit:
        return ["", "no account has figures"]
    rows: list[tuple[str, ...]] = []
    for unit in sorted(by_unit):
        rows += [("",)] * bool(rows) + _block(unit, by_unit[unit])
    return ["", *table(rows)]


def _block(unit: str, accounts: list[AccountSums]) -> list[tuple[str, ...]]:
    opening, debit, credit, closing = (
        sum(one.opening for one in accounts),
        sum(one.debit for one in accounts),
        sum(one.credit for one in accounts),
        sum(one.closing for one in accounts),
    )
    head = (unit_name(unit), "Opening   ", "Debit", "Credit", "Closing   ")
    total = ("Sum", balance(opening, unit), figure(debit, unit), figure(credit, unit), balance(closing, unit))
    return [head, RULE, *(_row(one) for one in accounts), RULE, total]


def _row(one: AccountSums) -> tuple[str, ...]:
    # A column of zeros hides what moved.
    debit, credit = (figure(amount, one.unit) if amount else "" for amount in (one.debit, one.credit))
    return one.code, balance(one.opening, one.unit), debit, credit, balance(one.closing, one.unit)


def carried_over(carried: Iterable[Carried]) -> list[str]:
    """Write what waits over the end of the day."""
    rows = [(one.code, f"{one.count}", figure(one.amount, one.unit), unit_name(one.unit)) for one in carried]
    if not rows:
        return ["", "nothing waits over the end of the day"]
    return ["", *table([("Carried over", "Count", "Amount"), RULE, *rows])]
