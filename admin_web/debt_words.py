"""What a customer owes, in words: each kind with how it is paid, and where a cashier takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount
from admin_web.file_words import customer_path
from admin_web.words import msg
from gateway.core import chart
from gateway.core.authority import Function, Level
from gateway.core.dues import CAPACITY, DEBTS, EMERGENCY, PAID_AT_COUNTER, PAID_BY_PURCHASES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.asked import Asked
    from gateway.core.views_files import CustomerFacts

DEBT_NAMES: Final = {
    chart.ARREARS: msg("Arrears"),
    EMERGENCY: msg("Emergency credit"),
    chart.OVERDRAFT: msg("Overdraft of a meter that left"),
    chart.PRESET_OWED: msg("Preset energy"),
    "CONNECTION": msg("Fee for the connection"),
    "METER": msg("Fee for the meter"),
    "CARD": msg("Fee for the card"),
    CAPACITY: msg("Fee for more capacity"),
}

_BY_PURCHASES: Final = msg("His purchases pay it, as his tariff says; or he pays it at a counter.")
_AT_COUNTER: Final = msg("He pays it at a counter: no purchase does.")
_FIRST_PURCHASE: Final = msg("His first purchase pays it.")


@dataclass(frozen=True, slots=True)
class Debt:
    """What is owed of one kind (debit positive); ``path`` is where it is paid, "" for whoever cannot take it.

    ``name`` and ``way`` are English sentences.
    """

    kind: str
    name: str
    owed: Amount
    way: str
    path: str = ""


def debts_of(asked: Asked, facts: CustomerFacts) -> Sequence[Debt]:
    """Give what a customer owes, in the order in which it would be paid; nothing for most."""
    every = (debt_of(asked, facts, kind) for kind in DEBTS)
    return [one for one in every if one.owed.amount]


def debt_of(asked: Asked, facts: CustomerFacts, kind: str) -> Debt:
    """Give what a customer owes of one kind, which may be nothing."""
    account_no, currency = facts.customer.account_no, asked.me.currency
    account = chart.owed(account_no, kind)
    owed = sum(one.balance for one in facts.accounts if (one.code, one.unit) == (account, currency))
    takes = kind in PAID_AT_COUNTER and asked.me.rights.may(Function.SELLING, Level.DO)
    path = f"{customer_path(account_no)}/debts/{kind.lower()}" if takes else ""
    return Debt(kind, DEBT_NAMES[kind], Amount(max(0, owed), currency), _way(kind), path)


def _way(kind: str) -> str:
    if kind in PAID_BY_PURCHASES:
        return _BY_PURCHASES
    return _AT_COUNTER if kind in PAID_AT_COUNTER else _FIRST_PURCHASE
