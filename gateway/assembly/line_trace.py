"""A trace for the engineer: what went over the line, when, and what it means. Passwords are covered.

12:00:01.234  ->  FE FE FE FE 68 61 01 00 00 00 00 68 11 04 33 33 34 33 C6 16
                  to 000000000161: read 00010000
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from adapters.lines.wire import Side
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.hdlc import Frame as HdlcFrame
from gateway.codecs.dlms.hdlc import FrameReader as HdlcReader
from gateway.codecs.dlms.link import ANSWER_HEAD, REQUEST_HEAD
from gateway.codecs.dlms.token import token_octets
from gateway.codecs.dlms.wrapper import WrapperReader
from gateway.codecs.dlt645.edition1997 import Function1997
from gateway.codecs.dlt645.frame import Frame as Frame645
from gateway.codecs.dlt645.frame import FrameReader as Reader645
from gateway.codecs.dlt645.requests import Function
from gateway.codecs.iec62056_21.characters import SEVEN_BITS
from gateway.codecs.meter_model.model import MeterProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from enum import IntEnum

    from gateway.codecs.meter_model.model import MeterModel

_COVER: Final = "**"
_WIDE: Final = 32
"""Octets on a row of the trace."""

_INDENT: Final = " " * 18
_TEXT_WIDE: Final = 80
_STAR: Final = ord("*")
_WITH_IDENTIFIER: Final = {Function.SECURE, Function.READ, Function.READ_NEXT, Function.WRITE}
_LLC: Final = {REQUEST_HEAD[:2], ANSWER_HEAD[:2]}
_APDUS: Final = {
    0x60: "AARQ", 0x61: "AARE", 0x62: "RLRQ", 0x63: "RLRE", 0x0E: "service error", 0x0F: "data notification",
    0xC0: "GET request", 0xC1: "SET request", 0xC2: "event notification", 0xC3: "ACTION request",
    0xC4: "GET response", 0xC5: "SET response", 0xC7: "ACTION response", 0xD8: "exception",
    0xC8: "sealed GET request", 0xC9: "sealed SET request", 0xCB: "sealed ACTION request",
    0xCC: "sealed GET response", 0xCD: "sealed SET response", 0xCF: "sealed ACTION response",
    0xDB: "general-glo",
}  # fmt: skip
_CONTROLS: Final = {
    1: "<SOH>",
    2: "<STX>",
    3: "<ETX>",
    4: "<EOT>",
    6: "<ACK>",
    0x15: "<NAK>",
    13: "",
    10: " ",
}


def tracer(
    model: MeterModel,
    password: str,
    said: Callable[[str], object],
    *,
    hidden: Sequence[str] = (),
    now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
) -> LineTrace:
    """Make a trace for a model; the password is covered in each of its forms on the wire.

    ``said`` gets line by line, each with its end. ``hidden``: tokens that are covered too, as digits or
    packed. ``now``: the clock that is written before what goes and comes, in its reader's zone.
    """
    secrets = [text.encode("ascii") for text in (password, *hidden) if text]
    secrets += [token_octets(text) for text in hidden]
    if model.protocol is MeterProtocol.DLT645_2007 and len(password) == 6 and password.isdigit():  # noqa: PLR2004
        secrets.append(bytes((octet + 0x33) & 0xFF for octet in bytes.fromhex(password)[::-1]))
    return LineTrace(model, secrets, said, now)


class LineTrace:
    """Writes what goes and comes."""

    def __init__(
        self,
        model: MeterModel,
        secrets: Sequence[bytes],
        said: Callable[[str], object],
        now: Callable[[], datetime],
    ) -> None:
        self._secrets = secrets
        self._said = said
        self._now = now
        #: Of each side, what may be the beginning of a secret whose rest comes with the next octets.
        self._begun = dict.fromkeys(Side, b"")
        self._meanings = {side: _MEANINGS[model.protocol]() for side in Side}

    def __call__(self, side: Side, octets: bytes) -> None:
        """Write rows of octets, and what they mean where a frame is whole."""
        covered = self._covered(side, octets)
        head = f"{self._now():%H:%M:%S.%f}"[:12] + f"  {side.value}  "
        for at in range(0, len(octets), _WIDE):
            row = [
                _COVER if at + place in covered else f"{octet:02X}"
                for place, octet in enumerate(octets[at : at + _WIDE])
            ]
            self._say((_INDENT if at else head) + " ".join(row))
        shown = bytes(_STAR if place in covered else octet for place, octet in enumerate(octets))
        for line in self._meanings[side](octets, shown):
            self._say(f"{_INDENT}{line}")

    def _say(self, line: str) -> None:
        """Write a line; a trace that nobody reads any more does not end the conversation."""
        with suppress(OSError):
            self._said(line + "\n")

    def _covered(self, side: Side, octets: bytes) -> set[int]:
        """Give the places that belong to a secret, or may: an echo comes in pieces, with parity or not."""
        before = self._begun[side]
        whole = before + octets
        places: set[int] = set()
        rest = b""
        for secret in self._secrets:
            # Parity is laid over seven bits, so it is looked for without it too.
            for text, wanted in (
                (whole, secret),
                (whole.translate(SEVEN_BITS), secret.translate(SEVEN_BITS)),
            ):
                at = text.find(wanted)
                while at >= 0:
                    places.update(range(at, at + len(wanted)))
                    at = text.find(wanted, at + 1)
                size = next(
                    (size for size in range(len(wanted) - 1, 0, -1) if text.endswith(wanted[:size])), 0
                )
                places.update(range(len(whole) - size, len(whole)))
                rest = max(rest, whole[len(whole) - size :], key=len)
        self._begun[side] = rest
        return {place - len(before) for place in places if place >= len(before)}


def _meaning_645(names: Callable[[int], str]) -> Callable[[bytes, bytes], list[str]]:
    """Make what says frames of DL/T 645; ``names`` names a function of the edition."""
    reader = Reader645()

    def said(octets: bytes, _: bytes) -> list[str]:
        frames = [frame for frame in reader.receive(octets) if isinstance(frame, Frame645)]
        return [_words_645(frame, names) for frame in frames]

    return said


def _words_645(frame: Frame645, names: Callable[[int], str]) -> str:
    name = names(frame.function)
    di = frame.body[3::-1].hex().upper() if frame.function in _WITH_IDENTIFIER and len(frame.body) > 3 else ""  # noqa: PLR2004
    if frame.is_refusal:
        return f"{frame.address} refuses: {name}, error word {frame.body[::-1].hex().upper()}"
    verb = f"{frame.address} answers: {name}" if frame.is_from_meter else f"to {frame.address}: {name}"
    return " ".join(filter(None, [verb, di])) + (", more follows" if frame.is_continued else "")


def _name_2007(function: int) -> str:
    return _named(Function, function)


def _name_1997(function: int) -> str:
    return _named(Function1997, function)


def _named(functions: type[IntEnum], function: int) -> str:
    known = {int(one): one.name for one in functions}
    return known.get(function, f"function {function:02X}").lower().replace("_", " ")


def _meaning_62056() -> Callable[[bytes, bytes], list[str]]:
    """Make what says the text of IEC 62056-21, with its control characters."""

    def said(_: bytes, shown: bytes) -> list[str]:
        text = "".join(_character(octet & 0x7F) for octet in shown)
        lines = [text[at : at + _TEXT_WIDE] for at in range(0, len(text), _TEXT_WIDE)]
        return [line for line in lines if line.strip()]

    return said


def _character(code: int) -> str:
    """Write a character so that it steers no terminal."""
    usual = chr(code) if chr(code).isprintable() else f"\\x{code:02x}"
    return _CONTROLS.get(code, usual)


def _meaning_hdlc() -> Callable[[bytes, bytes], list[str]]:
    """Make what says frames of HDLC."""
    reader = HdlcReader()

    def said(octets: bytes, _: bytes) -> list[str]:
        return [_words_hdlc(frame) for frame in reader.receive(octets)]

    return said


def _words_hdlc(frame: HdlcFrame) -> str:
    inner = frame.information[len(REQUEST_HEAD) :] if frame.information[:2] in _LLC else b""
    apdu = f", {_apdu(inner)}" if inner else ""
    return f"{frame.kind.value}, {len(frame.information)} octets of information{apdu}"


def _meaning_wrapper() -> Callable[[bytes, bytes], list[str]]:
    """Make what says APDUs in their wrapper."""
    reader = WrapperReader()

    def said(octets: bytes, _: bytes) -> list[str]:
        try:
            return [
                f"{len(one.apdu)} octets, {_apdu(one.apdu)}" for one in reader.receive(octets) if one.apdu
            ]
        except PeerFault as fault:
            return [f"no wrapper: {fault}"]

    return said


def _apdu(apdu: bytes) -> str:
    return _APDUS.get(apdu[0], f"APDU {apdu[0]:02X}")


_MEANINGS: Final[dict[MeterProtocol, Callable[[], Callable[[bytes, bytes], list[str]]]]] = {
    MeterProtocol.DLT645_2007: partial(_meaning_645, _name_2007),
    MeterProtocol.DLT645_1997: partial(_meaning_645, _name_1997),
    MeterProtocol.IEC62056_21: _meaning_62056,
    MeterProtocol.DLMS_HDLC: _meaning_hdlc,
    MeterProtocol.DLMS_TCP: _meaning_wrapper,
}
