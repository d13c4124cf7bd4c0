"""A virtual meter that takes IC cards: what it adds to its credit, and why it does not take a card.

The rules are those of published firmware of a Q/GDW 365 meter, for all profiles. A card is read, judged, and
what the meter knows is written back on it.

    the meter number is not mine                              METER_NUMBER
    opened, and another customer's                            CUSTOMER
    opened, a purchase card of another serial                 SERIAL          an old card, or a copy
    not opened, a purchase or a supplement                    NOT_OPENED
    an opening card whose count is above 1                    COUNT

    count on the card less the meter's own
    below 0      nothing is added; written back
    0            nothing is added; written back               how a card is read out
    1            added, unless something was written back on it already: written back, ALREADY_USED
    2 or more    nothing is added; written back, COUNT        a purchase is missing in between

An opening card and a supplement bring a new serial, so the card before it is dead from then on. Above the
hoard limit nothing is added and nothing is written back. Events that smell of forgery are counted, and the
count is written back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.bits import unfilled
from gateway.codecs.card.cpu import CpuLine
from gateway.codecs.card.fault import PeerFault, SealFault
from gateway.codecs.card.memory import MemoryLine
from gateway.codecs.card.profile import Kind, Profile, Told
from gateway.codecs.card.steps import Break
from gateway.simulators.card.cells import CardGone
from gateway.simulators.card.desk import spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.codecs.card.contents import Value
    from gateway.codecs.card.steps import Talk
    from gateway.simulators.card.faults import VirtualCard
    from gateway.simulators.card.key_holder import KeyHolder

#: What its register holds: 999,999.99 of money, as the firmware has it; as many Wh of energy.
CREDIT_MAX: Final = 99_999_999

OPEN, PURCHASE, SUPPLEMENT = "open", "purchase", "supplement"
_MISSING: Final = 2
#: What begins at once, and so comes with an opening card only.
_NOW: Final = frozenset({"rates", "ladder", "limits"})


class CardTrouble(Enum):
    """Why a card was not taken; the meter shows a number for each."""

    RESET = "reset"
    TYPE = "type"
    NOT_ISSUED = "not_issued"
    KEY = "key"
    AUTHENTICATION = "authentication"
    MAC = "mac"
    FORMAT = "format"
    METER_NUMBER = "meter_number"
    CUSTOMER = "customer"
    SERIAL = "serial"
    NOT_OPENED = "not_opened"
    COUNT = "count"
    ALREADY_USED = "already_used"
    OVER_LIMIT = "over_limit"
    TOUCHED = "touched"
    PULLED_OUT = "pulled_out"


#: What smells of forgery.
ILLEGAL: Final = frozenset({CardTrouble.RESET, CardTrouble.KEY, CardTrouble.AUTHENTICATION, CardTrouble.MAC})

_TROUBLES: Final = {
    Told.OTHER_CARD: CardTrouble.TYPE,
    Told.NOT_ISSUED: CardTrouble.NOT_ISSUED,
    Told.NOT_GENUINE: CardTrouble.AUTHENTICATION,
    Told.NOT_AUTHORISED: CardTrouble.AUTHENTICATION,
    Told.NO_KEYS: CardTrouble.AUTHENTICATION,
    Told.WRONG_CODE: CardTrouble.AUTHENTICATION,
    Told.WRONG_MAC: CardTrouble.MAC,
    Told.CARD_GONE: CardTrouble.PULLED_OUT,
}


@dataclass(frozen=True, slots=True)
class Inserted:
    """What came of a card: ``added`` to the credit, whether it was written back on, and what was wrong."""

    added: int = 0
    is_written_back: bool = False
    trouble: CardTrouble | None = None


@dataclass(frozen=True, slots=True)
class CardMeterMemory:
    """What it remembers. ``remaining`` below nothing is what it has lent; ``serial`` is of the card that
    counts.
    """

    meter_no: str
    remaining: int = 0
    count: int = 0
    is_opened: bool = False
    customer_no: str = ""
    serial: str = ""
    illegal: int = 0
    updates: tuple[str, ...] = ()
    alarm: int = 0


class VirtualCardMeter:
    """A meter of one number that takes cards of one profile.

    ``clock`` says the moment for what it writes back, such as ``2026-11-26T05:17``. ``hoard_limit`` 0: none.
    With public keys, as it leaves the factory, it takes no customer's card.
    """

    def __init__(
        self, profile: Profile, meter_no: str, keys: KeyHolder, clock: Callable[[], str], hoard_limit: int = 0
    ) -> None:
        self.profile = profile
        self.memory = CardMeterMemory(meter_no)
        self.hoard_limit = hoard_limit
        self.has_private_keys = True
        self._keys = keys
        self._clock = clock

    def use(self, amount: int) -> None:
        """Let the customer use so much; a meter that lends goes below nothing."""
        self.memory = replace(self.memory, remaining=self.memory.remaining - amount)

    def insert(self, card: VirtualCard) -> Inserted:
        """Take a card, as far as it can be taken."""
        before = self.memory.remaining
        try:
            atr = card.reset()
            came_of_it = self._answer(atr, card)
        except CardGone:
            came_of_it = Inserted(trouble=CardTrouble.RESET)
        came_of_it = replace(came_of_it, added=self.memory.remaining - before)
        if came_of_it.trouble in ILLEGAL:
            self.memory = replace(self.memory, illegal=self.memory.illegal + 1)
        return came_of_it

    def _answer(self, atr: bytes, card: VirtualCard) -> Inserted:
        if not self.profile.matches(atr):
            return Inserted(trouble=CardTrouble.TYPE)
        if not self.has_private_keys:
            return Inserted(trouble=CardTrouble.KEY)
        line = CpuLine(self.profile, atr) if self.profile.kind is Kind.CPU else MemoryLine(self.profile, atr)
        try:
            return spoken(self._taken(line), card, self._keys)
        except Break as broken:
            return Inserted(trouble=_TROUBLES.get(broken.told, CardTrouble.TOUCHED))

    def _taken(self, line: CpuLine | MemoryLine) -> Talk[Inserted]:
        """Read the card, judge it, take what it brings, and write back."""
        opened = yield from line.open()
        try:
            raw = yield from line.read(self.profile.identity)
            identity = self.profile.identity.read(raw)
            wallet = self.profile.wallet.read((yield from line.read(self.profile.wallet)))
        except SealFault:
            return Inserted(trouble=CardTrouble.MAC)
        except PeerFault:
            return Inserted(trouble=CardTrouble.FORMAT)
        is_used = yield from self._is_written_on(line)
        trouble = self._refusal(identity, _whole(wallet["count"]), opened.serial)
        ahead = _whole(wallet["count"]) - self.memory.count
        if trouble is None and ahead == 1 and not is_used and self._is_too_much(_whole(wallet["amount"])):
            trouble = CardTrouble.OVER_LIMIT
        if trouble is not None:
            return Inserted(trouble=trouble)
        if ahead == 1 and not is_used:
            self._add(_whole(wallet["amount"]))
        after = self._after(identity, opened.serial, ahead, is_used=is_used)
        if after is not None:
            return Inserted(trouble=after)
        self._update(identity, ahead, is_used=is_used)
        yield from line.write(self.profile.returned, self._return_record())
        if ahead >= _MISSING:
            return Inserted(is_written_back=True, trouble=CardTrouble.COUNT)
        is_again = ahead == 1 and is_used
        return Inserted(is_written_back=True, trouble=CardTrouble.ALREADY_USED if is_again else None)

    def _is_written_on(self, line: CpuLine | MemoryLine) -> Talk[bool]:
        """Has a meter written on it before? Half a record counts as one."""
        try:
            raw = yield from line.read(self.profile.returned)
        except PeerFault:
            return True
        return not self.profile.returned.is_empty(raw)

    def _refusal(self, identity: Mapping[str, Value], count: int, serial: str) -> CardTrouble | None:
        memory, subtype = self.memory, identity["subtype"]
        if unfilled(str(identity["meter_no"])) != unfilled(memory.meter_no):
            return CardTrouble.METER_NUMBER
        if memory.is_opened:
            if unfilled(str(identity["customer_no"])) != unfilled(memory.customer_no):
                return CardTrouble.CUSTOMER
            if subtype == PURCHASE and serial != memory.serial:
                return CardTrouble.SERIAL
        elif subtype != OPEN:
            return CardTrouble.NOT_OPENED
        return CardTrouble.COUNT if subtype == OPEN and count > 1 else None

    def _is_too_much(self, amount: int) -> bool:
        after = self.memory.remaining + amount
        return after > CREDIT_MAX or 0 < self.hoard_limit < after

    def _add(self, amount: int) -> None:
        # The credit and its number are kept together: no power cut lies between them.
        self.memory = replace(
            self.memory, remaining=self.memory.remaining + amount, count=self.memory.count + 1
        )

    def _after(
        self, identity: Mapping[str, Value], serial: str, ahead: int, *, is_used: bool
    ) -> CardTrouble | None:
        """Take over the serial of an opening card or a supplement; of two supplements the newest counts."""
        subtype = identity["subtype"]
        if subtype == PURCHASE:
            return None
        if ahead < 0 or (not is_used and (subtype == OPEN or ahead < _MISSING)):
            customer_no = (
                str(identity["customer_no"]) if subtype == OPEN and not is_used else self.memory.customer_no
            )
            self.memory = replace(self.memory, is_opened=True, customer_no=customer_no, serial=serial)
        elif is_used and ahead == 0 and serial != self.memory.serial:
            return CardTrouble.SERIAL
        return None

    def _update(self, identity: Mapping[str, Value], ahead: int, *, is_used: bool) -> None:
        """Take over parameters: of a purchase or a supplement only what begins later (flags & 7A).

        A card without flags brings its limits each time it is taken.
        """
        if ahead not in {0, 1} or is_used:
            return
        flags, brings_limits = identity.get("updates"), "alarm" in identity
        if isinstance(flags, tuple):
            taken = tuple(one for one in flags if identity["subtype"] == OPEN or one not in _NOW)
            self.memory = replace(self.memory, updates=taken)
            brings_limits = "limits" in taken
        if brings_limits:
            self.memory = replace(self.memory, alarm=_whole(identity["alarm"]))
            self.hoard_limit = _whole(identity.get("hoard_limit", 0)) or self.hoard_limit

    def _return_record(self) -> bytes:
        file, memory = self.profile.returned, self.memory
        step = file.field("remaining").content.step
        known: dict[str, Value] = {
            "meter_no": memory.meter_no,
            "customer_no": memory.customer_no,
            "remaining": max(0, memory.remaining) // step * step,
            "overdraft": max(0, -memory.remaining) // step * step,
            "count": memory.count,
            "illegal": memory.illegal,
            "at": self._clock(),
        }
        return file.write({name: value for name, value in known.items() if file.has(name)})


def _whole(value: Value) -> int:
    assert isinstance(value, int), "the profile's roles are numbers here"  # noqa: S101 - the profile says so
    return value
