"""The meter's side of an association: APDUs in, APDUs out; what its objects hold is behind ``Objects``.

It is what a simulator needs, and the other end of the tests: it proves itself, wants proof, cuts long answers
into blocks, and puts long requests together. Whatever a client sends is answered or met with silence, never
with an exception of ours.
"""

from __future__ import annotations

from dataclasses import replace
from hmac import compare_digest
from typing import TYPE_CHECKING, Final, Protocol

from gateway.codecs.dlms import services
from gateway.codecs.dlms.acse import (
    AARQ,
    RLRQ,
    Context,
    Initiate,
    Mechanism,
    Opened,
    Opening,
    Release,
    read_association,
    read_initiate,
    write_association,
    write_initiate,
)
from gateway.codecs.dlms.apdu import EXCEPTION, read_service, write_service
from gateway.codecs.dlms.blocks import Assembly, outgoing_answer, read_request
from gateway.codecs.dlms.datum import octets
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.security import GENERAL_GLO, PLAIN, CounterFault, SealFault

if TYPE_CHECKING:
    from gateway.codecs.dlms.access import Access
    from gateway.codecs.dlms.datum import Datum
    from gateway.codecs.dlms.services import Asked, Done, Result, Service, Target

_DENIED: Final = 3
_AUTHENTICATION_FAILURE: Final = 13
_AUTHENTICATION_REQUIRED: Final = 14
_CONTEXT_UNKNOWN: Final = 2
_PERMANENT: Final = 1
_NOT_ALLOWED: Final = services.Excepted(1, 1)
_UNKNOWN: Final = services.Excepted(2, 2)
_UNSEALED: Final = services.Excepted(1, 5)
_COUNTER_WRONG: Final = 6
_PROVE: Final = 1
_ASSOCIATION: Final = 15


class Objects(Protocol):
    """What the meter's objects hold and do. What is not there is an ``AccessFault`` or its number."""

    def get(self, asked: Asked) -> Result:
        """Read an attribute, or the part of it that is selected."""

    def set(self, asked: Asked, value: Datum) -> int:
        """Write an attribute; 0 is success."""

    def act(self, method: Target, parameter: Datum | None) -> Done:
        """Do a method."""


