"""What is said to a bank's SOAP request: who may ask, what is asked, and the answer or the fault.

No transport here: a whole request comes in; its answer is there now, or later (a coroutine).
"""

from __future__ import annotations

import hmac
import logging
import re
from base64 import b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.endpoints.bank_posting import Undecided
from gateway.endpoints.http_wire import Answer
from gateway.endpoints.soap_answer import result_of
from gateway.endpoints.soap_fault import SoapFault, fault_octets
from gateway.endpoints.soap_orders import command_of
from gateway.endpoints.soap_values import EchoCall, EchoResult, InquireCall, PayCall, QueryCall
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime, time, tzinfo
    from typing import Any

    from gateway.endpoints.bank_door import LinkLimits
    from gateway.endpoints.bank_orders import BankOrders
    from gateway.endpoints.bank_posting import BankPosting
    from gateway.endpoints.http_wire import HttpRequest
    from gateway.endpoints.soap_contract import CollectionContract
    from gateway.endpoints.soap_values import Call
    from gateway.ports import Clock, Tally

log = logging.getLogger("powertill.bank")

PATH: Final = "/collection"
_XML: Final = "text/xml; charset=utf-8"
_CREDENTIALS_MAX: Final = 8192
"""Characters of an Authorization header: a secret has at most 4096 bytes, and base64 a third more."""

