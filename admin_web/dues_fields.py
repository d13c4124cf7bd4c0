"""What a new customer owes from the first day: the fields, and the postings that their preview shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount
from admin_web.fields import Field
from admin_web.file_forms import bounded
from admin_web.forms import PostingLine
from admin_web.words import msg
from gateway.core.dues import FEES, OWED_MAX, Dues
from gateway.core.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.forms import Filled

ARREARS: Final = Field(
    "arrears",
    msg("Owed from before"),
    "money",
    hint=msg("What he owed when he came from another system, or on paper."),
    is_required=False,
    heading=msg("What he owes from the first day"),
)

_FEE_NAMES: Final = {
    "CONNECTION": msg("Fee for the connection"),
    "METER": msg("Fee for the meter"),
    "CARD": msg("Fee for the card"),
}

_FEE_FIELDS: Final = {
    kind: Field(f"fee_{kind.lower()}", _FEE_NAMES[kind], "money", is_required=False) for kind in FEES
}

DUES_FIELDS: Final = (ARREARS, *_FEE_FIELDS.values())


def dues_in(filled: Filled) -> tuple[Filled, Dues]:
    """Read what is owed; what is wrong is said of its field, and counts as nothing."""
    currency = filled.asked.me.currency
    found: dict[str, int] = {}
    for field in DUES_FIELDS:
        filled, found[field.name] = owed_in(filled, field.name)
    fees = tuple((kind, found[one.name]) for kind, one in _FEE_FIELDS.items() if found[one.name])
    return filled, Dues(currency, found[ARREARS.name], fees)


def owed_in(filled: Filled, name: str) -> tuple[Filled, int]:
    """Read one sum that is owed, in minor units; a wrong one is told at its field, and counts as nothing."""
    asked = filled.asked
    money = filled.optional(name, Money)
    minor = 0 if money is None else money.minor
    filled = bounded(filled, name, minor, OWED_MAX, asked.shown.money(OWED_MAX, asked.me.currency))
    return filled, 0 if filled.is_faulty(name) else minor


def total_of(dues: Dues) -> Amount:
    """Sum up what is owed."""
    return Amount(dues.total_minor, dues.currency)


def postings_of(dues: Dues, account_no: str) -> Sequence[PostingLine]:
    """Give the postings of what is owed; an account number that is not given out yet is three dots."""
    entries = dues.entries(account_no or "…")
    return [
        PostingLine(line.account, Amount(line.amount, line.unit))
        for entry in entries
        for line in entry.postings
    ]
