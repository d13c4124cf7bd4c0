"""A card compared with the books, field by field: what stands on it, what we have, and whether that agrees.

For whoever asks "what is on this card?". ``card.judged`` says what may be done with it; this says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gateway.bits import unfilled

if TYPE_CHECKING:
    from gateway.core.card import CardSystem, KnownCard, ShownCard


class CheckedField(Enum):
    """What of a card is compared. The value is stored and sent."""

    PROFILE = "profile"
    KEY_VERSION = "key_version"
    SYSTEM = "system"
    STATE = "state"
    METER_NO = "meter_no"
    CUSTOMER_NO = "customer_no"
    COUNT = "count"
    AMOUNT = "amount"
    WHOLE = "whole"
    RETURNED_METER_NO = "returned_meter_no"
    RETURNED_CUSTOMER_NO = "returned_customer_no"
    RETURNED_COUNT = "returned_count"
    RETURNED_REMAINING = "returned_remaining"


@dataclass(frozen=True, slots=True)
class Checked:
    """A field of a card. ``agrees`` None: one of the two sides says nothing of it.

    Amounts are in the card's own unit (minor units or Wh), without a sign; "" where there is none.
    """

    field: CheckedField
    on_card: str
    in_books: str
    agrees: bool | None


def checked(
    shown: ShownCard, known: KnownCard | None, system: CardSystem, last_amount: int | None
) -> tuple[Checked, ...]:
    """Compare a card that was read; ``known`` None: it is none of ours, so only what is on it is said.

    ``last_amount`` is that of the purchase with the number that is expected on it, None where there is none.
    """
    served = ", ".join(str(one) for one in sorted(system.key_versions))
    lines = [
        _same(CheckedField.PROFILE, shown.profile, "" if known is None else known.profile),
        Checked(
            CheckedField.KEY_VERSION, str(shown.key_version), served, shown.key_version in system.key_versions
        ),
        _number(CheckedField.SYSTEM, shown.system, system.number),
    ]
    meter_no = customer_no = ""
    count: int | None = None
    if known is not None:
        lines.append(Checked(CheckedField.STATE, "", known.state.value, None))
        meter_no, customer_no, count = known.meter_no, known.customer_no, _expected(known)
    lines += [
        _number(CheckedField.METER_NO, shown.meter_no, meter_no),
        _number(CheckedField.CUSTOMER_NO, shown.customer_no, customer_no),
        _same(CheckedField.COUNT, str(shown.count), "" if count is None else str(count)),
        _same(CheckedField.AMOUNT, str(shown.amount), "" if last_amount is None else str(last_amount)),
    ]
    if shown.garbled:
        lines.append(Checked(CheckedField.WHOLE, "", "", agrees=False))
    return (*lines, *_returned(shown, meter_no, customer_no, count))


def _returned(shown: ShownCard, meter_no: str, customer_no: str, count: int | None) -> tuple[Checked, ...]:
    """What the meter wrote: it lags behind until the card was in it, which is no fault."""
    back = shown.returned
    if back is None:
        return ()
    taken = None if count is None or back.count < count else back.count == count
    return (
        _number(CheckedField.RETURNED_METER_NO, back.meter_no, meter_no),
        _number(CheckedField.RETURNED_CUSTOMER_NO, back.customer_no, customer_no),
        Checked(CheckedField.RETURNED_COUNT, str(back.count), "" if count is None else str(count), taken),
        Checked(CheckedField.RETURNED_REMAINING, str(back.remaining), "", None),
    )


def _expected(known: KnownCard) -> int:
    """Give the number that the card should bear: that in doubt, else the last that was confirmed."""
    return known.count if known.in_doubt is None else known.in_doubt.count


def _same(field: CheckedField, on_card: str, in_books: str) -> Checked:
    return Checked(field, on_card, in_books, None if not in_books else on_card == in_books)


def _number(field: CheckedField, on_card: str, in_books: str) -> Checked:
    """Compare numbers that may be filled up with zeros; a card that says none is nobody's yet."""
    is_said = bool(unfilled(on_card)) and bool(in_books)
    return Checked(
        field,
        unfilled(on_card),
        unfilled(in_books),
        unfilled(on_card) == unfilled(in_books) if is_said else None,
    )
