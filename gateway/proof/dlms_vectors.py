"""DLMS vectors: frames of HDLC, APDUs behind the wrapper, and APDUs alone, read and written again.

``fcs_ok``: the frame is taken, or refused for its check. Of ``expect`` these are compared: ``type`` (SNRM,
UA, ``I frame N(S)=0``, AARE, GET response …), ``max_info_tx``, ``max_info_rx``, ``window_tx``, ``window_rx``,
``llc``, ``max_pdu``, ``negotiated_conformance`` and ``src_client``. The rest is prose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlms import acse, apdu
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.hdlc import Frame, FrameReader, Kind, read_frame, write_frame
from gateway.codecs.dlms.link import ANSWER_HEAD, REQUEST_HEAD, read_agreed
from gateway.codecs.dlms.wrapper import WrapperReader, wrap
from gateway.proof.case import compared, failed, passed, skipped

if TYPE_CHECKING:
    from gateway.proof.case import Case

_LLC_SIZE: Final = 3
_APDUS: Final = {
    acse.AARQ: "AARQ", acse.AARE: "AARE", acse.RLRQ: "RLRQ", acse.RLRE: "RLRE", apdu.GET: "GET request",
    apdu.SET: "SET request", apdu.ACTION: "ACTION request", apdu.GET_ANSWER: "GET response",
    apdu.SET_ANSWER: "SET response", apdu.ACTION_ANSWER: "ACTION response",
    apdu.EXCEPTION: "EXCEPTION response",
    apdu.NOTIFICATION: "DATA notification", apdu.EVENT: "EVENT notification",
}  # fmt: skip
_FRAMES: Final = {kind.value for kind in Kind}


class _Read:
    """What was read of a vector: the frame, and the APDU in it."""

    def __init__(self, frame: Frame | None, body: bytes) -> None:
        self.frame = frame
        self.llc = body[:_LLC_SIZE] if body.startswith((REQUEST_HEAD, ANSWER_HEAD)) else b""
        self.apdu = body[len(self.llc) :]

    @property
    def agreed(self) -> dict[str, int]:
        """What SNRM or UA say of sizes."""
        if self.frame is None or self.frame.kind not in (Kind.CONNECT, Kind.ACCEPTED):
            return {}
        found = read_agreed(self.frame.information)
        return {
            "max_info_tx": found.tx,
            "max_info_rx": found.rx,
            "window_tx": found.window_tx,
            "window_rx": found.window_rx,
        }

    @property
    def initiate(self) -> acse.Initiate | None:
        """What an AARQ or AARE agrees on."""
        if self.apdu[:1] not in (bytes([acse.AARQ]), bytes([acse.AARE])):
            return None
        said = acse.read_association(self.apdu)
        return acse.read_initiate(said.user)

    def type_of(self, wanted: str) -> str | None:
        """Give the type in the words of what is wanted; None where these are prose."""
        words = wanted.split()
        if words and words[0] in _FRAMES:
            return None if self.frame is None else self._frame_words(wanted)
        known = next((name for name in _APDUS.values() if wanted.upper().startswith(name.upper())), None)
        if known is None:
            return None
        return wanted if _APDUS.get(self.apdu[0] if self.apdu else -1) == known else "another APDU"

    def _frame_words(self, wanted: str) -> str:
        """Put what the frame says where the wanted words have it."""
        assert self.frame is not None, "asked of frames only"  # noqa: S101 - of our own code
        numbers = {"S": self.frame.sent, "R": self.frame.awaited}
        said = re.sub(r"N\(([SR])\)=\d+", lambda found: f"N({found[1]})={numbers[found[1]]}", wanted)
        return " ".join([self.frame.kind.value, *said.split()[1:]])


def attempt(name: str, entry: Mapping[str, object]) -> Case:
    """Try one vector; ValueError where the entry is none."""
    raw = entry.get("hex")
    if not isinstance(raw, str):
        raise ValueError("no hex")  # noqa: TRY004 - a fault of the file
    wire, proto = bytes.fromhex(raw), str(entry.get("proto", ""))
    expect = entry.get("expect", {})
    if not isinstance(expect, Mapping):
        raise ValueError("expect is no object")  # noqa: TRY004 - a fault of the file
    if entry.get("fcs_ok") is False or expect.get("must_reject"):
        return _refused(name, wire)
    try:
        found = _read(proto, wire)
        return _compare(name, found, expect, has_check="fcs_ok" in entry)
    except PeerFault as fault:
        return failed(name, "a frame or an APDU", str(fault))


def _refused(name: str, wire: bytes) -> Case:
    try:
        read_frame(wire)
    except PeerFault:
        found = FrameReader().receive(wire)
        return compared(name, [], found)
    return failed(name, "refused for its check", "accepted")


def _read(proto: str, wire: bytes) -> _Read:
    """Read it by its wire, and see that it is written again as it came."""
    if "wrapper" in proto:
        found = WrapperReader().receive(wire)
        if len(found) != 1 or wrap(found[0]) != wire:
            raise PeerFault("wrapper", 0, "not one APDU, or written again otherwise")
        return _Read(None, found[0].apdu)
    if wire[:1] != b"\x7e":
        return _Read(None, wire)
    frame = read_frame(wire)
    if FrameReader().receive(wire) != [frame] or write_frame(frame) != wire:
        raise PeerFault("frame", 0, "found otherwise in a stream, or written again otherwise")
    return _Read(frame, frame.information)


def _compare(name: str, found: _Read, expect: Mapping[str, object], *, has_check: bool) -> Case:
    """Compare what is there; nothing that could be compared is a skip, not a pass."""
    ours = {
        key: value for key, made in _MADE.items() if key in expect for value in [made(found, expect[key])]
    }
    ours = {key: value for key, value in ours.items() if value is not None}
    if not ours and not has_check:
        return skipped(name, "nothing in it can be compared")
    theirs = {key: expect[key] for key in ours}
    return passed(name) if ours == theirs else failed(name, theirs, ours)


def _agreed(key: str) -> Callable[[_Read, object], object]:
    return lambda found, _wanted: found.agreed.get(key, "none")


def _max_pdu(found: _Read, _wanted: object) -> object:
    return "none" if found.initiate is None else found.initiate.pdu_max


def _conformance(found: _Read, _wanted: object) -> object:
    return "none" if found.initiate is None else f"{found.initiate.conformance:06x}"


_MADE: Final[Mapping[str, Callable[[_Read, object], object]]] = {
    "type": lambda found, wanted: found.type_of(str(wanted)),
    "llc": lambda found, _wanted: found.llc.hex(),
    "max_pdu": _max_pdu,
    "negotiated_conformance": _conformance,
    "src_client": lambda found, _wanted: None if found.frame is None else found.frame.source.upper,
    **{key: _agreed(key) for key in ("max_info_tx", "max_info_rx", "window_tx", "window_rx")},
}
