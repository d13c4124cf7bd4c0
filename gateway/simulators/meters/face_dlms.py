"""A meter's end of DLMS/COSEM, over HDLC and over TCP: who is let in, and what he finds.

The client of the model proves itself as the model says; client 16, the public one, needs no proof and finds
name, clock and the invocation counter. Any other client, and whoever speaks to another meter, meets silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlms.access import Access
from gateway.codecs.dlms.acse import AARQ, Mechanism
from gateway.codecs.dlms.hdlc import Address, Frame, FrameReader, write_frame
from gateway.codecs.dlms.link import Came, LinkClosed, LinkLost, LinkOpened
from gateway.codecs.dlms.link_server import ServerLink
from gateway.codecs.dlms.link_tcp import TcpLink
from gateway.codecs.dlms.meter import MeterSide
from gateway.codecs.dlms.security import Sealing, SoftwareCipher
from gateway.codecs.dlms.wrapper import Wrapped, WrapperReader, wrap
from gateway.codecs.meter_model.model import MeterProtocol
from gateway.simulators.meters.face import Face, Mishaps
from gateway.simulators.meters.objects_dlms import HouseObjects

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.meter_model.model import MeterModel
    from gateway.simulators.meters.house import House

PUBLIC_CLIENT: Final = 16
"""The client that needs no proof (IEC 62056-5-3, annex A)."""

INACTIVE_MS: Final = 120_000
"""Milliseconds of silence after which an HDLC link is over (IEC 62056-46, 6.4.4.4.3.2)."""

CHALLENGE_OCTETS: Final = 16
TURN_MS: Final = 20
TRAINING_KEY: Final = bytes(range(16))
"""Both keys of a virtual meter where nobody gives it others: everybody knows them."""


@dataclass(frozen=True, slots=True)
class DlmsKeys:
    """A meter's keys of suite 0, and where its challenges come from."""

    dice: Callable[[int], bytes]
    encryption: bytes = field(default=TRAINING_KEY, repr=False)
    authentication: bytes = field(default=TRAINING_KEY, repr=False)


def title_of(number: str) -> bytes:
    """The system title of a virtual meter: three letters and its number.

    >>> title_of("000000000161").hex()
    '50575300000000a1'
    """
    return b"PWS" + int(number).to_bytes(5, "big")


class _Station:
    """One client's link and association."""

    __slots__ = ("_face", "_is_public", "_sealing", "_side", "link")

    def __init__(self, face: FaceDlms, link: ServerLink | TcpLink, *, is_public: bool) -> None:
        self._face = face
        self.link = link
        self._is_public = is_public
        self._sealing: Sealing | None = None
        self._side = self._new_side()

    def receive(self, octets: bytes) -> tuple[bytes, bool]:
        """Give what is sent, and whether the link was ended."""
        is_over = False
        for event in self.link.receive(octets):
            if isinstance(event, Came):
                self._answer(event.apdu)
            elif isinstance(event, LinkOpened):
                self._side = self._new_side()
            elif isinstance(event, LinkClosed | LinkLost):
                is_over = True
        return self.link.take_outgoing(), is_over

    def _answer(self, apdu: bytes) -> None:
        if apdu[:1] == bytes((AARQ,)):
            # A challenge is drawn for each association.
            self._side = self._new_side()
        for answer in self._side.receive(apdu):
            self.link.send(answer)
        if self._sealing is not None:
            house = self._face.house
            house.counter, house.heard = self._sealing.counter, self._sealing.heard

    def _new_side(self) -> MeterSide:
        access, self._sealing = self._face.access(is_public=self._is_public)
        objects = HouseObjects(self._face.house, self._face.model, is_public=self._is_public)
        return MeterSide(objects, access)


class FaceDlms(Face):
    """One end of one line."""

    __slots__ = ("_is_broken", "_is_tcp", "_keys", "_stations", "model")

    def __init__(
        self, house: House, model: MeterModel, keys: DlmsKeys, mishaps: Mishaps | None = None
    ) -> None:
        super().__init__(house, mishaps or Mishaps(), TURN_MS)
        self.model = model
        self._is_broken = False
        self._keys = keys
        self._is_tcp = model.protocol is MeterProtocol.DLMS_TCP
        self._stations: tuple[_Station, ...] = ()
        self.line_lost()

    @property
    def wait_ms(self) -> int | None:
        """Milliseconds without an octet before ``expired``: while an HDLC link stands."""
        links = [station.link for station in self._stations]
        return INACTIVE_MS if any(isinstance(link, ServerLink) and link.is_open for link in links) else None

    @property
    def is_lost(self) -> bool:
        """Has the peer broken the rules of the header over TCP? The connection is to be closed."""
        return self._is_broken

    def receive(self, octets: bytes) -> bytes:
        """Take what came; give what the meter says."""
        self.house.update()
        self.mishaps.begin()
        answer = b""
        for station in self._stations:
            said, is_over = station.receive(octets)
            answer += said
            self._is_broken = self._is_broken or (is_over and self._is_tcp)
        if answer:
            return self._said(answer)
        self.mishaps.count -= 1
        return b""

    def expired(self) -> bytes:
        """End the link."""
        self.line_lost()
        return b""

    def line_lost(self) -> None:
        """Begin anew with all clients."""
        self._stations = tuple(
            _Station(self, self._link(client), is_public=is_public) for client, is_public in self._clients()
        )

    def access(self, *, is_public: bool) -> tuple[Access, Sealing | None]:
        """How a client gets in, with what is sealed with where there are keys."""
        if is_public or self.model.proof == "none":
            return Access(), None
        if self.model.proof != "gmac":
            return Access(Mechanism.PASSWORD, self.house.password.encode("ascii")), None
        keys, house = self._keys, self.house
        cipher = SoftwareCipher(keys.encryption, keys.authentication)
        sealing = Sealing(cipher, title_of(house.number), house.counter, heard=house.heard)
        challenge = keys.dice(CHALLENGE_OCTETS)
        is_ciphered = self.model.dlms.is_ciphered
        return Access(Mechanism.GMAC, challenge, sealing, is_ciphered=is_ciphered), sealing

    def _clients(self) -> list[tuple[int, bool]]:
        ours = self.model.dlms.client
        if ours == PUBLIC_CLIENT:
            return [(ours, False)]
        return [(ours, False), (PUBLIC_CLIENT, True)]

    def _link(self, client: int) -> ServerLink | TcpLink:
        if self._is_tcp:
            return TcpLink(self.model.dlms.logical, client)
        return ServerLink(self._own(), Address(client))

    def _own(self) -> Address:
        words = self.model.dlms
        return Address(
            words.logical, None if words.address_octets == 1 else words.physical, words.address_octets
        )

    def _as_another(self, answer: bytes) -> bytes:
        """The same from the next logical device."""
        if self._is_tcp:
            found = WrapperReader().receive(answer)
            return b"".join(wrap(Wrapped(each.source + 1, each.destination, each.apdu)) for each in found)
        own, changed = self._own(), b""
        other = Address(own.upper + 1, own.lower, own.size)
        for frame in FrameReader().receive(answer):
            changed += write_frame(
                Frame(
                    frame.destination, other, frame.kind, frame.information, frame.sent, frame.awaited,
                    is_segment=frame.is_segment, is_final=frame.is_final,
                )
            )  # fmt: skip
        return changed

    def _damaged(self, answer: bytes) -> bytes:
        """Over TCP there is no check: the last octet is another one."""
        place = -1 if self._is_tcp else -2
        changed = bytearray(answer)
        changed[place] ^= 0x5A
        return bytes(changed)
