"""Control 03: what a meter with a security module (ESAM) is told and says (Q/GDW 365, as public code has it).

    070000FF   open a session       cryptogram 8, random 8, diversification 8
                                    answered with random 4, ESAM number 8
    070001FF   how long it lasts    minutes 2, MAC 4
    070002FF   end the session
    070101FF   open the account     amount 4, count 4, MAC 4, customer 6, MAC 4
    070102FF   recharge             the same
    070103FF   set the wallet       amount 4, MAC 4, count 4, MAC 4
    078102FF   how the wallet is    answered with balance 4, MAC 4, count 4, MAC 4, customer 6, key state 4

Amounts and counts are whole numbers, in hundredths and in purchases. A meter takes the purchase number n + 1
after n, once: the same number again is refused as ``repeated``, which says that it had come. So after a lost
answer the count is read, and nothing else is sent. The first purchase opens the account; what is overdrawn is
paid first.

MACs and the cryptogram come from whoever has the keys: ``Esam`` says what that is asked. A meter's password
cannot recharge. Orders and answers are masked in a repr: they are worth money.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from gateway.codecs.dlt645.fault import PeerFault, ValueFault
from gateway.codecs.dlt645.orders import operator_bytes
from gateway.codecs.dlt645.requests import Function, digits_of, identifier_bytes, read_identifier

OPEN_SESSION: Final = "070000FF"
SESSION_TIME: Final = "070001FF"
#: Both were seen; which one a meter knows depends on its maker.
END_SESSION: Final = "070002FF"
END_SESSION_OTHER: Final = "07000201"
OPEN_ACCOUNT: Final = "070101FF"
RECHARGE: Final = "070102FF"
SET_WALLET: Final = "070103FF"
WALLET: Final = "078102FF"
WALLET_OTHER: Final = "07810201"
REFUND: Final = "070108FF"

#: Four bytes can say no more.
NUMBER_MAX: Final = 0xFFFFFFFF
#: Two bytes; meters take five where nothing is said.
SESSION_MINUTES_MAX: Final = 0xFFFF

_NO_MAC: Final = b"\0" * 4
_DIGITS: Final = re.compile(r"[0-9]{12}")
_HEX16: Final = re.compile(r"[0-9]{16}")


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """What a session was opened with: the meter's random and its module's number. Seals depend on both."""

    random: bytes
    esam: bytes
    #: Newer meters say how long it lasts.
    minutes: int | None = None

    @classmethod
    def from_body(cls, body: bytes) -> Session:
        """Read the meter's answer, identifier and all; ``PeerFault`` where it is none."""
        if len(body) not in {16, 18}:
            raise PeerFault("session", len(body), "random, number and perhaps minutes are wanted")
        minutes = int.from_bytes(body[16:], "little") if len(body) > 16 else None  # noqa: PLR2004
        return cls(body[4:8], body[8:16], minutes)


