"""A meter's end of DL/T 645-2007: each function of the standard, over a house."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import schemas
from gateway.codecs.dlt645 import errors
from gateway.codecs.dlt645.answering import NO_SUCH_ITEM, OTHER, Asked, MeterEnd
from gateway.codecs.dlt645.dialogue import BETWEEN_MS
from gateway.codecs.dlt645.fault import ValueFault
from gateway.codecs.dlt645.frame import BODY_MAX, Frame, FrameReader, encoded, wire_address
from gateway.codecs.dlt645.items import Items
from gateway.codecs.dlt645.orders import ChangePassword, Clear, Password, Relay, RelayAction, Write
from gateway.codecs.dlt645.requests import (
    ChangeBaud,
    ChoosePulse,
    Freeze,
    Function,
    Read,
    ReadAddress,
    SetTime,
    WriteAddress,
)
from gateway.codecs.dlt645.secure import Secure
from gateway.simulators.meters.face import Face, MishapKind, Mishaps
from gateway.simulators.meters.freezing import NOW, next_freeze
from gateway.simulators.meters.meter_clock import DAY_MS, MINUTE_MS, shown_of
from gateway.simulators.meters.purse import Wallet
from gateway.simulators.meters.read645 import values_of
from gateway.simulators.meters.relay import RelayState
from gateway.simulators.meters.write645 import is_password_item, noted, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.dlt645.dialogue import Request
    from gateway.simulators.meters.house import House
    from gateway.simulators.meters.secure645 import SecureEnd

TURN_MS: Final = 20
"""Milliseconds before the answer: DL/T 645-2007, 5.3 has 20 at least."""

CLOCK_OFF_MS_MAX: Final = 5 * MINUTE_MS
"""A clock that is more wrong does not obey a broadcast, and none does so near midnight (7.9)."""

PASSWORD: Final = 0b100
BAUD_FIXED: Final = 0b1000
PULSES: Final = 3

_STATES: Final = {
    RelayAction.TRIP: RelayState.OPEN,
    RelayAction.CLOSE: RelayState.CLOSED,
    RelayAction.PERMIT_CLOSING: RelayState.READY,
}
_TAKEN: Final = {
    RelayAction.TRIP: "tripped",
    RelayAction.CLOSE: "closing",
    RelayAction.PERMIT_CLOSING: "closing_permitted",
    RelayAction.KEEP_POWERED: "kept_powered",
    RelayAction.KEEP_POWERED_NO_MORE: "kept_powered_no_more",
    RelayAction.ALARM_ON: "alarm",
    RelayAction.ALARM_OFF: "alarm_off",
}


@cache
def items_2007() -> Items:
    """The identifiers of the standard, read once."""
    return Items.from_table(schemas.load("meters/dlt645-2007.json"))


@dataclass(frozen=True, slots=True)
class Habits645:
    """What differs by maker: the level of the password, how an order of the relay is answered, short frames.

    ``says_relay_words``: with two bytes, as meters from 2014 on do; ``body_max``: where answers are cut.
    """

    level: int = 2
    says_relay_words: bool = False
    body_max: int = BODY_MAX


class Face645(Face):
    """One end of one line. ``secure`` is the meter's end of control 03, where it has one."""

    __slots__ = ("_end", "_habits", "_secure", "pulse")

    def __init__(
        self,
        house: House,
        mishaps: Mishaps | None = None,
        habits: Habits645 | None = None,
        secure: SecureEnd | None = None,
    ) -> None:
        super().__init__(house, mishaps or Mishaps(), TURN_MS)
        self._habits = habits or Habits645()
        self._secure = secure
        self._end = self._new_end()
        self.pulse = 0

    def receive(self, octets: bytes) -> bytes:
        """Take what came; give the answers to what is for this meter."""
        answers = b""
        for asked in self._end.receive(octets):
            self.mishaps.begin()
            self.house.update()
            answer = asked if isinstance(asked, bytes) else self._answer(asked)
            if answer:
                answers += self._said(answer)
        return answers

    @property
    def wait_ms(self) -> int | None:
        """Milliseconds without a byte before half a frame is none."""
        return BETWEEN_MS if self._end.is_midframe else None

    def expired(self) -> bytes:
        """Forget half a frame."""
        self._end.silence()
        return b""

    def line_lost(self) -> None:
        """Forget half a frame."""
        self._end.silence()

    def _new_end(self) -> MeterEnd:
        return MeterEnd(self.house.number, self.house.clock.zone, body_max=self._habits.body_max)

    def _answer(self, asked: Asked) -> bytes:
        obey = _OBEY.get(type(asked.request))
        if obey is None:
            return b"" if asked.is_to_all else self._end.refuse(asked.request, OTHER)
        done = obey(self, asked.request)
        if asked.is_to_all or done is None:
            return b""
        if isinstance(done, bytes):
            return self._end.answer(asked.request, done)
        word, width = done
        return self._end.refuse(asked.request, word, width)

    def _read(self, request: Read) -> bytes | tuple[int, int]:
        di = request.di
        if is_password_item(di):
            return PASSWORD, 1
        note = noted(self.house, di)
        if note is not None:
            return note
        values = values_of(self.house, di)
        try:
            item = items_2007().find(di)
        except ValueFault:
            return NO_SUCH_ITEM, 1
        if values is None:
            return NO_SUCH_ITEM, 1
        try:
            return item.encode(values)
        except ValueFault:
            # A register that has more digits than its format: what a meter cannot say it has not got.
            return item.encode([None] * len(values))

    def _write(self, request: Write) -> bytes | tuple[int, int]:
        if not self._knows(request.authority.password):
            return PASSWORD, 1
        if self.mishaps.has(MishapKind.HALF_WRITE):
            written(self.house, items_2007(), request.di, _half(request))
            return OTHER, 1
        word = written(self.house, items_2007(), request.di, request.content)
        if request.di == "04000401":
            self._end = self._new_end()
        return (word, 1) if word else b""

    def _address(self, _request: ReadAddress) -> bytes:
        return wire_address(self.house.number)

    def _new_address(self, request: WriteAddress) -> bytes | tuple[int, int]:
        if not self.house.is_unlocked:
            return PASSWORD, 1
        self.house.number = request.address
        self.house.changes += 1
        self._end = self._new_end()
        return b""

    def _time(self, request: SetTime) -> None:
        house, wanted = self.house, shown_of(request.moment)
        for shown in (house.shown, wanted):
            in_day = shown % DAY_MS
            if in_day < CLOCK_OFF_MS_MAX or in_day > DAY_MS - CLOCK_OFF_MS_MAX:
                return
        if abs(house.shown - wanted) <= CLOCK_OFF_MS_MAX:
            house.set_clock(wanted)

    def _freeze(self, request: Freeze) -> bytes | tuple[int, int]:
        if request.when != NOW and next_freeze(request.when, self.house.shown) is None:
            return OTHER, 1
        self.house.freeze(request.when)
        return b""

    def _baud(self, _request: ChangeBaud) -> tuple[int, int]:
        # What the byte means differs between makers, and there is no speed to change here.
        return BAUD_FIXED, 1

    def _pulse(self, request: ChoosePulse) -> bytes | tuple[int, int]:
        if request.output >= PULSES:
            return OTHER, 1
        self.pulse = request.output
        return bytes((request.output,))

    def _password(self, request: ChangePassword) -> bytes | tuple[int, int]:
        is_ours = is_password_item(request.di) and request.new.level == self._habits.level
        if not is_ours or not self._knows(request.old):
            return PASSWORD, 1
        self.house.password = request.new.digits
        self.house.changes += 1
        return request.new.encoded

    def _clear(self, request: Clear) -> bytes | tuple[int, int]:
        if not self._knows(request.authority.password):
            return PASSWORD, 1
        if request.function is Function.CLEAR_DEMAND:
            self.house.clear_demand()
        elif request.function is Function.CLEAR_METER:
            self.house.clear()
        else:
            self.house.clear_events()
        return b""

    def _relay(self, request: Relay) -> bytes | tuple[int, int]:
        if not self._knows(request.authority.password):
            return self._no_relay("password", PASSWORD)
        if shown_of(request.valid_until) < self.house.shown:
            return self._no_relay("order_expired", OTHER)
        action = request.action
        if action in _STATES:
            if self.house.order(_STATES[action]) is not None:
                return self._no_relay("trip_kept_powered", OTHER)
        elif action in (RelayAction.KEEP_POWERED, RelayAction.KEEP_POWERED_NO_MORE):
            self.house.keep_powered(is_on=action is RelayAction.KEEP_POWERED)
        elif action in (RelayAction.ALARM_ON, RelayAction.ALARM_OFF):
            self.house.relay.is_alarmed = action is RelayAction.ALARM_ON
            self.house.changes += 1
        else:
            return self._no_relay("no_pre_trip_time", OTHER)
        if not self._habits.says_relay_words:
            return b""
        return (1 << errors.RELAY_TAKEN.index(_TAKEN[action])).to_bytes(2, "little")

    def _no_relay(self, name: str, plain: int) -> tuple[int, int]:
        return (1 << errors.RELAY.index(name), 2) if self._habits.says_relay_words else (plain, 1)

    def _sold(self, request: Secure) -> bytes | tuple[int, int]:
        purse = self.house.purse
        if self._secure is None or not isinstance(purse, Wallet):
            return OTHER, 1
        done = self._secure.answer(self.house, purse, request)
        return (done, 2) if isinstance(done, int) else done

    def _knows(self, password: Password) -> bool:
        return password.level == self._habits.level and password.digits == self.house.password

    def _as_another(self, answer: bytes) -> bytes:
        """The answer of the meter with the next number."""
        found = [event for event in FrameReader().receive(answer) if isinstance(event, Frame)]
        other = f"{(int(self.house.number) + 1) % 10**12:012d}"
        return b"".join(encoded(other, frame.control, frame.body) for frame in found)

    def _damaged(self, answer: bytes) -> bytes:
        return answer[:-2] + bytes((answer[-2] ^ 0x5A,)) + answer[-1:]


def _half(request: Write) -> bytes:
    """The part of a write that is done where it is refused: half of a table, or all of one value."""
    try:
        width = items_2007().find(request.di).width
    except ValueFault:
        return b""
    rows = len(request.content) // width
    return request.content[: max(1, rows // 2) * width]


_OBEY: Final[dict[type[Request], Callable[..., bytes | tuple[int, int] | None]]] = {
    Read: Face645._read,  # noqa: SLF001 - its own table
    Write: Face645._write,  # noqa: SLF001 - likewise
    ReadAddress: Face645._address,  # noqa: SLF001 - likewise
    WriteAddress: Face645._new_address,  # noqa: SLF001 - likewise
    SetTime: Face645._time,  # noqa: SLF001 - likewise
    Freeze: Face645._freeze,  # noqa: SLF001 - likewise
    ChangeBaud: Face645._baud,  # noqa: SLF001 - likewise
    ChoosePulse: Face645._pulse,  # noqa: SLF001 - likewise
    ChangePassword: Face645._password,  # noqa: SLF001 - likewise
    Clear: Face645._clear,  # noqa: SLF001 - likewise
    Relay: Face645._relay,  # noqa: SLF001 - likewise
    Secure: Face645._sold,  # noqa: SLF001 - likewise
}
