r"""A meter's end of IEC 62056-21: read-out, programming, load profile, and the way over to DLMS.

    ER01  no such command      ER02  no such address      ER03  not of the address's form
    ER04  it can only be read  ER06  the password is another one

as meters of VDEW say it; others have other numbers. The relay is moved by the words of the model.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from gateway.codecs.iec62056_21.characters import SOH, STX, check_character
from gateway.codecs.iec62056_21.commands import READS, WRITES
from gateway.codecs.iec62056_21.datasets import sets_text
from gateway.codecs.iec62056_21.events import Binary
from gateway.codecs.iec62056_21.identification import Identification
from gateway.codecs.iec62056_21.meter import Left, Meter, PasswordSaid, Programming, ReadOutAsked, Said
from gateway.codecs.iec62056_21.states import Send
from gateway.simulators.meters.face import Face, Mishaps
from gateway.simulators.meters.meter_clock import DAY_MS, MINUTE_MS, SECOND_MS, shown_of
from gateway.simulators.meters.relay import RelayState
from gateway.simulators.meters.values62056 import others, profile_parts, set_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.iec62056_21.commands import Command
    from gateway.codecs.iec62056_21.meter import MeterEvent
    from gateway.codecs.meter_model.model import MeterModel
    from gateway.simulators.meters.house import House

BINARY_MS: Final = 2 * MINUTE_MS
"""Milliseconds of silence after which HDLC is left again (IEC 62056-46, inactivity time-out)."""

PUSH_MS: Final = 10_000
"""Milliseconds between two telegrams in mode D: what Dutch meters take."""

NO_COMMAND, NO_ADDRESS, BAD_FORM, READ_ONLY, BAD_PASSWORD = "ER01", "ER02", "ER03", "ER04", "ER06"

#: Mode → the character of the speed, and the escape that offers HDLC. The maker's lower letter: 20 ms.
MODES: Final = {"A": ("Z", ""), "B": ("E", ""), "C": ("5", ""), "D": ("3", ""), "E": ("5", "\\2")}
_SEED: Final = "00000000"
_SPAN: Final = re.compile(r"([0-9]{10,13})?;([0-9]{10,13})?(?:;[0-9]{0,4})?")
_TIME: Final = re.compile(r"([0-9]{2}):?([0-9]{2}):?([0-9]{2})")
_DATE: Final = re.compile(r"([0-9]{2})[-.]?([0-9]{2})[-.]?([0-9]{2})")
_FOR_EVER: Final = 1 << 62
_PROFILES: Final = frozenset({"R5", "R6"})
_CENTURY: Final = 2000


class Face62056(Face):
    """One end of one line. ``binary`` makes the face that takes the line over in mode E."""

    __slots__ = ("_addresses", "_binary", "_binary_face", "_end", "_mode", "_model", "_who")

    def __init__(
        self,
        house: House,
        model: MeterModel,
        mishaps: Mishaps | None = None,
        *,
        mode: str = "C",
        binary: Callable[[], Face],
    ) -> None:
        speed, escapes = MODES[mode]
        self._who = Identification("PWs", speed, "POWERTILL", escapes)
        super().__init__(house, mishaps or Mishaps(), self._who.reaction_ms)
        self._mode = mode
        self._model = model
        self._addresses = {item.at: name for name, item in model.items.items()}
        self._binary = binary
        self._binary_face: Face | None = None
        self._end = self._begun()

    @property
    def wait_ms(self) -> int | None:
        """Milliseconds without an octet before ``expired``."""
        if self._binary_face is not None:
            return BINARY_MS
        return self._end.wait_ms

    @property
    def push_ms(self) -> int | None:
        """Milliseconds between two telegrams that nobody asked for; None: it pushes nothing."""
        return PUSH_MS if self._mode == "D" else None

    def push(self) -> bytes:
        """The telegram of mode D; any other meter says nothing unasked."""
        if self._mode != "D":
            return b""
        self.house.update()
        return self._answered(self._end.push(self._read_out()))

    def receive(self, octets: bytes) -> bytes:
        """Take what came; give what the meter says."""
        if self._binary_face is not None:
            return self._over_hdlc(octets)
        if self._mode == "D":
            return b""
        self.house.update()
        return self._answered(self._end.receive(octets))

    def expired(self) -> bytes:
        """Give what the meter says after a silence: a read-out where no option came."""
        if self._binary_face is not None:
            self.line_lost()
            return b""
        self.house.update()
        return self._answered(self._end.expired())

    def line_lost(self) -> None:
        """End the session."""
        self._end = self._begun()
        self._binary_face = None

    def _begun(self) -> Meter:
        # The line of a simulator has no speed that could change.
        return Meter(self._who, self.house.number, is_speed_fixed=True)

    def _over_hdlc(self, octets: bytes) -> bytes:
        face = self._binary_face
        assert face is not None, "HDLC has the line"  # noqa: S101 - of our own code
        answer = face.receive(octets)
        self.answer_ms = face.answer_ms
        if face.wait_ms is None:  # The link was ended: the line is the read-out's again.
            self.line_lost()
        return answer

    def _answered(self, events: list[MeterEvent]) -> bytes:
        answer, left = b"", list(events)
        while left:
            event = left.pop(0)
            if isinstance(event, Send):
                answer += event.octets
            else:
                left = self._react(event) + left
        if not answer:
            return b""
        self.mishaps.begin()
        return self._said(answer)

    def _react(self, event: MeterEvent) -> list[MeterEvent]:
        match event:
            case ReadOutAsked():
                return self._end.read_out(self._read_out())
            case Programming():
                return self._end.challenge(_SEED)
            case PasswordSaid(kind, password):
                is_right = kind == self._model.proof and password == self.house.password
                return self._end.accept() if is_right else self._end.refuse(BAD_PASSWORD)
            case Said(command):
                return self._obeyed(command)
            case Binary():
                self._binary_face = self._binary()
            case Left():
                self._end = self._begun()
        return []

    def _read_out(self) -> str:
        sets = [set_of(self.house, name, at) for at, name in self._addresses.items()]
        return sets_text([each for each in [*sets, *others(self.house)] if each is not None])

    def _obeyed(self, command: Command) -> list[MeterEvent]:
        if command.kind in READS:
            return self._asked(command)
        if command.kind not in WRITES:
            return self._end.refuse(NO_COMMAND)
        error = self._written(command)
        return self._end.take() if error is None else self._end.refuse(error)

    def _asked(self, command: Command) -> list[MeterEvent]:
        address = command.text.partition("(")[0]
        name = self._addresses.get(address, "")
        if name == "profile":
            if command.kind not in _PROFILES:
                return self._end.refuse(NO_COMMAND)
            return self._profile(address, command.inner)
        found = set_of(self.house, name, address)
        if found is None:
            found = next((each for each in others(self.house) if each.address == address), None)
        return self._end.refuse(NO_ADDRESS) if found is None else self._end.answer([found.text])

    def _profile(self, address: str, span: str) -> list[MeterEvent]:
        found = _SPAN.fullmatch(span or ";")
        begins = 0 if found is None or found[1] is None else _stamp(found[1])
        ends = _FOR_EVER if found is None or found[2] is None else _stamp(found[2])
        if found is None or begins is None or ends is None:
            return self._end.refuse(BAD_FORM)
        parts = profile_parts(self.house, address, self.house.profile.between(begins, ends))
        return self._end.answer(parts) if parts else self._end.refuse("ERROR")

    def _written(self, command: Command) -> str | None:
        """Write, and give the error; None where it is done."""
        state = self._relay_word(f"{command.kind} {command.text}")
        if state is not None:
            return NO_COMMAND if self.house.order(state) is not None else None
        address = command.text.partition("(")[0]
        name = self._addresses.get(address)
        if name is None:
            return NO_ADDRESS
        if name == "relay":
            return BAD_FORM
        if name not in {"time", "date"}:
            return READ_ONLY
        return self._set_clock(name, command.inner)

    def _relay_word(self, said: str) -> RelayState | None:
        words = self._model.relay
        if words is None:
            return None
        orders = {
            words.trip: RelayState.OPEN,
            words.close: RelayState.CLOSED,
            words.permit: RelayState.READY,
        }
        return orders.get(said)

    def _set_clock(self, name: str, said: str) -> str | None:
        house = self.house
        found = (_TIME if name == "time" else _DATE).fullmatch(said)
        if found is None:
            return BAD_FORM
        first, second, third = (int(part) for part in found.groups())
        try:
            if name == "time":
                moment = datetime(_CENTURY, 1, 1, first, second, third)  # noqa: DTZ001 - the display has no zone
                house.set_clock(house.shown - house.shown % DAY_MS + shown_of(moment) % DAY_MS)
            else:
                moment = datetime(_CENTURY + first, second, third)  # noqa: DTZ001 - likewise
                house.set_clock(shown_of(moment) + house.shown % DAY_MS)
        except ValueError:
            return BAD_FORM
        return None

    def _as_another(self, answer: bytes) -> bytes:
        """The answer of the meter with the next number, where it says one."""
        other = f"{(int(self.house.number) + 1) % 10**12:012d}"
        changed = answer.replace(self.house.number.encode("ascii"), other.encode("ascii"))
        begins = next((at for at, octet in enumerate(changed) if octet in (SOH, STX)), None)
        if begins is None:
            return changed
        return changed[:-1] + bytes((check_character(changed[begins + 1 : -1]),))

    def _damaged(self, answer: bytes) -> bytes:
        return answer[:-1] + bytes((answer[-1] ^ 0x01,))


def _stamp(text: str) -> int | None:
    """Read (Z)YYMMDDhhmm(ss) as shown milliseconds; None where it is no time."""
    digits = text[len(text) % 2 :]
    parts = [int(digits[place : place + 2]) for place in range(0, len(digits), 2)]
    try:
        moment = datetime(_CENTURY + parts[0], *parts[1:])  # type: ignore[arg-type]  # noqa: DTZ001 - likewise
    except ValueError:
        return None
    return shown_of(moment) - shown_of(moment) % SECOND_MS