class Esam(Protocol):
    """Whoever has the keys of the meters' security modules: an encryption server, a card. None comes with us.

    Each may wait for a device, and fails as that device does. Bytes are as they go into the frame.
    """

    async def opening(self, meter: str) -> bytes:
        """Give cryptogram, random and diversification (8 bytes each) that open a session with a meter."""
        ...

    async def seal(self, meter: str, session: Session, di: str, content: bytes) -> bytes:
        """Give the four bytes that seal so much of an order, in that session."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Secure:
    """An order to the security module: the identifier, who gives it, and what it is."""

    function: ClassVar[Function] = Function.SECURE
    di: str
    content: bytes = b""
    operator: str = "00000000"

    def __repr__(self) -> str:
        """Show what it is and its size only."""
        return f"Secure({self.di}, <{len(self.content)} bytes>)"

    @property
    def body(self) -> bytes:
        """The body of its frame."""
        return identifier_bytes(self.di) + operator_bytes(self.operator) + self.content

    @classmethod
    def from_body(cls, body: bytes) -> Secure:
        """Read an order; ``PeerFault`` where it is none."""
        if len(body) < 8:  # noqa: PLR2004 - identifier and operator
            raise PeerFault("order", len(body), "an identifier and an operator are wanted")
        return cls(read_identifier(body), body[8:], body[7:3:-1].hex().upper())


def open_session(opening: bytes, operator: str) -> Secure:
    """Make the order that opens a session, of what ``Esam.opening`` gave."""
    if len(opening) != 24:  # noqa: PLR2004 - three times eight
        raise ValueFault("a session is opened with 24 bytes")
    return Secure(OPEN_SESSION, opening, operator)


def session_time(minutes: int, mac: bytes, operator: str) -> Secure:
    """Make the order that says how long a session lasts."""
    if not 0 < minutes <= SESSION_MINUTES_MAX:
        raise ValueFault(f"a session lasts 1 to {SESSION_MINUTES_MAX} minutes")
    return Secure(SESSION_TIME, minutes.to_bytes(2, "little") + _sealed(mac), operator)


def end_session(operator: str, di: str = END_SESSION) -> Secure:
    """Make the order that ends a session."""
    return Secure(di, b"", operator)


def ask_wallet(operator: str, di: str = WALLET) -> Secure:
    """Make the question how the wallet is."""
    return Secure(di, b"", operator)


def set_wallet(amount: int, count: int, macs: tuple[bytes, bytes], operator: str) -> Secure:
    """Make the order that sets a wallet before its account is opened."""
    content = _number(amount, "amount") + _sealed(macs[0]) + _number(count, "count") + _sealed(macs[1])
    return Secure(SET_WALLET, content, operator)


@dataclass(frozen=True, slots=True, repr=False)
class Recharge:
    """A purchase: hundredths of the currency, its number (the meter's plus one), and the customer."""

    amount: int
    count: int
    customer: str

    @property
    def purse(self) -> bytes:
        """What the first MAC seals."""
        return _number(self.amount, "amount") + _number(self.count, "count")

    @property
    def owner(self) -> bytes:
        """What the second MAC seals."""
        if not _DIGITS.fullmatch(self.customer):
            raise ValueFault("a customer's number is twelve digits")
        return bytes.fromhex(self.customer)[::-1]

    def order(self, macs: tuple[bytes, bytes], operator: str, *, di: str = RECHARGE) -> Secure:
        """Make the order: ``RECHARGE``, or ``OPEN_ACCOUNT`` for the first one."""
        return Secure(di, self.purse + _sealed(macs[0]) + self.owner + _sealed(macs[1]), operator)

    @classmethod
    def from_order(cls, order: Secure) -> tuple[Recharge, tuple[bytes, bytes]]:
        """Read a recharge and its two MACs, as a meter does; ``PeerFault`` where it is none."""
        content = order.content
        if len(content) != 22:  # noqa: PLR2004 - 4, 4, 4, 6 and 4
            raise PeerFault("recharge", 8 + len(content), "22 bytes are wanted")
        amount, count = (int.from_bytes(content[at : at + 4], "little") for at in (0, 4))
        customer = digits_of(content[12:18], "customer", 20)
        return cls(amount, count, customer), (content[8:12], content[18:])


@dataclass(frozen=True, slots=True, repr=False)
class Wallet:
    """How a wallet is: hundredths, the number of its last purchase, the customer, the state of the keys."""

    balance: int
    count: int
    customer: str
    key_state: bytes
    macs: tuple[bytes, bytes] = (_NO_MAC, _NO_MAC)

    @property
    def body(self) -> bytes:
        """The meter's answer behind the identifier."""
        purse = _number(self.balance, "balance") + self.macs[0] + _number(self.count, "count") + self.macs[1]
        return purse + Recharge(0, 0, self.customer).owner + self.key_state

    @classmethod
    def from_body(cls, body: bytes) -> Wallet:
        """Read the meter's answer, identifier and all; ``PeerFault`` where it is none."""
        if len(body) != 30:  # noqa: PLR2004 - the identifier and 26
            raise PeerFault("wallet", len(body), "30 bytes are wanted")
        balance, count = (int.from_bytes(body[at : at + 4], "little") for at in (4, 12))
        return cls(
            balance, count, digits_of(body[20:26], "customer", 20), body[26:], (body[8:12], body[16:20])
        )


def recharge_by_order(amount: int, order_no: str, meter: str, operator: str, *, di: str = RECHARGE) -> Secure:
    """Make the recharge (or ``REFUND``) of a dialect of real meters: an order number of 16 digits, no seals.

    Whoever can reach such a meter can recharge it: sell on none.
    """
    if not _HEX16.fullmatch(order_no) or not _DIGITS.fullmatch(meter):
        raise ValueFault("an order's number is sixteen digits, a meter's twelve")
    named = bytes.fromhex(order_no)[::-1] + _NO_MAC + bytes.fromhex(meter)[::-1] + _NO_MAC
    return Secure(di, _number(amount, "amount") + named, operator)


def _number(number: int, name: str) -> bytes:
    if not 0 <= number <= NUMBER_MAX:
        raise ValueFault(f"{name}: a whole number of four bytes goes there")
    return number.to_bytes(4, "little")


def _sealed(mac: bytes) -> bytes:
    if len(mac) != len(_NO_MAC):
        raise ValueFault("a seal has four bytes")
    return mac
