"""A contact with a meter: what is asked of it, what it said, and how a contact ends otherwise.

    dialled, but busy            BUSY, NO_ANSWER, NO_CARRIER, NO_DIALTONE    nothing was said to the meter
    said, and nothing came       TIMEOUT, LOST                               what was read before is kept
    something came, but not ...  CHECKSUM, GARBLED, WRONG_METER
    the meter does not want to   REFUSED, AUTH

Whoever wrote or switched, and got no answer, does not know what became of it (``is_in_doubt``): read back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final


class ContactWhy(Enum):
    """Why a contact, or a question in it, did not come to its end."""

    LINE = "line"
    """Our own line, port or network: another line may do."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    NO_CARRIER = "no_carrier"
    NO_DIALTONE = "no_dialtone"
    LOST = "lost"
    """The call or the connection broke off."""
    TIMEOUT = "timeout"
    CHECKSUM = "checksum"
    GARBLED = "garbled"
    """What came breaks the rules of the protocol."""
    WRONG_METER = "wrong_meter"
    REFUSED = "refused"
    """The meter said no; its word is in the sentence."""
    AUTH = "auth"
    """The meter does not take the password or the keys, or did not prove its own."""


#: After these nothing more is asked in the same contact: the next question would end the same way.
ENDS: Final = frozenset(
    {ContactWhy.LINE, ContactWhy.LOST, ContactWhy.TIMEOUT, ContactWhy.WRONG_METER, ContactWhy.AUTH}
)


class ContactFault(Exception):  # noqa: N818 - how a contact ended, not an error of ours
    """A contact or a question that did not come to its end; the text is a sentence for the engineer.

    ``is_in_doubt``: what was written or switched may have been done.
    """

    def __init__(self, why: ContactWhy, said: str, *, is_in_doubt: bool = False) -> None:
        super().__init__(said)
        self.why = why
        self.is_in_doubt = is_in_doubt


@dataclass(frozen=True, slots=True)
class ItemRead:
    """A value of a meter: the name that was asked for, where it stands in the meter, and what stood there.

    ``number`` is a whole number of which so many digits (``decimals``) stand behind the point, in ``unit`` as
    the meter has it; None where it is no number (a date, a text, a word of bits), or the meter has none.
    """

    item: str
    at: str
    text: str
    number: int | None = None
    decimals: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ItemsRead:
    """What was read, in the order asked for, and what was not, each with its reason."""

    read: tuple[ItemRead, ...]
    missing: tuple[tuple[str, ContactFault], ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A row of a load profile: its moment in ISO 8601, its values, and the meter's word on it, if any.

    The moment has its offset from UTC where the meter says one, or its zone is known.
    """

    moment: str
    values: tuple[ItemRead, ...]
    status: str = ""


@dataclass(frozen=True, slots=True)
class ProfileRead:
    """The rows of a load profile, the oldest first; ``fault``: why there are none after the last one."""

    rows: tuple[ProfileRow, ...]
    fault: ContactFault | None = None


class RelayOrder(Enum):
    """What a meter's relay is to do."""

    TRIP = "trip"
    CLOSE = "close"
    PERMIT = "permit"
    """The customer closes it, by a key at the meter."""


class RelayState(Enum):
    """Where a relay is, as the meter itself says."""

    OPEN = "open"
    CLOSED = "closed"
    READY = "ready"
    """Open, and the customer may close it."""


@dataclass(frozen=True, slots=True)
class RelayDone:
    """What became of an order: the state read back (None: it could not be read), and what the meter said."""

    order: RelayOrder
    state: RelayState | None
    fault: ContactFault | None = None

    @property
    def is_obeyed(self) -> bool:
        """True where the relay was seen as ordered, whatever was answered before."""
        wanted = {
            RelayOrder.TRIP: (RelayState.OPEN,),
            RelayOrder.CLOSE: (RelayState.CLOSED,),
            RelayOrder.PERMIT: (RelayState.READY, RelayState.CLOSED),
        }
        return self.state in wanted[self.order]


@dataclass(frozen=True, slots=True)
class ItemWritten:
    """What became of a write: what stands there now (None: it could not be read), and what the meter said."""

    item: str
    wanted: str
    now: ItemRead | None
    fault: ContactFault | None = None

    @property
    def is_as_wanted(self) -> bool:
        """True where it was seen as written, whatever was answered; 5 is written where 005.00 stands.

        A clock has gone on meanwhile, by ``CLOCK_GOES_ON_S`` at the most.
        """
        if self.now is None:
            return False
        seen = self.now.text
        if self.item in CLOCKS and _has_gone_on(seen, self.wanted):
            return True
        return seen == self.wanted or _same_number(seen, self.wanted)


CLOCKS: Final = frozenset({"time", "clock"})
"""Items that are other ones when they are read back, by the names that models have for them."""

CLOCK_GOES_ON_S: Final = 60
"""Seconds from the write until a clock is read back: two questions over a slow call, with their tries."""

_DAY: Final = 86_400
_TIME: Final = re.compile(r"([0-9]{2}):?([0-9]{2}):?([0-9]{2})")

_NUMBER: Final = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{0,40})?")


def _has_gone_on(seen: str, wanted: str) -> bool:
    """Say whether a clock that was set to one shows the other now; a time of day may have passed midnight."""
    times = [_TIME.fullmatch(text) for text in (seen, wanted)]
    if times[0] and times[1]:
        seconds = [sum(int(part) * unit for part, unit in zip(one.groups(), (3600, 60, 1), strict=True))
                   for one in times if one]  # fmt: skip
        return (seconds[0] - seconds[1]) % _DAY <= CLOCK_GOES_ON_S
    try:
        passed = datetime.fromisoformat(seen) - datetime.fromisoformat(wanted)
    except (ValueError, TypeError):
        return False
    return timedelta(0) <= passed <= timedelta(seconds=CLOCK_GOES_ON_S)


def _same_number(seen: str, wanted: str) -> bool:
    if not _NUMBER.fullmatch(seen) or not _NUMBER.fullmatch(wanted):
        return False
    return Decimal(seen) == Decimal(wanted)
