"""A virtual meter ready for its lines: the house, its model, and what only the meter and its owner know.

meter = WiredMeter(model_named("dlt645-2007"), house)
face = meter.face()        one end of one line; each line has its own
face.receive(octets)       gives what the meter answers
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlt645.frame import BODY_MAX
from gateway.codecs.meter_model.model import MeterProtocol, model_named
from gateway.simulators.meters.face import Face, Mishaps
from gateway.simulators.meters.face645 import Face645, Habits645
from gateway.simulators.meters.face1997 import Face1997

if TYPE_CHECKING:
    from gateway.codecs.meter_model.model import MeterModel
    from gateway.simulators.meters.face_dlms import DlmsKeys
    from gateway.simulators.meters.house import House
    from gateway.simulators.meters.secure645 import SecureEnd

#: Passwords of meters that nobody has given another one, by protocol.
PASSWORDS: Final = {
    MeterProtocol.DLT645_2007: "000000",
    MeterProtocol.DLT645_1997: "000000",
    MeterProtocol.IEC62056_21: "00000000",
    MeterProtocol.DLMS_HDLC: "00000000",
    MeterProtocol.DLMS_TCP: "00000000",
}

#: What mode E of IEC 62056-21 goes over to where nothing else is said.
_OVER_HDLC: Final = "dlms-hdlc"


@dataclass(slots=True)
class WiredMeter:
    """A meter. ``mode`` is for IEC 62056-21; ``over_hdlc`` is the model that mode E goes over to.

    ``turn_ms``: so long it takes to answer, instead of what its standard lets it take at least.
    """

    model: MeterModel
    house: House
    mishaps: Mishaps = field(default_factory=Mishaps)
    secure: SecureEnd | None = None
    keys: DlmsKeys | None = None
    mode: str = "C"
    over_hdlc: MeterModel | None = None
    says_relay_words: bool = False
    body_max: int = BODY_MAX
    turn_ms: int | None = None

    def __post_init__(self) -> None:
        """Give it the password that such meters leave the works with."""
        self.house.password = self.house.password or PASSWORDS[self.model.protocol]

    def face(self) -> Face:
        """Make one end of a line."""
        face = self._made()
        if self.turn_ms is not None:
            face.turn_ms = face.answer_ms = self.turn_ms
        return face

    def _made(self) -> Face:
        match self.model.protocol:
            case MeterProtocol.DLT645_2007:
                habits = Habits645(self.model.password_level, self.says_relay_words, self.body_max)
                return Face645(self.house, self.mishaps, habits, self.secure)
            case MeterProtocol.DLT645_1997:
                return Face1997(self.house, self.mishaps)
            case MeterProtocol.IEC62056_21:
                return self._face62056()
        return self._face_dlms(self.model)

    def _face62056(self) -> Face:
        from gateway.simulators.meters.face62056 import Face62056  # noqa: PLC0415 - as below

        def binary() -> Face:
            return self._face_dlms(self.over_hdlc or model_named(_OVER_HDLC))

        return Face62056(self.house, self.model, self.mishaps, mode=self.mode, binary=binary)

    def _face_dlms(self, model: MeterModel) -> Face:
        # A town of other meters does without the ciphers that these bring.
        from gateway.simulators.meters.face_dlms import DlmsKeys, FaceDlms  # noqa: PLC0415 - that is why

        return FaceDlms(self.house, model, self.keys or DlmsKeys(secrets.token_bytes), self.mishaps)
