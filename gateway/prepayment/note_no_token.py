"""Put before a person that no token could be made: the vending key, the reason and the day.

For a whole town it is one thing to mend, so all payments of a day that meet it share one row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.books import ExceptionNote
from gateway.core.key_change import with_due_change

if TYPE_CHECKING:
    from gateway.core.meter import MeterAccount
    from gateway.core.outcome import Declined
    from gateway.prepayment.till import Till


def note_no_token(bank: str, meter: MeterAccount, refused: Declined, till: Till, what: str) -> ExceptionNote:
    """Make the row; ``what`` says what became of the money. A meter between two keys names both."""
    changing = with_due_change(meter, till.issuer.ring, till.now)
    held, wanted = changing.identity, changing.token_identity
    key = f"{held.sgc}/{held.krn}" + ("" if held == wanted else f">{wanted.sgc}/{wanted.krn}")
    why = refused.detail
    return ExceptionNote(
        kind="no_token",
        bank=bank,
        key=f"{key}/{till.now.astimezone(till.zone):%Y-%m-%d}/{why}",
        sale_id=None,
        text=f"{what}, since no token could be made for the meter: {why}",
    )
