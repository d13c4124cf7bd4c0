"""Control 03 in a meter: sessions, purchases and the wallet, behind its security module.

What is asked for first counts: a session, then the seals, then the account, the number, the limit. A purchase
counts with the number after the last one, once; the same number again is *repeated*, which says that it came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.dlt645 import errors
from gateway.codecs.dlt645.fault import PeerFault
from gateway.codecs.dlt645.requests import identifier_bytes
from gateway.codecs.dlt645.secure import (
    END_SESSION,
    END_SESSION_OTHER,
    OPEN_ACCOUNT,
    OPEN_SESSION,
    RECHARGE,
    SESSION_TIME,
    SET_WALLET,
    WALLET,
    WALLET_OTHER,
    Recharge,
    Secure,
    Session,
    Wallet,
)
from gateway.simulators.meters.meter_clock import MINUTE_MS
from gateway.simulators.meters.purse import PurchaseRefusal
from gateway.simulators.meters.purse import Wallet as Purse

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.simulators.meters.house import House
    from gateway.simulators.meters.security_module import SecurityModule

SESSION_MIN: Final = 5
"""Minutes of a session where nothing else was said: what meters of Q/GDW 365 take."""

_KEY_STATE: Final = bytes(4)


def bit(name: str) -> int:
    """The bit of the error word of control 03."""
    return 1 << errors.SECURE.index(name)


_REFUSALS: Final = {
    PurchaseRefusal.NOT_OPENED: bit("other"),
    PurchaseRefusal.OPENED: bit("other"),
    PurchaseRefusal.REPEATED: bit("repeated"),
    PurchaseRefusal.COUNT: bit("count"),
    PurchaseRefusal.CUSTOMER: bit("customer"),
    PurchaseRefusal.OVER_LIMIT: bit("over_limit"),
}


class SecureEnd:
    """A meter's end of control 03. It outlives the line: a session is the meter's, not the call's."""

    __slots__ = ("_ends_at", "_module", "_session", "_session_min")

    def __init__(self, module: SecurityModule) -> None:
        self._module = module
        self._session: Session | None = None
        self._session_min = SESSION_MIN
        self._ends_at = 0

    def answer(self, house: House, purse: Purse, order: Secure) -> bytes | int:
        """Give the body of the answer, or the error word."""
        obey = _ORDERS.get(order.di)
        if obey is None:
            return bit("other")
        if order.di == OPEN_SESSION:
            return self._opened(house, order)
        if order.di in {WALLET, WALLET_OTHER}:
            return self._wallet(house, purse, order.di)
        if self._session is None or house.clock.elapsed() >= self._ends_at:
            self._session = None
            return bit("session")
        try:
            return obey(self, house, purse, order)
        except PeerFault:
            return bit("other")

    def _opened(self, house: House, order: Secure) -> bytes | int:
        session = self._module.session(house.number, order.content)
        if session is None:
            return bit("esam")
        self._session = session
        self._session_min = session.minutes or SESSION_MIN
        self._ends_at = house.clock.elapsed() + self._session_min * MINUTE_MS
        minutes = b"" if session.minutes is None else session.minutes.to_bytes(2, "little")
        return identifier_bytes(OPEN_SESSION) + session.random + session.esam + minutes

    def _is_sealed(self, house: House, di: str, content: bytes, mac: bytes) -> bool:
        assert self._session is not None, "a session was looked for"  # noqa: S101 - of our own code
        return self._module.is_sealed(house.number, self._session, di, content, mac)

    def _timed(self, house: House, _purse: Purse, order: Secure) -> bytes | int:
        minutes, mac = order.content[:2], order.content[2:]
        if len(minutes) != 2 or not self._is_sealed(house, order.di, minutes, mac):  # noqa: PLR2004 - two bytes
            return bit("esam")
        self._session_min = int.from_bytes(minutes, "little")
        self._ends_at = house.clock.elapsed() + self._session_min * MINUTE_MS
        return identifier_bytes(order.di)

    def _ended(self, _house: House, _purse: Purse, order: Secure) -> bytes | int:
        self._session = None
        return identifier_bytes(order.di)

    def _bought(self, house: House, purse: Purse, order: Secure) -> bytes | int:
        bought, (purse_mac, owner_mac) = Recharge.from_order(order)
        is_whole = self._is_sealed(house, order.di, bought.purse, purse_mac)
        if not is_whole or not self._is_sealed(house, order.di, bought.owner, owner_mac):
            return bit("esam")
        refusal = house.buy(bought.amount, bought.count, bought.customer, opens=order.di == OPEN_ACCOUNT)
        if refusal is not None:
            return _REFUSALS[refusal]
        return self._wallet(house, purse, order.di)

    def _set_up(self, house: House, purse: Purse, order: Secure) -> bytes | int:
        content = order.content
        if len(content) != 16:  # noqa: PLR2004 - twice four and a seal of four
            return bit("other")
        parts = ((content[:4], content[4:8]), (content[8:12], content[12:]))
        if not all(self._is_sealed(house, order.di, part, mac) for part, mac in parts):
            return bit("esam")
        amount, count = (int.from_bytes(part, "little") for part, _ in parts)
        refusal = purse.set_up(amount, count)
        if refusal is not None:
            return _REFUSALS[refusal]
        house.credit_changed()
        return identifier_bytes(order.di)

    def _wallet(self, house: House, purse: Purse, di: str) -> bytes:
        """How the wallet is; sealed where there is a session."""
        found = Wallet(purse.remaining, purse.count, purse.customer, _KEY_STATE)
        if self._session is not None:
            balance, count = found.body[:4], found.body[8:12]
            macs = [self._module.seal(house.number, self._session, di, part) for part in (balance, count)]
            found = Wallet(purse.remaining, purse.count, purse.customer, _KEY_STATE, (macs[0], macs[1]))
        return identifier_bytes(di) + found.body


_ORDERS: Final[dict[str, Callable[[SecureEnd, House, Purse, Secure], bytes | int]]] = {
    OPEN_SESSION: lambda end, house, _, order: end._opened(house, order),  # noqa: SLF001 - its own table
    SESSION_TIME: SecureEnd._timed,  # noqa: SLF001 - likewise
    END_SESSION: SecureEnd._ended,  # noqa: SLF001 - likewise
    END_SESSION_OTHER: SecureEnd._ended,  # noqa: SLF001 - likewise
    OPEN_ACCOUNT: SecureEnd._bought,  # noqa: SLF001 - likewise
    RECHARGE: SecureEnd._bought,  # noqa: SLF001 - likewise
    SET_WALLET: SecureEnd._set_up,  # noqa: SLF001 - likewise
    WALLET: lambda end, house, purse, order: end._wallet(house, purse, order.di),  # noqa: SLF001 - likewise
    WALLET_OTHER: lambda end, house, purse, order: end._wallet(house, purse, order.di),  # noqa: SLF001 - likewise
}
