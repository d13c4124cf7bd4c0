"""What a way to a meter must be like, whoever enters it: a line that leads there, a model, an address.

A place is kept in one form, so that the same number is the same line however it was typed: a telephone number
without spaces, dashes and brackets, a host in small letters.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from gateway.codecs.dlms.hdlc import server_address
from gateway.codecs.dlt645.frame import wire_address
from gateway.codecs.iec62056_21.identification import request_text
from gateway.codecs.meter_model.fault import ModelFault
from gateway.codecs.meter_model.model import MeterModel, MeterProtocol, model_named
from gateway.codecs.modem.profile import is_dialled
from gateway.core.meter_way import (
    BUS_MAX,
    MULTIPLIER_MAX,
    PLACE_MAX,
    PROTECTION_MAX,
    LineKind,
    MeterWay,
)
from gateway.core.office import OfficeRefusal
from gateway.core.person import is_said
from gateway.core.stock import NOTE_MAX

_PORT_MAX: Final = 65_535
_HOST: Final = re.compile(r"[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\]")
#: What people write into a telephone number for the eye.
_FOR_THE_EYE: Final = str.maketrans("w", "W", " -()/.")
#: What a meter that calls in says of itself: a number, or what its maker lets one set.
_NAME: Final = re.compile(r"[\x21-\x7e]{1,64}")

_IN_645: Final = frozenset({MeterProtocol.DLT645_2007, MeterProtocol.DLT645_1997})


def straightened(way: MeterWay) -> MeterWay:
    """Give it in the form in which it is kept: texts without what is around them, the place as a line has it.

    >>> straightened(MeterWay("", LineKind.MODEM, "+86 (871) 555-0123", "161", "dlt645-2007")).place
    '+868715550123'
    """
    place = way.place.strip()
    if way.kind is LineKind.MODEM:
        place = place.translate(_FOR_THE_EYE)
    elif way.kind is LineKind.NETWORK:
        place = place.lower()
    texts = {name: getattr(way, name).strip() for name in ("address", "bus", "protection", "note")}
    return replace(way, place=place, **texts)


def way_refusal(way: MeterWay) -> OfficeRefusal | None:
    """Say why a way, as it is kept, is none; whether its meter is known is not looked at."""
    if not _leads_somewhere(way.kind, way.place):
        return OfficeRefusal.BAD_LINE_PLACE
    try:
        model = model_named(way.model)
    except ModelFault:
        return OfficeRefusal.UNKNOWN_MODEL
    if not _is_address(model, way.address):
        return OfficeRefusal.BAD_LINE_ADDRESS
    said = ((way.bus, BUS_MAX), (way.protection, PROTECTION_MAX), (way.note, NOTE_MAX))
    if any(text and not is_said(text, most) for text, most in said):
        return OfficeRefusal.BAD_NAME
    if not 1 <= way.multiplier <= (MULTIPLIER_MAX if way.measures else 1):
        return OfficeRefusal.BAD_MULTIPLIER
    return None


def _leads_somewhere(kind: LineKind, place: str) -> bool:
    if kind is LineKind.MODEM:
        return is_dialled(place)
    if kind is LineKind.CALLS_IN:
        return _NAME.fullmatch(place) is not None
    host, _, port = place.rpartition(":")
    is_port = port.isascii() and port.isdigit() and len(port) <= len(str(_PORT_MAX))
    return (
        len(place) <= PLACE_MAX
        and _HOST.fullmatch(host) is not None
        and is_port
        and 1 <= int(port) <= _PORT_MAX
    )


def _is_address(model: MeterModel, address: str) -> bool:
    """Is it an address of the model's protocol, and that of one meter?"""
    words = model.dlms
    try:
        if model.protocol in _IN_645:
            # One that leaves digits open is whoever hears it: on a bus that is somebody else.
            return address.isdigit() and bool(wire_address(address))
        if model.protocol is MeterProtocol.IEC62056_21:
            return bool(request_text(address))
        size = 1 if model.protocol is MeterProtocol.DLMS_TCP else words.address_octets
        return bool(server_address(address, words.logical, words.physical, size).octets())
    except ValueError:
        return False