_CONTENT_TYPE: Final = re.compile(rb"""text/xml\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?""", re.IGNORECASE)
_HOST: Final = re.compile(rb"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
_ASK_AGAIN: Final = "send the same request again, with the same reference and date"


@dataclass(frozen=True, slots=True)
class SoapDoor:
    """What all SOAP requests of one bank share. ``password`` goes with the bank's code as the user's name;
    None lets everybody in, which only a door on the loopback address may do. It is in no repr.
    """

    bank: str
    contract: CollectionContract
    orders: BankOrders
    posting: BankPosting
    tally: Tally
    clock: Clock
    now: Callable[[], datetime]
    limits: LinkLimits
    cut_over: time
    password: bytes | None = field(default=None, repr=False)

    @property
    def zone(self) -> tzinfo:
        """The utility's civil time."""
        return self.orders.terms.zone


class SoapConversation:
    """Answers the requests of one bank; it remembers nothing from one to the next."""

    def __init__(self, door: SoapDoor) -> None:
        self._door = door

    def hear(self, request: HttpRequest, *, is_busy: bool) -> Answer | Coroutine[Any, Any, Answer]:
        """Answer a request; ``is_busy``: as many orders of this bank are in work as may be."""
        try:
            return self._heard(request, is_busy=is_busy)
        except SoapFault as fault:
            return self.refused(fault)
        except Exception as fault:  # noqa: BLE001 - the door's catch-all for what is said at once
            return self.broken(fault)

    def refused(self, fault: SoapFault) -> Answer:
        """Answer with a fault. The log says which, never what was sent."""
        self._door.tally.count("messages_refused", bank=self._door.bank, reason=fault.code.lower())
        event(log, "bank.soap_fault", bank=self._door.bank, fault=fault.code, http=fault.http)
        return Answer(fault.http, fault_octets(fault), _XML, _headers_of(fault))

    def broken(self, fault: Exception) -> Answer:
        """Answer after a fault of our own, which only the log explains."""
        self._door.tally.count("faults", bank=self._door.bank)
        event(log, "bank.soap_broken", level=logging.ERROR, raised=fault, bank=self._door.bank)
        return self.refused(SoapFault("Server.Fault", "a fault of the gateway", _ASK_AGAIN))

    def overdue(self) -> Answer:
        """Answer a request whose decision did not come in time: its fate is stored, ask again."""
        self._door.tally.count("answers_overdue", bank=self._door.bank)
        return self.refused(_unserved("unknown", "not decided in time"))

    def _heard(self, request: HttpRequest, *, is_busy: bool) -> Answer | Coroutine[Any, Any, Answer]:
        if request.path.decode("latin-1") != PATH:
            raise SoapFault("Client.Path", "nothing is served here", f"POST to {PATH}", http=404)
        if request.method == b"GET" and request.query.lower() == b"wsdl":
            return Answer(200, self._door.contract.wsdl(_address(request)), _XML)
        if request.method != b"POST":
            cure = f"POST the request, or GET {PATH}?wsdl"
            raise SoapFault("Client.Method", "only POST is served here", cure, http=405)
        self._require_right_caller(request)
        operation, call = self._read(request)
        if isinstance(call, EchoCall):
            return self._said(operation, EchoResult(call.text, self._door.now(), self._door.bank))
        if is_busy:
            raise _unserved("busy", "too many requests at once")
        return self._ordered(operation, call)

    def _require_right_caller(self, request: HttpRequest) -> None:
        """HTTP Basic (RFC 7617), compared in a time that does not tell how much of it was right."""
        password = self._door.password
        if password is None:
            return
        expected = self._door.bank.encode() + b":" + password
        if not hmac.compare_digest(_credentials(request.header(b"authorization")), expected):
            cure = "send HTTP Basic: the bank's code, and the secret that the utility has given you"
            sentence = "the credentials are missing or wrong"
            raise SoapFault("Client.Authentication", sentence, cure, field="Authorization", http=401)

    def _read(self, request: HttpRequest) -> tuple[str, Call]:
        if _CONTENT_TYPE.fullmatch(request.header(b"content-type")) is None:
            sentence, cure = "the Content-Type is not that of SOAP 1.1", f"send Content-Type: {_XML}"
            raise SoapFault("Client.ContentType", sentence, cure, field="Content-Type", http=415)
        if request.header(b"content-encoding").lower() not in {b"", b"identity"}:
            sentence, cure = "the body is compressed", "send it as it is, without Content-Encoding"
            raise SoapFault("Client.ContentType", sentence, cure, field="Content-Encoding", http=415)
        operation, call = self._door.contract.read(request.body)
        self._door.tally.count("messages", bank=self._door.bank, asked=_asked(call))
        # SOAP 1.1, 6.1.1: the header is required, and says what the Body will be found to ask.
        if request.header(b"soapaction").decode("latin-1") not in {f'"{operation}"', operation}:
            sentence = "the SOAPAction is missing, or not that of the operation in the Body"
            raise SoapFault("Client.Action", sentence, f'send SOAPAction: "{operation}"', field="SOAPAction")
        return operation, call

    async def _ordered(self, operation: str, call: Call) -> Answer:
        """Have a call decided and write its answer; our own fault is said as such, never hidden."""
        door = self._door
        try:
            content = await door.posting.decided(
                _asked(call), lambda: command_of(call, door.orders, door.now()), door="soap"
            )
            return self._said(operation, result_of(call, content, door.zone, door.cut_over))
        except SoapFault as fault:
            return self.refused(fault)
        except Undecided as fault:
            return self.refused(_unserved(fault.reason, fault.sentence))
        except Exception as fault:  # noqa: BLE001 - the door's catch-all for what is decided
            return self.broken(fault)

    def _said(self, operation: str, result: Any) -> Answer:  # noqa: ANN401 - any result of the contract
        return Answer(200, self._door.contract.write(operation, result), _XML)


def _unserved(reason: str, sentence: str) -> SoapFault:
    """Word what is not decided: ``busy`` or ``unknown``."""
    code = "Server.Busy" if reason == "busy" else "Server.Unknown"
    return SoapFault(code, sentence, _ASK_AGAIN)


def _headers_of(fault: SoapFault) -> tuple[tuple[str, str], ...]:
    """RFC 9110: 401 says how to prove oneself (11.6.1), 405 what is allowed (15.5.6)."""
    if fault.code == "Client.Authentication":
        return (("WWW-Authenticate", 'Basic realm="collection", charset="UTF-8"'),)
    return (("Allow", "POST"),) if fault.code == "Client.Method" else ()


def _credentials(header: bytes) -> bytes:
    """Return ``user:password`` of an Authorization header, or nothing where it has none that can be read."""
    scheme, _, text = header.partition(b" ")
    if scheme.lower() != b"basic" or len(text) > _CREDENTIALS_MAX:
        return b""
    try:
        return b64decode(text.strip(), validate=True)
    except ValueError:
        return b""


def _asked(call: Call) -> str:
    """Name what is asked as the ISO 8583 door's counters do."""
    match call:
        case InquireCall():
            return "inquiry"
        case PayCall():
            return "advice" if call.is_advice else "payment"
        case QueryCall():
            return "query"
        case EchoCall():
            return "echo"
        case _:
            return "reversal"


def _address(request: HttpRequest) -> str:
    """Say where the caller found us; a Host that is no plain name is not repeated."""
    host = request.header(b"host")
    place = host.decode("ascii") if _HOST.fullmatch(host) else "localhost"
    return f"{'https' if request.is_secure else 'http'}://{place}{PATH}"
