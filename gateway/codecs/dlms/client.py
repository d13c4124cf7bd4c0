"""The client's side of an association: prove ourselves, read, write, act, release; APDUs in, events out.

    associate() ─► AARQ            AARE ─► Associated | Refused
                   (GMAC) f(StoC) ─► f(CtoS)         both proofs, before anything else is asked
    get / set / act ─► one request     its answer, put together of blocks ─► Got | Wrote | Acted | Failed
    release() ─► RLRQ              RLRE ─► Released

One question is under way at a time; ``outgoing`` is the APDU to be sent next, for a link to carry. What the
peer sends is never trusted: a broken APDU, another request's answer, blocks out of order end the question as
``Failed`` (the association stands) or, where a seal or a proof is wrong, as ``Broken`` (it must be closed). A
question whose answer did not come has an unknown outcome: who asked reads back before it asks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.dlms import results, services
from gateway.codecs.dlms.acse import (
    AARE,
    RLRE,
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
from gateway.codecs.dlms.apdu import EXCEPTION, SERVICE_ERROR, read_service, write_service
from gateway.codecs.dlms.blocks import Assembly, outgoing_request, read_whole
from gateway.codecs.dlms.datum import OCTET_STRING, octets
from gateway.codecs.dlms.events import (
    Acted,
    Associated,
    Broken,
    Failed,
    Refused,
    Released,
    Told,
)
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.security import GENERAL_GLO, PLAIN, SealFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.codecs.dlms.access import Access
    from gateway.codecs.dlms.datum import Datum
    from gateway.codecs.dlms.events import ClientEvent
    from gateway.codecs.dlms.services import Service, Target

CONFIRMED: Final = 0xC1
"""Invoke-Id-And-Priority: confirmed, of high priority, number 1; the number then goes round."""

PDU_SIZE_LEAST: Final = 11
"""Octets: the smallest PDU that IEC 62056-5-3, 7.3.1 lets a side announce, 0 but for any."""

_NUMBERS: Final = 0x0F
_REPLY_TO_HLS: Final = services.Target.of(15, "0-0:40.0.0.255", 1)


class Client:
    """An association of ours with one meter."""

    __slots__ = ("_access", "_asked", "_assembly", "_invoke", "_parts", "_state", "agreed", "outgoing")

    def __init__(self, access: Access) -> None:
        self._access = access
        self._state = "closed"
        self._invoke = CONFIRMED
        self._asked: Service | None = None
        self._parts: list[Service] = []
        self._assembly = Assembly()
        #: What the meter agreed to: its conformance block, and the longest PDU that it takes.
        self.agreed: Initiate | None = None
        self.outgoing: list[bytes] = []

    @property
    def is_busy(self) -> bool:
        """True while an answer is awaited."""
        return self._state not in ("closed", "associated")

    def take_outgoing(self) -> list[bytes]:
        """Give the APDUs that are to be sent now, once."""
        taken, self.outgoing = self.outgoing, []
        return taken

    def associate(self) -> None:
        """Ask for the association."""
        self._begin("associating", "closed")
        access = self._access
        proposed = Initiate(access.conformance, access.pdu_max)
        user = write_initiate(proposed)
        if access.sealer is not None:
            user = access.sealer.seal(user)
        context = Context.LOGICAL_NAMES if access.sealer is None else Context.LOGICAL_NAMES_CIPHERED
        title = b"" if access.sealing is None else access.sealing.title
        self.outgoing.append(
            write_association(Opening(context, user, access.mechanism, access.value, title))
        )  # fmt: skip

    def get(self, *asked: services.Asked) -> None:
        """Read an attribute, or a list of them."""
        invoke = self._next_invoke()
        if len(asked) == 1:
            self._ask(services.GetRequest(invoke, asked[0]))
        else:
            self._ask(services.GetList(invoke, asked))

    def set(self, asked: Sequence[services.Asked], values: Sequence[Datum]) -> None:
        """Write an attribute, or a list of them; in blocks where it is longer than the meter takes."""
        _refuse_uneven(asked, values)
        self._ask(
            services.SetRequest(self._next_invoke(), tuple(asked), tuple(values), is_list=len(asked) > 1)
        )  # fmt: skip

    def act(self, methods: Sequence[Target], parameters: Sequence[Datum | None]) -> None:
        """Do a method, or a list of them; in blocks where it is longer than the meter takes."""
        _refuse_uneven(methods, parameters)
        several = len(methods) > 1
        self._ask(
            services.ActionRequest(self._next_invoke(), tuple(methods), tuple(parameters), is_list=several)
        )  # fmt: skip

    def release(self) -> None:
        """End the association. An enciphered one says its InitiateRequest again, sealed."""
        self._begin("releasing", "associated")
        sealing = self._access.sealer
        initiate = Initiate(self._access.conformance, self._access.pdu_max)
        user = b"" if sealing is None else sealing.seal(write_initiate(initiate))
        self.outgoing.append(write_association(Release(is_answer=False, user=user)))

    def receive(self, apdu: bytes) -> list[ClientEvent]:
        """Take an APDU of the meter; give what it means."""
        try:
            return self._heard(apdu)
        except SealFault as fault:
            self._close()
            return [Broken(str(fault))]
        except PeerFault as fault:
            if self._state == "asking":
                return self._end(Failed(str(fault), is_broken=True))
            self._close()
            return [Broken(str(fault))]

    def _begin(self, state: str, needed: str) -> None:
        if self._state != needed:
            raise ValueError(f"the association is {self._state}; this needs one that is {needed}")
        self._state = state

    def _next_invoke(self) -> int:
        number = (self._invoke + 1) & _NUMBERS
        self._invoke = self._invoke & ~_NUMBERS | number
        return self._invoke

    def _ask(self, asked: Service, state: str = "asking", needed: str = "associated") -> None:
        self._begin(state, needed)
        self._asked = asked
        self._assembly = Assembly()
        limit = self.agreed.pdu_max if self.agreed is not None else 0
        first, *self._parts = outgoing_request(asked, limit)
        self._say(first)

    def _say(self, said: Service) -> None:
        plain = write_service(said)
        sealing = self._access.sealer
        self.outgoing.append(plain if sealing is None else sealing.seal(plain))

    def _heard(self, apdu: bytes) -> list[ClientEvent]:
        tag = apdu[0] if apdu else 0
        if tag in (AARE, RLRE):
            said = read_association(apdu)
            if isinstance(said, Opened) and self._state == "associating":
                return self._opened(said)
            if isinstance(said, Release) and self._state == "releasing":
                self._close()
                return [Released()]
            return []
        sealing = self._access.sealer
        if sealing is not None and (tag in PLAIN or tag == GENERAL_GLO):
            apdu = sealing.unseal(apdu)
        elif sealing is not None and tag not in (EXCEPTION, SERVICE_ERROR):
            # IEC 62056-5-3, 5.3.4: of an enciphered association only a refusal may come in the open.
            raise SealFault("APDU", 0, "not sealed, and it must be")
        return self._served(read_service(apdu))

    def _opened(self, said: Opened) -> list[ClientEvent]:
        access = self._access
        if said.result != results.SUCCESS:
            self._close()
            names = results.DIAGNOSTIC_PROVIDER if said.is_provider else results.DIAGNOSTIC_USER
            return [
                Refused(
                    results.named(results.ASSOCIATION, said.result), results.named(names, said.diagnostic)
                )
            ]
        user = said.user
        if access.sealing is not None:
            access.sealing.peer = said.title or access.sealing.peer
        if access.sealer is not None:
            if user[:1] and user[0] not in (*PLAIN, GENERAL_GLO):
                raise SealFault("user information", 0, "not sealed, and it must be")
            user = access.sealer.unseal(user)
        self.agreed = read_initiate(user)
        if not self.agreed.is_response:
            raise PeerFault("initiate", 0, "a request where a response belongs")
        if 0 < self.agreed.pdu_max < PDU_SIZE_LEAST:
            raise PeerFault("PDU size", 0, f"below {PDU_SIZE_LEAST} octets")
        if access.mechanism != Mechanism.GMAC:
            self._state = "associated"
            return [Associated(self.agreed.conformance, self.agreed.pdu_max)]
        if said.mechanism != Mechanism.GMAC or not said.value or access.sealing is None:
            raise SealFault("mechanism", 0, "no challenge of GMAC")
        if said.value == access.value:
            # Whoever sends our challenge back wants our proof to be its own.
            raise SealFault("challenge", 0, "our own one")
        proof = octets(access.sealing.proof(said.value))
        asked = services.ActionRequest(self._next_invoke(), (_REPLY_TO_HLS,), (proof,))
        self._ask(asked, state="proving", needed="associating")
        return []

    def _served(self, said: Service) -> list[ClientEvent]:
        if isinstance(said, services.Notified | services.EventNotified):
            return [Told(said)]
        if isinstance(said, services.Excepted):
            state = results.named(results.EXCEPTION_STATE, said.state)
            service = results.named(results.EXCEPTION_SERVICE, said.service)
            return self._refused(Failed(f"{state}, {service}", said.counter))
        if isinstance(said, services.ServiceError):
            return self._refused(Failed(_service_error(said)))
        asked = self._asked
        if asked is None or self._state not in ("asking", "proving"):
            return []
        invoke = getattr(said, "invoke", None)
        if invoke is None or (invoke ^ self._invoke) & _NUMBERS:
            # Late: the answer to a question that was given up.
            return []
        return self._answered(asked, said)

    def _answered(self, asked: Service, said: Service) -> list[ClientEvent]:
        if self._parts and isinstance(said, services.SetBlockAck | services.ActionNext):
            self._assembly.acknowledged(said.number, self._parts[0])
            self._say(self._parts.pop(0))
            return []
        further = self._assembly.take(said, self._invoke)
        if further is not None:
            self._say(further)
            return []
        if self._parts:
            raise PeerFault("kind", 1, "an answer before the whole question was sent")
        event = read_whole(asked, said, self._assembly)
        if self._state == "proving":
            return self._proven(event)
        return self._end(event)

    def _proven(self, event: ClientEvent) -> list[ClientEvent]:
        """Take the meter's own proof: without it, it may be anyone who listened."""
        sealing, agreed = self._access.sealing, self.agreed
        done = event.done[0] if isinstance(event, Acted) else None
        given = None if done is None or done.result != results.SUCCESS else done.given
        is_text = (
            given is not None and not isinstance(given, results.AccessFault) and given.tag == OCTET_STRING
        )
        proof = given.value if is_text and not isinstance(given, results.AccessFault | None) else b""
        if sealing is None or agreed is None or not isinstance(proof, bytes):
            raise SealFault("proof", 0, "none")
        if not sealing.is_proof(proof, self._access.value):
            raise SealFault("proof", 0, "the meter did not prove that it has the keys")
        self._state = "associated"
        return [Associated(agreed.conformance, agreed.pdu_max)]

    def _refused(self, failed: Failed) -> list[ClientEvent]:
        if self._state == "asking":
            return self._end(failed)
        if self._state == "associated":
            return [failed]
        self._close()
        return [Refused("refused", failed.why, failed.counter)]

    def _end(self, event: ClientEvent) -> list[ClientEvent]:
        self._state, self._asked, self._parts = "associated", None, []
        return [event]

    def _close(self) -> None:
        self._state, self._asked, self._parts = "closed", None, []


def _refuse_uneven(targets: Sequence[object], given: Sequence[object]) -> None:
    if not targets or len(targets) != len(given):
        raise ValueError("as many values as attributes, and one at least")


def _service_error(said: services.ServiceError) -> str:
    of = results.named(results.ERROR_CLASS, said.error_class)
    if of == "initiate":
        return f"{of}: {results.named(results.INITIATE_ERROR, said.error)}"
    return f"{of}: {said.error}"
