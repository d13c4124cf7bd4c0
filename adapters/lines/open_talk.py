"""Begins a conversation with a meter, in the protocol of its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.lines import talk645, talk62056, talk_dlms
from adapters.lines.talk645 import Talk645
from adapters.lines.talk1997 import Talk1997
from adapters.lines.talk62056 import Talk62056
from adapters.lines.talk_dlms import TalkDlms
from gateway.codecs.meter_model.model import MeterProtocol

if TYPE_CHECKING:
    from adapters.lines.talk import Wanted
    from adapters.lines.wire import Wire
    from gateway.ports import Clock, MeterTalk


def check_wanted(wanted: Wanted) -> None:
    """Refuse (``AddressFault``), before a way is opened, an address that the model's protocol has not."""
    if wanted.model.protocol in (MeterProtocol.DLT645_2007, MeterProtocol.DLT645_1997):
        talk645.check_address(wanted.address)
    elif wanted.model.protocol is MeterProtocol.IEC62056_21:
        talk62056.check_address(wanted.address)
    else:
        talk_dlms.check_address(wanted)


def talk_with(wire: Wire, clock: Clock, wanted: Wanted) -> MeterTalk:
    """Give what speaks with such a meter over this wire. Nothing is sent before something is asked."""
    match wanted.model.protocol:
        case MeterProtocol.DLT645_2007:
            return Talk645(wire, clock, wanted)
        case MeterProtocol.DLT645_1997:
            return Talk1997(wire, clock, wanted)
        case MeterProtocol.IEC62056_21:
            return Talk62056(wire, clock, wanted)
        case MeterProtocol.DLMS_HDLC | MeterProtocol.DLMS_TCP:
            return TalkDlms(wire, clock, wanted)