class MeterSide:
    """One association of a meter with a client. ``access.value``: the password, or the meter's challenge.

    One of these is made for each link, with a challenge drawn anew.
    """

    __slots__ = (
        "_access",
        "_answer",
        "_assembly",
        "_begun",
        "_client_challenge",
        "_objects",
        "_pdu_max",
        "_state",
    )

    def __init__(self, objects: Objects, access: Access) -> None:
        self._objects = objects
        self._access = access
        self._state = "closed"
        self._client_challenge = b""
        self._pdu_max = 0
        self._answer: list[Service] = []
        self._assembly = Assembly()
        self._begun: services.SetFirstBlock | services.ActionFirstBlock | None = None

    def receive(self, apdu: bytes) -> list[bytes]:
        """Take a client's APDU; give what is answered."""
        try:
            if apdu[:1] in (bytes([AARQ]), bytes([RLRQ])):
                return self._associate(read_association(apdu))
            if self._state == "closed":
                return [write_service(_NOT_ALLOWED)]
            return self._serve(apdu)
        except CounterFault as fault:
            return [write_service(services.Excepted(1, _COUNTER_WRONG, fault.wanted))]
        except SealFault:
            return [write_service(_UNSEALED)]
        except PeerFault:
            return [write_service(_UNKNOWN)]

    def _associate(self, said: Opening | Opened | Release) -> list[bytes]:
        sealing, keys = self._access.sealer, self._access.sealing
        initiate = Initiate(self._access.conformance, self._access.pdu_max, is_response=True)
        if isinstance(said, Release):
            self._state = "closed"
            user = b"" if sealing is None else sealing.seal(write_initiate(initiate))
            return [write_association(Release(is_answer=True, user=user))]
        if isinstance(said, Opened):
            return []
        self._state = "closed"
        wanted = Context.LOGICAL_NAMES if sealing is None else Context.LOGICAL_NAMES_CIPHERED
        if said.context != wanted:
            return [self._refusal(_CONTEXT_UNKNOWN)]
        if not self._is_let_in(said):
            return [self._refusal(_AUTHENTICATION_FAILURE)]
        user = said.user
        if keys is not None:
            keys.peer = said.title
        if sealing is not None:
            user = sealing.unseal(user)
        proposed = read_initiate(user)
        self._pdu_max = proposed.pdu_max
        answer = write_initiate(replace(initiate, conformance=initiate.conformance & proposed.conformance))
        if sealing is not None:
            answer = sealing.seal(answer)
        is_proving = self._access.mechanism == Mechanism.GMAC
        self._state = "proving" if is_proving else "associated"
        self._client_challenge = said.value
        opened = Opened(
            wanted, 0, _AUTHENTICATION_REQUIRED if is_proving else 0, answer,
            self._access.mechanism if is_proving else Mechanism.NONE,
            self._access.value if is_proving else b"", b"" if keys is None else keys.title,
        )  # fmt: skip
        return [write_association(opened)]

    def _is_let_in(self, said: Opening) -> bool:
        if said.mechanism != self._access.mechanism:
            return False
        if said.mechanism == Mechanism.PASSWORD:
            return compare_digest(said.value, self._access.value)
        return said.mechanism == Mechanism.NONE or bool(said.value)

    def _refusal(self, diagnostic: int) -> bytes:
        user = write_service(services.ServiceError(1, 6, 1))
        return write_association(Opened(Context.LOGICAL_NAMES, _PERMANENT, diagnostic, user))

    def _serve(self, apdu: bytes) -> list[bytes]:
        sealing = self._access.sealer
        if sealing is not None:
            if apdu[:1] and apdu[0] not in (*PLAIN, GENERAL_GLO):
                raise SealFault("APDU", 0, "not sealed, and it must be")
            apdu = sealing.unseal(apdu)
        answer = self._answered(read_service(apdu))
        if answer is None:
            return []
        plain = write_service(answer)
        return [plain if sealing is None or plain[0] == EXCEPTION else sealing.seal(plain)]

    def _answered(self, said: Service) -> Service | None:
        if self._state == "proving":
            return self._proven(said)
        match said:
            case (
                services.GetRequest() | services.GetList() | services.SetRequest() | services.ActionRequest()
            ):
                self._answer = outgoing_answer(self._done(said), self._pdu_max)
                return self._answer.pop(0)
            case services.SetFirstBlock() | services.ActionFirstBlock():
                self._assembly, self._begun = Assembly(), said
                return self._added(said.block)
            case services.SetBlock(block=block) | services.ActionBlock(block=block, is_answer=False):
                return _NOT_ALLOWED if self._begun is None else self._added(block)
            case services.GetNext() | services.ActionNext(is_answer=False):
                return self._answer.pop(0) if self._answer else _NOT_ALLOWED
        return _UNKNOWN

    def _added(self, block: services.Block) -> Service:
        """Take a block of a long request; acknowledge it, or answer when it was the last."""
        begun = self._begun
        assert begun is not None, "a block of what was begun"  # noqa: S101 - of our own code
        self._assembly.add(block)
        if not self._assembly.is_whole:
            if isinstance(begun, services.SetFirstBlock):
                return services.SetBlockAck(begun.invoke, block.number)
            return services.ActionNext(begun.invoke, block.number, is_answer=True)
        self._begun = None
        done = self._done(read_request(begun, self._assembly.raw))
        if isinstance(done, services.SetResponse):
            return services.SetResponse(done.invoke, done.results, done.is_list, block.number)
        self._answer = outgoing_answer(done, self._pdu_max)
        return self._answer.pop(0)

    def _done(self, said: Service) -> Service:
        match said:
            case services.GetRequest(invoke, asked):
                return services.GetResponse(invoke, self._objects.get(asked))
            case services.GetList(invoke, several):
                return services.GetListResponse(invoke, tuple(self._objects.get(asked) for asked in several))
            case services.SetRequest(invoke, several, values, is_list):
                results = tuple(map(self._objects.set, several, values))
                return services.SetResponse(invoke, results, is_list)
            case services.ActionRequest(invoke, methods, parameters, is_list):
                done = tuple(map(self._objects.act, methods, parameters))
                return services.ActionResponse(invoke, done, is_list)
        return _UNKNOWN

    def _proven(self, said: Service) -> Service:
        """Take the client's proof, and give ours: the method reply_to_HLS of the association's object."""
        sealing = self._access.sealing
        match said:
            case services.ActionRequest(invoke, (target,), (parameter,)) if sealing is not None and (
                target.class_id,
                target.index,
            ) == (_ASSOCIATION, _PROVE):
                proof = None if parameter is None else parameter.value
                if isinstance(proof, bytes) and sealing.is_proof(proof, self._access.value):
                    self._state = "associated"
                    given = octets(sealing.proof(self._client_challenge))
                    return services.ActionResponse(invoke, (services.Done(0, given),))
                self._state = "closed"
                return services.ActionResponse(invoke, (services.Done(_DENIED),))
        return _NOT_ALLOWED
