"""What can go wrong with a request: its code, as the error page says it and the help explains it.

A code such as ``P500-1f09c2`` names the kind and, behind it, the one incident: the log has its line by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from admin_web.words import msg


@dataclass(frozen=True, slots=True)
class Trouble:
    """A kind of trouble: the status that HTTP has for it, what happened, and what to do."""

    code: str
    status: int
    title: str
    advice: str


UNREADABLE: Final = Trouble(
    "P400",
    400,
    msg("This form cannot be read"),
    msg("What the browser sent is no form of this site. Go back, reload the page and fill it in again."),
)
NO_RIGHT: Final = Trouble(
    "P403",
    403,
    msg("This is not yours to see or do"),
    msg("Your roles do not grant it. Ask whoever keeps the roles in your utility."),
)
FORGED: Final = Trouble(
    "P403F",
    403,
    msg("This form was not accepted"),
    msg(
        "It was not sent from a page of this session, so nothing was done. Reload the page and send it again."
    ),
)
NOT_THERE: Final = Trouble(
    "P404",
    404,
    msg("There is nothing here"),
    msg(
        "There is no such page, or no such thing among what you may see. Check the address, or search for it."
    ),
)
WRONG_METHOD: Final = Trouble(
    "P405",
    405,
    msg("This address is not asked in this way"),
    msg("Go back and use the buttons and links of the page."),
)
FAULT: Final = Trouble(
    "P500",
    500,
    msg("Something went wrong on our side"),
    msg("It has been noted. If you were giving an order, look first whether it was carried out."),
)
BUSY: Final = Trouble(
    "P503",
    503,
    msg("The books are busy"),
    msg("Nothing was booked. Wait a moment, then send the same form again."),
)
UNKNOWN: Final = Trouble(
    "P503U",
    503,
    msg("It is not known whether this was booked"),
    msg("Send the same form again: its number makes sure that nothing is booked twice."),
)

TOO_LONG: Final = Trouble(
    "P503L",
    503,
    msg("This question takes too long"),
    msg(
        "It was stopped, so that nobody else is kept waiting. Choose a shorter period, or name a customer, a "
        "meter or a bank, then ask again. If you were giving an order, look first whether it was carried out."
    ),
)
TOO_MANY: Final = Trouble(
    "P429",
    429,
    msg("You have asked for too much at once"),
    msg(
        "Questions of yours are still being answered, and others wait as well. Close pages that you do not "
        "need, wait a moment, then load this one again. If you were giving an order, look first whether it "
        "was carried out."
    ),
)

#: All of them, in the order of the help.
TROUBLES: Final = (
    UNREADABLE, NO_RIGHT, FORGED, NOT_THERE, WRONG_METHOD, FAULT, BUSY, UNKNOWN, TOO_LONG, TOO_MANY,
)  # fmt: skip
