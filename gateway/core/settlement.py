"""What a customer gets back whose supply ends: debts are paid first, then a fee; the rest is paid out.

    what was left      Dr REV, LEVY, VAT             at the price that was paid for it (``lots.py``)
    capital account    Dr CUST:<account>             where no other supply point needs it
    debts              Cr AR:<account>:<kind>        arrears first, as far as it goes
    fee                Cr FEE:CANCELLATION
    the rest           Cr REFUND_PAYABLE:<account>   until a cashier pays it out

Nobody gets more than he paid: what is given back are parts of his purchases, and his own capital.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core import chart
from gateway.core.dues import DEBTS
from gateway.core.ledger import Posting

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The fee for ending a supply.
CANCELLATION: Final = "CANCELLATION"

#: The most that ending a supply costs, in minor units: nobody is kept by what it costs to go.
FEE_MAX: Final = 10**7


class FeeTooHigh(ValueError):  # noqa: N818 - said as it is
    """Not so much is left that the fee could be taken from it; ``most_minor`` is."""

    def __init__(self, most_minor: int) -> None:
        super().__init__(f"a fee of {most_minor} minor units at the most can be taken from what is left")
        self.most_minor = most_minor


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is posted in money, and of it: given back for energy, taken from the capital, to be paid out."""

    postings: tuple[Posting, ...]
    given_minor: int
    capital_minor: int
    debts_minor: int
    fee_minor: int
    payable_minor: int


def settlement(
    account_no: str, given: Mapping[str, int], balances: Mapping[str, int], fee_minor: int, *, is_last: bool
) -> Settlement:
    """Work it out. ``given`` is what is given back by accounts, ``balances`` those of the customer's own.

    ``is_last``: no other supply point needs his capital. Amounts are minor units without a unit yet. Raises
    FeeTooHigh.
    """
    capital_account = chart.customer(account_no)
    capital = -balances.get(capital_account, 0)
    capital = capital if is_last else min(0, capital)
    left = sum(given.values()) + max(0, capital)
    paid: list[Posting] = []
    debts = [(chart.owed(account_no, kind), balances.get(chart.owed(account_no, kind), 0)) for kind in DEBTS]
    # Below nothing, the capital account is a debt as well.
    for account, owed in (*debts, (capital_account, -capital)):
        part = min(left, max(0, owed))
        left -= part
        paid += [Posting(account, -part, "")] if part else []
    if not 0 <= fee_minor <= left:
        raise FeeTooHigh(left)
    payable = left - fee_minor
    lines = [
        *((account, minor) for account, minor in given.items()),
        (capital_account, max(0, capital)),
        (chart.fee(CANCELLATION), -fee_minor),
        (chart.refund_payable(account_no), -payable),
    ]
    postings = (*(Posting(account, minor, "") for account, minor in lines if minor), *paid)
    settled = -sum(line.amount for line in paid)
    return Settlement(postings, sum(given.values()), max(0, capital), settled, fee_minor, payable)
