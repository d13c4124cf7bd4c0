"""What a purchase is on its card: the numbers of a meter and a customer as a kind of card has them.

meter      the 18-digit number where the kind has room for it, else the number on the meter's face
customer   the account number, which must have digits only

Centre and station make it from the same values, so what one seals is what the other writes.
"""

from __future__ import annotations

from typing import Final

from gateway.bits import is_digits
from gateway.codecs.card.picture import Loading
from gateway.codecs.card.profile import profile_named

#: Nobody: a card of the stock.
NO_NUMBERS: Final = ("", "")

#: Digits of the issuer in front of the number on a meter's face (IEC 62055-41, 6.1.2); behind it one digit.
_ISSUER: Final = "600727"
_ISSUER_OF_LONG: Final = "0000"


def numbers_on(profile: str, pan: str, account_no: str) -> tuple[str, str] | None:
    """Give a meter's and a customer's number as a kind of card has them; None where one does not fit.

    >>> numbers_on("gdw365", "600727000000000009", "100042")
    ('00000000000', '100042')
    """
    if not pan:
        return NO_NUMBERS
    identity = profile_named(profile).identity
    room, customer_room = (2 * identity.field(name).size for name in ("meter_no", "customer_no"))
    meter_no = pan if len(pan) <= room else _on_its_face(pan)
    if len(meter_no) > room or not is_digits(account_no) or len(account_no) > customer_room:
        return None
    return meter_no, account_no


def loading_for(  # noqa: PLR0913 - what an order has
    profile: str, serial: str, subtype: str, *, pan: str, account_no: str, amount: int, number: int
) -> Loading | None:
    """Say what is to be written for a purchase; None where its numbers do not fit on its kind of card."""
    numbers = numbers_on(profile, pan, account_no)
    if numbers is None:
        return None
    return Loading(
        serial=serial,
        subtype=subtype,
        meter_no=numbers[0],
        customer_no=numbers[1],
        amount=amount,
        count=number,
    )


def _on_its_face(pan: str) -> str:
    issuer = _ISSUER if pan.startswith(_ISSUER) else _ISSUER_OF_LONG
    return pan[len(issuer) : -1]
